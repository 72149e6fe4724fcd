"""A case: a thread of a client with at least one unhappy message, until it is resolved.

What the mailbox shows is an :class:`Entry` each, what it can't know a :class:`Note`. Both hold no word that
a client wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from assistant.model.mail import Address, Message
from assistant.model.outcome import Verdict

FOLLOW_UPS = ("summary", "update", "checkin", "parting")
"""The kinds of drafts that follow the holding reply (guidance section 4)."""


class Stage(StrEnum):
    """How far a case has come, in this order (guidance sections 3 and 4)."""

    WAITING = "waiting"
    """Nobody has answered yet; a holding reply may wait in Drafts."""
    ANSWERED = "answered"
    CALL_DUE = "call due"
    """Answered, and the time for the call has run out."""
    CALLED = "called"
    AGREED = "agreed"
    """Something was agreed, and not all of it is done."""
    DONE = "done"
    CHECKED_IN = "checked in"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a thread, in or out."""

    at: datetime
    inward: bool
    """The client wrote it."""
    heat: int = 0
    """Of its tone, 1 to 5; 0 where it was not flagged, and for what the user wrote."""
    kind: str = ""
    """``holding``, or one of :data:`FOLLOW_UPS`, where the user sent a draft of ours; else empty."""
    words: int = 0
    """How many words the writer's own text has."""

    @property
    def flagged(self) -> bool:
        return self.heat > 0


class Doing(StrEnum):
    """What a user tells of a case, by command or by keyword."""

    CALLED = "called"
    AGREED = "agreed"
    """An action: text, owner, due date."""
    DID = "did"
    """The action `number` is done; without a number, all are."""
    NOTED = "noted"
    ASSIGNED = "assigned"
    """`owner` takes it over."""
    RESOLVED = "resolved"


CASE_KEYWORDS: Mapping[str, Doing] = MappingProxyType(
    {"case-called": Doing.CALLED, "case-done": Doing.DID, "case-resolved": Doing.RESOLVED}
)
"""What a keyword (on Gmail, a label) on a message of a case says, once the user puts it there; in the order of a case."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a user told of a case: the only words that are kept, and they are the user's own."""

    at: datetime
    doing: Doing
    text: str = ""
    owner: str = ""
    due: date | None = None
    number: int = 0
    """Of an action, from 1 in each case; 0 where none is meant."""


@dataclass(frozen=True, slots=True)
class Action:
    """What was agreed: who does what, by when."""

    number: int
    text: str
    owner: str
    due: date | None
    done: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a case has come, and when each step was taken (None: not yet, or not since it was reopened)."""

    stage: Stage
    heat: int
    """The highest since it was opened or reopened."""
    opened: datetime
    """The first unhappy message; after a reopening that one."""
    first: datetime
    """The first unhappy message of all."""
    reopened: int = 0
    answered: datetime | None = None
    called: datetime | None = None
    done: datetime | None = None
    checked_in: datetime | None = None
    resolved: datetime | None = None
    heard: datetime | None = None
    """The client's last message."""
    told: datetime | None = None
    """The last word to the client: a message, or a call."""
    unanswered: int = 0
    """The client's messages since then."""
    actions: tuple[Action, ...] = ()
    """What was agreed since it was opened or reopened."""
    owner: str = ""
    """Who has taken it over; empty for nobody."""
    by_email: datetime | None = None
    """When a long answer was written to a hot client whom nobody had called (guidance: reply-phone)."""
    earlier: tuple[Progress, ...] = ()
    """How far it had come each time when it was reopened, oldest first; without a stage, and none has an `earlier`."""

    @property
    def open(self) -> bool:
        return self.stage is not Stage.RESOLVED


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long things may take (config ``[calling]`` and ``[cases]``); 0 turns a clock off."""

    answer: float = 4.0
    """Working hours from the unhappy message to the first answer."""
    call: float = 8.0
    """Working hours from the unhappy message to the call."""
    quiet: int = 3
    """Working days without a word to the client, while a case is open."""
    check_in: int = 3
    """Working days from the last action's end to the check-in."""
    settle: int = 7
    """Days after the check-in, without an unhappy message, after which a case is resolved."""
    lapse: int = 30
    """Days without a message from either, after which an answered case counts as resolved: nobody need say so."""
    remind: float = 1.0
    """Working hours before a clock runs out at which it rings."""
    long_answer: int = 120
    """Words from which an answer settles rather than holds; from `frustrated` on, that belongs to a call."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Something that is to happen by a time."""

    name: str
    """``answer``, ``call``, ``update``, ``action``, ``check-in``."""
    due: datetime
    rings: datetime
    """When the user is reminded: a little before it is due."""
    number: int = 0
    """Of the action; 0 for the others."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a thread with its words: fetched when a person looks at the case, never kept."""

    message: Message
    entry: Entry
    verdict: Verdict | None = None
    """How a client's message reads by the rules of now, with the words it rests on; None for the user's own."""
    folder: str = ""
    uid: int = 0
    """Where it lies now."""


@dataclass(frozen=True, slots=True)
class Client:
    """Whom a case is with: a person, or all of a firm (cases/clients.py)."""

    key: str
    """The firm's domain, or the person's address where many strangers share the domain."""
    people: tuple[Address, ...] = ()
    """Who wrote or was written to, most first."""
    name: str = ""
    """From clients.toml; else empty."""
    terms: str = ""
    notes: str = ""
    contact: str = ""
    allowed: Allowed | None = None
    """What was promised to this client (SLA), where that is something else than for all."""


@dataclass(frozen=True, slots=True)
class Case:
    """A thread of a client with at least one unhappy message."""

    key: str
    """Short, and the same wherever the case is put together from the same mail: ``c-7k2mq``."""
    account: str
    client: Client
    subject: str
    progress: Progress
    clocks: tuple[Clock, ...]
    cues: tuple[str, ...] = ()
    """What it is about, the strongest first."""
    letters: tuple[Letter, ...] = ()
    """Oldest first."""
    notes: tuple[Note, ...] = ()
