"""The mailbox that the service works on, over IMAP.

Reads with PEEK only, writes a keyword or a draft and nothing else. No text of a message is ever
part of a command: messages are named by UID, drafts by an id of our own making.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.errors import ConnectionLost, MailboxError, RefusedByServer
from assistant.mailbox.commands import Commands
from assistant.mailbox.folders import Folder, find_drafts, find_role
from assistant.mailbox.session import Server, quiet
from assistant.model import FIRST_BYTES, DraftsStatus, Fetched, Opened, Place
from assistant.pause import Pause, Woke

BATCH_UIDS = 250
BATCH_LINE = 4_000
"""Bytes of a list of UIDs; Courier closes the connection on lines of 5 to 20 KB."""
MOST_SENT = 1_000
"""Sent messages, the newest, in which an answer is looked for."""
BATCH_BYTES = 8 * 1024 * 1024
_ID = re.compile(rb"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Names:
    """The folders as configured; empty where they are to be found."""

    inbox: str = "INBOX"
    drafts: str = ""
    sent: str = ""
    trash: str = ""


class ImapMailbox:
    """One account's mailbox. Not thread-safe: one connection, one thread.

    Args:
        idle: False where the server's IDLE is not to be used.
    """

    def __init__(
        self,
        server: Server,
        names: Names | None = None,
        tap: Callable[[str], None] = quiet,
        *,
        idle: bool = True,
    ) -> None:
        self._names = names or Names()
        self._server = Commands(server, tap)
        self._idles = idle and self._server.has("IDLE")
        self._opened: Opened | None = None
        self._folders: tuple[Folder, ...] | None = None

    def close(self) -> None:
        self._server.close()

    # --- the inbox ---

    def open(self) -> Opened:
        """Select the inbox (again) and say what it is now.

        Raises:
            MailboxError: where it doesn't exist or can't be opened.
        """
        self._folders = None  # the user may have made a Drafts folder since
        self._opened = self._server.select(self._names.inbox, read_only=False)
        return self._opened

    def uids_from(self, first: int) -> list[int]:
        """UIDs of at least `first`, ascending. (Servers answer ``n:*`` with the last message even
        where its UID is less.)"""
        self._inbox()
        return [uid for uid in self._server.search("UID", f"{first}:*") if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        """UIDs of the messages that arrived on a day or later, ascending."""
        self._inbox()
        return self._server.search("SINCE", imap_date(day))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """The first bytes of messages, in the order given; those that are gone are left out."""
        for batch in batches(uids):
            self._inbox()
            sizes = self._server.fetch_each(batch, "RFC822.SIZE", "FLAGS", "INTERNALDATE")
            known = [uid for uid in batch if b"RFC822.SIZE" in sizes.get(uid, {})]
            for group in _groups(known, {uid: int(sizes[uid][b"RFC822.SIZE"]) for uid in known}):
                self._inbox()
                found = self._server.fetch_each(group, f"BODY.PEEK[]<0.{FIRST_BYTES}>")
                for uid in group:
                    raw = _body(found.get(uid, {}))
                    if raw is not None:
                        size = int(sizes[uid][b"RFC822.SIZE"])
                        arrived = sizes[uid].get(b"INTERNALDATE")
                        yield Fetched(uid, raw, _flags(sizes[uid]), arrived, size)

    def flags(self, uid: int) -> frozenset[str] | None:
        """A message's flags in lower case; None where it is gone."""
        self._inbox()
        found = self._server.fetch([uid], "FLAGS").get(uid)
        return None if found is None else _flags(found)

    def add_keyword(self, uid: int, keyword: str) -> None:
        """Set a keyword. Servers may drop it in silence: read the flags back."""
        self._inbox()
        self._server.add_flag(uid, keyword)

    # --- waiting ---

    @property
    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return self._idles

    def wait(self, seconds: float, pause: Pause) -> Woke:
        """Until there may be new mail, or `seconds` have passed.

        The inbox is selected first: what came since it was last looked at, while another folder
        was selected, is nothing that a server would still push.

        Raises:
            ConnectionLost: the connection broke, or the inbox is another one.
        """
        again = self._server.select(self._names.inbox, read_only=False)
        if self._opened is None or again.uidnext > self._opened.uidnext:
            return Woke.BYTES
        self._same(again)
        if self._idles:
            try:
                return self._server.idle(seconds, pause)
            except RefusedByServer:
                self._idles = False  # it said it could
        return self._server.sit(seconds, pause)

    # --- drafts ---

    def drafts_status(self) -> DraftsStatus:
        """Drafts as it is now.

        Raises:
            MailboxError: where Drafts is missing or doubtful.
        """
        return self._server.status(find_drafts(self._list(), self._names.drafts))

    def find_draft(self, message_id: str) -> Place | None:
        """Where a draft of ours is now, looked for in Drafts, Sent and Trash in this order."""
        folders = self._list()
        looked: list[tuple[Place, str]] = [(Place.DRAFTS, find_drafts(folders, self._names.drafts))]
        looked += [(Place.SENT, name) for name in find_role(folders, "sent", self._names.sent)]
        looked += [(Place.TRASH, name) for name in find_role(folders, "trash", self._names.trash)]
        for place, name in looked:
            self._server.select(name, read_only=True)
            if self._server.search("HEADER", "Message-ID", message_id):
                return place
        return None

    def answered(self, message_id: str, since: date) -> bool:
        """Whether a message in Sent, sent since a day, names this one as what it answers.

        The headers are fetched and compared here: a stranger's Message-ID is no part of a command.
        """
        for name in find_role(self._list(), "sent", self._names.sent):
            self._server.select(name, read_only=True)
            uids = self._server.search("SINCE", imap_date(since))[-MOST_SENT:]
            for batch in batches(uids):
                found = self._server.fetch(
                    batch, "BODY.PEEK[HEADER.FIELDS (IN-REPLY-TO REFERENCES)]"
                )
                wanted = message_id.encode()
                if any(wanted in _ID.findall(_body(each) or b"") for each in found.values()):
                    return True
        return False

    def drafts_from(self, first: int) -> dict[int, str]:
        """UID -> Message-ID ("" if none) of everything in Drafts from UID `first` up."""
        self._server.select(find_drafts(self._list(), self._names.drafts), read_only=True)
        uids = [uid for uid in self._server.search("UID", f"{first}:*") if uid >= first]
        found: dict[int, str] = {}
        for batch in batches(uids):
            answer = self._server.fetch(batch, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
            for uid in batch:
                ids = _ID.findall(_body(answer.get(uid, {})) or b"")
                found[uid] = ids[0].decode("ascii", "replace") if ids else ""
        return found

    def append_draft(self, raw: bytes) -> None:
        """Lay one message into Drafts, as a draft that has been seen.

        Raises:
            RefusedByServer: with the RFC 5530 code; nothing was stored.
            ConnectionLost: it may or may not have been stored.
        """
        self._server.append_draft(find_drafts(self._list(), self._names.drafts), raw)

    # --- folders ---

    def _list(self) -> tuple[Folder, ...]:
        if self._folders is None:
            self._folders = self._server.list_folders()
        return self._folders

    def _inbox(self) -> None:
        """Make the inbox the selected folder again, if a look into Drafts has changed that."""
        if self._server.selected != self._names.inbox:
            self._same(self._server.select(self._names.inbox, read_only=False))

    def _same(self, again: Opened) -> None:
        before = self._opened
        if before is not None and again.uidvalidity != before.uidvalidity:
            raise ConnectionLost(f"{self._names.inbox} was replaced by another mailbox meanwhile")

    def __enter__(self) -> ImapMailbox:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(MailboxError):
            self.close()


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def imap_date(day: date) -> str:
    """A day as SEARCH wants it, in English everywhere (RFC 9051 section 9, date-text)."""
    return f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year:04}"


def batches(uids: Sequence[int]) -> Iterator[list[int]]:
    """UIDs in lists that any server takes in one command."""
    batch: list[int] = []
    length = 0
    for uid in uids:
        size = len(str(uid)) + 1
        if batch and (len(batch) == BATCH_UIDS or length + size > BATCH_LINE):
            yield batch
            batch, length = [], 0
        batch.append(uid)
        length += size
    if batch:
        yield batch


def _groups(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """UIDs in lists whose first bytes together stay within :data:`BATCH_BYTES`."""
    group: list[int] = []
    total = 0
    for uid in uids:
        size = min(sizes[uid], FIRST_BYTES)
        if group and total + size > BATCH_BYTES:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group


def _body(item: dict[bytes, Any]) -> bytes | None:
    """The bytes of BODY[…], however the server spells what it answers."""
    for key, value in item.items():
        if key.startswith(b"BODY["):
            return value if isinstance(value, bytes) else b""
    return None


def _flags(item: dict[bytes, Any]) -> frozenset[str]:
    return frozenset(flag.decode("ascii", "replace").lower() for flag in item.get(b"FLAGS", ()))
