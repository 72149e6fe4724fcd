"""What a sign-in server grants, and what can go wrong with it, in words.

RFC 6749 (OAuth 2.0), with RFC 7636 (PKCE), RFC 8252 (browser sign-in of programs) and RFC 8628
(device code). `microsoft` and `google` speak it, each through its provider's own library.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from assistant.clean import clean_text
from assistant.errors import CertificateError, ConnectionLost, LoginRefused, MailboxError

HTTP_SECONDS = 20.0
_TRANSIENT = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
"""RFC 6749 section 4.1.2.1: they say "later"."""
_MEANINGS = {
    "access_denied": "the sign-in was declined in the browser",
    "authorization_declined": "the sign-in was declined",
    "authorization_pending": "the code was not entered in time",
    "expired_token": "the code was not entered in time",
    "invalid_client": "the client id, or the client's secret, is not known there",
    "unauthorized_client": "the client is not allowed to sign in like this",
    "invalid_grant": "the sign-in has ended or was revoked",
    "interaction_required": "the sign-in server wants to see the user again",
    "consent_required": "the permission has not been given",
    "invalid_scope": "the permission to read mail is not offered to this client",
}


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The application, registered by the user, in whose name the sign-in is asked for.

    ``authority`` is ``https://host`` of another sign-in server than the usual one; ``tenant`` is
    Microsoft's, ``secret`` Google's.
    """

    provider: Literal["microsoft", "google"]
    client_id: str
    tenant: str = "common"
    authority: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What the sign-in server gave. ``seconds`` is how long the access token is good; ``ends_in`` how many
    seconds the whole sign-in is, where the server says so."""

    access: str = field(repr=False)
    seconds: int
    refresh: str = field(default="", repr=False)
    ends_in: int | None = None


class NotUnderstood(ConnectionLost):
    """An answer of the sign-in server that is none."""


class SignInEnded(LoginRefused):
    """The refresh token is good for nothing any more: the user has to sign in again."""


class Pending(Protocol):
    """A sign-in that waits for the user's browser."""

    @property
    def url(self) -> str:
        """The page that the user has to visit."""
        ...

    @property
    def state(self) -> str:
        """What an answer to it must carry (RFC 6749 section 10.12)."""
        ...

    def finish(self, answer: Mapping[str, str]) -> Granted:
        """Redeem what the browser brought back. Raises as :func:`granted`."""
        ...


def granted(host: str, answer: Mapping[str, Any]) -> Granted:
    """A token endpoint's answer (RFC 6749 section 5).

    Raises:
        LoginRefused: it says no, for a reason that only somebody can mend; SignInEnded, where the refresh
            token that it was asked with has expired or was revoked.
        ConnectionLost: it says "later", or something that is no answer.
    """
    if "error" in answer:
        raise refusal(host, str(answer["error"]), str(answer.get("error_description") or ""))
    access = answer.get("access_token")
    if not isinstance(access, str) or not re.fullmatch(r"[!-~]+", access):
        raise ConnectionLost(f"{host}: its answer holds no token")
    ends_in = answer.get("refresh_token_expires_in")
    return Granted(
        access,
        _seconds(answer.get("expires_in")) or 0,
        str(answer.get("refresh_token") or ""),
        _seconds(ends_in) or None,
    )


def refusal(host: str, error: str, description: str = "") -> MailboxError:
    """An OAuth error as one of ours, with what to do where it is one of the well-known."""
    code = clean_text(error, 60)
    said = clean_text(description.partition("Trace ID")[0], 200)
    if error in _TRANSIENT:
        return ConnectionLost(f"{host} can't sign you in just now: {code} {said}".rstrip())
    number = re.match(r"AADSTS(\d+)", said)
    # Microsoft also says invalid_grant of a policy, or of a second factor that is wanted.
    unclear = error == "invalid_grant" and number is not None and number[1] not in _ENDED
    meaning = "" if unclear else _MEANINGS.get(error, "")
    text = ": ".join(filter(None, (f"{host} refused: {code}", meaning, said)))
    kind = SignInEnded if error == "invalid_grant" and not unclear else LoginRefused
    return kind(text, hint=_HINTS.get(number[1] if number else error, ""))


@contextlib.contextmanager
def reaching(host: str) -> Iterator[None]:
    """Errors of the HTTP libraries as ours. Theirs are OSError and ValueError; what they say may hold
    what was sent, so only their kind is told."""
    try:
        yield
    except OSError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise CertificateError(
                f"{host}: the sign-in server's certificate can't be trusted",
                hint="nothing secret was sent",
            ) from None
        raise ConnectionLost(f"{host}: can't be reached ({type(error).__name__})") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(
            f"{host}: an answer could not be understood ({type(error).__name__})"
        ) from None


def _seconds(value: object) -> int | None:
    """A lifetime: a number, or text of one, as some servers write it; at most ten years."""
    try:
        return max(0, min(int(str(value)), 315_360_000))
    except ValueError:
        return None


_ENDED = frozenset({"50132", "50133", "50173", "70000", "70008", "70043", "700082", "700084"})
"""AADSTS numbers of an invalid_grant that no other attempt with the same refresh token can mend.
https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""
_HINTS = {
    "invalid_client": "check client_id, and the client's secret; `assistant account sign-in` asks for it anew",
    # https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    "50011": "add the redirect URI http://localhost, for mobile and desktop applications, to the app registration",
    "50020": "that account is not in this tenant: check tenant, or sign in with the right account",
    "50194": "the app registration is for one tenant only: set tenant to its id or domain",
    "53003": "a policy of your organisation blocks this; device codes are blocked in many: sign in with the "
    "browser, or ask your administrator",
    "65001": "the permission was not given: sign in again, and accept; or ask your administrator to",
    "65004": "you declined the permission; sign in again, and accept",
    "90094": "your administrator has to allow this application",
    "90002": "there is no such tenant: check tenant",
    "700016": "there is no such application in this tenant: check client_id and tenant",
    "7000218": "turn on `Allow public client flows` in the app registration, under Authentication",
}
"""What to do about the errors that people meet first."""
