"""What is right in rule files and yet makes no sense: it never matches, never counts, or says the contrary of another.

Mistakes that keep a file from being used are found when it is loaded; examples that don't hold, by
:mod:`assistant.tone.lint`. What is said here is certain: where it can't be told, nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from assistant.clean import clean_text
from assistant.errors import Problem
from assistant.model import Rule, RuleBook, Weight
from assistant.rulebook.fields import Fields, Given, Kind, all_fields
from assistant.rulebook.layers import Case
from assistant.rulebook.tables import Document, VoicesTable, WeighingTable
from assistant.tomlfile import TomlFile, suggest
from assistant.tone.grammar import parse
from assistant.tone.phrases import TARGETS
from assistant.tone.reach import Bars, can_be_met, can_match, literally

HOTTEST = 5
LISTED = 60
"""How many ways to say a phrase are compared one by one."""
_CONDITIONS = ("phrases", "needs", "unless", "needs_message", "unless_message")
_Meaning = tuple[object, ...]
_All = Mapping[tuple[Kind, str], Fields]


def findings(
    book: RuleBook, documents: Sequence[Document], only: Collection[str] | None = None
) -> list[Problem]:
    """Everything that makes no sense in these documents, of which the rulebook is made, each with its place.

    Args:
        only: ids of the rules that are looked at closely, which takes seconds for all; None for all.
    """
    every = all_fields(documents)
    found = [
        *_given_twice(documents),
        *_classes(documents),
        *_voices(book, documents),
        *_behaviours(book, every),
    ]
    for rule in book.rules:
        if only is not None and rule.id not in only:
            continue
        fields = every["rule", rule.id]
        found += [*_pointless(rule, fields), *_unreachable(book, rule, fields)]
    found += _shared(book, every)
    return found


def unknown_in(case: Case, book: RuleBook, documents: Sequence[Document]) -> list[Problem]:
    """Rules and tones that a ``[[test]]`` names and that are not there. One that is turned off is."""
    known = {each for _, each in all_fields(documents)} | {
        sign.id for document in documents for sign in document.table.sign
    }
    tones = [tone.id for tone in book.tones]
    where = ("test", case.number)
    found = [
        case.file.problem((*where, key), f"no rule {each!r}{suggest(each, _near(each, known))}")
        for key in ("must_hit", "must_not_hit")
        for each in getattr(case.table, key)
        if each not in known | VOICES
    ]
    for key in ("tone", "at_least"):
        tone = getattr(case.table, key)
        if tone and tone not in tones:
            found.append(
                case.file.problem((*where, key), f"no tone {tone!r}{suggest(tone, tones)}")
            )
    return found


VOICES = frozenset({"words", "reader", "textblob-polarity"})
"""Hits of voices that are no rules; a test may ask for them all the same."""


def _near(word: str, known: set[str]) -> list[str]:
    """Those to suggest from; all 600 would be no help."""
    import difflib

    return difflib.get_close_matches(word, sorted(known), n=3)


def _quoted(phrase: str) -> str:
    return f'"{clean_text(phrase, 60)}"'


def _given_twice(documents: Sequence[Document]) -> Iterator[Problem]:
    for document in documents:
        table = document.table
        kinds: tuple[tuple[str, list[str]], ...] = (
            ("rule", [each.id for each in table.rule]),
            ("behaviour", [each.id for each in table.behaviour]),
            ("sign", [each.id for each in table.sign]),
            ("tone", [each.id for each in table.tone]),
        )
        for kind, ids in kinds:
            for each, count in Counter(ids).items():
                if count > 1:
                    last = len(ids) - 1 - ids[::-1].index(each)
                    first = document.file.line((kind, ids.index(each), "id"))
                    message = f"{each!r} stands in this file before, in line {first}; make them one"
                    yield document.file.problem((kind, last, "id"), message)


def _classes(documents: Sequence[Document]) -> Iterator[Problem]:
    for document in documents:
        for name, entries in document.table.classes.items():
            where = ("classes", name)
            if not entries and name not in ("number", "ordinal"):
                yield document.file.problem(where, "is empty: a phrase with it never matches")
            for entry in entries:
                if not can_be_met(entry):
                    yield document.file.problem(
                        where,
                        f"{_quoted(entry)} is never met: sentences are cut into words, and it isn't one",
                    )


def _pointless(rule: Rule, fields: Fields) -> Iterator[Problem]:
    """Points that never matter, and what never matters beside points below 0."""
    if rule.points == 0:
        yield _at(fields, "points", "0 points never matter; enabled = false turns the rule off")
    for name, held in (("tone", rule.tone), ("cues", rule.cues)):
        if rule.points < 0 and held:
            yield _at(fields, name, "is for rules that add points; with points below 0 remove it")


def _unreachable(book: RuleBook, rule: Rule, fields: Fields) -> Iterator[Problem]:
    """Phrases that never match, and those that an ``unless`` always bars."""
    classes = book.classes(rule.language)
    dead: set[str] = set()
    for name in _CONDITIONS:
        for phrase in getattr(rule, name):
            if not can_match(phrase, classes):
                dead.add(phrase)
                yield _at(fields, name, f"{_quoted(phrase)} can never match")
    named = {
        "unless": rule.unless,
        "unless_message": rule.unless_message,
        "target": TARGETS["others"] if rule.target == "not-others" else (),
    }
    every = [each for phrases in named.values() for each in phrases]
    if not every:
        return
    together = Bars(every, classes)
    for name in ("phrases", "needs"):
        for phrase in getattr(rule, name):
            if phrase in dead or not together.always_bar(phrase):
                continue
            culprit = next(
                (f"{key}, {_quoted(each)}," for key, phrases in named.items() for each in phrases
                 if Bars([each], classes).always_bar(phrase)), "unless"
            )  # fmt: skip
            message = f"{_quoted(phrase)} never holds: {culprit} always takes it away"
            yield _at(fields, name, message)


def _shared(book: RuleBook, every: _All) -> Iterator[Problem]:
    """Phrases and patterns that two rules have, and nothing in their conditions sets them apart.

    Two shipped rules may: their points were weighed together. So may they where a user has copied one of them.
    """
    holders: dict[_Meaning, dict[str, Rule]] = {}
    said: list[tuple[Rule, str, str, list[_Meaning]]] = []
    for rule in book.rules:
        apart = (rule.language, rule.place, rule.target, rule.needs, rule.needs_message)
        for name in ("phrases", "patterns"):
            texts: tuple[str, ...] = getattr(rule, name)
            for text in texts:
                keys: list[_Meaning] = [
                    (*apart, name, each) for each in _meanings(book, rule, name, text)
                ]
                said.append((rule, name, text, keys))
                for key in keys:
                    holders.setdefault(key, {})[rule.id] = rule
            for text, count in Counter(texts).items():
                if count > 1:
                    yield _at(every["rule", rule.id], name, f"{_quoted(text)} stands there twice")
    order = {rule.id: number for number, rule in enumerate(book.rules)}
    told: set[tuple[str, str, str]] = set()
    for rule, name, text, keys in said:
        others = set.intersection(*(set(holders[key]) for key in keys)) - {rule.id}
        for other in sorted(others, key=order.__getitem__):
            pair = (holders[keys[0]][other], rule)
            if all(_as_shipped(book, each, every["rule", each.id], name, keys) for each in pair):
                continue
            given = {each.id: every["rule", each.id].place(name) for each in pair}
            # What a user wrote comes last: that is what its author looks at.
            older, newer = sorted(
                pair, key=lambda each: (not given[each.id].shipped, order[each.id])
            )
            if (older.id, newer.id, name) not in told and not given[newer.id].shipped:
                told.add((older.id, newer.id, name))
                yield _at(
                    every["rule", newer.id], name, _clash(older, newer, text, given[older.id])
                )


def _as_shipped(
    book: RuleBook, rule: Rule, fields: Fields, name: str, keys: Sequence[_Meaning]
) -> bool:
    """Whether a shipped file gives the rule a phrase with these meanings."""
    first = fields.given.get(name, fields.tables)[0]
    texts = first.value if first.shipped and name in fields.given else ()
    there = {each for text in texts for each in _meanings(book, rule, name, text)}
    return all(key[-1] in there for key in keys)


def _meanings(book: RuleBook, rule: Rule, name: str, text: str) -> list[object]:
    """All that a phrase stands for, if that can be listed; or else its meaning as a whole."""
    if name == "patterns":
        return [text]
    listed = literally(text, book.classes(rule.language), LISTED)
    return list(listed) or [parse(text)]


def _clash(older: Rule, newer: Rule, text: str, place: Given) -> str:
    other = f"{older.id} ({place.place})"
    if (older.points > 0) == (newer.points > 0):
        return f"{_quoted(text)} is in {other}, too: both count, {older.points:+d} and {newer.points:+d}"
    return f"{_quoted(text)} contradicts {other}: {newer.points:+d} points here, {older.points:+d} there"


def _behaviours(book: RuleBook, every: _All) -> Iterator[Problem]:
    seen: dict[tuple[str, int], str] = {}
    for rule in book.behaviours:
        fields = every["behaviour", rule.id]
        if rule.points == 0:
            yield _at(fields, "points", "0 points never matter; enabled = false turns it off")
        if rule.fact == "heat_before" and rule.at_least > HOTTEST:
            message = f"heat_before runs from 1 to {HOTTEST}: {rule.at_least} is never reached"
            yield _at(fields, "at_least", message)
        if other := seen.get((rule.fact, rule.at_least)):
            message = f"is that of {other}, too, and only one of them counts"
            yield _at(fields, "at_least", message)
        seen[rule.fact, rule.at_least] = rule.id


def _voices(book: RuleBook, documents: Sequence[Document]) -> Iterator[Problem]:
    """Weights that are capped away, or for a language that nobody judges."""
    judged = {lexicon.language for lexicon in book.lexicons}
    for document in documents:
        if document.trusted and not all(each.trusted for each in documents):
            continue  # what a user's file makes of a shipped weight is the user's will
        for language, table in document.table.voices.items():
            where = ("voices", language)
            if language not in judged:
                message = f"never matters: there are no rules in language {language!r}"
                yield document.file.problem(where, message)
                continue
            held = book.voices[language]
            capped = _capped(document.file, where, table, held.alone.words, held.alone.polarity)
            yield from capped
            reader = table.reader
            if reader is not None and held.with_reader is not None:
                there = (*where, "reader")
                both = held.with_reader
                yield from _capped(document.file, there, reader, both.words, both.polarity)
                low, high = both.reader.band
                if low > high:
                    message = f"runs from {low} down to {high}: the reader is never asked"
                    yield document.file.problem((*there, "band"), message)
                if reader.heads and both.reader.sure == 0:
                    message = "never matter: sure = 0 caps every head at nothing"
                    yield document.file.problem((*there, "heads"), message)


def _capped(
    file: TomlFile, where: tuple[str, ...], table: WeighingTable | VoicesTable,
    words: Weight, polarity: Weight,
) -> Iterator[Problem]:  # fmt: skip
    for name, weight in (("words", words), ("polarity", polarity)):
        if getattr(table, name) and weight.points > 0 and weight.cap == 0:
            yield file.problem((*where, name), f"never matters: {name}_cap = 0 caps it at nothing")


def _at(fields: Fields, name: str, message: str) -> Problem:
    given = fields.place(name)
    where = given.where if len(given.where) > 2 else (*given.where, name)
    problem = given.file.problem(where, message)
    return Problem(problem.file, problem.line, f"{fields.id}: {name}", message)
