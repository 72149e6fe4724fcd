"""Starts a thread for each account, watches them, reads the config anew when asked to, stops them all."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from assistant.daemon.board import Board
from assistant.daemon.health import Health
from assistant.daemon.notices import Notices
from assistant.daemon.systemd import Manager
from assistant.daemon.watch import Pace, Runner, Watch
from assistant.errors import AssistantError
from assistant.pause import Bell, Pause, Woke

log = logging.getLogger("assistant")

TICK_SECONDS = 1.0
LOOK_SECONDS = 0.2
"""Between two looks whether a thread of the plan before has ended."""
APART_SECONDS = 0.02
"""Between the starts of two accounts: hundreds at once would only stand in each other's way."""


def nothing() -> None:
    """What a plan without anything to close closes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the daemon is to do: which accounts, at which pace, and whom to tell."""

    runners: tuple[Runner, ...]
    pace: Pace = field(default_factory=Pace)
    notices: Notices = field(default_factory=Notices)
    close: Callable[[], None] = nothing
    """Called when its last thread has ended."""


class _Crew:
    """The threads of one plan.

    Args:
        before: threads of earlier plans. None of ours begins before theirs of the same account has ended: two at
            once on one mailbox is what the program must never be.
    """

    def __init__(
        self,
        plan: Plan,
        board: Board,
        clock: Callable[[], datetime],
        before: Sequence[threading.Thread] = (),
    ) -> None:
        self.plan = plan
        self.bell = Bell()
        self._board = board
        self._before = before
        self.watches = [
            Watch(each, plan.pace, self.bell, board, plan.notices, clock) for each in plan.runners
        ]
        self.threads = [
            threading.Thread(target=self._run, args=(each,), name=each.name, daemon=True)
            for each in self.watches
        ]

    def _run(self, watch: Watch) -> None:
        before = [each for each in self._before if each.name == watch.name]
        pause = Pause(self.bell)
        while any(each.is_alive() for each in before):
            self._board.beat(watch.name)
            if pause.over(LOOK_SECONDS) is Woke.RUNG:
                return
        watch.run()

    def start(self) -> None:
        for number, thread in enumerate(self.threads):
            if number:
                time.sleep(APART_SECONDS)
            if self.bell.rung:
                return
            thread.start()

    @property
    def alive(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    @property
    def ended(self) -> bool:
        """Whether all accounts have stopped for good; where there are none, it is waited for some."""
        return bool(self.threads) and not self.alive

    def stop(self, seconds: float) -> bool:
        """Ring, and wait until all have ended; False where one still hasn't."""
        self.bell.ring()
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        if self.alive:
            return False
        self.bell.close()
        self.plan.close()
        return True


class Daemon:
    """Runs until :meth:`stop` is called, or until every account has stopped for good.

    Args:
        plan: what to begin with.
        again: reads the plan anew; called after :meth:`reload`.
        health: where to write down how everything stands; None for nowhere.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Callable[[], datetime],
        *,
        again: Callable[[], Plan] | None = None,
        health: Health | None = None,
        manager: Manager | None = None,
    ) -> None:
        self._clock = clock
        self._again = again
        self._health = health
        self._manager = manager or Manager("", 0.0)
        self.board = Board(clock)
        self._bell = Bell()
        self._reload = threading.Event()
        self._crew = _Crew(plan, self.board, clock)
        self._leaving: list[_Crew] = []
        """Crews of earlier plans, in the middle of a command."""
        self._stuck: frozenset[str] = frozenset()

    def stop(self) -> None:
        """May be called from a signal handler."""
        self._bell.ring()

    def reload(self) -> None:
        """Read everything anew soon. May be called from a signal handler."""
        self._reload.set()

    def run(self) -> int:
        """The exit code: 0 after :meth:`stop`, else that of the failure that ended it."""
        self._begin(self._crew)
        self._manager.ready(self._summary())
        pause = Pause(self._bell)
        while not self._bell.rung and not self._crew.ended:
            pause.over(TICK_SECONDS)
            if self._reload.is_set():
                self._reload.clear()
                self._read_anew()
            self._tend()
        asked = self._bell.rung
        self._manager.stopping()
        until = time.monotonic() + self._crew.plan.pace.stop
        ended = [
            each.stop(max(0.0, until - time.monotonic())) for each in (self._crew, *self._leaving)
        ]
        if not all(ended):
            log.warning("stopped in the middle of a command; the next start takes it up")
        if self._health is not None:
            self._health.end()
        self._bell.close()
        failures = [each.failure for each in self._crew.watches if each.failure is not None]
        if asked:
            return 0
        return failures[0].exit_code if failures else AssistantError.exit_code

    def _begin(self, crew: _Crew) -> None:
        self.board.begin([each.name for each in crew.watches])
        crew.start()

    def _read_anew(self) -> None:
        """Change over to a new plan; where it is broken, go on with the old one."""
        if self._again is None:
            return
        self._manager.reloading()
        try:
            plan = self._again()
        except AssistantError as error:
            for line in error.message.splitlines():
                log.error("the new config is not used: %s", line)
            log.error("everything goes on as before; mend it and reload again")
        except Exception as error:  # noqa: BLE001 - an edge: what is at work stays at work
            log.debug("traceback:\n%s", "".join(traceback.format_tb(error.__traceback__)))
            log.error("the new config is not used: a bug: %s", type(error).__name__)
            log.error("everything goes on as before")
        else:
            self._change_over(plan)
            log.info("config and rules read anew: %d mailbox(es)", len(plan.runners))
            if not plan.runners:
                log.warning("no account is set up any more: nothing is watched until one is")
        self._manager.ready(self._summary())

    def _change_over(self, plan: Plan) -> None:
        """Account by account: one in the middle of a long command keeps no other from going on."""
        if not self._crew.stop(0.0):
            self._leaving.append(self._crew)
        before = [thread for each in self._leaving for thread in each.threads]
        self._crew = _Crew(plan, self.board, self._clock, before)
        self._begin(self._crew)

    def _tend(self) -> None:
        """Write down how everything stands, and tell the service manager that all threads are alive."""
        self._leaving = [each for each in self._leaving if not each.stop(0.0)]
        seconds = self._crew.plan.pace.stuck
        stuck = frozenset(self.board.stuck(seconds))
        for name in sorted(stuck - self._stuck):  # said once, not at each tick
            log.error("%s: hangs; it has given no sign of life for %.0f s", name, seconds)
        self._stuck = stuck
        if self._health is not None:
            self._health.write(self.board)
        self._manager.alive(self._summary(), well=not stuck)

    def _summary(self) -> str:
        standings = self.board.standings()
        wrong = [each for each in standings if each.error]
        if not wrong:
            return f"watching {len(standings)} mailbox(es)"
        return f"{len(wrong)} of {len(standings)} mailbox(es) in trouble: {names(wrong)}"


def names(standings: Sequence[object], most: int = 3) -> str:
    """The first few names, and how many more."""
    listed = [str(getattr(each, "name", each)) for each in standings]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
