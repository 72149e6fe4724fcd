"""What is due in a case, and when to remind of it. Pure (guidance: notice-fast, after-act, after-updates, after-checkin).

Each clock rings once: a little before it is due, in working time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from assistant.cases import office
from assistant.model import Allowed, Calling, Clock, Progress, Stage

ANSWER, CALL, UPDATE, ACTION, CHECK_IN = "answer", "call", "update", "action", "check-in"
BY_EMAIL = "by email"
_ON_THE_WAY = (Stage.ANSWERED, Stage.CALL_DUE, Stage.CALLED, Stage.AGREED)
_BEFORE_CALL = (Stage.WAITING, Stage.ANSWERED, Stage.CALL_DUE)


def clocks(course: Progress, calling: Calling, allowed: Allowed) -> tuple[Clock, ...]:
    """The clocks that run in a case, the soonest first."""
    if not course.open:
        return ()
    found = (
        Clock(name, due, _rings(due, calling, allowed), number)
        for name, due, number in _running(course, calling, allowed)
    )
    return tuple(sorted(found, key=lambda each: (each.due, each.name, each.number)))


def nudge(course: Progress) -> Clock | None:
    """One quiet reminder, where a hot matter is being settled by email and nobody has called (guidance: reply-phone)."""
    at = course.by_email
    return Clock(BY_EMAIL, at, at) if at and course.open and course.called is None else None


def _running(
    course: Progress, calling: Calling, allowed: Allowed
) -> Iterator[tuple[str, datetime, int]]:
    """Name, when it is due, and the number of an action."""
    if course.stage is Stage.WAITING and allowed.answer:
        yield ANSWER, office.after(calling, course.opened, allowed.answer), 0
    if course.stage in _BEFORE_CALL and allowed.call:
        yield CALL, office.after(calling, course.opened, allowed.call), 0
    for each in course.actions:
        if each.done is None and each.due is not None:
            yield ACTION, office.closes(calling, each.due), each.number
    if course.stage is Stage.DONE and course.done and allowed.check_in:
        yield CHECK_IN, office.end_of_day(calling, course.done, allowed.check_in), 0
    if course.stage in _ON_THE_WAY and course.told and allowed.quiet:
        yield UPDATE, office.end_of_day(calling, course.told, allowed.quiet), 0


def _rings(due: datetime, calling: Calling, allowed: Allowed) -> datetime:
    """So much working time before it is due."""
    return office.before(calling, due, allowed.remind)
