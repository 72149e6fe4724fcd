"""The drafts of cases: planned once for each occasion, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assistant.model import FolderStatus, Location
from assistant.store.database import Database
from assistant.store.ledger import Ledger
from assistant.store.moments import as_text
from assistant.store.types import LONGEST_WAIT, Planned


@dataclass(frozen=True, slots=True)
class DueDraft:
    """A draft that is to be laid for a case."""

    case: str
    kind: str
    planned: Planned


class FollowUpStore(Ledger):
    """What :class:`assistant.service.effects.Performer` needs to remember of them. They belong to no message."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "followup")

    def plan(self, account: str, case: str, kind: str, message_id: str, now: datetime) -> bool:
        """A draft is wanted; False where it was before: each occasion has one."""
        with self._db.transaction():
            known = self._db.row(
                "SELECT 1 FROM followup WHERE account = ? AND value = ?", (account, message_id)
            )
            if known is None:
                self._db.run(
                    "INSERT INTO followup (account, name, kind, value, state, planned_at)"
                    " VALUES (?, ?, ?, ?, 'planned', ?)",
                    (account, case, kind, message_id, as_text(now)),
                )
        return known is None

    def due(self, account: str, now: datetime) -> list[DueDraft]:
        """What is planned and due, oldest first; see :meth:`Store.open_effects`."""
        rows = self._db.rows(
            "SELECT id, name, kind, value, state, drafts, drafts_uidvalidity, drafts_uidnext,"
            " appending_at, attempts FROM followup WHERE account = ?"
            " AND state IN ('planned', 'appending')"
            " AND (retry_at IS NULL OR retry_at <= ? OR retry_at > ?) ORDER BY id",
            (account, as_text(now), as_text(now + LONGEST_WAIT)),
        )
        return [
            DueDraft(
                row[1],
                row[2],
                Planned(
                    id=row[0],
                    identity=row[1],
                    location=Location(account, "", 0, 0),
                    kind="draft",
                    value=row[3],
                    appending=row[4] == "appending",
                    before=FolderStatus(row[5], row[6], row[7]) if row[5] is not None else None,
                    appending_at=datetime.fromisoformat(row[8]) if row[8] else None,
                    attempts=row[9],
                ),
            )
            for row in rows
        ]
