"""When a call can be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Calling, Phone
from assistant.reading.zones import zone_of
from assistant.reply.times import EARLIEST, LATEST, times_for, told
from tests.builders import QUICK, message, rulebook

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60))
CALLING = Calling(zone=BERLIN, hours=HOURS)
# Friday, 20 November 2026, 10:10 in Berlin.
FRIDAY = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)


def shown(
    calling: Calling, heat: int = 1, now: datetime = FRIDAY, theirs: object = None
) -> list[str]:
    found = times_for(calling, now, heat, theirs)  # type: ignore[arg-type]
    return [f"{each:%a %d %H:%M}" for each in found]


def test_the_soonest_and_another() -> None:
    """Three hours from now at the soonest, within office hours, not next to one another."""
    assert shown(CALLING) == ["Fri 20 13:30", "Fri 20 15:30"]


def test_who_is_angry_has_until_tomorrow_and_chooses_between_days() -> None:
    """Guidance row reply-cooler-time; Saturday and Sunday are no days for calls."""
    assert shown(CALLING, heat=4) == ["Mon 23 09:00", "Tue 24 13:30"]
    mornings = replace(CALLING, hours=HOURS[:1])
    assert shown(mornings, heat=5) == ["Mon 23 09:00", "Tue 24 09:00"]


def test_holidays_and_days_off_are_left_out() -> None:
    off = Calling(zone=BERLIN, hours=HOURS, off=frozenset({date(2026, 11, 23), date(2026, 11, 24)}))
    assert shown(off, heat=5) == ["Wed 25 09:00", "Thu 26 13:30"]


def test_a_call_ends_within_the_hours() -> None:
    hour = Calling(zone=BERLIN, hours=((9 * 60, 10 * 60),), length=60, offers=3, lead=0)
    assert shown(hour) == ["Mon 23 09:00", "Tue 24 09:00", "Wed 25 09:00"]


def test_no_zone_no_offers_no_hours_no_times() -> None:
    assert shown(Calling()) == []
    assert shown(Calling(zone=BERLIN, offers=0)) == []
    assert shown(Calling(zone=BERLIN, days=frozenset())) == []


def test_the_client_is_not_called_at_night() -> None:
    """Nine in Berlin is midnight in Vancouver: only the afternoon's end is decent there."""
    late = Calling(zone=BERLIN, hours=((9 * 60, 19 * 60),))
    found = times_for(late, FRIDAY, 1, ZoneInfo("America/Vancouver"))
    assert [f"{each:%a %H:%M}" for each in found] == ["Fri 18:00", "Mon 18:00"]
    # Where no hour is decent for both, none is offered.
    assert times_for(CALLING, FRIDAY, 1, ZoneInfo("Pacific/Honolulu")) == ()


def test_a_time_that_the_clocks_jump_over_is_none() -> None:
    """On 28 March 2027 at 2:00 it is 3:00 in Berlin."""
    night = Calling(zone=BERLIN, days=frozenset(range(7)), hours=((120, 180),), lead=0, length=30)
    found = times_for(night, datetime(2027, 3, 27, 12, tzinfo=UTC), 1, None)
    assert [each.date() for each in found] == [date(2027, 3, 29), date(2027, 3, 30)]


@QUICK
@given(
    st.integers(0, 4 * 365 * 24 * 60).map(lambda n: FRIDAY + timedelta(minutes=n)),
    st.integers(1, 5),
    st.sampled_from([None, BERLIN, ZoneInfo("America/New_York"), timezone(timedelta(hours=5.5))]),
)
def test_times_are_real(now: datetime, heat: int, theirs: object) -> None:
    """Whatever the clock says: in the future, in hours, on a working day, decent for the client."""
    found = times_for(CALLING, now, heat, theirs)  # type: ignore[arg-type]
    assert len(found) <= CALLING.offers
    wait = timedelta(minutes=CALLING.cooling if heat >= 4 else CALLING.lead)
    for each in found:
        minute = each.hour * 60 + each.minute
        assert each - now >= wait
        assert each.weekday() < 5
        assert any(begin <= minute <= end - CALLING.length for begin, end in HOURS)
        if theirs is not None:
            assert EARLIEST <= each.astimezone(theirs).time() < LATEST  # type: ignore[arg-type]
    assert list(found) == sorted(set(found))


# --- whose clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "offset", "expected"),
    [
        ((), None, None),
        ((), 60, timezone(timedelta(hours=1))),
        (("+493012345678",), None, BERLIN),
        (("+493012345678",), 60, BERLIN),
        (("+493012345678",), -300, timezone(timedelta(hours=-5))),  # on a journey, or moved
        (("+34612345678",), None, None),  # Spain's numbers are also the Canaries'
        (("+34612345678",), 60, timezone(timedelta(hours=1))),
        (("+34612345678", "+12125551234"), None, ZoneInfo("America/New_York")),
    ],
)
def test_the_clients_zone(numbers: tuple[str, ...], offset: int | None, expected: object) -> None:
    """The number's country, where that tells one; else the Date header's offset."""
    phones = tuple(Phone(each, each, signed=True) for each in numbers)
    assert zone_of(message(offset=offset), phones, FRIDAY) == expected


WORDING = rulebook().wordings[0].times


def say(times: tuple[datetime, ...], theirs: object = None, written: datetime = FRIDAY) -> str:
    assert WORDING is not None
    return told(times, WORDING, theirs, written)  # type: ignore[arg-type]


def test_a_day_is_named_once() -> None:
    found = times_for(CALLING, FRIDAY, 1, None)
    assert say(found) == "Friday 20 November at 13:30 or 15:30"


def test_the_clients_clock_comes_first_where_it_shows_another_time() -> None:
    found = times_for(CALLING, FRIDAY, 1, None)
    assert say(found, ZoneInfo("Europe/London")) == (
        "Friday 20 November at 12:30 your time (13:30 mine) or 14:30 your time (15:30 mine)"
    )
    assert say(found, ZoneInfo("Europe/Paris")) == "Friday 20 November at 13:30 or 15:30"


def test_a_bare_offset_is_not_trusted_over_a_change_of_the_clocks() -> None:
    """Written in summer time, called in winter time: the offset may have changed with it."""
    summer = datetime(2026, 10, 24, 9, tzinfo=UTC)
    winter = (datetime(2026, 10, 26, 10, tzinfo=BERLIN),)
    assert say(winter, timezone(timedelta(hours=1)), summer) == "Monday 26 October at 10:00"
    assert "your time" in say(winter, timezone(timedelta(hours=3)), winter[0])
