"""Days as people name them. The only module that imports dateparser, and only when a day is named: 0.3 s."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime

LANGUAGES = ("en", "de", "fr", "es")
LONGEST = 60
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORT = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?")
_NEXT = re.compile(
    r"^(?:(?:on|by|until|am|bis(?: zum)?)\s+)?(?:(?:next|this|coming|nächsten|kommenden)\s+)?(.*)$",
    re.IGNORECASE,
)


def day(text: str, now: datetime) -> date | None:
    """The day that a text names, seen from now; a weekday is the next one. None where it names none."""
    text = " ".join(text.split())[:LONGEST]
    if text.isdecimal():  # of which month?
        return None
    if short := _SHORT.fullmatch(text):  # taken for a time of day else
        return _coming(int(short[1]), int(short[2]), now.date())
    if _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    found = _NEXT.match(text)
    return _parsed(text, now) or (_parsed(found[1], now) if found and found[1] else None)


def _parsed(text: str, now: datetime) -> date | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own making: DeprecationWarning
        import dateparser

        found = dateparser.parse(
            text,
            languages=list(LANGUAGES),
            settings={
                "PREFER_DATES_FROM": "future",
                "RELATIVE_BASE": now.replace(tzinfo=None),
                "DATE_ORDER": "DMY",
                "STRICT_PARSING": False,
            },
        )
    return found.date() if found else None


def _coming(number: int, month: int, today: date) -> date | None:
    """The next such day of a year, today included."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, number)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
