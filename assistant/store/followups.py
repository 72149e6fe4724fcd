"""The drafts of cases: planned once for each occasion, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assistant.model import Location
from assistant.store.casenames import Thread
from assistant.store.database import Database
from assistant.store.ledger import TRIED, Ledger, planned
from assistant.store.moments import as_text
from assistant.store.types import LONGEST_WAIT, Planned


@dataclass(frozen=True, slots=True)
class DueDraft:
    """A draft that is to be laid for a case."""

    case: str
    """Its name when it was planned, of which the draft's id is made."""
    thread: int
    kind: str
    planned: Planned


class FollowUpStore(Ledger):
    """What :class:`assistant.service.effects.Performer` needs to remember of them. They belong to no message."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "followup")

    def plan(
        self, account: str, case: Thread, kind: str, message_id: str, now: datetime, since: datetime | None = None
    ) -> bool:  # fmt: skip
        """A draft is wanted; False where it was before: each occasion has one.

        Args:
            since: when the occasion came about. The case may have had another name then, before two threads
                became one, and the draft another id.
        """
        if self._db.row(
            "SELECT 1 FROM followup WHERE account = ? AND value = ?", (account, message_id)
        ):
            return False
        if since is not None and self._db.row(
            "SELECT 1 FROM followup WHERE thread = ? AND name != ? AND kind = ? AND planned_at >= ? AND state != 'dropped'",
            (case.number, case.name, kind, as_text(since)),
        ):
            return False
        with self._db.transaction():
            self._db.run(
                "INSERT INTO followup (account, name, thread, kind, value, state, planned_at)"
                " VALUES (?, ?, ?, ?, ?, 'planned', ?)",
                (account, case.name, case.number, kind, message_id, as_text(now)),
            )
        return True

    def due(self, account: str, now: datetime) -> list[DueDraft]:
        """What is planned and due, oldest first; see :meth:`Store.open_effects`."""
        rows = self._db.rows(
            f"SELECT id, name, thread, kind, value, {TRIED} FROM followup WHERE account = ?"  # noqa: S608
            " AND state IN ('planned', 'appending')"
            " AND (retry_at IS NULL OR retry_at <= ? OR retry_at > ?) ORDER BY id",
            (account, as_text(now), as_text(now + LONGEST_WAIT)),
        )
        nowhere = Location(account, "", 0, 0)
        return [
            DueDraft(
                name, thread, kind, planned(number, name, nowhere, "draft", value, tuple(tried))
            )
            for number, name, thread, kind, value, *tried in rows
        ]
