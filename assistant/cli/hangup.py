"""SIGHUP while `run` is at work: read everything anew, or, where the terminal is gone, stop as other programs do."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

_MOMENT_SECONDS = 0.1
"""The kernel sends the signal before it has closed the terminal."""


class Hangup:
    """Hears SIGHUP from its making on; what comes before :meth:`pass_on` is done then.

    A terminal that is still there, or none at all (a service, a container), means that somebody has sent
    the signal to have config and rules read anew. So it is with `nohup`, which asks for the end of the terminal to
    be survived.
    """

    def __init__(self) -> None:
        self._do: tuple[Callable[[], None], Callable[[], None]] | None = None
        self._heard_early = False
        if not hasattr(signal, "SIGHUP"):
            return
        survives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        self._may_hang_up = not survives and _has_terminal()
        signal.signal(signal.SIGHUP, lambda *_: self._heard())

    def pass_on(self, *, stop: Callable[[], None], reload: Callable[[], None]) -> None:
        """From now on one of these is called; both may be called from a signal handler."""
        self._do = stop, reload
        if self._heard_early:
            self._heard()

    def _heard(self) -> None:
        if self._do is None:
            self._heard_early = True
            return
        stop, reload = self._do
        if self._may_hang_up and _has_terminal():
            time.sleep(_MOMENT_SECONDS)
        if self._may_hang_up and not _has_terminal():
            stop()
        else:
            reload()


def _has_terminal() -> bool:
    """Whether this process has a controlling terminal (tty(4))."""
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
        return True
    return False
