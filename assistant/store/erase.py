"""Erasing: what is older than the user keeps, and what is known about somebody who is to be forgotten.

What is erased is overwritten in the file (`secure_delete`), and the write-ahead log, which holds
pages as they were, is cut to nothing. `forget` has the file written anew besides
(:meth:`Database.compact`). What the disk, a file system's snapshots or a backup keep of older
bytes is out of the program's reach (docs/privacy.md says so).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assistant.cases.clients import client_key
from assistant.clean import a_label
from assistant.store import casetraces
from assistant.store.casetraces import OPEN_STAYS, StillOpen, nobody
from assistant.store.database import Database
from assistant.store.hashes import hashed, marks
from assistant.store.moments import as_text

RESCAN_DAYS = timedelta(days=3)
"""A rescan begins a day before `started`, by the server's calendar, which may be 14 hours ahead of UTC."""
MOST_SLACK = 0.25
"""Share of free pages from which the file is written anew; less is filled again by what comes."""
_OLD = (
    "SELECT id FROM message WHERE account = ? AND judged_at < ? AND NOT EXISTS"  # noqa: S608 - constants
    " (SELECT 1 FROM effect WHERE message = message.id AND state IN ('planned', 'appending'))"
    " AND NOT EXISTS (SELECT 1 FROM followup WHERE followup.thread = message.thread"
    " AND followup.state IN ('planned', 'appending'))"
    f" AND (judged_at < ? OR thread IS NULL OR thread NOT IN {casetraces.KEPT})"
)
_OLD_TROUBLE = (
    "SELECT 1 FROM trouble WHERE arrived < ? OR NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.account = trouble.account"
    " AND name = trouble.mailbox AND mailbox.uidvalidity = trouble.uidvalidity)"
    # One without a day is as old as the messages around it: UIDs ascend as mail arrives.
    " OR (arrived IS NULL AND uid < (SELECT max(uid) FROM message WHERE message.account = trouble.account"
    " AND message.mailbox = trouble.mailbox AND message.uidvalidity = trouble.uidvalidity"
    " AND judged_at < ?))"
)


@dataclass(frozen=True, slots=True)
class Traces:
    """What the state knows about somebody in one account, counted."""

    messages: int = 0
    """That they wrote."""
    marks: int = 0
    drafts: int = 0
    """Marks and drafts that were planned for those messages, whatever became of them."""
    waiting: int = 0
    """Those of them that are still to be made."""
    copies: int = 0
    """Messages of others that they are known to have received, too."""
    mailboxes: int = 0
    """Of a whole account: those of which it is known how far they were looked at."""
    corrections: int = 0
    """Of their messages, those of which the user says something else than we did."""
    sent: int = 0
    """Messages of the user's to them."""
    notes: int = 0
    """What the user told of their cases."""

    def __bool__(self) -> bool:
        return bool(self.messages or self.copies or self.mailboxes or self.sent or self.notes)


def accounts(database: Database) -> list[str]:
    """Every account that the state knows anything of, also those that config.toml no longer names."""
    rows = database.rows(
        "SELECT account FROM mailbox UNION SELECT account FROM trouble"
        " UNION SELECT account FROM note ORDER BY 1"
    )
    return [row[0] for row in rows]


# --- what is too old ---


def expire(
    database: Database, account: str, before: datetime, still_open: StillOpen = nobody
) -> int:
    """Erase what is known about messages that were judged before a time; how many there were.

    To be called after a pass over an account that has dealt with everything new. Cheap where there is
    nothing to do, which is so until the next midnight (UTC): by whole days, so that callers need no
    clock of their own. In all accounts, because one that config.toml no longer names would stay for ever.

    At most one holding reply per message still holds, because of what happens if an erased message
    is ever looked at again. A plain pass never does: the cursor is beyond it. A copy or a move keeps
    the day of arrival (RFC 9051 section 6.4.7), and so does `scan --since`; then it is older than
    max_age_days, which config holds below retention_days, and gets no draft (screening: stale). After a
    new UIDVALIDITY the rescan begins later than the newest message that was erased: `started`
    is moved, so that a mark which the user took off is not put back either. (Only the account's own, after
    a pass of its own: another may have been out of reach, and have new mail as old as that.) Only mail that
    is imported anew as if it had arrived today could be taken for new, as in any mailbox that the
    assistant has never seen; our keyword on it, its draft in Drafts, Sent or Trash, or an answer in
    Sent still stop a second draft.

    Gone with the rows is what they stood for: a draft that has lain unsent in Drafts for so long no
    longer stands in the way of another one in its thread.

    A message with an effect that still waits is kept, whatever its age, until that is settled; and the messages
    of a case that is open, for :data:`casetraces.OPEN_STAYS` more at most. The
    clock is trusted: one that is years ahead forgets too much, as if the state file had been lost. (The
    daemon asks for nothing to be erased for a day after the clock has jumped: cli/steady.py.)

    Args:
        still_open: asked of the cases of which something is too old.
    """
    before = before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _begin_later(database, account, before)
    old, longest, everybody = as_text(before), as_text(before - OPEN_STAYS), accounts(database)
    keep = {each: casetraces.kept(database, each, old, longest, still_open) for each in everybody}
    if not _any_old(database, keep, old, longest):
        return 0
    with database.transaction():
        database.run(_OLD_TROUBLE.replace("SELECT 1", "DELETE", 1), (old, old))
        erased = 0
        for each, threads in keep.items():
            casetraces.adopt(database, each)
            erased += casetraces.expire(database, each, old, longest, threads)
            erased += _erase(database, _OLD, (each, old, longest, threads))
        _tidy(database)
    if database.slack > MOST_SLACK:
        database.compact()
    else:
        database.empty_log()  # where somebody reads just now, tomorrow's is soon enough
    return erased


def _begin_later(database: Database, account: str, before: datetime) -> None:
    """An account begins after what is erased: a rescan goes no further back, nor does what `status` counts."""
    values = (account, as_text(before))
    if database.row("SELECT 1 FROM mailbox WHERE account = ? AND started < ?", values):
        database.run(
            "UPDATE mailbox SET started = ? WHERE account = ? AND started < ?",
            (as_text(before + RESCAN_DAYS), *values),
        )


def _any_old(database: Database, keep: dict[str, str], before: str, longest: str) -> bool:
    if database.row(f"{_OLD_TROUBLE} LIMIT 1", (before, before)):
        return True
    return any(
        database.row(f"{_OLD} LIMIT 1", (each, before, longest, threads))
        or casetraces.any_old(database, each, before, longest, threads)
        for each, threads in keep.items()
    )


# --- who is to be forgotten ---


def traces(database: Database, account: str, address: str) -> Traces:
    """What is known about a correspondent."""
    theirs, who = _theirs(account, address)
    cases = casetraces.theirs(database, account, who)
    return _traces(
        database,
        theirs,
        who,
        casetraces.told_of(database, account, cases),
        copies=len(_copies(database, account, who)),
        sent=casetraces.sent_to(database, account, who),
    )


def forget(database: Database, account: str, address: str) -> Traces:
    """Erase what is known about a correspondent; what that was.

    Their messages with verdicts, marks and drafts that were planned, what they were to their
    threads, their cases with all that was told of them, and their hash among the recipients of others' messages. An effect that waits is
    dropped. To be followed by :meth:`Database.compact`.

    A message of theirs that is judged again (`scan --since`, or a rescan after a new UIDVALIDITY, while it
    is in the mailbox) is a new one to us. Its draft has the same id as before, so it is not laid again
    where it lies in Drafts, Sent or Trash; and not where our keyword is on the message. If a user marks no
    mail (`mark = "none"`) and has thrown the draft away for good, there would be another one.
    """
    theirs, who = _theirs(account, address)
    with database.transaction():
        found = traces(database, account, address)
        casetraces.forget(database, account, casetraces.theirs(database, account, who))
        database.run(
            f"DELETE FROM thread WHERE reference IN (SELECT own FROM message WHERE id IN ({theirs}))",  # noqa: S608
            who,
        )
        casetraces.forget_sent(database, account, who, _alone(account, address))
        _erase(database, theirs, who)
        _tidy(database)
        for number, people in _copies(database, account, who):
            kept = json.dumps(
                [each for each in json.loads(people) if each not in who], separators=(",", ":")
            )
            database.run("UPDATE message SET people = ? WHERE id = ?", (kept, number))
    return found


def all_traces(database: Database, account: str) -> Traces:
    """What is known of a whole account."""
    (mailboxes,) = database.rows("SELECT count(*) FROM mailbox WHERE account = ?", (account,))[0]
    (sent,) = database.rows("SELECT count(*) FROM sent WHERE account = ?", (account,))[0]
    told = casetraces.told_in(database, account)
    return _traces(database, _ALL, (account,), told, mailboxes=mailboxes, sent=sent)


def forget_all(database: Database, account: str) -> Traces:
    """Erase everything about an account, its cursors too: the next pass is its first start."""
    with database.transaction():
        found = all_traces(database, account)
        _erase(database, _ALL, (account,))
        casetraces.forget_all(database, account)
        _tidy(database)
        for table in ("trouble", "mailbox"):
            database.run(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608
    return found


_ALL = "SELECT id FROM message WHERE account = ?"


def _theirs(account: str, address: str) -> tuple[str, tuple[str, ...]]:
    """A query for the messages that somebody wrote in an account, and its values, which are hashes."""
    hashes = _hashes(account, address)
    return f"SELECT id FROM message WHERE sender IN ({marks(hashes)})", hashes  # noqa: S608


def _hashes(account: str, address: str) -> tuple[str, ...]:
    """The hashes that an address may have: its domain may be written in letters or as ``xn--``."""
    local, at, domain = address.rpartition("@")
    forms = [address, a_label(address)]
    with contextlib.suppress(UnicodeError):  # in letters already, or no such domain
        forms.append(f"{local}{at}{domain.encode('ascii').decode('idna')}")
    return tuple(dict.fromkeys(hashed(account, each.casefold()) for each in forms))


def _alone(account: str, address: str) -> str | None:
    """The hash of somebody who is a client of their own; None for one of a firm, which has others."""
    key = client_key(address)
    return hashed(account, key) if "@" in key else None


def _traces(
    database: Database, messages: str, values: tuple[str, ...], told: Sequence[int], **counts: int
) -> Traces:
    """What there is of some messages.

    Args:
        messages: a query for their numbers.
        told: how many notes there are of their cases, and drafts, and drafts that wait.
        counts: the rest.
    """
    (written,) = database.rows(f"SELECT count(*) FROM ({messages})", values)[0]  # noqa: S608
    (corrected,) = database.rows(
        f"SELECT count(*) FROM correction WHERE message IN ({messages})",  # noqa: S608
        values,
    )[0]
    marked, drafted, waiting = database.rows(
        "SELECT coalesce(sum(kind = 'mark'), 0), coalesce(sum(kind = 'draft'), 0),"  # noqa: S608
        " coalesce(sum(state IN ('planned', 'appending')), 0)"
        f" FROM effect WHERE message IN ({messages})",
        values,
    )[0]
    notes, drafts, planned = told
    return Traces(
        written,
        marked,
        drafted + drafts,
        waiting + planned,
        corrections=corrected,
        notes=notes,
        **counts,
    )


def _copies(database: Database, account: str, hashes: tuple[str, ...]) -> list[tuple[int, str]]:
    """Messages of others with one of these hashes among their recipients, and all of those."""
    among = " OR ".join("instr(people, ?)" for _ in hashes)
    rows = database.rows(
        f"SELECT id, people FROM message WHERE account = ? AND ({among})"  # noqa: S608
        f" AND (sender IS NULL OR sender NOT IN ({marks(hashes)}))",
        (account, *hashes, *hashes),
    )
    return [(row[0], row[1]) for row in rows]


# --- both ---


def _erase(database: Database, messages: str, values: tuple[str, ...]) -> int:
    """Erase messages with their effects and corrections; how many there were."""
    (count,) = database.rows(f"SELECT count(*) FROM ({messages})", values)[0]  # noqa: S608
    for table in ("effect", "correction"):
        database.run(f"DELETE FROM {table} WHERE message IN ({messages})", values)  # noqa: S608
    database.run(f"DELETE FROM message WHERE id IN ({messages})", values)  # noqa: S608
    return int(count)


def _tidy(database: Database) -> None:
    """Erase what is left of threads and cases in which there is no message any more, of all accounts."""
    database.run(
        "DELETE FROM thread"
        " WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.thread = thread.thread)"
        " AND NOT EXISTS (SELECT 1 FROM sent WHERE sent.thread = thread.thread)"
    )
    casetraces.forget_loose(database)
