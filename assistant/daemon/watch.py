"""One account, for as long as nobody says stop: connect, pass, wait; after a failure, wait longer.

What may pass is tried again after 5 seconds, then after twice as long, up to a quarter of an hour, each with jitter.
A refused sign-in is asked again only after a quarter of an hour, then more and more seldom: tried again and again, a
wrong password locks an account. Nothing needs a restart. What waits is woken by a bell, and by a machine that slept.
"""

from __future__ import annotations

import logging
import math
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from assistant.daemon.board import REFUSED, RETRYING, STOPPED, Board
from assistant.daemon.notices import Notices
from assistant.errors import (
    AssistantError,
    CertificateError,
    LoginRefused,
    StateError,
    StateUnavailable,
)
from assistant.pause import Bell, Pause, Woke, unseen_seconds
from assistant.service.report import Reminder, Report

log = logging.getLogger("assistant")

SIGN_OF_LIFE_SECONDS = 300.0
ENDS_SOON = timedelta(days=3)


class Connected(Protocol):
    """An account that is signed in and ready for passes."""

    @property
    def pushes(self) -> bool: ...
    def run(self) -> Report: ...
    def follow(self, report: Report, followed: Report) -> None: ...
    def reminded(self, followed: Report) -> None: ...
    def wait(self, seconds: float, pause: Pause) -> Woke: ...
    def close(self) -> None: ...


def never() -> None:
    """The end of a sign-in that has none."""


@dataclass(frozen=True, slots=True)
class Runner:
    """An account to look after: a name for the log, and how to connect it."""

    name: str
    connect: Callable[[Callable[[], bool]], Connected]
    ends: Callable[[], datetime | None] = never
    """When its sign-in ends and the user has to sign in again; None where that isn't known."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is waited, in seconds."""

    poll: float = 60.0
    """Between two looks, where the server does not tell of new mail, or something has to be done yet."""
    idle: float = 240.0
    """Between two looks where it does: a push that was lost costs so much (RFC 2177 allows 29 minutes)."""
    first: float = 5.0
    """After a failure; doubled with each one more."""
    longest: float = 900.0
    first_refused: float = 900.0
    """After a refused sign-in."""
    longest_refused: float = 6 * 3600.0
    steady: float = 60.0
    """A connection that lasted so long had nothing to do with the failures before it."""
    false_alarm: float = 0.1
    """After a push that brought nothing, before the next look; doubled with each one more, up to `poll`."""
    stop: float = 8.0
    """For a command that is under way when the daemon is asked to stop."""
    stuck: float = 1800.0
    """A thread without a sign of life for so long hangs; no command and no message may take so long."""


class Watch:
    """The loop of one account, in a thread of its own."""

    def __init__(
        self,
        runner: Runner,
        pace: Pace,
        bell: Bell,
        board: Board,
        notices: Notices,
        clock: Callable[[], datetime],
        unseen: Callable[[], float] = unseen_seconds,
    ) -> None:
        self.name = runner.name
        self.failure: AssistantError | None = None
        """What ended it for good."""
        self._runner = runner
        self._pace = pace
        self._bell = bell
        self._pause = Pause(bell, unseen)
        self._board = board
        self._notices = notices
        self._clock = clock
        self._connected: Connected | None = None
        self._failures = self._refusals = self._alarms = 0
        self._since = 0.0  # when the connection was made, by the monotonic clock
        self._warned: date | None = None
        self._reminded: set[Reminder] = set()  # told, and not noted yet: the disk may be full

    def run(self) -> None:
        """Until the bell rings, or nothing more can be done."""
        try:
            while not self._bell.rung and self.failure is None:
                self._once()
        finally:
            self._close()

    def _once(self) -> None:
        """A pass and the wait after it, whatever comes of them."""
        try:
            woke = self._pass()
        except AssistantError as error:
            self._close()
            woke = self._failed(error)
        except Exception as error:  # noqa: BLE001 - an edge: one account stops no other
            self._close()
            log.debug("traceback:\n%s", "".join(traceback.format_tb(error.__traceback__)))
            woke = self._later(f"a bug: {type(error).__name__}", "", self._pace.longest)
        if woke is Woke.SLEPT:
            log.info("%s: the machine slept; connecting anew", self.name)
            self._close()
            self._failures = 0

    def _pass(self) -> Woke:
        self._board.beat(self.name)
        if self._connected is None:
            self._since = math.inf
            self._connected = self._runner.connect(self._stopping)
            self._since = time.monotonic()
            log.info("%s: connected", self.name)
        report = self._connected.run()
        self._tell(report)
        self._follow(self._connected, report)
        self._refusals = 0
        waits = "idle" if self._connected.pushes else "poll"
        if self._board.good(self.name, waits):
            self._notices.well_again(self.name)
        self._warn_of_the_end()
        if self._bell.rung:
            return Woke.RUNG
        soon = report.waits or waits == "poll"
        seconds = min(self._pace.poll, self._pace.idle) if soon else self._pace.idle
        woke = self._connected.wait(seconds, self._pause)
        self._failures = 0  # not before: a connection that breaks in each wait is none that holds
        if woke is not Woke.BYTES or report.judged or report.known:
            self._alarms = 0
            return woke
        return self._after_a_false_alarm()

    def _follow(self, connected: Connected, report: Report) -> None:
        """What became of unhappy mail; what is due is told also where the connection breaks in the middle."""
        followed = Report()
        try:
            connected.follow(report, followed)
        finally:
            new = [each for each in followed.reminders if each not in self._reminded]
            self._tell(replace(followed, reminders=new))
            self._reminded.update(new)
            connected.reminded(followed)
            self._reminded.difference_update(followed.reminders)

    def _after_a_false_alarm(self) -> Woke:
        """A server that tells of new mail again and again, and has none, is heard more and more seldom."""
        seconds = min(self._pace.false_alarm * 2**self._alarms, self._pace.poll)
        self._alarms = min(self._alarms + 1, 16)
        return self._pause.over(seconds)

    def _stopping(self) -> bool:
        """Asked between two messages, which also shows that this thread is alive."""
        self._board.beat(self.name)
        return self._bell.rung

    # --- when something is wrong ---

    def _failed(self, error: AssistantError) -> Woke:
        if isinstance(error, StateError) and not isinstance(error, StateUnavailable):
            log.error("%s: stopped: %s", self.name, error.message)
            self._hint(logging.ERROR, error.hint)
            self._board.trouble(self.name, STOPPED, error=error.message, hint=error.hint)
            self._notices.stopped(self.name, "its state file can't be used")
            self.failure = error
            return Woke.RUNG
        if isinstance(error, LoginRefused):
            seconds = self._pace.first_refused * 2**self._refusals
            self._refusals = min(self._refusals + 1, 16)
            return self._refused(error, min(seconds, self._pace.longest_refused))
        if time.monotonic() - self._since >= self._pace.steady:
            self._failures = 0
        seconds = min(self._pace.first * 2**self._failures, self._pace.longest)
        self._failures = min(self._failures + 1, 16)
        if isinstance(error, CertificateError):
            seconds = self._pace.longest  # somebody has to act; nothing secret was sent
        return self._later(error.message, error.hint, seconds)

    def _refused(self, error: LoginRefused, seconds: float) -> Woke:
        until = self._clock() + timedelta(seconds=seconds)
        log.error(
            "%s: stopped: %s (it is tried again at %s)",
            self.name, error.message, f"{until.astimezone():%H:%M}",
        )  # fmt: skip
        self._hint(logging.ERROR, error.hint)
        self._board.trouble(
            self.name, REFUSED, error=error.message, hint=error.hint, next_try=until
        )
        self._notices.stopped(self.name, "the server refused the sign-in")
        return self._sit(seconds, until)

    def _later(self, message: str, hint: str, seconds: float) -> Woke:
        log.warning("%s: %s (again in %.0f s)", self.name, message, seconds)
        self._hint(logging.WARNING, hint)
        seconds *= random.uniform(0.8, 1.2)
        until = self._clock() + timedelta(seconds=seconds)
        standing = self._board.trouble(
            self.name, RETRYING, error=message, hint=hint, next_try=until
        )
        self._notices.failing(self.name, self._clock() - standing.since)
        return self._sit(seconds)

    def _sit(self, seconds: float, until: datetime | None = None) -> Woke:
        """A wait without a connection; where a long one is due, still with a sign of life.

        Args:
            until: where not even a machine that slept may end it sooner.
        """
        while True:
            woke = self._pause.over(min(seconds, SIGN_OF_LIFE_SECONDS))
            self._board.beat(self.name)
            seconds -= SIGN_OF_LIFE_SECONDS
            if woke is Woke.SLEPT and until is not None and self._clock() < until:
                seconds = (until - self._clock()).total_seconds()
            elif woke is not Woke.TIME or seconds <= 0:
                return woke

    def _warn_of_the_end(self) -> None:
        """Once a day, from three days before the sign-in ends."""
        now = self._clock()
        if self._warned == now.date():
            return
        self._warned = now.date()
        ends = self._runner.ends()
        if ends is not None and ends - now < ENDS_SOON:
            log.warning(
                "%s: its sign-in ends on %s; sign in again: assistant account sign-in %s",
                self.name, f"{ends.astimezone():%Y-%m-%d %H:%M}", self.name,
            )  # fmt: skip
            self._notices.sign_in_ends(self.name, ends)

    def _hint(self, level: int, hint: str) -> None:
        if hint:
            log.log(level, "%s: %s", self.name, hint)

    def _tell(self, report: Report) -> None:
        if report.first_start:
            log.info(
                "%s: first start; %d older messages are left alone (scan --since looks at them)",
                self.name, report.older,
            )  # fmt: skip
        if report.judged:
            log.info(
                "%s: %d judged, %d flagged, %d drafts laid",
                self.name, report.judged, report.flagged, report.drafted,
            )  # fmt: skip
        if report.corrections:
            log.info("%s: %s", self.name, report.corrections)
        for told in report.told:
            log.info("%s: told by keyword: %s", self.name, told)
        for problem, count in report.problems.items():
            log.warning("%s: %s%s", self.name, problem, f" ({count} times)" if count > 1 else "")
        for each in report.reminders:
            log.info("%s: due: %s", self.name, each.told)
        self._notices.flagged(self.name, report.tones)
        self._notices.due(self.name, report.reminders)
        if report.paused:
            self._notices.paused(self.name)

    def _close(self) -> None:
        connected, self._connected = self._connected, None
        if connected is None:
            return
        try:
            connected.close()
        except Exception as error:  # noqa: BLE001 - an edge: nothing that is left may end the thread
            log.error("%s: a bug while disconnecting: %s", self.name, type(error).__name__)
