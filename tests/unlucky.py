"""Bad luck for machines of random events: a server that commits late, a connection that breaks, a program that is killed."""

from __future__ import annotations

import contextlib
import email
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from assistant.errors import ConnectionLost, RefusedByServer
from assistant.model import Fetched
from tests.fakes import FakeFolder, FakeMailbox

LANDING = timedelta(seconds=30)
"""How long a server may sit on an APPEND whose connection has broken; less than the minute we wait."""


class Killed(BaseException):
    """The program is gone: nothing of it runs any more, whatever it would have caught."""


class Server(FakeMailbox):
    """Counts what was ever appended; can sit on an APPEND for a while."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.appended: list[str] = []
        self.laid: list[bytes] = []
        self.late: list[tuple[datetime, bytes]] = []

    def append_draft(self, raw: bytes) -> None:
        super().append_draft(raw)
        self.appended.append(message_id(raw))
        self.laid.append(raw)

    def renumber_drafts(self) -> None:
        """The same drafts, under other UIDs and another UIDVALIDITY."""
        old, new = self.folders["Drafts"], FakeFolder(uidnext=5)
        for each in old.messages.values():
            new.add(each.raw, each.arrived, tuple(each.flags))
        self.folders["Drafts"] = new

    def land(self, now: datetime) -> None:
        """What the server has sat on long enough arrives."""
        for due, raw in [each for each in self.late if each[0] <= now]:
            self.late.remove((due, raw))
            with contextlib.suppress(RefusedByServer):  # nobody hears of it
                self.append_draft(raw)


class Unlucky:
    """The connection, at whose n-th use something happens.

    Args:
        how: ``before`` or ``after``: it breaks; ``late``: it breaks, and an APPEND arrives later; ``kill before`` or
            ``kill after``: the program dies.
    """

    def __init__(self, server: Server, breaks_at: int, how: str, now: datetime) -> None:
        self._server = server
        self._left = breaks_at
        self._how = how
        self._now = now
        self.copies = _UnluckyCopies(self)

    def _tick(self) -> bool:
        self._left -= 1
        return self._left == 0

    def _end(self, what: str) -> BaseException:
        end = Killed if self._how.startswith("kill") else ConnectionLost
        return end(f"{self._how} {what}")

    def ask(self, target: Any, name: str, arguments: tuple[Any, ...]) -> Any:
        """Ask the server for something, which may go wrong."""
        if not self._tick():
            return getattr(target, name)(*arguments)
        if name == "append_draft" and self._how == "late":
            self._server.late.append((self._now + LANDING, arguments[0]))
        elif self._how.endswith("after"):
            getattr(target, name)(*arguments)
        raise self._end(name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self.ask(self._server, name, arguments)

    def fetch(self, uids: list[int]) -> Iterator[Fetched]:
        for each in self._server.fetch(uids):
            if self._tick():
                raise self._end("in the middle of a FETCH")
            yield each


class _UnluckyCopies:
    """Its folder for copies."""

    def __init__(self, unlucky: Unlucky) -> None:
        self._unlucky = unlucky

    def __getattr__(self, name: str) -> Callable[..., Any]:
        unlucky = self._unlucky
        return lambda *arguments: unlucky.ask(unlucky._server.copies, name, arguments)


def message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw)["Message-ID"])
