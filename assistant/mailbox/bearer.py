"""Signing in with an access token: OAUTHBEARER (RFC 7628), or XOAUTH2 where only that is offered.

The first thing the client says holds the token. A server that refuses it says why in a challenge,
JSON in base64, and waits for an answer before its NO: %x01 in OAUTHBEARER (RFC 7628 section 3.2.3),
an empty line in XOAUTH2 (https://developers.google.com/gmail/imap/xoauth2-protocol).
"""

from __future__ import annotations

import base64
import imaplib
import json
from collections.abc import Callable

from assistant.clean import clean_text
from assistant.mailbox.transport import Client

LONGEST_COMMAND = 8_000
"""Octets of a command line that every server takes (RFC 7162 section 4); a longer token comes after it."""
_NO_GOOD = "the token is expired, revoked, or for another mailbox"
_MEANINGS = {
    "invalid_token": _NO_GOOD,
    "400": _NO_GOOD,  # what Gmail says of it in XOAUTH2
    "401": _NO_GOOD,  # and Dovecot
    "insufficient_scope": "the token does not cover reading mail over IMAP",
    "invalid_request": "the server could not read the request",
}
"""The ``status`` of RFC 7628 section 3.2.2, from the registry of RFC 6750 section 3.1."""


class Attempt:
    """One exchange with one server. Called by imaplib with each challenge, it gives the answer."""

    def __init__(self, mechanism: str, first: str, acknowledgement: bytes) -> None:
        self.mechanism = mechanism
        self.first = first.encode("utf-8")
        self.refusal = b""
        """What the server said against the token."""
        self._acknowledgement = acknowledgement
        self._said = False

    def __call__(self, challenge: bytes) -> bytes:
        if not self._said:
            self._said = True
            return self.first
        self.refusal = challenge
        return self._acknowledgement

    @property
    def encoded(self) -> str:
        """The first answer as it goes over the wire."""
        return base64.b64encode(self.first).decode("ascii")

    def run(self, client: Client) -> None:
        """The whole exchange; with the first answer in the command where the server takes it there (RFC 4959).

        Raises:
            imaplib.IMAP4.error: where the server refuses, as all of imaplib's commands do.
        """
        imap = client._imap
        initial = self.encoded
        if not client.has_capability("SASL-IR") or len(initial) > LONGEST_COMMAND - 100:
            imap.authenticate(self.mechanism, self)
            return
        # imaplib knows no initial response: its own steps, with one argument more.
        self._said = True
        imap.literal = _answers(self)
        kind, data = imap._simple_command("AUTHENTICATE", self.mechanism, initial)
        if kind != "OK":
            raise imap.error(data[-1].decode("utf-8", "replace"))
        imap.state = "AUTH"

    def words(self) -> str:
        """What the server said against the token, for a person; empty where it said nothing."""
        try:
            said = json.loads(self.refusal)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(said, dict):
            return ""
        status, scope = (clean_text(str(said.get(key, "")), 200) for key in ("status", "scope"))
        meaning = _MEANINGS.get(status.lower())
        told = f"{status} ({meaning})" if meaning else status
        return ", ".join([*([told] if told else []), *([f"it wants {scope}"] if scope else [])])


def attempt(client: Client, user: str, token: str, host: str, port: int) -> Attempt | None:
    """The best exchange that the server offers; None where it takes no tokens."""
    if client.has_capability("AUTH=OAUTHBEARER"):
        # saslname: "=" and "," are the two that have to be escaped (RFC 5801 section 4).
        name = user.replace("=", "=3D").replace(",", "=2C")
        fields = f"host={host}\1port={port}\1auth=Bearer {token}"
        return Attempt("OAUTHBEARER", f"n,a={name},\1{fields}\1\1", b"\1")
    if client.has_capability("AUTH=XOAUTH2"):
        return Attempt("XOAUTH2", f"user={user}\1auth=Bearer {token}\1\1", b"")
    return None


def _answers(exchange: Attempt) -> Callable[[bytes], bytes]:
    """imaplib's coder around the exchange. It must be a method: imaplib tells it from a literal by that."""
    return imaplib._Authenticator(exchange).process  # type: ignore[return-value] # it takes and gives bytes
