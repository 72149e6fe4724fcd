"""Working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases import office
from assistant.model import Calling

BERLIN = ZoneInfo("Europe/Berlin")
CALLING = Calling(
    zone=BERLIN,
    hours=((9 * 60, 12 * 60), (13 * 60, 17 * 60)),
    off=frozenset({date(2026, 5, 1)}),
)


def berlin(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (berlin(27, 9), 2, berlin(27, 11)),  # a Monday
        (berlin(27, 11), 2, berlin(27, 14)),  # over lunch
        (berlin(27, 7), 1, berlin(27, 10)),  # before work
        (berlin(27, 16), 3, berlin(28, 11)),  # over night
        (berlin(30, 16), 3, berlin(4, 11, month=5)),  # over May Day and a weekend
        (berlin(27, 12), 0, berlin(27, 13)),
        (berlin(27, 9), 3, berlin(27, 12)),  # to the minute
    ],
)
def test_when_working_hours_have_passed(start: datetime, hours: float, end: datetime) -> None:
    """Nights, lunch, weekends and holidays do not count."""
    assert office.after(CALLING, start, hours) == end


@pytest.mark.parametrize(
    ("end", "hours", "start"),
    [
        (berlin(27, 11), 1, berlin(27, 10)),
        (berlin(27, 13, 30), 1, berlin(27, 11, 30)),
        (berlin(4, 10, month=5), 2, berlin(30, 16)),
        (berlin(27, 22), 1, berlin(27, 16)),
        (berlin(27, 10), 0, berlin(27, 10)),
    ],
)
def test_so_much_working_time_before(end: datetime, hours: float, start: datetime) -> None:
    """For a reminder that comes while somebody is at work."""
    assert office.before(CALLING, end, hours) == start


def test_how_much_was_worked_between() -> None:
    """Backwards it is nothing."""
    assert office.worked(CALLING, berlin(27, 11), berlin(28, 10)) == timedelta(hours=6)
    assert office.worked(CALLING, berlin(28, 10), berlin(27, 11)) == timedelta()
    assert office.worked(CALLING, berlin(25, 11), berlin(26, 10)) == timedelta()


def test_days_end_when_work_ends() -> None:
    """A Friday evening and three working days: the Wednesday after."""
    assert office.end_of_day(CALLING, berlin(24, 20), 3) == berlin(29, 17)
    assert office.end_of_day(CALLING, berlin(25, 8), 0) == berlin(27, 17)
    assert office.end_of_day(CALLING, berlin(30, 8), 1) == berlin(4, 17, month=5)


def test_hours_are_true_when_the_clocks_change() -> None:
    """A span over the gap in the night of 29 March holds an hour less."""
    nights = Calling(zone=BERLIN, days=frozenset(range(7)), hours=((0, 24 * 60),))
    start = datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN)
    assert office.after(nights, start, 6) == datetime(2026, 3, 29, 5, 0, tzinfo=BERLIN)
    assert office.worked(nights, start, datetime(2026, 3, 29, 5, 0, tzinfo=BERLIN)) == timedelta(
        hours=6
    )


def test_who_never_works_has_no_clock() -> None:
    """Said, not looked for without end."""
    never = Calling(days=frozenset())
    for ask in (office.after, office.before):
        with pytest.raises(ValueError, match="no working hours"):
            ask(never, berlin(27, 9), 1)
    with pytest.raises(ValueError, match="no working days"):
        office.end_of_day(never, berlin(27, 9), 1)


MOMENTS = st.timedeltas(timedelta(), timedelta(days=730)).map(
    datetime(2025, 1, 1, tzinfo=UTC).__add__
)


@given(MOMENTS, st.integers(1, 4_000))
def test_after_and_worked_and_before_agree(start: datetime, minutes: int) -> None:
    """Through any night, weekend and change of clocks."""
    end = office.after(CALLING, start, minutes / 60)
    assert office.worked(CALLING, start, end) == timedelta(minutes=minutes)
    back = office.before(CALLING, end, minutes / 60)
    assert office.worked(CALLING, back, end) == timedelta(minutes=minutes)
    assert back >= start
