"""The phrase rules of one language, compiled; finds which of them hold in a message. Pure."""

from __future__ import annotations

import re
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
        raise PhraseError(f"{pattern!r} is no pattern for RE2: {_placed(pattern, why)}") from None


_INSTEAD = (
    (("(?=", "(?!", "(?<=", "(?<!"), "it has no look-around; use needs or unless"),
    (("(?>",), "it has no atomic groups, and needs none: it never backtracks"),
    (("(?P",), "it has no back-references; named groups are (?P<name>...)"),
    (("(?(",), "it has no conditions; write two patterns"),
    (("++", "*+", "?+", "}+"), "it has no possessive repetition, and needs none"),
)
"""Beginnings of what other engines know and RE2 doesn't, and what to do instead."""


def _placed(pattern: str, why: str) -> str:
    """What RE2 says, with the place of the piece that it quotes, counted from 1, and a way out."""
    said, _, piece = why.partition(": ")
    # Where only a bracket is missing, the piece is the whole pattern.
    if not piece or said in ("missing )", "unexpected )"):
        return why
    begins = r"\(\?P(?!<)" if piece == "(?P" else re.escape(piece)
    found = re.search(rf"(?<!\\){begins}", pattern)
    if found is None:
        return why
    instead = next((told for begins, told in _INSTEAD if piece in begins), "")
    if re.fullmatch(r"\\[1-9]", piece):
        instead = "it has no back-references"
    return f"{why} at character {found.start() + 1}" + (f"; {instead}" if instead else "")


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
    owners: frozenset[int]
    patterns: frozenset[int]
    """Rules of which a pattern holds."""
    opening: bool
    closing: bool

    def holding(self, condition: int) -> set[int]:
        """The rules of which a condition is met in this sentence."""
        many = len(_CONDITIONS)
        return {owner // many for owner in self.owners if owner % many == condition}


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
        self._locators: dict[int, Automaton] = {}
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
        any_pattern = "|".join(f"(?:{each})" for rule in rules for each in rule.patterns)
        self._any_pattern = compile_pattern(any_pattern) if any_pattern else None

    def find(self, text: str, subject: str = "") -> list[Found]:
        """Each rule that holds, once: at its first place in the text, or else in the subject."""
        read = [*self._sentences("body", text), *self._sentences("subject", subject)]
        barred = set().union(*(each.holding(_UNLESS_MESSAGE) for each in read))
        met = set().union(*(each.holding(_NEEDS_MESSAGE) for each in read))
        barred |= self._needing_message - met
        found: dict[int, Found] = {}
        for each in read:
            for number in self._candidates(each) - barred - found.keys():
                if span := self._place(each, number):
                    found[number] = Found(self._rules[number], each.where, span)
        return [found[number] for number in sorted(found)]

    def _sentences(self, where: str, text: str) -> Iterator[_Sentence]:
        read = list(sentences(text))
        for index, words in enumerate(read):
            yield _Sentence(
                where,
                words,
                frozenset(self._automaton.owners(words)),
                self._in_patterns(text, words),
                opening=index < EDGE,
                closing=index >= len(read) - EDGE,
            )

    def _in_patterns(self, text: str, words: tuple[Word, ...]) -> frozenset[int]:
        """The rules whose patterns hold in a sentence, the marks after its last word included."""
        if self._any_pattern is None:
            return frozenset()
        spoken = text[words[0].start : words[-1].end + TAIL]
        if not self._any_pattern.search(spoken):
            return frozenset()
        return frozenset(number for number, each in self._patterns if each.search(spoken))

    def _candidates(self, sentence: _Sentence) -> set[int]:
        """The rules that hold in a sentence, unless they are negated there."""
        found = sentence.holding(_PHRASE) | sentence.patterns
        if not found:
            return found
        found -= sentence.holding(_UNLESS)
        found -= self._needing - sentence.holding(_NEEDS)
        found -= self._aimed - sentence.holding(_TARGET)
        return {
            number
            for number in found
            if self._rules[number].place == "anywhere"
            or (self._rules[number].place == "opening" and sentence.opening)
            or (self._rules[number].place == "closing" and sentence.closing)
        }

    def _place(self, sentence: _Sentence, number: int) -> tuple[int, int] | None:
        """Where in a sentence a rule holds first, and longest; None where it is negated."""
        words, rule = sentence.words, self._rules[number]
        for match in sorted(self._locate(words, number), key=lambda m: (m.start, -m.end)):
            if rule.negation == "ignored" or not self._negated(words, match, number):
                return words[match.start].start, words[match.end - 1].end
        if number in sentence.patterns:
            return words[0].start, words[-1].end
        return None

    def _locate(self, words: tuple[Word, ...], number: int) -> list[Match]:
        """Where one rule's phrases are. Few rules hold in a message; each has a small automaton."""
        if number not in self._locators:
            phrases = [(number, phrase) for phrase in self._rules[number].phrases]
            self._locators[number] = Automaton(phrases, self._lexicon.classes)
        return self._locators[number].find(words)

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
