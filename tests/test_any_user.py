"""The promises whatever the user does: reads, moves, deletes, edits a draft, sends it, takes our mark off; and whatever
goes wrong meanwhile. Hypothesis plays both; `tests.life` knows what may come of it.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from assistant.errors import ConnectionLost
from assistant.service.corrections import AT_ONCE
from assistant.service.scan import Request
from assistant.store import Database, Store, correct, find
from tests.fakes import FakeFolder
from tests.letters import CALM, FURIOUS, NOW, Letter, letter
from tests.life import ARCHIVE, COPIES, STAR, TONES, TRACES, Complaint, Life, answers, number_of
from tests.servers import FakeAccount
from tests.unlucky import Killed, Server, Unlucky
from tests.workbench import LONG_AGO, ME, Bench, desk

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where a sync costs nothing: this is about order, not about the disk (tests/faults is)."""
SETTLE_SECONDS = 60.0
ALLOWED = {
    "open", "uids_from", "uids_since", "fetch", "lists", "flags", "flags_of", "add_keyword", "drafts_status", "find_draft",
    "answered", "drafts_from", "append_draft",
    "copies.status", "copies.create", "copies.find", "copies.arrivals", "copies.put",
}  # fmt: skip
HOWS = ("before", "after", "late", "kill before", "kill after")


class AnyUser(RuleBasedStateMachine):
    """One mailbox, its clients, its user, and a program to which everything happens."""

    @initialize(mark=st.sampled_from(["auto", "keyword", "folder"]), keywords=st.booleans())
    def a_mailbox(self, mark: str, keywords: bool) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.state = Path(self.folder.name) / "state" / "state.sqlite3"
        self.backup = Path(self.folder.name) / "backup"
        self.server = Server(folders=(*TRACES, ARCHIVE), keywords=keywords)
        self.account = FakeAccount(self.server)
        ours = desk(mark=mark, settle_seconds=SETTLE_SECONDS)
        self.bench = Bench(
            self.account, self.state,
            desk=replace(ours, profile=replace(ours.profile, hourly=10_000, stop_in_flood=False)),
        )  # fmt: skip
        self.life = Life(self.server, self.state, mark)
        self.now = NOW
        """What time it really is; the program's clock may say something else."""
        self.begun = False

    # --- the world ---

    @rule(sender=st.integers(1, 3), calm=st.integers(0, 4), data=st.data())
    def a_client_writes(self, sender: int, calm: int, data: st.DataObject) -> None:
        """For the first time, or in a thread that there is."""
        number = len(self.life.complaints) + 1
        threads = sorted({each.thread for each in self.life.complaints.values()})
        thread = data.draw(st.sampled_from([number, *threads]))
        ids = [
            f"<m{e.number}@client.example>"
            for e in self.life.complaints.values()
            if e.thread == thread
        ]
        headers = (("References", " ".join(ids)), ("In-Reply-To", ids[-1])) if ids else ()
        made = letter(
            CALM if calm == 0 else FURIOUS, number=number, age=NOW - self.now,
            sender=f"C <c{sender}@client.example>", headers=headers,
        )  # fmt: skip
        self.account.deliver(made)
        self.life.complaints[number] = Complaint(
            number, thread, sender, made.raw, self.now, calm == 0
        )

    @rule(seconds=st.sampled_from([10, 31, 61, 3_600, 86_400, 8 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.bench.clock.advance(seconds=seconds)
        self.server.land(self.now)

    @rule(days=st.sampled_from([-400, -1, 0, 1, 400]))
    def the_clock_is_set(self, days: int) -> None:
        """So many days wrong, or right again. (An APPEND that the server sits on meanwhile is a race that
        only a clock tells from a lost one; the server is done with it first.)"""
        self._land()
        self.bench.clock.now = self.now + timedelta(days=days)
        self.life.skewed |= days != 0

    @rule()
    def the_server_renumbers_the_inbox(self) -> None:
        self.account.renumber()

    @rule()
    def the_server_renumbers_drafts(self) -> None:
        self.server.renumber_drafts()

    @rule(full=st.booleans())
    def the_mailbox_is_full(self, full: bool) -> None:
        self.server.room = 0 if full else 10**9

    @rule(read_only=st.booleans())
    def the_inbox_is_read_only(self, read_only: bool) -> None:
        self.server.read_only = read_only

    # --- the user, and the inbox ---

    def _one(self, data: st.DataObject, name: str) -> int:
        """A UID in a folder."""
        return int(
            data.draw(st.sampled_from(sorted(self.server.folders[name].messages)), label=name)
        )

    @precondition(lambda self: self.life.inbox.messages)
    @rule(data=st.data(), flag=st.sampled_from(["\\seen", STAR, "\\deleted", "$mine"]))
    def the_user_sets_or_takes_off_a_flag(self, data: st.DataObject, flag: str) -> None:
        each = self.life.inbox.messages[self._one(data, "INBOX")]
        each.flags.symmetric_difference_update({flag})
        if flag in self.life.marks:
            self._note_a_mark(number_of(each.raw), on=STAR in each.flags)

    @precondition(lambda self: self.life.inbox.messages)
    @rule(data=st.data())
    def the_user_takes_our_mark_off(self, data: st.DataObject) -> None:
        each = self.life.inbox.messages[self._one(data, "INBOX")]
        if self.life.mark == "folder":
            copies = self.server.folders.get(COPIES, FakeFolder()).messages
            for uid in [uid for uid, copy in copies.items() if copy.raw == each.raw]:
                del copies[uid]
        before = set(each.flags)
        each.flags -= self.life.marks
        self._note_a_mark(number_of(each.raw), on=False)
        self.life.note_what_is_meant(number_of(each.raw), before, each.flags)

    @precondition(lambda self: self.life.inbox.messages and self.server.keywords)
    @rule(data=st.data(), keyword=st.sampled_from(sorted(TONES)), instead=st.booleans())
    def the_user_puts_one_of_our_marks_on(
        self, data: st.DataObject, keyword: str, instead: bool
    ) -> None:
        """In another's stead, or beside it."""
        each = self.life.inbox.messages[self._one(data, "INBOX")]
        before = set(each.flags)
        if instead:
            each.flags -= set(TONES)
        each.flags.add(keyword)
        self.life.note_what_is_meant(number_of(each.raw), before, each.flags)
        if self.life.mark != "folder" and "tone-angry" in before | each.flags:
            self._note_a_mark(number_of(each.raw), on="tone-angry" in each.flags)

    @precondition(lambda self: self.life.known())
    @rule(data=st.data(), tone=st.sampled_from([None, "concerned", "angry"]))
    def the_user_corrects_at_a_terminal(self, data: st.DataObject, tone: str | None) -> None:
        identity = data.draw(st.sampled_from(sorted(self.life.known())), label="message")
        database = Database.open(self.state)
        (found,) = find(database, [ME], identity=identity)
        correct(database, found.number, tone, self.now)
        database.close()
        for each in self.life.complaints.values():
            if each.identity == identity:
                each.meant.add(tone or "fine")
                each.withdrawn = True

    @precondition(lambda self: len(self._standing()) >= AT_ONCE and not self.server.read_only)
    @rule()
    def the_server_loses_all_keywords(self) -> None:
        """And the program looks before anybody else does anything: it must not be taken for the user's doing."""
        for each in self.life.inbox.messages.values():
            if each.flags & set(TONES):
                each.flags -= set(TONES)
                if self.life.mark != "folder":
                    self._note_a_mark(number_of(each.raw), on=False)
        self._pass(None, 0, "")

    def _standing(self) -> list[int]:
        """UIDs that the program has seen with a mark, which is still there."""
        if not self.state.exists():
            return []
        store = Store(Database.open(self.state))
        watched = store.watched(ME, "INBOX", self.life.inbox.uidvalidity)
        store.close()
        there = self.life.inbox.messages
        return [
            e.uid for e in watched if e.seen and e.uid in there and e.seen <= there[e.uid].flags
        ]

    def _note_a_mark(self, number: int, *, on: bool) -> None:
        complaint = self.life.complaints.get(number)
        if complaint is None or on:
            self.life.taken_off.discard(number)
            return
        self.life.ever_taken_off.add(number)
        known = self.life.known().get(complaint.identity)
        if known and known.states("mark") == {"done"}:
            self.life.taken_off.add(number)

    @precondition(lambda self: self.life.inbox.messages)
    @rule(data=st.data(), to=st.sampled_from([ARCHIVE, "Trash", ""]))
    def the_user_moves_or_deletes_a_message(self, data: st.DataObject, to: str) -> None:
        self._move(self.life.inbox, self._one(data, "INBOX"), to)

    @precondition(lambda self: self.server.folders[ARCHIVE].messages)
    @rule(data=st.data())
    def the_user_moves_a_message_back(self, data: st.DataObject) -> None:
        box, uid = self.server.folders[ARCHIVE], self._one(data, ARCHIVE)
        number = number_of(box.messages[uid].raw)
        self._move(box, uid, "INBOX")
        if self.begun:
            self.life.old.discard(number)  # it comes anew

    @precondition(lambda self: self.life.inbox.messages)
    @rule(data=st.data(), bare=st.booleans())
    def the_user_moves_a_message_out_and_back(self, data: st.DataObject, bare: bool) -> None:
        """As a mail program does that lets it sleep till tomorrow, and may lose the keywords.

        (Without them it shows no mark, and the user did not take it off: that is nothing to be held against.)
        """
        uid = self._one(data, "INBOX")
        each = self.life.inbox.messages[uid]
        self.life.old.discard(number_of(each.raw))
        if bare:
            each.flags -= set(TONES)
            self.life.ever_taken_off.add(number_of(each.raw))
        self._move(self.life.inbox, uid, "INBOX")

    def _move(self, box: FakeFolder, uid: int, to: str) -> None:
        each = box.messages.pop(uid)
        if to:
            self.server.folders[to].add(each.raw, each.arrived, tuple(each.flags))

    @precondition(lambda self: self.life.inbox.messages)
    @rule(data=st.data(), flagged=st.booleans())
    def the_user_answers(self, data: st.DataObject, flagged: bool) -> None:
        each = self.life.inbox.messages[self._one(data, "INBOX")]
        number = number_of(each.raw)
        if number:
            self._sent(number, flagged=flagged)
            raw = b"Message-ID: <own%d@studio.example>\r\nIn-Reply-To: <m%d@client.example>\r\n\r\nYes.\r\n"
            self.account.deliver(Letter(raw % (number, number), self.now), "Sent")

    def _sent(self, number: int, *, flagged: bool) -> None:
        self.life.complaints[number].answered = True
        lying = self.life.lying("INBOX").get(number)
        if flagged and lying is not None:
            lying.flags.add("\\answered")

    # --- the user, and drafts ---

    @precondition(lambda self: self.server.folders["Drafts"].messages)
    @rule(data=st.data(), same_id=st.booleans())
    def the_user_edits_a_draft(self, data: st.DataObject, same_id: bool) -> None:
        """Saved, it is a new message; some mail programs give it a new id."""
        drafts = self.server.folders["Drafts"]
        each = drafts.messages.pop(self._one(data, "Drafts"))
        raw = each.raw + b"One word more.\r\n"
        if not same_id:
            raw = raw.replace(b"Message-ID: <", b"Message-ID: <%d." % drafts.uidnext)
        drafts.add(raw, self.now, ("\\draft", "\\seen"))

    @precondition(lambda self: self.server.folders["Drafts"].messages)
    @rule(data=st.data(), flagged=st.booleans())
    def the_user_sends_a_draft(self, data: st.DataObject, flagged: bool) -> None:
        each = self.server.folders["Drafts"].messages.pop(self._one(data, "Drafts"))
        self.account.deliver(Letter(each.raw, self.now, ("\\Seen",)), "Sent")
        if answers(each.raw):
            self._sent(answers(each.raw), flagged=flagged)

    @precondition(lambda self: self.server.folders["Drafts"].messages)
    @rule(data=st.data(), to=st.sampled_from(["Trash", ARCHIVE, ""]))
    def the_user_throws_a_draft_away(self, data: st.DataObject, to: str) -> None:
        self._move(self.server.folders["Drafts"], self._one(data, "Drafts"), to)

    @rule(name=st.sampled_from(["Sent", "Trash"]))
    def the_user_empties_a_folder(self, name: str) -> None:
        self.server.folders[name].messages.clear()

    @rule()
    def the_user_writes_a_draft(self) -> None:
        self.account.deliver(Letter(b"Message-ID: <own@studio.example>\r\n\r\nHello\r\n"), "Drafts")

    # --- the program's state ---

    @rule()
    def the_state_file_is_lost(self) -> None:
        self._rewind()

    @precondition(lambda self: self.state.exists())
    @rule()
    def a_backup_is_made(self) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.state.parent, self.backup)

    @precondition(lambda self: self.backup.exists())
    @rule()
    def the_backup_is_put_back(self) -> None:
        self._rewind()
        shutil.copytree(self.backup, self.state.parent)
        self.begun = self._begun()

    def _rewind(self) -> None:
        self._land()
        shutil.rmtree(self.state.parent, ignore_errors=True)
        self.begun = False
        self.life.rewound = True
        self.life.taken_off.clear()

    def _land(self) -> None:
        """The server is done with every APPEND, as it is a minute later in any case."""
        for due, _ in list(self.server.late):
            self.server.land(due)
        self.life.after_a_pass()

    # --- the program ---

    @rule(request=st.sampled_from([None, None, LONG_AGO, Request(limit=1), Request(retry=True)]))
    def a_pass(self, request: Request | None) -> None:
        self._pass(request, 0, "")

    @rule(
        request=st.sampled_from([None, LONG_AGO]), at=st.integers(1, 30), how=st.sampled_from(HOWS)
    )
    def a_pass_that_is_cut_off(self, request: Request | None, at: int, how: str) -> None:
        self._pass(request, at, how)

    @rule(
        request=st.sampled_from([None, LONG_AGO]),
        at=st.integers(1, 12),
        when=st.sampled_from(["before", "after"]),
    )
    def a_pass_that_is_killed_at_a_commit(
        self, request: Request | None, at: int, when: str
    ) -> None:
        left = at

        def tap(event: str) -> None:
            nonlocal left
            left -= event == f"{when} COMMIT"
            if left == 0:
                raise Killed(event)

        self._pass(request, 0, "", tap)

    def _pass(self, request: Request | None, at: int, how: str, tap: Any = None) -> None:
        unlucky = Unlucky(self.server, at, how, self.now)
        self.life.before_a_pass(self.bench.clock.now)
        before = self._picture()
        self.server.calls.clear()
        whole = False
        with contextlib.suppress(ConnectionLost, Killed):
            self.bench.run(request, mailbox=unlucky, **({"tap": tap} if tap else {}))  # type: ignore[arg-type]
            whole = True
        if not whole:
            self.life.note_what_was_cut_off()
        if not self.begun and self._begun():
            self.begun = True
            self.life.old = set(self.life.lying("INBOX"))
        self._nothing_of_the_users_was_touched(before)
        self.life.after_a_pass()

    def _begun(self) -> bool:
        if not self.state.exists():
            return False
        store = Store(Database.open(self.state))
        found = store.cursor(ME, "INBOX")
        store.close()
        return found is not None

    def _picture(self) -> dict[str, FakeFolder]:
        return deepcopy(self.server.folders)

    def _nothing_of_the_users_was_touched(self, before: dict[str, FakeFolder]) -> None:
        """A pass may add our marks, copies and drafts, and nothing else, and takes nothing away."""
        assert set(self.server.calls) <= ALLOWED
        after = self.server.folders
        assert set(after) - set(before) <= ({COPIES} if self.life.mark == "folder" else set())
        for name, was in before.items():
            now = after[name]
            assert now.uidvalidity == was.uidvalidity
            added = now.messages.keys() - was.messages.keys()
            assert not added or name == "Drafts" or (name == COPIES and self.life.mark == "folder")
            for uid, each in was.messages.items():
                assert now.messages[uid].raw == each.raw
                gained = now.messages[uid].flags - each.flags
                assert not each.flags - now.messages[uid].flags
                assert gained <= (self.life.marks if name == "INBOX" else set())
            for uid in added if name == "Drafts" else ():
                assert now.messages[uid].flags == {"\\draft", "\\seen"}
                assert answers(now.messages[uid].raw)

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            self._land()
            self.server.room, self.server.read_only = 10**9, False
            self.bench.clock.now = self.now
            for _ in range(3):
                self.time_passes(90_000)
                self._pass(None, 0, "")
            wrong = list(self.life.missed())
            assert not wrong, wrong
            store = Store(Database.open(self.state))
            left = store.work(ME)
            store.close()
            assert left.open == 0, left.notes
            quiet = self._picture()
            self._pass(None, 0, "")
            assert self._picture() == quiet
            self._is_heard()
        finally:
            self.folder.cleanup()

    def _is_heard(self) -> None:
        """Whatever has happened: what the user says now of a new message, and of one that is marked, is heard."""
        if not self.server.keywords:
            return
        first = len(self.life.complaints) + 1
        for number, body in ((first, FURIOUS), (first + 1, CALM)):
            made = letter(
                body, number=number, age=NOW - self.now, sender=f"N <n{number}@client.example>"
            )
            self.account.deliver(made)
            self.life.complaints[number] = Complaint(
                number, number, number, made.raw, self.now, body == CALM
            )
        for _ in range(2):
            self._pass(None, 0, "")
        inbox = self.life.lying("INBOX")
        for number, keyword in ((first, ""), (first + 1, "tone-concerned")):
            before = set(inbox[number].flags)
            inbox[number].flags -= {"tone-angry"}
            inbox[number].flags |= {keyword} - {""}
            self.life.note_what_is_meant(number, before, inbox[number].flags)
        self._pass(None, 0, "")
        heard = self.life.corrections()
        fine = None if self.life.mark == "folder" else "fine"
        assert heard.get(self.life.complaints[first].identity) == fine
        assert heard[self.life.complaints[first + 1].identity] == "concerned"


TestAnyUser = AnyUser.TestCase
TestAnyUser.settings = settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
