"""What somebody's last messages say of the next one: as facts from the state, and as a few points."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.lately import Letter, Year, compared, may_chase
from assistant.model import Address, Behaviour, Location, Message, Outcome, Tone, Verdict
from assistant.rulebook import load
from assistant.store import CaseBook, Cursor, Database, Store, correct
from assistant.store.lately import _LAST, MOST
from assistant.tone.behaviour import hits
from assistant.tone.judge import Judge
from tests.builders import CLIENT, ME, NOW, message, reading

ACCOUNT = ME.email
ANGRY = Tone("angry", 4, "tone-angry")
BOSS, LAWYER = Address("", "boss@client.example"), Address("", "law@firm.example")
WARM, FORMAL, COLD = "Hi Hugo,\n\nsee below.", "Dear Mr Steen,\n\nsee below.", "See below."


class Desk:
    """A state, and what came and went; days are counted from the message that is judged."""

    def __init__(self, path: Path) -> None:
        self.database = Database.open(path)
        self.store = Store(self.database)
        self.store.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
        self._uid = 0

    def came(self, days: float, tone: Tone | None = None, **fields: Any) -> Message:
        """A message of the client's, so many days ago."""
        self._uid += 1
        given = self.letter(days, **fields)
        outcome = Outcome(given.identity, None, Verdict(0, 100, (), tone, ()), ())
        location = Location(ACCOUNT, "INBOX", 1, self._uid)
        self.store.record(location, given, outcome, "rules", NOW, client="client.example")
        return given

    def letter(self, days: float = 0, **fields: Any) -> Message:
        named = f"{days}-{self._uid}"
        usual: dict[str, Any] = {
            "own_words": WARM,
            "identity": f"mid-{named}",
            "message_id": f"<{named}@client.example>",
            "date": NOW - timedelta(days=days),
        }
        return message(**(usual | fields))

    def sent(self, days: float, answers: Message | None = None) -> None:
        """A message to them: an answer, or a new one."""
        self._uid += 1
        about = (answers.message_id or "",) if answers else ()
        given = self.letter(days, sender=ME, to=(CLIENT,), in_reply_to=about, references=about)
        location = Location(ACCOUNT, "Sent", 1, self._uid)
        book = CaseBook(self.database, {})
        book.sent(location, given, "", 20, "client.example", given.date or NOW)

    def usual(self, count: int = 8, **fields: Any) -> None:
        """Months in which each letter was answered on the next day, until a month ago."""
        for each in range(count):
            days = 40 + 20 * (count - each)
            self.sent(days - 1, self.came(days, **fields))

    def facts(self, given: Message | None = None) -> Behaviour:
        return self.store.behaviour(ACCOUNT, given or self.letter(), NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path / "state.sqlite3")
    yield found
    found.store.close()


def said(behaviour: Behaviour) -> list[str]:
    return [each.describe for each in hits(behaviour, load().behaviours)]


def test_who_writes_as_ever_shows_nothing(desk: Desk) -> None:
    """However often."""
    desk.usual()
    assert desk.facts() == Behaviour()


def test_chasing_over_threads(desk: Desk) -> None:
    """Three letters in a row, each a new one; usually there is one. The fact is told with the usual beside it."""
    desk.usual()
    desk.came(5)
    desk.came(3)
    found = desk.facts()
    assert found == Behaviour(chasing=3, usual=(("chasing", "once"),))
    assert said(found) == ["has written 3 times in a row without an answer; usually once"]


@pytest.mark.parametrize("anew", [True, False])
def test_an_answer_ends_the_row(desk: Desk, anew: bool) -> None:
    """In the thread, or as a letter of its own."""
    desk.usual()
    first = desk.came(5)
    desk.came(3)
    desk.sent(2, None if anew else first)
    assert desk.facts() == Behaviour()


def test_who_answers_us_is_not_chasing(desk: Desk) -> None:
    """They have just heard from us, whether or not that was seen in Sent."""
    desk.usual()
    desk.came(5)
    desk.came(3)
    about = ("<ours@studio.example>",)
    assert desk.facts(desk.letter(in_reply_to=about, references=about)) == Behaviour()
    desk.came(1, in_reply_to=about, references=about)
    assert desk.facts() == Behaviour()


def test_what_comes_at_once_is_one(desk: Desk) -> None:
    """A correction, a forgotten attachment."""
    desk.usual()
    desk.came(0.02)
    desk.came(0.01)
    assert desk.facts() == Behaviour()


def test_who_always_writes_so_is_not_chasing(desk: Desk) -> None:
    """Everybody is compared with themselves."""
    for each in range(6):
        days = 40 + 20 * (6 - each)
        desk.came(days)
        desk.came(days - 1)
        desk.sent(days - 3, desk.came(days - 2))
    desk.came(5)
    desk.came(3)
    assert desk.facts() == Behaviour()


def test_unhappy_of_late(desk: Desk) -> None:
    """Oftener than chance alone would do it; what the user calls "not upset" does not count."""
    desk.usual()
    for days in (20, 15, 10):
        desk.sent(days - 1, desk.came(days, ANGRY))
    found = desk.facts()
    assert found == Behaviour(unhappy_lately=3, usual=(("unhappy_lately", "none of 8"),))
    assert said(found) == ["was unhappy in 3 messages of the last 30 days; before, in none of 8"]
    ids = desk.database.rows("SELECT id FROM message WHERE tone IS NOT NULL")
    correct(desk.database, ids[0][0], None, NOW)
    assert desk.facts() == Behaviour()


def test_unhappy_of_late_where_the_thread_tells_of_it(desk: Desk) -> None:
    """Then that counts, and nothing twice; where they were fine in this thread, the others do."""
    desk.usual()
    for days in (20, 15, 10):
        desk.came(days, ANGRY)
        desk.sent(days - 1)
    for tone, facts in ((ANGRY, (4, 0)), (None, (0, 4))):
        last = desk.came(5, ANGRY)
        first = desk.came(2, tone, in_reply_to=(last.message_id,) if tone else ())
        about = ("<ours@studio.example>",)
        ids = (first.message_id or "", *about)
        found = desk.facts(desk.letter(in_reply_to=about, references=ids))
        assert (found.heat_before, found.unhappy_lately) == facts
        desk.database.run("DELETE FROM message WHERE written > ?", ("2026-02-25",))


def test_somebody_new_in_copy(desk: Desk) -> None:
    """Who was on none of their letters; but not where the thread tells of them."""
    desk.usual(cc=(BOSS,))
    found = desk.facts(desk.letter(cc=(BOSS, LAWYER)))
    assert found == Behaviour(never_in_copy=1, usual=(("never_in_copy", "their last 8 messages"),))
    assert said(found) == ["has 1 in copy who were on none of their last 8 messages"]
    first = desk.came(0.5)
    about = (first.message_id or "",)
    told = desk.facts(desk.letter(cc=(LAWYER,), in_reply_to=about, references=about))
    assert (told.new_in_copy, told.never_in_copy) == (1, 0)


def test_the_mailbox_itself_is_nobody_new(desk: Desk) -> None:
    """Who wrote to another address of the user's all the time, and now to this one."""
    other = Address("", "office@studio.example")
    desk.usual(to=(other,))
    assert desk.facts(desk.letter(to=(other, ME))) == Behaviour()


@pytest.mark.parametrize(
    ("usually", "now", "steps", "words"),
    [
        (WARM, COLD, 2, "by first name"),
        (WARM, FORMAL, 1, "by first name"),
        (FORMAL, COLD, 1, "formally"),
        (COLD, COLD, 0, ""),
        (FORMAL, WARM, 0, ""),
    ],
)
def test_a_colder_letter(desk: Desk, usually: str, now: str, steps: int, words: str) -> None:
    """Of letters that begin a thread alone: answers greet less, whoever writes them."""
    desk.usual(own_words=usually)
    found = desk.facts(desk.letter(own_words=now))
    assert found == Behaviour(less_warm=steps, usual=(("less_warm", words),) if steps else ())
    if steps:
        assert said(found) == [f"greets less warmly than usual: usually {words}"]
    assert desk.facts(desk.letter(own_words=now, subject="Re: Website")).less_warm == 0


def test_of_somebody_new_nothing_is_said(desk: Desk) -> None:
    """Nobody knows what is usual with them; nor by what is more than a year old."""
    desk.usual(4)
    odd = desk.letter(own_words=COLD, cc=(BOSS, LAWYER))
    assert desk.facts(odd) == Behaviour()
    for days in (500, 480, 460):
        desk.came(days)
    assert desk.facts(odd) == Behaviour()


def test_of_machines_nothing_is_looked_up(desk: Desk) -> None:
    """What is not read any further, nobody judges."""
    desk.usual()
    assert desk.facts(desk.letter(own_words=COLD)).less_warm
    assert desk.facts(desk.letter(own_words=COLD, whole=False)) == Behaviour()


def test_it_is_one_bounded_search_by_an_index(desk: Desk) -> None:
    """However many messages there are, and whoever wrote them."""
    values = ("x", "y", MOST)
    plan = [row[3] for row in desk.database.rows(f"EXPLAIN QUERY PLAN {_LAST}", values)]
    assert any("message_sender" in each for each in plan)
    assert not any("TEMP B-TREE" in each for each in plan)
    for each in range(2 * MOST):
        desk.came(300 - each, cc=(BOSS,) if each < MOST else ())
    assert desk.facts(desk.letter(cc=(BOSS,))).never_in_copy == 1


# --- points ---------------------------------------------------------------------------------------

MOST_THERE_IS = Behaviour(chasing=99, unhappy_lately=99, never_in_copy=99, less_warm=2)
CALM = {
    "en": "Hi Hugo,\n\nthank you, that looks good. See you on Tuesday.",
    "de": "Hallo Hugo,\n\nvielen Dank, das sieht gut aus. Bis Dienstag.",
    "es": "Hola Hugo:\n\nMuchas gracias, se ve muy bien. Hasta el martes.",
    "fr": "Bonjour Hugo,\n\nmerci, cela me convient. À mardi.",
}


@pytest.mark.parametrize("language", CALM)
@pytest.mark.parametrize("words", ["calm", "nothing"])
def test_a_history_alone_flags_no_calm_mail(language: str, words: str) -> None:
    """All of it together brings less than a quarter of what any language needs."""
    judge = Judge(load())
    text = CALM[language] if words == "calm" else "ok"
    found = judge.judge(reading(text, 0.0, language=language), MOST_THERE_IS)
    assert not found.dissatisfied
    points = sum(each.points for each in hits(MOST_THERE_IS, load().behaviours))
    assert 0 < points * 4 < judge.threshold(language)
    assert {each.rule for each in found.hits if each.where == "thread"} == {
        "year.chasing", "year.unhappy-lately", "year.never-in-copy", "year.less-warm",
    }  # fmt: skip


def test_a_history_tips_a_scale() -> None:
    """What is almost flagged for its words is flagged with it."""
    judge = Judge(load())
    points = sum(each.points for each in hits(MOST_THERE_IS, load().behaviours))
    plain = judge.judge(reading("Hello, where is it?", 0.0))
    assert judge.judge(reading("Hello, where is it?", 0.0), MOST_THERE_IS).score == (
        plain.score + points
    )


LETTERS = st.builds(
    Letter,
    at=st.timedeltas(timedelta(days=-2), timedelta(days=500)).map(NOW.__sub__),
    people=st.frozensets(st.sampled_from("abcdef")),
    warmth=st.integers(0, 2),
    begins=st.booleans(),
    answers=st.booleans(),
    unhappy=st.booleans(),
)
PROVED = st.builds(
    Behaviour,
    unanswered=st.sampled_from([0, 2, 5]),
    new_in_copy=st.integers(0, 1),
    heat_before=st.integers(0, 1),
)


@given(PROVED, LETTERS, st.lists(LETTERS, max_size=MOST, unique_by=lambda each: each.at))
def test_what_the_thread_tells_is_not_told_again(
    proved: Behaviour, letter: Letter, before: list[Letter]
) -> None:
    """So that points for one thing are given once; and every fact of the year has its usual."""
    year = Year.of(letter, before)
    found = compared(proved, year, frozenset("abcxyz"))
    assert not (proved.heat_before and found.unhappy_lately)
    assert not (proved.new_in_copy and found.never_in_copy)
    assert not (proved.unanswered and may_chase(proved, year))
    facts = {"unhappy_lately", "never_in_copy", "less_warm"}
    assert {fact for fact, _ in found.usual} == {each for each in facts if getattr(found, each)}
    assert compared(proved, Year.of(letter, before[::-1]), frozenset("abcxyz")) == found
