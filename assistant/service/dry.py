"""The dry run's mailbox: reads for real, and only remembers what it was told to write.

Everything above it is the real run: the same pass, the same performer, a copy of the state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from assistant.model import Fetched, FolderStatus, Opened, Place
from assistant.service.ports import Copies, Elsewhere, Mailbox, Sent

_MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>\r\n]+>)\r$", re.MULTILINE)


class DryMailbox:
    """A mailbox whose writes are pretended, and seen by its own reads afterwards."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._keywords: dict[int, set[str]] = {}
        self._drafts: set[str] = set()
        self.copies: Copies = _DryCopies(mailbox.copies)
        self.sent: Sent = mailbox.sent
        self.elsewhere: Elsewhere = mailbox.elsewhere

    def open(self) -> Opened:
        return self._mailbox.open()

    def uids_from(self, first: int) -> list[int]:
        return self._mailbox.uids_from(first)

    def uids_since(self, day: date) -> list[int]:
        return self._mailbox.uids_since(day)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        return self._mailbox.fetch(uids)

    def lists(self, uid: int) -> bool:
        return self._mailbox.lists(uid)

    def flags(self, uid: int) -> frozenset[str] | None:
        flags = self._mailbox.flags(uid)
        return flags if flags is None else flags | self._keywords.get(uid, set())

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        found = self._mailbox.flags_of(uids, anew=anew)
        return {uid: each | self._keywords.get(uid, set()) for uid, each in found.items()}

    def add_keyword(self, uid: int, keyword: str) -> None:
        self._keywords.setdefault(uid, set()).add(keyword.casefold())

    def drafts_status(self) -> FolderStatus:
        return self._mailbox.drafts_status()

    def find_draft(self, message_id: str) -> Place | None:
        return Place.DRAFTS if message_id in self._drafts else self._mailbox.find_draft(message_id)

    def answered(self, message_id: str, since: date) -> bool:
        return self._mailbox.answered(message_id, since)

    def drafts_from(self, first: int) -> dict[int, str]:
        return self._mailbox.drafts_from(first)

    def append_draft(self, raw: bytes) -> None:
        found = _MESSAGE_ID.search(raw)
        assert found is not None, "every draft of ours has a Message-ID"
        self._drafts.add(found[1].decode("ascii"))


class _DryCopies:
    """The folder for copies, into which nothing is put."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._put: set[int] = set()
        self._created = False

    def status(self) -> FolderStatus | None:
        there = self._copies.status()
        return FolderStatus("", 0, 1) if there is None and self._created else there

    def create(self) -> None:
        self._created = True

    def find(self, uid: int) -> bool:
        return uid in self._put or (not self._created and self._copies.find(uid))

    def arrivals(self, uid: int, first: int) -> dict[int, bool]:
        return {} if self._created else self._copies.arrivals(uid, first)

    def put(self, uid: int) -> None:
        self._put.add(uid)
