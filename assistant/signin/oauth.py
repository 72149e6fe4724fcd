"""A token for a mailbox: a kept one while it is good, else a new one, else what to do.

The user signs in once, in a browser (:func:`by_browser`, :func:`by_pasting`, :func:`by_device_code`);
from then on :func:`access_token` is asked at each connect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from assistant.errors import LoginRefused, MailboxError
from assistant.signin import google, microsoft
from assistant.signin.google import Google
from assistant.signin.grant import Granted, OAuthClient, Pending, SignInEnded
from assistant.signin.loopback import Loopback, fields
from assistant.signin.microsoft import DeviceCode, Microsoft
from assistant.signin.tokens import Tokens, TokenStore

EARLY = timedelta(minutes=5)
"""A token is renewed this long before its end: clocks differ, and a sign-in takes its time."""
BROWSER_SECONDS = 600.0
NOBODYS_PORT = 61_743
"""Of the address that a pasted sign-in ends at; nothing is expected to listen there."""
_REDIRECT_HOSTS = {"microsoft": microsoft.REDIRECT_HOST, "google": google.REDIRECT_HOST}


@dataclass(frozen=True, slots=True)
class Access:
    """An access token, and whether it was fetched just now."""

    token: str = field(repr=False)
    fresh: bool


def access_token(
    client: OAuthClient, store: TokenStore, address: str, now: datetime, *, renew: bool = False
) -> Access:
    """A token that is good for a sign-in to this mailbox.

    Args:
        address: of the mailbox, under which its sign-in is kept.
        renew: fetch a new one although the kept one should be good: the mail server says it isn't.

    Raises:
        LoginRefused: the user has to sign in (again).
        ConnectionLost: the sign-in server can't be reached, or says "later".
        MailboxError: the keyring or the file can't be read, or an extra is not installed.
    """
    tokens = store.load(address)
    if tokens is None or tokens.client_id != client.client_id:
        why = "nobody has signed in yet" if tokens is None else "signed in with another client_id"
        raise LoginRefused(f"{address}: {why}", hint=_again(address))
    if not tokens.refresh:
        why = tokens.problem or "the sign-in has ended or was revoked"
        raise LoginRefused(f"{address}: {why}", hint=_again(address))
    if not renew and tokens.access_until - now > EARLY:
        return Access(tokens.access, fresh=False)
    try:
        granted = _server(replace(client, secret=tokens.secret)).refresh(tokens.refresh)
    except LoginRefused as error:
        told = error.message + _why_it_ended(tokens, now)
        # What may pass (a policy, a client secret) must not cost the user their sign-in.
        refresh = "" if isinstance(error, SignInEnded) else tokens.refresh
        refused = replace(tokens, refresh=refresh, problem=told)
        if refused != tokens:
            store.save(address, refused)
        raise LoginRefused(
            f"{address}: {told}", hint=". ".join(filter(None, (error.hint, _again(address))))
        ) from error
    store.save(address, _renewed(tokens, granted, now))
    return Access(granted.access, fresh=True)


def expires(store: TokenStore, address: str) -> datetime | None:
    """When the sign-in of a mailbox ends and the user has to sign in again, as far as that is known.

    Not the end of the access token, which is renewed without anybody. Known where the sign-in server
    said so, and for Google's clients in testing mode: 7 days after the sign-in. None otherwise: no
    sign-in at all, one that lasts until it is revoked, or Microsoft's, which ends after 90 days in
    which it was not used (a daemon that runs uses it each hour).

    Raises:
        MailboxError: as :meth:`TokenStore.load`.
    """
    tokens = store.load(address)
    return tokens.ends if tokens else None


def by_browser(client: OAuthClient, user: str, visit: Callable[[str], None]) -> Granted:
    """Sign in with a browser on this machine.

    Args:
        user: suggested to the sign-in page.
        visit: shows the page's address to the user, or opens it.

    Raises:
        LoginRefused: declined, or refused by the sign-in server.
        MailboxError: the browser did not come back, or no sign-in server.
    """
    server = _server(client)
    with Loopback(_REDIRECT_HOSTS[client.provider]) as loopback:
        pending = server.begin(loopback.redirect, user, posted=True)
        loopback.expect(pending.state)
        visit(_safe(pending))
        return _whole(pending.finish(loopback.answer(BROWSER_SECONDS)))


def by_pasting(client: OAuthClient, user: str, ask: Callable[[str], str]) -> Granted:
    """Sign in with a browser anywhere. It ends at an address that it can't open, which the user brings here.

    Args:
        ask: shows the page's address, and gives the one that the browser ended at.

    Raises:
        LoginRefused: as :func:`by_browser`, or what was brought is not the answer.
    """
    redirect = f"http://{_REDIRECT_HOSTS[client.provider]}:{NOBODYS_PORT}"
    pending = _server(client).begin(redirect, user, posted=False)
    answer = fields(urlsplit(ask(_safe(pending)).strip()).query)
    if answer.get("state") != pending.state or not {"code", "error"} & set(answer):
        raise LoginRefused(
            "that is not the address at which this sign-in ends",
            hint=f"it begins with {redirect} and holds code= and state=; copy all of it",
        )
    return _whole(pending.finish(answer))


def by_device_code(client: OAuthClient, show: Callable[[DeviceCode], None]) -> Granted:
    """Sign in on another device with a code: Microsoft only, and many tenants block it.

    Raises:
        LoginRefused: blocked, declined, or not done in time.
    """
    return _whole(Microsoft(client).device(show))


def kept(
    client: OAuthClient, granted: Granted, now: datetime, *, testing: bool = False
) -> Tokens:  # fmt: skip
    """What a new sign-in is kept as.

    Args:
        testing: whether the client is one of Google's in testing mode.
    """
    ends = now + timedelta(days=google.TESTING_DAYS) if testing else None
    if granted.ends_in:
        ends = now + timedelta(seconds=granted.ends_in)
    return Tokens(
        client_id=client.client_id,
        access=granted.access,
        access_until=now + timedelta(seconds=granted.seconds),
        refresh=granted.refresh,
        since=now,
        ends=ends,
        secret=client.secret,
    )


def _renewed(tokens: Tokens, granted: Granted, now: datetime) -> Tokens:
    ends = now + timedelta(seconds=granted.ends_in) if granted.ends_in else tokens.ends
    return replace(
        tokens,
        access=granted.access,
        access_until=now + timedelta(seconds=granted.seconds),
        problem="",
        refresh=granted.refresh or tokens.refresh,  # it may keep the old one (RFC 6749 section 6)
        ends=ends,
    )


def _server(client: OAuthClient) -> Microsoft | Google:
    return Microsoft(client) if client.provider == "microsoft" else Google(client)


def _safe(pending: Pending) -> str:
    """The page to visit. A sign-in server that was named wrongly must not open anything on this machine."""
    if not pending.url.startswith("https://") or not pending.url.isprintable():
        raise MailboxError("the sign-in server names a page that is not https://")
    return pending.url


def _whole(granted: Granted) -> Granted:
    if not granted.refresh:
        raise LoginRefused(
            "the sign-in server gave no refresh token: the sign-in would end within the hour",
            hint="the client must be a public one, for desktop programs (docs/sign-in.md)",
        )
    return granted


def _again(address: str) -> str:
    return f"assistant account sign-in {address}"


def _why_it_ended(tokens: Tokens, now: datetime) -> str:
    if tokens.ends is None or tokens.ends > now:
        return ""
    return f" (it was to end on {tokens.ends:%Y-%m-%d})"
