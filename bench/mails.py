"""Real mail that is no part of the project: two archives in ../shared/corpus, never unpacked to disk."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

ARCHIVES = ("nasty.tar.gz", "ordinary.tar.gz")
LARGEST = 8 * 1024 * 1024
"""Bytes of one message; more is a mistake in the archive."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message and its name in the archive."""

    name: str
    raw: bytes


def ordinary(shared: Path) -> list[bytes]:
    """The messages of a software list and a user group, which nobody made for us; none where they are not there."""
    folder = shared / "corpus"
    if not (folder / "ordinary.tar.gz").exists():
        return []
    return [each.raw for each in mails(folder, ("ordinary.tar.gz",))]


def mails(folder: Path, archives: Sequence[str] = ARCHIVES) -> list[Mail]:
    """Every message of the archives, held in memory."""
    found: list[Mail] = []
    for archive in archives:
        with tarfile.open(folder / archive, "r:gz") as opened:
            for member in opened:
                held = opened.extractfile(member) if member.isfile() else None
                if held is not None and member.name.endswith(".eml"):
                    found.append(Mail(member.name, held.read(LARGEST)))
    return found


def shown(those: Sequence[Mail], doing: str) -> Iterable[Mail]:
    """The same messages, with a progress bar for people on a terminal."""
    return track(
        those,
        description=doing,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
