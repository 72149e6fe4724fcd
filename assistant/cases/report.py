"""Cases of a period by client, cause and month, beside the period before it. Pure (guidance: after-learn).

What is counted, and how, is told in `figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from assistant.cases import office
from assistant.cases.figures import Figures, Measured, Times, figures, measure
from assistant.model import Calling, Case, Client

By = Literal["client", "cue", "month"]
GROUPINGS: tuple[str, ...] = get_args(By)
FEW = 5
"""Below it, a difference may well be chance, and none is told."""
FEW_FOR_MOST = 10
"""The same for a time in which nine in ten were: among fewer it is the longest."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, up to another."""

    since: datetime
    until: datetime
    """The first moment after it."""

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one client, of one cause or of one month; or all of them."""

    key: str
    """The client's key, the cue (empty: no cause was named), ``2026-03``; empty for all."""
    name: str
    """For people. A client's is a stranger's words."""
    now: Figures
    before: Figures | None = None
    """The same in the period before it; a month's is the month before it in the report. None: there is nothing to compare
    with."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A cause for which a client had more than one case in the period."""

    client: str
    name: str
    cue: str
    cases: tuple[str, ...]
    """Their keys, oldest first."""


@dataclass(frozen=True, slots=True)
class Report:
    """The cases of a period."""

    by: By
    period: Period
    before: Period | None
    """As many days and hours of the calendar, directly before; None where mail was not watched all that time."""
    total: Group
    clients: tuple[Group, ...]
    """The most cases first."""
    cues: tuple[Group, ...]
    """The most cases first, those without a cause last. A case that is about two things is in both: they add up to
    more than the total."""
    months: tuple[Group, ...]
    """Of the user's calendar, in their order; the first and the last may be cut short by the period. None before mail
    was watched, but where there are cases."""
    repeats: tuple[Repeat, ...]
    """The most cases first."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those that were asked for."""
        return {"client": self.clients, "cue": self.cues, "month": self.months}[self.by]


def report(
    cases: Sequence[Case],
    since: datetime,
    until: datetime,
    by: By,
    calling: Calling,
    watched: datetime | None = None,
) -> Report:
    """The cases that were opened in a period, as they stood at its end, and those of the one before at the end of that.

    Args:
        cases: all that are known, in any order; others are left out.
        until: the first moment after the period: now, or earlier.
        watched: since when mail is known; a period that began before it is not compared with. None: always.
    """
    zone = office.zone_of(calling)
    since, until = since.astimezone(zone), until.astimezone(zone)
    period = Period(since, until)
    begins = since - (until - since)  # as the clock on the wall tells it: whole days stay whole
    before = Period(begins, since) if watched is None or watched <= begins else None
    now = _opened_in(cases, period, calling)
    then = _opened_in(cases, before, calling) if before else None
    known = min([until, *(each.opened for each in now[:1]), *([watched] if watched else [since])])
    shown = Period(max(since, known.astimezone(zone)), until)
    return Report(
        by,
        period,
        before,
        _group("", "", now, then),
        _grouped(now, then, _client_of),
        _grouped(now, then, _cues_of),
        tuple(_months(now, shown, calling)),
        _repeats(now),
    )


def difference(now: int, before: int) -> int | None:
    """How many more; None where there are too few to say: fewer than `FEW` in both periods."""
    return now - before if max(now, before) >= FEW else None


def slower(now: Times, before: Times) -> float | None:
    """How much longer the one in the middle took; None where either period measured fewer than `FEW`."""
    return _longer(now.median, before.median, min(now.measured, before.measured) >= FEW)


def slower_for_most(now: Times, before: Times) -> float | None:
    """How much longer nine in ten took; None where either period measured fewer than `FEW_FOR_MOST`."""
    return _longer(
        now.ninetieth, before.ninetieth, min(now.measured, before.measured) >= FEW_FOR_MOST
    )


def _longer(now: float | None, before: float | None, enough: bool) -> float | None:
    return now - before if enough and now is not None and before is not None else None


def known_name(client: Client) -> str:
    """What people call a client: as in clients.toml, else as the person who writes most, else by the key."""
    return client.name or next((each.name for each in client.people if each.name), "") or client.key


def _opened_in(cases: Iterable[Case], period: Period, calling: Calling) -> list[Measured]:
    """Oldest first."""
    mine = [each for each in cases if each.progress.first in period]
    mine.sort(key=lambda each: (each.progress.first, each.key))
    return [measure(each, period.until, calling) for each in mine]


def _group(
    key: str, name: str, now: Sequence[Measured], then: Sequence[Measured] | None, cue: str = ""
) -> Group:
    """All cases of a client must be given, or all of a cue."""
    return Group(
        key,
        name,
        figures(now, len(_again(now, cue))),
        None if then is None else figures(then, len(_again(then, cue))),
    )


def _again(cases: Sequence[Measured], cue: str = "") -> list[Measured]:
    """Cases whose client had an earlier one about the same.

    Args:
        cue: about this; empty: about any that they share.
    """
    had: set[tuple[str, str]] = set()
    found = []
    for each in cases:
        about = {(each.case.client.key, one) for one in each.case.cues if cue in ("", one)}
        if about & had:
            found.append(each)
        had |= about
    return found


def _client_of(each: Measured) -> Mapping[str, str]:
    return {each.case.client.key: known_name(each.case.client)}


def _cues_of(each: Measured) -> Mapping[str, str]:
    return {cue: cue for cue in each.case.cues} or {"": "no cause named"}


def _grouped(
    now: Sequence[Measured],
    then: Sequence[Measured] | None,
    names: Callable[[Measured], Mapping[str, str]],
) -> tuple[Group, ...]:
    """Groups by key; what there was only in the period before is one as well.

    Args:
        names: key and name of each group that a case is in.
    """
    known = {key: name for each in [*(then or ()), *now] for key, name in names(each).items()}
    found = [
        _group(
            key,
            name,
            [each for each in now if key in names(each)],
            None if then is None else [each for each in then if key in names(each)],
            key if names is _cues_of else "",
        )
        for key, name in known.items()
    ]
    found.sort(key=lambda each: (not each.key, -each.now.opened, each.name.casefold(), each.key))
    return tuple(found)


def _months(cases: Sequence[Measured], period: Period, calling: Calling) -> Iterator[Group]:
    """Each month of a period. A whole one is compared with the one before it, if that is whole as well."""
    zone = office.zone_of(calling)
    again = {id(each) for each in _again(cases)}
    last: Figures | None = None
    month = period.since.astimezone(zone).date().replace(day=1)
    while (begins := datetime.combine(month, time(0), zone)) < period.until:
        following = (month + timedelta(days=31)).replace(day=1)
        ends = datetime.combine(following, time(0), zone)
        mine = [each for each in cases if begins <= each.opened < ends]
        found = figures(mine, sum(id(each) in again for each in mine))
        whole = period.since <= begins and ends <= period.until
        yield Group(f"{month:%Y-%m}", _month(month), found, last if whole else None)
        last = found if whole else None
        month = following


def _month(day: date) -> str:
    """In English, whatever the machine speaks."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def _repeats(cases: Sequence[Measured]) -> tuple[Repeat, ...]:
    pairs: dict[tuple[str, str], list[Case]] = {}
    for each in cases:
        for cue in dict.fromkeys(each.case.cues):
            pairs.setdefault((each.case.client.key, cue), []).append(each.case)
    found = [
        Repeat(client, known_name(mine[-1].client), cue, tuple(each.key for each in mine))
        for (client, cue), mine in pairs.items()
        if len(mine) > 1
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.cases), each.name.casefold(), each.cue)))
