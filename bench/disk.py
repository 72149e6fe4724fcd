"""How much the state takes on the disk: for each judged message, after a busy year, and after the next one.

    python -m bench.disk [--mails 50000] [--quick]

Real passes by the shipped rules over a mailbox in memory, 50 at a time; the clock goes on as the mail does. After a
year what is older is erased (`retention_days`), as the program does it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from assistant import rulebook
from assistant.model import Address, Identity, Profile
from assistant.service.ports import Desk
from assistant.service.report import Request
from assistant.service.scan import Service
from assistant.store import Database, Store
from assistant.triage import Triage
from assistant.worker import Here
from bench.report import Section, Table, markdown, verdict
from tests.letters import NOW, Letter, letter
from tests.office import CLIENTS, UNHAPPY, month
from tests.servers import FakeStand
from tests.workbench import Clock, Notes

BUSY = 50_000
"""Messages of a year: two hundred on a working day."""
PASSES = 50
"""In a year."""
BYTES, MEGABYTES = 1024, 50
"""Targets: for a judged message; for a year."""
YEAR = timedelta(days=365)
EVERY = 30
"""One message of so many is an unhappy client's."""
ME = "robin@studio.example"


def section(mails: int = BUSY, *, quick: bool = False) -> Section:
    """Measure it."""
    mails = 1_000 if quick else mails
    with tempfile.TemporaryDirectory(prefix="disk-") as folder:
        state = Path(folder) / "state.sqlite3"
        sizes, flagged = _years(state, mails, years=2)
    first, second = sizes
    each = first / mails
    busy = each * BUSY / 1024 / 1024
    rows = (
        ("state after a year", f"{first / 1024 / 1024:.1f} MB"),
        ("for a judged message", f"{each:,.0f} bytes"),
        (f"a year of {BUSY:,} messages", f"{busy:.1f} MB"),
        ("after the next year, of as many", f"{second / 1024 / 1024:.1f} MB"),
        ("next year to first", f"{second / first:.2f}"),
    )
    return Section(
        "On the disk",
        "python -m bench.disk",
        f"{mails:,} messages a year of {len(CLIENTS) * 5} correspondents, {flagged:,} of them flagged in the first; a third within threads; size of state.sqlite3, closed.",
        (Table(("what", "size"), rows),),
        (
            f"Targets: under {BYTES} bytes a message, {verdict(each < BYTES)}; a busy year under {MEGABYTES} MB, "
            f"{verdict(busy < MEGABYTES)}. What is erased makes room for what comes (SQLite reuses the pages).",
        ),
    )


def _years(state: Path, mails: int, years: int) -> tuple[list[int], int]:
    account, clock = FakeStand().account(), Clock()
    triage, here, sizes, flagged = Triage(rulebook.load()), Here(), [], 0
    profile = Profile(ME, (Identity(Address("Robin Hale", ME)),), stale_days=14, sender_days=7)
    words = [each.raw.split(b"\r\n\r\n", 1)[1].decode() for each in month()]

    def a_pass() -> int:
        store = Store(Database.open(state))
        service = Service(
            mailbox=account.connect(), state=store, triage=triage, reader=here, desk=Desk(profile), clock=clock,
            watcher=Notes(), stopping=lambda: False,
        )  # fmt: skip
        report = service.run(Request())
        store.expire(ME, clock.now - YEAR)
        store.close()
        return report.flagged

    a_pass()  # the first start judges nothing that is there already
    number, start = 0, NOW
    for year in range(years):
        for part in range(PASSES):
            clock.now = start + YEAR * year + YEAR * (part + 1) / PASSES
            for _ in range(mails // PASSES):
                account.deliver(_letter(number, words, clock))
                number += 1
            found = a_pass()
            flagged += found if not year else 0
        sizes.append(state.stat().st_size)
    return sizes, flagged


def _letter(number: int, words: list[str], clock: Clock) -> Letter:
    body = UNHAPPY[number % len(UNHAPPY)] if number % EVERY == 0 else words[number % len(words)]
    client = f"{CLIENTS[number % len(CLIENTS)].lower()}{number % 5}"
    answered = (("In-Reply-To", f"<m{number - 40}@client.example>"),) if number % 3 == 0 else ()
    return letter(
        body, number=number, sender=f"{client} <{client}@client.example>", subject=f"Item {number // 120}",
        age=NOW - clock.now + timedelta(hours=1), headers=answered,
    )  # fmt: skip


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mails", type=int, default=BUSY)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    print(markdown(section(options.mails, quick=options.quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
