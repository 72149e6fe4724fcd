"""What a letter's own words ask for, promise and name: wishes, questions, promises, days, amounts. Pure.

Guidance: call-wish, call-facts, notice-open. Every quote is verbatim; what a sentence means is told by
each language's phrases (rules/<language>/said.toml), which would rather miss a promise than invent one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assistant.cases.days import Days, DayWords, Named
from assistant.cases.sentences import LONGEST_QUOTE, Sentence, Sentences
from assistant.tone.automaton import Automaton, Match
from assistant.tone.tokens import Word

LISTS = (
    "wishes", "not-wishes", "not-questions", "promises", "promises-with-day", "not-promises", "told", "not-told",
    "not-days",
)  # fmt: skip
"""The lists of phrases of a language."""
LONGEST = 20_000
"""Characters of a letter that are read."""
MOST = 20
"""Things that are taken from one letter."""
_CURRENCY = r"(?:[$€£¥]|(?:USD|EUR|GBP|CHF|CAD|AUD)\b)"
_FIGURE = (
    r"\d{1,3}(?:[.,'’ \u00a0]\d{3}){0,4}(?:[.,]\d{1,2})?(?![\d])|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?:US|A|C)?{_CURRENCY}\s?(?:{_FIGURE})k?"
    rf"|(?:{_FIGURE})(?:,-)?\s?(?:{_CURRENCY}|euros?\b|dollars?\b|pounds\b|quid\b|Euro\b|Franken\b))"
)


class Kind(StrEnum):
    """What a piece of a letter does."""

    WISH = "wish"
    """Its writer wants something."""
    QUESTION = "question"
    PROMISE = "promise"
    """Its writer commits to something."""
    TOLD = "told"
    """A client says what the user promised: their account of it."""
    DATE = "date"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a letter says."""

    kind: Kind
    quote: str
    """Verbatim: ``own_words[span[0]:span[1]]``."""
    span: tuple[int, int]
    letter: int
    """Its number in the thread, from 1."""
    due: date | None = None
    """The day that it is to happen on, or that it names."""
    inferred: bool = False
    """The day was reckoned from the day of writing: "Friday", "in a week"."""


@dataclass(frozen=True, slots=True)
class Sayings:
    """How people of one language ask and promise, and name days."""

    language: str
    lists: Mapping[str, tuple[str, ...]]
    """Phrases in the syntax of rules by their name in :data:`LISTS`."""
    days: DayWords
    classes: Mapping[str, tuple[str, ...]]
    abbreviations: tuple[str, ...] = ()
    """Words whose full stop ends no sentence."""


class Listener:
    """Reads letters in one language. Immutable.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(self, sayings: Sayings) -> None:
        self._days = Days(sayings.days, sayings.classes)
        self._sentences = Sentences(sayings.abbreviations, self._days.months)
        self._automaton = Automaton(
            (
                (number, each)
                for number, name in enumerate(LISTS)
                for each in sayings.lists.get(name, ())
            ),
            sayings.classes,
        )

    def hear(self, text: str, written: date, letter: int, *, inward: bool) -> tuple[Said, ...]:
        """What a letter says, in the order of its words.

        Args:
            text: its own words.
            written: the day on which it was written, where its writer was.
            letter: its number in the thread.
            inward: whether a client wrote it; the user's own is read for what it promises.
        """
        text = text[:LONGEST]
        found: list[Said] = []
        for words in self._sentences.of(text):
            sentence = Sentence(text, words, written, letter)
            found += self._of_sentence(sentence, inward=inward)
            if len(found) >= MOST:
                break
        found += (
            Said(Kind.AMOUNT, each.group(), each.span(), letter) for each in _AMOUNT.finditer(text)
        )
        return tuple(sorted(found, key=lambda each: each.span)[:MOST])

    def day(self, text: str, written: date) -> date | None:
        """The first day that a few words name ("next Tuesday"), looking forward; None where they name none."""
        for words in self._sentences.of(text[:LONGEST_QUOTE]):
            for named in self._days.read(text, words, written, forward=True):
                return named.day
        return None

    def _of_sentence(self, sentence: Sentence, *, inward: bool) -> Iterator[Said]:
        """What one sentence says: one thing, the one that weighs most."""
        heard = self._heard(sentence.words)
        for kind, match in self._meanings(sentence, heard, inward=inward):
            days = self._named(sentence, heard, forward=kind is not Kind.TOLD)
            anchor = sentence.words[match.start]
            if kind is Kind.TOLD:
                days = [each for each in days if _of_promise(each, anchor, sentence.written)]
            day = _nearest(anchor, days)
            if match.owner == LISTS.index("promises-with-day") and not day:
                continue
            yield _said(sentence, kind, anchor, day)
            return
        for day in self._named(sentence, heard, forward=False):
            yield _said(sentence, Kind.DATE, _word_at(sentence.words, day), day)
            return

    def _heard(self, words: Sequence[Word]) -> dict[str, Match]:
        """The first phrase of each list in a sentence."""
        found: dict[str, Match] = {}
        for match in sorted(self._automaton.find(words), key=lambda each: (each.start, each.end)):
            found.setdefault(LISTS[match.owner], match)
        return found

    def _named(
        self, sentence: Sentence, heard: Mapping[str, Match], *, forward: bool
    ) -> list[Named]:
        if "not-days" in heard:
            return []
        return self._days.read(sentence.text, sentence.words, sentence.written, forward=forward)

    def _meanings(
        self, sentence: Sentence, heard: Mapping[str, Match], *, inward: bool
    ) -> Iterator[tuple[Kind, Match]]:
        """What a sentence may be, with the words that say so."""
        if inward and "told" in heard and "not-told" not in heard:
            yield Kind.TOLD, heard["told"]
        if inward and "wishes" in heard and "not-wishes" not in heard:
            yield Kind.WISH, heard["wishes"]
        if sentence.asks:
            if inward and "not-questions" not in heard:
                yield Kind.QUESTION, Match(-1, 0, len(sentence.words))
            return
        if "not-promises" not in heard:
            for name in ("promises", "promises-with-day"):
                if name in heard:
                    yield Kind.PROMISE, heard[name]


def _said(sentence: Sentence, kind: Kind, anchor: Word, day: Named | None) -> Said:
    start, end = sentence.span(anchor)
    due, inferred = (day.day, day.inferred) if day else (None, False)
    return Said(kind, sentence.text[start:end], (start, end), sentence.letter, due, inferred)


def _word_at(words: Sequence[Word], day: Named) -> Word:
    return next((each for each in words if each.end > day.start), words[-1])


def _of_promise(day: Named, told: Word, written: date) -> bool:
    """Whether a client's account names a day as the promised one: what stands before is when it was said,
    and "tomorrow" was counted from there."""
    return day.start >= told.start and (not day.inferred or day.day < written)


def _nearest(word: Word, days: Sequence[Named]) -> Named | None:
    """The first day after a word; else the last before it."""
    after = [each for each in days if each.start >= word.start]
    return after[0] if after else days[-1] if days else None
