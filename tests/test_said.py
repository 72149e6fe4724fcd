"""What the state keeps of corrections: what was said, since when, until it is erased; and what it says of rules."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.model import Hit, Location, Mark, Outcome, Skip, Tone, Verdict
from assistant.store import (
    Cursor,
    Database,
    Heard,
    RuleHits,
    Said,
    Store,
    all_traces,
    confirmed,
    correct,
    find,
    forget,
    forget_all,
    rule_hits,
    tally,
    traces,
    verdicts,
)
from assistant.store.corrections import MARKED
from assistant.store.migrations import MIGRATIONS
from tests.builders import message
from tests.letters import NOW
from tests.test_erase import ACCOUNT, CLIENT, OTHER, everywhere, mail

ANGRY = Tone("angry", 4, "tone-angry")
DAY = timedelta(days=1)
MARK = frozenset({"tone-angry"})
NOTHING = frozenset[str]()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    found = Database.open(path)
    for account in (ACCOUNT, OTHER):
        Store(found).start(account, "INBOX", Cursor(1, 0, NOW, rescan=False))
    yield found
    found.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


def at(number: int, account: str = ACCOUNT) -> Location:
    return Location(account, "INBOX", 1, number)


def judged(
    store: Store, number: int, tone: Tone | None = ANGRY, *, rules: tuple[str, ...] = ("rude",),
    age: timedelta = timedelta(0), account: str = ACCOUNT, skip: Skip | None = None, marked: bool = True,
) -> None:  # fmt: skip
    """A message at UID `number`; a flagged one is marked."""
    hits = tuple(Hit(rule, 60, "", "body", (0, 1), "angry", (), "") for rule in rules)
    verdict = None if skip else Verdict(60 * len(hits), 100, hits, tone, ())
    effects = (Mark(tone.keyword),) if tone else ()
    outcome = Outcome(f"mid-{number}", skip, verdict, effects)
    store.record(at(number, account), mail(number), outcome, "rules", NOW - age, NOTHING)
    if marked:
        for each in store.open_effects(account, "INBOX", NOW):
            store.settle(each, "done", "", MARK)


def said(database: Database, account: str = ACCOUNT) -> dict[str, tuple[str | None, str]]:
    return {key: (each.tone, each.kind) for key, each in verdicts(database, account).items()}


def number_of(database: Database, number: int) -> int:
    (found,) = find(database, [ACCOUNT], identity=f"mid-{number}")
    return found.number


# --- what is said -------------------------------------------------------------------------------


def test_what_is_said_is_kept_with_what_we_said(store: Store, database: Database) -> None:
    judged(store, 1)
    judged(store, 2, None)
    judged(store, 3, None, skip=Skip("bulk", "a newsletter", judged=False))
    assert store.hear(at(1), NOTHING, None, NOW) is Heard.NOTED
    assert store.hear(at(2), MARK, "angry", NOW) is Heard.NOTED
    assert correct(database, number_of(database, 3), "concerned", NOW + DAY) is Heard.NOTED
    assert verdicts(database, ACCOUNT) == {
        "mid-1": Said("mid-1", "angry", True, None, NOW, "mail"),
        "mid-2": Said("mid-2", None, True, "angry", NOW, "mail"),
        "mid-3": Said("mid-3", None, False, "concerned", NOW + DAY, "terminal"),
    }
    assert verdicts(database, OTHER) == {}
    counted = tally(database, ACCOUNT, "INBOX")
    assert counted is not None
    assert set(counted.corrected) == {("not upset", 1), ("missed", 2)}


def test_the_last_word_counts_and_agreeing_is_no_correction(
    store: Store, database: Database
) -> None:
    judged(store, 1)
    assert store.hear(at(1), MARK, "angry", NOW) is Heard.NOTHING_NEW
    assert store.hear(at(1), NOTHING, None, NOW) is Heard.NOTED
    assert store.hear(at(1), NOTHING, None, NOW + DAY) is Heard.NOTHING_NEW
    assert correct(database, number_of(database, 1), "concerned", NOW) is Heard.NOTED
    assert said(database) == {"mid-1": ("concerned", "other tone")}
    assert correct(database, number_of(database, 1), "angry", NOW) is Heard.TAKEN_BACK
    assert correct(database, number_of(database, 1), "angry", NOW) is Heard.NOTHING_NEW
    assert said(database) == {}
    assert store.hear(at(9), NOTHING, None, NOW) is Heard.NOTHING_NEW  # nobody's place


def test_what_was_seen_belongs_to_its_place(store: Store) -> None:
    """A message that is found elsewhere is looked at anew."""
    judged(store, 1)
    (before,) = store.watched(ACCOUNT, "INBOX", 1)
    assert (before.seen, before.ours, before.corrected) == (MARK, MARK, False)
    store.relocate(at(7), "mid-1")
    (after,) = store.watched(ACCOUNT, "INBOX", 1)
    assert (after.uid, after.seen) == (7, None)
    store.looked(ACCOUNT, "INBOX", 1, {7: MARK, 8: MARK})
    assert [each.seen for each in store.watched(ACCOUNT, "INBOX", 1)] == [MARK]
    assert store.watched(ACCOUNT, "INBOX", 2) == store.watched(OTHER, "INBOX", 1) == []


def test_only_what_is_done_is_our_mark(store: Store) -> None:
    judged(store, 1, marked=False)
    (found,) = store.watched(ACCOUNT, "INBOX", 1)
    assert (found.ours, found.seen) == (NOTHING, NOTHING)
    (effect,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    store.settle(effect, "dropped", "no keywords")
    assert store.watched(ACCOUNT, "INBOX", 1) == [found]


def test_other_keywords_make_all_looks_new(store: Store) -> None:
    """And a new UIDVALIDITY makes the server prove anew that it keeps them."""
    judged(store, 1)
    store.look_anew(ACCOUNT, "INBOX", MARK)
    assert [each.seen for each in store.watched(ACCOUNT, "INBOX", 1)] == [None]
    store.keeps(ACCOUNT, "INBOX")
    assert store.looks(ACCOUNT, "INBOX").keeps
    assert store.looks(ACCOUNT, "INBOX").keywords == MARK
    assert not store.looks(OTHER, "INBOX").keeps
    store.start(ACCOUNT, "INBOX", Cursor(2, 0, NOW, rescan=False))
    assert not store.looks(ACCOUNT, "INBOX").keeps


@pytest.mark.parametrize("tone", [None, "concerned"])
def test_what_is_not_wanted_any_more_is_known_to_be(
    store: Store, database: Database, tone: str | None
) -> None:
    """Corrected to fine: neither mark nor draft; to another tone: not our mark, but the draft."""
    judged(store, 1, marked=False)
    database.run(
        "INSERT INTO effect (message, kind, value, state, planned_at) VALUES (1, 'draft', 'x', 'planned', '')"
    )
    correct(database, 1, tone, NOW)
    found = {each.kind: bool(each.withdrawn) for each in store.open_effects(ACCOUNT, "INBOX", NOW)}
    assert found == {"mark": True, "draft": tone is None}


def test_a_message_is_found_by_identity_or_by_its_id(store: Store, database: Database) -> None:
    judged(store, 1)
    judged(store, 1, account=OTHER)
    (found,) = find(database, [ACCOUNT], message_id="<1@client.example>")
    assert (found.account, found.ours, found.judged, found.judged_at) == (
        ACCOUNT, "angry", True, NOW,
    )  # fmt: skip
    assert len(find(database, [ACCOUNT, OTHER], message_id="<1@client.example>")) == 2
    assert len(find(database, [ACCOUNT, OTHER], identity="mid-1")) == 2
    assert find(database, [ACCOUNT], message_id="<2@client.example>") == []
    assert find(database, [], identity="mid-1") == []


# --- until it is erased -------------------------------------------------------------------------


def test_a_correction_goes_with_its_message(path: Path, store: Store, database: Database) -> None:
    """By age, with its writer, or with the whole account; from every byte of the file."""
    for number, age in ((1, 400 * DAY), (2, DAY), (3, DAY)):
        judged(store, number, age=age)
        store.hear(at(number), NOTHING, None, NOW)
    judged(store, 4, account=OTHER)
    store.hear(at(4, OTHER), NOTHING, None, NOW)
    assert store.expire(ACCOUNT, NOW - 365 * DAY) == 1
    assert set(said(database)) == {"mid-2", "mid-3"}
    assert traces(database, ACCOUNT, CLIENT.email).corrections == 2
    assert forget(database, ACCOUNT, CLIENT.email).corrections == 2
    assert (said(database), set(said(database, OTHER))) == ({}, {"mid-4"})
    assert all_traces(database, OTHER).corrections == 1
    assert forget_all(database, OTHER).corrections == 1
    assert database.rows("SELECT * FROM correction") == []
    assert not database.rows("PRAGMA foreign_key_check")
    database.compact()
    assert b"mid-" not in everywhere(path.parent)


def test_a_state_of_the_version_before_is_migrated(tmp_path: Path) -> None:
    """Its messages have never been looked at: the first look concludes nothing."""
    path = tmp_path / "state.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript("".join(MIGRATIONS[:4]) + "PRAGMA user_version = 4;")
        old.execute(
            "INSERT INTO mailbox (account, name, uidvalidity, last_uid, started) VALUES (?, 'INBOX', 1, 7, ?)",
            (ACCOUNT, NOW.isoformat()),
        )
        old.execute(
            "INSERT INTO message (account, identity, mailbox, uidvalidity, uid, judged_at, rules, hits, tone)"
            " VALUES (?, 'i', 'INBOX', 1, 7, ?, '', '[]', 'angry')",
            (ACCOUNT, NOW.isoformat()),
        )
    with contextlib.closing(Database.open(path)) as migrated:
        store = Store(migrated)
        (found,) = store.watched(ACCOUNT, "INBOX", 1)
        assert (found.uid, found.tone, found.seen) == (7, "angry", None)
        assert store.looks(ACCOUNT, "INBOX").keywords == NOTHING


# --- what it says of rules ----------------------------------------------------------------------


def test_rules_are_counted_by_message(store: Store, database: Database) -> None:
    """Twice in one message counts once; what was not judged counts not at all."""
    judged(store, 1, rules=("rude", "rude", "late"), age=3 * DAY)  # the mark stood
    judged(store, 2, rules=("rude",), age=2 * DAY)  # not upset
    judged(store, 3, None, rules=("late",), age=2 * DAY)  # missed
    judged(store, 4, None, rules=("kind",), age=2 * DAY)
    judged(store, 5, rules=("rude",), age=timedelta(hours=1))  # too soon to say
    judged(store, 6, None, skip=Skip("bulk", "", judged=False))
    store.hear(at(2), NOTHING, None, NOW)
    store.hear(at(3), MARK, "angry", NOW)
    total, found = rule_hits(database, [ACCOUNT], NOW)
    assert total == 5
    assert found == {
        "rude": RuleHits("rude", 3, 0, 1, 1, 0, 0, NOW - timedelta(hours=1)),
        "late": RuleHits("late", 1, 1, 1, 0, 0, 1, NOW - 2 * DAY),
        "kind": RuleHits("kind", 0, 1, 0, 0, 0, 0, NOW - 2 * DAY),
    }
    assert rule_hits(database, [OTHER], NOW) == (0, {})
    judged(store, 1, account=OTHER)
    assert rule_hits(database, [ACCOUNT, OTHER], NOW)[1]["rude"].flagged == 4


def test_silence_is_a_yes_only_where_our_mark_still_stands(
    store: Store, database: Database
) -> None:
    """Not for a star, a folder or no mark at all, where the user could not have taken anything off."""
    judged(store, 1, age=2 * DAY)
    judged(store, 2, age=2 * DAY)
    judged(store, 3, age=2 * DAY, marked=False)
    (effect,) = store.open_effects(ACCOUNT, "INBOX", NOW)
    store.settle(effect, "done", "", NOTHING)  # a star, say
    store.looked(ACCOUNT, "INBOX", 1, {2: NOTHING})
    assert confirmed(database, ACCOUNT, NOW - DAY) == {"mid-1": "angry"}
    assert confirmed(database, ACCOUNT, NOW - 3 * DAY) == {}
    correct(database, number_of(database, 1), "concerned", NOW)
    assert confirmed(database, ACCOUNT, NOW - DAY) == {}


def test_an_id_that_several_messages_share_names_none(store: Store, database: Database) -> None:
    for number in (1, 2):
        shared = message(identity=f"mid-{number}", message_id="<same@client.example>")
        store.record(at(number), shared, Outcome(shared.identity, None, None, ()), "rules", NOW)
    assert len(find(database, [ACCOUNT], message_id="<same@client.example>")) == 2


def test_marked_messages_are_found_without_looking_through_all() -> None:
    """However many there are: a pass with nothing new asks for them each time."""
    with contextlib.closing(Database.scratch(None)) as database:
        plan = database.rows(
            f"EXPLAIN QUERY PLAN SELECT uid FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? {MARKED}"  # noqa: S608
            " ORDER BY uid DESC LIMIT 300",
            (ACCOUNT, "INBOX", 1),
        )
    (step,) = [row[-1] for row in plan]
    assert "INDEX message_marked (" in step
