"""Signing in to a mail server with a token: the very bytes, and what is made of a refusal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import pytest

from assistant.errors import ConnectionLost, LoginRefused, MailboxError
from assistant.mailbox import session
from assistant.mailbox.session import Server
from tests.scripted import Conversation, Gone, ScriptedServer

TOKEN = "ya29.a0-" + "Zz9_~+/x" * 20
USER = "robin@studio.example"
Script = Callable[[Conversation, bytes], None]


def capability(*names: str) -> bytes:
    return f"* CAPABILITY IMAP4rev1 {' '.join(names)}\r\nTAG OK done\r\n".encode()


def welcome(conversation: Conversation, tag: bytes) -> None:
    """Takes whatever it is given, in the command or after it."""
    if conversation.lines[-1].count(b" ") < 3:
        conversation.say(b"+ \r\n")
        conversation.hear()
    conversation.say(tag + b" OK welcome\r\n")


def refusing(challenge: bytes, last: bytes = b"TAG NO [AUTHENTICATIONFAILED] no\r\n") -> Script:
    """Answers the token with a challenge, and what comes then with `last`."""

    def script(conversation: Conversation, tag: bytes) -> None:
        if conversation.lines[-1].count(b" ") < 3:
            conversation.say(b"+ \r\n")
            conversation.hear()
        conversation.say(b"+ " + challenge + b"\r\n")
        conversation.hear()
        conversation.say(last.replace(b"TAG", tag))

    return script


def says(**fields: str) -> bytes:
    return base64.b64encode(json.dumps(fields).encode())


def connect(server: ScriptedServer, user: str = USER, token: str = TOKEN, hint: str = "") -> None:
    where = Server("127.0.0.1", server.port, user, insecure=True, token=token, hint=hint)
    session.close(session.connect(where))


def refusal(server: ScriptedServer, token: str = TOKEN) -> MailboxError:
    with pytest.raises(MailboxError) as caught:
        connect(server, token=token)
    assert token not in caught.value.message + caught.value.hint
    return caught.value


# --- what is sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("user", [USER, "a=b,c@studio.example", "jörg@studio.example"])
def test_oauthbearer_is_sent_as_rfc_7628_says(user: str, initial: bool) -> None:
    """Section 3.1, with the two letters of the name escaped (RFC 5801); in the command only where SASL-IR is offered."""
    offered = capability("AUTH=OAUTHBEARER", *(["SASL-IR"] if initial else []))
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        connect(server, user)
        port, line = server.port, server.lines[1]
        encoded = line.split()[3] if initial else server.lines[2].rstrip(b"\r\n")
    assert re.fullmatch(rb"\S+ AUTHENTICATE OAUTHBEARER( \S+)?\r\n", line)
    assert line.count(b" ") == (3 if initial else 2)
    name = user.replace("=", "=3D").replace(",", "=2C")
    wanted = f"n,a={name},\1host=127.0.0.1\1port={port}\1auth=Bearer {TOKEN}\1\1"
    assert base64.b64decode(encoded, validate=True) == wanted.encode()


@pytest.mark.parametrize("initial", [True, False])
def test_xoauth2_is_sent_as_google_and_microsoft_say(initial: bool) -> None:
    """https://developers.google.com/gmail/imap/xoauth2-protocol"""
    offered = capability("AUTH=PLAIN", "AUTH=XOAUTH2", *(["SASL-IR"] if initial else []))
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        connect(server)
        line = server.lines[1]
        encoded = line.split()[3] if initial else server.lines[2].rstrip(b"\r\n")
    assert line.split()[1:3] == [b"AUTHENTICATE", b"XOAUTH2"]
    assert (
        base64.b64decode(encoded, validate=True) == f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode()
    )


def test_the_standard_is_preferred_and_capabilities_are_asked_again() -> None:
    """OAUTHBEARER where both are offered; what holds after the sign-in is asked after it."""
    offered = capability("AUTH=XOAUTH2", "AUTH=OAUTHBEARER", "SASL-IR")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        connect(server)
        assert server.verbs == ["CAPABILITY", "AUTHENTICATE", "CAPABILITY", "LOGOUT"]
        assert b" OAUTHBEARER " in server.lines[1]


@pytest.mark.parametrize("length", [5_000, 5_800, 7_000, 45_000])
def test_a_long_token_goes_after_the_command(length: int) -> None:
    """Servers limit a command line to some 8,000 octets (RFC 7162 section 4); the answer to a challenge has no such limit."""
    offered = capability("AUTH=XOAUTH2", "SASL-IR")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        connect(server, token="x" * length)
        commands = [line for line in server.lines if b" AUTHENTICATE " in line]
        assert all(len(line) <= 8_000 for line in commands)
        assert any(b64(f"Bearer {'x' * length}\1") in line for line in server.lines)


def b64(text: str) -> bytes:
    """What an XOAUTH2 answer with this in it holds, whatever stands before it."""
    start = f"user={USER}\1auth=".encode()
    return base64.b64encode(start + text.encode() + b"\1")


def test_a_token_with_a_control_character_is_not_sent() -> None:
    """%x01 would begin another field."""
    offered = capability("AUTH=XOAUTH2", "AUTH=OAUTHBEARER")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        assert "control character" in refusal(server, "abc\1user=other").message
        assert "AUTHENTICATE" not in server.verbs


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize(
    ("mechanism", "answer"), [("OAUTHBEARER", b"AQ==\r\n"), ("XOAUTH2", b"\r\n")]
)
def test_a_refusal_is_acknowledged_and_told_in_words(
    mechanism: str, answer: bytes, initial: bool
) -> None:
    """RFC 7628 section 3.2.3: %x01; XOAUTH2: an empty line. Then the connection is closed in good order."""
    offered = capability(f"AUTH={mechanism}", *(["SASL-IR"] if initial else []))
    script = refusing(says(status="invalid_token", scope="https://mail.google.com/"))
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": script}) as server:
        error = refusal(server)
        assert server.lines[-2] == answer
        assert server.verbs[-1] == "LOGOUT"
    assert isinstance(error, LoginRefused)
    assert "invalid_token (the token is expired, revoked, or for another mailbox)" in error.message
    assert "it wants https://mail.google.com/" in error.message
    assert "[AUTHENTICATIONFAILED] no" in error.message


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        (says(status="400", schemes="Bearer", scope="https://mail.google.com/"), "400 (the token is expired, revoked, or for another mailbox), it wants https://mail.google.com/"),
        (says(status="insufficient_scope"), "insufficient_scope (the token does not cover"),
        (says(status="\x1b[2Jowned\r\nA1 DELETE INBOX"), "[2Jowned A1 DELETE INBOX"),
        (base64.b64encode(b"not json"), "[AUTHENTICATIONFAILED] no"),
        (base64.b64encode(b'["a list"]'), "[AUTHENTICATIONFAILED] no"),
        (base64.b64encode(b"\xff\xfe"), "[AUTHENTICATIONFAILED] no"),
        (base64.b64encode(b"[" * 100_000), "[AUTHENTICATIONFAILED] no"),
        (b"", "[AUTHENTICATIONFAILED] no"),
    ],
)  # fmt: skip
def test_whatever_the_challenge_holds_the_refusal_is_told(challenge: bytes, said: str) -> None:
    """It comes from the network: read as data, shown as printable text."""
    offered = capability("AUTH=XOAUTH2")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": refusing(challenge)}) as server:
        error = refusal(server)
    assert isinstance(error, LoginRefused)
    assert said in error.message
    assert error.message.isprintable()


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (b"TAG NO no\r\n", LoginRefused),
        (b"TAG BAD what?\r\n", LoginRefused),
        (b"TAG NO [UNAVAILABLE] later\r\n", ConnectionLost),
        (b"TAG NO Too many simultaneous connections\r\n", ConnectionLost),
        (b"* BYE maintenance\r\n", ConnectionLost),
        (b"rubbish\r\n", ConnectionLost),
    ],
)
def test_only_a_refused_token_is_the_users_business(last: bytes, kind: type[MailboxError]) -> None:
    """Everything else passes (RFC 5530)."""

    def script(conversation: Conversation, tag: bytes) -> None:
        refusing(says(status="401"), last)(conversation, tag)
        if last.startswith(b"* BYE"):
            raise Gone

    offered = capability("AUTH=OAUTHBEARER", "SASL-IR")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": script}) as server:
        assert type(refusal(server)) is kind


def test_a_challenge_that_is_no_base64_is_a_lost_connection() -> None:
    """The conversation can't go on."""
    script = refusing(b"x")
    with ScriptedServer(
        {"CAPABILITY": capability("AUTH=XOAUTH2"), "AUTHENTICATE": script}
    ) as server:
        assert type(refusal(server)) is ConnectionLost


def test_a_server_without_token_sign_in_gets_no_token() -> None:
    """It is said what the server does take."""
    with ScriptedServer(
        {"CAPABILITY": capability("AUTH=PLAIN"), "AUTHENTICATE": welcome}
    ) as server:
        error = refusal(server)
        assert {"LOGIN", "AUTHENTICATE"}.isdisjoint(server.verbs)
    assert isinstance(error, LoginRefused)
    assert "neither OAUTHBEARER nor XOAUTH2; no token was sent" in error.message
    assert 'sign_in = "password"' in error.hint


@pytest.mark.parametrize("where", ["answer", "challenge"])
@pytest.mark.parametrize("piece", ["whole", "encoded", "half", "long after"])
def test_a_server_that_repeats_the_token_is_not_quoted(where: str, piece: str) -> None:
    """Whole, as base64, or a piece of it: error messages end up in logs and in bug reports."""
    encoded = base64.b64encode(f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode()).decode()
    pieces = {
        "whole": TOKEN,
        "encoded": encoded,
        "half": TOKEN[40:90],
        "long after": "y " * 140 + TOKEN,
    }
    echo = pieces[piece]
    script = (
        refusing(says(status="401"), f"TAG NO I got {echo} from you\r\n".encode())
        if where == "answer"
        else refusing(says(status=f"I got {echo} from you"))
    )
    with ScriptedServer(
        {"CAPABILITY": capability("AUTH=XOAUTH2"), "AUTHENTICATE": script}
    ) as server:
        message = refusal(server).message
    shown = {message[at : at + 12] for at in range(len(message) - 11)}
    secret = TOKEN + " " + encoded
    assert not {each for each in shown if each in secret and each not in USER}


def test_what_the_caller_knows_of_the_provider_is_the_hint() -> None:
    """In place of the general one."""
    script = refusing(says(status="401"))
    with (
        ScriptedServer(
            {"CAPABILITY": capability("AUTH=XOAUTH2"), "AUTHENTICATE": script}
        ) as server,
        pytest.raises(LoginRefused) as caught,
    ):
        connect(server, hint="ask Robin")
    assert caught.value.hint == "ask Robin"


# --- passwords, as far as tokens have changed them ---------------------------------------------------


def test_no_password_is_sent_where_logins_are_disabled() -> None:
    """RFC 9051 section 6.2.3; what the server offers in their stead is told."""
    offered = capability("LOGINDISABLED", "AUTH=XOAUTH2")
    with ScriptedServer({"CAPABILITY": offered}) as server:
        with pytest.raises(
            LoginRefused, match="takes no passwords on this connection; none was sent"
        ) as caught:
            session.connect(Server("127.0.0.1", server.port, USER, "secret", insecure=True))
        assert {"LOGIN", "AUTHENTICATE"}.isdisjoint(server.verbs)
    assert 'sign_in = "microsoft" or "google"' in caught.value.hint


def test_plain_is_used_where_only_login_is_disabled() -> None:
    """LOGINDISABLED speaks of LOGIN alone."""
    offered = capability("LOGINDISABLED", "AUTH=PLAIN")
    with ScriptedServer({"CAPABILITY": offered, "AUTHENTICATE": welcome}) as server:
        session.close(
            session.connect(Server("127.0.0.1", server.port, USER, "secret", insecure=True))
        )
        assert "AUTHENTICATE" in server.verbs


def test_a_server_that_repeats_the_password_in_base64_is_not_quoted() -> None:
    """As it was sent in AUTHENTICATE PLAIN."""
    sent = base64.b64encode(f"\0{USER}\0hunter2-geheim".encode())

    def script(conversation: Conversation, tag: bytes) -> None:
        conversation.say(b"+ \r\n")
        conversation.hear()
        conversation.say(tag + b" NO what is " + sent + b"?\r\n")

    with (
        ScriptedServer({"CAPABILITY": capability("AUTH=PLAIN"), "AUTHENTICATE": script}) as server,
        pytest.raises(LoginRefused) as caught,
    ):
        session.connect(Server("127.0.0.1", server.port, USER, "hunter2-geheim", insecure=True))
    assert sent.decode() not in caught.value.message
    assert "what is …?" in caught.value.message
    assert "hunter2" not in repr(Server("h", 1, USER, "hunter2", token="hunter2"))
