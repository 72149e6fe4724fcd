"""One pass over one mailbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import takewhile

from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.mailbox.imap import batches
from assistant.model import Draft, Facts, Fetched, Location, Message, Opened, Outcome, Place, Skip
from assistant.service.effects import DROPPED, GONE, UNKNOWN, WAITING, Performer
from assistant.service.ports import Clock, Desk, Judged, Mailbox, Performed, Reader, Watcher
from assistant.store import Cursor, Planned, State, later
from assistant.triage import Triage

_NOT_FOUND = "the message was not found again after the server renumbered the mailbox"
_DEALT_WITH = "marked by us before, and its draft is gone: it is not made again"
TRIES = 2
"""How often a message that can't be read is tried before it is left alone."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a pass is to look at: what is new, or also older mail."""

    since: date | None = None
    limit: int | None = None


@dataclass(slots=True)
class Report:
    """What a pass came to."""

    first_start: bool = False
    older: int = 0
    """On a first start: messages that were there before, and are left alone."""
    judged: int = 0
    flagged: int = 0
    drafted: int = 0
    known: int = 0
    left: int = 0
    """Messages that `limit` left for the next pass."""
    problems: dict[str, int] = field(default_factory=dict)
    """What the user should know, and how often it happened."""
    waits: bool = False
    """Something that was to be done has to wait, or its fate is unknown."""

    def tell(self, problem: str, *, waits: bool = False) -> None:
        self.problems[problem] = self.problems.get(problem, 0) + 1
        self.waits = self.waits or waits


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

    def run(self, request: Request = Request()) -> Report:
        """Take up what the last pass left, judge what is new, perform what follows.

        Raises:
            MailboxError: the pass broke off; the next one takes it up.
            StateError: nothing can be remembered, so nothing was done.
        """
        report = Report()
        opened = self._mailbox.open()
        cursor = self._cursor(opened, report)
        self._perform(opened, cursor, report)
        todo = self._todo(cursor, request)
        if request.limit is not None:
            report.left = max(0, len(todo) - request.limit)
            todo = todo[: request.limit]
        self._watcher.started(len(todo))
        for batch in batches(todo):
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
        if self._mailbox.flags(uid) is not None:  # there, but not delivered (Exchange does that)
            self._trouble(self._location(uid, cursor), "the server does not deliver it", report)
        else:
            self._watcher.passed_over(uid)

    def _judge_one(
        self, fetched: Fetched, location: Location, cursor: Cursor, report: Report
    ) -> None:
        try:
            reading = self._reader.read(fetched.raw, self._desk.language)
        except UnreadableMail as error:
            self._trouble(location, error.message, report)
            return
        message = reading.message
        if self._state.relocate(location, message.identity):
            report.known += 1
            self._watcher.passed_over(fetched.uid)
            return
        if cursor.rescan and _before(message.date, cursor.started):
            skip = Skip("before-start", "older than the assistant's first start", judged=False)
            outcome = Outcome(message.identity, skip, None, ())
        else:
            outcome = self._triage.decide(reading, self._facts(message, fetched.flags))
        rules = self._triage.rulebook.digest
        self._state.record(location, message, outcome, rules, self._clock())
        if outcome.draft is not None:
            # Our mark on a message that we don't remember: the state was lost. If its draft can't
            # be found either, somebody has dealt with it.
            ours = {tone.keyword.casefold() for tone in self._triage.rulebook.tones}
            known = not ours.isdisjoint(fetched.flags)
            self._drafts[message.identity] = _DEALT_WITH if known else outcome.draft
        report.judged += 1
        report.flagged += bool(outcome.verdict and outcome.verdict.dissatisfied)
        self._watcher.judged(Judged(fetched.uid, message, outcome))

    def _facts(self, message: Message, flags: frozenset[str]) -> Facts:
        known = self._state.known(self._desk.account, message)
        return Facts(
            profile=self._desk.profile,
            now=self._clock(),
            flags=flags,
            draft_waiting=any(self._waits(*draft) for draft in known.drafts),
            sender_drafted=known.sender_drafted,
        )

    def _waits(self, draft_id: str, state: str) -> bool:
        """Whether a holding reply still waits, or is about to."""
        if state in ("planned", "appending"):
            return True
        try:
            return self._mailbox.find_draft(draft_id) is Place.DRAFTS
        except ConnectionLost:
            raise
        except MailboxError:  # no Drafts, so nothing waits there; performing says what is wrong
            return False

    def _trouble(self, location: Location, reason: str, report: Report) -> None:
        if self._state.trouble(location, reason) >= TRIES:
            report.tell(f"a message could not be judged and is left alone: {reason}")
        self._watcher.passed_over(location.uid)

    def _location(self, uid: int, cursor: Cursor) -> Location:
        return Location(self._desk.account, self._desk.inbox, cursor.uidvalidity, uid)

    # --- performing ---

    def _perform(self, opened: Opened, cursor: Cursor, report: Report) -> None:
        """Everything that is planned and due, whoever planned it and when."""
        drafts_off = ""
        for effect in self._state.open_effects(self._desk.account, self._desk.inbox, self._clock()):
            if effect.location.uidvalidity != opened.uidvalidity and cursor.rescan:
                continue  # it may yet be found at its new place
            if self._stopping():
                return
            if effect.kind == "mark":
                state, note = self._mark(effect, opened)
            elif drafts_off:
                state, note = self._put_off(effect, drafts_off)
            else:
                try:
                    state, note = self._performer.draft(
                        effect, partial(self._rebuild, effect, opened)
                    )
                except ConnectionLost:
                    raise
                except MailboxError as error:
                    drafts_off = f"{error.message}; drafts wait ({error.hint})"
                    state, note = self._put_off(effect, drafts_off)
            report.drafted += effect.kind == "draft" and state == "done" and not note
            if note and (
                state in (WAITING, UNKNOWN)
                or (state == DROPPED and (effect.kind == "mark" or note == _NOT_FOUND))
            ):
                report.tell(note, waits=state in (WAITING, UNKNOWN))
            self._watcher.performed(
                Performed(effect.location.uid, effect.kind, effect.value, state, note)
            )

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
        """
        if effect.identity in self._drafts:
            return self._drafts[effect.identity]
        if effect.location.uidvalidity != opened.uidvalidity:
            return _NOT_FOUND
        for fetched in self._mailbox.fetch([effect.location.uid]):
            try:
                reading = self._reader.read(fetched.raw, self._desk.language)
            except UnreadableMail as error:
                return error.message
            if reading.message.identity != effect.identity:
                return "another message is in its place"
            outcome = self._triage.decide(reading, self._facts(reading.message, fetched.flags))
            skip = outcome.skip.detail if outcome.skip else "by the rules of now it needs no reply"
            return outcome.draft or skip
        return GONE


def _before(written: datetime | None, started: datetime) -> bool:
    """Whether a message was written before the assistant's first day."""
    if written is None:
        return False
    return written < datetime.combine(started.date(), time.min, UTC) - timedelta(days=1)
