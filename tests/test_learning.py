"""What corrected mail teaches: properties of the statistics, and what is never proposed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from assistant.lab.learning import count, cross_validated, folds, learn
from assistant.lab.proposal import NOTHING, Count, Learned, Sample, Shortage
from assistant.lab.separating import phrases_of, separating
from assistant.lab.vocabulary import with_phrases

POINTS = {"logo": 80, "angry": 80}


def sample(number: int, sender: str, *rules: str, unhappy: bool, score: int, text: str = "") -> Sample:  # fmt: skip
    phrases = phrases_of([text])
    return Sample(f"m{number}", sender, "en", unhappy, score, 100, frozenset(rules), phrases)


def mail() -> list[Sample]:
    """Flagged for a rule that means nothing, from three senders; true ones; and ordinary mail."""
    wrong = [sample(n, f"w{n}", "logo", unhappy=False, score=120) for n in range(3)]
    true = [sample(10 + n, f"t{n}", "angry", unhappy=True, score=140) for n in range(5)]
    plain = [sample(20 + n, f"p{n}", unhappy=False, score=0) for n in range(30)]
    return wrong + true + plain


def missed(senders: Iterable[str]) -> list[Sample]:
    """Unhappy in words that no rule knows, among ordinary mail."""
    text = "The kerning looks sloppy again."
    found = [
        sample(n, sender, unhappy=True, score=70, text=text) for n, sender in enumerate(senders)
    ]
    plain = [sample(100 + n, f"p{n}", unhappy=False, score=70, text=f"Here is the file, {'abcdefgh'[n % 8]}.") for n in range(60)]  # fmt: skip
    return found + plain


def test_a_rule_that_harms_loses_points() -> None:
    """As few as help; the true ones stay; each sender was judged by what others taught."""
    learned = learn(mail(), POINTS, 10)
    (change,) = learned.proposal.points
    assert (change.rule, change.before, change.after) == ("logo", 80, 40)
    assert (change.messages, change.senders) == (3, 3)
    assert (learned.before, learned.senders) == (Count(5, 3, 0, 30), 38)
    assert learned.validated == learned.fitted == Count(5, 0, 0, 33)
    assert (learned.proposal.phrases, learned.proposal.flags_per_1000) == ((), None)


def test_phrases_are_found_in_texts_as_in_phrases() -> None:
    """Those that nobody could be told by are counted only, and the odds stay the same."""
    samples = [
        replace(each, sender=f"{each.sender[:2]}{each.sender[-1]}")
        for each in missed(f"u{n}" for n in range(6))
    ]
    words = ["The kerning looks sloppy again.", *(f"Here is the file, {c}." for c in "abcdefgh")]
    by_phrases = {phrases_of([text]): text for text in words}
    with_texts = [
        replace(each, phrases=frozenset(), texts=(by_phrases[each.phrases],)) for each in samples
    ]
    learned = learn(samples, POINTS, 10)
    assert learned.proposal.phrases
    assert learn(with_texts, POINTS, 10) == learned
    kept = {phrase for each in with_phrases(with_texts, 2) for phrase in each.phrases}
    assert "kerning looks" in kept
    assert "here is the" not in kept


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_messages_does_not_matter(seed: int) -> None:
    """Nor does it that one is there twice."""
    first, second = mail(), missed(f"u{n}" for n in range(6))
    for samples in (first, second):
        shuffled = [*samples, samples[0]]
        random.Random(seed).shuffle(shuffled)
        assert learn(shuffled, POINTS, 10) == learn(samples, POINTS, 10)


def test_phrases_that_separate_are_found() -> None:
    """From several senders."""
    learned = learn(missed(f"u{n}" for n in range(6)), POINTS, 10)
    assert learned.proposal.phrases
    for each in learned.proposal.phrases:
        assert each.points > 0
        assert (each.found.messages, each.found.senders, each.found.others) == (6, 6, 0)
        assert each.text in "the kerning looks sloppy again"
    assert learned.validated.missed == 0


@pytest.mark.parametrize("senders", [["one"] * 30, ["one"] * 29 + ["two"]])
def test_one_senders_phrase_is_never_proposed(senders: list[str]) -> None:
    """However often they write it."""
    assert learn(missed(senders), POINTS, 10).proposal.phrases == ()


def test_folds_never_part_a_sender() -> None:
    """And hold each once."""
    samples = [*mail(), *missed(f"u{n % 4}" for n in range(12))]
    found = folds(samples)
    assert sorted(name for fold in found for name in fold) == sorted({s.sender for s in samples})
    taught: list[set[str]] = []
    cross_validated(samples, lambda rest: taught.append({s.sender for s in rest}) or NOTHING)  # type: ignore[func-returns-value]
    assert all(not (seen & fold) for seen, fold in zip(taught, found, strict=True))


def test_what_does_not_hold_for_others_is_not_proposed() -> None:
    """Each mistake has a rule of its own, which nobody else's mail can speak for."""
    samples = [s for s in mail() if not s.rules & {"logo"}]
    samples += [sample(200 + n, f"x{n}", f"r{n}", unhappy=False, score=120) for n in range(4)]
    points = {**POINTS, **{f"r{n}": 80 for n in range(4)}}
    learned = learn(samples, points, 10)
    assert learned.proposal == NOTHING
    assert learned.shortages == ()
    assert learned.validated == learned.before


def test_what_chance_may_have_done_is_not_proposed() -> None:
    """Seven wrong flags gone for one client lost is a gain, and yet nothing that the next mail must bear out."""
    samples = [s for s in mail() if not s.rules & {"logo"}]
    samples += [sample(200 + n, f"x{n}", "logo", unhappy=False, score=120) for n in range(7)]
    assert learn(samples, POINTS, 10).proposal.points
    samples.append(sample(300, "lost", "logo", unhappy=True, score=120))
    assert learn(samples, POINTS, 10).proposal.empty


@pytest.mark.parametrize("seed", range(12))
def test_what_is_proposed_is_measured_to_be_better(seed: int) -> None:
    """Whatever the mail is like; noise most of it."""
    dice = random.Random(seed)
    words = ["alpha", "bravo", "charlie", "deltas", "echoes", "foxtrot", "hotels"]
    rules = {f"r{n}": dice.choice([-60, 40, 80]) for n in range(5)}
    samples = []
    for number in range(60):
        heard = [rule for rule in rules if dice.random() < 0.3]
        text = " ".join(dice.choices(words, k=6))
        score = sum(rules[rule] for rule in heard)
        unhappy = dice.random() < 0.4
        samples.append(sample(number, f"s{dice.randrange(20)}", *heard, unhappy=unhappy, score=score, text=text))  # fmt: skip
    learned = learn(samples, rules, 10)
    if learned.proposal.empty:
        assert learned.validated == learned.before
    else:
        assert learned.validated.cost < learned.before.cost
        assert learned.validated.mistakes <= learned.before.mistakes
        assert learned.fitted == count(samples, learned.proposal)


def test_with_nothing_to_learn_it_says_so() -> None:
    """With what there is and what is needed."""
    assert learn([], {}, 10).shortages == (
        Shortage("messages of unhappy writers", 0, 3),
        Shortage("messages of content writers", 0, 3),
    )
    one = [replace(each, sender="one") for each in mail()]
    assert learn(one, POINTS, 10).shortages == (Shortage("senders of these", 1, 2),)
    assert learn(one, POINTS, 10).proposal == NOTHING
    right = [each for each in mail() if not each.mistaken]
    assert learn(right, POINTS, 10) == Learned(
        NOTHING, (), *[count(right, NOTHING)] * 3, len({each.sender for each in right})
    )


def test_a_budget_is_told_by_much_ordinary_mail_only() -> None:
    """A larger one only where content writers stay within the present one."""

    def budgeted(each: Sample, score: int) -> Sample:
        return replace(each, score=score, rules=frozenset(), budgets=tuple(
            (float(b), t) for b, t in ((1, 200), (2, 180), (5, 150), (10, 100), (20, 60), (50, 40), (100, 20))
        ))  # fmt: skip

    true = [budgeted(sample(n, f"t{n}", unhappy=True, score=0), 70) for n in range(6)]
    calm = [budgeted(sample(100 + n, f"p{n}", unhappy=False, score=0), 0) for n in range(300)]
    assert learn(true + calm, {}, 10).proposal.flags_per_1000 == 20
    assert learn(true + calm[:150], {}, 10).proposal.empty
    loud = [replace(each, score=65) for each in calm[:5]] + calm[5:]
    assert learn(true + loud, {}, 10).proposal.empty
    found = [replace(each, score=190) for each in true]
    # A stricter one must outweigh a client whom it may lose.
    for wrong, budget in ((5, None), (8, 5)):
        loud = [replace(each, score=120) for each in calm[:wrong]] + calm[wrong:]
        assert learn(found + loud, {}, 10).proposal.flags_per_1000 == budget


def test_common_words_separate_nothing() -> None:
    """Log-odds with a prior: what everybody says is no sign, nor what one has said."""
    filler = [frozenset(f"filler {n} {i}" for i in range(30)) for n in range(40)]
    both = frozenset({"please find"})
    rare = frozenset({"rare words"})
    texts = [(f"s{n}", n < 20, each | both | (rare if n == 0 else frozenset()), None) for n, each in enumerate(filler)]  # fmt: skip
    assert separating(texts, {"please find", "rare words"}, 1, 1) == []
    sign = frozenset({"kerning"})
    sided = [(f"s{n}", n < 20, each | both | (sign if n < 20 else frozenset()), None) for n, each in enumerate(filler)]  # fmt: skip
    (found,) = separating(sided, {"please find", "kerning"}, 3, 3)
    assert (found.text, found.unhappy, found.messages, found.senders, found.others) == ("kerning", True, 20, 20, 0)  # fmt: skip


def test_enough_senders_must_say_it() -> None:
    """However sure the odds are."""
    texts = [
        (f"s{n}", n < 4, frozenset(f"filler {n} {i}" for i in range(30)), None) for n in range(400)
    ]
    for said in (2, 3):
        some = [(name, side, each | {"kerning"} if at < said else each, None) for at, (name, side, each, _) in enumerate(texts)]  # fmt: skip
        assert len(separating(some, {"kerning"}, 1, said)) == 1
        assert separating(some, {"kerning"}, 1, said + 1) == []
        assert separating(some, {"kerning"}, said + 1, 1) == []
