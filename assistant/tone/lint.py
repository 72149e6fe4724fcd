"""Whether rules keep what they promise: each finds its own examples, and leaves the others alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assistant.clean import clean_text
from assistant.model import RuleBook
from assistant.tone.phrases import PhraseRules


def broken_promises(book: RuleBook, only: Collection[str] | None = None) -> Iterator[str]:
    """A line for each example that doesn't hold.

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
                if rule.id not in {each.rule.id for each in finder.find(text)}:
                    yield f'{rule.origin}: {rule.id}: does not find its example "{clean_text(text, 200)}"'
            for text in rule.ignores:
                if rule.id in {each.rule.id for each in finder.find(text)}:
                    yield f'{rule.origin}: {rule.id}: finds what it should ignore, "{clean_text(text, 200)}"'
