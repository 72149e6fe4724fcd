"""A report in words and rounded numbers: the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from assistant.cases.figures import Figures, Times
from assistant.cases.report import (
    FEW,
    FEW_FOR_MOST,
    Group,
    Period,
    Report,
    difference,
    slower,
    slower_for_most,
)
from assistant.clean import clean_text

NONE = "–"
TOO_FEW = "too few"
LONGEST_NAME = 60
HOURS, DAYS = "h", "d"
WHY_TOO_FEW = (
    f"“{TOO_FEW}” to say: a difference is told for a count of {FEW} or more in either period, for a median of {FEW} or more "
    f"cases in both, for nine in ten of {FEW_FOR_MOST} or more."
)
DEFINITIONS = (
    ("Case", "a thread with an unhappy message of a client. It belongs to the period in which the first came, and takes the tone of the hottest."),
    ("Still open, resolved", "as it stood at the end of the period; the period before likewise, so that neither has had more time than the other."),
    ("Reopened", "the client was unhappy again after the call, or after it was resolved. Such a case is open or resolved as well."),
    ("Repeated", "the client had an earlier case about the same in this period."),
    ("First answer, call", "working hours from the unhappy message to the first answer by mail or telephone, and to the call; of the cases in which it has happened."),
    ("To resolve", "from the first unhappy message until the case was resolved and stayed so, in days of the calendar and in working hours. Cases that are still open are not in it: the latest months look quicker than they will turn out."),
    ("Median, nine in ten", "half of the cases took no longer than the median, nine in ten no longer than the other."),
    ("About", "a case about two things counts with both."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a period, of the period before, and the difference; empty where there is none."""

    label: str
    now: str
    before: str = ""
    change: str = ""
    part: bool = False
    """Of the row above it."""


def summary(report: Report, tones: Mapping[int, str]) -> list[Row]:
    """All figures of the whole period."""
    everything = report.total
    return [
        _count("Cases opened", everything, lambda each: each.opened),
        *(_tone(tone, everything, heat) for heat, tone in sorted(tones.items())),
        _count("Answered", everything, lambda each: each.answer.measured),
        *_times("First answer", everything, lambda each: each.answer, HOURS),
        _count("Called", everything, lambda each: each.call.measured),
        *_times("Call", everything, lambda each: each.call, HOURS),
        _count("Resolved", everything, lambda each: each.resolved),
        *_times("To resolve", everything, lambda each: each.days, DAYS),
        *_times("Working hours", everything, lambda each: each.resolve, HOURS),
        _count("Still open", everything, lambda each: each.open),
        _count("Reopened", everything, lambda each: each.reopened),
        _count("Repeated", everything, lambda each: each.repeated),
    ]


def _tone(tone: str, group: Group, heat: int) -> Row:
    return replace(_count(tone, group, lambda each: each.tones.get(heat, 0)), part=True)


def _count(label: str, group: Group, taken: Callable[[Figures], int]) -> Row:
    now = taken(group.now)
    if group.before is None:
        return Row(label, str(now))
    before = taken(group.before)
    return Row(label, str(now), str(before), more(now, before))


def _times(
    what: str, group: Group, taken: Callable[[Figures], Times], unit: str
) -> tuple[Row, Row]:
    """The one in the middle, and nine in ten."""
    now = taken(group.now)
    median = Row(f"{what}, median", took(now.median, unit), part=True)
    most = Row(f"{what}, nine in ten", took(now.ninetieth, unit), part=True)
    if group.before is None:
        return median, most
    before = taken(group.before)
    return (
        replace(median, before=took(before.median, unit), change=longer(slower(now, before), unit)),
        replace(
            most,
            before=took(before.ninetieth, unit),
            change=longer(slower_for_most(now, before), unit),
        ),
    )


def more(now: int, before: int) -> str:
    """ "+3", "−2", "0", or that there are too few to say."""
    change = difference(now, before)
    return TOO_FEW if change is None else signed(f"{change:+d}")


def longer(change: float | None, unit: str) -> str:
    return TOO_FEW if change is None else f"{signed(f'{change:+.1f}')} {unit}"


def signed(number: str) -> str:
    """With a minus that is as wide as a plus; nothing has a sign of its own."""
    return "0" if not number.strip("+-0.") else number.replace("-", "−")


def took(value: float | None, unit: str) -> str:
    """ "2.3 h", "117 h" """
    return NONE if value is None else f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"  # fmt: skip


def told(figures: Figures, name: str, unit: str) -> tuple[str, str, str]:
    """How many, the one in the middle, nine in ten."""
    times = getattr(figures, name)
    return str(times.measured), took(times.median, unit), took(times.ninetieth, unit)


def change(group: Group) -> str:
    """Of the number of cases; empty where there is nothing to compare with."""
    return more(group.now.opened, group.before.opened) if group.before else ""


def about(figures: Figures) -> str:
    """ "late 3, billing 2" """
    return ", ".join(f"{clean_text(cue, 40)} {count}" for cue, count in figures.cues.items())


def name(group: Group) -> str:
    """Anything at all may stand in a client's."""
    return clean_text(group.name, LONGEST_NAME) or NONE


def days(period: Period) -> tuple[str, str]:
    """The first day and the last, as the period's own zone names them."""
    last = period.until - timedelta(microseconds=1)
    return f"{period.since:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def titles(report: Report) -> Iterator[str]:
    """What period it is, and what it is compared with."""
    yield "{} to {}".format(*days(report.period))
    if report.before is None:
        yield "not compared: mail has not been watched for twice as long"
    else:
        yield "compared with {} to {}".format(*days(report.before))
