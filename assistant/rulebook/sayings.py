"""rules/<language>/said.toml -> Listener: how people ask and promise. Read only where a person looks at a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assistant import tomlfile
from assistant.cases.days import SPANS, DayWords
from assistant.cases.owed import OWED_LISTS, Owing
from assistant.cases.said import LISTS, Listener, Sayings
from assistant.errors import ConfigError, Problem
from assistant.rulebook.tables import SAID
from assistant.shipped import folder as shipped_folder
from assistant.tone.grammar import PhraseError

Names = list[str]
T = TypeVar("T")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DaysTable(_Table):
    """[days]: see :class:`assistant.cases.days.DayWords`."""

    weekdays: Annotated[list[Names], Field(min_length=7, max_length=7)]
    months: Annotated[list[Names], Field(min_length=12, max_length=12)]
    spans: dict[str, Names] = {}
    numbers: dict[str, int] = {}
    on: Names = []
    by: Names = []
    coming: Names = []
    next: Names = []
    last: Names = []
    of: Names = []
    after: Names = []
    day_first: bool = False


class SaidFile(_Table):
    """What a said.toml may hold."""

    language: str
    abbreviations: Names = []
    classes: dict[str, Names] = {}
    lists: dict[str, Names] = {}
    days: DaysTable


def listeners(languages: Iterable[str], folder: Path | None = None) -> Mapping[str, Listener]:
    """Who reads letters in these languages, for those that have a said.toml.

    Raises:
        ConfigError: with every problem in a file.
    """
    folder = folder or shipped_folder()
    there = {language: folder / language / SAID for language in sorted(set(languages))}
    return {each: _made(Listener, path) for each, path in there.items() if path.is_file()}


def owing(language: str, folder: Path | None = None) -> Owing | None:
    """Who reads what the user wrote in a language; None where it has no said.toml.

    Raises:
        ConfigError: with every problem in the file.
    """
    path = (folder or shipped_folder()) / language / SAID
    return _made(Owing, path) if path.is_file() else None


def sayings(path: Path) -> Sayings:
    """One language's.

    Raises:
        ConfigError: with every problem in the file.
    """
    file = tomlfile.load(path)
    table = tomlfile.validate(SaidFile, file)
    problems = [
        file.problem((name, key), f"unknown{tomlfile.suggest(key, known)}")
        for name, given, known in (
            ("lists", table.lists, (*LISTS, *OWED_LISTS)),
            ("spans", table.days.spans, SPANS),
        )
        for key in given
        if key not in known
    ]
    if problems:
        raise ConfigError(problems)
    given = table.days
    days = DayWords(
        tuple(map(tuple, given.weekdays)), tuple(map(tuple, given.months)),
        {name: tuple(each) for name, each in given.spans.items()}, given.numbers,
        tuple(given.on), tuple(given.by), tuple(given.coming), tuple(given.next), tuple(given.last),
        tuple(given.of), tuple(given.after), given.day_first,
    )  # fmt: skip
    lists = {name: tuple(phrases) for name, phrases in table.lists.items()}
    classes = {name: tuple(words) for name, words in table.classes.items()}
    classes["number"] = (*classes.get("number", ()), *given.numbers)
    return Sayings(table.language, lists, days, classes, tuple(table.abbreviations))


def _made(reads: Callable[[Sayings], T], path: Path) -> T:
    try:
        return reads(sayings(path))
    except PhraseError as error:
        raise ConfigError([Problem(str(path), None, "", str(error))]) from error
