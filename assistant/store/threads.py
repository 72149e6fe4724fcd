"""What a thread, and the year before, tell of a client's next message: kept as numbers and hashes, never as words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from assistant.model import Behaviour, Message, Outcome
from assistant.reading.subjects import base_subject
from assistant.store import lately
from assistant.store.database import Database
from assistant.store.hashes import hashed, marks
from assistant.tone.behaviour import warmth

MOST_PEOPLE = 50
AS_GOOD_AS = timedelta(hours=1)
"""Two times of one message: the sender's and the server's. Waiting is told in days."""
_THREADED = ("thread", "message", "sent", "note", "followup", "rung")
"""The tables that go by a thread's number."""


def references(account: str, message: Message) -> tuple[str, ...]:
    """What ties a message to its thread."""
    return tuple(hashed(account, each) for each in message.thread_ids)


def root(account: str, message: Message) -> str | None:
    """What a thread began with, as far as one of its messages tells: a case is named by it. None: with itself."""
    first = (*message.references, *message.in_reply_to, *message.thread_ids, message.identity)[0]
    return hashed(account, first) if first != message.message_id else None


def written(message: Message, arrived: datetime | None, now: datetime) -> datetime:
    """When a message was sent: the server's word before the sender's, and never later than now."""
    return min(arrived or message.date or now, now)


def join(
    database: Database, account: str, message: Message, client: str, *, ours: bool = False
) -> int | None:
    """The number of a message's thread; threads that it joins become one. None where nothing could tie it.

    By its ids; an answer whose ids lead nowhere, as some programs write them, by its subject, to what the same
    client last wrote under it, or else was written to (RFC 5256).

    Args:
        client: names whom it is with.
        ours: whether the user wrote it.
    """
    ids = references(account, message)
    base = base_subject(message.subject)
    subject = (_subject(account, client, base),) if client and base else ()
    if not ids and not subject:
        return None
    found = _numbers(database, ids)
    if not found and message.is_answer:
        found = _numbers(database, subject)
    number = found[0] if found else _next(database)
    for other in found[1:]:
        for table in _THREADED:
            database.run(
                f"UPDATE {table} SET thread = ? WHERE thread = ?",  # noqa: S608
                (number, other),
            )
    for reference in ids:
        database.run("INSERT OR IGNORE INTO thread VALUES (?, ?)", (reference, number))
    for reference in subject:
        database.run(
            "INSERT OR IGNORE INTO thread VALUES (?, ?)"
            if ours
            else "INSERT OR REPLACE INTO thread VALUES (?, ?)",
            (reference, number),
        )
    return number


def addressed(database: Database, account: str, message: Message, clients: Sequence[str]) -> str:
    """Which client a message of the user's is to, among all that it went to; the first where nothing tells.

    Who wrote in its thread, the angriest first: a colleague may be named before them, and have written, too.
    """
    numbers = _numbers(database, references(account, message))
    if numbers:
        rows = database.rows(
            "SELECT party, max(heat) FROM message WHERE party IS NOT NULL"  # noqa: S608
            f" AND thread IN ({marks(numbers)}) GROUP BY party",
            tuple(numbers),
        )
        heats: dict[str, int] = dict(rows)
        return max(clients, key=lambda each: heats.get(hashed(account, each), -1))
    base = base_subject(message.subject) if message.is_answer else ""
    for each in clients[:MOST_PEOPLE] if base else ():
        if _numbers(database, (_subject(account, each, base),)):
            return each
    return clients[0]


def _subject(account: str, client: str, base: str) -> str:
    return hashed(account, f"subject\n{client}\n{base}")


def _numbers(database: Database, references: tuple[str, ...]) -> list[int]:
    if not references:
        return []
    rows = database.rows(
        f"SELECT DISTINCT thread FROM thread WHERE reference IN ({marks(references)})",  # noqa: S608
        references,
    )
    return sorted(row[0] for row in rows)


def _next(database: Database) -> int:
    """Over all accounts, so that a number alone tells a thread."""
    (highest,) = database.rows(
        "SELECT max(coalesce((SELECT max(thread) FROM thread), 0), coalesce((SELECT max(thread) FROM message), 0),"
        " coalesce((SELECT max(thread) FROM sent), 0), coalesce((SELECT max(thread) FROM note), 0))"
    )[0]
    return int(highest) + 1


def behaviour(database: Database, account: str, message: Message, now: datetime) -> Behaviour:
    """The facts about a message that is about to be judged; nothing known makes them all 0."""
    if message.sender is None:
        return Behaviour()
    proved = _proved(database, account, message, now)
    theirs = frozenset(_people(account, message))
    return lately.behaviour(database, account, message, theirs, _sent(message, now), proved)


def _proved(database: Database, account: str, message: Message, now: datetime) -> Behaviour:
    """What the thread proves."""
    in_a_row, since = _run(database, account, message, now)
    waited = Behaviour(
        unanswered=in_a_row if in_a_row > 1 else 0,
        days_waited=max(0, (_sent(message, now) - since).days),
    )
    latest = _latest(database, account, message)
    if latest is None:
        return waited
    those, warm, heat = latest
    return replace(
        waited,
        new_in_copy=len(_people(account, message) - those),
        colder=max(0, warm - warmth(message.own_words)),
        heat_before=heat,
    )


def columns(
    database: Database, account: str, message: Message, outcome: Outcome, now: datetime, at: datetime
) -> tuple[object, ...]:  # fmt: skip
    """What is kept of a message for those that come after it, in the order of the table.

    Args:
        at: when it was sent, as it is kept; what is nearly the same is not kept twice.
    """
    in_a_row, since = _run(database, account, message, now)
    tone = outcome.verdict.tone if outcome.verdict else None
    return (
        hashed(account, message.message_id) if message.message_id else None,
        in_a_row,
        since.isoformat() if abs(since - at) > AS_GOOD_AS else None,
        _copied(account, message),
        warmth(message.own_words) if outcome.verdict else 0,
        tone.heat if tone else 0,
    )


def _run(database: Database, account: str, message: Message, now: datetime) -> tuple[int, datetime]:
    """How many messages in a row this is, and when the first was sent.

    A client who answers their own last message got none from us in between (RFC 5322, 3.6.4).
    """
    for reference in message.in_reply_to[:1]:
        row = database.row(
            # +: by the thread's index, not the sender's, who may have written more.
            "SELECT in_a_row, coalesce(since, written) FROM message"
            " WHERE thread = (SELECT thread FROM thread WHERE reference = ?) AND own = ? AND +sender = ?",
            (own := hashed(account, reference), own, _sender(account, message)),
        )
        if row is not None:
            return row[0] + 1, datetime.fromisoformat(row[1])
    return 1, _sent(message, now)


def _latest(database: Database, account: str, message: Message) -> tuple[set[str], int, int] | None:
    """People, warmth and heat of the sender's last message in the thread."""
    ids = references(account, message)
    row = database.row(
        "SELECT people, warmth, heat FROM message WHERE +sender = ? AND identity != ?"  # noqa: S608
        " AND people IS NOT NULL AND thread IN (SELECT thread FROM thread"
        f" WHERE reference IN ({marks(ids)})) ORDER BY id DESC LIMIT 1",
        (_sender(account, message), message.identity, *ids),
    )
    if row is None:
        return None
    those = set(json.loads(row[0])) if row[0] else {hashed(account, account)}
    return those, row[1], row[2]


def people(account: str, message: Message) -> str:
    """Hashes of those that a message went to."""
    return json.dumps(sorted(_people(account, message)), separators=(",", ":"))


def _copied(account: str, message: Message) -> str:
    """The same of a client's message; empty where it went to the mailbox's own address alone, as most do."""
    alone = _people(account, message) == {hashed(account, account)}
    return "" if alone else people(account, message)


def _sender(account: str, message: Message) -> str:
    return hashed(account, message.sender.key if message.sender else "")


def _people(account: str, message: Message) -> set[str]:
    return {hashed(account, each.key) for each in (*message.to, *message.cc)[:MOST_PEOPLE]}


def _sent(message: Message, now: datetime) -> datetime:
    """When a message was sent: the sender's claim, which can't be later than now."""
    return min(message.date or now, now)
