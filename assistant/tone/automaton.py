"""All phrases of all rules in one automaton, walked once over the words of a sentence.

Thompson's construction with the empty steps taken out beforehand. Most sentences match nothing,
so a first walk only asks whether anything matches: it remembers which set of states follows which
(a deterministic automaton, built as it is needed). Only then a second walk finds out where each
match begins. Time is bounded by words x states, whatever the text: no backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.tone.classes import BUILT_IN, entry_symbol, members, no_class
from assistant.tone.grammar import (
    Alt,
    Class,
    Edge,
    Ending,
    Exact,
    Gap,
    Node,
    PhraseError,
    Seq,
    Stem,
    parse,
)
from assistant.tone.tokens import Word

_Symbol = str  # "unacceptable", "disappoint*", "*ado", "<ordinal>", "^" or "$"
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")

REMEMBERED = 32_768
"""Steps and words that an automaton keeps in mind; beyond that, the least used are forgotten."""


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: whose it is, and the half-open range of words it covers."""

    owner: int
    start: int
    end: int


class _Builder:
    """States as they grow; thrown away once the automaton stands. What a state hasn't got isn't noted."""

    def __init__(self, classes: Mapping[str, tuple[str, ...]]) -> None:
        self.classes = classes
        self.states = 1
        self.steps: dict[_Symbol, dict[int, tuple[int, ...]]] = {}
        """Where each symbol leads, by the state that it leads on from."""
        self.wild: dict[int, tuple[int]] = {}
        """Where any word leads."""
        self.empty: dict[int, list[int]] = {}
        self.owners: dict[int, list[int]] = {}
        self.bound: set[int] = set()
        """States within a gap that may not leave its clause."""
        self._made: dict[tuple[int, Node | _Symbol], int] = {}

    def state(self) -> int:
        self.states += 1
        return self.states - 1

    def add(self, node: Node, start: int) -> int:
        """Build `node` from state `start`; the state in which it has matched.

        What phrases begin with alike is built once: no other way leads into the state that is returned.
        """
        if isinstance(node, Seq):
            for item in node.items:
                start = self.add(item, start)
            return start
        symbol = self._symbol(node)
        text = node.text if isinstance(node, Alt) else ""
        key = start, symbol or text or node  # text is found again in a tenth of the time
        end = self._made.get(key)
        if end is None:
            end = self._made[key] = self._build(node, symbol, start)
        return end

    def _build(self, node: Node, symbol: _Symbol, start: int) -> int:
        if isinstance(node, Gap):
            return self._gap(start, node.longest, in_clause=node.in_clause)
        end = self.state()
        if symbol:
            self._lead(symbol, start, end)
        elif isinstance(node, Alt):
            for option in node.options:
                self._join(option, start, end)
        return end

    def _join(self, node: Node, start: int, end: int) -> None:
        """Build `node` from one state to another."""
        if isinstance(node, Seq) and node.items:
            *first, node = node.items
            for item in first:
                start = self.add(item, start)
        symbol = self._symbol(node)
        if symbol:
            self._lead(symbol, start, end)
        else:
            self._skip(self.add(node, start), end)

    def _lead(self, symbol: _Symbol, start: int, end: int) -> None:
        """Lead from one state to another by a word."""
        leading = self.steps.setdefault(symbol, {})
        leading[start] = (*leading.get(start, ()), end)

    def _skip(self, start: int, end: int) -> None:
        """Lead from one state to another without a word."""
        self.empty.setdefault(start, []).append(end)

    def _symbol(self, node: Node) -> _Symbol:
        """What one word has to be; empty for a node of none or many."""
        match node:
            case Exact(word):
                return word
            case Stem(prefix):
                return f"{prefix}*"
            case Ending(suffix):
                return f"*{suffix}"
            case Edge(mark):
                return mark
            case Class(name):
                if name not in self.classes:
                    raise PhraseError(no_class(name, self.classes))
                return f"<{name}>"
        return ""

    def _gap(self, start: int, longest: int, *, in_clause: bool) -> int:
        begin, end = self.state(), self.state()
        self._skip(start, begin)
        self._skip(begin, end)
        states = [begin, end]
        for _ in range(longest):
            step = self.state()
            self.wild[begin] = (step,)
            self._skip(step, end)
            states.append(step)
            begin = step
        if in_clause:
            self.bound.update(states)
        return end

    def closure(self, states: Sequence[int]) -> tuple[int, ...]:
        """These states, and every one reached from them without a word."""
        todo = list(states)
        seen = set(todo)
        while todo:
            for target in self.empty.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return tuple(sorted(seen))

    def closed(self, leading: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
        """The same steps, with what is then reached without a word: few states have such a way."""
        ends_here = self.empty.keys().isdisjoint
        return {
            state: reached if ends_here(reached) else self.closure(reached)
            for state, reached in leading.items()
        }


def check_phrase(phrase: str, classes: Mapping[str, tuple[str, ...]]) -> None:
    """Raise PhraseError where a phrase can't be read or names an unknown class."""
    _Builder({**BUILT_IN, **classes}).add(parse(phrase), 0)


class Automaton:
    """Finds every phrase of every owner. Immutable once built; safe to share between threads.

    Args:
        phrases: pairs of an owner's number and its phrase.
        classes: the words (or ``stem*``) behind each ``<name>``; figures ("3", "3rd") always
            belong to <number> and <ordinal>.
        remembered: steps and words that are kept in mind.

    Raises:
        PhraseError: for a phrase that can't be read or names an unknown class.
    """

    def __init__(
        self,
        phrases: Iterable[tuple[int, str]],
        classes: Mapping[str, tuple[str, ...]],
        remembered: int = REMEMBERED,
    ) -> None:
        classes = {**BUILT_IN, **classes}
        builder = _Builder(classes)
        ends: dict[str, int] = {}
        for owner, phrase in phrases:
            if phrase not in ends:
                ends[phrase] = builder.add(parse(phrase), 0)
            builder.owners.setdefault(ends[phrase], []).append(owner)
        self._owners = builder.owners
        # By what can happen in a state, so that a step looks at few of the states that it comes from.
        self._steps = {symbol: builder.closed(each) for symbol, each in builder.steps.items()}
        self._wild = builder.closed(builder.wild)
        self._root = _from_any(self._steps, builder.closure([0]))
        self._symbols = _symbol_table(self._steps, classes)
        self._stem_lengths = _lengths(key for key in self._symbols if key.endswith("*"))
        self._ending_lengths = _lengths(key for key in self._symbols if key.startswith("*"))
        self._bound = frozenset(builder.bound)
        self._edges = not {"^", "$"}.isdisjoint(self._symbols)
        self._symbols_of = lru_cache(remembered)(self._look_up)
        self._following = lru_cache(remembered)(self._step)

    def owners(self, words: Sequence[Word]) -> set[int]:
        """Whose phrases are in a sentence, wherever. Fast: a step a word, most of them remembered."""
        states: frozenset[int] = frozenset()
        found: set[int] = set()
        for symbols, breaks in self._read(words):
            states, ending = self._following(states, symbols, breaks)
            found.update(ending)
        return found

    def find(self, words: Sequence[Word]) -> list[Match]:
        """Every match in one sentence, in the order in which they end; one for each owner and end."""
        return self._walk(words) if self.owners(words) else []

    def _read(self, words: Sequence[Word]) -> Iterator[tuple[tuple[_Symbol, ...], bool]]:
        """What each word of a sentence stands for, its edges too, and whether a clause ends before it."""
        if self._edges:
            yield ("^",), False
        clause = 0
        for word in words:
            yield self._symbols_of(word.text), word.clause != clause
            clause = word.clause
        if self._edges:
            yield ("$",), False

    def _step(
        self, states: frozenset[int], symbols: tuple[_Symbol, ...], breaks: bool
    ) -> tuple[frozenset[int], tuple[int, ...]]:
        """The states after one more word, and the owners of the phrases that end with it."""
        if breaks:
            states -= self._bound
        following = {target for state in states & self._wild.keys() for target in self._wild[state]}
        for symbol in symbols:
            following.update(self._root.get(symbol, ()))
            leading = self._steps.get(symbol, {})
            for state in states & leading.keys():
                following.update(leading[state])
        ending = {
            owner for state in following & self._owners.keys() for owner in self._owners[state]
        }
        return frozenset(following), tuple(sorted(ending))

    def _walk(self, words: Sequence[Word]) -> list[Match]:
        """Every match with its beginning: for each state, the earliest word it can go back to."""
        matches: dict[tuple[int, int], Match] = {}
        active: dict[int, int] = {}
        first = -1 if self._edges else 0
        for position, (symbols, breaks) in enumerate(self._read(words), first):
            following: dict[int, int] = {}
            for state, start in active.items():
                if breaks and state in self._bound:
                    continue
                for target in self._wild.get(state, ()):
                    _earliest(following, target, start)
                for symbol in symbols:
                    for target in self._steps.get(symbol, {}).get(state, ()):
                        _earliest(following, target, start)
            for symbol in symbols:
                for target in self._root.get(symbol, ()):
                    _earliest(following, target, max(0, position))
            for state, start in following.items():
                for owner in self._owners.get(state, ()):
                    known = matches.get((owner, position))
                    if known is None or start < known.start:
                        matches[owner, position] = Match(
                            owner, start, min(position + 1, len(words))
                        )
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
        for length in self._ending_lengths:
            if length > len(word):
                break
            found.extend(self._symbols.get(f"*{word[-length:]}", ()))
        return tuple(dict.fromkeys(found))


def _lengths(patterns: Iterable[str]) -> tuple[int, ...]:
    """How long the beginnings or endings of words are, without their star."""
    return tuple(sorted({len(pattern) - 1 for pattern in patterns}))


def _earliest(states: dict[int, int], state: int, start: int) -> None:
    known = states.get(state)
    if known is None or start < known:
        states[state] = start


def _from_any(
    steps: Mapping[_Symbol, Mapping[int, tuple[int, ...]]], states: Iterable[int]
) -> dict[_Symbol, tuple[int, ...]]:
    """Where each symbol leads from any of these states."""
    found: dict[_Symbol, set[int]] = {}
    for symbol, leading in steps.items():
        for state in leading.keys() & states:
            found.setdefault(symbol, set()).update(leading[state])
    return {symbol: tuple(sorted(targets)) for symbol, targets in found.items()}


def _symbol_table(
    symbols: Iterable[_Symbol], classes: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[_Symbol, ...]]:
    """What a word, or a word's beginning followed by ``*``, stands for in the phrases."""
    table: dict[str, set[_Symbol]] = {}
    for symbol in symbols:
        if symbol.startswith("<"):
            for entry in members(symbol[1:-1], classes):
                table.setdefault(entry_symbol(entry), set()).add(symbol)
        else:
            table.setdefault(symbol, set()).add(symbol)
    return {key: tuple(sorted(symbols)) for key, symbols in table.items()}
