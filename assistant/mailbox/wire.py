"""What may ever be sent to a server, and the gate that every byte passes on its way there.

This is the proof behind "it never sends, marks as read, moves or deletes": a command that is
not listed here can't leave the program, whoever asks for it. Two checks, one behind the other:

* :func:`argument` looks at each argument before a command is built. imapclient passes CR and LF
  through in search criteria and keywords, so that a stranger's Message-ID could become a
  command of its own (mjs/imapclient#657); no stranger's text is ever an argument, and this
  makes sure of it.
* :class:`Gate` reads the outgoing bytes as a server would and refuses any line that is not one
  whole, known, harmless command.
"""

from __future__ import annotations

import re

from assistant.errors import MailboxError

VERBS = frozenset(
    {
        "CAPABILITY", "LOGIN", "AUTHENTICATE", "NOOP", "LOGOUT",  # the session
        "LIST", "STATUS", "SELECT", "EXAMINE",                    # looking at folders
        "IDLE", "DONE",                                           # waiting for news
        "UID SEARCH", "UID FETCH",                                # looking at messages
        "UID STORE",                                              # our own keywords or labels, on or off
        "CREATE", "UID COPY",                                     # the folder for copies, where configured
        "APPEND",                                                 # a draft, into Drafts only
    }
)  # fmt: skip
"""Every verb that ever reaches a server. No EXPUNGE, no MOVE, no DELETE."""

DRAFT_FLAGS = ("\\Draft", "\\Seen")
LONGEST_ARGUMENT = 4_096
LONGEST_LINE = 8_192
LONGEST_TOKEN = 65_536
"""Octets of a line of base64 during a sign-in: an access token may be as long as its issuer likes."""

_COMMAND = re.compile(rb"([A-Z]{1,8}\d{1,9}) ((?:UID )?[A-Z]+)(?: (.*))?", re.DOTALL)
_FETCH = re.compile(
    rb"[\d,:]+ \((?:(?:UID|FLAGS|INTERNALDATE|RFC822\.SIZE|X-GM-LABELS|MODSEQ|BODY\.PEEK\[[^\]]*\](?:<\d+\.\d+>)?)(?: (?!\))|(?=\))))+\)"
    rb"(?: \(CHANGEDSINCE \d{1,20}\))?"
)
_STORE = re.compile(
    rb"\d+ (?:[+-](?:FLAGS|X-GM-LABELS)(?:\.SILENT)? \((?:[A-Za-z0-9_.-]{1,40}|\"[A-Za-z0-9_.-]{1,40}\")\)"
    rb"|\+FLAGS(?:\.SILENT)? \(\\Flagged\))"
)
_APPEND = re.compile(rb'("(?:[^"\\]|\\.)*") \(\\Draft \\Seen\) (?:\{(\d+)\+?\})')
_BREAK = re.compile(rb"\r(?!\n|\Z)|(?<!\r)\n|\r\n(?!\Z)")
"""A line break anywhere but at the end, or half of one."""
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]*|\*")


class WireViolation(MailboxError):
    """The program was about to send something it must never send: a bug, or an attack on one."""


def argument(text: str, longest: int = LONGEST_ARGUMENT) -> str:
    """An argument that can't be more than one argument: printable ASCII, no control characters.

    Raises:
        WireViolation: for CR, LF, NUL and other controls, anything beyond ASCII, or too long.
    """
    if len(text) > longest:
        raise WireViolation(f"an argument of {len(text)} characters was not sent (limit {longest})")
    if not text.isascii() or any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise WireViolation("an argument with control or non-ASCII characters was not sent")
    return text


class Gate:
    """Reads the outgoing stream as a server would, and stops what is not on the list."""

    def __init__(self) -> None:
        self.verb = ""
        """The command that is being sent."""
        self._line = b""
        self._literal = 0
        self._after_literal = False
        self._signing_in = self._idling = False
        self.drafts: bytes | None = None
        """The only folder that APPEND may name, quoted as on the wire; None until it is found."""
        self.copies: bytes | None = None
        """The only folder that COPY and CREATE may name, quoted; None where none is configured."""

    @property
    def unfinished(self) -> bool:
        """Whether the server still waits for the rest of a command: anything sent would be that."""
        return bool(self._line or self._literal or self._after_literal or self._idling)

    def answered(self) -> None:
        """The command is over: its tagged answer is here. A server may refuse an APPEND before its
        literal; what was announced then never comes, and nothing else may pass in its stead."""
        self._line, self._literal = b"", 0
        self._after_literal = self._signing_in = self._idling = False

    def pass_on(self, data: bytes) -> bytes:
        """What may be sent of these bytes now; a line is held back until it is whole.

        Raises:
            WireViolation: and nothing of the line has left.
        """
        literal, data = data[: self._literal], data[self._literal :]
        self._literal -= len(literal)
        line, self._line = self._line + data, b""
        if _BREAK.search(line):
            raise WireViolation("a command with a line break inside was not sent")
        if line.endswith(b"\r\n"):
            self._check(line[:-2])
            return literal + line
        if len(line) > (LONGEST_TOKEN if self._signing_in else LONGEST_LINE):
            raise WireViolation("a command without an end was not sent")
        self._line = line
        return literal

    def _check(self, line: bytes) -> None:
        if self._signing_in and len(line) <= LONGEST_TOKEN and _BASE64.fullmatch(line):
            return
        if len(line) > LONGEST_LINE or b"\0" in line:
            raise WireViolation("a command that is too long or holds a NUL was not sent")
        if self._after_literal:
            self._after_literal = False
            if line:
                raise WireViolation("text after a literal was not sent")
            return
        if self._idling:  # RFC 2177: nothing else may be sent
            if line != b"DONE":
                raise WireViolation("a command in the middle of IDLE was not sent")
            self._idling, self.verb = False, "DONE"
            return
        command = _COMMAND.fullmatch(line)
        verb = command[2].decode("ascii") if command else ""
        if command is None or verb not in VERBS - {"DONE"}:
            raise WireViolation(f"a command that is not on the list was not sent: {verb or 'none'}")
        self._check_arguments(verb, command[3] or b"")
        self._signing_in, self._idling = verb == "AUTHENTICATE", verb == "IDLE"
        self.verb = verb

    def _check_arguments(self, verb: str, arguments: bytes) -> None:
        literal = _LITERAL.search(arguments)
        if verb == "APPEND":
            append = _APPEND.fullmatch(arguments)
            if append is None or self.drafts is None or append[1] != self.drafts:
                raise WireViolation("an APPEND to anything but Drafts was not sent")
            self._literal, self._after_literal = int(append[2]), True
        elif literal is not None:
            raise WireViolation(f"{verb} with a literal was not sent")
        elif verb in ("UID COPY", "CREATE"):
            uid = rb"\d+ " if verb == "UID COPY" else b""
            if self.copies is None or not re.fullmatch(uid + re.escape(self.copies), arguments):
                raise WireViolation(f"a {verb} to anything but the folder for copies was not sent")
        elif verb == "UID STORE" and not _STORE.fullmatch(arguments):
            raise WireViolation("a STORE of anything but one of our keywords was not sent")
        elif verb == "UID FETCH" and not _FETCH.fullmatch(arguments):
            raise WireViolation("a FETCH that could mark a message as read was not sent")
