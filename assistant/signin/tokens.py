"""What was granted, kept from one start to the next: in the keyring, or in a file of mode 0600.

A file is used where there is no keyring that keeps anything, as on most servers, or where the user
asked for one; where a file is, it is used. Tokens are kept for one mailbox each, under its address.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from assistant import keychain, privatefile
from assistant.errors import MailboxError, StateError, StateUnavailable

LARGEST = 1_000_000
"""Bytes of a file of tokens that we are ready to read."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One sign-in. ``ends`` is when all of it ends, where that is known; ``refresh`` is empty once the
    sign-in server has said that it has ended, so that it is not asked again and again."""

    client_id: str
    access: str = field(repr=False)
    access_until: AwareDatetime
    refresh: str = field(repr=False)
    since: AwareDatetime
    ends: AwareDatetime | None = None
    secret: str = field(default="", repr=False)
    """The client's, which Google gives to programs although it can be no secret there."""
    problem: str = ""
    """Why the sign-in server last refused it, in words; empty where it did not."""

    def ended(self, now: datetime) -> bool:
        """Whether the user has to sign in again."""
        return not self.refresh or (self.ends is not None and self.ends <= now)


_TOKENS = TypeAdapter(Tokens)


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Where the tokens of all accounts are kept.

    Args:
        service: under which the keyring keeps them.
        folder: for the files; made with mode 0700 when first needed.
    """

    service: str
    folder: Path

    def file(self, address: str) -> Path:
        """The file for one mailbox; the name tells nothing and has no letter that a file name can't have."""
        return self.folder / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.json"

    def load(self, address: str) -> Tokens | None:
        """The sign-in of a mailbox; None where there is none.

        Raises:
            MailboxError: the keyring is locked, the file is open to others, or damaged.
        """
        raw = _read(self.file(address))
        if raw is None and keychain.usable():
            try:
                raw = keychain.find(self.service, address)
            except MailboxError as error:
                raise MailboxError(
                    f"{address}: {error.message}",
                    hint=f"unlock it, or do without: assistant account sign-in {address} --in-file",
                ) from error
        if not raw:
            return None
        try:
            return _TOKENS.validate_json(raw)
        except ValidationError:
            raise MailboxError(
                f"{address}: what was kept of the sign-in is damaged",
                hint=f"sign in again: assistant account sign-in {address}",
            ) from None

    def save(self, address: str, tokens: Tokens, *, in_file: bool = False) -> str:
        """Keep a sign-in; where it is now, in words.

        Raises:
            StateUnavailable: the file can't be written.
        """
        text = _TOKENS.dump_json(tokens).decode("utf-8")
        path = self.file(address)
        if not in_file and not path.exists() and keychain.usable():
            try:
                keychain.keep(self.service, address, text)
            except MailboxError:
                pass  # locked, or it takes only short secrets: Windows keeps 2,560 bytes
            else:
                return "the keyring"
        try:
            # The state folder may not be there yet, and is nobody else's either.
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            privatefile.replace(path, text)
        except OSError as error:
            raise StateUnavailable(f"{path}: can't be written: {error.strerror}") from error
        return str(path)

    def forget(self, address: str) -> bool:
        """Remove what is kept of a sign-in; whether there was any.

        Raises:
            MailboxError: the keyring can't be asked.
            StateError: the file can't be removed.
        """
        path = self.file(address)
        try:
            path.unlink()
            found = True
        except FileNotFoundError:
            found = False
        except OSError as error:
            raise StateError(f"{path}: can't be removed: {error.strerror}") from error
        return (keychain.usable() and keychain.forget(self.service, address)) or found


def _read(path: Path) -> str | None:
    """A file that only its owner can read, and that is no link; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MailboxError(f"{path}: can't be read: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise MailboxError(f"{path}: others can read it", hint=f"chmod 600 {path}")
        return file.read(LARGEST).decode("utf-8", "replace")
