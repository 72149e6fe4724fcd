"""Cases for the commands: found by name in the state, with their letters from the mailbox."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text

if TYPE_CHECKING:
    from assistant.cli.judging import AsArrived
    from assistant.cli.wiring import Setup
    from assistant.config import Account, Config
    from assistant.mailbox.imap import ImapMailbox
    from assistant.model import Allowed, Case, Letter
    from assistant.service.casemail import CaseMail
    from assistant.service.casemail import Found as Lying
    from assistant.service.following import Following
    from assistant.service.listening import Listening
    from assistant.service.ports import Mailbox, Reader, Watcher
    from assistant.service.scan import Service
    from assistant.service.standing import AllowedFor, Standing
    from assistant.store import CaseBook, Store
    from assistant.triage import Triage

MOST_LETTERS = 100
"""The newest of a thread; nobody reads more before a call."""
LOOKS = 30
"""Into how many folders a command that lists cases looks for mail that was moved."""
NAMED = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A case, and the account that it is in."""

    account: Account
    standing: Standing

    @property
    def name(self) -> str:
        return self.standing.thread.name


@contextlib.contextmanager
def casebook(setup: Setup) -> Iterator[CaseBook]:
    """The cases that the state knows.

    Raises:
        click.UsageError: where there is no state yet.
        StateError: where it can't be opened.
    """
    from assistant.store import CaseBook, Database

    if not setup.config.state_file.exists():
        raise click.UsageError(
            f"nothing was judged yet: there is no state in {setup.config.state_folder}"
        )
    with contextlib.closing(Database.open(setup.config.state_file, check=False)) as database:
        yield CaseBook(database, setup.rulebook.heats)


def cases(setup: Setup, book: CaseBook, wanted: str | None = None) -> list[Found]:
    """Every case of the account that is named, or of all."""
    from assistant.cli import wiring
    from assistant.cli.correct import chosen
    from assistant.service.standing import standings

    names = chosen(setup.config, wanted)
    now = wiring.now()
    found: list[Found] = []
    for account in wiring.accounts(setup.config):
        if account.mailbox_address in names:
            calling = wiring.profile(setup.config, account).calling
            allowed = allowed_for(setup.config, account)
            found += [
                Found(account, each)
                for each in standings(book, account.mailbox_address, now, calling, allowed)
            ]
    return found


def the_case(setup: Setup, book: CaseBook, name: str, wanted: str | None = None) -> Found:
    """The one case that is named, in full or by the beginning of its name.

    Raises:
        click.UsageError: where there is none, or several.
    """
    given = f"c-{name.strip().casefold().removeprefix('c-')}"
    every = cases(setup, book, wanted)
    found = [each for each in every if each.name == given] or [
        each for each in every if each.name.startswith(given) and given != "c-"
    ]
    shown = clean_text(name, 60)
    if not found:
        raise click.UsageError(f"no case {shown!r}; `assistant cases` lists them")
    if len(found) > 1:
        names = ", ".join(f"{each.name} ({each.account.mailbox_address})" for each in found[:8])
        raise click.UsageError(f"{shown!r} is more than one case: {names}")
    return found[0]


def following(
    setup: Setup,
    account: Account,
    mailbox: Mailbox,
    store: Store,
    reader: Reader,
    stopping: Callable[[], bool] = lambda: False,
    listening: Listening | None = None,
) -> Following:
    """Who follows what becomes of an account's unhappy mail."""
    from assistant.cli import wiring
    from assistant.service.drafting import Drafting
    from assistant.service.following import Following

    book, desk = setup.rulebook_of(account), wiring.desk(setup.config, account)
    return Following(
        sent=mailbox.sent,
        state=store,
        book=store.cases(book.heats),
        reader=reader,
        desk=desk,
        drafting=Drafting(mailbox, store, store.follow_ups, book, reader, desk, wiring.now),
        allowed_for=allowed_for(setup.config, account),
        clock=wiring.now,
        listening=listening,
        stopping=stopping,
    )


def passing(
    setup: Setup,
    account: Account,
    mailbox: Mailbox,
    store: Store,
    reader: Reader,
    triage: Triage | None = None,
    watcher: Watcher | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Service:
    """Who makes the passes over an account's mailbox, and hears what its cases are told by keywords.

    Args:
        triage: shared with other accounts; None makes one for this.
    """
    from assistant.cli import wiring
    from assistant.service.scan import Service
    from assistant.service.told import Told

    desk = wiring.desk(setup.config, account)
    book = store.cases(setup.rulebook_of(account).heats)
    return Service(
        mailbox=mailbox,
        state=store,
        triage=triage or wiring.triage(setup, account),
        reader=reader,
        desk=desk,
        clock=wiring.now,
        told=Told(mailbox, book, desk, allowed_for(setup.config, account), wiring.now),
        watcher=watcher,
        stopping=stopping,
    )


def allowed_for(config: Config, account: Account) -> AllowedFor:
    """How long things may take with each client of an account, named by the hash that the state knows."""
    from assistant.cases.clients import client_key
    from assistant.config import clients_of
    from assistant.store.hashes import hashed

    general = config.settings.cases_of(account).allowed
    client_of = clients_of(config, account)
    special: dict[str, Allowed] = {}
    for address in (each for table in config.clients for each in table.match):
        client = client_of(address.removeprefix("@"))
        if client.allowed is not None:
            someone = f"x{address}" if address.startswith("@") else address
            special[hashed(account.mailbox_address, client_key(someone))] = client.allowed
    return lambda party: special.get(party, general)


@contextlib.contextmanager
def judging(setup: Setup) -> Iterator[AsArrived]:
    """Who reads letters, in a process of its own, and judges them by the rules of now."""
    from assistant.cli import wiring
    from assistant.cli.judging import AsArrived
    from assistant.worker import Worker

    with contextlib.closing(Worker(folder=wiring.encoders(setup.config))) as reader:
        yield AsArrived(setup, reader)


def mail_of(judge: AsArrived, mailbox: ImapMailbox, inbox: str, looks: int = LOOKS) -> CaseMail:
    """Where the letters of an account's cases are found."""
    from assistant.service.casemail import CaseMail

    return CaseMail(mailbox, lambda raw: judge.here.read(raw, "en").message, inbox, looks)


def _letter(judge: AsArrived, found: Lying) -> Letter:
    """A message of a case, the client's judged by the rules of now."""
    from assistant.model import Letter

    entry, fetched = found.place.entry, found.fetched
    if entry.inward:
        message, outcome = judge.judge(fetched.raw, evidence=False)
        return Letter(message, entry, outcome.verdict, found.folder, fetched.uid)
    return Letter(found.message, entry, None, found.folder, fetched.uid)


def lay(setup: Setup, account: Account) -> None:
    """Lay the drafts that an account's cases call for; where the daemon is at work, that is its business.

    Raises:
        MailboxError: at the mailbox; the next pass takes it up.
    """
    from assistant.cli import tell, wiring
    from assistant.errors import StateLocked
    from assistant.service.report import Report
    from assistant.store import Database, Lock, Store
    from assistant.worker import Worker

    try:
        lock = Lock(setup.config.state_folder)
    except StateLocked:
        click.echo(
            "The assistant that is running lays a draft for it, within a quarter of an hour."
        )
        return
    report = Report()
    with lock, contextlib.closing(Worker()) as reader:
        store = Store(Database.open(setup.config.state_file, check=False, alone=True))
        with contextlib.closing(store), wiring.connect(setup.config, account) as mailbox:
            following(setup, account, mailbox, store, reader).run(report)
    if report.drafted:
        click.echo(f"{report.drafted} draft{'s' * (report.drafted > 1)} laid in Drafts.")
    for problem in report.problems:
        tell(f"warning: {problem}")


def whole(setup: Setup, judge: AsArrived, mail: CaseMail, found: Sequence[Found]) -> Iterator[Case]:
    """Cases of one account with their letters, in their order; of one whose letters are all gone, what the state
    knows.

    Raises:
        MailboxError: at the mailbox.
    """
    from assistant.cli import show

    newest = {each.name: each.standing.places[-MOST_LETTERS:] for each in found}
    places = [place for each in newest.values() for place in each]
    read: dict[str, Letter] = {}
    with show.counting("Reading", len(places)) as counting:
        for lying in mail.each(places):
            read[lying.place.identity] = _letter(judge, lying)
            counting.step()
    for each in found:
        there = [p.identity for p in newest[each.name] if p.identity in read]
        yield _case(setup, each, tuple(read.pop(name) for name in dict.fromkeys(there)))


def _case(setup: Setup, found: Found, letters: tuple[Letter, ...]) -> Case:
    from assistant.config import clients_of
    from assistant.model import Case

    senders = [
        each.message.sender
        for each in letters
        if each.entry.inward and each.message.sender is not None
    ]
    if not senders:
        return nameless(found)
    people = tuple(address for address, _ in Counter(senders).most_common())
    client = clients_of(setup.config, found.account)(people[0].email)
    cues = Counter(cue for each in letters if each.verdict for cue in each.verdict.cues)
    return Case(
        found.name,
        found.account.mailbox_address,
        replace(client, people=people),
        letters[0].message.subject,
        found.standing.progress,
        found.standing.clocks,
        tuple(cue for cue, _ in cues.most_common()),
        letters,
        found.standing.notes,
    )


def nameless(found: Found) -> Case:
    """A case of which no letter is left: what the state knows of it."""
    from assistant.model import Case, Client

    return Case(
        found.name,
        found.account.mailbox_address,
        Client(found.name),
        "",
        found.standing.progress,
        found.standing.clocks,
        notes=found.standing.notes,
    )


def gone(cases: Sequence[Case]) -> str:
    """Which cases have no letter any more, for people; empty where each has."""
    names = [each.key for each in cases if not each.letters]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}: no letter was found in any folder" if names else ""
