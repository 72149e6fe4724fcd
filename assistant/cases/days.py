"""The days that a sentence names: "by Friday", "12 March", "in two weeks", "2026-03-12". Pure.

Each language's words are data (rules/<language>/said.toml). What could be two days is read as none: "3/4" where
the order is not known, "on Friday" in a sentence that looks neither forward nor back. "Next Friday" is
read as that of next week: the later one accuses nobody of a day that hasn't passed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.tone.automaton import REMEMBERED, Automaton
from assistant.tone.tokens import Word, bare

SPANS = (
    "yesterday", "today", "tomorrow", "after-tomorrow", "this-week", "next-week", "this-month", "next-month", "hours",
    "days", "working-days", "weeks",
)  # fmt: skip
"""What is told by phrases, counted from the day of writing."""
AHEAD, BEHIND = timedelta(days=330), timedelta(days=35)
"""How far from the day of writing a day without its year may be, where the sentence looks forward."""
FARTHEST = 400
"""Days that a promise may lie ahead."""
FIRST, LAST = 1970, 2199
"""Years in which mail is written; others are a header's whim."""
FRIDAY, SUNDAY = 4, 6
_ISO = re.compile(r"(?<![\d.-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_DOTS = re.compile(r"(?<![\d.,])(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}|\d{2}))?(?![\d.,]*\d)")
_SLASHES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?")
_NTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_YEAR = re.compile(r"20\d{2}")


@dataclass(frozen=True, slots=True)
class DayWords:
    """How a language names days."""

    weekdays: tuple[tuple[str, ...], ...]
    """Monday first."""
    months: tuple[tuple[str, ...], ...]
    spans: Mapping[str, tuple[str, ...]]
    """Phrases by their name in :data:`SPANS`."""
    numbers: Mapping[str, int]
    on: tuple[str, ...] = ()
    """Words before a day: "on", "by". A figure like 12.3. without them is no day."""
    by: tuple[str, ...] = ()
    """Those that look forward: "by", "until"."""
    coming: tuple[str, ...] = ()
    """Beside a weekday, that of this week or the next: "this", "coming"."""
    next: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    """Between a number and its month, or before it: "of", "the"."""
    after: tuple[str, ...] = ()
    """What may follow "by the 14th" that it does not count: "at", "please"."""
    day_first: bool = False
    """Whether 3/4 is the third of April; otherwise it may be either."""


@dataclass(frozen=True, slots=True)
class Named:
    """A day that is named, and the half-open range of characters that does so."""

    day: date
    start: int
    end: int
    inferred: bool = False
    """Reckoned from the day of writing; not written out as a day and its month."""
    ahead: bool = False
    """Its words look forward by themselves: "by", "tomorrow"."""


class Days:
    """Reads the days of one language.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(
        self,
        words: DayWords,
        classes: Mapping[str, tuple[str, ...]],
        remembered: int = REMEMBERED,
    ) -> None:
        self._words = words
        lists = [*(words.spans.get(name, ()) for name in SPANS), *words.weekdays, *words.months]
        self._automaton = Automaton(
            ((number, each) for number, phrases in enumerate(lists) for each in phrases),
            classes,
            remembered,
        )
        names = ("on", "by", "coming", "next", "last", "of", "after")
        self._near = {name: frozenset(map(bare, getattr(words, name))) for name in names}
        self._numbers = {bare(name): number for name, number in words.numbers.items()}
        self.months = frozenset(bare(name) for names in words.months for name in names)

    def read(
        self, text: str, words: Sequence[Word], written: date, *, forward: bool = False
    ) -> list[Named]:
        """The days that one sentence names, in their order.

        Args:
            text: the whole text that the words lie in.
            written: when it was written, where its writer was.
            forward: whether the sentence looks forward, as a promise does.
        """
        if not words or not FIRST <= written.year <= LAST:
            return []
        found = [*self._figures(text, words, written), *self._spoken(words, written, forward)]
        found += self._ordinals(words, written)
        found.sort(key=lambda each: (each.start, -each.end))
        kept: list[Named] = []
        for each in found:
            near = abs((each.day - written).days) <= FARTHEST
            if near and (not kept or each.start >= kept[-1].end):
                kept.append(each)
        return kept

    def leads(self, word: str) -> bool:
        """Whether a word leads up to a day: "by", "on", "next", "the"."""
        return any(word in self._near[name] for name in ("on", "by", "coming", "next", "of"))

    def _figures(self, text: str, words: Sequence[Word], written: date) -> Iterator[Named]:
        """Days in figures alone."""
        start, end = words[0].start, min(words[-1].end + 1, len(text))
        starts = {each.start: number for number, each in enumerate(words)}
        for pattern, order in ((_ISO, "ymd"), (_DOTS, "dmy"), (_SLASHES, "")):
            for match in pattern.finditer(text, start, end):
                number = starts.get(match.start())
                before = words[number - 1].text if number else ""
                year, month, day = self._ordered(match.groups(), order)
                announced = before in self._near["on"] or before in self._near["by"]
                if not month or not (year or announced):
                    continue
                ahead = before in self._near["by"]
                if named := _in_year(int(year or 0), int(month), int(day), written, forward=ahead):
                    yield Named(named, *match.span(), ahead=ahead)

    def _ordinals(self, words: Sequence[Word], written: date) -> Iterator[Named]:
        """ "By the 14th": the next one, where nothing is counted by it ("by the 2nd invoice")."""
        for at, word in enumerate(words):
            found = _NTH.fullmatch(word.text)
            before = [each.text for each in words[max(0, at - 2) : at]]
            if not found or before[1:] != ["the"] or before[0] not in self._near["by"]:
                continue
            after = words[at + 1] if at + 1 < len(words) else None
            if after and after.clause == word.clause and after.text not in self._near["after"]:
                continue
            months = (_last_of_month(written, later).replace(day=1) for later in range(3))
            days = (_valid(each.year, each.month, int(found[1])) for each in months)
            if day := next((each for each in days if each and each > written), None):
                yield Named(day, word.start, word.end, inferred=True, ahead=True)

    def _ordered(self, parts: Sequence[str], order: str) -> tuple[str, str, str]:
        """Year (of four figures, or none), month and day; none of them where the order can't be told."""
        if order == "ymd":
            return parts[0], parts[1], parts[2]
        one, other, year = parts
        year = f"20{year}" if year and len(year) == 2 else year or ""
        if order == "dmy" or self._words.day_first or int(one) > 12 or one == other:
            return ("", "", "") if (one, other) == ("24", "7") else (year, other, one)
        return (year, one, other) if int(other) > 12 else ("", "", "")

    def _spoken(self, words: Sequence[Word], written: date, forward: bool) -> Iterator[Named]:
        matches = sorted(self._automaton.find(words), key=lambda each: (each.start, -each.end))
        weeks = {each.start: each.end for each in matches if each.owner == SPANS.index("next-week")}
        for match in matches:
            first, end = match.start, match.end
            before = words[first - 1].text if first else ""
            after = words[end].text if end < len(words) else ""
            ahead = before in self._near["by"]
            if match.owner < len(SPANS):
                name = SPANS[match.owner]
                day = self._counted(name, words[first:end], written)
                ahead = ahead or name != "yesterday"
            elif match.owner < len(SPANS) + 7:
                weekday = match.owner - len(SPANS)
                joined = weeks.get(end) or weeks.get(end + 1)
                if joined:
                    day, end, ahead = _of_next_week(written, weekday), joined, True
                else:
                    ahead = ahead or not {before, after}.isdisjoint(
                        self._near["coming"] | self._near["next"]
                    )
                    day = self._weekday(weekday, before, after, written, ahead or forward)
            else:
                month = match.owner - len(SPANS) - 7 + 1
                day, first, end, ahead = self._of_month(
                    words, first, end, month, written, forward=forward
                )
                if day:
                    yield Named(day, words[first].start, words[end - 1].end, ahead=ahead)
                continue
            if day:
                yield Named(day, words[first].start, words[end - 1].end, inferred=True, ahead=ahead)

    def _weekday(
        self, weekday: int, before: str, after: str, written: date, forward: bool
    ) -> date | None:
        away = (weekday - written.weekday() - 1) % 7 + 1
        beside = {before, after}
        if beside & self._near["last"]:
            return written - timedelta(days=(written.weekday() - weekday - 1) % 7 + 1)
        if beside & self._near["next"]:
            return _of_next_week(written, weekday)
        return written + timedelta(days=away) if forward else None

    def _of_month(
        self, words: Sequence[Word], first: int, end: int, month: int, written: date, *, forward: bool
    ) -> tuple[date | None, int, int, bool]:  # fmt: skip
        """A day with its month, the words that it takes, and whether they look forward."""
        number = first - 1
        while number >= 0 and words[number].text in self._near["of"]:
            number -= 1
        day = self._number(words, number)
        if day:
            first = number
        elif day := self._number(words, end):
            end += 1
        year = int(words[end].text) if end < len(words) and _YEAR.fullmatch(words[end].text) else 0
        at = first - 1
        while at >= 0 and words[at].text in self._near["of"]:
            at -= 1
        ahead = at >= 0 and words[at].text in self._near["by"]
        named = _in_year(year, month, day, written, forward=forward or ahead) if day else None
        return named, first, end + bool(year), ahead

    def _number(self, words: Sequence[Word], at: int) -> int:
        """The day of a month that a word is; 0 for none."""
        if not 0 <= at < len(words):
            return 0
        found = _ORDINAL.fullmatch(words[at].text)
        return int(found[1]) if found else 0

    def _counted(self, name: str, words: Iterable[Word], written: date) -> date | None:
        """A day told by its distance."""
        texts = [each.text for each in words]
        figures = (int(text) for text in texts if text.isdecimal() and len(text) < 4)
        spoken = (self._numbers[text] for text in texts if text in self._numbers)
        number = next(figures, None) or max(spoken, default=1)  # "a couple" is two
        monday = written - timedelta(days=written.weekday())
        match name:
            case "yesterday" | "today" | "tomorrow" | "after-tomorrow":
                return written + timedelta(days=SPANS.index(name) - 1)
            case "this-week":
                return max(written, monday + timedelta(days=FRIDAY))
            case "next-week":
                return monday + timedelta(days=7 + FRIDAY)
            case "this-month":
                return _last_of_month(written, 0)
            case "next-month":
                return _last_of_month(written, 1)
            case "hours":
                return written + timedelta(days=-(-number // 24))
            case "weeks":
                return written + timedelta(days=7 * number)
            case "working-days":
                return _working_days(written, number)
        return written + timedelta(days=number)


def _of_next_week(written: date, weekday: int) -> date:
    return written + timedelta(days=7 - written.weekday() + weekday)


def _last_of_month(day: date, later: int) -> date:
    years, month = divmod(day.month - 1 + later, 12)
    year = day.year + years
    return date(year, month + 1, monthrange(year, month + 1)[1])


def _working_days(day: date, number: int) -> date:
    """So many days from Monday to Friday later."""
    for _ in range(min(number, FARTHEST)):
        day += timedelta(days=1 if day.weekday() < FRIDAY else SUNDAY + 1 - day.weekday())
    return day


def _in_year(year: int, month: int, day: int, written: date, *, forward: bool) -> date | None:
    """A day of a year; without one (0), the likeliest."""
    years = [year] if year else [written.year - 1, written.year, written.year + 1]
    possible = [each for each in (_valid(one, month, day) for one in years) if each]
    if year:
        return possible[0] if possible else None
    if forward:
        possible = [each for each in possible if -BEHIND <= each - written <= AHEAD]
    return min(possible, key=lambda each: abs(each - written), default=None)


def _valid(year: int, month: int, day: int) -> date | None:
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return None
    return date(year, month, day)
