"""The state in SQLite: everything the service may ask of it or tell it.

Record before you act: a verdict, its planned effects and the cursor are one transaction, and
the intent to append a draft is on disk before the server hears of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from assistant.model import Behaviour, Hit, Lately, Location, Mark, Message, Outcome
from assistant.store import casetraces, corrections, erase, threads, troubles, volume
from assistant.store.cases import CaseBook
from assistant.store.casetraces import StillOpen
from assistant.store.database import Database
from assistant.store.followups import FollowUpStore
from assistant.store.hashes import hashed, marks
from assistant.store.ledger import TRIED, Ledger, planned
from assistant.store.moments import as_text, as_time
from assistant.store.types import (
    LONGEST_WAIT,
    Cursor,
    Drafted,
    Heard,
    Known,
    Looks,
    Planned,
    Trouble,
    Watched,
    Work,
)

_DRAFTED = "('planned', 'appending', 'done', 'unknown')"


class Store(Ledger):
    """:class:`~assistant.store.types.State` in SQLite.

    `account` is always the mailbox's address, never a config name.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, "effect")

    def close(self) -> None:
        self._db.close()

    def cases(self, heats: Mapping[str, int]) -> CaseBook:
        """What is known of cases, over the same connection."""
        return CaseBook(self._db, heats)

    @property
    def follow_ups(self) -> FollowUpStore:
        """The drafts of cases, over the same connection."""
        return FollowUpStore(self._db)

    # --- how far we are ---

    def cursor(self, account: str, mailbox: str) -> Cursor | None:
        """How far a mailbox has been dealt with; None before the first start."""
        row = self._db.row(
            "SELECT uidvalidity, last_uid, started, rescan FROM mailbox WHERE account = ? AND name = ?",
            (account, mailbox),
        )
        return Cursor(row[0], row[1], as_time(row[2]), bool(row[3])) if row else None

    def start(self, account: str, mailbox: str, cursor: Cursor) -> None:
        """Begin a mailbox, or begin it anew under another UIDVALIDITY: what its messages were seen with is void then."""
        with self._db.transaction():
            self._db.run(
                "INSERT INTO mailbox (account, name, uidvalidity, last_uid, started, rescan)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, name) DO UPDATE SET"
                " keywords = CASE WHEN uidvalidity = excluded.uidvalidity THEN keywords ELSE '' END,"
                " keeps = CASE WHEN uidvalidity = excluded.uidvalidity THEN keeps ELSE 0 END,"
                " uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid,"
                " started = excluded.started, rescan = excluded.rescan",
                (
                    account,
                    mailbox,
                    cursor.uidvalidity,
                    cursor.last_uid,
                    as_text(cursor.started),
                    cursor.rescan,
                ),
            )

    def advance(self, account: str, mailbox: str, uid: int) -> None:
        """Everything up to `uid` has been dealt with."""
        with self._db.transaction():
            self._advance(account, mailbox, uid)

    def _advance(self, account: str, mailbox: str, uid: int) -> None:
        self._db.run(
            "UPDATE mailbox SET last_uid = max(last_uid, ?) WHERE account = ? AND name = ?",
            (uid, account, mailbox),
        )

    def seen(self, account: str, mailbox: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """Those of the UIDs that have been judged."""
        rows = self._db.rows(
            "SELECT uid FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ?",
            (account, mailbox, uidvalidity),
        )
        return {row[0] for row in rows}.intersection(uids)

    def relocate(
        self, location: Location, identity: str, seen: frozenset[str] | None = None
    ) -> bool:
        """Whether a message is known; if so, it is remembered at its new place, and done with.

        Args:
            seen: the tone keywords that it has there; None where that is not known.
        """
        at = (location.account, identity)
        if not self._db.rows("SELECT 1 FROM message WHERE account = ? AND identity = ?", at):
            return False
        with self._db.transaction():
            self._db.run(
                "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ?, seen = ?"
                " WHERE account = ? AND identity = ?",
                (location.mailbox, location.uidvalidity, location.uid, _held(seen), *at),
            )
            self._done_with(location)
        return True

    def _done_with(self, location: Location) -> None:
        self._advance(location.account, location.mailbox, location.uid)
        troubles.forget(self._db, location)

    # --- verdicts ---

    def known(self, account: str, message: Message) -> Known:
        """What earlier drafts mean for this message; its own are left out."""
        references = threads.references(account, message)
        drafts = self._db.rows(
            "SELECT DISTINCT effect.value, effect.state, effect.planned_at FROM thread"  # noqa: S608 - placeholders only
            " JOIN message ON message.thread = thread.thread"
            " JOIN effect ON effect.message = message.id"
            f" WHERE thread.reference IN ({marks(references)})"
            f" AND message.identity != ? AND effect.kind = 'draft' AND effect.state IN {_DRAFTED}"
            " ORDER BY effect.id",
            (*references, message.identity),
        )
        latest = self._db.row(
            "SELECT max(effect.planned_at) FROM message JOIN effect ON effect.message = message.id"  # noqa: S608
            " WHERE message.sender = ? AND message.identity != ?"
            f" AND effect.kind = 'draft' AND effect.state IN {_DRAFTED}",
            (_sender(account, message), message.identity),
        )
        when = as_time(latest[0]) if latest and latest[0] else None
        return Known(tuple(Drafted(row[0], row[1], as_time(row[2])) for row in drafts), when)

    def behaviour(self, account: str, message: Message, now: datetime) -> Behaviour:
        """What the thread so far proves about this message."""
        return threads.behaviour(self._db, account, message, now)

    def lately(self, account: str, identity: str, now: datetime) -> Lately:
        """How much was drafted for other messages within the hour, and flagged within the day."""
        return volume.lately(self._db, account, identity, now)

    def record(
        self, location: Location, message: Message, outcome: Outcome, rules: str, now: datetime,
        seen: frozenset[str] | None = None, client: str = "", arrived: datetime | None = None,
    ) -> None:  # fmt: skip
        """Verdict, planned effects and cursor, in one transaction.

        Args:
            seen: the tone keywords that the message had when it was fetched; None where that is not known.
            client: names the person or firm that it is from.
            arrived: when it reached the server; None where that is not known.
        """
        verdict = outcome.verdict
        hits = [_hit(each) for each in verdict.hits] if verdict else []
        at = threads.written(message, arrived, now)
        with self._db.transaction():
            number = self._db.run(
                "INSERT INTO message (account, identity, mailbox, uidvalidity, uid, judged_at, rules,"
                " skip, score, threshold, tone, hits, thread, sender,"
                " own, in_a_row, since, people, warmth, heat, seen, written, party, root)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    location.account, outcome.identity, location.mailbox, location.uidvalidity,
                    location.uid, as_text(now), rules,
                    outcome.skip.reason if outcome.skip else None,
                    verdict.score if verdict else None,
                    verdict.threshold if verdict else None,
                    verdict.tone.id if verdict and verdict.tone else None,
                    json.dumps(hits, separators=(",", ":")),
                    threads.join(self._db, location.account, message, client),
                    _sender(location.account, message),
                    *threads.columns(self._db, location.account, message, outcome, now, at),
                    _held(seen),
                    as_text(at),
                    hashed(location.account, client) if client else None,
                    threads.root(location.account, message),
                ),
            )  # fmt: skip
            for effect in outcome.effects:
                kind, value = (
                    ("mark", effect.keyword)
                    if isinstance(effect, Mark)
                    else ("draft", effect.draft.message_id)
                )
                self._db.run(
                    "INSERT INTO effect (message, kind, value, state, planned_at) VALUES (?, ?, ?, 'planned', ?)",
                    (number, kind, value, as_text(now)),
                )
            self._done_with(location)

    # --- effects ---

    def open_effects(self, account: str, mailbox: str, now: datetime) -> list[Planned]:
        """What is planned and due, oldest first; marks before drafts.

        Nothing is put off for longer than :data:`LONGEST_WAIT`: what seems to be was put off by a clock that
        was ahead, and is due.
        """
        rows = self._db.rows(
            "SELECT effect.id, identity, mailbox, uidvalidity, uid, kind, value,"  # noqa: S608
            " correction.message IS NOT NULL AND (kind = 'mark' OR correction.tone IS NULL),"
            f" {TRIED} FROM effect JOIN message ON message.id = effect.message"
            " LEFT JOIN correction ON correction.message = message.id"
            " WHERE state IN ('planned', 'appending') AND account = ? AND mailbox = ?"
            " AND (retry_at IS NULL OR retry_at <= ? OR retry_at > ?) ORDER BY kind = 'draft', effect.id",
            (account, mailbox, as_text(now), as_text(now + LONGEST_WAIT)),
        )
        return [
            planned(
                number,
                identity,
                Location(account, folder, uidvalidity, uid),
                kind,
                value,
                tuple(tried),
                corrections.WITHDRAWN if withdrawn else "",
            )
            for number, identity, folder, uidvalidity, uid, kind, value, withdrawn, *tried in rows
        ]

    # --- messages that can't be read ---

    def trouble(
        self,
        location: Location,
        reason: str,
        arrived: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """A message could not be read; how often that has happened now.

        Args:
            until: not to be tried again before; None: in the next pass.
        """
        with self._db.transaction():
            attempts = troubles.note(self._db, location, reason, arrived, until)
            self._advance(location.account, location.mailbox, location.uid)
        return attempts

    def gone(self, location: Location) -> None:
        """A message is not there any more: nothing is left to be tried."""
        with self._db.transaction():
            self._done_with(location)

    def troubled(self, account: str, mailbox: str, uidvalidity: int) -> list[Trouble]:
        """The messages that could not be read so far, in ascending order of UID."""
        return troubles.troubled(self._db, account, mailbox, uidvalidity)

    def work(self, account: str) -> Work:
        """What is still open or unknown for an account."""
        rows = self._db.rows(
            "SELECT state, note, count(*) FROM effect JOIN message ON message.id = effect.message"
            " WHERE account = ? AND state IN ('planned', 'appending', 'unknown') GROUP BY state, note",
            (account,),
        )
        return Work(
            open=sum(row[2] for row in rows if row[0] != "unknown"),
            unknown=sum(row[2] for row in rows if row[0] == "unknown"),
            notes=tuple(dict.fromkeys(row[1] for row in rows if row[1])),
        )

    # --- what the user says: see assistant.store.corrections ---

    def looks(self, account: str, mailbox: str) -> Looks:
        """What is known of a mailbox's keywords."""
        return corrections.looks(self._db, account, mailbox)

    def look_anew(self, account: str, mailbox: str, keywords: frozenset[str]) -> None:
        """Other keywords are looked for from now on."""
        corrections.look_anew(self._db, account, mailbox, keywords)

    def keeps(self, account: str, mailbox: str) -> None:
        """A keyword of ours was there again in a later pass."""
        corrections.keeps(self._db, account, mailbox)

    def watched(self, account: str, mailbox: str, uidvalidity: int) -> list[Watched]:
        """The messages that a pass looks at again."""
        return corrections.watched(self._db, account, mailbox, uidvalidity)

    def looked(
        self, account: str, mailbox: str, uidvalidity: int, seen: Mapping[int, frozenset[str]]
    ) -> None:
        """What messages were seen with; nothing is concluded from it."""
        corrections.looked(self._db, account, mailbox, uidvalidity, seen)

    def hear(
        self, location: Location, seen: frozenset[str], tone: str | None, now: datetime
    ) -> Heard:
        """What a message in the mailbox shows that its user means; and that it was seen so."""
        return corrections.hear(self._db, location, seen, tone, now)

    # --- what is erased ---

    def expire(
        self, account: str, before: datetime, still_open: StillOpen = casetraces.nobody
    ) -> int:
        """Erase what is known about messages judged before a time (:func:`assistant.store.erase.expire`)."""
        return erase.expire(self._db, account, before, still_open)


def _held(seen: frozenset[str] | None) -> str | None:
    return None if seen is None else corrections.text(seen)


def _hit(hit: Hit) -> tuple[object, ...]:
    """As it is kept; of the whole body: without a place."""
    place = (hit.where, *hit.span)
    return (hit.rule, hit.points, *(place if place != ("body", 0, 0) else ()))


def _sender(account: str, message: Message) -> str | None:
    return hashed(account, message.sender.key) if message.sender else None
