"""The phrase rules of one language, compiled; finds which of them hold in a message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from assistant.model import Lexicon, Rule
from assistant.tone.automaton import Automaton, Match
from assistant.tone.grammar import PhraseError
from assistant.tone.tokens import Word, normalise, sentences

__all__ = ["Found", "PhraseError", "PhraseRules", "compile_pattern"]

EDGE = 3
"""How many sentences make the opening of a message, and its closing."""
TARGETS = {"you": ("<you>",), "us": ("<us>",), "others": ("<others>",)}
TAIL = 12
"""Characters after a sentence's last word that its patterns still see: "!!!!"."""
_PHRASE, _NEEDS, _TARGET, _UNLESS, _NEEDS_MESSAGE, _UNLESS_MESSAGE = _CONDITIONS = range(6)


def compile_pattern(pattern: str) -> Any:
    """A regular expression of RE2, which takes linear time whatever it says.

    Raises:
        PhraseError: for one that RE2 can't read.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        why = error.args[0].decode() if error.args else "?"
        raise PhraseError(f"{pattern!r} is no pattern for RE2: {why}") from None


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that holds, and where: ``subject`` or ``body``, and a half-open range there."""

    rule: Rule
    where: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What was found in one sentence."""

    where: str
    words: tuple[Word, ...]
    matches: tuple[Match, ...]
    opening: bool
    closing: bool

    def holding(self, condition: int) -> set[int]:
        """The rules of which a condition is met in this sentence."""
        return {
            match.owner // len(_CONDITIONS)
            for match in self.matches
            if match.owner % len(_CONDITIONS) == condition
        }


class PhraseRules:
    """The rules of one language.

    Raises:
        PhraseError: for a phrase that can't be read.
    """

    def __init__(self, rules: tuple[Rule, ...], lexicon: Lexicon) -> None:
        self._rules = rules
        self._lexicon = lexicon
        # The last word of each, so that "don't" stands for its "not".
        self._negators = frozenset(normalise(negator)[-1] for negator in lexicon.negators)
        self._automaton = Automaton(
            (
                (number * len(_CONDITIONS) + condition, phrase)
                for number, rule in enumerate(rules)
                for condition, phrases in enumerate(_phrases(rule))
                for phrase in phrases
            ),
            lexicon.classes,
        )
        self._needing = {n for n, rule in enumerate(rules) if rule.needs}
        self._aimed = {n for n, rule in enumerate(rules) if rule.target in TARGETS}
        self._needing_message = {n for n, rule in enumerate(rules) if rule.needs_message}
        self._own_negators = {
            n for n, rule in enumerate(rules) if self._names_negator(rule.phrases)
        }
        self._patterns = [
            (number, compile_pattern(pattern))
            for number, rule in enumerate(rules)
            for pattern in rule.patterns
        ]

    def find(self, text: str, subject: str = "") -> list[Found]:
        """Each rule that holds, once: at its first place in the text, or else in the subject."""
        read = [*self._sentences("body", text), *self._sentences("subject", subject)]
        barred = set().union(*(each.holding(_UNLESS_MESSAGE) for each in read))
        met = set().union(*(each.holding(_NEEDS_MESSAGE) for each in read))
        barred |= self._needing_message - met
        found: dict[int, Found] = {}
        for each in read:
            for number, span in self._holding(each):
                if number not in barred:
                    found.setdefault(number, Found(self._rules[number], each.where, span))
        return list(found.values())

    def _sentences(self, where: str, text: str) -> Iterator[_Sentence]:
        read = list(sentences(text))
        for index, words in enumerate(read):
            yield _Sentence(
                where,
                words,
                tuple(self._automaton.find(words)) + tuple(self._in_patterns(text, words)),
                opening=index < EDGE,
                closing=index >= len(read) - EDGE,
            )

    def _in_patterns(self, text: str, words: tuple[Word, ...]) -> Iterator[Match]:
        """The patterns that hold in a sentence, from its first word to the next sentence's."""
        for number, pattern in self._patterns:
            end = words[-1].end + TAIL
            if pattern.search(text[words[0].start : end]):
                yield Match(number * len(_CONDITIONS) + _PHRASE, 0, len(words))

    def _holding(self, sentence: _Sentence) -> Iterator[tuple[int, tuple[int, int]]]:
        """The rules that hold in a sentence, and the characters they rest on."""
        if not sentence.matches:
            return
        barred = (
            sentence.holding(_UNLESS)
            | (self._needing - sentence.holding(_NEEDS))
            | (self._aimed - sentence.holding(_TARGET))
        )
        for match in sorted(sentence.matches, key=lambda m: (m.start, -m.end)):
            number, condition = divmod(match.owner, len(_CONDITIONS))
            if condition != _PHRASE or number in barred:
                continue
            rule = self._rules[number]
            if (rule.place == "opening" and not sentence.opening) or (
                rule.place == "closing" and not sentence.closing
            ):
                continue
            if rule.negation == "cancels" and self._negated(sentence.words, match, number):
                continue
            words = sentence.words
            yield number, (words[match.start].start, words[match.end - 1].end)

    def _negated(self, words: tuple[Word, ...], match: Match, number: int) -> bool:
        first, last = words[match.start], words[match.end - 1]
        start = max(0, match.start - self._lexicon.negation_before)
        near = [w for w in words[start : match.start] if w.clause == first.clause]
        if number not in self._own_negators:
            near += words[match.start : match.end]
        end = match.end + self._lexicon.negation_after
        near += [w for w in words[match.end : end] if w.clause == last.clause]
        return any(word.text in self._negators for word in near)

    def _names_negator(self, phrases: Iterable[str]) -> bool:
        """Whether a rule's own phrases bring a "not" with them."""
        return any(
            word.text in self._negators
            for phrase in phrases
            for words in sentences(phrase.replace("|", " ").replace(".", " "))
            for word in words
        )


def _phrases(rule: Rule) -> tuple[tuple[str, ...], ...]:
    """The phrases of a rule by condition, in the order of the conditions' numbers."""
    unless = rule.unless + (TARGETS["others"] if rule.target == "not-others" else ())
    target = TARGETS.get(rule.target, ())
    return (rule.phrases, rule.needs, target, unless, rule.needs_message, rule.unless_message)
