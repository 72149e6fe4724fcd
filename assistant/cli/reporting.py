"""Where `assistant report` gets its cases from: the state, and the mailboxes for names and causes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli import cli, report, tell

if TYPE_CHECKING:
    from assistant.model import Case


def gather(config_path: Path | None) -> report.Known:
    """Every case of all accounts; one whose letters are gone is told of without its client's name.

    Raises:
        ConfigError: config or rules are wrong.
        click.UsageError: nothing was judged yet.
    """
    from assistant.cli import casework, wiring
    from assistant.errors import MailboxError

    setup = wiring.read_setup(config_path)
    cases: list[Case] = []
    began: list[datetime] = []
    with casework.casebook(setup) as book, casework.judging(setup) as judge:
        for account in wiring.accounts(setup.config):
            found = casework.cases(setup, book, account.mailbox_address)
            started = book.started(account.mailbox_address, account.inbox)
            began += [started] if started else []
            try:
                with wiring.connect(setup.config, account) as mailbox:
                    mail = casework.mail_of(judge, mailbox, account.inbox)
                    cases += casework.whole(setup, judge, mail, found)
            except MailboxError as error:
                tell(f"warning: {account.mailbox_address} is left out: {error.message}")
    profile = wiring.profile(setup.config, None)
    tones = {each.heat: each.id for each in setup.rulebook.tones}
    return report.Known(cases, profile.calling, tones, wiring.now(), max(began, default=None))


cli.add_command(report.command(gather), "report")
