"""Refuses a reply that says what must never be said. Pure. Guidance section 2.

What is forbidden is listed by guidance row in rules/<language>/replies.toml and is written in
the phrase syntax of the rules. The guard reads the shipped wording, the user's, and every draft.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.model import Wording
from assistant.tone.automaton import Automaton
from assistant.tone.tokens import sentences

FEWEST_WORDS, MOST_WORDS = 40, 110
"""Guidance row reply-short."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A guidance row that a text breaks, and how."""

    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.row}: {self.detail}"


class Guard:
    """The rules that one language's replies keep to.

    Raises:
        PhraseError: for a forbidden phrase that can't be read.
    """

    def __init__(self, wording: Wording) -> None:
        rows = tuple(wording.forbidden.items())
        self._rows = tuple(row for row, _ in rows)
        self._automaton = Automaton(
            [(number, phrase) for number, (_, phrases) in enumerate(rows) for phrase in phrases], {}
        )

    def faults(self, text: str) -> tuple[Fault, ...]:
        """Every way in which a reply's text (without signature) breaks the guidance."""
        found: list[Fault] = []
        count = len(text.split())
        if not FEWEST_WORDS <= count <= MOST_WORDS:
            found.append(
                Fault("reply-short", f"{count} words; a reply has {FEWEST_WORDS} to {MOST_WORDS}")
            )
        if (asked := text.count("?")) != 1:
            found.append(Fault("reply-short", f"{asked} questions; a reply asks one thing, a call"))
        return tuple(dict.fromkeys((*found, *self.forbids(text))))

    def forbids(self, text: str) -> tuple[Fault, ...]:
        """What no reply may say, however long it is."""
        found: list[Fault] = []
        for words in sentences(text):
            for match in self._automaton.find(words):
                quote = text[words[match.start].start : words[match.end - 1].end]
                found.append(Fault(self._rows[match.owner], f'says "{quote}"'))
        return tuple(found)
