"""Where the client is right, as far as the thread proves it. Pure (guidance: call-right).

Three facts only: messages that nobody answered, days of ours that passed without a word, and a complaint that
was made before. What a client says of us is no proof; it stands in the brief as their account.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from assistant.cases import office
from assistant.cases.said import Kind, Said
from assistant.cases.timeline import Timeline
from assistant.model import Calling, Case, Doing, Letter

LEAST = timedelta(hours=1)
"""Working time after which a second message was not just an afterthought to the first."""


class Proved(StrEnum):
    """What a fact is about."""

    UNANSWERED = "unanswered"
    PASSED = "passed"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that speaks for the client."""

    about: Proved
    letters: tuple[int, ...]
    """The numbers of the messages that prove it, the oldest first."""
    worked: timedelta = timedelta()
    """Working time without an answer."""
    due: date | None = None
    """The day that passed."""
    inferred: bool = False
    quote: str = ""
    """The user's own words that named it."""
    cue: str = ""
    """The complaint that was repeated."""


def facts(
    case: Case, line: Timeline, promises: Sequence[Said], now: datetime, calling: Calling
) -> tuple[Fact, ...]:
    """What the thread proves, the gravest first.

    Args:
        promises: the user's own, of any letter.
    """
    return (
        *_unanswered(case, line),
        *_passed(case, promises, now, calling),
        *_repeated(case.letters),
    )


def _unanswered(case: Case, line: Timeline) -> Iterator[Fact]:
    """Messages in a row of which nobody answered one before an unhappy one came."""
    run: list[int] = []
    waited = timedelta()
    found: list[Fact] = []
    for step in line.steps:
        if not step.inward:
            if step.number or step.kind == Doing.CALLED.value:
                run = []
            continue
        run = [*run, step.number]
        waited = step.wait.worked if step.wait and step.wait.client else timedelta()
        flagged = case.letters[step.number - 1].entry.flagged
        if flagged and len(run) > 1 and waited >= LEAST:
            found = [each for each in found if each.letters[0] != run[0]]
            found.append(Fact(Proved.UNANSWERED, tuple(run), waited))
    yield from sorted(found, key=lambda each: -len(each.letters))


def _passed(
    case: Case, promises: Sequence[Said], now: datetime, calling: Calling
) -> Iterator[Fact]:
    """Days that the user named, and then let pass without another word."""
    words = [each.entry.at for each in case.letters if not each.entry.inward]
    words += [each.at for each in case.notes if each.doing is Doing.CALLED]
    seen: set[date] = set()
    zone = office.zone_of(calling)
    for each in promises:
        if each.kind is not Kind.PROMISE or each.due is None or each.due in seen:
            continue
        promised = case.letters[each.letter - 1].entry.at
        later = [word for word in words if promised < word <= now]
        kept = any(word.astimezone(zone).date() <= each.due for word in later)
        if each.due < now.astimezone(zone).date() and not kept:
            seen.add(each.due)
            yield Fact(
                Proved.PASSED, (each.letter,), due=each.due, inferred=each.inferred, quote=each.quote
            )  # fmt: skip


def _repeated(letters: Sequence[Letter]) -> Iterator[Fact]:
    """Complaints of an unhappy message that are heard again in a later one."""
    heard: dict[str, list[int]] = {}
    for number, letter in enumerate(letters, 1):
        verdict = letter.verdict
        if not letter.entry.inward or verdict is None or not verdict.dissatisfied:
            continue
        for cue in verdict.cues:
            heard.setdefault(cue, []).append(number)
    for cue, numbers in sorted(heard.items(), key=lambda item: (-len(item[1]), item[1])):
        if len(numbers) > 1:
            yield Fact(Proved.REPEATED, tuple(numbers), cue=cue)
