"""The frozen types that everybody shares. No behaviour beyond properties, no I/O.

Read them in this order: :class:`Fetched` (bytes from a server), :class:`Message` (what a person
wrote), :class:`Facts` (what else is known), :class:`Verdict` (how it reads), :class:`Outcome`
(what is to be done).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

# --- what comes from the server ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """One immutable message for ever (RFC 9051 section 2.3.1.1)."""

    account: str
    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The first bytes of a message, fetched without marking it read."""

    uid: int
    raw: bytes
    flags: frozenset[str]
    size: int
    """Size on the server in bytes; ``len(raw)`` is less where the fetch was cut off."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mailbox as it was when it was selected."""

    uidvalidity: int
    uidnext: int
    permanent_flags: frozenset[str]
    """In lower case; ``\\*`` where the server takes new keywords (RFC 9051 section 7.1)."""
    read_only: bool

    def keeps(self, keyword: str) -> bool:
        """Whether a keyword set here stays."""
        flags = self.permanent_flags
        wild = "\\*" in flags and not keyword.startswith("\\")
        return not self.read_only and (wild or keyword.casefold() in flags)


@dataclass(frozen=True, slots=True)
class DraftsStatus:
    """The Drafts folder before an APPEND: if UIDNEXT stays, nothing was added (RFC 9051 2.3.1.1)."""

    name: str
    uidvalidity: int
    uidnext: int


class Place(StrEnum):
    """Where a draft of ours may be found again."""

    DRAFTS = "Drafts"
    SENT = "Sent"
    TRASH = "Trash"


# --- what a person wrote ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """A display name (may be empty) and an address of the form local@domain."""

    name: str
    email: str

    @property
    def key(self) -> str:
        """The form in which addresses are compared."""
        return self.email.casefold()


@dataclass(frozen=True, slots=True)
class Cut:
    """Text that is not the writer's own newest words, and why it was left out."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Defect:
    """Something doubtful about the bytes, with a name that `explain` shows."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, read. ``own_words`` is what its writer typed now, and nothing else."""

    identity: str
    """Names the message across mailboxes and machines; see :mod:`assistant.reading.headers`."""
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    own_words: str
    cuts: tuple[Cut, ...]
    language: str
    headers: tuple[tuple[str, str], ...]
    """The headers that tell automatic mail from a person's: lower-case names, values capped."""
    defects: tuple[Defect, ...]

    @property
    def is_answer(self) -> bool:
        """Whether the subject was inherited rather than written now."""
        return bool(self.in_reply_to or self.references)

    @property
    def thread_ids(self) -> tuple[str, ...]:
        """Every Message-ID that ties this message to a thread, its own first."""
        own = (self.message_id,) if self.message_id else ()
        return tuple(dict.fromkeys((*own, *self.references, *self.in_reply_to)))


@dataclass(frozen=True, slots=True)
class Polarity:
    """TextBlob's opinion: -1.0 (negative) to 1.0, and the words it rests on."""

    value: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What costs time to find out about a message, found out once (in the worker)."""

    message: Message
    polarity: Polarity | None


# --- how messages are judged ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tone:
    """One step on the scale of discontent. ``heat`` runs from 1 to 5 (guidance: notice-range)."""

    id: str
    heat: int
    keyword: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One named reason for points. The phrase syntax is documented in rules/README.md."""

    id: str
    language: str
    describe: str
    points: int
    tone: str
    """A tone id, or empty where the rule lowers the score."""
    cues: tuple[str, ...]
    phrases: tuple[str, ...]
    unless: tuple[str, ...]
    negation: str
    """``cancels``: "not" shortly before the phrase takes the hit away; ``ignored``: it doesn't."""
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    origin: str
    """The file the rule comes from, and the file that changed it, if any."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words that one language's phrases are made of."""

    language: str
    classes: MappingProxyType[str, tuple[str, ...]]
    negators: tuple[str, ...]


class Screen(StrEnum):
    """How a sign in a header is compared with its value."""

    PRESENT = "present"
    IS = "is"
    NOT = "not"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class Sign:
    """A header by which a machine gives itself away (RFC 3834, RFC 2369; rules/screening.toml)."""

    reason: str
    header: str
    test: Screen
    value: str
    describe: str


@dataclass(frozen=True, slots=True)
class Screening:
    """The signs of mail that no client wrote by hand."""

    signs: tuple[Sign, ...]
    no_reply: tuple[str, ...]
    """Beginnings of local parts that nobody reads."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The holding reply of one language, in parts; `parts[tone][part]` is a tuple of variants."""

    language: str
    parts: MappingProxyType[str, MappingProxyType[str, tuple[str, ...]]]
    order: tuple[str, ...]
    forbidden: MappingProxyType[str, tuple[str, ...]]
    """Guidance row id -> phrases that no reply may hold."""
    origin: str


@dataclass(frozen=True, slots=True)
class PolarityWeight:
    """How much TextBlob may say: points per unit of polarity, and the cap on either side."""

    points: int
    cap: int


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything that judging rests on, loaded and checked by :mod:`assistant.rulebook`."""

    rules: tuple[Rule, ...]
    lexicons: tuple[Lexicon, ...]
    tones: tuple[Tone, ...]
    """Mildest first."""
    screening: Screening
    wordings: tuple[Wording, ...]
    threshold: int
    evidence: int
    """Points that a tone needs, from hits of that heat or hotter, to be the message's tone."""
    polarity: PolarityWeight
    digest: str
    """Names this set of rules, so that a verdict can say by which it was reached."""

    def tone(self, tone_id: str) -> Tone:
        """The tone with this id; the rulebook's loader has checked that it exists."""
        return next(tone for tone in self.tones if tone.id == tone_id)


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason for points, with the words it rests on."""

    rule: str
    points: int
    quote: str
    where: str
    """``subject`` or ``body``."""
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

    @property
    def dissatisfied(self) -> bool:
        return self.tone is not None


# --- what else is known, and what is to be done -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose mailbox it is. The first identity is the one to fall back on."""

    mailbox_address: str
    """The address that names the mailbox itself; draft ids are derived from it."""
    identities: tuple[Address, ...]
    signature: str
    stale_days: int
    sender_days: int

    def owns(self, address: Address) -> bool:
        return any(address.key == own.key for own in self.identities)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the message itself can't tell: the store, the flags and the clock, looked up before."""

    profile: Profile
    now: datetime
    flags: frozenset[str]
    draft_waiting: bool = False
    """A holding reply in the same thread lies in Drafts, or is about to."""
    sender_drafted: datetime | None = None
    """When this sender last got a holding reply drafted."""


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

    @property
    def draft(self) -> Draft | None:
        """The holding reply, if one is to be made."""
        return next((e.draft for e in self.effects if isinstance(e, AppendDraft)), None)
