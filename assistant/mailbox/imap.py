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
from assistant.mailbox import session
from assistant.mailbox.folders import Folder, find_drafts, find_role
from assistant.mailbox.session import Server, quiet, translated
from assistant.mailbox.wire import DRAFT_FLAGS, argument
from assistant.model import FIRST_BYTES, DraftsStatus, Fetched, Opened, Place

BATCH_UIDS = 250
BATCH_LINE = 4_000
"""Bytes of a list of UIDs; Courier closes the connection on lines of 5 to 20 KB."""
MOST_SENT = 1_000
"""Sent messages, the newest, in which an answer is looked for."""
BATCH_BYTES = 8 * 1024 * 1024
FETCH_SECONDS = 300.0
_ID = re.compile(rb"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Names:
    """The folders as configured; empty where they are to be found."""

    inbox: str = "INBOX"
    drafts: str = ""
    sent: str = ""
    trash: str = ""


class ImapMailbox:
    """One account's mailbox. Not thread-safe: one connection, one thread."""

    def __init__(
        self,
        server: Server,
        names: Names | None = None,
        tap: Callable[[str], None] = quiet,
    ) -> None:
        self._host = server.host
        self._names = names or Names()
        self._client = session.connect(server, tap)
        self._selected = ""
        self._opened: Opened | None = None
        self._folders: tuple[Folder, ...] | None = None

    def close(self) -> None:
        session.close(self._client)

    # --- the inbox ---

    def open(self) -> Opened:
        """Select the inbox (again) and say what it is now.

        Raises:
            MailboxError: where it doesn't exist or can't be opened.
        """
        self._folders = None  # the user may have made a Drafts folder since
        self._opened = self._select(self._names.inbox, read_only=False)
        return self._opened

    def uids_from(self, first: int) -> list[int]:
        """UIDs of at least `first`, ascending. (Servers answer ``n:*`` with the last message even
        where its UID is less.)"""
        return [uid for uid in self._search("UID", f"{first}:*") if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        """UIDs of the messages that arrived on a day or later, ascending."""
        return self._search("SINCE", imap_date(day))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """The first bytes of messages, in the order given; those that are gone are left out."""
        for batch in batches(uids):
            sizes = self._fetch_each(batch, "RFC822.SIZE", "FLAGS", "INTERNALDATE")
            known = [uid for uid in batch if b"RFC822.SIZE" in sizes.get(uid, {})]
            for group in _groups(known, {uid: int(sizes[uid][b"RFC822.SIZE"]) for uid in known}):
                found = self._fetch_each(group, f"BODY.PEEK[]<0.{FIRST_BYTES}>")
                for uid in group:
                    raw = _body(found.get(uid, {}))
                    if raw is not None:
                        size = int(sizes[uid][b"RFC822.SIZE"])
                        arrived = sizes[uid].get(b"INTERNALDATE")
                        yield Fetched(uid, raw, _flags(sizes[uid]), arrived, size)

    def _fetch_each(self, uids: Sequence[int], *items: str) -> dict[int, Any]:
        """A FETCH that one message can't spoil for the others: refused together, one by one.

        Raises:
            RefusedByServer: where every one of several is refused: the fault is the server's.
        """
        try:
            return self._fetch(uids, *items, seconds=FETCH_SECONDS)
        except RefusedByServer:
            found: dict[int, Any] = {}
            for uid in uids:
                with contextlib.suppress(RefusedByServer):
                    found.update(self._fetch([uid], *items, seconds=FETCH_SECONDS))
            if len(uids) > 1 and not found:
                raise
            return found

    def flags(self, uid: int) -> frozenset[str] | None:
        """A message's flags in lower case; None where it is gone."""
        found = self._fetch([uid], "FLAGS").get(uid)
        return None if found is None else _flags(found)

    def add_keyword(self, uid: int, keyword: str) -> None:
        """Set a keyword. Servers may drop it in silence: read the flags back."""
        self._inbox()
        with translated(self._host), self._client.command("UID STORE"):
            self._client.add_flags([uid], [argument(keyword)])

    # --- drafts ---

    def drafts_status(self) -> DraftsStatus:
        """Drafts as it is now.

        Raises:
            MailboxError: where Drafts is missing or doubtful.
        """
        name = find_drafts(self._list(), self._names.drafts)
        with translated(self._host), self._client.command("STATUS"):
            status = self._client.folder_status(name, ["UIDVALIDITY", "UIDNEXT"])
        try:
            return DraftsStatus(name, int(status[b"UIDVALIDITY"]), int(status[b"UIDNEXT"]))
        except KeyError as error:
            raise MailboxError(f"{name}: the server gives no UIDVALIDITY or UIDNEXT") from error

    def find_draft(self, message_id: str) -> Place | None:
        """Where a draft of ours is now, looked for in Drafts, Sent and Trash in this order."""
        folders = self._list()
        looked: list[tuple[Place, str]] = [(Place.DRAFTS, find_drafts(folders, self._names.drafts))]
        looked += [(Place.SENT, name) for name in find_role(folders, "sent", self._names.sent)]
        looked += [(Place.TRASH, name) for name in find_role(folders, "trash", self._names.trash)]
        for place, name in looked:
            self._select(name, read_only=True)
            if self._search("HEADER", "Message-ID", message_id, here=True):
                return place
        return None

    def answered(self, message_id: str, since: date) -> bool:
        """Whether a message in Sent, sent since a day, names this one as what it answers.

        The headers are fetched and compared here: a stranger's Message-ID is no part of a command.
        """
        for name in find_role(self._list(), "sent", self._names.sent):
            self._select(name, read_only=True)
            uids = self._search("SINCE", imap_date(since), here=True)[-MOST_SENT:]
            for batch in batches(uids):
                found = self._fetch(
                    batch, "BODY.PEEK[HEADER.FIELDS (IN-REPLY-TO REFERENCES)]", here=True
                )
                wanted = message_id.encode()
                if any(wanted in _ID.findall(_body(each) or b"") for each in found.values()):
                    return True
        return False

    def drafts_from(self, first: int) -> dict[int, str]:
        """UID -> Message-ID ("" if none) of everything in Drafts from UID `first` up."""
        self._select(find_drafts(self._list(), self._names.drafts), read_only=True)
        uids = [uid for uid in self._search("UID", f"{first}:*", here=True) if uid >= first]
        found: dict[int, str] = {}
        for batch in batches(uids):
            answer = self._fetch(batch, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", here=True)
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
        name = find_drafts(self._list(), self._names.drafts)
        self._client.gate.drafts = self._client._normalise_folder(name)
        with translated(self._host), self._client.command("APPEND"):
            self._client.append(name, raw, DRAFT_FLAGS)

    # --- the wire ---

    def _list(self) -> tuple[Folder, ...]:
        if self._folders is None:
            with translated(self._host), self._client.command("LIST"):
                listed = self._client.list_folders()
            self._folders = tuple(
                Folder(
                    str(name),
                    frozenset(flag.decode("ascii", "replace").lower() for flag in flags),
                    (delimiter or b"").decode("ascii", "replace"),
                )
                for flags, delimiter, name in listed
            )
        return self._folders

    def _inbox(self) -> None:
        """Make the inbox the selected folder again, if a look into Drafts has changed that."""
        if self._selected == self._names.inbox:
            return
        before = self._opened
        again = self._select(self._names.inbox, read_only=False)
        if before is not None and again.uidvalidity != before.uidvalidity:
            raise ConnectionLost(f"{self._names.inbox} was replaced by another mailbox meanwhile")

    def _select(self, name: str, *, read_only: bool) -> Opened:
        self._selected = ""
        verb = "EXAMINE" if read_only else "SELECT"
        try:
            with translated(self._host), self._client.command(verb):
                answer = self._client.select_folder(name, readonly=read_only)
        except RefusedByServer as error:
            if error.code == "READ-ONLY":
                return self._select(name, read_only=True)
            raise MailboxError(
                f'the folder "{name}" can\'t be opened: {error.message}',
                hint="check its name in config.toml; it is spelt as the server spells it",
            ) from error
        self._selected = name
        uidnext = answer.get(b"UIDNEXT")
        with translated(self._host):
            if uidnext is None:  # Courier leaves it out
                with self._client.command("STATUS"):
                    uidnext = self._client.folder_status(name, ["UIDNEXT"])[b"UIDNEXT"]
            return Opened(
                uidvalidity=int(answer[b"UIDVALIDITY"]),
                uidnext=int(uidnext),
                messages=int(answer[b"EXISTS"]),
                permanent_flags=frozenset(
                    flag.decode("ascii", "replace").lower()
                    for flag in answer.get(b"PERMANENTFLAGS", ())
                ),
                read_only=b"READ-WRITE" not in answer,
            )

    def _search(self, *criteria: str, here: bool = False) -> list[int]:
        if not here:
            self._inbox()
        with translated(self._host), self._client.command("UID SEARCH"):
            return sorted(int(uid) for uid in self._client.search([argument(c) for c in criteria]))

    def _fetch(
        self, uids: Sequence[int], *items: str, here: bool = False, seconds: float = 60.0
    ) -> dict[int, Any]:
        if not here:
            self._inbox()
        with translated(self._host), self._client.command("UID FETCH", seconds):
            return dict(self._client.fetch(list(uids), list(items)))

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
