"""What the store remembers, as plain types, and :class:`State`, the face that the service uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from assistant.model import Behaviour, FolderStatus, Lately, Location, Message, Outcome

LONGEST_WAIT = timedelta(days=1)
"""For how long something is put off at most."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox has been dealt with."""

    uidvalidity: int
    last_uid: int
    started: datetime
    rescan: bool


@dataclass(frozen=True, slots=True)
class Drafted:
    """A holding reply that was made, or is to be."""

    message_id: str
    state: str
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered about drafts that matter to a new message."""

    drafts: tuple[Drafted, ...]
    """Each holding reply in the same thread, the message's own left out."""
    sender_drafted: datetime | None


@dataclass(frozen=True, slots=True)
class Planned:
    """An effect that is not yet done, with what is known of an earlier try."""

    id: int
    identity: str
    location: Location
    kind: str
    value: str
    appending: bool
    before: FolderStatus | None
    appending_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that could not be judged: what was wrong at the last try."""

    uid: int
    arrived: datetime | None
    attempts: int
    reason: str
    retry_at: datetime | None = None
    """None: it is tried again in the next pass, if at all."""

    def due(self, now: datetime) -> bool:
        """Whether it may be tried. What seems to wait for over a day was put off by a clock that was ahead."""
        return self.retry_at is None or not now < self.retry_at <= now + LONGEST_WAIT


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages were judged, by what became of them."""

    since: datetime
    """The assistant's first start in this mailbox; later, where older messages were erased since."""
    fine: int
    tones: tuple[tuple[str, int], ...]
    """Flagged messages by tone, in no order."""
    ignored: tuple[tuple[str, int], ...]
    """Not read for tone, by reason, most first."""
    drafted: int
    no_draft: tuple[tuple[str, int], ...] = ()
    """Flagged messages that got no draft, by reason, most first."""
    first: int = 0
    """Messages marked to be looked at first."""


@dataclass(frozen=True, slots=True)
class Work:
    """What waits: shown by `scan` and `check`."""

    open: int
    unknown: int
    notes: tuple[str, ...]


class State(Protocol):
    """What the service needs to remember; :class:`~assistant.store.state.Store` keeps it in SQLite."""

    def cursor(self, account: str, mailbox: str) -> Cursor | None: ...
    def start(self, account: str, mailbox: str, cursor: Cursor) -> None: ...
    def advance(self, account: str, mailbox: str, uid: int) -> None: ...
    def seen(
        self, account: str, mailbox: str, uidvalidity: int, uids: Iterable[int]
    ) -> set[int]: ...
    def relocate(self, location: Location, identity: str) -> bool: ...
    def known(self, account: str, message: Message) -> Known: ...
    def behaviour(self, account: str, message: Message, now: datetime) -> Behaviour: ...
    def lately(self, account: str, identity: str, now: datetime) -> Lately: ...
    def record(
        self, location: Location, message: Message, outcome: Outcome, rules: str, now: datetime
    ) -> None: ...
    def open_effects(self, account: str, mailbox: str, now: datetime) -> list[Planned]: ...
    def intend(self, effect: Planned, before: FolderStatus, now: datetime) -> None: ...
    def settle(self, effect: Planned, state: str, note: str) -> None: ...
    def postpone(self, effect: Planned, note: str, until: datetime) -> None: ...
    def hold(self, effect: Planned, note: str, until: datetime) -> None: ...
    def trouble(
        self,
        location: Location,
        reason: str,
        arrived: datetime | None = None,
        until: datetime | None = None,
    ) -> int: ...
    def gone(self, location: Location) -> None: ...
    def troubled(self, account: str, mailbox: str, uidvalidity: int) -> list[Trouble]: ...
    def work(self, account: str) -> Work: ...


def later(now: datetime, attempts: int) -> datetime:
    """Back-off for something that a server refused: 15 minutes, doubling, at most a day."""
    return now + min(timedelta(minutes=15 << min(attempts, 10)), LONGEST_WAIT)
