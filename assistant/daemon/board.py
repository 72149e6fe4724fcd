"""How each account stands, told by its thread and read by whoever wants to know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

STARTING, WATCHING, RETRYING, REFUSED, STOPPED = (
    "starting",
    "watching",
    "retrying",
    "refused",
    "stopped",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One account, at one moment."""

    name: str
    state: str
    """``starting``, ``watching``; ``retrying`` after a failure that may pass; ``refused`` by the server, which
    is asked again only now and then; ``stopped`` for good."""
    since: datetime
    """When it came into this state."""
    last_good: datetime | None = None
    """The end of the last pass that went through, in this run of the program."""
    waits: str = ""
    """How new mail is waited for: ``idle`` (the server tells) or ``poll``."""
    error: str = ""
    hint: str = ""
    next_try: datetime | None = None


class Board:
    """Every account's standing. Its methods may be called from any thread; what is told of an account that
    is not looked after any more is not heard.

    Args:
        clock: the time of day.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._standings: dict[str, Standing] = {}
        self._beats: dict[str, float] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """Grows with each change that somebody should see soon."""
        return self._version

    def begin(self, names: Sequence[str]) -> None:
        """These accounts, in this order, and no others; what was good stays known."""
        with self._lock:
            before, now = self._standings, self._clock()
            self._standings = {}
            for name in names:
                good = before[name].last_good if name in before else None
                self._standings[name] = Standing(name, STARTING, now, good)
            self._beats = dict.fromkeys(names, time.monotonic())
            self._version += 1

    def good(self, name: str, waits: str) -> bool:
        """A pass went through. True where the account was in trouble before."""
        with self._lock:
            if name not in self._standings:
                return False
            before, now = self._standings[name], self._clock()
            if before.state == WATCHING and before.waits == waits:
                self._standings[name] = replace(before, last_good=now)
                return False
            self._standings[name] = Standing(name, WATCHING, now, now, waits)
            self._version += 1
            return before.state in (RETRYING, REFUSED)

    def trouble(self, name: str, state: str, **said: Any) -> Standing:
        """Something is wrong; ``since`` stays that of the first failure in a row."""
        with self._lock:
            before = self._standings.get(name) or Standing(name, state, self._clock())
            since = before.since if before.state == state else self._clock()
            now = replace(before, state=state, since=since, waits="", **said)
            if name in self._standings:
                self._standings[name] = now
                self._version += 1
            return now

    def beat(self, name: str) -> None:
        """The account's thread is alive."""
        if name in self._beats:
            self._beats[name] = time.monotonic()

    def stuck(self, seconds: float) -> tuple[str, ...]:
        """The accounts whose threads have given no sign of life for so long."""
        now = time.monotonic()
        with self._lock:
            return tuple(
                name
                for name, beat in self._beats.items()
                if now - beat > seconds and self._standings[name].state != STOPPED
            )

    def standings(self) -> tuple[Standing, ...]:
        with self._lock:
            return tuple(self._standings.values())
