"""Copies of unhappy mail in a folder of their own, for servers and mail programs that show no other mark.

Only where the config asks for it. A copy is recognised by what it is a copy of: size and the
headers that name a message, compared here; no stranger's header becomes part of a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.errors import MailboxError
from assistant.mailbox.batches import batches, body
from assistant.mailbox.commands import Commands
from assistant.mailbox.folders import Folder
from assistant.model import FolderStatus

MOST_COPIES = 2_000
"""UIDs, the newest, among which a copy is looked for."""
_NAMES = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]"
Key = tuple[int, bytes]


class Copies:
    """The folder that copies go into.

    Args:
        select_inbox: makes the inbox the selected folder.
        folders: the server's folders.
        name: the folder, as configured; empty for none.
    """

    def __init__(
        self,
        server: Commands,
        select_inbox: Callable[[], None],
        folders: Callable[[], tuple[Folder, ...]],
        name: str,
    ) -> None:
        self._server = server
        self._select_inbox = select_inbox
        self._folders = folders
        self._name = name
        self._made = False

    def status(self) -> FolderStatus | None:
        """The folder as it is now; None where there is none.

        Raises:
            MailboxError: where a copy into it would take the original away.
        """
        folders = self._folders()
        if self._name.startswith("Folders/") and any(each.name == "Labels" for each in folders):
            raise MailboxError(
                f'"{self._name}" is a folder of Proton\'s: a copy there would move the original',
                hint='take a label instead: mark_folder = "Labels/…"',
            )
        if not self._made and not any(
            each.name == self._name and each.selectable for each in folders
        ):
            return None
        return self._server.status(self._name)

    def create(self) -> None:
        """Make the folder."""
        self._server.create(self._name)
        self._made = True  # the list of folders may be one from before

    def find(self, uid: int) -> bool:
        """Whether a copy of a message of the inbox lies there."""
        status = self.status()
        if status is None:
            return False
        return any(self.arrivals(uid, max(1, status.uidnext - MOST_COPIES)).values())

    def arrivals(self, uid: int, first: int) -> dict[int, bool]:
        """UID -> whether it is a copy of that message, of everything there from UID `first` up."""
        self._select_inbox()
        wanted = self._keys([uid]).get(uid)
        self._server.select(self._name, read_only=True)
        there = [each for each in self._server.search("UID", f"{first}:*") if each >= first]
        found = {each: key for batch in batches(there) for each, key in self._keys(batch).items()}
        return {each: wanted is not None and found.get(each) == wanted for each in there}

    def put(self, uid: int) -> None:
        """Copy a message of the inbox there.

        Raises:
            RefusedByServer: nothing was copied.
            ConnectionLost: it may or may not have been.
        """
        self._select_inbox()
        self._server.copy(uid, self._name)

    def _keys(self, uids: Sequence[int]) -> dict[int, Key]:
        answer: dict[int, Any] = self._server.fetch(uids, "RFC822.SIZE", _NAMES)
        return {
            uid: (int(item[b"RFC822.SIZE"]), body(item) or b"")
            for uid, item in answer.items()
            if b"RFC822.SIZE" in item
        }
