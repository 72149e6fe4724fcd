"""The drafts that follow the holding reply, laid by the same rules: planned first, once for each occasion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from assistant.cases.clients import client_key
from assistant.cases.wanted import wanted
from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.model import Case, Client, Draft, Letter, Message, RuleBook, Skip
from assistant.reply.followup import FollowUps, follow_up_id, occasion
from assistant.screening import not_addressed, not_wanted, too_many, written_by
from assistant.service.backlog import held_until
from assistant.service.casemail import CaseMail
from assistant.service.effects import DONE, WAITING, Performer, Result
from assistant.service.ports import Clock, Desk, Mailbox, Reader
from assistant.service.report import Report
from assistant.service.standing import Standing
from assistant.store import DueDraft, FollowUpStore, State, later
from assistant.triage import BY_GUARD

GONE = "the case is gone"
MOST_LETTERS = 30
"""The newest of a thread, for the tongue, the manner and the thread of an answer."""
_BROKE = "the connection broke while it was laid"


class Drafting:
    """One account's follow-up drafts."""

    def __init__(
        self,
        mailbox: Mailbox,
        state: State,
        store: FollowUpStore,
        rulebook: RuleBook,
        reader: Reader,
        desk: Desk,
        clock: Clock,
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._store = store
        self._rulebook = rulebook
        self._writer = FollowUps(rulebook)
        self._reader = reader
        self._desk = desk
        self._clock = clock
        self._performer = Performer(mailbox, store, desk, clock)

    def run(self, standings: Sequence[Standing], report: Report) -> None:
        """Plan what the cases call for, and lay what is planned and due.

        Raises:
            ConnectionLost: the next look finds out what became of it.
        """
        if self._desk.profile.label_only:
            return
        account, now = self._desk.account, self._clock()
        cursor = self._state.cursor(account, self._desk.inbox)
        since = cursor.started if cursor else now
        for each in standings:
            for kind in wanted(each.progress, each.clocks, each.notes, now, since):
                case = self._case(each, ())
                message_id = follow_up_id(kind, case, self._desk.profile)
                self._store.plan(account, each.thread, kind, message_id, now, occasion(kind, case))
        by_thread = {each.thread.number: each for each in standings}
        for due in self._store.due(account, now):
            if not due.planned.appending and self._stopped(report):
                continue
            state, note = self._lay(due, by_thread.get(due.thread))
            report.drafted += state == DONE and not note
            if note:
                report.tell(f"{due.kind} of {due.case}: {note}", waits=state == WAITING)

    def _stopped(self, report: Report) -> bool:
        """Whether drafting has stopped for now, for every kind; what is planned waits."""
        lately = self._state.lately(self._desk.account, "", self._clock())
        skip = too_many(lately, self._desk.profile)
        if skip is not None:
            report.tell(skip.detail)
            report.paused = True
        return skip is not None

    def _lay(self, due: DueDraft, standing: Standing | None) -> Result:
        planned = due.planned
        try:
            return self._performer.draft(planned, partial(self._rebuild, due, standing))
        except ConnectionLost:
            self._store.hold(planned, _BROKE, held_until(planned, self._clock()))
            raise
        except MailboxError as error:
            if not planned.appending:  # else its fate is open, and must not be forgotten
                until = later(self._clock(), planned.attempts)
                self._store.postpone(planned, error.message, until)
            return WAITING, error.message

    def _rebuild(self, due: DueDraft, standing: Standing | None) -> Draft | str:
        """The draft, or why it is no longer wanted."""
        if standing is None:
            return GONE
        standing = replace(standing, thread=replace(standing.thread, name=due.case))
        case = self._case(standing, self._letters(standing))
        draft = self._unwanted(case) or self._writer.draft(
            due.kind, case, self._desk.profile, self._clock()
        )
        if isinstance(draft, Draft):
            return draft if draft.message_id == due.planned.value else "the case has gone on since"
        return "the guard refuses it" if draft.reason == BY_GUARD else draft.detail

    def _unwanted(self, case: Case) -> Skip | None:
        """Why this client gets no draft, as for a holding reply."""
        theirs = [each.message for each in case.letters if each.entry.inward]
        if not theirs:
            return None  # said by whoever writes
        profile, book = self._desk.profile, self._rulebook
        tone = next((e for e in book.tones if e.heat == case.progress.heat), book.tones[0])
        least = book.tone(profile.least_tone)
        return not_wanted(theirs[-1], profile, tone, least) or not_addressed(
            theirs[-1], profile, book.screening
        )

    def _letters(self, standing: Standing) -> tuple[Letter, ...]:
        mail = CaseMail(self._mailbox, self._message, self._desk.inbox)
        return tuple(
            Letter(each.message, each.place.entry, None, each.folder, each.fetched.uid)
            for each in mail.find(standing.places[-MOST_LETTERS:])
        )

    def _message(self, raw: bytes) -> Message:
        """A message with whoever wrote it as its sender, where a web form passed it on."""
        (answer,) = self._reader.read_all([raw], self._desk.language)
        if isinstance(answer, UnreadableMail):
            raise answer
        return written_by(answer.message, self._desk.profile, self._rulebook.screening)

    def _case(self, standing: Standing, letters: tuple[Letter, ...]) -> Case:
        senders = [e.message.sender for e in letters if e.entry.inward and e.message.sender]
        client = Client(client_key(senders[-1].email) if senders else "", tuple(senders[-1:]))
        return Case(
            standing.thread.name,
            self._desk.account,
            client,
            letters[0].message.subject if letters else "",
            standing.progress,
            standing.clocks,
            (),
            letters,
            standing.notes,
        )
