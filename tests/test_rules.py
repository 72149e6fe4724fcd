"""The shipped rules, held to what they say about themselves."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from assistant.model import Rule, RuleBook, Tone, Wording
from assistant.reply.guard import Guard
from assistant.reply.times import told
from assistant.reply.wording import CALLS, Letter, write
from assistant.rulebook import load, shipped_folder
from assistant.rulebook.wordings import wording_problems
from assistant.tone.judge import Judge
from assistant.tone.phrases import PhraseRules
from tests.builders import reading

BOOK: RuleBook = load()
FINDERS = {
    lexicon.language: PhraseRules(
        tuple(rule for rule in BOOK.rules if rule.language == lexicon.language), lexicon
    )
    for lexicon in BOOK.lexicons
}
TONED_WORDINGS = [(wording, tone) for wording in BOOK.wordings for tone in BOOK.tones]


def hits(rule: Rule, text: str) -> bool:
    return any(found.rule.id == rule.id for found in FINDERS[rule.language].find(text))


def name(value: Rule | Tone | Wording) -> str:
    return value.language if isinstance(value, Wording) else value.id


@pytest.mark.parametrize("rule", BOOK.rules, ids=name)
def test_a_rule_matches_its_own_examples(rule: Rule) -> None:
    """Each rule has sentences that it must hit, and hits them."""
    assert rule.matches
    assert [text for text in rule.matches if not hits(rule, text)] == []


@pytest.mark.parametrize("rule", BOOK.rules, ids=name)
def test_a_rule_leaves_its_counterexamples_alone(rule: Rule) -> None:
    """Each rule has sentences that it must not hit, and doesn't."""
    assert rule.ignores
    assert [text for text in rule.ignores if hits(rule, text)] == []


@pytest.mark.parametrize("rule", BOOK.rules, ids=name)
def test_a_rule_is_named_and_described(rule: Rule) -> None:
    """An id begins with its language, and `explain` has words to show."""
    assert rule.id.partition(".")[0] == rule.language
    assert rule.describe.strip() == rule.describe != ""
    assert rule.points != 0


def test_english_has_rules_enough() -> None:
    """The vocabulary of discontent is not written in a handful of rules."""
    assert sum(rule.language == "en" for rule in BOOK.rules) >= 60


def test_plain_words_make_a_verdict() -> None:
    """ "This is unacceptable" alone is a complaint, whatever TextBlob thinks."""
    verdict = Judge(BOOK).judge(reading("This is unacceptable."))
    assert verdict.dissatisfied
    assert "en.unacceptable" in [hit.rule for hit in verdict.hits]


def test_no_shipped_id_is_given_twice() -> None:
    """A second rule of the same id would silently replace the first."""
    ids = Counter(
        (kind, table["id"])
        for path in sorted(shipped_folder().rglob("*.toml"))
        for kind in ("rule", "sign", "tone")
        for table in tomllib.loads(path.read_text("utf-8")).get(kind, [])
    )
    assert [each for each, count in ids.items() if count > 1] == []


def test_the_scale_is_the_one_in_the_guidance() -> None:
    """Five tones, mildest first."""
    assert [t.id for t in BOOK.tones] == [
        "concerned",
        "disappointed",
        "frustrated",
        "angry",
        "hostile",
    ]
    assert [tone.heat for tone in BOOK.tones] == [1, 2, 3, 4, 5]


def heat(text: str) -> int:
    """The heat of the hottest rule that a text hits."""
    return max(
        (BOOK.tone(f.rule.tone).heat for f in FINDERS["en"].find(text) if f.rule.tone), default=0
    )


@pytest.mark.parametrize("tone", BOOK.tones, ids=name)
def test_every_tone_can_be_reached(tone: Tone) -> None:
    """Examples of a tone's rules, put together, make a message of that tone."""
    examples = [
        text
        for rule in BOOK.rules
        if rule.language == "en" and rule.tone == tone.id
        for text in rule.matches
        if heat(text) == tone.heat
    ]
    verdict = Judge(BOOK).judge(reading("\n\n".join(examples[:20])))
    assert verdict.tone == tone


@pytest.mark.parametrize("wording", BOOK.wordings, ids=name)
def test_shipped_wording_is_in_order(wording: Wording) -> None:
    """Every part for every tone, cue and way to address somebody, within the lengths."""
    tones = tuple(tone.id for tone in BOOK.tones)
    assert wording_problems(wording, tones, BOOK.classes(wording.language)) == []


VALUES = {
    "name": "Alex",
    "full_name": "Alex Doe Smith",
    "matter": '"Website for the fair"',
    "phone": "+49 30 1234567",
}


@pytest.mark.parametrize(("wording", "tone"), TONED_WORDINGS, ids=name)
def test_every_shipped_reply_passes_the_guard(wording: Wording, tone: Tone) -> None:
    """Whatever cue, way to address and call, and whatever variants a message picks."""
    guard = Guard(wording, BOOK.classes(wording.language))
    assert wording.times is not None
    zone = ZoneInfo("Europe/Berlin")
    moments = (datetime(2026, 11, 30, 10, tzinfo=zone), datetime(2026, 12, 1, 14, 30, tzinfo=zone))
    values = {**VALUES, "times": told(moments, wording.times, None, moments[0])}
    wrong = []
    for cue, formal, call in product(("", *wording.matters), (True, False), CALLS):
        letter = Letter(tone.id, cue, formal, call)
        text = write(wording, letter, f"{cue}{call}", values)
        faults = guard.faults(text, cues=[cue], known=values.values())
        wrong += [(letter, str(fault), text) for fault in faults]
    assert wrong == []


@pytest.mark.parametrize(("wording", "tone"), TONED_WORDINGS, ids=name)
def test_there_is_a_choice_of_words(wording: Wording, tone: Tone) -> None:
    """Two clients don't get the same letter (guidance: the holding reply is a person's)."""
    for cue, formal in product(("", *wording.matters), (True, False)):
        letter = Letter(tone.id, cue, formal, "ask")
        texts = {write(wording, letter, str(seed), {}) for seed in range(40)}
        assert len(texts) >= (2 if cue.endswith("threat") else 8), letter


def test_shipped_screening_knows_the_usual_machines() -> None:
    """The signs that RFC 3834 and RFC 2369 name are among the shipped ones."""
    headers = {sign.header for sign in BOOK.screening.signs}
    assert {"auto-submitted", "precedence", "list-id", "list-unsubscribe", "return-path"} <= headers
    assert "noreply*" in BOOK.screening.no_reply
