"""Where a client's clock is: by their telephone number, and by the Date of their mail. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.model import Message, Phone
from assistant.reading.phones import zone_names


def zone_of(message: Message, phones: tuple[Phone, ...], now: datetime) -> tzinfo | None:
    """The client's zone: of their telephone number's country, else of their Date header.

    A number counts only where its zone agrees with the header: people travel, and move.
    An offset of 0 tells nothing: Exchange and others write every Date in UTC, and -0000 says that
    the zone is unknown (RFC 5322 section 3.3).
    """
    header = timezone(timedelta(minutes=message.offset)) if message.offset else None
    written = message.date or now
    for phone in phones:
        zone = _zone_of_number(phone.number, now)
        if zone is not None and (header is None or same_clock(zone, header, written)):
            return zone
    return header


def same_clock(one: tzinfo | None, other: tzinfo | None, moment: datetime) -> bool:
    """Whether two zones' clocks show the same at a moment."""
    return moment.astimezone(one).utcoffset() == moment.astimezone(other).utcoffset()


def _zone_of_number(number: str, now: datetime) -> tzinfo | None:
    """Where all the zones in which a number can be show the same time."""
    try:
        found = [ZoneInfo(name) for name in zone_names(number)]
    except (ZoneInfoNotFoundError, ValueError):
        return None
    shown = {now.astimezone(zone).utcoffset() for zone in found}
    return found[0] if len(shown) == 1 else None
