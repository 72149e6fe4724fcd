"""The state file: opened safely, locked, all or nothing, and without a word of any client."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.errors import StateError, StateLocked, StateUnavailable
from assistant.model import (
    Address,
    AppendDraft,
    Draft,
    Effect,
    FolderStatus,
    Lately,
    Location,
    Mark,
    Message,
    Outcome,
    Skip,
)
from assistant.store import Cursor, Database, Known, Lock, Store, Trouble, Work, later, not_judged
from assistant.store.migrations import MIGRATIONS
from tests.builders import CLIENT, ME, NOW, message
from tests.letters import letter
from tests.servers import FakeStand
from tests.workbench import LONG_AGO, Bench

ACCOUNT = ME.email
BEFORE = FolderStatus("Drafts", 5, 12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "assistant.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    found = Database.open(path)
    yield found
    found.close()


@pytest.fixture
def store(database: Database) -> Store:
    found = Store(database)
    found.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
    return found


def at(uid: int, uidvalidity: int = 1, account: str = ACCOUNT) -> Location:
    return Location(account, "INBOX", uidvalidity, uid)


def mail(number: int, *references: int, sender: Address = CLIENT) -> Message:
    """Message `number`, an answer to those it refers to."""
    return message(
        identity=f"mid-{number}",
        message_id=f"<{number}@client.example>",
        references=tuple(f"<{each}@client.example>" for each in references),
        sender=sender,
    )


def draft(number: int) -> Draft:
    return Draft(f"<h.{number}@studio.example>", ME, CLIENT, "Re: x", "text", b"raw")


def judged(store: Store, number: int, *references: int, effects: tuple[Effect, ...] | None = None, **fields: object) -> Message:  # fmt: skip
    """Record a message at UID `number`, planning a mark and a draft unless told otherwise."""
    found = mail(number, *references, **fields)  # type: ignore[arg-type]
    usual = (Mark("tone-angry"), AppendDraft(draft(number)))
    outcome = Outcome(found.identity, None, None, usual if effects is None else effects)
    store.record(at(number), found, outcome, "rules", NOW)
    return found


def kinds(store: Store) -> list[tuple[str, int]]:
    """What is open: kind and UID, in the order in which it would be done."""
    return [(each.kind, each.location.uid) for each in store.open_effects(ACCOUNT, "INBOX", NOW)]


# --- the file ---------------------------------------------------------------------------------


def drafted(known: Known) -> tuple[tuple[str, str], ...]:
    """Ids and states of the thread's drafts."""
    return tuple((each.message_id, each.state) for each in known.drafts)


def test_a_new_state_is_for_its_owner_only(path: Path) -> None:
    """Folder 0700, file 0600, and what SQLite lays beside it too, whatever the umask."""
    before = os.umask(0)
    try:
        database = Database.open(path)
        database.run("INSERT INTO thread VALUES ('b', 1)")
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {
            "assistant.sqlite3": 0o600,
            "assistant.sqlite3-wal": 0o600,
            "assistant.sqlite3-shm": 0o600,
        }
        database.close()
    finally:
        os.umask(before)


def test_another_program_that_looks_takes_nothing_away(path: Path) -> None:
    """Each account has a connection of its own; `status` opens and closes the file from outside meanwhile.

    Whoever closes a file drops all locks that its process holds on it (fcntl(2)): the log would go.
    """
    one, two = Database.open(path), Database.open(path)
    one.run("INSERT INTO thread VALUES ('b', 1)")
    look = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM thread').fetchone())"
    for number in (1, 2):
        said = subprocess.run(
            [sys.executable, "-c", look, str(path)], capture_output=True, text=True
        )
        assert said.stdout == f"({number},)\n", said.stderr
        assert path.with_name(f"{path.name}-wal").exists()
        two.run("INSERT INTO thread VALUES (?, 2)", (f"d{number}",))
    for each in (one, two, Database.open(path)):
        assert each.row("SELECT count(*) FROM thread") == (3,)
        each.close()


def test_migrations_run_once(path: Path) -> None:
    """From nothing to the newest version; opened again, everything is as it was."""
    first = Database.open(path)
    assert first.row("PRAGMA user_version") == (len(MIGRATIONS),)
    tables = first.rows("SELECT name, sql FROM sqlite_master ORDER BY name")
    first.run("INSERT INTO thread VALUES ('b', 1)")
    first.close()
    second = Database.open(path)
    assert second.rows("SELECT name, sql FROM sqlite_master ORDER BY name") == tables
    assert second.rows("SELECT * FROM thread") == [("b", 1)]
    second.close()


def test_a_write_survives_a_power_cut(database: Database) -> None:
    """WAL with synchronous=FULL (2), and broken references refused."""
    assert database.row("PRAGMA journal_mode") == ("wal",)
    assert database.row("PRAGMA synchronous") == (2,)
    assert database.row("PRAGMA foreign_keys") == (1,)


def test_a_state_of_a_newer_version_is_refused_and_left(path: Path) -> None:
    """The older program touches nothing and says what to do."""
    database = Database.open(path)
    database.run(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="newer version") as failure:
        Database.open(path)
    assert "nothing was changed" in failure.value.hint
    with pytest.raises(StateError, match="newer version"):
        Database.scratch(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["no database", "torn page", "cut short"])
def test_a_damaged_state_is_refused_and_left(path: Path, damage: str) -> None:
    """Never silently begun anew: the file stays as it is, for the user to move away."""
    database = Database.open(path)
    for number in range(500):
        database.run("INSERT INTO thread VALUES (?, ?)", (f"reference {number}", number))
    database.close()
    whole = path.read_bytes()
    assert len(whole) > 5 * 4_096
    broken = {
        "no database": b"This is a letter to my bank.\n" * 300,
        "torn page": whole[:4_096] + b"\xa5" * (len(whole) - 8_192) + whole[-4_096:],
        "cut short": whole[: len(whole) // 2 + 100],
    }[damage]
    path.write_bytes(broken)
    with pytest.raises(StateError, match="damaged") as failure:
        Database.open(path)
    assert not isinstance(failure.value, StateUnavailable)
    assert path.read_bytes() == broken


def test_a_state_that_can_not_be_opened_is_named(tmp_path: Path) -> None:
    """A folder where the file should be, a file where the folder should be."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "assistant.sqlite3"):
        with pytest.raises(StateUnavailable, match="can't be"):  # for the daemon, it may pass
            Database.open(path)


def test_a_full_disk_rolls_back_and_may_pass(database: Database, store: Store) -> None:
    """StateUnavailable: nothing of the transaction is kept, and it works again when there is room."""
    pages = database.row("PRAGMA page_count")
    assert pages is not None
    database.rows(f"PRAGMA max_page_count = {pages[0]}")
    with pytest.raises(StateUnavailable, match="full"):
        _fill(database)
    assert database.rows("SELECT * FROM thread") == []
    database.rows("PRAGMA max_page_count = 1000000")
    judged(store, 1)
    assert kinds(store) == [("mark", 1), ("draft", 1)]


def _fill(database: Database) -> None:
    with database.transaction():
        for number in range(10_000):
            database.run("INSERT INTO thread VALUES (?, 1)", (f"reference {number}",))


def _write_and_raise(database: Database, error: type[BaseException]) -> None:
    with database.transaction():
        database.run("INSERT INTO thread VALUES ('b', 1)")
        raise error


# --- transactions -----------------------------------------------------------------------------


def test_an_error_inside_a_transaction_undoes_all_of_it(database: Database) -> None:
    """Whatever is raised, also Ctrl-C; the next transaction works."""
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            _write_and_raise(database, error)
        assert database.rows("SELECT * FROM thread") == []
    with database.transaction():
        database.run("INSERT INTO thread VALUES ('b', 1)")
    assert len(database.rows("SELECT * FROM thread")) == 1


def test_verdict_effects_and_cursor_are_one(path: Path) -> None:
    """Cut just before the COMMIT of a record, nothing of it is there; just after, everything is."""

    class Cut(Exception):
        pass

    for point, expected in (("before COMMIT", []), ("after COMMIT", [("mark", 5), ("draft", 5)])):
        armed: list[str] = []

        def tap(event: str, armed: list[str] = armed) -> None:
            if armed == [event]:
                raise Cut

        file = path.with_name(point)
        store = Store(Database.open(file, tap))
        store.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
        armed.append(point)
        with pytest.raises(Cut):
            judged(store, 5)
        armed.clear()
        store.close()
        again = Store(Database.open(file))
        cursor = again.cursor(ACCOUNT, "INBOX")
        assert cursor is not None
        assert cursor.last_uid == (5 if expected else 0)
        assert again.seen(ACCOUNT, "INBOX", 1, [5]) == ({5} if expected else set())
        assert drafted(again.known(ACCOUNT, mail(6, 5))) == (
            (("<h.5@studio.example>", "planned"),) if expected else ()
        )
        assert kinds(again) == expected
        again.close()


# --- the lock ---------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from assistant.store import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_assistant_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    """One writer; the hint says how to have two."""
    with Lock(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
        with pytest.raises(StateLocked, match="at work") as refusal:
            Lock(tmp_path / "state")
        assert "of its own" in refusal.value.hint
        Lock(tmp_path / "other").release()
    Lock(tmp_path / "state").release()


def test_the_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    """Held by another process, it refuses us; that process killed, it is free."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StateLocked):
            Lock(tmp_path)
        holder.kill()
    Lock(tmp_path).release()


def test_a_lock_that_can_not_be_used_is_not_called_locked(tmp_path: Path) -> None:
    """Nobody else is at work: the error must not send the user looking for them."""
    (tmp_path / "lock").write_bytes(b"This is a letter to my bank.\n" * 300)
    with pytest.raises(StateError, match="damaged") as failure:
        Lock(tmp_path)
    assert not isinstance(failure.value, StateLocked)


# --- cursors ----------------------------------------------------------------------------------


def test_a_cursor_only_moves_forward(store: Store) -> None:
    """Judging older mail on request does not take the cursor back."""
    store.advance(ACCOUNT, "INBOX", 9)
    store.advance(ACCOUNT, "INBOX", 3)
    judged(store, 4)
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(1, 9, NOW, rescan=False)
    assert store.cursor(ACCOUNT, "Work") is None
    assert store.cursor("other@studio.example", "INBOX") is None


def test_beginning_anew_replaces_the_cursor(store: Store) -> None:
    """Another UIDVALIDITY: from 0, in rescan, and the first start is remembered as given."""
    store.advance(ACCOUNT, "INBOX", 9)
    store.start(ACCOUNT, "INBOX", Cursor(2, 0, NOW - timedelta(days=3), rescan=True))
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(2, 0, NOW - timedelta(days=3), rescan=True)


def test_seen_counts_this_mailbox_and_uidvalidity_only(store: Store) -> None:
    """A UID means nothing without them."""
    judged(store, 4)
    assert store.seen(ACCOUNT, "INBOX", 1, [3, 4, 5]) == {4}
    assert store.seen(ACCOUNT, "INBOX", 2, [4]) == set()
    assert store.seen(ACCOUNT, "Work", 1, [4]) == set()


def test_a_known_message_is_remembered_at_its_new_place(store: Store) -> None:
    """Its effects go with it, the cursor moves on, its troubles are over; an unknown one is not touched."""
    judged(store, 4)
    store.trouble(at(30), "odd")
    assert store.relocate(at(30), "mid-4")
    assert not store.relocate(at(31), "mid-5")
    assert kinds(store) == [("mark", 30), ("draft", 30)]
    assert store.seen(ACCOUNT, "INBOX", 1, [4, 30]) == {30}
    assert store.troubled(ACCOUNT, "INBOX", 1) == []
    cursor = store.cursor(ACCOUNT, "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 30


def test_two_accounts_share_a_file_and_nothing_else(store: Store) -> None:
    """The same message in two mailboxes is two messages."""
    judged(store, 1)
    other = "other@studio.example"
    assert not store.relocate(at(1, account=other), "mid-1")
    assert store.known(other, mail(2, 1)) == Known((), None)
    assert store.open_effects(other, "INBOX", NOW) == []
    assert store.work(other) == Work(0, 0, ())


# --- threads and senders ----------------------------------------------------------------------


def test_a_draft_is_known_to_the_rest_of_its_thread(store: Store) -> None:
    """By any id that ties the two, in either direction; not to a stranger, not to its own message."""
    judged(store, 1, 100)
    known = (("<h.1@studio.example>", "planned"),)
    assert drafted(store.known(ACCOUNT, mail(2, 1))) == known
    assert drafted(store.known(ACCOUNT, mail(3, 100))) == known
    assert drafted(store.known(ACCOUNT, mail(100))) == known
    assert drafted(store.known(ACCOUNT, mail(4, 101))) == ()
    assert store.known(ACCOUNT, mail(1, 100)) == Known((), None)


def test_a_message_that_joins_two_threads_makes_them_one(store: Store) -> None:
    """Drafts of both are known to what comes later in either."""
    judged(store, 1, sender=Address("", "a@client.example"))
    judged(store, 2, sender=Address("", "b@client.example"))
    assert len(store.known(ACCOUNT, mail(5, 1)).drafts) == 1
    judged(store, 3, 1, 2, effects=())
    for number in (1, 2, 3):
        drafts = store.known(ACCOUNT, mail(6, number)).drafts
        assert {each.message_id for each in drafts} == {
            "<h.1@studio.example>",
            "<h.2@studio.example>",
        }
    judged(store, 7, effects=())
    assert drafted(store.known(ACCOUNT, mail(8, 7))) == ()


def test_messages_without_any_id_are_in_no_thread_together(store: Store) -> None:
    """Nothing ties them, so nothing may."""
    for number in (1, 2):
        nameless = message(identity=f"raw-{number}", message_id=None)
        outcome = Outcome(nameless.identity, None, None, (AppendDraft(draft(number)),))
        store.record(at(number), nameless, outcome, "rules", NOW)
    nameless = message(identity="raw-3", message_id=None)
    assert store.known(ACCOUNT, nameless).drafts == ()


def test_the_sender_s_last_draft_is_known(store: Store) -> None:
    """Whatever the thread and the case of the letters; dropped ones do not count, its own neither."""
    judged(store, 1)
    shouting = Address("X", CLIENT.email.upper())
    assert store.known(ACCOUNT, mail(2, sender=shouting)).sender_drafted == NOW
    assert store.known(ACCOUNT, mail(2, sender=ME)).sender_drafted is None
    assert store.known(ACCOUNT, mail(1)).sender_drafted is None
    _mark, effect = store.open_effects(ACCOUNT, "INBOX", NOW)
    store.settle(effect, "unknown", "?")
    assert store.known(ACCOUNT, mail(2)).sender_drafted == NOW
    store.settle(effect, "dropped", "gone")
    assert store.known(ACCOUNT, mail(2, 1)) == Known((), None)


def test_a_message_without_a_sender_has_no_earlier_drafts(store: Store) -> None:
    """Nobody is not somebody: two without a sender are not the same person."""
    nobody = message(identity="mid-1", sender=None, message_id=None)
    outcome = Outcome("mid-1", None, None, (AppendDraft(draft(1)),))
    store.record(at(1), nobody, outcome, "rules", NOW)
    other = message(identity="mid-2", sender=None, message_id=None)
    assert store.known(ACCOUNT, other) == Known((), None)


# --- effects ----------------------------------------------------------------------------------


def test_marks_come_before_drafts_and_older_before_newer(store: Store) -> None:
    """A cut in the middle leaves every client marked that can be."""
    for number in (1, 2, 3):
        judged(store, number)
    assert kinds(store) == [
        ("mark", 1),
        ("mark", 2),
        ("mark", 3),
        ("draft", 1),
        ("draft", 2),
        ("draft", 3),
    ]


def test_a_skipped_message_plans_nothing(store: Store) -> None:
    """Recorded, done with, and nothing open."""
    outcome = Outcome("mid-1", Skip("own", "yours", judged=False), None, ())
    store.record(at(1), mail(1), outcome, "rules", NOW)
    assert kinds(store) == []
    assert store.seen(ACCOUNT, "INBOX", 1, [1]) == {1}


def test_an_intent_is_kept_until_it_is_settled(store: Store) -> None:
    """Drafts as it was before, and when: what recovery needs; settled, it is gone."""
    judged(store, 1, effects=(AppendDraft(draft(1)),))
    (planned,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    assert (planned.appending, planned.before, planned.appending_at) == (False, None, None)
    store.intend(planned, BEFORE, NOW)
    (intended,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    assert (intended.appending, intended.before, intended.appending_at) == (True, BEFORE, NOW)
    assert drafted(store.known(ACCOUNT, mail(2, 1))) == (("<h.1@studio.example>", "appending"),)
    store.settle(intended, "done", "")
    assert kinds(store) == []
    assert store.work(ACCOUNT) == Work(0, 0, ())


def test_what_was_postponed_comes_back_when_it_is_due(store: Store) -> None:
    """Not a second earlier; it counts its tries and is no intent any more."""
    judged(store, 1, effects=(AppendDraft(draft(1)),))
    (planned,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    store.intend(planned, BEFORE, NOW)
    due = NOW + timedelta(minutes=15)
    store.postpone(planned, "full", due)
    assert kinds(store) == []
    assert store.open_effects(ACCOUNT, "INBOX", due - timedelta(seconds=1)) == []
    (again,) = store.open_effects(ACCOUNT, "INBOX", due)
    assert (again.appending, again.attempts) == (False, 1)
    assert store.work(ACCOUNT) == Work(1, 0, ("full",))
    store.settle(again, "unknown", "who knows")
    assert store.work(ACCOUNT) == Work(0, 1, ("who knows",))


def test_due_times_compare_across_time_zones(store: Store) -> None:
    """Stored in UTC: a clock in another zone says the same."""
    from zoneinfo import ZoneInfo

    judged(store, 1, effects=(Mark("tone-angry"),))
    (planned,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    tokyo = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    store.postpone(planned, "", tokyo + timedelta(hours=1))
    assert store.open_effects(ACCOUNT, "INBOX", NOW + timedelta(minutes=59)) == []
    assert len(store.open_effects(ACCOUNT, "INBOX", tokyo + timedelta(hours=1))) == 1


def test_waiting_grows_and_ends_at_a_day() -> None:
    """15 minutes, doubled each time, never more than a day, however often."""
    waits = [(later(NOW, attempts) - NOW) / timedelta(minutes=1) for attempts in range(9)]
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert later(NOW, 10_000) - NOW == timedelta(days=1)


def test_troubles_are_counted_and_end_with_a_success(store: Store) -> None:
    """By UID, with the last reason; each UIDVALIDITY for itself; the cursor moves on."""
    assert [store.trouble(at(7), "odd"), store.trouble(at(7), "odder")] == [1, 2]
    assert store.trouble(at(8), "odd") == 1
    assert store.troubled(ACCOUNT, "INBOX", 1) == [
        Trouble(7, None, 2, "odder"),
        Trouble(8, None, 1, "odd"),
    ]
    assert store.troubled(ACCOUNT, "INBOX", 2) == []
    judged(store, 8)
    assert [each.uid for each in store.troubled(ACCOUNT, "INBOX", 1)] == [7]
    cursor = store.cursor(ACCOUNT, "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 8


def test_troubles_are_told(database: Database, store: Store) -> None:
    """Of the mailbox as it is numbered now, with the day of arrival where it is known."""
    judged(store, 1)
    store.trouble(at(9), "odd", NOW)
    store.trouble(at(7), "odder")
    store.trouble(at(8, uidvalidity=2), "renumbered")
    assert not_judged(database, ACCOUNT, "Archive") == []
    assert not_judged(database, ACCOUNT, "INBOX") == [
        Trouble(7, None, 1, "odder"),
        Trouble(9, NOW, 1, "odd"),
    ]


def test_a_state_of_the_first_version_is_migrated(tmp_path: Path) -> None:
    """What it holds stays."""
    path = tmp_path / "state.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        old.execute("INSERT INTO trouble VALUES (?, 'INBOX', 1, 7, 2, 'odd')", (ACCOUNT,))
    with contextlib.closing(Database.open(path)) as migrated:
        Store(migrated).start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
        assert not_judged(migrated, ACCOUNT, "INBOX") == [Trouble(7, None, 2, "odd")]


def test_effects_of_an_older_version_stay(tmp_path: Path) -> None:
    """A message may have two marks since; what was planned before is still planned."""
    path = tmp_path / "state.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript("".join(MIGRATIONS[:3]) + "PRAGMA user_version = 3;")
        old.execute(
            "INSERT INTO message (id, account, identity, mailbox, uidvalidity, uid, judged_at, rules, hits)"
            " VALUES (5, ?, 'i', 'INBOX', 1, 7, ?, '', '[]')",
            (ACCOUNT, NOW.isoformat()),
        )
        old.execute(
            "INSERT INTO effect (id, message, kind, value, state, planned_at) VALUES (9, 5, 'mark', 'k', 'planned', ?)",
            (NOW.isoformat(),),
        )
    with contextlib.closing(Database.open(path)) as migrated:
        (effect,) = Store(migrated).open_effects(ACCOUNT, "INBOX", NOW)
        assert (effect.id, effect.kind, effect.value, effect.location.uid) == (9, "mark", "k", 7)


def test_a_message_may_have_two_marks(store: Store) -> None:
    judged(store, 1, effects=(Mark("tone-angry"), Mark("look-first")))
    assert [each.value for each in store.open_effects(ACCOUNT, "INBOX", NOW)] == [
        "tone-angry",
        "look-first",
    ]


def test_what_was_seen_of_late(store: Store, database: Database) -> None:
    """Drafts of the last hour, messages of the last day, and what share is usual."""
    for number in range(130):
        judged(store, number, effects=(AppendDraft(draft(number)),) if number < 4 else ())
    ago = {0: timedelta(hours=2), 1: timedelta(minutes=59)}
    for number, span in ago.items():
        database.run(
            "UPDATE effect SET planned_at = ? WHERE value = ?",
            ((NOW - span).isoformat(timespec="microseconds"), draft(number).message_id),
        )
    database.run("UPDATE effect SET state = 'dropped' WHERE value = ?", (draft(2).message_id,))
    database.run("UPDATE message SET score = 1")
    yesterday = (NOW - timedelta(hours=25)).isoformat(timespec="microseconds")
    database.run("UPDATE message SET judged_at = ? WHERE uid < 110", (yesterday,))
    database.run(
        "UPDATE message SET tone = 'angry' WHERE uid IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 120)"
    )
    expected = Lately(drafted=2, flagged=1, judged=20, usual=11 / 110)
    assert store.lately(ACCOUNT, "another", NOW) == expected
    # A draft that had to wait does not stand in its own way.
    assert store.lately(ACCOUNT, mail(3).identity, NOW) == replace(expected, drafted=1)
    assert store.lately("else@x.org", "another", NOW) == Lately()


# --- what is in the file, and what is not -----------------------------------------------------


def test_the_file_holds_no_word_of_any_client(tmp_path: Path) -> None:
    """After a run with marks, drafts and troubles: no body, subject, name, address or Message-ID."""
    secrets = (
        "Weisswurst", "Quietschente", "Brombeere", "zwetschge", "pflaume", "client", "m4711",
        "haselnuss", "robin hale",
    )  # fmt: skip
    account = FakeStand().account(
        letter("This is unacceptable. Weisswurst!", number=4711, subject="Quietschente",
               sender="Brombeere <zwetschge@client.example>",
               headers=(("References", "<haselnuss@client.example>"), ("X-Other", "pflaume"))),
        letter("Quietschente, this is unacceptable.", number=4712, sender="Pflaume <pflaume@client.example>"),
    )  # fmt: skip
    bench = Bench(account, tmp_path / "state.sqlite3")
    assert bench.run(LONG_AGO).drafted == 2
    store = Store(Database.open(bench.state))
    store.trouble(
        Location("robin@studio.example", "INBOX", 1, 99), "reading it failed (ValueError)"
    )
    files = sorted(tmp_path.iterdir())
    assert {each.name for each in files} == {
        "state.sqlite3",
        "state.sqlite3-wal",
        "state.sqlite3-shm",
    }
    content = b"".join(each.read_bytes() for each in files).lower()
    store.close()
    content += bench.state.read_bytes().lower()
    assert b"tone-angry" in content
    assert [word for word in secrets if word.lower().encode() in content] == []


def test_a_dry_run_s_copy_writes_nothing_back(path: Path, store: Store) -> None:
    """It sees what is there, keeps what it writes to itself, and works without a file too."""
    judged(store, 1)
    files = [path, path.with_name(f"{path.name}-wal")]  # -shm holds the readers' marks
    before = [each.read_bytes() for each in files]
    copy = Store(Database.scratch(path))
    assert kinds(copy) == kinds(store)
    judged(copy, 2)
    assert len(kinds(copy)) == 4
    copy.close()
    assert [each.read_bytes() for each in files] == before
    missing = path.with_name("missing")
    empty = Store(Database.scratch(missing))
    assert empty.cursor(ACCOUNT, "INBOX") is None
    empty.close()
    assert not missing.exists()


def test_a_damaged_file_has_no_copy(path: Path) -> None:
    """A dry run on a broken state says so too."""
    path.parent.mkdir()
    path.write_bytes(b"This is a letter to my bank.\n" * 300)
    with pytest.raises(StateError, match="damaged"):
        Database.scratch(path)


def test_the_state_is_readable_with_plain_sqlite(path: Path, store: Store) -> None:
    """A user may look into it: names, spans and points are what the tables hold."""
    judged(store, 1)
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT kind, value, state FROM effect").fetchall() == [
        ("mark", "tone-angry", "planned"),
        ("draft", "<h.1@studio.example>", "planned"),
    ]
    connection.close()
