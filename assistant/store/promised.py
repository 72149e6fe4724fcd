"""What the user owes by a day, in threads where they have written no more: where the letter lies, and the days."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assistant.model import Entry, Location
from assistant.store.database import Database
from assistant.store.moments import as_time
from assistant.store.types import Place


@dataclass(frozen=True, slots=True)
class Promised:
    """A sent message that promises something by a day; which words do, only the message tells."""

    thread: int
    place: Place
    days: tuple[date, ...]
    """Ascending."""


def as_days(days: Iterable[date]) -> str | None:
    """Days as the state holds them; nothing for none."""
    return " ".join(sorted({each.isoformat() for each in days})) or None


def promised(database: Database, account: str, first: date, last: date) -> list[Promised]:
    """What is owed by a day from `first` to `last`; what was followed by another word to the same people is left out."""
    rows = database.rows(
        "SELECT id, thread, party, people, mailbox, uidvalidity, uid, identity, written, kind, words, promised"
        " FROM sent WHERE account = ? AND promised IS NOT NULL AND thread IS NOT NULL ORDER BY written, id",
        (account,),
    )
    found = []
    for number, thread, party, people, *where, identity, written, kind, words, text in rows:
        days = tuple(map(date.fromisoformat, text.split()))
        if not any(first <= each <= last for each in days):
            continue
        if _written_again(database, thread, written, number, party, people):
            continue
        entry = Entry(as_time(written), inward=False, kind=kind, words=words)
        place = Place(Location(account, *where), identity, entry)
        found.append(Promised(thread, place, days))
    return found


def _written_again(
    database: Database, thread: int, written: str, number: int, party: str | None, people: str
) -> bool:  # fmt: skip
    """Whether a later message of the user's in the thread went to the same client, or to one of the same people."""
    later = database.rows(
        "SELECT party, people FROM sent WHERE thread = ? AND (written, id) > (?, ?)",
        (thread, written, number),
    )
    these = set(json.loads(people))
    return any(
        (party is not None and other == party) or not these.isdisjoint(json.loads(those))
        for other, those in later
    )
