"""The promises under any order of events: Hypothesis plays the world, the user and the bad luck."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assistant.errors import ConnectionLost
from assistant.service.scan import Request
from assistant.store import Cursor, Database, Store
from tests.letters import NOW, Letter, letter
from tests.servers import FakeAccount
from tests.unlucky import Server, Unlucky, message_id
from tests.workbench import LONG_AGO, ME, Bench, desk

_IN_REPLY_TO = re.compile(rb"^In-Reply-To: <m(\d+)@", re.MULTILINE)


class World(RuleBasedStateMachine):
    """One mailbox, its clients, its user, and a program that is cut off at any moment."""

    settle_seconds = 60.0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server = Server()
        self.account = FakeAccount(self.server)
        self.bench = Bench(
            self.account,
            Path(self.folder.name) / "state.sqlite3",
            desk=desk(settle_seconds=self.settle_seconds),
        )
        self.thread_of: dict[int, int] = {}
        self.old: set[int] = set()
        """Complaints from before the (last) first start: nobody promised to look at them."""
        self.begun = False
        self.from_before: set[str] = set()
        """Drafts that lay there when the state was lost: they tell their own message, not their thread's."""

    # --- the world ---

    def _deliver(self, thread: int, sender: int, references: list[int]) -> None:
        number = len(self.thread_of) + 1
        self.thread_of[number] = thread
        ids = " ".join(f"<m{each}@client.example>" for each in references)
        headers = (("References", ids), ("In-Reply-To", ids.split()[-1])) if ids else ()
        age = NOW - self.bench.clock.now
        self.account.deliver(
            letter(number=number, sender=f"C <c{sender}@client.example>", age=age, headers=headers)
        )

    @rule(sender=st.integers(1, 3))
    def a_client_complains(self, sender: int) -> None:
        self._deliver(len(self.thread_of) + 1, sender, [])

    @precondition(lambda self: self.thread_of)
    @rule(data=st.data(), sender=st.integers(1, 3))
    def a_client_writes_again(self, data: st.DataObject, sender: int) -> None:
        thread = data.draw(st.sampled_from(sorted(set(self.thread_of.values()))))
        earlier = [number for number, each in self.thread_of.items() if each == thread]
        self._deliver(thread, sender, [earlier[0], *earlier[1:][-1:]])

    @rule(seconds=st.sampled_from([10, 31, 61, 86_400, 8 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.bench.clock.advance(seconds=seconds)
        self.server.land(self.bench.clock.now)

    @rule()
    def the_server_renumbers_the_inbox(self) -> None:
        self.account.renumber()

    @rule()
    def the_server_renumbers_drafts(self) -> None:
        self.server.renumber_drafts()

    # --- the user ---

    def _draft(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(sorted(self.server.folders["Drafts"].messages))))

    @precondition(lambda self: self.server.folders["Drafts"].messages)
    @rule(data=st.data(), to=st.sampled_from(["Sent", "Trash"]))
    def the_user_sends_or_throws_away_a_draft(self, data: st.DataObject, to: str) -> None:
        raw = self.server.folders["Drafts"].messages.pop(self._draft(data)).raw
        self.account.deliver(Letter(raw), to)

    @precondition(lambda self: self.server.folders["Drafts"].messages)
    @rule(data=st.data())
    def the_user_deletes_a_draft_for_good(self, data: st.DataObject) -> None:
        gone = message_id(self.server.folders["Drafts"].messages.pop(self._draft(data)).raw)
        if (
            gone in self.from_before and gone in self.server.appended
        ):  # with the state and the draft, every trace of it is lost
            self.server.appended.remove(gone)

    @rule()
    def the_user_writes_a_draft(self) -> None:
        self.account.deliver(Letter(b"Message-ID: <own@studio.example>\r\n\r\nHello\r\n"), "Drafts")

    @rule()
    def the_state_file_is_lost(self) -> None:
        """Nothing is left but the mail itself; what is not there either can't be remembered."""
        for due, _ in list(self.server.late):
            self.server.land(due)
        for each in Path(self.folder.name).iterdir():
            each.unlink()
        self.begun = False
        boxes = [self.server.folders[name] for name in ("Drafts", "Sent", "Trash")]
        there = {message_id(each.raw) for box in boxes for each in box.messages.values()}
        self.server.appended = [each for each in self.server.appended if each in there]
        self.from_before = there

    # --- the program ---

    def _after(self) -> None:
        """Note what was old when the program first looked."""
        if not self.begun and self._cursor() is not None:
            self.begun = True
            self.old = set(self.thread_of)

    def _cursor(self) -> Cursor | None:
        store = Store(Database.open(self.bench.state))
        found = store.cursor(ME, "INBOX")
        store.close()
        return found

    @rule(request=st.sampled_from([None, LONG_AGO, Request(limit=1)]))
    def a_pass(self, request: Request | None) -> None:
        self.bench.run(request)
        self._after()

    @rule(
        request=st.sampled_from([None, LONG_AGO]),
        breaks_at=st.integers(1, 25),
        how=st.sampled_from(["before", "after", "late"]),
    )
    def a_pass_that_is_cut_off(self, request: Request | None, breaks_at: int, how: str) -> None:
        if how == "late" and not self.settle_seconds:
            how = "after"
        unlucky = Unlucky(self.server, breaks_at, how, self.bench.clock.now)
        with contextlib.suppress(ConnectionLost):
            self.bench.run(request, mailbox=unlucky)  # type: ignore[arg-type]
        self._after()

    # --- the promises ---

    @invariant()
    def no_message_ever_gets_a_second_draft(self) -> None:
        twice = {each: n for each, n in Counter(self.server.appended).items() if n > 1}
        assert not twice

    @invariant()
    def at_most_one_draft_waits_in_a_thread(self) -> None:
        waiting = Counter(
            self.thread_of[int(found[1])]
            for each in self.server.folders["Drafts"].messages.values()
            if (found := _IN_REPLY_TO.search(each.raw))
            and message_id(each.raw) not in self.from_before
        )
        assert not [thread for thread, number in waiting.items() if number > 1]

    def teardown(self) -> None:
        try:
            self.time_passes(86_400)
            for _ in range(2):
                self.bench.run()
                self._after()
            self.no_message_ever_gets_a_second_draft()
            self.at_most_one_draft_waits_in_a_thread()
            marked = {
                int(message_id(each.raw)[2:].split("@")[0])
                for each in self.server.folders["INBOX"].messages.values()
                if "tone-angry" in each.flags
            }
            assert set(self.thread_of) - self.old <= marked, "a complaint was missed"
            store = Store(Database.open(self.bench.state))
            left = store.work(ME)
            store.close()
            assert left.open == 0, left.notes
        finally:
            self.folder.cleanup()


class HastyWorld(World):
    """Without the minute's wait: right where the server commits at once or never."""

    settle_seconds = 0.0


PLAY = settings(
    derandomize=True,
    deadline=None,
    max_examples=120,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = World.TestCase
TestAnyOrder.settings = PLAY
TestAnyOrderWithoutWaiting = HastyWorld.TestCase
TestAnyOrderWithoutWaiting.settings = PLAY
