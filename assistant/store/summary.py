"""What the state says of the past, for people: `status` shows it. Reads, never writes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from assistant.store.corrections import verdicts
from assistant.store.database import Database
from assistant.store.types import Tally


def tally(database: Database, account: str, mailbox: str, attention: str = "") -> Tally | None:
    """How many messages were judged, and how; None before the first start.

    Args:
        attention: the keyword of what is to be looked at first.
    """
    at = (account, mailbox)
    started = database.row("SELECT started FROM mailbox WHERE account = ? AND name = ?", at)
    if started is None:
        return None
    rows = database.rows(
        "SELECT score IS NULL, skip, tone, count(*) FROM message WHERE account = ? AND mailbox = ?"
        " GROUP BY 1, CASE WHEN score IS NULL THEN skip END, tone ORDER BY 4 DESC",
        at,
    )
    drafted = database.row(
        "SELECT count(*) FROM effect JOIN message ON message.id = effect.message"
        " WHERE account = ? AND mailbox = ? AND kind = 'draft' AND state = 'done'",
        at,
    )
    withheld = database.rows(
        "SELECT skip, count(*) FROM message WHERE account = ? AND mailbox = ?"
        " AND tone IS NOT NULL AND skip IS NOT NULL GROUP BY 1 ORDER BY 2 DESC",
        at,
    )
    first = database.row(
        "SELECT count(*) FROM effect JOIN message ON message.id = effect.message"
        " WHERE account = ? AND mailbox = ? AND kind = 'mark' AND value = ?",
        (*at, attention),
    )
    return Tally(
        since=datetime.fromisoformat(started[0]),
        fine=sum(row[3] for row in rows if not row[0] and row[2] is None),
        tones=tuple((row[2], row[3]) for row in rows if row[2] is not None),
        ignored=tuple((row[1], row[3]) for row in rows if row[0]),
        drafted=drafted[0] if drafted else 0,
        no_draft=tuple((row[0], row[1]) for row in withheld),
        first=first[0] if first else 0,
        corrected=tuple(
            Counter(e.kind for e in verdicts(database, account).values()).most_common()
        ),
    )
