"""Whether the time of day can be believed enough to erase by it."""

from __future__ import annotations

import time
from collections.abc import Callable

from assistant.pause import unseen_seconds

A_DAY = 86_400.0
JUMP_SECONDS = 3_600.0
"""More than any correction of a clock that goes on as it should."""


def through_sleep() -> float:
    """Seconds that go on while the machine sleeps, and that nobody can set (where the platform has such a clock)."""
    return time.monotonic() + unseen_seconds()


class Steady:
    """Watches the time of day for jumps, since the program began.

    A machine may wake a year ahead, and be set right by the next answer of a time server. A jump is
    believed when it has lasted for a day.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, through: Callable[[], float] = through_sleep
    ) -> None:
        self._wall = wall
        self._through = through
        self._apart = wall() - through()
        self._believed_from = through()

    def __call__(self) -> bool:
        """Whether the time of day has not jumped within a day."""
        now = self._through()
        apart = self._wall() - now
        if abs(apart - self._apart) > JUMP_SECONDS:
            self._apart, self._believed_from = apart, now + A_DAY
        return now >= self._believed_from
