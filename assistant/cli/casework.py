"""Cases for the commands: found by name in the state, with their letters from the mailbox."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text

if TYPE_CHECKING:
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.model import Case, Fetched, Letter
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
            allowed = wiring.allowed(setup.config, account)
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


def letters(setup: Setup, found: Found, mailbox: Mailbox) -> tuple[Letter, ...]:
    """The letters of a case that are still in their places, oldest first, judged by the rules of now."""
    from assistant.cli import wiring
    from assistant.cli.judging import AsArrived
    from assistant.errors import UnreadableMail
    from assistant.model import Letter
    from assistant.worker import Worker

    places = found.standing.places[-MOST_LETTERS:]
    read: list[Letter] = []
    with contextlib.closing(Worker(folder=wiring.encoders(setup.config))) as reader:
        judging = AsArrived(setup, reader)
        for place, each in fetched(mailbox, places, found.account.inbox):
            try:
                if place.entry.inward:
                    message, outcome = judging.judge(each.raw)
                    verdict = outcome.verdict
                else:
                    message, verdict = reader.read(each.raw, "en").message, None
            except UnreadableMail:
                continue
            if message.identity == place.identity:
                folder = place.location.mailbox
                read.append(Letter(message, place.entry, verdict, folder, each.uid))
    return tuple(read)


def whole(setup: Setup, found: Found, mailbox: Mailbox) -> Case:
    """A case with its letters.

    Raises:
        MailboxError: at the mailbox.
        click.UsageError: where none of its letters is in its place any more.
    """
    from assistant.cases.clients import client_key
    from assistant.model import Case, Client

    read = letters(setup, found, mailbox)
    senders = [
        each.message.sender
        for each in read
        if each.entry.inward and each.message.sender is not None
    ]
    if not senders:
        raise click.UsageError(
            f"{found.name}: its messages are not in {found.account.inbox} any more, so there is nothing to show"
        )
    people = tuple(address for address, _ in Counter(senders).most_common())
    cues = Counter(cue for each in read if each.verdict for cue in each.verdict.cues)
    return Case(
        found.name,
        found.account.mailbox_address,
        Client(client_key(people[0]), people),
        read[0].message.subject,
        found.standing.progress,
        found.standing.clocks,
        tuple(cue for cue, _ in cues.most_common()),
        read,
        found.standing.notes,
    )
