"""Trials over mail: messages of files, or of a mailbox that is only read. Nothing is written but the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.errors import UnreadableMail
from assistant.lab.cache import Cache, key
from assistant.lab.features import Features
from assistant.lab.trial import Pair, Trial, Trials
from assistant.model import Facts, Fetched, Location, Message, Outcome, Profile, Reading
from assistant.service.ports import Clock, Mailbox, Reader
from assistant.store import State

FactsOf = Callable[[Message], tuple[Facts, Facts]]
"""What is known of a message from a file, under both configs."""


@dataclass(frozen=True, slots=True)
class Change:
    """A message whose flag or tone is another one after the change. In memory only: it holds the client's words."""

    where: str
    message: Message
    pair: Pair


@dataclass(slots=True)
class Found:
    """What trials came to; grows."""

    pairs: list[Pair] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Where, and why."""
    read: int = 0
    """Messages whose words were needed; the others were known well enough from the last trial."""


class Tried:
    """Tries a change on one message after another.

    Args:
        language: of messages whose words are too short to tell theirs.
        step: called for each message that is dealt with.
    """

    def __init__(
        self,
        trials: Trials,
        reader: Reader,
        cache: Cache,
        language: str,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        self.found = Found()
        self._trials = trials
        self._reader = reader
        self._cache = cache
        self._language = language
        self._step = step

    def file(self, where: str, raw: bytes, facts: FactsOf) -> None:
        """One message from a file. Where accounts have rules of their own, it is read to see to whom it was written."""
        name = key("file", raw)
        try:
            reading = None if self._trials.alike else self._read(raw)
            to = facts(reading.message)[0].profile.mailbox_address if reading else ""
            trial = self._trials.of(to)
            known = self._recalled(name, trial)
            if known is None or not trial.complete(known):
                reading = reading or self._read(raw)
                known = trial.learn(reading, facts(reading.message), known)
                self._cache.put(name, known)
                self.found.read += 1
            pair = trial.pair(known)
            self.found.pairs.append(pair)
            if pair.kind:
                self._show(where, known, reading or self._read(raw), facts, trial)
        except UnreadableMail as error:
            self.found.unreadable.append((where, error.message))
        self._step()

    def mailbox(self, box: Inbox, state: State, uids: Sequence[int]) -> None:
        """Messages of a mailbox, ascending; those that are not known well enough are fetched.

        What threads prove is found out as in a pass that begins with the first of them. Those that came after the
        last trial are judged by what the state knows of their threads.

        Args:
            state: a copy that nobody keeps: of nothing where none of these messages is known yet.
        """
        trial = self._trials.of(box.account)
        known_before = {uid for uid in uids if self.knows(box, uid)}
        for _ in known_before:
            self._step()
        for fetched in box.mailbox.fetch([uid for uid in uids if uid not in known_before]):
            self._learn(box, state, fetched)
            self._step()
        changed: list[int] = []
        for uid in uids:
            known = self._cache.get(box.key(uid))
            if known is not None and trial.complete(known):
                pair = trial.pair(known)
                self.found.pairs.append(pair)
                if pair.kind:
                    changed.append(uid)
        for fetched in box.mailbox.fetch(changed):
            known = self._cache.get(box.key(fetched.uid))
            assert known is not None, "it was judged by it"
            where, reading = box.where(fetched.uid), self._read(fetched.raw)
            self._show(where, known, reading, box.facts(fetched), trial)

    def knows(self, box: Inbox, uid: int) -> bool:
        """Whether a message need not be fetched to be judged."""
        trial = self._trials.of(box.account)
        known = self._recalled(box.key(uid), trial)
        return known is not None and trial.complete(known)

    def _recalled(self, name: str, trial: Trial) -> Features | None:
        """What is known of a message, and what its words tell beside that, where those were kept."""
        known = self._cache.get(name)
        if known is None:
            return None
        looked = trial.looked(known)
        if looked is not known and looked != known:
            self._cache.put(name, looked)
        return looked

    def _learn(self, box: Inbox, state: State, fetched: Fetched) -> None:
        name, trial = box.key(fetched.uid), self._trials.of(box.account)
        try:
            reading = self._read(fetched.raw)
        except UnreadableMail as error:
            self.found.unreadable.append((box.where(fetched.uid), error.message))
            return
        facts = box.facts(fetched)(reading.message)
        attributed = trial.sides[0].triage.attributed(reading, facts[0].profile).message
        behaviour = state.behaviour(box.account, attributed, box.clock())
        known = trial.learn(reading, facts, self._cache.get(name), behaviour)
        self._cache.put(name, known)
        self.found.read += 1
        box.remember(state, fetched.uid, attributed, trial.pair(known))

    def _show(
        self, where: str, known: Features, reading: Reading, facts: FactsOf, trial: Trial
    ) -> None:
        profile = facts(reading.message)[0].profile
        message = trial.sides[0].triage.attributed(reading, profile).message
        self.found.changes.append(Change(where, message, trial.pair(known, message)))

    def _read(self, raw: bytes) -> Reading:
        (answer,) = self._reader.read_all([raw], self._language)
        if isinstance(answer, UnreadableMail):
            raise answer
        return answer


@dataclass(frozen=True, slots=True)
class Inbox:
    """A mailbox that is only read.

    Args:
        profiles: the account under both configs.
    """

    mailbox: Mailbox
    account: str
    name: str
    uidvalidity: int
    profiles: tuple[Profile, Profile]
    clock: Clock

    def key(self, uid: int) -> str:
        return key("mailbox", self.account, self.name, self.uidvalidity, uid)

    def where(self, uid: int) -> str:
        return f"{self.account}: message {uid}"

    def facts(self, fetched: Fetched) -> FactsOf:
        now, (one, other) = self.clock(), self.profiles
        return lambda _: (
            Facts(one, now, fetched.flags, fetched.arrived),
            Facts(other, now, fetched.flags, fetched.arrived),
        )

    def remember(self, state: State, uid: int, message: Message, pair: Pair) -> None:
        """What the next message in the thread is compared with."""
        location = Location(self.account, self.name, self.uidvalidity, uid)
        if state.relocate(location, message.identity):
            return
        verdict = None if pair.before.skip else pair.before.verdict
        outcome = Outcome(message.identity, None, verdict, ())
        state.record(location, message, outcome, "", self.clock())
