"""Nothing is taken for a correction that nobody has said, whatever the server and mail programs do to keywords.

`tests.test_any_user` has all of life in it; here, only what keywords go through, so that it goes through much of it.
The user's hand is the only thing that may be heard. `said` is all that it has ever said of a message.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assistant.errors import ConnectionLost
from assistant.service.corrections import AT_ONCE
from assistant.store import Database, Store, correct, find, verdicts
from tests.fakes import Stored
from tests.letters import CALM, FURIOUS, NOW, letter
from tests.life import TONES, number_of
from tests.servers import FakeAccount
from tests.test_any_user import MEMORY
from tests.unlucky import Killed, Server, Unlucky
from tests.workbench import LONG_AGO, ME, READER, Bench, desk

STAR = "\\flagged"


class AnyCorrection(RuleBasedStateMachine):
    """One inbox with a few messages, and everything that moves keywords about."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.server = Server()
        self.account = FakeAccount(self.server)
        self.bench = Bench(self.account, Path(self.folder.name) / "s.sqlite3", desk=desk())
        self.said: dict[str, set[str | None]] = {}
        self.bench.run()
        for body in (FURIOUS, FURIOUS, FURIOUS, CALM):
            self._deliver(body)
        for _ in range(2):
            self.bench.run()

    def teardown(self) -> None:
        self.folder.cleanup()

    def _deliver(self, body: str) -> None:
        number = len(self.said) + 1
        made = letter(body, number=number, sender=f"C <c{number}@client.example>")
        self.account.deliver(made)
        self.said[READER.read(made.raw, "en").message.identity] = set()

    @property
    def _inbox(self) -> dict[int, Stored]:
        return self.server.folders["INBOX"].messages

    def _one(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(sorted(self._inbox)), label="uid"))

    # --- the user's hand ---

    @rule(data=st.data(), keyword=st.sampled_from(["", *TONES]), beside=st.booleans())
    def the_user_changes_the_mark(self, data: st.DataObject, keyword: str, beside: bool) -> None:
        each = self._inbox[self._one(data)]
        before = each.flags & TONES.keys()
        after = {keyword} - {""} | (before if beside else set())
        each.flags -= before
        each.flags |= after
        if before != after and len(after) < 2:
            self._says(each.raw, TONES[max(after)] if after else None)

    @rule(data=st.data(), tone=st.sampled_from([None, "concerned", "angry"]))
    def the_user_corrects_at_a_terminal(self, data: st.DataObject, tone: str | None) -> None:
        each = self._inbox[self._one(data)]
        with contextlib.closing(Database.open(self.bench.state)) as database:
            found = find(database, [ME], message_id=f"<m{number_of(each.raw)}@client.example>")
            if found:
                correct(database, found[0].number, tone, NOW)
                self._says(each.raw, tone)

    def _says(self, raw: bytes, tone: str | None) -> None:
        self.said[READER.read(raw, "en").message.identity].add(tone)

    # --- what is not ---

    @rule(data=st.data(), flag=st.sampled_from([STAR, "\\seen", "look-first", "todo"]))
    def another_flag_changes(self, data: st.DataObject, flag: str) -> None:
        self._inbox[self._one(data)].flags.symmetric_difference_update({flag})

    @rule(data=st.data(), keeps=st.booleans())
    def a_message_is_moved_away_and_back(self, data: st.DataObject, keeps: bool) -> None:
        uid = self._one(data)
        self._add(self._inbox.pop(uid), keeps=keeps)

    @rule(data=st.data(), keeps=st.booleans())
    def a_message_is_copied(self, data: st.DataObject, keeps: bool) -> None:
        self._add(self._inbox[self._one(data)], keeps=keeps)

    def _add(self, each: Stored, *, keeps: bool) -> None:
        flags = each.flags if keeps else each.flags - TONES.keys()
        self.server.folders["INBOX"].add(each.raw, each.arrived, tuple(flags))

    @rule(keeps=st.booleans())
    def the_inbox_is_renumbered(self, keeps: bool) -> None:
        if not keeps:
            for each in self._inbox.values():
                each.flags -= TONES.keys()
        self.account.renumber()

    @precondition(lambda self: self._standing() >= AT_ONCE)
    @rule()
    def the_server_loses_its_keywords(self) -> None:
        """The program looks before anybody else acts."""
        for each in self._inbox.values():
            each.flags -= TONES.keys()
        self.bench.run()

    def _standing(self) -> int:
        """Messages that the program has seen with a mark, which is still there."""
        with contextlib.closing(Database.open(self.bench.state)) as database:
            validity = self.server.folders["INBOX"].uidvalidity
            watched = Store(database).watched(ME, "INBOX", validity)
        there = self._inbox
        return sum(
            bool(e.seen) and e.uid in there and e.seen <= there[e.uid].flags for e in watched
        )

    @rule(body=st.sampled_from([FURIOUS, CALM]))
    def a_client_writes(self, body: str) -> None:
        self._deliver(body)

    # --- the program ---

    @rule(older=st.booleans(), read_only=st.booleans())
    def a_pass(self, older: bool, read_only: bool) -> None:
        self.server.read_only = read_only
        self.bench.run(LONG_AGO if older else None)
        self.server.read_only = False
        self.bench.clock.advance(days=1)  # what was put off is due

    @rule(
        at=st.integers(1, 12), how=st.sampled_from(["before", "after", "kill before", "kill after"])
    )
    def a_pass_that_is_cut_off(self, at: int, how: str) -> None:
        with contextlib.suppress(ConnectionLost, Killed):
            self.bench.run(mailbox=Unlucky(self.server, at, how, NOW))  # type: ignore[arg-type]

    @invariant()
    def nothing_is_heard_that_nobody_said(self) -> None:
        with contextlib.closing(Database.open(self.bench.state)) as database:
            heard = verdicts(database, ME)
        for identity, each in heard.items():
            assert each.tone in self.said[identity], f"nobody said {each.tone} of {identity}"


TestAnyCorrection = AnyCorrection.TestCase
TestAnyCorrection.settings = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
