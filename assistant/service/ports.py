"""What the service needs: a mailbox, a reader, a clock. The fakes in tests implement the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from assistant.errors import UnreadableMail
from assistant.model import (
    Fetched,
    FolderStatus,
    Message,
    Opened,
    Opinion,
    Outcome,
    Place,
    Polarity,
    Profile,
    Reading,
)
from assistant.screening import ByHeader

Clock = Callable[[], datetime]


class Copies(Protocol):
    """The folder for copies. Documented at :class:`assistant.mailbox.copies.Copies`."""

    def status(self) -> FolderStatus | None: ...
    def create(self) -> None: ...
    def find(self, uid: int) -> bool: ...
    def arrivals(self, uid: int, first: int) -> dict[int, bool]: ...
    def put(self, uid: int) -> None: ...


class Sent(Protocol):
    """The folders of sent mail. Documented at :class:`assistant.mailbox.sent.Sent`."""

    def folders(self) -> tuple[FolderStatus, ...]: ...
    def uids(self, folder: str, first: int, since: date | None = None) -> list[int]: ...
    def fetch(self, folder: str, uids: list[int]) -> Iterator[Fetched]: ...


class Elsewhere(Protocol):
    """The other folders. Documented at :class:`assistant.mailbox.elsewhere.Elsewhere`."""

    def find(
        self, days: Callable[[], Collection[date]], wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]: ...


class Mailbox(Protocol):
    """An inbox and its Drafts. Documented at :class:`assistant.mailbox.imap.ImapMailbox`."""

    @property
    def copies(self) -> Copies: ...
    @property
    def sent(self) -> Sent: ...
    @property
    def elsewhere(self) -> Elsewhere: ...
    def open(self) -> Opened: ...
    def uids_from(self, first: int) -> list[int]: ...
    def uids_since(self, day: date) -> list[int]: ...
    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]: ...
    def lists(self, uid: int) -> bool: ...
    def flags(self, uid: int) -> frozenset[str] | None: ...
    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]: ...
    def add_keyword(self, uid: int, keyword: str) -> None: ...
    def drafts_status(self) -> FolderStatus: ...
    def find_draft(self, message_id: str) -> Place | None: ...
    def answered(self, message_id: str, since: date) -> bool: ...
    def drafts_from(self, first: int) -> dict[int, str]: ...
    def append_draft(self, raw: bytes) -> None: ...


class Reader(Protocol):
    """Bytes -> Readings, or why there is none. :mod:`assistant.worker` has two."""

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> Sequence[Reading | UnreadableMail]: ...
    def mood(self, message: Message) -> Polarity | None: ...
    def opinion(self, message: Message, evidence: bool) -> Opinion | None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One account as the service needs it: whose it is and how it wants to be treated."""

    profile: Profile
    inbox: str = "INBOX"
    mark: str = "auto"
    """``auto`` (a keyword, on Gmail a label, else the star), ``keyword``, ``flagged`` (the star that every mail
    program shows), ``folder`` (a copy), ``none``."""
    language: str = "en"
    settle_seconds: float = 120.0
    """How long after its intent an APPEND may still be committed by a connection that was cut: the
    deadline of the command, and a minute for a server that is slow to notice."""

    @property
    def account(self) -> str:
        return self.profile.mailbox_address


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that was judged in this pass. In memory only: it holds the client's words."""

    uid: int
    message: Message
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Performed:
    """What became of a planned effect."""

    uid: int
    kind: str
    value: str
    state: str
    note: str


class Watcher:
    """Told what happens in a pass; the CLI shows it. Does nothing by itself."""

    def started(self, total: int) -> None:
        """A pass found so many messages to look at."""

    def judged(self, judged: Judged) -> None:
        """A message was judged, and the verdict is on disk."""

    def performed(self, performed: Performed) -> None:
        """An effect was done, found done, postponed or given up."""

    def passed_over(self, uid: int) -> None:
        """A message was known already, gone, or could not be read."""
