"""The run that gets killed: in a process of its own, against a server in the parent.

Imported once by the fork server, which also makes one pass over a letter: rules that are compiled and models that
are loaded before the fork are so in each of the hundreds of runs, which then start in milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server
from assistant.model import Address, Fetched, FolderStatus, Identity, Opened, Place, Profile
from assistant.service.ports import Desk, Mailbox
from assistant.service.report import Report
from assistant.service.scan import Request, Service
from assistant.store import Database, Store
from assistant.triage import Triage
from assistant.worker import Here
from tests.builders import rulebook
from tests.fakes import FakeMailbox
from tests.letters import FURIOUS, NOW, letter

KILLED = 137
DESK = Desk(
    profile=Profile(
        "robin@studio.example",
        (Identity(Address("Robin Hale", "robin@studio.example")),),
        14,
        7,
    ),
    settle_seconds=0.0,
)
TRIAGE = Triage(rulebook())


@dataclass(frozen=True, slots=True)
class Run:
    """What one child is to do."""

    state: Path
    server: Server | None
    """None: the fake, at the other end of the pipe."""
    kill_at: int | None
    """The number of the fault point at which to die; None to come through."""
    mark: str = "keyword"


class FaultPoints:
    """Counts the points at which a process may die, and dies at one of them."""

    def __init__(self, kill_at: int | None) -> None:
        self.passed: list[str] = []
        self._kill_at = kill_at

    def __call__(self, point: str) -> None:
        # A command's first bytes on the wire are a point of their own only where it writes.
        if point.startswith("sent") and point not in (
            "sent UID STORE",
            "sent APPEND",
            "sent UID COPY",
        ):
            return
        if len(self.passed) == self._kill_at:
            os._exit(KILLED)
        self.passed.append(point)


class RemoteMailbox:
    """The fake in the parent, called over a pipe, with fault points around each call."""

    def __init__(self, pipe: Connection, tap: Callable[[str], None]) -> None:
        self._pipe = pipe
        self._tap = tap

    def _call(self, name: str, *arguments: Any) -> Any:
        self._tap(f"before {name}")
        self._pipe.send((name, arguments))
        answer = self._pipe.recv()
        self._tap(f"after {name}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def copies(self) -> RemoteCopies:
        return RemoteCopies(self._call)

    def open(self) -> Opened:
        opened: Opened = self._call("open")
        return opened

    def uids_from(self, first: int) -> list[int]:
        return list(self._call("uids_from", first))

    def uids_since(self, day: date) -> list[int]:
        return list(self._call("uids_since", day))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        yield from self._call("fetch", list(uids))

    def lists(self, uid: int) -> bool:
        return bool(self._call("lists", uid))

    def flags(self, uid: int) -> frozenset[str] | None:
        found: frozenset[str] | None = self._call("flags", uid)
        return found

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        return dict(self._call("flags_of", list(uids)))

    def add_keyword(self, uid: int, keyword: str) -> None:
        self._call("add_keyword", uid, keyword)

    def drafts_status(self) -> FolderStatus:
        status: FolderStatus = self._call("drafts_status")
        return status

    def find_draft(self, message_id: str) -> Place | None:
        found: Place | None = self._call("find_draft", message_id)
        return found

    def answered(self, message_id: str, since: date) -> bool:
        return bool(self._call("answered", message_id, since))

    def drafts_from(self, first: int) -> dict[int, str]:
        return dict(self._call("drafts_from", first))

    def append_draft(self, raw: bytes) -> None:
        self._call("append_draft", raw)


class RemoteCopies:
    """The fake's folder for copies, the same way."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def status(self) -> FolderStatus | None:
        status: FolderStatus | None = self._call("copies.status")
        return status

    def create(self) -> None:
        self._call("copies.create")

    def find(self, uid: int) -> bool:
        return bool(self._call("copies.find", uid))

    def arrivals(self, uid: int, first: int) -> dict[int, bool]:
        return dict(self._call("copies.arrivals", uid, first))

    def put(self, uid: int) -> None:
        self._call("copies.put", uid)


def main(run: Run, pipe: Connection) -> None:
    """One pass, until its end or the fault point; sends the points passed at the end."""
    points = FaultPoints(run.kill_at)
    mailbox: Mailbox
    if run.server is None:
        mailbox = RemoteMailbox(pipe, points)
    else:
        mailbox = ImapMailbox(run.server, Names(copies="Unhappy"), points)
    store = Store(Database.open(run.state, points))
    report = _pass(mailbox, store, run.mark)
    if isinstance(mailbox, ImapMailbox):
        mailbox.close()
    store.close()
    pipe.send(("done", points.passed, report.problems))


def _pass(mailbox: Mailbox, store: Store, mark: str) -> Report:
    service = Service(
        mailbox=mailbox,
        state=store,
        triage=TRIAGE,
        reader=Here(),
        desk=replace(DESK, mark=mark),
        clock=lambda: NOW,
    )
    return service.run(Request(since=(NOW - timedelta(days=3)).date()))


def _warm() -> None:
    mailbox, first = FakeMailbox(), letter(FURIOUS, number=1)
    mailbox.folders[mailbox.inbox].add(first.raw, first.arrived)
    assert _pass(mailbox, Store(Database.scratch(None)), "keyword").drafted == 1


_warm()
