"""`demo`: the whole thing on a mail server of its own, in this process."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.cli.show import Everything
    from assistant.config import Account
    from assistant.demo.server import EmbeddedServer
    from assistant.mailbox.imap import ImapMailbox
    from assistant.service.ports import Judged

USER, PASSWORD = "robin@halestudio.example", "demo"
CONFIG = "config.toml"


@cli.command()
@click.option(
    "--keep", is_flag=True, help="Leave the server running, to look at it with a mail program."
)
@click.option("--drafts", is_flag=True, help="Show every draft in full, one of each tone.")
def demo(keep: bool, drafts: bool) -> None:
    """Start a mail server on this machine, scan its inbox, and show what came of it.

    Everything is real but the mail: an IMAP server on a loopback port, the same code as
    `assistant run`, drafts and keywords read back from the server.
    """
    from assistant.errors import AssistantError

    try:
        from assistant.demo.server import EmbeddedServer
    except ImportError as error:
        raise AssistantError(
            "the demo needs an IMAP server to talk to, which is an extra",
            hint="pip install 'inbox-assistant[demo]'",
        ) from error
    from assistant.cli import wiring
    from assistant.demo.letters import letters

    with EmbeddedServer() as server:
        server.add_user(USER, PASSWORD, letters(wiring.now()))
        _tell(server.port)
        with tempfile.TemporaryDirectory(prefix="assistant-demo-") as folder:
            _pass(server, Path(folder), every_draft=drafts)
            if keep:
                _configure(server, Path(folder))
                _wait(server, Path(folder))


def _tell(port: int) -> None:
    click.echo(f"A mail server runs on 127.0.0.1:{port}, with the inbox of {USER}.")
    click.echo("One pass of the assistant over it, by the code of `assistant run`:\n")


def _account(server: EmbeddedServer) -> Account:
    from assistant.config import Account, CallingTable

    return Account(
        host=server.host, port=server.port, user=USER, name="Robin Hale",
        password_command=("echo", PASSWORD), insecure=True,
        calling=CallingTable(time_zone="Europe/London"),
    )  # fmt: skip


def _pass(server: EmbeddedServer, folder: Path, *, every_draft: bool) -> None:
    from datetime import timedelta

    from assistant.cli import show, wiring
    from assistant.service.report import Request
    from assistant.service.scan import Service
    from assistant.store import Database, Store
    from assistant.worker import Worker

    account, setup = _account(server), wiring.read_setup_defaults()
    reader, store = (
        Worker(folder=wiring.encoders(setup.config)),
        Store(Database.open(folder / "state.sqlite3")),
    )
    watcher = show.Everything()
    out = show.console()
    try:
        with wiring.connect(setup.config, account) as mailbox:
            service = Service(
                mailbox=mailbox, state=store, triage=wiring.triage(setup), reader=reader,
                desk=wiring.desk(setup.config, account), clock=wiring.now, watcher=watcher,
            )  # fmt: skip
            report = service.run(Request(since=(wiring.now() - timedelta(days=7)).date()))
            out.print(show.messages_table(watcher.messages))
            out.print(
                f"\n{report.judged} judged, {report.flagged} flagged, {report.drafted} drafts laid.\n"
            )
            _read_back(out, mailbox, watcher)
            _show_drafts(out, watcher, every=every_draft)
    finally:
        store.close()
        reader.close()


def _read_back(out: Console, mailbox: ImapMailbox, watcher: Everything) -> None:
    """What the server holds now, asked anew."""
    from rich.padding import Padding
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import show

    out.print(Text("Read back from the server", style="bold"))
    mailbox.open()
    flagged = [
        each
        for each in watcher.messages
        if each.outcome.verdict and each.outcome.verdict.dissatisfied
    ]
    table = show.plain_table()
    for name in ("UID", "Subject", "Keyword", "Holding reply"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=40)
    for each in flagged:
        flags = mailbox.flags(each.uid) or frozenset()
        draft = each.outcome.draft
        place = mailbox.find_draft(draft.message_id) if draft else None
        table.add_row(
            str(each.uid),
            Text(clean_text(each.message.subject, 26)),
            " ".join(sorted(flag for flag in flags if not flag.startswith("\\"))),
            Text(f"in {place}, to {draft.to.email}" if draft and place else "none"),
        )
    out.print(Padding(table, (0, 0, 0, 2)))
    unread = sum("\\seen" not in (mailbox.flags(each.uid) or ()) for each in watcher.messages)
    total = len(watcher.messages)
    out.print(
        f"  {unread} of {total} messages are unread, as before; nothing was sent, moved or deleted.\n",
        markup=False,
    )


def _show_drafts(out: Console, watcher: Everything, *, every: bool) -> None:
    """One draft in full, or all of them."""
    from rich.text import Text

    from assistant.cli import show

    drafted = [each for each in watcher.messages if each.outcome.draft]
    shown = drafted if every else [each for each in drafted if _is_shown(each)][:1]
    if not every:
        title = "One of the drafts, as it waits for a person to read and send it (--drafts: all)"
        out.print(Text(title, style="bold"))
    for each in shown:
        if every:
            out.print(Text(_tone(each), style="bold"))
        for note in each.outcome.notes:
            out.print(Text(f"  Note: {note}", style="yellow"))
        if each.outcome.draft is not None:
            out.print(Text(show.framed(show.draft_text(each.outcome.draft), out.width)))


def _tone(judged: Judged) -> str:
    verdict = judged.outcome.verdict
    return verdict.tone.id.capitalize() if verdict and verdict.tone else ""


def _is_shown(judged: Judged) -> bool:
    """The draft that the demo shows in full is the one for the frustrated client."""
    verdict = judged.outcome.verdict
    return bool(verdict and verdict.tone and verdict.tone.id == "frustrated")


def _configure(server: EmbeddedServer, folder: Path) -> None:
    """A config.toml by which every command works on the demo's mailbox, and on nothing else."""
    account = _account(server)
    (folder / CONFIG).write_text(
        f"""# The demo's own; it is gone when the demo ends.
state = '{folder}'

[calling]
time_zone = "{account.calling.time_zone if account.calling else ""}"

[[account]]
host = "{account.host}"
port = {account.port}
user = "{account.user}"
name = "{account.name}"
password_command = ["echo", "{PASSWORD}"]
insecure = true
""",
        "utf-8",
    )


def _wait(server: EmbeddedServer, folder: Path) -> None:
    """Keep the server until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo(
        f"\nThe server goes on running. Connect any mail program to it:\n"
        f"  IMAP server 127.0.0.1   port {server.port}   no encryption (it is this machine only)\n"
        f"  user {USER}   password {PASSWORD}\n"
        f"Or try the other commands on it, in another terminal (docs/first-case.md):\n"
        f"  export ASSISTANT_CONFIG={folder / CONFIG}\n"
        f"  assistant cases\n"
        f"Ctrl-C stops it; all of it is then gone."
    )
    stop.wait()
    click.echo("stopped")
