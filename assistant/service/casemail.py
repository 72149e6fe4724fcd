"""The messages of a case, from wherever they lie now: fetched when somebody needs their words, and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.errors import UnreadableMail
from assistant.model import Fetched, Message
from assistant.service.ports import Mailbox
from assistant.store import Place


@dataclass(frozen=True, slots=True)
class Found:
    """A message of a case, and where it lies."""

    place: Place
    folder: str
    fetched: Fetched
    message: Message


MOST_LOOKS = 60


class CaseMail:
    """One account's mail, for one purpose: what it may cost to look for what was moved is bounded in all.

    Args:
        read: bytes to a message, or to its header alone.
        inbox: the folder's name.
        looks: into how many folders it is looked for what is not in its place.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        read: Callable[[bytes], Message],
        inbox: str,
        looks: int = MOST_LOOKS,
    ) -> None:
        self._mailbox = mailbox
        self._read = read
        self._inbox = inbox
        self._looks = looks

    def find(self, places: Sequence[Place]) -> list[Found]:
        """Messages as far as they are anywhere, in their order; those that were moved are looked for.

        Raises:
            MailboxError: at the mailbox.
        """
        found = {each.place.identity: each for each in self.each(places)}
        return [found[each.identity] for each in places if each.identity in found]

    def each(self, places: Sequence[Place]) -> Iterator[Found]:
        """The same of however many, each once and as it comes: in few commands, and never all in memory.

        Raises:
            MailboxError: at the mailbox.
        """
        missing = {each.identity: each for each in places}
        if not missing:
            return
        for found in self._in_place(places):
            if missing.pop(found.place.identity, None) is not None:
                yield found
        yield from self._moved(missing)

    def _in_place(self, places: Sequence[Place]) -> Iterator[Found]:
        """Those that are where they were last seen."""
        opened = self._mailbox.open()
        here = _by_uid(places, self._inbox, opened.uidvalidity)
        for each in self._mailbox.fetch(sorted(here)):
            yield from self._if_it_is(here[each.uid], self._inbox, each)
        for folder in self._mailbox.sent.folders():
            there = _by_uid(places, folder.name, folder.uidvalidity)
            for each in self._mailbox.sent.fetch(folder.name, sorted(there)) if there else ():
                yield from self._if_it_is(there[each.uid], folder.name, each)

    def _moved(self, missing: dict[str, Place]) -> Iterator[Found]:
        """Messages that are not where they were, from wherever their user has put them."""

        def days() -> set[date]:
            if not missing or self._looks <= 0:
                return set()
            self._looks -= 1
            return {each.entry.at.date() for each in missing.values()}

        for folder, each in self._mailbox.elsewhere.find(
            days, lambda header: self._is_missing(header, missing)
        ):
            message = self._message(each.raw)
            if message is not None and message.identity in missing:
                yield Found(missing.pop(message.identity), folder, each, message)

    def _if_it_is(self, place: Place, folder: str, fetched: Fetched) -> Iterator[Found]:
        """Nothing, where another message is in its place."""
        message = self._message(fetched.raw)
        if message is not None and message.identity == place.identity:
            yield Found(place, folder, fetched, message)

    def _is_missing(self, header: bytes, missing: Container[str]) -> bool:
        message = self._message(header)
        return message is not None and message.identity in missing

    def _message(self, raw: bytes) -> Message | None:
        """None where it can't be read."""
        try:
            return self._read(raw)
        except UnreadableMail:
            return None


def _by_uid(places: Sequence[Place], folder: str, uidvalidity: int) -> Mapping[int, Place]:
    return {
        each.location.uid: each
        for each in places
        if (each.location.mailbox, each.location.uidvalidity) == (folder, uidvalidity)
    }
