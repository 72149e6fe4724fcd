"""What becomes of unhappy mail: by what the user sends, whatever program they send it with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant import rulebook
from assistant.errors import ConnectionLost, RefusedByServer
from assistant.model import Allowed, Doing, FolderStatus, Note, Stage
from assistant.service.drafting import Drafting
from assistant.service.following import Following
from assistant.service.report import Report, Request
from assistant.service.standing import Standing, standings
from assistant.store import CaseBook, Database, Store, forget
from tests.fakes import FakeMailbox
from tests.letters import CALM, FURIOUS, Letter, letter
from tests.servers import FakeAccount
from tests.workbench import READER, Bench, Clock, desk, triage

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALLOWED = Allowed()


def allowed_for(_party: str) -> Allowed:
    return ALLOWED


DESK = desk()
RULES = rulebook.load()


class Office:
    """A mailbox, its state, and a clock that is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = FakeMailbox()
        self.account = FakeAccount(self.mailbox)
        self.clock = Clock(MONDAY)
        self.bench = Bench(self.account, folder / "state.sqlite3", clock=self.clock)
        self.bench.run()
        self.follow()

    def comes(self, body: str = FURIOUS, number: int = 1, answers: int = 0, **fields: str) -> None:
        headers = (("In-Reply-To", f"<m{answers}@client.example>"),) if answers else ()
        raw = letter(body, number=number, headers=headers, **fields).raw  # type: ignore[arg-type]
        self.account.deliver(Letter(raw, self.clock()))

    def sends(
        self, body: str = "I will ring you.", number: int = 100, answers: int = 1, **fields: str
    ) -> None:
        headers = (("In-Reply-To", f"<m{answers}@client.example>"),) if answers else ()
        raw = letter(
            body,
            number=number,
            sender="Robin Hale <robin@studio.example>",
            to=fields.pop("to", "Cleo Client <cleo@client.example>"),
            headers=headers,
            **fields,  # type: ignore[arg-type]
        ).raw
        self.account.deliver(Letter(raw, self.clock()), "Sent")

    def follow(self) -> Report:
        """A pass, then a look at what was sent, told to the user: each a program of its own."""
        report = self.bench.run()
        store, book = self.open()
        try:
            following = self.following(store, book)
            following.run(report)
            following.reminded(report)
        finally:
            store.close()
        return report

    def following(
        self, store: Store, book: CaseBook, drafting: Drafting | None = None
    ) -> Following:
        return Following(
            sent=self.mailbox.sent,
            state=store,
            book=book,
            reader=READER,
            desk=DESK,
            drafting=drafting,
            allowed_for=allowed_for,
            clock=self.clock,
        )

    def open(self) -> tuple[Store, CaseBook]:
        database = Database.open(self.bench.state)
        tones = triage().rulebook.tones
        return Store(database), CaseBook(database, {each.id: each.heat for each in tones})

    def cases(self) -> list[Standing]:
        store, book = self.open()
        found = list(standings(book, DESK.account, self.clock(), DESK.profile.calling, allowed_for))
        store.close()
        return found

    def tell(self, *notes: Note) -> None:
        store, book = self.open()
        (case,) = book.cases(DESK.account)
        book.tell(DESK.account, case, notes)
        store.close()

    @property
    def stage(self) -> Stage:
        (case,) = self.cases()
        return case.progress.stage


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_case_from_the_first_message_to_resolved(office: Office) -> None:
    """Seen in the inbox and in Sent; only what no mailbox shows is told."""
    office.comes()
    office.follow()
    assert office.stage is Stage.WAITING
    office.clock.advance(hours=1)
    office.sends()
    office.follow()
    assert office.stage is Stage.ANSWERED
    office.clock.advance(hours=8)
    assert office.stage is Stage.CALL_DUE
    office.tell(Note(office.clock(), Doing.CALLED))
    assert office.stage is Stage.CALLED
    office.tell(Note(office.clock(), Doing.AGREED, "Mend it", "me", number=1))
    assert office.stage is Stage.AGREED
    office.clock.advance(days=2)
    office.tell(Note(office.clock(), Doing.DID, number=1))
    assert office.stage is Stage.DONE
    office.clock.advance(days=2)
    office.sends("Is all well now?", number=101)
    office.follow()
    assert office.stage is Stage.CHECKED_IN
    office.clock.advance(days=7)
    assert office.stage is Stage.RESOLVED
    office.comes(number=2, answers=100, subject="Re: The website")
    office.follow()
    (case,) = office.cases()
    assert (case.progress.stage, case.progress.reopened) == (Stage.WAITING, 1)


def test_each_clock_rings_once(office: Office) -> None:
    """A little before it is due, whoever looks and however often."""
    office.comes()
    office.follow()
    assert [office.follow().reminders for _ in range(2)] == [[], []]
    office.clock.advance(hours=3)
    (reminder,) = office.follow().reminders
    assert (reminder.clock, reminder.due) == ("answer", MONDAY + timedelta(hours=4))
    assert reminder.case == office.cases()[0].thread.name
    assert office.follow().reminders == []
    office.clock.advance(hours=5)
    assert [each.clock for each in office.follow().reminders] == ["call"]


def test_what_nobody_was_told_is_told_again(office: Office) -> None:
    """The connection breaks while a draft is laid, the program is killed before it has said anything."""
    office.comes()
    office.follow()
    office.clock.advance(hours=3)

    class Breaking(Drafting):
        def run(self, standings: Sequence[Standing], report: Report) -> None:
            raise ConnectionLost("cut")

    for _ in range(2):
        store, book = office.open()
        breaking = Breaking(office.mailbox, store, store.follow_ups, RULES, READER, DESK, office.clock)  # fmt: skip
        report = Report()
        with pytest.raises(ConnectionLost):
            office.following(store, book, breaking).run(report)
        assert [each.clock for each in report.reminders] == ["answer"]
        store.close()
    assert [each.clock for each in office.follow().reminders] == ["answer"]
    assert office.follow().reminders == []


def test_calm_mail_is_no_case(office: Office) -> None:
    """However much is written."""
    office.comes(CALM)
    office.sends()
    office.follow()
    assert office.cases() == []


def test_an_answer_without_references_is_found_by_its_subject(office: Office) -> None:
    """Some programs write none (RFC 5256); a new letter of the same subject is another matter."""
    office.comes(subject="[ext] Re: The website ")
    office.follow()
    office.clock.advance(hours=1)
    office.sends(answers=0, number=100, subject="The website")
    office.follow()
    assert office.stage is Stage.WAITING
    office.sends(answers=0, number=101, subject="AW: the  Website")
    office.follow()
    assert office.stage is Stage.ANSWERED


def test_an_answer_to_somebody_else_of_the_same_subject_is_none(office: Office) -> None:
    """Two clients write of "The website"."""
    office.comes(subject="Re: The website")
    office.sends(answers=0, subject="Re: The website", to="Sam <sam@other.example>")
    office.follow()
    assert office.stage is Stage.WAITING


def test_a_state_that_was_lost_is_put_together_from_the_mailbox(office: Office) -> None:
    """The same name, the same stage, but for what was told; and no second draft."""
    office.comes()
    office.follow()
    office.clock.advance(hours=1)
    office.sends()
    office.follow()
    before = office.cases()
    drafts = len(office.account.contents("Drafts"))
    for each in office.bench.state.parent.glob("state.sqlite3*"):
        each.unlink()
    office.bench.run(Request(since=MONDAY.date()))
    office.follow()
    (case,) = office.cases()
    assert case.thread.name == before[0].thread.name
    assert case.progress == before[0].progress
    assert len(office.account.contents("Drafts")) == drafts


def test_sent_mail_that_is_renumbered_is_not_counted_twice(office: Office) -> None:
    """A new UIDVALIDITY, a second copy: it is one answer."""
    office.comes()
    office.sends()
    office.follow()
    (before,) = office.cases()
    box = office.mailbox.folders["Sent"]
    box.uidvalidity += 1
    office.follow()
    (after,) = office.cases()
    assert after.progress == before.progress
    assert [each.entry for each in after.places] == [each.entry for each in before.places]


def test_a_sent_message_that_breaks_each_connection_is_left_out(office: Office) -> None:
    """And what lies beside it is seen."""
    office.comes()
    office.sends("Broken.", number=100, answers=0)
    office.sends(number=101)

    sent = office.mailbox.sent
    fetch = sent.fetch

    def breaks(folder: str, uids: list[int]):  # type: ignore[no-untyped-def]
        if 1 in uids:
            raise ConnectionLost("it broke")
        return fetch(folder, uids)

    sent.fetch = breaks  # type: ignore[method-assign]
    for _ in range(6):
        with pytest.raises(ConnectionLost):
            office.follow()
        assert office.stage is Stage.WAITING
    office.follow()
    assert office.stage is Stage.ANSWERED


def test_a_correction_closes_and_opens_cases(office: Office) -> None:
    """By the user's word: not upset is no case, missed is one."""
    office.comes()
    office.comes(CALM, number=2, sender="Sam <sam@other.example>", subject="Other")
    office.follow()
    office.follow()  # the marks are there again: the server keeps them
    (first,) = office.cases()
    mails = {each.uid: each for each in office.account.contents()}
    keyword = next(iter(mails[1].flags & {"tone-angry", "tone-frustrated", "tone-hostile"}))
    office.mailbox.folders["INBOX"].messages[1].flags.discard(keyword)
    office.mailbox.folders["INBOX"].messages[2].flags.add("tone-angry")
    office.follow()
    (case,) = office.cases()
    assert case.thread.name != first.thread.name
    assert case.progress.heat == 4


def rows(office: Office) -> dict[str, int]:
    database = Database.open(office.bench.state)
    found = {
        table: database.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
        for table in ("message", "sent", "note", "rung", "thread")
    }
    database.close()
    return found


def a_case(office: Office) -> None:
    office.comes()
    office.comes(CALM, number=9, sender="Sam <sam@other.example>", subject="Other")
    office.clock.advance(hours=4)
    office.sends()
    office.follow()
    office.tell(Note(office.clock(), Doing.CALLED, "said this"))
    office.clock.advance(hours=8)
    office.follow()


def test_who_is_forgotten_is_forgotten_with_their_case(office: Office) -> None:
    """What was sent to them, what was told; and nobody else's."""
    a_case(office)
    office.sends("Hello Sam.", number=102, to="Sam <sam@other.example>", answers=9)
    office.follow()
    before = rows(office)
    database = Database.open(office.bench.state)
    assert forget(database, DESK.account, "cleo@client.example").sent == 1
    database.close()
    after = rows(office)
    assert office.cases() == []
    assert (after["message"], after["sent"], after["note"]) == (1, 1, 0)
    assert 0 < after["thread"] < before["thread"]


def test_what_is_old_is_erased(office: Office) -> None:
    """Sent mail and clocks like all else; what was told, with its case."""
    a_case(office)
    store, _ = office.open()
    store.expire(DESK.account, office.clock() + timedelta(days=2))
    store.close()
    assert rows(office) == {"message": 0, "sent": 0, "note": 0, "rung": 0, "thread": 0}


def test_the_state_holds_no_word_of_a_client_s(office: Office) -> None:
    """Nor an address, a subject, a Message-ID; what the user told is the user's own."""
    a_case(office)
    content = b"".join(
        each.read_bytes() for each in office.bench.state.parent.glob("state.sqlite3*")
    )
    assert b"said this" in content
    for word in (b"cleo", b"client.example", b"website", b"furious", b"ring you", b"m100@"):
        assert word not in content.lower()


def test_old_mail_that_is_judged_late_opens_no_case(office: Office) -> None:
    """`scan --since` for ten years is no list of ten years' cases; and nobody is reminded of last month's."""
    office.comes()
    office.clock.advance(days=61)
    office.follow()
    assert office.cases() == []
    office.comes(number=2, subject="New")
    office.clock.advance(days=20)
    assert office.follow().reminders == []
    assert len(office.cases()) == 1


def test_in_one_life_it_looks_seldom_and_never_late(office: Office) -> None:
    """Sent is asked for once a minute at most; a clock rings at the first look after its time."""
    store, book = office.open()
    following = office.following(store, book)
    office.comes()
    report = office.bench.run()
    following.run(report)
    office.mailbox.calls.clear()
    for _ in range(5):
        following.run(Report(), changed=False)
    assert office.mailbox.calls == []
    rung = []
    for minute in range(4 * 60):
        office.clock.advance(minutes=1)
        report = Report()
        following.run(report, changed=False)
        following.reminded(report)
        rung += [(minute + 1, each.clock) for each in report.reminders]
    assert rung == [(180, "answer")]
    assert office.mailbox.calls.count("sent.folders") == 4 * 60
    assert "sent.uids" not in office.mailbox.calls
    store.close()


@pytest.mark.parametrize(
    "sent",
    [
        {"to": "Boss <boss@elsewhere.example>", "subject": "Fwd: The website"},
        {"headers": (("Auto-Submitted", "auto-replied"),)},
        {"sender": "Cleo Client <cleo@client.example>", "to": "Robin Hale <robin@studio.example>"},
    ],
)
def test_what_lies_in_sent_and_answers_nobody(office: Office, sent: dict[str, Any]) -> None:
    """A forward to somebody else, an out-of-office, a letter that was misfiled: the client still waits."""
    office.comes()
    headers = (("In-Reply-To", "<m1@client.example>"), *sent.pop("headers", ()))
    fields = {"sender": "Robin Hale <robin@studio.example>", "to": "cleo@client.example", **sent}
    office.account.deliver(
        Letter(letter("x", number=100, headers=headers, **fields).raw, MONDAY), "Sent"
    )
    office.follow()
    assert office.stage is Stage.WAITING


def test_an_unjudged_message_that_the_user_marks_is_a_case(office: Office) -> None:
    """A complaint in a picture, say: nothing in it was read."""
    office.comes("")
    office.follow()
    assert office.cases() == []
    office.mailbox.folders["INBOX"].messages[1].flags.add("tone-angry")
    office.follow()
    assert office.stage is Stage.WAITING


def test_new_anger_in_an_old_thread_rings(office: Office) -> None:
    """What was unhappy before the assistant's time is no part of the case."""
    office.comes()
    office.clock.advance(days=91)
    office.follow()
    office.comes(number=2, answers=1, subject="Re: The website")
    office.follow()
    (case,) = office.cases()
    assert case.progress.opened == office.clock()
    office.clock.advance(hours=5)
    assert "answer" in [each.clock for each in office.follow().reminders]


def test_a_sent_folder_that_is_refused_hides_no_other(office: Office) -> None:
    """The answer lies in the second."""
    office.comes()
    office.sends()
    folders, uids = office.mailbox.sent.folders, office.mailbox.sent.uids

    def refused(folder: str, first: int, since: date | None = None) -> list[int]:
        if folder == "Old":
            raise RefusedByServer("no")
        return uids(folder, first, since)

    office.mailbox.sent.folders = lambda: (FolderStatus("Old", 1, 9), *folders())  # type: ignore[method-assign]
    office.mailbox.sent.uids = refused  # type: ignore[method-assign]
    report = office.follow()
    assert office.stage is Stage.ANSWERED
    assert any("answers that lie there are not seen" in each for each in report.problems)


def test_sent_folders_that_are_all_refused_stop_no_clock(office: Office) -> None:
    """What is due is due all the same."""
    office.comes()
    office.follow()

    def refused() -> tuple[FolderStatus, ...]:
        raise RefusedByServer("no")

    office.mailbox.sent.folders = refused  # type: ignore[method-assign]
    office.clock.advance(hours=3)
    report = office.follow()
    assert [each.clock for each in report.reminders] == ["answer"]
    assert any("what you sent is not seen" in each for each in report.problems)


@pytest.mark.parametrize("answers", [1, 0])
@pytest.mark.parametrize(
    ("to", "headers"),
    [
        ("Sam <sam@partner.example>", (("Cc", "Cleo Client <cleo@client.example>"),)),
        ("Sam <sam@partner.example>", (("Bcc", "Cleo Client <cleo@client.example>"),)),
        ("Robin Hale <robin@studio.example>", (("Bcc", "Cleo Client <cleo@client.example>"),)),
        ("Sam <sam@partner.example>", (("Cc", "x@else.example, Boss <boss@client.example>"),)),
    ],
)
def test_the_client_need_not_be_named_first(
    office: Office, to: str, headers: tuple[tuple[str, str], ...], answers: int
) -> None:
    """A colleague before them, the client in Cc or Bcc, somebody else of their firm: they were answered."""
    office.comes()
    office.follow()
    more = (("In-Reply-To", "<m1@client.example>"),) if answers else ()
    raw = letter(
        "I will ring you.", number=100, sender="Robin Hale <robin@studio.example>", to=to,
        subject="Re: The website", headers=(*headers, *more),
    ).raw  # fmt: skip
    office.account.deliver(Letter(raw, office.clock()), "Sent")
    office.follow()
    assert office.stage is Stage.ANSWERED
    (case,) = office.cases()
    store, book = office.open()
    (tracks,) = book.tracks(DESK.account, MONDAY).values()
    store.close()
    assert sorted(each.inward for each in tracks.traces) == [False, True]
    assert len(case.places) == 2


def test_a_colleague_who_wrote_in_the_thread_is_not_the_client(office: Office) -> None:
    """The one who is unhappy is, wherever each is named."""
    office.comes()
    office.comes("Shall I ring them?", number=2, answers=1, sender="Sam <sam@partner.example>")
    office.follow()
    office.sends(to="Sam <sam@partner.example>, Cleo <cleo@client.example>")
    office.follow()
    store, book = office.open()
    traces = [each.traces for each in book.tracks(DESK.account, MONDAY).values()]
    store.close()
    assert sorted(len(each) for each in traces) == [1, 2]
    assert [each.heat > 0 for each in max(traces, key=len)] == [True, False]


def test_forgetting_somebody_in_copy_forgets_no_answer(office: Office) -> None:
    """Their hash goes, the answer to the client stays."""
    office.comes()
    office.sends(to="Cleo <cleo@client.example>, Sam <sam@other.example>")
    office.follow()
    database = Database.open(office.bench.state)
    forget(database, DESK.account, "sam@other.example")
    database.close()
    assert office.stage is Stage.ANSWERED


def test_notes_that_were_imported_before_their_mail_are_nobody_else_s(office: Office) -> None:
    """Forgetting another client leaves them."""
    office.comes(CALM, number=9, sender="Sam <sam@other.example>", subject="Other")
    office.follow()
    store, book = office.open()
    book.restore(DESK.account, [("c-zzzzzz", Note(MONDAY, Doing.CALLED, "said this"))])
    store.close()
    database = Database.open(office.bench.state)
    forget(database, DESK.account, "sam@other.example")
    database.close()
    assert rows(office)["note"] == 1


def test_a_clock_that_was_ahead_keeps_nothing_waiting(office: Office) -> None:
    """Put back, it is looked at once more as often as before."""
    store, book = office.open()
    following = office.following(store, book)
    office.clock.advance(days=300)
    following.run(Report())
    office.clock.advance(days=-300)
    office.mailbox.calls.clear()
    following.run(Report())
    assert "sent.folders" in office.mailbox.calls
    store.close()


def test_settling_it_by_email_brings_one_quiet_reminder(office: Office) -> None:
    """Once, whatever more is written."""
    office.comes()
    office.follow()
    office.clock.advance(hours=1)
    office.sends("word " * 200)
    (reminder,) = office.follow().reminders
    assert reminder.told.endswith(": a long answer was sent, and nobody has called yet")
    office.sends("word " * 300, number=101)
    assert office.follow().reminders == []
