"""What a pass is asked to look at, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from assistant.cases.clocks import BY_EMAIL


@dataclass(frozen=True, slots=True)
class Request:
    """What a pass is to look at: what is new, or also older mail."""

    since: date | None = None
    limit: int | None = None
    retry: bool = False
    """Also try again now what was put off till later: somebody asks for it."""


EVERYTHING_NEW = Request()


@dataclass(frozen=True, slots=True)
class Reminder:
    """A clock of a case that has rung."""

    case: str
    clock: str
    due: datetime
    number: int = 0
    """Of an action."""

    @property
    def told(self) -> str:
        """For people: what, in which case, by when in the user's zone."""
        if self.clock == BY_EMAIL:
            return f"{self.case}: a long answer was sent, and nobody has called yet"
        number = f" {self.number}" if self.number else ""
        return f"{self.clock}{number} of {self.case} by {self.due:%a %d %b %H:%M}"


@dataclass(slots=True)
class Report:
    """What a pass came to."""

    first_start: bool = False
    older: int = 0
    """On a first start: messages that were there before, and are left alone."""
    judged: int = 0
    flagged: int = 0
    drafted: int = 0
    tones: dict[str, int] = field(default_factory=dict)
    """How many messages were flagged with each tone."""
    paused: bool = False
    """Drafting stopped, because too much is flagged or drafted."""
    known: int = 0
    left: int = 0
    """Messages that `limit` left for the next pass."""
    corrected: int = 0
    """Messages of which the user was seen to say something else than we did."""
    taken_back: int = 0
    """Messages of which the user says so no more."""
    reminders: list[Reminder] = field(default_factory=list)
    """What is due in cases, told of for the first time."""
    told: list[str] = field(default_factory=list)
    """What the user was seen to tell of cases by keywords: the case's name, and which."""
    problems: dict[str, int] = field(default_factory=dict)
    """What the user should know, and how often it happened."""
    waits: bool = False
    """Something that was to be done has to wait, or its fate is unknown."""

    @property
    def changed(self) -> bool:
        """Whether a verdict has come or gone, or a case was told something."""
        return bool(self.judged or self.corrected or self.taken_back or self.told)

    @property
    def corrections(self) -> str:
        """What the user was seen to correct, for people; empty where that is nothing."""
        parts = []
        if self.corrected:
            parts.append(f"{self.corrected} correction{'s' * (self.corrected > 1)} noticed")
        if self.taken_back:
            parts.append(f"{self.taken_back} taken back")
        return ", ".join(parts)

    def tell(self, problem: str, *, waits: bool = False) -> None:
        self.problems[problem] = self.problems.get(problem, 0) + 1
        self.waits = self.waits or waits
