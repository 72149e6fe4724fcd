"""What the state knows of cases: entries as numbers, notes in the user's own words, clocks that have rung.

:mod:`assistant.store.casenames` tells which threads are cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from assistant.model import Clock, Doing, Entry, Location, Message, Note
from assistant.store import casenames, corrections, threads
from assistant.store.casenames import OLD, Thread
from assistant.store.database import Database, Row
from assistant.store.followups import FollowUpStore
from assistant.store.hashes import hashed
from assistant.store.moments import as_text, as_time
from assistant.store.promised import Promised, as_days, promised
from assistant.store.tracks import JUDGED, TONE, Tracks, tracks
from assistant.store.types import Place


class CaseBook:
    """The cases of all accounts in one state file.

    Args:
        heats: of the tones, by id.
    """

    def __init__(self, database: Database, heats: Mapping[str, int]) -> None:
        self._db = database
        self._heats = heats

    @property
    def follow_ups(self) -> FollowUpStore:
        """The drafts of cases."""
        return FollowUpStore(self._db)

    def promised(self, account: str, first: date, last: date) -> list[Promised]:
        """The user's last words in a thread that owe something by one of these days, the oldest first."""
        return promised(self._db, account, first, last)

    # --- what is seen ---

    def cases(self, account: str) -> list[Thread]:
        """Every case, open or not, the first unhappy message that is oldest first."""
        return casenames.known(self._db, account)

    def places(self, account: str, thread: int) -> list[Place]:
        """The messages of a thread that are a person's, oldest first."""
        came = self._db.rows(
            "SELECT mailbox, uidvalidity, uid, identity, written,"
            f" CASE WHEN julianday(judged_at) - julianday(written) <= ? THEN {TONE} END,"
            f" party, sender {JUDGED} WHERE thread = ? AND written IS NOT NULL"
            " AND (score IS NOT NULL OR correction.tone IS NOT NULL)",
            (OLD, thread),
        )
        went = self._db.rows(
            "SELECT mailbox, uidvalidity, uid, identity, written, kind, words, party, people"
            " FROM sent WHERE thread = ?",
            (thread,),
        )
        parties, senders = {row[6] for row in came}, {row[7] for row in came}
        found = [
            Place(
                Location(account, *row[:3]),
                row[3],
                Entry(as_time(row[4]), inward=True, heat=self._heats.get(row[5] or "", 0)),
            )
            for row in came
        ]
        found += [
            Place(
                Location(account, *row[:3]),
                row[3],
                Entry(as_time(row[4]), inward=False, kind=row[5], words=row[6]),
            )
            for row in went
            # What went to others alone, a colleague it was forwarded to, is no word to the client.
            if row[7] in parties or not senders.isdisjoint(json.loads(row[8]))
        ]
        return sorted(found, key=lambda place: (place.entry.at, place.identity))

    def started(self, account: str, mailbox: str) -> datetime | None:
        """Since when a mailbox is looked after; None where it isn't yet."""
        row = self._db.row(
            "SELECT started FROM mailbox WHERE account = ? AND name = ?", (account, mailbox)
        )
        return as_time(row[0]) if row else None

    def tracks(self, account: str, since: datetime) -> dict[str, Tracks]:
        """What the mail of each person or firm who wrote since a time left behind, by their hash."""
        return tracks(self._db, self._heats, account, since)

    def drafts(self, account: str, thread: Thread) -> list[tuple[str, str, datetime]]:
        """The drafts that were laid for a case: kind, Message-ID, when it was planned."""
        rows = self._db.rows(
            "SELECT 'holding', effect.value, effect.planned_at FROM effect JOIN message ON message.id = effect.message"
            " WHERE message.thread = ? AND kind = 'draft'"
            " AND state IN ('done', 'unknown') ORDER BY effect.id",
            (thread.number,),
        )
        rows += self._db.rows(
            "SELECT kind, value, planned_at FROM followup WHERE account = ? AND thread = ?"
            " AND state IN ('done', 'unknown') ORDER BY id",
            (account, thread.number),
        )
        return [(row[0], row[1], as_time(row[2])) for row in rows]

    def kind_of(self, account: str, message_id: str) -> str:
        """What a message that the user sent was, where it was a draft of ours; else empty."""
        row = self._db.row(
            "SELECT 1 FROM effect CROSS JOIN message ON message.id = effect.message"
            " WHERE effect.kind = 'draft' AND effect.value = ? AND account = ?",
            (message_id, account),
        )
        if row:
            return "holding"
        row = self._db.row(
            "SELECT kind FROM followup WHERE account = ? AND value = ?", (account, message_id)
        )
        return str(row[0]) if row else ""

    def addressed(self, account: str, message: Message, clients: Sequence[str]) -> str:
        """Which client a message that the user wrote is to, among those that it went to."""
        return threads.addressed(self._db, account, message, clients)

    def sent(
        self,
        location: Location,
        message: Message,
        kind: str,
        words: int,
        client: str,
        at: datetime,
        days: Iterable[date] = (),
    ) -> bool:
        """A message that the user wrote; whether it was not known yet.

        Args:
            days: those by which it owes something.
        """
        values = (location.account, message.identity)
        with self._db.transaction():
            known = self._db.row("SELECT id FROM sent WHERE account = ? AND identity = ?", values)
            place = (location.mailbox, location.uidvalidity, location.uid)
            if known:
                self._db.run(
                    "UPDATE sent SET mailbox = ?, uidvalidity = ?, uid = ? WHERE id = ?",
                    (*place, known[0]),
                )
            else:
                thread = threads.join(self._db, location.account, message, client, ours=True)
                self._db.run(
                    "INSERT INTO sent (account, identity, mailbox, uidvalidity, uid, written,"
                    " thread, party, kind, words, people, promised) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *values,
                        *place,
                        as_text(at),
                        thread,
                        hashed(location.account, client),
                        kind,
                        words,
                        threads.people(location.account, message),
                        as_days(days),
                    ),
                )
            self._db.run(
                "UPDATE mailbox SET last_uid = max(last_uid, ?) WHERE account = ? AND name = ?",
                (location.uid, location.account, location.mailbox),
            )
        return known is None

    # --- what the user tells ---

    def notes(self, account: str, thread: Thread) -> list[Note]:
        """What was told of a case, in the order in which it was."""
        which, values = casenames.called([thread])
        rows = self._db.rows(
            f"SELECT at, doing, words, owner, due, number FROM note WHERE account = ? AND {which} ORDER BY at, id",  # noqa: S608
            (account, *values),
        )
        return [_note(row) for row in rows]

    def told(self, account: str) -> list[tuple[str, Note]]:
        """Everything that was told in an account, with the names that the cases have now; also of those that are
        forgotten.
        """
        now: dict[int | None, str] = {each.number: each.name for each in self.cases(account)}
        return [(now.get(thread, name), note) for name, thread, note in self._told(account)]

    def _told(self, account: str) -> list[tuple[str, int | None, Note]]:
        """Under which name, of which thread, what."""
        rows = self._db.rows(
            "SELECT at, doing, words, owner, due, number, name, thread FROM note WHERE account = ? ORDER BY at, id",
            (account,),
        )
        return [(row[6], row[7], _note(row)) for row in rows]

    def tell(self, account: str, thread: Thread, notes: Sequence[Note]) -> None:
        """Keep what the user told: all of it or nothing."""
        self.hear(account, [(thread, each) for each in notes], {})

    def hear(
        self,
        account: str,
        notes: Sequence[tuple[Thread, Note]],
        shown: Mapping[Location, frozenset[str]],
    ) -> None:
        """Keep what was told by keywords, and which of them each message bears: all of it or nothing."""
        with self._db.transaction():
            for thread, each in notes:
                self._keep(account, thread.name, thread.number, each)
            for location, keywords in shown.items():
                corrections.see_told(self._db, location, keywords)

    def restore(self, account: str, notes: Sequence[tuple[str, Note]]) -> int:
        """Keep what was told before, in another state; how much of it was not known here."""
        told = self._told(account)
        numbers = {
            name: thread for name, thread, _ in told
        }  # saved under a name that the case had then
        numbers.update({each.name: each.number for each in self.cases(account)})
        known = {(name, note) for name, _, note in told} | set(self.told(account))
        new = [pair for pair in dict.fromkeys(notes) if pair not in known]
        with self._db.transaction():
            for name, each in new:
                self._keep(account, name, numbers.get(name), each)
        return len(new)

    def _keep(self, account: str, name: str, thread: int | None, note: Note) -> None:
        self._db.run(
            "INSERT INTO note (account, name, thread, at, doing, words, owner, due, number)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                name,
                thread,
                as_text(note.at),
                note.doing.value,
                note.text,
                note.owner,
                note.due.isoformat() if note.due else None,
                note.number,
            ),
        )

    # --- clocks ---

    def has_rung(self, account: str, thread: Thread, clock: Clock) -> bool:
        """Whether the user was told of it."""
        row = self._db.row(
            "SELECT 1 FROM rung WHERE account = ? AND (thread = ? OR name = ?) AND clock = ? AND number = ? AND due = ?",
            (account, thread.number, thread.name, clock.name, clock.number, as_text(clock.due)),
        )
        return row is not None

    def rang(
        self, account: str, rings: Iterable[tuple[str, str, int, datetime]], now: datetime
    ) -> None:
        """Note what the user was told: case, clock, number of the action, when it is due."""
        numbers = {each.name: each.number for each in self.cases(account)}
        with self._db.transaction():
            for name, clock, number, due in rings:
                if name in numbers:  # else the case is gone since
                    self._db.run(
                        "INSERT OR REPLACE INTO rung (account, name, thread, clock, number, due, at)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (account, name, numbers[name], clock, number, as_text(due), as_text(now)),
                    )


def _note(row: Row) -> Note:
    """From at, doing, words, owner, due and number."""
    due = date.fromisoformat(row[4]) if row[4] else None
    return Note(as_time(row[0]), Doing(row[1]), row[2], row[3], due, row[5])
