"""What the store remembers, as plain types, and :class:`State`, the face that the service uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from assistant.model import Behaviour, Entry, FolderStatus, Lately, Location, Message, Outcome

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
class Place:
    """A message of a thread: where it lies, and what it is to the case."""

    location: Location
    identity: str
    entry: Entry


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
    withdrawn: str = ""
    """Why it is no longer wanted: the user has corrected the verdict that it follows from."""


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
class Watched:
    """A message at its place, and what would tell that the user corrects us."""

    uid: int
    identity: str
    tone: str | None
    """What we said; None for fine, and where it was not judged."""
    ours: frozenset[str]
    """The keywords that we set on it, each of which was there when it was read back, in lower case."""
    seen: frozenset[str] | None
    """The tone keywords at the last look; None where this place was never looked at."""
    corrected: bool
    """The user has said something else."""
    thread: int | None
    """The number of its thread; None where it belongs to none."""
    told: frozenset[str] | None = None
    """The keywords for cases at the last look; None where it was not looked at for them at this place."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What is known of a mailbox's keywords."""

    keywords: frozenset[str]
    """The tone keywords that were looked for last."""
    keeps: bool
    """One of ours was there again in a later pass: the server does not forget them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A user's verdict on a message, against ours."""

    identity: str
    ours: str | None
    """The tone that we heard; None for fine, and where it was not judged."""
    judged: bool
    """False where we did not even read it for tone."""
    tone: str | None
    """The tone that the user hears; None for not upset."""
    at: datetime
    source: str
    """``mail``: the keyword was changed in a mail program; ``terminal``: `assistant correct`."""

    @property
    def dissatisfied(self) -> bool:
        return self.tone is not None

    @property
    def kind(self) -> str:
        """``not upset``, ``missed``, or ``other tone``."""
        return "not upset" if self.tone is None else "missed" if self.ours is None else "other tone"


class Heard(Enum):
    """What became of something that the user said."""

    NOTED = auto()
    TAKEN_BACK = auto()
    """There was a correction, and now the user agrees with us."""
    NOTHING_NEW = auto()


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule was heard, in messages that are remembered; no message counts twice."""

    rule: str
    flagged: int = 0
    unflagged: int = 0
    confirmed: int = 0
    """Flagged, and the user has let the mark stand, for more than a day."""
    wrong: int = 0
    """Flagged, and the user says: not upset."""
    other: int = 0
    """Flagged, and the user hears another tone."""
    missed: int = 0
    """Not flagged, and the user says: upset."""
    last: datetime | None = None

    @property
    def messages(self) -> int:
        return self.flagged + self.unflagged


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
    corrected: tuple[tuple[str, int], ...] = ()
    """Messages of which the user says something else than we did, by :attr:`Said.kind`."""


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
    def relocate(
        self, location: Location, identity: str, seen: frozenset[str] | None = None
    ) -> bool: ...
    def known(self, account: str, message: Message) -> Known: ...
    def behaviour(self, account: str, message: Message, now: datetime) -> Behaviour: ...
    def lately(self, account: str, identity: str, now: datetime) -> Lately: ...
    def record(
        self, location: Location, message: Message, outcome: Outcome, rules: str, now: datetime,
        seen: frozenset[str] | None = None, client: str = "", arrived: datetime | None = None,
    ) -> None: ...  # fmt: skip
    def open_effects(self, account: str, mailbox: str, now: datetime) -> list[Planned]: ...
    def intend(self, effect: Planned, before: FolderStatus, now: datetime) -> None: ...
    def settle(
        self, effect: Planned, state: str, note: str, seen: frozenset[str] | None = None
    ) -> None: ...
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
    def looks(self, account: str, mailbox: str) -> Looks: ...
    def look_anew(self, account: str, mailbox: str, keywords: frozenset[str]) -> None: ...
    def keeps(self, account: str, mailbox: str) -> None: ...
    def watched(self, account: str, mailbox: str, uidvalidity: int) -> list[Watched]: ...
    def looked(
        self, account: str, mailbox: str, uidvalidity: int, seen: Mapping[int, frozenset[str]]
    ) -> None: ...
    def hear(
        self, location: Location, seen: frozenset[str], tone: str | None, now: datetime
    ) -> Heard: ...


def later(now: datetime, attempts: int) -> datetime:
    """Back-off for something that a server refused: 15 minutes, doubling, at most a day."""
    return now + min(timedelta(minutes=15 << min(attempts, 10)), LONGEST_WAIT)
