"""What the state knows of the last messages of whoever has just written: a bounded number, by an index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from assistant.cases import lately
from assistant.cases.clients import client_key
from assistant.cases.lately import Letter, Year
from assistant.cases.trend import FEW
from assistant.model import Behaviour, Message
from assistant.store.casenames import ROOT
from assistant.store.database import Database
from assistant.store.hashes import hashed, marks
from assistant.store.moments import as_text, as_time
from assistant.store.tracks import TONE
from assistant.tone.behaviour import warmth

MOST = 20
"""Messages: each takes time whenever somebody writes."""
_LAST = (
    f"SELECT written, people, warmth, {ROOT} = own, {ROOT} != own AND in_a_row = 1, {TONE} IS NOT NULL, thread"  # noqa: S608
    " FROM (SELECT id, written, people, warmth, own, root, in_a_row, tone, thread, score FROM message"
    " WHERE sender = ? AND identity != ? ORDER BY id DESC LIMIT ?) AS message"
    " LEFT JOIN correction ON correction.message = message.id"
    " WHERE score IS NOT NULL AND written IS NOT NULL AND own IS NOT NULL"
)


def behaviour(
    database: Database,
    account: str,
    message: Message,
    people: frozenset[str],
    at: datetime,
    proved: Behaviour,
) -> Behaviour:
    """The facts that the thread proves, and those that the writer's year tells beside.

    Args:
        people: hashes of those in To and Cc.
        at: when it was written.
    """
    if message.sender is None or not message.whole:
        return proved
    sender = hashed(account, message.sender.key)
    rows = database.rows(_LAST, (sender, message.identity, MOST))
    if len(rows) < FEW:
        return proved
    others = people - {hashed(account, account)}  # the mailbox's own address is nobody new
    this = Letter(
        at,
        others,
        warmth(message.own_words),
        begins=not message.is_answer,
        answers=message.is_answer and not proved.unanswered,
    )
    year = Year.of(this, [Letter(as_time(row[0]), row[1] or "", *row[2:6]) for row in rows])
    found = lately.compared(proved, year, others)
    if not lately.may_chase(found, year):
        return found
    told = _within(database, {row[-1] for row in rows if row[-1] is not None})
    if not lately.chasing(found, year, told).chasing:
        return found
    # What was written to them anew is in no thread of theirs; it takes longer to look for.
    since = lately.in_a_row(year, told)[0].at
    told += _anew(database, account, (client_key(message.sender.email), sender), since, at)
    return lately.chasing(found, year, told)


def _within(database: Database, threads: Collection[int]) -> list[datetime]:
    """When the user wrote in these threads."""
    rows = database.rows(
        f"SELECT written FROM sent WHERE thread IN ({marks(tuple(threads))})",  # noqa: S608
        tuple(threads),
    )
    return [as_time(row[0]) for row in rows]


def _anew(
    database: Database, account: str, client: tuple[str, str], since: datetime, until: datetime
) -> list[datetime]:
    """When the user wrote to a client, or to the one person with this hash."""
    key, person = client
    rows = database.rows(
        "SELECT written FROM sent WHERE account = ? AND written BETWEEN ? AND ?"
        " AND (party = ? OR instr(people, ?))",
        (account, as_text(since), as_text(until), hashed(account, key), person),
    )
    return [as_time(row[0]) for row in rows]
