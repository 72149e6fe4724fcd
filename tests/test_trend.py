"""What is said of a client who writes otherwise than usual; and that nothing is said of one who doesn't."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.cases.history import Trace
from assistant.cases.trend import Sign, at_risk
from assistant.cases.usual import Usual
from assistant.cases.usual import usual as year_of
from assistant.model import Calling

CALLING = Calling(hours=((9 * 60, 17 * 60),))
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
"""A Monday evening."""
KINDS = ["heat", "rising", "chasing", "copy", "waiting", "greeting", "short", "rare"]


def came(days: float, **facts: int) -> Trace:
    """A message of the client's, so many days ago."""
    return Trace(NOW - timedelta(days=days), inward=True, **({"words": 60, "warmth": 2} | facts))


def sent(days: float) -> Trace:
    return Trace(NOW - timedelta(days=days), inward=False)


def topic(days: float, hours: float = 2, **facts: int) -> list[Trace]:
    """A message, and its answer so many hours later."""
    return [came(days, **facts), sent(days - hours / 24)]


def usual(weeks: Iterable[int] = range(5, 30)) -> list[Trace]:
    """A topic each Monday morning, until a month ago; warmly greeted, answered after two hours."""
    return [trace for week in weeks for trace in topic(7 * week + 1 / 3)]


def lately(**facts: int) -> list[Trace]:
    """The same, week by week, but for these facts."""
    return [trace for week in range(5) for trace in topic(7 * week + 1 / 3, **facts)]


def said(traces: Iterable[Trace]) -> list[str]:
    return [each.text for each in at_risk(traces, NOW, CALLING)]


@pytest.mark.parametrize(
    ("recent", "text"),
    [
        (lately(), None),
        (lately(heat=2), "was unhappy in 5 of the last 5 messages; before, in none of 25"),
        ([*lately()[:6], *topic(1, heat=3)], None),  # once is no trend
        (
            [*topic(80, heat=1), *topic(50, heat=2), *topic(6, heat=4), *lately()],
            "was unhappier each time: heat 1, 2, 4 of 5",
        ),
        ([*topic(80, heat=1), *topic(50, heat=2), *topic(6, heat=2), *lately()], None),
        (
            [*lately()[2:], came(4), came(3), came(2), came(1)],
            "wrote 4 times in a row without an answer; usually once",
        ),
        ([*lately()[2:], came(1), came(0.999), came(0.998)], None),  # a correction, an attachment
        ([*lately()[2:], came(4), came(3), came(2), came(1), sent(0)], None),
        (lately(copied=2), "has 2 people in copy of late; before, never anybody"),
        ([*lately()[2:], *topic(1, copied=1)], None),
        (
            [trace for week in range(5) for trace in topic(7 * week + 1 / 3, hours=7)],
            "waits 7 working hours for an answer (the middle of the last 5); usually 2 working hours",
        ),
        (lately(warmth=0), "greeted less warmly in 5 of the last 5 letters; before, in none of 25"),
        (lately(words=12), "writes 12 words a message; usually 60"),
        (lately(words=40), None),
    ],
)
def test_what_is_not_as_usual(recent: list[Trace], text: str | None) -> None:
    """A fact, with the usual beside it; of what is as usual nothing."""
    assert said([*usual(), *recent]) == ([text] if text else [])


def test_who_has_gone_quiet() -> None:
    """Far fewer than in any month before. Who is silent for longer has gone, and is not at risk any more."""
    busy = [trace for day in range(31, 200, 3) for trace in topic(day)]
    rare = "wrote once in the last 30 days; in every 30 days before, 10 times or more"
    assert said([*busy, *topic(29)]) == [rare]
    assert said(busy) == [rare.replace("once", "not once", 1)]
    gone = [replace(each, at=each.at - timedelta(days=31)) for each in busy]
    assert said(gone) == []


def test_who_always_was_so_is_so() -> None:
    """Everybody is compared with themselves only."""
    facts = {"heat": 3, "copied": 5, "warmth": 0, "words": 5}
    grumbler = [trace for week in range(30) for trace in topic(7 * week + 1 / 3, 30, **facts)]
    assert said(grumbler) == []
    chaser = [came(week * 7 + 5 - day) for week in range(30) for day in (0, 1, 2)]
    answers = [sent(week * 7 + 1) for week in range(1, 30)]
    assert said([*chaser, *answers]) == []


@pytest.mark.parametrize("weeks", [range(0), range(5, 6), range(5, 9)])
def test_with_little_to_compare_nothing_is_said(weeks: range) -> None:
    """Of a new client nobody knows what is usual."""
    odd = [came(4 - n, heat=3, copied=4, warmth=0, words=3) for n in range(4)]
    assert said([*usual(weeks), *odd]) == []


def test_the_gravest_comes_first() -> None:
    """All that is not as usual, each kind once."""
    odd = [came(4 - n, heat=n + 1, copied=4, warmth=0, words=3) for n in range(4)]
    kinds = [each.kind for each in at_risk([*usual(), *odd], NOW, CALLING)]
    assert kinds == ["heat", "rising", "chasing", "copy"]


def test_a_night_is_no_wait() -> None:
    """Waits are working time: who writes on Friday evening is answered on Monday at nine."""
    fridays = [
        trace
        for week in range(30)
        for trace in (came(7 * week + 2.9), came(7 * week + 2.8, words=9), sent(7 * week + 0.3))
    ]
    assert said(fridays) == []


HISTORIES = st.lists(
    st.builds(
        Trace,
        at=st.timedeltas(timedelta(days=-2), timedelta(days=500)).map(NOW.__sub__),
        inward=st.booleans(),
        heat=st.integers(0, 5),
        words=st.integers(0, 300),
        copied=st.integers(0, 9),
        warmth=st.integers(0, 2),
    ),
    max_size=60,
)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(traces: list[Trace], order: random.Random) -> None:
    """Nor what is older than a year and a month, or in the future; at most one sign of a kind, each one line."""
    found = at_risk(traces, NOW, CALLING)
    shuffled = [*traces, Trace(NOW - timedelta(days=396), True, 5), Trace(NOW + timedelta(1), True)]
    order.shuffle(shuffled)
    assert at_risk(shuffled, NOW, CALLING) == found
    kinds = [each.kind for each in found]
    assert kinds == [each for each in KINDS if each in kinds]
    assert all(len(each.text) < 120 and each.text.isprintable() for each in found)


STEADY = st.fixed_dictionaries(
    {
        "heat": st.integers(0, 5),
        "words": st.integers(0, 300),
        "copied": st.integers(0, 9),
        "warmth": st.integers(0, 2),
    }
)


@settings(max_examples=60)
@given(STEADY, st.integers(1, 40), st.integers(1, 60), st.integers(0, 400), st.floats(0, 1))
def test_no_sign_for_a_steady_client(
    facts: dict[str, int], every: int, hours: int, days: int, phase: float
) -> None:
    """Whatever is usual with them, whenever they are looked at."""
    hours = min(hours, every * 24 - 1)
    starts = itertools.takewhile(
        lambda day: day < days, (every * (n + phase) for n in itertools.count())
    )
    traces = [trace for start in starts for trace in topic(start, hours, **facts)]
    assert at_risk(traces, NOW, Calling(days=frozenset(range(7)), hours=((0, 24 * 60),))) == ()


def a_client(chance: random.Random) -> list[Trace]:
    """Somebody whose mail has no trend: each topic is drawn like every other."""
    unhappy, warm = chance.choice([0, 0.05, 0.15, 0.3]), chance.choice([0, 0.5, 0.9])
    between, answer = chance.choice([2, 5, 10, 20]), chance.choice([2, 8, 30])
    copied = chance.choice([[0], [0, 0, 0, 1], [0, 1, 2, 3]])
    at = chance.uniform(30, 395)
    traces: list[Trace] = []
    while at > 0:
        traces.append(
            came(
                at,
                heat=chance.randint(1, 5) * (chance.random() < unhappy),
                words=int(chance.lognormvariate(4, 0.6)),
                copied=chance.choice(copied),
                warmth=2 * (chance.random() < warm),
            )
        )
        if chance.random() < 0.3:  # nobody has answered when they write again
            at -= chance.expovariate(1)
        else:
            at -= chance.expovariate(24 / answer)
            traces.append(sent(at))
            at -= chance.expovariate(1 / between)
    return [each for each in traces if each.at <= NOW]


def test_chance_alone_is_seldom_called_a_trend() -> None:
    """Of 1,000 clients who do not change, fewer than 4 in 100 get any sign."""
    chance = random.Random(9)
    found = [at_risk(a_client(chance), NOW, CALLING) for _ in range(1_000)]
    assert sum(map(bool, found)) < 40


def test_a_sign_tells_its_kind() -> None:
    """For lists and for machines."""
    (sign,) = at_risk([*usual(), *lately(heat=2)], NOW, CALLING)
    assert sign == Sign("heat", "was unhappy in 5 of the last 5 messages; before, in none of 25")


# --- what is usual ----------------------------------------------------------------------------------


def test_a_year_in_a_few_numbers() -> None:
    """Messages, unhappy ones, the middle of all waits in working hours, the last; whatever is older is left out."""
    traces = [*usual(range(5, 60)), came(3, heat=2), came(2), came(-1)]
    random.Random(1).shuffle(traces)
    found = year_of(traces, NOW, CALLING)
    assert found == Usual(messages=50, unhappy=1, wait=2.0, last=NOW - timedelta(days=2))


def test_who_was_never_answered_has_no_usual_wait() -> None:
    """Nor is anybody a client who did not write within the year."""
    found = year_of([came(3), came(2)], NOW, CALLING)
    assert found == Usual(messages=2, unhappy=0, wait=None, last=NOW - timedelta(days=2))
    assert year_of([came(366), sent(3)], NOW, CALLING) is None
