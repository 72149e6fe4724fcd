"""Classes of words: what stands behind each ``<name>`` in a phrase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from assistant.tone.grammar import PhraseError
from assistant.tone.tokens import bare, normalise

BUILT_IN: Mapping[str, tuple[str, ...]] = MappingProxyType({"number": (), "ordinal": ()})
"""Classes that every language has: figures belong to them by themselves."""


def check_class(name: str, classes: Mapping[str, tuple[str, ...]]) -> None:
    """Raise PhraseError where an entry of a class is no word, no ``stem*``, ``*ending`` or class."""
    for entry in members(name, {**BUILT_IN, **classes}):
        entry_symbol(entry)


def members(name: str, classes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The words of a class, those of the classes in it among them.

    Raises:
        PhraseError: for a class that is in itself, or that is not there.
    """
    return tuple(_members(name, classes, ()))


def _members(
    name: str, classes: Mapping[str, tuple[str, ...]], within: tuple[str, ...]
) -> Iterator[str]:
    if name in within:
        raise PhraseError(f"class <{name}> is in itself: {' in '.join((*within, name)[::-1])}")
    if name not in classes:
        raise PhraseError(no_class(name, classes))
    for entry in classes[name]:
        if entry.startswith("<") and entry.endswith(">"):
            yield from _members(entry[1:-1], classes, (*within, name))
        else:
            yield entry


def no_class(name: str, classes: Iterable[str]) -> str:
    """What to say about a class that is not there."""
    return f"no class <{name}> in this language; there are: {', '.join(sorted(classes)) or 'none'}"


def entry_symbol(entry: str) -> str:
    """A class's entry as the automaton looks it up: a word, ``stem*`` or ``*ending``."""
    if entry.endswith("*") or entry.startswith("*"):
        return bare(entry)
    words = normalise(entry)
    if len(words) != 1 or len(entry.split()) != 1:
        raise PhraseError(f"class entry {entry!r} is more than one word")
    return words[0]
