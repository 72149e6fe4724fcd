"""Working time, by counting the minutes of the year one by one: slow, and plain to see that it is right.

The year is a past one: Dovecot takes no letter of tomorrow.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
SPANS = ((time(9), time(12, 30)), (time(13, 30), time(17)))
OFF = frozenset(
    (
        date(2025, 1, 1), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 5), date(2025, 5, 26),
        date(2025, 8, 25), date(2025, 12, 25), date(2025, 12, 26),
    )
)  # fmt: skip
MINUTE = timedelta(minutes=1)


def _minutes() -> list[datetime]:
    """Each minute of work from December before to January after, in UTC."""
    found = []
    day = date(2024, 12, 1)
    while day < date(2026, 2, 1):
        if day.weekday() < 5 and day not in OFF:
            for begin, end in SPANS:
                at = datetime.combine(day, begin, ZONE).astimezone(UTC)
                ends = datetime.combine(day, end, ZONE).astimezone(UTC)
                while at < ends:
                    found.append(at)
                    at += MINUTE
        day += timedelta(days=1)
    return found


MINUTES = _minutes()
DAYS = sorted({each.astimezone(ZONE).date() for each in MINUTES})


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of 2025, as the agency's clock shows it."""
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def later(start: datetime, hours: float) -> datetime:
    """When so much work has been done since."""
    return MINUTES[bisect_left(MINUTES, start) + round(hours * 60) - 1] + MINUTE


def earlier(end: datetime, hours: float) -> datetime:
    """From when on so much work is left until then."""
    return MINUTES[bisect_left(MINUTES, end) - round(hours * 60)]


def between(start: datetime, end: datetime) -> float:
    """Hours of work."""
    return (bisect_left(MINUTES, end) - bisect_left(MINUTES, start)) / 60


def closing(start: datetime, days: int) -> datetime:
    """When work ends on the working day that is so many after the one of a moment."""
    day = DAYS[bisect_left(DAYS, start.astimezone(ZONE).date()) + days]
    return datetime.combine(day, SPANS[-1][1], ZONE).astimezone(UTC)
