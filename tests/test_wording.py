"""Picking a reply's parts and filling in names."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Wording
from assistant.reply.wording import (
    every_reply,
    first_name,
    has_placeholder,
    placeholders_in,
    variants,
    write,
)
from tests.builders import QUICK

Parts = dict[str, dict[str, tuple[str, ...]]]
PARTS: Parts = {
    "any": {"greeting": ("Hello ${name},", "Hello,"), "thanks": ("Thanks.",), "closing": ("Bye,",)},
    "angry": {"thanks": ("Thank you.", "Many thanks."), "closing": ()},
}


def wording(
    parts: Parts = PARTS, order: tuple[str, ...] = ("greeting", "thanks closing")
) -> Wording:
    frozen = {tone: MappingProxyType(given) for tone, given in parts.items()}
    return Wording("en", MappingProxyType(frozen), order, MappingProxyType({}), "test.toml")


@pytest.mark.parametrize(
    ("tone", "part", "expected"),
    [
        ("angry", "thanks", ("Thank you.", "Many thanks.")),
        ("angry", "closing", ("Bye,",)),
        ("angry", "greeting", ("Hello ${name},", "Hello,")),
        ("concerned", "thanks", ("Thanks.",)),
        ("angry", "call", ()),
    ],
)
def test_a_part_is_the_tones_own_or_anybodys(
    tone: str, part: str, expected: tuple[str, ...]
) -> None:
    """What a tone doesn't say, or says with an empty list, is taken from any."""
    assert variants(wording(), tone, part) == expected


def test_a_letter_has_its_paragraphs_in_order() -> None:
    """Parts of one paragraph stand in one line, paragraphs have a blank line between them."""
    assert write(wording(), "concerned", "seed", {}) == "Hello,\n\nThanks. Bye,"


def test_names_fill_in_and_other_variants_are_passed_over() -> None:
    """A known name is used; without one, only the greeting that needs none can be picked."""
    with_name = {write(wording(), "concerned", str(n), {"name": "Ana"}) for n in range(30)}
    assert with_name == {"Hello Ana,\n\nThanks. Bye,"}
    without = {write(wording(), "concerned", str(n), {}) for n in range(30)}
    assert without == {"Hello,\n\nThanks. Bye,"}


def test_the_same_message_gets_the_same_letter() -> None:
    """The message itself picks among variants, and different messages pick differently."""
    letters = [write(wording(), "angry", str(n), {"name": "Ana"}) for n in range(30)]
    assert letters == [write(wording(), "angry", str(n), {"name": "Ana"}) for n in range(30)]
    assert len(set(letters)) == 2


def test_a_dollar_can_be_written() -> None:
    """Two dollar signs are one in the letter."""
    parts: Parts = {"any": {"thanks": ("$$5",)}}
    assert write(wording(parts, ("thanks",)), "angry", "seed", {}) == "$5"


@pytest.mark.parametrize(
    ("variant", "wrong"),
    [
        ("Hello ${name},", 0),
        ("Hello $name,", 0),
        ("$$5", 0),
        ("$5", 1),
        ("${nme} ${x}", 2),
        ("${name", 1),
    ],
)
def test_placeholders_are_checked(variant: str, wrong: int) -> None:
    """Only the placeholders that there are may stand in a variant."""
    assert len(placeholders_in(variant)) == wrong


def test_variants_with_a_placeholder() -> None:
    """The loader asks which variants need a name."""
    assert [has_placeholder(text) for text in ("Hello ${name},", "Hello,", "$$5")] == [
        True,
        False,
        False,
    ]


def test_every_reply_holds_every_variant() -> None:
    """However small the limit, the guard reads each variant at least once."""
    parts = {"any": {"greeting": ("a", "b", "c"), "thanks": ("d", "e"), "closing": ("f", "g")}}
    written = " ".join(every_reply(wording(parts), "angry", limit=1))
    assert set(written.split()) == set("abcdefg")
    assert len(set(every_reply(wording(parts), "angry"))) == 12


def test_no_letter_comes_of_a_part_that_is_missing() -> None:
    """Half a letter is none."""
    assert list(every_reply(wording({"any": {"greeting": ("a",)}}), "angry")) == []


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        ("Maria Lopez", "Maria"),
        ("maria lopez", "Maria"),
        ("Anna-Lena O'Neil", "Anna-Lena"),
        ("Jürgen", "Jürgen"),
        ("Jean-Luc de Picard", "Jean-Luc"),
        ("", ""),
        ("Lopez, M.", ""),
        ("Lopez, Maria", ""),
        ("M. Lopez", ""),
        ("M Lopez", ""),
        ("MARIA LOPEZ", ""),
        ("Mr Lopez", ""),
        ("Dr. Lopez", ""),
        ("ACME Ltd", ""),
        ("Acme Ltd", ""),
        ("Acme Support", ""),
        ("Maria Lopez (Acme)", ""),
        ("maria@client.example", ""),
        ("Maria 2", ""),
        ("One Two Three Four", ""),
        ("${name}", ""),
        ("A" * 61, ""),
    ],
)
def test_first_names(display: str, expected: str) -> None:
    """A first name is used where it is surely one; a wrong one would make matters worse."""
    assert first_name(display) == expected


@QUICK
@given(st.text(max_size=80))
def test_any_display_name_is_a_name_or_nothing(display: str) -> None:
    """Nothing but letters, hyphens and apostrophes ever gets into a letter."""
    assert all(c.isalpha() or c in "-'’" for c in first_name(display))
