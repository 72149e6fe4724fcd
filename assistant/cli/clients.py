"""`clients`: everybody who wrote in the last year, those at risk first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.clienttable import Row
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.model import Address
    from assistant.store import CaseBook


@cli.command("clients")
@click.option("--at-risk", is_flag=True, help="Only those who write otherwise than they use to.")
@click.option("--account", metavar="ADDRESS", help="Of this account alone.")
@click.option(
    "--offline", is_flag=True, help="From the state alone: without names, which it does not keep."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each client.")
@click.pass_obj
def clients_(
    config_path: Path | None, *, at_risk: bool, account: str | None, offline: bool, as_json: bool
) -> None:
    """List the clients who wrote in the last year: those at risk first, with the facts that say so and what is
    usual with them; then the others, who wrote most first.

    Names are read from your mailboxes at this moment, and kept nowhere.
    """
    from assistant.cases.office import zone_of
    from assistant.cli import casework, clienttable, show, wiring
    from assistant.cli.correct import chosen

    setup = wiring.read_setup(config_path)
    names = chosen(setup.config, account)
    accounts = [e for e in wiring.accounts(setup.config) if e.mailbox_address in names]
    now = wiring.now()
    with casework.casebook(setup) as book:
        rows = [row for each in accounts for row in _rows(setup, book, each, now)]
    rows = sorted((row for row in rows if row.signs or not at_risk), key=lambda row: row.rank)
    if rows and not offline:
        rows = _with_names(setup, accounts, rows)
    if as_json:
        click.echo(json.dumps([clienttable.as_json(each) for each in rows], indent=2))
        return
    now = now.astimezone(zone_of(wiring.profile(setup.config, None).calling))
    clienttable.show_all(rows, now, show.console(), only_risks=at_risk)


def _rows(setup: Setup, book: CaseBook, account: Account, now: datetime) -> Iterator[Row]:
    """An account's clients, nameless."""
    from assistant.cases.trend import at_risk
    from assistant.cases.usual import usual
    from assistant.cli import casework, clientele, wiring
    from assistant.cli.clienttable import Row

    calling = wiring.profile(setup.config, account).calling
    cases: defaultdict[str, list[str]] = defaultdict(list)
    for each in casework.cases(setup, book, account.mailbox_address):
        if each.standing.progress.open:
            cases[each.standing.thread.party].append(each.name)
    for known in clientele.known(setup.config, account, book, now):
        year = usual(known.traces, now, calling)
        if year is not None:
            theirs = tuple(name for party in sorted(known.parties) for name in cases[party])
            signs = at_risk(known.traces, now, calling)
            yield Row(account.mailbox_address, known, year, signs, theirs)


def _with_names(setup: Setup, accounts: list[Account], rows: list[Row]) -> list[Row]:
    """The same, with whoever is found in the mailboxes."""
    from dataclasses import replace

    from assistant.cli import casework, clientele, show, wiring
    from assistant.errors import MailboxError

    found: dict[frozenset[str], tuple[Account, Address]] = {}
    with casework.judging(setup) as judge, show.counting("Reading names", len(rows)) as counting:
        for account in accounts:
            theirs = [each.known for each in rows if each.account == account.mailbox_address]
            if not theirs:
                continue
            try:
                with wiring.connect(setup.config, account) as mailbox:
                    named = clientele.people(judge, mailbox, account, theirs, counting.step)
            except MailboxError as error:
                tell(f"warning: {account.mailbox_address}: no names: {error.message}")
                continue
            found |= {parties: (account, person) for parties, person in named.items()}
    described = {
        parties: clientele.described(setup.config, account, person)
        for parties, (account, person) in found.items()
    }
    return [replace(each, client=described.get(each.known.parties)) for each in rows]
