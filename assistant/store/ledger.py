"""What becomes of something that must not be done twice: intended, done, put off. One table's rows."""

from __future__ import annotations

from datetime import datetime

from assistant.model import FolderStatus, Location
from assistant.store import corrections
from assistant.store.database import Database, Row
from assistant.store.moments import as_text, as_time
from assistant.store.types import Planned


class Ledger:
    """The rows of one table.

    Args:
        table: ``effect`` (marks and holding replies) or ``followup`` (drafts of cases); never from outside.
    """

    def __init__(self, database: Database, table: str) -> None:
        self._db = database
        self._table = table

    def intend(self, effect: Planned, before: FolderStatus, now: datetime) -> None:
        """An APPEND is about to be sent; Drafts was so before it."""
        with self._db.transaction():
            self._db.run(
                f"UPDATE {self._table} SET state = 'appending', drafts = ?, drafts_uidvalidity = ?,"  # noqa: S608
                " drafts_uidnext = ?, appending_at = ? WHERE id = ?",
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
            self._db.run(
                f"UPDATE {self._table} SET state = ?, note = ?, retry_at = NULL WHERE id = ?",  # noqa: S608
                (state, note, effect.id),
            )

    def postpone(self, effect: Planned, note: str, until: datetime) -> None:
        """Something that certainly did not happen is tried again later."""
        with self._db.transaction():
            self._db.run(
                f"UPDATE {self._table} SET state = 'planned', note = ?, retry_at = ?,"  # noqa: S608
                " attempts = attempts + 1 WHERE id = ?",
                (note, as_text(until), effect.id),
            )

    def hold(self, effect: Planned, note: str, until: datetime) -> None:
        """It is left as it is, whatever has become of it, and looked at again later."""
        with self._db.transaction():
            self._db.run(
                f"UPDATE {self._table} SET note = ?, retry_at = ?, attempts = attempts + 1"  # noqa: S608
                " WHERE id = ?",
                (note, as_text(until), effect.id),
            )


TRIED = "state, drafts, drafts_uidvalidity, drafts_uidnext, appending_at, attempts"
"""What is known of an earlier try, as columns of either table."""


def planned(
    number: int,
    identity: str,
    location: Location,
    kind: str,
    value: str,
    tried: Row,
    withdrawn: str = "",
) -> Planned:
    """A row that is not yet done.

    Args:
        tried: the columns :data:`TRIED`.
    """
    state, name, uidvalidity, uidnext, appending_at, attempts = tried
    return Planned(
        id=number,
        identity=identity,
        location=location,
        kind=kind,
        value=value,
        appending=state == "appending",
        before=FolderStatus(name, uidvalidity, uidnext) if name is not None else None,
        appending_at=as_time(appending_at) if appending_at else None,
        attempts=attempts,
        withdrawn=withdrawn,
    )
