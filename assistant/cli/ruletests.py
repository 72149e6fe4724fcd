"""`rules test`: every rule's own examples, and every ``[[test]]``: judged as mail that has just arrived."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from assistant.clean import clean_text
from assistant.cli import rulelint, show, wiring
from assistant.cli.questions import bad, good
from assistant.cli.sources import sources
from assistant.cli.wiring import Setup
from assistant.config import Account
from assistant.errors import Problem, UnreadableMail
from assistant.model import Facts, Outcome, Tone
from assistant.rulebook import Case, Layers
from assistant.rulebook.lint import unknown_in
from assistant.triage import Triage
from assistant.worker import Here

CLIENT = "client@client.example"
"""Who wrote a test's text."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a test wanted of one thing, and what it got."""

    key: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one ``[[test]]``."""

    case: Case
    differences: tuple[Difference, ...]
    problem: str = ""
    """Why it could not be run."""
    outcome: Outcome | None = None

    @property
    def passed(self) -> bool:
        return not (self.differences or self.problem)


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of everything."""

    examples: int
    broken: tuple[Problem, ...]
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        return not self.broken and all(each.passed for each in self.results)

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "examples": self.examples,
            "broken": [
                {"file": each.file, "line": each.line, "rule": each.key, "message": each.message}
                for each in self.broken
            ],
            "tests": [_as_json(each) for each in self.results],
        }


def run(setup: Setup, layers: Layers) -> Tested:
    """Everything, by the rules for the account that it stands in, or for all."""
    broken: dict[Problem, None] = {}
    for number, book, only in rulelint.books(setup, layers):
        broken.update(dict.fromkeys(rulelint.broken(book, layers.of(number), only)))
    return Tested(rulelint.examples(setup.rulebook), tuple(broken), tuple(_results(setup, layers)))


def _results(setup: Setup, layers: Layers) -> Iterator[Result]:
    cases = list(layers.cases())
    if not cases:
        return
    triage_of = wiring.triages(setup)
    here = Here(wiring.encoders(setup.config))
    accounts = setup.config.settings.account
    for case in cases:
        account = accounts[case.account] if case.account is not None else None
        # Without one, it was written to the first account, as `explain` takes it.
        receiver = account or next(iter(accounts), None)
        triage = triage_of(account)
        if unknown := unknown_in(case, triage.rulebook, layers.of(case.account)):
            yield Result(case, (), "; ".join(each.message for each in unknown))
            continue
        try:
            outcome = _judged(setup, case, receiver, triage, here)
        except UnreadableMail as error:
            yield Result(case, (), error.message)
            continue
        yield Result(case, tuple(_differences(case, outcome, triage)), outcome=outcome)


def _judged(
    setup: Setup, case: Case, receiver: Account | None, triage: Triage, here: Here
) -> Outcome:
    """What is made of a test's message.

    Raises:
        UnreadableMail: where its file can't be read, or holds no mail, or more than one.
    """
    raw = _file(case) if case.table.file else _text(case, receiver)
    reading = here.read(raw, case.language)
    you = next(iter((*reading.message.to, *reading.message.delivered_to)), None)
    profile = wiring.profile(setup.config, receiver, you)
    facts = Facts(profile=profile, now=reading.message.date or wiring.now(), flags=frozenset())
    reading = triage.attributed(reading, profile)
    return triage.decide(reading, facts, here.opinion, here.mood)


def _file(case: Case) -> bytes:
    named = os.path.expanduser(case.table.file)  # noqa: PTH111 - Path's fails where there is no such user
    path = Path(case.file.name).parent / named
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or "no file has such a name"
        raise UnreadableMail(f"{path}: can't be read: {why}") from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe would be waited for
        raise UnreadableMail(f"{path}: is no file")
    found = sources(str(path.absolute()))
    first = next(found)
    if first.why:
        raise UnreadableMail(f"{first.name}: {first.why}")
    if next(found, None) is not None:
        raise UnreadableMail(f"{path}: holds more than one message; a test takes one")
    return first.raw


def _text(case: Case, receiver: Account | None) -> bytes:
    message = EmailMessage(SMTP)
    message["From"] = f"Client <{CLIENT}>"
    message["To"] = receiver.own_addresses[0] if receiver else "you@example.com"
    message["Subject"] = " ".join(case.table.subject.split())
    message.set_content(case.table.text)
    return message.as_bytes()


def _differences(case: Case, outcome: Outcome, triage: Triage) -> Iterator[Difference]:
    table, verdict = case.table, outcome.verdict
    tone = verdict.tone if verdict else None
    got = _got(outcome)
    if table.dissatisfied is not None and table.dissatisfied != (tone is not None):
        yield Difference("dissatisfied", str(table.dissatisfied).lower(), got)
    if table.tone and (tone is None or tone.id != table.tone):
        yield Difference("tone", table.tone, got)
    if table.at_least and _heat(tone) < triage.rulebook.tone(table.at_least).heat:
        yield Difference("at_least", table.at_least, got)
    hits = {hit.rule: hit for hit in (verdict.hits if verdict else ())}
    for rule in table.must_hit:
        if rule not in hits:
            yield Difference("must_hit", rule, "no hit")
    for rule in table.must_not_hit:
        if rule in hits:
            quote = clean_text(hits[rule].quote, 60)
            yield Difference("must_not_hit", f"no {rule}", f"hit: “{quote}”" if quote else "hit")


def _heat(tone: Tone | None) -> int:
    return tone.heat if tone else 0


def _got(outcome: Outcome) -> str:
    """The verdict in a word, or why there is none."""
    if outcome.verdict is None:
        return f"not judged ({outcome.skip.detail if outcome.skip else '?'})"
    return outcome.verdict.tone.id if outcome.verdict.tone else "not flagged"


# --- shown ----------------------------------------------------------------------------------------


def show_all(tested: Tested) -> None:
    """A line for each test that passed; for those that didn't, what was wanted and what was got, with the hits."""
    for problem in tested.broken:
        bad(str(problem))
    for result in tested.results:
        name = f"{result.case.name} ({result.case.place})"
        if result.passed:
            good(name)
        else:
            bad(name)
            _show(result)
    failed = sum(not each.passed for each in tested.results)
    kept = tested.examples - len(tested.broken)
    click.echo(
        f"{kept} of {tested.examples} examples hold; "
        f"{len(tested.results) - failed} of {len(tested.results)} tests passed"
    )


def _show(result: Result) -> None:
    out = show.console()
    if result.problem:
        out.print(Text(f"  can't be run: {clean_text(result.problem, 500)}"))
        return
    table = show.plain_table()
    for name in ("", "wanted", "got"):
        table.add_column(name)
    for each in result.differences:
        table.add_row(
            Text(each.key, style="bold"),
            Text(each.wanted, style="green"),
            Text(clean_text(each.got, 200), style="red"),
        )
    out.print(Padding(table, (0, 0, 0, 2)))
    verdict = result.outcome.verdict if result.outcome else None
    if verdict is not None:
        out.print(Text(f"  {verdict.score} points, flagged at {verdict.threshold}"))
        out.print(show.hits_table(verdict))
    out.print()


def _as_json(result: Result) -> dict[str, Any]:
    case, outcome = result.case, result.outcome
    verdict = outcome.verdict if outcome else None
    return {
        "name": case.name,
        "file": case.file.name,
        "line": case.file.line(("test", case.number)),
        "passed": result.passed,
        "problem": result.problem or None,
        "differences": [
            {"key": each.key, "wanted": each.wanted, "got": each.got} for each in result.differences
        ],
        "skip": outcome.skip.detail if outcome and outcome.skip and verdict is None else None,
        "dissatisfied": verdict.dissatisfied if verdict else None,
        "tone": verdict.tone.id if verdict and verdict.tone else None,
        "score": verdict.score if verdict else None,
        "threshold": verdict.threshold if verdict else None,
        "hits": [
            {"rule": hit.rule, "points": hit.points, "quote": hit.quote}
            for hit in (verdict.hits if verdict else ())
        ],
    }
