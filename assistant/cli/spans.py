"""A text cut where hits begin and end, and what of a long one is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.model import Hit, Verdict
from assistant.tone.tokens import sentences
from assistant.tone.voices import READER

LONG = 1_500
"""Characters of a text that is shown whole."""
AROUND = 240
"""Characters before and after a hit that are shown of a longer one: its sentence, and one on each side."""
WIDEST = 600
"""Characters that are shown of one hit."""
NEAR = 60
"""Characters between two shown pieces for which it is not worth leaving them out."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and the hits that cover it; or a number of words that are left out."""

    text: str
    hits: tuple[Hit, ...] = ()
    ending: tuple[Hit, ...] = ()
    """The hits that end with it."""
    left_out: int = 0

    @property
    def rules(self) -> tuple[Hit, ...]:
        """Those of phrases; the reader's covers a whole sentence."""
        return tuple(hit for hit in self.hits if hit.rule != READER)


def placed(verdict: Verdict | None, where: str) -> list[Hit]:
    """The hits with a place in the body or the subject."""
    hits = verdict.hits if verdict else ()
    return [hit for hit in hits if hit.where == where and hit.span[0] < hit.span[1]]


def pieces(text: str, hits: Sequence[Hit], *, whole: bool = False) -> list[Piece]:
    """A text in pieces; of a long one those with hits and a little around.

    Args:
        whole: however long it is.
    """
    if whole or len(text) <= LONG:
        return stretch(text, 0, len(text), hits)
    found: list[Piece] = []
    at = 0
    for start, end in _shown(text, hits):
        found += _gap(text[at:start])
        found += stretch(text, start, end, hits)
        at = end
    return found + _gap(text[at:])


def stretch(text: str, start: int, end: int, hits: Sequence[Hit]) -> list[Piece]:
    """A part of a text in pieces."""
    edges = {start, end}
    for hit in hits:
        edges.update(min(max(edge, start), end) for edge in hit.span)
    return [
        Piece(
            text[first:last],
            tuple(hit for hit in hits if hit.span[0] <= first and last <= hit.span[1]),
            tuple(hit for hit in hits if hit.span[0] < last == min(hit.span[1], end)),
        )
        for first, last in pairwise(sorted(edges))
    ]


def _gap(text: str) -> list[Piece]:
    return [Piece("", left_out=len(text.split()))] if text.strip() else []


def _shown(text: str, hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """What of a long text is shown: ranges in order, apart from one another."""
    read = [(words[0].start, words[-1].end) for words in sentences(text)]
    wanted = [_around(text, read, hit) for hit in hits] or [(0, _before(text, AROUND * 2))]
    shown: list[tuple[int, int]] = []
    for start, end in sorted(wanted):
        if shown and start - shown[-1][1] < NEAR:
            shown[-1] = (shown[-1][0], max(shown[-1][1], end))
        else:
            shown.append((start, end))
    return shown


def _around(text: str, read: Sequence[tuple[int, int]], hit: Hit) -> tuple[int, int]:
    """A hit with its sentence and those beside it, as far as they are not too long."""
    first, last = hit.span[0], min(hit.span[1], hit.span[0] + WIDEST)
    within = [n for n, (start, end) in enumerate(read) if start < last and first < end]
    low, high = (within[0], within[-1]) if within else (0, 0)
    start = read[max(0, low - 1)][0] if low else 0
    end = read[high + 2][0] if high + 2 < len(read) else len(text)
    if start < first - AROUND:
        start = next((n + 1 for n in range(first - AROUND, first) if text[n].isspace()), first)
    if end > last + AROUND:
        end = _before(text, last + AROUND, last)
    return start, end


def _before(text: str, at: int, least: int = 0) -> int:
    """The last end of a word up to a place; the place itself in a text of one huge word."""
    if at >= len(text):
        return len(text)
    return next((n for n in range(at, least, -1) if text[n].isspace()), max(at, least))
