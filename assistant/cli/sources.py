"""Where `explain` finds messages: .eml files, mbox files, Maildir folders, folders of .eml, stdin."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UnreadableMail
from assistant.reading import LONGEST

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One message, and what to call it."""

    name: str
    raw: bytes


def sources(path: str) -> Iterator[Source]:
    """Every message at a path.

    Raises:
        UnreadableMail: where there is nothing to read: no such file, an empty one, a folder without mail.
    """
    if path == STDIN:
        raw = sys.stdin.buffer.read(LONGEST + 1)
        if not raw.strip():
            raise UnreadableMail("standard input: empty")
        yield Source("standard input", raw)
        return
    place = Path(path)
    if place.is_dir():
        yield from _folder(place)
        return
    try:
        with place.open("rb") as file:
            raw = file.read(LONGEST)
    except OSError as error:
        raise UnreadableMail(f"{path}: can't be read: {error.strerror or error}") from error
    if not raw.strip():
        raise UnreadableMail(f"{path}: an empty file")
    if raw.startswith(b"From "):
        yield from _mbox(place)
    else:
        yield Source(path, raw)


def _folder(folder: Path) -> Iterator[Source]:
    maildir = [folder / "new", folder / "cur"]
    if all(each.is_dir() for each in maildir):
        files = [path for each in maildir for path in sorted(each.iterdir()) if path.is_file()]
    else:
        files = sorted(
            path for path in folder.iterdir() if path.suffix == ".eml" and path.is_file()
        )
    if not files:
        raise UnreadableMail(f"{folder}: a folder without mail (no .eml files, and no Maildir)")
    for path in files:
        try:
            with path.open("rb") as file:
                yield Source(str(path), file.read(LONGEST))
        except OSError as error:
            raise UnreadableMail(f"{path}: can't be read: {error.strerror or error}") from error


def _mbox(path: Path) -> Iterator[Source]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            yield Source(f"{path} ({number})", box.get_bytes(key)[:LONGEST])
    finally:
        box.close()
