"""One pass over one mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile

from assistant.cases.clients import client_key
from assistant.errors import AssistantError, ConnectionLost, UnreadableMail
from assistant.model import Fetched, Location, Opened, Outcome, Reading, Skip
from assistant.screening import STOPPED
from assistant.service.ahead import read_ahead
from assistant.service.backlog import Backlog
from assistant.service.corrections import Corrections
from assistant.service.judging import WITHHELD, Judging, tries
from assistant.service.ports import Clock, Desk, Judged, Mailbox, Reader, Watcher
from assistant.service.report import EVERYTHING_NEW, Report, Request
from assistant.service.suspects import SUSPECT, FewAtOnce, Suspects
from assistant.service.told import Told
from assistant.store import Cursor, State
from assistant.triage import Triage

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
BATCH = 250
"""Messages that are judged before what was planned for them is performed: many, for each batch takes commands."""
FIRST, SOON = 8, 64
"""Of the first so many, fewer: where mail is pushed, somebody waits."""


class Service:
    """Looks after one mailbox: as often as :meth:`run` is called, one pass each.

    Args:
        told: hears what the user tells of cases by keywords; None where nobody listens.
    """

    def __init__(
        self,
        *,
        mailbox: Mailbox,
        state: State,
        triage: Triage,
        reader: Reader,
        desk: Desk,
        clock: Clock,
        told: Told | None = None,
        watcher: Watcher | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._desk = desk
        self._clock = clock
        self._told = told
        self._watcher = watcher or Watcher()
        self._stopping = stopping
        self._suspects = Suspects(state, clock)
        self._judging = Judging(mailbox, state, triage, reader, desk, clock)
        self._corrections = Corrections(mailbox, state, self._judging, desk, clock)
        self._backlog = Backlog(mailbox, state, self._judging, desk, clock, self._watcher, stopping)

    def run(self, request: Request = EVERYTHING_NEW) -> Report:
        """Judge what is new, then perform what follows from it and what earlier passes left.

        In this order: whatever is wrong with Drafts, Sent or a mark, no new mail waits for it.

        Raises:
            MailboxError: the pass broke off; the next one takes it up.
            StateError: nothing can be remembered, so nothing was done.
        """
        report = Report()
        opened = self._mailbox.open()
        cursor = self._cursor(opened, report)
        looked = self._corrections.notice(opened, report)
        todo, size = self._todo(cursor, request)
        if request.limit is not None:
            report.left = max(0, len(todo) - request.limit)
            todo = todo[: request.limit]
        self._watcher.started(len(todo))
        due = _EVER if request.retry else None
        for batch in _batches(todo, size):
            if batch:
                if not self._judge(batch, cursor, report):
                    return report
                self._state.advance(self._desk.account, self._desk.inbox, max(batch))
            last = batch[-1:] == todo[-1:] and not report.left
            self._backlog.perform(opened, cursor, report, due, last=last)
            self._backlog.forget()
            due = None
        if cursor.rescan and not report.left:
            self._finish_rescan(cursor, opened, report)
        # Last: a case is told something once all that was written in it is known.
        if self._told is not None and not report.left:
            self._told.hear(looked, opened, report)
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

    def _todo(self, cursor: Cursor, request: Request) -> tuple[list[int], int]:
        """UIDs to look at, and how many at once.

        Ascending, but for those at which a connection broke before: they come last, and all are fetched
        one by one, so that a message which breaks every connection costs no other.
        """
        troubled = self._state.troubled(self._desk.account, self._desk.inbox, cursor.uidvalidity)
        now = _EVER if request.retry else self._clock()
        again = {e.uid for e in troubled if e.attempts < tries(e.reason) and e.due(now)}
        suspects = {each.uid for each in troubled if each.reason in SUSPECT}
        todo = set(
            self._renumbered(cursor, request) if cursor.rescan else self._new(cursor, request)
        )
        todo = (todo - suspects) | again
        ordered = sorted(todo, key=lambda uid: (uid in suspects, uid))
        return ordered, BATCH if suspects.isdisjoint(todo) else 1

    def _renumbered(self, cursor: Cursor, request: Request) -> list[int]:
        day = (cursor.started - timedelta(days=1)).date()
        if request.since is not None:
            day = min(day, request.since)
        return [uid for uid in self._mailbox.uids_since(day) if uid > cursor.last_uid]

    def _new(self, cursor: Cursor, request: Request) -> set[int]:
        new = set(self._mailbox.uids_from(cursor.last_uid + 1))
        if request.since is not None:
            older = self._mailbox.uids_since(request.since)
            at = (self._desk.account, self._desk.inbox, cursor.uidvalidity)
            new.update(set(older) - self._state.seen(*at, older))
        return new

    def _finish_rescan(self, cursor: Cursor, opened: Opened, report: Report) -> None:
        last = Cursor(opened.uidvalidity, opened.uidnext - 1, cursor.started, rescan=False)
        self._state.start(self._desk.account, self._desk.inbox, last)
        self._backlog.perform(opened, last, report)

    # --- judging ---

    def _judge(self, batch: Sequence[int], cursor: Cursor, report: Report) -> bool:
        """Judge and record a batch; False where the program is asked to stop in the middle.

        In ascending order, also of what is missing: recording a message moves the cursor past
        all that lie before it, and after a cut nobody would ask for those again.
        """
        waiting, few_at_once = iter(batch), FewAtOnce(self._mailbox.fetch(batch))
        lost: ConnectionLost | None = None
        with closing(read_ahead(few_at_once, self._judging.read)) as fews:
            for few in fews:
                for fetched, answer in few:
                    if self._stopping():
                        return False
                    for uid in takewhile(fetched.uid.__ne__, waiting):
                        self._missing(uid, cursor, report)
                    look = lost is None and few_at_once.broken is None
                    lost = self._judge_one(fetched, answer, cursor, report, look=look) or lost
                if lost is not None:
                    break
        if few_at_once.broken is not None:
            among_others = bool(report.judged or report.known)
            raise self._suspects.stumble(
                self._location(next(waiting, 0), cursor), few_at_once.broken, among_others
            )
        if lost is not None:
            raise lost
        for uid in waiting:
            self._missing(uid, cursor, report)
        return True

    def _missing(self, uid: int, cursor: Cursor, report: Report) -> None:
        if self._judging.withheld(uid):
            self._trouble(self._location(uid, cursor), WITHHELD, report)
        else:
            self._state.gone(self._location(uid, cursor))
            self._watcher.passed_over(uid)

    def _judge_one(
        self,
        fetched: Fetched,
        answer: Reading | UnreadableMail,
        cursor: Cursor,
        report: Report,
        *,
        look: bool,
    ) -> ConnectionLost | None:
        """Judge one message and record the verdict; one that can't be judged stops no other.

        Args:
            look: False where the connection is gone, and Drafts and Sent can't be looked at.

        Returns:
            The end of the connection, where a look was its end; all the same the message is recorded.
        """
        location = self._location(fetched.uid, cursor)
        try:
            reading = self._judging.attributed(answer)
            seen = self._judging.found(fetched.flags)
            if self._state.relocate(location, reading.message.identity, seen):
                report.known += 1
                self._watcher.passed_over(fetched.uid)
                return None
            outcome, lost = self._decide(reading, fetched, cursor, look=look)
        except UnreadableMail as error:
            self._trouble(location, error.message, report, fetched.arrived)
            return None
        except AssistantError:
            raise
        except Exception as error:  # noqa: BLE001 - an edge: a bug that one message brings out
            self._trouble(location, f"a bug ({type(error).__name__})", report, fetched.arrived)
            return None
        message = reading.message
        rules, now = self._judging.rules, self._clock()
        client = client_key(message.sender.email) if message.sender else ""
        self._state.record(location, message, outcome, rules, now, seen, client, fetched.arrived)
        if outcome.draft is not None and look and lost is None:
            self._backlog.remember(message.identity, outcome.draft)
        if outcome.skip is not None and outcome.skip.reason in STOPPED:
            report.tell(outcome.skip.detail)
            report.paused = True
        report.judged += 1
        if outcome.verdict is not None and outcome.verdict.tone is not None:
            tone = outcome.verdict.tone.id
            report.flagged += 1
            report.tones[tone] = report.tones.get(tone, 0) + 1
        self._watcher.judged(Judged(fetched.uid, message, outcome))
        return lost

    def _decide(
        self, reading: Reading, fetched: Fetched, cursor: Cursor, *, look: bool
    ) -> tuple[Outcome, ConnectionLost | None]:
        """The outcome; and the end of the connection, where a look into Drafts or Sent was its end.

        The verdict needs no such look, and before the draft is laid, it is decided anew, with one.
        """
        if cursor.rescan and _before(reading.message.date, cursor.started):
            skip = Skip("before-start", "older than the assistant's first start", judged=False)
            return Outcome(reading.message.identity, skip, None, ()), None
        if self._judging.marked(fetched.flags):  # and not remembered: the state was lost
            return self._judging.decide_again(reading, fetched), None
        try:
            return self._judging.decide(reading, fetched, look=look), None
        except ConnectionLost as error:
            return self._judging.decide(reading, fetched, look=False), error

    def _trouble(
        self, location: Location, reason: str, report: Report, arrived: datetime | None = None
    ) -> None:
        if self._state.trouble(location, reason, arrived) >= tries(reason):
            report.tell(f"message {location.uid} could not be judged and is left alone: {reason}")
        elif reason == WITHHELD:
            report.waits = True  # soon
        self._watcher.passed_over(location.uid)

    def _location(self, uid: int, cursor: Cursor) -> Location:
        return Location(self._desk.account, self._desk.inbox, cursor.uidvalidity, uid)


def _batches(todo: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """What is judged before anything is performed; an empty one where there is nothing to judge."""
    at = 0
    while at < len(todo) or not at:
        count = min(size, FIRST) if at < SOON else size
        yield todo[at : at + count]
        at += count


def _before(written: datetime | None, started: datetime) -> bool:
    """Whether a message was written before the assistant's first day."""
    if written is None:
        return False
    return written < datetime.combine(started.date(), time.min, UTC) - timedelta(days=1)
