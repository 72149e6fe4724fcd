"""Messages that were moved out of the inbox by their user: looked for where they may be now, and only read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta

from assistant.errors import ConnectionLost, MailboxError
from assistant.mailbox.batches import batches, body, imap_date
from assistant.mailbox.commands import Commands
from assistant.mailbox.folders import Folder, candidates
from assistant.mailbox.sent import first_bytes
from assistant.model import Fetched

MOST_FOLDERS = 60
MOST_SPANS = 30
"""Spans of days in one folder, the newest; each is a search."""
MOST_MESSAGES = 5_000
"""Whose headers are read in one span of one folder, the newest."""
_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)]"
_LIKELY = frozenset({"\\archive", "\\all"})
_UNLIKELY = frozenset({"\\sent", "\\trash", "\\junk"})


class Elsewhere:
    """All folders but the inbox and Drafts; archives first, what nobody keeps mail in last.

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
        self, days: Callable[[], Collection[date]], wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]:
        """Messages that arrived around some days, by the Message-ID and Date of their headers: folder and first bytes.

        A folder that can't be looked into is left out.

        Args:
            days: asked before each folder; where there are none, that is the end.
            wanted: told the header lines of each.

        Raises:
            ConnectionLost: it ended in the middle.
        """
        for folder in self._others():
            spans = spans_around(days())
            if not spans:
                return
            try:
                for first, end in spans[:MOST_SPANS]:
                    yield from self._in(folder.name, first, end, wanted)
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
        found.sort(key=_likely)
        return found[:MOST_FOLDERS]

    def _in(
        self, name: str, first: date, end: date, wanted: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, Fetched]]:
        if self._server.selected != name:
            self._server.select(name, read_only=True)
        uids = self._server.search("SINCE", imap_date(first), "BEFORE", imap_date(end))
        here: list[int] = []
        for batch in batches(uids[-MOST_MESSAGES:]):
            found = self._server.fetch(batch, _HEADER)
            here += [uid for uid in batch if wanted(body(found.get(uid, {})) or b"")]
        for batch in batches(here):
            yield from ((name, each) for each in first_bytes(self._server, batch))


def spans_around(days: Collection[date]) -> list[tuple[date, date]]:
    """From the first day to the one after the last, with a day on each side for zones; the newest first."""
    spans: list[tuple[date, date]] = []
    for day in sorted(set(days), reverse=True):
        first, end = day - timedelta(days=1), day + timedelta(days=2)
        if spans and end >= spans[-1][0]:
            end = spans.pop()[1]
        spans.append((first, end))
    return spans


def _likely(folder: Folder) -> int:
    if folder.attributes & _LIKELY:
        return 0
    return 2 if folder.attributes & _UNLIKELY else 1
