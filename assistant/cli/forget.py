"""`forget`: erases what the state knows about a correspondent, or about a whole account."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.config import Config
    from assistant.store import Database, Traces

STDIN = "-"
LONGEST = 1_000
"""Characters of an address that are read and shown."""


@cli.command()
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]…|-")
@click.option("--all", "everything", is_flag=True, help="Everything about an account.")
@click.option(
    "--account", metavar="ADDRESS", help="In this account only; without it, in every account."
)
@click.option("--dry-run", is_flag=True, help="Show what is known, and erase nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each account.")
@click.pass_obj
def forget(
    config_path: Path | None,
    addresses: tuple[str, ...],
    everything: bool,
    account: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase what is remembered about a correspondent, for good.

    ADDRESS is whole, as it stands in their mail, and there may be several; - reads them from standard
    input, one a line, which keeps them out of the shell's history. What lies on the mail server
    is yours and stays: their mail, its marks, and drafts.

    Not while `assistant run` is at work: what it has in hand could be written down just afterwards.
    docs/privacy.md tells what is remembered, and for how long.
    """
    from assistant import config as configuration
    from assistant.lab import cache
    from assistant.store import Database, Lock

    wanted = _wanted(addresses, everything)
    if not (yes or dry_run) and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here: give --yes, or look first with --dry-run")
    config = configuration.load(config_path)
    if not config.state_file.exists():
        if not dry_run:
            cache.remove(config.state_folder)
        _nothing(config, as_json)
        return
    with (
        contextlib.nullcontext() if dry_run else Lock(config.state_folder),
        contextlib.closing(
            Database.scratch(config.state_file)
            if dry_run
            else Database.open(config.state_file, alone=True)
        ) as database,
    ):
        names = _accounts(config, database, account, everything)
        found = {name: _traces(database, name, wanted) for name in names}
        erased = not dry_run and (yes or _agreed(found))
        if erased:
            _erase(database, names, wanted)
            cache.remove(config.state_folder)  # whose mail is in it can't be told: all of it goes
    _show(found, erased=erased, dry_run=dry_run, as_json=as_json)


def _wanted(addresses: Sequence[str], everything: bool) -> tuple[str, ...]:
    """The addresses that are to be forgotten; none for all of an account."""
    given = [each for each in addresses if each != STDIN]
    if STDIN in addresses:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        given += [line.strip() for line in text.splitlines() if line.strip()]
    if bool(given) == everything:
        raise click.UsageError("name who is to be forgotten: an ADDRESS, or --all")
    for each in given:
        local, _, domain = each.rpartition("@")
        shown = clean_text(each, LONGEST)
        if not local and domain and "@" in each:
            raise click.UsageError(
                f"{shown}: a whole domain can't be found, for only hashes of addresses are kept and "
                "nothing leads back from them. Name each address"
            )
        if not (local and domain) or len(each) > LONGEST or not each.isprintable():
            raise click.UsageError(f"{shown} is no address; write it as name@host")
    return tuple(dict.fromkeys(given))


def _accounts(
    config: Config, database: Database, wanted: str | None, everything: bool
) -> list[str]:
    """The accounts that are meant: of the config, and what is left of those that were in it once."""
    from assistant.store import accounts

    known = [each.mailbox_address for each in config.settings.account]
    known = list(dict.fromkeys((*known, *accounts(database))))
    if wanted is not None:
        if wanted.casefold() not in known:
            raise click.UsageError(
                f"no account {clean_text(wanted, LONGEST)}; there is: {', '.join(known) or 'none'}"
            )
        return [wanted.casefold()]
    if everything and len(known) > 1:
        raise click.UsageError(f"--all of which account? --account names it: {', '.join(known)}")
    return known


def _traces(database: Database, account: str, addresses: tuple[str, ...]) -> Traces:
    """What is known of these correspondents together, or of the account."""
    from assistant.store import Traces, all_traces, traces

    if not addresses:
        return all_traces(database, account)
    each = [astuple(traces(database, account, address)) for address in addresses]
    return Traces(*map(sum, zip(*each, strict=True)))


def _agreed(found: dict[str, Traces]) -> bool:
    """Whether to go on; where nothing is known nobody is asked, and what was left before is cleared away."""
    if not any(found.values()):
        return True
    for name, each in found.items():
        click.echo(f"{name}: {_told(each)}", err=True)
    return click.confirm("Erase this for good?", err=True)


def _erase(database: Database, names: Sequence[str], addresses: tuple[str, ...]) -> None:
    """Erase it, and what the file and its log hold of it.

    Raises:
        StateUnavailable: where it was erased, and old pages still lie in the log.
    """
    from assistant.errors import StateUnavailable
    from assistant.store import forget as erase
    from assistant.store import forget_all

    for name in names:
        if not addresses:
            forget_all(database, name)
        for address in addresses:
            erase(database, name, address)
    if not database.compact():
        raise StateUnavailable(
            "erased; but somebody reads the state just now, so that old pages still lie in its log",
            hint="run the same again in a minute: it clears the log even where nothing is known any more",
        )


def _nothing(config: Config, as_json: bool) -> None:
    if as_json:
        click.echo("[]")
    else:
        click.echo(f"nothing is known about anybody: there is no state in {config.state_folder}")


def _show(found: dict[str, Traces], *, erased: bool, dry_run: bool, as_json: bool) -> None:
    if as_json:
        listed = [
            {"account": name, "erased": erased, **asdict(each)} for name, each in found.items()
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    if not (erased or dry_run):
        click.echo("nothing was erased")
        return
    for name, each in found.items():
        word = "" if not each else "would be erased: " if dry_run else "erased: "
        click.echo(f"{name}: {word}{_told(each)}")
    if erased and any(found.values()):
        tell(
            "Mail, its marks, and drafts that were laid are in your mailbox, and yours. Mail that still "
            "lies there is judged anew if you ask for it (scan --since)."
        )


def _told(traces: Traces) -> str:
    """ "3 messages, 2 marks, 1 draft; 1 of these waits and will not be made; …" """
    if not traces:
        return "nothing is known"
    parts = [_count(traces.messages, "message")]
    if traces.marks or traces.drafts:
        parts.append(f"{_count(traces.marks, 'mark')}, {_count(traces.drafts, 'draft')}")
    if traces.waiting:
        parts.append(f"{traces.waiting} still to be made, which will not be")
    if traces.sent:
        parts.append(f"that you wrote to them ({_count(traces.sent, 'message')})")
    if traces.corrections:
        parts.append(f"{_count(traces.corrections, 'correction')} of yours")
    if traces.notes:
        parts.append(f"what you told of cases ({_count(traces.notes, 'note')})")
    if traces.copies:
        parts.append(f"among the recipients of {_count(traces.copies, 'other message')}")
    if traces.mailboxes:
        parts.append("how far it was looked at, so that the next pass is a first start")
    return "; ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
