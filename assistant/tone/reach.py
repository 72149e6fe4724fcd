"""What a phrase can match at all: whether it is met anywhere, and whether an ``unless`` always bars it. Pure.

Decided by examples: the sentences that a phrase stands for are made one after the other until one does. A
gap is tried without words, then with words that are in no rule; a stem and an ending with letters that are in no word. So what
bars such an example bars whatever else it stands for. Where there are too many to try, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from assistant.tone.automaton import Automaton
from assistant.tone.classes import BUILT_IN, entry_symbol, members
from assistant.tone.grammar import (
    Alt,
    Class,
    Edge,
    Ending,
    Exact,
    Gap,
    Node,
    Seq,
    Stem,
    parse,
)
from assistant.tone.tokens import Word, sentences

MOST = 3_000
"""Examples that are tried of one phrase."""
STRANGE = "□"
"""Stands for a word, or letters, that no rule names."""
_SPLIT_OFF = ("'s", "'d")
"""What is left as it is of a contraction; see :mod:`assistant.tone.tokens`."""
_FIGURES: Mapping[str, tuple[str, ...]] = {"number": ("3",), "ordinal": ("3rd",)}

Classes = Mapping[str, tuple[str, ...]]
Example = tuple[str, ...]


def can_match(phrase: str, classes: Classes) -> bool:
    """Whether there is a sentence with this phrase in it; also where that can't be told."""
    every = _of_phrase(phrase, classes)
    return any(map(_possible, islice(every, MOST))) or next(every, None) is not None


def example(phrase: str, classes: Classes) -> str:
    """Words that a phrase matches, as its author would put them; empty where that takes a stem's or a gap's."""
    for each in islice(_of_phrase(phrase, classes), MOST):
        if _possible(each) and STRANGE not in "".join(each):
            return " ".join(word for word in each if word not in ("^", "$"))
    return ""


class Bars:
    """Phrases that take a hit away.

    Raises:
        PhraseError: for one that can't be read.
    """

    def __init__(self, phrases: Iterable[str], classes: Classes) -> None:
        # A comma may stand anywhere, and would keep a gap within its clause.
        self.certain = [each for each in phrases if not _has_clause_gap(parse(each))]
        self._classes = classes
        self._automaton = Automaton(((0, each) for each in self.certain), classes)

    def always_bar(self, phrase: str) -> bool:
        """Whether every sentence with a phrase in it has one of these in it, too."""
        possible = False
        for tried, each in enumerate(_of_phrase(phrase, self._classes)):
            if tried == MOST:
                return False
            if _possible(each):
                possible = True
                if not self._automaton.owners(_sentence(each)):
                    return False
        return possible


def literally(phrase: str, classes: Classes, most: int) -> frozenset[Example]:
    """Everything that a phrase stands for, word by word; empty where that is more than so many."""
    every = _of_phrase(phrase, classes)
    found = frozenset(each for each in islice(every, most) if _possible(each))
    return found if next(every, None) is None else frozenset()


def can_be_met(entry: str) -> bool:
    """Whether a class's entry is a word as sentences are cut into words: "follow-up" is two."""
    if entry.startswith(("<", "*")) or entry.endswith("*"):
        return True
    symbol = entry_symbol(entry)
    return symbol in _SPLIT_OFF or [w.text for each in sentences(entry) for w in each] == [symbol]


def _of_phrase(phrase: str, classes: Classes) -> Iterator[Example]:
    return _examples(parse(phrase), {**BUILT_IN, **classes})


def _examples(node: Node, classes: Classes) -> Iterator[Example]:
    """Word by word what a node stands for, the shortest gaps first; edges stand among the words."""
    match node:
        case Exact(word):
            yield (word,)
        case Edge(mark):
            yield (mark,)
        case Stem(prefix):
            yield (prefix + STRANGE,)
        case Ending(suffix):
            yield (STRANGE + suffix,)
        case Class(name):
            yield from (_of_entry(each) for each in members(name, classes) if can_be_met(each))
            yield from ((each,) for each in _FIGURES.get(name, ()))
        case Gap(longest, _):
            yield from ((STRANGE,) * length for length in range(longest + 1))
        case Alt(options):
            for option in options:
                yield from _examples(option, classes)
        case Seq(items):
            yield from _of_items(items, classes)


def _of_items(items: tuple[Node, ...], classes: Classes) -> Iterator[Example]:
    if not items:
        yield ()
        return
    for first in _examples(items[0], classes):
        for rest in _of_items(items[1:], classes):
            yield (*first, *rest)


def _of_entry(entry: str) -> Example:
    symbol = entry_symbol(entry)
    return (symbol.replace("*", STRANGE),)


def _possible(words: Example) -> bool:
    """Whether edges stand at the edges only, around something, and every word is one that sentences have."""
    inner = words[words[:1] == ("^",) : len(words) - (words[-1:] == ("$",))]
    return bool(inner) and all(
        word not in ("^", "$") and (STRANGE in word or can_be_met(word)) for word in inner
    )


def _sentence(words: Example) -> list[Word]:
    """The example in the middle of a sentence, unless it asks for its edge."""
    before = () if words[:1] == ("^",) else (STRANGE,)
    after = () if words[-1:] == ("$",) else (STRANGE,)
    inner = (word for word in words if word not in ("^", "$"))
    return [Word(word, 0, 0, 0) for word in (*before, *inner, *after)]


def _has_clause_gap(node: Node) -> bool:
    match node:
        case Gap(_, in_clause):
            return in_clause
        case Seq(items):
            return any(map(_has_clause_gap, items))
        case Alt(options):
            return any(map(_has_clause_gap, options))
    return False
