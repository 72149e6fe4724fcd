"""Every branch of performing an effect: what is asked, what is done, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from assistant.errors import ConnectionLost, MailboxError, RefusedByServer
from assistant.model import (
    Address,
    AppendDraft,
    Draft,
    Location,
    Mark,
    Outcome,
    Place,
)
from assistant.service.effects import DONE, DROPPED, UNKNOWN, WAITING, Performer
from assistant.store import Cursor, Database, Planned, Store
from tests.builders import message
from tests.fakes import FakeFolder, FakeMailbox
from tests.letters import NOW, letter
from tests.workbench import ME, Clock, desk

ROBIN = Address("Robin", ME)
ID = "<h.0123456789abcdef@studio.example>"
RAW = f"From: {ME}\r\nMessage-ID: {ID}\r\n\r\nHello.\r\n".encode()
DRAFT = Draft(ID, ROBIN, ROBIN, "Re: x", "Hello.", RAW)
OTHER = b"Message-ID: <other@studio.example>\r\n\r\nA draft of the user's own.\r\n"


class Refusing(FakeMailbox):
    """Says NO to what it is told to refuse."""

    refused: str = ""
    code: str = ""

    def _check(self, name: str) -> None:
        if self.refused == name:
            raise RefusedByServer("the server refused: because", self.code)

    def add_keyword(self, uid: int, keyword: str) -> None:
        self._check("add_keyword")
        super().add_keyword(uid, keyword)

    def append_draft(self, raw: bytes) -> None:
        self._check("append_draft")
        super().append_draft(raw)

    def find_draft(self, message_id: str) -> Place | None:
        if "append_draft" in self.calls:
            self._check("find_draft after")
        self._check("find_draft")
        return super().find_draft(message_id)


class Forgetting(FakeMailbox):
    """Answers OK to a STORE and keeps nothing, whatever its PERMANENTFLAGS promise."""

    def add_keyword(self, uid: int, keyword: str) -> None:
        self.calls.append("add_keyword")


class Hiding(FakeMailbox):
    """Takes drafts and never finds them."""

    def find_draft(self, message_id: str) -> Place | None:
        self.calls.append("find_draft")
        return None


class Cutting(FakeMailbox):
    """Loses the connection in an APPEND: `lands` says whether the draft arrived before that."""

    lands = True

    def append_draft(self, raw: bytes) -> None:
        if self.lands:
            super().append_draft(raw)
        raise ConnectionLost("cut in the middle")


@dataclass
class Table:
    """A performer with its mailbox, its state, and one message at UID 1."""

    mailbox: FakeMailbox
    store: Store
    clock: Clock
    mark_as: str = "keyword"
    settle_seconds: float = 60.0
    rebuilt: int = 0

    @property
    def drafts(self) -> FakeFolder:
        return self.mailbox.folders["Drafts"]

    def effect(self) -> Planned:
        """What is open, due or not."""
        clock = Clock(self.clock.now)
        clock.advance(days=2)
        (found,) = self.store.open_effects(ME, "INBOX", clock.now)
        return found

    def open(self) -> list[str]:
        return [each.kind for each in self.store.open_effects(ME, "INBOX", self.clock.now)]

    def performer(self) -> Performer:
        ours = desk(mark=self.mark_as, settle_seconds=self.settle_seconds)
        return Performer(self.mailbox, self.store, ours, self.clock)

    def mark(self) -> tuple[str, str]:
        return self.performer().mark(self.effect(), self.mailbox.open())

    def draft(self, rebuilt: Draft | str = DRAFT) -> tuple[str, str]:
        def rebuild() -> Draft | str:
            self.rebuilt += 1
            return rebuilt

        return self.performer().draft(self.effect(), rebuild)

    def lose(self) -> None:
        """An APPEND whose answer never came, as an earlier program left it."""
        self.store.intend(self.effect(), self.mailbox.drafts_status(), self.clock())

    @property
    def appends(self) -> int:
        return self.mailbox.calls.count("append_draft")


@pytest.fixture
def tables() -> Iterator[list[Store]]:
    stores: list[Store] = []
    yield stores
    for each in stores:
        each.close()


@pytest.fixture
def table(tables: list[Store]) -> type[Table]:
    """Lays a table: `table(mailbox, effect)`."""

    def lay(mailbox: FakeMailbox, effect: Mark | AppendDraft, **fields: object) -> Table:
        store = Store(Database.scratch(None))
        tables.append(store)
        mailbox.folders["INBOX"].add(letter().raw, NOW)
        store.start(ME, "INBOX", Cursor(1, 0, NOW, rescan=False))
        outcome = Outcome("mid-1", None, None, (effect,))
        store.record(Location(ME, "INBOX", 1, 1), message(identity="mid-1"), outcome, "r", NOW)
        return Table(mailbox, store, Clock(NOW), **fields)  # type: ignore[arg-type]

    return lay  # type: ignore[return-value]


MARK = Mark("tone-angry")
APPEND = AppendDraft(DRAFT)
Lay = type[Table]

# --- marks ------------------------------------------------------------------------------------


def _flags(table: Table) -> set[str]:
    return table.mailbox.folders["INBOX"].messages[1].flags


def test_a_mark_is_set_and_read_back(table: Lay) -> None:
    """Look, set, look again, done."""
    laid = table(FakeMailbox(), MARK)
    assert laid.mark() == (DONE, "")
    assert _flags(laid) == {"tone-angry"}
    assert laid.mailbox.calls == ["open", "flags", "add_keyword", "flags"]
    assert laid.open() == []


def test_a_mark_that_is_there_already_is_done(table: Lay) -> None:
    """After a cut that hid the answer: nothing is sent again."""
    laid = table(FakeMailbox(), Mark("Tone-ANGRY"))
    _flags(laid).add("tone-angry")
    assert laid.mark() == (DONE, "")
    assert "add_keyword" not in laid.mailbox.calls


def test_a_mark_may_be_a_star(table: Lay) -> None:
    """mark = "flagged" sets what every mail program shows, and no keyword."""
    laid = table(FakeMailbox(keywords=False), MARK, mark_as="flagged")
    assert laid.mark() == (DONE, "")
    assert _flags(laid) == {"\\flagged"}


def test_marking_may_be_off(table: Lay) -> None:
    """mark = "none": nothing is asked of the server, and nothing stays open."""
    laid = table(FakeMailbox(), MARK, mark_as="none")
    state, note = laid.mark()
    assert (state, laid.mailbox.calls, laid.open()) == (DROPPED, ["open"], [])
    assert "none" in note


def test_a_mark_for_a_message_that_is_gone_is_dropped(table: Lay) -> None:
    """Moved or deleted meanwhile: there is nothing to mark."""
    laid = table(FakeMailbox(), MARK)
    laid.mailbox.folders["INBOX"].messages.clear()
    assert laid.mark() == (DROPPED, "the message is gone")
    assert laid.open() == []


def test_a_read_only_mailbox_is_tried_again_later(table: Lay) -> None:
    """Rights may change: postponed, nothing sent."""
    laid = table(FakeMailbox(read_only=True), MARK)
    state, note = laid.mark()
    assert state == WAITING
    assert "read-only" in note
    assert "add_keyword" not in laid.mailbox.calls
    assert laid.open() == []
    laid.mailbox.read_only = False
    laid.clock.advance(minutes=15)
    assert laid.open() == ["mark"]
    assert laid.mark() == (DONE, "")


@pytest.mark.parametrize("mailbox", [FakeMailbox(keywords=False), Forgetting()])
def test_a_server_that_keeps_no_keywords_is_told_to_the_user(
    table: Lay, mailbox: FakeMailbox
) -> None:
    """Said in PERMANENTFLAGS or dropped in silence: no success is claimed."""
    laid = table(mailbox, MARK)
    state, note = laid.mark()
    assert state == DROPPED
    assert "keeps no keywords" in note
    assert _flags(laid) == set()
    assert laid.open() == []


def test_a_message_that_goes_while_it_is_marked_is_not_called_marked(table: Lay) -> None:
    """STORE on a message that is gone is answered OK."""

    class Vanishing(FakeMailbox):
        def add_keyword(self, uid: int, keyword: str) -> None:
            del self.folders["INBOX"].messages[uid]

    assert table(Vanishing(), MARK).mark()[0] == DROPPED


def test_a_refused_mark_waits(table: Lay) -> None:
    """NO to a STORE may pass (keyword limit, a lock)."""
    laid = table(Refusing(), MARK)
    assert isinstance(laid.mailbox, Refusing)
    laid.mailbox.refused = "add_keyword"
    assert laid.mark() == (WAITING, "the server refused: because")
    laid.mailbox.refused = ""
    laid.clock.advance(minutes=15)
    assert laid.mark() == (DONE, "")


# --- a draft, the first time ------------------------------------------------------------------


def test_a_draft_is_looked_for_laid_and_looked_at(table: Lay) -> None:
    """The intent is on disk before the APPEND, the draft is found after it."""
    laid = table(FakeMailbox(), APPEND)
    assert laid.draft() == (DONE, "")
    assert [each.raw for each in laid.drafts.messages.values()] == [RAW]
    assert laid.mailbox.calls == ["drafts_status", "find_draft", "append_draft", "find_draft"]
    assert laid.open() == []


def test_the_intent_is_written_before_the_append(table: Lay) -> None:
    """At the moment of the APPEND the state says so, with Drafts as it was before."""
    seen: list[Planned] = []

    class Looking(FakeMailbox):
        def append_draft(self, raw: bytes) -> None:
            seen.append(laid.effect())
            super().append_draft(raw)

    laid = table(Looking(), APPEND)
    laid.drafts.add(OTHER, NOW)
    before = laid.mailbox.drafts_status()
    assert laid.draft()[0] == DONE
    assert [(each.appending, each.before, each.appending_at) for each in seen] == [
        (True, before, NOW)
    ]


@pytest.mark.parametrize(
    ("folder", "note"), [("Drafts", ""), ("Sent", "yours"), ("Trash", "yours")]
)
def test_a_draft_that_is_found_is_never_made_again(table: Lay, folder: str, note: str) -> None:
    """Waiting, sent or thrown away: with a lost state file as well as after a cut."""
    for lost in (False, True):
        laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
        if lost:
            laid.lose()
        laid.mailbox.folders[folder].add(RAW, NOW)
        state, said = laid.draft()
        assert (state, laid.appends, laid.rebuilt) == (DONE, 0, 0)
        assert note in said
        assert laid.open() == []


def test_a_draft_that_is_no_longer_wanted_is_dropped(table: Lay) -> None:
    """The reason is remembered, nothing was intended."""
    laid = table(FakeMailbox(), APPEND)
    assert laid.draft("you have answered it already") == (DROPPED, "you have answered it already")
    assert (laid.appends, laid.open()) == (0, [])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OVERQUOTA", "over its quota"),
        ("TRYCREATE", "Drafts folder is gone"),
        ("", "refused: because"),
    ],
)
def test_a_refused_append_waits_and_is_laid_later(table: Lay, code: str, said: str) -> None:
    """NO means that nothing was stored: the intent is taken back, and it is tried again."""
    laid = table(Refusing(), APPEND)
    assert isinstance(laid.mailbox, Refusing)
    laid.mailbox.refused, laid.mailbox.code = "append_draft", code
    state, note = laid.draft()
    assert state == WAITING
    assert said in note
    assert laid.open() == []
    assert not laid.effect().appending
    laid.mailbox.refused = ""
    laid.clock.advance(minutes=15)
    assert laid.open() == ["draft"]
    assert laid.draft() == (DONE, "")
    assert len(laid.drafts.messages) == 1


def test_over_quota_until_there_is_room(table: Lay) -> None:
    """Each refusal doubles the wait; with room, the draft is laid once."""
    laid = table(FakeMailbox(room=10), APPEND)
    for minutes in (15, 30, 60):
        assert laid.draft()[0] == WAITING
        laid.clock.advance(minutes=minutes - 1)
        assert laid.open() == []
        laid.clock.advance(minutes=1)
        assert laid.open() == ["draft"]
    laid.mailbox.room = 10_000
    assert laid.draft() == (DONE, "")
    assert len(laid.drafts.messages) == 1


def test_a_draft_that_the_server_hides_is_said_to_be_hidden(table: Lay) -> None:
    """Taken with OK and not found: done, never made again, and the user is told."""
    laid = table(Hiding(), APPEND)
    state, note = laid.draft()
    assert (state, laid.appends, laid.open()) == (DONE, 1, [])
    assert "hides" in note


def test_a_refused_look_after_the_append_is_no_refused_append(table: Lay) -> None:
    """The server took the draft and then can't search: done, or the next pass would lay a second."""
    laid = table(Refusing(), APPEND)
    assert isinstance(laid.mailbox, Refusing)
    laid.mailbox.refused = "find_draft after"
    assert laid.draft() == (DONE, "")
    assert laid.open() == []


def test_without_drafts_nothing_is_tried(table: Lay) -> None:
    """The error goes up; the effect is as it was."""
    laid = table(FakeMailbox(folders=("Sent",)), APPEND)
    with pytest.raises(MailboxError, match="Drafts"):
        laid.draft()
    assert laid.open() == ["draft"]
    assert not laid.effect().appending


def test_a_refused_look_before_the_append_stops_it(table: Lay) -> None:
    """Where it can't be known whether the draft exists, none is made."""
    laid = table(Refusing(), APPEND)
    assert isinstance(laid.mailbox, Refusing)
    laid.mailbox.refused = "find_draft"
    with pytest.raises(RefusedByServer):
        laid.draft()
    assert laid.appends == 0
    assert not laid.effect().appending


# --- a draft whose APPEND was cut off ---------------------------------------------------------


@pytest.mark.parametrize("lands", [True, False])
def test_a_cut_in_the_append_is_recovered(table: Lay, lands: bool) -> None:
    """The old connection gets its minute; then the draft is found, or laid: once in either case."""
    laid = table(Cutting(), APPEND)
    assert isinstance(laid.mailbox, Cutting)
    laid.mailbox.lands = lands
    with pytest.raises(ConnectionLost):
        laid.draft()
    again = FakeMailbox()
    again.folders = laid.mailbox.folders
    laid.mailbox = again
    for seconds in (0, 30, 29.9):
        laid.clock.advance(seconds=seconds)
        state, note = laid.draft()
        assert state == WAITING
        assert "waiting" in note
        assert again.calls == [], "nothing may be asked or sent before the minute is over"
    laid.clock.advance(seconds=0.2)
    assert laid.draft() == (DONE, "")
    assert laid.appends == (0 if lands else 1)
    assert [each.raw for each in laid.drafts.messages.values()] == [RAW]


def test_a_clock_that_was_set_back_waits_anew_but_not_for_ever(table: Lay) -> None:
    """An intent in the future: how long ago it was can't be told, so the wait begins again."""
    laid = table(FakeMailbox(), APPEND)
    laid.lose()
    laid.clock.advance(days=-300)
    assert laid.draft()[0] == WAITING
    laid.clock.advance(seconds=30)
    assert laid.draft()[0] == WAITING
    laid.clock.advance(seconds=31)
    assert laid.draft() == (DONE, "")


def test_the_wait_begins_with_the_cut(table: Lay) -> None:
    """An APPEND that hung for a minute before the connection broke is not over yet."""
    mailbox = Slow()
    laid = table(mailbox, APPEND)
    mailbox.clock = laid.clock
    with pytest.raises(ConnectionLost):
        laid.draft()
    laid.clock.advance(seconds=59)
    assert laid.draft()[0] == WAITING
    laid.clock.advance(seconds=2)
    assert laid.draft() == (DONE, "")


class Slow(FakeMailbox):
    """Takes a minute over its first APPEND, and then the connection breaks."""

    clock: Clock | None = None

    def append_draft(self, raw: bytes) -> None:
        if self.clock is not None:
            clock, self.clock = self.clock, None
            clock.advance(seconds=60)
            raise ConnectionLost("the server took too long")
        super().append_draft(raw)


def test_uidnext_unchanged_means_that_nothing_arrived(table: Lay) -> None:
    """RFC 9051 section 2.3.1.1: no need to look at single UIDs."""
    laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
    laid.drafts.add(OTHER, NOW)
    laid.lose()
    assert laid.draft() == (DONE, "")
    assert "drafts_from" not in laid.mailbox.calls
    assert (laid.appends, len(laid.drafts.messages)) == (1, 2)


def test_uidnext_moved_by_others_means_that_nothing_arrived(table: Lay) -> None:
    """Everything that came since is still there, and none of it is ours: laid."""
    laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
    laid.lose()
    laid.drafts.add(OTHER, NOW)
    laid.drafts.add(OTHER, NOW)
    assert laid.draft() == (DONE, "")
    assert (laid.appends, len(laid.drafts.messages)) == (1, 3)


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_gap_in_the_uids_may_have_been_our_draft(table: Lay, gone: int) -> None:
    """The user may have sent or deleted it for good: none is made, and the user is told to look."""
    laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
    laid.lose()
    for _ in range(3):
        laid.drafts.add(OTHER, NOW)
    del laid.drafts.messages[gone]
    state, note = laid.draft()
    assert (state, laid.appends, laid.rebuilt, laid.open()) == (UNKNOWN, 0, 0, [])
    assert "look for yourself" in note
    assert laid.store.work(ME).unknown == 1


def test_a_gap_before_the_intent_means_nothing(table: Lay) -> None:
    """What was deleted earlier can't have been our draft."""
    laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
    laid.drafts.add(OTHER, NOW)
    laid.lose()
    laid.drafts.add(OTHER, NOW)
    del laid.drafts.messages[1]
    assert laid.draft() == (DONE, "")
    assert laid.appends == 1


def test_a_hidden_draft_is_still_seen_among_the_new_uids(table: Lay) -> None:
    """A server whose search finds nothing: the header of each new UID says that it is ours."""
    laid = table(Hiding(), APPEND, settle_seconds=0.0)
    laid.lose()
    laid.drafts.add(RAW, NOW)
    assert laid.draft()[0] == UNKNOWN
    assert laid.appends == 0


def test_renumbered_drafts_leave_it_unknown_unless_it_is_found(table: Lay) -> None:
    """With another UIDVALIDITY the counters say nothing; the look-up by id still does."""
    for found, expected in ((False, UNKNOWN), (True, DONE)):
        laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
        laid.lose()
        laid.mailbox.folders["Drafts"] = FakeFolder()
        if found:
            laid.drafts.add(RAW, NOW)
        assert laid.draft()[0] == expected
        assert laid.appends == 0


def test_another_drafts_folder_leaves_it_unknown(table: Lay) -> None:
    """Configured anew since the cut: the counters of the old folder say nothing of this one."""
    laid = table(FakeMailbox(), APPEND, settle_seconds=0.0)
    before = laid.mailbox.drafts_status()
    laid.store.intend(
        laid.effect(), type(before)("Elsewhere", before.uidvalidity, before.uidnext), NOW
    )
    assert laid.draft()[0] == UNKNOWN


def test_a_second_cut_is_recovered_like_the_first(table: Lay) -> None:
    """The new intent replaces the old one: its counters and its minute."""
    laid = table(Cutting(), APPEND)
    assert isinstance(laid.mailbox, Cutting)
    laid.mailbox.lands = False
    for _ in range(3):
        laid.drafts.add(OTHER, NOW)
        with pytest.raises(ConnectionLost):
            laid.draft()
        intended = laid.effect()
        assert (intended.before, intended.appending_at) == (
            laid.mailbox.drafts_status(),
            laid.clock.now,
        )
        laid.clock.advance(seconds=61)
    laid.mailbox.lands = True
    with pytest.raises(ConnectionLost):
        laid.draft()
    laid.clock.advance(seconds=61)
    assert laid.draft() == (DONE, "")
    assert [each.raw for each in laid.drafts.messages.values()].count(RAW) == 1
