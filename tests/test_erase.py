"""Erasing: what is too old, and who is to be forgotten; and what must still hold afterwards."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import Settings
from assistant.model import Address, AppendDraft, Draft, Effect, Location, Mark, Message, Outcome
from assistant.service.scan import Request
from assistant.store import (
    Cursor,
    Database,
    Store,
    Traces,
    accounts,
    all_traces,
    forget,
    forget_all,
    not_judged,
    tally,
    traces,
)
from assistant.store.erase import expire
from assistant.store.hashes import hashed
from tests.builders import CLIENT, ME, NOW, QUICK, message
from tests.letters import FURIOUS, Letter, letter
from tests.letters import NOW as MONDAY
from tests.servers import Account, Stand, Stored
from tests.workbench import ME as ROBIN
from tests.workbench import Bench, desk

ACCOUNT = ME.email
OTHER = "other@studio.example"
NIA = Address("Nia", "nia@client.example")
OTTO = Address("Otto", "otto@third.example")
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with contextlib.closing(Database.open(path)) as found:
        for account in (ACCOUNT, OTHER):
            Store(found).start(account, "INBOX", Cursor(1, 0, NOW - 3 * YEAR, rescan=False))
        yield found


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


def mail(number: int, *references: int, sender: Address = CLIENT, **fields: object) -> Message:
    """Message `number`, an answer to those it refers to."""
    return message(
        identity=f"mid-{number}",
        message_id=f"<{number}@client.example>",
        references=tuple(f"<{each}@client.example>" for each in references),
        sender=sender,
        **fields,
    )


def draft_of(number: int) -> str:
    return f"<h.{number}@studio.example>"


def judged(
    store: Store, number: int, *references: int, age: timedelta = timedelta(0), account: str = ACCOUNT,
    waits: bool = False, effects: Sequence[Effect] | None = None, **fields: object,
) -> Message:  # fmt: skip
    """Record a message, by default with a mark and a draft, both of which are done."""
    found = mail(number, *references, **fields)  # type: ignore[arg-type]
    draft = Draft(draft_of(number), ME, CLIENT, "Re: x", "text", b"raw")
    planned = (Mark("tone-angry"), AppendDraft(draft)) if effects is None else tuple(effects)
    outcome = Outcome(found.identity, None, None, planned)
    store.record(Location(account, "INBOX", 1, number), found, outcome, "rules", NOW - age)
    for each in store.open_effects(account, "INBOX", NOW):
        if not waits and each.location.uid == number:
            store.settle(each, "done", "")
    return found


def uids(store: Store, account: str = ACCOUNT) -> set[int]:
    """Those that are remembered."""
    return store.seen(account, "INBOX", 1, range(10_000))


def drafts(store: Store, message: Message) -> set[str]:
    """The drafts that are known in a message's thread."""
    return {each.message_id for each in store.known(ACCOUNT, message).drafts}


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: database.rows(f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608 - a fixed list
        for name in ("message", "effect", "thread", "trouble", "mailbox")
    }


def everywhere(folder: Path) -> bytes:
    """Every byte of every file in a folder."""
    return b"".join(each.read_bytes() for each in sorted(folder.iterdir()))


# --- what is too old ----------------------------------------------------------------------------


def test_what_is_older_is_erased_and_the_rest_stays(store: Store, database: Database) -> None:
    """By the day: a message judged on the last day that is kept stays, whatever the hour."""
    judged(store, 1, age=2 * YEAR)
    judged(store, 2, age=YEAR + DAY)
    judged(store, 3, age=YEAR + timedelta(hours=11))
    judged(store, 4)
    assert store.expire(ACCOUNT, NOW - YEAR) == 2
    assert uids(store) == {3, 4}
    assert rows(database) == {"message": 2, "effect": 4, "thread": 2, "trouble": 0, "mailbox": 2}
    assert store.expire(ACCOUNT, NOW - YEAR) == 0
    assert store.expire(ACCOUNT, NOW - YEAR + DAY) == 1


def test_nothing_is_written_where_there_is_nothing_to_erase(path: Path, store: Store) -> None:
    """It is asked for after every pass; the first one of a day may find something."""
    judged(store, 1)
    store.expire(ACCOUNT, NOW - YEAR)
    files = [path, path.with_name(f"{path.name}-wal")]  # -shm holds the readers' marks
    before = [each.read_bytes() for each in files]
    assert store.expire(ACCOUNT, NOW - YEAR) == 0
    assert [each.read_bytes() for each in files] == before


def test_what_waits_is_never_erased(store: Store, database: Database) -> None:
    """Neither the effect nor its message, until it is settled; one whose fate is unknown waits for nothing."""
    judged(store, 1, age=2 * YEAR, waits=True)
    judged(store, 2, age=2 * YEAR, waits=True)
    (mark, other, first, second) = store.open_effects(ACCOUNT, "INBOX", NOW)
    store.settle(mark, "done", "")
    store.settle(other, "dropped", "")
    store.settle(second, "unknown", "")
    assert store.expire(ACCOUNT, NOW) == 1
    assert [each.value for each in store.open_effects(ACCOUNT, "INBOX", NOW)] == [draft_of(1)]
    assert rows(database)["effect"] == 2
    store.settle(first, "done", "")
    assert store.expire(ACCOUNT, NOW) == 1
    assert rows(database) == {"message": 0, "effect": 0, "thread": 0, "trouble": 0, "mailbox": 2}


def test_a_thread_is_known_as_long_as_anything_in_it(store: Store, database: Database) -> None:
    """A message of today keeps the ids of its thread; once it goes, they go."""
    judged(store, 1, age=2 * YEAR)
    judged(store, 2, 1, age=YEAR)
    store.expire(ACCOUNT, NOW - YEAR - DAY)
    assert drafts(store, mail(3, 1)) == {draft_of(2)}
    assert rows(database)["thread"] == 2
    store.expire(ACCOUNT, NOW)
    assert rows(database)["thread"] == 0


def test_a_thread_s_number_is_not_given_to_strangers(store: Store) -> None:
    """Numbers are given out again; whoever still had one would be taken for one of the thread."""
    judged(store, 1, age=2 * YEAR)
    judged(store, 2)
    store.expire(ACCOUNT, NOW - YEAR)
    judged(store, 3)
    judged(store, 4)
    assert drafts(store, mail(9, 3)) == {draft_of(3)}
    assert drafts(store, mail(9, 4)) == {draft_of(4)}
    assert drafts(store, mail(9, 2)) == {draft_of(2)}


def test_troubles_go_by_the_day_of_arrival(store: Store, database: Database) -> None:
    """Without one, by the messages after it; those of a mailbox that was renumbered are of no use."""

    def trouble(uid: int, age: timedelta | None, uidvalidity: int = 1) -> None:
        arrived = None if age is None else NOW - age
        store.trouble(Location(ACCOUNT, "INBOX", uidvalidity, uid), "odd", arrived)

    judged(store, 20, age=2 * YEAR)
    judged(store, 40)
    trouble(10, None)
    trouble(30, None)
    trouble(31, 2 * YEAR)
    trouble(32, DAY)
    trouble(33, DAY, uidvalidity=9)
    store.expire(ACCOUNT, NOW - YEAR)
    assert [each.uid for each in not_judged(database, ACCOUNT, "INBOX")] == [30, 32]
    assert rows(database)["trouble"] == 2


def test_an_old_trouble_alone_is_erased(store: Store, database: Database) -> None:
    store.trouble(Location(ACCOUNT, "INBOX", 1, 7), "odd", NOW - 2 * YEAR)
    store.expire(ACCOUNT, NOW - YEAR)
    assert rows(database)["trouble"] == 0


def test_every_account_is_looked_at(store: Store) -> None:
    """One that was taken out of config.toml would stay for ever."""
    judged(store, 1, age=2 * YEAR)
    judged(store, 1, age=2 * YEAR, account=OTHER)
    assert store.expire(ACCOUNT, NOW - YEAR) == 2
    assert uids(store, OTHER) == set()


def test_what_is_counted_begins_where_memory_begins(store: Store, database: Database) -> None:
    """`status` must not say that a year's messages were all there ever were. Other accounts have their own time."""
    judged(store, 1, age=2 * YEAR)
    for _ in range(2):
        store.expire(ACCOUNT, NOW - YEAR)
        mine, other = (tally(database, each, "INBOX") for each in (ACCOUNT, OTHER))
        assert mine is not None
        assert other is not None
        assert timedelta(0) < mine.since - (NOW - YEAR) < 4 * DAY
        assert other.since == NOW - 3 * YEAR
    store.expire(OTHER, NOW - YEAR)
    assert tally(database, OTHER, "INBOX") == mine
    store.expire(ACCOUNT, NOW - 2 * YEAR)
    assert tally(database, ACCOUNT, "INBOX") == mine


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside others"])
def test_what_expired_is_in_no_file(path: Path, store: Store, beside: bool) -> None:
    """Not in the database, its free pages or its log; also while a daemon's other threads have it open."""
    for number in range(25):
        # Rows that grow and shrink leave copies behind, unless freed space is overwritten.
        judged(store, number, age=2 * YEAR, sender=Address("", f"c{number}@client.example"))
        store.relocate(Location(ACCOUNT, "INBOX", 123_456_789, number), f"mid-{number}")
    judged(store, 99, sender=NIA)
    gone = [hashed(ACCOUNT, f"c{number}@client.example").encode() for number in range(25)]
    gone += [draft_of(number).encode() for number in range(25)]
    gone += [hashed(ACCOUNT, f"<{number}@client.example>").encode() for number in range(25)]
    assert all(each in everywhere(path.parent) for each in gone)
    with contextlib.closing(Database.open(path)) if beside else contextlib.nullcontext():
        assert store.expire(ACCOUNT, NOW - YEAR) == 25
        left = everywhere(path.parent)
    assert [each for each in gone if each in left] == []
    assert hashed(ACCOUNT, NIA.key).encode() in left


def test_the_room_is_given_back(path: Path, store: Store, database: Database) -> None:
    """A state that loses most of what it held becomes small."""
    for number in range(500):
        judged(store, number, age=2 * YEAR, effects=())
    judged(store, 2_000)
    assert database.empty_log()
    full = path.stat().st_size
    store.expire(ACCOUNT, NOW - YEAR)
    assert path.stat().st_size < full / 2
    assert database.slack == 0


# --- what must still hold after that ------------------------------------------------------------


def a_bench(stand: Stand, folder: Path, mark: str = "keyword") -> Bench:
    """A mailbox that was looked at once, and has one unhappy message, with its mark and draft."""
    account = stand.account(inbox="Work")  # real servers don't renumber INBOX
    bench = Bench(account, folder / "state.sqlite3", desk=desk(account.inbox, mark=mark))
    assert bench.run().first_start
    account.deliver(letter(FURIOUS, number=1))
    assert bench.run().drafted == 1
    return bench


def the_draft(account: Account) -> Stored:
    (found,) = account.contents("Drafts")
    return found


def throw_away(account: Account) -> None:
    """The user deletes the draft for good."""
    account.remove("Drafts", the_draft(account).uid)


def put_into(account: Account, folder: str) -> None:
    """The user sends the draft, or throws it away."""
    found = the_draft(account)
    account.deliver(Letter(found.raw, MONDAY), folder)
    account.remove("Drafts", found.uid)


def all_again(bench: Bench) -> Request:
    """A request that takes everything in the mailbox."""
    return Request(since=(MONDAY - 60 * DAY).date())


def expire_at(bench: Bench, keep: timedelta) -> int:
    with contextlib.closing(Database.open(bench.state)) as database:
        return expire(database, ROBIN, bench.clock() - keep)


def test_an_erased_message_never_gets_a_second_draft(stand: Stand, tmp_path: Path) -> None:
    """With the shortest retention that config takes, on every day: all that could tell is gone but its age.

    The user marks no mail and has thrown the draft away for good; each day all mail is scanned anew, and the
    message is copied, which keeps its day of arrival.
    """
    bench = a_bench(stand, tmp_path, mark="none")
    throw_away(bench.account)
    assert bench.desk is not None
    assert bench.desk.profile.stale_days == 14
    keep = timedelta(days=Settings().shortest_retention)
    for day in range(20):
        bench.account.deliver(letter(FURIOUS, number=1))
        bench.run(all_again(bench))
        assert bench.account.contents("Drafts") == []
        if expire_at(bench, keep):
            assert day >= keep.days
        bench.clock.advance(days=1)
    assert bench.run(all_again(bench)).judged == 0


def test_a_mark_that_was_taken_off_stays_off(stand: Stand, tmp_path: Path) -> None:
    """After a renumbering all mail is looked at anew, but none of which nothing is known any more."""
    bench = a_bench(stand, tmp_path)
    throw_away(bench.account)
    unmark(bench)
    bench.clock.advance(days=30)
    assert expire_at(bench, 29 * DAY) == 1  # the day after it came: nothing older is erased
    bench.account.renumber()
    bench.account.deliver(letter(FURIOUS, number=2, age=-29 * DAY))
    report = bench.run()
    assert (report.judged, report.drafted) == (1, 1)
    assert len(bench.marked()) == 1
    assert len(bench.drafts()) == 1


def test_nothing_is_passed_over(stand: Stand, tmp_path: Path) -> None:
    """Mail of weeks in which the account was out of reach is judged, although others expired meanwhile.

    Even if its mailbox is renumbered before it can be looked at again.
    """
    bench = a_bench(stand, tmp_path)
    bench.clock.advance(days=30)
    bench.account.deliver(letter(FURIOUS, number=2, age=-2 * DAY))
    with contextlib.closing(Database.open(bench.state)) as database:
        assert expire(database, OTHER, bench.clock() - 16 * DAY) == 1
    bench.account.renumber()
    bench.run()
    assert [each.message.message_id for each in bench.notes.verdicts][-1] == "<m2@client.example>"
    assert len(bench.drafts()) == 1


def unmark(bench: Bench) -> None:
    """The user takes our mark off: lays the message there anew without it."""
    (found,) = bench.account.contents()
    bench.account.remove(bench.account.inbox, found.uid)
    bench.account.deliver(letter(FURIOUS, number=1))
    assert bench.run().known == 1
    assert bench.marked() == []


def test_a_pass_goes_on_where_it_was(stand: Stand, tmp_path: Path) -> None:
    """What was planned and is not done survives, and is done; new mail is judged as ever."""
    account = stand.account(folders=("Sent", "Trash"))
    bench = Bench(account, tmp_path / "state.sqlite3", desk=desk(account.inbox))
    bench.run()
    account.deliver(letter(FURIOUS, number=1))
    assert bench.run().waits
    bench.clock.advance(days=400)
    assert expire_at(bench, 16 * DAY) == 0
    account.deliver(letter(FURIOUS, number=2, age=-400 * DAY))
    report = bench.run()
    assert report.judged == 1
    assert {each.kind for each in bench.notes.done} == {"mark", "draft"}


# --- who is to be forgotten ---------------------------------------------------------------------


def test_traces_are_counted_and_erased(store: Store, database: Database) -> None:
    """Their messages, marks and drafts, and where they stood among the recipients; nobody else's."""
    judged(store, 1)
    judged(store, 2, waits=True)
    judged(store, 3, effects=())
    judged(store, 4, sender=NIA, cc=(CLIENT, OTTO))
    judged(store, 5, sender=OTTO, to=(ME, NIA))
    found = Traces(messages=3, marks=2, drafts=2, waiting=2, copies=1)
    assert traces(database, ACCOUNT, CLIENT.email) == found
    assert forget(database, ACCOUNT, CLIENT.email) == found
    assert not traces(database, ACCOUNT, CLIENT.email)
    assert uids(store) == {4, 5}
    assert store.open_effects(ACCOUNT, "INBOX", NOW) == []
    assert traces(database, ACCOUNT, NIA.email) == Traces(messages=1, marks=1, drafts=1, copies=1)
    assert traces(database, ACCOUNT, OTTO.email) == Traces(messages=1, marks=1, drafts=1, copies=1)


def test_who_is_unknown_leaves_everything_as_it_is(store: Store, database: Database) -> None:
    judged(store, 1)
    before = rows(database)
    assert forget(database, ACCOUNT, "maria@client.examples") == Traces()
    assert forget(database, OTHER, CLIENT.email) == Traces()
    assert rows(database) == before


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Maria@Client.Example", "mARIA@client.example"),
        ("maria@bücher.example", "maria@xn--bcher-kva.example"),
        ("maria@xn--bcher-kva.example", "maria@bücher.example"),
        ("maria@xn--bcher-kva.example", "Maria@BÜCHER.example"),
        ("maría@client.example", "maría@client.example"),
        ('"odd one"@client.example', '"odd one"@client.example'),
    ],
)
def test_an_address_is_found_however_it_is_spelled(
    store: Store, database: Database, written: str, asked: str
) -> None:
    """Capitals and the two ways to write a domain make no difference, in From as in Cc."""
    judged(store, 1, sender=Address("", written))
    judged(store, 2, sender=NIA, cc=(Address("", written),))
    assert forget(database, ACCOUNT, asked) == Traces(messages=1, marks=1, drafts=1, copies=1)


def test_a_thread_goes_on_without_who_was_forgotten(store: Store, database: Database) -> None:
    """What others drafted in it is still known by their own messages, and by no id of the forgotten."""
    judged(store, 1)
    judged(store, 2, 1, sender=NIA)
    judged(store, 3)
    forget(database, ACCOUNT, CLIENT.email)
    assert drafts(store, mail(9, 2)) == {draft_of(2)}
    assert drafts(store, mail(9, 1)) == set()
    assert drafts(store, mail(9, 3)) == set()
    assert rows(database)["thread"] == 1


def test_who_had_only_the_forgotten_s_id_is_in_no_thread(store: Store, database: Database) -> None:
    """Its number is free, and the next stranger's; the two have nothing to do with each other."""
    judged(store, 1)
    nameless = message(
        identity="raw-2", message_id=None, references=("<1@client.example>",), sender=NIA
    )
    draft = AppendDraft(Draft(draft_of(2), ME, NIA, "Re: x", "text", b"raw"))
    outcome = Outcome("raw-2", None, None, (draft,))
    store.record(Location(ACCOUNT, "INBOX", 1, 2), nameless, outcome, "rules", NOW)
    forget(database, ACCOUNT, CLIENT.email)
    judged(store, 3, sender=OTTO)
    assert drafts(store, mail(9, 3)) == {draft_of(3)}


def test_who_was_in_copy_is_new_there_afterwards(store: Store, database: Database) -> None:
    """The others that were in copy are not."""
    first = judged(store, 1, sender=NIA, cc=(CLIENT, OTTO))
    again = mail(2, 1, sender=NIA, cc=(CLIENT, OTTO))
    assert store.behaviour(ACCOUNT, again, NOW).new_in_copy == 0
    forget(database, ACCOUNT, CLIENT.email)
    assert store.behaviour(ACCOUNT, again, NOW).new_in_copy == 1
    assert store.seen(ACCOUNT, "INBOX", 1, [1]) == {1}
    assert first.sender == NIA


def test_a_whole_account(store: Store, database: Database) -> None:
    """Cursors and troubles too: its next pass is a first start. The others are not touched."""
    for account in (ACCOUNT, OTHER):
        judged(store, 1, account=account)
        store.trouble(Location(account, "INBOX", 1, 2), "odd", NOW)
    found = Traces(messages=1, marks=1, drafts=1, mailboxes=1)
    assert all_traces(database, ACCOUNT) == found
    assert forget_all(database, ACCOUNT) == found
    assert accounts(database) == [OTHER]
    assert rows(database) == {"message": 1, "effect": 2, "thread": 1, "trouble": 1, "mailbox": 1}
    assert store.cursor(ACCOUNT, "INBOX") is None
    assert store.cursor(OTHER, "INBOX") is not None
    assert not all_traces(database, ACCOUNT)


def test_a_reader_keeps_the_log_from_being_emptied(path: Path, database: Database) -> None:
    """Then it is said so, rather than that all is gone; once the reader is away, it is done."""
    judged(Store(database), 1)
    database.run("PRAGMA busy_timeout = 50")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchall()
        forget(database, ACCOUNT, CLIENT.email)
        assert not database.compact()
    assert database.compact()
    assert path.with_name("state.sqlite3-wal").stat().st_size == 0


PEOPLE = (CLIENT, NIA, OTTO, Address("", "pia@fourth.example"))


@settings(QUICK, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sets(st.integers(0, 3)), st.sets(st.integers(1, 12), max_size=3),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.integers(0, 3),
)  # fmt: skip
def test_whoever_is_forgotten_is_nowhere(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[int, set[int], set[int], bool]],
    who: int,
) -> None:
    """In no row and in no byte; nothing else is lost, and nothing hangs in the air."""
    path = tmp_path_factory.mktemp("state") / "state.sqlite3"
    with contextlib.closing(Database.open(path)) as database:
        store = Store(database)
        store.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
        for number, (sender, others, references, waits) in enumerate(written, start=1):
            judged(
                store, number, *references, sender=PEOPLE[sender], waits=waits,
                cc=tuple(PEOPLE[each] for each in sorted(others)),
            )  # fmt: skip
        kept = {n for n, each in enumerate(written, start=1) if each[0] != who}
        others_of = {
            number: sorted(
                hashed(ACCOUNT, PEOPLE[each].key) for each in written[number - 1][1] - {who}
            )
            for number in kept
        }
        forget(database, ACCOUNT, PEOPLE[who].email)
        assert database.compact()
        assert uids(store) == kept
        for number, people in database.rows("SELECT uid, people FROM message"):
            me = hashed(ACCOUNT, ME.key)
            assert sorted(set(json.loads(people or "[]")) - {me}) == others_of[number]
        assert not database.rows(
            "SELECT 1 FROM message WHERE thread NOT IN (SELECT thread FROM thread)"
        )
        assert not database.rows(
            "SELECT 1 FROM thread WHERE thread NOT IN (SELECT thread FROM message WHERE thread IS NOT NULL)"
        )
        assert not database.rows("PRAGMA foreign_key_check")
    left = everywhere(path.parent)
    assert hashed(ACCOUNT, PEOPLE[who].key).encode() not in left
    gone = {n for n, each in enumerate(written, start=1) if each[0] == who}
    assert [n for n in gone if draft_of(n).encode() in left or f'mid-{n}"'.encode() in left] == []


# --- and their mail, if it is judged again ------------------------------------------------------


def forgotten(bench: Bench) -> None:
    with contextlib.closing(Database.open(bench.state)) as database:
        assert forget(database, ROBIN, "cleo@client.example").messages == 1
        database.compact()


AGAIN = ("a scan of older mail", "a renumbering", "a second delivery")


def judged_again(bench: Bench, how: str) -> None:
    """All ways in which a message that is there can become a new one to us."""
    if how == "a renumbering":
        bench.account.renumber()
    if how == "a second delivery":
        bench.account.deliver(letter(FURIOUS, number=1))
    bench.run(all_again(bench) if how == "a scan of older mail" else None)
    assert bench.notes.verdicts, "it was not judged again"


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("place", ["Drafts", "Sent", "Trash"])
def test_a_forgotten_message_s_draft_is_found_again(
    stand: Stand, tmp_path: Path, how: str, place: str
) -> None:
    """Without any mark of ours: the draft has the same id as before."""
    bench = a_bench(stand, tmp_path, mark="none")
    if place != "Drafts":
        put_into(bench.account, place)
    forgotten(bench)
    judged_again(bench, how)
    total = sum(len(bench.account.contents(each)) for each in ("Drafts", "Sent", "Trash"))
    assert total == 1


@pytest.mark.parametrize("how", AGAIN[:2])
def test_our_mark_on_a_forgotten_message_is_enough(stand: Stand, tmp_path: Path, how: str) -> None:
    """The draft is gone for good; the keyword says that it was dealt with."""
    bench = a_bench(stand, tmp_path)
    throw_away(bench.account)
    forgotten(bench)
    judged_again(bench, how)
    assert bench.drafts() == []


def test_without_mark_and_draft_nothing_is_left_to_tell(stand: Stand, tmp_path: Path) -> None:
    """The limit that docs/privacy.md names: the user asked for both, and a person reads the draft."""
    bench = a_bench(stand, tmp_path, mark="none")
    throw_away(bench.account)
    forgotten(bench)
    assert bench.run().judged == 0
    assert bench.drafts() == []
    judged_again(bench, "a scan of older mail")
    assert len(bench.drafts()) == 1


def test_what_waited_is_not_laid_any_more(stand: Stand, tmp_path: Path) -> None:
    """Mail of somebody who was forgotten before their draft could be laid."""
    account = stand.account(folders=("Sent", "Trash"))
    bench = Bench(account, tmp_path / "state.sqlite3", desk=desk(account.inbox))
    bench.run()
    account.deliver(letter(FURIOUS, number=1))
    assert bench.run().waits
    forgotten(bench)
    assert not bench.run(Request(retry=True)).waits
    assert bench.notes.done == []
