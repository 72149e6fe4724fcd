"""The socket under imaplib: everything sent passes the gate, every command has a deadline.

imaplib's timeouts count from one received byte to the next, so that a server sending a byte a
second can hold a command for ever (measured: docs/decisions.md). Here a deadline is set for each
command, and every read waits for what is left of it.
"""

from __future__ import annotations

import contextlib
import imaplib
import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from assistant.mailbox.wire import Gate

CONNECT_SECONDS = 15.0
COMMAND_SECONDS = 60.0
"""Dovecot delays a LOGIN after a failed one by several seconds; a big FETCH takes long on slow lines."""
KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3))
"""Seconds of silence, seconds between probes, probes: who waits in IDLE learns within two minutes
that nobody is at the other end."""
LARGEST_LITERAL = 4 * 1024 * 1024
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes that one command may bring in before the server is thought to be broken or hostile."""
MOST_LINES = 200_000
"""And lines: each becomes objects in memory, and 64 MB of ``* 1 EXISTS`` were 420 MB of them."""
LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one line: a SEARCH in a million messages is one (imaplib's own limit is a million bytes)."""


class Deadline:
    """How long the current command may still take."""

    def __init__(self, seconds: float) -> None:
        self.start(seconds)

    def start(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self.bytes_left = LARGEST_ANSWER
        self.lines_left = MOST_LINES

    def left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        return left


class _Incoming(io.RawIOBase):
    """A socket as a raw stream whose reads keep to the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self.peeking = False
        """Only what was received already is asked for: nothing is to be received now."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.peeking:
            return None
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        self._deadline.bytes_left -= count
        if self._deadline.bytes_left < 0:
            raise TimeoutError("the server's answer has no end")
        return count


class _Connection(imaplib.IMAP4):
    """imaplib's protocol over our socket."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, gate: Gate, deadline: Deadline,
        tap: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._tap = tap
        self._context = context
        self._gate = gate
        self._deadline = deadline
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's signature
        self.host, self.port = host, port
        # For each address of the host: one that leads nowhere (a broken IPv6) leaves time for the next.
        plain = socket.create_connection((host, port), timeout=self._deadline.left() / 2)
        self._deadline.start(self._deadline.seconds)
        try:
            # Without it, APPEND takes 45 ms longer on most servers (Nagle against delayed ACK).
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _keep_alive(plain)
            self.sock = (
                self._context.wrap_socket(plain, server_hostname=host) if self._context else plain
            )
        except BaseException:
            plain.close()
            raise
        self._received = _Incoming(self.sock, self._deadline)
        self._incoming = io.BufferedReader(self._received, 65_536)

    def has_buffered(self) -> bool:
        """Whether something was received that nobody has read: a wait for the socket would miss it."""
        self._received.peeking = True
        try:
            buffered = bool(self._incoming.peek(1))
        finally:
            self._received.peeking = False
        return buffered or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def read(self, size: int) -> bytes:
        if size > LARGEST_LITERAL:
            raise self.abort(f"the server announced {size} bytes at once")
        return self._incoming.read(size)

    def readline(self) -> bytes:
        line = self._incoming.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise self.abort("the server sent a line without end")
        self._deadline.lines_left -= 1
        if self._deadline.lines_left < 0:
            raise self.abort("the server's answer has no end")
        return line

    def send(self, data: bytes) -> None:  # type: ignore[override]
        if allowed := self._gate.pass_on(bytes(data)):
            self.sock.settimeout(self._deadline.left())
            self.sock.sendall(allowed)
            self._tap(f"sent {self._gate.verb}")

    def shutdown(self) -> None:
        self._incoming.close()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class Client(IMAPClient):  # type: ignore[misc]
    """imapclient over our connection.

    Args:
        tap: told ``before VERB`` and ``after VERB`` around each command, and ``sent VERB`` for
            each piece of it that has left (an APPEND goes out in three).
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, tap: Callable[[str], None],
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:  # fmt: skip
        self.deadline = Deadline(connect_seconds)
        self.gate = Gate()
        self._tap = tap
        self._context = context
        super().__init__(
            host, port, ssl=False, timeout=SocketTimeout(connect_seconds, COMMAND_SECONDS)
        )
        # imapclient formats every line for a log that nobody reads, which costs a fifth of its speed.
        self._imap.debug = 0
        self.normalise_times = False

    def _create_IMAP4(self) -> _Connection:
        return _Connection(self.host, self.port, self._context, self.gate, self.deadline, self._tap)

    def has_buffered(self) -> bool:
        return bool(self._imap.has_buffered())

    @contextlib.contextmanager
    def command(self, name: str, seconds: float = COMMAND_SECONDS) -> Iterator[None]:
        """One command under its own deadline."""
        self._tap(f"before {name}")
        self.deadline.start(seconds)
        try:
            yield
        except imaplib.IMAP4.abort:
            raise  # no answer came
        except imaplib.IMAP4.error:
            self.gate.answered()
            raise
        self._tap(f"after {name}")


def _keep_alive(sock: socket.socket) -> None:
    """Let the system find out that the other end is gone; as far as it knows how."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE:
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
