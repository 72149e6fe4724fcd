"""The shipped rules and the user's -> RuleBook.

One rule for overriding, for everything that has an id: the same ``id`` replaces the given
fields, ``enabled = false`` turns it off, a new ``id`` adds one. Documents are laid over one
another in order: the shipped ones, then the user's. Every mistake in every file is reported at once.

`tables` says what a file may hold, `merge` lays files over one another and checks the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assistant import tomlfile
from assistant.errors import ConfigError, Problem
from assistant.model import RuleBook
from assistant.rulebook.merge import merge
from assistant.rulebook.tables import Document, RuleFile
from assistant.rulebook.voices import read_words, write_words
from assistant.tomlfile import TomlFile

__all__ = ["Document", "RuleFile", "load", "merge", "read_words", "shipped_folder", "write_words"]


def shipped_folder() -> Path:
    """Where the shipped rules are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load(user_folder: Path | None = None, extra: Iterable[TomlFile] = ()) -> RuleBook:
    """The effective rules.

    Args:
        user_folder: a folder of the user's ``*.toml``, laid over the shipped ones in name order.
        extra: further tables of the same kind (those in config.toml), laid over all others.

    Raises:
        ConfigError: with every problem in every file.
    """
    shipped = shipped_folder()
    paths = [
        (path, f"rules/{path.relative_to(shipped)}") for path in sorted(shipped.rglob("*.toml"))
    ]
    if not paths:
        raise ConfigError([Problem(str(shipped), None, "", "holds no shipped rules; reinstall")])
    if user_folder is not None and user_folder.is_dir():
        paths += [(path, str(path)) for path in sorted(user_folder.rglob("*.toml"))]
    problems: list[Problem] = []
    documents: list[Document] = []
    for path, name in paths:
        try:
            trusted = path.is_relative_to(shipped)
            documents.append(_document(tomlfile.load(path, name), trusted=trusted))
        except ConfigError as error:
            problems += error.problems
    for file in extra:
        try:
            documents.append(_document(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    words = [read_words(path, path.parent.name) for path in sorted(shipped.glob("*/words.tsv"))]
    return merge(documents, words)


def _document(file: TomlFile, *, trusted: bool = False) -> Document:
    return Document(file, tomlfile.validate(RuleFile, file), trusted)
