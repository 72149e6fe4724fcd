"""Why a message gets no verdict, or no draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assistant.model import Address, Defect, Screen, Screening, Sign, Skip
from assistant.screening import no_draft, not_judged
from tests.builders import CLIENT, ME, NOW, facts, message, profile

NOTHING = Screening((), ())


def sign(test: Screen, value: str = "", header: str = "precedence") -> Screening:
    return Screening((Sign("bulk", header, test, (value,), True, "bulk mail"),), ())


# --- read for tone at all? ----------------------------------------------------------------------


def test_a_persons_mail_is_judged() -> None:
    """Nothing speaks against a client's plain message."""
    assert not_judged(message(), facts(), NOTHING) is None


@pytest.mark.parametrize(
    ("fields", "flags", "reason"),
    [
        ({"sender": None}, (), "no-sender"),
        ({"sender": ME}, (), "own"),
        ({"sender": Address("", ME.email.upper())}, (), "own"),
        ({}, ("\\draft",), "own"),
        ({}, ("$junk",), "spam"),
        ({"own_words": " \n"}, (), "empty"),
    ],
)
def test_what_is_not_a_persons_mail_to_us(
    fields: dict[str, Any], flags: tuple[str, ...], reason: str
) -> None:
    """Own mail, drafts, junk and empty mail are not even read for tone."""
    skip = not_judged(message(**fields), facts(flags=frozenset(flags)), NOTHING)
    assert skip is not None
    assert (skip.reason, skip.judged) == (reason, False)


@pytest.mark.parametrize(
    ("test", "expected", "value", "shown"),
    [
        (Screen.PRESENT, "", "", True),
        (Screen.PRESENT, "", "anything", True),
        (Screen.IS, "bulk", "bulk", True),
        (Screen.IS, "bulk", " BULK ", True),
        (Screen.IS, "bulk", "bulky", False),
        (Screen.NOT, "no", "auto-replied", True),
        (Screen.NOT, "no", "No", False),
        (Screen.NOT, "no", "no; by=me", False),
        (Screen.NOT, "no", "no (a person)", False),
        (Screen.NOT, "no", "", True),
        (Screen.CONTAINS, "report", "multipart/Report; x=y", True),
        (Screen.CONTAINS, "report", "text/plain", False),
    ],
)
def test_signs_in_headers(test: Screen, expected: str, value: str, shown: bool) -> None:
    """Each way of comparing a header with a sign's value, without case."""
    skip = not_judged(message(headers=(("precedence", value),)), facts(), sign(test, expected))
    assert skip == (Skip("bulk", "bulk mail", judged=False) if shown else None)


def test_any_of_several_headers_can_give_a_machine_away() -> None:
    """A sign holds if one of the headers of its name shows it, and no other name counts."""
    headers = (("precedence", "first-class"), ("precedence", "bulk"))
    assert not_judged(message(headers=headers), facts(), sign(Screen.IS, "bulk")) is not None
    assert (
        not_judged(message(headers=headers), facts(), sign(Screen.PRESENT, header="list-id"))
        is None
    )


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("no-reply@x.org", "no-reply"),
        ("NoReply+1@x.org", "no-reply"),
        ("nora@no-reply.org", None),
        ("x-no-reply@x.org", None),
    ],
)
def test_addresses_that_nobody_reads(email: str, reason: str | None) -> None:
    """Only the beginning of the part before the @ counts."""
    screening = Screening((), ("no-reply", "noreply"))
    skip = not_judged(message(sender=Address("", email)), facts(), screening)
    assert (skip.reason if skip else None) == reason


# --- a draft? -----------------------------------------------------------------------------------


def test_a_dissatisfied_client_gets_a_draft() -> None:
    """Nothing speaks against answering a fresh, unanswered message."""
    assert no_draft(message(), facts(), NOTHING) is None


@pytest.mark.parametrize(
    ("fields", "known", "reason"),
    [
        ({"sender": None}, {}, "address"),
        ({"sender": Address("", '"a b"@x.org')}, {}, "address"),
        ({"defects": (Defect("several-senders", ""),)}, {}, "address"),
        ({}, {"flags": frozenset({"\\answered"})}, "answered"),
        ({}, {"draft_waiting": True}, "draft-waiting"),
        ({"date": NOW - timedelta(days=15)}, {}, "stale"),
        ({}, {"sender_drafted": NOW - timedelta(days=2)}, "sender-drafted"),
    ],
)
def test_why_an_unhappy_client_gets_no_draft(
    fields: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    """Whatever speaks against a draft, the message has been judged and will be marked."""
    skip = no_draft(message(**fields), facts(**known), NOTHING)
    assert skip is not None
    assert (skip.reason, skip.judged) == (reason, True)


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"date": None}, {}),
        ({"date": NOW - timedelta(days=14)}, {}),
        ({"date": NOW + timedelta(days=400)}, {}),
        ({"defects": (Defect("no-date", ""), Defect("charset", ""))}, {}),
        ({}, {"sender_drafted": NOW - timedelta(days=3)}),
        ({}, {"flags": frozenset({"\\seen", "\\flagged"})}),
    ],
)
def test_what_does_not_stand_in_the_way(fields: dict[str, Any], known: dict[str, Any]) -> None:
    """The last day still counts, and a wrong clock or a missing Date costs nobody an answer."""
    assert no_draft(message(**fields), facts(**known), NOTHING) is None


def test_the_limits_are_the_users() -> None:
    """How old is stale, and how often a sender gets a draft, comes from the configuration."""
    patient = profile(stale_days=0, sender_days=0)
    yesterday = NOW - timedelta(days=1)
    stale = no_draft(message(date=yesterday), facts(profile=patient), NOTHING)
    assert stale is not None
    assert stale.detail == "1 days old; a holding reply is for the first 0"
    assert no_draft(message(), facts(profile=patient, sender_drafted=yesterday), NOTHING) is None
    assert not_judged(message(sender=CLIENT), facts(profile=patient), NOTHING) is None
