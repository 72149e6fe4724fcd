"""The way into an account's mailbox: config, sign-in and mailbox joined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant import config as configuration
from assistant.config import APP, Account, Config
from assistant.errors import LoginRefused
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server, quiet
from assistant.signin import oauth, providers
from assistant.signin.grant import OAuthClient
from assistant.signin.tokens import TokenStore


def open_mailbox(
    config: Config, account: Account, tap: Callable[[str], None] = quiet
) -> ImapMailbox:  # fmt: skip
    """A signed-in mailbox. Where the server refuses a kept token, one new one is tried.

    Raises:
        MailboxError: no password or token, no connection, no trust, no entry.
    """
    if account.sign_in == "password":
        return with_secret(account, password=configuration.password(account), tap=tap)
    client, store, name = oauth_client(account), token_store(config), account.mailbox_address
    kept = oauth.access_token(client, store, name, datetime.now(UTC))
    try:
        return with_secret(account, token=kept.token, tap=tap)
    except LoginRefused:
        if kept.fresh:
            raise
    renewed = oauth.access_token(client, store, name, datetime.now(UTC), renew=True)
    return with_secret(account, token=renewed.token, tap=tap)


def with_secret(
    account: Account, *, password: str = "", token: str = "", tap: Callable[[str], None] = quiet
) -> ImapMailbox:
    """A mailbox, signed in with a password or token that is at hand.

    Raises:
        MailboxError: no connection, no trust, no entry.
    """
    folder = account.ca_file
    server = Server(
        host=account.host,
        port=account.port,
        user=account.user,
        password=password,
        insecure=account.insecure,
        ca_file=str(Path(folder).expanduser()) if folder else "",
        token=token,
        hint=_hint(account),
    )
    copies = account.mark_folder if account.mark == "folder" else ""
    names = Names(account.inbox, account.drafts, account.sent, account.trash, copies)
    return ImapMailbox(server, names, tap, idle=account.idle, labels=account.mark == "auto")


def sign_in_ends(config: Config, account: Account) -> datetime | None:
    """When the user has to sign in again, as far as that is known: :func:`oauth.expires`. None for
    accounts with a password.

    Raises:
        MailboxError: the keyring or the file can't be read.
    """
    if account.sign_in == "password":
        return None
    return oauth.expires(token_store(config), account.mailbox_address)


def oauth_client(account: Account, secret: str = "") -> OAuthClient:
    """The application in whose name an account signs in; only for accounts that sign in by browser."""
    assert account.sign_in != "password"
    return OAuthClient(
        account.sign_in, account.client_id, account.tenant, account.authority, secret
    )


def token_store(config: Config) -> TokenStore:
    """Where tokens are kept: by the keyring under a name of their own, or in the state folder."""
    return TokenStore(f"{APP} sign-in", config.state_folder / "sign-in")


def _hint(account: Account) -> str:
    """What to do where the mail server refuses the sign-in; empty where no more is known than anybody knows."""
    provider = providers.by_host(account.host)
    if account.sign_in == "password":
        return provider.hint if provider else ""
    note = f"{provider.note} " if provider else ""
    return (
        f"{note}Was it {account.user} who signed in? Sign in again: "
        f"assistant account sign-in {account.mailbox_address}"
    )
