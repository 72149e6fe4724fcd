"""What a reply must never say."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from assistant.model import Wording
from assistant.reply.guard import Fault, Guard
from assistant.tone.grammar import PhraseError

FINE = "word " * 45 + "when would be a good time for a call?"


def guard(**forbidden: tuple[str, ...]) -> Guard:
    return Guard(Wording("en", MappingProxyType({}), (), MappingProxyType(forbidden), "test.toml"))


GUARD = guard(
    resolution=("refund*", "free of charge"), excuses=("but", "due to", "will be (fixed|done)")
)


def test_a_fine_letter_has_no_faults() -> None:
    """40 to 110 words and one question, and nothing forbidden."""
    assert GUARD.faults(FINE) == ()


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ("A refund.", "resolution"),
        ("REFUNDED!", "resolution"),
        ("Free\nof charge.", "resolution"),
        ("Well, but.", "excuses"),
        ("It’ll be done.", "excuses"),
        ("It is due, to us.", "excuses"),
    ],
)
def test_forbidden_phrases_are_found_however_they_are_written(said: str, row: str) -> None:
    """Case, line ends, contractions and commas do not hide them."""
    assert [fault.row for fault in GUARD.faults(f"{said} {FINE}")] == [row]


@pytest.mark.parametrize("said", ["Butter.", "It is due. To us.", "Prefunded.", "Overdue today."])
def test_other_words_are_left_alone(said: str) -> None:
    """Only whole words and phrases within a sentence are forbidden."""
    assert GUARD.faults(f"{said} {FINE}") == ()


def test_a_fault_quotes_the_letter() -> None:
    """The user sees the row of the guidance and the words that break it, once each."""
    faults = guard(resolution=("refund*", "refund")).faults(f"A Refund. {FINE}")
    assert [str(fault) for fault in faults] == ['resolution: says "Refund"']


@pytest.mark.parametrize(("words", "faults"), [(39, 1), (40, 0), (110, 0), (111, 1)])
def test_length(words: int, faults: int) -> None:
    """A reply has 40 to 110 words (guidance: reply-short)."""
    found = guard().faults("word " * (words - 1) + "call?")
    expected = [Fault("reply-short", f"{words} words; a reply has 40 to 110")] * faults
    assert expected == list(found)


@pytest.mark.parametrize(("text", "asked"), [(FINE[:-1], 0), (FINE + "?", 2)])
def test_one_question(text: str, asked: int) -> None:
    """A reply asks for one thing, a call."""
    expected = (Fault("reply-short", f"{asked} questions; a reply asks one thing, a call"),)
    assert GUARD.faults(text) == expected


def test_forbids_looks_at_words_alone() -> None:
    """A name can be tried before a letter is written."""
    assert [fault.row for fault in GUARD.forbids("But")] == ["excuses"]
    assert GUARD.forbids("Maria") == ()


def test_a_phrase_that_cannot_be_read_is_refused() -> None:
    """A mistake in a forbidden phrase must not silently forbid nothing."""
    with pytest.raises(PhraseError):
        guard(x=("(but",))
