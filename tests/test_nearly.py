"""Rules that nearly held: each is named, with all that held it back and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest

from assistant import rulebook as rulebooks
from assistant.model import Lexicon, Opinion, Polarity, Reading, Rule
from assistant.tone.judge import Judge
from assistant.tone.nearly import Nearly, nearly
from assistant.tone.phrases import PhraseRules
from assistant.tone.voices import words_margin
from tests.builders import REPLIES, TONES, message, rulebook
from tests.test_voices import VOICES, book, opinion

LANGUAGES = ("de", "en", "es", "fr")
LIFTED: dict[str, dict[str, object]] = {
    "negation": {"negation": "ignored"},
    "unless": {"unless": ()},
    "needs": {"needs": ()},
    "target": {"target": "any"},
    "place": {"place": "anywhere"},
    "unless_message": {"unless_message": ()},
    "needs_message": {"needs_message": ()},
}
"""What a rule would be without each of its conditions."""


def lifted(rule: Rule, keys: Iterable[str]) -> Rule:
    """A rule without some of its conditions."""
    fields = {name: value for key in keys for name, value in LIFTED[key].items()}
    if "unless" in keys and rule.target == "not-others":
        fields["target"] = "any"
    return replace(rule, **fields)  # type: ignore[arg-type]


@cache
def shipped(language: str) -> tuple[tuple[Rule, ...], Lexicon]:
    """A language's own rules."""
    whole = rulebooks.load()
    (lexicon,) = (each for each in whole.lexicons if each.language == language)
    return tuple(each for each in whole.rules if each.language == language), lexicon


def examples(rules: Iterable[Rule]) -> list[str]:
    """Everything that the rules say they find or leave alone; and some of it one after another."""
    texts = [text for rule in rules for text in (*rule.matches, *rule.ignores)]
    return [*texts, *(" ".join(texts[at : at + 7]) for at in range(0, len(texts), 7))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_has_its_phrase_there_holds_or_is_held_back(language: str) -> None:
    """Of all shipped rules in all their examples, none is in both lists, and none in neither."""
    rules, lexicon = shipped(language)
    finder = PhraseRules(rules, lexicon)
    bare = PhraseRules(tuple(lifted(rule, LIFTED) for rule in rules), lexicon)
    back = 0
    for text in examples(rules):
        holding = [each.rule.id for each in finder.find(text, text[:40])]
        held = [each.found.rule.id for each in finder.held_back(text, text[:40])]
        there = [each.rule.id for each in bare.find(text, text[:40])]
        assert sorted(holding + held) == sorted(there), text
        back += len(held)
    assert back >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_to_hold_a_rule_back_does_so_and_nothing_else(language: str) -> None:
    """Without all of its barriers the rule holds; with any one of them it doesn't."""
    rules, lexicon = shipped(language)
    looked = 0
    for rule in rules:
        text = " ".join(rule.ignores)
        for held in PhraseRules((rule,), lexicon).held_back(text):
            keys = [barrier.key for barrier in held.barriers]
            assert keys, rule.id
            assert PhraseRules((lifted(rule, keys),), lexicon).find(text), (rule.id, text)
            for key in keys:
                others = lifted(rule, [each for each in keys if each != key])
                assert not PhraseRules((others,), lexicon).find(text), (rule.id, text, key)
            looked += 1
    assert looked >= 25


# --- in words -----------------------------------------------------------------------------------

RULES = """
[classes]
you = ["you", "your"]
us = ["we", "our"]
others = ["printer"]

[[rule]]
id = "r"
describe = "is late"
points = 60
tone = "angry"
phrases = ["late"]
matches = ["It is late."]
"""


def close(text: str, conditions: str = "", subject: str = "", **fields: object) -> list[Nearly]:
    """What nearly counts in a text, by one rule with some conditions."""
    judge = Judge(rulebook(TONES, REPLIES, f'negators = ["not"]\n{RULES}{conditions}\n'))
    given = Reading(message(text, subject=subject, **fields), None)
    heard = judge.hear(given)
    return list(nearly(judge, heard, judge.weigh_up(heard)))


@pytest.mark.parametrize(
    ("conditions", "text", "code", "says", "quote"),
    [
        ("", "It is not late.", "negation", "negated", "not"),
        ('unless = ["train"]', "The train is late.", "unless", "this is in the same sentence", "train"),
        ('target = "not-others"', "Our printer was late.", "unless", "this is in the same sentence", "printer"),
        ('needs = ["again", "<number> times", "too", "yet"]', "Late.", "needs", "the sentence has none of again, <number> times, too and 1 more", ""),
        ('target = "you"', "It was late.", "target", "the sentence does not speak of you", ""),
        ('place = "opening"', "A. B. C. It is late.", "place", "the sentence is not one of the first three", ""),
        ('place = "closing"', "It is late. A. B. C.", "place", "the sentence is not one of the last three", ""),
        ('unless_message = ["many thanks"]', "It is late. Many thanks.", "unless_message", "this is in the same message", "Many thanks"),
        ('needs_message = ["invoice"]', "It is late.", "needs_message", "the message has none of invoice", ""),
    ],
)  # fmt: skip
def test_the_reason_is_told_with_the_words_that_held_it_back(
    conditions: str, text: str, code: str, says: str, quote: str
) -> None:
    (each,) = close(text, conditions)
    (reason,) = each.reasons
    assert (each.hit.rule, each.hit.points, each.hit.quote.lower()) == ("r", 60, "late")
    assert (reason.code, reason.says, reason.quote) == (code, says, quote)
    assert text[slice(*reason.span)] == quote
    assert reason.where == ("body" if quote else "")


def test_where_least_holds_it_back_counts() -> None:
    """Of several places the one with the fewest reasons, and there all of them."""
    conditions = 'unless = ["train"]\nneeds = ["again"]\ntarget = "you"'
    text = "The train was not late. You were late. The train is late again."
    (each,) = close(text, conditions)
    assert [reason.code for reason in each.reasons] == ["needs"]
    assert each.hit.span == (text.index("late. The"), text.index("late. The") + 4)
    (each,) = close("The train was not late.", conditions)
    assert [reason.code for reason in each.reasons] == ["negation", "unless", "needs", "target"]


def test_a_rule_that_holds_elsewhere_did_not_nearly_hold() -> None:
    assert close("It is not late. It is late.") == []
    assert close("It is fine.") == []


def test_the_subject_is_looked_at_where_its_writer_chose_it() -> None:
    (each,) = close("Hello.", subject="Not late")
    assert (each.hit.where, each.hit.span) == ("subject", (4, 8))
    assert (each.reasons[0].where, each.reasons[0].span) == ("subject", (0, 3))
    assert close("Hello.", subject="Re: Not late") == []


# --- the other voices ---------------------------------------------------------------------------


TIGHT = VOICES.replace("words_cap = 90", "words_cap = 9")


def voiced(text: str, heard: Opinion | None = None, polarity: float = 0.0) -> dict[str, Nearly]:
    """By voice, what it nearly said."""
    judge = Judge(book(TIGHT), reader=heard is not None)
    given = Reading(message(text), Polarity(polarity, ("bad",)), heard)
    listened = judge.hear(given)
    return {each.hit.rule: each for each in nearly(judge, listened, judge.weigh_up(listened))}


def test_what_a_cap_took_is_told() -> None:
    """Points without the cap, less those with it; of the words thrice as many may be taken."""
    for text, capped in (
        ("It is late, late and late.", 9),
        ("It is fine, fine and fine. " * 6, -27),
    ):
        heard = Judge(book(TIGHT)).hear(Reading(message(text), None))
        assert heard.words is not None
        each = voiced(text)["words"]
        assert capped + each.hit.points == round(words_margin(heard.words) * 20)
        assert [(reason.code, reason.says) for reason in each.reasons] == [
            ("cap", f"beyond its cap of {abs(capped)} points")
        ]
    assert voiced("Worried.", polarity=-1.0)["textblob-polarity"].hit.points == 40 - 15
    assert voiced("Worried.", opinion(ours=7.0))["reader"].hit.points == round(2.0 * 30)
    assert "reader" not in voiced("Worried.", opinion(ours=5.0))


def test_a_reader_that_is_not_asked_is_named() -> None:
    """Beyond its band: it could have said anything, so no points are named."""
    judge = Judge(book(), reader=True)
    heard = judge.hear(Reading(message("Worried. Unacceptable, and late."), None))
    (each,) = (
        each for each in nearly(judge, heard, judge.weigh_up(heard)) if each.hit.rule == "reader"
    )
    assert (each.hit.points, each.reasons[0].code) == (0, "band")
    assert each.reasons[0].says == "not asked: the others' sum is not from -50 to 150"
