"""What would turn a verdict: each claim holds when the rules are really changed, and none is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations

import pytest

from assistant import rulebook as rulebooks
from assistant.cli.telling import margin
from assistant.model import Behaviour, Opinion, Reading, RuleBook, Verdict
from assistant.tone.flip import Why, why
from assistant.tone.judge import NOTHING_KNOWN, Judge
from assistant.tone.voices import POLARITY, READER, WORDS
from assistant.worker import read_here
from tests.builders import REPLIES, TONES, message, rulebook
from tests.letters import CALM, FURIOUS, letter
from tests.test_nearly import lifted, shipped
from tests.test_voices import book, opinion

VOICES = (POLARITY, READER, WORDS)


def nobody() -> Opinion | None:
    return None


def told(judge: Judge, given: Reading, ask: Callable[[], Opinion | None] = nobody) -> Why:
    return why(judge, given, NOTHING_KNOWN, ask)


def changed(whole: RuleBook, without: Iterable[str] = (), **lifts: Iterable[str]) -> RuleBook:
    """A rulebook without some rules, and others (by id) without some of their conditions."""
    gone = set(without)
    rules = (rule for rule in whole.rules if rule.id not in gone)
    return replace(whole, rules=tuple(lifted(each, lifts.get(each.id, ())) for each in rules))


# --- the shipped rules --------------------------------------------------------------------------

TEXTS = (
    FURIOUS,
    CALM,
    "This is the third time I ask. Nobody answers. I am disappointed.",
    "I am not worried about the deadline, but the logo is still wrong. Please fix it.",
    "Thank you so much for the lovely photos! We are still waiting for the invoice, no hurry.",
    "The courier was rude and the printer is unacceptable. Your work is great, thanks.",
    "I expected better. The site is down again and you promised to fix it on Monday.",
    "Could you please send the files? I asked last week.",
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_claim_holds_when_the_rules_are_really_changed(text: str) -> None:
    """Judged anew by a rulebook without the rule, or with one that has lost the condition."""
    whole = rulebooks.load()
    # The few rules that can matter here: a judge of all of them takes seconds to build each time.
    given = read_here(letter(text).raw)
    judge = Judge(whole)
    verdict = judge.judge(given)
    found = told(judge, given)
    close = {each.hit.rule for each in found.nearly}
    hits = {hit.rule for hit in verdict.hits}
    small = replace(whole, rules=tuple(r for r in whole.rules if r.id in close | hits))
    assert Judge(small).judge(given) == verdict

    def turned(other: RuleBook) -> bool:
        return Judge(other).judge(given).dissatisfied != verdict.dissatisfied

    assert found.flip.margin == verdict.score - verdict.threshold
    alone = {hit.rule for hit in found.flip.alone}
    for rule in hits - set(VOICES):
        assert turned(changed(small, [rule])) == (rule in alone), rule
    without = [hit.rule for hit in found.flip.without]
    if without and not set(VOICES) & set(without):
        assert turned(changed(small, without))
        assert found.flip.then == Judge(changed(small, without)).judge(given)
    by = {each.hit.rule for each in found.flip.by}
    for each in found.nearly:
        if each.hit.rule not in VOICES:
            keys = [reason.code for reason in each.reasons]
            assert turned(changed(small, **{each.hit.rule: keys})) == (each.hit.rule in by)


def test_the_texts_above_try_all_kinds_of_claims() -> None:
    """So that the test above can't pass for want of claims."""
    judge = Judge(rulebooks.load())
    flips = [told(judge, read_here(letter(text).raw)).flip for text in TEXTS]
    assert any(flip.alone for flip in flips)
    assert any(len(flip.without) > 1 for flip in flips)
    assert any(flip.by for flip in flips)
    assert len(shipped("en")[0]) > 100


# --- small rulebooks ----------------------------------------------------------------------------


def ruled(**points: int) -> RuleBook:
    """A rulebook that flags at 100: a rule for each word, with its points."""
    tables = [
        f'[[rule]]\nid = "{word}"\ndescribe = "{word}"\npoints = {each}\n'
        f'tone = "{"angry" if each > 0 else ""}"\nphrases = ["{word}"]\nmatches = ["{word}."]\n'
        for word, each in points.items()
    ]
    return rulebook(TONES, REPLIES, 'negators = ["not"]\n' + "\n".join(tables))


def flipped(text: str, **points: int) -> tuple[list[str], list[str], list[str]]:
    """Alone, without and by, as words."""
    flip = told(Judge(ruled(**points)), Reading(message(text), None)).flip
    return (
        [hit.rule for hit in flip.alone],
        [hit.rule for hit in flip.without],
        [each.hit.rule for each in flip.by],
    )


@pytest.mark.parametrize(
    ("text", "points", "alone", "without", "by"),
    [
        ("Late.", {"late": 100}, ["late"], ["late"], []),
        ("Late and bad.", {"late": 90, "bad": 20}, ["late", "bad"], ["late"], []),
        ("Late and bad.", {"late": 150, "bad": 120}, [], ["late", "bad"], []),
        ("Late, bad, ugly, dear, dull.", dict.fromkeys(("late", "bad", "ugly", "dear", "dull"), 100), [], [], []),
        ("Late, bad, ugly.", {"late": 60, "bad": 60, "ugly": 50}, [], ["bad", "late"], []),
        ("Late, thanks.", {"late": 120, "thanks": -30}, ["thanks"], ["thanks"], []),
        ("Late, not bad.", {"late": 60, "bad": 40}, [], [], ["bad"]),
        ("Late, not bad.", {"late": 60, "bad": 39}, [], [], []),
        ("Late. Not nice.", {"late": 110, "nice": -20}, ["late"], ["late"], ["nice"]),
        ("Nothing of it.", {"late": 110}, [], [], []),
    ],
)  # fmt: skip
def test_what_turns_a_verdict(
    text: str, points: dict[str, int], alone: list[str], without: list[str], by: list[str]
) -> None:
    """Each hit that does so alone, the fewest that do together, and what was held back and would have."""
    assert flipped(text, **points) == (alone, without, by)


@pytest.mark.parametrize("numbers", [(70, 60, 50, 40), (200, 30, 20, 10), (40, 40, 40, -30)])
def test_no_smaller_set_does(numbers: tuple[int, ...]) -> None:
    """By trying them all, on numbers alone."""
    points = dict(zip(("late", "bad", "ugly", "dear"), numbers, strict=True))
    _, without, _ = flipped("Late, bad, ugly, dear.", **points)
    total = sum(numbers)
    side = 1 if total >= 100 else -1
    speaking = [each for each in numbers if each * side > 0]
    smallest = next(
        size
        for size in range(1, 5)
        if any(
            (total - sum(some) >= 100) != (total >= 100) for some in combinations(speaking, size)
        )
    )
    assert len(without) == smallest


def test_a_fact_of_the_thread_is_a_hit_like_others() -> None:
    """Of each fact whether it decides, by a rulebook that knows nothing of it."""
    whole = replace(rulebooks.load(), threshold=50)
    given = Reading(message("When will the third draft be there?"), None)
    behaviour = Behaviour(unanswered=4, days_waited=20, heat_before=4)
    verdict = Judge(whole).judge(given, behaviour)
    found = why(Judge(whole), given, behaviour, nobody)
    proven = [hit for hit in verdict.hits if hit.where == "thread"]
    facts = {each.id: each.fact for each in whole.behaviours}
    assert len(proven) == 3
    for hit in proven:
        others = tuple(each for each in whole.behaviours if each.fact != facts[hit.rule])
        anew = Judge(replace(whole, behaviours=others)).judge(given, behaviour)
        assert (anew.dissatisfied != verdict.dissatisfied) == (hit in found.flip.alone)
    assert verdict.dissatisfied
    assert any(hit in found.flip.alone for hit in proven)


# --- the reader ---------------------------------------------------------------------------------


def verdicts(text: str, heard: Opinion) -> tuple[Verdict, Why, int]:
    """The verdict as triage reaches it, why, and how often the reader was asked for that."""
    judge = Judge(book(), reader=True)
    given = Reading(message(text), None)
    asked: list[int] = []

    def ask() -> Opinion | None:
        asked.append(1)
        return heard

    there = judge.hear(given)
    verdict = judge.weigh_up(replace(there, opinion=heard) if judge.undecided(there) else there)
    return verdict, told(judge, given, ask), len(asked)


def test_the_reader_is_heard_in_every_trial_that_would_ask_it() -> None:
    """Without the reader's hit a message is weighed as if there were none, by the other threshold."""
    verdict, found, asked = verdicts("Worried.", opinion(ours=4.0))
    assert verdict.dissatisfied
    assert asked == 1
    assert READER in {hit.rule for hit in found.flip.alone}
    alone = Judge(book()).judge(Reading(message("Worried."), None))
    assert not alone.dissatisfied
    without_reader = told(Judge(book()), Reading(message("Worried."), None))
    assert without_reader.flip.margin == alone.score - alone.threshold


def test_a_hit_whose_absence_would_bring_the_reader_in() -> None:
    """Beyond its band it has no say; with less it would be asked, and would have kept the flag."""
    text = "Worried. Unacceptable, and late."
    verdict, found, asked = verdicts(text, opinion(ours=5.0))
    assert READER not in {hit.rule for hit in verdict.hits}
    assert asked == 1
    kept, calm = found.flip, verdicts(text, opinion(ours=-5.0))[1].flip
    assert len(calm.without) < len(kept.without) or (calm.without and not kept.without)


# --- in words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "points", "expected"),
    [
        ("Late.", {"late": 114}, "14 points above the threshold of 100. Without late “Late” (+114) it would not be flagged (0 points)."),
        ("Late and bad.", {"late": 99, "bad": 2}, "1 point above the threshold of 100. Without any one of these it would not be flagged: late “Late” (+99), bad “bad” (+2)."),
        ("Late and bad.", {"late": 150, "bad": 120}, "170 points above the threshold of 100. No single hit decides; without late “Late” (+150) and bad “bad” (+120) it would not be flagged (0 points)."),
        ("Late, bad, ugly, dear, dull.", dict.fromkeys(("late", "bad", "ugly", "dear", "dull"), 100), "400 points above the threshold of 100. No single hit decides, nor do the strongest few together."),
        ("Late, not bad.", {"late": 60, "bad": 40}, "40 points below the threshold of 100. Nearly counted, and alone would have flagged it: bad “bad” (+40)."),
        ("Late. Not nice.", {"late": 100, "nice": -20}, "Just at the threshold of 100. Without late “Late” (+100) it would not be flagged (0 points). Nearly counted, and alone would have kept it from being flagged: nice “nice” (-20)."),
        ("Late, thanks.", {"late": 120, "thanks": -30}, "10 points below the threshold of 100. Without thanks “thanks” (-30) it would be flagged (120 points). Nothing that nearly counted would have flagged it alone."),
    ],
)  # fmt: skip
def test_it_is_told_in_sentences(text: str, points: dict[str, int], expected: str) -> None:
    judge = Judge(ruled(**points))
    given = Reading(message(text), None)
    assert " ".join(margin(judge.judge(given), told(judge, given).flip)) == expected
