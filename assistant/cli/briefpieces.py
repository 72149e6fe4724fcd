"""What a brief's lines are made of, and how they tell days and lengths of time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.clean import clean_text

LONGEST_QUOTE = 100
SHORTEST_WAIT = timedelta(hours=1)
FAR = 300
"""Days from which a day is told with its year."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; ``style`` is one of ``plain``, ``quote``, ``strong``, ``soft``, ``bad``."""

    text: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and the numbers of the messages that it rests on."""

    pieces: tuple[Piece, ...]
    letters: tuple[int, ...] = ()
    after: tuple[Piece, ...] = ()
    """What stands behind those."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title."""

    title: str
    lines: tuple[Line, ...]


def quoted(text: str, longest: int = LONGEST_QUOTE) -> Piece:
    """A stranger's words, cut between two of them."""
    whole = clean_text(text, 4 * longest)
    if len(whole) > longest:
        whole = whole[:longest].rpartition(" ")[0] or whole[:longest]
        whole = f"{whole.rstrip()}…"
    return Piece(f"“{whole}”", "quote")


def relative(due: date, now: datetime) -> str:
    """A day as far as it is away."""
    away = (due - now.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    told = near.get(away) or (f"{-away} days ago" if away < 0 else f"in {away} days")
    return f"{on(due, now)} ({told})"


def on(each: date, now: datetime) -> str:
    year = f" {each.year}" if abs((each - now.date()).days) > FAR else ""
    return f"{each:%a} {each.day} {each:%b}{year}"


def day(at: datetime, now: datetime) -> str:
    """A day on the user's calendar."""
    return on(at.astimezone(now.tzinfo).date(), now)


def length(worked: timedelta, of_day: timedelta) -> str:
    """Working time as people say it; nothing for less than an hour."""
    if worked < SHORTEST_WAIT:
        return ""
    number, unit = worked // of_day, "work day"
    if not number:
        number, unit = worked // timedelta(hours=1), "work hour"
    return f"{number} {unit}{'s' * (number != 1)}"
