"""Erasing what the state knows of cases: what the user sent, what they told, which clocks have rung."""

from __future__ import annotations

import json
from collections.abc import Sequence

from assistant.store.database import Database

_LOOSE = (
    "account = ? AND thread IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message WHERE message.account = note.account"
    " AND message.thread = note.thread)"
)
"""Notes of threads of which nothing is known any more; not those that were imported before their mail was looked at."""


def expire(database: Database, account: str, before: str) -> int:
    """Erase what was sent before a time, and clocks that have rung before it; how many messages."""
    (count,) = database.rows(
        "SELECT count(*) FROM sent WHERE account = ? AND written < ?", (account, before)
    )[0]
    database.run("DELETE FROM sent WHERE account = ? AND written < ?", (account, before))
    database.run("DELETE FROM rung WHERE account = ? AND at < ?", (account, before))
    return int(count)


def any_old(database: Database, account: str, before: str) -> bool:
    """Whether there is anything for :func:`expire`."""
    values = (account, before)
    return bool(
        database.row("SELECT 1 FROM sent WHERE account = ? AND written < ? LIMIT 1", values)
        or database.row("SELECT 1 FROM rung WHERE account = ? AND at < ? LIMIT 1", values)
    )


def forget_sent(database: Database, account: str, people: Sequence[str]) -> None:
    """Erase what was sent to somebody alone, and their hash where others were written to as well.

    Args:
        people: the hashes that they may have.
    """
    among = " OR ".join("instr(people, ?)" for _ in people)
    rows = database.rows(
        f"SELECT id, people FROM sent WHERE account = ? AND ({among})",  # noqa: S608
        (account, *people),
    )
    for number, held in rows:
        kept = [each for each in json.loads(held) if each not in people]
        if kept:
            text = json.dumps(kept, separators=(",", ":"))
            database.run("UPDATE sent SET people = ? WHERE id = ?", (text, number))
        else:
            database.run("DELETE FROM sent WHERE id = ?", (number,))


def forget_notes(database: Database, account: str, before: str = "9") -> None:
    """Erase what was told (before a time) of cases of which no message is known any more."""
    database.run(f"DELETE FROM note WHERE {_LOOSE} AND at < ?", (account, before))  # noqa: S608


def forget_all(database: Database, account: str) -> None:
    """Erase everything about an account's cases."""
    for table in ("sent", "note", "rung", "followup"):
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
