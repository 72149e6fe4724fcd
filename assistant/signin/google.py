"""Google's sign-in, for Gmail. The only module that imports google-auth-oauthlib.

https://developers.google.com/identity/protocols/oauth2/native-app
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from assistant.errors import ConnectionLost, LoginRefused, MailboxError
from assistant.signin.grant import HTTP_SECONDS, Granted, OAuthClient, granted, reaching, refusal

EXTRA = "pip install 'inbox-assistant[google]'"
SIGN_IN = "https://accounts.google.com"
TOKENS = "https://oauth2.googleapis.com"
REDIRECT_HOST = "127.0.0.1"
"""As Google asks for, rather than localhost."""
TESTING_DAYS = 7
"""How long a sign-in lasts while the client's publishing status is "Testing".
https://developers.google.com/identity/protocols/oauth2#expiration"""
_SCOPES = ["https://mail.google.com/"]
"""The only one that IMAP takes. https://developers.google.com/gmail/imap/xoauth2-protocol"""


class Google:
    """One registered application ("desktop app") at Google.

    Raises:
        MailboxError: google-auth-oauthlib is not installed.
    """

    def __init__(self, client: OAuthClient) -> None:
        try:
            from google_auth_oauthlib.flow import Flow
        except ImportError as error:
            raise MailboxError(
                'sign_in = "google" needs google-auth-oauthlib', hint=EXTRA
            ) from error
        # At debug level they log whole requests and answers.
        for name in ("requests_oauthlib", "oauthlib", "google_auth_oauthlib"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.host = urlsplit(client.authority or SIGN_IN).hostname or ""
        config = {
            "client_id": client.client_id,
            "client_secret": client.secret,
            "auth_uri": f"{client.authority or SIGN_IN}/o/oauth2/v2/auth",
            "token_uri": f"{client.authority or TOKENS}/token",
        }
        self._flow: Any = Flow.from_client_config({"installed": config}, _SCOPES)
        self._token_uri = config["token_uri"]
        self._client = client

    def begin(self, redirect: str, user: str, *, posted: bool) -> _Pending:  # noqa: ARG002 - Google has one way
        """A sign-in that comes back to `redirect`, in the address of a page."""
        self._flow.redirect_uri = redirect
        # Without asking for consent, Google gives a refresh token at the first sign-in only.
        url, state = self._flow.authorization_url(login_hint=user, prompt="consent")
        return _Pending(url, state, self.host, self._flow)

    def refresh(self, token: str) -> Granted:
        """A new access token for a refresh token."""
        ids = {"client_id": self._client.client_id, "client_secret": self._client.secret}
        with reaching(self.host), _refused(self.host):
            answer = self._flow.oauth2session.refresh_token(
                self._token_uri, refresh_token=token, timeout=HTTP_SECONDS, **ids
            )
        return granted(self.host, answer)


@dataclass(frozen=True, slots=True)
class _Pending:
    url: str
    state: str
    _host: str
    _flow: Any

    def finish(self, answer: Mapping[str, str]) -> Granted:
        if "error" in answer:
            raise refusal(self._host, answer["error"], answer.get("error_description", ""))
        with reaching(self._host), _refused(self._host):
            # Client and secret in the body, as Google writes it; the library's own way is a header.
            redeemed = self._flow.fetch_token(
                code=answer.get("code", ""), include_client_id=True, timeout=HTTP_SECONDS
            )
        return granted(self._host, redeemed)


@contextlib.contextmanager
def _refused(host: str) -> Iterator[None]:
    """oauthlib's errors as ours. It raises a Warning, of all things, where less was granted than asked for."""
    from oauthlib.oauth2 import MissingTokenError, OAuth2Error

    try:
        yield
    except MissingTokenError:
        raise ConnectionLost(f"{host}: its answer holds no token") from None
    except OAuth2Error as error:
        raise refusal(host, str(error.error), str(error.description or "")) from None
    except Warning:
        raise LoginRefused(
            f"{host}: the permission to read mail was not given",
            hint="sign in again, and leave the box for Gmail ticked",
        ) from None
