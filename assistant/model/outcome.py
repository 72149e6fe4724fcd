"""How a message reads, what else is known, and what is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assistant.model.mail import Address, Phone
from assistant.model.profile import Profile
from assistant.model.rules import Tone


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason for points, with the words it rests on."""

    rule: str
    points: int
    quote: str
    where: str
    """``subject``, ``body`` or ``thread``."""
    span: tuple[int, int]
    """Half-open character range in that text."""
    tone: str
    cues: tuple[str, ...]
    describe: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a message reads. ``score`` is exactly the sum of the hits' points."""

    score: int
    threshold: int
    hits: tuple[Hit, ...]
    tone: Tone | None
    """None where the score stays below the threshold."""
    cues: tuple[str, ...]
    about: str = ""
    """The cue that is sure enough for a reply to speak of; empty where none is."""

    @property
    def dissatisfied(self) -> bool:
        return self.tone is not None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is known of a message beyond its words. 0 where nothing is.

    Each field but the last is a fact that a rule of rules/behaviour.toml may ask for: first what the thread proves,
    then how the message and those before it differ from what is usual with its writer. What the thread tells of
    the same thing is not told again.
    """

    unanswered: int = 0
    """How many messages this client has now written in a row, each an answer to the one before."""
    days_waited: int = 0
    """Whole days since the first of those."""
    new_in_copy: int = 0
    """People in To and Cc who were not in this client's last message in the thread."""
    colder: int = 0
    """How many steps the greeting has cooled since then: first name, formal, none."""
    heat_before: int = 0
    """Heat (1 to 5) of this client's last message in the thread; 0 where it was fine."""
    chasing: int = 0
    """How many messages this client has now written in a row without an answer, over all threads."""
    unhappy_lately: int = 0
    """Unhappy messages among those that this client wrote in the 30 days before."""
    never_in_copy: int = 0
    """People in To and Cc who were on none of this client's messages before."""
    less_warm: int = 0
    """How many steps less warmly a letter that begins a thread greets."""
    usual: tuple[tuple[str, str], ...] = ()
    """By fact what it is usually, in words: ``("chasing", "once")``."""


@dataclass(frozen=True, slots=True)
class Lately:
    """What an account has seen of late: too much of it, and drafting stops."""

    drafted: int = 0
    """Holding replies within the last hour."""
    flagged: int = 0
    judged: int = 0
    """Messages within the last day."""
    usual: float = 0.0
    """The share of flagged mail before that; 0 where nothing is known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the message itself can't tell: the store, the flags and the clock, looked up before."""

    profile: Profile
    now: datetime
    flags: frozenset[str]
    arrived: datetime | None = None
    """When the message reached the server; None for a file."""
    draft_waiting: bool = False
    """A holding reply in the same thread lies in Drafts, or is about to."""
    sender_drafted: datetime | None = None
    """When this sender last got a holding reply drafted."""
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a message gets no draft. ``judged`` is False where it wasn't even read for tone."""

    reason: str
    detail: str
    judged: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A holding reply, ready for APPEND. ``raw`` is the whole message with CRLF line ends."""

    message_id: str
    sender: Address
    to: Address
    subject: str
    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Put a keyword on the message."""

    keyword: str


@dataclass(frozen=True, slots=True)
class AppendDraft:
    """Lay a draft in Drafts."""

    draft: Draft


Effect = Mark | AppendDraft


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision about one message: everything that is to be done, and why."""

    identity: str
    skip: Skip | None
    verdict: Verdict | None
    effects: tuple[Effect, ...]
    phones: tuple[Phone, ...] = ()
    """The client's telephone numbers, looked for in flagged mail only."""
    notes: tuple[str, ...] = ()
    """What the user is to know before the draft is sent."""

    @property
    def draft(self) -> Draft | None:
        """The holding reply, if one is to be made."""
        return next((e.draft for e in self.effects if isinstance(e, AppendDraft)), None)
