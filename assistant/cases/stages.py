"""How far a case has come, from what the mailbox shows and what the user told. Pure.

Nobody has to tell anything. What is sent shows who was answered, a summary that there was a call, a check-in that
all was done; and an answered case of which neither side writes any more is resolved after a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from assistant.cases import office
from assistant.model import Action, Allowed, Calling, Doing, Entry, Note, Progress, Stage

HOT = 3
"""Heat (frustrated) from which nothing is settled by email."""
_Event = tuple[datetime, int, Entry | Note]


def progress(
    entries: Sequence[Entry],
    notes: Sequence[Note],
    now: datetime,
    calling: Calling,
    allowed: Allowed,
) -> Progress | None:
    """How far a case has come; None where no message of it was flagged: it is no case.

    The order in which entries and notes are given does not matter.
    """
    # What was written in the same second answers what came in it.
    events: list[_Event] = [(e.at, 0 if e.inward else 1, e) for e in entries if e.at <= now]
    events += [(each.at, 2, each) for each in notes if each.at <= now]
    events.sort(key=lambda event: event[:2])
    course: Progress | None = None
    for _, _, event in events:
        if isinstance(event, Entry):
            course = _seen(_settled(course, event.at, allowed), event, allowed)
        elif course is not None:
            course = _told(_settled(course, event.at, allowed) or course, event)
    course = _settled(course, now, allowed)
    return replace(course, stage=_stage(course, now, calling, allowed)) if course else None


def _seen(course: Progress | None, entry: Entry, allowed: Allowed) -> Progress | None:
    """After a message."""
    if course is None:
        if not entry.flagged:
            return None
        return Progress(Stage.WAITING, entry.heat, entry.at, entry.at, heard=entry.at, unanswered=1)
    if not entry.inward:
        return _written(course, entry, allowed)
    course = replace(course, heard=entry.at, unanswered=course.unanswered + 1)
    if not entry.flagged:
        return course
    if course.answered is None and course.resolved is None:  # nobody has said a word yet
        return replace(course, heat=max(course.heat, entry.heat))
    return Progress(
        Stage.WAITING,
        entry.heat,
        entry.at,
        course.first,
        reopened=course.reopened + 1,
        heard=entry.at,
        told=course.told,
        unanswered=course.unanswered,
        actions=tuple(each for each in course.actions if each.done is None),
        owner=course.owner,
        earlier=(*course.earlier, replace(course, earlier=())),
    )


def _written(course: Progress, entry: Entry, allowed: Allowed) -> Progress:
    """After a message of the user's."""
    settles = 0 < allowed.long_answer <= entry.words and not entry.kind
    if settles and course.heat >= HOT and course.called is None:
        course = replace(course, by_email=course.by_email or entry.at)
    course = replace(course, told=entry.at, unanswered=0, answered=course.answered or entry.at)
    # The user's own words after the last action ask how things are; our other drafts are about something else.
    asks = course.done is not None and course.checked_in is None and not entry.kind
    if (asks or entry.kind == "checkin") and course.resolved is None:
        course = replace(course, checked_in=entry.at)
    if entry.kind == "summary":  # of a call
        course = replace(course, called=course.called or entry.at)
    return replace(course, resolved=entry.at) if entry.kind == "parting" else course


def _told(course: Progress, note: Note) -> Progress:
    """After something that the user told."""
    match note.doing:
        case Doing.CALLED:
            return replace(
                course,
                called=course.called or note.at,
                told=note.at,
                unanswered=0,
                answered=course.answered or note.at,
                resolved=None,
            )
        case Doing.AGREED:
            action = Action(note.number, note.text, note.owner, note.due)
            actions = (*course.actions, action)
            return replace(course, actions=actions, done=None, checked_in=None, resolved=None)
        case Doing.DID:
            return _did(course, note)
        case Doing.ASSIGNED:
            return replace(course, owner=note.owner)
        case Doing.RESOLVED:
            return replace(course, resolved=note.at)
        case _:
            return course


def _did(course: Progress, note: Note) -> Progress:
    actions = tuple(
        replace(each, done=note.at)
        if each.done is None and note.number in (0, each.number)
        else each
        for each in course.actions
    )
    finished = all(each.done for each in actions)
    return replace(course, actions=actions, done=note.at if finished else None)


def _settled(course: Progress | None, now: datetime, allowed: Allowed) -> Progress | None:
    """Resolved, where so long after the check-in nothing unhappy was heard, or nothing at all after an answer."""
    if course is None or course.resolved or course.answered is None:
        return course
    if any(each.done is None for each in course.actions):
        return course
    ends = []
    if course.checked_in is not None and allowed.settle:
        ends.append(course.checked_in + timedelta(days=allowed.settle))
    if allowed.lapse:  # an unhappy message after the answer would have opened it again
        last = max(each for each in (course.heard, course.told) if each is not None)
        ends.append(last + timedelta(days=allowed.lapse))
    at = min(ends, default=None)
    return replace(course, resolved=at) if at is not None and at <= now else course


def _stage(course: Progress, now: datetime, calling: Calling, allowed: Allowed) -> Stage:
    if course.resolved is not None:
        return Stage.RESOLVED
    if course.called is None and course.answered is None:
        return Stage.WAITING
    if course.checked_in is not None:
        return Stage.CHECKED_IN
    if course.done is not None:
        return Stage.DONE
    if any(each.done is None for each in course.actions):
        return Stage.AGREED
    if course.called is not None:
        return Stage.CALLED
    late = allowed.call and now >= office.after(calling, course.opened, allowed.call)
    return Stage.CALL_DUE if late else Stage.ANSWERED
