"""`run`: the daemon."""

from __future__ import annotations

import logging
import os
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
    from assistant.daemon import Plan, Runner
    from assistant.mailbox.imap import ImapMailbox
    from assistant.pause import Pause, Woke
    from assistant.service.following import Following
    from assistant.service.listening import Listening
    from assistant.service.ports import Reader
    from assistant.service.report import Report
    from assistant.service.scan import Service
    from assistant.store import Store
    from assistant.triage import Triage

log = logging.getLogger("assistant")


@cli.command()
@click.pass_obj
def run(config_path: Path | None) -> None:
    """Watch every inbox until stopped (SIGTERM, SIGINT, Ctrl-C).

    SIGHUP reads config and rules anew; where they are broken, everything goes on as before. A terminal that is
    closed stops it, unless nohup was before the command.
    """
    from assistant.cli.hangup import Hangup

    hangup = Hangup()  # before the slow imports, or it would be the end
    from assistant.cli import wiring
    from assistant.cli.steady import Steady
    from assistant.daemon import Daemon
    from assistant.daemon.health import Health
    from assistant.daemon.systemd import Manager
    from assistant.store import Database, Lock

    setup = wiring.read_setup(config_path)
    folder, steady = setup.config.state_folder, Steady()
    plan = _plan(setup, steady)
    with Lock(folder):
        # Damaged, or too new: said now, and once.
        Database.open(setup.config.state_file, alone=True).close()
        daemon = Daemon(
            plan,
            wiring.now,
            again=lambda: _plan(wiring.read_setup(config_path), steady, folder),
            health=Health(folder, wiring.now),
            manager=Manager.of(os.environ, os.getpid()),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: daemon.stop())
        hangup.pass_on(stop=daemon.stop, reload=daemon.reload)
        log.info("watching %d mailbox(es); nothing is ever sent", len(plan.runners))
        code = daemon.run()
    log.info("stopped")
    raise click.exceptions.Exit(code)


def _plan(setup: Setup, steady: Callable[[], bool], folder: Path | None = None) -> Plan:
    """What the daemon is to do.

    Args:
        steady: whether the time of day can be believed enough to erase by it.
        folder: the state folder that is locked; a config read anew can't name another. It may have no
            account any more, where the last one was removed; a start needs one.

    Raises:
        ConfigError: no account at the start, another state folder, notices that can't be sent.
    """
    from assistant.cli import access, wiring
    from assistant.daemon import Pace, Plan, Runner
    from assistant.errors import ConfigError, Problem
    from assistant.service.listening import Listening
    from assistant.worker import Worker

    if folder not in (None, setup.config.state_folder):
        where = str(setup.config.path or "")
        problem = Problem(where, None, "state", "the state folder can't be changed while it runs")
        raise ConfigError([problem], hint="stop the assistant and start it again")
    again = folder is not None
    accounts = setup.config.settings.account if again else wiring.accounts(setup.config)
    post = wiring.post(setup.config)
    triage_of = wiring.triages(setup)
    reader = Worker(folder=wiring.encoders(setup.config))
    listening = Listening()

    def runner(account: Account) -> Runner:
        return Runner(
            account.mailbox_address,
            lambda stopping: _Live.open(
                setup, account, triage_of(account), reader, stopping, steady, listening
            ),
            lambda: access.sign_in_ends(setup.config, account),
        )

    def close() -> None:
        reader.close()
        if post is not None:
            post.close()

    return Plan(
        tuple(runner(each) for each in accounts),
        Pace(poll=setup.config.settings.poll_seconds),
        wiring.notices(setup.config, post),
        close,
    )


@dataclass(frozen=True, slots=True)
class _Live:
    """One account, connected: what the daemon calls for each pass."""

    mailbox: ImapMailbox
    store: Store
    service: Service
    following: Following
    erase_old: Callable[[], None]

    @classmethod
    def open(
        cls,
        setup: Setup,
        account: Account,
        triage: Triage,
        reader: Reader,
        stopping: Callable[[], bool],
        steady: Callable[[], bool],
        listening: Listening,
    ) -> _Live:
        from assistant.cli import casework, retention, wiring
        from assistant.store import Database, Store

        store = Store(Database.open(setup.config.state_file, check=False))
        try:
            mailbox = wiring.connect(setup.config, account)
        except BaseException:
            store.close()
            raise
        service = casework.passing(
            setup, account, mailbox, store, reader, triage, stopping=stopping
        )
        following = casework.following(setup, account, mailbox, store, reader, stopping, listening)

        def erase_old() -> None:
            if steady() and not stopping():  # a pass that was stopped has not dealt with everything
                retention.erase_old(setup, account, store)

        return cls(mailbox, store, service, following, erase_old)

    @property
    def pushes(self) -> bool:
        return self.mailbox.pushes

    def run(self) -> Report:
        report = self.service.run()
        self.erase_old()
        return report

    def follow(self, report: Report, followed: Report) -> None:
        """What became of unhappy mail; told apart, so that a server which breaks here hides nothing of a pass."""
        self.following.run(followed, changed=report.changed)

    def reminded(self, followed: Report) -> None:
        self.following.reminded(followed)

    def wait(self, seconds: float, pause: Pause) -> Woke:
        return self.mailbox.wait(seconds, pause)

    def close(self) -> None:
        self.mailbox.close()
        self.store.close()
