"""Own words -> Verdict."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Lexicon, RuleBook, Verdict
from assistant.tone.judge import Judge
from assistant.tone.phrases import PhraseRules
from assistant.tone.tokens import normalise
from assistant.tone.voices import POLARITY
from tests.builders import QUICK, REPLIES, RULES, TONES, reading, rule, rulebook

NEGATORS = ("not", "never", "no")


CLASSES = MappingProxyType(
    {"you": ("you", "your"), "us": ("we", "our"), "others": ("printer", "courier")}
)


def holds(
    text: str,
    *,
    subject: str = "",
    negators: tuple[str, ...] = NEGATORS,
    after: int = 0,
    **fields: object,
) -> bool:
    """Whether a rule with these fields hits a text."""
    lexicon = Lexicon("en", CLASSES, negators, negation_after=after)
    return bool(PhraseRules((rule(**fields),), lexicon).find(text, subject))


def judge(
    text: str, polarity: float | None = None, book: RuleBook | None = None, **fields: object
) -> Verdict:
    return Judge(book or rulebook()).judge(reading(text, polarity, **fields))


def with_rules(rules: str, tones: str = TONES) -> RuleBook:
    return rulebook(tones, REPLIES, rules)


# --- one rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is unacceptable.", True),
        ("This is not unacceptable.", False),
        ("This isn't unacceptable.", False),
        ("This was never in any way unacceptable.", True),
        ("This was never really so unacceptable.", False),
        ("I can not stay, unacceptable.", True),
        ("It was not late but unacceptable.", True),
        ("I will not. Unacceptable.", True),
        ("Not good. Not unacceptable. Unacceptable!", True),
    ],
)
def test_negation_reaches_three_words_within_its_clause(text: str, expected: bool) -> None:
    """A negator takes a hit away only shortly before it and not across a comma, "but" or full stop."""
    assert holds(text) is expected


def test_a_rule_can_ignore_negation() -> None:
    """Where a rule says so, "not" before it changes nothing."""
    assert holds("It is not unacceptable.", negation="ignored")


@pytest.mark.parametrize("negator", ["Not", "don't", "DON’T", "cannot"])
def test_negators_are_compared_like_words(negator: str) -> None:
    """A negator may be written with a capital or as a contraction."""
    assert not holds("It is not unacceptable.", negators=(negator,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The printer is unacceptable.", False),
        ("Unacceptable, says the printer.", False),
        ("The printer is late. This is unacceptable.", True),
    ],
)
def test_unless_bars_a_rule_within_its_sentence(text: str, expected: bool) -> None:
    """A condition takes the rule out of the sentence it stands in, and out of no other."""
    assert holds(text, unless=("printer",)) is expected


def test_a_negator_within_the_phrase_takes_the_hit_away() -> None:
    """ "I am not at all worried" is no worry, unless the phrase itself says "not"."""
    assert holds("I am really worried.", phrases=("i am ...3 worried",))
    assert not holds("I am not at all worried.", phrases=("i am ...3 worried",))
    assert holds("It does not work at all.", phrases=("not work ...3 all",))


def test_negation_reaches_after_the_phrase_where_the_language_says_so() -> None:
    """German: "das gefällt mir nicht", within the clause."""
    pleased = {"phrases": ("gefallt",), "negators": ("nicht",)}
    assert not holds("Das gefällt mir nicht.", after=3, **pleased)
    assert holds("Das gefällt mir, nicht wahr?", after=3, **pleased)
    assert holds("Das gefällt mir nicht.", after=0, **pleased)


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("Unacceptable from your side.", {"needs": ("from <you> side",)}, True),
        ("Unacceptable. From your side.", {"needs": ("from <you> side",)}, False),
        ("Unacceptable. From your side.", {"needs_message": ("from <you> side",)}, True),
        ("Unacceptable.", {"needs_message": ("thank*",)}, False),
        ("Unacceptable. Thanks.", {"unless_message": ("thank*",)}, False),
        ("Unacceptable. Tanks.", {"unless_message": ("thank*",)}, True),
        ("Your work is unacceptable.", {"target": "you"}, True),
        ("Your work is here. Unacceptable.", {"target": "you"}, False),
        ("The courier is unacceptable.", {"target": "not-others"}, False),
        ("The courier is unacceptable.", {"target": "others"}, True),
        ("Our own work is unacceptable.", {"target": "us"}, True),
        ("Your work is unacceptable here.", {"target": "you", "needs": ("here",)}, True),
        ("Work is unacceptable here.", {"target": "you", "needs": ("here",)}, False),
        ("One. Two. Three. Unacceptable.", {"place": "opening"}, False),
        ("One. Two. Unacceptable. Four.", {"place": "opening"}, True),
        ("Unacceptable. Two. Three. Four.", {"place": "closing"}, False),
        ("One. Unacceptable. Three. Four.", {"place": "closing"}, True),
    ],
)
def test_conditions_on_sentence_message_place_and_target(
    text: str, fields: dict[str, Any], expected: bool
) -> None:
    """Where else a rule looks before it holds."""
    assert holds(text, **fields) is expected


def test_conditions_on_the_message_see_the_subject_too() -> None:
    """ "And no thanks anywhere" means the subject as well."""
    assert not holds("Unacceptable.", subject="Thanks", unless_message=("thank*",))


def test_a_pattern_sees_the_punctuation() -> None:
    """What words can't say: marks after the sentence's last word."""
    shouting = {"phrases": (), "patterns": ("[!?]{3,}",)}
    assert holds("Where is it?!?", **shouting)
    assert not holds("Where is it? Well!", **shouting)
    assert not holds("Where is it?!", **shouting)


def test_the_longest_match_at_the_first_place_is_quoted() -> None:
    """Of all a rule finds, the client's first and fullest words are shown."""
    book = with_rules(RULES.replace('["unacceptable"]', '["unacceptable", "unacceptable service"]'))
    (hit,) = judge("An unacceptable service. Again: unacceptable.", book=book).hits
    assert hit.quote == "unacceptable service"


# --- a verdict ----------------------------------------------------------------------------------


def test_a_quiet_message_has_no_tone() -> None:
    """Without hits the score is 0 and nobody is unhappy."""
    assert judge("See you on Tuesday.") == Verdict(0, 100, (), None, ())


def test_below_the_threshold_there_is_a_score_but_no_tone() -> None:
    """Some worry is shown to who asks, but makes nobody dissatisfied."""
    verdict = judge("I am worried.")
    assert (verdict.score, verdict.tone, verdict.cues) == (60, None, ())
    assert [hit.rule for hit in verdict.hits] == ["worry"]


def test_a_verdict_names_the_hottest_tone_with_evidence() -> None:
    """Angry words worth the evidence make the message angry, and hits come strongest first."""
    verdict = judge("I am worried. This is unacceptable.")
    assert verdict.tone is not None
    assert (verdict.tone.id, verdict.score, verdict.cues) == ("angry", 160, ("quality", "late"))
    assert [hit.rule for hit in verdict.hits] == ["unacceptable", "worry"]
    assert verdict.dissatisfied


def test_one_hot_word_does_not_make_a_mild_letter_angry() -> None:
    """A hot hit below the evidence counts towards the milder tone."""
    book = with_rules(RULES.replace("points = 100", "points = 45"))
    verdict = judge("I am worried. This is unacceptable.", book=book)
    assert verdict.tone is not None
    assert (verdict.tone.id, verdict.score) == ("concerned", 105)


def test_hotter_hits_speak_for_milder_tones_too() -> None:
    """Worry and anger that are each too little evidence are together enough to be concerned."""
    rules = RULES.replace("points = 60", "points = 40").replace("points = 100", "points = 45")
    book = with_rules(rules, TONES.replace("threshold = 100", "threshold = 80"))
    verdict = judge("I am worried. This is unacceptable.", book=book)
    assert verdict.tone is not None
    assert (verdict.tone.id, verdict.score) == ("concerned", 85)


def test_a_rule_counts_once() -> None:
    """Saying the same thing five times is one hit."""
    assert judge("Unacceptable! " * 5).score == 100


def test_friendly_rules_lower_the_score() -> None:
    """A rule with negative points is a hit like others, and its cues are not the client's trouble."""
    verdict = judge("This is unacceptable. Thank you so much.")
    assert (verdict.score, verdict.tone) == (60, None)
    assert sum(hit.points for hit in verdict.hits) == 60


@pytest.mark.parametrize(
    ("polarity", "points"),
    [(-1.0, 15), (-0.3, 12), (-0.01, None), (0.0, None), (0.25, -10), (1.0, -15)],
)
def test_textblob_speaks_within_its_cap(polarity: float, points: int | None) -> None:
    """Polarity times its weight, rounded, capped on both sides, and silent at 0."""
    hits = judge("Hello.", polarity).hits
    assert [(hit.rule, hit.points) for hit in hits] == ([(POLARITY, points)] if points else [])


def test_textblob_alone_makes_nobody_dissatisfied() -> None:
    """Even where a user gives it the weight, a verdict needs a hit that has a tone."""
    book = with_rules(
        RULES, TONES.replace("cap = 15", "cap = 1000").replace("polarity = 40", "polarity = 1000")
    )
    verdict = judge("Hello.", -1.0, book)
    assert (verdict.score, verdict.tone) == (1000, None)


def test_a_chosen_subject_is_judged() -> None:
    """Who opens a conversation wrote the subject; the hit says where it was found."""
    (hit,) = judge("Hello.", subject="Unacceptable delay").hits
    assert (hit.where, hit.span, hit.quote) == ("subject", (0, 12), "Unacceptable")


@pytest.mark.parametrize("field", ["in_reply_to", "references"])
def test_an_inherited_subject_is_not_judged(field: str) -> None:
    """An answer's subject says how the conversation began, not how its writer feels now."""
    fields: dict[str, Any] = {field: ("<0@x>",)}
    assert judge("Hello.", subject="Unacceptable delay", **fields).hits == ()


def test_the_body_is_quoted_rather_than_the_subject() -> None:
    """A rule that holds in both is one hit, shown in the body."""
    (hit,) = judge("So unacceptable.", subject="Unacceptable").hits
    assert (hit.where, hit.span) == ("body", (3, 15))


def test_languages_are_kept_apart() -> None:
    """A message is judged by its own language's rules alone."""
    german = """
        language = "de"
        [[rule]]
        id = "de.unmoeglich"
        describe = "nennt es unmöglich"
        points = 100
        tone = "angry"
        phrases = ["unmöglich"]
        matches = ["Das ist unmöglich."]
        """
    judge_ = Judge(rulebook(TONES, REPLIES, RULES, german))
    assert [judge_.knows(each) for each in ("en", "de", "fr")] == [True, True, False]
    words = "Unmöglich. Unacceptable."
    assert [h.rule for h in judge_.judge(reading(words, language="de")).hits] == ["de.unmoeglich"]
    assert [h.rule for h in judge_.judge(reading(words)).hits] == ["unacceptable"]


# --- promises -----------------------------------------------------------------------------------

pieces = st.sampled_from(
    ["I am worried", "concerned", "unacceptable", "Unacceptable!", "not", "thank you so much", ".", ",",
     "\n", "\n\n", "but", "isn't", "the site", "  ", "“", "so very"]
)  # fmt: skip
texts = st.lists(pieces, max_size=12).map(" ".join)


@QUICK
@given(texts, texts, st.sampled_from([None, -0.8, -0.1, 0.0, 0.5]))
def test_every_verdict_explains_itself(text: str, subject: str, polarity: float | None) -> None:
    """The hits sum exactly to the score, and each span holds the words that are quoted."""
    verdict = judge(text, polarity, subject=subject)
    assert verdict.score == sum(hit.points for hit in verdict.hits)
    assert len({hit.rule for hit in verdict.hits}) == len(verdict.hits)
    for hit in verdict.hits:
        if hit.rule != POLARITY:
            spoken = {"subject": subject, "body": text}[hit.where][slice(*hit.span)]
            assert hit.quote == " ".join(spoken.split())
            assert normalise(spoken.split()[0])[0] in (
                "worried",
                "concerned",
                "unacceptable",
                "thank",
            )
    assert (verdict.tone is not None) == (
        verdict.score >= 100 and any(h.tone for h in verdict.hits)
    )


@QUICK
@given(texts)
def test_the_same_message_gets_the_same_verdict(text: str) -> None:
    """Two judges of one rulebook agree on everything."""
    assert judge(text, -0.2) == judge(text, -0.2)


@pytest.mark.parametrize(
    "piece", ["unacceptable ", "not ", "worried. ", ".", "thank you so ", "\n"]
)
def test_big_hostile_texts_are_judged(piece: str) -> None:
    """64 KB of one thing, rule words among them, gets a verdict like any other text."""
    verdict = judge(piece * (65_536 // len(piece)))
    assert verdict.score == {"unacceptable ": 100, "worried. ": 60}.get(piece, 0)


def test_threads_that_share_a_judge_compile_its_rules_once() -> None:
    """Twenty mailboxes that get their first mail at once: compiled by each, rules took 25 MB a time."""
    judge = Judge(rulebook(), alone=threading.Lock())
    gate = threading.Barrier(8)
    compiled: list[object] = []

    def ask() -> None:
        gate.wait(10.0)
        compiled.append(judge._rules("en"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert len(compiled) == 8
    assert len(set(map(id, compiled))) == 1
