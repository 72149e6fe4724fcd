"""What the user tells of a case: `called`, `done`, `assign`, `resolve`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.cli.casework import Found
    from assistant.model import Note
    from assistant.store import CaseBook

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
@click.option(
    "--nothing-agreed", is_flag=True, help="Only that you have called; nothing is asked then."
)
@_ACCOUNT
@click.pass_obj
def called(
    config_path: Path | None,
    name: str,
    agreed: Sequence[str],
    remarks: Sequence[str],
    nothing_agreed: bool,
    account: str | None,
) -> None:
    """Say that you have called, and what was agreed.

    At a terminal, without --agreed and --note, you are asked what was agreed, line by line.

    CASE is a name that `assistant cases` shows; its beginning will do. What you say is kept in the state on
    this machine, and nowhere else.
    """
    from assistant.cli.agreed import action, ask, can_ask, line_of
    from assistant.model import Doing, Note

    if agreed and nothing_agreed:
        raise click.UsageError("either --agreed or --nothing-agreed")

    def notes(found: Found, now: datetime) -> list[Note]:
        first = 1 + max((each.number for each in found.standing.notes), default=0)
        if not (agreed or remarks or nothing_agreed) and can_ask():
            return [Note(now, Doing.CALLED), *ask(found.name, now, first)]
        actions = [action(text, now, number) for number, text in enumerate(agreed, first)]
        kept = [Note(now, Doing.NOTED, line_of(text, "--note")) for text in remarks]
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
    from assistant.cli.agreed import line_of
    from assistant.model import Doing, Note

    _tell(
        config_path,
        name,
        account,
        lambda _, now: [Note(now, Doing.ASSIGNED, owner=line_of(owner, "NAME"))],
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
            found.standing.thread,
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
    from assistant.cli.agreed import shown

    setup = wiring.read_setup(config_path)
    with casework.casebook(setup) as book:
        found = casework.the_case(setup, book, name, account)
        told = notes(found, wiring.now())
        book.tell(found.account.mailbox_address, found.standing.thread, told)
        after = casework.the_case(setup, book, found.name, found.account.mailbox_address)
        calls_for = _calls_for(book, after)
    progress = after.standing.progress
    click.echo(f"{after.name} is now: {progress.stage}")
    for each in progress.actions:
        state = "done" if each.done else "open"
        click.echo(f"  {each.number}  {state}  {shown(each.text, each.owner, each.due)}")
    if calls_for:
        casework.lay(setup, after.account)


def _calls_for(book: CaseBook, found: Found) -> bool:
    """Whether a draft is called for just now."""
    from assistant.cases.wanted import wanted
    from assistant.cli import wiring

    standing, now = found.standing, wiring.now()
    since = book.started(found.account.mailbox_address, found.account.inbox) or now
    return any(wanted(standing.progress, standing.clocks, standing.notes, now, since))
