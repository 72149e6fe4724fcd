"""The shipped rules and the user's -> RuleBook.

One rule for overriding, for everything that has an id: the same ``id`` replaces the given
fields, ``enabled = false`` turns it off, a new ``id`` adds one. Documents are laid over one
another in order: the shipped ones, then the user's, then those of one account. Every mistake in every file is reported at once.

`tables` says what a file may hold, `layers` reads files, `merge` lays them over one another and checks the whole;
`fields` tells which file gave what, `lint` finds what is right and yet makes no sense.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assistant.model import RuleBook
from assistant.rulebook.layers import Case, Layers, document, read
from assistant.rulebook.merge import merge
from assistant.rulebook.tables import Document, RuleFile
from assistant.rulebook.voices import Words, read_words, write_words
from assistant.shipped import folder as shipped_folder
from assistant.tomlfile import TomlFile

__all__ = [
    "Case",
    "Document",
    "Layers",
    "RuleFile",
    "Words",
    "document",
    "load",
    "merge",
    "read",
    "read_words",
    "shipped_folder",
    "write_words",
]


def load(user_folder: Path | None = None, extra: Iterable[TomlFile] = ()) -> RuleBook:
    """The effective rules, but for those of single accounts; arguments as of :func:`read`.

    Raises:
        ConfigError: with every problem in every file.
    """
    return read(user_folder, extra).books()[0]
