"""What the user has sent, from whatever mail program: read, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from assistant.errors import ConnectionLost, MailboxError
from assistant.mailbox.batches import all_flags, batches, body, imap_date
from assistant.mailbox.commands import Commands
from assistant.mailbox.folders import Folder, find_role
from assistant.model import Fetched, FolderStatus

SENT_BYTES = 65_536
"""How much of a sent message is fetched: its words stand before what is attached."""


class Sent:
    """The folders that sent mail lies in: the server's own, and those that a mail program has made for itself.

    Args:
        folders: the server's folders.
        name: the folder, as configured; empty where it is to be found.
    """

    def __init__(
        self, server: Commands, folders: Callable[[], tuple[Folder, ...]], name: str
    ) -> None:
        self._server = server
        self._folders = folders
        self._name = name

    def folders(self) -> tuple[FolderStatus, ...]:
        """Each as it is now; none where none was found. One that is refused hides no other.

        Raises:
            MailboxError: where the configured one does not exist, or all are refused.
        """
        there: list[FolderStatus] = []
        refusal: MailboxError | None = None
        for name in find_role(self._folders(), "sent", self._name):
            try:
                there.append(self._server.status(name))
            except ConnectionLost:
                raise
            except MailboxError as error:
                refusal = error
        if refusal is not None and not there:
            raise refusal
        return tuple(there)

    def uids(self, folder: str, first: int, since: date | None = None) -> list[int]:
        """UIDs of at least `first`, ascending; of those that arrived on a day or later, where one is given."""
        self._server.select(folder, read_only=True)  # anew: what came since is not in an old view
        criteria = ("SINCE", imap_date(since)) if since else ("UID", f"{first}:*")
        return [uid for uid in self._server.search(*criteria) if uid >= first]

    def fetch(self, folder: str, uids: list[int]) -> Iterator[Fetched]:
        """The first bytes of messages, in the order given; those that are gone are left out."""
        for batch in batches(uids):
            self._open(folder)
            yield from first_bytes(self._server, batch)

    def _open(self, folder: str) -> None:
        if self._server.selected != folder:
            self._server.select(folder, read_only=True)


def first_bytes(server: Commands, uids: list[int]) -> Iterator[Fetched]:
    """Of messages in the folder that is open, in one command and in the order given; those that are gone are left out."""
    found = server.fetch_each(
        uids, "RFC822.SIZE", "INTERNALDATE", "FLAGS", f"BODY.PEEK[]<0.{SENT_BYTES}>"
    )
    for uid in uids:
        item = found.get(uid, {})
        raw = body(item)
        if raw is not None:
            size = int(item.get(b"RFC822.SIZE", len(raw)))
            yield Fetched(uid, raw[:SENT_BYTES], all_flags(item), item.get(b"INTERNALDATE"), size)
