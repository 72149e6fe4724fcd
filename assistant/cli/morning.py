"""`today`: one page for a morning, from the state and the mailboxes at this moment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cases.today import Laid, Promise, Risk
    from assistant.cli.casework import Found
    from assistant.cli.judging import AsArrived
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.mailbox.imap import ImapMailbox
    from assistant.model import Case
    from assistant.service.casemail import CaseMail
    from assistant.store import CaseBook


@cli.command("today")
@click.option("--account", metavar="ADDRESS", help="Of this account alone.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def today_(config_path: Path | None, account: str | None, *, as_json: bool) -> None:
    """Show whom to call first and why, what is due, which drafts wait, what you promised, and who is at risk.

    Read from your mailboxes at this moment, and kept nowhere.
    """
    from assistant.cases.office import zone_of
    from assistant.cases.today import today
    from assistant.cli import casework, promises, show, todaypage, wiring
    from assistant.cli.correct import chosen
    from assistant.errors import MailboxError

    setup = wiring.read_setup(config_path)
    names = chosen(setup.config, account)
    cases: list[Case] = []
    promised: list[Promise] = []
    risks: list[Risk] = []
    drafts: list[Laid] = []
    more = 0
    with casework.casebook(setup) as book, casework.judging(setup) as judge:
        for each in wiring.accounts(setup.config):
            if each.mailbox_address not in names:
                continue
            try:
                with wiring.connect(setup.config, each) as mailbox:
                    mail = casework.mail_of(judge, mailbox, each.inbox)
                    known = casework.cases(setup, book, each.mailbox_address)
                    found = _open_cases(setup, judge, known, mail)
                    risks += _risks(setup, judge, book, each, mailbox)
                    drafts += _waiting(book, known, mailbox)
                    elsewhere, left = promises.in_threads(
                        setup, book, [one.standing for one in known], each, mail
                    )
            except MailboxError as error:
                tell(f"warning: {each.mailbox_address} is left out: {error.message}")
                continue
            cases += found
            promised += [*promises.in_cases(setup, each, found), *elsewhere]
            more += left
    now = wiring.now().astimezone(zone_of(wiring.profile(setup.config, None).calling))
    page = today(cases, promised, risks, now, drafts, more)
    if as_json:
        click.echo(json.dumps(todaypage.as_json(page), indent=2))
    else:
        todaypage.show(page, show.console())


def _open_cases(
    setup: Setup, judge: AsArrived, known: Sequence[Found], mail: CaseMail
) -> list[Case]:
    """With their letters; of one whose letters are all gone, what the state knows."""
    from assistant.cli import casework

    found = [each for each in known if each.standing.progress.open]
    cases = list(casework.whole(setup, judge, mail, found))
    if gone := casework.gone(cases):
        tell(f"warning: {gone}")
    return cases


def _risks(
    setup: Setup, judge: AsArrived, book: CaseBook, account: Account, mailbox: ImapMailbox
) -> Iterator[Risk]:
    """Clients who write otherwise than they use to."""
    from assistant.cases.today import Risk
    from assistant.cases.trend import at_risk
    from assistant.cli import clientele, wiring

    now, calling = wiring.now(), wiring.profile(setup.config, account).calling
    known = clientele.known(setup.config, account, book, now)
    signs = {each.parties: at_risk(each.traces, now, calling) for each in known}
    odd = [each for each in known if signs[each.parties]]
    for parties, person in clientele.people(judge, mailbox, account, odd).items():
        yield Risk(clientele.described(setup.config, account, person), signs[parties])


def _waiting(book: CaseBook, known: Sequence[Found], mailbox: ImapMailbox) -> Iterator[Laid]:
    """The drafts of open cases that still lie in Drafts."""
    from assistant.cases.today import Laid
    from assistant.errors import ConnectionLost, MailboxError

    laid = [
        (Laid(each.name, kind, at), message_id)
        for each in known
        if each.standing.progress.open
        for kind, message_id, at in book.drafts(each.account.mailbox_address, each.standing.thread)
    ]
    try:
        there = set(mailbox.drafts_from(1).values()) if laid else set()
    except ConnectionLost:
        raise
    except MailboxError as error:  # no Drafts, or several: that is no reason to call nobody
        tell(f"warning: drafts are not shown: {error.message}")
        there = set()
    return (each for each, message_id in laid if message_id in there)
