"""What the user promised by a day and has not spoken of since: in every thread, told by `today`."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.service.following import Following
from assistant.store import Database, Promised
from assistant.store.migrations import MIGRATIONS
from tests.letters import CALM, Letter
from tests.program import Home, days_ago, fresh
from tests.servers import DovecotStand, ImapAccount, PymapStand
from tests.test_following import DESK, MONDAY, Office, allowed_for
from tests.workbench import Memory

WEEK = ("--since", days_ago(7))
OWED = "I'll send you the quote by Friday. You will have the plan on 19 March."
FIRST, LAST = date(2026, 2, 16), date(2026, 3, 9)
DAYS = (date(2026, 3, 6), date(2026, 3, 19))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def promised(office: Office, first: date = FIRST, last: date = LAST) -> list[Promised]:
    store, book = office.open()
    found = book.promised(DESK.account, first, last)
    store.close()
    return found


# --- what is kept -------------------------------------------------------------------------------


def test_the_days_are_kept_and_no_word(office: Office) -> None:
    """In a thread that is no case; of the letter itself nothing but where it lies."""
    office.comes(CALM)
    office.sends(OWED)
    office.follow()
    (found,) = promised(office)
    assert found.days == DAYS
    assert (found.place.location.mailbox, found.place.location.uid) == ("Sent", 1)
    assert found.place.entry.at == MONDAY
    content = b"".join(p.read_bytes() for p in office.bench.state.parent.glob("state.sqlite3*"))
    assert b"quote" not in content
    assert b"2026-03-06 2026-03-19" in content


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (FIRST, date(2026, 3, 5), 0),
        (FIRST, date(2026, 3, 6), 1),
        (date(2026, 3, 6), LAST, 1),
        (date(2026, 3, 7), date(2026, 3, 18), 0),
        (date(2026, 3, 19), date(2026, 4, 1), 1),
    ],
)
def test_by_the_days_that_are_asked_for(office: Office, first: date, last: date, told: int) -> None:
    """Any of those that the letter names."""
    office.sends(OWED, answers=0)
    office.follow()
    assert len(promised(office, first, last)) == told


def test_whoever_writes_again_has_spoken_of_it(office: Office) -> None:
    """The user, to that client, in that thread; a client's thanks changes nothing."""
    office.comes(CALM)
    office.sends(OWED)
    office.clock.advance(hours=1)
    office.comes(CALM, number=2, answers=100, subject="Re: The website")
    office.follow()
    assert len(promised(office)) == 1
    office.sends("See below.", number=101, answers=100, to="Boss <boss@elsewhere.example>")
    office.sends("Other matters.", number=102, answers=0, subject="Something else")
    office.follow()
    assert len(promised(office)) == 1
    office.clock.advance(hours=1)
    office.sends("Here is the quote.", number=103, answers=100)
    office.follow()
    assert promised(office) == []


def test_of_two_promises_the_last_is_told(office: Office) -> None:
    """It says what is to be expected now."""
    office.sends(OWED, answers=0)
    office.clock.advance(hours=1)
    office.sends("I will send it on Wednesday.", number=101, answers=0, subject="Re: The website")
    office.follow()
    (found,) = promised(office)
    assert found.days == (date(2026, 3, 4),)


@pytest.mark.parametrize(
    ("body", "to"),
    [
        ("Shall I send you the quote by Friday?", "Cleo <cleo@client.example>"),
        (OWED, "Kim <kim@studio.example>"),  # a colleague
        (OWED, "Robin Hale <robin@studio.example>"),
        ("> I'll send you the quote by Friday.\n\nThanks for that.", "Cleo <cleo@client.example>"),
    ],
)
def test_what_is_no_promise_to_a_client(office: Office, body: str, to: str) -> None:
    office.sends(body, answers=0, to=to)
    office.follow()
    assert promised(office) == []


def test_it_goes_with_the_letter(office: Office) -> None:
    """By age, and with whom it was made to."""
    office.sends(OWED, answers=0)
    office.follow()
    store, _ = office.open()
    store.expire(DESK.account, office.clock() + timedelta(days=2))
    store.close()
    assert promised(office) == []


def test_the_day_is_that_of_the_users_zone(office: Office) -> None:
    """And of the server's clock: a Date may claim anything."""
    office.clock.now = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    office.sends("I'll ring you tomorrow.", answers=0)
    office.follow()
    assert [each.days for each in promised(office)] == [(date(2026, 3, 3),)]


def test_a_state_of_the_version_before_is_migrated(tmp_path: Path) -> None:
    """Of what was sent before nothing is known to be promised."""
    path = tmp_path / "state.sqlite3"
    before = next(n for n, each in enumerate(MIGRATIONS) if "COLUMN promised" in each)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(f"{''.join(MIGRATIONS[:before])} PRAGMA user_version = {before};")
        old.execute(
            "INSERT INTO sent (account, identity, mailbox, uidvalidity, uid, written, thread, kind, words, people)"
            " VALUES (?, 'i', 'Sent', 1, 7, ?, 1, '', 9, '[]')",
            (DESK.account, MONDAY.isoformat()),
        )
    with contextlib.closing(Database.open(path)) as migrated:
        assert migrated.rows("SELECT uid, promised FROM sent") == [(7, None)]


# --- `today` ------------------------------------------------------------------------------------


def sends(
    account: ImapAccount,
    body: str,
    *,
    number: int = 100,
    hours: float = 20,
    to: str = "Nia <nia@other.example>",
    subject: str = "The quote",
    answers: int = 0,
) -> None:
    headers = (("In-Reply-To", f"<m{answers}@client.example>"),) if answers else ()
    raw = fresh(
        body, number=number, hours=hours, sender="Robin Hale <robin@studio.example>", to=to,
        subject=subject, headers=headers,
    )  # fmt: skip
    account.deliver(raw, "Sent")


def told(home: Home) -> list[tuple[str | None, str, str]]:
    assert home.run("scan", *WEEK).code == 0
    found = home.run("today", "--json").json
    return [(each["case"], each["client"], each["quote"]) for each in found["promises"]]


@pytest.fixture
def account(pymap: PymapStand) -> ImapAccount:
    return pymap.account()


@pytest.fixture
def studio(home: Home, account: ImapAccount) -> Home:
    home.use(account)
    return home


def _told_on_one_page(home: Home, account: ImapAccount) -> None:
    sends(account, "Hello Nia,\n\nI'll send you the quote tomorrow. All is well here.\n\nRobin\n")
    assert home.run("scan", *WEEK).code == 0
    done = home.run("today")
    assert (done.code, done.err) == (0, "")
    shown = " ".join(done.out.split())
    assert "You promised: raise it before they do" in shown
    assert "Nia: you wrote" in shown
    assert "“I'll send you the quote tomorrow.”" in shown
    (promise,) = home.run("today", "--json").json["promises"]
    written = (datetime.now(UTC) - timedelta(hours=20)).date()
    assert promise == {
        "case": None,
        "client": "other.example",
        "quote": "I'll send you the quote tomorrow.",
        "due": (written + timedelta(days=1)).isoformat(),
        "written": written.isoformat(),
        "subject": "The quote",
    }


def test_it_is_told_with_words_day_and_client(studio: Home, account: ImapAccount) -> None:
    """Heard again from the mailbox; nowhere kept."""
    _told_on_one_page(studio, account)


def test_it_is_told_on_dovecot(home: Home, dovecot: DovecotStand) -> None:
    """The same on the server that most people have."""
    with contextlib.closing(dovecot.account()) as account:
        home.use(account)
        _told_on_one_page(home, account)


def test_what_is_no_longer_owed_is_not_told(studio: Home, account: ImapAccount) -> None:
    """Two weeks after its day; or spoken of since."""
    sends(account, "I'll send you the quote tomorrow.", hours=24 * 16)
    sends(account, "I'll call you tomorrow.", number=101, hours=30, subject="Other")
    assert [quote for _, _, quote in told(studio)] == ["I'll call you tomorrow."]
    sends(account, "It was good to talk.", number=102, hours=1, subject="Re: Other", answers=101)
    assert told(studio) == []


def test_a_letter_that_was_moved_is_found(studio: Home, account: ImapAccount) -> None:
    """And of one that is gone nothing is said."""
    sends(account, "I'll send you the quote tomorrow.")
    assert studio.run("scan", *WEEK).code == 0
    (letter,) = account.contents("Sent")
    account.deliver(Letter(letter.raw, datetime.now(UTC) - timedelta(hours=20)), "Trash")
    account.remove("Sent", letter.uid)
    assert len(studio.run("today", "--json").json["promises"]) == 1
    account.remove("Trash", account.contents("Trash")[0].uid)
    assert studio.run("today", "--json").json["promises"] == []


def test_in_a_case_it_is_told_once(studio: Home, account: ImapAccount) -> None:
    """With the case while it is open; what the user has called settled is settled, and what they write then isn't."""
    account.deliver(fresh(number=1, hours=40))
    cleo = "Cleo Client <cleo@client.example>"
    sends(account, "I'll call you tomorrow.", to=cleo, answers=1)
    ((case, _, _),) = told(studio)
    assert case is not None
    assert studio.run("resolve", case).code == 0
    assert told(studio) == []
    sends(account, "I'll send the bill tomorrow.", number=101, hours=0, to=cleo, answers=100)
    assert [each[::2] for each in told(studio)] == [(None, "I'll send the bill tomorrow.")]


def test_the_most_pressing_are_fetched_and_the_rest_counted(
    studio: Home, account: ImapAccount
) -> None:
    """Those nearest to today."""
    for number in range(9):
        sends(
            account, f"I'll send you part {number} tomorrow.", number=200 + number, hours=24 * 5,
            subject=f"Part {number}", to=f"Nia <nia@firm{number}.example>",
        )  # fmt: skip
    for number in range(9, 13):
        sends(
            account, f"I'll send you part {number} tomorrow.", number=200 + number,
            subject=f"Part {number}", to=f"Nia <nia@firm{number}.example>",
        )  # fmt: skip
    assert studio.run("scan", *WEEK).code == 0
    found = studio.run("today", "--json").json
    assert len(found["promises"]) == 10
    nearest = {each["quote"] for each in found["promises"][:4]}
    assert nearest == {f"I'll send you part {number} tomorrow." for number in range(9, 13)}
    assert found["more_promises"] == 3
    assert "and 10 more" in studio.run("today").out


def test_a_broken_language_costs_nothing_else(office: Office) -> None:
    """A letter in a language that nobody reads for promises is an answer like any other."""

    class Foreign(Memory):
        def read(self, raw: bytes, language: str):  # type: ignore[no-untyped-def]
            reading = super().read(raw, language)
            return replace(reading, message=replace(reading.message, language="fi"))

    office.comes()
    office.sends(OWED)
    report = office.bench.run()
    store, book = office.open()
    following = Following(
        sent=office.mailbox.sent, state=store, book=book, reader=Foreign(), desk=DESK,
        allowed_for=allowed_for, clock=office.clock,
    )  # fmt: skip
    following.run(report)
    store.close()
    assert promised(office) == []
    assert office.stage.value == "answered"
