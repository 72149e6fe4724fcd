"""Messages as they lie in inboxes, with what a careful person reads from them (tests/mail)."""

from __future__ import annotations

import pytest

from assistant import rulebook
from assistant.model import Address, Facts, Identity, Profile
from assistant.reading.message import read
from assistant.screening import not_judged, written_by
from tests.builders import NOW
from tests.mailbook import Case, cases, flat

CASES = tuple(cases())
MISREAD: dict[str, str] = {
    "held-gmail-workspace-checklist": "the dashes of a list in Gmail's own plain text",
    "held-mailbird-late-change": "a signature of name, firm and a short telephone number",
    "trap-sig-corrections": "corrected contacts that look like a signature",
    "held-outlook-new-marked-signature": "a closing formula that stands inside the marked signature",
}
"""What is known to be read wrongly, and why; counted as wrong in the scorecard."""


def named(those: list[Case]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in those]


@pytest.mark.parametrize(
    "case", named([c for c in CASES if c.own_words is not None and c.name not in MISREAD])
)
def test_own_words_and_cuts(case: Case) -> None:
    """The writer's words, all of them and nothing else; the rest cut for the right reason."""
    message = read(case.raw)
    assert flat(message.own_words) == flat(case.own_words or ""), case.shows
    assert case.missing_cuts(message) == [], case.shows


def test_what_is_misread_is_still_misread() -> None:
    """Once it is read rightly, its entry above goes."""
    right = [c.name for c in CASES if c.name in MISREAD and c.own_words_are(read(c.raw).own_words)]
    assert right == []


OWNER = Profile(
    mailbox_address="studio@example.com",
    identities=(
        Identity(Address("Kim Studio", "studio@example.com")),
        Identity(Address("", "support@example.com")),
    ),
    stale_days=14,
    sender_days=7,
)
SCREENING = rulebook.load().screening


@pytest.mark.parametrize("case", named([c for c in CASES if c.screening is not None]))
def test_screening(case: Case) -> None:
    """A person's mail is judged, whatever its headers; a machine's is not, for the right reason."""
    message = written_by(read(case.raw), OWNER, SCREENING)
    skip = not_judged(message, Facts(OWNER, NOW, frozenset()), SCREENING)
    assert (skip.reason if skip else "") == case.screening, case.shows
    if case.sender is not None:
        assert message.sender is not None
        assert message.sender.email == case.sender


@pytest.mark.parametrize("case", named([c for c in CASES if c.language]))
def test_language(case: Case) -> None:
    """Of the own words; the account's is English."""
    assert read(case.raw).language == case.language


@pytest.mark.parametrize(
    "case",
    named([c for c in CASES if c.defects or c.subject is not None or c.from_email is not None]),
)
def test_headers_and_defects(case: Case) -> None:
    """What is odd about the bytes has a name; subject and sender read as a person would."""
    message = read(case.raw)
    assert set(case.defects) <= {defect.code for defect in message.defects}
    if case.subject is not None:
        assert flat(message.subject) == flat(case.subject)
    if case.from_email is not None:
        assert (message.sender.email if message.sender else "") == case.from_email


def test_there_are_enough() -> None:
    """The book holds what it promises."""
    assert len(CASES) >= 150
    assert len(MISREAD) * 100 <= 3 * len(CASES)
