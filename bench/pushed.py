"""How soon a draft lies in Drafts: from the server's push of a message to its OK to our APPEND.

    python -m bench.pushed [--quick]

`assistant run` on Dovecot, its worker warm, by what passes on the wire: one message after another, each after the
last one's draft; then fifty at once.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bench.boxes import dovecot
from bench.programs import configured, daemon
from bench.report import Section, Table, markdown, verdict
from bench.soak import COMPLAINT
from tests.letters import Letter
from tests.program import fresh
from tests.proxy import RecordingProxy
from tests.servers import ImapAccount

SINGLE, FLOOD = 100, 50
MEDIAN, MOST = 0.5, 1.5
"""Targets in seconds: median; 99 of 100."""
PATIENCE = 60.0
_APPEND = re.compile(rb"(\w+) APPEND ")
_ANSWERS = re.compile(rb"In-Reply-To: <m(\d+)@")
_DRAFTING = "[drafting]\ndrafts_per_hour = 10000\nstop_in_flood = false"


class Stopwatch:
    """Listens on the wire: when the server pushed, and when each message's draft was taken."""

    def __init__(self) -> None:
        self.pushed: list[float] = []
        self.drafted: dict[int, float] = {}
        """By the number of the message that it answers."""
        self._lock = threading.Condition()
        self._tags: dict[int, bytes] = {}
        self._about: dict[int, int] = {}

    def __call__(self, number: int, sent: bool, data: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            if sent:
                if found := _APPEND.search(data):
                    self._tags[number] = found[1]
                if about := _ANSWERS.search(data):
                    self._about[number] = int(about[1])
            elif number in self._tags and self._tags[number] + b" OK" in data:
                del self._tags[number]
                self.drafted[self._about.pop(number)] = now
                self._lock.notify_all()
            elif b" EXISTS" in data and b"FLAGS (" not in data:
                self.pushed.append(now)

    def pushed_after(self, taken: float) -> float:
        """When the server told of a message; when it was taken, where the daemon was at work and found it by itself."""
        with self._lock:
            return self.pushed[0] if self.pushed else taken

    def wait(self, messages: Sequence[int]) -> None:
        """Until each of them has a draft.

        Raises:
            RuntimeError: where that takes a minute.
        """
        with self._lock:
            if not self._lock.wait_for(lambda: self.drafted.keys() >= set(messages), PATIENCE):
                raise RuntimeError(f"{len(self.drafted)} drafts after {PATIENCE:g} s")


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    single, flood = (3, 5) if quick else (SINGLE, FLOOD)
    watch = Stopwatch()
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="pushed-") as folder:
        proxy = RecordingProxy(stand.port, watch)
        try:
            account = stand.account()
            config = configured(Path(folder), [account], _DRAFTING, port=proxy.port)
            with daemon(config, 1):
                first, *rest = [_one(account, watch, number) for number in range(single + 1)]
                together = _flood(account, watch, range(1_000, 1_000 + flood))
        finally:
            proxy.close()
    rows = [
        _row(f"one after another, {len(rest)} messages", rest),
        _row(f"{flood} at once", together),
        ("the first of all: the worker starts", f"{first:.2f}", "", ""),
    ]
    met = all(statistics.median(each) < MEDIAN and _most(each) < MOST for each in (rest, together))
    return Section(
        "From push to draft",
        "python -m bench.pushed",
        "Seconds from the server's untagged EXISTS to its OK to our APPEND; the reader is asked where it is installed.",
        (Table(("", "median", "99 of 100", "most"), tuple(rows)),),
        (
            f"Targets: median under {MEDIAN} s, 99 of 100 under {MOST} s, in a flood too: {verdict(met)}.",
        ),
    )


def _one(account: ImapAccount, watch: Stopwatch, number: int) -> float:
    """Seconds for one message."""
    watch.pushed.clear()
    account.deliver(_complaint(number))
    taken = time.monotonic()
    watch.wait([number])
    return watch.drafted[number] - watch.pushed_after(taken)


def _flood(account: ImapAccount, watch: Stopwatch, numbers: Sequence[int]) -> list[float]:
    """Seconds for each of many that come as fast as the server takes them.

    Each from the server's first push, before which nobody can know (Dovecot waits for half a second); from when
    the server has taken it, if that was later: while the daemon is at work nothing is pushed.
    """
    watch.pushed.clear()
    taken = {}
    for number in numbers:
        account.deliver(_complaint(number))
        taken[number] = time.monotonic()
    watch.wait(numbers)
    first = watch.pushed_after(min(taken.values()))
    return [watch.drafted[number] - max(at, first) for number, at in taken.items()]


def _complaint(number: int) -> Letter:
    return fresh(
        COMPLAINT, number=number, hours=0.1, sender=f"C {number} <c{number}@client.example>"
    )


def _row(name: str, seconds: Sequence[float]) -> tuple[str, str, str, str]:
    return name, f"{statistics.median(seconds):.2f}", f"{_most(seconds):.2f}", f"{max(seconds):.2f}"


def _most(seconds: Sequence[float]) -> float:
    """What 99 of 100 stay within."""
    return sorted(seconds)[int(0.99 * (len(seconds) - 1))]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
