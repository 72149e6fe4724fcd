"""Where an account's password is kept: what config.toml says about it, and putting it there."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import click

from assistant import keychain, privatefile
from assistant.cli.questions import Questions
from assistant.config import APP, Account, expanded
from assistant.errors import MailboxError, StateError
from assistant.units import is_credential

Kind = Literal["keyring", "command", "file", "env", "credential"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where the password comes from, from now on. ``value`` is the file, the variable or the credential."""

    kind: Kind
    value: str = ""
    command: tuple[str, ...] = ()
    bare: bool = False
    """Whether config.toml calls the file by its name alone: it lies beside config.toml, where systemd can take it
    for a credential."""

    @property
    def typed(self) -> bool:
        """Whether the user has to type the password now: it is nowhere yet."""
        there = self.kind == "file" and Path(self.value).exists()
        return self.kind in ("keyring", "credential", "file") and not there

    @property
    def keys(self) -> Mapping[str, str | tuple[str, ...]]:
        """What config.toml says about it; nothing for the keyring."""
        if self.kind == "command":
            return {"password_command": self.command}
        if self.kind == "env":
            return {"password_env": self.value}
        named = Path(self.value).name if self.bare else self.value
        return {"password_file": named} if self.value else {}

    @property
    def place(self) -> Mapping[str, str | tuple[str, ...]]:
        """The same, to be used at once: a file by its whole path."""
        return {"password_file": self.value} if self.bare else self.keys

    @property
    def words(self) -> str:
        """For a person: where it is."""
        return {
            "keyring": "the keyring",
            "command": f"what {shlex.join(self.command)} prints",
            "file": f"the file {self.value}",
            "env": f"the environment variable {self.value}",
            "credential": f"the systemd credential {self.value}",
        }[self.kind]

    def put(self, address: str, password: str) -> None:
        """Keep a password that was typed; a credential is its user's to make.

        Raises:
            MailboxError: the keyring does not take it.
            StateError: the file can't be written.
        """
        if self.kind == "keyring":
            keychain.keep(APP, address, password)
        elif self.kind == "file":
            try:
                privatefile.replace(Path(self.value), f"{password}\n")
            except OSError as error:
                raise StateError(f"{self.value}: can't be written: {error.strerror}") from error

    def remove(self, address: str) -> None:
        """Undo :meth:`put` as far as that goes."""
        with contextlib.suppress(MailboxError, OSError):
            if self.kind == "keyring":
                keychain.forget(APP, address)
            elif self.kind == "file":
                Path(self.value).unlink()


def of(account: Account) -> Keeping:
    """Where an account's password is kept, by its config."""
    if account.password_command:
        return Keeping("command", command=account.password_command)
    if account.password_env:
        return Keeping("env", account.password_env)
    if account.password_file:
        return Keeping("file", account.password_file)
    return Keeping("keyring")


def chosen(given: Mapping[Kind, str], ask: Questions, folder: Path, address: str) -> Keeping:
    """Where the password shall be kept: by option, or asked.

    Args:
        given: the options that were given, with their values.
        folder: for a file that the user does not name.

    Raises:
        click.UsageError: more than one option, or one that can't be.
    """
    if len(given) > 1:
        options = "--keyring, --password-file, --password-command, --password-env, --credential"
        raise click.UsageError(f"give one of {options}")
    if given:
        kind, value = next((kind, value) for kind, value in given.items())
    else:
        options = "--keyring, --password-file, --password-command"
        asked = ask.choice(options, "Where shall the password be kept?", _choices(), None)
        kind, value = cast("Kind", asked), None
    if kind == "keyring":
        return _keyring()
    if kind == "command":
        return Keeping(kind, command=_command(value, ask))
    if kind == "file":
        usual = str(folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', address)[:200]}.password")
        asked = "File for the password (mode 0600)"
        path = ask.text("--password-file", asked, value, usual, wrong=file_problem)
        place = expanded(path).absolute()
        beside = place.parent == folder.absolute() and is_credential(place.name)
        return Keeping(kind, str(place), bare=beside)
    return _named(kind, value or "")


def file_problem(named: str) -> str:
    """What is wrong with a path as it was typed; empty if nothing."""
    try:
        expanded(named)
    except ValueError as error:
        return str(error)
    return ""


def _keyring() -> Keeping:
    if not keychain.usable():
        how = "none that keeps anything" if keychain.installed() else f"none: {keychain.EXTRA}"
        raise click.UsageError(f"--keyring: there is {how}")
    return Keeping("keyring")


def _named(kind: Kind, value: str) -> Keeping:
    if not (_NAME.fullmatch(value) if kind == "env" else is_credential(value)):
        what = "--password-env: that is no name of an environment variable"
        other = "--credential: that is no name of a credential: letters, digits, _ . -"
        raise click.UsageError(what if kind == "env" else other)
    return Keeping(kind, value)


def forget(address: str) -> bool:
    """Remove a mailbox's password from the keyring; whether there was one.

    Raises:
        MailboxError: the keyring can't be asked.
    """
    return keychain.usable() and keychain.forget(APP, address)


def from_stdin() -> str:
    """The password on the first line of standard input.

    Raises:
        click.UsageError: where there is none.
    """
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError("--password-stdin: standard input is empty")
    return line


def _choices() -> dict[str, str]:
    choices = {
        "keyring": "the system's keyring",
        "file": "a file that only you can read",
        "command": "nowhere: a program prints it (pass, a password manager)",
    }
    if not keychain.usable():
        del choices["keyring"]
    return choices


def _command(given: str | None, ask: Questions) -> tuple[str, ...]:
    def wrong(text: str) -> str:
        try:
            return "" if shlex.split(text) else "write a program and its arguments"
        except ValueError as error:
            return f"a quotation mark is missing ({error})"

    asked = "Program that prints it, with its arguments"
    return tuple(shlex.split(ask.text("--password-command", asked, given, wrong=wrong)))
