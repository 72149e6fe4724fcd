"""The port, the users, and what tests may read and order."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence

from tests.providers.connection import Connection, Gone
from tests.providers.dispatch import Dispatch
from tests.providers.faults import Faults
from tests.providers.labels import LabelUser
from tests.providers.profile import Profile
from tests.providers.session import Session
from tests.providers.store import User

ROLES = ("drafts", "sent", "trash")


class ProviderServer:
    """Listens on loopback; a thread for each connection. Use it as a context manager."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.faults = Faults()
        self.users: dict[str, User] = {}
        self.closing = threading.Event()
        self.sessions: list[Session] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> ProviderServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every connection and wait for the threads."""
        self.closing.set()
        self.faults.release()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(10)
        for session in self.sessions:
            session.connection.close()
        for thread in self._threads:
            thread.join(10)
            if thread.is_alive():
                raise RuntimeError("a connection's thread did not end")

    def add_user(self, name: str, password: str, roles: Sequence[str] = ROLES) -> User:
        """A user with the provider's folders; of Drafts, Sent and Trash those that are named."""
        kind = LabelUser if self.profile.labels else User
        self.users[name] = kind(name, password, self.profile, roles)
        return self.users[name]

    # --- what was heard ---

    @property
    def sent(self) -> list[bytearray]:
        """Every byte that clients have sent, by connection."""
        return [session.connection.sent for session in self.sessions]

    @property
    def lines(self) -> list[bytes]:
        """Every line that clients have sent, with the literals in it."""
        return [line for session in self.sessions for line in session.connection.lines]

    # --- what every connection is told ---

    def bye(self, text: str = "Server shutting down.") -> None:
        """Say goodbye to every client and hang up."""
        for session in self.sessions:
            with contextlib.suppress(Gone):
                session.connection.send(f"* BYE {text}\r\n".encode())
            session.connection.close()

    def push(self, line: str) -> None:
        """Send a line to every client that is there, asked for or not."""
        for session in self.sessions:
            with contextlib.suppress(Gone):
                session.connection.send(line.encode() + b"\r\n")

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            # An answer may go out in pieces; none should wait for the client's ACK.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self.profile, self.users, self.faults, Connection(sock, self.closing))
            self.sessions.append(session)
            thread = threading.Thread(target=Dispatch(session).run, daemon=True)
            self._threads.append(thread)
            thread.start()
