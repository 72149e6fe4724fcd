"""The decision about one message: Message + Facts + RuleBook -> Outcome. Pure.

No clock, no disk, no network, no randomness: the same message, rules and facts give the same
outcome every time, whether it comes from a mailbox or from a file.
"""

from __future__ import annotations

from collections.abc import Callable
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
    Profile,
    Reading,
    RuleBook,
    Skip,
    Verdict,
)
from assistant.reading.language import OTHER
from assistant.reading.phones import phone_numbers
from assistant.reply.compose import UnsafeDraft, compose, recipient
from assistant.reply.guard import Guard
from assistant.reply.wording import first_name, write
from assistant.screening import no_draft, not_judged, written_by
from assistant.tone.judge import FLAGS_PER_1000, Judge

Ask = Callable[[Message, bool], Opinion | None]
"""Gives the reader's opinion on a message, with its evidence or without; None where none can be had."""


def nobody(_message: Message, _evidence: bool) -> None:
    """Where there is no reader."""


class Triage:
    """One rulebook, compiled. Immutable; safe to share between threads.

    Args:
        rulebook: the rules.
        flags_per_1000: how many of 1,000 ordinary messages may be flagged.
        reader: whether the reader is installed, so that its opinion can be had.
    """

    def __init__(
        self, rulebook: RuleBook, flags_per_1000: float = FLAGS_PER_1000, *, reader: bool = False
    ) -> None:
        self.rulebook = rulebook
        self._judge = Judge(rulebook, flags_per_1000, reader=reader)
        self._wordings = {each.language: (each, Guard(each)) for each in rulebook.wordings}

    def threshold(self, language: str, flags_per_1000: float) -> int:
        """The score from which mail in a language would be flagged by this budget."""
        return self._judge.threshold(language, flags_per_1000)

    def attributed(self, reading: Reading, profile: Profile) -> Reading:
        """The reading with whoever wrote it as the sender, where a web form passed it on."""
        message = written_by(reading.message, profile, self.rulebook.screening)
        return reading if message is reading.message else replace(reading, message=message)

    def _screened(self, message: Message, facts: Facts) -> Skip | None:
        """Why a message is not judged, if it isn't."""
        skip = not_judged(message, facts, self.rulebook.screening)
        if skip is None and not self._judge.knows(message.language):
            skip = Skip("language", _no_rules(message.language), judged=False)
        return skip

    def _judged(self, reading: Reading, facts: Facts, ask: Ask) -> Verdict:
        heard = self._judge.hear(reading, facts.behaviour)
        if heard.opinion is not None or not self._judge.undecided(heard):
            return self._judge.weigh_up(heard)
        heard = replace(heard, opinion=ask(reading.message, False))
        verdict = self._judge.weigh_up(heard)
        if heard.opinion is None or not verdict.dissatisfied:
            return verdict
        with_evidence = ask(reading.message, True) or heard.opinion
        return self._judge.weigh_up(replace(heard, opinion=with_evidence))

    def decide(self, reading: Reading, facts: Facts, ask: Ask = nobody) -> Outcome:
        """What is to be done about a message, and why.

        Args:
            reading: the message; where it holds the reader's opinion, nobody is asked.
            facts: what else is known.
            ask: the reader, who is asked where the others leave the message open; for its
                evidence, which takes longer, in flagged mail only.
        """
        message = reading.message
        skip = self._screened(message, facts)
        if skip is not None:
            return Outcome(message.identity, skip, None, ())
        verdict = self._judged(reading, facts, ask)
        if verdict.tone is None:
            return Outcome(message.identity, None, verdict, ())
        reply = no_draft(message, facts, self.rulebook.screening) or self._reply(
            message, facts, verdict
        )
        phones = phone_numbers(message, facts.profile.region)
        effects: tuple[Effect, ...] = (Mark(verdict.tone.keyword),)
        if isinstance(reply, Draft):
            return Outcome(message.identity, None, verdict, (*effects, AppendDraft(reply)), phones)
        return Outcome(message.identity, reply, verdict, effects, phones)

    def _reply(self, message: Message, facts: Facts, verdict: Verdict) -> Draft | Skip:
        assert verdict.tone is not None
        if message.language not in self._wordings:
            return Skip("language", f"no wording in language {message.language!r}", judged=True)
        wording, guard = self._wordings[message.language]
        to = recipient(message)
        name = first_name(to.name) if to else ""
        if guard.forbids(name):  # a client may well be called Promise
            name = ""
        text = write(wording, verdict.tone.id, message.identity, {"name": name} if name else {})
        if faults := guard.faults(text):
            return Skip("guard", "; ".join(map(str, faults)), judged=True)
        try:
            return compose(message, facts, text)
        except UnsafeDraft as error:
            return Skip("unsafe", error.message, judged=True)


def _no_rules(language: str) -> str:
    if language == OTHER:
        return "written in a language that none of the rules are for"
    return f"no rules for language {language!r}"
