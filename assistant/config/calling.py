"""``[calling]``: when calls can be had, checked key by key."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.model import Calling

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[str, ...] = get_args(Day)
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)")
_LINE = re.compile(r"\+?[0-9(](?:[ ()./-]*[0-9]){4,24}")
_PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,5})?")
_LINK = re.compile(r"https://[!-~]{4,200}")
YEARS = 4
"""How many years' public holidays are looked up at start."""
MOST_OFF = 400
"""Days in one span of days_off."""


def _zone(value: str) -> str:
    try:
        if value:
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{value!r} is no time zone; write one as "Europe/Berlin"') from None
    return value


def _span(value: str) -> str:
    minutes(value)
    return value


def minutes(value: str) -> tuple[int, int]:
    """ "09:00-12:30" as minutes since midnight.

    Raises:
        ValueError: where it is no such span.
    """
    found = _SPAN.fullmatch(value.strip())
    if found:
        begin, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
        if begin < end <= 24 * 60:
            return begin, end
    raise ValueError(f'{value!r} is no span of hours; write "09:00-12:30"')


def _off(value: str) -> str:
    days(value)
    return value


def days(value: str) -> tuple[date, ...]:
    """ "2026-12-24..2027-01-02", or a single day, as days.

    Raises:
        ValueError: where it is neither.
    """
    first, dots, last = value.partition("..")
    try:
        begin = date.fromisoformat(first.strip())
        end = date.fromisoformat(last.strip()) if dots else begin
    except ValueError:
        raise ValueError(
            f'{value!r} is no day; write "2026-12-24", or "2026-12-24..2027-01-02"'
        ) from None
    count = (end - begin).days + 1
    if not 1 <= count <= MOST_OFF:
        raise ValueError(f"{value!r} ends before it begins, or is longer than {MOST_OFF} days")
    return tuple(begin + timedelta(days=each) for each in range(count))


def _country(value: str) -> str:
    if value:
        public_holidays(value, 2026)
    return value


def public_holidays(place: str, first_year: int) -> frozenset[date]:
    """The public holidays of a country ("DE"), or of a part of one ("DE-BY").

    Raises:
        ValueError: where no such place is known.
    """
    import holidays

    country, _, part = place.partition("-")
    try:
        if not _PLACE.fullmatch(place) or country not in holidays.list_supported_countries():
            raise NotImplementedError
        found = holidays.country_holidays(
            country, subdiv=part or None, years=range(first_year, first_year + YEARS)
        )
    except NotImplementedError:
        raise ValueError(
            f"{place!r}: no holidays are known for it; write a country's two capital letters, or "
            'with a part of it, as "DE-BY"'
        ) from None
    return frozenset(found)


def _line(value: str) -> str:
    if value and not _LINE.fullmatch(value):
        raise ValueError(f"{value!r} is no telephone number as people write it")
    return value


def _link(value: str) -> str:
    if value and not _LINK.fullmatch(value):
        raise ValueError(f"{value!r} is no link; it begins with https:// and holds no spaces")
    return value


class CallingTable(BaseModel):
    """``[calling]``, and ``[account.calling]`` over it. config.example.toml explains every key."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True, frozen=True)

    phone: Annotated[str, AfterValidator(_line)] = ""
    booking: Annotated[str, AfterValidator(_link)] = ""
    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    days: tuple[Day, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), strict=False)
    hours: tuple[Annotated[str, AfterValidator(_span)], ...] = Field(
        default=("09:00-12:30", "13:30-17:00"), strict=False
    )
    days_off: tuple[Annotated[str, AfterValidator(_off)], ...] = Field(default=(), strict=False)
    holidays: Annotated[str, AfterValidator(_country)] = ""
    lead_minutes: int = Field(default=180, ge=0, le=20_160)
    cooling_hours: int = Field(default=16, ge=0, le=336)
    length_minutes: int = Field(default=30, ge=5, le=240)
    offers: int = Field(default=2, ge=0, le=3)

    @property
    def problem(self) -> str:
        """Why no call ever fits into the hours; empty where one does."""
        if not self.days:
            return "days: none is named; calls and all that is due go by them"
        spans = [minutes(each) for each in self.hours]
        if any(end - begin >= self.length_minutes for begin, end in spans):
            return ""
        return f"hours: no span is as long as a call (length_minutes = {self.length_minutes})"

    def calling(self, year: int) -> Calling:
        """The same as the reply needs it; `year` is the first of which holidays are looked up."""
        off = {day for each in self.days_off for day in days(each)}
        if self.holidays:
            off |= public_holidays(self.holidays, year)
        return Calling(
            zone=ZoneInfo(self.time_zone) if self.time_zone else None,
            days=frozenset(DAYS.index(day) for day in self.days),
            hours=tuple(sorted(minutes(each) for each in self.hours)),
            off=frozenset(off),
            lead=self.lead_minutes,
            cooling=self.cooling_hours * 60,
            length=self.length_minutes,
            offers=self.offers,
            line=self.phone,
            booking=self.booking,
        )
