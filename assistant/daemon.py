"""Every account, for ever: a pass, a wait, and after a failure a longer wait.

One thread for each account with its own connection and back-off, so that one that fails never
delays another. What is refused for good (a wrong password) stops that account and says so; it is
not tried again and again, and a certificate that can't be trusted only now and then. A signal stops all of them between two messages.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.errors import (
    AssistantError,
    CertificateError,
    LoginRefused,
    StateError,
    StateUnavailable,
)
from assistant.service.report import Report

log = logging.getLogger("assistant")

FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0
"""Seconds between tries after a failure: doubled each time, with jitter."""
STOP_SECONDS = 8.0
_FOR_GOOD = (LoginRefused, StateError)


class Connected(Protocol):
    """An account that is signed in and ready for passes."""

    def run(self) -> Report: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Runner:
    """An account to look after: a name for the log, and how to connect it."""

    name: str
    connect: Callable[[Callable[[], bool]], Connected]


class Daemon:
    """Runs until :meth:`stop` is called, or until every account has stopped for good."""

    def __init__(
        self,
        runners: Sequence[Runner],
        poll_seconds: float,
        *,
        first_wait: float = FIRST_WAIT,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._runners = tuple(runners)
        self._poll_seconds = poll_seconds
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._stop = threading.Event()
        self._failures: list[AssistantError] = []

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> int:
        """The exit code: 0 after :meth:`stop`, else that of the failure that ended it."""
        threads = [
            threading.Thread(target=self._look_after, args=(runner,), name=runner.name, daemon=True)
            for runner in self._runners
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive() and not self._stop.is_set():
                thread.join(1.0)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            log.warning("stopped in the middle of a command; the next start takes it up")
        if self._stop.is_set() or not self._failures:
            return 0
        return self._failures[0].exit_code

    def _look_after(self, runner: Runner) -> None:
        wait = self._first_wait
        connected: Connected | None = None
        while not self._stop.is_set():
            try:
                if connected is None:
                    connected = runner.connect(self._stop.is_set)
                    log.info("%s: connected", runner.name)
                self._report(runner, connected.run())
                wait = self._first_wait
                self._stop.wait(self._poll_seconds)
            except AssistantError as error:
                connected = self._close(connected)
                if isinstance(error, _FOR_GOOD) and not isinstance(error, StateUnavailable):
                    self._give_up(runner, error)
                    return
                if isinstance(error, CertificateError):
                    wait = self._longest_wait  # somebody has to act; nothing secret was sent
                log.warning("%s: %s (again in %.0f s)", runner.name, error.message, wait)
                if error.hint:
                    log.warning("%s: %s", runner.name, error.hint)
                self._stop.wait(wait * random.uniform(0.8, 1.2))
                wait = min(wait * 2, self._longest_wait)
            except Exception as error:  # noqa: BLE001 - an edge: one account stops no other
                connected = self._close(connected)
                bug = type(error).__name__
                log.error("%s: a bug: %s (again in %.0f s)", runner.name, bug, self._longest_wait)
                log.debug("traceback:\n%s", "".join(traceback.format_tb(error.__traceback__)))
                self._stop.wait(self._longest_wait)
        self._close(connected)

    def _give_up(self, runner: Runner, error: AssistantError) -> None:
        log.error("%s: stopped: %s", runner.name, error.message)
        if error.hint:
            log.error("%s: %s", runner.name, error.hint)
        self._failures.append(error)

    def _report(self, runner: Runner, report: Report) -> None:
        if report.first_start:
            log.info(
                "%s: first start; %d older messages are left alone (scan --since looks at them)",
                runner.name, report.older,
            )  # fmt: skip
        if report.judged:
            log.info(
                "%s: %d judged, %d flagged, %d drafts laid",
                runner.name, report.judged, report.flagged, report.drafted,
            )  # fmt: skip
        for problem, count in report.problems.items():
            log.warning("%s: %s%s", runner.name, problem, f" ({count} times)" if count > 1 else "")

    @staticmethod
    def _close(connected: Connected | None) -> None:
        if connected is not None:
            connected.close()
