"""Which drafts a case calls for just now. Pure (guidance: after-writing, after-updates, after-checkin).

Worked out at each look, so nothing that was told is lost between two commands; that each occasion gets one draft is
seen to by its Message-ID. A parting is never called for: it is asked for (after-part).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from assistant.cases.clocks import UPDATE
from assistant.model import Clock, Doing, Note, Progress, Stage

RECENT = timedelta(days=7)
"""For so long after its occasion a draft is still worth laying: the program may not have been at work."""


def wanted(
    course: Progress,
    clocks: Sequence[Clock],
    notes: Sequence[Note],
    now: datetime,
    since: datetime,
) -> Iterator[str]:
    """Kinds of drafts, of :data:`assistant.model.case.FOLLOW_UPS`.

    Args:
        since: since when the mailbox is looked after. Whether a silence is one that began before, nobody knows: there
            may have been a call. The user is reminded, but no update is written.
    """
    if not course.open:
        return
    calls = [each.at for each in notes if each.doing is Doing.CALLED]
    if calls and now - calls[-1] <= RECENT and _in_writing(notes, calls[-1]):
        yield "summary"
    if course.stage is Stage.DONE and course.done and now - course.done <= RECENT:
        yield "checkin"
    seen = course.told is not None and course.told >= since
    if seen and any(e.name == UPDATE and e.rings <= now <= e.due + RECENT for e in clocks):
        yield "update"


def _in_writing(notes: Sequence[Note], call: datetime) -> bool:
    """Whether there is anything of a call to put in writing."""
    of_call = (each for each in notes if each.at == call)
    return any(each.doing in (Doing.AGREED, Doing.NOTED) or each.text for each in of_call)
