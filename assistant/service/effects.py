"""Performs planned effects: look, act, verify, done.

Every branch here answers one question: after whatever has happened before, can this step be
repeated without harm? (docs/decisions.md, "Exactly one draft")
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from assistant.errors import ConnectionLost, MailboxError, RefusedByServer
from assistant.model import Draft, DraftsStatus, Opened, Place
from assistant.service.ports import Clock, Desk, Mailbox
from assistant.store import Planned, State, later

GONE = "the message is gone"
DONE, DROPPED, UNKNOWN, WAITING = "done", "dropped", "unknown", "waiting"
Result = tuple[str, str]
"""A state and a note for the user."""
FLAGGED = "\\Flagged"


class Performer:
    """Performs the effects of one account."""

    def __init__(self, mailbox: Mailbox, state: State, desk: Desk, clock: Clock) -> None:
        self._mailbox = mailbox
        self._state = state
        self._desk = desk
        self._clock = clock

    def mark(self, effect: Planned, opened: Opened) -> Result:
        """Set a keyword and read it back. Repeating it does no harm."""
        if self._desk.mark == "none":
            return self._settle(effect, DROPPED, "marking is off (mark = none)")
        keyword = FLAGGED if self._desk.mark == "flagged" else effect.value
        flags = self._mailbox.flags(effect.location.uid)
        if flags is None:
            return self._settle(effect, DROPPED, GONE)
        if keyword.casefold() in flags:
            return self._settle(effect, DONE, "")
        if opened.read_only:
            return self._postpone(effect, "the mailbox is read-only: nothing can be marked in it")
        if not opened.keeps(keyword):
            return self._settle(effect, DROPPED, _NO_KEYWORDS)
        try:
            self._mailbox.add_keyword(effect.location.uid, keyword)
        except RefusedByServer as error:
            return self._postpone(effect, error.message)
        after = self._mailbox.flags(effect.location.uid)
        if after is None or keyword.casefold() not in after:
            return self._settle(effect, DROPPED, _NO_KEYWORDS)
        return self._settle(effect, DONE, "")

    def draft(self, effect: Planned, rebuild: Callable[[], Draft | str]) -> Result:
        """Lay a draft into Drafts unless it is there, was there, or may have been.

        Args:
            rebuild: the draft, or why it is no longer wanted.

        Raises:
            MailboxError: where Drafts is missing or doubtful; nothing was tried.
            ConnectionLost: the next pass finds out what became of it.
        """
        if effect.appending and self._may_still_arrive(effect):
            return (
                WAITING,
                "the connection broke off during an APPEND; waiting to see what became of it",
            )
        now = self._mailbox.drafts_status()
        place = self._mailbox.find_draft(effect.value)
        if place is not None:
            note = "" if place is Place.DRAFTS else f"found in {place}: it is yours now"
            return self._settle(effect, DONE, note)
        if effect.appending and not self._never_arrived(effect, now):
            return self._settle(effect, UNKNOWN, _UNKNOWN)
        draft = rebuild()
        if isinstance(draft, str):
            return self._settle(effect, DROPPED, draft)
        self._state.intend(effect, now, self._clock())
        try:
            self._mailbox.append_draft(draft.raw)
        except RefusedByServer as error:
            return self._postpone(effect, _REFUSALS.get(error.code, error.message))
        except ConnectionLost:
            # The server may be working on it yet: the wait begins with the cut.
            self._state.intend(effect, now, self._clock())
            raise
        return self._settle(effect, DONE, "" if self._shows(effect.value) else HIDDEN)

    def _shows(self, draft_id: str) -> bool:
        """Whether a draft that the server has taken can be found; where it can't say, yes."""
        try:
            return self._mailbox.find_draft(draft_id) is not None
        except ConnectionLost:
            raise
        except MailboxError:  # the APPEND was not refused: this must never be read as that
            return True

    def _may_still_arrive(self, effect: Planned) -> bool:
        """Whether the server may still be working on the APPEND of a connection that broke."""
        now = self._clock()
        since = now - (effect.appending_at or now)
        if since < timedelta(0) and effect.before is not None:
            self._state.intend(effect, effect.before, now)  # the clock was put back: wait anew
            return True
        return since < timedelta(seconds=self._desk.settle_seconds)

    def _never_arrived(self, effect: Planned, now: DraftsStatus) -> bool:
        """Whether an APPEND whose answer was lost certainly left nothing (RFC 9051 section 2.3.1.1).

        The draft was not found by its id. UIDNEXT unchanged: nothing was added. Else every UID
        given out since must still be there, and none may be ours; a gap may be a draft that the
        user has sent or deleted.
        """
        before = effect.before
        if before is None or (before.name, before.uidvalidity) != (now.name, now.uidvalidity):
            return False
        if now.uidnext == before.uidnext:
            return True
        found = self._mailbox.drafts_from(before.uidnext)
        return (
            effect.value not in found.values()
            and set(range(before.uidnext, now.uidnext)) <= found.keys()
        )

    def _settle(self, effect: Planned, state: str, note: str) -> Result:
        self._state.settle(effect, state, note)
        return state, note

    def _postpone(self, effect: Planned, note: str) -> Result:
        self._state.postpone(effect, note, later(self._clock(), effect.attempts))
        return WAITING, note


_NO_KEYWORDS = (
    'the server keeps no keywords: unhappy mail is not marked (mark = "flagged" would set a star)'
)
_UNKNOWN = "it can't be told whether this draft was already made; none is made again, please look for yourself"
HIDDEN = "the server took the draft but hides it from a search"
_REFUSALS = {
    "OVERQUOTA": "the mailbox is over its quota: the draft waits until there is room",
    "TRYCREATE": "the Drafts folder is gone: the draft waits until there is one",
}
