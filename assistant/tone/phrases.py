"""The phrase rules of one language, compiled; finds which of them hold in a message, and which nearly. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from assistant.model import Lexicon, Rule
from assistant.tone.automaton import Automaton, Match
from assistant.tone.grammar import PhraseError
from assistant.tone.tokens import Word, normalise, sentences

__all__ = ["Barrier", "Found", "Held", "PhraseError", "PhraseRules", "compile_pattern"]

EDGE = 3
"""How many sentences make the opening of a message, and its closing."""
TARGETS = {"you": ("<you>",), "us": ("<us>",), "others": ("<others>",)}
LONGEST_SHOWN = 200
"""Characters of a pattern in a message."""
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
        told = f"{_short(pattern)!r} is no pattern for RE2: {_short(_placed(pattern, why))}"
        raise PhraseError(told) from None


def _short(text: str) -> str:
    """RE2 repeats the whole pattern, which may be long; the reason stands behind it."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


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
class Barrier:
    """What holds a rule back: the key of the rule that asks for it, and the words that speak against it."""

    key: str
    """``negation``, ``unless``, ``needs``, ``target``, ``place``, ``unless_message`` or ``needs_message``."""
    where: str = ""
    """Where those words are; empty where it is words that are missing."""
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Held:
    """A rule whose phrase is there but which doesn't hold, and all that holds it back there."""

    found: Found
    barriers: tuple[Barrier, ...]
    """Never empty. Without all of these it would hold; without some of them it would not."""


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
        if not self.owners:
            return set()
        many = len(_CONDITIONS)
        return {owner // many for owner in self.owners if owner % many == condition}

    def at(self, place: str) -> bool:
        """Whether it stands where a rule wants it."""
        return place == "anywhere" or (self.opening if place == "opening" else self.closing)

    @property
    def span(self) -> tuple[int, int]:
        return self.words[0].start, self.words[-1].end


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
        self._own_negators: dict[int, bool] = {}
        self._patterns = [
            (number, compile_pattern(pattern))
            for number, rule in enumerate(rules)
            for pattern in rule.patterns
        ]
        any_pattern = "|".join(f"(?:{each})" for rule in rules for each in rule.patterns)
        self._any_pattern = compile_pattern(any_pattern) if any_pattern else None

    def find(
        self, text: str, subject: str = "", words: Sequence[tuple[Word, ...]] | None = None
    ) -> list[Found]:
        """Each rule that holds, once: at its first place in the text, or else in the subject.

        Args:
            words: the sentences of the text, where they are known.
        """
        read = [*self._sentences("body", text, words), *self._sentences("subject", subject)]
        barred = set().union(*(each.holding(_UNLESS_MESSAGE) for each in read))
        met = set().union(*(each.holding(_NEEDS_MESSAGE) for each in read))
        barred |= self._needing_message - met
        found: dict[int, Found] = {}
        for each in read:
            for number in self._candidates(each) - barred - found.keys():
                if span := self._place(each, number):
                    found[number] = Found(self._rules[number], each.where, span)
        return [found[number] for number in sorted(found)]

    def held_back(self, text: str, subject: str = "") -> list[Held]:
        """Each rule whose phrase is there but which `find` doesn't find: where least holds it back.

        For whoever asks why; it takes a few times as long as `find`.
        """
        read = [*self._sentences("body", text), *self._sentences("subject", subject)]
        done = {id(each.rule) for each in self.find(text, subject)}
        barred = self._message_barriers(read)
        held: dict[int, Held] = {}
        for each in read:
            for number in sorted(each.holding(_PHRASE) | each.patterns):
                rule = self._rules[number]
                if id(rule) in done:
                    continue
                barriers = (*self._barriers(each, number), *barred.get(number, ()))
                if number not in held or len(barriers) < len(held[number].barriers):
                    span = self._place(each, number, whatever=True) or each.span
                    held[number] = Held(Found(rule, each.where, span), barriers)
                if len(barriers) == 1:
                    done.add(id(rule))
        return [held[number] for number in sorted(held)]

    def _barriers(self, sentence: _Sentence, number: int) -> Iterator[Barrier]:
        """What in a sentence holds a rule back."""
        rule, words = self._rules[number], sentence.words
        if not self._place(sentence, number):
            matches = self._locate(words, number)
            negators = (self._negator(words, match, number) for match in matches)
            for word in [each for each in negators if each is not None][:1]:
                yield Barrier("negation", sentence.where, (word.start, word.end))
        if number in sentence.holding(_UNLESS):
            yield self._barrier("unless", sentence, number, _UNLESS)
        if number in self._needing - sentence.holding(_NEEDS):
            yield Barrier("needs")
        if number in self._aimed - sentence.holding(_TARGET):
            yield Barrier("target")
        if not sentence.at(rule.place):
            yield Barrier("place")

    def _message_barriers(self, read: Iterable[_Sentence]) -> dict[int, list[Barrier]]:
        """What anywhere in a message holds rules back."""
        needing = set(self._needing_message)
        barring: dict[int, Barrier] = {}
        for each in read:
            needing -= each.holding(_NEEDS_MESSAGE)
            for number in each.holding(_UNLESS_MESSAGE) - barring.keys():
                barring[number] = self._barrier("unless_message", each, number, _UNLESS_MESSAGE)
        found = {number: [each] for number, each in barring.items()}
        for number in needing:
            found.setdefault(number, []).append(Barrier("needs_message"))
        return found

    def _barrier(self, key: str, sentence: _Sentence, number: int, condition: int) -> Barrier:
        """A barrier that stands in a sentence, with its place."""
        match = self._locate(sentence.words, number, condition)[0]
        first, last = sentence.words[match.start], sentence.words[match.end - 1]
        return Barrier(key, sentence.where, (first.start, last.end))

    def _sentences(
        self, where: str, text: str, known: Sequence[tuple[Word, ...]] | None = None
    ) -> Iterator[_Sentence]:
        read = list(sentences(text)) if known is None else known
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
        return {number for number in found if sentence.at(self._rules[number].place)}

    def _place(
        self, sentence: _Sentence, number: int, *, whatever: bool = False
    ) -> tuple[int, int] | None:
        """Where in a sentence a rule holds first, and longest; None where it is negated.

        Args:
            whatever: where its phrase is, negated or not.
        """
        words = sentence.words
        heeded = not whatever and self._rules[number].negation != "ignored"
        for match in sorted(self._locate(words, number), key=lambda m: (m.start, -m.end)):
            if not heeded or self._negator(words, match, number) is None:
                return words[match.start].start, words[match.end - 1].end
        return sentence.span if number in sentence.patterns else None

    def _locate(
        self, words: tuple[Word, ...], number: int, condition: int = _PHRASE
    ) -> list[Match]:
        """Where one rule's phrases are. Few rules hold in a message; each has a small automaton."""
        owner = number * len(_CONDITIONS) + condition
        if owner not in self._locators:
            phrases = _phrases(self._rules[number])[condition]
            found = ((owner, phrase) for phrase in phrases)
            self._locators[owner] = Automaton(found, self._lexicon.classes)
        return self._locators[owner].find(words)

    def _negator(self, words: tuple[Word, ...], match: Match, number: int) -> Word | None:
        """The word that takes a match away, if there is one."""
        first, last = words[match.start], words[match.end - 1]
        start = max(0, match.start - self._lexicon.negation_before)
        near = [w for w in words[start : match.start] if w.clause == first.clause]
        if not self._names_negator(number):
            near += words[match.start : match.end]
        end = match.end + self._lexicon.negation_after
        near += [w for w in words[match.end : end] if w.clause == last.clause]
        return next((word for word in near if word.text in self._negators), None)

    def _names_negator(self, number: int) -> bool:
        """Whether a rule's own phrases bring a "not" with them. Asked of the few rules whose phrases are there."""
        if number not in self._own_negators:
            self._own_negators[number] = any(
                word.text in self._negators
                for phrase in self._rules[number].phrases
                for words in sentences(phrase.replace("|", " ").replace(".", " "))
                for word in words
            )
        return self._own_negators[number]


def _phrases(rule: Rule) -> tuple[tuple[str, ...], ...]:
    """The phrases of a rule by condition, in the order of the conditions' numbers."""
    unless = rule.unless + (TARGETS["others"] if rule.target == "not-others" else ())
    target = TARGETS.get(rule.target, ())
    return (rule.phrases, rule.needs, target, unless, rule.needs_message, rule.unless_message)
