"""One pass after another, on every kind of server: nothing twice, nothing lost, nothing of the user's touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import (
    ConnectionLost,
    ReaderUnavailable,
    RefusedByServer,
    UnreadableMail,
)
from assistant.model import Fetched, Reading
from assistant.service.judging import TRIES, TRIES_WITHHELD
from assistant.service.ports import Mailbox
from assistant.service.scan import Request
from assistant.store import Database, Store, Work
from tests.fakes import FakeMailbox
from tests.letters import CALM, FURIOUS, NOW, Letter, letter
from tests.servers import Account, FakeAccount, FakeStand, ImapAccount, Stand
from tests.workbench import LONG_AGO, ME, READER, Bench, OneByOne, desk


class Cut:
    """A mailbox whose connection breaks at the n-th call of a method: before the server hears of it, or after."""

    def __init__(
        self, mailbox: Mailbox, method: str, number: int = 1, *, after: bool = False
    ) -> None:
        self._mailbox = mailbox
        self._method = method
        self._left = number
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._left -= name == self._method
            if self._left or name != self._method:
                return getattr(self._mailbox, name)(*arguments)
            if self._after:
                getattr(self._mailbox, name)(*arguments)
            raise ConnectionLost(f"cut at {name}")

        return call


@pytest.fixture
def bench(stand: Stand, tmp_path: Path) -> Bench:
    """An empty mailbox, looked at once: whatever comes now is new."""
    return started(stand.account(), tmp_path)


def started(account: Account, folder: Path, **fields: Any) -> Bench:
    found = Bench(account, folder / "state.sqlite3", desk=desk(account.inbox, **fields))
    assert found.run().first_start
    return found


def answer(number: int, *to: int, body: str = FURIOUS, **fields: Any) -> Letter:
    """A message in the thread of others."""
    ids = " ".join(f"<m{each}@client.example>" for each in to)
    headers = (("In-Reply-To", f"<m{to[-1]}@client.example>"), ("References", ids))
    return letter(body, number=number, subject="Re: The website", headers=headers, **fields)


def reasons(bench: Bench) -> list[str]:
    """Why the messages of the last pass got no draft; empty for those that did."""
    return [each.outcome.skip.reason if each.outcome.skip else "" for each in bench.notes.verdicts]


def move_draft(account: Account, folder: str) -> None:
    """The user sends or throws away the one draft there is."""
    (draft,) = account.contents("Drafts")
    account.remove("Drafts", draft.uid)
    if folder:
        account.deliver(Letter(draft.raw), folder)


def change_flag(account: Account, uid: int, flag: str, *, on: bool) -> None:
    """The user sets or takes off a flag by hand."""
    if isinstance(account, FakeAccount):
        flags = account.mailbox.folders[account.inbox].messages[uid].flags
        flags.add(flag.lower()) if on else flags.discard(flag.lower())
        return
    assert isinstance(account, ImapAccount)
    with account.client() as imap:
        imap.select(account.inbox)
        kind, data = imap.uid("STORE", str(uid), "+FLAGS" if on else "-FLAGS", f"({flag})")
        assert kind == "OK", data


def make_folder(account: Account, name: str) -> None:
    if isinstance(account, FakeAccount):
        account.mailbox.folders[name] = type(account.mailbox.folders[account.inbox])()
        return
    assert isinstance(account, ImapAccount)
    with account.client() as imap:
        assert imap.create(name)[0] == "OK"


def work(bench: Bench) -> Work:
    store = Store(Database.open(bench.state))
    found = store.work(ME)
    store.close()
    return found


# --- what is looked at ------------------------------------------------------------------------


def test_a_first_start_leaves_older_mail_alone(stand: Stand, tmp_path: Path) -> None:
    """However unhappy: it is counted, and nothing is written anywhere."""
    bench = Bench(stand.account(letter(number=1), letter(number=2)), tmp_path / "s")
    before = bench.everything()
    report = bench.run()
    assert (report.first_start, report.older, report.judged) == (True, 2, 0)
    report = bench.run()
    assert (report.first_start, report.older, report.judged) == (False, 0, 0)
    assert bench.everything() == before


def test_new_mail_is_judged_marked_and_answered(bench: Bench) -> None:
    """The unhappy one is marked and gets a draft to its writer; the calm one is left as it is."""
    bench.account.deliver(letter(CALM, number=1, sender="Nia <nia@other.example>"))
    bench.account.deliver(letter(FURIOUS, number=2))
    report = bench.run()
    assert (report.judged, report.flagged, report.drafted, report.problems) == (2, 1, 1, {})
    calm, furious = bench.account.contents()
    assert calm.flags - {"\\recent"} == set()
    assert furious.flags - {"\\recent"} == {"tone-angry"}
    (draft,) = bench.account.contents("Drafts")
    assert draft.flags - {"\\recent"} == {"\\draft", "\\seen"}
    assert b"cleo@client.example" in draft.raw
    assert b"In-Reply-To: <m2@client.example>" in draft.raw


def test_a_second_pass_changes_nothing(bench: Bench) -> None:
    """Nor a third one that is asked to look at everything again."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(CALM, number=2))
    bench.run()
    before = bench.everything()
    assert bench.run().judged == 0
    assert bench.run(LONG_AGO).judged == 0
    assert bench.everything() == before


def test_older_mail_is_judged_on_request(stand: Stand, tmp_path: Path) -> None:
    """From the day that is named; asked twice, judged once; what is stale gets a mark and no draft."""
    account = stand.account(
        letter(number=1, age=timedelta(days=50), sender="A <a@client.example>"),
        letter(number=2, age=timedelta(days=20), sender="B <b@client.example>"),
        letter(number=3, age=timedelta(days=2), sender="C <c@client.example>"),
    )
    bench = started(account, tmp_path)
    request = Request(since=(NOW - timedelta(days=30)).date())
    assert bench.run(request).judged == 2
    assert reasons(bench) == ["stale", ""]
    assert bench.run(request).judged == 0
    uids = [each.uid for each in account.contents()]
    assert bench.marked() == uids[1:]
    assert len(bench.drafts()) == 1


def test_a_limit_is_taken_up_where_it_ended(bench: Bench) -> None:
    """So many a pass, oldest first, until nothing is left."""
    for number in range(5):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    seen = []
    for left in (3, 1, 0, 0):
        report = bench.run(Request(limit=2))
        assert report.left == left
        seen += [each.message.message_id for each in bench.notes.verdicts]
    assert seen == [f"<m{number}@client.example>" for number in range(5)]
    assert len(bench.drafts()) == 5


def test_a_limit_on_older_mail_goes_on_too(stand: Stand, tmp_path: Path) -> None:
    """`scan --since --limit`, repeated, reaches the end without leaving one out."""
    account = stand.account(
        *(letter(number=n, sender=f"N <n{n}@client.example>") for n in range(5))
    )
    bench = started(account, tmp_path)
    lefts = [bench.run(Request(LONG_AGO.since, limit=2)).left for _ in range(4)]
    assert lefts == [3, 1, 0, 0]
    assert len(bench.marked()) == len(bench.drafts()) == 5


def test_more_than_one_batch(tmp_path: Path) -> None:
    """600 messages are three commands' worth; none is left out, and the draft is among them."""
    account = FakeStand().account()
    bench = started(account, tmp_path)
    for number in range(600):
        account.deliver(letter(FURIOUS if number == 399 else CALM, number=number))
    report = bench.run()
    assert (report.judged, report.drafted) == (600, 1)
    assert bench.marked() == [400]
    assert bench.run().judged == 0


# --- how many drafts --------------------------------------------------------------------------


def test_one_draft_waits_in_a_thread(bench: Bench) -> None:
    """A colleague of the client joins in, in the same pass or later: marked, and no second draft."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(answer(2, 1, sender="Nia <nia@client.example>"))
    bench.run()
    assert reasons(bench) == ["", "draft-waiting"]
    bench.clock.advance(days=10)
    bench.account.deliver(
        answer(3, 1, 2, sender="Otto <otto@client.example>", age=timedelta(days=-10))
    )
    bench.run()
    assert reasons(bench) == ["draft-waiting"]
    assert len(bench.drafts()) == 1
    assert len(bench.marked()) == 3


def test_a_sender_gets_one_draft_in_so_many_days(bench: Bench) -> None:
    """A second matter within the week: marked, no draft; after it, a draft again."""
    bench.account.deliver(letter(number=1))
    bench.run()
    bench.clock.advance(days=6)
    bench.account.deliver(letter(number=2, subject="Invoice", age=timedelta(days=-6)))
    bench.run()
    assert reasons(bench) == ["sender-drafted"]
    bench.clock.advance(days=2)
    bench.account.deliver(letter(number=3, subject="Logo", age=timedelta(days=-8)))
    bench.run()
    assert reasons(bench) == [""]
    assert len(bench.drafts()) == 2
    assert len(bench.marked()) == 3


@pytest.mark.parametrize("folder", ["Sent", "Trash", ""])
def test_a_thread_whose_draft_the_user_took_may_get_another(bench: Bench, folder: str) -> None:
    """Sent, thrown away or deleted, and a week later the client complains again: a new draft."""
    bench.account.deliver(letter(number=1))
    bench.run()
    first = bench.drafts()
    move_draft(bench.account, folder)
    bench.clock.advance(days=8)
    bench.account.deliver(answer(2, 1, age=timedelta(days=-8)))
    assert bench.run().drafted == 1
    assert len(bench.drafts()) == 1
    assert bench.drafts() != first


@pytest.mark.parametrize("folder", ["Sent", "Trash", ""])
def test_a_draft_that_the_user_took_is_never_made_again(bench: Bench, folder: str) -> None:
    """Its message is done with, also when older mail is asked for."""
    bench.account.deliver(letter(number=1))
    bench.run()
    move_draft(bench.account, folder)
    before = bench.everything()
    for request in (None, LONG_AGO):
        bench.clock.advance(days=1)
        assert bench.run(request).drafted == 0
    assert bench.everything() == before


@pytest.mark.parametrize("folder", ["Sent", "Trash", "", None])
def test_a_lost_state_makes_no_draft_again(bench: Bench, folder: str | None) -> None:
    """Whatever became of the draft, even deleted for good: our mark says that there was one."""
    bench.account.deliver(letter(number=1))
    bench.run(LONG_AGO)
    if folder is not None:
        move_draft(bench.account, folder)
    before = bench.everything()
    bench.state.unlink()
    bench.run(LONG_AGO)
    assert bench.everything() == before


def test_a_mark_that_the_user_took_off_stays_off(bench: Bench) -> None:
    """A correction: never put back."""
    bench.account.deliver(letter(number=1))
    bench.run()
    (uid,) = bench.marked()
    change_flag(bench.account, uid, "tone-angry", on=False)
    for request in (None, LONG_AGO):
        bench.run(request)
    assert bench.marked() == []


def test_what_was_answered_meanwhile_needs_no_draft(bench: Bench) -> None:
    """Judged, cut off before the draft; the user answers; the next pass sees that and lays none."""
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "drafts_status"))
    (uid,) = bench.marked()
    change_flag(bench.account, uid, "\\Answered", on=True)
    report = bench.run()
    assert (report.drafted, bench.drafts()) == (0, [])
    assert [each.note for each in bench.notes.done] == ["you have answered it already"]


# --- cuts and stops ---------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "method", ["open", "uids_from", "fetch", "add_keyword", "flags", "drafts_status", "find_draft"]
)
def test_after_a_cut_the_next_pass_takes_up_the_rest(
    bench: Bench, method: str, after: bool
) -> None:
    """Wherever the connection breaks: in the end two marks and two drafts, as without it."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), method, after=after))
    bench.clock.advance(seconds=121)
    assert bench.run().problems == {}
    assert len(bench.marked()) == len(bench.drafts()) == 2
    assert work(bench) == Work(0, 0, ())


@pytest.mark.parametrize("after", [False, True])
def test_after_a_cut_in_an_append_the_draft_is_there_once(bench: Bench, after: bool) -> None:
    """Within the minute nothing is tried; then it is found, or laid."""
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "append_draft", after=after))
    assert len(bench.drafts()) == after
    report = bench.run()
    assert any("waiting" in each for each in report.problems)
    assert len(bench.drafts()) == after
    bench.clock.advance(seconds=121)
    assert bench.run().problems == {}
    assert len(bench.drafts()) == 1


def test_a_draft_lost_from_sight_is_not_made_again(bench: Bench) -> None:
    """Cut after the APPEND, and the user deletes the draft before the next pass: unknown, and said so."""
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "append_draft", after=True))
    move_draft(bench.account, "")
    bench.clock.advance(seconds=121)
    report = bench.run()
    assert any("can't be told" in each for each in report.problems)
    assert bench.run().problems == {}
    assert bench.drafts() == []
    assert work(bench).unknown == 1


def test_a_message_that_goes_between_two_passes_gets_nothing(bench: Bench) -> None:
    """Judged, cut off, deleted by the user: its effects are dropped, and nothing is laid."""
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "add_keyword"))
    (message,) = bench.account.contents()
    bench.account.remove(bench.account.inbox, message.uid)
    report = bench.run()
    assert report.problems == {"the message is gone": 1}
    assert [each.state for each in bench.notes.done] == ["dropped", "dropped"]
    assert bench.drafts() == []
    assert work(bench) == Work(0, 0, ())


def test_a_message_that_goes_within_a_pass_gets_nothing(bench: Bench) -> None:
    """Moved away between the FETCH and the mark: the draft that is ready is not laid."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    first = bench.account.contents()[0].uid
    mailbox = bench.account.connect()

    class Moving:
        def __getattr__(self, name: str) -> Any:
            return getattr(mailbox, name)

        def flags(self, uid: int) -> frozenset[str] | None:
            if uid == first and bench.account.contents()[0].uid == first:
                bench.account.remove(bench.account.inbox, first)
                mailbox.open()
            return mailbox.flags(uid)

    report = bench.run(mailbox=Moving())  # type: ignore[arg-type]
    assert (report.drafted, report.problems) == (1, {"the message is gone": 1})
    (draft,) = bench.drafts()
    assert b"nia@other.example" in draft


@pytest.mark.parametrize("messages", range(5))
def test_stopping_in_the_middle_loses_nothing(bench: Bench, messages: int) -> None:
    """Asked to stop after any message: what was not judged is judged next time, in order."""
    for number in range(4):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    asked = iter([False] * messages)
    bench.run(stopping=lambda: next(asked, True))
    judged = len(bench.notes.verdicts)
    assert judged == min(messages, 4)
    bench.run()
    assert len(bench.notes.verdicts) == 4 - judged
    assert len(bench.marked()) == len(bench.drafts()) == 4


# --- messages that make trouble ---------------------------------------------------------------


def test_a_message_that_can_not_be_read_is_left_alone_in_the_end(bench: Bench) -> None:
    """Tried again in the next pass, then no more, and said once; its neighbours are judged at once."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(Letter(b"\r\nno header at all\r\n"))
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    report = bench.run()
    assert (report.judged, report.problems) == (2, {})
    for number in range(2, TRIES + 3):
        report = bench.run()
        assert report.judged == 0
        assert len(report.problems) == (number == TRIES), number
        assert len(bench.notes.over) == (number <= TRIES)
    assert len(bench.drafts()) == 2
    assert len(bench.marked()) == 2


def test_a_message_that_could_be_read_at_the_second_try_is_judged(bench: Bench) -> None:
    """The worker was killed by chance: nothing is missed."""

    class Unlucky(OneByOne):
        def __init__(self) -> None:
            self.left = 1

        def read(self, raw: bytes, language: str) -> Reading:
            self.left -= 1
            if self.left == 0:
                raise UnreadableMail("the worker was killed")
            return READER.read(raw, language)

    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    assert bench.run(reader=Unlucky()).judged == 1
    report = bench.run()
    assert (report.judged, report.problems) == (1, {})
    assert len(bench.drafts()) == 2


class Withholding:
    """A mailbox that leaves a UID out of FETCH although it is there; can break after so many messages."""

    def __init__(self, mailbox: Mailbox, uid: int, break_after: int = 99) -> None:
        self._mailbox = mailbox
        self._uid = uid
        self._break_after = break_after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        for number, each in enumerate(self._mailbox.fetch([u for u in uids if u != self._uid])):
            if number == self._break_after:
                raise ConnectionLost("cut in a FETCH")
            yield each


def test_a_message_that_is_there_but_not_delivered_is_tried_again(bench: Bench) -> None:
    """Exchange does that: judged when it comes, else left alone after many tries, and said once."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    uid = bench.account.contents()[0].uid
    withheld = Withholding(bench.account.connect(), uid)
    assert bench.run(mailbox=withheld).judged == 1
    for number in range(2, TRIES_WITHHELD + 3):
        report = bench.run(mailbox=withheld)
        told = any("does not deliver" in each for each in report.problems)
        assert (told, report.waits) == (number == TRIES_WITHHELD, number < TRIES_WITHHELD), number
    assert len(bench.drafts()) == 1


def test_a_message_that_is_delivered_late_is_judged(bench: Bench) -> None:
    """Whenever it comes, within those tries."""
    bench.account.deliver(letter(number=1))
    uid = bench.account.contents()[0].uid
    withheld = Withholding(bench.account.connect(), uid)
    assert [bench.run(mailbox=withheld).judged for _ in range(9)] == [0] * 9
    assert bench.run().judged == 1
    assert len(bench.drafts()) == 1


def test_a_message_withheld_before_a_cut_is_not_lost(bench: Bench) -> None:
    """The cursor has moved past it when the connection breaks; the next pass asks for it all the same."""
    for number in range(4):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    uid = bench.account.contents()[0].uid
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Withholding(bench.account.connect(), uid, break_after=2))
    assert (len(bench.notes.verdicts), bench.notes.over) == (2, [uid])
    bench.run()
    assert len(bench.marked()) == len(bench.drafts()) == 4


def test_a_server_that_always_breaks_at_the_same_place_does_not_stop_the_rest(bench: Bench) -> None:
    """What was fetched before the break is judged; the rest is fetched one by one in the next pass."""
    for number in range(10):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    breaking = Withholding(bench.account.connect(), 0, break_after=2)
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=breaking)
    assert len(bench.notes.verdicts) == 2
    assert bench.run(mailbox=breaking).judged == 8


def test_a_uid_that_names_another_message_gets_no_draft_of_the_first(tmp_path: Path) -> None:
    """A lying server: the identity is checked before a draft is written anew."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path)
    account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(account.connect(), "drafts_status"))
    account.mailbox.folders["INBOX"].messages[1].raw = letter(number=7).raw
    bench.run()
    assert [each.note for each in bench.notes.done] == ["another message is in its place"]
    assert bench.drafts() == []


def test_a_message_unreadable_when_its_draft_is_written_anew_waits(tmp_path: Path) -> None:
    """The reader may be at fault: nothing is dropped, and it is told."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path)
    account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(account.connect(), "drafts_status"))
    account.mailbox.folders["INBOX"].messages[1].raw = b"\r\nbroken"
    raw = letter(number=1).raw
    report = bench.run()
    assert [each.state for each in bench.notes.done] == ["waiting"]
    assert report.waits
    account.mailbox.folders["INBOX"].messages[1].raw = raw
    bench.clock.advance(hours=1)
    assert bench.run().drafted == 1


class Nobody(OneByOne):
    """A reader that can't be started."""

    def read(self, raw: bytes, language: str) -> Reading:
        raise ReaderUnavailable("no worker")


def test_a_reader_that_cannot_be_started_is_no_message_s_fault(bench: Bench) -> None:
    """The pass breaks off, as often as it takes; nothing counts as tried."""
    bench.run()
    bench.account.deliver(letter(number=1))
    for _ in range(3):
        with pytest.raises(ReaderUnavailable):
            bench.run(reader=Nobody())
    assert bench.run().drafted == 1


class Division:
    """An opinion that nobody can ask for."""

    @property
    def value(self) -> float:
        raise ZeroDivisionError


class Buggy(OneByOne):
    """A reader whose answer brings out a bug further on."""

    def read(self, raw: bytes, language: str) -> Reading:
        reading = READER.read(raw, language)
        return replace(reading, polarity=Division()) if b"<m1@" in raw else reading  # type: ignore[arg-type]


def test_a_bug_that_one_message_brings_out_stops_no_other(bench: Bench) -> None:
    """It is told with the message's number, after as many tries as any unreadable one."""
    bench.run()
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=2, sender="Otto <otto@third.example>"))
    assert bench.run(reader=Buggy()).drafted == 1
    assert any("a bug (ZeroDivisionError)" in each for each in bench.run(reader=Buggy()).problems)


def test_a_mark_that_is_refused_waits_and_stops_nothing(tmp_path: Path) -> None:
    """Too many keywords, say: the draft is laid, and the next message judged."""

    class Full(FakeMailbox):
        def flags(self, uid: int) -> frozenset[str] | None:
            raise RefusedByServer("the server refused: [LIMIT] too many keywords", "LIMIT")

    mailbox = Full()
    account = FakeAccount(mailbox)
    bench = started(account, tmp_path)
    account.deliver(letter(number=1))
    report = bench.run()
    assert (report.drafted, report.waits) == (1, True)
    account.deliver(letter(number=2, sender="Otto <otto@third.example>"))
    assert bench.run().drafted == 1


def test_the_age_is_that_of_the_arrival(bench: Bench) -> None:
    """A client whose clock is years behind has just written all the same."""
    bench.run()
    old = letter(number=1, age=timedelta(days=900))
    bench.account.deliver(Letter(old.raw, NOW))
    assert bench.run().drafted == 1


def test_a_deleted_message_gets_nothing(bench: Bench) -> None:
    """The user has thrown it away; it only lies there until the folder is compacted."""
    bench.run()
    bench.account.deliver(Letter(letter(number=1).raw, NOW, ("\\Deleted",)))
    report = bench.run()
    assert (report.judged, report.flagged, bench.drafts()) == (1, 0, [])


def test_a_draft_saved_under_another_id_still_waits_for_a_while(bench: Bench) -> None:
    """A mail program that saves an edited draft anew may name it anew: no second one beside it."""
    bench.run()
    bench.account.deliver(letter(number=1))
    bench.run()
    (draft,) = bench.account.contents("Drafts")
    bench.account.remove("Drafts", draft.uid)
    bench.account.deliver(Letter(draft.raw.replace(b"<h.", b"<saved-anew."), NOW), "Drafts")
    bench.account.deliver(answer(2, 1, sender="Otto <otto@client.example>"))
    bench.run()
    assert len(bench.drafts()) == 1


def test_the_same_message_twice_is_one_message(bench: Bench) -> None:
    """Delivered to two aliases: judged once, one draft."""
    bench.account.deliver(letter(number=1))
    bench.account.deliver(letter(number=1))
    report = bench.run()
    assert (report.judged, report.known, report.drafted) == (1, 1, 1)
    assert len(bench.drafts()) == 1


# --- what the server can't do -----------------------------------------------------------------


def test_without_drafts_the_marks_are_set_and_the_drafts_wait(stand: Stand, tmp_path: Path) -> None:
    """Said once a pass, however many wait; with a Drafts folder they are laid."""
    bench = started(stand.account(folders=("Sent", "Trash")), tmp_path)
    for number in range(3):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    report = bench.run()
    assert len(bench.marked()) == 3
    assert list(report.problems.values()) == [3]
    assert "Drafts" in next(iter(report.problems))
    assert work(bench).open == 3
    make_folder(bench.account, "Drafts")
    bench.clock.advance(minutes=14)
    assert bench.run().drafted == 0
    bench.clock.advance(minutes=1)
    assert bench.run().drafted == 3
    assert len(bench.drafts()) == 3


def test_without_keywords_the_drafts_are_laid_all_the_same(stand: Stand, tmp_path: Path) -> None:
    """And the user is told about the star."""
    bench = started(stand.account(keywords=False), tmp_path, mark="keyword")
    bench.account.deliver(letter(number=1))
    report = bench.run()
    assert "flagged" in next(iter(report.problems))
    assert (report.drafted, bench.marked()) == (1, [])


@pytest.mark.parametrize("mark", ["auto", "flagged"])
def test_a_star_instead_of_a_keyword(stand: Stand, tmp_path: Path, mark: str) -> None:
    """Where no keywords are kept: by itself, or because the config says so everywhere."""
    bench = started(stand.account(keywords=False), tmp_path, mark=mark)
    bench.account.deliver(letter(number=1))
    report = bench.run()
    (message,) = bench.account.contents()
    if (
        stand.name == "dovecot"
    ):  # there, keywords are forbidden by an ACL that forbids stars as well
        assert len(report.problems) == 1
    else:
        assert (report.problems, message.flags - {"\\recent"}) == ({}, {"\\flagged"})


def test_in_a_read_only_inbox_only_the_draft_is_made(stand: Stand, tmp_path: Path) -> None:
    """The mark waits, and the user is told why."""
    account = stand.account(letter(number=1), read_only=True)
    bench = started(account, tmp_path)
    report = bench.run(LONG_AGO)
    assert report.drafted == 1
    assert any("read-only" in each for each in report.problems)
    assert (bench.marked(), work(bench).open) == ([], 1)


def test_over_quota_the_draft_waits_for_room(stand_with_quota: Stand, tmp_path: Path) -> None:
    """Marked at once; the user is told; the draft is laid when there is room, once."""
    account = stand_with_quota.account(letter(number=1, age=timedelta(hours=1)), quota=450)
    bench = started(account, tmp_path)
    report = bench.run(LONG_AGO)
    assert any("quota" in each for each in report.problems)
    assert (len(bench.marked()), bench.drafts()) == (1, [])
    assert bench.run().problems == {}
    if isinstance(account, FakeAccount):
        account.mailbox.room = 10_000
        bench.clock.advance(minutes=16)
        assert bench.run().drafted == 1
        assert len(bench.drafts()) == 1


# --- another UIDVALIDITY ----------------------------------------------------------------------


@pytest.fixture
def renumbered(stand: Stand, tmp_path: Path) -> Bench:
    """A folder that can be replaced, with older mail in it, looked at once."""
    return started(
        stand.account(
            letter(number=90, age=timedelta(days=30), sender="Old <old@client.example>"),
            Letter(
                letter(number=91, age=timedelta(days=30), sender="Odd <odd@client.example>").raw,
                NOW,
            ),
            inbox="Work",
        ),
        tmp_path,
    )


def test_after_a_renumbering_nothing_happens_twice(renumbered: Bench) -> None:
    """Known mail is found by its identity; what is older than the first start stays untouched."""
    bench = renumbered
    bench.account.deliver(letter(number=1))
    bench.run()
    marked, drafts = len(bench.marked()), bench.drafts()
    assert (marked, len(drafts)) == (1, 1)
    bench.account.renumber()
    report = bench.run()
    assert (report.known, report.flagged, report.drafted) == (1, 0, 0)
    assert any("renumbered" in each for each in report.problems)
    for _ in range(2):
        assert bench.run().problems == {}
        assert (len(bench.marked()), bench.drafts()) == (marked, drafts)


def test_after_a_renumbering_nothing_is_lost(renumbered: Bench) -> None:
    """Mail that came just before it, and mail that comes after, is judged; older mail is not."""
    bench = renumbered
    bench.account.deliver(letter(number=1))
    bench.account.renumber()
    bench.run()
    assert [each.message.message_id for each in bench.notes.verdicts if each.outcome.verdict] == [
        "<m1@client.example>"
    ]
    bench.account.deliver(letter(number=2, sender="Nia <nia@other.example>"))
    assert bench.run().judged == 1
    assert len(bench.marked()) == len(bench.drafts()) == 2


@pytest.mark.parametrize(("method", "after"), [("add_keyword", False), ("drafts_status", False), ("append_draft", False), ("append_draft", True)])  # fmt: skip
def test_what_was_planned_survives_a_renumbering(
    renumbered: Bench, method: str, after: bool
) -> None:
    """Cut off before the mark, the draft, or in the APPEND: done once, at the message's new place."""
    bench = renumbered
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), method, after=after))
    bench.account.renumber()
    bench.clock.advance(seconds=121)
    bench.run()
    assert len(bench.marked()) == len(bench.drafts()) == 1
    assert work(bench) == Work(0, 0, ())
    before = bench.drafts()
    assert bench.run().problems == {}
    assert bench.drafts() == before


def test_what_was_planned_for_a_message_that_is_gone_is_dropped(renumbered: Bench) -> None:
    """Not found again: no mark, no draft, and the user is told."""
    bench = renumbered
    bench.account.deliver(letter(number=1))
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "add_keyword"))
    bench.account.remove("Work", bench.account.contents()[-1].uid)
    bench.account.renumber()
    report = bench.run()
    assert any("not found again" in each for each in report.problems)
    assert (bench.marked(), bench.drafts()) == ([], [])
    assert work(bench) == Work(0, 0, ())


def test_a_rescan_goes_on_after_a_limit_and_a_cut(renumbered: Bench) -> None:
    """Interrupted in any way, it reaches the end, with nothing twice."""
    bench = renumbered
    for number in range(4):
        bench.account.deliver(letter(number=number, sender=f"N <n{number}@client.example>"))
    bench.run(Request(limit=2))
    bench.account.renumber()
    assert bench.run(Request(limit=2)).left > 0
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=Cut(bench.account.connect(), "fetch", after=True))
    bench.run()
    assert len(bench.marked()) == len(bench.drafts()) == 4
    assert bench.run().judged == 0


def test_renumbered_in_the_middle_of_a_pass(tmp_path: Path) -> None:
    """No mark lands on a message that only has the number of another (the real one: test_session)."""
    account = FakeStand().account(letter(CALM, number=90), letter(CALM, number=91), inbox="Work")
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path)
    account.deliver(letter(number=1))

    class Late(FakeMailbox):
        """Renumbered after the FETCH, noticed at the next SELECT as the real one does."""

        def flags(self, uid: int) -> frozenset[str] | None:
            account.renumber()
            raise ConnectionLost("Work was replaced by another mailbox meanwhile")

    late = Late(inbox="Work")
    late.folders = account.mailbox.folders
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=late)
    bench.run()
    assert [each.uid for each in bench.account.contents() if "tone-angry" in each.flags] == [9]
    assert len(bench.drafts()) == 1


def test_a_flood_stops_drafting_and_is_told(bench: Bench) -> None:
    """Mail goes on being marked; the user hears why there are no drafts."""
    for number in range(4):
        bench.account.deliver(letter(number=number, sender=f"C <c{number}@client.example>"))
    bench.desk = replace(desk("INBOX"), profile=replace(desk("INBOX").profile, hourly=2))
    report = bench.run()
    assert (report.flagged, report.drafted) == (4, 2)
    assert report.problems == {
        "2 drafts within an hour are enough (drafts_per_hour); mail is marked all the same": 2
    }
    assert all("tone-angry" in each.flags for each in bench.account.contents())


# --- what the user has done already -------------------------------------------------------------


def test_mail_that_was_answered_gets_no_draft(bench: Bench) -> None:
    """Whatever program sent the answer, and though it set no \\Answered; it is marked all the same."""
    bench.account.deliver(letter(number=1))
    answer = letter("We are on it.", number=2, headers=(("In-Reply-To", "<m1@client.example>"),))
    bench.account.deliver(answer, "Sent")
    report = bench.run()
    assert (report.flagged, report.drafted) == (1, 0)
    assert bench.account.contents("Drafts") == []
    (marked,) = bench.account.contents()
    assert "tone-angry" in marked.flags
    (seen,) = bench.notes.verdicts
    assert seen.outcome.skip is not None
    assert (seen.outcome.skip.reason, seen.outcome.skip.detail) == (
        "answered",
        "an answer to it lies in Sent",
    )
