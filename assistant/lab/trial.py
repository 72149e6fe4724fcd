"""A change of rules tried on mail: each message judged by the rules before and after.

A message is read once and the reader asked once, whichever of the two asks; rules that both have are looked for
once. What was found is kept as :class:`Features`, by which the next trial goes as far as they tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.lab import features as keep
from assistant.lab.features import Features, Finder, Indexed
from assistant.model import Behaviour, Facts, Message, Reading, Verdict
from assistant.service.ports import Reader
from assistant.tone.judge import NOTHING_KNOWN, Heard
from assistant.tone.polarity import polarity
from assistant.tone.words import weigh
from assistant.triage import Triage

NOT_JUDGED = Verdict(0, 0, (), None, ())
"""Of a message that is not a person's mail: never flagged."""


class Side:
    """One of the two rulebooks, and how it screens.

    Args:
        own: the user's addresses, by account.
    """

    def __init__(self, triage: Triage, own: Sequence[tuple[str, ...]]) -> None:
        self.triage = triage
        self.rules = Indexed(triage.rulebook)
        self.screening = keep.digest(triage.rulebook.screening, sorted(self.rules.lexicons), own)
        """What the answer of :meth:`Triage.screened` rests on, beside the message and its flags."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message by one rulebook."""

    skip: str
    """Why it was not judged; empty where it was."""
    verdict: Verdict

    @property
    def tone(self) -> str:
        """Its tone; empty where it is not flagged."""
        return self.verdict.tone.id if self.verdict.tone else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A message by both."""

    identity: str
    before: Judged
    after: Judged

    @property
    def kind(self) -> str:
        """``gained`` or ``lost`` a flag, ``retoned``; empty where nothing has changed."""
        if self.before.tone == self.after.tone:
            return ""
        if self.before.tone and self.after.tone:
            return "retoned"
        return "gained" if self.after.tone else "lost"


class Trial:
    """Judges messages by two rulebooks.

    Args:
        before: the rules in effect.
        after: the rules that are tried.
        reader: asked for opinions.
        texts: whether features are to hold the words too, so that new phrases need no message next time.
        finder: looks for rules; None for one of its own.
    """

    def __init__(
        self,
        before: Side,
        after: Side,
        reader: Reader,
        *,
        texts: bool = False,
        finder: Finder | None = None,
    ) -> None:
        self.sides = (before, after)
        self._texts = texts
        self._reader = reader
        self._finder = finder or Finder()

    def complete(self, known: Features) -> bool:
        """Whether both verdicts follow from what is known, without the message."""
        return all(self._complete(side, known) for side in self.sides)

    def _complete(self, side: Side, known: Features) -> bool:
        skip = known.skips.get(side.screening)
        if skip is None:
            return False
        if skip:
            return True
        if known.found is None or (self._texts and known.text is None):
            return False
        if not known.looked.issuperset(side.rules.rules(known.language)):
            return False
        return known.asked or not self._undecided(side, known)

    def _undecided(self, side: Side, known: Features) -> bool:
        return side.triage.judge.undecided(self._heard(side, replace(known, opinion=None), None))

    def looked(self, known: Features) -> Features:
        """What is known, and every rule looked for in the words, where those were kept."""
        if known.text is None:
            return known
        judging = [side.rules for side in self.sides if known.skips.get(side.screening) == ""]
        return self._finder.look(known, known.text, judging)

    def learn(
        self,
        reading: Reading,
        facts: tuple[Facts, Facts],
        known: Features | None,
        behaviour: Behaviour = NOTHING_KNOWN,
    ) -> Features:
        """What is to be known about a message, so that both can judge it.

        Args:
            facts: for each side.
            known: what was known before.
            behaviour: what the thread proves, unless that was known before.
        """
        book = self.sides[0].triage.rulebook
        found = known or keep.of(reading, book, behaviour)
        judging = []
        for side, its in zip(self.sides, facts, strict=True):
            message = side.triage.attributed(reading, its.profile).message
            skip = side.triage.screened(message, its)
            skips = {**found.skips, side.screening: skip.reason if skip else ""}
            found = replace(found, skips=skips)
            if skip is None:
                judging.append(side)
        if judging and found.found is None:
            said = self._reader.mood(reading.message)
            found = replace(found, polarity=said.value if said else None)
        text = keep.text_of(reading.message)
        found = self._finder.look(found, text, [side.rules for side in judging])
        if self._texts and judging:
            found = replace(found, text=text)
        wanted = any(self._undecided(side, found) for side in judging)
        if wanted and not found.asked:
            opinion = self._reader.opinion(reading.message, evidence=False)
            found = replace(found, opinion=opinion, asked=True)
        return found

    def pair(self, known: Features, message: Message | None = None) -> Pair:
        """Both verdicts.

        Args:
            known: complete.
            message: for the quotes of the hits, where they are to be shown.
        """
        before, after = (self._judged(side, known, message) for side in self.sides)
        return Pair(known.identity, before, after)

    def _judged(self, side: Side, known: Features, message: Message | None) -> Judged:
        reason = known.skips[side.screening]
        if reason:
            return Judged(reason, NOT_JUDGED)
        return Judged("", side.triage.judge.weigh_up(self._heard(side, known, message)))

    def _heard(self, side: Side, known: Features, message: Message | None) -> Heard:
        words, mood = keep.weighed(known), keep.polarity(known)
        if message is not None:  # what they rest on is to be seen
            model = side.triage.rulebook.words.get(known.language)
            words = weigh(model, message.own_words) if model else None
            mood = polarity(message.own_words) if mood is not None else None
        judge = side.triage.judge
        message = message or keep.stub(known)
        heard = judge.recall(message, side.rules.found(known), words, mood, known.behaviour)
        # The other rulebook may have wanted an opinion that this one would not have asked for.
        return replace(heard, opinion=known.opinion) if judge.undecided(heard) else heard


class Trials:
    """The trial of each account: accounts may have rules of their own.

    Args:
        before: the rules in effect, by mailbox address; under "" those of all other mailboxes.
        after: the rules that are tried, likewise.
        reader, texts: as of :class:`Trial`.
    """

    def __init__(
        self,
        before: Mapping[str, Side],
        after: Mapping[str, Side],
        reader: Reader,
        *,
        texts: bool = False,
    ) -> None:
        finder = Finder()
        self._all = {
            name: Trial(
                before.get(name, before[""]),
                after.get(name, after[""]),
                reader,
                texts=texts,
                finder=finder,
            )
            for name in {**before, **after}
        }

    @property
    def alike(self) -> bool:
        """Whether the same rules count for each mailbox."""
        return len(self._all) == 1

    def of(self, mailbox: str = "") -> Trial:
        """That of a mailbox.

        Args:
            mailbox: its address.
        """
        return self._all.get(mailbox) or self._all[""]


@dataclass(frozen=True, slots=True)
class Turned:
    """A hit that is another one after the change."""

    rule: str
    before: int
    """Points; 0 where the rule did not hold, or was not there."""
    after: int
    quote: str
    describe: str


def turned(pair: Pair) -> list[Turned]:
    """The hits that made the difference, the greatest first."""
    before = {hit.rule: hit for hit in pair.before.verdict.hits}
    after = {hit.rule: hit for hit in pair.after.verdict.hits}
    found = []
    for rule in {**before, **after}:
        hit = after.get(rule) or before[rule]
        points = [side[rule].points if rule in side else 0 for side in (before, after)]
        if points[0] != points[1]:
            found.append(Turned(rule, points[0], points[1], hit.quote, hit.describe))
    return sorted(found, key=lambda each: (-abs(each.after - each.before), each.rule))


@dataclass(frozen=True, slots=True)
class Tally:
    """What one rulebook makes of the mail."""

    judged: int
    flagged: int
    right: int
    """Flagged, and known to be unhappy."""
    wrong: int
    """Flagged, and known to be content."""
    missed: int
    """Not flagged, and known to be unhappy."""

    @property
    def per_1000(self) -> float | None:
        return 1000 * self.flagged / self.judged if self.judged else None

    @property
    def precision(self) -> float | None:
        """Of those whose truth is known."""
        known = self.right + self.wrong
        return self.right / known if known else None

    @property
    def recall(self) -> float | None:
        """Of those whose truth is known."""
        unhappy = self.right + self.missed
        return self.right / unhappy if unhappy else None


def tallies(pairs: Iterable[Pair], known: Mapping[str, bool]) -> tuple[Tally, Tally]:
    """Both rulebooks' work.

    Args:
        known: by identity, whether its writer is dissatisfied: the user's word, from corrections.
    """
    listed = list(pairs)
    return (
        _tally([(each.before, known.get(each.identity)) for each in listed]),
        _tally([(each.after, known.get(each.identity)) for each in listed]),
    )


def _tally(judged: list[tuple[Judged, bool | None]]) -> Tally:
    flagged = [truth for each, truth in judged if each.tone]
    return Tally(
        sum(not each.skip for each, _ in judged),
        len(flagged),
        flagged.count(True),
        flagged.count(False),
        sum(truth is True and not each.tone for each, truth in judged),
    )
