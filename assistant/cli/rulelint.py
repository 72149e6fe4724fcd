"""Everything that is wrong with rules that can be loaded: what makes no sense, and examples that don't hold."""

from __future__ import annotations

from assistant.cli.wiring import Setup
from assistant.errors import Problem
from assistant.model import RuleBook
from assistant.rulebook import Document, Layers
from assistant.rulebook.fields import all_fields
from assistant.rulebook.lint import findings, unknown_in
from assistant.tone.lint import Broken, broken_promises


def check(setup: Setup, layers: Layers) -> list[Problem]:
    """Every finding once, by file and line."""
    found: dict[Problem, None] = {}
    for number, book, only in books(setup, layers):
        documents = layers.of(number)
        found.update(dict.fromkeys(findings(book, documents, only)))
        found.update(dict.fromkeys(broken(book, documents, only)))
        for case in layers.cases():
            if case.account == number:
                found.update(dict.fromkeys(unknown_in(case, book, documents)))
    return sorted(found, key=lambda each: (each.file, each.line or 0))


def books(setup: Setup, layers: Layers) -> list[tuple[int | None, RuleBook, frozenset[str] | None]]:
    """The common rulebook, and each account's own with the rules in it that are not the common ones."""
    common = {id(rule) for rule in setup.rulebook.rules}
    listed: list[tuple[int | None, RuleBook, frozenset[str] | None]] = [
        (None, setup.rulebook, None)
    ]
    for number in layers.own:
        book = setup.rulebook_of(setup.config.settings.account[number])
        changed = frozenset(rule.id for rule in book.rules if id(rule) not in common)
        listed.append((number, book, None if layers.own[number].table.classes else changed))
    return listed


def broken(
    book: RuleBook, documents: tuple[Document, ...], only: frozenset[str] | None
) -> list[Problem]:
    """Examples that don't hold, each with the place of the list that it stands in."""
    every = all_fields(documents)
    found: list[Problem] = []
    for each in broken_promises(book, only):
        place = every["rule", each.rule.id].place(each.field)
        problem = place.file.problem(place.where, told(each))
        found.append(Problem(problem.file, problem.line, each.rule.id, problem.message))
    return found


def told(each: Broken) -> str:
    """What an example did, in words."""
    return f'{each.problem} "{each.shown}"'


def examples(book: RuleBook) -> int:
    """How many the rules have."""
    return sum(len(rule.matches) + len(rule.ignores) for rule in book.rules)
