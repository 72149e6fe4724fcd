"""An account's password, from where the config says. Never logged, never stored."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from assistant import keychain
from assistant.clean import clean_text
from assistant.config.settings import APP
from assistant.config.tables import Account, NotifyTable
from assistant.errors import MailboxError

PASSWORD_SECONDS = 60
"""How long a password command may take: it may have to ask its user for a passphrase."""


def password(account: Account, environ: Mapping[str, str] = os.environ) -> str:
    """The account's password, from where the config says; never logged, never stored.

    Raises:
        MailboxError: where there is none.
    """
    if account.password_command:
        return _from_command(account)
    if account.password_env:
        found = environ.get(account.password_env, "")
        if not found:
            raise MailboxError(
                f"{account.user}: the environment variable {account.password_env} is not set"
            )
        return found
    if account.password_file:
        return _from_file(account, environ)
    return _from_keyring(account)


def _from_command(account: Account) -> str:
    command = list(account.password_command)
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PASSWORD_SECONDS, check=False, text=True
        )
    except FileNotFoundError as error:
        raise MailboxError(
            f"{account.user}: password_command: no program {command[0]!r}"
        ) from error
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise MailboxError(
            f"{account.user}: password_command failed ({type(error).__name__})"
        ) from error
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines or not lines[0]:
        said = clean_text(done.stderr, 200)
        raise MailboxError(
            f"{account.user}: password_command ended with {done.returncode} and gave no password",
            hint=f"it said: {said}" if said else "it must print the password on its first line",
        )
    return lines[0]


def _from_file(account: Account, environ: Mapping[str, str]) -> str:
    what = f"{account.user}: password_file"
    lines = _guarded_lines(what, Path(account.password_file).expanduser(), environ)
    if not lines or not lines[0]:
        raise MailboxError(f"{what} {account.password_file}: its first line is empty")
    return lines[0]


def notice_urls(notify: NotifyTable, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Where notices go: the URLs in the config, or those in a file that only its owner can read.

    Raises:
        MailboxError: where the file can't be read, or others can read it.
    """
    if not notify.urls_file:
        return notify.urls
    lines = _guarded_lines("[notify] urls_file", Path(notify.urls_file), environ)
    stripped = (line.strip() for line in lines)
    return tuple(line for line in stripped if line and not line.startswith("#"))


def _guarded_lines(what: str, path: Path, environ: Mapping[str, str]) -> list[str]:
    """The lines of a file that only its owner can read, or that systemd guards."""
    try:
        mode = path.stat().st_mode
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise MailboxError(f"{what} {path}: can't be read: {reason}") from error
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    guarded = bool(credentials) and Path(credentials) in path.parents
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO) and not guarded:
        raise MailboxError(f"{what} {path}: others can read it", hint=f"chmod 600 {path}")
    return lines


def _from_keyring(account: Account) -> str:
    if not keychain.installed():
        raise MailboxError(
            f"{account.user}: no password: name a password_command, password_env or password_file",
            hint=f"or use the system's keyring: {keychain.EXTRA}",
        )
    try:
        found = keychain.find(APP, account.mailbox_address)
    except MailboxError as error:
        raise MailboxError(f"{account.user}: {error.message}", error.hint) from error
    if not found:
        raise MailboxError(
            f"{account.user}: the keyring holds no password for it",
            hint=f"assistant account sign-in {account.mailbox_address}"
            f" (or: keyring set {APP} {account.mailbox_address})",
        )
    return found
