"""Judging messages that lie in files, as if each had just arrived: what `explain`, `eval` and `try` share."""

from __future__ import annotations

from assistant.cli import wiring
from assistant.cli.wiring import Setup
from assistant.config import Account, Config
from assistant.model import Facts, Message, Opinion, Outcome, Reading
from assistant.triage import Triage
from assistant.worker import Here, Worker


class AsArrived:
    """Judges by one setup's rules, at the account that a message was written to.

    Args:
        here: reads; None for one of its own.
    """

    def __init__(self, setup: Setup, here: Here | Worker | None = None) -> None:
        self._config = setup.config
        self._triage_of = wiring.triages(setup)
        self.here = here or Here(wiring.encoders(setup.config))

    def prepare(self) -> None:
        """Compile what the usual language needs, while the worker gets ready and reads."""
        self._triage_of(None).prepare(self._config.settings.language)

    def read(self, raw: bytes, language: str = "") -> tuple[Reading, Facts, Triage]:
        """A message, what else is known about it, and the rules of the account it was written to.

        Args:
            language: taken for the message's where its words can't tell; else the config's.

        Raises:
            UnreadableMail: where the bytes are no mail.
        """
        reading = self.here.read(raw, language or self._config.settings.language)
        triage = self._triage_of(written_to(self._config, reading.message))
        facts = arrived(self._config, reading.message)
        return triage.attributed(reading, facts.profile), facts, triage

    def judge(
        self, raw: bytes, language: str = "", *, evidence: bool = True
    ) -> tuple[Message, Outcome]:
        """A message, and what is to be done about it.

        Args:
            evidence: whether the reader shows the sentence that decided, which takes a multiple of the time
                and changes no verdict.

        Raises:
            UnreadableMail: where the bytes are no mail.
        """
        reading, facts, triage = self.read(raw, language)

        def ask(message: Message, _: bool) -> Opinion | None:
            return self.here.opinion(message, evidence=evidence)

        return reading.message, triage.decide(reading, facts, ask, self.here.mood)


def written_to(config: Config, message: Message) -> Account | None:
    """The account that a message was written to; the first where it was to none of them."""
    named = {each.key for each in (*message.to, *message.cc, *message.delivered_to)}
    accounts = config.settings.account
    theirs = (a for a in accounts if named & {each.casefold() for each in a.own_addresses})
    return next(theirs, accounts[0] if accounts else None)


def arrived(config: Config, message: Message) -> Facts:
    """The facts of a message that has just arrived, at the account it was written to."""
    you = next(iter((*message.to, *message.delivered_to)), None)
    profile = wiring.profile(config, written_to(config, message), you)
    return Facts(profile=profile, now=message.date or wiring.now(), flags=frozenset())
