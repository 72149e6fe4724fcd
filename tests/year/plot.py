"""What happens in a case, and what the program must make of it: when each clock rings, which drafts come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.year.cast import COMPLAINTS, HEATS, Client
from tests.year.hours import at, between, closing, earlier, later

END = at(12, 31, 16)
"""The last look."""
ANSWER, CALL, QUIET, CHECK_IN, REMIND = 4, 8, 3, 3, 1
"""What config.toml allows, in working hours and working days; that the reminder comes so much before."""
SETTLE, LAPSE = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Round:
    """From an unhappy message on. Times are working hours after the step before, unless said otherwise."""

    complaint: str
    opened: datetime
    again: tuple[float, str] | None = None
    """Another unhappy message, before anybody answers."""
    answer: float | None = None
    """After it was opened."""
    how: str = "draft"
    """The holding reply is sent, or ``own`` words, ``bare`` ones that name nothing they answer, or ``long`` ones."""
    fine: bool = False
    """The client says that it suits them, half an hour after the answer."""
    moved: bool = False
    """After the answer the letter is filed in another folder."""
    call: float | None = None
    """After it was opened."""
    agreed: tuple[tuple[str, str, int], ...] = ()
    """What, who, and by which working day after the call."""
    did: tuple[float | None, ...] = ()
    """After the call; None: not yet."""
    updates: bool = True
    """Updates are sent half an hour after they are laid; else thrown away."""
    check_in: float | None = None
    resolve: float | None = None
    """By command, after the call."""
    part: float | None = None
    """The letter that ends the work is asked for so long after it was opened, and sent half an hour later."""


@dataclass(frozen=True, slots=True)
class Story:
    client: Client
    subject: str
    rounds: tuple[Round, ...]
    stage: str
    """Where it stands at the end of the year."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does."""

    at: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """What happens in a round, and what must come of it."""

    steps: tuple[Step, ...]
    rings: tuple[tuple[str, datetime, datetime, int], ...]
    """Which clock, when it rings, when it is due, the number of an action."""
    drafts: tuple[tuple[str, datetime], ...]
    """Kind, from when on; a quarter of an hour later at the latest."""
    answered: float | None
    """In working hours."""
    called: float | None
    resolved: datetime | None
    heat: int
    cues: frozenset[str]


@dataclass
class _Play:
    """A round while it is played."""

    round: Round
    until: datetime
    """When the next round begins, or the year is over."""
    number: int = 0
    """Of the last action of the rounds before."""
    steps: list[Step] = field(default_factory=list)
    rings: list[tuple[str, datetime, datetime, int]] = field(default_factory=list)
    drafts: list[tuple[str, datetime]] = field(default_factory=list)
    resolved: datetime | None = None

    def step(self, when: datetime, what: str, detail: str = "") -> None:
        self.steps.append(Step(when, what, detail))

    def runs(self, name: str, due: datetime, stop: datetime | None, number: int = 0) -> bool:
        """A clock that stops at a moment; whether it rings before."""
        rings = earlier(due, REMIND)
        over = min(each for each in (stop, self.until, self.resolved) if each is not None)
        if rings < over:
            self.rings.append((name, rings, due, number))
        return rings < over


def course(round_: Round, until: datetime = END, number: int = 0) -> Course:
    """A round as it must go.

    Args:
        until: when the next one begins, or the year ends.
        number: of the last action before.
    """
    play = _Play(round_, until, number)
    opened = round_.opened
    complaints = [COMPLAINTS[round_.complaint]]
    play.step(opened, "complains", round_.complaint)
    play.drafts.append(("h", opened))
    if round_.again is not None:
        play.step(later(opened, round_.again[0]), "complains", round_.again[1])
        complaints.append(COMPLAINTS[round_.again[1]])
    answered = later(opened, round_.answer) if round_.answer is not None else None
    called = later(opened, round_.call) if round_.call is not None else None
    heat = max(HEATS[each.tone] for each in complaints)
    words = list(_answers(play, answered))
    did = _calls(play, called, words)
    done = max(did) if did and None not in did else None
    _ends(play, called, done, words)
    spoken = min((each for each in (answered, called) if each is not None), default=None)
    play.runs("answer", later(opened, ANSWER), spoken)
    play.runs("call", later(opened, CALL), called)
    for nth, (action, finished) in enumerate(zip(round_.agreed, did, strict=True), number + 1):
        assert called is not None
        play.runs("action", closing(called, action[2]), finished, nth)
    if round_.how == "long" and answered is not None:
        play.rings.append(("by email", answered, answered, 0))
    _silences(play, words, done)
    if round_.part is None and round_.resolve is None and called is None and play.until == END:
        _lapses(play, words)
    return Course(
        tuple(sorted(play.steps, key=lambda each: each.at)),
        tuple(play.rings),
        tuple(play.drafts),
        between(opened, spoken) if spoken else None,
        between(opened, called) if called else None,
        play.resolved,
        heat,
        frozenset(cue for each in complaints for cue in each.cues),
    )


def _answers(play: _Play, answered: datetime | None) -> Iterator[datetime]:
    """Words to the client."""
    if answered is None:
        return
    play.step(answered, "answers", play.round.how)
    yield answered
    if play.round.fine:
        play.step(later(answered, 0.5), "is fine")
    if play.round.moved:
        play.step(later(answered, 0.6), "files")


def _calls(
    play: _Play, called: datetime | None, words: list[datetime]
) -> Sequence[datetime | None]:
    """What is told, and its summary in writing, sent an hour after the call; when each action was done."""
    if called is None:
        return ()
    agreed = [
        f"{what}|{who}|{closing(called, days):%Y-%m-%d}" for what, who, days in play.round.agreed
    ]
    play.step(called, "calls", "\n".join(agreed))
    words.append(called)
    if agreed:
        play.drafts.append(("s", called))
        play.step(later(called, 1), "sends", "s")
        words.append(later(called, 1))
    did = [None if each is None else later(called, each) for each in play.round.did]
    for number, each in enumerate(did, play.number + 1):
        if each is not None:
            play.step(each, "does", str(number))
    return did


def _ends(
    play: _Play, called: datetime | None, done: datetime | None, words: list[datetime]
) -> None:
    """How it is resolved, if it is."""
    round_ = play.round
    if done is not None:
        play.drafts.append(("c", done))
        checked = later(done, round_.check_in) if round_.check_in is not None else None
        play.runs("check-in", closing(done, CHECK_IN), checked)
        if checked is not None:
            play.step(checked, "sends", "c")
            words.append(checked)
            play.resolved = checked + SETTLE
    if round_.resolve is not None and called is not None:
        play.resolved = later(called, round_.resolve)
        play.step(play.resolved, "resolves")
    if round_.part is not None:
        asked = later(round_.opened, round_.part)
        play.step(asked, "parts")
        play.drafts.append(("p", asked))
        play.resolved = later(asked, 0.5)
        play.step(play.resolved, "sends", "p")
    if play.resolved is not None and play.resolved > play.until:
        play.resolved = None


def _silences(play: _Play, words: list[datetime], done: datetime | None) -> None:
    """When nothing was said for too long, an update is due; one that is sent is a word, too."""
    said = sorted(words)
    while said:
        last, said = said[0], said[1:]
        stop = min((each for each in (*said[:1], done) if each is not None), default=None)
        if (done is not None and last >= done) or not play.runs(
            "update", closing(last, QUIET), stop
        ):
            continue
        laid = earlier(closing(last, QUIET), REMIND)
        play.drafts.append(("u", laid))
        what = "sends" if play.round.updates else "throws away"
        play.step(later(laid, 0.5), what, "u")
        if play.round.updates:
            said.insert(0, later(laid, 0.5))
            words.append(later(laid, 0.5))


def _lapses(play: _Play, words: list[datetime]) -> None:
    """Answered, and a month without a word of either."""
    if words:
        over = (
            max(each.at for each in play.steps if each.what in ("answers", "is fine", "sends"))
            + LAPSE
        )
        play.resolved = over if over < play.until else None
