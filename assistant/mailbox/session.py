"""Connecting and signing in; every error of imaplib, ssl and the socket turned into ours.

TLS with a checked certificate, always; plain text only to this machine itself, and only where
the config says `insecure`. A refused login is never tried again by itself.
"""

from __future__ import annotations

import contextlib
import functools
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from imaplib import IMAP4
from pathlib import Path

from imapclient.exceptions import LoginError, ProtocolError

from assistant.clean import LOOPBACK
from assistant.errors import (
    CertificateError,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    RefusedByServer,
)
from assistant.mailbox.transport import Client
from assistant.mailbox.wire import argument

# RFC 5530: these say "later", whatever the command.
_TRANSIENT = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
_BUSY = re.compile("too many|simultaneous|try again later|rate limit", re.IGNORECASE)
"""What servers say, without a code, of a limit that will pass (Gmail's 15 connections)."""
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]")
_ANSWER = re.compile(
    r"(unexpected (?:\w+ )?response(?: while [a-z ]+)?|unterminated line): .*",
    re.IGNORECASE | re.DOTALL,
)
"""Where imaplib and imapclient repeat an answer that they can't read: it may be a client's mail."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect, and as whom."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    insecure: bool = False
    ca_file: str = ""


def quiet(_event: str) -> None:
    """The tap that nobody listens to."""


def connect(server: Server, tap: Callable[[str], None] = quiet) -> Client:
    """A signed-in connection.

    Args:
        tap: told ``before VERB``, ``sent VERB`` and ``after VERB`` for each command.

    Raises:
        CertificateError: the server can't prove who it is; no password was sent.
        LoginRefused: wrong user or password.
        ConnectionLost: anything that may pass.
    """
    context = _context(server)
    try:
        with translated(server.host):
            client = Client(server.host, server.port, context, tap)
    except RefusedByServer as error:  # greeted with BYE: too many connections, maintenance
        raise ConnectionLost(error.message) from error
    try:
        with translated(server.host):
            _sign_in(client, server)
    except BaseException:
        close(client)
        raise
    return client


def close(client: Client) -> None:
    """Say goodbye if the server still listens; never raises."""
    if not client.gate.unfinished:
        with (
            contextlib.suppress(IMAP4.error, OSError, ValueError, MailboxError),
            client.command("LOGOUT", 5),
        ):
            client.logout()
    with contextlib.suppress(OSError, ValueError):
        client.shutdown()


def _context(server: Server) -> ssl.SSLContext | None:
    if server.insecure:
        if server.host not in LOOPBACK:
            raise MailboxError(f"{server.host}: unencrypted connections are for this machine only")
        return None
    try:
        changed = Path(server.ca_file).stat().st_mtime_ns if server.ca_file else 0
        return _trust(server.ca_file, changed)
    except (OSError, ssl.SSLError) as error:
        raise MailboxError(f"ca_file {server.ca_file}: can't be used ({error})") from error


@functools.lru_cache(maxsize=8)
def _trust(ca_file: str, _changed: int) -> ssl.SSLContext:
    """Whom to believe. Shared by all connections: the system's authorities take half a megabyte."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _sign_in(client: Client, server: Server) -> None:
    if client._imap.state == "AUTH":  # greeted with PREAUTH
        return
    user = server.user
    if any(ord(c) < 32 or ord(c) == 127 for c in user + server.password):
        raise LoginRefused(
            "the user name or password holds a control character; it was not sent",
            hint="a line break at the end of what a password command prints, perhaps?",
        )
    with client.command("CAPABILITY"):
        client.capabilities()
    try:
        if client.has_capability("AUTH=PLAIN"):
            with client.command("AUTHENTICATE"):
                client.plain_login(user, server.password)
        elif (user + server.password).isascii():
            with client.command("LOGIN"):
                client.login(client._imap._quote(argument(user)), argument(server.password))
        else:
            raise LoginRefused(
                "the server offers only a sign-in that can't carry letters beyond ASCII",
                hint="choose a password of ASCII letters, digits and signs",
            )
    except LoginError as error:
        raise _login_error(server, error) from error
    with client.command("CAPABILITY"):
        client._cached_capabilities = None
        client.capabilities()


def _login_error(server: Server, error: LoginError) -> MailboxError:
    text = _words(error)
    if server.password:  # a server that repeats what it was sent
        text = text.replace(server.password, "…")
    found = _CODE.search(text)
    if (found and found[1] in _TRANSIENT) or _BUSY.search(text):
        return ConnectionLost(f"{server.host} can't sign you in just now: {text}")
    if isinstance(error.__context__, IMAP4.abort):  # imapclient makes one error of both
        return ConnectionLost(f"{server.host} closed the connection during sign-in: {text}")
    return LoginRefused(
        f"{server.host} refused the sign-in of {server.user}: {text}",
        hint=(
            "check user and password; Gmail, iCloud, Yahoo, Fastmail and others want an app password. "
            "It is not tried again soon, so that the account is not locked"
        ),
    )


@contextlib.contextmanager
def translated(host: str) -> Iterator[None]:
    """Errors of the libraries, as ours. Order matters: imaplib's abort is one of its errors."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(
            f"{host}: the server's certificate can't be trusted: {error.verify_message}",
            hint="nothing secret was sent; check the host name, or name your own authority in ca_file",
        ) from error
    except (IMAP4.abort, TimeoutError) as error:
        if isinstance(error, IMAP4.readonly):
            raise RefusedByServer(f"{host}: the mailbox is read-only", "READ-ONLY") from error
        text = _ANSWER.sub(r"\1", _words(error))
        raise ConnectionLost(f"{host}: the connection broke off ({text})") from error
    except ProtocolError as error:  # its text holds the answer; other messages may be readable
        raise RefusedByServer(f"{host}: an answer could not be understood") from error
    except IMAP4.error as error:
        text = _ANSWER.sub(r"\1", _words(error))
        found = _CODE.search(text)
        code = found[1] if found else ""
        raise RefusedByServer(f"{host}: the server refused: {text}", code) from error
    except ssl.SSLError as error:
        raise ConnectionLost(
            f"{host}: no TLS ({_words(error)})",
            hint="TLS from the first byte is spoken, on port 993 as a rule; STARTTLS is not built yet",
        ) from error
    except OSError as error:
        raise ConnectionLost(f"{host}: can't be reached ({_words(error)})") from error
    except (ValueError, AssertionError, IndexError, KeyError) as error:
        # imapclient's parser on an answer that is no IMAP, or a file object already closed.
        raise ConnectionLost(
            f"{host}: an answer could not be understood ({type(error).__name__})"
        ) from error


def _words(error: BaseException) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    text = " ".join(str(reason or error or type(error).__name__).split())
    return "".join(c for c in text if c.isprintable())[:300]
