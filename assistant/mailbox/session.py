"""Connecting and signing in; every error of imaplib, ssl and the socket turned into ours.

TLS with a checked certificate, always; plain text only to this machine itself, and only where
the config says `insecure`. A refused login is never tried again by itself.
"""

from __future__ import annotations

import base64
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
from assistant.mailbox import bearer
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
_LONG = re.compile(r"[A-Za-z0-9+/._~-]{12,}")
"""What may be a piece of a token or of base64."""
_HINT = (
    "check user and password; Gmail, iCloud, Yahoo, Fastmail and others want an app password. "
    "It is not tried again soon, so that the account is not locked"
)
_OTHER_WAYS = (
    'where it is one of Microsoft or Google: sign_in = "microsoft" or "google" (docs/sign-in.md)'
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect, as whom, and with which of the two secrets."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    insecure: bool = False
    ca_file: str = ""
    token: str = field(default="", repr=False)
    """An OAuth access token; where it is given, no password is sent."""
    hint: str = ""
    """What to do if the sign-in is refused, where more is known of the provider than we know."""


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
        return _trust(server.ca_file, _changed(server.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise MailboxError(f"ca_file {server.ca_file}: can't be used ({error})") from error


def _changed(ca_file: str) -> tuple[int, ...]:
    """When the authorities last changed: the account's own, or the system's, which its updates replace.

    Raises:
        OSError: where there is no such ca_file.
    """
    if ca_file:
        return (Path(ca_file).stat().st_mtime_ns,)
    system = ssl.get_default_verify_paths()  # asks the environment, too
    places = [Path(each) for each in (system.cafile, system.capath) if each]
    return tuple(each.stat().st_mtime_ns for each in places if each.exists())


@functools.lru_cache(maxsize=8)
def _trust(ca_file: str, _when: tuple[int, ...]) -> ssl.SSLContext:
    """Whom to believe, as of then. Shared by all connections: the system's authorities take half a megabyte."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _sign_in(client: Client, server: Server) -> None:
    if client._imap.state == "AUTH":  # greeted with PREAUTH
        return
    secret = server.token or server.password
    if any(ord(c) < 32 or ord(c) == 127 for c in server.user + secret):
        raise LoginRefused(
            "the user name or password holds a control character; it was not sent",
            hint="a line break at the end of what a password command prints, perhaps?",
        )
    with client.command("CAPABILITY"):
        client.capabilities()
    if server.token:
        _with_token(client, server)
    else:
        _with_password(client, server)
    with client.command("CAPABILITY"):
        client._cached_capabilities = None
        client.capabilities()


def _with_password(client: Client, server: Server) -> None:
    user, password = server.user, server.password
    try:
        if client.has_capability("AUTH=PLAIN"):
            with client.command("AUTHENTICATE"):
                client.plain_login(user, password)
        elif client.has_capability("LOGINDISABLED"):  # RFC 9051 section 6.2.3
            raise LoginRefused(
                f"{server.host} takes no passwords on this connection; none was sent",
                hint=server.hint or _OTHER_WAYS,
            )
        elif (user + password).isascii():
            with client.command("LOGIN"):
                client.login(client._imap._quote(argument(user)), argument(password))
        else:
            raise LoginRefused(
                "the server offers only a sign-in that can't carry letters beyond ASCII",
                hint="choose a password of ASCII letters, digits and signs",
            )
    except LoginError as error:
        sent = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
        text = _without(str(error), (password, sent))
        # imapclient makes one error of a refusal and of a connection that broke.
        raise _login_error(server, text, isinstance(error.__context__, IMAP4.abort)) from error


def _with_token(client: Client, server: Server) -> None:
    """Raises LoginRefused: where the token isn't taken, with what the server said against it."""
    attempt = bearer.attempt(client, server.user, server.token, server.host, server.port)
    if attempt is None:
        raise LoginRefused(
            f"{server.host} offers neither OAUTHBEARER nor XOAUTH2; no token was sent",
            hint='this server wants a password: sign_in = "password"',
        )
    try:
        with client.command("AUTHENTICATE"):
            attempt.run(client)
    except IMAP4.error as error:
        said = " ".join(filter(None, (str(error), attempt.words())))
        text = _without(said, (server.token, attempt.encoded))
        raise _login_error(server, text, isinstance(error, IMAP4.abort)) from error


def _login_error(server: Server, text: str, broken: bool) -> MailboxError:
    found = _CODE.search(text)
    if (found and found[1] in _TRANSIENT) or _BUSY.search(text):
        return ConnectionLost(f"{server.host} can't sign you in just now: {text}")
    if broken:
        return ConnectionLost(f"{server.host} closed the connection during sign-in: {text}")
    return LoginRefused(
        f"{server.host} refused the sign-in of {server.user}: {text}", hint=server.hint or _HINT
    )


def _without(text: str, secrets: tuple[str, ...]) -> str:
    """What a server said, without anything that it was sent: some repeat it, whole or in part."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    text = _ANSWER.sub(r"\1", text)
    text = _LONG.sub(lambda run: "…" if any(run[0] in each for each in secrets) else run[0], text)
    return _line(text)


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
    return _line(str(reason or error or type(error).__name__))


def _line(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:300]
