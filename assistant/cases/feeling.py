"""What the client says: the words on which the tone of their unhappy messages rests. Pure (guidance: notice-meant)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.model import Letter
from assistant.tone.tokens import sentences
from assistant.tone.voices import POLARITY, WORDS

LONGEST_AROUND = 200
"""Characters of a sentence that are quoted around what was heard in it."""
BEFORE = 60
"""How many of them stand before it."""
WINDOW = 600
"""Characters on each side in which the sentence is looked for."""
_NOBODYS_WORDS = (WORDS, POLARITY)
"""Hits whose quote is a list of words, not a place in the text."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of the client's that say how they feel, and about what."""

    quote: str
    cue: str
    """Empty where the words name none."""
    tone: str
    letter: int
    at: datetime


def says(letters: Sequence[Letter]) -> tuple[Heard, ...]:
    """The words that weigh most in unhappy messages; each cue once before any comes again."""
    found: list[tuple[int, Heard]] = []
    for number, letter in enumerate(letters, 1):
        found += _heard(letter, number)
    found.sort(key=lambda each: (-each[0], -each[1].letter))
    once: dict[tuple[str, str], Heard] = {}
    for _, each in found:
        once.setdefault(("", each.quote), each)
    first: dict[str, Heard] = {}
    for each in once.values():
        first.setdefault(each.cue, each)
    return (*first.values(), *(each for each in once.values() if each not in first.values()))


def _heard(letter: Letter, number: int) -> Iterator[tuple[int, Heard]]:
    verdict = letter.verdict
    if verdict is None or verdict.tone is None or not letter.entry.inward:
        return
    message = letter.message
    for hit in verdict.hits:
        if hit.points <= 0 or hit.rule in _NOBODYS_WORDS or hit.span[0] >= hit.span[1]:
            continue
        if hit.where not in ("body", "subject"):
            continue
        text = message.own_words if hit.where == "body" else message.subject
        cue = hit.cues[0] if hit.cues else ""
        words = text[slice(*_around(text, hit.span))]
        yield hit.points, Heard(words, cue, verdict.tone.id, number, letter.entry.at)


def _around(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The sentence around what was heard; of a long one the hit with a little around."""
    first = max(0, span[0] - WINDOW)
    for words in sentences(text[first : span[0] + WINDOW]):
        start, end = first + words[0].start, first + words[-1].end
        if not start <= span[0] < end:
            continue
        if end - start <= LONGEST_AROUND:
            return start, max(end, span[1])
        low, high = span[0] - first - BEFORE, span[0] - first + LONGEST_AROUND - BEFORE
        near = [each for each in words if low <= each.start and each.end <= high]
        return (first + near[0].start, first + near[-1].end) if near else (span[0], first + high)
    return span
