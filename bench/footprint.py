"""How much memory the daemon holds: at rest, at work, for each account, and while it takes up a great deal of mail.

    python -m bench.footprint [--quick]

Resident megabytes by /proc, of the daemon's own process and of its worker apart. The peak is VmHWM.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

from assistant import encoder
from bench.boxes import dovecot, fill, large, letters
from bench.growth import by_accounts
from bench.processes import children, memory, peak
from bench.programs import configured, daemon
from bench.report import Section, Table, markdown, verdict
from tests.program import fresh
from tests.servers import select_wait

OWN, WORKER, WITH_READER, ACCOUNT, PEAK = 60, 110, 220, 1.5, 180
"""Targets: fewer megabytes than these."""
ACCOUNTS, MESSAGES, LARGE = 200, 100_000, 50
WARM = 60
"""Letters that come before it is looked how much a worker holds."""
SECONDS = 1_800.0
Row = tuple[str, float, float | None]
"""What, megabytes, fewer than how many."""


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    accounts, messages, megabytes = (5, 500, 5) if quick else (ACCOUNTS, MESSAGES, LARGE)
    rows = [*_at_work("off", WORKER)]
    if encoder.installed():
        rows += _at_work("auto", WITH_READER)
    one, many = by_accounts(1, 2.0)["MB"], by_accounts(accounts, 2.0)["MB"]
    rows.append((f"each further account, of {accounts}", (many - one) / (accounts - 1), ACCOUNT))
    rows += _taking_up(messages, megabytes)
    return Section(
        "Memory",
        "python -m bench.footprint",
        "`assistant run` on Dovecot, resident megabytes. At rest: one account, and no message has come yet, so that no "
        f"worker is needed. A warm worker has read {WARM} letters. The peak: {messages:,} messages that came while "
        f"the daemon was stopped, one of them of {megabytes} MB, all judged, remembered and marked at its start.",
        (Table(("what", "MB", "target"), tuple(map(_row, rows))),),
    )


def _row(row: Row) -> tuple[str, str, str]:
    what, megabytes, most = row
    shown = f"{megabytes:.2f}" if megabytes < 10 else f"{megabytes:.0f}"
    return what, shown, "" if most is None else f"under {most:g}: {verdict(megabytes < most)}"


def _at_work(reader: str, most: float) -> list[Row]:
    """One account at rest, and again when letters have come and the last is answered."""
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="footprint-") as folder:
        account = stand.account()
        config = configured(Path(folder), [account], f'[judging]\nreader = "{reader}"')
        with daemon(config, 1) as pid:
            select_wait(2.0)
            rest = memory(pid)
            account.deliver_all([*letters(WARM), fresh()])  # the last is a complaint
            deadline = time.monotonic() + 60
            while not account.contents("Drafts"):
                if time.monotonic() > deadline:
                    raise RuntimeError("the complaint was not answered within a minute")
                select_wait(0.1)
            work, worker = memory(pid), max(map(memory, children(pid)), default=0.0)
    rows: list[Row] = [(f'at rest, reader = "{reader}"', rest, OWN)]
    rows.append((f'at rest after its first mail, reader = "{reader}"', work, None))
    rows.append((f'its warm worker, reader = "{reader}"', worker, most))
    return rows


def _taking_up(messages: int, megabytes: int) -> list[Row]:
    """All that came while the daemon was stopped."""
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="footprint-") as folder:
        account = stand.account()
        config = configured(Path(folder), [account], '[judging]\nreader = "off"')
        with daemon(config, 1):
            pass  # the first start: what comes from now on is judged
        some = letters(messages - 1)
        older = itertools.islice(some, messages // 2)
        fill(stand, account, itertools.chain(older, [large(megabytes)], some))
        with daemon(config, 1, SECONDS) as pid:
            own, worker = peak(pid), max(map(peak, children(pid)), default=0.0)
        log = (Path(folder) / "log").read_text()
    if f": {messages} judged" not in log:
        raise RuntimeError(f"not all were judged: {log[-500:]}")
    about = f"of {messages:,} messages that wait"
    return [(f"its peak, {about}", own, PEAK), (f"its worker's peak, {about}", worker, None)]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
