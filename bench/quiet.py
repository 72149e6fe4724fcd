"""A pass that finds nothing new, in mailboxes of different sizes.

    python -m bench.quiet [--quick]

In this process, on a standing connection to Dovecot, all of the mail judged and remembered: what the daemon
does after each push and each four minutes, but for the waiting. The commands are counted on the wire.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from imapclient import IMAPClient

from assistant.cli import casework, retention, wiring
from assistant.config import Account
from assistant.mailbox.imap import ImapMailbox
from assistant.model import Facts, Location, Mark, Message, Opened, Outcome
from assistant.pause import Bell, Pause, Woke
from assistant.service.scan import Service
from assistant.store import Cursor, Database, Store
from assistant.worker import Here
from bench.boxes import dovecot, filled, letters
from bench.programs import configured, environment
from bench.report import Section, Table, markdown, verdict
from tests.letters import CALM
from tests.program import fresh
from tests.servers import PASSWORD, DovecotStand, ImapAccount

SIZES = (1_000, 10_000, 100_000)
PASSES = 50
MILLISECONDS, COMMANDS = 20, 10
"""Targets: less than these, whatever the size."""
HEADER = (
    "messages",
    "with our mark",
    "ms, median",
    "longest",
    "imapclient, ms",
    "of that",
    "commands",
)
PUSH_SECONDS = 20.0
MODELS = 500
"""Messages that are really judged; the others are remembered with their verdicts."""
_COMMAND = re.compile(rb"^\w+ (?:UID )?[A-Z]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Passes over one mailbox."""

    messages: int
    marked: int
    milliseconds: float
    longest: float
    bare: float
    """What imapclient alone takes for the same commands, on another connection, just after them."""
    commands: list[str]


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    found = [measured(size, 5 if quick else PASSES) for size in ((100, 200) if quick else SIZES)]
    rows = [
        (f"{e.messages:,}", f"{e.marked:,}", f"{e.milliseconds:.1f}", f"{e.longest:.1f}", f"{e.bare:.1f}", f"{e.milliseconds / e.bare:.1f}",
         str(len(e.commands)))
        for e in found
    ]  # fmt: skip
    times, most = [e.milliseconds for e in found], max(len(e.commands) for e in found)
    return Section(
        "A pass with nothing new",
        "python -m bench.quiet",
        f"On a standing connection to Dovecot, wall clock, {PASSES} passes; every message remembered, "
        "those flagged marked. Beside it imapclient alone: SELECT, the flags of the newest 500, SEARCH.",
        (Table(HEADER, tuple(rows)),),
        (
            f"Target under {MILLISECONDS} ms: {verdict(max(times) < MILLISECONDS)}; "
            f"under {COMMANDS} commands: {verdict(most < COMMANDS)}. "
            f"The largest mailbox takes {times[-1] / times[0]:.1f} times what the smallest takes.",
            f"The commands: {', '.join(found[-1].commands)}. The connection has seen mail come in: SELECT would take "
            "it some 60 ms for 100,000 messages.",
        ),
    )


def measured(messages: int, passes: int = PASSES) -> Quiet:
    """Fill a mailbox and its state, and look at it again and again."""
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="quiet-") as folder:
        account = filled(stand, letters(messages))
        tables = '[judging]\nreader = "off"'
        config = configured(Path(folder), [account], tables, port=stand.proxy.port)
        os.environ.update(environment())
        return _passes(config, stand, account, messages, passes)


def _passes(
    config: Path, stand: DovecotStand, of: ImapAccount, messages: int, passes: int
) -> Quiet:
    setup = wiring.read_setup(config)
    account = wiring.accounts(setup.config)[0]
    database = Database.open(setup.config.state_file)
    with contextlib.closing(Store(database)) as store:
        service_on = partial(
            Service,
            state=store,
            triage=wiring.triage(setup, account),
            reader=Here(),
            desk=wiring.desk(setup.config, account),
            clock=wiring.now,
        )
        with wiring.connect(setup.config, account) as mailbox:
            service = service_on(mailbox=mailbox)
            service.run()  # the first start
            database.run("PRAGMA synchronous = OFF")  # while the state is filled
            marked = _remember(store, setup, account, mailbox.open(), messages)
            for _ in range(3):  # marks what is flagged, sees the marks, and sees them again
                service.run()
            database.run("PRAGMA synchronous = FULL")
        with wiring.connect(setup.config, account) as mailbox:
            service, took, before = service_on(mailbox=mailbox), [], 0
            following = casework.following(setup, account, mailbox, store, Here())
            following.run(service.run())
            _push(of, mailbox)
            following.run(service.run())
            for _ in range(passes):
                before, started = len(stand.proxy.sent[-1]), time.perf_counter()
                report = service.run()
                following.run(report, changed=report.changed)
                retention.erase_old(setup, account, store)
                took.append(1000 * (time.perf_counter() - started))
                if report.judged or report.known or report.problems:
                    raise RuntimeError(f"a pass found something: {report}")
            said = bytes(stand.proxy.sent[-1][before:])
    commands = [each.split(b" ", 1)[1].decode() for each in _COMMAND.findall(said)]
    bare = _bare(of, messages, passes)
    return Quiet(messages, marked, statistics.median(took), max(took), bare, commands)


def _push(account: ImapAccount, mailbox: ImapMailbox) -> None:
    """One message more, of which the server tells, as it has told every daemon that has run for a while."""
    bell = Bell()
    with contextlib.closing(bell), ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(mailbox.wait, PUSH_SECONDS, Pause(bell))
        account.deliver(fresh(CALM, number=0))
        if waiting.result() is not Woke.BYTES:
            raise RuntimeError("the server told of nothing")


def _bare(account: ImapAccount, messages: int, times: int) -> float:
    """Milliseconds in which imapclient looks for new mail, and at the flags of the newest 500; the median."""
    took = []
    with IMAPClient("127.0.0.1", account.port, ssl=False) as client:
        client.login(account.user, PASSWORD)
        for _ in range(times):
            started = time.perf_counter()
            client.select_folder("INBOX")
            client.fetch(list(range(max(1, messages - 499), messages + 1)), ["FLAGS"])
            client.search(["UID", f"{messages + 1}:*"])
            took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def _remember(
    store: Store, setup: wiring.Setup, account: Account, opened: Opened, messages: int
) -> int:
    """Record a verdict for each message, as if it had been judged when it came; how many are to be marked."""
    triage, here = wiring.triage(setup, account), Here()
    facts = Facts(wiring.profile(setup.config, account), wiring.now(), frozenset())
    judged: list[tuple[Message, Outcome]] = []
    for each in letters(min(MODELS, messages)):
        reading = here.read(each.raw, "en")
        outcome = triage.decide(reading, facts)
        marks = tuple(effect for effect in outcome.effects if isinstance(effect, Mark))
        judged.append((reading.message, replace(outcome, effects=marks)))
    store.start(
        account.mailbox_address,
        account.inbox,
        Cursor(opened.uidvalidity, opened.uidnext - 1, wiring.now(), rescan=False),
    )
    marked = 0
    for uid in range(1, messages + 1):
        message, outcome = judged[uid % len(judged)]
        name = f"<remembered{uid}@client.example>"
        store.record(
            Location(account.mailbox_address, account.inbox, opened.uidvalidity, uid),
            replace(message, identity=name, message_id=name),
            replace(outcome, identity=name),
            triage.rulebook.digest,
            wiring.now(),
            frozenset(),
        )
        marked += bool(outcome.effects)
    return marked


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
