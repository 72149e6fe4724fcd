"""The drafts that follow the holding reply, laid by the same rules: planned first, once for each occasion."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from assistant.cases.clients import client_key
from assistant.cases.wanted import wanted
from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.model import Case, Client, Draft, Letter, Message
from assistant.reply.followup import FollowUps, follow_up_id
from assistant.service.backlog import BREAKS
from assistant.service.casemail import CaseMail
from assistant.service.effects import Performer
from assistant.service.ports import Clock, Desk, Mailbox, Reader
from assistant.service.report import Report
from assistant.service.standing import Standing
from assistant.store import DueDraft, FollowUpStore, later

GONE = "the case is gone"
MOST_LETTERS = 30
"""The newest of a thread, for the tongue, the manner and the thread of an answer."""


class Drafting:
    """One account's follow-up drafts."""

    def __init__(
        self,
        mailbox: Mailbox,
        store: FollowUpStore,
        writer: FollowUps,
        reader: Reader,
        desk: Desk,
        clock: Clock,
    ) -> None:
        self._mailbox = mailbox
        self._store = store
        self._writer = writer
        self._reader = reader
        self._desk = desk
        self._clock = clock
        self._performer = Performer(mailbox, store, desk, clock)

    def plan(self, kind: str, standing: Standing) -> bool:
        """A draft is called for; False where it was on this occasion before."""
        message_id = follow_up_id(kind, self._case(standing, ()), self._desk.profile)
        name = standing.thread.name
        return self._store.plan(self._desk.account, name, kind, message_id, self._clock())

    def run(self, standings: Sequence[Standing], report: Report) -> None:
        """Plan what the cases call for, and lay what is planned and due.

        Raises:
            ConnectionLost: the next look finds out what became of it.
        """
        if self._desk.profile.label_only:
            return
        for each in standings:
            for kind in wanted(each.progress, each.clocks, each.notes, self._clock()):
                self.plan(kind, each)
        by_name = {each.thread.name: each for each in standings}
        for due in self._store.due(self._desk.account, self._clock()):
            rebuild = partial(self._rebuild, due, by_name.get(due.case))
            planned = due.planned
            try:
                state, note = self._performer.draft(planned, rebuild)
            except ConnectionLost:
                again = planned.attempts - BREAKS
                until = self._clock() if again < 0 else later(self._clock(), again)
                self._store.hold(planned, "the connection broke while it was laid", until)
                raise
            except MailboxError as error:
                if not planned.appending:  # else its fate is open, and must not be forgotten
                    until = later(self._clock(), planned.attempts)
                    self._store.postpone(planned, error.message, until)
                report.tell(f"{due.kind} of {due.case} waits: {error.message}", waits=True)
                continue
            report.drafted += state == "done"
            if note:
                report.tell(f"{due.kind} of {due.case}: {note}", waits=state == "waiting")

    def _rebuild(self, due: DueDraft, standing: Standing | None) -> Draft | str:
        """The draft, or why it is no longer wanted."""
        if standing is None:
            return GONE
        case = self._case(standing, self._letters(standing))
        draft = self._writer.draft(due.kind, case, self._desk.profile, self._clock())
        if isinstance(draft, Draft):
            if draft.message_id != due.planned.value:
                return "the case has gone on since"
            return draft
        return "the guard refuses it" if draft.reason == "guard" else draft.detail

    def _letters(self, standing: Standing) -> tuple[Letter, ...]:
        mail = CaseMail(self._mailbox, self._message, self._desk.inbox)
        return tuple(
            Letter(self._message(each.raw), place.entry, None, folder, each.uid)
            for place, folder, each in mail.find(standing.places[-MOST_LETTERS:])
        )

    def _message(self, raw: bytes) -> Message:
        (answer,) = self._reader.read_all([raw], self._desk.language)
        if isinstance(answer, UnreadableMail):
            raise answer
        return answer.message

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
