"""Users, folders and messages in memory. All of it is touched under the user's lock only."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.providers.profile import SYSTEM_FLAGS, Box, Keywords, Profile

_validities = itertools.count(1_600_000_001)
_numbers = itertools.count(1)
_SYSTEM = {flag.lower(): flag for flag in SYSTEM_FLAGS}
INBOX = "INBOX"


class NoRoom(Exception):
    """The user's quota is used up."""


class Flags:
    """The flags of a message: case doesn't matter, the first spelling stays."""

    def __init__(self, flags: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self.add(flags)

    def add(self, flags: Iterable[str]) -> None:
        for flag in flags:
            self._names.setdefault(flag.lower(), _SYSTEM.get(flag.lower(), flag))

    def discard(self, flags: Iterable[str]) -> None:
        for flag in flags:
            self._names.pop(flag.lower(), None)

    def __contains__(self, flag: str) -> bool:
        return flag.lower() in self._names

    def names(self) -> tuple[str, ...]:
        return tuple(self._names.values())


@dataclass(eq=False)
class Message:
    """A message. On servers with labels one message lies in several folders."""

    raw: bytes
    arrived: datetime
    flags: Flags
    number: int = field(default_factory=lambda: next(_numbers))
    """Names the content across folders (RFC 8474, EMAILID)."""
    thread: int = 0
    hidden: bool = False
    """SEARCH finds it and FETCH doesn't (Exchange, for a while: MailKit#1615, #908)."""

    def __post_init__(self) -> None:
        self.thread = self.thread or self.number

    @property
    def header(self) -> bytes:
        """With the empty line that ends it."""
        found = re.search(rb"\r?\n\r?\n", self.raw)
        return self.raw[: found.end()] if found else self.raw

    def fields(self, *names: str) -> list[bytes]:
        """Header fields of these names as they stand, each with its folds and its line end."""
        wanted = {name.lower().encode() for name in names}
        lines = re.findall(rb"[^\r\n]+\r?\n(?:[ \t]+[^\r\n]*\r?\n)*", self.header)
        return [each for each in lines if each.partition(b":")[0].strip().lower() in wanted]

    def values(self, name: str) -> list[str]:
        """The values of a header field, unfolded."""
        found = [each.partition(b":")[2].decode("utf-8", "replace") for each in self.fields(name)]
        return [re.sub(r"\r?\n(?=[ \t])", "", value).strip() for value in found]


@dataclass(eq=False)
class Folder:
    """A folder: its messages by UID, in ascending order."""

    box: Box
    uidvalidity: int = field(default_factory=lambda: next(_validities))
    uidnext: int = 1
    messages: dict[int, Message] = field(default_factory=dict)
    read_only: bool = False

    @property
    def name(self) -> str:
        return self.box.name

    def put(self, message: Message) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.messages[uid] = message
        return uid

    def uids_of(self, message: Message) -> list[int]:
        return [uid for uid, each in self.messages.items() if each is message]


class User:
    """One user's mail, where a message lies in one folder and a copy is another message."""

    def __init__(self, name: str, password: str, profile: Profile, roles: Sequence[str]) -> None:
        self.name = name
        self.password = password
        self.token = f"token-of-{name}"
        self.profile = profile
        self.keywords = profile.keywords
        self.permanent = profile.permanent
        self.room = 10**9
        """Bytes that may still be stored."""
        self.lock = threading.RLock()
        self.folders: dict[str, Folder] = {}
        self._watchers: list[Callable[[], None]] = []
        optional = {"drafts", "sent", "trash"} - set(roles)
        for box in profile.boxes:
            if box.role not in optional:
                self.folders[box.name] = Folder(box)

    # --- folders ---

    def folder(self, name: str) -> Folder | None:
        """By its name; INBOX in any case."""
        inbox = name.upper() == INBOX
        return next((f for f in self.folders.values() if f.name == name or (inbox and f.box.role == "inbox")), None)  # fmt: skip

    def role(self, role: str) -> Folder | None:
        return next((f for f in self.folders.values() if f.box.role == role), None)

    def create(self, name: str) -> Folder:
        self.folders[name] = Folder(Box("", name))
        return self.folders[name]

    def renumber(self, folder: Folder) -> None:
        """The same messages under other UIDs: a mailbox that was deleted and made again."""
        with self.lock:
            old, folder.messages = folder.messages, {}
            folder.uidvalidity, folder.uidnext = next(_validities), 7
            for message in old.values():
                folder.put(message)
            self.changed()

    # --- messages ---

    def deliver(
        self, folder: Folder, raw: bytes, arrived: datetime, flags: Iterable[str] = ()
    ) -> int:
        """The world's mail, or what a client appends; its UID.

        Raises:
            NoRoom: and nothing was stored.
        """
        with self.lock:
            if len(raw) > self.room:
                raise NoRoom
            self.room -= len(raw)
            uid = self._place(folder, Message(raw, arrived, Flags(flags)))
            self.changed()
            return uid

    def copy(self, source: Folder, uid: int, target: Folder) -> int:
        """A copy in another folder; its UID there."""
        message = source.messages[uid]
        if self.profile.moves_into and target.name.startswith(self.profile.moves_into):
            del source.messages[uid]
            return target.put(message)
        flags = Flags(message.flags.names())
        copied = Message(message.raw, message.arrived, flags, message.number, message.thread)
        return self._place(target, copied)

    def remove(self, folder: Folder, uid: int) -> None:
        """Expunge one message."""
        with self.lock:
            del folder.messages[uid]
            self.changed()

    def flag(self, message: Message, change: str, flags: Sequence[str]) -> None:
        """Add (+), remove (-) or set (empty) flags, as far as the server keeps them.

        `flags` has passed :meth:`kept`.
        """
        if change == "":
            fixed = () if self.profile.draft_settable else ("\\Draft",)
            message.flags.discard(set(message.flags.names()) - set(fixed))
        (message.flags.discard if change == "-" else message.flags.add)(flags)

    def kept(self, flags: Sequence[str], *, appending: bool) -> list[str]:
        """Those that the server stores; keywords by its habit, system flags if permanent."""
        permanent = {flag.lower() for flag in self.permanent}
        kept = []
        for flag in flags:
            if flag.startswith("\\"):
                settable = flag.lower() in permanent
                fixed = flag.lower() == "\\draft" and not self.profile.draft_settable
                if appending or (settable and not fixed):
                    kept.append(flag)
            elif self.keywords is Keywords.KEPT or flag.lower() in permanent:
                kept.append(flag)
        return kept

    def _place(self, folder: Folder, message: Message) -> int:
        return folder.put(message)

    # --- who looks on ---

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a function called, by any thread, after every change."""
        with self.lock:
            self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        with self.lock:
            self._watchers.remove(watcher)

    @property
    def connections(self) -> int:
        return len(self._watchers)

    def changed(self) -> None:
        for watcher in self._watchers:
            watcher()
