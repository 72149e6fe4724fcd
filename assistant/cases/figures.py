"""What some cases came to: how many, how unhappy, and how long it took. Pure (guidance: after-learn).

Every definition of the report stands here. Cases are told as they stood at a moment: what came later is not
known yet, so that one period can be compared with another that had as much time.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.cases import office
from assistant.model import Calling, Case, Progress


@dataclass(frozen=True, slots=True)
class Measured:
    """One case as it stood at a moment; None where something had not happened by then."""

    case: Case
    heat: int
    """Of its most unhappy message."""
    answer: float | None
    """Working hours from an unhappy message to the first answer, by mail or by a call: in the first round of the
    case that had one (a round begins with the first unhappy message, and with each that reopens the case)."""
    call: float | None
    """Working hours from an unhappy message to the call, in the first round that had one."""
    resolve: float | None
    """Working hours from the first unhappy message of all until it was resolved and stayed so."""
    days: int | None
    """The same in days of the user's calendar: from a Monday to the Wednesday after it they are 2."""
    reopened: bool
    """At least once."""

    @property
    def opened(self) -> datetime:
        """When the first unhappy message came: the case belongs to the period in which that is."""
        return self.case.progress.first

    @property
    def resolved(self) -> bool:
        return self.days is not None


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in the cases in which it has happened."""

    measured: int = 0
    """So many cases."""
    median: float | None = None
    """The one in the middle; between two, halfway."""
    ninetieth: float | None = None
    """The shortest time within which nine in ten were, by nearest rank; of fewer than ten, the longest."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some cases came to."""

    opened: int
    tones: Mapping[int, int]
    """Heat -> cases whose most unhappy message has it."""
    cues: Mapping[str, int]
    """What it was about -> cases; a case that is about two things counts with both. The most first."""
    open: int
    resolved: int
    reopened: int
    """Cases that were reopened at least once; they are open or resolved as well."""
    repeated: int
    """Cases whose client had an earlier one of the period about the same."""
    answer: Times
    call: Times
    resolve: Times
    days: Times


def measure(case: Case, at: datetime, calling: Calling) -> Measured:
    """A case as it stood at a moment."""
    course = case.progress
    rounds = [each for each in (*course.earlier, course) if each.opened <= at]
    ended = rounds[-1].resolved if rounds else None
    resolved = ended is not None and ended <= at
    zone = office.zone_of(calling)
    return Measured(
        case,
        max((each.heat for each in rounds), default=course.heat),
        _first(rounds, lambda each: each.answered, at, calling),
        _first(rounds, lambda each: each.called, at, calling),
        _hours(calling, course.first, ended) if resolved and ended else None,
        (ended.astimezone(zone).date() - course.first.astimezone(zone).date()).days
        if resolved and ended
        else None,
        any(each.opened > course.first for each in rounds),
    )


def figures(cases: Sequence[Measured], repeated: int) -> Figures:
    """What these cases came to.

    Args:
        repeated: how many of them came again; only the whole period shows it.
    """
    cues = Counter(cue for each in cases for cue in dict.fromkeys(each.case.cues))
    resolved = sum(each.resolved for each in cases)
    return Figures(
        len(cases),
        Counter(each.heat for each in cases),
        dict(sorted(cues.items(), key=lambda pair: (-pair[1], pair[0]))),
        len(cases) - resolved,
        resolved,
        sum(each.reopened for each in cases),
        repeated,
        times(each.answer for each in cases),
        times(each.call for each in cases),
        times(each.resolve for each in cases),
        times(each.days for each in cases),
    )


def times(found: Iterable[float | None]) -> Times:
    """What is None was not measured."""
    measured = sorted(each for each in found if each is not None)
    if not measured:
        return Times()
    rank = -(-9 * len(measured) // 10)  # rounded up, in whole numbers
    return Times(len(measured), statistics.median(measured), measured[rank - 1])


def _first(
    rounds: Sequence[Progress],
    step: Callable[[Progress], datetime | None],
    at: datetime,
    calling: Calling,
) -> float | None:
    """Working hours to a step, in the first round that had it by then."""
    for each in rounds:
        taken = step(each)
        if taken is not None and taken <= at:
            return _hours(calling, each.opened, taken)
    return None


def _hours(calling: Calling, start: datetime, end: datetime) -> float:
    return office.worked(calling, start, end).total_seconds() / 3600
