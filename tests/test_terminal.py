"""In a real terminal: colours there and nowhere else, and no line longer than the window."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

import pytest
from rich.cells import cell_len

from tests.program import SECONDS, Home, command, days_ago, fresh
from tests.servers import PymapStand

ROWS, COLUMNS = 40, 100
ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LONG = "word " * 100 + "https://studio.example/" + "x" * 300


class Terminal:
    """A pseudo-terminal of a given size, and all that was written to it."""

    def __init__(self, columns: int = COLUMNS) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        self._seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> str:
        """Once nobody holds the terminal any more: what it was shown."""
        os.close(self.theirs)
        self._reader.join(SECONDS)
        os.close(self._ours)
        return self._seen.decode()

    def _read(self) -> None:
        # Linux ends a pseudo-terminal with EIO, where other systems have an empty read.
        with contextlib.suppress(OSError):
            while data := os.read(self._ours, 65_536):
                self._seen += data


def show(home: Home, *arguments: str, columns: int = COLUMNS) -> str:
    """What a person sees who runs the program in a terminal."""
    terminal = Terminal(columns)
    try:
        subprocess.run(
            command(*arguments), stdin=subprocess.DEVNULL, stdout=terminal.theirs,
            stderr=terminal.theirs, env=home.environ, cwd=home.folder, check=True, timeout=SECONDS,
        )  # fmt: skip
    finally:
        shown = terminal.close()
    return shown


def widths(shown: str) -> list[int]:
    """The width of each line on the screen; a progress bar that was erased is on none."""
    shown = re.sub(r"[^\n]*\x1b\[2K", "", shown)
    return [cell_len(line) for line in ESCAPE.sub("", shown).replace("\r", "").split("\n")]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("demo", COLUMNS),
        ("explain", COLUMNS),
        ("explain", 60),
        ("rules", COLUMNS),
        ("rules", 60),
        ("eval", COLUMNS),
        ("try", COLUMNS),
        ("try", 60),
    ],
)
def test_colour_and_width(home: Home, name: str, columns: int) -> None:
    """Coloured on a terminal, plain in a pipe, and wrapped by us and not by the terminal."""
    letter = fresh(
        f"This is unacceptable. {LONG}",
        subject=f"漢字 {LONG}",
        sender=f"{LONG[:200]} <cleo@client.example>",
    )
    (home.folder / "a.eml").write_bytes(letter.raw)
    (home.folder / "wrong.jsonl").write_text('{"eml": "a.eml", "dissatisfied": false}\n')
    (home.folder / "never.toml").write_text("threshold = 2000\n")
    given = {
        "explain": ["a.eml"],
        "eval": ["wrong.jsonl"],
        "try": ["--rules", "never.toml", "a.eml"],
    }
    arguments = [name, *given.get(name, [])]
    shown = show(home, *arguments, columns=columns)
    assert COLOUR.search(shown)
    assert max(widths(shown)) <= columns
    piped = home.run(*arguments)
    assert piped.code == 0
    assert "\x1b" not in piped.out


def test_no_color_is_respected(home: Home) -> None:
    """https://no-color.org: whoever sets NO_COLOR gets none."""
    home.environ["NO_COLOR"] = "1"
    shown = show(home, "rules")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown)
    assert "en." in shown


def test_a_scan_shows_its_progress(pymap: PymapStand, home: Home) -> None:
    """A bar on stderr where that is a terminal; stdout stays clean for programs."""
    home.use(pymap.account(*(fresh(number=n, sender=f"c{n}@client.example") for n in range(5))))
    arguments = ("scan", "--since", days_ago(7), "--json")
    terminal = Terminal()
    try:
        done = subprocess.run(
            command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=terminal.theirs, env=home.environ, cwd=home.folder, check=True, timeout=SECONDS,
        )  # fmt: skip
    finally:
        shown = terminal.close()
    assert "judging" in shown
    assert "5/5" in ESCAPE.sub("", shown)
    assert done.stdout.startswith(b'{"account": ')
    assert home.run(*arguments).err == ""
