"""`today`: one page for a morning, from the state and the mailboxes at this moment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cases.today import Laid, Promise, Risk
    from assistant.cli.judging import AsArrived
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.mailbox.imap import ImapMailbox
    from assistant.model import Case
    from assistant.service.casemail import CaseMail
    from assistant.store import CaseBook

YEAR = timedelta(days=400)
"""How much of a client's mail shows what is usual."""


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
    from assistant.cli import casework, show, todaypage, wiring
    from assistant.cli.correct import chosen
    from assistant.errors import MailboxError

    setup = wiring.read_setup(config_path)
    names = chosen(setup.config, account)
    cases: list[Case] = []
    promises: list[Promise] = []
    risks: list[Risk] = []
    drafts: list[Laid] = []
    with casework.casebook(setup) as book, casework.judging(setup) as judge:
        for each in wiring.accounts(setup.config):
            if each.mailbox_address not in names:
                continue
            try:
                with wiring.connect(setup.config, each) as mailbox:
                    mail = casework.mail_of(judge, mailbox, each.inbox)
                    found = _open_cases(setup, judge, book, each, mail)
                    risks += _risks(setup, book, each, mail)
                    drafts += _waiting(book, found, mailbox)
            except MailboxError as error:
                tell(f"warning: {each.mailbox_address} is left out: {error.message}")
                continue
            cases += found
            promises += _promises(setup, each, found)
    now = wiring.now().astimezone(zone_of(wiring.profile(setup.config, None).calling))
    page = today(cases, promises, risks, now, drafts)
    if as_json:
        click.echo(json.dumps(todaypage.as_json(page), indent=2))
    else:
        todaypage.show(page, show.console())


def _open_cases(
    setup: Setup, judge: AsArrived, book: CaseBook, account: Account, mail: CaseMail
) -> list[Case]:
    """With their letters; of one whose letters are all gone, what the state knows."""
    from assistant.cli import casework

    every = casework.cases(setup, book, account.mailbox_address)
    found = [each for each in every if each.standing.progress.open]
    cases = list(casework.whole(setup, judge, mail, found))
    if gone := casework.gone(cases):
        tell(f"warning: {gone}")
    return cases


def _promises(setup: Setup, account: Account, cases: Sequence[Case]) -> Iterator[Promise]:
    """The user's own in open cases, with a day, after which they have not written again."""
    from assistant.cases.brief import written_on
    from assistant.cases.said import Kind
    from assistant.cases.today import Promise
    from assistant.cli import wiring
    from assistant.rulebook.sayings import listeners

    calling = wiring.profile(setup.config, account).calling
    for case in cases:
        if not case.letters or case.letters[-1].entry.inward:
            continue
        last = case.letters[-1]
        listener = listeners([last.message.language]).get(last.message.language)
        if listener is None:
            continue
        day = written_on(last, calling)
        for said in listener.hear(last.message.own_words, day, len(case.letters), inward=False):
            if said.kind is Kind.PROMISE and said.due is not None:
                yield Promise(case.key, said.quote, said.due)


def _risks(setup: Setup, book: CaseBook, account: Account, mail: CaseMail) -> Iterator[Risk]:
    """Clients who write otherwise than they use to, by the name in their newest message."""
    from assistant.cases.today import Risk
    from assistant.cases.trend import at_risk
    from assistant.cli import wiring
    from assistant.config import clients_of

    now, calling = wiring.now(), wiring.profile(setup.config, account).calling
    client_of = clients_of(setup.config, account)
    told = {
        place.identity: (place, signs)
        for traces, place in book.traces(account.mailbox_address, now - YEAR).values()
        if (signs := at_risk(traces, now, calling))
    }
    for each in mail.find([place for place, _ in told.values()]) if told else ():
        sender = each.message.sender
        if sender is not None:
            _, signs = told[each.place.identity]
            yield Risk(replace(client_of(sender.email), people=(sender,)), signs)


def _waiting(book: CaseBook, cases: Sequence[Case], mailbox: ImapMailbox) -> Iterator[Laid]:
    """The drafts of these cases that still lie in Drafts."""
    from assistant.cases.today import Laid
    from assistant.errors import ConnectionLost, MailboxError

    accounts = {case.account for case in cases}
    threads = {each.name: each for name in accounts for each in book.cases(name)}
    laid = [
        (Laid(case.key, kind, at), message_id)
        for case in cases
        for kind, message_id, at in book.drafts(case.account, threads[case.key])
    ]
    try:
        there = set(mailbox.drafts_from(1).values()) if laid else set()
    except ConnectionLost:
        raise
    except MailboxError as error:  # no Drafts, or several: that is no reason to call nobody
        tell(f"warning: drafts are not shown: {error.message}")
        there = set()
    return (each for each, message_id in laid if message_id in there)
