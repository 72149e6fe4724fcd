"""What was told of a case, as the lines of a letter; and dates as a language writes them. Pure (guidance: after-writing).

What the user typed stands as it was typed, but in one line each: nothing of it can be taken for more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from string import Template

from assistant.clean import clean_text
from assistant.model import Action, Calling, Case, Doing, LinesWording, Note, TimesWording
from assistant.reply.wording import needed

LONGEST_LINE = 1_000
LONGEST_NAME = 80
MYSELF = frozenset(("me", "i", "myself", "ich", "selbst", "je", "moi", "yo"))
"""How users name themselves; a client reads the name of whoever signs."""
Shown = Callable[[str], str]
"""What becomes of a text that is filled in: itself, or as many blanks."""


def calls(case: Case) -> list[Note]:
    """Every call that was told of, the first one first."""
    return [each for each in case.notes if each.doing is Doing.CALLED]


def notes(case: Case) -> list[str]:
    """What was noted as the last call was told of, a line each. What was noted at another time is the user's own."""
    if not (told := calls(case)):
        return []
    last = told[-1]
    of_call = [
        each
        for each in case.notes
        if each is last or (each.doing is Doing.NOTED and each.at == last.at)
    ]
    lines = (typed(line) for each in of_call for line in each.text.splitlines())
    return [line for line in lines if line]


def actions(case: Case) -> list[Action]:
    """What was agreed, where anything was typed for it."""
    return [each for each in case.progress.actions if typed(each.text)]


def typed(text: str) -> str:
    """What the user typed, in one line, without the full stop that would end our sentence."""
    return clean_text(text, LONGEST_LINE).rstrip(" .,;")


@dataclass(frozen=True, slots=True)
class Lines:
    """How a language writes them, and the user's days."""

    wording: LinesWording
    times: TimesWording
    calling: Calling
    signer: str = ""
    """Who signs the letter."""

    def day(self, moment: datetime) -> date:
        """In the user's zone; where none is set, the machine's own is not asked: UTC."""
        return moment.astimezone(self.calling.zone or UTC).date()

    def date(self, day: date) -> str:
        """A day as the language writes it."""
        return Template(self.wording.date).substitute(
            day=self.times.days[day.weekday()],
            number=self.wording.first if day.day == 1 else day.day,
            month=self.times.months[day.month - 1],
            year=day.year,
        )

    def action(self, action: Action, now: datetime, shown: Shown) -> str:
        """Who does what by when; or when it was done."""
        day, patterns = action.due, self.wording.agreed
        if action.done is not None:
            day, patterns = self.day(action.done), self.wording.done
        elif day is not None and day < self.day(now):
            patterns = self.wording.passed
        owner = clean_text(action.owner, LONGEST_NAME)
        owner = self.signer if self.signer and owner.casefold() in MYSELF else owner
        given = {"text": typed(action.text), "owner": owner, "date": self.date(day) if day else ""}
        return _filled(patterns, {key: shown(value) for key, value in given.items() if value})

    def note(self, text: str, shown: Shown) -> str:
        """A line of :func:`notes`."""
        return _filled(self.wording.note, {"text": shown(text)})


def _filled(patterns: Sequence[str], values: Mapping[str, str]) -> str:
    """The first pattern whose placeholders are all known; the rulebook's loader has seen that there is one."""
    pattern = next(each for each in patterns if needed(each) <= values.keys())
    return Template(pattern).substitute(values)
