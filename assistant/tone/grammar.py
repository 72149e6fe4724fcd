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
from dataclasses import dataclass

from assistant.tone.tokens import bare, normalise

DEFAULT_GAP = 3
LONGEST_GAP = 12
LONGEST_PHRASE = 400
DEEPEST = 8

_PIECE = re.compile(
    r"\s*(?:(['’]?\w+(?:['’]\w+)*\*?)|([()\[\]|])|(\.\.\.?\d*|<[\w-]+>|[$^]|\*\w+|\S))"
)
"""A word or stem, a bracket or bar, or something else."""


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


Node = Exact | Stem | Ending | Edge | Class | Gap | Seq | Alt
_Piece = tuple[str, str]


def parse(phrase: str) -> Node:
    """Read one phrase.

    Raises:
        PhraseError: with what is wrong and where.
    """
    if len(phrase) > LONGEST_PHRASE:
        raise PhraseError(f"longer than {LONGEST_PHRASE} characters; split it into two phrases")
    pieces = _pieces(phrase)
    tree, rest = _sequence(pieces, 0, 0)
    if rest != len(pieces):
        raise PhraseError(f"{pieces[rest][1]!r} without its opening bracket")
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


def _pieces(phrase: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    for word, mark, other in _PIECE.findall(phrase):
        if word:
            pieces.append(("stem", word[:-1]) if word[-1] == "*" else ("word", word))
        else:
            pieces.append(("mark", mark) if mark else _other(other))
    return pieces


def _other(piece: str) -> _Piece:
    """What a piece is that is neither word nor bracket."""
    if piece in "$^":
        return "edge", piece
    if len(piece) == 1:
        raise PhraseError(f"{piece!r} has no meaning here; phrases are made of words")
    if piece[0] == "<":
        return "class", piece[1:-1]
    if piece[0] == "*":
        return "ending", piece[1:]
    size = int(piece.lstrip(".") or DEFAULT_GAP)
    if not 1 <= size <= LONGEST_GAP:
        raise PhraseError(f"a gap of {size}; gaps run from 1 to {LONGEST_GAP} words")
    return "gap" if piece.startswith("...") else "clause gap", str(size)


def _sequence(pieces: list[_Piece], at: int, depth: int) -> tuple[Node, int]:
    if depth > DEEPEST:
        raise PhraseError(f"brackets nested deeper than {DEEPEST}")
    items: list[Node] = []
    while at < len(pieces):
        kind, value = pieces[at]
        if kind != "mark":
            at += 1
            items += _leaf(kind, value)
        elif value in "([":
            node, at = _bracket(pieces, at + 1, value, depth)
            items.append(node)
        else:
            break
    return (items[0] if len(items) == 1 else Seq(tuple(items))), at


def _bracket(pieces: list[_Piece], at: int, opening: str, depth: int) -> tuple[Node, int]:
    closing = ")" if opening == "(" else "]"
    options: list[Node] = []
    while True:
        node, at = _sequence(pieces, at, depth + 1)
        options.append(node)
        if at >= len(pieces):
            raise PhraseError(f"{opening!r} is never closed")
        mark = pieces[at][1]
        at += 1
        if mark == closing:
            break
        if mark != "|":
            raise PhraseError(f"{opening!r} is closed by {mark!r}")
    if opening == "[":
        options.append(Seq(()))
    return Alt(tuple(options)), at


def _leaf(kind: str, value: str) -> list[Node]:
    match kind:
        case "word":
            return [Exact(word) for word in normalise(value)]
        case "gap" | "clause gap":
            return [Gap(int(value), in_clause=kind == "clause gap")]
        case "class":
            return [Class(value)]
        case "stem":
            return [Stem(bare(value))]
        case "ending":
            return [Ending(bare(value))]
    return [Edge(value)]
