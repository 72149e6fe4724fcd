"""Waiting for a server's push (IDLE, RFC 2177).

Not by imapclient's ``idle_check``, which hides a closed connection and can lose a push: after the
wait IDLE is always ended by DONE and its tagged answer, so that whatever is wrong with the connection
shows there, under a deadline. What came in the same packet as the server's "+" is looked for before
the wait (docs/decisions.md, "Waiting for mail").
"""

from __future__ import annotations

import re
import time

from assistant.mailbox.transport import Client
from assistant.pause import Pause, Woke

_NEWS = re.compile(rb"\* \d+ EXISTS\b", re.IGNORECASE)


ANSWER_SECONDS = 20.0
"""How long a server may take to answer DONE: after a long silence, the moment a dead connection shows."""
CHATTER_SECONDS = (0.1, 2.0)
"""Before IDLE is begun anew because of something that was no news: the first time, and at most."""


def idle(
    client: Client, seconds: float, pause: Pause, answer_seconds: float = ANSWER_SECONDS
) -> Woke:
    """Wait until mail arrives in the selected mailbox, at most `seconds`.

    What is pushed of flags and of removed messages, and a server's "still here", end no wait; nor does
    a server that has something to say each time keep us from anything else.

    Raises:
        IMAP4.error: the server refuses IDLE.
        OSError, IMAP4.abort: the connection is gone.
    """
    end = time.monotonic() + seconds
    rest, most = CHATTER_SECONDS
    while True:
        with client.command("IDLE"):
            told = _begin(client)
        woke = Woke.BYTES
        if not told and not client.has_buffered():
            woke = pause.over(max(0.0, end - time.monotonic()), client.socket())
        if woke is Woke.SLEPT:
            return woke  # nobody is at the other end any more: no DONE
        with client.command("DONE", answer_seconds):
            told += _end(client)
        if any(map(_NEWS.match, told)):
            return Woke.BYTES
        if woke is Woke.BYTES:
            woke = pause.over(max(0.0, min(rest, end - time.monotonic())))
            rest = min(2 * rest, most)
        if woke is not Woke.TIME or time.monotonic() >= end:
            return woke


def _begin(client: Client) -> list[bytes]:
    """Send IDLE; what the server has to tell before it begins to wait."""
    imap = client._imap
    client._idle_tag = imap._command("IDLE")
    told: list[bytes] = []
    while (line := imap._get_response()) is not None:
        if imap.tagged_commands[client._idle_tag]:
            _finish(client)  # NO or BAD, or an OK that is none
            raise imap.error("IDLE command error: ended before it began")
        told.append(line)
    return told


def _end(client: Client) -> list[bytes]:
    """Send DONE; everything the server told since IDLE began."""
    imap = client._imap
    imap.send(b"DONE\r\n")
    told: list[bytes] = []
    while not imap.tagged_commands[client._idle_tag]:
        line = imap._get_response()
        if line is not None:
            told.append(line)
    _finish(client)
    return told


def _finish(client: Client) -> None:
    """Take the tagged answer off imaplib's list.

    Raises:
        IMAP4.error: where it is a NO or a BAD.
    """
    kind, words = client._imap.tagged_commands.pop(client._idle_tag)
    client._checkok("IDLE", kind, words)
