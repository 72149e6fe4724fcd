"""All phrases of all rules in one automaton, walked once over the words of a sentence.

Thompson's construction with the empty steps taken out beforehand. Most sentences match nothing,
so a first walk only asks whether anything matches: it remembers which set of states follows which
(a deterministic automaton, built as it is needed). Only then a second walk finds out where each
match begins. Time is bounded by words x states, whatever the text: no backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from assistant.tone.grammar import Alt, Class, Exact, Gap, Node, PhraseError, Seq, Stem, parse
from assistant.tone.tokens import Word, normalise

_Symbol = str  # "unacceptable", "disappoint*" or "<ordinal>"
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")


REMEMBERED = 32_768
"""Steps and words that an automaton keeps in mind; beyond that, the least used are forgotten."""
_BUILT_IN: Mapping[str, tuple[str, ...]] = MappingProxyType({"number": (), "ordinal": ()})
"""Classes that every language has: figures belong to them by themselves."""


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: whose it is, and the half-open range of words it covers."""

    owner: int
    start: int
    end: int


class _Builder:
    """States as they grow; thrown away once the automaton stands."""

    def __init__(self, classes: Mapping[str, tuple[str, ...]]) -> None:
        self.classes = classes
        self.steps: list[dict[_Symbol, list[int]]] = [{}]
        self.wild: list[list[int]] = [[]]
        self.empty: list[list[int]] = [[]]
        self.owners: list[list[int]] = [[]]

    def state(self) -> int:
        for table in (self.wild, self.empty, self.owners):
            table.append([])
        self.steps.append({})
        return len(self.steps) - 1

    def add(self, node: Node, start: int) -> int:
        """Build `node` from state `start`; the state in which it has matched."""
        match node:
            case Exact(word):
                return self._step(start, word)
            case Stem(prefix):
                return self._step(start, f"{prefix}*")
            case Class(name):
                if name not in self.classes:
                    known = ", ".join(sorted(self.classes)) or "none"
                    raise PhraseError(f"no class <{name}> in this language; there are: {known}")
                return self._step(start, f"<{name}>")
            case Gap(longest):
                return self._gap(start, longest)
            case Seq(items):
                for item in items:
                    start = self.add(item, start)
                return start
            case Alt(options):
                end = self.state()
                for option in options:
                    self.empty[self.add(option, start)].append(end)
                return end

    def _step(self, start: int, symbol: _Symbol) -> int:
        target = self.state()
        self.steps[start].setdefault(symbol, []).append(target)
        return target

    def _gap(self, start: int, longest: int) -> int:
        end = self.state()
        self.empty[start].append(end)
        for _ in range(longest):
            step = self.state()
            self.wild[start].append(step)
            self.empty[step].append(end)
            start = step
        return end

    def closure(self, state: int) -> tuple[int, ...]:
        """Every state reached from here without a word."""
        seen = {state}
        todo = [state]
        while todo:
            for target in self.empty[todo.pop()]:
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return tuple(sorted(seen))


def check_phrase(phrase: str, classes: Mapping[str, tuple[str, ...]]) -> None:
    """Raise PhraseError where a phrase can't be read or names an unknown class."""
    _Builder({**_BUILT_IN, **classes}).add(parse(phrase), 0)


def check_entry(entry: str) -> None:
    """Raise PhraseError where an entry of a class is not one word (or ``stem*``)."""
    _entry(entry)


class Automaton:
    """Finds every phrase of every owner. Immutable once built; safe to share between threads.

    Args:
        phrases: pairs of an owner's number and its phrase.
        classes: the words (or ``stem*``) behind each ``<name>``; figures ("3", "3rd") always
            belong to <number> and <ordinal>.

    Raises:
        PhraseError: for a phrase that can't be read or names an unknown class.
    """

    def __init__(
        self, phrases: Iterable[tuple[int, str]], classes: Mapping[str, tuple[str, ...]]
    ) -> None:
        classes = {**_BUILT_IN, **classes}
        builder = _Builder(classes)
        for owner, phrase in phrases:
            begin = builder.state()
            builder.empty[0].append(begin)
            builder.owners[builder.add(parse(phrase), begin)].append(owner)
        closures = [builder.closure(state) for state in range(len(builder.steps))]
        self._steps: list[dict[_Symbol, tuple[int, ...]]] = [{} for _ in closures]
        self._wild: list[tuple[int, ...]] = []
        self._owners = [tuple(owners) for owners in builder.owners]
        for state, targets in enumerate(builder.steps):
            for symbol, reached in targets.items():
                self._steps[state][symbol] = _union(closures, reached)
        for reached in builder.wild:
            self._wild.append(_union(closures, reached))
        self._root = _merge(self._steps[state] for state in closures[0])
        self._symbols = _symbol_table(self._steps, classes)
        self._stem_lengths = tuple(
            sorted({len(key) - 1 for key in self._symbols if key.endswith("*")})
        )

        self._symbols_of = lru_cache(REMEMBERED)(self._look_up)
        self._following = lru_cache(REMEMBERED)(self._step)

    def find(self, words: Sequence[Word]) -> list[Match]:
        """Every match in one sentence, in the order in which they end; one for each owner and end."""
        states: frozenset[int] = frozenset()
        matching = False
        for word in words:
            states, ends = self._following(states, self._symbols_of(word.text))
            matching = matching or ends
        return self._walk(words) if matching else []

    def _step(
        self, states: frozenset[int], symbols: tuple[_Symbol, ...]
    ) -> tuple[frozenset[int], bool]:
        """The states after one more word, and whether a phrase ends with it."""
        following = {target for state in states for target in self._wild[state]}
        for symbol in symbols:
            following.update(self._root.get(symbol, ()))
            for state in states:
                following.update(self._steps[state].get(symbol, ()))
        return frozenset(following), any(self._owners[state] for state in following)

    def _walk(self, words: Sequence[Word]) -> list[Match]:
        """Every match with its beginning: for each state, the earliest word it can go back to."""
        matches: dict[tuple[int, int], Match] = {}
        active: dict[int, int] = {}
        for position, word in enumerate(words):
            symbols = self._symbols_of(word.text)
            following: dict[int, int] = {}
            for state, start in active.items():
                for target in self._wild[state]:
                    _earliest(following, target, start)
                for symbol in symbols:
                    for target in self._steps[state].get(symbol, ()):
                        _earliest(following, target, start)
            for symbol in symbols:
                for target in self._root.get(symbol, ()):
                    _earliest(following, target, position)
            for state, start in following.items():
                for owner in self._owners[state]:
                    known = matches.get((owner, position))
                    if known is None or start < known.start:
                        matches[owner, position] = Match(owner, start, position + 1)
            active = following
        return list(matches.values())

    def _look_up(self, word: str) -> tuple[_Symbol, ...]:
        """What a word stands for in the phrases: usually nothing."""
        found = list(self._symbols.get(word, ()))
        if word.isdigit():
            found.append("<number>")
        elif _ORDINAL.fullmatch(word):
            found.append("<ordinal>")
        for length in self._stem_lengths:
            if length > len(word):
                break
            found.extend(self._symbols.get(f"{word[:length]}*", ()))
        return tuple(found)


def _earliest(states: dict[int, int], state: int, start: int) -> None:
    known = states.get(state)
    if known is None or start < known:
        states[state] = start


def _union(closures: list[tuple[int, ...]], states: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({reached for state in states for reached in closures[state]}))


def _merge(tables: Iterable[Mapping[_Symbol, tuple[int, ...]]]) -> dict[_Symbol, tuple[int, ...]]:
    merged: dict[_Symbol, set[int]] = {}
    for table in tables:
        for symbol, targets in table.items():
            merged.setdefault(symbol, set()).update(targets)
    return {symbol: tuple(sorted(targets)) for symbol, targets in merged.items()}


def _symbol_table(
    steps: Iterable[Mapping[_Symbol, object]], classes: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[_Symbol, ...]]:
    """What a word, or a word's beginning followed by ``*``, stands for in the phrases."""
    table: dict[str, set[_Symbol]] = {}
    for symbol in {symbol for targets in steps for symbol in targets}:
        if symbol.startswith("<"):
            for entry in classes[symbol[1:-1]]:
                table.setdefault(_entry(entry), set()).add(symbol)
        else:
            table.setdefault(symbol, set()).add(symbol)
    return {key: tuple(sorted(symbols)) for key, symbols in table.items()}


def _entry(entry: str) -> str:
    if entry.endswith("*"):
        return entry.casefold()
    words = normalise(entry)
    if len(words) != 1:
        raise PhraseError(f"class entry {entry!r} is more than one word")
    return words[0]
