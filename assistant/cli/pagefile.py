"""The file of a page or table about clients: for its owner alone, and never in another file's place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

from assistant import privatefile
from assistant.clean import clean_text
from assistant.errors import AssistantError

MARK = "<!doctype html>\n<!-- written by assistant explain --html -->\n"
BRIEF = "<!doctype html>\n<!-- written by assistant brief --html -->\n"
REPORT = "<!doctype html>\n<!-- written by assistant report --html -->\n"
TABLE = "\ufeffperiod,since,until,by,key,name,cases,"
"""How each page and table of ours begins; a file that begins so may be replaced."""


def check(path: Path, option: str = "--html") -> None:
    """Whether a page may be written here. Asked before anything is judged, so that nobody waits in vain.

    Args:
        option: that named the file.

    Raises:
        UsageError: where there is something that is no page of ours, or no folder for it.
    """
    if str(path) == "-":
        raise _refused(option, path, "name a file; it is not for the terminal")
    try:
        found = path.lstat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise _refused(option, path, "there is no such folder") from None
        return
    except OSError as error:
        raise _refused(option, path, error.strerror or str(error)) from error
    if stat.S_ISLNK(found.st_mode):
        raise _refused(option, path, "is a link; name the file itself")
    if not stat.S_ISREG(found.st_mode) or not _is_ours(path, option):
        raise _refused(option, path, "is there already, and no page of ours; name another file")


def write(path: Path, text: str, option: str = "--html") -> None:
    """Write a page, or leave everything as it was; whoever looks sees the old one or the new one.

    Raises:
        UsageError: as `check`.
        AssistantError: it can't be written.
    """
    check(path, option)
    try:
        privatefile.replace(path, text)
    except OSError as error:
        why = error.strerror or str(error)
        raise AssistantError(f"{path}: can't be written: {why}") from error


def _refused(option: str, path: Path, why: str) -> click.UsageError:
    return click.UsageError(f"{option} {clean_text(str(path), 500)}: {why}")


def _is_ours(path: Path, option: str) -> bool:
    """Whether a file begins as our pages do. A link that was put there meanwhile is not followed."""
    wanted = tuple(each.encode() for each in (MARK, BRIEF, REPORT, TABLE))
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            return file.read(max(map(len, wanted))).startswith(wanted)
    except OSError as error:
        raise _refused(option, path, f"can't be read: {error.strerror or error}") from error
