"""How it usually is with a client: the year in a few numbers, to read beside their name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from assistant.cases.history import USUALLY, History, Trace
from assistant.model import Calling


@dataclass(frozen=True, slots=True)
class Usual:
    """A client's last year."""

    messages: int
    """That they wrote."""
    unhappy: int
    wait: float | None
    """Working hours until they are answered, the middle of all; None where they never were."""
    last: datetime
    """When they last wrote."""


def usual(traces: Iterable[Trace], now: datetime, calling: Calling) -> Usual | None:
    """The last year with a client; None where they did not write in it.

    The order in which traces are given does not matter.
    """
    history = History.of(traces, now)
    wrote = [each for each in history.inward if each.at > now - USUALLY]
    if not wrote:
        return None
    waits = [
        run.hours(calling, run.ended)
        for run in history.runs
        if run.ended is not None and run.ended > now - USUALLY
    ]
    unhappy = sum(each.heat > 0 for each in wrote)
    return Usual(len(wrote), unhappy, median(waits) if waits else None, wrote[-1].at)
