"""What would turn a verdict, found by judging again with less, or with more. Pure.

Nothing is estimated: every claim is a verdict of the judge's own on what it heard, without some
hits or with a rule that was held back; and the reader is asked where it would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from assistant.model import Behaviour, Hit, Opinion, Reading, Verdict
from assistant.tone import voices
from assistant.tone.judge import Heard, Judge
from assistant.tone.nearly import Nearly, nearly

MOST = 4
"""Hits of the largest set that is looked for."""
RULES, OTHERS = 8, 3
"""How many of the strongest hits of the rules, and of the other voices, sets are made of."""


@dataclass(frozen=True, slots=True)
class Flip:
    """What would turn a verdict."""

    margin: int
    """Score less threshold: below 0 where points are missing."""
    alone: tuple[Hit, ...]
    """Each of these hits: without it alone the verdict is the other one. All that there are."""
    without: tuple[Hit, ...]
    """The fewest hits without which the verdict is the other one; empty where no `MOST` of them do."""
    then: Verdict | None
    """The verdict without those."""
    by: tuple[Nearly, ...]
    """What nearly counted, and would have turned the verdict by counting. All that there are."""


@dataclass(frozen=True, slots=True)
class Why:
    """What a verdict rests on beside its hits."""

    nearly: tuple[Nearly, ...]
    flip: Flip


def why(
    judge: Judge, reading: Reading, behaviour: Behaviour, ask: Callable[[], Opinion | None]
) -> Why:
    """What nearly counted in a message, and what would turn the verdict on it.

    Args:
        judge: who judged it.
        reading: the message, in a language that the judge knows.
        behaviour: what the thread proves.
        ask: the reader, asked once at most, and only where some verdict depends on it.
    """
    again = _Again(judge, ask)
    heard = replace(judge.hear(reading, behaviour), opinion=None)
    verdict = again.verdict(heard)
    close = nearly(judge, again.asked(heard), verdict)
    alone = tuple(again.alone(heard, verdict))
    without = again.fewest(heard, verdict)
    then = again.verdict(_without(heard, without), _silent(without, heard)) if without else None
    by = tuple(again.by(heard, verdict, close))
    return Why(close, Flip(verdict.score - verdict.threshold, alone, without, then, by))


class _Again:
    """A judge that judges one message again and again; the reader's opinion is the same each time."""

    def __init__(self, judge: Judge, ask: Callable[[], Opinion | None]) -> None:
        self._judge = judge
        self._ask = ask
        self._opinions: list[Opinion | None] = []

    def asked(self, heard: Heard) -> Heard:
        """With the reader's opinion, where it is wanted."""
        if not self._judge.undecided(heard):
            return heard
        if not self._opinions:
            self._opinions.append(self._ask())
        return replace(heard, opinion=self._opinions[0])

    def verdict(self, heard: Heard, silent: bool = False) -> Verdict:
        """The verdict; with a silent reader as if there were none."""
        return self._judge.weigh_up(heard if silent else self.asked(heard))

    def alone(self, heard: Heard, verdict: Verdict) -> Iterator[Hit]:
        """The hits of which each, taken away, turns the verdict."""
        for hit in _speaking(verdict):
            if self._turned(heard, verdict, (hit,)):
                yield hit

    def fewest(self, heard: Heard, verdict: Verdict) -> tuple[Hit, ...]:
        """The fewest hits without which the verdict is turned; rules before voices, strong ones first."""
        speaking = _speaking(verdict)
        others = [hit for hit in speaking if _is_voice(hit, heard)]
        rules = [hit for hit in speaking if not _is_voice(hit, heard)]
        for size in range(1, MOST + 1):
            few = size > 1
            among = [*rules[: RULES if few else None], *others[: OTHERS if few else None]]
            for some in combinations(among, size):
                if self._turned(heard, verdict, some):
                    return some
        return ()

    def by(self, heard: Heard, verdict: Verdict, close: Iterable[Nearly]) -> Iterator[Nearly]:
        """The rules held back that turn the verdict if they count."""
        for each in close:
            if any(reason.code in ("cap", "band") for reason in each.reasons):
                continue
            more = replace(heard, rules=(*heard.rules, each.hit))
            if self.verdict(more).dissatisfied != verdict.dissatisfied:
                yield each

    def _turned(self, heard: Heard, verdict: Verdict, some: tuple[Hit, ...]) -> bool:
        other = self.verdict(_without(heard, some), _silent(some, heard))
        return other.dissatisfied != verdict.dissatisfied


def _speaking(verdict: Verdict) -> list[Hit]:
    """The hits that speak for the verdict, the strongest first."""
    side = 1 if verdict.dissatisfied else -1
    return [hit for hit in verdict.hits if hit.points * side > 0]


def _is_voice(hit: Hit, heard: Heard) -> bool:
    return hit not in heard.rules and hit not in heard.facts


def _silent(some: tuple[Hit, ...], heard: Heard) -> bool:
    """Whether the reader's hit is among them."""
    return any(hit.rule == voices.READER and _is_voice(hit, heard) for hit in some)


def _without(heard: Heard, some: tuple[Hit, ...]) -> Heard:
    """What was heard without some of its hits."""
    gone = {hit.rule for hit in some if _is_voice(hit, heard)}
    return replace(
        heard,
        rules=tuple(hit for hit in heard.rules if hit not in some),
        facts=tuple(hit for hit in heard.facts if hit not in some),
        words=None if voices.WORDS in gone else heard.words,
        polarity=None if voices.POLARITY in gone else heard.polarity,
    )
