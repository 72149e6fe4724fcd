"""Reads one fetched message and decides about it, with what else is known looked up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from assistant.cases.told import told
from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.model import AppendDraft, Facts, Fetched, Message, Outcome, Place, Reading, Skip
from assistant.screening import ANSWERED_IN_SENT, ByHeader, too_many
from assistant.service.ports import Clock, Desk, Mailbox, Reader
from assistant.store import SECOND_LOOK, UNHEARD, Drafted, State
from assistant.triage import Triage

WITHHELD = "the server does not deliver it"
BROKE = "the connection broke while it was fetched"
BREAKS = "it breaks the connection each time it is fetched"
DEALT_WITH = Skip(
    "dealt-with", "marked by us before, and its draft is gone: it is not made again", judged=True
)
TRIES = 2
"""How often a message that can't be read is tried before it is left alone."""
TRIES_WITHHELD = 60
"""The same for one that the server lists and doesn't bring: that mostly passes (Exchange)."""


def tries(reason: str) -> float:
    """How often a message is tried that could not be read for this reason."""
    return {WITHHELD: TRIES_WITHHELD, BROKE: math.inf, BREAKS: 0, SECOND_LOOK: 0}.get(reason, TRIES)


class Judging:
    """One account's way from bytes to a decision. Records nothing, performs nothing."""

    def __init__(
        self,
        mailbox: Mailbox,
        state: State,
        triage: Triage,
        reader: Reader,
        desk: Desk,
        clock: Clock,
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._triage = triage
        self._reader = reader
        self._desk = desk
        self._clock = clock
        book = triage.rulebook
        self._screen = ByHeader(desk.profile, book.screening)
        self._tones = sorted(book.tones, key=lambda tone: tone.heat)
        self.keywords = frozenset(each.keyword.casefold() for each in self._tones) - {
            book.attention.casefold()
        }
        """The keywords of tones, in lower case. "Look first" is none."""

    @property
    def rules(self) -> str:
        """Names the rules in force."""
        return self._triage.rulebook.digest

    def read(self, messages: Sequence[Fetched]) -> Sequence[Reading | UnreadableMail]:
        """What the bytes of each message say, as far as it is to be judged; or why they can't be read.

        Raises:
            ReaderUnavailable: no message can be read just now.
        """
        raws = [each.raw for each in messages]
        return self._reader.read_all(raws, self._desk.language, self._screen)

    def attributed(self, answer: Reading | UnreadableMail) -> Reading:
        """A reading with whoever wrote the message as its sender.

        Raises:
            UnreadableMail: where there is none.
        """
        if isinstance(answer, UnreadableMail):
            raise answer
        return self._triage.attributed(answer, self._desk.profile)

    def decide(self, reading: Reading, fetched: Fetched, *, look: bool = True) -> Outcome:
        """The outcome, by what is known now.

        Args:
            look: whether Drafts and Sent may be looked at. Where they can't be, what would be found there
                is still to be seen before a draft is laid.

        Raises:
            ReaderUnavailable: nothing can be asked of the worker just now.
            ConnectionLost: at a look.
        """
        facts = self._facts(reading.message, fetched, look=look)
        outcome = self._triage.decide(reading, facts, self._reader.opinion, self._reader.mood)
        if outcome.draft is None or not look:
            return outcome
        skip = self._held_back(reading.message, fetched)
        return outcome if skip is None else without_draft(outcome, skip)

    def decide_again(self, reading: Reading, fetched: Fetched) -> Outcome:
        """The outcome for a message that bears our mark, and of which nothing is remembered.

        If its draft can't be found either, somebody has dealt with it.

        Raises:
            ConnectionLost: nobody knows, and nothing may be decided.
        """
        outcome = self.decide(reading, fetched)
        if outcome.draft is None:
            return outcome
        try:
            found = self._mailbox.find_draft(outcome.draft.message_id)
        except ConnectionLost:
            raise
        except MailboxError:
            found = None
        return outcome if found else without_draft(outcome, DEALT_WITH)

    def _held_back(self, message: Message, fetched: Fetched) -> Skip | None:
        """Why a draft that is due is not laid: what takes a look at the server, or counting."""
        lately = self._state.lately(self._desk.account, message.identity, self._clock())
        skip = too_many(lately, self._desk.profile)
        return skip or (ANSWERED_IN_SENT if self._answered(message, fetched) else None)

    def _answered(self, message: Message, fetched: Fetched) -> bool:
        """Whether something in Sent answers a message.

        Looked up also for a message without an id, which nothing can answer: what a stranger wrote into a
        header changes none of the commands that are sent.
        """
        when = fetched.arrived or message.date or self._clock()
        try:
            # A day earlier, for the zones; and no earlier than there was mail.
            day = max(when.date(), date(1971, 1, 1)) - timedelta(days=1)
            return self._mailbox.answered(message.message_id or "", day)
        except ConnectionLost:
            raise
        except MailboxError:  # no Sent that could be read: nothing there answers anything
            return False

    def seen(self, flags: frozenset[str]) -> frozenset[str]:
        """The keywords of tones among these flags."""
        return flags & self.keywords

    def found(self, flags: frozenset[str]) -> frozenset[str]:
        """What a message is remembered with where it is first found: as :meth:`seen`, and whether a case was told
        something by it that is still to be heard.
        """
        return self.seen(flags) | ({UNHEARD} if told(flags) else set())

    def tone_of(self, keyword: str, ours: str | None) -> str:
        """The tone that a keyword stands for; where several share it, ours if it is among them, else the mildest."""
        found = [each.id for each in self._tones if each.keyword.casefold() == keyword]
        return ours if ours in found else found[0]

    def marked(self, flags: frozenset[str]) -> bool:
        """Whether one of our keywords is among these flags."""
        book = self._triage.rulebook
        ours = {tone.keyword.casefold() for tone in book.tones} | {book.attention.casefold()}
        return not ours.isdisjoint(flags)

    def withheld(self, uid: int) -> bool:
        """Whether a message that was not delivered is there all the same (Exchange does that)."""
        return self._mailbox.lists(uid)

    def _facts(self, message: Message, fetched: Fetched, *, look: bool) -> Facts:
        known = self._state.known(self._desk.account, message)
        return Facts(
            profile=self._desk.profile,
            now=self._clock(),
            flags=fetched.flags,
            arrived=fetched.arrived,
            draft_waiting=any(self._waits(each, look=look) for each in known.drafts),
            sender_drafted=known.sender_drafted,
            behaviour=self._state.behaviour(self._desk.account, message, self._clock()),
        )

    def _waits(self, draft: Drafted, *, look: bool) -> bool:
        """Whether a holding reply still waits, or is about to."""
        is_due = draft.state in ("planned", "appending")
        if is_due or not look:
            return is_due
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


def without_draft(outcome: Outcome, skip: Skip) -> Outcome:
    """The same outcome, but for the draft."""
    kept = tuple(each for each in outcome.effects if not isinstance(each, AppendDraft))
    return replace(outcome, skip=skip, effects=kept, notes=())
