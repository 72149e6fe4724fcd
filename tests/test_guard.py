"""What a reply must never say."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant import rulebook as rulebooks
from assistant.reply.guard import Fault, Guard
from assistant.tone.grammar import PhraseError
from tests.builders import rulebook

CALL = "I hear how you feel and I am sorry: when would be a good time for a call?"
FINE = f"{'word ' * 40}. {CALL}"
TEXTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "replies.toml").read_text("utf-8")
)["text"]


def guard(**forbidden: tuple[str, ...]) -> Guard:
    return Guard(replace(rulebook().wordings[0], forbidden=forbidden))


GUARD = guard(
    resolution=("refund*", "free of charge"), excuses=("but", "due to", "will be (fixed|done)")
)


def rows(text: str, **more: Any) -> list[str]:
    return [fault.row for fault in GUARD.faults(text, **more)]


def test_a_fine_letter_has_no_faults() -> None:
    """40 to 110 words, an acknowledgement, an apology and one question, and nothing forbidden."""
    assert GUARD.faults(FINE) == ()


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ("A refund.", "resolution"),
        ("Refunded!", "resolution"),
        ("Free\nof charge.", "resolution"),
        ("Well, but.", "excuses"),
        ("It’ll be done.", "excuses"),
        ("It is due, to us.", "excuses"),
    ],
)
def test_forbidden_phrases_are_found_however_they_are_written(said: str, row: str) -> None:
    """Case, line ends, contractions and commas do not hide them."""
    assert row in rows(f"{said} {FINE}")


@pytest.mark.parametrize("said", ["Butter.", "It is due. To us.", "Prefunded.", "Overdue today."])
def test_other_words_are_left_alone(said: str) -> None:
    """Only whole words and phrases within a sentence are forbidden."""
    assert GUARD.faults(f"{said} {FINE}") == ()


def test_a_fault_quotes_the_letter_and_names_the_line() -> None:
    """The user sees the row of the guidance and the words that break it, once each."""
    faults = guard(resolution=("refund*", "refund")).faults(f"Well.\n\nA Refund. {FINE}")
    assert faults == (Fault("resolution", 'says "Refund"', 3),)
    assert str(faults[0]) == 'resolution: says "Refund"'


@pytest.mark.parametrize(("words", "faults"), [(39, 1), (40, 0), (110, 0), (111, 1)])
def test_length(words: int, faults: int) -> None:
    """A reply has 40 to 110 words (guidance: reply-short)."""
    found = guard().faults("word " * (words - len(CALL.split())) + CALL)
    expected = [Fault("reply-short", f"{words} words; a reply has 40 to 110")] * faults
    assert expected == list(found)


def test_more_than_one_question() -> None:
    """A reply asks for one thing, a call; it may do so without a question."""
    assert rows(f"Why? {FINE}") == ["reply-short"]
    assert rows(FINE[:-1] + ".") == []


@pytest.mark.parametrize(
    ("without", "row"),
    [
        ("hear how you feel and I am ", "reply-acknowledge"),
        ("sorry", "reply-apologise"),
        ("a call", "reply-phone"),
    ],
)
def test_what_every_reply_says(without: str, row: str) -> None:
    assert rows(FINE.replace(without, "")) == [row]


def test_after_a_threat_of_law_regret_will_do() -> None:
    """And an apology does no less."""
    regret = FINE.replace("am sorry", "regret it")
    assert rows(regret) == ["reply-apologise"]
    assert rows(regret, cues=["late", "legal-threat"]) == []
    assert rows(regret, cues=["public-threat"]) == []
    assert rows(FINE, cues=["legal-threat"]) == []


def test_days_belong_to_the_call() -> None:
    assert rows(f"You have it on Monday. {FINE}") == ["reply-no-resolution"]
    assert rows(FINE.replace("a good time", "Monday a good day")) == []


def test_the_full_stop_of_a_date_ends_no_sentence() -> None:
    """ "Am Dienstag, den 14. Januar anrufen": the day stands in the sentence about the call."""
    assert rows(FINE.replace("a good time", "Monday 14. January a good day")) == []


@pytest.mark.parametrize(
    ("said", "shouts"),
    [
        ("Now!", True), ("¡Ahora!", True), ("This is NEVER so.", True), ("I DO so.", False),
        ("It IS SO.", True), ("A PDF, an MP3, the VAT.", False), ("HTML and CSS.", True),
        ("See https://EXAMPLE.com.", False),
    ],
)  # fmt: skip
def test_shouting(said: str, shouts: bool) -> None:
    """Exclamation marks, and words in capitals that are no abbreviation."""
    assert ("reply-calm" in rows(f"{said} {FINE}")) is shouts


def test_what_is_known_to_be_theirs_is_not_read() -> None:
    """A client may be called But, and a matter "REFUND 2231"."""
    text = f'Hello But, about "REFUND": {FINE}'
    assert rows(text) != []
    assert rows(text, known=["But", '"REFUND"']) == []


def test_nothing_is_copied_from_the_client() -> None:
    theirs = "Honestly, the blue sofa arrived with three legs and no screws at all."
    text = f"The blue sofa arrived with three legs. {FINE}"
    assert [str(fault) for fault in GUARD.faults(text, message=theirs)] == [
        'reply-acknowledge: copies the client\'s words: "The blue sofa arrived with three"'
    ]
    # What our own wording says is ours, even where a client says it as well.
    ours = "I am sorry for the trouble and the time that it has cost you."
    assert rows(f"{ours} {FINE}", message=ours) == []


def test_the_language_of_the_client() -> None:
    german = (
        "Guten Tag, vielen Dank für Ihre Nachricht. Ich verstehe, dass Sie sehr enttäuscht sind, und nehme das ernst. "
        "Ich möchte gern alles von Ihnen hören und nicht schreiben, sondern sprechen, am liebsten heute noch. sorry, hear how, call"
    )
    assert "reply-heard" in rows(german)


def test_forbids_looks_at_words_alone() -> None:
    """A name can be tried before a letter is written."""
    assert [fault.row for fault in GUARD.forbids("But")] == ["excuses"]
    assert GUARD.forbids("Maria") == ()


def test_a_phrase_that_cannot_be_read_is_refused() -> None:
    """A mistake in a forbidden phrase must not silently forbid nothing."""
    with pytest.raises(PhraseError):
        guard(x=("(but",))


# --- as people write (tests/replies.toml, by somebody who had not seen the lists) ----------------


@cache
def shipped(language: str) -> Guard:
    book = rulebooks.load()
    wording = book.wording(language)
    assert wording is not None
    return Guard(wording, book.classes(language))


@pytest.mark.parametrize("text", [pytest.param(t, id=t["name"]) for t in TEXTS])
def test_as_people_write(text: dict[str, Any]) -> None:
    """What is fit to be sent passes; what is not is refused for its own row."""
    found = {
        fault.row
        for fault in shipped(text["language"]).faults(text["text"].strip(), cues=text["cues"])
    }
    if text["breaks"]:
        assert set(text["breaks"]) <= found
    else:
        assert found == set()


HELD: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "replies_held.toml").read_text("utf-8")
)["text"]
MISJUDGED = {
    "held-en-pass-designer-us": "asks for a call in words that are not listed",
    "held-fr-pass-photographe": "acknowledges in words that are not listed",
    "held-fr-pass-plombier-fache": "says because of what, of the client's own feeling",
    "held-en-fail-apologise-admits-fault": "an admission in words that are not listed",
    "held-en-fail-calm-tone-remark": "a remark on the tone in words that are not listed",
}
"""Of the hold-out, on which nobody tunes: what the guard gets wrong."""


def test_the_hold_out_is_judged_as_it_was() -> None:
    """Written after the lists, and not tuned on: what is misjudged is known by name."""
    found = set()
    for text in HELD:
        faults = shipped(text["language"]).faults(text["text"].strip(), cues=text["cues"])
        rows = {fault.row for fault in faults}
        right = set(text["breaks"]) <= rows if text["breaks"] else not rows
        found |= set() if right else {text["name"]}
    assert found == set(MISJUDGED)


def test_there_are_enough_of_them() -> None:
    assert sum(not text["breaks"] for text in TEXTS) >= 60
    assert sum(bool(text["breaks"]) for text in TEXTS) >= 60
    assert {text["language"] for text in TEXTS} == {"en", "de", "es", "fr"}
