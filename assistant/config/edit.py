"""Putting an account into config.toml and taking one out; every other byte stays as its user wrote it.

tomlkit writes the new table. Where it goes, and what comes out, is found by line: tomlkit itself
moves a table to the others of its name, and takes the comment above the next one for its own. What comes out
is read again and compared before it is written.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from assistant import privatefile
from assistant.errors import ConfigError, Problem
from assistant.tomlfile import key_lines

Values = Mapping[str, str | int | bool | Sequence[str]]
_BY_HAND = "edit the file yourself; config.example.toml explains every key"


def account_text(values: Values) -> str:
    """One ``[[account]]`` as TOML."""
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value if isinstance(value, str | int) else list(value))
    tables = tomlkit.aot()
    tables.append(table)
    document = tomlkit.document()
    document.add("account", tables)
    return tomlkit.dumps(document).strip("\n") + "\n"


def with_account(name: str, text: str, values: Values) -> str:
    """The text of a config.toml with an account more: below the last one, or at the end.

    Args:
        name: of the file, for errors.
        text: of the file, which is valid; empty for a new one.

    Raises:
        ConfigError: where the accounts are written in a way that can't be added to.
    """
    new = account_text(values)
    before = tomllib.loads(text)
    number = _count(before)
    if number:
        lines = text.split("\n")
        end = _region(text, number - 1)[1]
        above, below = "\n".join(lines[:end]), "\n".join(lines[end:])
    else:
        above, below = text.rstrip("\r\n"), ""
    gap = "\n\n" if above else ""
    if "\r\n" in text:
        new, gap = new.replace("\n", "\r\n"), gap.replace("\n", "\r\n")
    if below and not below.startswith(("\n", "\r\n")):
        new += _break(text)
    after = above.rstrip("\r\n") + gap + new + below
    wanted = {**before, "account": [*before.get("account", []), tomllib.loads(new)["account"][0]]}
    return _checked(name, after, wanted)


def without_account(name: str, text: str, number: int) -> str:
    """The text of a config.toml without one of its accounts, counted from 0.

    Raises:
        ConfigError: where the accounts are written in a way that can't be taken from.
    """
    before = tomllib.loads(text)
    start, end = _region(text, number)
    lines = text.split("\n")
    below = lines[end:]
    while below and not below[0].strip() and (start == 0 or not lines[start - 1].strip()):
        below = below[1:]
    after = "\n".join([*lines[:start], *below])
    left = [each for at, each in enumerate(before["account"]) if at != number]
    wanted = {key: each for key, each in before.items() if key != "account"}
    return _checked(name, after, {**wanted, "account": left} if left else wanted)


def write(path: Path, text: str) -> None:
    """Replace config.toml in one step. It keeps owner, group and mode, a new one has 0600; a link stays
    a link.

    Raises:
        ConfigError: where it can't be written; it is as it was.
    """
    place = path.resolve()
    try:
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o600
        privatefile.replace(place, text, mode)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Problem(str(path), None, "", f"can't be written: {reason}")]) from error


def _count(value: dict[str, Any]) -> int:
    accounts = value.get("account", [])
    return len(accounts) if isinstance(accounts, list) else 0


def _region(text: str, number: int) -> tuple[int, int]:
    """The lines of an account with the tables in it, counted from 0, the end not included. Comments
    above the next table are that table's."""
    places = key_lines(text)
    start = places.get(("account", number), 0) - 1
    later = [
        line - 1
        for where, line in places.items()
        if line - 1 > start and where[:2] != ("account", number)
    ]
    lines = text.split("\n")
    end = min(later, default=len(lines))
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
        end -= 1
    return max(start, 0), end


def _break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _checked(name: str, text: str, wanted: dict[str, Any]) -> str:
    try:
        found = tomllib.loads(text)
    except ValueError:
        found = {}
    if found != wanted:
        problem = Problem(name, None, "account", "is not written as [[account]] tables of its own")
        raise ConfigError([problem], hint=_BY_HAND)
    return text
