"""Whether rules keep what they promise: each finds its own examples, and leaves the others alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.clean import clean_text
from assistant.model import Rule, RuleBook
from assistant.tone.phrases import PhraseRules


@dataclass(frozen=True, slots=True)
class Broken:
    """An example that doesn't hold."""

    rule: Rule
    field: str
    """``matches``, or ``ignores``."""
    text: str

    @property
    def problem(self) -> str:
        return (
            "does not find its example"
            if self.field == "matches"
            else "finds what it should ignore,"
        )

    @property
    def shown(self) -> str:
        return clean_text(self.text, 200)


def broken_promises(book: RuleBook, only: Collection[str] | None = None) -> Iterator[Broken]:
    """Each example that doesn't hold.

    Args:
        only: ids of the rules that are looked at; None for all.
    """
    for lexicon in book.lexicons:
        rules = tuple(
            rule
            for rule in book.rules
            if rule.language == lexicon.language and (only is None or rule.id in only)
        )
        if not rules:
            continue
        finder = PhraseRules(rules, lexicon)
        for rule in rules:
            for text in rule.matches:
                if not _finds(finder, rule, text):
                    yield Broken(rule, "matches", text)
            for text in rule.ignores:
                if _finds(finder, rule, text):
                    yield Broken(rule, "ignores", text)


def _finds(finder: PhraseRules, rule: Rule, text: str) -> bool:
    return rule.id in {each.rule.id for each in finder.find(text)}
