"""What is found out about a message once and holds for every rulebook: numbers, rules and places; no word of it. Pure.

A rule's place in a message depends on what the rule looks for and on its language's words, not on its points, its
tone or its name: two rulebooks share what neither has changed. So does whoever asks again tomorrow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.model import (
    Behaviour,
    Lexicon,
    Message,
    Opinion,
    Polarity,
    Reading,
    Rule,
    RuleBook,
)
from assistant.tone.judge import NOTHING_KNOWN
from assistant.tone.phrases import Found, PhraseRules
from assistant.tone.words import Weighed, weigh

DIGITS = 16
Place = tuple[str, int, int]
"""``subject`` or ``body``, and a half-open range in it."""


@dataclass(frozen=True, slots=True)
class Features:
    """One message, without its words."""

    identity: str
    language: str
    skips: Mapping[str, str]
    """By what screening rests on: why the message is not judged, in a word; empty where it is."""
    looked: frozenset[str] = frozenset()
    """The digests of the rules that were looked for."""
    found: Mapping[str, Place] | None = None
    """Those that hold, and where; None where the message was never judged."""
    words: tuple[float, float, int] | None = None
    """Margin, heat and length; see :class:`assistant.tone.words.Weighed`."""
    polarity: float | None = None
    opinion: Opinion | None = None
    """The reader's, without evidence."""
    asked: bool = False
    """Whether the reader was asked; it may have none."""
    behaviour: Behaviour = NOTHING_KNOWN
    text: tuple[str, str] | None = None
    """Its own words, and the subject where its writer chose it; only where that is to be kept."""


class Indexed:
    """The phrase rules of one rulebook, by what they look for."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.lexicons = {lexicon.language: lexicon for lexicon in book.lexicons}
        self._rules: dict[str, dict[str, list[tuple[int, Rule]]]] = {}

    def rules(self, language: str) -> Mapping[str, list[tuple[int, Rule]]]:
        """A language's rules by their digests, each with its number in the rulebook."""
        if language not in self._rules:
            here: dict[str, list[tuple[int, Rule]]] = {}
            words = _digest(self.lexicons.get(language))
            for number, rule in enumerate(self.book.rules):
                if rule.language == language:
                    here.setdefault(_looked_for(rule, words), []).append((number, rule))
            self._rules[language] = here
        return self._rules[language]

    def found(self, features: Features) -> list[Found]:
        """This rulebook's rules that hold in a message, in its order."""
        known = self.rules(features.language)
        found = [
            (number, Found(rule, where, (start, end)))
            for digest, (where, start, end) in (features.found or {}).items()
            for number, rule in known.get(digest, ())
        ]
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]


class Finder:
    """Looks for rules in messages; for each language and each set of rules compiled once."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, frozenset[str]], tuple[PhraseRules, dict[str, str]]] = {}

    def look(self, features: Features, text: tuple[str, str], books: Iterable[Indexed]) -> Features:
        """The features, and in them every rule of these rulebooks."""
        found, looked = dict(features.found or {}), features.looked
        for book in books:
            wanted = frozenset(book.rules(features.language)) - looked
            if wanted:
                rules, digests = self._rules(features.language, wanted, book)
                for each in rules.find(*text):
                    found[digests[each.rule.id]] = (each.where, *each.span)
                looked |= wanted
        return replace(features, found=found, looked=looked)

    def _rules(
        self, language: str, wanted: frozenset[str], book: Indexed
    ) -> tuple[PhraseRules, dict[str, str]]:
        if (language, wanted) not in self._compiled:
            known = book.rules(language)
            first = {digest: known[digest][0][1] for digest in known if digest in wanted}
            rules = PhraseRules(tuple(first.values()), book.lexicons[language])
            digests = {rule.id: digest for digest, rule in first.items()}
            self._compiled[language, wanted] = rules, digests
        return self._compiled[language, wanted]


def text_of(message: Message) -> tuple[str, str]:
    """In what rules are looked for."""
    return message.own_words, "" if message.is_answer else message.subject


def of(reading: Reading, book: RuleBook, behaviour: Behaviour) -> Features:
    """What holds for every rulebook, but for rules, screening and the reader."""
    message = reading.message
    model = book.words.get(message.language)
    weighed = weigh(model, message.own_words) if model else None
    return Features(
        message.identity,
        message.language,
        {},
        words=(weighed.margin, weighed.heat, weighed.length) if weighed else None,
        behaviour=behaviour,
    )


def weighed(features: Features) -> Weighed | None:
    """What the words said, without the words."""
    if features.words is None:
        return None
    margin, heat, length = features.words
    return Weighed(margin, heat, (), length)


def polarity(features: Features) -> Polarity | None:
    """What TextBlob said, without the words."""
    return None if features.polarity is None else Polarity(features.polarity, ())


def stub(features: Features) -> Message:
    """A message with nothing in it but its language."""
    return Message(
        identity=features.identity,
        message_id=None,
        in_reply_to=(),
        references=(),
        sender=None,
        reply_to=(),
        to=(),
        cc=(),
        delivered_to=(),
        subject="",
        date=None,
        own_words="",
        cuts=(),
        language=features.language,
        parts=(),
        headers=(),
        defects=(),
    )


def digest(*parts: object) -> str:
    """A short name for what these are."""
    return _digest(parts)


def _looked_for(rule: Rule, words: str) -> str:
    return _digest(
        words, rule.phrases, rule.patterns, rule.needs, rule.unless, rule.needs_message,
        rule.unless_message, rule.place, rule.target, rule.negation,
    )  # fmt: skip


def _digest(*parts: Any) -> str:
    plain = [
        (each.language, sorted(each.classes.items()), each.negators, each.negation_before,
         each.negation_after) if isinstance(each, Lexicon) else each
        for each in parts
    ]  # fmt: skip
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:DIGITS]
