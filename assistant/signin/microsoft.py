"""Microsoft's sign-in, for Microsoft 365 and Outlook.com. The only module that imports msal.

https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from assistant.errors import ConnectionLost, MailboxError
from assistant.signin.grant import (
    HTTP_SECONDS,
    Granted,
    NotUnderstood,
    OAuthClient,
    granted,
    reaching,
    refusal,
)

EXTRA = "pip install 'inbox-assistant[microsoft]'"
USUAL = "https://login.microsoftonline.com"
REDIRECT_HOST = "localhost"
"""The only host that Microsoft lets a program come back to at any port."""
_OUTLOOK = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.chinacloudapi.cn": "https://partner.outlook.cn",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
}
"""Where mail is in the national clouds, by sign-in server; everywhere else it is outlook.office.com."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the user has to do on another device, and for how many seconds that works."""

    page: str
    code: str
    seconds: int


class Microsoft:
    """One registered application at Microsoft. Makes one request when it is made, to learn the rest.

    Raises:
        MailboxError: msal is not installed.
        ConnectionLost: the sign-in server can't be reached, or answers nonsense.
    """

    def __init__(self, client: OAuthClient) -> None:
        try:
            import msal
        except ImportError as error:
            raise MailboxError('sign_in = "microsoft" needs msal', hint=EXTRA) from error
        # It logs an answer that it can't read as it stands, and a token may be in that.
        logging.getLogger("msal").setLevel(logging.CRITICAL)
        base = client.authority or USUAL
        self.host = urlsplit(base).hostname or base
        outlook = _OUTLOOK.get(self.host, "https://outlook.office.com")
        # offline_access, which a refresh token needs, is asked for by msal itself.
        self._scopes = [f"{outlook}/IMAP.AccessAsUser.All"]
        try:
            with _reaching(self.host):
                self._app: Any = msal.PublicClientApplication(
                    client.client_id,
                    authority=f"{base}/{client.tenant}",
                    # Where the user has named the server, nobody else is asked whether it is one.
                    instance_discovery=False if client.authority else None,
                    timeout=HTTP_SECONDS,
                )
        except NotUnderstood as error:
            raise MailboxError(
                f"{self.host} has no sign-in for the tenant {client.tenant!r}", hint="check tenant"
            ) from error

    def begin(self, redirect: str, user: str, *, posted: bool) -> _Pending:
        """A sign-in that comes back to `redirect`: as a form (safer), or in the address of a page."""
        with warnings.catch_warnings(), _reaching(self.host):
            warnings.simplefilter(
                "ignore"
            )  # of the second; it is chosen where there is no other way
            flow = self._app.initiate_auth_code_flow(
                self._scopes,
                redirect_uri=redirect,
                login_hint=user,
                response_mode="form_post" if posted else "query",
            )
        return _Pending(flow["auth_uri"], flow["state"], self.host, self._app, flow)

    def device(self, show: Callable[[DeviceCode], None]) -> Granted:
        """A sign-in on another device (RFC 8628); waits until it is done or its time is up."""
        with _reaching(self.host):
            flow = self._app.initiate_device_flow(self._scopes)
            if "user_code" not in flow:
                error = str(flow.get("error", "no code"))
                raise refusal(self.host, error, str(flow.get("error_description", "")))
            show(
                DeviceCode(
                    str(flow["verification_uri"]), str(flow["user_code"]), flow["expires_in"]
                )
            )
            return granted(self.host, self._app.acquire_token_by_device_flow(flow))

    def refresh(self, token: str) -> Granted:
        """A new access token for a refresh token, and mostly a new one of these too."""
        with _reaching(self.host):
            answer = self._app.acquire_token_by_refresh_token(token, self._scopes)
        return granted(self.host, answer)


@dataclass(frozen=True, slots=True)
class _Pending:
    url: str
    state: str
    _host: str
    _app: Any
    _flow: dict[str, Any]

    def finish(self, answer: Mapping[str, str]) -> Granted:
        with _reaching(self._host):
            redeemed = self._app.acquire_token_by_auth_code_flow(self._flow, dict(answer))
        return granted(self._host, redeemed)


@contextlib.contextmanager
def _reaching(host: str) -> Iterator[None]:
    """msal's errors and those of HTTP as ours."""
    from msal.exceptions import MsalError

    try:
        with reaching(host):
            yield
    except MsalError as error:  # the server's 5xx
        raise ConnectionLost(f"{host}: out of order ({type(error).__name__})") from None
