"""Waiting that may end early: for bytes on a socket, a bell, or a machine that has slept.

A closed laptop stops the monotonic clock, and with it every timeout, while the server gives the
connection up. What a clock that goes on has gained meanwhile tells of it (Linux: CLOCK_BOOTTIME; elsewhere the
time of day, which also jumps when somebody sets it: one needless new connection).
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from enum import Enum

NAP_SECONDS = 10.0
"""How often a wait looks whether the machine has slept."""
SLEPT_SECONDS = 15.0
"""A gap between the clocks that is a suspended machine, and no adjustment."""

_Selector: type[selectors._BaseSelectorImpl] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


class Woke(Enum):
    """What ended a wait."""

    TIME = "time"
    BYTES = "bytes"
    RUNG = "rung"
    SLEPT = "slept"


class Bell:
    """Rung once, it ends every wait that listens to it, and each one after."""

    def __init__(self) -> None:
        self._ear, self._clapper = socket.socketpair()

    def ring(self) -> None:
        """May be called from a signal handler, and more than once."""
        self._clapper.close()

    @property
    def rung(self) -> bool:
        return self._clapper.fileno() == -1

    def fileno(self) -> int:
        return self._ear.fileno()

    def close(self) -> None:
        """Nobody listens any more."""
        self._clapper.close()
        self._ear.close()


def unseen_seconds() -> float:
    """A number that grows only while the machine sleeps: what the monotonic clock did not see."""
    with contextlib.suppress(AttributeError, OSError):
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return time.time() - time.monotonic()


class Pause:
    """The waits of one thread.

    Args:
        bell: ends every wait.
        unseen: see :func:`unseen_seconds`.
    """

    def __init__(self, bell: Bell, unseen: Callable[[], float] = unseen_seconds) -> None:
        self.bell = bell
        self._unseen = unseen
        self._before = unseen()

    def over(self, seconds: float, sock: socket.socket | None = None) -> Woke:
        """Wait for `seconds`, or less.

        A machine that slept since the last wait began is told once, whatever else has happened:
        no connection from before is worth anything then.
        """
        end = time.monotonic() + seconds
        with _Selector() as selector:
            selector.register(self.bell, selectors.EVENT_READ)
            if sock is not None:
                selector.register(sock, selectors.EVENT_READ)
            while True:
                left = max(0.0, end - time.monotonic())
                ready = {key.fileobj for key, _ in selector.select(min(left, NAP_SECONDS))}
                if self.bell in ready:
                    return Woke.RUNG
                if self._slept():
                    return Woke.SLEPT
                if ready:
                    return Woke.BYTES
                if time.monotonic() >= end:
                    return Woke.TIME

    def _slept(self) -> bool:
        before, self._before = self._before, self._unseen()
        return self._before - before > SLEPT_SECONDS
