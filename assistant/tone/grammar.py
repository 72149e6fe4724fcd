"""The phrase syntax of rules: text -> a small tree. Documented for users in rules/README.md.

::

    phrase  = item { item }
    item    = word            unacceptable    that word, in any case
            | stem "*"        disappoint*     any word that begins so
            | "*" ending      *ado            any word that ends so
            | "<" name ">"    <ordinal>       any word of that class
            | "..." [digits]  ...5            up to three words, or up to that many
            | ".." [digits]   ..5             the same, but within one clause
            | "^"             ^ still         where a sentence begins
            | "$"             at all $        where a sentence ends
            | "(" a "|" b ")" (waste|waste of) one of these
            | "[" phrase "]"  [so] angry      may be there or not
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from assistant.tone.tokens import bare, normalise

DEFAULT_GAP = 3
LONGEST_GAP = 12
LONGEST_PHRASE = 400
DEEPEST = 8

REMEMBERED = 8_192
"""Words and stems that are read once: phrases repeat them."""

_PIECE = re.compile(r"['’]?\w+(?:['’]\w+)*\*?|[()\[\]|]|\.\.\.?\d*|<[\w-]+>|[$^]|\*\w+|\S")
"""A word or stem, a bracket or bar, or something else."""
_MARKS = frozenset("()[]|")
_CLOSED_BY = MappingProxyType({"(": ")", "[": "]"})


class PhraseError(ValueError):
    """A phrase that can't be read; the message says why, in words for the rule's author."""


@dataclass(frozen=True, slots=True)
class Exact:
    """One word."""

    word: str


@dataclass(frozen=True, slots=True)
class Stem:
    """Any word that begins so."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Any word that ends so."""

    suffix: str


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a sentence begins (``^``) or ends (``$``)."""

    mark: str


@dataclass(frozen=True, slots=True)
class Class:
    """Any word of a named class."""

    name: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Between none and ``longest`` words, whatever they are."""

    longest: int
    in_clause: bool = False
    """Whether it, and the word after it, must stay within the clause."""


@dataclass(frozen=True, slots=True)
class Seq:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of these. An empty sequence among them makes it optional."""

    options: tuple[Node, ...]
    text: str = field(default="", compare=False)
    """As it was written: the same text is the same node, and compared at once."""


Node = Exact | Stem | Ending | Edge | Class | Gap | Seq | Alt


def parse(phrase: str) -> Node:
    """Read one phrase.

    Raises:
        PhraseError: with what is wrong and where.
    """
    if len(phrase) > LONGEST_PHRASE:
        raise PhraseError(f"longer than {LONGEST_PHRASE} characters; split it into two phrases")
    tree = _tree(_PIECE.findall(phrase))
    if can_be_empty(tree):
        raise PhraseError(
            "would match no words at all; give it at least one word that must be there"
        )
    return tree


def can_be_empty(node: Node) -> bool:
    """Whether a node can match without any word."""
    match node:
        case Seq(items):
            return all(map(can_be_empty, items))
        case Alt(options):
            return any(map(can_be_empty, options))
    return isinstance(node, Gap | Edge)


def _tree(pieces: list[str]) -> Node:
    items: list[Node] = []
    options: list[Node] = []
    around: list[tuple[int, list[Node], list[Node]]] = []
    """Of each open bracket: its place, and what stands before it."""
    for at, piece in enumerate(pieces):
        if piece not in _MARKS:
            items += _leaf(piece)
            continue
        if piece in _CLOSED_BY:
            if len(around) == DEEPEST:
                raise PhraseError(f"brackets nested deeper than {DEEPEST}")
            around.append((at, items, options))
            items, options = [], []
            continue
        if not around:
            raise PhraseError(f"{piece!r} without its opening bracket")
        options.append(_in_order(items))
        items = []
        if piece != "|":
            opened, items, before = around.pop()
            items.append(_bracket(pieces[opened : at + 1], options))
            options = before
    if around:
        raise PhraseError(f"{pieces[around[-1][0]]!r} is never closed")
    return _in_order(items)


def _in_order(items: list[Node]) -> Node:
    return items[0] if len(items) == 1 else Seq(tuple(items))


def _bracket(pieces: list[str], options: list[Node]) -> Node:
    opening, closing = pieces[0], pieces[-1]
    if closing != _CLOSED_BY[opening]:
        raise PhraseError(f"{opening!r} is closed by {closing!r}")
    if opening == "[":
        options.append(Seq(()))
    return Alt(tuple(options), " ".join(pieces))


@lru_cache(REMEMBERED)
def _leaf(piece: str) -> tuple[Node, ...]:
    """What a piece other than a bracket or bar stands for; several words for one with an apostrophe.

    Raises:
        PhraseError: for one that has no meaning.
    """
    if piece in "$^":
        return (Edge(piece),)
    if len(piece) == 1 and not piece.isalnum() and piece != "_":
        raise PhraseError(f"{piece!r} has no meaning here; phrases are made of words")
    match piece[0]:
        case "<":
            return (Class(piece[1:-1]),)
        case "*":
            return (Ending(bare(piece[1:])),)
        case ".":
            return (_gap(piece),)
    if piece[-1] == "*":
        return (Stem(bare(piece[:-1])),)
    return tuple(map(Exact, normalise(piece)))


def _gap(piece: str) -> Gap:
    size = int(piece.lstrip(".") or DEFAULT_GAP)
    if not 1 <= size <= LONGEST_GAP:
        raise PhraseError(f"a gap of {size}; gaps run from 1 to {LONGEST_GAP} words")
    return Gap(size, in_clause=not piece.startswith("..."))
