"""The thread as a timeline, and what it proves for the client."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.right import Fact, Proved, facts
from assistant.cases.said import Kind, Said
from assistant.cases.timeline import Timeline, timeline
from assistant.model import Case, Doing, Note
from tests.builders import QUICK
from tests.thread import CALLING, MONDAY, SHOP, SHOP_NOW, Mail, case, ours

FURIOUS = "This is unacceptable. I have asked three times and nobody answers. Where is my order?"
HOUR = timedelta(hours=1)
NOW = MONDAY + timedelta(days=30)


def came(days: float, text: str = FURIOUS) -> Mail:
    return Mail(days, text)


def calm(days: float) -> Mail:
    return Mail(days, "Here are the photos for the page.")


def sent(days: float) -> Mail:
    return ours(days, "Thank you.")


def called(days: float) -> Note:
    return Note(MONDAY + timedelta(days=days), Doing.CALLED, "spoke to Ilse")


def lines(found: Case, now: datetime = NOW) -> Timeline:
    return timeline(found, now, CALLING)


def waits(line: Timeline) -> list[tuple[int, bool, float, bool] | None]:
    """Since which message, whether the client waits, working hours, whether it was over."""
    return [
        (each.wait.since, each.wait.client, each.wait.worked / HOUR, each.wait.over)
        if each.wait
        else None
        for each in line.steps
    ]


def proved(found: Case, *promises: Said, now: datetime = NOW) -> tuple[Fact, ...]:
    return facts(found, lines(found, now), promises, now, CALLING)


# --- the timeline -------------------------------------------------------------------------------


def test_who_waited_for_whom() -> None:
    """The client from the first message that nobody answered, the user from the last word to them."""
    line = lines(case(*SHOP, now=SHOP_NOW), SHOP_NOW)
    assert [each.number for each in line.steps] == [1, 2, 3, 4, 5, 6]
    assert waits(line) == [
        None,
        (1, True, pytest.approx(4.8), True),
        (2, False, pytest.approx(43.2), True),
        (3, True, pytest.approx(18.4), False),
        (3, True, pytest.approx(30.0), False),
        (3, True, pytest.approx(31.2), True),
    ]
    assert line.now is not None
    assert (line.now.client, line.now.since) == (False, 6)


def test_a_call_is_a_word() -> None:
    """It ends the wait like a letter, and stands on the line with the user's own note."""
    found = case(came(0), came(2), notes=[called(1)], now=NOW)
    line = lines(found)
    assert [(each.number, each.kind, each.text) for each in line.steps] == [
        (1, "", ""),
        (0, "called", "spoke to Ilse"),
        (2, "", ""),
    ]
    assert waits(line) == [None, (1, True, 8.0, True), (0, False, 8.0, True)]


def test_who_writes_twice_without_an_answer_has_waited_only_as_a_client() -> None:
    """The user's own second letter tells nothing of waiting."""
    line = lines(case(came(0), sent(1), sent(2), now=NOW))
    assert waits(line) == [None, (1, True, 8.0, True), None]
    assert line.now is not None
    assert line.now.since == 3


def test_a_weekend_is_no_wait() -> None:
    """Working time only: from Friday evening to Monday morning nobody waits."""
    line = lines(case(came(4.4), sent(7), now=NOW))
    assert waits(line)[1] == (1, True, 0.0, True)


def test_what_has_not_happened_yet_is_not_shown() -> None:
    found = case(came(0), sent(5), now=NOW)
    line = lines(found, MONDAY + timedelta(days=1))
    assert [each.number for each in line.steps] == [1]
    assert line.now is not None
    assert line.now.client


# --- what it proves -----------------------------------------------------------------------------


def test_messages_that_nobody_answered() -> None:
    """All before the unhappy one, with the time that passed."""
    (fact,) = [each for each in proved(case(calm(0), calm(1), came(2), now=NOW)) if each.worked]
    assert (fact.about, fact.letters, fact.worked) == (Proved.UNANSWERED, (1, 2, 3), 16 * HOUR)


@pytest.mark.parametrize(
    ("mails", "notes"),
    [
        ((came(0),), ()),
        ((calm(0), sent(1), came(2)), ()),
        ((calm(0), came(2)), (called(1),)),
        ((came(0), came(0.02)), ()),  # an afterthought
        ((came(4.5), came(5)), ()),  # on a weekend
        ((came(0), calm(2)), ()),  # nothing unhappy about it
    ],
)
def test_no_message_went_unanswered(mails: tuple[Mail, ...], notes: tuple[Note, ...]) -> None:
    found = proved(case(*mails, notes=notes, now=NOW))
    assert Proved.UNANSWERED not in [each.about for each in found]


def promise(letter: int, due: date | None, kind: Kind = Kind.PROMISE) -> Said:
    return Said(kind, "I'll send it by Friday.", (0, 23), letter, due, inferred=True)


FRIDAY = date(2026, 3, 6)


@pytest.mark.parametrize(
    ("mails", "notes", "days", "passed"),
    [
        ((came(0), sent(0.1)), (), 5, True),
        ((came(0), sent(0.1)), (), 4.5, False),  # it is that day
        ((came(0), sent(0.1), sent(3)), (), 9, False),  # there was a word in time
        ((came(0), sent(0.1), sent(4.6)), (), 9, False),  # in the evening of that day
        ((came(0), sent(0.1), sent(5)), (), 9, True),  # too late
        ((came(0), sent(0.1)), (called(3),), 9, False),
        ((came(0), sent(0.1), came(3)), (), 9, True),
    ],
)
def test_a_day_of_ours_that_passed(
    mails: tuple[Mail, ...], notes: tuple[Note, ...], days: float, passed: bool
) -> None:
    now = MONDAY + timedelta(days=days)
    found = proved(case(*mails, notes=notes, now=now), promise(2, FRIDAY), now=now)
    assert (Proved.PASSED in [each.about for each in found]) is passed
    if passed:
        (fact,) = [each for each in found if each.about is Proved.PASSED]
        assert (fact.letters, fact.due, fact.inferred) == ((2,), FRIDAY, True)


def test_only_a_promise_with_a_day_can_pass() -> None:
    """And the same day is told once."""
    found = case(came(0), sent(0.1), now=NOW)
    assert proved(found, promise(2, None), promise(2, FRIDAY, Kind.DATE)) == ()
    assert len(proved(found, promise(2, FRIDAY), promise(2, FRIDAY))) == 1


def test_a_complaint_that_was_made_before() -> None:
    """By what it is about; an unhappy message alone repeats nothing."""
    twice = proved(case(came(0), sent(1), came(2), now=NOW))
    cues = {each.cue for each in twice if each.about is Proved.REPEATED}
    assert "ignored" in cues
    assert all(each.letters == (1, 3) for each in twice)
    assert proved(case(came(0), sent(1), calm(2), now=NOW)) == ()


EVENTS = st.lists(
    st.tuples(st.floats(0, 20), st.sampled_from([came, calm, sent])), min_size=1, max_size=8
)


@QUICK
@given(EVENTS)
def test_any_thread(events: list[tuple[float, object]]) -> None:
    """No wait is negative or longer than its time, and every fact points at letters that are there."""
    mails = [make(days) for days, make in sorted(events, key=lambda each: each[0])]  # type: ignore[operator]
    found = case(came(0), *mails, now=NOW)
    line = lines(found)
    for step in line.steps:
        if step.wait:
            assert timedelta() <= step.wait.worked <= step.wait.end - step.wait.start
            assert step.wait.since < step.number
    for fact in facts(found, line, (), NOW, CALLING):
        assert all(1 <= each <= len(found.letters) for each in fact.letters)
        assert all(found.letters[each - 1].entry.inward for each in fact.letters)
