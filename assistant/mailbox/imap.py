"""The mailbox that the service works on, over IMAP.

Reads with PEEK only, writes a keyword or a draft and nothing else. No text of a message is ever
part of a command: messages are named by UID, drafts by an id of our own making.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.errors import MailboxError, RefusedByServer
from assistant.mailbox.batches import all_flags, batches, body, groups, imap_date
from assistant.mailbox.commands import Commands
from assistant.mailbox.copies import Copies
from assistant.mailbox.elsewhere import Elsewhere
from assistant.mailbox.folders import Folder, find_drafts, find_role
from assistant.mailbox.inbox import Inbox
from assistant.mailbox.people import People
from assistant.mailbox.sent import Sent
from assistant.mailbox.servers import kind_of
from assistant.mailbox.session import Server, quiet
from assistant.model import FIRST_BYTES, Fetched, FolderStatus, Opened, Place
from assistant.pause import Pause, Woke

MOST_SENT = 1_000
"""Sent messages, the newest, in which an answer is looked for."""
MOST_DRAFTS = 2_000
"""UIDs, the newest, whose headers are read where the server's search can't be believed."""
_ID = re.compile(rb"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Names:
    """The folders as configured; empty where they are to be found."""

    inbox: str = "INBOX"
    drafts: str = ""
    sent: str = ""
    trash: str = ""
    copies: str = ""


class ImapMailbox:
    """One account's mailbox. Not thread-safe: one connection, one thread.

    Args:
        idle: False where the server's IDLE is not to be used.
        labels: whether messages are marked with labels where the server has them (Gmail).
    """

    def __init__(
        self,
        server: Server,
        names: Names | None = None,
        tap: Callable[[str], None] = quiet,
        *,
        idle: bool = True,
        labels: bool = True,
    ) -> None:
        self._names = names or Names()
        self._server = Commands(server, tap)
        self._kind = kind_of(self._server.has, server.host)
        self._labels = labels and self._kind.labels
        tracks = self._server.has("CONDSTORE") and not self._kind.labels
        self._inbox = Inbox(self._server, self._names.inbox, self._items, tracks=tracks)
        self.copies = Copies(self._server, self._inbox.here, self._list, self._names.copies)
        self.elsewhere = Elsewhere(self._server, self._list, self._names.inbox)
        self.sent = Sent(self._server, self._list, self._names.sent)
        self.people = People(self._server, self._names.inbox)
        self._idles = idle and self._server.has("IDLE")
        self._folders: tuple[Folder, ...] | None = None

    def close(self) -> None:
        self._server.close()

    @property
    def has_labels(self) -> bool:
        """Whether a message is marked with a label where a keyword is asked for."""
        return self._labels

    # --- the inbox ---

    def open(self) -> Opened:
        """What the inbox is now.

        Raises:
            MailboxError: where it doesn't exist or can't be opened.
        """
        self._folders = None  # the user may have made a Drafts folder since
        opened = self._inbox.open()
        if self._labels:  # any label is kept; what is named are keywords, and no word of a label
            flags = {each for each in opened.permanent_flags if each.startswith("\\")}
            opened = replace(opened, permanent_flags=frozenset({*flags, "\\*"}))
        return opened

    def uids_from(self, first: int) -> list[int]:
        """UIDs of at least `first`, ascending. (Servers answer ``n:*`` with the last message even
        where its UID is less.)"""
        self._inbox.here()
        return [uid for uid in self._server.search("UID", f"{first}:*") if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        """UIDs of the messages that arrived on a day or later, ascending."""
        self._inbox.here()
        return self._server.search("SINCE", imap_date(day))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """The first bytes of messages, in the order given; those that are gone are left out."""
        for batch in batches(uids):
            self._inbox.here()
            sizes = self._server.fetch_each(batch, "RFC822.SIZE", "INTERNALDATE", *self._items)
            known = [uid for uid in batch if b"RFC822.SIZE" in sizes.get(uid, {})]
            for group in groups(known, {uid: int(sizes[uid][b"RFC822.SIZE"]) for uid in known}):
                self._inbox.here()
                found = self._server.fetch_each(group, f"BODY.PEEK[]<0.{FIRST_BYTES}>")
                for uid in group:
                    raw = body(found.get(uid, {}))
                    if raw is not None:
                        size = int(sizes[uid][b"RFC822.SIZE"])
                        arrived = sizes[uid].get(b"INTERNALDATE")
                        # Some servers send more than was asked for.
                        yield Fetched(uid, raw[:FIRST_BYTES], all_flags(sizes[uid]), arrived, size)

    @property
    def _items(self) -> tuple[str, ...]:
        """What shows how a message is marked."""
        return ("FLAGS", "X-GM-LABELS") if self._labels else ("FLAGS",)

    def lists(self, uid: int) -> bool:
        """Whether a message is there; Exchange lists some that it doesn't deliver yet."""
        self._inbox.here()
        return uid in self._server.search("UID", str(uid))

    def flags(self, uid: int) -> frozenset[str] | None:
        """A message's flags (and a user's labels) in lower case; None where it is gone."""
        self._inbox.here()
        found = self._server.fetch([uid], *self._items).get(uid)
        return None if found is None else all_flags(found)

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        """UID -> flags (and a user's labels); see :meth:`assistant.mailbox.inbox.Inbox.flags_of`."""
        return self._inbox.flags_of(uids, anew=anew)

    def add_keyword(self, uid: int, keyword: str) -> None:
        """Set a keyword, or a label in its stead. Servers may drop it in silence: read the flags back."""
        self._inbox.here()
        if self._labels and not keyword.startswith("\\"):
            self._server.add_label(uid, keyword)
        else:
            self._server.add_flag(uid, keyword)

    # --- waiting ---

    @property
    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return self._idles

    def wait(self, seconds: float, pause: Pause) -> Woke:
        """Until there may be new mail, or `seconds` have passed.

        What came since the inbox was last looked at, while another folder was selected, is nothing that a
        server would still push: it is looked for first.

        Raises:
            ConnectionLost: the connection broke, or the inbox is another one.
        """
        if self._inbox.has_more():
            return Woke.BYTES
        if self._idles:
            try:
                return self._server.idle(seconds, pause)
            except RefusedByServer:
                self._idles = False  # it said it could
        return self._server.sit(seconds, pause)

    # --- drafts ---

    def drafts_status(self) -> FolderStatus:
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
            if self._holds(name, message_id):
                return place
        return None

    def _holds(self, name: str, message_id: str) -> bool:
        """Whether a folder holds a message with an id of ours."""
        opened = self._server.select(name, read_only=True)
        if self._kind.header_search:
            with contextlib.suppress(RefusedByServer):
                return bool(self._server.search("HEADER", "Message-ID", message_id))
        return message_id in self._ids(max(1, opened.uidnext - MOST_DRAFTS)).values()

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
                if any(wanted in _ID.findall(body(each) or b"") for each in found.values()):
                    return True
        return False

    def drafts_from(self, first: int) -> dict[int, str]:
        """UID -> Message-ID ("" if none) of everything in Drafts from UID `first` up."""
        self._server.select(find_drafts(self._list(), self._names.drafts), read_only=True)
        return self._ids(first)

    def _ids(self, first: int) -> dict[int, str]:
        """The same of the selected folder."""
        uids = [uid for uid in self._server.search("UID", f"{first}:*") if uid >= first]
        found: dict[int, str] = {}
        for batch in batches(uids):
            answer = self._server.fetch(batch, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
            for uid in batch:
                ids = _ID.findall(body(answer.get(uid, {})) or b"")
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

    def __enter__(self) -> ImapMailbox:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(MailboxError):
            self.close()
