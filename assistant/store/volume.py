"""How much was judged, flagged and drafted of late."""

from __future__ import annotations

from datetime import datetime, timedelta

from assistant.model import Lately
from assistant.store.database import Database
from assistant.store.moments import as_text

HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)
ENOUGH = 100
"""Messages judged from which their share of flagged ones is what is usual."""


def lately(database: Database, account: str, identity: str, now: datetime) -> Lately:
    """What this account has seen within the last hour and day, and in the month before.

    Args:
        identity: of the message that is to get a draft. Its own doesn't count: one that had to wait
            is decided about again.
    """
    drafted = database.row(
        "SELECT count(*) FROM effect CROSS JOIN message ON message.id = effect.message"
        " WHERE account = ? AND identity != ? AND kind = 'draft' AND state != 'dropped'"
        " AND planned_at > ?",
        (account, identity, as_text(now - HOUR)),
    )
    followed = database.row(
        "SELECT count(*) FROM followup WHERE account = ? AND appending_at > ?",
        (account, as_text(now - HOUR)),
    )
    rows = database.rows(
        "SELECT judged_at > ?, count(*), count(tone) FROM message"
        " WHERE account = ? AND judged_at > ? AND score IS NOT NULL GROUP BY 1",
        (as_text(now - DAY), account, as_text(now - MONTH)),
    )
    counts = {bool(recent): (judged, flagged) for recent, judged, flagged in rows}
    judged, flagged = counts.get(True, (0, 0))
    before, before_flagged = counts.get(False, (0, 0))
    return Lately(
        drafted=sum(row[0] for row in (drafted, followed) if row),
        flagged=flagged,
        judged=judged,
        usual=before_flagged / before if before >= ENOUGH else 0.0,
    )
