"""What the user tells of a case: `called`, `done`, `assign`, `resolve`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.cli.casework import Found
    from assistant.model import Note

LONGEST = 500
"""Characters of a line that is told."""
_CASE = click.argument("name", metavar="CASE")
_ACCOUNT = click.option("--account", metavar="ADDRESS", help="In this account, where several are.")


@cli.command()
@_CASE
@click.option(
    "--agreed",
    multiple=True,
    metavar="WHAT|WHO|WHEN",
    help='An action: "Mend the form | me | next Tuesday"; who and when may be left out. Repeat for more.',
)
@click.option("--note", "remarks", multiple=True, metavar="TEXT", help="Anything else to keep.")
@_ACCOUNT
@click.pass_obj
def called(
    config_path: Path | None,
    name: str,
    agreed: Sequence[str],
    remarks: Sequence[str],
    account: str | None,
) -> None:
    """Say that you have called, and what was agreed.

    CASE is a name that `assistant cases` shows; its beginning will do. What you say is kept in the state on
    this machine, and nowhere else.
    """
    from assistant.model import Doing, Note

    def notes(found: Found, now: datetime) -> list[Note]:
        first = 1 + max((each.number for each in found.standing.notes), default=0)
        actions = [_action(text, now, number) for number, text in enumerate(agreed, first)]
        kept = [Note(now, Doing.NOTED, _line(text, "--note")) for text in remarks]
        return [Note(now, Doing.CALLED), *actions, *kept]

    _tell(config_path, name, account, notes)


@cli.command()
@_CASE
@click.argument("action", type=click.IntRange(min=1), required=False)
@_ACCOUNT
@click.pass_obj
def done(config_path: Path | None, name: str, action: int | None, account: str | None) -> None:
    """Say that an action is done; without a number, that all of them are."""
    from assistant.model import Doing, Note

    def notes(found: Found, now: datetime) -> list[Note]:
        left = [each.number for each in found.standing.progress.actions if each.done is None]
        if action is not None and action not in left:
            there = ", ".join(map(str, left)) or "none"
            raise click.UsageError(f"{found.name} has no open action {action}; open: {there}")
        return [Note(now, Doing.DID, number=action or 0)]

    _tell(config_path, name, account, notes)


@cli.command()
@_CASE
@click.argument("owner", metavar="NAME")
@_ACCOUNT
@click.pass_obj
def assign(config_path: Path | None, name: str, owner: str, account: str | None) -> None:
    """Hand a case over: NAME stands under its drafts from now on."""
    from assistant.model import Doing, Note

    _tell(
        config_path,
        name,
        account,
        lambda _, now: [Note(now, Doing.ASSIGNED, owner=_line(owner, "NAME"))],
    )


@cli.command()
@_CASE
@_ACCOUNT
@click.pass_obj
def resolve(config_path: Path | None, name: str, account: str | None) -> None:
    """Say that a case is over. Another unhappy message opens it again."""
    from assistant.model import Doing, Note

    _tell(config_path, name, account, lambda _, now: [Note(now, Doing.RESOLVED)])


@cli.command()
@_CASE
@_ACCOUNT
@click.pass_obj
def part(config_path: Path | None, name: str, account: str | None) -> None:
    """Lay a letter into Drafts that ends the work with a client, politely.

    Once it is sent, the case is resolved. Nobody gets such a letter unless you ask for it.
    """
    from assistant.cli import casework, wiring
    from assistant.reply.followup import follow_up_id

    setup = wiring.read_setup(config_path)
    with casework.casebook(setup) as book:
        found = casework.the_case(setup, book, name, account)
        profile, case = wiring.profile(setup.config, found.account), casework.nameless(found)
        new = book.follow_ups.plan(
            case.account,
            found.name,
            "parting",
            follow_up_id("parting", case, profile),
            wiring.now(),
        )
    if not new:
        click.echo(f"{found.name} got its parting letter before; it is not laid again.")
        return
    casework.lay(setup, found.account)


def _tell(
    config_path: Path | None,
    name: str,
    account: str | None,
    notes: Callable[[Found, datetime], list[Note]],
) -> None:
    """Keep what is told of a case, and say where it stands now."""
    from assistant.cli import casework, wiring

    setup = wiring.read_setup(config_path)
    with casework.casebook(setup) as book:
        found = casework.the_case(setup, book, name, account)
        told = notes(found, wiring.now())
        book.tell(found.account.mailbox_address, found.standing.thread, told)
        after = casework.the_case(setup, book, found.name, found.account.mailbox_address)
        calls_for = _calls_for(after)
    progress = after.standing.progress
    click.echo(f"{after.name} is now: {progress.stage}")
    for each in progress.actions:
        until = f", by {each.due:%a %d %b %Y}" if each.due else ""
        who = f" ({clean_text(each.owner, 80)})" if each.owner else ""
        state = "done" if each.done else "open"
        click.echo(f"  {each.number}  {state}  {clean_text(each.text, LONGEST)}{who}{until}")
    if calls_for:
        casework.lay(setup, after.account)


def _calls_for(found: Found) -> bool:
    """Whether a draft is called for just now."""
    from assistant.cases.wanted import wanted
    from assistant.cli import wiring

    standing = found.standing
    return any(wanted(standing.progress, standing.clocks, standing.notes, wiring.now()))


def _action(text: str, now: datetime, number: int) -> Note:
    """ "What | who | when" as an action.

    Raises:
        click.UsageError: where it is none.
    """
    from assistant.model import Doing, Note

    what, who, when, *more = [*(part.strip() for part in text.split("|")), "", ""]
    if any(more):
        raise click.UsageError(f"--agreed {text!r}: at most three parts: WHAT | WHO | WHEN")
    return Note(
        now,
        Doing.AGREED,
        _line(what, "--agreed"),
        _line(who, "--agreed") if who else "",
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


def _line(text: str, what: str) -> str:
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
