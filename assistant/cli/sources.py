"""Where `explain` finds messages: .eml files, mbox files, Maildir folders, folders of .eml, stdin."""

from __future__ import annotations

import contextlib
import mailbox
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UnreadableMail
from assistant.model import FIRST_BYTES as LONGEST

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One message, and what to call it."""

    name: str
    raw: bytes
    why: str = ""
    """Why it can't be read: a mail program moves files of a Maildir while we look."""


def sources(path: str) -> Iterator[Source]:
    """Every message at a path.

    Raises:
        UnreadableMail: where there is nothing to read: no such file, an empty one, a folder without mail,
            one that may not be looked into.
    """
    if path == STDIN:
        raw = sys.stdin.buffer.read(LONGEST + 1)
        if not raw.strip():
            raise UnreadableMail("standard input: empty")
        yield Source("standard input", raw)
        return
    place = Path(path)
    with _told(path):  # even whether it is a folder may not be for us to know
        files = _mail_in(place) if place.is_dir() else None
    if files is not None:
        for each in files:
            try:
                yield Source(str(each), _read(each))
            except OSError as error:
                yield Source(str(each), b"", f"can't be read: {error.strerror or error}")
        return
    with _told(path):
        raw = _read(place)
    if not raw.strip():
        raise UnreadableMail(f"{path}: an empty file")
    if raw.startswith(b"From "):
        if not place.is_file():
            raise UnreadableMail(f"{path}: an mbox can't be read from a pipe; name its file")
        yield from _mbox(place)
    else:
        yield Source(path, raw)


@contextlib.contextmanager
def _told(path: Path | str) -> Iterator[None]:
    """What the system refuses, as an error of ours."""
    try:
        yield
    except OSError as error:
        raise UnreadableMail(f"{path}: can't be read: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST)


def _mail_in(folder: Path) -> list[Path]:
    """The messages of a Maildir, or else the .eml files of a folder."""
    maildir = [folder / "new", folder / "cur"]
    if all(each.is_dir() for each in maildir):
        files = [path for each in maildir for path in sorted(each.iterdir()) if path.is_file()]
    else:
        files = sorted(
            path for path in folder.iterdir() if path.suffix == ".eml" and path.is_file()
        )
    if not files:
        raise UnreadableMail(f"{folder}: a folder without mail (no .eml files, and no Maildir)")
    return files


def _mbox(path: Path) -> Iterator[Source]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            yield Source(f"{path} ({number})", box.get_bytes(key)[:LONGEST])
    finally:
        box.close()
