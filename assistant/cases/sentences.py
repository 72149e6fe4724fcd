"""A letter's sentences, put together again where a full stop ended none, and what of each is quoted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from assistant.tone.tokens import Word, sentences

LONGEST_SENTENCE = 300
"""Words of a sentence that are read."""
LONGEST_QUOTE = 280
LONGEST_GREETING = 40
SHORTEST_QUESTION = 3
"""Words; "Why?" alone asks nothing that can be prepared."""
_ENDS = re.compile(r"(?:\s?[€$£¥%])?(?:[)\"”’'»]?[ \u00a0\u202f]?[.!?…]+[)\"”’'»]?)?")
"""What belongs to a sentence behind its last word."""
_ASKS = re.compile(r"\s?[)\"”’'»]?[.!]*\?")


class Sentences:
    """Finds the sentences of one language.

    Args:
        short: words whose full stop ends no sentence.
        months: names of months, as rules see words.
    """

    def __init__(self, short: Iterable[str], months: Iterable[str]) -> None:
        self._short = frozenset(short)
        self._months = frozenset(months)

    def of(self, text: str) -> Iterator[tuple[Word, ...]]:
        """Sentences, put together again where a full stop ended none: "am 12. März", "Mr. Lopez"."""
        kept: tuple[Word, ...] = ()
        for words in sentences(text):
            words = words[:LONGEST_SENTENCE]
            if kept and len(kept) < LONGEST_SENTENCE and self._goes_on(text, kept[-1], words[0]):
                clause = kept[-1].clause
                kept += tuple(each._replace(clause=each.clause + clause) for each in words)
                continue
            if kept:
                yield kept
            kept = words
        if kept:
            yield kept

    def _goes_on(self, text: str, last: Word, first: Word) -> bool:
        gap = text[last.end : first.start]
        if not gap.startswith(".") or gap.strip() != "." or gap.count("\n") > 1:
            return False
        if last.text in self._short:
            return True
        numbered = last.text.isdecimal() and len(last.text) < 3
        return numbered and (first.text in self._months or text[first.start].islower())


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in its letter."""

    text: str
    words: tuple[Word, ...]
    written: date
    letter: int

    @property
    def asks(self) -> bool:
        """Whether it ends with a question mark."""
        end = self.words[-1].end
        long = len(self.words) >= SHORTEST_QUESTION
        return long and _ASKS.match(self.text, end, end + 6) is not None

    def span(self, anchor: Word) -> tuple[int, int]:
        """The sentence with its mark, without a greeting before it; of a long one what follows the anchor."""
        start, end = self.words[0].start, self.words[-1].end
        if mark := _ENDS.match(self.text, end, end + 6):
            end = mark.end()
        if start and self.text[start - 1] in "¿¡":
            start -= 1
        line = self.text.find("\n", start, anchor.start)
        greeting = self.text[start:line].rstrip() if line >= 0 else ""
        if 0 < len(greeting) <= LONGEST_GREETING and greeting[-1] in ",!:":
            start = next(each.start for each in self.words if each.start > line)
        if end - start > LONGEST_QUOTE:
            clause = (each.start for each in self.words if each.clause == anchor.clause)
            start = max(next(clause), anchor.start - LONGEST_QUOTE // 2)
        if end - start > LONGEST_QUOTE:
            cut = start + LONGEST_QUOTE
            end = max((each.end for each in self.words if start < each.end <= cut), default=cut)
        return start, end
