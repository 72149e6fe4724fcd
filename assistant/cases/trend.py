"""How a client writes of late, against how they usually do: signs before a blow-up. Pure (guidance: notice-early).

Everybody is compared with themselves: the last 30 days with the year before. A sign is a fact and the usual beside
it. With little to compare there is none: what is counted must be so much oftener of late that chance alone would
do it to one client in a hundred (Fisher's exact test), or, where it is one number, must not have been seen before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import comb
from statistics import median, median_high
from typing import TypeVar

from assistant.cases.history import AT_ONCE, LATELY, History, Trace
from assistant.model import Calling

T = TypeVar("T")

UNLIKELY = 0.01
FEW = 5
"""Of how many earlier ones a usual number can be told."""
CHASING = 3
"""From how many messages in a row somebody chases, where they usually don't."""
CLIMB = 3
"""Unhappy messages that are hotter each time."""
SHORT = 20
"""Words of a usual message, below which it can't become much shorter."""
LONGER = 2.0
"""Working hours by which a wait is longer than usual, at least."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something about a client that is not as usual."""

    kind: str
    """``heat``, ``rising``, ``chasing``, ``copy``, ``waiting``, ``greeting``, ``short`` or ``rare``."""
    text: str
    """The facts; the client is the subject: "wrote 4 times in a row without an answer; usually once"."""


def at_risk(traces: Iterable[Trace], now: datetime, calling: Calling) -> tuple[Sign, ...]:
    """What is not as usual with a client, the gravest first; nothing where all is, or too little is known.

    The order in which traces are given does not matter.
    """
    history = History.of(traces, now)
    found = (
        _heat(history),
        _rising(history),
        _chasing(history),
        _copy(history),
        _waiting(history, calling),
        _greeting(history),
        _short(history),
        _rare(history),
    )
    return tuple(each for each in found if each is not None)


def _heat(history: History) -> Sign | None:
    """Unhappy oftener."""
    recent, before = history.split(history.inward)
    found = oftener(recent, before, lambda each: each.heat > 0)
    if not found:
        return None
    return Sign("heat", f"was unhappy in {share(*found, 'messages')}")


def _rising(history: History) -> Sign | None:
    """Unhappier each time, and at last more than ever."""
    inward = history.inward
    flagged = [each for each in inward if each.heat]
    last, before = flagged[-CLIMB:], flagged[:-CLIMB]
    if len(last) < CLIMB or len(inward) < FEW or not history.lately(last[-1].at):
        return None
    heats = [each.heat for each in last]
    grows = all(
        one.heat < other.heat and other.at - one.at > AT_ONCE for one, other in pairwise(last)
    )
    if not grows or last[-1].at - last[0].at > 3 * LATELY:
        return None
    if heats[-1] <= max((each.heat for each in before), default=0):
        return None
    return Sign("rising", f"was unhappier each time: heat {', '.join(map(str, heats))} of 5")


def _chasing(history: History) -> Sign | None:
    """Writes again and again without an answer."""
    if not history.runs or history.runs[-1].ended is not None:
        return None
    *earlier, run = history.runs
    if len(earlier) < FEW or run.count < CHASING or not history.lately(history.inward[-1].at):
        return None
    usual = median_high(each.count for each in earlier)
    as_long = sum(each.count >= run.count for each in earlier)
    if run.count < 2 * usual or as_long * 10 > len(earlier):
        return None
    return Sign(
        "chasing", f"wrote {run.count} times in a row without an answer; usually {times(usual)}"
    )


def _copy(history: History) -> Sign | None:
    """Brings others in."""
    recent, before = history.split(history.inward)
    most = max((each.copied for each in before), default=0)
    found = oftener(recent, before, lambda each: each.copied > most)
    if not found:
        return None
    lately = max(each.copied for each in recent)
    people = "person" if lately == 1 else "people"
    never = f"never more than {most}" if most else "never anybody"
    return Sign("copy", f"has {lately} {people} in copy of late; before, {never}")


def _waiting(history: History, calling: Calling) -> Sign | None:
    """Waits longer for an answer than they are used to."""
    recent: list[float] = []
    before: list[float] = []
    for run in history.runs:
        ended = run.ended or history.now
        (recent if history.lately(ended) else before).append(run.hours(calling, ended))
    if len(before) < FEW or not recent:
        return None
    usual = median(before)
    late = max(2 * usual, usual + LONGER)
    if history.runs[-1].ended is None and recent[-1] <= late:
        recent.pop()  # nobody can tell yet
    if not oftener(recent, before, lambda hours: hours > late) or median(recent) <= late:
        return None
    return Sign(
        "waiting",
        f"waits {_hours(median(recent))} for an answer (the middle of the last {len(recent)}); "
        f"usually {_hours(usual)}",
    )


def _greeting(history: History) -> Sign | None:
    """Greets less warmly."""
    recent, before = history.split(history.openings)
    usual = median(each.warmth for each in before) if before else 0
    found = oftener(recent, before, lambda each: each.warmth < usual)
    if not found:
        return None
    return Sign("greeting", f"greeted less warmly in {share(*found, 'letters')}")


def _short(history: History) -> Sign | None:
    """Has little to say any more."""
    recent, before = history.split(each for each in history.openings if each.words)
    usual = median(each.words for each in before) if before else 0
    if usual < SHORT or not oftener(recent, before, lambda each: 2 * each.words < usual):
        return None
    now_usual = median(each.words for each in recent)
    if 2 * now_usual >= usual:
        return None
    return Sign("short", f"writes {now_usual:.0f} words a message; usually {usual:.0f}")


def _rare(history: History) -> Sign | None:
    """Writes far less than in any such span before."""
    counts: list[int] = []
    end = history.now
    while history.traces and end - LATELY >= history.traces[0].at:
        counts.append(sum(end - LATELY < each.at <= end for each in history.inward))
        end -= LATELY
    if len(counts) < FEW:
        return None
    recent, least = counts[0], min(counts[1:])
    if least < CHASING or recent * 3 > least:
        return None
    days = LATELY.days
    return Sign(
        "rare",
        f"wrote {times(recent)} in the last {days} days; in every {days} days before, "
        f"{times(least)} or more",
    )


def oftener(
    recent: Sequence[T], before: Sequence[T], holds: Callable[[T], bool]
) -> tuple[int, int, int, int] | None:
    """How many of the recent ones, of how many, and the same before; None where chance may have done it."""
    k, n = sum(map(holds, recent)), len(recent)
    before_k, before_n = sum(map(holds, before)), len(before)
    if before_n < FEW or not k or k * before_n < 2 * before_k * n:
        return None
    return (k, n, before_k, before_n) if _chance(k, n, before_k, before_n) < UNLIKELY else None


def _chance(k: int, n: int, before_k: int, before_n: int) -> float:
    """How likely so many or more fall among the recent ones by chance (hypergeometric)."""
    total, hits = n + before_n, k + before_k
    ways = sum(
        comb(hits, each) * comb(total - hits, n - each) for each in range(k, min(n, hits) + 1)
    )
    return ways / comb(total, n)


def share(k: int, n: int, before_k: int, before_n: int, what: str) -> str:
    """The numbers of :func:`oftener` in words."""
    lately = f"{k} of the last {n} {what}" if n > 1 else f"the last of their {what}"
    return f"{lately}; before, in {before_k or 'none'} of {before_n}"


def times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _hours(hours: float) -> str:
    if hours < 1:
        return "less than a working hour"
    return f"{hours:.0f} working hour{'s' * (round(hours) != 1)}"
