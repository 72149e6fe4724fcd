"""The messages of a case, from wherever they lie now: fetched when somebody needs their words, and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from assistant.errors import UnreadableMail
from assistant.model import Fetched, Message
from assistant.service.ports import Mailbox
from assistant.store import Place

Found = tuple[Place, str, Fetched]
"""A message of a case, the folder that it lies in, and its first bytes."""


class CaseMail:
    """One account's mail.

    Args:
        read: bytes to a message, or to its header alone.
        inbox: the folder's name.
    """

    def __init__(self, mailbox: Mailbox, read: Callable[[bytes], Message], inbox: str) -> None:
        self._mailbox = mailbox
        self._read = read
        self._inbox = inbox

    def find(self, places: Sequence[Place]) -> list[Found]:
        """Messages as far as they are anywhere, oldest first; those that were moved are looked for.

        Raises:
            MailboxError: at the mailbox.
        """
        found = {each[0].identity: each for each in self.in_place(places)}
        found |= self._moved({e.identity: e for e in places if e.identity not in found})
        return [found[each.identity] for each in places if each.identity in found]

    def in_place(self, places: Sequence[Place]) -> Iterator[Found]:
        """Those that are where they were last seen."""
        opened = self._mailbox.open()
        here = _by_uid(places, self._inbox, opened.uidvalidity)
        for each in self._mailbox.fetch(sorted(here)):
            if self._is(here[each.uid], each):
                yield here[each.uid], self._inbox, each
        for folder in self._mailbox.sent.folders():
            there = _by_uid(places, folder.name, folder.uidvalidity)
            for each in self._mailbox.sent.fetch(folder.name, sorted(there)) if there else ():
                if self._is(there[each.uid], each):
                    yield there[each.uid], folder.name, each

    def _moved(self, missing: dict[str, Place]) -> dict[str, Found]:
        """Messages that are not where they were, from wherever their user has put them."""
        found: dict[str, Found] = {}
        if not missing:
            return found
        days = sorted({each.entry.at.date() for each in missing.values()})
        for folder, each in self._mailbox.elsewhere.find(
            days, lambda header: self._identity(header) in missing
        ):
            identity = self._identity(each.raw)
            if identity in missing:
                found[identity] = (missing.pop(identity), folder, each)
            if not missing:
                break
        return found

    def _is(self, place: Place, fetched: Fetched) -> bool:
        return self._identity(fetched.raw) == place.identity

    def _identity(self, raw: bytes) -> str:
        """What a message, or its header, is known by; empty where it can't be read."""
        try:
            return self._read(raw).identity
        except UnreadableMail:
            return ""


def _by_uid(places: Sequence[Place], folder: str, uidvalidity: int) -> Mapping[int, Place]:
    return {
        each.location.uid: each
        for each in places
        if (each.location.mailbox, each.location.uidvalidity) == (folder, uidvalidity)
    }
