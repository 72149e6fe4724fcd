"""A thread as a timeline: who wrote when, who waited for whom, and how long. Pure (guidance: call-timeline).

The client waits from the first message that nobody has answered; the user waits from the last word to the
client. A call is a word, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.cases import office
from assistant.model import Calling, Case, Doing, Letter, Note

SHOWN = (Doing.CALLED, Doing.AGREED, Doing.DID, Doing.ASSIGNED, Doing.RESOLVED)
"""What a user told that belongs on a timeline."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited."""

    client: bool
    """The client waited for the user; otherwise the other way round."""
    since: int
    """The number of the message that was waited on; 0 for a call."""
    start: datetime
    end: datetime
    worked: timedelta
    """Working time in it."""
    over: bool
    """It ended with an answer; otherwise it went on."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    at: datetime
    number: int = 0
    """Of the message, from 1; 0 for what the user told."""
    inward: bool = False
    who: str = ""
    """Who wrote, as the message says it."""
    tone: str = ""
    """Of an unhappy message."""
    kind: str = ""
    """Of a draft of ours that the user sent; or what the user told."""
    text: str = ""
    """The user's own note."""
    wait: Wait | None = None
    """What had been waited for it, or was still waited for."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps, the oldest first, and who waits now."""

    steps: tuple[Step, ...]
    now: Wait | None


def timeline(case: Case, now: datetime, calling: Calling) -> Timeline:
    """The timeline of a case up to a moment."""
    events: list[tuple[datetime, int, Letter | Note]] = [
        (letter.entry.at, number, letter) for number, letter in enumerate(case.letters, 1)
    ]
    events += [(note.at, 0, note) for note in case.notes if note.doing in SHOWN]
    events = [event for event in events if event[0] <= now]
    events.sort(key=lambda event: event[:2])
    steps = tuple(_steps(events, calling))
    return Timeline(steps, _now(steps, now, calling))


def _steps(
    events: Sequence[tuple[datetime, int, Letter | Note]], calling: Calling
) -> Iterator[Step]:
    waiting: Wait | None = None
    for at, number, event in events:
        if isinstance(event, Note):
            word = event.doing is Doing.CALLED
            wait = _until(waiting, at, calling, over=True) if word else None
            text = event.owner if event.doing is Doing.ASSIGNED else event.text
            yield Step(at, kind=event.doing.value, text=text, wait=wait)
            if word:
                waiting = _from(at, number, client=False)
            continue
        inward = event.entry.inward
        over = waiting is not None and waiting.client != inward
        # Who writes twice in a row has waited for us only where they are the client.
        counts = over or (waiting is not None and waiting.client)
        yield Step(
            at, number, inward, _who(event), _tone(event), event.entry.kind,
            wait=_until(waiting, at, calling, over=over) if counts else None,
        )  # fmt: skip
        if waiting is None or over or not inward:
            waiting = _from(at, number, client=inward)


def _now(steps: Sequence[Step], now: datetime, calling: Calling) -> Wait | None:
    """Who waits, and since when."""
    waiting: Wait | None = None
    for step in steps:
        word = step.number > 0 or step.kind == Doing.CALLED.value
        if word and (waiting is None or not step.inward or not waiting.client):
            waiting = _from(step.at, step.number, client=step.inward)
    return _until(waiting, now, calling, over=False)


def _from(at: datetime, number: int, *, client: bool) -> Wait:
    return Wait(client, number, at, at, timedelta(), over=False)


def _until(wait: Wait | None, end: datetime, calling: Calling, *, over: bool) -> Wait | None:
    if wait is None:
        return None
    worked = office.worked(calling, wait.start, end)
    return Wait(wait.client, wait.since, wait.start, end, worked, over)


def _who(letter: Letter) -> str:
    sender = letter.message.sender
    return (sender.name or sender.email) if sender else ""


def _tone(letter: Letter) -> str:
    verdict = letter.verdict
    return verdict.tone.id if verdict is not None and verdict.tone is not None else ""
