"""TOML files with every mistake reported at once, each with its line and a suggestion.

tomllib knows no line numbers and pydantic no files; this module joins the two for config.toml
and the rule files. It only reads.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.errors import ConfigError, Problem

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_PART = re.compile(r"""[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOTTED = rf"(?:{_PART.pattern})(?:\s*\.\s*(?:{_PART.pattern}))*"
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that we are ready to read; rule files are a hundredth of that."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file that is valid TOML: its value, and its text for the line of every key in it."""

    name: str
    value: dict[str, Any]
    text: str
    at: Path_ = ()
    """The place of the value in the file, where it is one table of it."""

    def line(self, where: Path_) -> int | None:
        """The line of a key, or of the nearest table around it."""
        where = (*self.at, *where)
        lines = key_lines(self.text)
        for length in range(len(where), 0, -1):
            for place in (where[:length], (*where[:length], 0)):
                if place in lines:
                    return lines[place]
        return None

    def problem(self, where: Path_, message: str) -> Problem:
        return Problem(self.name, self.line(where), spell((*self.at, *where)), message)


def load(path: Path, name: str | None = None, *, ours: bool = False) -> TomlFile:
    """Read one file.

    Args:
        name: what it is called where something is wrong with it.
        ours: it comes with the program, and is read the quick way.

    Raises:
        ConfigError: where it can't be opened, is not UTF-8, too large, or is not TOML.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Problem(name, None, "", f"can't be read: {reason}")]) from error
    if len(raw) > LARGEST:
        raise ConfigError([Problem(name, None, "", f"larger than {LARGEST} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(name, line, "", "not UTF-8; save the file as UTF-8")]) from error
    try:
        value = _ours(text) if ours else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Mostly tomllib.TOMLDecodeError, but a number of 5,000 digits is a plain ValueError.
        raise ConfigError([_syntax(name, str(error))]) from error
    return TomlFile(name, value, text)


def _ours(text: str) -> dict[str, Any]:
    """The value of a file that comes with us, which a compiled parser reads in a tenth of the time.

    People's files are left to tomllib, which is as strict everywhere, and so is what the compiled one
    refuses: tomllib says what is wrong in the words that all mistakes are told in.
    """
    try:
        from rtoml import loads
    except ImportError:  # there are no wheels for every machine
        return tomllib.loads(text)
    try:
        value: dict[str, Any] = loads(text)
    except ValueError:
        return tomllib.loads(text)
    return value


def _syntax(name: str, message: str) -> Problem:
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    line = int(found[1]) if found else None
    return Problem(name, line, "", f"not valid TOML: {re.sub(r' *[(]at .*[)]', '', message)}")


@lru_cache(maxsize=16)
def key_lines(text: str) -> Mapping[Path_, int]:
    """The line on which each key and table of a valid TOML text begins, counted from 1.

    Asked for mistakes only: finding them takes as long as reading the file.
    """
    lines: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    inside = _Inside()
    # Not splitlines(): U+2028 and its like may stand in a TOML string.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not inside.value:
            if found := _TABLE.match(line):
                table = _resolve(found[2], counts, repeated=found[1] == "[[")
                lines.setdefault(table, number)
                continue
            if found := _KEY.match(line):
                lines.setdefault((*table, *_parts(found[1])), number)
                line = line[found.end() :]
        inside.feed(line)
    return MappingProxyType(lines)


class _Inside:
    """Whether a line begins inside a value that an earlier line opened."""

    def __init__(self) -> None:
        self.quote = ""
        self.depth = 0

    @property
    def value(self) -> bool:
        return bool(self.quote) or self.depth > 0

    def feed(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self.quote:
                if self.quote == '"""' and line[at] == "\\":
                    at += 2
                elif line.startswith(self.quote, at):
                    at = _run_end(line, at)
                    self.quote = ""
                else:
                    at += 1
                continue
            if line.startswith(('"""', "'''"), at):
                self.quote = line[at : at + 3]
                at += 3
            elif line[at] in "\"'":
                at = _string_end(line, at)
            elif line[at] == "#":
                return
            else:
                self.depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(line[at], 0)
                at += 1


def _run_end(line: str, at: int) -> int:
    """Where the closing quotes end: up to two more may belong to the text before them."""
    end = at + 3
    while end < at + 5 and line[end : end + 1] == line[at]:
        end += 1
    return end


def _string_end(line: str, at: int) -> int:
    quote = line[at]
    at += 1
    while at < len(line) and line[at] != quote:
        at += 2 if quote == '"' and line[at] == "\\" else 1
    return at + 1


def _parts(key: str) -> tuple[str, ...]:
    return tuple(map(_plain, _PART.findall(key)))


def _plain(part: str) -> str:
    """One part of a dotted key without its quotes and escapes."""
    if part.startswith("'"):
        return part[1:-1]
    return str(tomllib.loads(f"part = {part}")["part"]) if part.startswith('"') else part


def _resolve(name: str, counts: dict[Path_, int], *, repeated: bool) -> Path_:
    """The place of a table in the value, with the index of each repeated table on the way."""
    where: Path_ = ()
    parts = _parts(name)
    for depth, part in enumerate(parts):
        where = (*where, part)
        if repeated and depth == len(parts) - 1:
            counts[where] = counts.get(where, -1) + 1
        if where in counts:
            where = (*where, counts[where])
    return where


def spell(where: Path_) -> str:
    """A place as people write it: ``account[2].host`` (counted from 1)."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def validate(model: type[M], file: TomlFile, value: Any = None, at: Path_ = ()) -> M:
    """The value of a file (or of the table at ``at`` in it) as a model.

    Raises:
        ConfigError: with a problem for every key that is wrong.
    """
    try:
        return model.model_validate(file.value if value is None else value)
    except ValidationError as error:
        problems = [
            file.problem((*at, *_location(each)), _message(each, model)) for each in error.errors()
        ]
        raise ConfigError(problems) from error


def _location(error: ErrorDetails) -> Path_:
    return tuple(error["loc"])


def _message(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _fields(model, error["loc"][:-1])
        return f"unknown key{suggest(str(error['loc'][-1]), known)}"
    if kind == "missing":
        return "is required"
    if kind == "value_error":
        return str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
    if kind in _SHAPES:
        message = f"should be {_SHAPES[kind]}"
    else:
        message = (
            error["msg"].replace("Input should be", "should be").replace("valid string", "text")
        )
    shown = error.get("input")
    secret = any("password" in str(part) or "secret" in str(part) for part in error["loc"])
    plain = isinstance(shown, str | int | float | bool) and not secret
    return f"{message} (it is {shown!r})" if plain else message


_SHAPES = {
    "list_type": "a list, in [ ]",
    "tuple_type": "a list, in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
}
"""pydantic's kinds of mistake that it tells in Python's words, in TOML's."""


def suggest(word: str, known: typing.Iterable[str]) -> str:
    """``; did you mean "host"?`` or, with nothing near, the list of what there is."""
    known = sorted(set(known))
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known here: {', '.join(known)}" if known else ""


def _fields(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """The names that a table at this place may hold; a model's ELSEWHERE are those that others read."""
    here: type[BaseModel] | None = model
    for part in where:
        if here is None:
            return []
        if isinstance(part, str) and part in here.model_fields:
            here = _model_in(here.model_fields[part].annotation)
    return [*here.model_fields, *getattr(here, "ELSEWHERE", ())] if here else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) is not None or isinstance(annotation, UnionType):
        for argument in typing.get_args(annotation):
            if found := _model_in(argument):
                return found
    return None


def origins(known: str, name: str) -> str:
    """The files that something comes from, and one more."""
    return known if name in known.split(", ") else f"{known}, {name}"
