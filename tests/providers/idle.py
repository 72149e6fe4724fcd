"""IDLE (RFC 2177): pushes as they happen, until DONE."""

from __future__ import annotations

from tests.providers.connection import Gone
from tests.providers.grammar import Arguments, Bad
from tests.providers.session import Session


def idle(session: Session, arguments: Arguments) -> str:
    """Runs without the user's lock: others change the mailbox meanwhile."""
    session.require("IDLE")
    arguments.end()
    session.say("+ idling")
    session.connection.flush()
    if session.fault.cut == "after":
        raise Gone
    while not session.connection.wait():
        with session.user.lock:
            session.update()
        session.connection.flush()
    if session.connection.hear(lambda *_: False).strip().upper() != b"DONE":
        raise Bad("Expected DONE")
    return "IDLE completed"
