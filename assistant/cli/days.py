"""Days as people name them, for `assistant called`."""

from __future__ import annotations

import re
from datetime import date

LANGUAGES = ("en", "de", "fr", "es")
LONGEST = 60
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORT = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?")


def day(text: str, today: date) -> date | None:
    """The day that a text names, seen from today, in any of the rules' languages; None where it names none."""
    from assistant.rulebook.sayings import listeners

    text = " ".join(text.split())[:LONGEST]
    if _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if short := _SHORT.fullmatch(text):
        return _coming(int(short[1]), int(short[2]), today)
    for listener in listeners(LANGUAGES).values():
        found = listener.day(text, today)
        if found is not None:
            return found
    return None


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
