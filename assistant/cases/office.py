"""Working time: how much of it lies between two moments, and when so much of it will have passed.

By the hours, days and days off of config ``[calling]``. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from assistant.model import Calling

HORIZON = 3_660
"""Days looked ahead; who never works has no clock."""


def spans(calling: Calling, first: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans of working time from a moment on, in UTC, in their order; the first may have begun already."""
    zone = zone_of(calling)
    today = first.astimezone(zone).date()
    for day in (today + timedelta(days=each) for each in range(HORIZON)):
        if works_on(calling, day):
            for begin, end in sorted(calling.hours):
                begins, ends = _at(day, begin, zone), _at(day, end, zone)
                if ends > first and ends > begins:
                    yield max(begins, first.astimezone(UTC)), ends


def after(calling: Calling, start: datetime, hours: float) -> datetime:
    """When so many working hours have passed since a moment; the end of the last of them, in UTC.

    Raises:
        ValueError: where there are no working hours.
    """
    left = timedelta(hours=hours)
    for begin, end in spans(calling, start):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise ValueError("no working hours")


def before(calling: Calling, end: datetime, hours: float) -> datetime:
    """The latest moment from which so many working hours lie before `end`, in UTC; `end` itself for none.

    Raises:
        ValueError: where there are no working hours.
    """
    left = timedelta(hours=hours)
    zone = zone_of(calling)
    day = end.astimezone(zone).date()
    if not left:
        return end.astimezone(UTC)
    for each in (day - timedelta(days=back) for back in range(HORIZON)):
        if not works_on(calling, each):
            continue
        for first, last in sorted(calling.hours, reverse=True):
            begins, ends = _at(each, first, zone), min(_at(each, last, zone), end.astimezone(UTC))
            if ends <= begins:
                continue
            if ends - begins >= left:
                return ends - left
            left -= ends - begins
    raise ValueError("no working hours")


def worked(calling: Calling, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between two moments; 0 where the second is not later."""
    total = timedelta()
    for begins, ends in spans(calling, start):
        if begins >= end:
            break
        total += min(ends, end.astimezone(UTC)) - begins
    return total


def end_of_day(calling: Calling, start: datetime, days: int) -> datetime:
    """The end of the working day that is so many working days after the one of a moment, in UTC.

    Raises:
        ValueError: where there are no working days.
    """
    zone = zone_of(calling)
    day, left = start.astimezone(zone).date(), days
    for _ in range(HORIZON):
        if left <= 0 and works_on(calling, day):
            return closes(calling, day)
        day += timedelta(days=1)
        left -= works_on(calling, day)
    raise ValueError("no working days")


def closes(calling: Calling, day: date) -> datetime:
    """When work ends on a day, in UTC; on a day off, when it would."""
    return _at(day, max(end for _, end in calling.hours), zone_of(calling))


def works_on(calling: Calling, day: date) -> bool:
    return day.weekday() in calling.days and day not in calling.off


def day_of(calling: Calling, at: datetime) -> date:
    """The day that it was then where the user is."""
    return at.astimezone(zone_of(calling)).date()


def next_day(calling: Calling, day: date) -> date:
    """The working day after a day; the next day of all for whoever never works."""
    days = (day + timedelta(days=each) for each in range(1, HORIZON))
    return next((each for each in days if works_on(calling, each)), day + timedelta(days=1))


def zone_of(calling: Calling) -> tzinfo:
    """The user's zone; where none is set, the machine's own is not asked: UTC."""
    return calling.zone or UTC


def _at(day: date, minute: int, zone: tzinfo) -> datetime:
    """Midnight may be written as 24:00. In UTC, where differences are true when clocks change."""
    midnight = datetime.combine(day, time(0), zone)
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)
