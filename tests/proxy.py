"""A loopback proxy that keeps what the program sent: the wire as it was, not as we think it was."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Listener = Callable[[int, bool, bytes], None]


class Cut(Exception):
    """Raised by a listener: the connection ends here, after so many of the bytes that it was told of."""

    def __init__(self, passed: int) -> None:
        super().__init__(f"cut after {passed} bytes")
        self.passed = passed


def nobody(_number: int, _sent: bool, _data: bytes) -> None:
    """The listener that hears nothing."""


class RecordingProxy:
    """Forwards a free port to a server's, and keeps every byte that clients sent, by connection.

    Args:
        listener: told what passes: the connection's number, whether a client sent it, the bytes. It may raise
            :class:`Cut`.
        host: where clients connect to.
    """

    def __init__(self, port: int, listener: Listener = nobody, host: str = "127.0.0.1") -> None:
        self.listener = listener
        self._target = port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = self._listener.getsockname()[1]
        self.sent: list[bytearray] = []
        self._live: dict[int, socket.socket] = {}
        self._open = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # A plain close() would leave the accept() in the other thread waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def live(self) -> list[int]:
        """The connections that are open, by number."""
        return list(self._live)

    def cut(self, number: int) -> None:
        """Break a connection off, in both directions, whatever it is in the middle of."""
        if (client := self._live.get(number)) is not None:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def wait_quiet(self, seconds: float = 20.0) -> bool:
        """Wait until the server has closed every connection: nothing is being committed any more."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, seconds)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._open += 1
            number = len(self.sent)
            self.sent.append(bytearray())
            threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, client: socket.socket, number: int) -> None:
        def sent(data: bytes) -> None:
            self.sent[number].extend(data)
            self.listener(number, True, data)

        def answered(data: bytes) -> None:
            self.listener(number, False, data)

        try:
            with client, socket.create_connection(("127.0.0.1", self._target)) as server:
                for sock in (client, server):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._live[number] = client
                back = threading.Thread(target=_pump, args=(server, client, answered), daemon=True)
                back.start()
                _pump(client, server, sent)
                back.join()
        finally:
            self._live.pop(number, None)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()


def _pump(source: socket.socket, target: socket.socket, passing: Callable[[bytes], None]) -> None:
    """Copy until the end; then tell the other side that nothing more comes."""
    while True:
        try:
            data = source.recv(65_536)
        except OSError:
            data = b""
        if not data:
            break
        cut = False
        try:
            passing(data)
        except Cut as end:
            data, cut = data[: end.passed], True
        try:
            target.sendall(data)
        except OSError:
            break
        if cut:
            with contextlib.suppress(OSError):
                source.shutdown(socket.SHUT_RDWR)
            break
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
