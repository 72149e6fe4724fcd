"""The call brief: what a person needs to know before they ring an unhappy client. Pure (guidance section 3).

Only what stands in the mail or in the user's own notes, each piece with the message it comes from. Lists are
whole here, what matters most first; whoever shows them cuts them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

from assistant.cases import asking, office
from assistant.cases.feeling import Heard, says
from assistant.cases.right import Fact, facts
from assistant.cases.said import Kind, Listener, Said
from assistant.cases.timeline import Timeline, timeline
from assistant.cases.who import Who, who
from assistant.model import Action, Calling, Case, Doing, Letter, Note, Stage

MOST_LETTERS = 200
"""Of a thread, the newest: what is older tells little."""
_RANKS = {Kind.WISH: 0, Kind.QUESTION: 1, Kind.DATE: 2}


@dataclass(frozen=True, slots=True)
class Reference:
    """A message of the thread, to point at."""

    number: int
    """In the thread, from 1."""
    at: datetime
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another case of the same client's."""

    key: str
    subject: str
    first: datetime
    stage: Stage
    heat: int
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stands in writing, or in the user's notes."""

    terms: str = ""
    notes: str = ""
    contact: str = ""
    actions: tuple[Action, ...] = ()
    noted: tuple[Note, ...] = ()
    """The newest first."""


@dataclass(frozen=True, slots=True)
class Brief:
    """All of it, in the order in which it is read."""

    key: str
    subject: str
    now: datetime
    """In the user's zone."""
    stage: Stage
    heat: int
    tone: str
    """Of the hottest message; empty where none is known."""
    cues: tuple[str, ...]
    owner: str
    who: Who
    says: tuple[Heard, ...]
    wants: tuple[Said, ...]
    told: tuple[Said, ...]
    """What they say was promised."""
    amounts: tuple[Said, ...]
    line: Timeline
    right: tuple[Fact, ...]
    promises: tuple[Said, ...]
    agreed: Agreed
    earlier: tuple[Earlier, ...]
    ask: tuple[str, ...]
    order: tuple[tuple[str, str], ...]
    letters: tuple[Reference, ...]
    day: timedelta
    """A working day of the user's."""


def brief(
    case: Case,
    now: datetime,
    calling: Calling,
    listeners: Mapping[str, Listener] = MappingProxyType({}),
    earlier: Sequence[Case] = (),
    region: str = "",
) -> Brief:
    """The brief of a case.

    Args:
        now: the clock, aware.
        listeners: who reads for wishes and promises, by language (rulebook/sayings.py).
        earlier: other cases of the same client.
        region: ISO 3166 code of the country whose telephone numbers need no country code.
    """
    now = now.astimezone(office.zone_of(calling))
    said = _said(case.letters, listeners, calling)
    theirs = [each for each in said if case.letters[each.letter - 1].entry.inward]
    promises = [each for each in said if each not in theirs and each.kind is Kind.PROMISE]
    line = timeline(case, now, calling)
    right = facts(case, line, promises, now, calling)
    wants = _wants(case, theirs, now)
    client = who(case, now, region)
    languages = {each.message.language for each in case.letters if each.entry.inward}
    unread = sorted(languages - listeners.keys())
    ask = asking.questions(case.cues, theirs, len(client.numbers), len(promises), unread)
    return Brief(
        key=case.key,
        subject=case.subject,
        now=now,
        stage=case.progress.stage,
        heat=case.progress.heat,
        tone=_tone(case),
        cues=case.cues,
        owner=case.progress.owner,
        who=client,
        says=says(case.letters),
        wants=wants,
        told=_newest(theirs, Kind.TOLD),
        amounts=_newest(theirs, Kind.AMOUNT),
        line=line,
        right=right,
        promises=_by_concern(promises, now.date()),
        agreed=_agreed(case),
        earlier=tuple(_earlier(each) for each in earlier if each.key != case.key),
        ask=tuple(dict.fromkeys(ask)),
        order=asking.order(right, wished=any(each.kind is Kind.WISH for each in wants)),
        letters=tuple(_reference(number, each) for number, each in enumerate(case.letters, 1)),
        day=_working_day(calling),
    )


def _said(
    letters: Sequence[Letter], listeners: Mapping[str, Listener], calling: Calling
) -> tuple[Said, ...]:
    """What every letter says, the oldest first."""
    found: list[Said] = []
    for number, letter in list(enumerate(letters, 1))[-MOST_LETTERS:]:
        listener = listeners.get(letter.message.language)
        if listener is not None and letter.entry.kind != "holding":
            inward = letter.entry.inward
            day = written_on(letter, calling)
            found += listener.hear(letter.message.own_words, day, number, inward=inward)
    return tuple(found)


def written_on(letter: Letter, calling: Calling) -> date:
    """The day on which a letter was written, where its writer was: "tomorrow" is the one after it."""
    offset = letter.message.offset
    there = timezone(timedelta(minutes=offset)) if offset and letter.entry.inward else None
    # The Date is the sender's claim; when it arrived, or was sent, is what the entry knows.
    return letter.entry.at.astimezone(there or office.zone_of(calling)).date()


def _wants(case: Case, theirs: Sequence[Said], now: datetime) -> tuple[Said, ...]:
    """Wishes before questions before days to come; what nobody has answered yet first, then the newest."""
    told = case.progress.told or case.progress.first

    def rank(each: Said) -> tuple[bool, int, int, int]:
        answered = case.letters[each.letter - 1].entry.at < told
        return answered, _RANKS[each.kind], -each.letter, each.span[0]

    wanted = [each for each in theirs if each.kind in _RANKS]
    wanted = [
        each
        for each in wanted
        if each.kind is not Kind.DATE or (each.due and each.due >= now.date())
    ]
    newest = {" ".join(each.quote.casefold().split()): each for each in wanted}
    return tuple(sorted(newest.values(), key=rank))


def _newest(said: Sequence[Said], kind: Kind) -> tuple[Said, ...]:
    return tuple(each for each in said if each.kind is kind)[::-1]


def _by_concern(promises: Sequence[Said], today: date) -> tuple[Said, ...]:
    """Those whose day is nearest, passed or to come; then those without one, the newest first."""

    def rank(each: Said) -> tuple[bool, int, int]:
        away = abs((each.due - today).days) if each.due else 0
        return each.due is None, away, -each.letter

    return tuple(sorted(promises, key=rank))


def _agreed(case: Case) -> Agreed:
    client = case.client
    noted = [each for each in case.notes if each.doing in (Doing.NOTED, Doing.CALLED) and each.text]
    return Agreed(
        client.terms, client.notes, client.contact, case.progress.actions,
        tuple(sorted(noted, key=lambda each: each.at, reverse=True)),
    )  # fmt: skip


def _earlier(case: Case) -> Earlier:
    course = case.progress
    return Earlier(case.key, case.subject, course.first, course.stage, course.heat, case.cues)


def _tone(case: Case) -> str:
    tones = [each.verdict.tone for each in case.letters if each.verdict and each.verdict.tone]
    return max(tones, key=lambda tone: tone.heat).id if tones else ""


def _reference(number: int, letter: Letter) -> Reference:
    return Reference(number, letter.entry.at, letter.message.message_id)


def _working_day(calling: Calling) -> timedelta:
    """How long the user works on a day."""
    return timedelta(minutes=sum(end - begin for begin, end in calling.hours)) or timedelta(hours=8)
