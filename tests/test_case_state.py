"""What the state keeps of a case: under one name, through corrections, merged threads, forgetting and time."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.model import Clock, Doing, Note
from assistant.service.report import Request
from assistant.service.standing import Standing
from assistant.store import (
    CaseBook,
    Database,
    Store,
    Thread,
    all_traces,
    forget,
    forget_all,
    traces,
)
from assistant.store import accounts as known_accounts
from assistant.store.casetraces import OPEN_STAYS
from assistant.store.hashes import hashed
from tests.letters import CALM, FURIOUS, Letter, letter
from tests.test_following import DESK, MONDAY, Office

ME = DESK.account
CLEO, NIA = "cleo@client.example", "nia@client.example"
DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@contextlib.contextmanager
def opened(office: Office) -> Iterator[tuple[Store, CaseBook]]:
    store, book = office.open()
    yield store, book
    store.close()


@contextlib.contextmanager
def database(office: Office) -> Iterator[Database]:
    with contextlib.closing(Database.open(office.bench.state)) as found:
        yield found


def told(office: Office) -> dict[str, int]:
    """Rows of what belongs to cases."""
    with database(office) as state:
        return {
            table: state.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
            for table in ("note", "rung", "followup")
        }


def everything(state: Database) -> list[str]:
    """Every row of every table."""
    tables = [row[0] for row in state.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [repr(row) for each in tables for row in state.rows(f"SELECT * FROM {each}")]  # noqa: S608


def unmark(office: Office, uid: int) -> None:
    """The user takes the mark off: not upset."""
    flags = office.mailbox.folders["INBOX"].messages[uid].flags
    flags.difference_update({each for each in flags if each.startswith("tone-")})


def arrives(office: Office, body: str, number: int, *references: int, **fields: str) -> None:
    """A letter that names several others, as a program does that merges threads."""
    named = " ".join(f"<m{each}@client.example>" for each in references)
    raw = letter(body, number=number, headers=(("References", named),), **fields).raw  # type: ignore[arg-type]
    office.account.deliver(Letter(raw, office.clock()))


def only(office: Office) -> Standing:
    (case,) = office.cases()
    return case


# --- its name -----------------------------------------------------------------------------------


def two_unhappy(office: Office) -> Thread:
    """A thread of two unhappy messages, of which each names another beginning (In-Reply-To alone)."""
    office.comes(number=2, answers=1, subject="Re: The website")
    office.follow()
    office.clock.advance(minutes=5)
    office.comes(number=3, answers=2, subject="Re: The website")
    office.follow()
    office.follow()
    return only(office).thread


def test_a_correction_of_the_first_message_changes_no_name(office: Office) -> None:
    """The case goes on with the second: under its name, with its notes."""
    before = two_unhappy(office)
    unmark(office, 1)
    office.follow()
    after = only(office)
    assert after.progress.opened == MONDAY + timedelta(minutes=5)
    assert after.thread == before


def test_the_oldest_message_names_it_whoever_wrote_it(office: Office) -> None:
    """And however calm it was: what is judged of a thread later, or not at all, is not seen by its marks."""
    office.comes(CALM, number=1)
    office.clock.advance(minutes=5)
    office.comes(number=2, answers=1, subject="Re: The website")
    office.clock.advance(minutes=5)
    office.comes(number=3, answers=2, subject="Re: The website")
    office.follow()
    before = only(office).thread.name
    for each in office.bench.state.parent.glob("state.sqlite3*"):
        each.unlink()
    office.mailbox.folders["INBOX"].messages.pop(2)
    office.bench.run(Request(since=MONDAY.date()))
    office.follow()
    assert only(office).thread.name == before


def test_a_name_that_was_told_stays_with_its_notes_and_clocks(office: Office) -> None:
    """Though an older beginning turns up: a note was filed, a clock has rung, a draft was laid under it."""
    office.comes(number=2, answers=1, subject="Re: The website")
    office.clock.advance(hours=3)
    assert [each.clock for each in office.follow().reminders] == ["answer"]
    office.tell(Note(office.clock(), Doing.CALLED, "said this"))
    with opened(office) as (_, book):
        (case,) = book.cases(ME)
        assert book.follow_ups.plan(ME, case, "summary", "<s@studio.example>", office.clock())
    raw = letter(CALM, number=1, headers=(("In-Reply-To", "<m0@client.example>"),)).raw
    office.account.deliver(Letter(raw, MONDAY - DAY))
    office.follow()
    after = only(office)
    assert after.thread.name == case.name
    assert [each.text for each in after.notes] == ["said this"]
    assert office.follow().reminders == []


def test_two_cases_that_turn_out_to_be_one(office: Office) -> None:
    """The older name, the notes of both; what has rung in either does not ring again."""
    office.comes(number=1, subject="One")
    office.follow()
    office.tell(Note(office.clock(), Doing.NOTED, "of the first"))
    office.clock.advance(hours=1)
    office.comes(number=2, subject="Two")
    office.clock.advance(hours=3)
    assert sorted(each.clock for each in office.follow().reminders) == ["answer", "answer"]
    first, second = (each.thread for each in office.cases())
    with opened(office) as (_, book):
        book.tell(ME, second, [Note(office.clock(), Doing.NOTED, "of the second")])
        book.follow_ups.plan(ME, second, "update", "<u@studio.example>", office.clock())
    arrives(office, CALM, 3, 1, 2)
    again = office.follow().reminders
    case = only(office)
    assert case.thread.name == first.name
    assert [each.text for each in case.notes] == ["of the first", "of the second"]
    assert again == []
    with opened(office) as (_, book):
        assert {name for name, _ in book.told(ME)} == {first.name}
        for hours in (4, 5):
            due = MONDAY + timedelta(hours=hours)
            assert book.has_rung(ME, case.thread, Clock("answer", due, due))
    with database(office) as state:
        assert state.rows("SELECT DISTINCT thread FROM followup") == [(case.thread.number,)]


def test_what_was_saved_under_an_older_name_is_taken_in_once(office: Office) -> None:
    """`export` before two threads became one, `import` after it."""
    office.comes(number=1, subject="One")
    office.clock.advance(hours=1)
    office.comes(number=2, subject="Two")
    office.follow()
    with opened(office) as (_, book):
        for each in book.cases(ME):
            book.tell(ME, each, [Note(office.clock(), Doing.NOTED, each.name)])
        saved = book.told(ME)
    arrives(office, CALM, 3, 1, 2)
    office.follow()
    with opened(office) as (_, book):
        assert book.restore(ME, saved) == 0
        late = Note(office.clock() + DAY, Doing.NOTED, "told elsewhere")
        assert book.restore(ME, [(saved[1][0], late)]) == 1
    assert [each.text for each in only(office).notes][-1] == "told elsewhere"


def test_two_cases_of_one_name_are_each_reminded_of_once(office: Office) -> None:
    """Whoever began the thread was forgotten, and answers their own first letter: another thread, of the same name."""
    office.comes(CALM, number=1)
    office.follow()
    office.comes(number=2, answers=1, sender=f"Nia <{NIA}>", subject="Re: The website")
    office.follow()
    with database(office) as state:
        forget(state, ME, CLEO)
    office.comes(number=3, answers=1, subject="Re: The website, again")
    office.follow()
    one, other = office.cases()
    assert one.thread.name == other.thread.name
    office.clock.advance(hours=3)
    assert len(office.follow().reminders) == 2
    assert office.follow().reminders == []


def test_a_number_is_given_once(office: Office) -> None:
    """A thread to which no reference leads any more keeps its number, its case and its notes, whoever is forgotten."""
    same = {"message_id": "no id", "subject": "New message", "sender": "Wim <wim@gmail.com>"}
    office.comes(number=1, **same)
    office.follow()
    office.tell(Note(office.clock(), Doing.CALLED, "important"))
    before = only(office)
    office.clock.advance(hours=1)
    office.comes(CALM, number=2, **same)
    office.comes(CALM, number=3, sender="Zoe <zoe@other.example>", subject="Hello")
    office.follow()
    with database(office) as state:
        forget(state, ME, "zoe@other.example")
    office.comes(CALM, number=4, sender="Zoe <zoe@other.example>", subject="Hello again")
    office.follow()
    after = only(office)
    assert (after.thread, after.notes) == (before.thread, before.notes)
    assert len(after.places) == 1


# --- who is to be forgotten ---------------------------------------------------------------------


def followed(office: Office) -> None:
    """Cleo's case, with all that one can have: a note, a clock that has rung, a draft that waits."""
    office.comes()
    office.comes(CALM, number=9, sender="Sam <sam@other.example>", subject="Other")
    office.clock.advance(hours=3)
    office.follow()
    office.tell(Note(office.clock(), Doing.CALLED, "said this"))
    with opened(office) as (_, book):
        (case,) = book.cases(ME)
        book.follow_ups.plan(ME, case, "summary", "<s@studio.example>", office.clock())


def test_nothing_of_their_case_is_left(office: Office) -> None:
    """And all of it was counted before."""
    followed(office)
    with database(office) as state:
        assert (found := traces(state, ME, CLEO)).notes == 1
        assert (found.drafts, found.waiting) == (2, 1)
        assert traces(state, ME, "sam@other.example").notes == 0
        assert forget(state, ME, CLEO) == found
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}


def test_a_colleague_s_case_is_not_forgotten_with_them(office: Office) -> None:
    """Two write in a thread: the one who is unhappy keeps the case; the other's is gone with them."""
    followed(office)
    office.comes(CALM, number=4, answers=1, sender=f"Nia <{NIA}>", subject="Re: The website")
    office.follow()
    kept = told(office)
    with database(office) as state:
        assert traces(state, ME, NIA).notes == 0
        forget(state, ME, NIA)
    assert told(office) == kept
    office.comes(CALM, number=5, answers=1, sender=f"Nia <{NIA}>", subject="Re: The website")
    office.follow()
    with database(office) as state:
        assert forget(state, ME, CLEO).notes == 1
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}


def test_nor_is_their_hash_where_others_were_written_to(office: Office) -> None:
    """Whose mail is at Gmail is a client of their own: the hash of the client is theirs."""
    office.comes(CALM, number=1, sender="Gina <gina+shop@gmail.com>")
    office.follow()
    office.sends(to="Gina <gina+shop@gmail.com>, Hal <hal@gmail.com>")
    office.follow()
    with database(office) as state:
        theirs = {hashed(ME, each) for each in ("gina@gmail.com", "gina+shop@gmail.com")}
        assert any(each in line for line in everything(state) for each in theirs)
        assert forget(state, ME, "gina+shop@gmail.com").sent == 1
        left = [line for line in everything(state) if any(each in line for each in theirs)]
        assert left == []
        assert traces(state, ME, "hal@gmail.com").sent == 1


def test_what_was_told_before_a_correction_goes_too(office: Office) -> None:
    """Imported for a case that is none any more, since the user took the mark off."""
    office.comes()
    office.follow()
    name = only(office).thread.name
    office.comes(number=9, sender="Sam <sam@other.example>", subject="Other")
    office.follow()
    unmark(office, 1)
    office.follow()
    office.follow()
    assert only(office).thread.name != name
    with opened(office) as (_, book):
        book.restore(ME, [(name, Note(MONDAY, Doing.CALLED, "x"))])
    with database(office) as state:
        assert forget(state, ME, CLEO).notes == 1
    assert told(office)["note"] == 0


def test_a_whole_account_with_its_cases(office: Office) -> None:
    """What was told and sent is counted, and erased; also where nothing else is left."""
    followed(office)
    office.sends()
    office.follow()
    with database(office) as state:
        found = all_traces(state, ME)
        assert (found.notes, found.sent, found.waiting) == (1, 1, 1)
        assert forget_all(state, ME) == found
        assert not all_traces(state, ME)
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}
    with opened(office) as (_, book):
        book.restore(ME, [("c-zzzzzz", Note(MONDAY, Doing.CALLED, "x"))])
    with database(office) as state:
        assert known_accounts(state) == [ME]
        assert forget_all(state, ME).notes == 1


def test_notes_that_were_imported_first_go_with_their_case(office: Office) -> None:
    """They were there before its mail was looked at, and know no thread."""
    office.comes()
    office.follow()
    name = only(office).thread.name
    for each in office.bench.state.parent.glob("state.sqlite3*"):
        each.unlink()
    with opened(office) as (_, book):
        book.restore(ME, [(name, Note(MONDAY, Doing.CALLED, "x"))])
    office.bench.run(Request(since=MONDAY.date()))
    assert len(only(office).notes) == 1
    with database(office) as state:
        assert traces(state, ME, CLEO).notes == 1
        assert forget(state, ME, CLEO).notes == 1
    assert told(office)["note"] == 0


# --- what is too old ----------------------------------------------------------------------------


def expire(office: Office, age: timedelta, *, still_open: bool = True) -> tuple[int, list[int]]:
    """Erase what is older, cases that are open left out; how many, and of which threads it was asked."""
    asked: list[int] = []

    def open_ones(_account: str, threads: Collection[int]) -> Collection[int]:
        asked.extend(threads)
        return threads if still_open else ()

    with opened(office) as (store, _):
        return store.expire(ME, office.clock() - age, open_ones), asked


def laid(office: Office) -> None:
    """The draft that waited lies in Drafts."""
    with opened(office) as (_, book):
        for due in book.follow_ups.due(ME, office.clock()):
            book.follow_ups.settle(due.planned, "done", "")


def test_an_open_case_stays_a_while_longer(office: Office) -> None:
    """With its answers, its clocks and its notes; other mail of the same day does not."""
    followed(office)
    laid(office)
    office.sends()
    office.follow()
    before, kept = only(office), told(office)
    office.clock.advance(days=31)
    assert expire(office, 30 * DAY) == (1, [before.thread.number])
    assert [each.entry for each in only(office).places] == [each.entry for each in before.places]
    assert told(office) == kept
    assert expire(office, 30 * DAY)[0] == 0
    office.clock.advance(days=OPEN_STAYS.days + 1)
    assert expire(office, 30 * DAY) == (2, [])
    assert office.cases() == []
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}


def test_a_case_that_is_over_goes_like_all_else(office: Office) -> None:
    """At once, drafts and notes with it."""
    followed(office)
    laid(office)
    office.clock.advance(days=31)
    assert expire(office, 30 * DAY, still_open=False)[0] == 2
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}


def test_a_draft_that_waits_keeps_its_message(office: Office) -> None:
    """Until it is settled: it may be in Drafts already, which only a look can tell."""
    followed(office)
    office.clock.advance(days=31)
    assert expire(office, 30 * DAY, still_open=False)[0] == 1
    assert told(office)["followup"] == 1
    laid(office)
    assert expire(office, 30 * DAY, still_open=False)[0] == 1
    assert told(office) == {"note": 0, "rung": 0, "followup": 0}


def test_of_an_open_case_too_nothing_stays_longer_than_that(office: Office) -> None:
    """A client who writes for a year: what was answered in the beginning goes, as their own letters do."""
    office.comes(number=1)
    office.follow()
    office.clock.advance(hours=1)
    office.sends(answers=1)
    office.follow()
    for number in (2, 3):
        office.clock.advance(days=61)
        office.comes(number=number, answers=number - 1, subject="Re: The website")
        office.follow()
    expire(office, 30 * DAY)
    assert [each.entry.inward for each in only(office).places] == [True, True]


def test_nobody_is_asked_of_what_is_no_case(office: Office) -> None:
    """Nor of what is young: it costs a pass nothing."""
    office.comes(CALM)
    office.follow()
    office.clock.advance(days=31)
    office.comes(FURIOUS, number=2)
    office.follow()
    assert expire(office, 30 * DAY) == (1, [])
