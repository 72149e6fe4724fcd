"""Refuses a reply that says what must never be said. Pure. Guidance section 2, and 4 for what follows.

What is required and forbidden is listed by guidance row in rules/<language>/replies.toml, in the
phrase syntax of the rules. The guard reads the shipped wording, the user's, every draft, and
whatever text `assistant reply lint` is given. What is forbidden is so in every kind of draft, but for
what a kind is there to say: that is listed by kind (``may``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.model import Wording
from assistant.reading.language import OTHER, guess
from assistant.reply.lists import NO_CLASSES, Classes, PhraseLists, Said
from assistant.tone.tokens import Word, sentences

FEWEST_WORDS, MOST_WORDS = 40, 110
"""Guidance row reply-short."""
RUN = 6
"""So many words in a row that also stand in the client's message are copied from it."""
CALL_ROW, APOLOGY_ROW = "reply-phone", "reply-apologise"
RESOLUTION_ROW = "reply-no-resolution"
AFTER = {
    "summary": "after-writing", "update": "after-updates", "checkin": "after-checkin", "parting": "after-part",
}  # fmt: skip
"""By kind of what follows a holding reply: the row of which it must hold a phrase."""
TYPED = "typed"
"""In ``may``: the user's own words."""
REGRET = "regret"
"""In `required`: what does for an apology where a lawyer reads along."""
LEGAL = frozenset({"legal-threat", "public-threat"})
"""Cues with which nothing may be quotable as an admission."""
_CAPITALS = re.compile(r"(?<![\w@./-])[^\W\d_]{2,}(?![\w@])")
_ORDINAL = re.compile(r"(?<=\d)\.(?=\s+\w)")
"""The full stop of "14. Januar", which ends no sentence."""
_STRESSED = 4
"""Letters from which a word in capitals is no abbreviation."""
_MISSING = {
    "reply-acknowledge": "nothing in it acknowledges how the client feels",
    APOLOGY_ROW: "no apology; one for the trouble is always due",
    CALL_ROW: "asks for no call",
    "after-writing": "doesn't ask to be told what is wrong or missing",
    "after-updates": "doesn't say that nothing is settled yet",
    "after-checkin": "doesn't ask whether all is as hoped",
    "after-part": "thanks for nothing",
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

    def __init__(self, wording: Wording, classes: Classes = NO_CLASSES) -> None:
        self._language = wording.language
        self._required = PhraseLists(wording.required, classes)
        self._forbidden = PhraseLists(wording.forbidden, classes)
        self._outside = PhraseLists(wording.outside_call, classes)
        self._may = PhraseLists(wording.may, classes)
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
        found = self._whole(text, plain, cues) + self._read(plain)
        found += self._copied(plain, message)
        found += self._foreign(text)
        return _in_order(found)

    def faults_after(self, kind: str, text: str, typed: Iterable[str]) -> tuple[Fault, ...]:
        """Every way in which what follows a holding reply breaks the guidance.

        What the user typed may hold the dates and promises that were agreed (guidance: after-writing), and is
        quoted as it is; remarks on the client, excuses and admissions are refused in it as anywhere.

        Args:
            kind: one of FOLLOW_UPS.
            text: the letter, with blanks where something was filled in.
            typed: what the user typed, and the letter holds.
        """
        found: list[Fault] = []
        if (count := len(text.split())) > MOST_WORDS:
            found.append(Fault("reply-short", f"{count} words beside yours; {MOST_WORDS} will do"))
        if (asked := text.count("?")) > 1:
            found.append(Fault("reply-short", f"{asked} questions; one is enough"))
        found += self._missing(text, {AFTER[kind]})
        found += self._read(text, kind)
        found += self._foreign(text)
        for each in typed:
            found += (
                replace(fault, detail=f"your own words: {fault.detail}", line=0)
                for fault in self.forbids(each, TYPED)
                if fault.row != RESOLUTION_ROW
            )
        return _in_order(found)

    def _whole(self, text: str, plain: str, cues: Collection[str]) -> list[Fault]:
        found: list[Fault] = []
        count = len(text.split())
        if not FEWEST_WORDS <= count <= MOST_WORDS:
            found.append(
                Fault("reply-short", f"{count} words; a reply has {FEWEST_WORDS} to {MOST_WORDS}")
            )
        if (asked := plain.count("?")) > 1:
            found.append(Fault("reply-short", f"{asked} questions; a reply asks one thing, a call"))
        rows = set(self._required.names) - {REGRET, *AFTER.values()}
        found += self._missing(text, rows, regret=bool(LEGAL & set(cues)))
        return found

    def _missing(self, text: str, rows: Collection[str], *, regret: bool = False) -> list[Fault]:
        """Rows of which a text holds no phrase; with `regret`, that will do for an apology."""
        read = sentences(_ORDINAL.sub(" ", text))
        said = {row for words in read for row in self._required.named(words)}
        if regret and REGRET in said:
            said.add(APOLOGY_ROW)
        return [
            Fault(row, _MISSING.get(row, "is missing"))
            for row in self._required.names
            if row in rows and row not in said
        ]

    def _read(self, text: str, kind: str = "") -> list[Fault]:
        return [*self.forbids(text, kind), *_style(text)]

    def _foreign(self, text: str) -> list[Fault]:
        if guess(text) in (None, OTHER, self._language):
            return []
        return [Fault("reply-heard", f"is not in the client's language ({self._language})")]

    def forbids(self, text: str, kind: str = "") -> tuple[Fault, ...]:
        """What no reply may say, however long it is.

        Args:
            kind: of FOLLOW_UPS, or TYPED: what these may say after all is passed over.
        """
        found: list[Said] = []
        for words in sentences(_ORDINAL.sub(" ", text)):
            said = [*self._forbidden.find(words)]
            if CALL_ROW not in self._required.named(words):
                said += self._outside.find(words)
            may = [each for each in self._may.find(words) if each.name == kind]
            found += (
                each
                for each in said
                if not any(one.start <= each.start and each.end <= one.end for one in may)
            )
        return tuple(dict.fromkeys(_says(each, text) for each in found))

    def _copied(self, text: str, message: str) -> list[Fault]:
        theirs = frozenset(_runs(message)) - self._ours
        for words in sentences(text):
            for run, start, end in _placed_runs(words):
                if run in theirs:
                    quote = text[start:end]
                    detail = f'copies the client\'s words: "{quote}"'
                    return [Fault("reply-acknowledge", detail, _line(text, start))]
        return []


def _in_order(found: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.row)))


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


def _says(said: Said, text: str) -> Fault:
    quote = " ".join(text[said.start : said.end].split())
    return Fault(said.name, f'says "{quote}"', _line(text, said.start))


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
