"""Messages that could not be judged: what was wrong at the last try, and when they are tried again."""

from __future__ import annotations

from datetime import UTC, datetime

from assistant.model import Location
from assistant.store.database import Database, Row
from assistant.store.types import Trouble

SECOND_LOOK = "the connection broke while a change of its mark was looked at again"
"""The one reason that is not about judging: the message was judged."""
_WHAT = "SELECT uid, arrived, attempts, reason, retry_at FROM trouble"


def note(
    database: Database,
    location: Location,
    reason: str,
    arrived: datetime | None,
    until: datetime | None,
) -> int:
    """Within a transaction: one more try has failed; how many those are now.

    Args:
        until: not to be tried again before; None: in the next pass.
    """
    at = (location.account, location.mailbox, location.uidvalidity, location.uid)
    database.run(
        "INSERT INTO trouble VALUES (?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET attempts = attempts + 1, reason = excluded.reason, retry_at = excluded.retry_at",
        (*at, reason, _text(arrived), _text(until)),
    )
    row = database.row(
        "SELECT attempts FROM trouble WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ?",
        at,
    )
    return row[0] if row else 0


def forget(database: Database, location: Location) -> None:
    """Within a transaction: a message gives no trouble any more."""
    database.run(
        "DELETE FROM trouble WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ?",
        (location.account, location.mailbox, location.uidvalidity, location.uid),
    )


def troubled(database: Database, account: str, mailbox: str, uidvalidity: int) -> list[Trouble]:
    """Those of a mailbox, in ascending order of UID."""
    return _troubles(
        database.rows(
            f"{_WHAT} WHERE account = ? AND mailbox = ? AND uidvalidity = ? ORDER BY uid",
            (account, mailbox, uidvalidity),
        )
    )


def not_judged(database: Database, account: str, mailbox: str) -> list[Trouble]:
    """Those of a mailbox as it is numbered now."""
    return _troubles(
        database.rows(
            f"{_WHAT} JOIN mailbox USING (account, uidvalidity)"
            " WHERE account = ? AND mailbox.name = ? AND trouble.mailbox = mailbox.name AND reason != ? ORDER BY uid",
            (account, mailbox, SECOND_LOOK),
        )
    )


def _troubles(rows: list[Row]) -> list[Trouble]:
    return [Trouble(row[0], _time(row[1]), row[2], row[3], _time(row[4])) for row in rows]


def _text(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat(timespec="microseconds") if when else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
