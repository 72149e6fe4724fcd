"""`run`, the daemon, and `scan`, one pass."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.show import Collector
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.daemon import Runner
    from assistant.mailbox.imap import ImapMailbox
    from assistant.service.ports import Reader
    from assistant.service.report import Report, Request
    from assistant.service.scan import Service
    from assistant.store import Store
    from assistant.triage import Triage
    from assistant.worker import Worker

log = logging.getLogger("assistant")


@cli.command()
@click.pass_obj
def run(config_path: Path | None) -> None:
    """Watch the inbox until stopped (SIGTERM, SIGINT, Ctrl-C)."""
    from assistant.cli import wiring
    from assistant.daemon import Daemon, Runner
    from assistant.store import Lock
    from assistant.triage import Triage
    from assistant.worker import Worker

    setup = wiring.read_setup(config_path)
    accounts = wiring.accounts(setup.config)
    reader = Worker()

    def runner(account: Account) -> Runner:
        return Runner(
            account.mailbox_address,
            lambda stopping: _Live.open(setup, account, Triage(setup.rulebook), reader, stopping),
        )

    with Lock(setup.config.state_folder):
        daemon = Daemon([runner(each) for each in accounts], setup.config.settings.poll_seconds)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: daemon.stop())
        log.info("watching %d mailbox(es); nothing is ever sent", len(accounts))
        try:
            code = daemon.run()
        finally:
            reader.close()
    log.info("stopped")
    raise click.exceptions.Exit(code)


@dataclass(frozen=True, slots=True)
class _Live:
    """One account, connected: what the daemon calls for each pass."""

    mailbox: ImapMailbox
    store: Store
    service: Service

    @classmethod
    def open(
        cls,
        setup: Setup,
        account: Account,
        triage: Triage,
        reader: Reader,
        stopping: Callable[[], bool],
    ) -> _Live:
        from assistant.cli import wiring
        from assistant.service.scan import Service
        from assistant.store import Database, Store

        store = Store(Database.open(setup.config.state_file))
        try:
            mailbox = wiring.connect(account)
        except BaseException:
            store.close()
            raise
        service = Service(
            mailbox=mailbox,
            state=store,
            triage=triage,
            reader=reader,
            desk=wiring.desk(setup.config, account),
            clock=wiring.now,
            stopping=stopping,
        )
        return cls(mailbox, store, service)

    def run(self) -> Report:
        return self.service.run()

    def close(self) -> None:
        self.mailbox.close()
        self.store.close()


@cli.command()
@click.option(
    "--dry-run", is_flag=True, help="Do everything but write: not to the mailbox, not to the state."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Also judge older mail, from this day on. Without it, only what arrived since the first start.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge at most N messages, oldest first.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each account.")
@click.pass_obj
def scan(
    config_path: Path | None,
    dry_run: bool,
    since: datetime | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """One pass over the inbox: judge what is new, mark and draft, and stop.

    Exit code 4 where something could not be done and waits; the output says what.
    """
    from assistant.cli import wiring
    from assistant.errors import MailboxError
    from assistant.service.report import Request

    setup = wiring.read_setup(config_path)
    request = Request(since.date() if since else None, limit, retry=True)
    waits = False
    failure: MailboxError | None = None
    accounts = wiring.accounts(setup.config)
    with _held(setup, dry_run), _reader() as reader:
        for account in accounts:
            try:
                waits |= _scan_one(setup, account, reader, request, dry_run, as_json)
            except MailboxError as error:
                if len(accounts) == 1:
                    raise
                tell(f"error: {account.mailbox_address}: {error.message}")
                if error.hint:
                    tell(f"hint: {error.hint}")
                failure = error
    if failure is not None or waits:
        raise click.exceptions.Exit(failure.exit_code if failure else MailboxError.exit_code)


def _held(setup: Setup, dry_run: bool) -> contextlib.AbstractContextManager[object]:
    """The lock, which a dry run needs no more than any other reader."""
    from assistant.store import Lock

    return contextlib.nullcontext() if dry_run else Lock(setup.config.state_folder)


def _reader() -> contextlib.closing[Worker]:
    from assistant.worker import Worker

    return contextlib.closing(Worker())


def _scan_one(
    setup: Setup, account: Account, reader: Reader, request: Request, dry_run: bool, as_json: bool
) -> bool:
    """Scan one account and show it; whether anything has to wait."""
    from assistant.cli import show, wiring
    from assistant.service.dry import DryMailbox
    from assistant.service.scan import Service
    from assistant.store import Database, Store
    from assistant.triage import Triage

    state_file = setup.config.state_file
    store = Store(Database.scratch(state_file) if dry_run else Database.open(state_file))
    try:
        with wiring.connect(account) as mailbox, show.progress() as bar:
            watcher = show.Collector(bar)
            service = Service(
                mailbox=DryMailbox(mailbox) if dry_run else mailbox,
                state=store,
                triage=Triage(setup.rulebook),
                reader=reader,
                desk=wiring.desk(setup.config, account),
                clock=wiring.now,
                watcher=watcher,
            )
            report = service.run(request)
    finally:
        store.close()
    name = account.mailbox_address
    if as_json:
        click.echo(json.dumps(_as_json(name, report, watcher, dry_run)))
    else:
        _show(name, report, watcher, dry_run)
    return report.waits


def _as_json(name: str, report: Report, watcher: Collector, dry_run: bool) -> dict[str, Any]:
    from assistant.cli import show

    return {
        "account": name,
        "dry_run": dry_run,
        "first_start": report.first_start,
        "older": report.older,
        "judged": report.judged,
        "flagged": report.flagged,
        "known": report.known,
        "left": report.left,
        "messages": [
            {"uid": each.uid, **show.as_json(each.message, each.outcome)}
            for each in watcher.messages
        ],
        "effects": [
            {"uid": e.uid, "kind": e.kind, "value": e.value, "state": e.state, "note": e.note}
            for e in watcher.effects
        ],
        "problems": report.problems,
    }


def _show(name: str, report: Report, watcher: Collector, dry_run: bool) -> None:
    from assistant.cli import show

    out = show.console()
    if watcher.messages:
        out.print(show.messages_table(watcher.messages))
        out.print()
    done = [each for each in watcher.effects if each.state == "done" and not each.note]
    marks = sum(each.kind == "mark" for each in done)
    drafts = sum(each.kind == "draft" for each in done)
    would = "would have been " if dry_run else ""
    out.print(
        f"{name}: {report.judged} judged, {report.flagged} flagged; "
        f"{marks} {would}marked, {drafts} {would}drafted",
        markup=False,
    )
    for effect in watcher.effects:
        if effect.kind == "draft" and effect.note and effect.state != "waiting":
            about = "draft for" if effect.state == "done" else "no draft made for"
            out.print(f"  {about} message {effect.uid}: {effect.note}", markup=False)
    for judged in watcher.messages:
        if judged.outcome.skip is not None:
            out.print(
                f"  no draft for message {judged.uid}: {judged.outcome.skip.detail}", markup=False
            )
    if report.first_start and not report.judged:
        out.print(
            f"First start: {report.older} older messages are left alone; from now on new mail is judged.\n"
            "To judge older mail too: assistant scan --since YYYY-MM-DD (try it with --dry-run first)",
            markup=False,
        )
    if report.left:
        out.print(f"{report.left} more are left for the next scan (--limit)", markup=False)
    for problem, count in report.problems.items():
        times = f" ({count} times)" if count > 1 else ""
        tell(f"warning: {name}: {problem}{times}")
