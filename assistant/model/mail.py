"""What comes from a server, and what a person wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_ANSWERS = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|odp|ref|rv|tr|res|fwd?|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)


FIRST_BYTES = 262_144
"""How much of a message is fetched and looked at; the rest is attachments, or an attack."""


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
    arrived: datetime | None
    """When it reached the server (INTERNALDATE); the Date in its header is the sender's claim."""
    size: int
    """Size on the server in bytes; ``len(raw)`` is less where the fetch was cut off."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mailbox as it was when it was selected."""

    uidvalidity: int
    uidnext: int
    messages: int
    permanent_flags: frozenset[str]
    """In lower case; ``\\*`` where the server takes new keywords (RFC 9051 section 7.1)."""
    read_only: bool
    modseq: int = 0
    """HIGHESTMODSEQ (RFC 7162): it grows with each change; 0 where the server doesn't tell it."""

    def keeps(self, keyword: str) -> bool:
        """Whether a keyword set here stays."""
        flags = self.permanent_flags
        wild = "\\*" in flags and not keyword.startswith("\\")
        return not self.read_only and (wild or keyword.casefold() in flags)


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """A folder before something is added: if UIDNEXT stays, nothing was (RFC 9051 2.3.1.1)."""

    name: str
    uidvalidity: int
    uidnext: int


class Place(StrEnum):
    """Where a draft of ours may be found again."""

    DRAFTS = "Drafts"
    SENT = "Sent"
    TRASH = "Trash"


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
class Phone:
    """A valid telephone number, as machines dial it (E.164) and as people read it."""

    number: str
    shown: str
    signed: bool = False
    """It stands in the signature, so it is the client's own."""


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
    """Of the own words: an ISO 639-1 code, or "other"; the account's where they can't tell."""
    parts: tuple[str, ...]
    """The content types in it, from the outside in."""
    headers: tuple[tuple[str, str], ...]
    """The headers that tell automatic mail from a person's: lower-case names, values capped."""
    defects: tuple[Defect, ...]
    offset: int | None = None
    """Minutes that the Date header's zone is ahead of UTC; None where it tells none, or 0."""
    via: Address | None = None
    """The web form or list of ours that passed it on, where `sender` is not the From."""
    bcc: tuple[Address, ...] = ()
    """Of what the user sent; nothing that comes in shows it."""
    whole: bool = True
    """False where only its header was read: `own_words` and `cuts` are empty, `parts` has the first at most."""

    @property
    def is_answer(self) -> bool:
        """Whether the subject was inherited rather than written now."""
        return bool(self.in_reply_to or self.references or _ANSWERS.match(self.subject))

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
class Opinion:
    """What the reader, a small encoder, makes of a text."""

    heads: tuple[tuple[str, float], ...]
    """Log-odds by head: ``ours`` (dissatisfied with you), ``complaint``, ``affect``, ``you``."""
    heat: float
    """The tone it hears, from 1 to 5, not rounded."""
    cues: tuple[tuple[str, float], ...]
    """Log-odds by cue of being what the writer is unhappy about, if unhappy."""
    sentence: tuple[int, int]
    """The sentence whose removal changes its opinion most: a half-open range in the own words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What costs time to find out about a message, found out once (in the worker)."""

    message: Message
    polarity: Polarity | None = None
    """TextBlob's; None where it was not asked, or has nothing to say."""
    opinion: Opinion | None = None
    """The reader's; None where it was not asked."""
