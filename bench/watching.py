"""The daemon at rest and at work: many accounts on a real Dovecot, and how soon a draft lies there.

    python -m bench.watching [--accounts 200] [--seconds 300] [--mails 40]

At rest: memory and processor time of the whole program, its worker apart, while nothing comes. At
work: the time from the server's untagged EXISTS to its OK to our APPEND, by what passes on the wire.
Figures of this machine in one run, no timed test.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.soak import COMPLAINT
from tests.letters import letter
from tests.program import ADDRESS
from tests.proxy import RecordingProxy
from tests.servers import PASSWORD, DovecotStand, ImapAccount, select_wait

PUSHED = 100
"""Accounts that mail comes to: Linux lets one user's Dovecot watch 128 mailboxes by inotify, and
the others it looks at every half minute, which would measure Dovecot."""
_APPEND = re.compile(rb"(\w+) APPEND ")
_TICKS = os.sysconf("SC_CLK_TCK")


class Stopwatch:
    """Listens on the wire: when each connection heard of new mail, and when its APPEND was done."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.drafts = 0
        """Also those of mail that was there when the server was asked, so that it pushed nothing."""
        self._lock = threading.Condition()
        self._told: dict[int, float] = {}
        self._tags: dict[int, bytes] = {}

    def __call__(self, number: int, sent: bool, data: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            if sent:
                if found := _APPEND.search(data):
                    self._tags[number] = found[1]
            elif number in self._tags and self._tags[number] + b" OK" in data:
                del self._tags[number]
                self.drafts += 1
                if number in self._told:
                    self.seconds.append(now - self._told.pop(number))
                self._lock.notify_all()
            elif b" EXISTS" in data and b"FLAGS (" not in data:
                self._told.setdefault(number, now)

    def wait(self, count: int, seconds: float) -> bool:
        with self._lock:
            return self._lock.wait_for(lambda: self.drafts >= count, seconds)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--mails", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watching-") as folder:
        Path(folder).chmod(0o711)
        (Path(folder) / "dovecot").mkdir()
        stand = DovecotStand(Path(folder) / "dovecot")
        watch = Stopwatch()
        proxy = RecordingProxy(stand.port, watch)
        try:
            accounts = [stand.account() for _ in range(options.accounts)]
            return _measure(accounts, proxy, watch, Path(folder), options)
        finally:
            proxy.close()
            stand.proxy.close()
            stand.close()


def _measure(
    accounts: Sequence[ImapAccount], proxy: RecordingProxy, watch: Stopwatch, folder: Path,
    options: argparse.Namespace,
) -> int:  # fmt: skip
    config = _config(folder, accounts, proxy.port)
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant", "--config", str(config), "run"],
            env={**os.environ, "BENCH_PASSWORD": PASSWORD},
            stdout=log,
            stderr=log,
        )
    try:
        until_watching(folder, len(accounts))
        print(
            f"{len(accounts)} accounts watched {time.monotonic() - started:.1f} s after the start"
        )
        select_wait(5.0)
        before, at = _processor_seconds(process.pid), time.monotonic()
        select_wait(options.seconds)
        share = (_processor_seconds(process.pid) - before) / (time.monotonic() - at)
        print(f"at rest for {options.seconds:.0f} s: {memory(process.pid):.0f} MB of memory, "
              f"{100 * share:.2f} % of one core, {open_files(process.pid)} open files")  # fmt: skip
        for number in range(options.mails):
            account = accounts[number % min(len(accounts), PUSHED)]
            account.deliver(
                letter(COMPLAINT, number=number, sender=f"C {number} <c{number}@client.example>")
            )
            if not watch.wait(number + 1, 30.0):
                print(f"message {number} to {account.user}: no draft within 30 s")
                print((folder / "log").read_text()[-2000:])
                return 1
        first, *rest = watch.seconds
        ordered = sorted(rest)
        print(f"from push to draft: first {first:.3f} s (the worker starts); then median "
              f"{statistics.median(ordered):.3f} s, 99 of 100 within {ordered[int(0.99 * len(ordered))]:.3f} s, "
              f"{len(ordered)} messages")  # fmt: skip
        workers = {pid: memory(pid) for pid in _children(process.pid)}
        print(
            f"at work: {memory(process.pid):.0f} MB, its worker {max(workers.values(), default=0):.0f} MB"
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return 0


def _config(folder: Path, accounts: Sequence[ImapAccount], port: int) -> Path:
    path = folder / "config.toml"
    tables = [
        f'[[account]]\nhost = "127.0.0.1"\nport = {port}\nuser = "{each.user}"\n'
        f'addresses = ["{ADDRESS}"]\npassword_env = "BENCH_PASSWORD"\ninsecure = true\n'
        for each in accounts
    ]
    drafting = "[drafting]\ndrafts_per_hour = 10000\nstop_in_flood = false\nmax_age_days = 3650\n"
    path.write_text(f'state = "{folder}/state"\n' + "".join(tables) + drafting)
    return path


def until_watching(folder: Path, count: int, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            said: dict[str, Any] = json.loads((folder / "state" / "health.json").read_text())
            if sum(each["state"] == "watching" for each in said["accounts"]) == count:
                return
        except (OSError, ValueError):
            pass
        select_wait(0.1)
    raise RuntimeError((folder / "log").read_text()[-2000:])


def memory(pid: int) -> float:
    """Resident megabytes of one process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _children(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    threads = Path(f"/proc/{pid}/task").iterdir()
    others = [each for t in threads for each in (t / "children").read_text().split()]
    return [int(each) for each in {*said, *others}]


if __name__ == "__main__":
    sys.exit(main())
