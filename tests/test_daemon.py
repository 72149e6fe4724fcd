"""The daemon's loop, with accounts that fail in every way. Nothing sleeps: each waits for the other."""

from __future__ import annotations

import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from assistant.daemon import Board, Connected, Daemon, Pace, Plan, Runner
from assistant.daemon.notices import Notices
from assistant.daemon.watch import Watch
from assistant.errors import (
    AssistantError,
    CertificateError,
    ConfigError,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    Problem,
    StateError,
    StateUnavailable,
)
from assistant.pause import SLEPT_SECONDS, Bell, Pause, Woke
from assistant.service.report import Reminder, Report
from tests.letters import NOW
from tests.servers import select_wait

SECONDS = 20.0
"""How long a test waits for what must happen at once."""


class Line:
    """A mailbox whose passes and connections go as told: an error to raise, or None for a good one.

    When the list is used up, everything goes well.
    """

    def __init__(
        self,
        name: str,
        passes: Sequence[Exception | None] = (),
        signing_in: Sequence[Exception | None] = (),
        woken: Sequence[Woke] = (),
        *,
        pushes: bool = False,
        report: Report | None = None,
    ) -> None:
        self.name = name
        self.pushes = pushes
        self.waits: list[float] = []
        self.ends: datetime | None = None
        self._woken = list(woken)
        self._report = report or Report(judged=1)
        self.connections = 0
        self.closed = 0
        self.done = 0
        self._passes = list(passes)
        self._signing_in = list(signing_in)
        self._changed = threading.Condition()

    @property
    def runner(self) -> Runner:
        return Runner(self.name, self._connect, lambda: self.ends)

    def until(self, condition: Callable[[], bool]) -> None:
        """Until something is so; fails where it never is."""
        with self._changed:
            assert self._changed.wait_for(condition, SECONDS), f"{self.name}: never happened"

    def run(self) -> Report:
        with self._changed:
            self._changed.notify_all()
            self._raise(self._passes)
            self.done += 1
        return self._report

    def follow(self, report: Report, followed: Report) -> None:
        """Nothing is due."""

    def reminded(self, followed: Report) -> None:
        """Nor was anything told."""

    def wait(self, seconds: float, pause: Pause) -> Woke:
        with self._changed:
            self.waits.append(seconds)
            woke = self._woken.pop(0) if self._woken else None
            self._changed.notify_all()
        return woke or pause.over(seconds)

    def close(self) -> None:
        with self._changed:
            self.closed += 1
            self._changed.notify_all()

    def _connect(self, stopping: Callable[[], bool]) -> Connected:
        with self._changed:
            self.connections += 1
            self._changed.notify_all()
            self._raise(self._signing_in)
        return self

    @staticmethod
    def _raise(plan: list[Exception | None]) -> None:
        error = plan.pop(0) if plan else None
        if error is not None:
            raise error


class Held(Line):
    """A mailbox whose pass takes until it is asked to stop."""

    def _connect(self, stopping: Callable[[], bool]) -> Connected:
        self._stopping = stopping
        return super()._connect(stopping)

    def run(self) -> Report:
        report = super().run()
        while not self._stopping():
            select_wait(0.005)  # as the service does: it asks between two messages
        return report


class Due(Line):
    """A mailbox in whose cases something is due, until it was told; the connection breaks once, right after that is
    known, and what was told can't be noted at first."""

    def __init__(self, name: str, reminders: Sequence[Reminder], full: int = 2) -> None:
        super().__init__(name)
        self._due = list(reminders)
        self._breaks = True
        self._full = full

    def follow(self, report: Report, followed: Report) -> None:
        followed.reminders += self._due
        if self._breaks:
            self._breaks = False
            raise ConnectionLost("cut in drafting")

    def reminded(self, followed: Report) -> None:
        self._full -= 1
        if self._full >= 0:
            raise StateUnavailable("is the disk full?")
        self._due = [each for each in self._due if each not in followed.reminders]


class Stuck(Line):
    """A mailbox whose pass hears nothing, as one in the middle of a command."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.released = threading.Event()

    def run(self) -> Report:
        report = super().run()
        self.released.wait(SECONDS)
        return report


class Breaking(Line):
    """A mailbox whose passes are good, and whose connection breaks in each wait."""

    def wait(self, seconds: float, pause: Pause) -> Woke:
        raise ConnectionLost("cut in IDLE")


class Shift:
    """A daemon at work in a thread of its own, and its exit code."""

    def __init__(
        self,
        *lines: Line,
        poll: float = 0.001,
        first: float = 0.001,
        longest: float = 0.002,
        refused: float = 3600.0,
        again: Callable[[], Plan] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace(poll, poll, first, max(first, longest), refused, 4 * refused)
        self.told: list[str] = []
        self.daemon = Daemon(self.plan(*lines), lambda: NOW, again=again)
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def plan(self, *lines: Line) -> Plan:
        notices = Notices(self.told.append, ("angry", "hostile"))
        return Plan(tuple(line.runner for line in lines), self.pace, notices)

    def _run(self) -> None:
        self.code = self.daemon.run()

    def end(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        self._thread.join(SECONDS)
        assert self.code is not None, "the daemon did not end"
        return self.code

    def stop(self) -> int:
        self.daemon.stop()
        return self.end()


@pytest.fixture
def watch() -> Iterator[Callable[..., Shift]]:
    """Starts daemons, and stops those that a failing test has left."""
    started: list[Shift] = []

    def start(*lines: Line, **more: Any) -> Shift:
        started.append(Shift(*lines, **more))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_it_goes_on_until_it_is_stopped(watch: Callable[..., Shift]) -> None:
    """One connection, pass after pass; stop() ends it with 0 and closes the connection."""
    line = Line("a")
    daemon = watch(line)
    line.until(lambda: line.done >= 3)
    assert daemon.stop() == 0
    assert (line.connections, line.closed) == (1, 1)


def test_a_connection_that_broke_is_made_anew(watch: Callable[..., Shift]) -> None:
    """Whether it breaks in a pass or while connecting; the old one is closed."""
    line = Line(
        "a",
        [None, ConnectionLost("cut")],
        [None, ConnectionLost("refused"), MailboxError("no INBOX")],
    )
    daemon = watch(line)
    line.until(lambda: line.done >= 3)
    assert daemon.stop() == 0
    assert (line.connections, line.closed) == (4, 2)


@pytest.mark.parametrize(
    "error", [StateUnavailable("disk full"), MailboxError("no"), AssistantError("?")]
)
def test_what_may_pass_is_tried_again(watch: Callable[..., Shift], error: Exception) -> None:
    """A full disk, a folder that is missing just now: the next pass takes it up."""
    line = Line("a", [error])
    daemon = watch(line)
    line.until(lambda: line.done >= 1)
    assert daemon.stop() == 0


def test_the_waits_grow_and_start_small_again(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """Doubled after each failure up to the longest, and back to the first after a good pass."""
    cut = ConnectionLost("cut")
    line = Line("a", [cut, cut, cut, cut, None, cut])
    caplog.set_level("WARNING", "assistant")
    daemon = watch(line, first=0.01, longest=0.04)
    line.until(lambda: line.done >= 2)
    daemon.stop()
    # The log shows whole seconds, so the waits are read from what was asked of the logger.
    waits = [
        record.args[-1] for record in caplog.records if record.args and "again in" in record.msg
    ]
    assert waits == [0.01, 0.02, 0.04, 0.04, 0.01]


@pytest.mark.parametrize(("steady", "waits"), [(60.0, [0.01, 0.02, 0.04]), (0.0, [0.01] * 3)])
def test_a_connection_that_breaks_in_each_wait_is_made_more_and_more_seldom(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture, steady: float, waits: list[float]
) -> None:
    """A good pass before it is no sign that it holds. One that lasted a while is."""
    line = Breaking("a", pushes=True)
    caplog.set_level("WARNING", "assistant")
    daemon = watch(line, pace=Pace(first=0.01, longest=0.04, steady=steady))
    line.until(lambda: line.done >= 4)
    daemon.stop()
    again = [each.args[-1] for each in caplog.records if each.args and "again in" in each.msg]
    assert again[:3] == waits


def test_a_server_that_tells_of_mail_that_is_not_there_is_heard_more_and_more_seldom(
    watch: Callable[..., Shift],
) -> None:
    """Else it could have the mailbox looked at a thousand times a second."""
    line = Line("a", woken=[Woke.BYTES] * 8, pushes=True, report=Report())
    started = time.monotonic()
    daemon = watch(line, pace=Pace(poll=0.16, false_alarm=0.01))
    line.until(lambda: line.done == 9)
    assert time.monotonic() - started >= 0.01 + 0.02 + 0.04 + 0.08 + 4 * 0.16
    assert daemon.stop() == 0


def test_a_damaged_state_ends_it(watch: Callable[..., Shift]) -> None:
    """Nothing can be remembered, so nothing is done; the exit code tells why."""
    line = Line("a", signing_in=[StateError("damaged")])
    assert watch(line).end() == 6
    assert line.connections == 1


def test_the_last_account_that_stops_ends_it(watch: Callable[..., Shift]) -> None:
    """With nobody left to look after, the daemon ends by itself with what stopped them."""
    first = Line("first", signing_in=[StateError("damaged")])
    second = Line("second", signing_in=[ConnectionLost("later"), StateError("damaged")])
    assert watch(first, second).end() == 6
    assert (first.connections, second.connections) == (1, 2)


def test_a_refused_sign_in_is_not_tried_again_soon(watch: Callable[..., Shift]) -> None:
    """A wrong password tried again and again would lock the account. The others go on."""
    wrong, good = Line("wrong", signing_in=[LoginRefused("no")] * 9), Line("good")
    daemon = watch(wrong, good)
    good.until(lambda: good.done >= 5)
    assert daemon.stop() == 0
    assert wrong.connections == 1


def test_a_refused_sign_in_is_mended_without_a_restart(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked again seldom; the user is told what is wrong and when, and once that it is well again."""
    refusal = LoginRefused("bad password", hint="look it up")
    line = Line("a", signing_in=[refusal, refusal])
    daemon = watch(line, refused=0.001)
    line.until(lambda: line.done >= 2)
    assert daemon.stop() == 0
    errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert re.fullmatch(r"a: stopped: bad password \(it is tried again at \d\d:\d\d\)", errors[0])
    assert errors[1] == "a: look it up"
    assert daemon.told == [
        "a is not watched any more: the server refused the sign-in. See `assistant status`.",
        "a is watched again.",
    ]


def test_a_machine_that_wakes_asks_a_refusal_again_when_it_is_due_and_no_sooner() -> None:
    """A laptop that is opened and closed must not lock the account."""
    now = [NOW]
    line = Line("a", signing_in=[LoginRefused("no")] * 2)
    board, bell, unseen = Board(lambda: now[0]), Bell(), itertools.count(0, SLEPT_SECONDS + 1.0)
    slept: list[float] = []

    def sleeps() -> float:
        slept.append(next(unseen))
        return slept[-1]

    board.begin(["a"])
    pace = Pace(first_refused=0.001)
    watched = Watch(line.runner, pace, bell, board, Notices(), lambda: now[0], sleeps)
    thread = threading.Thread(target=watched.run)
    thread.start()
    line.until(lambda: line.connections == 1)
    while len(slept) < 20:
        select_wait(0.001)
    assert line.connections == 1
    now[0] += timedelta(minutes=1)
    line.until(lambda: line.connections >= 2)
    bell.ring()
    thread.join(SECONDS)
    assert not thread.is_alive()
    bell.close()


def test_one_that_waits_never_delays_another(watch: Callable[..., Shift]) -> None:
    """An account in its longest wait, one whose pass never ends, and one that is well."""
    down, slow, good = (
        Line("down", signing_in=[ConnectionLost("down")] * 9),
        Held("slow"),
        Line("good"),
    )
    daemon = watch(down, slow, good, first=3600.0)
    down.until(lambda: down.connections == 1)
    slow.until(lambda: slow.done == 1)
    good.until(lambda: good.done >= 5)
    assert (down.connections, slow.done) == (1, 1)
    assert daemon.stop() == 0


def test_a_bug_in_one_account_stops_no_other(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """It is named as a bug, the connection is given up, and it too is tried again."""
    broken, good = Line("broken", [RuntimeError("oh"), None]), Line("good")
    daemon = watch(broken, good)
    good.until(lambda: good.done >= 2)
    broken.until(lambda: broken.done >= 1)
    assert daemon.stop() == 0
    assert (broken.connections, broken.closed) == (2, 2)
    assert any("broken: a bug: RuntimeError" in record.getMessage() for record in caplog.records)


def test_stop_ends_every_wait(watch: Callable[..., Shift]) -> None:
    """A poll of an hour, a back-off of an hour and a long pass all end at once."""
    polling, failing, slow = Line("polling"), Line("failing", [ConnectionLost("cut")]), Held("slow")
    daemon = watch(polling, failing, slow, poll=3600.0, first=3600.0)
    polling.until(lambda: polling.done == 1)
    failing.until(lambda: failing.closed == 1)
    slow.until(lambda: slow.done == 1)
    assert daemon.stop() == 0
    assert [line.closed for line in (polling, failing, slow)] == [1, 1, 1]


def test_what_a_pass_found_is_logged(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """Numbers and problems with the account's name; never a word of a message."""

    report = Report(
        first_start=True,
        older=12,
        judged=3,
        flagged=2,
        drafted=1,
        problems={"no Drafts": 2},
        told=["c-1k20gx: case-called"],
    )
    caplog.set_level("INFO", "assistant")
    line = Line("robin@studio.example", report=report)
    daemon = watch(line, poll=3600.0)
    line.until(lambda: line.done == 1)
    daemon.stop()
    assert [record.getMessage() for record in caplog.records] == [
        "robin@studio.example: connected",
        "robin@studio.example: first start; 12 older messages are left alone (scan --since looks at them)",
        "robin@studio.example: 3 judged, 2 flagged, 1 drafts laid",
        "robin@studio.example: told by keyword: c-1k20gx: case-called",
        "robin@studio.example: no Drafts (2 times)",
    ]


def test_a_certificate_that_cannot_be_trusted_is_tried_again_only_after_the_longest_wait(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """It may be renewed; nothing secret was sent, so that there is nothing to lose by waiting."""
    line = Line("a", signing_in=[CertificateError("expired")])
    daemon = watch(line, pace=Pace(0.001, 0.001, 3600.0, 0.002))
    line.until(lambda: line.done >= 1)
    assert daemon.stop() == 0
    assert line.connections == 2


def test_where_the_server_tells_it_is_looked_for_seldom(watch: Callable[..., Shift]) -> None:
    """With IDLE a look every few minutes is enough, unless something still has to be done."""
    pushing = Line("pushing", pushes=True)
    waiting = Line("waiting", pushes=True, report=Report(waits=True))
    polled = Line("polled")
    daemon = watch(pushing, waiting, polled, pace=Pace(poll=60.0, idle=240.0))
    for each in (pushing, waiting, polled):
        each.until(lambda each=each: len(each.waits) == 1)  # type: ignore[misc]
    daemon.stop()
    assert [each.waits for each in (pushing, waiting, polled)] == [[240.0], [60.0], [60.0]]


def test_a_push_is_followed_by_a_pass(watch: Callable[..., Shift]) -> None:
    """On the same connection, and without any other wait."""
    line = Line("a", woken=[Woke.BYTES, Woke.BYTES], pushes=True)
    daemon = watch(line, poll=3600.0)
    line.until(lambda: line.done == 3)
    assert daemon.stop() == 0
    assert line.connections == 1


def test_after_a_sleep_it_connects_anew(watch: Callable[..., Shift]) -> None:
    """A connection from before the laptop was closed is worth nothing."""
    line = Line("a", woken=[Woke.SLEPT], pushes=True)
    daemon = watch(line, poll=3600.0)
    line.until(lambda: line.done == 2)
    assert daemon.stop() == 0
    assert (line.connections, line.closed) == (2, 2)


def test_reloading_changes_over_to_the_new_accounts(watch: Callable[..., Shift]) -> None:
    """Old threads have ended before new ones start, so that no mailbox is ever worked on twice."""
    old, kept, new = Line("old"), Held("kept"), Line("new")
    plans: list[Plan] = []
    daemon = watch(old, kept, again=lambda: plans.pop())
    kept.until(lambda: kept.done == 1)
    plans.append(daemon.plan(kept, new))
    daemon.daemon.reload()
    new.until(lambda: new.done >= 1)
    kept.until(lambda: kept.done == 2)
    assert (old.closed, kept.closed) == (1, 1)
    assert [each.name for each in daemon.daemon.board.standings()] == ["kept", "new"]
    assert daemon.stop() == 0


def test_stopping_ends_a_reload_that_waits(watch: Callable[..., Shift]) -> None:
    """While a command of the old config is under way, nothing new is started, and SIGTERM is heard."""
    old, new = Stuck("a"), Line("a")
    pace, plans = Pace(stop=0.05), []
    daemon = watch(old, pace=pace, again=lambda: plans.pop())
    old.until(lambda: old.done == 1)
    closed = threading.Event()
    plans.append(Plan((new.runner,), pace, close=closed.set))
    daemon.daemon.reload()
    while plans:
        select_wait(0.001)
    assert daemon.stop() == 0
    assert (new.connections, closed.is_set()) == (0, True)
    old.released.set()
    assert all(each.stop(SECONDS) for each in (daemon.daemon._crew, *daemon.daemon._leaving))


def test_a_reload_waits_for_what_is_under_way(watch: Callable[..., Shift]) -> None:
    """However long it takes: no mailbox is ever worked on twice."""
    old, new = Stuck("a"), Line("a")
    plans: list[Plan] = []
    daemon = watch(old, again=lambda: plans.pop())
    old.until(lambda: old.done == 1)
    plans.append(daemon.plan(new))
    daemon.daemon.reload()
    while plans:
        select_wait(0.001)
    assert (old.closed, new.connections) == (0, 0)
    old.released.set()
    new.until(lambda: new.done >= 1)
    assert old.closed == 1
    assert daemon.stop() == 0


def test_a_bug_while_disconnecting_ends_no_watch(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is made anew all the same, and the bug is told."""

    class Clumsy(Line):
        def close(self) -> None:
            super().close()
            raise ZeroDivisionError

    line = Clumsy("a", [ConnectionLost("cut")])
    daemon = watch(line)
    line.until(lambda: line.connections == 2 and line.done >= 2)
    assert daemon.stop() == 0
    assert "a: a bug while disconnecting: ZeroDivisionError" in _errors(caplog)


def test_a_reload_keeps_no_other_account_waiting(watch: Callable[..., Shift]) -> None:
    """Nor do several, one after the other: whoever is ready goes on, and the hanging one comes last, once."""
    old, hanging, other = Line("b"), Stuck("a"), [Line("a") for _ in range(3)]
    plans: list[Plan] = []
    daemon = watch(hanging, old, again=lambda: plans.pop())
    hanging.until(lambda: hanging.done == 1)
    for each in other:
        ready = Line("b")
        plans.append(daemon.plan(each, ready))
        daemon.daemon.reload()
        ready.until(lambda ready=ready: ready.done >= 1)  # type: ignore[misc]
    assert [each.connections for each in other] == [0, 0, 0]
    hanging.released.set()
    other[-1].until(lambda: other[-1].done >= 1)
    assert [each.connections for each in other] == [0, 0, 1]
    assert daemon.stop() == 0


def test_who_hangs_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not at each look at it, which is one a second; and again if it hangs again."""
    line = Line("a")
    daemon = Daemon(Plan((line.runner,), Pace(stuck=0.0)), lambda: NOW)
    for _ in range(2):
        daemon.board.begin(["a"])
        while not daemon.board.stuck(0.0):
            select_wait(0.001)
        for _ in range(3):
            daemon._tend()
        daemon.board.begin([])
        daemon._tend()
    daemon.stop()
    daemon.run()
    assert [each.partition(";")[0] for each in _errors(caplog)] == ["a: hangs"] * 2


def _said_of_a_reload(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture, error: Exception
) -> list[str]:
    """What is told where the new config can't be read; the account goes on meanwhile."""

    def broken() -> Plan:
        raise error

    line = Line("a")
    daemon = watch(line, again=broken)
    line.until(lambda: line.done >= 1)
    daemon.daemon.reload()
    done = line.done
    line.until(lambda: line.done >= done + 3 and bool(_errors(caplog)))
    assert daemon.stop() == 0
    assert line.connections == 1
    return _errors(caplog)


def test_a_broken_config_leaves_everything_as_it_is(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said what is wrong with it, and the accounts go on under the old one."""
    problems = [Problem("config.toml", 3, "poll_second", "no such key")]

    assert _said_of_a_reload(watch, caplog, ConfigError(problems)) == [
        "the new config is not used: config.toml:3: poll_second: no such key",
        "everything goes on as before; mend it and reload again",
    ]


def test_a_bug_while_the_config_is_read_leaves_everything_as_it_is(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever fails: what is at work stays at work. What the error said is not told; it may be anything."""
    assert _said_of_a_reload(watch, caplog, RuntimeError("secret")) == [
        "the new config is not used: a bug: RuntimeError",
        "everything goes on as before",
    ]


def test_the_end_of_a_sign_in_is_told_ahead(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """From three days before, once a day, in the log and by a notice."""
    soon, later = Line("soon"), Line("later")
    soon.ends, later.ends = NOW + timedelta(days=2), NOW + timedelta(days=4)
    daemon = watch(soon, later)
    soon.until(lambda: soon.done >= 3)
    later.until(lambda: later.done >= 3)
    daemon.stop()
    ends = [each.getMessage() for each in caplog.records if "sign-in ends" in each.getMessage()]
    assert len(ends) == 1
    assert ends[0].endswith("sign in again: assistant account sign-in soon")
    assert len(daemon.told) == 1


def test_angry_mail_and_a_flood_are_told(watch: Callable[..., Shift]) -> None:
    """From the tone that is worth it on, in numbers; a flood once a day."""
    report = Report(judged=5, tones={"concerned": 2, "angry": 1, "hostile": 2}, paused=True)
    line = Line("robin@studio.example", report=report)
    daemon = watch(line)
    line.until(lambda: line.done >= 3)
    daemon.stop()
    angry = (
        "robin@studio.example: unhappy mail has come (2 hostile, 1 angry). Look into your inbox."
    )
    assert daemon.told.count(angry) >= 2
    assert sum("no drafts are laid" in each for each in daemon.told) == 1


def test_what_is_due_is_told_once_though_the_connection_breaks(
    watch: Callable[..., Shift], caplog: pytest.LogCaptureFixture
) -> None:
    """Of forty cases in one notice, which names five; each has its line in the log."""
    caplog.set_level(logging.INFO, "assistant")
    line = Due("robin@studio.example", [Reminder(f"c-{n:06}", "call", NOW) for n in range(40)])
    daemon = watch(line)
    line.until(lambda: line.done >= 6)
    daemon.stop()
    (notice,) = (each for each in daemon.told if "due soon" in each)
    assert re.findall(r"c-\d+", notice) == [f"c-{n:06}" for n in range(5)]
    assert notice.endswith(" and 35 more. See `assistant today`.")
    assert len(notice) < 400
    assert sum(": due: call of c-" in each.getMessage() for each in caplog.records) == 40
    assert line.connections >= 3


def test_trouble_that_lasts_is_told_once() -> None:
    """Not at the first failure, nor at each: after a quarter of an hour, and when it is well again."""
    told: list[str] = []
    notices = Notices(told.append)
    for minutes in (0, 14, 15, 40, 300):
        notices.failing("a", timedelta(minutes=minutes))
    notices.well_again("a")
    notices.well_again("a")
    notices.failing("a", timedelta(minutes=20))
    assert told == [
        "a has not been reached for 15 minutes. See `assistant status`.",
        "a is watched again.",
        "a has not been reached for 20 minutes. See `assistant status`.",
    ]


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
