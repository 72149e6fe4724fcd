"""Which threads are cases, and what each is called.

Both are worked out anew at each look, from verdicts and corrections: nothing has to be kept in step, and a state
that was lost has the same cases again as soon as the mail was looked at.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from assistant.store.database import Database, Row
from assistant.store.hashes import marks

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Of a case's name; none is taken for another (Crockford's base 32)."""
LENGTH = 6
OLD = 60
"""Days of age, when it was judged, from which an unhappy message makes no case: `scan --since` looks back for years."""
ROOT = "coalesce(root, own)"
"""What a message's thread began with, as the message tells it; not kept where that is the message itself."""
_CASE = "thread IS NOT NULL AND julianday(judged_at) - julianday(written) <= ?"
# Two searches, each by an index; one for both would go through all mail.
_FLAGGED = (
    "SELECT thread, written, message.id, party, sender FROM message"  # noqa: S608 - constants
    " LEFT JOIN correction ON correction.message = message.id"
    f" WHERE account = ? AND message.tone IS NOT NULL AND {_CASE}"
    " AND (correction.message IS NULL OR correction.tone IS NOT NULL) UNION"
    " SELECT thread, written, message.id, party, sender FROM correction"
    " CROSS JOIN message ON message.id = correction.message"
    f" WHERE account = ? AND correction.tone IS NOT NULL AND {_CASE} ORDER BY 2, 3"
)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread with at least one message that reads as unhappy, by us or by the user's correction."""

    number: int
    name: str
    """Of the case: the same wherever it is put together from the same mail."""
    party: str = ""
    """The hash of the person or firm that it is with."""


def known(database: Database, account: str) -> list[Thread]:
    """Every case of an account, open or not, the first unhappy message that is oldest first."""
    called = _called(database, account)
    found: dict[int, Thread] = {}
    for number, _, _, party, _ in _flagged(database, account):
        if number not in found:
            name = called.get(number) or _name(_root(database, number))
            found[number] = Thread(number, name, party or "")
    return list(found.values())


def numbers(database: Database, account: str, without: Collection[str] = ()) -> set[int]:
    """The threads that are cases.

    Args:
        without: hashes of senders, none of whose messages makes a case.
    """
    return {row[0] for row in _flagged(database, account) if row[4] not in without}


def nameless(database: Database, number: int) -> Thread:
    """A thread that is no case, under the name that it had as one, before a correction."""
    root = _root(database, number)
    return Thread(number, _name(root) if root else "")


def _flagged(database: Database, account: str) -> list[Row]:
    """Thread, time, number, party and sender of each unhappy message, oldest first."""
    return database.rows(_FLAGGED, (account, OLD, account, OLD))


def _called(database: Database, account: str) -> dict[int, str]:
    """The name under which something was first told, planned or reminded of: the user may have seen it. It stays,
    though mail should come that shows an older beginning, or two threads turn out to be one.
    """
    found: dict[int, str] = {}
    for number, name in database.rows(
        "SELECT thread, name FROM ("
        " SELECT thread, name, at FROM note WHERE account = ?"
        " UNION ALL SELECT thread, name, planned_at FROM followup WHERE account = ?"
        " UNION ALL SELECT thread, name, at FROM rung WHERE account = ?"
        ") WHERE thread IS NOT NULL ORDER BY at, name",
        (account, account, account),
    ):
        found.setdefault(number, name)
    return found


def _root(database: Database, number: int) -> str:
    """What a thread began with, as its oldest message tells it, flagged or not: no correction changes that."""
    row = database.row(
        f"SELECT {ROOT} FROM message WHERE thread = ? AND written IS NOT NULL"  # noqa: S608
        " ORDER BY written, identity LIMIT 1",
        (number,),
    )
    return str(row[0]) if row else ""


def _name(root: str) -> str:
    """A case's name from the hash of what its thread began with: ``c-7k2mq4``."""
    number = int(root, 16)
    letters = ""
    for _ in range(LENGTH):
        number, last = divmod(number, len(LETTERS))
        letters += LETTERS[last]
    return f"c-{letters}"


def called(threads: Collection[Thread]) -> tuple[str, tuple[object, ...]]:
    """A condition, and its values, for what was told of some cases: by thread, or, imported before, by name alone."""
    within = marks(tuple(threads))
    return f"(thread IN ({within}) OR (thread IS NULL AND name IN ({within})))", (
        *(each.number for each in threads),
        *(each.name for each in threads),
    )
