"""What the `account` commands write: accounts into config.toml, secrets to where they are kept."""

from __future__ import annotations

import contextlib
import os
import shlex
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from assistant import config as configuration
from assistant import units
from assistant.clean import clean_text
from assistant.cli import access, consent, keeping, wizard
from assistant.cli.consent import Manner
from assistant.cli.keeping import Keeping
from assistant.cli.questions import LONGEST_SHOWN, Questions, good, note
from assistant.cli.wizard import Found
from assistant.config import Account, Config, edit
from assistant.errors import ConfigError, MailboxError, Problem
from assistant.signin import oauth, providers
from assistant.tomlfile import TomlFile

NEXT = (
    ("check", "whether everything stands ready; writes nothing"),
    ("scan --dry-run --since 30d", "what it would have flagged; writes nothing"),
    ("run", "watch the inbox, until you stop it"),
    ("service install", "or have it watched from the start of the machine on"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where config.toml is or will be, its text, and what it says."""

    path: Path
    text: str
    config: Config

    def find(self, address: str) -> Account | None:
        """The account of this address: the mailbox's own, or another that is the user's there."""
        wanted = address.casefold()
        for each in self.config.settings.account:
            own = (each.mailbox_address, *(a.casefold() for a in each.own_addresses))
            if wanted in own:
                return each
        return None

    def wanted(self, address: str) -> Account:
        """The same, which must be there.

        Raises:
            ConfigError: where it is not.
        """
        found = self.find(address)
        if found is None:
            there = ", ".join(each.mailbox_address for each in self.config.settings.account)
            problem = Problem(str(self.path), None, "", f"there is no account of {address}")
            raise ConfigError([problem], hint=f"there are: {there}" if there else "there are none")
        return found


def place(path: Path | None, *, new: bool = False) -> Place:
    """Read config.toml.

    Args:
        path: the one asked for; None for the usual one.
        new: whether the one asked for may not exist yet.

    Raises:
        ConfigError: with every problem in it.
    """
    where = path or configuration.default_path(os.environ)
    file = None if new and not where.exists() else configuration.read(path)
    return Place(where, file.text if file else "", configuration.interpret(file))


def checked(place: Place, text: str) -> str:
    """The new text of config.toml, if the program can live with it.

    Raises:
        ConfigError: with every problem in it; nothing was written.
    """
    configuration.interpret(TomlFile(str(place.path), tomllib.loads(text), text))
    return text


# --- add ------------------------------------------------------------------------------------------


def keep(place: Place, found: Found, *, in_file: bool, then: Callable[[], None]) -> None:
    """Keep an account's secret and do the rest; where that fails, the secret is not kept either."""
    name = found.account.mailbox_address
    with contextlib.ExitStack() as undo:
        if found.granted is not None:
            store = access.token_store(place.config)
            client = access.oauth_client(found.account, found.client_secret)
            undo.callback(store.forget, name)
            tokens = oauth.kept(client, found.granted, _now(), testing=found.testing)
            click.echo(f"The sign-in is kept in {store.save(name, tokens, in_file=in_file)}.")
        elif found.keeping is not None and found.keeping.typed:
            undo.callback(found.keeping.remove, name)
            found.keeping.put(name, found.password)
            if found.keeping.kind != "credential":
                click.echo(f"The password is kept in {found.keeping.words}.")
        then()
        undo.pop_all()


def tell_next(place: Place, found: Found) -> None:
    """What was done, and what to do next."""
    good(f"{found.account.mailbox_address} is in {place.path}")
    if found.keeping and found.keeping.kind == "credential":
        name = found.keeping.value
        click.echo(
            "  The password was not kept. Give it to the service as a credential:\n"
            f"    systemd-creds encrypt --name={name} - /etc/credstore.encrypted/{name}\n"
            f"  and let the unit load it (systemctl edit {units.NAME}):\n"
            "    [Service]\n"
            f"    LoadCredentialEncrypted={name}:/etc/credstore.encrypted/{name}"
        )
    elif found.keeping and found.keeping.bare and place.path == Path(units.SYSTEM_CONFIG):
        click.echo(
            "  The system's service needs a line for the password: assistant service install --system"
        )
    click.echo("\nNext:")
    for command, does in NEXT:
        click.echo(f"  assistant {command:<28} {does}")


# --- list -----------------------------------------------------------------------------------------


def described(config: Config, account: Account) -> dict[str, Any]:
    """An account for `list --json`."""
    shown: dict[str, Any] = {
        "address": account.mailbox_address,
        "host": account.host,
        "port": account.port,
        "sign_in": account.sign_in,
        "secret": "browser" if account.sign_in != "password" else keeping.of(account).kind,
    }
    if account.sign_in == "password":
        return shown
    state = "not signed in"
    try:
        tokens = access.token_store(config).load(account.mailbox_address)
    except MailboxError as error:
        return {**shown, "state": f"can't be told: {error.message}", "since": None, "ends": None}
    if tokens is not None and tokens.client_id == account.client_id:
        refused = f"refused: {tokens.problem}" if tokens.problem else ""
        state = "ended" if tokens.ended(_now()) else refused or "signed in"
    return {
        **shown,
        "state": state,
        "since": tokens.since.isoformat() if tokens else None,
        "ends": tokens.ends.isoformat() if tokens and tokens.ends else None,
    }


def show(listed: Sequence[dict[str, Any]]) -> None:
    """The same for a person, in columns."""
    rows = [(each["address"], f"{each['host']}:{each['port']}", _how(each)) for each in listed]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(2)]
    for address, host, how in rows:
        line = f"{address:<{widths[0]}}  {host:<{widths[1]}}  {how}"
        click.echo(clean_text(line, 1_000) if not line.isprintable() else line)


def _how(account: dict[str, Any]) -> str:
    if account["sign_in"] == "password":
        return f"password ({account['secret']})"
    ends = f", ends {account['ends'][:10]}" if account["ends"] else ""
    return f"{account['sign_in']}: {clean_text(account['state'], LONGEST_SHOWN)}{ends}"


# --- sign-in --------------------------------------------------------------------------------------


def new_password(account: Account, ask: Questions, *, stdin: bool) -> None:
    """Ask for a password, try it, and keep it where the old one was.

    Raises:
        click.UsageError: where it is kept by somebody else.
        LoginRefused: it was refused; the old one is kept.
    """
    kept = keeping.of(account)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if kept.kind not in ("keyring", "file") or (
        credentials and Path(credentials) in Path(kept.value).parents
    ):
        words = shlex.join(kept.command) if kept.command else kept.words
        raise click.UsageError(f"the password comes from {words}; change it there")
    provider = providers.by_host(account.host)
    password, _ = wizard.signed_in(account, Keeping("keyring"), ask, provider, stdin=stdin)
    kept.put(account.mailbox_address, password)
    good(f"{account.mailbox_address}: the password is kept in {kept.words}")


def new_consent(
    place: Place, account: Account, ask: Questions, manner: Manner, *, client_file: str | None,
    testing: bool | None, in_file: bool,
) -> None:  # fmt: skip
    """Sign in by browser once more, and keep what is granted.

    Raises:
        LoginRefused: declined or refused; what was kept before is kept.
        ConfigError: the client's file is none, or of another client.
    """
    store, name = access.token_store(place.config), account.mailbox_address
    tokens = store.load(name)
    secret = tokens.secret if tokens and tokens.client_id == account.client_id else ""
    if client_file is not None:
        client_id, secret = consent.google_client(client_file)
        if client_id != account.client_id:
            problem = Problem(client_file, None, "", "is of another client than config.toml names")
            raise ConfigError([problem], hint=f"client_id there is {account.client_id}")
    if account.sign_in == "google":
        secret = secret or consent.client_secret(ask)
        testing = wizard.testing(testing, ask)
    granted, _ = wizard.granted_entry(account, secret, manner)
    client = access.oauth_client(account, secret)
    fresh = oauth.kept(client, granted, _now(), testing=bool(testing))
    where = store.save(name, fresh, in_file=in_file)
    good(f"{name}: signed in, kept in {where}")


# --- remove ---------------------------------------------------------------------------------------


def remove(place: Place, account: Account, ask: Questions) -> None:
    """Take an account out of config.toml, and forget what signs it in.

    Raises:
        ConfigError: where the file is written in a way that nothing can be taken from.
    """
    name = account.mailbox_address
    number = place.config.settings.account.index(account)
    new = checked(place, edit.without_account(str(place.path), place.text, number))
    ask.sure(f"Take {name} out of {place.path}, and forget how it signs in?")
    edit.write(place.path, new)
    good(f"{name} is no longer in {place.path}")
    kept = keeping.of(account)
    if account.sign_in != "password":
        if access.token_store(place.config).forget(name):
            good(
                "its sign-in is forgotten; end it at the provider too, where it is among the apps with access"
            )
    elif kept.kind == "keyring":
        if keeping.forget(name):
            good("its password is no longer in the keyring")
    else:
        note(f"{kept.words} is yours and stays.")
    folder = place.config.state_folder
    note(
        f"What was remembered of its mail (ids and points, no words) stays in {folder}. To erase it:"
    )
    note(f"assistant forget --all --account {name}")


def _now() -> datetime:
    return datetime.now(UTC)
