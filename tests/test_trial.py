"""Trials: what was kept of a message judges it as the message does, under any rulebook."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from assistant import encoder, rulebook
from assistant.cli.known import Known
from assistant.cli.tried import show
from assistant.errors import StateUnavailable, UnreadableMail
from assistant.lab import cache as caches
from assistant.lab.cache import Cache, key
from assistant.lab.trial import Judged, Pair, Side, Trials, tallies
from assistant.lab.tried import Change, Found, Inbox, Tried
from assistant.model import (
    Facts,
    Message,
    Opinion,
    Outcome,
    Polarity,
    Reading,
    RuleBook,
    Tone,
    Verdict,
)
from assistant.screening import ByHeader
from assistant.service.scan import Service
from assistant.store import Database, Store
from assistant.triage import Triage
from assistant.worker import Here
from tests.letters import CALM, FURIOUS, NOW, letter
from tests.servers import FakeStand
from tests.workbench import LONG_AGO, READER, Clock, Notes, desk

TODAY = date(2026, 3, 2)
PROFILE = desk().profile
MAIL = sorted((Path(__file__).parent / "mail").glob("*.eml"))[::9]
BOOK = rulebook.load()


def changed(book: RuleBook) -> RuleBook:
    """Other points here and there, some rules fewer, some that look for something else."""
    dice = random.Random(3)
    rules = []
    for rule in book.rules:
        turn = dice.random()
        if turn < 0.3:
            continue
        if turn < 0.6:
            rule = replace(rule, points=rule.points // 4)
        elif turn < 0.7:
            rule = replace(rule, unless=(*rule.unless, "really"))
        rules.append(rule)
    dice.shuffle(rules)
    return replace(book, rules=tuple(rules))


class Counting:
    """A reader that counts."""

    def __init__(self) -> None:
        folder = rulebook.shipped_folder() if encoder.installed() else None
        self._here = Here(folder)
        self.read: list[bytes] = []
        self.asked: list[str] = []

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> list[Reading | UnreadableMail]:
        self.read += raws
        return self._here.read_all(raws, language, screen)

    def mood(self, message: Message) -> Polarity | None:
        return self._here.mood(message)

    def opinion(self, message: Message, evidence: bool) -> Opinion | None:
        assert not evidence, "it takes a multiple of the time, and changes no verdict"
        self.asked.append(message.identity)
        return self._here.opinion(message, evidence)


def facts(_: Message) -> tuple[Facts, Facts]:
    return Facts(PROFILE, NOW, frozenset()), Facts(PROFILE, NOW, frozenset())


def trials(reader: Counting, *books: RuleBook) -> Trials:
    before, after = (
        {"": Side(Triage(book, reader=encoder.installed()), [("you@studio.example",)])}
        for book in books
    )
    return Trials(before, after, reader)


def tried(cache: Cache, *books: RuleBook) -> tuple[Tried, Counting]:
    """The test mail, tried."""
    reader = Counting()
    found = Tried(trials(reader, *books), reader, cache, "en")
    for path in MAIL:
        found.file(path.name, path.read_bytes(), facts)
    return found, reader


def summed(judged: Judged) -> tuple[object, ...]:
    """A verdict but for the words it rests on."""
    verdict = judged.verdict
    hits = [(hit.rule, hit.points, hit.where, hit.span, hit.tone) for hit in verdict.hits]
    return judged.skip, judged.tone, verdict.score, verdict.threshold, verdict.cues, sorted(hits)


def directly(book: RuleBook) -> list[tuple[object, ...]]:
    """The same as `Triage` says it, from the bytes."""
    triage = Triage(book, reader=encoder.installed())
    here = Here(rulebook.shipped_folder() if encoder.installed() else None)
    found = []
    for path in MAIL:
        reading = triage.attributed(here.read(path.read_bytes(), "en"), PROFILE)
        outcome = triage.decide(
            reading, facts(reading.message)[0], lambda message, _: here.opinion(message, False)
        )
        found.append(summed(_judged(outcome)))
    return found


def _judged(outcome: Outcome) -> Judged:
    if outcome.verdict is None:
        assert outcome.skip is not None
        return Judged(outcome.skip.reason, Verdict(0, 0, (), None, ()))
    return Judged("", outcome.verdict)


def test_both_verdicts_are_those_of_the_decision(tmp_path: Path) -> None:
    """By what was just found out, and by what was kept; with rules left out, changed and in another order."""
    other = changed(BOOK)
    path = tmp_path / "lab.json"
    cache = Cache(path, "1", TODAY)
    first, reader = tried(cache, BOOK, other)
    cache.save()
    assert not first.found.unreadable
    assert [summed(each.before) for each in first.found.pairs] == directly(BOOK)
    assert [summed(each.after) for each in first.found.pairs] == directly(other)
    assert {each.kind for each in first.found.pairs} > {""}
    assert len(reader.asked) == len(set(reader.asked)), "asked twice about one message"
    again, asked = tried(Cache(path, "1", TODAY), BOOK, other)
    assert again.found.read == 0
    assert again.found.changes == first.found.changes
    assert [(summed(e.before), summed(e.after)) for e in again.found.pairs] == [
        (summed(e.before), summed(e.after)) for e in first.found.pairs
    ]
    assert asked.asked == []
    assert len(asked.read) == len(first.found.changes), "only what is shown is read again"


def test_points_alone_need_no_message(tmp_path: Path) -> None:
    """What is kept judges by other points, tones and names; a new phrase needs the words, and no reader."""
    cache = Cache(tmp_path / "lab.json", "1", TODAY)
    tried(cache, BOOK, BOOK)
    milder = replace(BOOK, rules=tuple(replace(r, points=r.points * 9 // 10) for r in BOOK.rules))
    known, reader = tried(cache, BOOK, milder)
    assert known.found.read == len(reader.asked), (
        "more was read than the reader had to be asked about"
    )
    new = replace(BOOK.rules[0], id="new", phrases=("a phrase of nobody",))
    found, reader = tried(cache, BOOK, replace(BOOK, rules=(*BOOK.rules, new)))
    assert found.found.read > 0
    assert reader.asked == []


def test_the_quotes_of_a_change_are_shown() -> None:
    """What made the difference, with the words it rests on."""
    tripled = tuple(
        replace(rule, points=rule.points * 3 if rule.points > 0 else 0) for rule in BOOK.rules
    )
    found, _ = tried(Cache(None, "", TODAY), BOOK, replace(BOOK, rules=tripled))
    gained = [each for each in found.found.changes if each.pair.kind == "gained"]
    assert gained
    for each in gained:
        rules = {hit.rule: hit for hit in each.pair.after.verdict.hits}
        for rule in BOOK.rules:
            if (hit := rules.get(rule.id)) is not None:
                text = each.message.subject if hit.where == "subject" else each.message.own_words
                assert hit.quote == " ".join(text[slice(*hit.span)].split()) != ""


def pairs(*rows: tuple[str, str, str]) -> list[Pair]:
    """(identity, tone before, tone after)."""
    tones = {tone.id: tone for tone in BOOK.tones}

    def judged(tone: str) -> Judged:
        found: Tone | None = tones.get(tone)
        skip = "bulk" if tone == "bulk" else ""
        return Judged(skip, Verdict(0, 0, (), found, ()))

    return [Pair(identity, judged(before), judged(after)) for identity, before, after in rows]


def test_sums_by_the_users_verdicts() -> None:
    """Precision and recall among what is known; what is not judged is in no rate."""
    listed = pairs(
        ("a", "angry", ""), ("b", "", "angry"), ("c", "angry", "hostile"), ("d", "", ""), ("e", "bulk", "bulk")
    )  # fmt: skip
    assert [each.kind for each in listed] == ["lost", "gained", "retoned", "", ""]
    before, after = tallies(listed, {"a": False, "b": True, "c": True})
    assert (before.judged, before.flagged, before.per_1000) == (4, 2, 500)
    assert (before.precision, before.recall) == (0.5, 0.5)
    assert (after.precision, after.recall) == (1, 1)
    nothing, _ = tallies(listed, {})
    assert (nothing.precision, nothing.recall) == (None, None)


def test_what_the_user_has_said_is_shown() -> None:
    """Beside each change, and in the sums."""
    listed = pairs(("a", "angry", ""), ("b", "", "angry"))
    read = Here().read(letter(FURIOUS, subject="[red]A[/red]").raw, "en").message
    found = Found(listed, [Change("here", read, each) for each in listed])
    out = io.StringIO()
    show(Console(file=out, width=100), found, Known({"a": False, "b": True}))
    assert "2026-03-02  Cleo Client  [red]A[/red]" in out.getvalue()
    assert "angry 0 (flagged at 0) → fine 0 (flagged at 0)  you say: fine" in out.getvalue()
    sums = " ".join(out.getvalue().split())
    assert "precision, by your verdicts 0.00 (0 of 1) 1.00 (1 of 1)" in sums
    assert "recall, by your verdicts 0.00 (0 of 1) 1.00 (1 of 1)" in sums
    assert "No verdict of yours" not in sums


# --- a mailbox ----------------------------------------------------------------------------------


def test_a_mailbox_is_judged_as_a_pass_judges_it(tmp_path: Path) -> None:
    """What the thread proves included: the same scores, now and from the cache; and nothing is written."""
    raws = [letter(CALM, number=1, age=timedelta(days=9))]
    for number in range(2, 5):
        ties = (
            ("In-Reply-To", f"<m{number - 1}@client.example>"),
            ("References", "<m1@client.example>"),
        )
        raws.append(
            letter("I am still waiting for your answer.", number=number, subject="Re: The website",
                   age=timedelta(days=9 - 2 * number), headers=ties)
        )  # fmt: skip
    raws.append(letter(FURIOUS, number=9, sender="Otto <otto@third.example>"))
    account = FakeStand().account(*raws)
    book = rulebook.load()
    store = Store(Database.scratch(None))
    notes = Notes()
    Service(
        mailbox=account.connect(), state=store, triage=Triage(book), reader=READER, desk=desk(),
        clock=Clock(), watcher=notes,
    ).run(LONG_AGO)  # fmt: skip
    expected = [each.outcome.verdict.score for each in notes.verdicts if each.outcome.verdict]
    assert any(
        hit.where == "thread" for each in notes.verdicts if each.outcome.verdict
        for hit in each.outcome.verdict.hits
    )  # fmt: skip
    store.close()
    cache = Cache(tmp_path / "lab.json", "1", TODAY)
    for read in (5, 0):
        mailbox = account.connect()
        opened = mailbox.open()
        reader = Counting()
        found = Tried(
            Trials({"": Side(Triage(book), [])}, {"": Side(Triage(book), [])}, reader),
            reader,
            cache,
            "en",
        )
        box = Inbox(
            mailbox, desk().account, "INBOX", opened.uidvalidity, (PROFILE, PROFILE), Clock()
        )
        state = Store(Database.scratch(None))
        found.mailbox(box, state, mailbox.uids_from(1))
        state.close()
        assert [each.before.verdict.score for each in found.found.pairs] == expected
        assert (found.found.read, len(reader.read)) == (read, read)


# --- the cache ----------------------------------------------------------------------------------


def test_what_rests_on_something_else_is_not_used(tmp_path: Path) -> None:
    """Another version, another model: found out anew."""
    path = tmp_path / "lab.json"
    one = Cache(path, "1", TODAY)
    tried(one, BOOK, BOOK)
    one.save()
    name = key("file", MAIL[0].read_bytes())
    assert Cache(path, "1", TODAY).get(name) is not None
    assert Cache(path, "2", TODAY).get(name) is None
    model = tmp_path / "model"
    model.write_bytes(b"1")
    stamps = {caches.stamp("a", files=[model]), caches.stamp("b", files=[model])}
    model.write_bytes(b"2")
    assert len(stamps | {caches.stamp("a", files=[model])}) == 3


@pytest.mark.parametrize(
    "damage",
    ["", "[]", "nonsense", '{"stamp": "1"}', '{"stamp": "1", "looked": [], "messages": {"%s": ["2026-03-02", {}]}}',
     '{"stamp": "1", "looked": [["a"]], "messages": {"x": ["2026-03-02", {"looked": 7}], "y": 5, "%s": ["", {"looked": 0}]}}',
     '{"stamp": "1", "looked": [], "messages": []}', '{"stamp": "1", "looked": 5, "messages": {}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_cache_costs_nothing_but_time(tmp_path: Path, damage: str) -> None:
    """It is as if there were none, and is written anew."""
    path = tmp_path / "lab.json"
    name = key("file", MAIL[0].read_bytes())
    path.write_text(damage.replace("%s", name))
    cache = Cache(path, "1", TODAY)
    assert cache.get(name) is None
    tried(cache, BOOK, BOOK)
    cache.save()
    assert Cache(path, "1", TODAY).get(name) is not None


def test_what_nobody_asks_for_is_dropped(tmp_path: Path) -> None:
    """After 30 days; what others tried meanwhile is kept beside what is new."""
    path = tmp_path / "lab.json"
    first = Cache(path, "1", TODAY)
    tried(first, BOOK, BOOK)
    first.save()
    before = json.loads(path.read_text())["messages"]
    raw = letter(FURIOUS).raw
    for days, kept in ((30, len(before) + 1), (61, 1)):
        cache = Cache(path, "1", TODAY + timedelta(days=days))
        reader = Counting()
        found = Tried(trials(reader, changed(BOOK), BOOK), reader, cache, "en")
        found.file("new", raw + str(days).encode(), facts)
        cache.save()
        assert len(json.loads(path.read_text())["messages"]) == kept
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With what helps."""
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "lab.json", "1", TODAY)
    reader = Counting()
    Tried(trials(reader, BOOK, BOOK), reader, cache, "en").file("a", letter(FURIOUS).raw, facts)
    with pytest.raises(StateUnavailable, match="can't be written") as told:
        cache.save()
    assert "--no-cache" in told.value.hint
