"""One page for a morning: whom to call first and why, what is due, which drafts wait. Pure.

(guidance: notice-fast, notice-open, reply-phone, after-act, after-updates.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.cases import office
from assistant.cases.clocks import ACTION, ANSWER, CALL, UPDATE
from assistant.cases.trend import Sign
from assistant.model import Calling, Case, Client, Clock, Stage

TONES = ("concerned", "disappointed", "frustrated", "angry", "hostile")
"""What heat is called, from 1 to 5."""
THREATS = {"legal-threat": "threatens with the law", "public-threat": "threatens to go public"}
SOON = timedelta(days=3)
"""How far ahead promises in cases are told: a Friday tells of Monday's."""
PASSED = timedelta(days=14)
"""For how long a promise in a thread that is no case is told of: later nobody waits for it any more."""
MOST_OWING = 10
"""Letters that are fetched because they promise something, in one account."""
MOST_DAYS, MOST_MESSAGES = 5, 3
"""Beyond these, waiting and chasing count no more."""
_POINTS = {ANSWER: 4, CALL: 3}
"""Of the clocks that have run out."""
_BEFORE_CALL = (Stage.WAITING, Stage.ANSWERED, Stage.CALL_DUE)


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that the user wrote to a client, with a date."""

    case: str
    """The key of the case; empty where the thread is none."""
    quote: str
    """The user's own words."""
    due: date
    client: Client | None = None
    """Whom it was made to, where the thread is no case."""
    written: date | None = None
    """When, where the thread is no case."""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """A client who is not as usual."""

    client: Client
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """A draft of ours that waits in Drafts."""

    case: str
    kind: str
    """``holding``, or one of :data:`assistant.model.case.FOLLOW_UPS`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to call, and why now."""

    case: Case
    why: tuple[str, ...]
    points: int
    """Who has more is called first."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due today, or was."""

    case: Case
    clock: Clock
    what: str

    def late(self, now: datetime) -> bool:
        return self.clock.due <= now


@dataclass(frozen=True, slots=True)
class Today:
    """All of it, the most urgent first; what is shown is cut to a page elsewhere."""

    now: datetime
    """In the user's zone."""
    calls: tuple[Call, ...] = ()
    due: tuple[Due, ...] = ()
    drafts: tuple[tuple[Case, Laid], ...] = ()
    promises: tuple[tuple[Client | None, Promise], ...] = ()
    """Those nearest to today first: what can still be kept, or raised before anybody asks."""
    more_promises: int = 0
    """Letters that were not fetched, for there are so many."""
    risks: tuple[Risk, ...] = ()


def today(
    cases: Iterable[Case],
    promises: Iterable[Promise],
    risks: Iterable[Risk],
    now: datetime,
    drafts: Iterable[Laid] = (),
    more_promises: int = 0,
) -> Today:
    """What a morning brings.

    The order in which things are given does not matter.

    Args:
        promises: of the user's, in threads where nobody has written since; those of no case as they are.
        now: in the user's zone; days are that zone's.
    """
    cases = sorted((each for each in cases if each.progress.open), key=lambda case: case.key)
    by_key = {each.key: each for each in cases}
    risks = sorted(
        (each for each in risks if each.signs), key=lambda risk: (-len(risk.signs), risk.client.key)
    )
    signs = {each.client.key: each.signs for each in risks}
    calls = sorted(
        (_call(each, signs.get(each.client.key, ()), now) for each in cases if _is_to_call(each)),
        key=lambda call: (-call.points, _waits_since(call.case), call.case.key),
    )
    called = {each.case.client.key for each in calls}
    due = [each for case in cases for each in _due(case, now)]
    soon = sorted(
        (each for each in promises if not each.case or each.due <= now.date() + SOON),
        key=lambda each: (away(each.due, now.date()), each.due, each.case, each.quote),
    )
    laid = sorted(drafts, key=lambda draft: (draft.at, draft.case, draft.kind))
    return Today(
        now,
        tuple(calls),
        tuple(sorted(due, key=lambda each: (each.clock.due, each.case.key, each.clock.number))),
        tuple((by_key[each.case], each) for each in laid if each.case in by_key),
        tuple((_promised(by_key.get(each.case), each), each) for each in soon),
        more_promises,
        tuple(each for each in risks if each.client.key not in called),
    )


def telling(calling: Calling, day: date) -> tuple[date, date]:
    """The first and the last day of which a promise is told on a day: up to the next working day."""
    return day - PASSED, office.next_day(calling, day)


def away(day: date, today: date) -> int:
    """How many days lie between."""
    return abs((day - today).days)


def spoken(at: datetime, now: datetime) -> str:
    """A moment as one says it: ``14:00``, ``yesterday 16:10``, ``Fri 16:10``, ``27 Feb 16:10``."""
    at = at.astimezone(now.tzinfo)
    day = spoken_day(at.date(), now.date())
    return f"{at:%H:%M}" if day == "today" else f"{day} {at:%H:%M}"


def spoken_day(day: date, today: date) -> str:
    """A day as one says it; of the week before and the week to come by its name."""
    away = (day - today).days
    if abs(away) <= 1:
        return ("yesterday", "today", "tomorrow")[away + 1]
    if abs(away) < 7:
        return f"{day:%a}"
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.day} {day:%b}{year}"


def _is_to_call(case: Case) -> bool:
    return case.progress.stage in _BEFORE_CALL


def _call(case: Case, signs: Sequence[Sign], now: datetime) -> Call:
    told = list(_reasons(case, now))
    whole = [text for text, _ in told] + [each.text for each in signs[:1]]
    return Call(case, tuple(whole), sum(points for _, points in told))


def _reasons(case: Case, now: datetime) -> Iterator[tuple[str, int]]:
    """Why to call them, and the points that it brings."""
    course = case.progress
    yield TONES[min(max(course.heat, 1), len(TONES)) - 1], 2 * course.heat
    for cue, text in THREATS.items():
        if cue in case.cues:
            yield text, 8
    if course.unanswered:
        since = _waits_since(case)
        many = f" ({course.unanswered} messages)" if course.unanswered > 1 else ""
        points = min((now - since).days, MOST_DAYS) + min(course.unanswered - 1, MOST_MESSAGES)
        yield f"unanswered since {spoken(since, now)}{many}", points
    yield from _clock_reasons(case, now)
    if course.reopened:
        times = "again" if course.reopened == 1 else f"for the {course.reopened + 1}. time"
        yield f"open {times}", 2


def _clock_reasons(case: Case, now: datetime) -> Iterator[tuple[str, int]]:
    """Of the answer and the call: what is late, else what is due next."""
    running = [each for each in case.clocks if each.name in _POINTS]
    late = [each for each in running if each.due <= now]
    if late:
        also = f", and the {late[1].name}" if len(late) > 1 else ""
        told = f"{late[0].name} was due {spoken(late[0].due, now)}{also}"
        yield told, sum(_POINTS[each.name] for each in late)
    elif running:
        yield f"{running[0].name} is due {spoken(running[0].due, now)}", 0


def _waits_since(case: Case) -> datetime:
    """Since when the client waits for a word: their first message after the last one to them."""
    course = case.progress
    after = [
        each.entry.at
        for each in case.letters
        if each.entry.inward and (course.told is None or each.entry.at > course.told)
    ]
    if course.told is None or course.told < course.opened:
        return course.opened
    return min(after, default=course.heard or course.opened)


def _due(case: Case, now: datetime) -> Iterator[Due]:
    """What has rung, or is due before midnight; what a call settles is told with the call."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    settled = (ANSWER, CALL, UPDATE) if _is_to_call(case) else (ANSWER, CALL)
    for clock in case.clocks:
        if clock.name not in settled and (clock.rings <= now or clock.due <= midnight):
            yield Due(case, clock, _what(case, clock))


def _what(case: Case, clock: Clock) -> str:
    if clock.name == ACTION:
        action = next((each for each in case.progress.actions if each.number == clock.number), None)
        owner = f" ({action.owner})" if action and action.owner else ""
        return (
            f"{action.text}{owner}" if action and action.text else f"action {clock.number}{owner}"
        )
    if clock.name == UPDATE:
        return "a word to them, even with nothing new"
    return "ask whether all is well now"


def _promised(case: Case | None, promise: Promise) -> Client | None:
    return case.client if case else promise.client
