"""How a message that has just come differs from its writer's last ones: facts for rules. Pure (guidance: notice-early).

The same signs as in `trend`, as far as a few numbers of one person tell them: whoever judges has no time to look at
all of a client's year. With little to compare nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from statistics import median_high, median_low
from typing import NamedTuple

from assistant.cases.history import AT_ONCE, LATELY, USUALLY
from assistant.cases.trend import CHASING, FEW, oftener, times
from assistant.model import Behaviour

SELDOM = 10
"""What happened in more than one of so many is usual enough."""
_WARMTH = {1: "formally", 2: "by first name"}


class Letter(NamedTuple):
    """What is known of one message of somebody's; a tuple, for a few dozen are made whenever somebody writes."""

    at: datetime
    people: Container[str]
    """Hashes of those in To and Cc."""
    warmth: int
    """Of its greeting."""
    begins: bool
    """A thread begins with it."""
    answers: bool
    """It answers somebody else's message: whoever wrote that, this client got it."""
    unhappy: bool = False


@dataclass(frozen=True, slots=True)
class Year:
    """A letter, and those that its writer wrote before, the oldest first."""

    letter: Letter
    before: tuple[Letter, ...]

    @classmethod
    def of(cls, letter: Letter, before: Iterable[Letter]) -> Year:
        """Of messages in any order; what came later, where mail is judged that lay there before, does not count."""
        first = letter.at - LATELY - USUALLY
        known = [each for each in before if first < each.at <= letter.at]
        return cls(letter, tuple(sorted(known, key=attrgetter("at"))))

    @property
    def recent(self) -> list[Letter]:
        """Of the 30 days before."""
        return [each for each in self.before if each.at > self.letter.at - LATELY]


def compared(proved: Behaviour, year: Year, people: Collection[str]) -> Behaviour:
    """The thread's facts, and those of the writer's year; but whether they chase.

    Args:
        people: hashes of those in To and Cc of the letter.
    """
    known, facts, usual = year.before, {}, []
    if len(known) < FEW:
        return proved
    if not proved.heat_before and (unhappy := _unhappy(year)):
        lately, k, n = unhappy
        facts["unhappy_lately"] = lately
        usual.append(("unhappy_lately", f"{k or 'none'} of {n}"))
    strangers = sum(not any(each in one.people for one in known) for each in people)
    if strangers and not proved.new_in_copy:
        facts["never_in_copy"] = strangers
        usual.append(("never_in_copy", f"their last {len(known)} messages"))
    steps, warm = _colder(year)
    if steps:
        facts["less_warm"] = steps
        usual.append(("less_warm", _WARMTH[warm]))
    return replace(proved, **facts, usual=tuple(usual)) if facts else proved


def may_chase(proved: Behaviour, year: Year) -> bool:
    """Whether it is worth while to look for answers: they have written often enough since they had one."""
    if year.letter.answers or proved.unanswered or len(year.before) <= FEW:
        return False
    return _count(in_a_row(year, ())) >= CHASING


def chasing(proved: Behaviour, year: Year, told: Sequence[datetime]) -> Behaviour:
    """The facts, and whether the writer is chasing.

    Args:
        told: when the user wrote to them.
    """
    count = _count(in_a_row(year, told))
    earlier = [_count(each) for each in _runs([*year.before, year.letter], told)[:-1]]
    if count < CHASING or len(earlier) < FEW:
        return proved
    usual = median_high(earlier)
    as_long = sum(each >= count for each in earlier)
    if count < 2 * usual or as_long * SELDOM > len(earlier):
        return proved
    return replace(proved, chasing=count, usual=(*proved.usual, ("chasing", times(usual))))


def in_a_row(year: Year, told: Sequence[datetime]) -> list[Letter]:
    """What they have written in the last 30 days since they had an answer."""
    return _runs([*year.recent, year.letter], told)[-1]


def _runs(letters: Sequence[Letter], told: Sequence[datetime]) -> list[list[Letter]]:
    """What came in a row each time, the oldest first."""
    found = [[letters[0]]]
    for one, other in pairwise(letters):
        if other.answers or any(one.at < each <= other.at for each in told):
            found.append([])
        found[-1].append(other)
    return found


def _count(run: Sequence[Letter]) -> int:
    """How often they wrote; what came within an hour is one."""
    return 1 + sum(other.at - one.at > AT_ONCE for one, other in pairwise(run))


def _unhappy(year: Year) -> tuple[int, int, int] | None:
    """How many of late, how many before, and of how many."""
    recent = year.recent
    older = year.before[: len(year.before) - len(recent)]
    found = oftener(recent, older, lambda each: each.unhappy)
    return (found[0], found[2], found[3]) if found else None


def _colder(year: Year) -> tuple[int, int]:
    """By how many steps, and how warm it usually is."""
    usual = [each.warmth for each in year.before if each.begins]
    if not year.letter.begins or len(usual) < FEW:
        return 0, 0
    as_cold = sum(each <= year.letter.warmth for each in usual)
    warm = median_low(usual)
    return (0, 0) if as_cold * SELDOM > len(usual) else (warm - year.letter.warmth, warm)
