"""Whom a call is with: names, numbers, what their clock shows, and who was let in on it. Pure (guidance: call-facts)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.model import Address, Case, Letter, Phone
from assistant.reading.phones import phone_numbers
from assistant.reading.zones import zone_of

NEWEST = 10
"""Letters in which telephone numbers are looked for."""


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number, and the newest message that it stands in."""

    phone: Phone
    letter: int


@dataclass(frozen=True, slots=True)
class Who:
    """Whom the call is with."""

    name: str
    """The client's, as clients.toml or their mail says it."""
    firm: str
    people: tuple[Address, ...]
    numbers: tuple[Number, ...]
    there: datetime | None
    """What their clock shows now; None where their zone is not known."""
    copied: tuple[tuple[Address, int], ...] = ()
    """Who was let in on it later, and by which message."""


def who(case: Case, now: datetime, region: str) -> Who:
    letters = [(n, each) for n, each in enumerate(case.letters, 1) if each.entry.inward]
    senders = {
        each.message.sender.key: each.message.sender for _, each in letters if each.message.sender
    }
    people = case.client.people or tuple(senders.values())
    numbers: dict[str, Number] = {}
    for number, each in letters[::-1][:NEWEST]:
        for phone in phone_numbers(each.message, region):
            numbers.setdefault(phone.number, Number(phone, number))
    found = tuple(sorted(numbers.values(), key=lambda each: not each.phone.signed))
    there = None
    if letters:
        signed = tuple(each.phone for each in found if each.phone.signed)
        zone = zone_of(letters[-1][1].message, signed, now)
        there = now.astimezone(zone) if zone else None
    person = next((each.name for each in people if each.name), "")
    key = case.client.key
    firm = case.client.name or ("" if "@" in key else key)
    return Who(person, firm, people, found, there, tuple(_copied(case.letters)))


def _copied(letters: Sequence[Letter]) -> Iterator[tuple[Address, int]]:
    """Who is in To or Cc of a client's message, but was not in their first, and has not written."""
    ours = {
        each.message.sender.key for each in letters if not each.entry.inward and each.message.sender
    }
    known: set[str] | None = None
    for number, each in enumerate(letters, 1):
        message = each.message
        if not each.entry.inward:
            # Whom the user has let in is no news to them.
            known = (
                known if known is None else known | {one.key for one in (*message.to, *message.cc)}
            )
            continue
        there = (*message.to, *message.cc)
        writer = {message.sender.key} if message.sender else set()
        if known is not None:
            for one in there:
                if one.key not in known | ours | writer:
                    known.add(one.key)
                    yield one, number
        known = (known or set()) | writer | {one.key for one in there}
