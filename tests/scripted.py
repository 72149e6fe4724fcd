"""An IMAP server that says what a test tells it to: slow, broken, lying, or simply other."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Mapping

GREETING = b"* OK ready\r\n"
LIST = (
    b'* LIST (\\HasNoChildren) "/" INBOX\r\n'
    b'* LIST (\\HasNoChildren \\Drafts) "/" Drafts\r\n'
    b"TAG OK done\r\n"
)
SELECT = (
    b"* 1 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Draft)\r\n"
    b"* OK [PERMANENTFLAGS (\\Seen \\Draft \\*)] kept\r\n"
    b"* OK [UIDVALIDITY 7] fixed\r\n* OK [UIDNEXT 2] next\r\n"
    b"TAG OK [READ-WRITE] done\r\n"
)
USUAL: Mapping[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
    "LIST": LIST,
    "SELECT": SELECT,
    "EXAMINE": SELECT.replace(b"READ-WRITE", b"READ-ONLY"),
    "STATUS": b"* STATUS Drafts (UIDVALIDITY 9 UIDNEXT 4)\r\nTAG OK done\r\n",
    "UID SEARCH": b"* SEARCH\r\nTAG OK done\r\n",
    "LOGOUT": b"* BYE so long\r\nTAG OK done\r\n",
}
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
_COMMAND = re.compile(rb"(\S+) ((?:UID )?\S+)")


class Gone(Exception):
    """The client has closed the connection, or the script wants it closed."""


Answer = bytes | Callable[["Conversation", bytes], None]
"""Bytes to send, in which TAG stands for the command's tag; empty: hang up. Or: what to do."""


class Conversation:
    """The server's side of one connection."""

    def __init__(self, sock: socket.socket, closing: threading.Event) -> None:
        self._sock = sock
        self._file = sock.makefile("rb")
        self._closing = closing
        self.lines: list[bytes] = []
        self.takes_literals = True

    def say(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def hear(self) -> bytes:
        """A line of the client, with any literal in it."""
        line = self._read(self._file.readline)
        while self.takes_literals and (found := _LITERAL.search(line)):
            self.say(b"+ go on\r\n")
            size = int(found[1])
            line += self._read(lambda size=size: self._file.read(size))  # type: ignore[misc]
            line += self._read(self._file.readline)
        self.lines.append(line)
        return line

    def drip(self, data: bytes, every: float) -> None:
        """One byte after the other: each read of the client is quick, the whole never ends."""
        for number in range(len(data)):
            self.say(data[number : number + 1])
            if self._closing.wait(every):
                raise Gone

    def close(self) -> None:
        self._file.close()
        self._sock.close()

    @staticmethod
    def _read(read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data


class ScriptedServer:
    """Answers each verb with what it is told, and like a usual small server where told nothing.

    Args:
        answers: verb -> answer; for a list, one after another, the last one for ever.
        greeting: said to each new connection; empty to hang up at once.
        takes_literals: False to answer an APPEND before its literal (RFC 9051 section 7.6).
    """

    def __init__(
        self,
        answers: Mapping[str, Answer | list[Answer]] | None = None,
        greeting: Answer = GREETING,
        *,
        takes_literals: bool = True,
    ) -> None:
        self._answers = {**USUAL, **(answers or {})}
        self._greeting = greeting
        self._takes_literals = takes_literals
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.conversations: list[Conversation] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def lines(self) -> list[bytes]:
        """Everything that clients have sent, line by line."""
        return [line for each in self.conversations for line in each.lines]

    @property
    def verbs(self) -> list[str]:
        return [_verb(line)[1] for line in self.lines]

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(20)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = Conversation(sock, self._closing)
            conversation.takes_literals = self._takes_literals
            self.conversations.append(conversation)
            thread = threading.Thread(target=self._serve, args=(conversation,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, conversation: Conversation) -> None:
        try:
            self._answer(conversation, self._greeting, b"*")
            while True:
                tag, verb = _verb(conversation.hear())
                self._answer(conversation, self._next(verb), tag)
        except Gone:
            pass
        finally:
            conversation.close()

    def _next(self, verb: str) -> Answer:
        answer = self._answers.get(verb, b"TAG OK done\r\n")
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    @staticmethod
    def _answer(conversation: Conversation, answer: Answer, tag: bytes) -> None:
        if not answer:
            raise Gone
        if isinstance(answer, bytes):
            conversation.say(answer.replace(b"TAG", tag))
        else:
            answer(conversation, tag)


def _verb(line: bytes) -> tuple[bytes, str]:
    found = _COMMAND.match(line)
    return (found[1], found[2].decode("ascii", "replace").upper()) if found else (b"?", "?")
