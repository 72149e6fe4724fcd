"""What a report counts, against figures worked out by hand."""

from __future__ import annotations

import random
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.figures import Times, measure, times
from assistant.cases.report import Report, difference, known_name, report, slower, slower_for_most
from assistant.model import Address, Calling, Case, Client
from tests.casebook import CALLING, agency, berlin, called, came, case, resolved, sent

SINCE, UNTIL = berlin(4, 1, 0), berlin(7, 1, 0)
# The second quarter of 2026 and the 91 days before it; April 1 is a Wednesday.
CASES = [
    # Thursday 10:00; answered 12:00 (2 h); called Friday 10:00 (8 h); resolved Monday 11:00 (17 h, 4 days).
    case(
        "c-1", "Blume", "late",
        came(berlin(4, 2, 10), 2), sent(berlin(4, 2, 12), "holding"), called(berlin(4, 3, 10)), resolved(berlin(4, 6, 11)),
    ),
    # Monday 09:00; answered 13:00 (4 h); never called; open. Two causes, one of them again.
    case(
        "c-2", "Blume", "late billing",
        came(berlin(5, 4, 9), 3), sent(berlin(5, 4, 13)),
    ),
    # Saturday; called on Sunday: answered and called within no working time; resolved Tuesday 10:00 (9 h, 3 days);
    # reopened on May 20 by an angrier message, answered, still open.
    case(
        "c-3", "Adler", "billing",
        came(berlin(5, 9, 12), 1), called(berlin(5, 10, 12)), resolved(berlin(5, 12, 10)),
        came(berlin(5, 20), 4), sent(berlin(5, 21)),
    ),
    # Nobody has answered; no cause.
    case("c-4", "Adler", "", came(berlin(6, 30, 16), 3)),
    # Of the period before; resolved within it.
    case("c-5", "Celeste", "late", came(berlin(2, 2, 9), 5), sent(berlin(2, 2, 16)), resolved(berlin(2, 3, 16))),
    # Of the period before; answered and resolved after its end: not by then.
    case("c-6", "Blume", "late", came(berlin(3, 31, 16), 3), sent(berlin(4, 1, 10)), resolved(berlin(4, 2, 9))),
    # Of neither.
    case("c-7", "Blume", "late", came(berlin(7, 1, 0), 3)),
    case("c-8", "Blume", "late", came(berlin(12, 30, 9, year=2025), 3)),
]  # fmt: skip


def told(by: str = "client", cases: list[Case] = CASES) -> Report:
    return report(cases, SINCE, UNTIL, by, CALLING)  # type: ignore[arg-type]


def test_the_whole_period() -> None:
    """By hand, from the comments above."""
    now = told().total.now
    assert (now.opened, now.open, now.resolved, now.reopened, now.repeated) == (4, 3, 1, 1, 1)
    assert dict(now.tones) == {2: 1, 3: 2, 4: 1}
    assert list(now.cues.items()) == [("billing", 2), ("late", 2)]
    assert now.answer == Times(3, 2.0, 4.0)  # 0, 2, 4
    assert now.call == Times(2, 4.0, 8.0)  # 0, 8
    assert now.resolve == Times(1, 17.0, 17.0)
    assert now.days == Times(1, 4, 4)


def test_the_period_before_is_told_as_it_stood_at_its_end() -> None:
    """Else it would look better for having had more time."""
    found = told()
    assert found.before is not None
    assert (found.before.since, found.before.until) == (
        berlin(12, 31, 0, year=2025),
        berlin(4, 1, 0),
    )
    then = found.total.before
    assert then is not None
    assert (then.opened, then.open, then.resolved, then.reopened, then.repeated) == (2, 1, 1, 0, 0)
    assert then.answer == Times(1, 7.0, 7.0)
    assert (then.resolve.median, then.days.median) == (15.0, 1)


def test_by_client() -> None:
    """The most cases first, then by name; who had cases only before is there, too."""
    found = {each.name: each for each in told().groups}
    assert [*found] == ["Adler", "Blume", "Celeste"]
    blume, gone = found["Blume"], found["Celeste"]
    assert blume.key == "blume.example"
    assert (blume.now.opened, blume.now.open, blume.now.repeated) == (2, 1, 1)
    assert blume.now.answer == Times(2, 3.0, 4.0)
    assert blume.before is not None
    assert (blume.before.opened, blume.before.open) == (1, 1)
    assert (gone.now.opened, gone.now.answer) == (0, Times())
    assert gone.before is not None
    assert gone.before.opened == 1


def test_by_cue() -> None:
    """A case about two things is in both; one without a cause has a group as well."""
    found = {each.key: each for each in told("cue").groups}
    assert [*found] == ["billing", "late", ""]
    assert {key: each.now.opened for key, each in found.items()} == {"billing": 2, "late": 2, "": 1}
    assert {key: each.now.repeated for key, each in found.items()} == {
        "billing": 0,
        "late": 1,
        "": 0,
    }
    assert found["late"].before is not None
    assert found["late"].before.opened == 2


def test_by_month() -> None:
    """By the user's calendar; every month of the period, compared with the one above it."""
    groups = told("month").groups
    assert [(each.key, each.name, each.now.opened) for each in groups] == [
        ("2026-04", "Apr 2026", 1), ("2026-05", "May 2026", 2), ("2026-06", "Jun 2026", 1),
    ]  # fmt: skip
    assert groups[0].before is None
    assert groups[1].before == groups[0].now
    assert [each.now.repeated for each in groups] == [0, 1, 0]


def test_a_month_that_is_cut_short_is_compared_with_none() -> None:
    found = report(CASES, berlin(4, 2), berlin(6, 20), "month", CALLING).groups
    assert [each.key for each in found] == ["2026-04", "2026-05", "2026-06"]
    assert [each.before for each in found] == [None, None, None]


def test_an_hour_before_midnight_belongs_to_the_users_month() -> None:
    """In Berlin it is May already."""
    late = case("c-1", "Blume", "late", came(berlin(5, 1, 0, 30).astimezone(UTC)))
    found = told("month", [late]).groups
    assert [each.now.opened for each in found] == [0, 1, 0]


def test_repeated_causes_are_named() -> None:
    """With all their cases."""
    (found,) = told().repeats
    assert (found.client, found.name, found.cue) == ("blume.example", "Blume", "late")
    assert found.cases == ("c-1", "c-2")


def test_before_mail_was_watched_there_is_nothing_to_compare_with() -> None:
    """The first report would show a rise where there was none."""
    found = report(CASES, SINCE, UNTIL, "client", CALLING, watched=berlin(1, 2))
    assert found.before is None
    assert {each.before for each in (found.total, *found.groups)} == {None}
    assert [each.key for each in found.months] == ["2026-04", "2026-05", "2026-06"]
    young = report(CASES, SINCE, UNTIL, "month", CALLING, watched=berlin(5, 4))
    assert [(each.key, each.now.opened) for each in young.groups] == [
        ("2026-04", 1), ("2026-05", 2), ("2026-06", 1),
    ], "older mail was looked at as well"  # fmt: skip
    empty = report(CASES[1:], SINCE, UNTIL, "month", CALLING, watched=berlin(5, 4, 8))
    assert [(each.key, each.before) for each in empty.groups] == [
        ("2026-05", None),
        ("2026-06", None),
    ]


def test_a_reopened_case_counts_each_wait_from_its_own_beginning() -> None:
    """Resolved without a word, reopened a month later and answered in an hour: an hour, not a month."""
    events = (
        came(berlin(4, 1, 9)), resolved(berlin(4, 2, 9)),
        came(berlin(5, 4, 9)), sent(berlin(5, 4, 10)), called(berlin(5, 4, 11)), resolved(berlin(5, 5, 9)),
    )  # fmt: skip
    found = measure(case("c-1", "Blume", "late", *events), UNTIL, CALLING)
    assert (found.answer, found.call, found.reopened) == (1, 2, True)
    assert found.days == 34  # April 1 to May 5
    once = measure(case("c-1", "Blume", "late", *events), berlin(5, 1), CALLING)
    assert (once.answer, once.call, once.reopened, once.days, once.resolve) == (
        None,
        None,
        False,
        1,
        8,
    )
    between = measure(case("c-1", "Blume", "late", *events), berlin(5, 4, 9, 30), CALLING)
    assert (between.reopened, between.resolved, between.answer) == (True, False, None)


@pytest.mark.parametrize(
    ("found", "median", "ninetieth"),
    [
        ([5.0], 5, 5),
        ([1.0, 2.0], 1.5, 2),
        ([float(each) for each in range(1, 11)], 5.5, 9),
        ([float(each) for each in range(1, 12)], 6, 10),
        ([float(each) for each in range(1, 21)], 10.5, 18),
        ([3.0, 1.0, 2.0], 2, 3),
    ],
)
def test_the_middle_and_nine_in_ten(found: list[float], median: float, ninetieth: float) -> None:
    assert times(found) == Times(len(found), median, ninetieth)
    assert times([*found, None]) == times(found)


def test_too_few_to_say() -> None:
    """A count needs five in either period, a time five measured in both."""
    assert (difference(4, 4), difference(5, 0), difference(1, 6)) == (None, 5, -5)
    five, four = times([1.0] * 5), times([3.0] * 4)
    assert slower(five, four) is None
    assert slower(times([3.0] * 5), five) == 2
    assert slower(Times(), Times()) is None
    assert slower_for_most(five, five) is None
    ten = [float(each) for each in range(1, 11)]
    assert slower_for_most(times(ten), times([each * 2 for each in ten])) == -9


@pytest.mark.parametrize(
    ("known", "name"),
    [
        (Client("blume.example", (Address("Bo", "bo@blume.example"),), "Blume"), "Blume"),
        (Client("blume.example", (Address("", "a@b.example"), Address("Bo", "bo@b.example"))), "Bo"),
        (Client("blume.example", (Address("", "bo@blume.example"),)), "blume.example"),
        (Client("blume.example"), "blume.example"),
    ],
)  # fmt: skip
def test_what_a_client_is_called(known: Client, name: str) -> None:
    assert known_name(known) == name


YEAR = agency(UNTIL)


@given(st.integers(1, 700), st.integers(0, 400), st.randoms(use_true_random=False))
def test_it_adds_up(length: int, back: int, dice: random.Random) -> None:
    """Whatever the period: nothing is lost or counted twice, and the order of the cases does not matter."""
    until = UNTIL - timedelta(days=back)
    since = until - timedelta(days=length)
    found = report(YEAR, since, until, "client", CALLING)
    shuffled = list(YEAR)
    dice.shuffle(shuffled)
    assert report(shuffled, since, until, "client", CALLING) == found
    total = found.total.now
    assert total.opened == sum(since <= each.progress.first < until for each in YEAR)
    assert total.opened == total.open + total.resolved == sum(total.tones.values())
    for groups in (found.clients, found.months):
        for name in ("opened", "open", "reopened", "repeated"):
            assert sum(getattr(each.now, name) for each in groups) == getattr(total, name)
    assert {
        each.key: each.now.opened for each in found.cues if each.key and each.now.opened
    } == total.cues
    assert (
        found.total.before == report(YEAR, since - (until - since), since, "cue", CALLING).total.now
    )


def test_without_a_zone_the_calendar_is_that_of_utc() -> None:
    """June 30, 23:30 in UTC is July in Berlin."""
    late = case("c-1", "Blume", "late", came(berlin(7, 1, 1, 30)))
    assert report([late], SINCE, UNTIL, "month", CALLING).total.now.opened == 0
    nowhere = Calling()
    found = report([late], SINCE, berlin(7, 1, 3), "month", nowhere)
    assert [(each.key, each.now.opened) for each in found.groups][-2:] == [
        ("2026-06", 1),
        ("2026-07", 0),
    ]
