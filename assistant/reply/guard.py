"""Refuses a reply that says what must never be said. Pure. Guidance section 2.

What is required and forbidden is listed by guidance row in rules/<language>/replies.toml, in the
phrase syntax of the rules. The guard reads the shipped wording, the user's, every draft, and
whatever text `assistant reply lint` is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from assistant.model import Wording
from assistant.reading.language import OTHER, guess
from assistant.tone.automaton import Automaton
from assistant.tone.tokens import Word, sentences

FEWEST_WORDS, MOST_WORDS = 40, 110
"""Guidance row reply-short."""
RUN = 6
"""So many words in a row that also stand in the client's message are copied from it."""
CALL_ROW, APOLOGY_ROW = "reply-phone", "reply-apologise"
REGRET = "regret"
"""In `required`: what does for an apology where a lawyer reads along."""
LEGAL = frozenset({"legal-threat", "public-threat"})
"""Cues with which nothing may be quotable as an admission."""
_NO_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_CAPITALS = re.compile(r"(?<![\w@./-])[^\W\d_]{2,}(?![\w@])")
_ORDINAL = re.compile(r"(?<=\d)\.(?=\s+\w)")
"""The full stop of "14. Januar", which ends no sentence."""
_STRESSED = 4
"""Letters from which a word in capitals is no abbreviation."""
_MISSING = {
    "reply-acknowledge": "nothing in it acknowledges how the client feels",
    APOLOGY_ROW: "no apology; one for the trouble is always due",
    CALL_ROW: "asks for no call",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A guidance row that a text breaks, and how."""

    row: str
    detail: str
    line: int = 0
    """Counted from 1; 0 where it is about the whole."""

    def __str__(self) -> str:
        return f"{self.row}: {self.detail}"


class Guard:
    """The rules that one language's replies keep to.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(
        self, wording: Wording, classes: Mapping[str, tuple[str, ...]] = _NO_CLASSES
    ) -> None:
        self._language = wording.language
        self._required = tuple(wording.required)
        self._forbidden = _Rows(wording.forbidden, classes)
        self._outside = _Rows(wording.outside_call, classes)
        self._needed = _Rows(wording.required, classes)
        # What the wording itself says is nobody's but ours, even if a client says it too.
        every = (*wording.parts.values(), *wording.formal.values(), *wording.informal.values())
        self._ours = frozenset(
            run
            for given in every
            for variants in given.values()
            for text in variants
            for run in _runs(text)
        )

    def faults(
        self,
        text: str,
        *,
        cues: Collection[str] = (),
        message: str = "",
        known: Iterable[str] = (),
    ) -> tuple[Fault, ...]:
        """Every way in which a reply's text breaks the guidance, in the order of its lines.

        Args:
            text: the reply, without signature and quoted mail.
            cues: of the message that it answers; legal-threat and public-threat want regret, no more.
            message: the client's own words, from which nothing is to be copied.
            known: the client's name and the matter, which may be.
        """
        plain = text
        for each in sorted(filter(None, known), key=len, reverse=True):
            plain = plain.replace(each, " " * len(each))
        found = [*self._whole(text, plain, cues), *self.forbids(plain), *_style(plain)]
        found += self._copied(plain, message)
        if guess(text) not in (None, OTHER, self._language):
            found.append(
                Fault("reply-heard", f"is not in the client's language ({self._language})")
            )
        return tuple(sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.row)))

    def _whole(self, text: str, plain: str, cues: Collection[str]) -> list[Fault]:
        found: list[Fault] = []
        count = len(text.split())
        if not FEWEST_WORDS <= count <= MOST_WORDS:
            found.append(
                Fault("reply-short", f"{count} words; a reply has {FEWEST_WORDS} to {MOST_WORDS}")
            )
        if (asked := plain.count("?")) > 1:
            found.append(Fault("reply-short", f"{asked} questions; a reply asks one thing, a call"))
        said = {row for row, _, _ in self._needed.find(_ORDINAL.sub(" ", text))}
        if LEGAL & set(cues) and REGRET in said:
            said.add(APOLOGY_ROW)
        found += [
            Fault(row, _MISSING.get(row, "is missing"))
            for row in self._required
            if row != REGRET and row not in said
        ]
        return found

    def forbids(self, text: str) -> tuple[Fault, ...]:
        """What no reply may say, however long it is."""
        text = _ORDINAL.sub(" ", text)
        found = [_said(row, quote, text, at) for row, quote, at in self._forbidden.find(text)]
        for words in sentences(text):
            start, end = words[0].start, words[-1].end
            about = {row for row, _, _ in self._needed.find(text[start:end])}
            if CALL_ROW not in about:
                found += [
                    _said(row, quote, text, start + at)
                    for row, quote, at in self._outside.find(text[start:end])
                ]
        return tuple(dict.fromkeys(found))

    def _copied(self, text: str, message: str) -> list[Fault]:
        theirs = frozenset(_runs(message)) - self._ours
        for words in sentences(text):
            for run, start, end in _placed_runs(words):
                if run in theirs:
                    quote = text[start:end]
                    detail = f'copies the client\'s words: "{quote}"'
                    return [Fault("reply-acknowledge", detail, _line(text, start))]
        return []


class _Rows:
    """Phrases by guidance row, in one automaton."""

    def __init__(
        self, phrases: Mapping[str, Sequence[str]], classes: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._names = tuple(phrases)
        numbered = enumerate(phrases.values())
        self._automaton = Automaton(
            [(number, phrase) for number, given in numbered for phrase in given], classes
        )

    def find(self, text: str) -> list[tuple[str, str, int]]:
        """Row, words and place of each phrase found."""
        found: list[tuple[str, str, int]] = []
        for words in sentences(text):
            for match in self._automaton.find(words):
                start = words[match.start].start
                quote = text[start : words[match.end - 1].end]
                found.append((self._names[match.owner], quote, start))
        return found


def _style(text: str) -> list[Fault]:
    """Exclamation marks and shouting (guidance: reply-calm)."""
    found = [
        Fault("reply-calm", "an exclamation mark", _line(text, each.start()))
        for each in re.finditer(r"[!¡]+", text)
    ]
    shouted: list[re.Match[str]] = []
    for each in _CAPITALS.finditer(text):
        if not each.group().isupper():
            continue
        near = shouted and text[shouted[-1].end() : each.start()].isspace()
        if len(each.group()) >= _STRESSED or near:
            detail = f'shouts "{each.group()}"'
            found.append(Fault("reply-calm", detail, _line(text, each.start())))
        shouted.append(each)
    return found


def _said(row: str, quote: str, text: str, at: int) -> Fault:
    return Fault(row, f'says "{" ".join(quote.split())}"', _line(text, at))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    for words in sentences(text):
        for run, _, _ in _placed_runs(words):
            yield run


def _placed_runs(words: Sequence[Word]) -> Iterable[tuple[tuple[str, ...], int, int]]:
    for at in range(len(words) - RUN + 1):
        run = words[at : at + RUN]
        yield tuple(word.text for word in run), run[0].start, run[-1].end
