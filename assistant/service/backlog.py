"""Performs everything that is planned and due, whoever planned it and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.model import Draft, Opened, Skip
from assistant.service.effects import (
    DONE,
    DROPPED,
    GONE,
    HIDDEN,
    UNKNOWN,
    WAITING,
    Performer,
)
from assistant.service.judging import WITHHELD, Judging
from assistant.service.ports import Clock, Desk, Mailbox, Performed, Watcher
from assistant.service.report import Report
from assistant.store import Cursor, Planned, State, later
from assistant.triage import BY_GUARD

BREAKS = 3
"""How often a connection may break at an effect before that is put off."""
_BROKE = "the connection broke while it was looked for"
_NOT_FOUND = "the message was not found again after the server renumbered the mailbox"


def held_until(effect: Planned, now: datetime) -> datetime:
    """Until when something is left alone at which the connection broke: by chance, or whenever it is looked for?

    If it goes on, it is put off, whatever has become of it: all that is behind it would wait for ever.
    """
    again = effect.attempts - BREAKS
    return now if again < 0 else later(now, again)


class Backlog:
    """The planned effects of one account: those of this pass, and what earlier ones left."""

    def __init__(
        self,
        mailbox: Mailbox,
        state: State,
        judging: Judging,
        desk: Desk,
        clock: Clock,
        watcher: Watcher,
        stopping: Callable[[], bool],
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._judging = judging
        self._desk = desk
        self._clock = clock
        self._watcher = watcher
        self._stopping = stopping
        self._performer = Performer(mailbox, state, desk, clock, judging.seen)
        self._drafts: dict[str, Draft | str] = {}

    def remember(self, identity: str, draft: Draft | str) -> None:
        """A draft just composed, or why it is not to be laid if it isn't there already."""
        self._drafts[identity] = draft

    def forget(self) -> None:
        """What was remembered has been performed, or is written anew when its time comes."""
        self._drafts.clear()

    def perform(
        self,
        opened: Opened,
        cursor: Cursor,
        report: Report,
        due: datetime | None = None,
        *,
        last: bool = True,
    ) -> None:
        """Everything that is planned and due (by now), whoever planned it and when.

        Args:
            last: False where the pass has more to look at: a message that is not at its place may have been
                moved away and back, and be found again at another one.
        """
        drafts_off = ""
        due = due or self._clock()
        for effect in self._state.open_effects(self._desk.account, self._desk.inbox, due):
            if effect.location.uidvalidity != opened.uidvalidity and cursor.rescan:
                continue  # it may yet be found at its new place
            if self._stopping():
                return
            try:
                if not last and self._is_away(effect, opened):
                    continue
                if effect.kind == "mark":
                    state, note = self._mark(effect, opened)
                elif drafts_off:
                    state, note = self._put_off(effect, drafts_off)
                else:
                    rebuild = partial(self._rebuild, effect, opened)
                    state, note = self._performer.draft(effect, rebuild)
            except ConnectionLost:
                self._hold(effect)
                raise
            except UnreadableMail as error:
                state, note = self._put_off(effect, error.message)
            except MailboxError as error:
                if effect.kind == "draft":
                    drafts_off = f"{error.message}; drafts wait ({error.hint})"
                state, note = self._put_off(effect, drafts_off or error.message)
            self._report(effect, state, note, report)

    def _is_away(self, effect: Planned, opened: Opened) -> bool:
        """Whether a message is not where it was."""
        uid = effect.location.uid
        here = effect.location.uidvalidity == opened.uidvalidity
        return here and self._mailbox.flags(uid) is None and not self._mailbox.lists(uid)

    def _report(self, effect: Planned, state: str, note: str, report: Report) -> None:
        uid = effect.location.uid
        report.drafted += effect.kind == "draft" and state == DONE and not note
        if state == UNKNOWN:
            report.tell(f"message {uid}: {note} ({effect.value})", waits=True)
        elif state == WAITING:
            report.tell(note, waits=True)
        elif note and (effect.kind == "mark" or note in (_NOT_FOUND, HIDDEN)):
            report.tell(note)
        self._watcher.performed(Performed(uid, effect.kind, effect.value, state, note))

    def _mark(self, effect: Planned, opened: Opened) -> tuple[str, str]:
        if effect.location.uidvalidity == opened.uidvalidity:
            state, note = self._performer.mark(effect, opened)
            if note == GONE:
                self._drafts.pop(effect.identity, None)  # its draft is no longer wanted either
            return state, note
        self._state.settle(effect, DROPPED, _NOT_FOUND)
        return DROPPED, _NOT_FOUND

    def _put_off(self, effect: Planned, note: str) -> tuple[str, str]:
        if not effect.appending:
            self._state.postpone(effect, note, later(self._clock(), effect.attempts))
        return WAITING, note

    def _hold(self, effect: Planned) -> None:
        """The connection broke at an effect."""
        self._state.hold(effect, _BROKE, held_until(effect, self._clock()))

    def _rebuild(self, effect: Planned, opened: Opened) -> Draft | str:
        """The draft of a planned effect: from this pass, or judged again from the message itself.

        State holds no words, so that a draft which an earlier pass left is written anew, from
        the message as it is on the server; deterministic, hence the same. If the user has
        answered meanwhile, it is no longer wanted.

        Raises:
            UnreadableMail: where the message can't be read just now.
        """
        if effect.identity in self._drafts:
            return self._drafts[effect.identity]
        if effect.location.uidvalidity != opened.uidvalidity:
            return _NOT_FOUND
        for fetched in self._mailbox.fetch([effect.location.uid]):
            (answer,) = self._judging.read([fetched])
            reading = self._judging.attributed(answer)
            if reading.message.identity != effect.identity:
                return "another message is in its place"
            outcome = self._judging.decide(reading, fetched)
            return outcome.draft or _not_wanted(outcome.skip)
        if self._judging.withheld(effect.location.uid):
            raise UnreadableMail(WITHHELD)
        return GONE


def _not_wanted(skip: Skip | None) -> str:
    """Why a draft is no longer wanted, in words that the state may keep."""
    if skip is None:
        return "by the rules of now it needs no reply"
    return (
        "the guard refuses it (`assistant explain` shows why)"
        if skip.reason == BY_GUARD
        else skip.detail
    )
