"""CAPABILITY, ID, NOOP, and signing in by password or token."""

from __future__ import annotations

import base64
import binascii
import hmac
import re

from tests.providers.grammar import Arguments, Bad, No
from tests.providers.profile import Welcome
from tests.providers.session import Commands, Session, Stage
from tests.providers.store import User

_TOKEN = re.compile(rb"(?:user=|n,a=)(?P<user>[^\x01,]+).*\x01auth=Bearer (?P<token>[^\x01]*)\x01\x01", re.DOTALL)  # fmt: skip
_TOKEN_REFUSED = b'{"status":"401","schemes":"Bearer","scope":"https://mail.example/"}'


def _capability(session: Session, arguments: Arguments) -> str:
    arguments.end()
    session.say(f"* CAPABILITY {session.announced}")
    return "CAPABILITY completed"


def _noop(session: Session, arguments: Arguments) -> str:
    arguments.end()
    return "NOOP completed"


def _identity(session: Session, arguments: Arguments) -> str:
    session.require("ID")
    arguments.item()
    session.say(f"* ID {session.profile.identity}")
    return "ID completed"


def _login(session: Session, arguments: Arguments) -> str:
    name, password = arguments.text(), arguments.text()
    arguments.end()
    return _welcome(session, _by_password(session, name, password))


def _authenticate(session: Session, arguments: Arguments) -> str:
    mechanism = arguments.token().upper
    if mechanism not in session.profile.mechanisms or mechanism not in _MECHANISMS:
        raise No("Unsupported authentication mechanism")
    if arguments:
        session.require("SASL-IR")
        answer = _decoded(arguments.token().data)
    else:
        answer = _decoded(_asked(session, ""))
    arguments.end()
    return _welcome(session, _MECHANISMS[mechanism](session, answer))


def _plain(session: Session, answer: bytes) -> User:
    """RFC 4616."""
    parts = answer.split(b"\0")
    if len(parts) != 3:
        raise Bad("Invalid response")
    return _by_password(session, parts[1].decode("utf-8", "replace"), parts[2].decode("utf-8", "replace"))  # fmt: skip


def _bearer(session: Session, answer: bytes) -> User:
    """XOAUTH2 (Google's page) and OAUTHBEARER (RFC 7628): after a refusal, the client owes an answer."""
    found = _TOKEN.search(answer)
    user = session.users.get(found["user"].decode("utf-8", "replace")) if found else None
    if found and user and hmac.compare_digest(found["token"], user.token.encode()):
        return user
    _asked(session, base64.b64encode(_TOKEN_REFUSED).decode("ascii"))
    raise No(session.profile.refusal)


_MECHANISMS = {"PLAIN": _plain, "XOAUTH2": _bearer, "OAUTHBEARER": _bearer}


def _by_password(session: Session, name: str, password: str) -> User:
    user = session.users.get(name)
    if user is None or user.password != password or not session.profile.passwords:
        raise No(session.profile.refusal)
    return user


def _welcome(session: Session, user: User) -> str:
    with user.lock:
        session.enter(user)
    if session.profile.welcome is Welcome.UNTAGGED:
        session.say(f"* CAPABILITY {session.announced}")
    code = f"[CAPABILITY {session.announced}] " if session.profile.welcome is Welcome.CODE else ""
    return f"{code}Logged in"


def _asked(session: Session, challenge: str) -> bytes:
    session.say(f"+ {challenge}")
    session.connection.flush()
    answer = session.connection.hear(lambda *_: False)
    if answer.strip() == b"*":
        raise Bad("Cancelled")
    return answer.strip()


def _decoded(answer: bytes) -> bytes:
    if answer == b"=":
        return b""
    try:
        return base64.b64decode(answer, validate=True)
    except binascii.Error as error:
        raise Bad("Invalid base64") from error


COMMANDS: Commands = {
    "CAPABILITY": (Stage.GREETED, _capability),
    "NOOP": (Stage.GREETED, _noop),
    "ID": (Stage.GREETED, _identity),
    "LOGIN": (Stage.GREETED, _login),
    "AUTHENTICATE": (Stage.GREETED, _authenticate),
}
