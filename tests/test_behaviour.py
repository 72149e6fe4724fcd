"""What the thread proves beside the words: as facts from the state, and as points."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.model import Address, Behaviour, Location, Message, Outcome, Tone, Verdict
from assistant.rulebook import load
from assistant.store import Cursor, Database, Store
from assistant.tone.behaviour import hits, warmth
from tests.builders import ME, NOW, message

ACCOUNT = ME.email


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(Database.open(tmp_path / "state.sqlite3"))
    found.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
    yield found
    found.close()


def letter(number: int, answers: int | None = None, days: int = 0, **fields: Any) -> Message:
    """The client's n-th message, an answer to another one of theirs, some days later."""
    about = () if answers is None else (f"<{answers}@client.example>",)
    usual: dict[str, Any] = {
        "identity": f"mid-{number}",
        "message_id": f"<{number}@client.example>",
        "in_reply_to": about,
        "references": about,
        "date": NOW + timedelta(days=days),
    }
    return message(**{"own_words": "Hi Hugo,\n\nsee below.", **usual, **fields})


def keep(store: Store, given: Message, tone: Tone | None = None) -> None:
    number = int(given.identity.removeprefix("mid-"))
    verdict = Verdict(0, 100, (), tone, ())
    store.record(
        Location(ACCOUNT, "INBOX", 1, number), given, Outcome(given.identity, None, verdict, ()),
        "rules", NOW + timedelta(days=30),
    )  # fmt: skip


def facts(store: Store, given: Message) -> Behaviour:
    return store.behaviour(ACCOUNT, given, NOW + timedelta(days=30))


def test_of_a_first_message_nothing_is_known(store: Store) -> None:
    """No thread, no facts."""
    assert facts(store, letter(1)) == Behaviour()


def test_messages_in_a_row_are_counted_and_their_days(store: Store) -> None:
    """A client who answers their own message got none from us in between."""
    keep(store, letter(1))
    keep(store, letter(2, answers=1, days=3))
    found = facts(store, letter(3, answers=2, days=9))
    assert (found.unanswered, found.days_waited) == (3, 9)


def test_an_answer_to_ours_is_no_second_in_a_row(store: Store) -> None:
    """What it answers is none of the client's own."""
    keep(store, letter(1))
    answer = letter(2, days=5, in_reply_to=("<ours@studio.example>",),
                    references=("<1@client.example>", "<ours@studio.example>"))  # fmt: skip
    found = facts(store, answer)
    assert (found.unanswered, found.days_waited) == (0, 0)


def test_another_clients_message_is_not_theirs(store: Store) -> None:
    """Somebody else in the thread may answer the client without having waited."""
    keep(store, letter(1))
    other = letter(2, answers=1, days=5, sender=Address("Ben", "ben@client.example"))
    assert facts(store, other) == Behaviour()


def test_people_brought_in_are_counted(store: Store) -> None:
    """Those in To and Cc who weren't there in the client's last message."""
    boss, lawyer = Address("", "boss@client.example"), Address("", "law@firm.example")
    keep(store, letter(1, cc=(boss,)))
    assert facts(store, letter(2, answers=1, cc=(boss, lawyer))).new_in_copy == 1
    assert facts(store, letter(2, answers=1, cc=())).new_in_copy == 0


def test_a_colder_greeting_and_earlier_heat_are_seen(store: Store) -> None:
    """From "Hi Hugo" to none at all is two steps; the last message's tone is remembered."""
    keep(store, letter(1), Tone("frustrated", 3, "tone-frustrated"))
    found = facts(store, letter(2, answers=1, own_words="Where is it?"))
    assert (found.colder, found.heat_before) == (2, 3)
    assert facts(store, letter(2, answers=1, own_words="Hello Hugo, where is it?")).colder == 0


def test_a_date_from_the_future_makes_nobody_wait(store: Store) -> None:
    """The Date is the sender's claim: it counts up to now and no further."""
    keep(store, letter(1, days=20))
    assert facts(store, letter(2, answers=1, days=4_000)).days_waited == 10
    assert facts(store, letter(2, answers=1, date=None)).days_waited == 10


def test_a_message_without_a_sender_has_no_facts(store: Store) -> None:
    """Nobody can't have waited."""
    keep(store, letter(1))
    assert facts(store, letter(2, answers=1, sender=None)) == Behaviour()


def test_the_state_holds_no_address(store: Store, tmp_path: Path) -> None:
    """People are kept as hashes."""
    keep(store, letter(1, cc=(Address("", "boss@client.example"),)))
    assert all(b"client.example" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi Hugo,\n", 2),
        ("Dear Hugo,", 2),
        ("Hugo,\n\nyes.", 2),
        ("Liebe Frau Steen", 2),
        ("Dear Mr Steen,", 1),
        ("Sehr geehrter Herr Steen", 1),
        ("To whom it may concern", 1),
        ("Where is it?", 0),
        ("", 0),
    ],
)
def test_how_warm_a_greeting_is(text: str, expected: int) -> None:
    """First name, formal, none."""
    assert warmth(text) == expected


def test_of_rules_about_one_fact_the_one_that_asks_for_most_counts() -> None:
    """Three in a row are not also two in a row; the number is told."""
    found = hits(Behaviour(unanswered=4, new_in_copy=2), load().behaviours)
    assert {hit.rule: hit.where for hit in found} == {
        "thread.third-in-a-row": "thread",
        "thread.people-brought-in": "thread",
    }
    assert " 4 messages in a row" in next(
        hit.describe for hit in found if hit.rule == "thread.third-in-a-row"
    )
    assert hits(Behaviour(), load().behaviours) == ()


def test_facts_alone_flag_nobody() -> None:
    """They tip a scale: all of them together stay below what a message needs."""
    most = Behaviour(9, 99, 9, 2, 5)
    book = load()
    assert sum(hit.points for hit in hits(most, book.behaviours)) < 120
