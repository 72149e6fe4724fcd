"""A mailbox in memory, held to the same contract as the real servers (tests/contract)."""

from __future__ import annotations

import email
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from assistant.errors import MailboxError, RefusedByServer
from assistant.model import Fetched, FolderStatus, Opened, Place

FIRST_BYTES = 262_144
SENT = ("Sent", "Sent Items")
_SYSTEM = frozenset({"\\answered", "\\flagged", "\\deleted", "\\seen", "\\draft"})
_validities = itertools.count(1_000)


@dataclass
class Stored:
    """A message in a folder."""

    raw: bytes
    arrived: datetime
    flags: set[str]


@dataclass
class FakeFolder:
    uidvalidity: int = field(default_factory=lambda: next(_validities))
    uidnext: int = 1
    messages: dict[int, Stored] = field(default_factory=dict)

    def add(self, raw: bytes, arrived: datetime, flags: Sequence[str] = ()) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.messages[uid] = Stored(raw, arrived, {flag.lower() for flag in flags})
        return uid


class FakeMailbox:
    """Implements :class:`assistant.service.ports.Mailbox` on dictionaries."""

    def __init__(
        self,
        *,
        inbox: str = "INBOX",
        folders: Sequence[str] = ("Drafts", "Sent", "Trash"),
        keywords: bool = True,
        read_only: bool = False,
        room: int = 10**9,
    ) -> None:
        self.inbox = inbox
        self.folders = {name: FakeFolder() for name in (inbox, *folders)}
        self.keywords = keywords
        self.read_only = read_only
        self.room = room
        self.calls: list[str] = []
        self.copies = FakeCopies(self)
        self.sent = FakeSent(self)
        self.elsewhere = FakeElsewhere(self)

    def _folder(self, name: str) -> FakeFolder:
        if name not in self.folders:
            raise MailboxError(f"no {name} folder was found on the server")
        return self.folders[name]

    def open(self) -> Opened:
        self.calls.append("open")
        box = self._folder(self.inbox)
        flags = _SYSTEM | ({"\\*"} if self.keywords else set())
        return Opened(
            box.uidvalidity, box.uidnext, len(box.messages), frozenset(flags), self.read_only
        )

    def uids_from(self, first: int) -> list[int]:
        self.calls.append("uids_from")
        return sorted(uid for uid in self._folder(self.inbox).messages if uid >= first)

    def uids_since(self, day: date) -> list[int]:
        self.calls.append("uids_since")
        messages = self._folder(self.inbox).messages
        return sorted(uid for uid, each in messages.items() if each.arrived.date() >= day)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        self.calls.append("fetch")
        for uid in uids:
            each = self._folder(self.inbox).messages.get(uid)
            if each is not None:
                yield Fetched(
                    uid, each.raw[:FIRST_BYTES], frozenset(each.flags), each.arrived, len(each.raw)
                )

    def lists(self, uid: int) -> bool:
        self.calls.append("lists")
        return uid in self._folder(self.inbox).messages

    def flags(self, uid: int) -> frozenset[str] | None:
        self.calls.append("flags")
        each = self._folder(self.inbox).messages.get(uid)
        return None if each is None else frozenset(each.flags)

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        self.calls.append("flags_of")
        messages = self._folder(self.inbox).messages
        return {uid: frozenset(messages[uid].flags) for uid in uids if uid in messages}

    def add_keyword(self, uid: int, keyword: str) -> None:
        self.calls.append("add_keyword")
        each = self._folder(self.inbox).messages.get(uid)
        kept = self.keywords or keyword.lower() in _SYSTEM
        if each is not None and kept and not self.read_only:
            each.flags.add(keyword.lower())

    def drafts_status(self) -> FolderStatus:
        self.calls.append("drafts_status")
        box = self._folder("Drafts")
        return FolderStatus("Drafts", box.uidvalidity, box.uidnext)

    def find_draft(self, message_id: str) -> Place | None:
        self.calls.append("find_draft")
        self._folder("Drafts")
        for place in Place:
            names = SENT if place is Place.SENT else (place.value,)
            boxes = [self.folders[name] for name in names if name in self.folders]
            if any(_id(each.raw) == message_id for b in boxes for each in b.messages.values()):
                return place
        return None

    def answered(self, message_id: str, since: date) -> bool:
        self.calls.append("answered")
        return any(
            message_id in _answers(each.raw)
            for name in SENT
            if name in self.folders
            for each in self.folders[name].messages.values()
            if each.arrived.date() >= since
        )

    def drafts_from(self, first: int) -> dict[int, str]:
        self.calls.append("drafts_from")
        messages = self._folder("Drafts").messages
        return {uid: _id(messages[uid].raw) for uid in sorted(messages) if uid >= first}

    def append_draft(self, raw: bytes) -> None:
        self.calls.append("append_draft")
        box = self._folder("Drafts")
        if sum(len(each.raw) for each in box.messages.values()) + len(raw) > self.room:
            raise RefusedByServer("the server refused: [OVERQUOTA] Quota exceeded", "OVERQUOTA")
        box.add(raw, datetime.now().astimezone(), ("\\draft", "\\seen"))

    def close(self) -> None:
        self.calls.append("close")


class FakeCopies:
    """Implements :class:`assistant.service.ports.Copies` on the fake's folders."""

    def __init__(self, mailbox: FakeMailbox, name: str = "Unhappy") -> None:
        self._mailbox = mailbox
        self._name = name

    @property
    def _box(self) -> FakeFolder | None:
        return self._mailbox.folders.get(self._name)

    def status(self) -> FolderStatus | None:
        self._mailbox.calls.append("copies.status")
        box = self._box
        return FolderStatus(self._name, box.uidvalidity, box.uidnext) if box else None

    def create(self) -> None:
        self._mailbox.calls.append("copies.create")
        self._mailbox.folders.setdefault(self._name, FakeFolder())

    def find(self, uid: int) -> bool:
        self._mailbox.calls.append("copies.find")
        return any(self.arrivals(uid, 1).values())

    def arrivals(self, uid: int, first: int) -> dict[int, bool]:
        self._mailbox.calls.append("copies.arrivals")
        wanted = self._mailbox.folders[self._mailbox.inbox].messages.get(uid)
        there = self._box.messages if self._box else {}
        return {
            each: wanted is not None and found.raw == wanted.raw
            for each, found in sorted(there.items())
            if each >= first
        }

    def put(self, uid: int) -> None:
        self._mailbox.calls.append("copies.put")
        wanted = self._mailbox.folders[self._mailbox.inbox].messages.get(uid)
        box = self._mailbox._folder(self._name)
        if wanted is not None:
            box.add(wanted.raw, wanted.arrived, tuple(wanted.flags))


class FakeSent:
    """Implements :class:`assistant.service.ports.Sent` on the fake's folders."""

    def __init__(self, mailbox: FakeMailbox) -> None:
        self._mailbox = mailbox

    def folders(self) -> tuple[FolderStatus, ...]:
        self._mailbox.calls.append("sent.folders")
        boxes = {name: self._mailbox.folders.get(name) for name in SENT}
        return tuple(
            FolderStatus(name, box.uidvalidity, box.uidnext) for name, box in boxes.items() if box
        )

    def uids(self, folder: str, first: int, since: date | None = None) -> list[int]:
        self._mailbox.calls.append("sent.uids")
        messages = self._mailbox.folders[folder].messages
        return sorted(
            uid
            for uid, each in messages.items()
            if uid >= first and (since is None or each.arrived.date() >= since)
        )

    def fetch(self, folder: str, uids: list[int]) -> Iterator[Fetched]:
        self._mailbox.calls.append("sent.fetch")
        for uid in uids:
            each = self._mailbox.folders[folder].messages.get(uid)
            if each is not None:
                yield Fetched(
                    uid, each.raw[:65_536], frozenset(each.flags), each.arrived, len(each.raw)
                )


class FakeElsewhere:
    """Implements :class:`assistant.service.ports.Elsewhere` on the fake's folders."""

    def __init__(self, mailbox: FakeMailbox) -> None:
        self._mailbox = mailbox

    def find(
        self, days: Callable[[], Collection[date]], wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]:
        self._mailbox.calls.append("elsewhere.find")
        for name, box in self._mailbox.folders.items():
            if name in (self._mailbox.inbox, "Drafts"):
                continue
            if not days():
                return
            for uid, each in box.messages.items():
                if wanted(each.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"):
                    yield name, Fetched(uid, each.raw, frozenset(), each.arrived, len(each.raw))


def _answers(raw: bytes) -> list[str]:
    parsed = email.message_from_bytes(raw)
    return f"{parsed['In-Reply-To']} {parsed['References']}".split()


def _id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw).get("Message-ID", "")).strip()
