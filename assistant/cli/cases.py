"""`cases`: every unhappy client's thread, how far it has come, and what is due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.clean import clean_text
from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.casework import Found
    from assistant.cli.wiring import Setup
    from assistant.model import Message
    from assistant.service.casemail import CaseMail

MOST_TRIED = 10
"""Messages of a case that are looked for until one tells whose it is."""
LEAST = 20
"""Columns of a terminal for client and subject, however narrow it is."""
Named = dict[str, tuple[str, str]]
"""Name of a case -> client and subject."""


@cli.command()
@click.option("--all", "every", is_flag=True, help="Also those that are resolved.")
@click.option("--account", metavar="ADDRESS", help="Of this account alone.")
@click.option(
    "--offline",
    is_flag=True,
    help="From the state alone: without names and subjects, which it does not keep.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each case.")
@click.pass_obj
def cases(
    config_path: Path | None, every: bool, account: str | None, offline: bool, as_json: bool
) -> None:
    """List the cases: threads in which a client is unhappy, from the first such message until it is resolved.

    How far each has come is read from the mailbox: nobody has to keep it up. Calls and what was agreed are
    told by `assistant called`.
    """
    from assistant.cases.office import zone_of
    from assistant.cli import casework, wiring

    setup = wiring.read_setup(config_path)
    with casework.casebook(setup) as book:
        found = casework.cases(setup, book, account)
    shown = [each for each in found if every or each.standing.progress.open]
    names = {} if offline else _names(setup, shown)
    if as_json:
        click.echo(json.dumps([_as_json(each, names) for each in shown], indent=2))
    else:
        zone = zone_of(wiring.profile(setup.config, None).calling)
        _show(shown, names, wiring.now(), zone, resolved=len(found) - len(shown))


def _names(setup: Setup, found: Sequence[Found]) -> Named:
    """Who each case is with, and what it is about: read from the mailbox, kept nowhere."""
    from assistant.cli import casework, wiring
    from assistant.errors import MailboxError

    named: Named = {}
    accounts = {each.account.mailbox_address: each.account for each in found}
    with casework.judging(setup) as judge:
        for account in accounts.values():
            theirs = [each for each in found if each.account is account]
            try:
                with wiring.connect(setup.config, account) as mailbox:
                    named |= _named(casework.mail_of(judge, mailbox, account.inbox), theirs)
            except MailboxError as error:
                tell(f"warning: {account.mailbox_address}: no names: {error.message}")
    return named


def _named(mail: CaseMail, found: Sequence[Found]) -> Named:
    """From the newest message of each; where that is gone, from another."""
    named: Named = {}
    for which in (slice(-1, None), slice(-MOST_TRIED, -1)):
        nameless = [each for each in found if each.name not in named]
        whose = {p.identity: each.name for each in nameless for p in each.standing.places[which]}
        places = [p for each in nameless for p in each.standing.places[which]]
        for each in mail.each(places):
            told = _told(each.message, each.place.entry.inward)
            named.setdefault(whose[each.place.identity], told)
    return named


def _told(message: Message, inward: bool) -> tuple[str, str]:
    other = message.sender if inward else next(iter(message.to), None)
    who = (other.name or other.email) if other else ""
    return clean_text(who, 60), clean_text(message.subject, 100)


def _show(found: Sequence[Found], names: Named, now: datetime, zone: tzinfo, resolved: int) -> None:
    from rich.text import Text

    from assistant.cli import show

    out = show.console()
    if not found:
        more = f" ({resolved} resolved: --all shows them)" if resolved else ""
        out.print(f"No open case{more}.")
        return
    table = show.plain_table()
    rows = []
    for each in sorted(found, key=lambda one: _next(one)):
        progress = each.standing.progress
        due, late = _due(each, now, zone)
        since = f"{progress.opened.astimezone(zone):%d %b}"
        shown = (each.name, str(progress.stage), *names.get(each.name, ("", "")), since, due)
        rows.append([*map(Text, shown[:-1]), Text(due, style="bold red" if late else "")])
    titles = ("Case", "Stage", "Client", "Subject", "Since", "Next")
    columns = zip(map(Text, titles), *rows, strict=True)
    longest = [max(each.cell_len for each in column) for column in columns]
    for title, width in zip(titles, _fitting(longest, out.width), strict=True):
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=width, max_width=width)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _fitting(longest: Sequence[int], room: int) -> tuple[int, ...]:
    """Widths of the columns: a name that is to be typed, and a time, are shown whole; a stranger's words give way."""
    case, stage, client, subject, since, due = longest
    left = max(LEAST, room - case - stage - since - due - 2 * len(longest))
    client = min(client, left - min(subject, left // 2))
    return case, stage, client, min(subject, left - client), since, due


def _next(found: Found) -> tuple[bool, datetime]:
    clocks = found.standing.clocks
    return (not clocks, clocks[0].due if clocks else found.standing.progress.opened)


def _due(found: Found, now: datetime, zone: tzinfo) -> tuple[str, bool]:
    """What is due next, and whether it should have been."""
    if not found.standing.clocks:
        return "", False
    clock = found.standing.clocks[0]
    number = f" {clock.number}" if clock.number else ""
    return f"{clock.name}{number} by {clock.due.astimezone(zone):%a %d %b %H:%M}", clock.due < now


def _as_json(found: Found, names: Named) -> dict[str, Any]:
    progress = found.standing.progress
    who, subject = names.get(found.name, (None, None))
    return {
        "case": found.name,
        "account": found.account.mailbox_address,
        "stage": progress.stage.value,
        "client": who,
        "subject": subject,
        "opened": progress.opened.isoformat(),
        "reopened": progress.reopened,
        "heat": progress.heat,
        "answered": _iso(progress.answered),
        "called": _iso(progress.called),
        "done": _iso(progress.done),
        "checked_in": _iso(progress.checked_in),
        "resolved": _iso(progress.resolved),
        "unanswered": progress.unanswered,
        "owner": progress.owner,
        "actions": [
            {
                "number": each.number,
                "text": each.text,
                "owner": each.owner,
                "due": each.due.isoformat() if each.due else None,
                "done": _iso(each.done),
            }
            for each in progress.actions
        ],
        "clocks": [
            {"clock": each.name, "due": each.due.isoformat(), "action": each.number or None}
            for each in found.standing.clocks
        ],
        "messages": len(found.standing.places),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
