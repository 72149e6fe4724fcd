"""What passed between the user and a client in the last year and a month: times and numbers, no word of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from assistant.cases import office
from assistant.model import Calling

LATELY = timedelta(days=30)
USUALLY = timedelta(days=365)
"""Before that; what is older is another time."""
AT_ONCE = timedelta(hours=1)
"""Messages so near to one another are one: a correction, a forgotten attachment."""


@dataclass(frozen=True, slots=True, order=True)
class Trace:
    """What one message of a client's, or one to them, leaves behind: no word of it."""

    at: datetime
    inward: bool
    """The client wrote it."""
    heat: int = 0
    """Of its tone, 1 to 5; 0 where it was not flagged."""
    words: int = 0
    """How many words the writer's own text has; 0 where that is not known."""
    copied: int = 0
    """People in To and Cc besides the user."""
    warmth: int = 0
    """Of the greeting: 2 by first name, 1 formally, 0 not at all (tone/behaviour.py)."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a client wrote until they got an answer."""

    first: Trace
    count: int
    """How many times they wrote, more than an hour apart."""
    ended: datetime | None
    """When they were answered; None: not yet."""

    def hours(self, calling: Calling, until: datetime) -> float:
        """The working hours from the first of them until then."""
        return office.worked(calling, self.first.at, until) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class History:
    """The messages of the last year and a month, oldest first."""

    traces: tuple[Trace, ...]
    runs: tuple[Run, ...]
    now: datetime

    @classmethod
    def of(cls, traces: Iterable[Trace], now: datetime) -> History:
        """Of traces in any order; what is older, or in the future, is left out."""
        known = sorted(each for each in traces if now - LATELY - USUALLY < each.at <= now)
        return cls(tuple(known), tuple(_runs(known)), now)

    def lately(self, at: datetime) -> bool:
        return at > self.now - LATELY

    def split(self, traces: Iterable[Trace]) -> tuple[list[Trace], list[Trace]]:
        """The last 30 days, and before."""
        both = list(traces)
        recent = [each for each in both if self.lately(each.at)]
        return recent, [each for each in both if not self.lately(each.at)]

    @property
    def inward(self) -> tuple[Trace, ...]:
        return tuple(each for each in self.traces if each.inward)

    @property
    def openings(self) -> tuple[Trace, ...]:
        """The first message of each run: further ones greet less, and are shorter, whoever writes them."""
        return tuple(each.first for each in self.runs)


def _runs(traces: Iterable[Trace]) -> Iterator[Run]:
    open_: list[Trace] = []
    for each in traces:
        if each.inward:
            open_.append(each)
        elif open_:
            yield _run(open_, each.at)
            open_ = []
    if open_:
        yield _run(open_, None)


def _run(traces: Sequence[Trace], ended: datetime | None) -> Run:
    apart = sum(other.at - one.at > AT_ONCE for one, other in pairwise(traces))
    return Run(traces[0], 1 + apart, ended)
