"""Rule files as read, in the order in which they are laid over one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from assistant import tomlfile
from assistant.errors import ConfigError, Problem
from assistant.model import RuleBook, WordModel
from assistant.rulebook.merge import merge_all
from assistant.rulebook.tables import SAID, Document, RuleFile, TestTable
from assistant.rulebook.voices import Words
from assistant.shipped import folder as shipped_folder
from assistant.tomlfile import TomlFile


@dataclass(frozen=True, slots=True)
class Case:
    """One ``[[test]]``, and where it stands."""

    table: TestTable
    file: TomlFile
    number: int
    """Of the test in its file or account, from 0."""
    language: str
    """Of the file: that of a text too short to tell its own."""
    account: int | None
    """By whose rules it is judged; None for the common ones."""

    @property
    def name(self) -> str:
        return self.table.name or f"test {self.number + 1}"

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file.name}:{self.file.line(('test', self.number))}"


@dataclass(frozen=True, slots=True)
class Layers:
    """Every document, the shipped ones first."""

    common: tuple[Document, ...]
    own: Mapping[int, Document]
    """Those of one account alone, by its number."""
    words: Mapping[str, WordModel]
    """By language."""

    def books(self) -> tuple[RuleBook, Mapping[int, RuleBook]]:
        """The common rulebook, and those of the accounts with rules of their own.

        Raises:
            ConfigError: with every problem.
        """
        return merge_all(self.common, self.own, self.words)

    def of(self, account: int | None) -> tuple[Document, ...]:
        """The documents that count for an account."""
        own = self.own.get(account) if account is not None else None
        return (*self.common, own) if own else self.common

    def cases(self) -> Iterator[Case]:
        """Every ``[[test]]``."""
        for account in (None, *self.own):
            documents = self.common if account is None else (self.own[account],)
            for document in documents:
                for number, table in enumerate(document.table.test):
                    yield Case(table, document.file, number, document.table.language, account)

    def overlaid(self, document: Document) -> Layers:
        """With a document in place of the one of its name, or behind the common ones."""
        name = document.file.name
        kept = tuple(each for each in self.common if each.trusted or each.file.name != name)
        return Layers((*kept, document), self.own, self.words)


def read(
    user_folder: Path | None = None,
    extra: Iterable[TomlFile] = (),
    own: Mapping[int, TomlFile] = MappingProxyType({}),
) -> Layers:
    """Every rule file, each checked by itself.

    Args:
        user_folder: a folder of the user's ``*.toml``, laid over the shipped ones in name order; hidden
            files are an editor's, or a file system's.
        extra: further tables of the same kind (those in config.toml), laid over all others.
        own: tables of single accounts.

    Raises:
        ConfigError: with every problem in every file.
    """
    shipped = shipped_folder()
    paths = [
        (path, f"rules/{path.relative_to(shipped)}")
        for path in sorted(shipped.rglob("*.toml"))
        if path.name != SAID  # read where a person looks at a case, not at every start
    ]
    if not paths:
        raise ConfigError([Problem(str(shipped), None, "", "holds no shipped rules; reinstall")])
    problems: list[Problem] = []
    try:
        paths += [(path, str(path)) for path in _of_user(user_folder)]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problems.append(Problem(str(user_folder), None, "", f"can't be read: {reason}"))
    documents: list[Document] = []
    special: dict[int, Document] = {}
    for path, name in paths:
        try:
            trusted = path.is_relative_to(shipped)
            file = tomlfile.load(path, name, ours=trusted)
            documents.append(document(file, trusted=trusted))
        except ConfigError as error:
            problems += error.problems
    for number, file in (*((None, each) for each in extra), *own.items()):
        try:
            if number is None:
                documents.append(document(file))
            else:
                special[number] = document(file)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Layers(tuple(documents), MappingProxyType(special), Words(shipped))


def _of_user(folder: Path | None) -> list[Path]:
    """The rule files of a folder.

    Raises:
        OSError: it may not be looked into; rglob() would find nothing.
    """
    if folder is None or not folder.is_dir():
        return []
    next(folder.iterdir(), None)
    return [path for path in sorted(folder.rglob("*.toml")) if not path.name.startswith(".")]


def document(file: TomlFile, *, trusted: bool = False) -> Document:
    """A file, checked by itself.

    Raises:
        ConfigError: with every problem in it.
    """
    return Document(file, tomlfile.validate(RuleFile, file), trusted)
