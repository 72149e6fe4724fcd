"""Telephone numbers of clients who sound unhappy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant import rulebook
from assistant.model import Cut, Phone, Reading
from assistant.reading.phones import MOST, phone_numbers
from assistant.triage import Triage
from tests.builders import facts, message, profile

BERLIN = Phone("+493012345678", "+49 30 12345678")


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        ("Tel. 030 12345678", "DE", (BERLIN,)),
        ("Tel. 030 12345678", "", ()),
        ("Tel. +49 30 12345678", "", (BERLIN,)),
        ("Tel. +49 (0)30 / 123 456-78", "US", (BERLIN,)),
        ("Fax: +49 30 12345678", "DE", ()),
        ("Tel +49 30 12345678\nFax +49 30 12345679", "DE", (BERLIN,)),
        ("order 2026-000123456, invoice 4711", "DE", ()),
        ("+49 30 12345678 or 030-12345678", "DE", (BERLIN,)),
        ("no digits at all", "DE", ()),
    ],
)
def test_numbers_are_found(text: str, region: str, found: tuple[Phone, ...]) -> None:
    """Valid ones, each once, in the account's country or with their own; never a fax."""
    in_signature = message("Hello.", cuts=(Cut("signature", text),))
    signed = tuple(replace(each, signed=True) for each in found)
    assert phone_numbers(in_signature, region) == signed
    assert phone_numbers(message(text), region) == found


def test_the_signature_comes_first_and_quotes_do_not_count() -> None:
    """Whose number it is, is surest there; a quoted one may be ours."""
    other = Phone("+493012345679", "+49 30 12345679")
    found = message(
        "Call +49 30 12345679.",
        cuts=(Cut("quote", "+49 30 22222222"), Cut("signature", "+49 30 12345678")),
    )
    assert phone_numbers(found, "") == (replace(BERLIN, signed=True), other)


def test_there_is_an_end_to_them() -> None:
    """A list of numbers is nobody's signature."""
    text = "\n".join(f"+49 30 123456{number}" for number in range(10, 60))
    assert len(phone_numbers(message(text), "")) == MOST


def test_only_flagged_mail_is_searched() -> None:
    """It costs more than reading the message does."""
    triage = Triage(rulebook.load())
    known = facts(profile=profile(region="DE"))
    for text, expected in (
        (
            "This is unacceptable and I am furious. I expect a refund today. 030 12345678",
            (BERLIN,),
        ),
        ("Thanks, all is well. 030 12345678", ()),
    ):
        assert triage.decide(Reading(message(text), None), known).phones == expected
