"""health.json in the state folder: how the daemon stands, for `assistant status` and for whoever monitors it.

Replaced as a whole, never half written; nothing in it but the accounts' own addresses and
what went wrong in words. It is taken away when the daemon stops in peace.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.daemon.board import Board, Standing

log = logging.getLogger("assistant")

FILE = "health.json"
EVERY_SECONDS = 30.0
"""How often it is written while nothing changes."""
STALE_SECONDS = 180.0
"""A file older than this was written by a daemon that no longer runs, or hangs."""
_TIMES = ("since", "last_good", "next_try")


@dataclass(frozen=True, slots=True)
class Beat:
    """What the file says."""

    pid: int
    process: str
    """:func:`process` of the daemon: the same number may be another process's later, or in another container."""
    started: datetime
    written: datetime
    accounts: tuple[Standing, ...]


class Health:
    """Writes the file, at once when something changes, and now and then while nothing does."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._started = clock()
        self._version = -1
        self._written = -EVERY_SECONDS

    def write(self, board: Board) -> None:
        """Write it if there is something to say. A full disk is no reason to stop."""
        now = time.monotonic()
        if board.version == self._version and now - self._written < EVERY_SECONDS:
            return
        version = board.version
        text = json.dumps(
            {
                "pid": os.getpid(),
                "process": process(os.getpid()),
                "started": self._started.isoformat(),
                "written": self._clock().isoformat(),
                "accounts": [_plain(each) for each in board.standings()],
            },
            indent=1,
        )
        new = self._path.with_suffix(".new")
        try:
            new.touch(mode=0o600)
            new.write_text(text, "utf-8")
            new.replace(self._path)
        except OSError as error:
            log.warning("%s can't be written: %s", self._path, error.strerror)
        self._version, self._written = version, now

    def end(self) -> None:
        """The daemon stops: nobody stands anywhere any more."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def read(folder: Path) -> Beat | None:
    """What the daemon on this state folder last said; None where none has run, or it has stopped in peace."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        return Beat(
            int(found["pid"]),
            str(found["process"]),
            datetime.fromisoformat(found["started"]),
            datetime.fromisoformat(found["written"]),
            tuple(_standing(each) for each in found["accounts"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def process(pid: int) -> str:
    """What tells a process from all others of this machine: its pid namespace and when it began, in ticks since
    the start of the machine (proc(5)). Empty where there is no such process, or no /proc.
    """
    try:
        space = Path("/proc/self/ns/pid").readlink()
        # The name in parentheses may hold blanks and parentheses; the start is the 22nd field.
        began = (
            Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
        )
    except (OSError, IndexError):
        return ""
    return f"{space} {began}"


def reload(folder: Path, now: datetime) -> bool | None:
    """Ask the daemon on this state folder to read everything anew (SIGHUP).

    Returns:
        Whether it was asked. False where it can't be reached from here: in another container, or another
        user's. None where none gives a sign of life.
    """
    beat = read(folder)
    if (
        beat is None
        or not hasattr(signal, "SIGHUP")
        or (now - beat.written).total_seconds() > STALE_SECONDS
    ):
        return None
    if process(beat.pid) != beat.process:
        return False
    try:
        os.kill(beat.pid, signal.SIGHUP)
    except OSError:  # another user's, or gone
        return False
    return True


def _plain(standing: Standing) -> dict[str, Any]:
    plain = asdict(standing)
    return plain | {key: plain[key] and plain[key].isoformat() for key in _TIMES}


def _standing(plain: dict[str, Any]) -> Standing:
    times = {key: plain[key] and datetime.fromisoformat(plain[key]) for key in _TIMES}
    return Standing(**{**plain, **times})
