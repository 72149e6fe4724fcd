"""`check`: does everything stand ready? Writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.cli import LONGEST_LINE, cli

if TYPE_CHECKING:
    from assistant.config import Account, Config
    from assistant.errors import AssistantError
    from assistant.mailbox.imap import ImapMailbox
    from assistant.model import Opened
    from assistant.store import Work


_NO_DRAFT = "<h.00000000000000000000000000000000@inbox-assistant.invalid>"
"""An id that no draft has."""


@cli.command()
@click.pass_obj
def check(config_path: Path | None) -> None:
    """Check config, rules, state, sign-in, Drafts and keywords. Writes nothing.

    Ends with the exit code of the first thing that is wrong.
    """
    from assistant.cli import wiring
    from assistant.errors import AssistantError
    from assistant.store import Database, Store

    setup = wiring.read_setup(config_path)
    book = setup.rulebook
    _good("config", str(setup.config.path or "defaults (no config.toml)"))
    languages = ", ".join(each.language for each in book.lexicons)
    budget = f"{setup.config.settings.judging.flags_per_1000:g} of 1,000 ordinary messages"
    flagged = f"at {book.threshold} points" if book.threshold is not None else f"up to {budget}"
    _good("rules", f"{len(book.rules)} rules ({languages}); flagged: {flagged}")
    code = 0
    try:
        store = Store(Database.scratch(setup.config.state_file))
        there = setup.config.state_file.exists()
        _good("state", f"{setup.config.state_file}{'' if there else ' (made at the first start)'}")
        for account in setup.config.settings.account:
            _work(account.mailbox_address, store.work(account.mailbox_address))
        store.close()
    except AssistantError as error:
        code = _bad("state", error)
    for account in wiring.accounts(setup.config):
        wrong = _account(setup.config, account)
        code = code or wrong
    raise click.exceptions.Exit(code)


def _work(name: str, work: Work) -> None:
    """What an earlier pass had to leave."""
    if work.open:
        _good(
            name, f"{work.open} marks or drafts wait ({'; '.join(work.notes) or 'not tried yet'})"
        )
    if work.unknown:
        _good(name, f"{work.unknown} drafts of which it can't be told whether they were made")


def _account(config: Config, account: Account) -> int:
    """Check one account; the exit code of what is wrong, 0 if nothing."""
    from assistant.cli import access, wiring
    from assistant.errors import AssistantError

    name = account.mailbox_address
    try:
        with wiring.connect(config, account) as mailbox:
            _good(name, f"signed in to {account.host} as {account.user}")
            if (ends := access.sign_in_ends(config, account)) is not None:
                when = f"{ends.astimezone():%Y-%m-%d %H:%M}"
                _good(name, f"the sign-in ends on {when}; then: assistant account sign-in {name}")
            return _mailbox(name, account, mailbox)
    except AssistantError as error:
        return _bad(name, error)


def _mailbox(name: str, account: Account, mailbox: ImapMailbox) -> int:
    from assistant.errors import AssistantError

    opened = mailbox.open()
    _good(name, f"{account.inbox} opened ({opened.messages} messages)")
    code = _marks(name, account, mailbox, opened)
    try:
        drafts = mailbox.drafts_status().name
        mailbox.find_draft(_NO_DRAFT)  # looks into Sent and Trash too
        _good(name, f"Drafts is {drafts}; Drafts, Sent and Trash can be searched")
    except AssistantError as error:
        code = _bad(name, error)
    return code


def _marks(name: str, account: Account, mailbox: ImapMailbox, opened: Opened) -> int:
    """Whether unhappy mail can be marked as the config wants it."""
    from assistant.errors import AssistantError

    if account.mark == "none":
        _good(name, "marking is off (mark = none)")
    elif account.mark == "folder":
        try:
            there = mailbox.copies.status()
        except AssistantError as error:
            return _bad(name, error)
        _good(name, f"copies go to {account.mark_folder}{'' if there else ' (made at the first)'}")
    elif opened.read_only:
        return _wrong(name, f"{account.inbox} is read-only: nothing can be marked in it")
    elif account.mark == "auto" and mailbox.has_labels:
        _good(name, "unhappy mail gets labels (Gmail)")
    elif account.mark != "flagged" and opened.keeps("tone-angry"):
        _good(name, "keywords are kept (`assistant client-setup` makes mail programs show them)")
    elif account.mark != "keyword" and opened.keeps("\\Flagged"):
        why = "" if account.mark == "flagged" else ": the server keeps no keywords"
        _good(name, f"unhappy mail gets the star{why}")
    else:
        return _wrong(
            name,
            "the server keeps no keywords: unhappy mail can't be marked",
            'mark = "flagged" sets a star instead, "folder" lays a copy into a folder',
        )
    return 0


def _good(what: str, text: str) -> None:
    click.echo(f"{click.style('✓', fg='green')} {what}: {clean_text(text, LONGEST_LINE)}")


def _bad(what: str, error: AssistantError) -> int:
    _wrong(what, error.message, error.hint)
    return error.exit_code


def _wrong(what: str, text: str, hint: str = "") -> int:
    from assistant.errors import MailboxError

    click.echo(f"{click.style('✗', fg='red')} {what}: {clean_text(text, LONGEST_LINE)}")
    if hint:
        click.echo(f"  hint: {clean_text(hint, LONGEST_LINE)}")
    return MailboxError.exit_code
