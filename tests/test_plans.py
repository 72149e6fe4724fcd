"""Every question to the state is answered by an index: a busy mailbox has 50,000 messages a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from assistant.model import Clock, Doing, Note
from assistant.service.report import Report
from assistant.store import (
    CaseBook,
    Cursor,
    Database,
    Store,
    all_traces,
    correct,
    find,
    forget,
    forget_all,
    not_judged,
    rule_hits,
    tally,
    traces,
)  # fmt: skip
from assistant.store.database import Row
from tests.builders import NOW
from tests.test_following import DESK, MONDAY, Office, a_case
from tests.test_store import ACCOUNT, at, judged, mail

LARGE = ("message", "thread", "sent", "effect")
TIDIES = ("DELETE FROM thread", "UPDATE message SET thread", "UPDATE sent SET thread")
"""What erasing ends with, once a day: all threads are looked at."""


class Explained(Database):
    """Has SQLite explain each statement."""

    plans: dict[str, list[str]]

    def rows(self, sql: str, values: Row = ()) -> list[Row]:
        self._explain(sql, values)
        return super().rows(sql, values)

    def run(self, sql: str, values: Row = ()) -> int:
        self._explain(sql, values)
        return super().run(sql, values)

    def _explain(self, sql: str, values: Row) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            found = super().rows(f"EXPLAIN QUERY PLAN {sql}", values)
            self.__dict__.setdefault("plans", {})[sql] = [row[3] for row in found]


class Explaining(Office):
    """An office whose state explains itself."""

    def open(self) -> tuple[Store, CaseBook]:
        self.state = Explained.open(self.bench.state)
        return Store(self.state), CaseBook(self.state, {"angry": 4})


def asked(folder: Path) -> dict[str, list[str]]:
    """Statement -> plan, of nearly all that the store can be asked."""
    office = Explaining(folder)
    a_case(office)
    store, book = office.open()
    store.start(ACCOUNT, "INBOX", Cursor(1, 0, NOW, rescan=False))
    judged(store, 71)
    judged(store, 72, 71)
    store.relocate(at(73), "mid-72", frozenset())
    store.known(ACCOUNT, mail(74, 72))
    store.behaviour(ACCOUNT, replace(mail(74, 72), in_reply_to=("<72@client.example>",)), NOW)
    store.lately(ACCOUNT, "mid-74", NOW)
    store.open_effects(ACCOUNT, "INBOX", NOW)
    store.work(ACCOUNT)
    store.watched(ACCOUNT, "INBOX", 1)
    store.seen(ACCOUNT, "INBOX", 1, [1])
    (found,) = find(office.state, [ACCOUNT], message_id="<71@client.example>")
    correct(office.state, found.number, None, NOW)
    tally(office.state, ACCOUNT, "INBOX")
    rule_hits(office.state, [ACCOUNT], NOW)
    not_judged(office.state, ACCOUNT, "INBOX")
    office.following(store, book).run(Report())
    book.tracks(DESK.account, MONDAY)
    book.promised(DESK.account, MONDAY.date(), MONDAY.date())
    book.restore(DESK.account, [("c-zzzzzz", Note(MONDAY, Doing.CALLED, "x"))])
    for case in book.cases(DESK.account):
        book.drafts(DESK.account, case)
        book.places(DESK.account, case.number)
        book.notes(DESK.account, case)
        book.has_rung(DESK.account, case, Clock("call", MONDAY, MONDAY))
        book.rang(DESK.account, [(case.name, "call", 0, MONDAY)], MONDAY)
        book.follow_ups.plan(DESK.account, case, "summary", "<x@y>", MONDAY)
    book.follow_ups.due(DESK.account, MONDAY)
    book.kind_of(DESK.account, "<x@y>")
    traces(office.state, DESK.account, "cleo@client.example")
    forget(office.state, DESK.account, "cleo@client.example")
    store.expire(DESK.account, NOW + timedelta(days=400), lambda _, threads: threads)
    all_traces(office.state, DESK.account)
    forget_all(office.state, DESK.account)
    store.close()
    return office.state.plans


def test_no_question_goes_through_all_mail(tmp_path: Path) -> None:
    """Of any account. What an account's index answers alone is asked by commands, not by passes."""
    plans = asked(tmp_path)
    assert len(plans) > 80
    slow = {
        sql: plan
        for sql, plan in plans.items()
        if not sql.startswith(TIDIES)
        for step in plan
        # A co-routine is what another search has found, here the few last messages of somebody.
        if step.split()[:2] in [["SCAN", table] for table in LARGE]
        and f"CO-ROUTINE {step.split()[1]}" not in plan
    }
    assert slow == {}


def test_what_a_pass_asks_goes_by_what_it_asks_of(tmp_path: Path) -> None:
    """Not by the account, which is most of a state: by a thread, a sender, a time, what is open."""
    plans = asked(tmp_path)
    for part, index in (
        ("AND own = ? AND +sender", "message_thread (thread=?)"),
        ("max(effect.planned_at)", "message_sender (sender=?)"),
        ("SELECT DISTINCT effect.value", "PRIMARY KEY (reference=?)"),
        ("SELECT people, warmth, heat", "message_thread (thread=?)"),
        ("SELECT count(*) FROM effect CROSS", "effect_planned (planned_at>?)"),
        ("SELECT effect.id, identity", "effect_open (state=?)"),
        ("SELECT max(thread)", "thread_number"),
        ("SELECT 1 FROM rung", "rung_thread (thread=?"),
        ("FROM sent WHERE thread", "sent_thread (thread=?)"),
        ("correction.tone, at, source", "message USING INTEGER PRIMARY KEY"),
    ):
        steps = [step for sql, plan in plans.items() if part in sql for step in plan]
        assert any(index in step for step in steps), (part, steps)
