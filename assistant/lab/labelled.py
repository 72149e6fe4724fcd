"""Labelled mail: the rows of a JSON Lines file, or a folder of .eml files -> messages and what people say of them.

A mistake costs its row and no other; each is told with its file and line.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import Problem, UnreadableMail
from assistant.model import FIRST_BYTES as LONGEST
from assistant.tomlfile import suggest

KEYS = ("id", "text", "subject", "eml", "dissatisfied", "tone", "language", "sender")
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; a message of which more than that stands in one line is cut off at a sixtieth anyway."""
UNHAPPY, FINE = "unhappy", "fine"
"""Folders whose messages are so; a folder with a tone's id says the tone too."""
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody says of a message."""

    dissatisfied: bool
    tone: str = ""
    """A tone's id; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message, and its label; None where it has none."""

    where: str
    """The file, and the line in it."""
    id: str
    raw: bytes
    label: Label | None
    language: str = ""
    """Empty where it is to be found out."""
    sender: str = ""
    """Who wrote it, by any name; empty where the message itself tells, or nobody does."""
    bare: bool = False
    """Whether it is a text without a message around it: the message does not tell who wrote it."""


@dataclass(slots=True)
class Told:
    """What was wrong on the way; grows while rows are read."""

    problems: list[Problem] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    """Keys that say nothing to us, and in how many rows they stand."""


def rows(path: Path, tones: Collection[str], told: Told) -> Iterator[Row]:
    """The labelled messages at a path.

    Args:
        path: a JSON Lines file, or a folder of .eml files.
        tones: the ids that a label may name.
        told: gets what is wrong with each row that is left out.

    Raises:
        UnreadableMail: where there is nothing to read: no such file, no .eml in the folder.
    """
    with _readable(path):
        if path.is_char_device() or path.is_block_device():  # /dev/zero has no end
            raise UnreadableMail(f"{path}: is a device; give a file or a folder")
        folder = path.is_dir()
    return _Rows(tones, told).folder(path) if folder else _Rows(tones, told).file(path)


def count(path: Path) -> int | None:
    """About how many there are; None where that can't be told without using them up, as of a pipe."""
    try:
        if path.is_dir():
            return sum(1 for _ in path.rglob("*.eml"))
        return sum(1 for _ in _lines(path)) if path.is_file() else None
    except (OSError, UnreadableMail):
        return None


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What the system refuses, as an error of ours."""
    try:
        yield
    except OSError as error:
        raise UnreadableMail(f"{path}: can't be read: {error.strerror or error}") from error


class _Wrong(Exception):
    """What is wrong with one row: the key, and what to say."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message


class _Rows:
    def __init__(self, tones: Collection[str], told: Told) -> None:
        self._tones = tones
        self._told = told

    # --- a file ---

    def file(self, path: Path) -> Iterator[Row]:
        for number, line in _lines(path):
            try:
                yield self._row(f"{path}:{number}", path.parent, line)
            except _Wrong as wrong:
                self._told.problems.append(Problem(str(path), number, wrong.key, wrong.message))

    def _row(self, where: str, folder: Path, line: bytes) -> Row:
        given = self._object(line)
        if ("text" in given) == ("eml" in given):
            both = "both are given; one is enough" if "eml" in given else "is required (or eml)"
            raise _Wrong("text", both)
        label = self._label(given)
        raw = _text_mail(given) if "text" in given else _mail(folder, _string(given, "eml"))
        language = _string(given, "language", needed=False)
        sender = _string(given, "sender", needed=False)
        return Row(where, _name(given) or where, raw, label, language, sender, "text" in given)

    def _object(self, line: bytes) -> dict[str, Any]:
        if len(line) > LONGEST_LINE:
            raise _Wrong("", f"longer than {LONGEST_LINE} bytes")
        try:
            value = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise _Wrong("", "not UTF-8") from None
        except json.JSONDecodeError as error:
            raise _Wrong("", f"not JSON: {error.msg} (column {error.colno})") from None
        except (ValueError, RecursionError):  # a number of 5,000 digits, brackets 100,000 deep
            raise _Wrong("", "JSON that can't be read") from None
        if not isinstance(value, dict):
            raise _Wrong("", 'should be an object: {"text": …, "dissatisfied": …}')
        self._told.unknown.update(key for key in value if key not in KEYS)
        return {key: each for key, each in value.items() if key in KEYS and each is not None}

    def _label(self, given: dict[str, Any]) -> Label | None:
        tone = _string(given, "tone", needed=False)
        if "dissatisfied" not in given:
            if tone:
                raise _Wrong("dissatisfied", "is required where a tone is given")
            return None
        dissatisfied = given["dissatisfied"]
        if dissatisfied not in (True, False):  # 1 and 0 as well
            raise _Wrong("dissatisfied", f"should be true or false (it is {_shown(dissatisfied)})")
        if tone and tone not in self._tones:
            raise _Wrong("tone", f"no tone {_shown(tone)}{suggest(tone, self._tones)}")
        if tone and not dissatisfied:
            raise _Wrong("tone", f"is {_shown(tone)}, but dissatisfied is false; which is right?")
        return Label(bool(dissatisfied), tone)

    # --- a folder ---

    def folder(self, folder: Path) -> Iterator[Row]:
        with _readable(folder):
            paths = sorted(path for path in folder.rglob("*.eml") if path.is_file())
        if not paths:
            raise UnreadableMail(f"{folder}: a folder without .eml files")
        for path in paths:
            try:
                label, language = self._beside(path, folder)
                raw = _bytes(path)
            except _Wrong as wrong:
                self._told.problems.append(Problem(str(path), None, wrong.key, wrong.message))
                continue
            yield Row(str(path), str(path.relative_to(folder)), raw, label, language)

    def _beside(self, path: Path, folder: Path) -> tuple[Label | None, str]:
        """The label (and language) of a file: in a .json beside it, or by the folder it lies in."""
        beside = path.with_suffix(".json")
        if beside.is_file():
            given = self._object(_bytes(beside))
            return self._label(given), _string(given, "language", needed=False)
        kind = path.parent.name if path.parent != folder else ""
        if kind in (UNHAPPY, FINE):
            return Label(kind == UNHAPPY), ""
        return (Label(True, kind) if kind in self._tones else None), ""


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold anything, with their numbers."""
    with _readable(path), path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE)
                if not rest or rest.endswith(b"\n"):
                    break
            if line.strip():
                yield number, line


def _name(given: dict[str, Any]) -> str:
    value = given.get("id", "")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _Wrong("id", f"should be text (it is {_shown(value)})")
    return str(value)


def _string(given: dict[str, Any], key: str, *, needed: bool = True) -> str:
    value = given.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        raise _Wrong(key, f"should be text (it is {_shown(value)})")
    return value


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _mail(folder: Path, eml: str) -> bytes:
    """A message that is given whole, or by the path of its file: only the one has several lines."""
    if "\n" in eml:
        return eml.encode("utf-8", "replace")[:LONGEST]
    return _bytes(folder / eml, "eml")


def _bytes(path: Path, key: str = "") -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise _Wrong(key, f"{path}: is no file")  # a pipe would be waited for
        with path.open("rb") as file:
            return file.read(LONGEST)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (
            error.strerror if isinstance(error, OSError) else None
        ) or "no file has such a name"
        raise _Wrong(key, f"{path}: can't be read: {reason}") from None


def _text_mail(given: dict[str, Any]) -> bytes:
    """A text as the plainest mail that could hold it; its writer chose the subject, if there is one."""
    text = _string(given, "text")
    subject = " ".join(_string(given, "subject", needed=False).split())
    head = (
        "From: someone@example.com\nTo: you@studio.example\nContent-Type: text/plain; charset=utf-8"
    )
    return f"{head}\nSubject: {subject}\n\n{text}\n".encode("utf-8", "replace")[:LONGEST]
