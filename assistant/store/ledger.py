"""What becomes of something that must not be done twice: intended, done, put off. One table's rows."""

from __future__ import annotations

from datetime import datetime

from assistant.model import FolderStatus
from assistant.store import corrections
from assistant.store.database import Database
from assistant.store.moments import as_text
from assistant.store.types import Planned

_INTEND = {
    "effect": "UPDATE effect SET state = 'appending', drafts = ?, drafts_uidvalidity = ?,"
    " drafts_uidnext = ?, appending_at = ? WHERE id = ?",
    "followup": "UPDATE followup SET state = 'appending', drafts = ?, drafts_uidvalidity = ?,"
    " drafts_uidnext = ?, appending_at = ? WHERE id = ?",
}
_SETTLE = {
    "effect": "UPDATE effect SET state = ?, note = ?, retry_at = NULL WHERE id = ?",
    "followup": "UPDATE followup SET state = ?, note = ?, retry_at = NULL WHERE id = ?",
}
_POSTPONE = {
    "effect": "UPDATE effect SET state = 'planned', note = ?, retry_at = ?, attempts = attempts + 1"
    " WHERE id = ?",
    "followup": "UPDATE followup SET state = 'planned', note = ?, retry_at = ?, attempts = attempts + 1"
    " WHERE id = ?",
}
_HOLD = {
    "effect": "UPDATE effect SET note = ?, retry_at = ?, attempts = attempts + 1 WHERE id = ?",
    "followup": "UPDATE followup SET note = ?, retry_at = ?, attempts = attempts + 1 WHERE id = ?",
}


class Ledger:
    """The rows of one table.

    Args:
        table: ``effect`` (marks and holding replies) or ``followup`` (drafts of cases).
    """

    def __init__(self, database: Database, table: str) -> None:
        self._db = database
        self._table = table

    def intend(self, effect: Planned, before: FolderStatus, now: datetime) -> None:
        """An APPEND is about to be sent; Drafts was so before it."""
        with self._db.transaction():
            self._db.run(
                _INTEND[self._table],
                (before.name, before.uidvalidity, before.uidnext, as_text(now), effect.id),
            )

    def settle(
        self, effect: Planned, state: str, note: str, seen: frozenset[str] | None = None
    ) -> None:
        """It is ``done``, ``dropped``, or its fate is ``unknown``; it is not tried again.

        Args:
            seen: the tone keywords that were on the message when they were read back; None where they weren't.
        """
        with self._db.transaction():
            if seen is not None:
                corrections.see(self._db, effect.location, seen)
            self._db.run(_SETTLE[self._table], (state, note, effect.id))

    def postpone(self, effect: Planned, note: str, until: datetime) -> None:
        """Something that certainly did not happen is tried again later."""
        with self._db.transaction():
            self._db.run(_POSTPONE[self._table], (note, as_text(until), effect.id))

    def hold(self, effect: Planned, note: str, until: datetime) -> None:
        """It is left as it is, whatever has become of it, and looked at again later."""
        with self._db.transaction():
            self._db.run(_HOLD[self._table], (note, as_text(until), effect.id))
