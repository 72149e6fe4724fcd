"""`run`: the daemon."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.daemon import Runner
    from assistant.mailbox.imap import ImapMailbox
    from assistant.service.ports import Reader
    from assistant.service.report import Report
    from assistant.service.scan import Service
    from assistant.store import Store
    from assistant.triage import Triage

log = logging.getLogger("assistant")


@cli.command()
@click.pass_obj
def run(config_path: Path | None) -> None:
    """Watch the inbox until stopped (SIGTERM, SIGINT, Ctrl-C)."""
    from assistant.cli import wiring
    from assistant.daemon import Daemon, Runner
    from assistant.store import Lock
    from assistant.worker import Worker

    setup = wiring.read_setup(config_path)
    accounts = wiring.accounts(setup.config)
    reader = Worker(folder=wiring.encoders(setup))

    def runner(account: Account) -> Runner:
        return Runner(
            account.mailbox_address,
            lambda stopping: _Live.open(setup, account, wiring.triage(setup), reader, stopping),
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
            mailbox = wiring.connect(setup.config, account)
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
