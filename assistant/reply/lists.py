"""Named lists of phrases in one automaton: what the guard and the signals of a language look for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from assistant.tone.automaton import Automaton
from assistant.tone.tokens import Word

Classes = Mapping[str, tuple[str, ...]]
NO_CLASSES: Classes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase that was found: of which list, and the half-open range of the text."""

    name: str
    start: int
    end: int


class PhraseLists:
    """Lists of phrases by name, in the syntax of the rules.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]], classes: Classes = NO_CLASSES) -> None:
        self.names = tuple(lists)
        self._automaton = Automaton(
            [(number, each) for number, given in enumerate(lists.values()) for each in given],
            classes,
        )

    def find(self, words: Sequence[Word]) -> Iterator[Said]:
        """The phrases in one sentence."""
        for match in self._automaton.find(words):
            start, end = words[match.start].start, words[match.end - 1].end
            yield Said(self.names[match.owner], start, end)

    def named(self, words: Sequence[Word]) -> frozenset[str]:
        """The lists of which one sentence has a phrase."""
        return frozenset(self.names[owner] for owner in self._automaton.owners(words))
