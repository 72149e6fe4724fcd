"""What the user says against our verdicts, and what the next look at the mailbox is compared with.

A correction hangs on its message and is erased with it. That the user agrees with us is no correction: it
takes one back. What may be concluded from a mailbox is decided in :mod:`assistant.service.corrections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from assistant.model import Location
from assistant.store import troubles
from assistant.store.database import Database
from assistant.store.hashes import hashed
from assistant.store.types import Heard, Looks, Said, Watched

MAIL, TERMINAL = "mail", "terminal"
MOST_MARKED, MOST_UNMARKED = 300, 500
"""Messages, the newest, that are looked at in each pass: with a keyword of ours on them, and of any kind."""
MOST_FLAGGED, MOST_BESIDE = 50, 100
"""Messages, the newest, in whose threads more are looked at, which may be cases; and how many more."""
UNHEARD = "@?"
"""Beside tone keywords: a message bears a keyword for cases at a place where it was not looked at yet."""
# Word for word the condition of the index message_marked, or else it is not used.
MARKED = "AND (seen != '' OR (seen IS NULL AND tone IS NOT NULL))"
_OF_CASES = (
    f"AND thread IN (SELECT thread FROM message WHERE account = ? AND tone IS NOT NULL AND thread IS NOT NULL"  # noqa: S608
    f" ORDER BY id DESC LIMIT {MOST_FLAGGED})"
)
_PLACE = "account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ?"
WITHDRAWN = "you have corrected this message"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A message that a correction may be about."""

    number: int
    account: str
    ours: str | None
    judged: bool
    judged_at: datetime


# --- what is looked at --------------------------------------------------------------------------


def looks(database: Database, account: str, mailbox: str) -> Looks:
    """What is known of a mailbox's keywords; nothing before its first start."""
    row = database.row(
        "SELECT keywords, keeps FROM mailbox WHERE account = ? AND name = ?", (account, mailbox)
    )
    return Looks(_keywords(row[0]), bool(row[1])) if row else Looks(frozenset(), keeps=False)


def look_anew(database: Database, account: str, mailbox: str, keywords: frozenset[str]) -> None:
    """Other keywords are looked for from now on: what was seen before says nothing about them."""
    at = (account, mailbox)
    with database.transaction():
        database.run("UPDATE message SET seen = NULL WHERE account = ? AND mailbox = ?", at)
        database.run(
            "UPDATE mailbox SET keywords = ?, keeps = 0 WHERE account = ? AND name = ?",
            (text(keywords), *at),
        )


def keeps(database: Database, account: str, mailbox: str) -> None:
    """A keyword of ours was there again in a later pass."""
    with database.transaction():
        database.run(
            "UPDATE mailbox SET keeps = 1 WHERE account = ? AND name = ?", (account, mailbox)
        )


def watched(database: Database, account: str, mailbox: str, uidvalidity: int) -> list[Watched]:
    """The newest messages of a mailbox, of the newest cases, and with a keyword of ours on them, ascending."""
    at = (account, mailbox, uidvalidity)
    found: dict[int, Watched] = {}
    # Flagged and not looked at yet: we have just marked it, it may be older than the newest.
    # The last one is only of use where there are more than the newest.
    searches: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
        ("", MARKED, (), MOST_MARKED),
        ("", "", (), MOST_UNMARKED),
        ("INDEXED BY message_thread", _OF_CASES, (account,), MOST_BESIDE),
    )
    for index, condition, more, most in searches:
        if more and len(found) < MOST_UNMARKED:
            break
        rows = database.rows(
            "SELECT uid, identity, tone, thread, seen,"  # noqa: S608 - one of three searches
            " (SELECT group_concat(value, ' ') FROM effect"
            "  WHERE message = message.id AND kind = 'mark' AND state = 'done'),"
            " EXISTS (SELECT 1 FROM correction WHERE message = message.id)"
            f" FROM message {index} WHERE account = ? AND mailbox = ? AND uidvalidity = ? {condition}"
            " ORDER BY uid DESC LIMIT ?",
            (*at, *more, most),
        )
        for uid, identity, tone, thread, seen, ours, corrected in rows:
            before, told = _parts(seen)
            marks = _keywords((ours or "").lower())
            found[uid] = Watched(uid, identity, tone, marks, before, bool(corrected), thread, told)
    return [found[uid] for uid in sorted(found)]


def looked(
    database: Database, account: str, mailbox: str, uidvalidity: int, seen: Mapping[int, frozenset[str]]
) -> None:  # fmt: skip
    """What messages were seen with; nothing is concluded from it."""
    with database.transaction():
        for uid, found in seen.items():
            see(database, Location(account, mailbox, uidvalidity, uid), found)


def see(database: Database, location: Location, seen: frozenset[str]) -> None:
    """The tone keywords that the message at a place was seen with. To be called in a transaction."""
    told = _at(database, location) or ""
    kept = {each for each in told.split() if each.startswith("@")}
    _put_at(database, location, seen | kept)


def see_told(database: Database, location: Location, told: frozenset[str]) -> None:
    """The keywords for cases that it was seen with; nothing at a place that was never looked at.

    To be called in a transaction.
    """
    seen = _at(database, location)
    if seen is not None:
        tones = {each for each in seen.split() if not each.startswith("@")}
        _put_at(database, location, tones | {f"@{each}" for each in told})


def _at(database: Database, location: Location) -> str | None:
    row = database.row(f"SELECT seen FROM message WHERE {_PLACE}", _place(location))  # noqa: S608
    return row[0] if row else None


def _put_at(database: Database, location: Location, seen: Iterable[str]) -> None:
    values = (text(seen), *_place(location))
    database.run(f"UPDATE message SET seen = ? WHERE {_PLACE}", values)  # noqa: S608


def _place(location: Location) -> tuple[str, str, int, int]:
    return location.account, location.mailbox, location.uidvalidity, location.uid


def text(keywords: Iterable[str]) -> str:
    """Keywords as the state holds them; a keyword has no space in it (RFC 9051 section 9, flag-keyword)."""
    return " ".join(sorted(keywords))


def _keywords(held: str) -> frozenset[str]:
    return frozenset(held.split())


@lru_cache(maxsize=256)  # hundreds of messages in each pass show the same few
def _parts(seen: str | None) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The keywords of tones, and those for cases, which are held with an @ before them, as no tone's has."""
    if seen is None:
        return None, None
    words = _keywords(seen)
    told = None if UNHEARD in words else frozenset(e[1:] for e in words if e.startswith("@"))
    return frozenset(each for each in words if not each.startswith("@")), told


# --- what the user says -------------------------------------------------------------------------


def hear(
    database: Database, location: Location, seen: frozenset[str], tone: str | None, now: datetime
) -> Heard:
    """What a message in the mailbox shows that its user means; and that it was seen so."""
    row = database.row(
        f"SELECT id FROM message WHERE {_PLACE}",  # noqa: S608
        _place(location),
    )
    if row is None:
        return Heard.NOTHING_NEW
    with database.transaction():
        see(database, location, seen)
        troubles.forget(database, location)
        return _put(database, row[0], tone, MAIL, now)


def correct(database: Database, number: int, tone: str | None, now: datetime) -> Heard:
    """What the user says of a remembered message at a terminal. What it was seen with stays."""
    with database.transaction():
        return _put(database, number, tone, TERMINAL, now)


def _put(database: Database, number: int, tone: str | None, source: str, now: datetime) -> Heard:
    ours = database.row("SELECT tone FROM message WHERE id = ?", (number,))
    before = database.row("SELECT tone FROM correction WHERE message = ?", (number,))
    if ours is None or before == (tone,) or (before is None and ours == (tone,)):
        return Heard.NOTHING_NEW
    if ours == (tone,):
        database.run("DELETE FROM correction WHERE message = ?", (number,))
        return Heard.TAKEN_BACK
    database.run(
        "INSERT OR REPLACE INTO correction (message, tone, at, source) VALUES (?, ?, ?, ?)",
        (number, tone, now.astimezone(UTC).isoformat(timespec="microseconds"), source),
    )
    return Heard.NOTED


def find(
    database: Database, accounts: Sequence[str], *, identity: str = "", message_id: str = ""
) -> list[Remembered]:
    """The remembered messages of these accounts by identity, or by Message-ID, which is no name for one alone."""
    found: list[Remembered] = []
    for account in accounts:
        column, value = ("identity", identity) if identity else ("own", hashed(account, message_id))
        rows = database.rows(
            f"SELECT id, account, tone, score IS NOT NULL, judged_at FROM message"  # noqa: S608 - one of two columns
            f" WHERE account = ? AND {column} = ? ORDER BY id",
            (account, value),
        )
        found += [
            Remembered(row[0], row[1], row[2], bool(row[3]), datetime.fromisoformat(row[4]))
            for row in rows
        ]
    return found


# --- what is read of it -------------------------------------------------------------------------


def verdicts(database: Database, account: str) -> dict[str, Said]:
    """Identity -> what the user says, of each message in an account of which that is not what we said."""
    rows = database.rows(
        "SELECT identity, message.tone, score IS NOT NULL, correction.tone, at, source FROM correction"
        " CROSS JOIN message ON message.id = correction.message WHERE account = ? ORDER BY at, message.id",
        (account,),
    )
    return {
        row[0]: Said(row[0], row[1], bool(row[2]), row[3], datetime.fromisoformat(row[4]), row[5])
        for row in rows
    }


def confirmed(database: Database, account: str, before: datetime) -> dict[str, str]:
    """Identity -> tone, of each flagged message whose mark the user has let stand.

    Judged before a time, with our keyword on it at the last look, and not corrected. Silence says less
    than a word: who never looks at the mailbox confirms everything.
    """
    rows = database.rows(
        "SELECT identity, message.tone FROM message WHERE account = ? AND judged_at < ?"
        " AND message.tone IS NOT NULL AND seen != ''"
        " AND EXISTS (SELECT 1 FROM effect WHERE message = message.id AND kind = 'mark' AND state = 'done'"
        "  AND instr(' ' || seen || ' ', ' ' || lower(value) || ' '))"
        " AND NOT EXISTS (SELECT 1 FROM correction WHERE message = message.id) ORDER BY message.id",
        (account, before.astimezone(UTC).isoformat(timespec="microseconds")),
    )
    return {row[0]: row[1] for row in rows}
