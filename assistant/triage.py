"""The decision about one message: Message + Facts + RuleBook -> Outcome. Pure.

No clock, no disk, no network, no randomness: the same message, rules and facts give the same
outcome every time, whether it comes from a mailbox or from a file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from assistant.model import (
    AppendDraft,
    Draft,
    Effect,
    Facts,
    Mark,
    Message,
    Opinion,
    Outcome,
    Phone,
    Polarity,
    Profile,
    Reading,
    RuleBook,
    Skip,
    Verdict,
)
from assistant.reading.language import OTHER
from assistant.reading.phones import phone_numbers
from assistant.reply.compose import UnsafeDraft, compose
from assistant.reply.guard import LEGAL
from assistant.reply.holding import Replies
from assistant.screening import no_draft, not_judged, not_wanted, written_by
from assistant.tone import polarity
from assistant.tone.judge import FLAGS_PER_1000, NOBODY_ELSE, Judge

Ask = Callable[[Message, bool], Opinion | None]
Mood = Callable[[Message], Polarity | None]
"""Gives the reader's opinion on a message, with its evidence or without; None where none can be had."""


BY_GUARD = "guard"
"""The reason of a skip whose detail quotes the letter, and may with it quote the client."""


def nobody(_message: Message, _evidence: bool) -> None:
    """Where there is no reader."""


class Triage:
    """One rulebook, compiled. Safe to share between threads: what is compiled late is the same for all.

    Args:
        rulebook: the rules.
        flags_per_1000: how many of 1,000 ordinary messages may be flagged.
        reader: whether the reader is installed, so that its opinion can be had.
        alone: entered while something is compiled: a lock, where threads share it, or else each
            of many would compile the same at once (25 MB each).
    """

    def __init__(
        self,
        rulebook: RuleBook,
        flags_per_1000: float = FLAGS_PER_1000,
        *,
        reader: bool = False,
        alone: AbstractContextManager[object] = NOBODY_ELSE,
    ) -> None:
        self.rulebook = rulebook
        self._alone = alone
        self._judge = Judge(rulebook, flags_per_1000, reader=reader, alone=alone)
        self._replies: dict[str, Replies] = {}

    @property
    def judge(self) -> Judge:
        """Who judges; for whoever asks why."""
        return self._judge

    def prepare(self, language: str) -> None:
        """Compile the rules and the replies of a language before its first flagged message."""
        self._judge.prepare(language)
        self._replies_in(language)

    def threshold(self, language: str, flags_per_1000: float) -> int:
        """The score from which mail in a language would be flagged by this budget."""
        return self._judge.threshold(language, flags_per_1000)

    def attributed(self, reading: Reading, profile: Profile) -> Reading:
        """The reading with whoever wrote it as the sender, where a web form passed it on."""
        message = written_by(reading.message, profile, self.rulebook.screening)
        return reading if message is reading.message else replace(reading, message=message)

    def screened(self, message: Message, facts: Facts) -> Skip | None:
        """Why a message is not judged, if it isn't."""
        skip = not_judged(message, facts, self.rulebook.screening)
        if skip is None and not self._judge.knows(message.language):
            skip = Skip("language", _no_rules(message.language), judged=False)
        return skip

    def _judged(self, reading: Reading, facts: Facts, ask: Ask, mood: Mood) -> Verdict:
        if reading.polarity is None:
            reading = replace(reading, polarity=mood(reading.message))
        heard = self._judge.hear(reading, facts.behaviour)
        if heard.opinion is not None or not self._judge.undecided(heard):
            return self._judge.weigh_up(heard)
        heard = replace(heard, opinion=ask(reading.message, False))
        verdict = self._judge.weigh_up(heard)
        if heard.opinion is None or not verdict.dissatisfied:
            return verdict
        with_evidence = ask(reading.message, True) or heard.opinion
        return self._judge.weigh_up(replace(heard, opinion=with_evidence))

    def decide(
        self, reading: Reading, facts: Facts, ask: Ask = nobody, mood: Mood = polarity.mood
    ) -> Outcome:
        """What is to be done about a message, and why.

        Args:
            reading: the message; where it holds the reader's opinion, nobody is asked.
            facts: what else is known.
            ask: the reader, who is asked where the others leave the message open; for its
                evidence, which takes longer, in flagged mail only.
            mood: TextBlob, who is asked of every message that is judged, unless the reading holds its answer.
        """
        message = reading.message
        skip = self.screened(message, facts)
        if skip is not None:
            return Outcome(message.identity, skip, None, ())
        verdict = self._judged(reading, facts, ask, mood)
        if verdict.tone is None:
            return Outcome(message.identity, None, verdict, ())
        return self._flagged(message, facts, verdict)

    def _flagged(self, message: Message, facts: Facts, verdict: Verdict) -> Outcome:
        """A dissatisfied message: it is marked, and gets a holding reply unless something speaks
        against one."""
        assert verdict.tone is not None
        phones = phone_numbers(message, facts.profile.region)
        effects: list[Effect] = [Mark(verdict.tone.keyword)]
        if LEGAL & set(verdict.cues) and self.rulebook.attention:
            effects.append(Mark(self.rulebook.attention))
        least = self.rulebook.tone(facts.profile.least_tone)
        skip = not_wanted(message, facts.profile, verdict.tone, least) or no_draft(
            message, facts, self.rulebook.screening
        )
        notes: tuple[str, ...] = ()
        if skip is None:
            reply, notes = self._reply(message, facts, verdict, phones)
            if isinstance(reply, Draft):
                effects.append(AppendDraft(reply))
            else:
                skip = reply
        return Outcome(message.identity, skip, verdict, tuple(effects), phones, notes)

    def _replies_in(self, language: str) -> Replies | None:
        """The replies of a language, compiled when its first flagged message comes."""
        book = self.rulebook
        wording = book.wording(language)
        if wording is not None and language not in self._replies:
            with self._alone:
                if language not in self._replies:
                    classes = book.classes(language)
                    self._replies[language] = Replies(wording, classes, book.not_names)
        return self._replies.get(language)

    def _reply(
        self, message: Message, facts: Facts, verdict: Verdict, phones: tuple[Phone, ...]
    ) -> tuple[Draft | Skip, tuple[str, ...]]:
        """The draft, or why there is none; and what the user is to know."""
        replies = self._replies_in(message.language)
        if replies is None:
            return Skip("language", f"no wording in language {message.language!r}", judged=True), ()
        reply = replies.reply(message, facts, verdict, phones)
        if reply.faults:
            return Skip(BY_GUARD, "; ".join(map(str, reply.faults)), judged=True), reply.notes
        try:
            draft = compose(message, facts, reply.text, reply.quoted, reply.unnamed)
            return draft, reply.notes
        except UnsafeDraft as error:
            return Skip("unsafe", error.message, judged=True), reply.notes


def _no_rules(language: str) -> str:
    if language == OTHER:
        return "written in a language that none of the rules are for"
    return f"no rules for language {language!r}"
