"""Performs planned effects: look, act, verify, done.

Every branch here answers one question: after whatever has happened before, can this step be
repeated without harm? (docs/decisions.md, "Exactly one draft")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from assistant.errors import ConnectionLost, MailboxError, RefusedByServer
from assistant.model import Draft, FolderStatus, Opened
from assistant.service.deeds import Deed, LayDraft, PutCopy
from assistant.service.ports import Clock, Desk, Mailbox
from assistant.store import Planned, later

GONE = "the message is gone"
DONE, DROPPED, UNKNOWN, WAITING = "done", "dropped", "unknown", "waiting"
Result = tuple[str, str]
"""A state and a note for the user."""
FLAGGED = "\\Flagged"
_FLAGS: Mapping[str, Callable[[str], tuple[str, ...]]] = MappingProxyType(
    {
        "auto": lambda keyword: (keyword, FLAGGED),
        "keyword": lambda keyword: (keyword,),
        "flagged": lambda _keyword: (FLAGGED,),
    }
)
"""By `mark`: what is set, the first that the server keeps (and shows when it is read back)."""


class Remembers(Protocol):
    """What a performer needs to remember: :class:`assistant.store.ledger.Ledger`."""

    def intend(self, effect: Planned, before: FolderStatus, now: datetime) -> None: ...
    def settle(
        self, effect: Planned, state: str, note: str, seen: frozenset[str] | None = None
    ) -> None: ...
    def postpone(self, effect: Planned, note: str, until: datetime) -> None: ...


class Performer:
    """Performs the effects of one account.

    Args:
        tones: the keywords of tones among flags.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        state: Remembers,
        desk: Desk,
        clock: Clock,
        tones: Callable[[frozenset[str]], frozenset[str]] = lambda _flags: frozenset(),
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._desk = desk
        self._clock = clock
        self._tones = tones

    def mark(self, effect: Planned, opened: Opened) -> Result:
        """Set a keyword and read it back, which does no harm twice; or lay a copy, once.

        Raises:
            MailboxError: where a folder for copies can't be used; nothing was tried.
            ConnectionLost: the next pass finds out what became of it.
        """
        if self._desk.mark == "none":
            return self._settle(effect, DROPPED, "marking is off (mark = none)")
        if effect.withdrawn and not effect.appending:
            return self._settle(effect, DROPPED, effect.withdrawn)
        uid = effect.location.uid
        flags = self._mailbox.flags(uid)
        if flags is None:
            if self._mailbox.lists(uid):  # Exchange: there, and not brought just now
                return self._postpone(effect, "the server does not deliver the message just now")
            return self._settle(effect, DROPPED, GONE)
        if self._desk.mark == "folder":
            return self._once(effect, PutCopy(self._mailbox, effect))
        refused = ""
        for each in _FLAGS[self._desk.mark](effect.value):
            if each.casefold() in flags:
                return self._settle(effect, DONE, "", self._tones(flags))
            if opened.read_only:
                return self._postpone(effect, _READ_ONLY)
            if not opened.keeps(each):  # a star of the user's own is no mark where ours can be set
                continue
            if self._tones(flags) and self._tones(frozenset({each.casefold()})):
                return self._settle(effect, DROPPED, _OTHER_TONE)
            try:
                self._mailbox.add_keyword(uid, each)
            except RefusedByServer as error:
                refused = error.message
                continue
            after = self._mailbox.flags(uid)
            if after is not None and each.casefold() in after:
                return self._settle(effect, DONE, "", self._tones(after))
        if refused:
            return self._postpone(effect, refused)
        return self._settle(effect, DROPPED, _NO_KEYWORDS)

    def draft(self, effect: Planned, rebuild: Callable[[], Draft | str]) -> Result:
        """Lay a draft into Drafts unless it is there, was there, or may have been.

        Args:
            rebuild: the draft, or why it is no longer wanted.

        Raises:
            MailboxError: where Drafts is missing or doubtful; nothing was tried.
            ConnectionLost: the next pass finds out what became of it.
        """
        return self._once(effect, LayDraft(self._mailbox, effect, rebuild))

    def _once(self, effect: Planned, deed: Deed) -> Result:
        """Do what must not be done twice, or find out that it was."""
        if effect.appending and self._may_still_arrive(effect):
            return WAITING, _BROKE_OFF
        now = deed.status()
        found = deed.found()
        if found is not None:
            return self._settle(effect, DONE, found)
        if effect.appending and not _never_arrived(effect, now, deed):
            return self._settle(effect, UNKNOWN, deed.unknown)
        if unwanted := deed.unwanted():
            return self._settle(effect, DROPPED, unwanted)
        self._state.intend(effect, now, self._clock())
        try:
            deed.do()
        except RefusedByServer as error:
            return self._postpone(effect, deed.refusals.get(error.code, error.message))
        except ConnectionLost:
            # The server may be working on it yet: the wait begins with the cut.
            self._state.intend(effect, now, self._clock())
            raise
        return self._settle(effect, DONE, "" if _shows(deed) else deed.hidden)

    def _may_still_arrive(self, effect: Planned) -> bool:
        """Whether the server may still be working on the APPEND of a connection that broke."""
        now = self._clock()
        since = now - (effect.appending_at or now)
        if since < timedelta(0) and effect.before is not None:
            self._state.intend(effect, effect.before, now)  # the clock was put back: wait anew
            return True
        return since < timedelta(seconds=self._desk.settle_seconds)

    def _settle(
        self, effect: Planned, state: str, note: str, seen: frozenset[str] | None = None
    ) -> Result:
        self._state.settle(effect, state, note, seen)
        return state, note

    def _postpone(self, effect: Planned, note: str) -> Result:
        self._state.postpone(effect, note, later(self._clock(), effect.attempts))
        return WAITING, note


_NO_KEYWORDS = (
    'the server keeps no keywords: unhappy mail is not marked (mark = "flagged" would set a star, '
    '"folder" lay a copy into a folder)'
)
_OTHER_TONE = "the message bears another tone's mark already, and keeps that one"
_READ_ONLY = "the mailbox is read-only: nothing can be marked in it"
_BROKE_OFF = "the connection broke off in the middle of it; waiting to see what became of it"
HIDDEN = LayDraft.hidden


def _shows(deed: Deed) -> bool:
    """Whether what the server has taken can be found; where it can't say, yes."""
    try:
        return deed.found() is not None
    except ConnectionLost:
        raise
    except MailboxError:  # it was not refused: this must never be read as that
        return True


def _never_arrived(effect: Planned, now: FolderStatus, deed: Deed) -> bool:
    """Whether what was asked of a connection that broke certainly left nothing (RFC 9051 section 2.3.1.1).

    It was not found. UIDNEXT unchanged: nothing was added. Else every UID given out since must
    still be there, and none may be it; a gap may be it, which the user has sent, moved or deleted.
    """
    before = effect.before
    if before is None or (before.name, before.uidvalidity) != (now.name, now.uidvalidity):
        return False
    if now.uidnext == before.uidnext:
        return True
    there = deed.arrivals(before.uidnext)
    return not any(there.values()) and set(range(before.uidnext, now.uidnext)) <= there.keys()
