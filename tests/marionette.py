"""Mozilla's remote control of its programs, as much of it as tests need (Marionette protocol 3).

A message is its length, a colon and JSON: ``[0, id, command, parameters]`` out, ``[1, id, error,
result]`` back (firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any, Self


class Marionette:
    """A session with a program on this machine that was started with --marionette."""

    def __init__(self, port: int, seconds: float) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._answers = self._socket.makefile("rb")
        self._number = 0
        self._read()  # it greets
        self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        self.call("Marionette:SetContext", {"value": "chrome"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._answers.close()
        self._socket.close()

    def call(self, command: str, parameters: dict[str, Any]) -> Any:
        """One command, and what came back."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert number == self._number
        assert error is None, f"{command}: {error}"
        return result

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript with the program's own rights; it may ``await``, and its value is returned."""
        answer = self.call(
            "WebDriver:ExecuteScript",
            {"script": f"return (async () => {{{script}}})()", "args": [*arguments], "sandbox": "system"},
        )  # fmt: skip
        return answer["value"]

    def quit(self) -> None:
        """End the program as its user would; its files are written then."""
        self.call("Marionette:Quit", {"flags": ["eAttemptQuit"]})

    def _read(self) -> Any:
        size = b""
        while (byte := self._answers.read(1)) != b":":
            assert byte, "the connection ended"
            size += byte
        return json.loads(self._answers.read(int(size)))
