"""An older state is brought up to date: once, by one, and not under the hands of an assistant that is at work."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.errors import StateLocked
from assistant.model import Address, Clock, Message
from assistant.store import CaseBook, Database, Lock, Store
from assistant.store.database import quiet
from assistant.store.hashes import hashed
from assistant.store.migrations import MIGRATIONS, NEWEST
from assistant.store.moments import as_text
from tests.builders import CLIENT, ME, NOW, message
from tests.program import Home

ACCOUNT, OTHER = ME.email, "other@studio.example"
SEVEN = 7
"""The version whose states these are."""
DUE = NOW + timedelta(hours=4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of version 7: two accounts, both of which have a thread number 1, one of them a case."""
    found = tmp_path / "state" / "state.sqlite3"
    found.parent.mkdir()
    with contextlib.closing(sqlite3.connect(found, isolation_level=None)) as old:
        old.executescript("".join(MIGRATIONS[:SEVEN]) + f"PRAGMA user_version = {SEVEN};")
        old.execute("PRAGMA journal_mode = WAL")
        for account in (OTHER, ACCOUNT):
            fill(old, account)
    return found


def fill(old: sqlite3.Connection, account: str) -> None:
    """A flagged message, and what was told of its case: as version 7 wrote it down."""
    own, client, name = (
        hashed(account, "<1@client.example>"), hashed(account, CLIENT.key), name_of(account),
    )  # fmt: skip
    at = as_text(NOW)
    old.execute("INSERT INTO thread VALUES (?, ?, 1)", (account, own))
    old.execute(
        "INSERT INTO message (account, identity, mailbox, uidvalidity, uid, judged_at, rules, score, threshold, tone,"
        " hits, thread, sender, own, in_a_row, since, people, written, party, root)"
        " VALUES (?, 'mid-1', 'INBOX', 1, 1, ?, 'r', 200, 100, 'angry', ?, 1, ?, ?, 1, ?, ?, ?, ?, ?)",
        (
            account, at, '[["words",200,"body",0,0],["late",9,"body",3,7]]', client, own, NOW.isoformat(),
            f'["{hashed(account, account)}"]', at, client, own,
        ),
    )  # fmt: skip
    old.execute(
        "INSERT INTO rung VALUES (?, ?, 'answer', 0, ?, ?)", (account, name, as_text(DUE), at)
    )
    old.execute("INSERT INTO rung VALUES (?, 'c-000000', 'answer', 0, ?, ?)", (account, at, at))
    old.execute(
        "INSERT INTO followup (account, name, kind, value, state, planned_at) VALUES (?, ?, 'summary', 'x', 'done', ?)",
        (account, name, at),
    )
    old.execute(
        "INSERT INTO note (account, name, thread, at, doing, words, owner, number)"
        " VALUES (?, ?, 1, ?, 'called', 'said', '', 0)",
        (account, name, at),
    )


def name_of(account: str, root: str = "<1@client.example>") -> str:
    """What version 7 called the case: six digits to base 32, the last first."""
    number = int(hashed(account, root), 16)
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "c-" + "".join(letters[number >> 5 * place & 31] for place in range(6))


def answer(account: str) -> Message:
    return message(
        identity="mid-2",
        message_id="<2@client.example>",
        in_reply_to=("<1@client.example>",),
        sender=CLIENT,
        to=(Address("", account),),
    )


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_cases_of_version_7_go_on(path: Path, account: str) -> None:
    """Under their names, in threads of their own, with what was told; no clock rings again."""
    with contextlib.closing(Database.open(path)) as database:
        book, store = CaseBook(database, {"angry": 3}), Store(database)
        (case,) = book.cases(account)
        assert case.name == name_of(account)
        assert [each.text for each in book.notes(account, case)] == ["said"]
        assert [kind for kind, _, _ in book.drafts(account, case)] == ["summary"]
        assert book.has_rung(account, case, Clock("answer", DUE, DUE))
        assert not book.has_rung(account, case, Clock("call", DUE, DUE))
        assert len(book.places(account, case.number)) == 1
        behaviour = store.behaviour(account, answer(account), NOW + timedelta(days=3))
        assert (behaviour.unanswered, behaviour.new_in_copy) == (2, 0)
        numbers = database.rows("SELECT DISTINCT thread FROM message")
        assert len(numbers) == 2
        assert database.rows("SELECT DISTINCT hits FROM message") == [
            ('[["words",200],["late",9,"body",3,7]]',)
        ]
        assert database.rows("SELECT 1 FROM rung WHERE name = 'c-000000'") == []
        assert database.rows("PRAGMA integrity_check") == [("ok",)]


def test_the_name_that_a_case_had_goes_on(path: Path) -> None:
    """Ids of drafts are made of it: under another name a summary would be laid a second time.

    The first unhappy message had named it, which the user has corrected since; something was told under that name.
    """
    own, root = (hashed(ACCOUNT, each) for each in ("<3@client.example>", "<0@client.example>"))
    name = name_of(ACCOUNT, "<0@client.example>")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("INSERT INTO thread VALUES (?, ?, 1)", (ACCOUNT, own))
        old.execute(
            "INSERT INTO message (account, identity, mailbox, uidvalidity, uid, judged_at, rules, score, threshold,"
            " tone, hits, thread, sender, own, in_a_row, people, written, party, root)"
            " VALUES (?, 'mid-3', 'INBOX', 1, 3, ?, 'r', 200, 100, 'angry', '[]', 1, 's', ?, 1, '[]', ?, 'p', ?)",
            (ACCOUNT, as_text(NOW), own, as_text(NOW + timedelta(hours=1)), root),
        )
        old.execute(
            "INSERT INTO correction SELECT id, NULL, ?, 'mail' FROM message WHERE account = ? AND identity = 'mid-1'",
            (as_text(NOW), ACCOUNT),
        )
        old.execute(
            "INSERT INTO followup (account, name, kind, value, state, planned_at) VALUES (?, ?, 'checkin', 'y', 'done', ?)",
            (ACCOUNT, name, as_text(NOW)),
        )
    with contextlib.closing(Database.open(path)) as database:
        book = CaseBook(database, {"angry": 3})
        (case,) = book.cases(ACCOUNT)
        assert case.name == name != name_of(ACCOUNT)
        assert [each.text for each in book.notes(ACCOUNT, case)] == ["said"]
        assert [kind for kind, _, _ in book.drafts(ACCOUNT, case)] == ["summary", "checkin"]
        assert book.has_rung(ACCOUNT, case, Clock("answer", DUE, DUE))
        for table in ("note", "rung", "followup"):
            assert database.rows(
                f"SELECT DISTINCT name FROM {table} WHERE account = ?",  # noqa: S608
                (ACCOUNT,),
            ) == [(name,)]


OPEN = """
import sys
from pathlib import Path
from assistant.store import Database
path = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
Database.open(path).close()
"""


@pytest.mark.parametrize("new", [False, True], ids=["of version 7", "none"])
def test_whoever_opens_at_once_waits_for_the_first(path: Path, tmp_path: Path, new: bool) -> None:
    """A daemon and a command after an upgrade, or at the very beginning: each finds it whole."""
    for number in range(3):
        copy = tmp_path / f"{number}" / "state.sqlite3"
        copy.parent.mkdir()
        if not new:
            shutil.copy(path, copy)
        with contextlib.ExitStack() as stack:
            several = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-c", OPEN, str(copy)], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                    )
                )
                for _ in range(4)
            ]  # fmt: skip
            for each in several:
                assert each.stdout is not None
                assert each.stdout.readline() == "ready\n"
            for each in several:
                assert each.stdin is not None
                each.stdin.write("go\n")
                each.stdin.flush()
            told = [each.communicate(timeout=60)[1] for each in several]
        assert told == [""] * 4
        with contextlib.closing(Database.open(copy)) as database:
            assert database.row("PRAGMA user_version") == (NEWEST,)


class Late(Database):
    """Had looked at the version before the other one was done."""

    asked = 0

    def _version(self) -> int:
        self.asked += 1
        return SEVEN if self.asked <= 2 else super()._version()


def test_who_comes_second_migrates_nothing(path: Path) -> None:
    """It had seen the older version, waited, and finds the newest: no script may run twice."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        late = Late(raw, str(path), quiet)
        Database.open(path).close()
        assert not late._migrate()
        assert late.asked > 2


def test_not_under_the_hands_of_another(path: Path) -> None:
    """An older assistant that is at work would be at a loss: it is to be restarted, nothing is changed."""
    with Lock(path.parent):
        for _ in range(2):
            with pytest.raises(StateLocked, match="older version") as refusal:
                Database.open(path)
            assert "restart" in refusal.value.hint
        with contextlib.closing(sqlite3.connect(path)) as untouched:
            assert untouched.execute("PRAGMA user_version").fetchone() == (SEVEN,)
        with contextlib.closing(Database.scratch(path)) as copy:  # a look at it changes nothing
            assert copy.row("PRAGMA user_version") == (NEWEST,)
        Database.open(path, alone=True).close()  # the one who holds the lock
        Database.open(path).close()  # and from then on everybody


def test_a_command_beside_an_older_daemon(path: Path, home: Home) -> None:
    """What only looks goes on, what would write says what to do."""
    home.configure('[[account]]\nhost = "imap.example.com"\nuser = "robin@studio.example"\n')
    home.state.mkdir(parents=True)
    shutil.copy(path, home.state / "state.sqlite3")
    with Lock(home.state):
        refused = home.run("cases", "--offline")
        assert refused.code != 0
        assert "restart that assistant" in refused.err
        assert home.run("forget", "a@b.example", "--dry-run").code == 0
    assert home.run("cases", "--offline").code == 0


def test_an_upgrade_that_is_cut_short_changes_nothing(path: Path) -> None:
    """All of it or nothing: the next one begins where the older version was."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as spoilt:
        spoilt.execute("CREATE TABLE named (x)")  # in the way of a script, late in it
    before = dump(path)
    with pytest.raises(Exception, match="named"):
        Database.open(path)
    assert dump(path) == before
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as mended:
        mended.execute("DROP TABLE named")
    Database.open(path).close()


def dump(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as state:
        return list(state.iterdump())
