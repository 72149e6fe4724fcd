"""Reads a recorded client stream as an IMAP server would; knows nothing of the program's own gate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ALLOWED = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "NOOP", "LOGOUT", "LIST", "STATUS", "SELECT", "EXAMINE",
    "UID SEARCH", "UID FETCH", "UID STORE", "APPEND", "IDLE", "DONE",
    "CREATE", "UID COPY",
}  # fmt: skip
DRAFTS = (b'"Drafts"', b'"INBOX.Drafts"')
"""Drafts as it is called on most servers, as a client sends it."""
_COPIES = re.compile(rb'"(INBOX\.)?Unhappy"')
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")
_UNPEEKED = re.compile(rb"\bBODY\[|\bRFC822(?!\.SIZE)\b|BINARY\[", re.IGNORECASE)
_KEYWORDS = re.compile(
    rb'\d+ \+(FLAGS(\.SILENT)? \((tone-[a-z]+|look-first|\\Flagged)\)|X-GM-LABELS \("(tone-[a-z]+|look-first)"\))'
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command as the server reads it; a literal's bytes stand in its place."""

    verb: str
    arguments: bytes


def commands(stream: bytes) -> list[Command]:
    """Every command in what one connection sent. A cut at the end (a killed client) is no command."""
    found: list[Command] = []
    line = b""
    signing_in = False
    while stream:
        piece, newline, stream = stream.partition(b"\r\n")
        if not newline:
            break
        line += piece
        literal = _LITERAL.search(piece)
        if literal and not _refused(line, stream):
            size = int(literal[1])
            line += b"\r\n" + stream[:size]
            if len(stream) < size:
                break
            stream = stream[size:]
            continue
        if signing_in and b" " not in line:
            signing_in = False
            line = b""
            continue
        found.append(_command(line))
        signing_in = found[-1].verb == "AUTHENTICATE"
        line = b""
    return found


def _refused(line: bytes, rest: bytes) -> bool:
    """Whether the server refused an announced literal: the client's next tag stands in its place."""
    tag = re.match(rb"[A-Z]+", line)
    return bool(tag and re.match(tag[0] + rb"\d+ ", rest))


def _command(line: bytes) -> Command:
    if line == b"DONE":  # the one line without a tag (RFC 2177)
        return Command("DONE", b"")
    _tag, _, rest = line.partition(b" ")
    words = rest.split(b" ", 2)
    if words[0].upper() == b"UID":
        verb, arguments = b" ".join(words[:2]), words[2] if len(words) > 2 else b""
    else:
        verb, _, arguments = rest.partition(b" ")
    return Command(verb.decode("ascii", "replace").upper(), arguments)


def violations(stream: bytes, drafts: Sequence[bytes] = DRAFTS) -> list[str]:
    """What a stream holds that the program promises never to send."""
    appends = tuple(name + b" (\\Draft \\Seen) " for name in drafts)
    wrong: list[str] = []
    before = ""
    for command in commands(stream):
        if (before == "IDLE") != (command.verb == "DONE"):
            wrong.append(f"{command.verb!r} after {before!r}")
        before = command.verb
        if command.verb not in ALLOWED:
            wrong.append(f"verb {command.verb!r}")
        if command.verb == "UID FETCH" and _UNPEEKED.search(command.arguments):
            wrong.append(f"a fetch that marks as read: {command.arguments[:80]!r}")
        if command.verb == "UID STORE" and not _KEYWORDS.fullmatch(command.arguments):
            wrong.append(f"a store of something else: {command.arguments[:80]!r}")
        if command.verb == "CREATE" and not _COPIES.fullmatch(command.arguments):
            wrong.append(f"a folder made that nobody configured: {command.arguments[:80]!r}")
        if command.verb == "UID COPY" and not _COPIES.fullmatch(
            command.arguments.partition(b" ")[2]
        ):
            wrong.append(f"a copy to elsewhere: {command.arguments[:80]!r}")
        if command.verb == "APPEND" and not command.arguments.startswith(appends):
            wrong.append(f"an append to something else: {command.arguments[:80]!r}")
    return wrong
