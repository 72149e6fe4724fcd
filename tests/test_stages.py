"""How far a case has come, and what is due in it."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.clocks import clocks, nudge
from assistant.cases.stages import progress
from assistant.model import Allowed, Calling, Clock, Doing, Entry, Note, Progress, Stage

CALLING = Calling(zone=None, hours=((9 * 60, 17 * 60),))
ALLOWED = Allowed()
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(days: float = 0, hours: float = 0) -> datetime:
    """So long after a Monday at nine."""
    return MONDAY + timedelta(days=days, hours=hours)


def came(days: float = 0, hours: float = 0, heat: int = 0) -> Entry:
    return Entry(at(days, hours), inward=True, heat=heat)


def sent(days: float = 0, hours: float = 0, kind: str = "", words: int = 40) -> Entry:
    return Entry(at(days, hours), inward=False, kind=kind, words=words)


def note(doing: Doing, days: float, number: int = 0, due: date | None = None) -> Note:
    return Note(at(days), doing, due=due, number=number)


def stands(*events: Entry | Note, days: float = 0, hours: float = 0) -> Progress:
    entries = [each for each in events if isinstance(each, Entry)]
    notes = [each for each in events if isinstance(each, Note)]
    found = progress(entries, notes, at(days, hours), CALLING, ALLOWED)
    assert found is not None
    return found


COMPLAINT = came(heat=3)
ANSWER = sent(hours=1)
CALL = note(Doing.CALLED, 1)
AGREED = note(Doing.AGREED, 1.01, 1, date(2026, 3, 6))
DID = note(Doing.DID, 4, 1)
CHECKED = sent(6, kind="checkin")


@pytest.mark.parametrize(
    ("events", "days", "stage"),
    [
        ((), 0, Stage.WAITING),
        ((ANSWER,), 0.1, Stage.ANSWERED),
        ((ANSWER,), 0.5, Stage.CALL_DUE),
        ((ANSWER, CALL), 1, Stage.CALLED),
        ((ANSWER, CALL, AGREED), 2, Stage.AGREED),
        ((ANSWER, CALL, AGREED, DID), 4, Stage.DONE),
        ((ANSWER, CALL, AGREED, DID, CHECKED), 6, Stage.CHECKED_IN),
        ((ANSWER, CALL, AGREED, DID, CHECKED), 13, Stage.RESOLVED),
        ((ANSWER, CALL, AGREED, DID, sent(5)), 5, Stage.CHECKED_IN),  # in words of their own
        # The summary of the call, or an update, that was sent late asks nothing.
        ((ANSWER, CALL, AGREED, DID, sent(5, kind="summary")), 5, Stage.DONE),
        ((ANSWER, CALL, AGREED, DID, sent(5, kind="update")), 5, Stage.DONE),
        ((ANSWER, CALL, sent(2, kind="summary")), 2, Stage.CALLED),
        ((ANSWER, sent(2, kind="summary")), 2, Stage.CALLED),
        ((ANSWER, note(Doing.RESOLVED, 1)), 1, Stage.RESOLVED),
        ((sent(1, kind="parting"),), 1, Stage.RESOLVED),
        ((CALL,), 1, Stage.CALLED),  # nothing was ever written
    ],
)
def test_each_step(events: tuple[Entry | Note, ...], days: float, stage: Stage) -> None:
    """From the mailbox wherever it can be, else from what the user told."""
    assert stands(COMPLAINT, *events, days=days).stage is stage


def test_without_an_unhappy_message_there_is_no_case() -> None:
    """Whatever else was written, and before it is known."""
    assert progress([came(), sent(1)], [CALL], at(9), CALLING, ALLOWED) is None
    assert progress([COMPLAINT], [], at(-1), CALLING, ALLOWED) is None


def test_what_was_written_before_the_unhappy_message_answers_nothing() -> None:
    """An answer to an older question is not one to this."""
    assert stands(sent(-1), COMPLAINT).stage is Stage.WAITING


def test_more_anger_before_an_answer_is_the_same_case() -> None:
    """The clocks go on from the first, the tone is the hottest."""
    found = stands(COMPLAINT, came(0.1, heat=5), came(0.2, heat=2), days=0.3)
    assert (found.stage, found.heat, found.opened, found.reopened) == (Stage.WAITING, 5, at(), 0)
    assert found.unanswered == 3


def test_anger_after_an_answer_starts_all_clocks_anew() -> None:
    """Whether there was a call or not, and whatever was done: nobody has answered that."""
    done = note(Doing.DID, 2)
    for events in (
        (ANSWER,),
        (ANSWER, done, sent(3)),
        (ANSWER, CALL),
        (ANSWER, sent(2, kind="parting")),
    ):
        again = (COMPLAINT, *events, came(10, heat=5))
        found = stands(*again, days=10)
        assert (found.stage, found.heat, found.opened, found.reopened) == (
            Stage.WAITING,
            5,
            at(10),
            1,
        )
        assert stands(*again, days=40).stage is Stage.WAITING
        assert running(*again, days=10)["answer"] == at(10, 4)


def test_a_call_opens_what_was_over() -> None:
    """What was agreed after all is to be done."""
    over = (COMPLAINT, ANSWER, note(Doing.RESOLVED, 1))
    late = (note(Doing.CALLED, 50), note(Doing.AGREED, 50.1, 1, date(2026, 4, 24)))
    assert stands(*over, *late, days=51).stage is Stage.AGREED
    assert "action" in running(*over, *late, days=51)


def test_anger_after_the_call_opens_it_again() -> None:
    """All clocks begin anew; what was agreed and not done is still to be done."""
    second = note(Doing.AGREED, 1.02, 2)
    again = came(5, heat=4)
    found = stands(COMPLAINT, ANSWER, CALL, AGREED, second, DID, again, days=5)
    assert (found.stage, found.reopened, found.opened, found.first) == (
        Stage.WAITING,
        1,
        at(5),
        at(),
    )
    assert [each.number for each in found.actions] == [2]
    settled = stands(COMPLAINT, ANSWER, CALL, AGREED, DID, CHECKED, came(30, heat=2), days=30)
    assert (settled.stage, settled.reopened) == (Stage.WAITING, 1)


def test_what_was_before_each_reopening_is_kept() -> None:
    """A report counts the first answer from the first message, and knows what was resolved when."""
    events = (COMPLAINT, ANSWER, note(Doing.RESOLVED, 2), came(5, heat=4), CALL, came(9, heat=2))
    found = stands(*events, note(Doing.CALLED, 6), days=9)
    assert [(each.opened, each.heat, each.answered, each.resolved) for each in found.earlier] == [
        (at(), 3, at(hours=1), at(2)),
        (at(5), 4, at(6), None),
    ]
    assert (found.opened, found.answered, found.reopened) == (at(9), None, 2)
    assert not any(each.earlier for each in found.earlier)


def test_thanks_after_the_check_in_leave_it_settling() -> None:
    """A message that is not unhappy opens nothing."""
    events = (COMPLAINT, ANSWER, CALL, AGREED, DID, CHECKED, came(7))
    assert stands(*events, days=8).stage is Stage.CHECKED_IN
    assert stands(*events, days=14).resolved == at(13)


def test_who_tells_nothing_has_true_cases_all_the_same() -> None:
    """Answered, and neither side has written for a month: it is over. Unanswered it never is."""
    answered = (COMPLAINT, ANSWER, came(1), sent(1.1))
    assert stands(*answered, days=31).open
    assert stands(*answered, days=31.2).resolved == at(31.1)
    assert stands(COMPLAINT, days=300).stage is Stage.WAITING
    assert stands(COMPLAINT, ANSWER, came(2), days=300).resolved == at(32), "they were content"
    assert stands(COMPLAINT, ANSWER, CALL, AGREED, days=300).open, "it is not done"


def test_all_actions_are_done_at_once_without_a_number() -> None:
    """And an unknown number does nothing."""
    second = note(Doing.AGREED, 1.02, 2)
    events = (COMPLAINT, ANSWER, CALL, AGREED, second)
    assert stands(*events, note(Doing.DID, 3), days=3).stage is Stage.DONE
    assert stands(*events, note(Doing.DID, 3, 9), days=3).stage is Stage.AGREED


def test_somebody_else_takes_it_over() -> None:
    """And a new promise after the check-in is to be kept like the first."""
    found = stands(COMPLAINT, Note(at(1), Doing.ASSIGNED, owner="Sam"), days=1)
    assert found.owner == "Sam"
    later = note(Doing.AGREED, 7, 2)
    assert stands(COMPLAINT, CALL, AGREED, DID, CHECKED, later, days=7).stage is Stage.AGREED


def running(*events: Entry | Note, days: float = 0, hours: float = 0) -> dict[str, datetime]:
    found = clocks(stands(*events, days=days, hours=hours), CALLING, ALLOWED)
    return {each.name: each.due for each in found}


def test_which_clocks_run_when() -> None:
    """Answer and call first, then a word now and then, what was agreed, and the check-in."""
    assert running(COMPLAINT) == {"answer": at(hours=4), "call": at(hours=8)}
    assert running(COMPLAINT, ANSWER, hours=1) == {"call": at(hours=8), "update": at(3, 8)}
    assert running(COMPLAINT, ANSWER, CALL, days=1) == {"update": at(4, 8)}
    agreed = running(COMPLAINT, ANSWER, CALL, AGREED, days=2)
    assert agreed == {"update": at(4, 8), "action": at(4, 8)}
    assert running(COMPLAINT, ANSWER, CALL, AGREED, DID, days=4) == {"check-in": at(9, 8)}
    assert running(COMPLAINT, ANSWER, CALL, AGREED, DID, CHECKED, days=6) == {}


def test_a_clock_rings_before_it_is_due_in_working_time() -> None:
    """An hour before; a clock that is due in the morning rings the evening before."""
    (answer, call) = clocks(stands(COMPLAINT), CALLING, ALLOWED)
    assert (answer.rings, call.rings) == (at(hours=3), at(hours=7))
    late = came(0, 7.5, heat=3)
    (answer, _) = clocks(stands(late, hours=7.5), CALLING, Allowed(answer=1))
    assert (answer.due, answer.rings) == (at(1, 0.5), at(0, 7.5))


def test_clocks_can_be_turned_off() -> None:
    """Each by 0."""
    off = Allowed(answer=0, call=0, quiet=0, check_in=0, settle=0, lapse=0)
    for events in ((), (ANSWER,), (ANSWER, CALL, AGREED, DID)):
        entries = [COMPLAINT, *(each for each in events if isinstance(each, Entry))]
        notes = [each for each in events if isinstance(each, Note)]
        found = progress(entries, notes, at(100), CALLING, off)
        assert found is not None
        assert found.open
        assert clocks(found, CALLING, off) == ()


def test_settling_it_by_email_is_seen() -> None:
    """A long answer of their own to a hot client, with no call before it; 0 turns it off."""
    long = sent(1, words=300)
    found = stands(COMPLAINT, long, days=1)
    assert nudge(found) == Clock("by email", at(1), at(1))
    calm, ours = came(heat=2), sent(1, kind="holding", words=300)
    for events in (
        (calm, long),
        (COMPLAINT, ours),
        (COMPLAINT, sent(1)),
        (COMPLAINT, CALL, sent(2, words=300)),
    ):
        assert nudge(stands(*events, days=3)) is None
    assert nudge(stands(COMPLAINT, long, note(Doing.CALLED, 2), days=2)) is None, "called since"
    quiet = progress([COMPLAINT, long], [], at(2), CALLING, Allowed(long_answer=0))
    assert quiet is not None
    assert nudge(quiet) is None


EVENTS = st.one_of(
    st.builds(came, st.floats(0, 60), heat=st.integers(0, 5)),
    st.builds(sent, st.floats(0, 60), kind=st.sampled_from(["", "holding", "summary", "checkin"])),
    st.builds(note, st.sampled_from(list(Doing)), st.floats(0, 60), st.integers(0, 3)),
)


@given(st.lists(EVENTS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_it_is_found_out_does_not_matter(
    events: list[Entry | Note], random: object
) -> None:
    """A state that was lost and put together anew shows the same; and a case never runs ahead of the clock."""
    entries = [each for each in events if isinstance(each, Entry)]
    notes = list({e.at: e for e in events if isinstance(e, Note)}.values())
    entries = list({each.at: each for each in entries}.values())
    found = progress(entries, notes, at(70), CALLING, ALLOWED)
    assert found == progress(entries[::-1], notes[::-1], at(70), CALLING, ALLOWED)
    if found is None:
        assert not any(each.flagged for each in entries if each.inward)
        return
    moments = (found.answered, found.called, found.done, found.checked_in, found.resolved)
    assert all(each is None or each <= at(70) for each in moments)
    for one, other in itertools.pairwise(clocks(found, CALLING, ALLOWED)):
        assert one.due <= other.due
