"""Messages that were moved out of the inbox by their user: looked for where they may be now, and only read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from assistant.errors import ConnectionLost, MailboxError
from assistant.mailbox.batches import all_flags, batches, body, imap_date
from assistant.mailbox.commands import Commands
from assistant.mailbox.folders import Folder, candidates
from assistant.mailbox.sent import SENT_BYTES
from assistant.model import Fetched

MOST_FOLDERS = 60
MOST_MESSAGES = 500
"""Of one day in one folder."""
_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)]"
_ARCHIVE = ("\\archive", "\\all")


class Elsewhere:
    """All folders but the inbox and Drafts; archives first.

    Args:
        folders: the server's folders.
        inbox: its name.
    """

    def __init__(
        self, server: Commands, folders: Callable[[], tuple[Folder, ...]], inbox: str
    ) -> None:
        self._server = server
        self._folders = folders
        self._inbox = inbox

    def find(
        self, days: Sequence[date], wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]:
        """Messages that arrived around some days, by the Message-ID and Date of their headers: folder and first bytes.

        A folder that can't be looked into is left out.

        Args:
            wanted: told the header lines of each.

        Raises:
            ConnectionLost: it ended in the middle.
        """
        for folder in self._others():
            try:
                for day in days:
                    yield from self._in(folder.name, day, wanted)
            except ConnectionLost:
                raise
            except MailboxError:
                continue

    def _others(self) -> list[Folder]:
        folders = self._folders()
        drafts = candidates(folders, "drafts")
        found = [
            each
            for each in folders
            if each.selectable and each.name != self._inbox and each.name not in drafts
        ]
        found.sort(key=lambda each: not each.attributes.intersection(_ARCHIVE))
        return found[:MOST_FOLDERS]

    def _in(
        self, name: str, day: date, wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]:
        if self._server.selected != name:
            self._server.select(name, read_only=True)
        first, last = day - timedelta(days=1), day + timedelta(days=2)
        uids = self._server.search("SINCE", imap_date(first), "BEFORE", imap_date(last))
        here = []
        for batch in batches(uids[-MOST_MESSAGES:]):
            found = self._server.fetch(batch, _HEADER)
            here += [uid for uid in batch if wanted(body(found.get(uid, {})) or b"")]
        for uid in here:
            with contextlib.suppress(KeyError):
                item = self._server.fetch(
                    [uid], "RFC822.SIZE", "INTERNALDATE", "FLAGS", f"BODY.PEEK[]<0.{SENT_BYTES}>"
                )[uid]
                raw = body(item) or b""
                size = int(item.get(b"RFC822.SIZE", len(raw)))
                yield (
                    name,
                    Fetched(
                        uid, raw[:SENT_BYTES], all_flags(item), item.get(b"INTERNALDATE"), size
                    ),
                )
