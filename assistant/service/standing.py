"""Where every case stands, from what the state knows alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from assistant.cases.clocks import clocks
from assistant.cases.stages import progress
from assistant.model import Allowed, Calling, Clock, Note, Progress
from assistant.store import CaseBook, Place, Thread


@dataclass(frozen=True, slots=True)
class Standing:
    """A case without a word of it."""

    thread: Thread
    progress: Progress
    clocks: tuple[Clock, ...]
    places: tuple[Place, ...]
    notes: tuple[Note, ...]


AllowedFor = Callable[[str], Allowed]
"""How long things may take, by the hash of the client."""


def standings(
    book: CaseBook,
    account: str,
    now: datetime,
    calling: Calling,
    allowed_for: AllowedFor,
    among: Collection[int] | None = None,
) -> Iterator[Standing]:
    """Every case of an account, also those that are resolved, the oldest first.

    Args:
        among: of these threads only.
    """
    for thread in book.cases(account):
        if among is not None and thread.number not in among:
            continue
        allowed = allowed_for(thread.party)
        places, notes = book.places(account, thread.number), book.notes(account, thread)
        course = progress([each.entry for each in places], notes, now, calling, allowed)
        if course is not None:
            running = clocks(course, calling, allowed)
            yield Standing(thread, course, running, tuple(places), tuple(notes))
