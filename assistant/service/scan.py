"""One pass over one mailbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import takewhile

from assistant.errors import (
    AssistantError,
    ConnectionLost,
    MailboxError,
    UnreadableMail,
)
from assistant.model import (
    Draft,
    Facts,
    Fetched,
    Location,
    Message,
    Opened,
    Outcome,
    Place,
    Reading,
    Skip,
)
from assistant.service.effects import (
    DONE,
    DROPPED,
    GONE,
    HIDDEN,
    UNKNOWN,
    WAITING,
    Performer,
)
from assistant.service.ports import Clock, Desk, Judged, Mailbox, Performed, Reader, Watcher
from assistant.service.report import EVERYTHING_NEW, Report, Request
from assistant.store import Cursor, Drafted, Planned, State, later
from assistant.triage import Triage

_NOT_FOUND = "the message was not found again after the server renumbered the mailbox"
_WITHHELD = "the server does not deliver it"
_DEALT_WITH = "marked by us before, and its draft is gone: it is not made again"
_EVER = datetime.max.replace(tzinfo=UTC)
BATCH = 250
"""Messages that are judged before what was planned for them is performed."""
TRIES = 2
"""How often a message that can't be read is tried before it is left alone."""


class Service:
    """Looks after one mailbox: as often as :meth:`run` is called, one pass each."""

    def __init__(
        self,
        *,
        mailbox: Mailbox,
        state: State,
        triage: Triage,
        reader: Reader,
        desk: Desk,
        clock: Clock,
        watcher: Watcher | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._triage = triage
        self._reader = reader
        self._desk = desk
        self._clock = clock
        self._watcher = watcher or Watcher()
        self._stopping = stopping
        self._performer = Performer(mailbox, state, desk, clock)
        self._drafts: dict[str, Draft | str] = {}
        """This pass's drafts by identity, or why one is not to be laid if it isn't there already."""

    def run(self, request: Request = EVERYTHING_NEW) -> Report:
        """Take up what the last pass left, judge what is new, perform what follows.

        Raises:
            MailboxError: the pass broke off; the next one takes it up.
            StateError: nothing can be remembered, so nothing was done.
        """
        report = Report()
        opened = self._mailbox.open()
        cursor = self._cursor(opened, report)
        self._perform(opened, cursor, report, _EVER if request.retry else None)
        todo = self._todo(cursor, request)
        if request.limit is not None:
            report.left = max(0, len(todo) - request.limit)
            todo = todo[: request.limit]
        self._watcher.started(len(todo))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            if not self._judge(batch, cursor, report):
                return report
            self._state.advance(self._desk.account, self._desk.inbox, batch[-1])
            self._perform(opened, cursor, report)
            self._drafts.clear()
        if cursor.rescan and not report.left:
            self._finish_rescan(cursor, opened, report)
        return report

    # --- what to look at ---

    def _cursor(self, opened: Opened, report: Report) -> Cursor:
        """Where the last pass stopped; a new mailbox begins now, a renumbered one begins anew."""
        account, inbox = self._desk.account, self._desk.inbox
        cursor = self._state.cursor(account, inbox)
        if cursor is None:
            report.first_start, report.older = True, opened.messages
            cursor = Cursor(opened.uidvalidity, opened.uidnext - 1, self._clock(), rescan=False)
        elif cursor.uidvalidity != opened.uidvalidity:
            report.tell(
                "the server has renumbered the mailbox (UIDVALIDITY): known mail is matched anew"
            )
            cursor = Cursor(opened.uidvalidity, 0, cursor.started, rescan=True)
        else:
            return cursor
        self._state.start(account, inbox, cursor)
        return cursor

    def _todo(self, cursor: Cursor, request: Request) -> list[int]:
        account, inbox = self._desk.account, self._desk.inbox
        if cursor.rescan:
            day = (cursor.started - timedelta(days=1)).date()
            if request.since is not None:
                day = min(day, request.since)
            return [uid for uid in self._mailbox.uids_since(day) if uid > cursor.last_uid]
        todo = set(self._mailbox.uids_from(cursor.last_uid + 1))
        todo.update(self._state.troubled(account, inbox, cursor.uidvalidity, TRIES))
        if request.since is not None:
            older = self._mailbox.uids_since(request.since)
            todo.update(set(older) - self._state.seen(account, inbox, cursor.uidvalidity, older))
        return sorted(todo)

    def _finish_rescan(self, cursor: Cursor, opened: Opened, report: Report) -> None:
        last = Cursor(opened.uidvalidity, opened.uidnext - 1, cursor.started, rescan=False)
        self._state.start(self._desk.account, self._desk.inbox, last)
        self._perform(opened, last, report)

    # --- judging ---

    def _judge(self, batch: Sequence[int], cursor: Cursor, report: Report) -> bool:
        """Judge and record a batch; False where the program is asked to stop in the middle.

        In ascending order, also of what is missing: recording a message moves the cursor past
        all that lie before it, and after a cut nobody would ask for those again.
        """
        waiting = iter(batch)
        for fetched in self._mailbox.fetch(batch):
            if self._stopping():
                return False
            for uid in takewhile(fetched.uid.__ne__, waiting):
                self._missing(uid, cursor, report)
            self._judge_one(fetched, self._location(fetched.uid, cursor), cursor, report)
        for uid in waiting:
            self._missing(uid, cursor, report)
        return True

    def _missing(self, uid: int, cursor: Cursor, report: Report) -> None:
        if self._withheld(uid):
            self._trouble(self._location(uid, cursor), _WITHHELD, report)
        else:
            self._watcher.passed_over(uid)

    def _withheld(self, uid: int) -> bool:
        """Whether a message that was not delivered is there all the same (Exchange does that)."""
        return self._mailbox.flags(uid) is not None

    def _judge_one(
        self, fetched: Fetched, location: Location, cursor: Cursor, report: Report
    ) -> None:
        """Judge one message and record the verdict; one that can't be judged stops no other."""
        try:
            reading = self._reader.read(fetched.raw, self._desk.language)
            if self._state.relocate(location, reading.message.identity):
                report.known += 1
                self._watcher.passed_over(fetched.uid)
                return
            outcome = self._decide(reading, fetched, cursor)
        except UnreadableMail as error:
            self._trouble(location, error.message, report)
            return
        except AssistantError:
            raise
        except Exception as error:  # noqa: BLE001 - an edge: a bug that one message brings out
            self._trouble(location, f"a bug ({type(error).__name__})", report)
            return
        message = reading.message
        rules = self._triage.rulebook.digest
        self._state.record(location, message, outcome, rules, self._clock())
        if outcome.draft is not None:
            self._drafts[message.identity] = self._wanted(outcome.draft, fetched.flags)
        report.judged += 1
        report.flagged += bool(outcome.verdict and outcome.verdict.dissatisfied)
        self._watcher.judged(Judged(fetched.uid, message, outcome))

    def _decide(self, reading: Reading, fetched: Fetched, cursor: Cursor) -> Outcome:
        if cursor.rescan and _before(reading.message.date, cursor.started):
            skip = Skip("before-start", "older than the assistant's first start", judged=False)
            return Outcome(reading.message.identity, skip, None, ())
        return self._triage.decide(reading, self._facts(reading.message, fetched))

    def _wanted(self, draft: Draft, flags: frozenset[str]) -> Draft | str:
        """The draft, unless the message carries our mark although nothing is remembered of it: then
        the state was lost, and if the draft can't be found either, somebody has dealt with it."""
        ours = {tone.keyword.casefold() for tone in self._triage.rulebook.tones}
        return draft if ours.isdisjoint(flags) else _DEALT_WITH

    def _facts(self, message: Message, fetched: Fetched) -> Facts:
        known = self._state.known(self._desk.account, message)
        return Facts(
            profile=self._desk.profile,
            now=self._clock(),
            flags=fetched.flags,
            arrived=fetched.arrived,
            draft_waiting=any(map(self._waits, known.drafts)),
            sender_drafted=known.sender_drafted,
        )

    def _waits(self, draft: Drafted) -> bool:
        """Whether a holding reply still waits, or is about to."""
        if draft.state in ("planned", "appending"):
            return True
        try:
            place = self._mailbox.find_draft(draft.message_id)
        except ConnectionLost:
            raise
        except MailboxError:  # no Drafts, so nothing waits there; performing says what is wrong
            return False
        if place is None:
            # Deleted for good, or saved by a mail program that gave it another id: for a while
            # it may still be waiting.
            span = timedelta(days=self._desk.profile.sender_days)
            return self._clock() - draft.planned_at < span
        return place is Place.DRAFTS

    def _trouble(self, location: Location, reason: str, report: Report) -> None:
        if self._state.trouble(location, reason) >= TRIES:
            report.tell(f"message {location.uid} could not be judged and is left alone: {reason}")
        self._watcher.passed_over(location.uid)

    def _location(self, uid: int, cursor: Cursor) -> Location:
        return Location(self._desk.account, self._desk.inbox, cursor.uidvalidity, uid)

    # --- performing ---

    def _perform(
        self, opened: Opened, cursor: Cursor, report: Report, due: datetime | None = None
    ) -> None:
        """Everything that is planned and due (by now), whoever planned it and when."""
        drafts_off = ""
        due = due or self._clock()
        for effect in self._state.open_effects(self._desk.account, self._desk.inbox, due):
            if effect.location.uidvalidity != opened.uidvalidity and cursor.rescan:
                continue  # it may yet be found at its new place
            if self._stopping():
                return
            try:
                if effect.kind == "mark":
                    state, note = self._mark(effect, opened)
                elif drafts_off:
                    state, note = self._put_off(effect, drafts_off)
                else:
                    rebuild = partial(self._rebuild, effect, opened)
                    state, note = self._performer.draft(effect, rebuild)
            except ConnectionLost:
                raise
            except UnreadableMail as error:
                state, note = self._put_off(effect, error.message)
            except MailboxError as error:
                if effect.kind == "draft":
                    drafts_off = f"{error.message}; drafts wait ({error.hint})"
                state, note = self._put_off(effect, drafts_off or error.message)
            self._report(effect, state, note, report)

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
            reading = self._reader.read(fetched.raw, self._desk.language)
            if reading.message.identity != effect.identity:
                return "another message is in its place"
            outcome = self._triage.decide(reading, self._facts(reading.message, fetched))
            skip = outcome.skip.detail if outcome.skip else "by the rules of now it needs no reply"
            return outcome.draft or skip
        if self._withheld(effect.location.uid):
            raise UnreadableMail(_WITHHELD)
        return GONE


def _before(written: datetime | None, started: datetime) -> bool:
    """Whether a message was written before the assistant's first day."""
    if written is None:
        return False
    return written < datetime.combine(started.date(), time.min, UTC) - timedelta(days=1)
