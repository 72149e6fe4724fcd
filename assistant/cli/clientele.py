"""Every client of an account: from the state what passed between them and the user, from the mailbox their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assistant.cases.clients import client_key
from assistant.cli import casework
from assistant.config import clients_of
from assistant.errors import ConnectionLost, MailboxError, UnreadableMail
from assistant.model import Address, Client
from assistant.store.hashes import hashed

if TYPE_CHECKING:
    from assistant.cases.history import Trace
    from assistant.cli.judging import AsArrived
    from assistant.config import Account, Config
    from assistant.mailbox.imap import ImapMailbox
    from assistant.store import CaseBook, Place, Tracks

YEAR = timedelta(days=400)
"""How much of a client's mail shows what is usual."""
MOST_MOVED = 20
"""Of clients whose mail was moved: for each, a day of many folders is gone through."""
MOST_PEOPLE = 50
"""On one message."""


@dataclass(frozen=True, slots=True)
class Known:
    """A client as the state knows them: by hashes."""

    parties: frozenset[str]
    """Several, where clients.toml says that they are one."""
    traces: tuple[Trace, ...]
    places: tuple[Place, ...]
    """Where a name for them may stand: the newest that they wrote, then what they were written."""


def known(config: Config, account: Account, book: CaseBook, now: datetime) -> list[Known]:
    """Everybody who wrote of late, in no order."""
    name = account.mailbox_address
    ones = _one_client(config, name)
    found: defaultdict[str, dict[str, Tracks]] = defaultdict(dict)
    for party, tracks in book.tracks(name, now - YEAR).items():
        found[ones.get(party, party)][party] = tracks
    return [_known(each) for each in found.values()]


def _one_client(config: Config, account: str) -> dict[str, str]:
    """Hash -> what names a client of clients.toml; not of a firm of which it knows several clients."""
    claimed: defaultdict[str, set[str]] = defaultdict(set)
    for table in config.clients:
        for each in table.match:
            key = client_key(f"x{each}" if each.startswith("@") else each)
            claimed[hashed(account, key)].add(table.key)
    return {party: names.pop() for party, names in claimed.items() if len(names) == 1}


def _known(tracks: dict[str, Tracks]) -> Known:
    wrote = [each.last for each in tracks.values()]
    told = [each.told for each in tracks.values() if each.told is not None]
    places = [place for some in (wrote, told) for place in sorted(some, key=_written, reverse=True)]
    traces = tuple(trace for each in tracks.values() for trace in each.traces)
    return Known(frozenset(tracks), traces, tuple(places))


def _written(place: Place) -> datetime:
    return place.entry.at


def people(
    judge: AsArrived,
    mailbox: ImapMailbox,
    account: Account,
    wanted: Sequence[Known],
    step: Callable[[], None] = lambda: None,
) -> dict[frozenset[str], Address]:
    """Who they are, by their hashes, as far as their mail is found: a command for some 250 messages of a folder.

    Args:
        wanted: the most important first: they are looked for in other folders as well.
        step: called for each message that is looked at.

    Raises:
        MailboxError: at the mailbox.
    """
    found: dict[frozenset[str], Address] = {}
    for (folder, validity), places in _by_folder(account, wanted).items():
        left = [(place, each) for place, each in places if each.parties not in found]
        lines = _lines(mailbox, folder, validity, [place.location.uid for place, _ in left])
        for place, each in left:
            raw = lines.get(place.location.uid)
            if raw is not None and each.parties not in found:
                step()
                found.update(_named(judge, account, each, raw))
    missing = [each for each in wanted if each.parties not in found][:MOST_MOVED]
    mail = casework.mail_of(judge, mailbox, account.inbox)
    theirs = {each.places[0].identity: each for each in missing}
    for moved in mail.find([each.places[0] for each in missing]) if missing else ():
        step()
        found.update(_named(judge, account, theirs[moved.place.identity], moved.fetched.raw))
    return found


def _by_folder(
    account: Account, wanted: Sequence[Known]
) -> dict[tuple[str, int], list[tuple[Place, Known]]]:
    """Folder and UIDVALIDITY -> what lies there, the inbox first."""
    found: defaultdict[tuple[str, int], list[tuple[Place, Known]]] = defaultdict(list)
    for each in wanted:
        for place in each.places:
            found[place.location.mailbox, place.location.uidvalidity].append((place, each))
    return dict(sorted(found.items(), key=lambda pair: (pair[0][0] != account.inbox, pair[0])))


def _lines(
    mailbox: ImapMailbox, folder: str, validity: int, uids: Sequence[int]
) -> dict[int, bytes]:
    """Header lines; nothing where the folder is gone."""
    try:
        return mailbox.people.lines(folder, validity, uids) if uids else {}
    except ConnectionLost:
        raise
    except MailboxError:
        return {}


def _named(
    judge: AsArrived, account: Account, known: Known, raw: bytes
) -> Iterator[tuple[frozenset[str], Address]]:
    """Whoever on a message is this client: the writer, the one a form wrote for, or whom the user wrote to."""
    try:
        message = judge.here.read(raw, "en").message
    except UnreadableMail:
        return
    senders = (message.sender,) if message.sender else ()
    for person in (*senders, *message.reply_to, *message.to, *message.cc)[:MOST_PEOPLE]:
        if hashed(account.mailbox_address, client_key(person.email)) in known.parties:
            yield known.parties, person
            return


def described(config: Config, account: Account, person: Address) -> Client:
    """A client by somebody of theirs."""
    return replace(clients_of(config, account)(person.email), people=(person,))
