"""What was agreed in a call, and noted of it: from options, or asked at a terminal line by line."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text

if TYPE_CHECKING:
    from assistant.model import Note

LONGEST = 500
"""Characters of a line that is told."""


def can_ask() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(name: str, now: datetime, first: int) -> list[Note]:
    """What was agreed, then what else is to be kept; the day that was understood is shown after each line.

    Args:
        name: the case's.
        first: the number of the next action.

    Raises:
        click.Abort: they would rather tell nothing.
    """
    from assistant.cli.questions import Questions, good
    from assistant.model import Doing, Note

    numbers = iter(range(first, sys.maxsize))

    def agreed(text: str) -> Note:
        found = action(text, now, 0, "the line")
        found = replace(found, number=next(numbers))
        good(shown(found.text, found.owner, found.due))
        return found

    questions = Questions()
    click.echo(f"You have called about {name}. (Ctrl-C: nothing is told.)")
    click.echo("What was agreed? WHAT | WHO | WHEN, the last two if there are; an empty line ends.")
    actions = questions.lines("  agreed >", agreed)
    click.echo("Anything else to keep? An empty line ends.")
    remarks = questions.lines(
        "  note >", lambda text: Note(now, Doing.NOTED, line_of(text, "note"))
    )
    return [*actions, *remarks]


def shown(text: str, owner: str, due: date | None) -> str:
    """An action in a line."""
    who = f" ({clean_text(owner, 80)})" if owner else ""
    until = f", by {due:%a %d %b %Y}" if due else ""
    return f"{clean_text(text, LONGEST)}{who}{until}"


def action(text: str, now: datetime, number: int, option: str = "--agreed") -> Note:
    """ "What | who | when" as an action.

    Args:
        option: what it was given by, for errors.

    Raises:
        click.UsageError: where it is none.
    """
    from assistant.model import Doing, Note

    what, who, when, *more = [*(part.strip() for part in text.split("|")), "", ""]
    if any(more):
        raise click.UsageError(f"{option} {text!r}: at most three parts: WHAT | WHO | WHEN")
    return Note(
        now,
        Doing.AGREED,
        line_of(what, option),
        line_of(who, option) if who else "",
        _day(when, now) if when else None,
        number,
    )


def _day(text: str, now: datetime) -> date:
    """A day as people name it: "2026-12-01", "next Tuesday", "in two weeks", "am Freitag".

    Raises:
        click.UsageError: where it names none, or one that has passed.
    """
    from assistant.cli.days import day

    today = now.astimezone().date()
    found = day(text, today)
    if found is None:
        raise click.UsageError(
            f"{clean_text(text, 60)!r} names no day; write 2026-12-01, or as you would say it: next Tuesday"
        )
    if found < today:
        raise click.UsageError(f"{clean_text(text, 60)!r} is {found:%d %b %Y}, which has passed")
    if found.year > today.year + 50:
        raise click.UsageError(f"{clean_text(text, 60)!r} is in {found.year}; which day is meant?")
    return found


def line_of(text: str, what: str) -> str:
    """One line of what the user says.

    Raises:
        click.UsageError: where there is nothing, or too much.
    """
    line = " ".join(text.split())
    if not line or not line.isprintable() or len(line) > LONGEST:
        raise click.UsageError(
            f"{what}: one line of text is needed, of at most {LONGEST} characters"
        )
    return line
