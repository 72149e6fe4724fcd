"""Cases for the commands: found by name in the state, with their letters from the mailbox."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.errors import UnreadableMail

if TYPE_CHECKING:
    from assistant.cli.judging import AsArrived
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.mailbox.imap import ImapMailbox
    from assistant.model import Address, Case, Fetched, Letter
    from assistant.service.ports import Mailbox
    from assistant.service.standing import Standing
    from assistant.store import CaseBook, Place

MOST_LETTERS = 100
"""The newest of a thread; nobody reads more before a call."""


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
        yield CaseBook(database, {each.id: each.heat for each in setup.rulebook.tones})


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
            allowed = setup.config.settings.cases_of(account).allowed
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


def fetched(mailbox: Mailbox, places: Sequence[Place], inbox: str) -> list[tuple[Place, Fetched]]:
    """Messages of a case, as far as they are still where they were; in the order given."""
    opened = mailbox.open()
    here = {
        each.location.uid: each
        for each in places
        if (each.location.mailbox, each.location.uidvalidity) == (inbox, opened.uidvalidity)
    }
    found = {here[each.uid].identity: each for each in mailbox.fetch(sorted(here))}
    for folder in mailbox.sent.folders():
        there = {
            each.location.uid: each
            for each in places
            if (each.location.mailbox, each.location.uidvalidity)
            == (folder.name, folder.uidvalidity)
        }
        if there:
            sent = mailbox.sent.fetch(folder.name, sorted(there))
            found |= {there[each.uid].identity: each for each in sent}
    return [(each, found[each.identity]) for each in places if each.identity in found]


@contextlib.contextmanager
def judging(setup: Setup) -> Iterator[AsArrived]:
    """Who reads letters, in a process of its own, and judges them by the rules of now."""
    from assistant.cli import wiring
    from assistant.cli.judging import AsArrived
    from assistant.worker import Worker

    with contextlib.closing(Worker(folder=wiring.encoders(setup.config))) as reader:
        yield AsArrived(setup, reader)


def letters(judge: AsArrived, found: Found, mailbox: ImapMailbox) -> tuple[Letter, ...]:
    """The letters of a case, oldest first; those that were moved are looked for."""
    places, inbox = found.standing.places[-MOST_LETTERS:], found.account.inbox
    here = [
        (place, place.location.mailbox, each) for place, each in fetched(mailbox, places, inbox)
    ]
    read = [letter for one in here if (letter := _letter(judge, *one)) is not None]
    there = {each.message.identity for each in read}
    missing = {e.identity: e for e in places if e.identity not in there}
    for folder, moved in _moved(mailbox, judge, missing):
        place = missing.pop(_identity(judge, moved.raw), None)
        letter = _letter(judge, place, folder, moved) if place else None
        read += [letter] if letter else []
        if not missing:
            break
    return tuple(sorted(read, key=lambda each: each.entry.at))


def _letter(judge: AsArrived, place: Place, folder: str, fetched: Fetched) -> Letter | None:
    """A message of a case; None where it can't be read, or another is in its place."""
    from assistant.model import Letter

    try:
        if place.entry.inward:
            message, outcome = judge.judge(fetched.raw)
            verdict = outcome.verdict
        else:
            message, verdict = judge.here.read(fetched.raw, "en").message, None
    except UnreadableMail:
        return None
    if message.identity != place.identity:
        return None
    return Letter(message, place.entry, verdict, folder, fetched.uid)


def _moved(
    mailbox: ImapMailbox, judge: AsArrived, missing: Mapping[str, Place]
) -> Iterator[tuple[str, Fetched]]:
    """Messages that are not where they were, from wherever their user has put them."""
    if missing:
        days = sorted({each.entry.at.date() for each in missing.values()})
        yield from mailbox.elsewhere.find(days, lambda lines: _identity(judge, lines) in missing)


def _identity(judge: AsArrived, raw: bytes) -> str:
    """What a message, or its header, is known by; empty where it can't be read."""

    try:
        return judge.here.read(raw, "en").message.identity
    except UnreadableMail:
        return ""


def sender(judge: AsArrived, mailbox: ImapMailbox, place: Place, inbox: str) -> Address | None:
    """Who wrote a message; None where it is not in its place any more."""
    for _, each in fetched(mailbox, [place], inbox):
        with contextlib.suppress(UnreadableMail):
            return judge.here.read(each.raw, "en").message.sender
    return None


def whole(setup: Setup, judge: AsArrived, found: Found, mailbox: ImapMailbox) -> Case:
    """A case with its letters.

    Raises:
        MailboxError: at the mailbox.
        click.UsageError: where none of the client's letters is found any more.
    """
    from assistant.config import clients_of
    from assistant.model import Case

    read = letters(judge, found, mailbox)
    senders = [
        each.message.sender
        for each in read
        if each.entry.inward and each.message.sender is not None
    ]
    if not senders:
        raise click.UsageError(
            f"{found.name}: its messages are in no folder any more, so there is nothing to show"
        )
    people = tuple(address for address, _ in Counter(senders).most_common())
    client = clients_of(setup.config, found.account)(people[0].email)
    cues = Counter(cue for each in read if each.verdict for cue in each.verdict.cues)
    return Case(
        found.name,
        found.account.mailbox_address,
        replace(client, people=people),
        read[0].message.subject,
        found.standing.progress,
        found.standing.clocks,
        tuple(cue for cue, _ in cues.most_common()),
        read,
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
