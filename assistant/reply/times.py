"""When a call can be had: real times, in the user's office hours and at a decent hour for the client.

Pure. Guidance rows reply-phone (times to choose from) and reply-cooler-time (`angry` and `hostile`
get a choice that leaves room to cool down, milder tones the soonest).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import groupby, islice
from string import Template

from assistant.model import Calling, TimesWording
from assistant.reading.zones import same_clock

STEP = 30
"""Minutes between the times that come into question."""
APART = timedelta(hours=2)
"""Between two times that are offered."""
NOON = 13
CLOCKS_CHANGE = (((3, 8), (4, 8)), ((9, 1), (11, 8)))
"""From which day to which clocks are put forward or back somewhere, as months and days."""
HORIZON = 21
"""Days looked ahead."""
EARLIEST, LATEST = time(9), time(20)
"""When a client may be called, on the client's own clock."""
HOT = 4
"""Heat from which time is left to cool down (angry)."""


def times_for(
    calling: Calling, now: datetime, heat: int, theirs: tzinfo | None
) -> tuple[datetime, ...]:
    """Times at which a call can begin, in the user's zone; empty where none is to be offered.

    Args:
        now: the clock, aware.
        heat: of the message's tone, 1 to 5.
        theirs: the client's zone, where it is known.
    """
    if calling.zone is None or calling.offers == 0:
        return ()
    wait = max(calling.lead, calling.cooling) if heat >= HOT else calling.lead
    decent = (
        each
        for each in _openings(calling, now + timedelta(minutes=wait))
        if theirs is None or EARLIEST <= each.astimezone(theirs).time() < LATEST
    )
    chosen = _days(decent) if heat >= HOT else _soonest(decent)
    return tuple(islice(chosen, calling.offers))


def _soonest(openings: Iterable[datetime]) -> Iterator[datetime]:
    """The first, and each next one that is not close to the last."""
    last: datetime | None = None
    for each in openings:
        if last is None or each.astimezone(UTC) - last >= APART:
            last = each
            yield each


def _days(openings: Iterable[datetime]) -> Iterator[datetime]:
    """One of each day, morning and afternoon by turns where there are both."""
    last: datetime | None = None
    for _, times in groupby(openings, datetime.date):
        of_day = list(times)
        others = [t for t in of_day if last and (t.hour < NOON) != (last.hour < NOON)]
        last = (others or of_day)[0]
        yield last


def _openings(calling: Calling, first: datetime) -> Iterator[datetime]:
    """Every half hour from `first` on at which a call fits into the office hours."""
    zone = calling.zone
    today = first.astimezone(zone).date()
    for day in (today + timedelta(days=each) for each in range(HORIZON)):
        if day.weekday() not in calling.days or day in calling.off:
            continue
        for begin, end in calling.hours:
            for minute in range(begin, end - calling.length + 1, STEP):
                moment = _at(day, minute, zone)
                if moment is not None and moment >= first:
                    yield moment


def _at(day: date, minute: int, zone: tzinfo | None) -> datetime | None:
    """A time of day; None where the clocks are put forward over it."""
    moment = datetime.combine(day, time(minute // 60, minute % 60), zone)
    same = moment.astimezone(UTC).astimezone(zone)
    return moment if same.replace(tzinfo=None) == moment.replace(tzinfo=None) else None


def can_be_told(theirs: tzinfo | None, calling: Calling, written: datetime, now: datetime) -> bool:
    """Whether times on the client's clock are certain.

    A bare offset that is not the user's own may change with the clocks, and where it does so is not known.
    """
    if not isinstance(theirs, timezone) or same_clock(theirs, calling.zone, written):
        return True
    days = (written + timedelta(days=each) for each in range((now - written).days + HORIZON + 2))
    return not any(
        first <= (day.month, day.day) <= last for day in days for first, last in CLOCKS_CHANGE
    )


def told(
    times: tuple[datetime, ...], wording: TimesWording, theirs: tzinfo | None, written: datetime
) -> str:
    """Times as a sentence names them: "Tuesday 24 November at 10:00 or 14:30".

    On the client's clock where that shows another time, and then on the user's, too.
    """
    texts: list[str] = []
    before: date | None = None
    for moment in times:
        shown = _theirs(moment, theirs, written)
        shown_at = clock(shown or moment, wording)
        if shown is not None:
            mine = clock(moment, wording)
            shown_at = Template(wording.yours).substitute(time=shown_at, mine=mine)
        day = (shown or moment).date()
        pattern = wording.again if day == before else wording.first
        texts.append(Template(pattern).substitute(_named(day, wording), time=shown_at))
        before = day
    return wording.between.join(texts)


def _theirs(moment: datetime, theirs: tzinfo | None, written: datetime) -> datetime | None:
    if theirs is None or (
        isinstance(theirs, timezone) and same_clock(theirs, moment.tzinfo, written)
    ):
        return None
    shown = moment.astimezone(theirs)
    return shown if shown.utcoffset() != moment.utcoffset() else None


def clock(moment: datetime, wording: TimesWording) -> str:
    """A time of day as the language writes it."""
    return Template(wording.time).substitute(hour=moment.hour, minute=f"{moment.minute:02}")


def _named(day: date, wording: TimesWording) -> Mapping[str, str]:
    return {
        "day": wording.days[day.weekday()],
        "number": str(day.day),
        "month": wording.months[day.month - 1],
    }
