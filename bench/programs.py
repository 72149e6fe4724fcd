"""Our program as its users run it, timed, and its memory looked at."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import children, peak
from tests.program import PASSWORD_ENV, account_table
from tests.servers import PASSWORD, ImapAccount, select_wait

LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run took."""

    seconds: float
    own: float
    """The most megabytes of its first process."""
    worker: float
    """The same of the largest process that it started."""
    out: str


class Peaks:
    """The most memory of a process, and of the largest of its children, by VmHWM, while it is entered."""

    def __init__(self, pid: int) -> None:
        self.own = self.worker = 0.0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peaks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            with contextlib.suppress(OSError):
                self.own = max(self.own, peak(self._pid))
                self.worker = max([self.worker, *map(peak, children(self._pid))])


def configured(folder: Path, accounts: Sequence[ImapAccount], *tables: str, port: int = 0) -> Path:
    """A config.toml in a folder, with its state there, too.

    Args:
        port: of a proxy that is to be between; it costs processor time.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "config.toml"
    each = (account_table(account, port=port or account.port) for account in accounts)
    path.write_text("\n".join([f'state = "{folder}/state"', *tables, *each]), "utf-8")
    return path


def environment() -> Mapping[str, str]:
    """With the password of the stand's accounts."""
    return {**os.environ, PASSWORD_ENV: PASSWORD}


def command(config: Path, *arguments: str) -> list[str]:
    """The program's command line."""
    return [sys.executable, "-m", "assistant", "--config", str(config), *arguments]


def ran(config: Path, *arguments: str) -> Ran:
    """Run it to its end.

    Raises:
        RuntimeError: where it fails, with what it said.
    """
    with (config.parent / "out").open("w+b") as out, (config.parent / "err").open("w+b") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command(config, *arguments), env=environment(), stdout=out, stderr=err
        )
        with Peaks(process.pid) as peaks:
            code = process.wait()
        seconds = time.perf_counter() - started
        if code:
            err.seek(0)
            raise RuntimeError(err.read().decode()[-2000:])
        out.seek(0)
        return Ran(seconds, peaks.own, peaks.worker, out.read().decode())


@contextlib.contextmanager
def daemon(config: Path, accounts: int, seconds: float = 120.0) -> Iterator[int]:
    """`assistant run`, once it watches so many accounts: its process id, until the end of the block."""
    with (config.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            command(config, "run"), env=environment(), stdout=log, stderr=log
        )
    try:
        until_watching(config.parent, accounts, seconds)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def until_watching(folder: Path, count: int, seconds: float = 120.0) -> None:
    """Wait until a daemon watches so many accounts.

    Raises:
        RuntimeError: with the end of its log, where it doesn't come to it.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            said: dict[str, Any] = json.loads((folder / "state" / "health.json").read_text())
            if sum(each["state"] == "watching" for each in said["accounts"]) == count:
                return
        select_wait(0.1)
    raise RuntimeError((folder / "log").read_text()[-2000:])
