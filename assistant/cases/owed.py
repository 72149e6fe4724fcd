"""What the user owes a reader by a day, in the user's own words. Pure (guidance: notice-open).

Stricter than :class:`assistant.cases.said.Listener`, which reads letters that a person looks at anyway: this one
reads all that was sent, and what it finds is put before the user unasked. So only "I will", "you will have" and
their like count, of something done for the reader, with a day that can be nothing else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from assistant.cases.days import Days, Named
from assistant.cases.said import LONGEST, Kind, Said, Sayings
from assistant.cases.sentences import Sentence, Sentences
from assistant.tone.automaton import Automaton, Match
from assistant.tone.tokens import Word

OWED_LISTS = ("owed", "not-owed", "not-promises", "not-days", "apart", "not-due")
"""The lists of phrases that are read here."""
MOST_OWED = 5
"""Things that one letter owes; a longer list is a plan."""
FAR, NEAR, BESIDE = 12, 3, 3
"""Words between what is promised and its day; between a day and what is promised behind it; behind a day that
has a clause to itself."""
REMEMBERED = 256
"""Steps that an automaton keeps in mind: it lives as long as the daemon, and has little to do."""
_MARKS = '"“”„«»'


class Owing:
    """Reads what the user wrote in one language. Immutable.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(self, sayings: Sayings) -> None:
        self._days = Days(sayings.days, sayings.classes, REMEMBERED)
        self._sentences = Sentences(sayings.abbreviations, self._days.months)
        self._automaton = Automaton(
            (
                (number, each)
                for number, name in enumerate(OWED_LISTS)
                for each in sayings.lists.get(name, ())
            ),
            sayings.classes,
            REMEMBERED,
        )

    def hear(self, text: str, written: date) -> tuple[Said, ...]:
        """What a letter of the user's promises by a day that had not passed when it was written.

        Args:
            text: its own words.
            written: the day on which it was written, where its writer was.
        """
        found: list[Said] = []
        text = text[:LONGEST]
        for words in self._sentences.of(text):
            found += self._of_sentence(Sentence(text, _in_clauses(text, words), written, 1))
            if len(found) == MOST_OWED:
                break
        return tuple(found)

    def _of_sentence(self, sentence: Sentence) -> Iterator[Said]:
        """One thing at most."""
        heard: dict[str, list[Match]] = {name: [] for name in OWED_LISTS}
        for match in self._automaton.find(sentence.words):
            heard[OWED_LISTS[match.owner]].append(match)
        if not heard["owed"] or heard["not-owed"] or heard["not-promises"] or heard["not-days"]:
            return
        if sentence.asks:
            return
        days = self._days_of(sentence, heard["not-due"])
        for match in sorted(heard["owed"], key=lambda each: (each.start, each.end)):
            for day, place in days:
                if self._belongs(sentence.words, match, place, heard["apart"]):
                    anchor = sentence.words[match.start]
                    if _quoted(sentence, max(anchor.start, day.start)):
                        return
                    start, end = sentence.span(anchor)
                    quote = sentence.text[start:end]
                    yield Said(Kind.PROMISE, quote, (start, end), 1, day.day, day.inferred)
                    return

    def _days_of(self, sentence: Sentence, spoilt: Sequence[Match]) -> list[tuple[Named, range]]:
        """Days that have not passed, with the words that name them."""
        words = sentence.words
        found = self._days.read(sentence.text, words, sentence.written, forward=True)
        placed = [(each, _place(words, each)) for each in found if each.day >= sentence.written]
        return [
            (day, place)
            for day, place in placed
            if not any(_spoils(each, place) for each in spoilt)
        ]

    def _belongs(
        self, words: Sequence[Word], match: Match, day: range, apart: Sequence[Match]
    ) -> bool:
        """Whether a day is that of a promise: close by, and nothing between them has the day for itself."""
        if day.start >= match.start:
            between = range(match.start + 2, day.start)  # behind "I will", "we are"
            near = day.start - match.end <= FAR and self._in_reach(words, match, day)
        else:
            between = range(day.stop, match.start)
            near = len(between) <= NEAR and self._opens(words, day.start)
        return near and not any(each.start in between for each in apart)

    def _in_reach(self, words: Sequence[Word], match: Match, day: range) -> bool:
        """In the clause of the promise, or in one that says no more than the day."""
        clause = words[day.start].clause
        if clause in (words[match.start].clause, words[match.end - 1].clause):
            return True
        behind = sum(1 for each in words[day.stop :] if each.clause == clause)
        return behind <= BESIDE and self._opens(words, day.start)

    def _opens(self, words: Sequence[Word], first: int) -> bool:
        """Whether a clause begins with a day, or the words that lead up to one."""
        at = first - 1
        while at >= 0 and words[at].clause == words[first].clause:
            if not self._days.leads(words[at].text):
                return False
            at -= 1
        return True


def _in_clauses(text: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The same, where no clause ends within figures: "at 2:30", "1,200"."""
    kept, less = [words[0]], 0
    for before, each in pairwise(words):
        if each.clause != before.clause and text[before.end : each.start] in (":", ","):
            figures = text[before.end - 1].isdecimal() and text[each.start].isdecimal()
            less += (each.clause - before.clause) * figures
        kept.append(each._replace(clause=each.clause - less))
    return tuple(kept)


def _place(words: Sequence[Word], day: Named) -> range:
    """The words that name a day."""
    there = [number for number, each in enumerate(words) if day.start <= each.start < day.end]
    return range(there[0], there[-1] + 1)


def _spoils(match: Match, day: range) -> bool:
    """Whether a phrase ends just before a day, or takes it up."""
    return match.start <= day.start and (match.end == day.start or match.end >= day.stop)


def _quoted(sentence: Sentence, end: int) -> bool:
    """Whether there is a quotation before a place: then somebody else may speak."""
    start = max(0, sentence.words[0].start - 1)
    return any(mark in _MARKS for mark in sentence.text[start:end])
