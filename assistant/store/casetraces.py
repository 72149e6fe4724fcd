"""Erasing what the state knows of cases: what the user sent, what they told, which clocks have rung."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from assistant.store import casenames
from assistant.store.database import Database
from assistant.store.hashes import marks

OPEN_STAYS = timedelta(days=90)
"""For how much longer than all else the messages of a case that is still open are kept."""
StillOpen = Callable[[str, Collection[int]], Collection[int]]
"""Of these threads of an account, those whose case is open."""
_TOLD = ("note", "rung", "followup")
"""The tables of what belongs to a case and to no message."""
KEPT = "(SELECT value FROM json_each(?))"
"""Threads, as JSON."""


def nobody(_account: str, _threads: Collection[int]) -> Collection[int]:
    """No case is open."""
    return ()


# --- what is too old ---


def kept(database: Database, account: str, before: str, longest: str, still_open: StillOpen) -> str:
    """The threads whose messages stay although they are too old, as JSON.

    Args:
        longest: even of those, nothing judged before stays.
    """
    rows = database.rows(
        "SELECT DISTINCT thread FROM message WHERE account = ? AND judged_at >= ? AND judged_at < ?",
        (account, longest, before),
    )
    old = {row[0] for row in rows if row[0] is not None}
    old &= casenames.numbers(database, account) if old else set()
    return json.dumps(sorted(still_open(account, old)) if old else [])


def expire(database: Database, account: str, before: str, longest: str, keep: str) -> int:
    """Erase what was sent before a time, and clocks that have rung before it; how many messages.

    Args:
        keep: threads of which nothing is erased, as JSON.
    """
    which = (
        f"account = ? AND written < ? AND (written < ? OR thread IS NULL OR thread NOT IN {KEPT})"
    )
    values = (account, before, longest, keep)
    (count,) = database.rows(f"SELECT count(*) FROM sent WHERE {which}", values)[0]  # noqa: S608
    database.run(f"DELETE FROM sent WHERE {which}", values)  # noqa: S608
    database.run(
        f"DELETE FROM rung WHERE account = ? AND at < ? AND (at < ? OR thread NOT IN {KEPT})",  # noqa: S608
        values,
    )
    return int(count)


def any_old(database: Database, account: str, before: str, longest: str, keep: str) -> bool:
    """Whether there is anything for :func:`expire`."""
    values = (account, before, longest, keep)
    return bool(
        database.row(
            "SELECT 1 FROM sent WHERE account = ? AND written < ?"  # noqa: S608
            f" AND (written < ? OR thread IS NULL OR thread NOT IN {KEPT}) LIMIT 1",
            values,
        )
        or database.row(
            f"SELECT 1 FROM rung WHERE account = ? AND at < ? AND (at < ? OR thread NOT IN {KEPT}) LIMIT 1",  # noqa: S608
            values,
        )
    )


def adopt(database: Database, account: str) -> None:
    """Notes that were imported before their mail was looked at belong to their case, now that it is known."""
    rows = database.rows(
        "SELECT DISTINCT name FROM note WHERE account = ? AND thread IS NULL", (account,)
    )
    loose = {row[0] for row in rows}
    for each in casenames.known(database, account) if loose else ():
        if each.name in loose:
            database.run(
                "UPDATE note SET thread = ? WHERE account = ? AND name = ? AND thread IS NULL",
                (each.number, account, each.name),
            )


def forget_loose(database: Database) -> None:
    """Erase what belongs to threads of which no message is known any more.

    Notes that were imported before their mail was looked at have no thread yet; they stay.
    """
    for table in _TOLD:
        database.run(
            f"DELETE FROM {table} WHERE thread IS NOT NULL"  # noqa: S608
            f" AND NOT EXISTS (SELECT 1 FROM message WHERE message.thread = {table}.thread)"
        )


# --- who is to be forgotten ---


def theirs(database: Database, account: str, senders: Sequence[str]) -> list[casenames.Thread]:
    """The threads in which somebody has written and which are nobody else's case; those that are theirs, with names.

    Args:
        senders: the hashes that they may have.
    """
    rows = database.rows(
        f"SELECT DISTINCT thread FROM message WHERE sender IN ({marks(senders)})",  # noqa: S608
        tuple(senders),
    )
    numbers = {row[0] for row in rows if row[0] is not None}
    numbers -= casenames.numbers(database, account, without=senders) if numbers else set()
    named = {each.number: each for each in casenames.known(database, account)} if numbers else {}
    return [named.get(each) or casenames.nameless(database, each) for each in sorted(numbers)]


def told_of(database: Database, account: str, cases: Collection[casenames.Thread]) -> list[int]:
    """How many notes and drafts there are of some cases, and how many of the drafts wait."""
    which, values = casenames.called(cases)
    return _told(database, f"account = ? AND {which}", (account, *values))


def told_in(database: Database, account: str) -> list[int]:
    """The same of a whole account."""
    return _told(database, "account = ?", (account,))


def _told(database: Database, which: str, values: tuple[object, ...]) -> list[int]:
    (notes,) = database.rows(f"SELECT count(*) FROM note WHERE {which}", values)[0]  # noqa: S608
    drafts, waiting = database.rows(
        "SELECT count(*), coalesce(sum(state IN ('planned', 'appending')), 0)"  # noqa: S608
        f" FROM followup WHERE {which}",
        values,
    )[0]
    return [notes, drafts, waiting]


def forget(database: Database, account: str, cases: Collection[casenames.Thread]) -> None:
    """Erase what was told, planned and reminded of in some cases."""
    which, values = casenames.called(cases)
    for table in _TOLD:
        database.run(f"DELETE FROM {table} WHERE account = ? AND {which}", (account, *values))  # noqa: S608


def forget_sent(database: Database, account: str, people: Sequence[str], party: str | None) -> None:
    """Erase what was sent to somebody alone, and their hash where others were written to as well.

    Args:
        people: the hashes that they may have.
        party: their own hash as a client; None where they are one of a firm.
    """
    among = " OR ".join("instr(people, ?)" for _ in people)
    rows = database.rows(
        f"SELECT id, people FROM sent WHERE account = ? AND ({among})",  # noqa: S608
        (account, *people),
    )
    for number, held in rows:
        others = [each for each in json.loads(held) if each not in people]
        if others:
            text = json.dumps(others, separators=(",", ":"))
            database.run("UPDATE sent SET people = ? WHERE id = ?", (text, number))
        else:
            database.run("DELETE FROM sent WHERE id = ?", (number,))
    if party is not None:
        database.run(
            "UPDATE sent SET party = NULL WHERE account = ? AND party = ?", (account, party)
        )


def forget_all(database: Database, account: str) -> None:
    """Erase everything about an account's cases."""
    for table in ("sent", *_TOLD):
        database.run(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608


def sent_to(database: Database, account: str, people: Sequence[str]) -> int:
    """How many messages to somebody are known."""
    if not people:
        return 0
    among = " OR ".join("instr(people, ?)" for _ in people)
    (count,) = database.rows(
        f"SELECT count(*) FROM sent WHERE account = ? AND ({among})",  # noqa: S608
        (account, *people),
    )[0]
    return int(count)
