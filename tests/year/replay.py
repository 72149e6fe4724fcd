"""Plays the year on a real mail server: the world that writes, the user who answers, and the program that looks."""

from __future__ import annotations

import contextlib
import email
import imaplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.utils import format_datetime

import pytest
from click.testing import CliRunner

from assistant.cli import cases, casework, cli, export, morning, reporting, scan, told, wiring
from assistant.service.following import reminded
from assistant.service.scan import Report, Request
from assistant.store import Database, Lock, Store
from tests.letters import Letter
from tests.program import PASSWORD_ENV, Home
from tests.servers import PASSWORD, ImapAccount
from tests.workbench import READER, Clock
from tests.year.cast import COMPLAINTS, FINE, GREETING, HOLDING, LONG, ME, Client
from tests.year.hours import OFF
from tests.year.plot import Step, Story
from tests.year.script import Calm

FOLDER = "Clients"
COMMANDS = (cases, export, morning, reporting, scan, told)
"""They are there once they are imported."""
CONFIG = f"""
[calling]
time_zone = "Europe/London"
hours = ["09:00-12:30", "13:30-17:00"]
days_off = [{", ".join(f'"{day}"' for day in sorted(OFF))}]
[judging]
reader = "off"
"""


@dataclass
class Thread:
    """A case's letters, as they are written."""

    story: Story
    ids: list[str] = field(default_factory=list)

    def headers(self) -> str:
        if not self.ids:
            return ""
        return f"In-Reply-To: {self.ids[-1]}\r\nReferences: {' '.join(self.ids)}\r\n"


@dataclass(frozen=True, slots=True)
class Laid:
    """A draft that was found in Drafts."""

    at: datetime
    kind: str
    message: Message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def words(self) -> str:
        body = self.message.get_payload(decode=True)
        assert isinstance(body, bytes)
        return body.decode("utf-8")


class Replay:
    """One account, its state, and a clock.

    Attributes:
        rung: when, and which reminder.
        laid: every draft, when it was first seen.
        problems: what the program complained of.
    """

    def __init__(
        self, account: ImapAccount, home: Home, start: datetime, patch: pytest.MonkeyPatch
    ) -> None:
        self.account = account
        self.home = home
        self.clock = Clock(start)
        self.rung: list[tuple[datetime, str, str, datetime, int]] = []
        self.laid: list[Laid] = []
        self.problems: list[str] = []
        self._seen: set[str] = set()
        self._numbers = 0
        patch.setattr(wiring, "now", self.clock)
        patch.setenv(PASSWORD_ENV, PASSWORD)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, home.environ[name])
        home.use(account, addresses=["robin@studio.example"], name="Robin Hale")
        with home.config_file.open("a", encoding="utf-8") as file:
            file.write(CONFIG)
        with account.client() as imap:
            imap.create(FOLDER)

    # --- the program ---

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """As the daemon is: it holds the lock, and one connection."""
        setup = wiring.read_setup(self.home.config_file)
        (account,) = wiring.accounts(setup.config)
        store = Store(Database.open(setup.config.state_file))
        with (
            Lock(setup.config.state_folder),
            contextlib.closing(store),
            wiring.connect(setup.config, account) as mailbox,
            self.account.client() as self._world,
        ):
            self._service = casework.passing(setup, account, mailbox, store, READER)
            self._book, self._name = store.cases({}), account.mailbox_address
            self._following = casework.following(setup, account, mailbox, store, READER)
            yield

    def wake(self, now: datetime, request: Request | None = None) -> Report:
        """A pass, and what follows it; reminders and drafts are written down."""
        self.clock.now = now
        report = self._service.run(request or Request())
        flagged = report.drafted
        self._following.run(report, changed=report.changed)
        reminded(self._book, self._name, report, now)
        self.problems += list(report.problems)
        self.rung += [(now, e.case, e.clock, e.due, e.number) for e in report.reminders]
        if flagged or report.drafted:
            self._look_at_drafts(now)
        return report

    def _look_at_drafts(self, now: datetime) -> None:
        for each in self.account.contents("Drafts"):
            message = email.message_from_bytes(each.raw)
            message_id = str(message["Message-ID"])
            if message_id not in self._seen:
                self._seen.add(message_id)
                self.laid.append(Laid(now, message_id[1], message))

    def run(self, *arguments: str) -> str:
        """A command, while the daemon is at work."""
        config = ["--config", str(self.home.config_file)]
        done = CliRunner().invoke(cli, [*config, *arguments], catch_exceptions=False)
        assert done.exit_code == 0, (arguments, done.output)
        return done.stdout

    # --- the world, and the user ---

    def writes(self, each: Calm, threads: dict[int, list[str]]) -> None:
        """An ordinary letter, to or from a client."""
        ids = threads.setdefault(each.thread, [])
        theirs, subject = each.client.address(each.who), each.subject
        headers = f"In-Reply-To: {ids[-1]}\r\nReferences: {' '.join(ids)}\r\n" if ids else ""
        sender, to = (theirs, ME) if each.inward else (ME, theirs)
        folder = "" if each.inward else "Sent"
        title = f"{'Re: ' * each.answers}{subject}"
        ids.append(self._write(each.at, sender, to, title, each.words, headers, folder))

    def does(self, thread: Thread, step: Step, name: str) -> None:
        """What the script says.

        Args:
            name: of the case; empty at its first message.
        """
        client, subject = thread.story.client, thread.story.subject
        match step.what:
            case "complains":
                words = self._letter(client, COMPLAINTS[step.detail].text)
                answers = "Re: " * bool(thread.ids)
                self._written(thread, step.at, True, f"{answers}{subject}", words)
            case "is fine":
                self._written(thread, step.at, True, f"Re: {subject}", FINE[client.tongue])
            case "answers" if step.detail == "draft":
                self._send_draft(thread, step.at, "h")
            case "answers":
                words = LONG if step.detail == "long" else HOLDING
                bare = step.detail == "bare"
                self._written(thread, step.at, False, f"Re: {subject}", words, bare=bare)
            case "sends":
                self._send_draft(thread, step.at, step.detail)
            case "throws away":
                self._take(thread, step.detail)
            case "files":
                self._file(thread)
            case "calls":
                agreed = [f"--agreed={each}" for each in step.detail.splitlines()]
                self.run("called", name, *agreed)
            case "does":
                self.run("done", name, step.detail)
            case "resolves":
                self.run("resolve", name)
            case "parts":
                self.run("part", name)
            case other:
                raise AssertionError(other)

    def _letter(self, client: Client, text: str) -> str:
        greeting, closing = GREETING[client.tongue]
        return f"{greeting},\n\n{text}\n\n{closing}\n{client.people[0].split()[0]}"

    def _written(
        self, thread: Thread, at: datetime, inward: bool, subject: str, words: str, *,
        bare: bool = False,
    ) -> None:  # fmt: skip
        theirs = thread.story.client.address(len(thread.ids) // 3)
        sender, to = (theirs, ME) if inward else (ME, theirs)
        headers = "" if bare else thread.headers()
        folder = "" if inward else "Sent"
        thread.ids.append(self._write(at, sender, to, subject, words, headers, folder))

    def _write(
        self, at: datetime, sender: str, to: str, subject: str, words: str, headers: str,
        folder: str,
    ) -> str:  # fmt: skip
        self._numbers += 1
        message_id = f"<n{self._numbers}@year.example>"
        text = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {format_datetime(at)}\r\n"
            f"Message-ID: {message_id}\r\n{headers}MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        )
        body = f"{words}\n".replace("\n", "\r\n")
        self._deliver(Letter((text + body).encode(), at), folder)
        return message_id

    def _deliver(self, letter: Letter, folder: str) -> None:
        """Over one connection: two thousand would take their time."""
        date = imaplib.Time2Internaldate(letter.arrived)
        flags = f"({' '.join(letter.flags)})"
        done, answer = self._world.append(folder or self.account.inbox, flags, date, letter.raw)
        assert done == "OK", answer

    def _send_draft(self, thread: Thread, at: datetime, kind: str) -> None:
        raw = self._take(thread, kind)
        self._deliver(Letter(raw, at, ("\\Seen",)), "Sent")
        thread.ids.append(str(email.message_from_bytes(raw)["Message-ID"]))

    def _take(self, thread: Thread, kind: str) -> bytes:
        """The draft of this case that lies in Drafts; gone from there."""
        for each in reversed(self.account.contents("Drafts")):
            message = email.message_from_bytes(each.raw)
            if (
                str(message["Message-ID"])[1] == kind
                and message["Subject"] == f"Re: {thread.story.subject}"
            ):
                self.account.remove("Drafts", each.uid)
                return each.raw
        raise AssertionError(f"no draft {kind!r} of {thread.story.subject}")

    def _file(self, thread: Thread) -> None:
        """Everything of the thread that lies in the inbox is moved."""
        with self.account.client() as imap:
            imap.select(self.account.inbox)
            for each in thread.ids:
                found = imap.uid("SEARCH", "HEADER", "Message-ID", each)[1][0]
                if found:
                    imap.uid("COPY", found.decode(), FOLDER)
                    imap.uid("STORE", found.decode(), "+FLAGS", "(\\Deleted)")
            imap.expunge()
