"""`status`: is every inbox watched, what was done so far, what waits, what is due, and what could not be judged.

From the state folder alone: the state, and what the daemon last said of itself (health.json).
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.cli.standing import Watched
    from assistant.config import Account, Config
    from assistant.store import Database, Tally, Trouble, Work


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each account.")
@click.pass_obj
def status(config_path: Path | None, as_json: bool) -> None:
    """Show whether every inbox is watched, what was judged, what waits, and what could not be judged.

    Ends with 0 where all is well, 4 where an account is in trouble, 9 where the daemon is not running.
    Reads this machine's state and nothing else; a running daemon is not disturbed.
    """
    from rich.text import Text

    from assistant.cli import show, wiring
    from assistant.cli.dues import Dues
    from assistant.cli.standing import Watched
    from assistant.store import Database

    setup = wiring.read_setup(config_path)
    watched = Watched.read(setup.config.state_folder, wiring.now())
    # A daemon whose last account was removed goes on, and watches nothing.
    accounts = setup.config.settings.account if watched.running else wiring.accounts(setup.config)
    with contextlib.closing(Database.scratch(setup.config.state_file)) as database:
        if as_json:
            listed = [
                _as_json(each, database, setup.rulebook.attention)
                | watched.as_json(each.mailbox_address)
                | {"sign_in_ends": _ends(setup.config, each)}
                | {"cases": Dues.read(setup, each, database).as_json()}
                for each in accounts
            ]
            click.echo(json.dumps(listed, indent=2))
        else:
            out = show.console()
            watched.show(out)
            if not accounts:
                out.print("No account is set up: nothing is watched (`assistant account add`).")
            for account in accounts:
                _show(out, account, database, setup.rulebook.attention, watched)
                for label, text, style in Dues.read(setup, account, database).lines():
                    out.print(Text(f"  {label:<12}{text}", style=style))
                if ends := _ends(setup.config, account):
                    out.print(f"  Sign-in     ends on {ends[:10]}: `assistant account sign-in`")
                out.print()
    raise click.exceptions.Exit(watched.code([each.mailbox_address for each in accounts]))


def _as_json(account: Account, database: Database, attention: str) -> dict[str, Any]:
    from assistant.store import Store, not_judged, tally

    name = account.mailbox_address
    counts, work = tally(database, name, account.inbox, attention), Store(database).work(name)
    return {
        "account": name,
        "since": counts.since.isoformat() if counts else None,
        "fine": counts.fine if counts else 0,
        "flagged": dict(counts.tones) if counts else {},
        "ignored": dict(counts.ignored) if counts else {},
        "drafted": counts.drafted if counts else 0,
        "no_draft": dict(counts.no_draft) if counts else {},
        "look_first": counts.first if counts else 0,
        "corrected": dict(counts.corrected) if counts else {},
        "waiting": work.open,
        "unknown": work.unknown,
        "not_judged": [
            {
                "uid": each.uid,
                "arrived": each.arrived.isoformat() if each.arrived else None,
                "tries": each.attempts,
                "reason": each.reason,
            }
            for each in not_judged(database, name, account.inbox)
        ],
    }


def _ends(config: Config, account: Account) -> str | None:
    """When its sign-in ends, as far as that can be told just now."""
    from assistant.cli import access
    from assistant.errors import MailboxError

    try:
        ends = access.sign_in_ends(config, account)
    except MailboxError:  # no keyring without a session: the daemon tells of it
        return None
    return ends.isoformat() if ends else None


def _show(
    out: Console, account: Account, database: Database, attention: str, watched: Watched
) -> None:
    from rich.text import Text

    from assistant.store import Store, not_judged, tally

    name = account.mailbox_address
    out.print(Text(name, style="bold"))
    for label, text, style in watched.lines(name):
        out.print(Text(f"  {label:<12}{text}", style=style))
    counts = tally(database, name, account.inbox, attention)
    if counts is None:
        out.print("  not started yet: `assistant run` watches it, `assistant scan` makes one pass")
    else:
        for label, text in _lines(counts, Store(database).work(name)):
            out.print(Text(f"  {label:<12}{text}"))
    troubles = not_judged(database, name, account.inbox)
    if troubles:
        out.print(Text("  Not judged, please read them yourself:", style="yellow"))
        for each in troubles:
            out.print(Text(f"    {_trouble(each)}"))


def _lines(tally: Tally, work: Work) -> list[tuple[str, str]]:
    """Label and text of each line about an account that has been started."""
    flagged = ", ".join(f"{count} {tone}" for tone, count in tally.tones)
    ignored = ", ".join(f"{count} {reason}" for reason, count in tally.ignored)
    total = tally.fine + sum(count for _, count in tally.tones)
    lines = [
        ("Since", tally.since.astimezone().strftime("%Y-%m-%d %H:%M")),
        ("Judged", f"{total}: {tally.fine} fine{', ' if flagged else ''}{flagged}"),
        ("Ignored", ignored or "none"),
        ("Drafted", str(tally.drafted)),
    ]
    if tally.no_draft:
        why = ", ".join(f"{count} {reason}" for reason, count in tally.no_draft)
        lines.append(("No draft", why))
    if tally.first:
        lines.append(("Look first", f"{tally.first} with a threat of law or of the public"))
    if tally.corrected:
        said = ", ".join(f"{count} {kind}" for kind, count in tally.corrected)
        lines.append(("Corrected", f"{sum(count for _, count in tally.corrected)}: {said}"))
    if work.open:
        lines.append(("Waiting", f"{work.open} ({'; '.join(work.notes) or 'not tried yet'})"))
    if work.unknown:
        lines.append(("Unknown", f"{work.unknown} drafts that may or may not have been made"))
    return lines


def _trouble(trouble: Trouble) -> str:
    from assistant.clean import clean_text
    from assistant.service.judging import tries

    when = f"{trouble.arrived.astimezone():%Y-%m-%d %H:%M}  " if trouble.arrived else ""
    again = "" if trouble.attempts >= tries(trouble.reason) else " (will be tried again)"
    return f"{when}UID {trouble.uid}: {clean_text(trouble.reason, 200)}{again}"
