"""What the user tells of a case by keywords on its messages. Pure.

A keyword that is new on a message says what it says at that look. Of one that is on a message which was not looked
at before (the state was lost, the message moved, the mailbox renumbered) nobody knows since when it is there. It is
told only where nothing of the kind was told since that message; and as if before the next unhappy message, which has
opened the case again: a call of last spring is none about what has come since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.model import CASE_KEYWORDS, Entry, Note

_JUST = timedelta(microseconds=1)
_KEYWORDS = frozenset(CASE_KEYWORDS)


@dataclass(frozen=True, slots=True)
class Put:
    """A keyword on a message of a case."""

    keyword: str
    new: bool
    """It was seen without: the user has put it there since the last look."""
    since: datetime
    """When the message was written."""


def told(flags: frozenset[str]) -> frozenset[str]:
    """The keywords for cases among these flags, which are in lower case."""
    return _KEYWORDS & flags


def notes_of(
    puts: Iterable[Put], notes: Sequence[Note], entries: Iterable[Entry], now: datetime
) -> list[Note]:
    """What a case is told by keywords at one look, each once however many of its messages bear them.

    Args:
        notes: what it was told before.
        entries: its messages.
    """
    unhappy = sorted(each.at for each in entries if each.flagged)
    return sorted(set(_notes(puts, notes, unhappy, now)), key=lambda note: note.at)


def _notes(
    puts: Iterable[Put], notes: Sequence[Note], unhappy: Sequence[datetime], now: datetime
) -> Iterator[Note]:
    order = list(CASE_KEYWORDS.values())
    for each in puts:
        doing, at = CASE_KEYWORDS[each.keyword], now
        if not each.new:
            known = (e for e in notes if e.doing is doing and not e.number and e.at >= each.since)
            if any(known):
                continue
            at = min((e - _JUST for e in unhappy if each.since < e <= now), default=now)
        # One after the other, as a case goes: a call that came last would take back that it is resolved.
        yield Note(at - _JUST * (len(order) - 1 - order.index(doing)), doing)
