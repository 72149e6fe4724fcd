"""Clients for the servers' own tests: the standard library's, and one that says what it is told."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import select
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.letters import letter
from tests.providers.profile import Profile
from tests.providers.server import ROLES, ProviderServer
from tests.providers.store import Folder, User

PASSWORD = "secret"
RAW = letter().raw
ID = "<m1@client.example>"
ARRIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@contextlib.contextmanager
def serving(profile: Profile, *folders: str) -> Iterator[tuple[ProviderServer, User]]:
    """A provider with one user, who has a message in each of these folders (by role)."""
    with ProviderServer(profile) as server:
        user = server.add_user("robin", PASSWORD, ROLES)
        for role in folders:
            user.deliver(folder(user, role), RAW, ARRIVED)
        yield server, user


@contextlib.contextmanager
def signed_in(server: ProviderServer) -> Iterator[imaplib.IMAP4]:
    """imaplib, with the password or, where none is taken, the token."""
    imap = imaplib.IMAP4("127.0.0.1", server.port, timeout=30)
    try:
        if server.profile.passwords:
            imap.login("robin", PASSWORD)
        else:
            imap.authenticate("XOAUTH2", lambda _: bearer(server.users["robin"].token))
        yield imap
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            imap.logout()


def bearer(token: str) -> bytes:
    """What XOAUTH2 wants to hear."""
    return f"user=robin\x01auth=Bearer {token}\x01\x01".encode()


def ok(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    assert kind == "OK", data
    return data


def folder(user: User, role: str) -> Folder:
    """The user's folder of this role."""
    there = user.role(role)
    assert there is not None, f"there is no {role}"
    return there


def found(imap: imaplib.IMAP4, *keys: str) -> list[int]:
    """What UID SEARCH finds."""
    return [int(uid) for uid in (ok(imap.uid("SEARCH", *keys))[0] or b"").split()]


class Wire:
    """Says lines and hears lines, and knows nothing of IMAP but tags."""

    def __init__(self, server: ProviderServer) -> None:
        self._server = server
        self._sock = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self._file = self._sock.makefile("rb")
        self.greeting = self.line()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._sock.close()

    def line(self) -> bytes:
        """The next line of the server; empty at the end of the connection."""
        return self._file.readline()

    def some(self) -> bytes:
        """What has come in by now, at most a kilobyte; waits for the first byte."""
        return self._sock.recv(1_024)

    def silent(self, seconds: float) -> bool:
        """Whether the server says nothing for so long."""
        return not select.select([self._sock], [], [], seconds)[0]

    def say(self, data: bytes) -> None:
        self._sock.sendall(data)

    def ask(self, command: str) -> list[bytes]:
        """The lines of the answer, the tagged one last; what came before an end or a continuation."""
        self.say(f"X1 {command}\r\n".encode())
        return self.answer()

    def answer(self) -> list[bytes]:
        lines = [self.line()]
        while lines[-1] and not lines[-1].startswith((b"X1 ", b"+")):
            lines.append(self.line())
        return [line for line in lines if line]

    def sign_in(self) -> Wire:
        """With the password or, where none is taken, the token."""
        command = f"LOGIN robin {PASSWORD}"
        if not self._server.profile.passwords:
            token = bearer(self._server.users["robin"].token)
            command = f"AUTHENTICATE XOAUTH2 {base64.b64encode(token).decode()}"
        assert self.ask(command)[-1].startswith(b"X1 OK")
        return self
