"""The judge of recorded streams: it must find what is forbidden, or every test that trusts it proves nothing."""

from __future__ import annotations

import pytest

from tests.test_wire import FORBIDDEN, SESSION
from tests.transcript import Command, commands, violations

HARMLESS_TO_THE_JUDGE = {
    # What a server would refuse or what harms nothing: the gate is stricter than the promise.
    "append with a date", "literal in a search", "literal in a select", "NUL", "small letters", "too long",
    "two appends", "fetch with another modifier",
}  # fmt: skip


def test_a_usual_session_has_nothing_forbidden() -> None:
    """Except taking a keyword off, which the program could do and never does."""
    usual = [line for line in SESSION if b"-FLAGS" not in line]
    assert violations(b"".join(usual)) == []
    assert len(violations(b"".join(SESSION))) == 1


def test_commands_are_read_as_a_server_reads_them() -> None:
    """Literals stand in their place, the answer of a sign-in is no command, a cut end is none either."""
    found = commands(b"".join(SESSION) + b"ABCD18 EXPU")
    assert [each.verb for each in found] == [
        "CAPABILITY", "AUTHENTICATE", "LOGIN", "LIST", "SELECT", "EXAMINE", "STATUS", "UID SEARCH", "UID SEARCH",
        "UID FETCH", "UID FETCH", "UID FETCH", "UID FETCH", "UID FETCH", "UID STORE", "UID STORE", "UID STORE", "APPEND", "NOOP", "IDLE", "DONE", "LOGOUT",
    ]  # fmt: skip
    assert found[-5] == Command("APPEND", b'"Drafts" (\\Draft \\Seen) {17}\r\nA1 EXPUNGE\r\nline\n')


@pytest.mark.parametrize("name", sorted(FORBIDDEN.keys() - HARMLESS_TO_THE_JUDGE))
def test_what_is_forbidden_is_found_in_the_middle_of_a_session(name: str) -> None:
    """Each of the gate's forbidden commands, had the gate let it through."""
    stream = b"A0 NOOP\r\n" + FORBIDDEN[name] + b"\r\nA9 NOOP\r\n"
    assert len(violations(stream)) >= 1


@pytest.mark.parametrize(
    "stream",
    [
        b"A1 UID SEARCH HEADER Message-ID <x\r\nX1 STORE 1:* +FLAGS (\\Deleted)\r\n",
        b"A1 uid expunge 1\r\n",
        b"A1 UID FETCH 1 (body[])\r\n",
        b"A1 UID FETCH 1 (BINARY[1])\r\n",
        b"A1 UID STORE 1 +FLAGS.SILENT (\\Seen)\r\n",
        b"A1 UID STORE 1 +FLAGS (\\Flagged \\Seen)\r\n",
        b'A1 APPEND "Drafts" (\\Draft \\Seen) {4}\r\nabcd\r\nA2 EXPUNGE\r\n',
        b'A1 APPEND "Sent" (\\Draft \\Seen) {4}\r\nabcd\r\n',
        b'A1 APPEND "Drafts" {4}\r\nabcd\r\n',
        b"A1 STARTTLS\r\n",
        b"EHLO me\r\nMAIL FROM:<a@b>\r\n",
    ],
)
def test_forbidden_streams(stream: bytes) -> None:
    """Injection, other spellings, what follows a literal, another protocol."""
    assert violations(stream)
