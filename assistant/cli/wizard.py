"""`account add`: from an address to an account that is known to work. Nothing is written before the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from assistant import tomlfile
from assistant.clean import LOOPBACK, a_label, is_plain_address
from assistant.cli import access, consent, keeping
from assistant.cli.consent import Manner
from assistant.cli.keeping import Keeping, Kind
from assistant.cli.questions import Questions, bad, good, note
from assistant.config import Account, edit, expanded
from assistant.errors import LoginRefused
from assistant.mailbox.imap import ImapMailbox
from assistant.signin import mx, providers
from assistant.signin.grant import Granted
from assistant.signin.providers import Provider

Keys = dict[str, str | int | bool | tuple[str, ...]]
"""An account's keys, as they will stand in config.toml."""
TRIES = 3
_GOOGLES = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}")
"""An app password as Google shows it; the spaces are for people."""
_UNASKED = "--password-stdin, --password-command, --password-file or --password-env"
_WAYS = {
    "app-password": ("password", "an app password: simplest, and lasts until you take it back"),
    "password": ("password", "a password"),
    "microsoft": ("microsoft", "Microsoft's sign-in page, with a client id of your own"),
    "google": ("google", "Google's sign-in page, with a client id of your own"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say; None where they say nothing."""

    host: str | None
    port: int | None
    user: str | None
    name: str | None
    sign_in: str | None
    client_id: str | None
    client_file: str | None
    tenant: str | None
    authority: str | None
    testing: bool | None
    ca_file: str | None
    insecure: bool
    password_stdin: bool
    keep: dict[Kind, str]
    manner: Manner


@dataclass(frozen=True, slots=True)
class Found:
    """An account that works: what to write, and the secret to keep."""

    account: Account
    values: edit.Values
    keeping: Keeping | None = None
    password: str = field(default="", repr=False)
    granted: Granted | None = None
    client_secret: str = field(default="", repr=False)
    testing: bool = False


def run(
    address: str, given: Given, ask: Questions, folder: Path, there: Callable[[str], Account | None]
) -> Found:  # fmt: skip
    """Ask what is missing, and sign in with it.

    Args:
        folder: of config.toml, where a file for the password is proposed.
        there: finds an account that is set up already.

    Raises:
        click.UsageError: the mailbox is there already, or an option is missing.
        LoginRefused: refused, three times where it could be asked again.
        MailboxError: no connection, no trust.
        ConfigError: answers that no config.toml may hold.
    """
    provider = _provider(address, given)
    values = _server(address, provider, given, ask)
    if taken := there(_account(values).mailbox_address):
        raise click.UsageError(f"{taken.mailbox_address} is there already")
    provider = provider or providers.by_host(str(values["host"]))
    values["name"] = ask.text("--name", "Your name, as it stands in From", given.name, "")
    if not values["name"]:
        del values["name"]
    how = _sign_in(provider, given, ask)
    if how == "password":
        return _with_password(address, values, provider, given, ask, folder)
    return _with_browser(values | {"sign_in": how}, given, ask)


def address_problem(text: str) -> str:
    """What is wrong with an address; empty if nothing."""
    return "" if is_plain_address(a_label(text)) else f"{text!r} is no address; write name@host"


def _user_problem(text: str) -> str:
    good = text and text == text.strip()
    return "" if good else "write your user name alone, without blanks around it"


def _provider(address: str, given: Given) -> Provider | None:
    """Who hosts the mailbox, said to the user with what there is to know."""
    domain = address.rpartition("@")[2]
    if given.host is not None:
        provider = providers.by_host(given.host)
    else:
        if providers.by_domain(domain) is None:
            click.echo(f"Looking up who takes mail for {domain} (one question to your DNS) …")
        provider = mx.recognise(address)
    if provider is not None:
        good(f"{provider.name}: {provider.host}, port {provider.port}")
        if provider.note:
            note(provider.note)
    elif given.host is None:
        note("Not one that we know. The server's name is in the help of whoever hosts it.")
    return provider


def _server(address: str, provider: Provider | None, given: Given, ask: Questions) -> Keys:
    """Host, user, port and what else the connection needs, as config.toml says them."""
    known = provider.host if provider else None
    usual = known or f"imap.{address.rpartition('@')[2]}"
    host = ask.text("--host", "IMAP server", given.host or known, usual)
    values: Keys = {"host": host}
    if provider is None or given.user is not None:
        values["user"] = ask.text(
            "--user", "User name there", given.user, address, wrong=_user_problem
        )
    else:
        values["user"] = address
    if values["user"] != address:
        values["addresses"] = (address,)
    port = given.port or (provider.port if provider else 993)
    if port != 993:
        values["port"] = port
    if given.insecure:
        values["insecure"] = True
    a_bridge = host in LOOPBACK and not given.insecure and provider is not None
    if given.ca_file is not None or a_bridge:
        asked = "File with the bridge's certificate"
        path = ask.text("--ca-file", asked, given.ca_file, wrong=keeping.file_problem)
        values["ca_file"] = str(expanded(path).absolute())
    return values


def _sign_in(provider: Provider | None, given: Given, ask: Questions) -> str:
    choices: dict[str, str] = {}
    for way in provider.ways if provider else ("password",):
        choices.setdefault(*_WAYS[way])
    return ask.choice("--sign-in", "How do you want to sign in?", choices, given.sign_in)


# --- with a password ------------------------------------------------------------------------------


def _with_password(
    address: str,
    values: Keys,
    provider: Provider | None,
    given: Given,
    ask: Questions,
    folder: Path,
) -> Found:
    if provider and "app-password" in provider.ways:
        wanted = "It wants" if provider.ways[0] == "app-password" else "It may want"
        made = f", made at {provider.page}" if provider.page else ""
        note(f"{wanted} an app password{made}, not the one of your account.")
    kept = keeping.chosen(given.keep, ask, folder, address)
    account = _account({**values, **kept.place})
    password, marks = signed_in(account, kept, ask, provider, stdin=given.password_stdin)
    values = {**values, **kept.keys, **marks}
    return Found(_account(values), values, kept, password)


def signed_in(
    account: Account, kept: Keeping, ask: Questions, provider: Provider | None, *, stdin: bool
) -> tuple[str, dict[str, str]]:
    """A password that works, asked for anew while it doesn't, and what the server says about marks.

    Raises:
        LoginRefused: it doesn't, and can't be asked for again.
    """
    from assistant import config as configuration

    for left in reversed(range(TRIES)):
        again = kept.typed and not stdin and left > 0
        if not kept.typed:
            password = configuration.password(account)
        elif stdin:
            password = keeping.from_stdin()
        else:
            password = _spaceless(ask.secret("Password", _UNASKED), provider)
        click.echo(f"Signing in to {account.host} as {account.user} …")
        try:
            with access.with_secret(account, password=password) as mailbox:
                return password, _marks(mailbox, provider)
        except LoginRefused as error:
            if not again:
                raise
            bad(error.message, error.hint)
            note(f"{left} more {'try' if left == 1 else 'tries'}. Nothing was written.")
    raise AssertionError  # the last try raises


def _spaceless(password: str, provider: Provider | None) -> str:
    googles = provider is not None and "google" in provider.ways and _GOOGLES.fullmatch(password)
    return password.replace(" ", "") if googles else password


def _marks(mailbox: ImapMailbox, provider: Provider | None) -> dict[str, str]:
    """The kind of mark that will be seen, where it is not the usual one."""
    opened = mailbox.open()
    good(f"signed in; {opened.messages} messages in the inbox")
    if opened.keeps("tone-angry") and (provider is None or provider.mark == "auto"):
        return {}
    note("The server keeps no keywords that can be seen; unhappy mail will get a star.")
    return {"mark": "flagged"}


# --- with a browser -------------------------------------------------------------------------------


def _with_browser(values: Keys, given: Given, ask: Questions) -> Found:
    google = values["sign_in"] == "google"
    secret, client_id = "", given.client_id
    if given.client_file is not None:
        if not google:
            raise click.UsageError(
                "--client-file is Google's; Microsoft's clients have --client-id"
            )
        client_id, secret = consent.google_client(given.client_file)
    asked = "Client id (docs/sign-in.md says how to get one)"
    values["client_id"] = ask.text("--client-id", asked, client_id)
    if not google:
        tenant = ask.text("--tenant", "Tenant", given.tenant, "common")
        if tenant != "common":
            values["tenant"] = tenant
    if given.authority is not None:
        values["authority"] = given.authority
    account = _account(values)
    if google and not secret:
        secret = consent.client_secret(ask)
    in_testing = google and testing(given.testing, ask)
    granted, marks = granted_entry(account, secret, given.manner)
    values = {**values, **marks}
    return Found(
        _account(values), values, granted=granted, client_secret=secret, testing=in_testing
    )


def granted_entry(
    account: Account, secret: str, manner: Manner
) -> tuple[Granted, dict[str, str]]:  # fmt: skip
    """Sign in by browser, and then to the mail server with what was granted.

    Raises:
        LoginRefused: by either of them.
    """
    granted = consent.obtain(access.oauth_client(account, secret), account.user, manner)
    good("the sign-in server says yes")
    click.echo(f"Signing in to {account.host} as {account.user} …")
    with access.with_secret(account, token=granted.access) as mailbox:
        return granted, _marks(mailbox, providers.by_host(account.host))


def testing(given: bool | None, ask: Questions) -> bool:
    """Whether Google's client is in testing mode."""
    if given is not None:
        return given
    choices = {
        "production": 'the client is "In production" at Google: the sign-in lasts',
        "testing": 'it is in "Testing": Google ends the sign-in after 7 days, and you sign in again each week',
    }
    asked = "Which publishing status has your client (Google Auth Platform, Audience)?"
    return ask.choice("--testing or --in-production", asked, choices, None) == "testing"


def _account(values: edit.Values) -> Account:
    """The account that config.toml would make of the answers.

    Raises:
        ConfigError: where it would refuse them.
    """
    file = tomlfile.TomlFile("the new account", dict(values), "")
    return tomlfile.validate(Account, file)
