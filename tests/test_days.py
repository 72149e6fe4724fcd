"""Days as people name them."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.cli.days import day

TODAY = date(2026, 11, 23)
"""A Monday."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", (2026, 12, 1)),
        ("tomorrow", (2026, 11, 24)),
        ("next Tuesday", (2026, 12, 1)),
        ("tuesday", (2026, 11, 24)),
        ("by Friday", (2026, 11, 27)),
        ("monday", (2026, 11, 30)),
        ("the day after tomorrow", (2026, 11, 25)),
        ("end of the month", (2026, 11, 30)),
        ("in two weeks", (2026, 12, 7)),
        ("1 December", (2026, 12, 1)),
        ("December 1", (2026, 12, 1)),
        ("31/12/2026", (2026, 12, 31)),
        ("am Freitag", (2026, 11, 27)),
        ("nächsten Dienstag", (2026, 12, 1)),
        ("in 3 Tagen", (2026, 11, 26)),
        ("12.12.", (2026, 12, 12)),
        ("3.1.", (2027, 1, 3)),
        ("vendredi", (2026, 11, 27)),
        ("mañana", (2026, 11, 24)),
    ],
)
def test_what_people_say(text: str, meant: tuple[int, int, int]) -> None:
    """In the languages of the rules; a weekday is the one that comes, "next" that of next week."""
    assert day(text, TODAY) == date(*meant)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "someday", "soon", "3", "2026-02-30", "31.2.", "a" * 10_000, "\x00", "9" * 60],
)
def test_what_names_no_day(text: str) -> None:
    """Nothing is guessed."""
    assert day(text, TODAY) is None
