"""The keywords of the user's rules, and those that tell cases something, with a word and a colour for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.clean import clean_text
from assistant.model import CASE_KEYWORDS, RuleBook

LONGEST_WORD = 30
OF_CASE = -1
"""The heat of what is no tone: how far a case has come, which the user says with it."""
_COLOURS = {
    OF_CASE: ("#2b8a3e", "green"),
    0: ("#9b4dca", "brightmagenta"),
    1: ("#008a9e", "cyan"),
    2: ("#2f74d0", "blue"),
    3: ("#b86e00", "yellow"),
    4: ("#e0312f", "red"),
    5: ("#d81b60", "brightred"),
}
"""By heat: on a screen, 3.5 to 5 times as light or dark as white and dark grey (WCAG 2 contrast); and on a terminal."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A keyword, and how it is shown."""

    keyword: str
    """As :mod:`assistant.rulebook` lets it through: A-Z a-z 0-9 _ . - and no more."""
    word: str
    """Letters, digits, spaces, ``_ . - :``: safe in every file and on every terminal."""
    heat: int
    """1 to 5; 0 for what must be looked at first, :data:`OF_CASE` for what tells a case something."""

    @property
    def colour(self) -> str:
        """``#rrggbb``."""
        return _COLOURS[self.heat][0]

    @property
    def terminal_colour(self) -> str:
        """A colour's name, as terminal programs know it."""
        return _COLOURS[self.heat][1]


def tags(book: RuleBook) -> tuple[Tag, ...]:
    """What to look at first, the tones, the hottest first, and what tells cases something, how far they have come last.

    Each keyword once, whatever its case.
    """
    found = [Tag(book.attention, "look first", 0)] if book.attention else []
    found += [
        Tag(tone.keyword, _word(tone.id) or tone.keyword, tone.heat)
        for tone in reversed(book.tones)
    ]
    found += [Tag(each, each.replace("-", ": "), OF_CASE) for each in CASE_KEYWORDS]
    once: dict[str, Tag] = {}
    for each in found:
        once.setdefault(each.keyword.lower(), each)
    return tuple(once.values())


def _word(tone_id: str) -> str:
    """A tone's id is any text; of a rule file from elsewhere, it may be an attack on a settings file."""
    return clean_text(re.sub(r"[^\w .-]", " ", tone_id), LONGEST_WORD).rstrip("…")
