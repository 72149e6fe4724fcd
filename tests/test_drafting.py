"""The drafts that follow: one for each occasion, whatever is repeated, cut or lost."""

from __future__ import annotations

import email
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.errors import ConnectionLost, RefusedByServer
from assistant.model import Doing, Note
from assistant.service.drafting import Drafting
from assistant.service.report import Report, Request
from assistant.store import Thread
from tests.letters import CALM, Letter, letter
from tests.test_following import DESK, RULES, Office
from tests.workbench import READER


class Desk(Office):
    """An office whose drafts are laid, too."""

    def look(self, drafting: bool = True) -> Report:
        report = self.bench.run()
        store, book = self.open()
        try:
            drafts = Drafting(
                self.mailbox, store, store.follow_ups, RULES, READER, DESK, self.clock
            )
            self.following(store, book, drafts if drafting else None).run(report)
        finally:
            store.close()
        return report

    def kinds(self) -> str:
        """The signs of the drafts in Drafts, oldest first: h, s, u, c, p."""
        return "".join(
            str(email.message_from_bytes(each.raw)["Message-ID"])[1]
            for each in self.account.contents("Drafts")
        )


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    office = Desk(tmp_path)
    office.comes()
    office.look()
    office.clock.advance(hours=1)
    office.sends()
    office.look()
    assert office.kinds() == "h"
    return office


def call(office: Desk) -> None:
    office.tell(
        Note(office.clock(), Doing.CALLED),
        Note(office.clock(), Doing.AGREED, "Mend the form", "me", number=1),
    )


def test_a_summary_after_the_call_and_a_check_in_after_the_last_action(office: Desk) -> None:
    """Each once, threaded, to the client, in Drafts."""
    call(office)
    assert office.look().drafted == 1
    assert office.kinds() == "hs"
    summary = email.message_from_bytes(office.account.contents("Drafts")[1].raw)
    assert summary["To"] == "Cleo Client <cleo@client.example>"
    assert summary["In-Reply-To"] == "<m100@client.example>"
    assert "Mend the form" in str(summary.get_payload(decode=True))
    for _ in range(3):
        assert office.look().drafted == 0
    office.clock.advance(hours=5)
    office.tell(Note(office.clock(), Doing.DID, number=1))
    office.look()
    assert office.kinds() == "hsc"
    office.clock.advance(hours=1)
    office.look()
    assert office.kinds() == "hsc"


def two_threads(office: Desk) -> Thread:
    """Two cases: something was told of the first, then a call of the second; the first."""
    office.comes(number=2, subject="Another thing")
    office.look()
    first, second = (each.thread for each in office.cases())
    store, book = office.open()
    book.tell(DESK.account, first, [Note(office.clock(), Doing.NOTED, "of the first")])
    office.clock.advance(minutes=1)
    call = [Note(office.clock(), Doing.CALLED), Note(office.clock(), Doing.NOTED, "We agreed.")]
    book.tell(DESK.account, second, call)
    store.close()
    return first


def become_one(office: Desk) -> None:
    """A letter that names both threads."""
    together = (("References", "<m1@client.example> <m2@client.example>"),)
    raw = letter(CALM, number=3, subject="Re: Both", headers=together).raw
    office.account.deliver(Letter(raw, office.clock()))


def test_a_case_that_has_another_name_since_gets_no_second_summary(office: Desk) -> None:
    """Two threads turn out to be one, and it goes on under the name that was used first."""
    first = two_threads(office)
    assert office.look().drafted == 1
    assert office.kinds() == "hs"
    become_one(office)
    office.look()
    (case,) = office.cases()
    assert (case.thread.name, len(case.notes)) == (first.name, 3)
    assert office.look().drafted == 0
    assert office.kinds() == "hs"


def test_a_draft_that_waits_is_laid_under_another_name_too(office: Desk) -> None:
    """It was planned for one of two threads that are one now."""
    two_threads(office)
    office.mailbox.room = 0
    office.look()
    assert office.kinds() == "h"
    become_one(office)
    office.mailbox.room = 10**9
    office.clock.advance(hours=1)
    for _ in range(3):
        office.look()
        office.clock.advance(hours=1)
    assert office.kinds() == "hs"


def test_an_update_when_nothing_was_said_for_too_long(office: Desk) -> None:
    """With the clock; once for each silence."""
    call(office)
    office.look()
    office.clock.advance(days=3, hours=6)
    office.look()
    office.clock.advance(hours=2)
    office.look()
    assert office.kinds() == "hsu"


def test_of_a_silence_that_began_before_it_was_at_work_the_user_is_only_reminded(
    office: Desk,
) -> None:
    """After a lost state nobody knows of a call: what is told of it, and said since, counts again."""
    for each in office.bench.state.parent.glob("state.sqlite3*"):
        each.unlink()
    office.clock.advance(days=1)
    office.bench.run(Request(since=office.clock().date() - timedelta(days=3)))
    office.clock.advance(days=2, hours=6)
    report = office.look()
    assert ([each.clock for each in report.reminders][-1], office.kinds()) == ("update", "h")
    call(office)
    office.look()
    office.clock.advance(days=5)
    office.look()
    assert office.kinds() == "hsu"


def test_what_was_thrown_away_is_not_made_again(office: Desk) -> None:
    """Nor what was sent, nor after the state was lost and the notes taken in again."""
    call(office)
    office.look()
    drafts = office.mailbox.folders["Drafts"]
    (uid,) = (uid for uid, each in drafts.messages.items() if b"<s." in each.raw)
    office.mailbox.folders["Trash"].add(drafts.messages.pop(uid).raw, office.clock())
    office.look()
    assert office.kinds() == "h"
    store, book = office.open()
    told = book.told(DESK.account)
    store.close()
    for each in office.bench.state.parent.glob("state.sqlite3*"):
        each.unlink()
    office.bench.run(Request(since=office.clock().date() - timedelta(days=3)))
    store, book = office.open()
    book.restore(DESK.account, told)
    store.close()
    office.look()
    assert office.kinds() == "h"


def test_a_call_of_which_nothing_was_noted_gets_no_summary(office: Desk) -> None:
    """There is nothing to put in writing."""
    office.tell(Note(office.clock(), Doing.CALLED))
    office.look()
    assert office.kinds() == "h"


def test_an_account_that_drafts_nothing_gets_none(office: Desk) -> None:
    """Following without drafting tells and reminds all the same."""
    call(office)
    assert office.look(drafting=False).drafted == 0
    assert office.kinds() == "h"


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_that_breaks_at_the_append_lays_none_twice(
    office: Desk, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the server had it or not: found, or laid once it is certain that it isn't there."""
    call(office)
    append = office.mailbox.append_draft

    def breaks(raw: bytes) -> None:
        if after:
            append(raw)
        raise ConnectionLost("cut")

    monkeypatch.setattr(office.mailbox, "append_draft", breaks)
    with pytest.raises(ConnectionLost):
        office.look()
    monkeypatch.setattr(office.mailbox, "append_draft", append)
    for _ in range(4):
        office.clock.advance(minutes=20)
        office.look()
    assert office.kinds() == "hs"


def test_a_server_that_refuses_is_asked_again_later(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over quota: it waits, is told of, and is laid when there is room."""
    call(office)

    def refuses(raw: bytes) -> None:
        raise RefusedByServer("no room", "OVERQUOTA")

    append = office.mailbox.append_draft
    monkeypatch.setattr(office.mailbox, "append_draft", refuses)
    report = office.look()
    assert report.waits
    assert office.kinds() == "h"
    monkeypatch.setattr(office.mailbox, "append_draft", append)
    office.clock.advance(minutes=40)
    office.look()
    assert office.kinds() == "hs"
