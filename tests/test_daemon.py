"""The daemon's loop, with accounts that fail in every way. Nothing sleeps: each waits for the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from assistant.daemon import Connected, Daemon, Runner
from assistant.errors import (
    AssistantError,
    CertificateError,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    StateError,
    StateUnavailable,
)
from assistant.service.scan import Report
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
    ) -> None:
        self.name = name
        self.connections = 0
        self.closed = 0
        self.done = 0
        self._passes = list(passes)
        self._signing_in = list(signing_in)
        self._changed = threading.Condition()

    @property
    def runner(self) -> Runner:
        return Runner(self.name, self._connect)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until something is so; fails where it never is."""
        with self._changed:
            assert self._changed.wait_for(condition, SECONDS), f"{self.name}: never happened"

    def run(self) -> Report:
        with self._changed:
            self._changed.notify_all()
            self._raise(self._passes)
            self.done += 1
        return Report(judged=1)

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


class Watch:
    """A daemon at work in a thread of its own, and its exit code."""

    def __init__(
        self, *lines: Line, poll: float = 0.001, first: float = 0.001, longest: float = 0.002
    ) -> None:
        self.daemon = Daemon(
            [line.runner for line in lines], poll, first_wait=first, longest_wait=longest
        )
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

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
def watch() -> Iterator[Callable[..., Watch]]:
    """Starts daemons, and stops those that a failing test has left."""
    started: list[Watch] = []

    def start(*lines: Line, **waits: float) -> Watch:
        started.append(Watch(*lines, **waits))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_it_goes_on_until_it_is_stopped(watch: Callable[..., Watch]) -> None:
    """One connection, pass after pass; stop() ends it with 0 and closes the connection."""
    line = Line("a")
    daemon = watch(line)
    line.wait(lambda: line.done >= 3)
    assert daemon.stop() == 0
    assert (line.connections, line.closed) == (1, 1)


def test_a_connection_that_broke_is_made_anew(watch: Callable[..., Watch]) -> None:
    """Whether it breaks in a pass or while connecting; the old one is closed."""
    line = Line(
        "a",
        [None, ConnectionLost("cut")],
        [None, ConnectionLost("refused"), MailboxError("no INBOX")],
    )
    daemon = watch(line)
    line.wait(lambda: line.done >= 3)
    assert daemon.stop() == 0
    assert (line.connections, line.closed) == (4, 2)


@pytest.mark.parametrize(
    "error", [StateUnavailable("disk full"), MailboxError("no"), AssistantError("?")]
)
def test_what_may_pass_is_tried_again(watch: Callable[..., Watch], error: Exception) -> None:
    """A full disk, a folder that is missing just now: the next pass takes it up."""
    line = Line("a", [error])
    daemon = watch(line)
    line.wait(lambda: line.done >= 1)
    assert daemon.stop() == 0


def test_the_waits_grow_and_start_small_again(
    watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    """Doubled after each failure up to the longest, and back to the first after a good pass."""
    cut = ConnectionLost("cut")
    line = Line("a", [cut, cut, cut, cut, None, cut])
    caplog.set_level("WARNING", "assistant")
    daemon = watch(line, first=0.01, longest=0.04)
    line.wait(lambda: line.done >= 2)
    daemon.stop()
    # The log shows whole seconds, so the waits are read from what was asked of the logger.
    waits = [
        record.args[-1] for record in caplog.records if record.args and "again in" in record.msg
    ]
    assert waits == [0.01, 0.02, 0.04, 0.04, 0.01]


@pytest.mark.parametrize(
    ("error", "code"),
    [(LoginRefused("no"), 5), (StateError("damaged"), 6)],
)
def test_what_is_refused_for_good_is_not_tried_again(
    watch: Callable[..., Watch], error: AssistantError, code: int
) -> None:
    """A wrong password tried again and again would lock the account; the exit code tells why."""
    line = Line("a", signing_in=[error])
    assert watch(line).end() == code
    assert line.connections == 1


def test_what_is_refused_stops_that_account_only(
    watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    """The others go on, and the user is told which one stopped and what to do."""
    wrong, good = (
        Line("wrong", signing_in=[LoginRefused("bad password", hint="look it up")]),
        Line("good"),
    )
    daemon = watch(wrong, good)
    good.wait(lambda: good.done >= 3)
    assert daemon.stop() == 0
    assert wrong.connections == 1
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["wrong: stopped: bad password", "wrong: look it up"]


def test_the_last_account_that_stops_ends_it(watch: Callable[..., Watch]) -> None:
    """With nobody left to look after, the daemon ends by itself with what stopped them."""
    first = Line("first", signing_in=[LoginRefused("no")])
    second = Line("second", signing_in=[ConnectionLost("later"), LoginRefused("no")])
    assert watch(first, second).end() == 5
    assert (first.connections, second.connections) == (1, 2)


def test_one_that_waits_never_delays_another(watch: Callable[..., Watch]) -> None:
    """An account in its longest wait, one whose pass never ends, and one that is well."""
    down, slow, good = (
        Line("down", signing_in=[ConnectionLost("down")] * 9),
        Held("slow"),
        Line("good"),
    )
    daemon = watch(down, slow, good, first=3600.0)
    down.wait(lambda: down.connections == 1)
    slow.wait(lambda: slow.done == 1)
    good.wait(lambda: good.done >= 5)
    assert (down.connections, slow.done) == (1, 1)
    assert daemon.stop() == 0


def test_a_bug_in_one_account_stops_no_other(
    watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    """It is named as a bug, the connection is given up, and it too is tried again."""
    broken, good = Line("broken", [RuntimeError("oh"), None]), Line("good")
    daemon = watch(broken, good)
    good.wait(lambda: good.done >= 2)
    broken.wait(lambda: broken.done >= 1)
    assert daemon.stop() == 0
    assert (broken.connections, broken.closed) == (2, 2)
    assert any("broken: a bug: RuntimeError" in record.getMessage() for record in caplog.records)


def test_stop_ends_every_wait(watch: Callable[..., Watch]) -> None:
    """A poll of an hour, a back-off of an hour and a long pass all end at once."""
    polling, failing, slow = Line("polling"), Line("failing", [ConnectionLost("cut")]), Held("slow")
    daemon = watch(polling, failing, slow, poll=3600.0, first=3600.0)
    polling.wait(lambda: polling.done == 1)
    failing.wait(lambda: failing.closed == 1)
    slow.wait(lambda: slow.done == 1)
    assert daemon.stop() == 0
    assert [line.closed for line in (polling, failing, slow)] == [1, 1, 1]


def test_what_a_pass_found_is_logged(
    watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    """Numbers and problems with the account's name; never a word of a message."""

    class Told(Line):
        def run(self) -> Report:
            super().run()
            return Report(
                first_start=True,
                older=12,
                judged=3,
                flagged=2,
                drafted=1,
                problems={"no Drafts": 2},
            )

    caplog.set_level("INFO", "assistant")
    line = Told("robin@studio.example")
    daemon = watch(line, poll=3600.0)
    line.wait(lambda: line.done == 1)
    daemon.stop()
    assert [record.getMessage() for record in caplog.records] == [
        "robin@studio.example: connected",
        "robin@studio.example: first start; 12 older messages are left alone (scan --since looks at them)",
        "robin@studio.example: 3 judged, 2 flagged, 1 drafts laid",
        "robin@studio.example: no Drafts (2 times)",
    ]


def test_a_certificate_that_cannot_be_trusted_is_tried_again_only_after_the_longest_wait(
    watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    """It may be renewed; nothing secret was sent, so that there is nothing to lose by waiting."""
    line = Line("a", signing_in=[CertificateError("expired")])
    daemon = watch(line, first=3600.0)
    line.wait(lambda: line.done >= 1)
    assert daemon.stop() == 0
    assert line.connections == 2
