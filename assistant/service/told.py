"""What the user tells of cases by keywords in their mail program, heard once.

The flags are those that corrections are looked for in, so a pass in which nothing was told costs no command. Here,
too, a conclusion needs a second look, and a keyword that the server promises to keep. We never write these keywords,
nor take them off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from assistant.cases.told import Put, notes_of, told
from assistant.errors import RefusedByServer
from assistant.model import CASE_KEYWORDS, Location, Note, Opened
from assistant.service.ports import Clock, Desk, Mailbox
from assistant.service.report import Report
from assistant.service.standing import AllowedFor, Standing, standings
from assistant.store import CaseBook, Thread, Watched

_KEYWORD_OF = {doing: keyword for keyword, doing in CASE_KEYWORDS.items()}
Looked = Mapping[int, tuple[Watched, frozenset[str]]]
"""By UID: a message, as it was at the last look, and its flags now."""


class Told:
    """Hears what one account's cases are told by keywords.

    Args:
        mailbox: the one that the messages were looked at in.
    """

    def __init__(
        self, mailbox: Mailbox, book: CaseBook, desk: Desk, allowed_for: AllowedFor, clock: Clock
    ) -> None:
        self._mailbox = mailbox
        self._book = book
        self._desk = desk
        self._allowed_for = allowed_for
        self._clock = clock

    def hear(self, looked: Looked, opened: Opened, report: Report) -> None:
        """Keep what is new, and which keywords each message bears.

        Of cases that are open: on any other message a keyword says nothing, nor will it where one is opened later.

        Raises:
            ConnectionLost: nothing was kept, and the next pass hears it.
        """
        changed: dict[int, frozenset[str]] = {}
        for uid, (watched, flags) in looked.items():
            now = _kept(flags, opened)
            unheard = watched.told is None and (now or watched.seen is not None)
            if unheard or now != (watched.told or frozenset()):
                changed[uid] = now
        shown = self._again(changed, opened)
        if not shown:
            return
        threads = {looked[uid][0].thread for uid, now in shown.items() if now}
        kept: list[tuple[Thread, Note]] = []
        for case in self._open(threads):
            puts = self._puts(case, looked, shown)
            entries = [each.entry for each in case.places]
            notes = notes_of(puts, case.notes, entries, self._clock())
            kept += [(case.thread, each) for each in notes]
        at = (self._desk.account, self._desk.inbox, opened.uidvalidity)
        places = {Location(*at, uid): now for uid, now in shown.items()}
        self._book.hear(self._desk.account, kept, places)
        report.told += [f"{thread.name}: {_KEYWORD_OF[note.doing]}" for thread, note in kept]

    def _again(
        self, changed: Mapping[int, frozenset[str]], opened: Opened
    ) -> dict[int, frozenset[str]]:
        """Those that a second look, at them alone, shows the same of.

        A server may put a word about another message into an answer; without a UID it would be taken for this one.
        And some mail programs take all keywords off for a moment to put one on.
        """
        if not changed:
            return {}
        try:
            flags = self._mailbox.flags_of(sorted(changed), anew=True)
        except RefusedByServer:
            return {}
        return {
            uid: now
            for uid, now in changed.items()
            if uid in flags and _kept(flags[uid], opened) == now
        }

    def _open(self, threads: Set[int | None]) -> Iterator[Standing]:
        """The open cases among these threads."""
        if not threads - {None}:
            return
        calling = self._desk.profile.calling
        every = standings(self._book, self._desk.account, self._clock(), calling, self._allowed_for)
        for each in every:
            if each.thread.number in threads and each.progress.open:
                yield each

    def _puts(
        self, case: Standing, looked: Looked, shown: Mapping[int, frozenset[str]]
    ) -> Iterator[Put]:
        """The keywords that messages of a case bear, and did not at the last look."""
        written = {
            each.location.uid: each.entry.at
            for each in case.places
            if each.location.mailbox == self._desk.inbox
        }
        for uid, now in shown.items():
            message = looked[uid][0]
            if message.thread == case.thread.number:
                since = written.get(uid, case.progress.opened)
                for keyword in now - (message.told or frozenset()):
                    yield Put(keyword, message.told is not None, since)


def _kept(flags: frozenset[str], opened: Opened) -> frozenset[str]:
    """The keywords for cases among these flags, where the server promises to keep them."""
    found = told(flags)
    return frozenset(each for each in found if opened.keeps(each)) if found else found
