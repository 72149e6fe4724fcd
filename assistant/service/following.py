"""What becomes of unhappy mail: what the user has sent is looked at, and what is due is told of.

After each pass; at the first look, at weeks of sent mail. Nothing but drafts is written to the server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assistant.cases.clients import client_key
from assistant.cases.clocks import nudge
from assistant.cases.office import day_of, zone_of
from assistant.errors import AssistantError, ConnectionLost, MailboxError, UnreadableMail
from assistant.model import Fetched, FolderStatus, Location, Message
from assistant.service.drafting import Drafting
from assistant.service.judging import BROKE
from assistant.service.listening import Listening
from assistant.service.ports import Clock, Desk, Reader, Sent
from assistant.service.report import Reminder, Report
from assistant.service.standing import AllowedFor, standings
from assistant.store import OLD, CaseBook, Cursor, State

LOOK_BACK = timedelta(days=OLD)
"""How far back sent mail is looked at, at the first look: answers to what is open may be weeks old."""
LOOK_EVERY = timedelta(minutes=1)
"""Between two looks at sent mail; nothing there is in a hurry."""
REMIND_EVERY = timedelta(minutes=15)
"""Between two looks at all clocks where nothing is seen to change: the user may have told something."""
TOO_LATE = timedelta(days=7)
"""Of what was due longer ago nobody is reminded: the program was not at work then."""
_AUTOMATIC = "auto-submitted"
TRIES = 3
"""How often a connection may break among a few messages before they are fetched one by one, and then at one."""
AT_ONCE = 8


class Following:
    """One account's cases.

    Args:
        sent: the folders of sent mail.
        drafting: lays the drafts that cases call for; None where none are to be laid.
        listening: hears what the user owes; shared between accounts.
    """

    def __init__(
        self,
        *,
        sent: Sent,
        state: State,
        book: CaseBook,
        reader: Reader,
        desk: Desk,
        allowed_for: AllowedFor,
        clock: Clock,
        drafting: Drafting | None = None,
        listening: Listening | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sent = sent
        self._state = state
        self._book = book
        self._reader = reader
        self._desk = desk
        self._allowed_for = allowed_for
        self._clock = clock
        self._drafting = drafting
        self._listening = listening or Listening()
        self._stopping = stopping
        self._look_at = self._remind_at = datetime(1970, 1, 1, tzinfo=UTC)

    def run(self, report: Report, *, changed: bool = True) -> None:
        """Look at what was sent since the last look, then remind of what is due.

        Args:
            report: is told what there is to tell, also where this ends in the middle. Whoever has handed it on
                to the user says so by :meth:`reminded`; else all of it is told again.
            changed: whether the pass before it has changed anything.

        Raises:
            ConnectionLost: the next one takes it up.
        """
        now = self._clock()
        # A clock that was ahead and is put back must not make anything wait for it.
        if not self._look_at - LOOK_EVERY <= now < self._look_at:
            changed = self._look_into_all(report) or changed
            self._look_at = now + LOOK_EVERY
        if not self._stopping() and (
            changed or not self._remind_at - REMIND_EVERY <= now < self._remind_at
        ):
            self._remind_at = self._remind(now, report)

    def reminded(self, report: Report) -> None:
        """The user was told what is in a report: those clocks ring no more."""
        reminded(self._book, self._desk.account, report, self._clock())

    # --- what was sent ---

    def _look_into_all(self, report: Report) -> bool:
        """Whether there was anything new."""
        new = False
        for folder in self._folders(report):
            try:
                new = self._look(folder, report) or new
            except ConnectionLost:
                raise
            except MailboxError as error:
                report.tell(f"{error.message}: answers that lie there are not seen")
        return new

    def _folders(self, report: Report) -> tuple[FolderStatus, ...]:
        try:
            return self._sent.folders()
        except ConnectionLost:
            raise
        except MailboxError as error:  # what is due is due all the same
            report.tell(f"{error.message}: what you sent is not seen")
            return ()

    def _look(self, folder: FolderStatus, report: Report) -> bool:
        account = self._desk.account
        cursor = self._state.cursor(account, folder.name)
        since = None
        if cursor is None or cursor.uidvalidity != folder.uidvalidity:
            since = (self._clock() - LOOK_BACK).date()
            cursor = Cursor(folder.uidvalidity, 0, self._clock(), rescan=False)
        elif folder.uidnext <= cursor.last_uid + 1:
            return False
        uids = self._sent.uids(folder.name, cursor.last_uid + 1, since)
        if since is not None:
            before = min(uids, default=folder.uidnext) - 1
            cursor = Cursor(folder.uidvalidity, before, cursor.started, rescan=False)
            self._state.start(account, folder.name, cursor)
        reached = cursor.last_uid
        while uids and not self._stopping():
            few = self._read(folder, reached, uids, report)
            reached = few[-1]
            self._state.advance(account, folder.name, reached)
            uids = uids[len(few) :]
        if not uids:
            self._state.advance(account, folder.name, folder.uidnext - 1)
        return True

    def _read(
        self, folder: FolderStatus, reached: int, uids: list[int], report: Report
    ) -> list[int]:
        """Note the first few, or one, where connections broke; those that are dealt with.

        A message that breaks each connection would keep the account from ever being well: it is left out.
        """
        at = Location(self._desk.account, folder.name, folder.uidvalidity, reached)
        troubled = self._state.troubled(at.account, at.mailbox, at.uidvalidity)
        breaks = next((each.attempts for each in troubled if each.uid == reached), 0)
        few = uids[: AT_ONCE if breaks < TRIES else 1]
        if breaks >= 2 * TRIES:
            return few
        try:
            found = list(self._sent.fetch(folder.name, few))
        except ConnectionLost:
            self._state.trouble(at, BROKE)
            raise
        answers = self._reader.read_all([each.raw for each in found], self._desk.language)
        for fetched, answer in zip(found, answers, strict=True):
            if isinstance(answer, UnreadableMail):
                continue
            try:
                self._note(folder, fetched, answer.message)
            except AssistantError:
                raise
            except Exception as error:  # noqa: BLE001 - an edge: a bug that one message brings out
                report.tell(f"a sent message was left out: a bug ({type(error).__name__})")
        return few

    def _note(self, folder: FolderStatus, fetched: Fetched, message: Message) -> None:
        """A message of the user's to somebody else."""
        profile = self._desk.profile
        if message.sender is not None and not profile.owns(message.sender):
            return  # misfiled
        if any(
            name == _AUTOMATIC and value.strip().lower() != "no" for name, value in message.headers
        ):
            return  # an out-of-office answers nobody (RFC 3834)
        message = replace(message, cc=(*message.cc, *message.bcc))  # who is in Bcc got it, too
        others = [each for each in (*message.to, *message.cc) if not profile.owns(each)]
        if not others:
            return
        account = self._desk.account
        at = min(fetched.arrived or message.date or self._clock(), self._clock())
        client = self._book.addressed(account, message, [client_key(each.email) for each in others])
        # To a colleague nothing is owed that a client could ask for.
        ours = client in {client_key(each.email) for each in profile.own}
        owed = () if ours else self._listening.owed(message, day_of(profile.calling, at))
        self._book.sent(
            Location(account, folder.name, folder.uidvalidity, fetched.uid),
            message,
            self._book.kind_of(account, message.message_id or ""),
            len(message.own_words.split()),
            client,
            at,
            [each.due for each in owed if each.due],
        )

    # --- what is due ---

    def _remind(self, now: datetime, report: Report) -> datetime:
        """Each clock that has come so far and was not told of; when to look again."""
        account, calling = self._desk.account, self._desk.profile.calling
        again = now + REMIND_EVERY
        every = list(standings(self._book, account, now, calling, self._allowed_for))
        for each in every:
            quiet = nudge(each.progress)
            for clock in (*each.clocks, *([quiet] if quiet else [])):
                if clock.rings > now:
                    again = min(again, clock.rings)
                elif clock.due > now - TOO_LATE and not self._book.has_rung(
                    account, each.thread, clock
                ):
                    due = clock.due.astimezone(zone_of(calling))
                    report.reminders.append(
                        Reminder(each.thread.name, clock.name, due, clock.number)
                    )
        if self._drafting is not None:
            self._drafting.run(every, report)
        return again


def reminded(book: CaseBook, account: str, report: Report, now: datetime) -> None:
    """The user was told what is in a report: those clocks ring no more. Who breaks off before that is told twice."""
    if report.reminders:
        book.rang(account, [(e.case, e.clock, e.number, e.due) for e in report.reminders], now)
