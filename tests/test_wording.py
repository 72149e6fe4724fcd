"""Picking a reply's parts and filling in what is known."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from assistant.model import Wording
from assistant.reply.wording import (
    CALL,
    Letter,
    choices,
    every_variant,
    lengths,
    needed,
    parts_of,
    placeholder_problems,
    write,
)
from tests.builders import rulebook

Parts = dict[str, dict[str, tuple[str, ...]]]
PARTS: Parts = {
    "any": {"greeting": ("Hello ${name},", "Hello,"), "thanks": ("Thanks.",), "closing": ("Bye,",)},
    "angry": {"thanks": ("Thank you.", "Many thanks."), "closing": ()},
    "late": {"thanks": ("Thanks for waiting.",)},
}
ORDER = ("greeting", "thanks closing")
CONCERNED = Letter("concerned", "", formal=False, call="ask")
ANGRY = replace(CONCERNED, kind="angry")


def wording(parts: Parts = PARTS, order: tuple[str, ...] = ORDER, **fields: object) -> Wording:
    known = {owner: MappingProxyType(given) for owner, given in parts.items()}
    usual = rulebook().wordings[0]
    changed = {"parts": known, "formal": {}, "informal": {}, "order": {"any": order}, **fields}
    return replace(usual, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("letter", "part", "expected"),
    [
        (ANGRY, "thanks", ("Thank you.", "Many thanks.")),
        (ANGRY, "closing", ("Bye,",)),
        (ANGRY, "greeting", ("Hello ${name},", "Hello,")),
        (CONCERNED, "thanks", ("Thanks.",)),
        (replace(ANGRY, cue="late"), "thanks", ("Thanks for waiting.",)),
        (replace(ANGRY, cue="quality"), "thanks", ("Thank you.", "Many thanks.")),
    ],
)
def test_a_part_is_the_cues_own_or_the_tones_or_anybodys(
    letter: Letter, part: str, expected: tuple[str, ...]
) -> None:
    """What an owner doesn't say, or says with an empty list, is taken from the next."""
    assert next(choices(wording(), letter, part)) == expected


def test_the_way_to_address_somebody_comes_before_what_serves_for_both() -> None:
    formal = {"any": {"thanks": ("Sincere thanks.",)}}
    given = wording(formal=formal)
    assert next(choices(given, replace(CONCERNED, formal=True), "thanks")) == ("Sincere thanks.",)
    assert next(choices(given, CONCERNED, "thanks")) == ("Thanks.",)
    # The tone's own, though it serves for both, is nearer than anybody's formal one.
    assert next(choices(given, replace(ANGRY, formal=True), "thanks"))[0] == "Thank you."


def test_a_letter_has_its_paragraphs_in_order() -> None:
    """Parts of one paragraph stand in one line, paragraphs have a blank line between them."""
    assert write(wording(), CONCERNED, "seed", {}) == "Hello,\n\nThanks. Bye,"


def test_a_tone_may_have_an_order_of_its_own() -> None:
    given = wording(order=ORDER)
    given = replace(given, order={**given.order, "angry": ("thanks",)})
    assert write(given, ANGRY, "seed", {}) in ("Thank you.", "Many thanks.")
    assert parts_of(given, CONCERNED) == ["greeting", "thanks", "closing"]


def test_names_fill_in_and_other_variants_are_passed_over() -> None:
    """A known name is used; without one, only the greeting that needs none can be picked."""
    with_name = {write(wording(), CONCERNED, str(n), {"name": "Ana"}) for n in range(30)}
    assert with_name == {"Hello Ana,\n\nThanks. Bye,"}
    without = {write(wording(), CONCERNED, str(n), {}) for n in range(30)}
    assert without == {"Hello,\n\nThanks. Bye,"}


def test_the_same_message_gets_the_same_letter() -> None:
    """The message itself picks among variants, and different messages pick differently."""
    letters = [write(wording(), ANGRY, str(n), {"name": "Ana"}) for n in range(30)]
    assert letters == [write(wording(), ANGRY, str(n), {"name": "Ana"}) for n in range(30)]
    assert len(set(letters)) == 2


def test_a_dollar_can_be_written_and_a_name_is_never_a_template() -> None:
    """Two dollar signs are one in the letter; what fills a placeholder is not looked at again."""
    parts: Parts = {"any": {"thanks": ("$$5 for ${name}",)}}
    given = wording(parts, ("thanks",))
    assert write(given, ANGRY, "seed", {"name": "${phone} $x"}) == "$5 for ${phone} $x"


@pytest.mark.parametrize(
    ("call", "defined", "expected"),
    [
        ("times-number", ("ask", "times", "times-number"), "times-number"),
        ("times-number", ("ask", "times"), "times"),
        ("times-number", ("ask",), "ask"),
        ("accept-named", ("ask", "accept"), "accept"),
        ("accept-times-number", ("ask", "times"), "times"),
        ("ask-number", ("ask",), "ask"),
    ],
)
def test_a_simpler_question_stands_in_for_one_that_is_not_there(
    call: str, defined: tuple[str, ...], expected: str
) -> None:
    given = wording({"any": {name: (name,) for name in defined}}, (CALL,))
    assert write(given, replace(ANGRY, call=call), "seed", {}) == expected


def test_nothing_stands_in_for_whoever_wants_no_call() -> None:
    """To ask them for one would be the worst answer of all."""
    given = wording({"any": {"ask": ("ask",)}}, (CALL,))
    assert write(given, replace(ANGRY, call="no-call"), "seed", {}) == ""
    assert lengths(given, replace(ANGRY, call="no-call"), CALL) is None


def test_lengths_count_what_placeholders_may_take() -> None:
    parts: Parts = {
        "any": {"greeting": ("Hello ${full_name},", "Hello,"), "thanks": ("To ${name}.",)}
    }
    assert lengths(wording(parts), ANGRY, "greeting") == (1, 4)
    assert lengths(wording(parts), ANGRY, "thanks") is None  # nothing to say to the nameless


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
    assert len(placeholder_problems(variant)) == wrong


def test_every_variant_is_named_with_its_owner_and_part() -> None:
    assert ("angry", "thanks", "Many thanks.") in set(every_variant(wording().parts))
    assert needed("${name} and ${phone}") == {"name", "phone"}
