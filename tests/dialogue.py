"""The program in a real terminal, with somebody at the keyboard."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from tests.program import SECONDS, Home, command

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


class Dialogue:
    """A run of the program on a terminal of its own, which it can ask for a password."""

    def __init__(
        self, home: Home, *arguments: str, columns: int = 100, under: Sequence[str] = ()
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        # setsid makes the terminal the one that /dev/tty names, as a login shell does; env undoes what
        # a shell does to the jobs in its background, and nohup to all: they hear no Ctrl-C, no hang-up.
        self._process = subprocess.Popen(
            ["env", "--default-signal=INT,HUP", "setsid", "--ctty", *under, *command(*arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
            env=home.environ, cwd=home.folder,
        )  # fmt: skip
        os.close(theirs)
        self._seen = b""
        self._read_to = 0

    def __enter__(self) -> Dialogue:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._close()

    @property
    def shown(self) -> str:
        """All that stands on the screen, without colours."""
        return ESCAPE.sub("", self._seen.decode("utf-8", "replace")).replace("\r", "")

    def until(self, words: str) -> str:
        """Read until these words come, after what was read before; what came with them."""
        deadline = time.monotonic() + SECONDS
        while words not in self.shown[self._read_to :]:
            assert self._read(deadline), f"it never said {words!r}:\n{self.shown}"
        at = self.shown.index(words, self._read_to) + len(words)
        found, self._read_to = self.shown[self._read_to : at], at
        return found

    def type(self, text: str) -> None:
        """A line at the keyboard."""
        os.write(self._ours, f"{text}\n".encode())

    def answer(self, question: str, text: str = "") -> None:
        """Wait for a question and answer it; nothing for what it proposes."""
        self.until(question)
        self.type(text)

    def interrupt(self) -> None:
        """Ctrl-C, once more where it came in the instant between a question and the reading of its answer:
        Python hears it then only after the next line."""
        for _ in range(20):
            os.write(self._ours, b"\x03")
            while self._read(time.monotonic() + 1.0):
                if "stopped" in self.shown[self._read_to :]:
                    return
        raise AssertionError(f"it does not stop:\n{self.shown}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def hang_up(self) -> None:
        """Close the terminal's window."""
        self._close()

    def ended(self, seconds: float) -> int | None:
        """The exit code of a program whose terminal is gone; None where it goes on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def _close(self) -> None:
        if self._ours != -1:
            os.close(self._ours)
        self._ours = -1

    def end(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        code = self._process.wait(10)
        assert "Traceback" not in self.shown, self.shown
        return code

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        data = b""
        with contextlib.suppress(OSError):  # Linux ends a pseudo-terminal with EIO
            data = os.read(self._ours, 65_536) if ready else b""
        self._seen += data
        return bool(data)
