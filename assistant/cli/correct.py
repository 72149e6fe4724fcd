"""`correct`: what the user says of a message that was judged, from a terminal."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.config import Config
    from assistant.model import RuleBook
    from assistant.store import Database, Heard, Remembered

FINE = "none"
LONGEST = 1_000
_MESSAGE_ID = re.compile(
    r"(?:message-id:\s*)?(?:<(?P<id>[^<>\s]+)>|(?P<bare>[^<>\s]+@[^<>\s]+))", re.IGNORECASE
)
"""As people copy it: with its header's name, or without its angle brackets, where an @ shows what it is."""


@cli.command()
@click.argument("message", metavar="MESSAGE|-")
@click.option(
    "--tone", required=True, metavar="TONE|none", help="What you hear in it; none: not upset."
)
@click.option("--account", metavar="ADDRESS", help="In this account's mail, where several know it.")
@click.pass_obj
def correct(config_path: Path | None, message: str, tone: str, account: str | None) -> None:
    """Say that a message was judged wrongly.

    MESSAGE is a mail saved as a file (.eml), - for one on standard input, or a Message-ID. It must have been
    judged in one of your mailboxes. The same can be done in a mail program, by our keyword
    (docs/corrections.md).

    Only remembered: nothing is changed in the mailbox, and nothing is judged anew. To say the tone that the
    assistant heard takes the correction back. May be used while the assistant runs.
    """
    from assistant.cli import wiring
    from assistant.store import Database
    from assistant.store import correct as remember

    setup = wiring.read_setup(config_path)
    said = _tone(tone, setup.rulebook)
    names = chosen(setup.config, account)
    wanted = _wanted(message)
    if not setup.config.state_file.exists():
        raise click.UsageError(
            f"nothing was judged yet: there is no state in {setup.config.state_folder}"
        )
    with contextlib.closing(Database.open(setup.config.state_file, check=False)) as database:
        found = _the_one(_find(database, names, wanted), message, len(names))
        heard = remember(database, found.number, said, wiring.now())
    _show(found, said, heard)


def _tone(tone: str, book: RuleBook) -> str | None:
    known = {each.id for each in book.tones}
    given = tone.strip().casefold()
    if given == FINE:
        return None
    if given not in known:
        tones = ", ".join(each.id for each in sorted(book.tones, key=lambda each: each.heat))
        raise click.UsageError(
            f"{clean_text(tone, 100)!r} is no tone; there is: {tones}, and none for not upset"
        )
    return given


def chosen(config: Config, wanted: str | None) -> list[str]:
    """The addresses of the accounts that are meant: the one that is named, or all."""
    from assistant.cli import wiring

    known = [each.mailbox_address for each in wiring.accounts(config)]
    if wanted is None:
        return known
    if wanted.casefold() not in known:
        raise click.UsageError(
            f"no account {clean_text(wanted, LONGEST)}; there is: {', '.join(known)}"
        )
    return [wanted.casefold()]


def _wanted(message: str) -> tuple[str, str]:
    """Identity and Message-ID of what is meant, one of them empty.

    Raises:
        UnreadableMail: for a file that can't be read, or is no mail.
    """
    from assistant.cli.sources import STDIN, sources
    from assistant.errors import UnreadableMail
    from assistant.reading.message import read

    there = message == STDIN or os.path.exists(message)  # noqa: PTH110 - Path's fails for a long Message-ID
    if not there and (named := _MESSAGE_ID.fullmatch(message.strip())):
        return "", f"<{named['id'] or named['bare']}>"
    if not there:
        raise UnreadableMail(
            f"{clean_text(message, LONGEST)}: can't be read: no such file",
            hint="name the message by a file, or by its Message-ID, which looks like <…@…>",
        )
    first, *others = sources(message)
    if others:
        raise click.UsageError(
            f"{clean_text(message, LONGEST)} holds several messages: name one, as a file of its own or by its "
            "Message-ID"
        )
    return read(first.raw).identity, ""


def _find(database: Database, names: Sequence[str], wanted: tuple[str, str]) -> list[Remembered]:
    from assistant.store import find

    identity, message_id = wanted
    return find(database, names, identity=identity, message_id=message_id)


def _the_one(found: Sequence[Remembered], message: str, accounts: int) -> Remembered:
    shown = clean_text(message, LONGEST)
    where = sorted({each.account for each in found})
    if not found:
        raise click.UsageError(
            f"{shown}: no such message is remembered. It was never judged"
            f"{' in any of these accounts' if accounts > 1 else ''}, or is older than retention_days"
        )
    if len(where) > 1:
        raise click.UsageError(
            f"{shown}: several accounts know it; --account names one: {', '.join(where)}"
        )
    if len(found) > 1:
        raise click.UsageError(
            f"{shown}: {len(found)} different messages have this Message-ID; give the one you mean as a file"
        )
    return found[0]


def _show(found: Remembered, said: str | None, heard: Heard) -> None:
    from assistant.store import Heard

    ours = found.ours or ("fine" if found.judged else "nothing, it was not judged")
    yours = said or "not upset"
    when = f"{found.judged_at.astimezone():%Y-%m-%d}"
    what = {
        Heard.NOTED: f"remembered: you say {yours}, the assistant said {ours} (on {when})",
        Heard.TAKEN_BACK: f"your correction is taken back: the assistant said {ours}, too (on {when})",
        Heard.NOTHING_NEW: f"nothing new: you say {yours}, the assistant said {ours} (on {when})",
    }
    click.echo(f"{found.account}: {what[heard]}")
    if heard is Heard.NOTED:
        click.echo("The mark in the mailbox stays as it is; change it in your mail program.")
