"""Corrections by mail program: what the user says with our keyword is heard, and nothing else is taken for it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import ConnectionLost, RefusedByServer
from assistant.model import Fetched, RuleBook
from assistant.service.corrections import BREAKS
from assistant.service.dry import DryMailbox
from assistant.service.ports import Mailbox
from assistant.service.report import Report
from assistant.service.scan import Service
from assistant.store import Database, Said, Store, correct, find, not_judged, verdicts
from assistant.store.corrections import MOST_UNMARKED
from assistant.store.migrations import MIGRATIONS
from assistant.triage import Triage
from tests.builders import REPLIES, RULES, TONES, rulebook
from tests.fakes import FakeFolder
from tests.letters import CALM, FURIOUS, NOW, Letter, letter
from tests.providers.labels import LabelUser
from tests.providers.stand import ProviderStand
from tests.servers import Account, DovecotStand, FakeAccount, FakeStand, Stand
from tests.test_service import change_flag, move_draft, started
from tests.workbench import LONG_AGO, ME, READER, Bench, Clock, desk

LOST = "4 marks (tone-angry) are gone all at once"


def complaint(number: int, body: str = FURIOUS) -> Letter:
    """Each by a client of its own."""
    return letter(body, number=number, sender=f"C {number} <c{number}@client.example>")


def with_mail(account: Account, folder: Path, *letters: Letter, **fields: Any) -> Bench:
    """A mailbox with a flagged message (1), whose mark has been seen to stay, and these."""
    bench = started(account, folder, **fields)
    for each in (complaint(1), *letters):
        account.deliver(each)
    bench.run()
    assert bench.run().corrections == ""
    return bench


@pytest.fixture
def bench(stand: Stand, tmp_path: Path) -> Bench:
    """Two flagged messages (1, 2) and a fine one (3)."""
    return with_mail(stand.account(), tmp_path, complaint(2), complaint(3, CALM))


@pytest.fixture
def fake(tmp_path: Path) -> Bench:
    """The same on the fake alone: for what no real server can be brought to do."""
    return with_mail(FakeStand().account(), tmp_path, complaint(2), complaint(3, CALM))


def answer(number: int, to: int, body: str = CALM) -> Letter:
    """Another of client 5, in one thread with the message that it answers."""
    return letter(
        body, number=number, sender="C 5 <c5@client.example>", subject="Re: The website",
        headers=(("In-Reply-To", f"<m{to}@client.example>"),),
    )  # fmt: skip


def uid(bench: Bench, number: int) -> int:
    """Where a message lies; the newest, if there are several."""
    wanted = f"\nMessage-ID: <m{number}@client.example>".encode()
    return next(e.uid for e in reversed(bench.account.contents()) if wanted in e.raw)


def flag(bench: Bench, number: int, name: str, *, on: bool) -> None:
    """The user, by hand."""
    change_flag(bench.account, uid(bench, number), name, on=on)


def identity(number: int, body: str = FURIOUS) -> str:
    return READER.read(complaint(number, body).raw, "en").message.identity


def said(bench: Bench) -> dict[int, str | None]:
    """Number of a message -> the tone that the user is understood to hear in it."""
    with contextlib.closing(Database.open(bench.state)) as database:
        found = verdicts(database, ME)
    numbers = {identity(n, body): n for n in range(1, 10) for body in (FURIOUS, CALM)}
    return {numbers[each]: verdict.tone for each, verdict in found.items()}


def the_one(bench: Bench) -> Said:
    with contextlib.closing(Database.open(bench.state)) as database:
        (found,) = verdicts(database, ME).values()
    return found


def counts(report: Report) -> tuple[int, int]:
    return report.corrected, report.taken_back


def move(bench: Bench, number: int, *, keep: Sequence[str]) -> None:
    """The user's mail program moves a message away and back, and keeps these flags of it."""
    found = next(e for e in bench.account.contents() if e.uid == uid(bench, number))
    bench.account.remove(bench.account.inbox, found.uid)
    bench.account.deliver(Letter(found.raw, NOW, tuple(found.flags & set(keep))))


# --- what is heard ------------------------------------------------------------------------------


def test_our_mark_taken_off_says_not_upset(bench: Bench) -> None:
    """Heard by the next pass, once; and that is all that follows."""
    flag(bench, 2, "tone-angry", on=False)
    before = bench.everything()
    bench.clock.advance(minutes=4)
    report = bench.run()
    assert (report.corrections, report.problems) == ("1 correction noticed", {})
    assert said(bench) == {2: None}
    found = the_one(bench)
    assert (found.identity, found.ours, found.judged, found.source) == (
        identity(2), "angry", True, "mail",
    )  # fmt: skip
    assert (found.at, found.kind, found.dissatisfied) == (bench.clock(), "not upset", False)
    assert bench.run().corrections == ""
    assert bench.everything() == before


def test_our_mark_put_on_says_missed(bench: Bench) -> None:
    """Heard, and no draft is laid by itself: who sets it by hand has read the message."""
    flag(bench, 3, "tone-concerned", on=True)
    before = bench.everything()
    assert counts(bench.run()) == (1, 0)
    assert said(bench) == {3: "concerned"}
    assert (the_one(bench).kind, the_one(bench).ours) == ("missed", None)
    bench.run(LONG_AGO)
    assert bench.everything() == before


def test_what_was_not_judged_can_be_missed_too(stand: Stand, tmp_path: Path) -> None:
    """What was left out has a keyword like any other: here, a message of one's own."""
    own = letter(CALM, number=3, sender="Robin Hale <robin@studio.example>")
    bench = with_mail(stand.account(), tmp_path, own)
    flag(bench, 3, "tone-angry", on=True)
    assert counts(bench.run()) == (1, 0)
    assert (the_one(bench).tone, the_one(bench).judged) == ("angry", False)


def test_another_of_our_marks_says_another_tone(bench: Bench) -> None:
    """Whichever is changed first; as long as both are on, nothing is said."""
    flag(bench, 1, "tone-concerned", on=True)
    assert counts(bench.run()) == (0, 0)
    flag(bench, 1, "tone-angry", on=False)
    flag(bench, 2, "tone-angry", on=False)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {1: "concerned", 2: None}
    flag(bench, 2, "tone-concerned", on=True)
    assert counts(bench.run()) == (1, 0)
    assert said(bench) == {1: "concerned", 2: "concerned"}


def test_a_correction_is_taken_back_by_the_same_way(bench: Bench) -> None:
    """The keyword on again, or the user's own off again: we agree, and nothing is remembered."""
    flag(bench, 2, "tone-angry", on=False)
    flag(bench, 3, "tone-angry", on=True)
    assert bench.run().corrections == "2 corrections noticed"
    flag(bench, 2, "tone-angry", on=True)
    flag(bench, 3, "tone-angry", on=False)
    assert bench.run().corrections == "2 taken back"
    assert said(bench) == {}
    assert counts(bench.run()) == (0, 0)


def test_a_tone_put_in_ours_stead_and_taken_off_says_not_upset(bench: Bench) -> None:
    """The last word counts."""
    flag(bench, 2, "tone-angry", on=False)
    flag(bench, 2, "tone-concerned", on=True)
    bench.run()
    flag(bench, 2, "tone-concerned", on=False)
    assert counts(bench.run()) == (1, 0)
    assert said(bench) == {2: None}


def test_it_is_heard_after_the_first_pass_of_all(stand: Stand, tmp_path: Path) -> None:
    """Who tries the program begins like this: older mail, a mark taken off, and again."""
    account = stand.account(complaint(1), complaint(2), complaint(3, CALM))
    bench = Bench(account, tmp_path / "s.sqlite3")
    assert bench.run(LONG_AGO).flagged == 2
    flag(bench, 2, "tone-angry", on=False)
    flag(bench, 3, "tone-concerned", on=True)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {2: None, 3: "concerned"}


def test_an_old_message_s_mark_is_heard_though_hundreds_came_since(fake: Bench) -> None:
    """What was judged in one pass with many, and is none of the newest of them."""
    fake.account.deliver(complaint(4))
    for number in range(MOST_UNMARKED + 1):
        fake.account.deliver(complaint(100 + number, CALM))
    fake.run()
    fake.run()
    flag(fake, 4, "tone-angry", on=False)
    assert counts(fake.run()) == (1, 0)
    assert said(fake) == {4: None}


def test_it_is_heard_after_the_pass_that_matches_a_renumbered_inbox(
    stand: Stand, tmp_path: Path
) -> None:
    bench = with_mail(stand.account(inbox="Work"), tmp_path, complaint(2), complaint(3, CALM))
    bench.account.renumber()
    bench.run()
    flag(bench, 2, "tone-angry", on=False)
    flag(bench, 3, "tone-concerned", on=True)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {2: None, 3: "concerned"}


def test_it_is_heard_after_a_cut(fake: Bench) -> None:
    """Wherever the pass broke off: at the look, or at the second look."""
    for number, method in ((1, "flags_of"), (2, "fetch")):
        flag(fake, number, "tone-angry", on=False)
        with pytest.raises(ConnectionLost):
            fake.run(mailbox=Cut(fake.account.connect(), method))
    assert said(fake) == {}
    assert counts(fake.run()) == (2, 0)
    assert said(fake) == {1: None, 2: None}


def test_a_message_that_breaks_every_second_look_holds_up_nothing(fake: Bench) -> None:
    """After three, nothing is concluded of it; it was judged, and is in nobody's list."""
    flag(fake, 2, "tone-angry", on=False)
    fake.account.deliver(complaint(4))
    for _ in range(BREAKS):
        with pytest.raises(ConnectionLost):
            fake.run(mailbox=Cut(fake.account.connect(), "fetch"))
        with contextlib.closing(Database.open(fake.state)) as database:
            assert not_judged(database, ME, "INBOX") == []
    assert counts(fake.run()) == (0, 0)
    assert uid(fake, 4) in fake.marked()
    flag(fake, 2, "tone-concerned", on=True)
    assert counts(fake.run()) == (1, 0)


def test_a_label_of_gmail_s_is_heard_as_a_keyword_is(
    provider: Callable[[str], ProviderStand], tmp_path: Path
) -> None:
    """Taken off and put on in Gmail's own way; a keyword there is no mark."""
    account = provider("gmail").account()
    bench = with_mail(account, tmp_path, complaint(2), complaint(3, CALM))
    user = account.user
    assert isinstance(user, LabelUser)
    inbox = account.folder("")
    with user.lock:
        user.relabel(inbox.messages[uid(bench, 2)], "-", ["tone-angry"], inbox)
        user.relabel(inbox.messages[uid(bench, 3)], "+", ["tone-concerned"], inbox)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {2: None, 3: "concerned"}
    with user.lock:
        user.relabel(inbox.messages[uid(bench, 2)], "+", ["tone-angry"], inbox)
    assert counts(bench.run()) == (0, 1)
    account.close()


# --- never argues -------------------------------------------------------------------------------


def test_who_is_said_to_be_fine_is_never_flagged_again(stand: Stand, tmp_path: Path) -> None:
    """Neither marked nor drafted: asked for anew, moved, renumbered, or its draft thrown away."""
    bench = with_mail(stand.account(inbox="Work"), tmp_path)
    flag(bench, 1, "tone-angry", on=False)
    assert counts(bench.run()) == (1, 0)
    move_draft(bench.account, "")
    bench.run(LONG_AGO)
    move(bench, 1, keep=())
    bench.run(LONG_AGO)
    bench.account.renumber()
    for request in (None, LONG_AGO):
        assert counts(bench.run(request)) == (0, 0)
    assert (bench.marked(), bench.drafts(), said(bench)) == ([], [], {1: None})


def test_a_draft_that_waits_is_not_laid_for_who_is_fine(stand: Stand, tmp_path: Path) -> None:
    """There was no Drafts folder; now there is one, and the user has said that nobody is upset."""
    account = stand.account(folders=("Sent", "Trash"))
    bench = with_mail(account, tmp_path, complaint(2))
    flag(bench, 2, "tone-angry", on=False)
    bench.run()
    if isinstance(account, FakeAccount):
        account.mailbox.folders["Drafts"] = FakeFolder()
    else:
        with account.client() as imap:  # type: ignore[attr-defined]
            imap.create("Drafts")
    bench.clock.advance(days=1)
    bench.run()
    assert len(bench.drafts()) == 1
    assert b"c1@client.example" in bench.drafts()[0]
    dropped = [each.note for each in bench.notes.done if each.state == "dropped"]
    assert dropped == ["you have corrected this message"]


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_mark_that_waits_is_not_set_against_the_user(fake: Bench, by_hand: bool) -> None:
    """The inbox was read-only for a while; meanwhile the user has said by another program, or at a terminal,
    what the message is."""
    assert isinstance(fake.account, FakeAccount)
    fake.account.mailbox.read_only = True
    fake.account.deliver(complaint(4))
    fake.run()
    if by_hand:
        flag(fake, 4, "tone-concerned", on=True)
    else:
        with contextlib.closing(Database.open(fake.state)) as database:
            (found,) = find(database, [ME], identity=identity(4))
            correct(database, found.number, "concerned", NOW)
    fake.account.mailbox.read_only = False
    fake.clock.advance(days=1)
    fake.run()
    at = uid(fake, 4)
    assert "tone-angry" not in next(e.flags for e in fake.account.contents() if e.uid == at)
    assert said(fake) == {4: "concerned"}


def test_a_mark_of_the_users_from_before_it_was_judged_stays_alone(bench: Bench) -> None:
    """The user was quicker than we: no second tone beside theirs, and no draft."""
    before = bench.drafts()
    bench.account.deliver(Letter(complaint(4).raw, NOW, ("tone-concerned",)))
    for _ in range(2):
        bench.run(LONG_AGO)
    at = uid(bench, 4)
    (flags,) = (each.flags for each in bench.account.contents() if each.uid == at)
    assert flags - {"\\recent"} == {"tone-concerned"}
    assert (bench.drafts(), said(bench)) == (before, {})


# --- what says nothing --------------------------------------------------------------------------


def test_a_star_says_nothing(bench: Bench) -> None:
    """Nor does "look first", \\Seen, \\Deleted, or a keyword of the user's own."""
    for name in ("\\Flagged", "\\Seen", "\\Deleted", "look-first", "todo"):
        for on in (True, False):
            for number in (1, 3):
                flag(bench, number, name, on=on)
            assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}


@pytest.mark.parametrize("stand", ["fake", "pymap"], indirect=True)
def test_a_star_that_is_our_mark_says_nothing_either(stand: Stand, tmp_path: Path) -> None:
    """Where no keywords are kept: it is the user's, too."""
    bench = with_mail(stand.account(keywords=False), tmp_path, complaint(2))
    flag(bench, 2, "\\Flagged", on=False)
    assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}


def test_a_copy_says_nothing(stand: Stand, tmp_path: Path) -> None:
    """It may be tidied away; a keyword put on by hand counts there as anywhere."""
    bench = with_mail(stand.account(), tmp_path, complaint(2), complaint(3, CALM), mark="folder")
    for each in bench.account.contents(bench.account.copies):
        bench.account.remove(bench.account.copies, each.uid)
    assert counts(bench.run()) == (0, 0)
    flag(bench, 3, "tone-angry", on=True)
    flag(bench, 2, "tone-angry", on=True)  # as we said
    assert counts(bench.run()) == (1, 0)
    assert said(bench) == {3: "angry"}


@pytest.mark.parametrize("folder", ["Sent", "Trash", ""])
def test_what_becomes_of_a_draft_says_nothing(stand: Stand, tmp_path: Path, folder: str) -> None:
    """Sent, thrown away, or deleted for good: the user may just not want this reply."""
    bench = with_mail(stand.account(), tmp_path)
    move_draft(bench.account, folder)
    assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}


@pytest.mark.parametrize("keep", [("tone-angry",), ()])
def test_a_move_says_nothing(bench: Bench, keep: tuple[str, ...]) -> None:
    """Some mail programs lose the keywords on the way."""
    move(bench, 2, keep=keep)
    for _ in range(2):
        assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}
    flag(bench, 2, "tone-concerned", on=True)  # and from here on it is watched again
    flag(bench, 2, "tone-angry", on=False)
    assert counts(bench.run()) == (1, 0)
    assert said(bench) == {2: "concerned"}


@pytest.mark.parametrize("taken_off", [True, False])
def test_a_renumbering_says_nothing(stand: Stand, tmp_path: Path, taken_off: bool) -> None:
    """Even what was taken off just before: nobody can know by whom."""
    bench = with_mail(stand.account(inbox="Work"), tmp_path, complaint(2))
    if taken_off:
        flag(bench, 2, "tone-angry", on=False)
    bench.account.renumber()
    for request in (None, None, LONG_AGO):
        assert counts(bench.run(request)) == (0, 0)
    assert said(bench) == {}


def test_a_second_copy_in_the_inbox_says_nothing(bench: Bench) -> None:
    """Delivered twice, or copied by the user with the mark: it is one message, at its newest place."""
    raw = complaint(2).raw
    bench.account.deliver(Letter(raw, NOW))
    assert counts(bench.run()) == (0, 0)
    bench.account.deliver(Letter(raw, NOW, ("tone-angry",)))
    for _ in range(2):
        assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}


def test_a_keyword_that_came_with_the_message_says_nothing(bench: Bench) -> None:
    """Of another life of ours, or a filter's: it was there before we looked."""
    for number, body in ((4, CALM), (5, FURIOUS)):
        came = complaint(number, body)
        bench.account.deliver(Letter(came.raw, NOW, ("tone-concerned",)))
    for _ in range(2):
        assert counts(bench.run()) == (0, 0)
    flag(bench, 4, "tone-concerned", on=False)
    flag(bench, 5, "tone-concerned", on=False)
    assert counts(bench.run()) == (0, 0)
    assert said(bench) == {}


def test_a_mark_on_a_whole_conversation_is_one_of_its_newest_message(tmp_path: Path) -> None:
    """Gmail's web page labels every message of it. One by one, each counts."""
    mail = complaint(5, CALM), answer(6, 5), answer(7, 6)
    bench = with_mail(FakeStand().account(), tmp_path, *mail, complaint(8, CALM))
    for number in (5, 6, 7, 8):
        flag(bench, number, "tone-concerned", on=True)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {7: "concerned", 8: "concerned"}
    for number in (5, 6, 7):  # and all off again
        flag(bench, number, "tone-concerned", on=False)
    assert counts(bench.run()) == (0, 1)
    for number in (5, 6):
        flag(bench, number, "tone-concerned", on=True)
        assert counts(bench.run()) == (1, 0)
    assert said(bench) == {5: "concerned", 6: "concerned", 8: "concerned"}


def test_another_tone_for_a_whole_conversation_is_one_for_what_was_marked(tmp_path: Path) -> None:
    """Not for the friendly messages around it, which get the label, too."""
    mail = complaint(5, CALM), answer(6, 5, FURIOUS), answer(7, 6)
    bench = with_mail(FakeStand().account(), tmp_path, *mail)
    assert uid(bench, 6) in bench.marked()
    flag(bench, 6, "tone-angry", on=False)
    for number in (5, 6, 7):
        flag(bench, number, "tone-concerned", on=True)
    assert counts(bench.run()) == (1, 0)
    assert the_one(bench).kind == "other tone"


def test_a_mark_that_a_crash_left_unsettled_says_nothing(fake: Bench) -> None:
    """It was set and not noted: it must not be taken for the user's hand."""
    fake.account.deliver(complaint(4))
    with pytest.raises(ConnectionLost):
        fake.run(mailbox=Cut(fake.account.connect(), "add_keyword", after=True))
    assert uid(fake, 4) in fake.marked()
    for _ in range(2):
        assert counts(fake.run()) == (0, 0)
    assert said(fake) == {}


@pytest.mark.parametrize("stand", ["fake", "pymap"], indirect=True)
def test_marks_that_are_gone_all_at_once_say_nothing(stand: Stand, tmp_path: Path) -> None:
    """A server that lost its keywords, or a label that was renamed: told once, and the next one counts."""
    mail = [complaint(number) for number in (2, 3, 4)]
    bench = with_mail(stand.account(), tmp_path, *mail, complaint(5, CALM))
    for number in (1, 2, 3, 4):
        flag(bench, number, "tone-angry", on=False)
    report = bench.run()
    assert counts(report) == (0, 0)
    assert [each for each in report.problems if each.startswith(LOST)]
    assert not report.waits
    assert bench.run().problems == {}
    for number in (1, 2, 3, 4):  # and they come back
        flag(bench, number, "tone-angry", on=True)
    assert counts(bench.run()) == (0, 0)
    flag(bench, 5, "tone-angry", on=True)
    flag(bench, 4, "tone-angry", on=False)
    assert counts(bench.run()) == (2, 0)
    assert said(bench) == {5: "angry", 4: None}


def test_one_keyword_gone_everywhere_says_nothing(fake: Bench) -> None:
    """Although marks of another tone stand."""
    for number in (4, 5):
        fake.account.deliver(complaint(number))
    fake.run()
    flag(fake, 3, "tone-concerned", on=True)
    assert counts(fake.run()) == (1, 0)
    for number in (1, 2, 4, 5):
        flag(fake, number, "tone-angry", on=False)
    assert counts(fake.run()) == (0, 0)
    assert said(fake) == {3: "concerned"}


def test_a_server_that_names_a_keyword_has_not_lost_it(
    dovecot: DovecotStand, tmp_path: Path
) -> None:
    """Then the first mark counts, taken off at once; and so do all at one look."""
    bench = started(dovecot.account(), tmp_path)
    bench.account.deliver(complaint(1))
    bench.run()
    flag(bench, 1, "tone-angry", on=False)
    assert counts(bench.run()) == (1, 0)
    for number in (2, 3, 4, 5):
        bench.account.deliver(complaint(number))
    bench.run()
    for number in (2, 3, 4, 5):
        flag(bench, number, "tone-angry", on=False)
    assert counts(bench.run()) == (4, 0)
    assert said(bench) == dict.fromkeys((1, 2, 3, 4, 5))


def test_a_server_that_lost_its_keywords_names_them_no_more(
    dovecot: DovecotStand, tmp_path: Path
) -> None:
    """Its index is gone, and the file that says what its letters mean."""
    account = dovecot.account()
    bench = with_mail(account, tmp_path, complaint(2), complaint(3), complaint(4))
    account.close()
    home = dovecot.folder / "mail" / account.user / "Maildir"
    for each in (*home.glob("dovecot.index*"), home / "dovecot-keywords"):
        each.unlink()
    report = bench.run()
    assert bench.marked() == []
    assert counts(report) == (0, 0)
    assert [each for each in report.problems if each.startswith(LOST)]


def test_a_label_that_is_gone_everywhere_says_nothing(
    provider: Callable[[str], ProviderStand], tmp_path: Path
) -> None:
    """It may have been renamed, also where the server names a keyword of the same name."""
    account = provider("gmail").account(complaint(9))
    bench = with_mail(account, tmp_path, complaint(2), complaint(3))
    user = account.user
    assert isinstance(user, LabelUser)
    inbox = account.folder("")
    with user.lock:
        user.flag(inbox.messages[uid(bench, 9)], "+", ["tone-angry"])
        for number in (1, 2, 3):
            user.relabel(inbox.messages[uid(bench, number)], "-", ["tone-angry"], inbox)
    assert (counts(bench.run()), said(bench)) == ((0, 0), {})
    account.close()


@pytest.mark.parametrize("stand", ["fake", "pymap"], indirect=True)
def test_a_server_that_has_never_kept_a_mark_says_nothing(stand: Stand, tmp_path: Path) -> None:
    """A keyword of a session passes away with it. It counts when a mark has been seen in a later pass."""
    bench = started(stand.account(), tmp_path)
    bench.account.deliver(complaint(1))
    bench.run()
    flag(bench, 1, "tone-angry", on=False)
    for _ in range(2):
        assert counts(bench.run()) == (0, 0)
    bench.account.deliver(complaint(2))
    assert counts(bench.run()) == (0, 0)
    assert counts(bench.run()) == (1, 0)  # that of the second is there again
    assert said(bench) == {1: None}


def test_a_read_only_inbox_says_nothing(fake: Bench) -> None:
    """A session that may not write may not see everything either."""
    assert isinstance(fake.account, FakeAccount)
    flag(fake, 2, "tone-angry", on=False)
    fake.account.mailbox.read_only = True
    assert counts(fake.run()) == (0, 0)
    fake.account.mailbox.read_only = False
    assert counts(fake.run()) == (1, 0)


def test_a_keyword_that_is_no_longer_promised_says_nothing(fake: Bench) -> None:
    """PERMANENTFLAGS without it: what is set is a session's, and what is gone may be as well."""
    assert isinstance(fake.account, FakeAccount)
    flag(fake, 2, "tone-angry", on=False)
    flag(fake, 3, "tone-angry", on=True)
    fake.account.mailbox.keywords = False
    assert counts(fake.run()) == (0, 0)
    fake.account.mailbox.keywords = True
    assert counts(fake.run()) == (2, 0)


def test_flags_that_could_not_be_read_say_nothing(fake: Bench) -> None:
    """Refused, left out, or not the same at a second look; the pass goes on."""
    flag(fake, 2, "tone-angry", on=False)
    there = fake.account.connect()
    fake.account.deliver(complaint(4))
    assert counts(fake.run(mailbox=Says(there, flags_of=RefusedByServer("NO")))) == (0, 0)
    assert uid(fake, 4) in fake.marked()
    assert counts(fake.run(mailbox=Says(there, flags_of={}))) == (0, 0)
    stray = {uid(fake, number): frozenset[str]() for number in (1, 2)}
    assert counts(fake.run(mailbox=Says(there, flags_of=stray))) == (1, 0)
    assert said(fake) == {2: None}


def test_a_uid_that_names_another_message_says_nothing(fake: Bench) -> None:
    """A server that gives its UIDs out anew, and doesn't say so."""
    assert isinstance(fake.account, FakeAccount)
    box = fake.account.mailbox.folders["INBOX"]
    box.messages[uid(fake, 2)].raw = complaint(7).raw
    next(each for each in box.messages.values() if b"<m7@" in each.raw).flags.clear()
    assert counts(fake.run()) == (0, 0)
    assert said(fake) == {}


def test_other_keywords_in_the_rules_say_nothing(fake: Bench) -> None:
    """Renamed, or one that the user has long used for something else."""
    flag(fake, 3, "todo", on=True)
    renamed = rulebook(TONES.replace('"tone-angry"', '"todo"'), REPLIES, RULES)
    for book in (renamed, rulebook(), renamed):
        for _ in range(2):
            assert counts(run_by(book, fake)) == (0, 0)
    flag(fake, 1, "todo", on=True)
    flag(fake, 3, "todo", on=False)
    assert counts(run_by(renamed, fake)) == (0, 0)
    flag(fake, 3, "todo", on=True)
    assert counts(run_by(renamed, fake)) == (1, 0)
    assert said(fake) == {3: "angry"}


def test_a_keyword_of_two_tones_means_ours(fake: Bench) -> None:
    """Who wants one mark for all is understood all the same."""
    text = TONES
    for tone in ("angry", "concerned"):
        text = text.replace(f'"tone-{tone}"', '"unhappy"')
    one_for_all = rulebook(text, REPLIES, RULES)
    fake.account.deliver(complaint(4))
    for _ in range(2):
        assert counts(run_by(one_for_all, fake)) == (0, 0)
    flag(fake, 4, "unhappy", on=False)
    flag(fake, 3, "unhappy", on=True)
    run_by(one_for_all, fake)
    flag(fake, 4, "unhappy", on=True)
    run_by(one_for_all, fake)
    assert said(fake) == {3: "concerned"}


@pytest.mark.parametrize("version", [4, 5])
def test_the_state_of_an_older_version_is_gone_on_with(fake: Bench, version: int) -> None:
    """What it holds is no correction; what the user changes from then on is one."""
    old = fake.state.with_name("old.sqlite3")
    with contextlib.closing(sqlite3.connect(old, isolation_level=None)) as state:
        state.executescript(f"{''.join(MIGRATIONS[:version])} PRAGMA user_version = {version}")
        state.execute("ATTACH ? AS new", (str(fake.state),))
        for table in ("mailbox", "message", "thread", "effect"):
            columns = ", ".join(row[1] for row in state.execute(f"PRAGMA main.table_info({table})"))
            values = columns
            if table == "thread":  # its references need no account any more
                values = columns.replace("account", "(SELECT account FROM new.mailbox)")
            copy = f"INSERT INTO main.{table} ({columns}) SELECT {values} FROM new.{table}"  # noqa: S608 - our own
            state.execute(copy)
    older = Bench(fake.account, old, fake.clock)
    before = older.everything()
    for _ in range(2):
        assert counts(older.run()) == (0, 0)
    assert older.everything() == before
    flag(older, 2, "tone-angry", on=False)
    flag(older, 3, "tone-angry", on=True)
    assert counts(older.run()) == (2, 0)
    assert said(older) == {2: None, 3: "angry"}


# --- what it costs ------------------------------------------------------------------------------


def test_a_look_only_where_there_is_something_to_look_at(tmp_path: Path) -> None:
    """An account of which nothing was judged is asked for no flags; one with mail is asked once in a pass."""
    account = FakeStand().account(complaint(8))
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path)
    account.mailbox.calls.clear()
    bench.run()
    assert "flags_of" not in account.mailbox.calls
    account.deliver(complaint(1))
    bench.run()
    for _ in range(2):
        account.mailbox.calls.clear()
        commits: list[str] = []
        bench.run(tap=commits.append)
        assert account.mailbox.calls.count("flags_of") == 1
        assert "fetch" not in account.mailbox.calls
    assert commits == []  # an idle pass writes nothing


def test_the_newest_are_looked_at_and_old_marks_too(tmp_path: Path) -> None:
    """A bounded number, however big the mailbox."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path, mark="auto")
    account.deliver(complaint(1))
    for number in range(100, 650):
        account.deliver(letter(CALM, number=number))
    bench.run()
    asked: list[int] = []
    bench.run(mailbox=Says(account.mailbox, asked=asked))
    assert asked == [1, *range(52, 552)]


def test_a_dry_run_tells_and_remembers_nothing(bench: Bench) -> None:
    """The same answer, and the real run still hears it."""
    flag(bench, 2, "tone-angry", on=False)
    store = Store(Database.scratch(bench.state))
    mailbox = bench.account.connect()
    report = _service(DryMailbox(mailbox), store, bench, rulebook()).run()
    store.close()
    mailbox.close()  # type: ignore[attr-defined]
    assert report.corrections == "1 correction noticed"
    assert said(bench) == {}
    assert counts(bench.run()) == (1, 0)


# --- mailboxes that do wrong --------------------------------------------------------------------


class Cut:
    """A connection that breaks at a method: before the server hears of it, or after."""

    def __init__(self, mailbox: Mailbox, method: str, *, after: bool = False) -> None:
        self._mailbox = mailbox
        self._method = method
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if name == self._method and not self._after:
                raise ConnectionLost(name)
            answer = getattr(self._mailbox, name)(*arguments)
            if name == self._method:
                raise ConnectionLost(name)
            return answer

        return call


class Says:
    """A mailbox that says something else of the flags at the first look, or is only listened to."""

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        flags_of: dict[int, frozenset[str]] | Exception | None = None,
        asked: list[int] | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._says = flags_of
        self._asked = [] if asked is None else asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        return self._mailbox.fetch(uids)

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        self._asked += uids
        if isinstance(self._says, Exception):
            raise self._says
        return self._mailbox.flags_of(uids) if self._says is None else self._says


def run_by(book: RuleBook, bench: Bench) -> Report:
    """One pass by other rules."""
    store = Store(Database.open(bench.state))
    try:
        return _service(bench.account.connect(), store, bench, book).run()
    finally:
        store.close()


def _service(mailbox: Mailbox, store: Store, bench: Bench, book: RuleBook) -> Service:
    return Service(
        mailbox=mailbox,
        state=store,
        triage=Triage(book),
        reader=READER,
        desk=bench.desk or desk(bench.account.inbox),
        clock=Clock(bench.clock.now),
    )
