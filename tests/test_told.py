"""What cases are told by keywords in a mail program: once, at the next look, and never written by us."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.cases.told import Put, notes_of
from assistant.errors import ConnectionLost, RefusedByServer
from assistant.model import CASE_KEYWORDS, Doing, Entry, Note, Stage
from assistant.service.standing import Standing, standings
from assistant.store import CaseBook, Database
from assistant.store.corrections import MOST_UNMARKED, look_anew
from tests.letters import CALM, FURIOUS, NOW, Letter, letter
from tests.providers.labels import LabelUser
from tests.providers.stand import ProviderStand
from tests.servers import Account, FakeAccount, FakeStand, Stand
from tests.test_corrections import Says, answer, complaint, counts, flag, move, uid
from tests.test_following import allowed_for
from tests.test_service import started
from tests.workbench import HEATS, LONG_AGO, ME, Bench, desk

SHORT = timedelta(microseconds=10)


@pytest.fixture
def bench(stand: Stand, tmp_path: Path) -> Bench:
    """Two cases: of client 5 (5, and a calm message 6 in its thread) and of client 2."""
    return with_cases(stand.account(), tmp_path)


@pytest.fixture
def fake(tmp_path: Path) -> Bench:
    """The same on the fake alone."""
    return with_cases(FakeStand().account(), tmp_path)


def with_cases(account: Account, folder: Path) -> Bench:
    bench = started(account, folder)
    for each in (complaint(5), answer(6, to=5), complaint(2)):
        account.deliver(each)
    bench.run()
    bench.run()
    return bench


def cases(bench: Bench) -> list[Standing]:
    """That of client 5, and that of client 2."""
    with contextlib.closing(Database.open(bench.state)) as database:
        book, calling = CaseBook(database, HEATS), desk().profile.calling
        return list(standings(book, ME, bench.clock(), calling, allowed_for))


def told(bench: Bench) -> list[list[Doing]]:
    """What each case was told."""
    return [[note.doing for note in each.notes] for each in cases(bench)]


def just(bench: Bench, note: Note) -> Doing:
    """What was told at the look that is just over."""
    assert timedelta(0) <= bench.clock() - note.at < SHORT
    return note.doing


def stages(bench: Bench) -> list[Stage]:
    return [each.progress.stage for each in cases(bench)]


# --- what is heard ------------------------------------------------------------------------------


def test_a_keyword_tells_its_case_at_the_next_look(bench: Bench) -> None:
    """On any message of the thread; one case and no other; in the log by the case's name."""
    flag(bench, 6, "case-called", on=True)
    before = bench.everything()
    bench.clock.advance(minutes=4)
    report = bench.run()
    first, other = cases(bench)
    assert report.told == [f"{first.thread.name}: case-called"]
    assert report.changed
    assert [just(bench, note) for note in first.notes] == [Doing.CALLED]
    assert (first.progress.stage, other.progress.stage) == (Stage.CALLED, Stage.WAITING)
    assert (counts(report), report.problems, bench.everything()) == ((0, 0), {}, before)


def test_each_keyword_says_what_it_says(bench: Bench) -> None:
    """In any case of letters, as IMAP has it."""
    steps = {"case-called": Stage.CALLED, "Case-Done": Stage.DONE, "CASE-RESOLVED": Stage.RESOLVED}
    for keyword, stage in steps.items():
        flag(bench, 2, keyword, on=True)
        bench.run()
        assert stages(bench) == [Stage.WAITING, stage]


def test_a_keyword_that_stays_is_told_once(bench: Bench) -> None:
    """However often is looked, and by whatever run; taking it off says nothing; put on again, it says it again."""
    flag(bench, 5, "case-called", on=True)
    for _ in range(3):
        bench.run()
    flag(bench, 5, "case-called", on=False)
    assert bench.run().told == []
    assert told(bench) == [[Doing.CALLED], []]
    bench.clock.advance(days=1)
    flag(bench, 5, "case-called", on=True)
    bench.run()
    bench.run()
    assert told(bench) == [[Doing.CALLED, Doing.CALLED], []]


def test_all_at_once_come_one_after_the_other(bench: Bench) -> None:
    """A call that came last would open again what is resolved."""
    for keyword in ("case-resolved", "case-done", "case-called"):
        flag(bench, 5, keyword, on=True)
    bench.run()
    assert told(bench)[0] == [Doing.CALLED, Doing.DID, Doing.RESOLVED]
    assert stages(bench) == [Stage.RESOLVED, Stage.WAITING]


def test_a_whole_conversation_that_is_marked_is_told_once(bench: Bench) -> None:
    """As Gmail's web page does it."""
    for number in (5, 6):
        flag(bench, number, "case-called", on=True)
    bench.run()
    assert told(bench) == [[Doing.CALLED], []]


def test_what_else_the_keyword_is_on_says_nothing(bench: Bench) -> None:
    """A message of no case, one of a case that is resolved: not even once a case is opened there."""
    bench.account.deliver(complaint(8, CALM))
    flag(bench, 5, "case-resolved", on=True)
    bench.run()
    for number in (8, 5):
        flag(bench, number, "case-called", on=True)
    assert bench.run().told == []
    bench.clock.advance(hours=1)
    again = letter(
        number=9, sender="C 8 <c8@client.example>", subject="Re: The website",
        headers=(("In-Reply-To", "<m8@client.example>"),),
    )  # fmt: skip
    bench.account.deliver(Letter(again.raw, bench.clock()))
    assert [bench.run().told for _ in range(2)] == [[], []]
    assert told(bench) == [[Doing.RESOLVED], [], []]


def test_beside_it_corrections_are_heard(bench: Bench) -> None:
    """Neither is taken for the other."""
    flag(bench, 5, "case-called", on=True)
    flag(bench, 2, "tone-angry", on=False)
    report = bench.run()
    assert (counts(report), len(report.told)) == ((1, 0), 1)
    flag(bench, 5, "tone-angry", on=False)
    report = bench.run()
    assert (counts(report), report.told) == ((1, 0), [])
    assert bench.run().told == []


def test_a_label_tells_it_on_gmail(
    provider: Callable[[str], ProviderStand], tmp_path: Path
) -> None:
    """As the tones' labels do; it may stand on each message of a conversation."""
    account = provider("gmail").account()
    bench = with_cases(account, tmp_path)
    assert isinstance(account.user, LabelUser)
    inbox = account.folder("")
    for change, heard in (("+", 1), ("-", 1), ("+", 2)):
        with account.user.lock:
            for number in (5, 6):
                account.user.relabel(inbox.messages[uid(bench, number)], change, ["case-called"], inbox)  # fmt: skip
        bench.run()
        bench.run()
        assert told(bench) == [[Doing.CALLED] * heard, []]
    account.close()


# --- what is known of it ------------------------------------------------------------------------


def test_a_message_that_moves_tells_nothing_twice(stand: Stand, tmp_path: Path) -> None:
    """Nor does a mailbox that is renumbered, nor other keywords for tones (look_anew)."""
    bench = with_cases(stand.account(inbox="Work"), tmp_path)
    flag(bench, 5, "case-called", on=True)
    bench.run()
    move(bench, 5, keep=("tone-angry", "case-called"))
    for _ in range(2):
        assert bench.run().told == []
    bench.account.renumber()
    for _ in range(2):
        assert bench.run().told == []
    with contextlib.closing(Database.open(bench.state)) as database:
        look_anew(database, ME, bench.account.inbox, frozenset({"tone-other"}))
    for _ in range(2):
        assert bench.run().told == []
    assert told(bench) == [[Doing.CALLED], []]


def test_a_lost_state_hears_it_from_the_keyword(bench: Bench) -> None:
    """Once, with the time of the look; and not where it was told since by other ways, as by `import`."""
    flag(bench, 5, "case-called", on=True)
    flag(bench, 2, "case-resolved", on=True)
    bench.run()
    lose(bench)
    bench.clock.advance(days=2)
    for _ in range(3):
        bench.run(LONG_AGO)
    assert told(bench) == [[Doing.CALLED], [Doing.RESOLVED]]
    assert just(bench, cases(bench)[0].notes[0]) is Doing.CALLED
    assert stages(bench) == [Stage.CALLED, Stage.RESOLVED]


def lose(bench: Bench) -> None:
    for each in bench.state.parent.glob("state.sqlite3*"):
        each.unlink()


def test_a_lost_state_does_not_take_an_old_call_for_a_new_one(bench: Bench) -> None:
    """What was told of the first anger says nothing of the second."""
    flag(bench, 5, "case-resolved", on=True)
    bench.run()
    bench.clock.advance(hours=30)
    later = answer(7, to=5, body=FURIOUS).raw.replace(b"Date: Mon, 02 Mar 2026", b"Date: Tue, 03 Mar 2026")  # fmt: skip
    bench.account.deliver(Letter(later, bench.clock()))
    bench.run()
    assert stages(bench) == [Stage.WAITING, Stage.WAITING]
    lose(bench)
    bench.clock.advance(hours=1)
    for _ in range(3):
        bench.run(LONG_AGO)
    assert told(bench) == [[Doing.RESOLVED], []]
    assert stages(bench) == [Stage.WAITING, Stage.WAITING]
    (case, _) = cases(bench)
    assert case.progress.reopened == 1


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_look_that_shows_something_else_next_says_nothing(fake: Bench) -> None:
    """A word about another message in an answer; a server that refuses, or goes: the next pass hears it."""
    there = fake.account.connect()
    five, flags = uid(fake, 5), frozenset({"tone-angry", "case-resolved"})
    stray = Says(there, flags_of={five: flags})
    assert isinstance(fake.account, FakeAccount)

    class Once(Says):
        """The first look shows a keyword, the second comes to something else."""

        def __init__(self, second: Exception | None) -> None:
            super().__init__(there)
            self._looks, self._second = 0, second

        def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
            self._looks += 1
            if self._looks == 1:
                return stray.flags_of(uids)
            if self._second is not None:
                raise self._second
            return there.flags_of(uids)

    assert fake.run(mailbox=Once(None)).told == []
    assert fake.run(mailbox=Once(RefusedByServer("NO"))).told == []
    with pytest.raises(ConnectionLost):
        fake.run(mailbox=Once(ConnectionLost("gone")))
    assert told(fake) == [[], []]
    assert stages(fake) == [Stage.WAITING, Stage.WAITING]
    flag(fake, 5, "case-resolved", on=True)
    assert len(fake.run().told) == 1
    stray = Says(there, flags_of={five: flags - {"case-resolved"}})
    assert fake.run(mailbox=Once(None)).told == []  # gone for a moment
    assert fake.run().told == []
    assert told(fake) == [[Doing.RESOLVED], []]


def test_a_read_only_inbox_or_one_that_keeps_no_keywords_says_nothing(fake: Bench) -> None:
    """They may pass away, and come back."""
    assert isinstance(fake.account, FakeAccount)
    flag(fake, 5, "case-called", on=True)
    fake.account.mailbox.read_only = True
    assert fake.run().told == []
    fake.account.mailbox.read_only, fake.account.mailbox.keywords = False, False
    assert fake.run().told == []
    fake.account.mailbox.keywords = True
    assert len(fake.run().told) == 1


# --- what it costs ------------------------------------------------------------------------------


def test_a_quiet_pass_takes_no_more_commands(fake: Bench) -> None:
    """The flags are looked at with those of corrections; a second time only where there is something new."""
    assert isinstance(fake.account, FakeAccount)
    flag(fake, 5, "case-called", on=True)
    calls = fake.account.mailbox.calls
    for looks in (2, 1, 1):
        calls.clear()
        fake.run()
        assert calls.count("flags_of") == looks


def test_a_case_that_much_mail_has_come_after_is_still_heard(fake: Bench) -> None:
    """Also its calm messages, which no newest ones and no marked ones are."""
    assert isinstance(fake.account, FakeAccount)
    box = fake.account.mailbox.folders["INBOX"]
    for number in range(100, 100 + MOST_UNMARKED):
        box.add(complaint(number, CALM).raw, NOW)
    fake.run()
    flag(fake, 6, "case-called", on=True)
    fake.run()
    assert told(fake) == [[Doing.CALLED], []]


# --- the rule -----------------------------------------------------------------------------------

DAY = timedelta(days=1)


def heard(
    *puts: Put, notes: Iterable[Note] = (), unhappy: Iterable[int] = (0,)
) -> list[tuple[Doing, timedelta]]:
    """What follows, and how long before now it is dated."""
    entries = [Entry(NOW - 10 * DAY + n * DAY, inward=True, heat=3) for n in unhappy]
    found = notes_of(puts, list(notes), entries, NOW)
    return [(note.doing, NOW - note.at) for note in found]


def test_when_a_keyword_was_put_on_unseen() -> None:
    """Before what has opened the case again; what was told since its message is known."""
    old = Put("case-called", new=False, since=NOW - 10 * DAY)
    ((doing, ago),) = heard(old, unhappy=(0, 4))
    assert (doing, 6 * DAY < ago < 6 * DAY + SHORT) == (Doing.CALLED, True)
    ((_, ago),) = heard(old)
    assert timedelta(0) <= ago < SHORT
    assert heard(old, notes=[Note(NOW - 9 * DAY, Doing.CALLED)], unhappy=(0, 4)) == []
    assert heard(old, notes=[Note(NOW - 11 * DAY, Doing.CALLED)]) != []
    assert heard(old, notes=[Note(NOW - 9 * DAY, Doing.NOTED, "x")]) != []
    of_one = Note(NOW - 9 * DAY, Doing.DID, number=1)
    assert heard(Put("case-done", new=False, since=old.since), notes=[of_one]) != []


def test_a_new_one_is_of_now_and_counts_whatever_was_told() -> None:
    """One after the other."""
    puts = [Put(each, new=True, since=NOW - 10 * DAY) for each in reversed(list(CASE_KEYWORDS))]
    known = [Note(NOW - DAY, each) for each in CASE_KEYWORDS.values()]
    found = heard(*puts, *puts, notes=known, unhappy=(0, 4))
    assert [doing for doing, _ in found] == [Doing.CALLED, Doing.DID, Doing.RESOLVED]
    assert SHORT > found[0][1] > found[1][1] > found[2][1] == timedelta(0)
