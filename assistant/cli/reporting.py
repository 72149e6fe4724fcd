"""Where `assistant report` gets its cases from: the state, and the mailboxes for names and causes."""

from __future__ import annotations

from pathlib import Path

from assistant.cli import cli, report, tell


def gather(config_path: Path | None) -> report.Known:
    """Every case of all accounts; one whose letters are gone is told of without its client's name.

    Raises:
        ConfigError: config or rules are wrong.
        click.UsageError: nothing was judged yet.
    """
    import click

    from assistant.cli import casework, show, wiring
    from assistant.errors import MailboxError

    setup = wiring.read_setup(config_path)
    cases, began = [], []
    with casework.casebook(setup) as book, casework.judging(setup) as judge:
        for account in wiring.accounts(setup.config):
            found = casework.cases(setup, book, account.mailbox_address)
            started = book.started(account.mailbox_address, account.inbox)
            began += [started] if started else []
            try:
                with (
                    wiring.connect(setup.config, account) as mailbox,
                    show.counting("Reading", len(found)) as counting,
                ):
                    for each in found:
                        counting.step()
                        try:
                            cases.append(casework.whole(setup, judge, each, mailbox))
                        except click.UsageError:
                            cases.append(casework.nameless(each))
            except MailboxError as error:
                tell(f"warning: {account.mailbox_address} is left out: {error.message}")
    profile = wiring.profile(setup.config, None)
    tones = {each.heat: each.id for each in setup.rulebook.tones}
    return report.Known(cases, profile.calling, tones, wiring.now(), max(began, default=None))


cli.add_command(report.command(gather), "report")
