"""A scripted year of a small agency's mail, replayed on Dovecot with a clock that travels (tests/year)."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from assistant.service.scan import Request
from tests.program import Home
from tests.servers import DovecotStand
from tests.year.cast import CLIENTS, COMPLAINTS, HEATS
from tests.year.hours import MINUTE, ZONE, at, between
from tests.year.plot import END, Course, Step, Story, course
from tests.year.replay import FOLDER, Replay, Thread
from tests.year.script import CASES, calm, stories

START = at(1, 5, 8)
LOOK = timedelta(minutes=16)
"""After something was told by a command: the daemon looks every quarter of an hour."""
TONES = {heat: tone for tone, heat in HEATS.items()}


@dataclass(frozen=True, slots=True)
class Script:
    """A case, and what must come of each of its rounds."""

    story: Story
    courses: tuple[Course, ...]

    @property
    def last(self) -> Course:
        return self.courses[-1]

    def steps(self) -> Iterator[Step]:
        for each in self.courses:
            yield from each.steps


def scripts() -> list[Script]:
    found = []
    for story in stories():
        courses, number = [], 0
        for nth, each in enumerate(story.rounds):
            until = story.rounds[nth + 1].opened if nth + 1 < len(story.rounds) else END
            courses.append(course(each, until, number))
            number += len(each.agreed)
        found.append(Script(story, tuple(courses)))
    return found


def test_a_scripted_year(
    dovecot: DovecotStand, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test, for it takes a minute to play; each check says what it holds."""
    replay = Replay(dovecot.account(), home, START, monkeypatch)
    year = replay, play(replay, scripts())
    every_case_ends_as_the_script_says(*year)
    every_clock_rings_once_and_on_time(*year)
    every_draft_is_the_right_one(*year)
    the_mailbox_is_as_it_was_but_for_marks_and_drafts(*year)
    the_report_is_the_scripts(*year)
    a_lost_state_is_put_together_again(*year)


def play(replay: Replay, those: Sequence[Script]) -> dict[str, Script]:
    """Everything in its order; the program looks at each event, and before and at each ring."""
    threads = {each.story.subject: Thread(each.story) for each in those}
    names: dict[str, str] = {}
    acts: list[tuple[datetime, int, Script, Step]] = sorted(
        ((step.at, nth, each, step) for each in those for nth, step in enumerate(each.steps())),
        key=lambda act: act[:2],
    )
    wakes = {when for each in those for when in _wakes(each)} | {START, END}
    letters, written = calm(), dict[int, list[str]]()
    moments = sorted(wakes | {act[0] for act in acts})
    months = {moment.month for moment in moments}
    for month in sorted(months):  # the program is started anew each month
        with replay.at_work():
            for moment in (each for each in moments if each.month == month):
                while letters and letters[0].at <= moment:
                    replay.writes(letters.pop(0), written)
                replay.clock.now = moment
                for _, _, script, step in (act for act in acts if act[0] == moment):
                    subject = script.story.subject
                    replay.does(threads[subject], step, names.get(subject, ""))
                replay.wake(moment)
                for each in those:
                    if each.story.rounds[0].opened == moment:
                        names[each.story.subject] = newest(replay, set(names.values()))
    by_subject = {each.story.subject: each for each in those}
    return {name: by_subject[subject] for subject, name in names.items()}


def _wakes(script: Script) -> Iterator[datetime]:
    for each in script.courses:
        for _, rings, _, _ in each.rings:
            yield from (rings - MINUTE, rings)
        for step in each.steps:
            if step.what in ("calls", "does", "parts"):
                yield step.at + LOOK


def newest(replay: Replay, known: set[str]) -> str:
    """The name of the case that was opened just now."""
    every = json.loads(replay.run("cases", "--all", "--offline", "--json"))
    (name,) = {each["case"] for each in every} - known
    return str(name)


GREETS = {"en": "Hello", "de": ("Hallo ", "Guten Tag "), "fr": "Bonjour "}
Cases = dict[str, Script]


def every_case_ends_as_the_script_says(replay: Replay, cases: Cases) -> None:
    """Forty cases, each in its stage, and no other: nothing else that was written is one."""
    shown = json.loads(replay.run("cases", "--all", "--offline", "--json"))
    found = {each["case"]: each["stage"] for each in shown}
    assert found == {name: each.story.stage for name, each in cases.items()}
    assert len(found) == CASES
    assert {each.story.stage for each in cases.values()} == {
        "waiting", "answered", "call due", "called", "agreed", "done", "checked in", "resolved",
    }  # fmt: skip
    assert replay.problems == []


def every_clock_rings_once_and_on_time(replay: Replay, cases: Cases) -> None:
    """At its minute, told as due when it is; never a minute before, and nothing else rings."""
    wanted = Counter(
        (rings, name, clock, due, number)
        for name, each in cases.items()
        for course_ in each.courses
        for clock, rings, due, number in course_.rings
        if rings <= END
    )
    assert Counter(replay.rung) == wanted
    assert len({clock for _, _, clock, _, _ in wanted}) == 6
    assert set(wanted.values()) == {1}


def every_draft_is_the_right_one(replay: Replay, cases: Cases) -> None:
    """One for each occasion, when it is time, in its thread, to the client, in their language, with what was agreed."""
    wanted = sorted(
        (each.story.subject, when, kind)
        for each in cases.values()
        for course_ in each.courses
        for kind, when in course_.drafts
        if when <= END
    )
    found = sorted((e.subject.removeprefix("Re: "), e.at, e.kind) for e in replay.laid)
    assert [(subject, kind) for subject, _, kind in found] == [(s, k) for s, _, k in wanted]
    for (subject, at_, kind), (_, due, _) in zip(found, wanted, strict=True):
        assert due <= at_ <= due + LOOK, (subject, kind)
    stories_ = {each.story.subject: each for each in cases.values()}
    for each in replay.laid:
        script = stories_[each.subject.removeprefix("Re: ")]
        client = script.story.client
        assert str(each.message["To"]).split("<")[1] in " ".join(client.people)
        assert each.message["In-Reply-To"] in each.message["References"].split()
        assert each.words.startswith(GREETS[client.tongue])
        said = [text for round_ in script.story.rounds for text, _, _ in round_.agreed]
        if each.kind == "s":
            assert any(text in " ".join(each.words.split()) for text in said)
        assert "but" not in each.words.lower().split()


def the_mailbox_is_as_it_was_but_for_marks_and_drafts(replay: Replay, cases: Cases) -> None:
    """Each unhappy letter bears its tone, no other letter any; unread; nothing was sent."""
    unhappy = {
        COMPLAINTS[step.detail].text: COMPLAINTS[step.detail].tone
        for each in cases.values()
        for step in each.steps()
        if step.what == "complains"
    }
    letters = replay.account.contents() + replay.account.contents(FOLDER)
    tones: Counter[str] = Counter()
    for each in letters:
        text = each.raw.decode("utf-8")
        said = [tone for words, tone in unhappy.items() if words in text]
        marks = [f.removeprefix("tone-") for f in each.flags if f.startswith("tone-")]
        assert marks == said, text
        assert "\\seen" not in each.flags
        tones.update(marks)
    written = sum(step.what == "complains" for each in cases.values() for step in each.steps())
    assert tones.total() == written
    assert len(letters) + len(replay.account.contents("Sent")) > 1_900
    sent = {"answers", "sends"}
    answers = sum(not each.inward for each in calm())
    assert len(replay.account.contents("Sent")) == answers + sum(
        step.what in sent for each in cases.values() for step in each.steps()
    )


def the_report_is_the_scripts(replay: Replay, cases: Cases) -> None:
    """Cases, tones, causes and times of the year, by client and by cause, worked out from the script."""
    every = list(cases.values())
    by_client = json.loads(
        replay.run("report", "--since", "2025-01-01", "--by", "client", "--json")
    )
    assert figures(by_client["total"]) == expected(every)
    assert {each["key"]: figures(each) for each in by_client["groups"]} == {
        client.key: expected([each for each in every if each.story.client == client])
        for client in CLIENTS
        if any(each.story.client == client for each in every)
    }
    by_cue = json.loads(replay.run("report", "--since", "2025-01-01", "--by", "cue", "--json"))
    assert {each["key"]: each["opened"] for each in by_cue["groups"]} == dict(
        Counter(cue for each in every for cue in cues(each))
    )
    by_month = json.loads(replay.run("report", "--since", "2025-01-01", "--by", "month", "--json"))
    assert {each["key"]: each["opened"] for each in by_month["groups"] if each["opened"]} == dict(
        Counter(f"{each.story.rounds[0].opened.astimezone(ZONE):%Y-%m}" for each in every)
    )


def a_lost_state_is_put_together_again(replay: Replay, cases: Cases) -> None:
    """From the mailbox, what was told from its export: the same cases of the last weeks, in the same stages, and not
    one draft more."""
    kept = replay.home.folder / "told.json"
    replay.run("export", str(kept))
    for each in replay.home.state.glob("state.sqlite3*"):
        each.unlink()
    drafts = replay.account.contents("Drafts")
    since = END - timedelta(days=50)
    with replay.at_work():
        replay.wake(END, Request(since=since.date()))
    replay.run("import", str(kept))
    with replay.at_work():
        replay.wake(END + LOOK)
    shown = json.loads(replay.run("cases", "--all", "--offline", "--json"))
    assert {each["case"]: each["stage"] for each in shown} == {
        name: each.story.stage
        for name, each in cases.items()
        if each.story.rounds[-1].opened > since
    }
    assert replay.account.contents("Drafts") == drafts


FIGURES = (
    "opened",
    "open",
    "resolved",
    "reopened",
    "tones",
    "cues",
    "answer",
    "call",
    "resolve",
    "days",
)


def figures(group: dict[str, Any]) -> dict[str, Any]:
    return {name: group[name] for name in FIGURES}


def cues(script: Script) -> frozenset[str]:
    return frozenset(cue for each in script.courses for cue in each.cues)


def expected(those: Sequence[Script]) -> dict[str, Any]:
    """What the report must say of some cases."""
    over = [each for each in those if each.last.resolved is not None]
    first = [each.story.rounds[0].opened for each in over]
    ended = [each.last.resolved for each in over if each.last.resolved is not None]
    heats = Counter(max(course_.heat for course_ in each.courses) for each in those)
    return {
        "opened": len(those),
        "open": len(those) - len(over),
        "resolved": len(over),
        "reopened": sum(len(each.courses) > 1 for each in those),
        "tones": {tone: heats[heat] for heat, tone in TONES.items()},
        "cues": dict(Counter(cue for each in those for cue in cues(each))),
        "answer": times("hours", [each.courses[0].answered for each in those]),
        "call": times("hours", [_called(each) for each in those]),
        "resolve": times("hours", list(map(between, first, ended))),
        "days": times(
            "days",
            [
                (end.astimezone(ZONE).date() - begin.astimezone(ZONE).date()).days
                for begin, end in zip(first, ended, strict=True)
            ],
        ),
    }


def _called(script: Script) -> float | None:
    """In the first round that had a call."""
    return next((each.called for each in script.courses if each.called is not None), None)


def times(unit: str, found: Sequence[float | None]) -> dict[str, Any]:
    known = sorted(each for each in found if each is not None)
    if not known:
        return {"cases": 0, "unit": unit, "median": None, "ninetieth": None}
    nine_in_ten = next(each for n, each in enumerate(known, 1) if n >= 0.9 * len(known))
    return {
        "cases": len(known),
        "unit": unit,
        "median": round(statistics.median(known), 2),
        "ninetieth": round(nine_in_ten, 2),
    }
