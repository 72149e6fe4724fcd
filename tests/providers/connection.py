"""Bytes of one connection: what comes in is kept, what goes out may be slow, cut or held back."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from collections.abc import Callable

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
LONGEST_LINE = 16 * 1024 * 1024


class Gone(Exception):
    """The connection has ended, from whichever side."""


class Connection:
    """The server's end of one connection.

    Args:
        closing: set when the server stops, so that nothing waits on.
    """

    def __init__(self, sock: socket.socket, closing: threading.Event) -> None:
        self.sent = bytearray()
        """Every byte that the client has sent."""
        self.lines: list[bytes] = []
        """Every line of the client, with the literals in it."""
        self._sock = sock
        self._closing = closing
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._writing = threading.Lock()
        self._alarm, self._wake = socket.socketpair()
        self._wake.setblocking(False)  # who never looks need not be told twice

    # --- in ---

    def hear(self, literal: Callable[[bytes, int, bool], bool]) -> bytes:
        """A line of the client, with its literals.

        Args:
            literal: told of each announced literal (line so far, its size, whether the client
                waits for a go-ahead); False where the answer has been given instead.

        Raises:
            Gone: the client has hung up.
        """
        line = self._line()
        while found := _LITERAL.search(line):
            waits = not found[2]
            if not literal(line, int(found[1]), waits):
                break
            if waits:
                self.say("+ go ahead")
                self.flush()
            line += self._exactly(int(found[1])) + self._line()
        self.lines.append(line)
        return line

    def wait(self) -> bool:
        """Wait for a line or for :meth:`alarm`; whether there is a line.

        Raises:
            Gone: the client has hung up.
        """
        while b"\n" not in self._incoming:
            ready, _, _ = select.select([self._sock, self._alarm], [], [])
            if self._alarm in ready:
                self._alarm.recv(4096)
                return False
            self._receive()
        return True

    def alarm(self) -> None:
        """Make :meth:`wait` return. May be called by any thread."""
        with contextlib.suppress(OSError):
            self._wake.send(b"!")

    def _line(self) -> bytes:
        while b"\n" not in self._incoming:
            self._receive()
        return self._exactly(self._incoming.index(b"\n") + 1)

    def _exactly(self, size: int) -> bytes:
        while len(self._incoming) < size:
            self._receive()
        data = bytes(self._incoming[:size])
        del self._incoming[:size]
        return data

    def _receive(self) -> None:
        try:
            data = self._sock.recv(65_536)
        except OSError as error:
            raise Gone from error
        if not data or len(self._incoming) > LONGEST_LINE:
            raise Gone
        self.sent += data
        self._incoming += data

    # --- out ---

    def say(self, text: str | bytes) -> None:
        """A line to the client, sent with the next :meth:`flush`."""
        self._outgoing += (text.encode() if isinstance(text, str) else text) + b"\r\n"

    def flush(self, every: float = 0.0) -> None:
        """Send what was said, all at once, or one byte every so many seconds.

        Raises:
            Gone: the client has hung up.
        """
        data = bytes(self._outgoing)
        self.forget()
        step = 1 if every else max(1, len(data))
        for at in range(0, len(data), step):
            self.send(data[at : at + step])
            if every and self._closing.wait(every):
                raise Gone

    def forget(self) -> None:
        """What was said and not sent is not sent."""
        self._outgoing.clear()

    def send(self, data: bytes) -> None:
        """Bytes to the client at once. May be called by any thread."""
        try:
            with self._writing:
                self._sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def close(self) -> None:
        """May be called by any thread; the connection's own ends with :class:`Gone`."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self.alarm()

    def release(self) -> None:
        """Give the sockets back; the last thing that a connection's thread does."""
        for sock in (self._sock, self._alarm, self._wake):
            sock.close()
