"""Tells systemd how the daemon stands: sd_notify(3) is a datagram to a socket that the environment names.

Own code: it is a page, and the libraries for it are unkept or want a compiler (docs/decisions.md).
Where no manager listens, nothing is sent.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping


class Manager:
    """The service manager, if there is one.

    Args:
        address: the socket's path, or its name after an ``@``; empty where nobody listens.
        watchdog: seconds within which it wants a sign of life; 0 for none.
    """

    def __init__(self, address: str, watchdog: float) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = watchdog / 3
        self._told = 0.0
        self._status = ""

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Manager:
        """As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say."""
        wanted = environ.get("WATCHDOG_USEC", "")
        for_us = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        watchdog = int(wanted) / 1e6 if wanted.isdecimal() and for_us else 0.0
        return cls(environ.get("NOTIFY_SOCKET", ""), watchdog)

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(time.monotonic() * 1e6)}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self, status: str, *, well: bool) -> None:
        """A sign of life, as often as it is wanted; none where something hangs."""
        if status != self._status:
            self._status = status
            self._send(f"STATUS={status}")
        now = time.monotonic()
        if well and self._every and now - self._told >= self._every:
            self._told = now
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),  # a manager that has gone away is no reason to stop
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out,
        ):
            out.setblocking(False)
            out.sendto("\n".join(lines).encode(), self._address)
