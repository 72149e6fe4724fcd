"""Documents laid over one another -> RuleBook, the whole checked."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from assistant import tomlfile
from assistant.clean import clean_text
from assistant.errors import ConfigError, Problem
from assistant.model import (
    BehaviourRule,
    Lexicon,
    Rule,
    RuleBook,
    Screen,
    Screening,
    Sign,
    Tone,
    Voices,
    Wording,
    WordModel,
)
from assistant.rulebook.tables import BehaviourTable, Document, RuleTable, SignTable
from assistant.rulebook.voices import overlaid
from assistant.rulebook.wordings import overlaid_wording, wording_problems
from assistant.tomlfile import TomlFile
from assistant.tone.automaton import check_phrase
from assistant.tone.classes import check_class
from assistant.tone.grammar import PhraseError
from assistant.tone.tokens import bare


def merge(
    documents: Iterable[Document], words: Mapping[str, WordModel] = MappingProxyType({})
) -> RuleBook:
    """Lay documents over one another and check the whole.

    Args:
        documents: in the order in which they are laid over one another.
        words: the fitted models of the languages' words, by language.

    Raises:
        ConfigError: with every problem.
    """
    return merge_all(documents, {}, words)[0]


def merge_all(
    documents: Iterable[Document],
    own: Mapping[int, Document],
    words: Mapping[str, WordModel] = MappingProxyType({}),
) -> tuple[RuleBook, Mapping[int, RuleBook]]:
    """The same, and for each of some accounts with a document of its own laid over the whole.

    What an account doesn't change is shared with the common rulebook, not held twice.

    Raises:
        ConfigError: with every problem.
    """
    common = _Merged(words)
    for document in documents:
        common.add(document)
    special = {number: common.overlaid(document) for number, document in own.items()}
    problems: list[Problem] = []
    for merged in (common, *special.values()):
        merged.check()
        problems += merged.problems
    if problems:
        raise ConfigError(problems)
    books = {number: merged.rulebook() for number, merged in special.items()}
    return common.rulebook(), MappingProxyType(books)


class _Merged:
    """The documents so far, laid over one another."""

    def __init__(self, words: Mapping[str, WordModel]) -> None:
        self.words = words
        self.problems: list[Problem] = []
        self.rules: dict[str, Rule] = {}
        self.behaviours: dict[str, BehaviourRule] = {}
        self.tones: dict[str, Tone] = {}
        self.signs: dict[str, Sign] = {}
        self.classes: dict[str, dict[str, tuple[str, ...]]] = {}
        self.negators: dict[str, tuple[str, ...]] = {}
        self.no_reply: tuple[str, ...] = ()
        self.not_names: set[str] = set()
        self.form_senders: tuple[str, ...] = ()
        self.own_lists: tuple[str, ...] = ()
        self.never_screened: tuple[str, ...] = ()
        self.wordings: dict[str, Wording] = {}
        self._reworded: set[str] = set()
        self.threshold: int | None = None
        self.evidence = 0
        self.attention = ""
        self.voices: dict[str, Voices] = {}
        self._places: list[tuple[TomlFile, tomlfile.Path_, Rule | BehaviourRule, bool]] = []
        self._class_places: list[tuple[TomlFile, str, str]] = []
        self.reach: dict[str, tuple[int, int]] = {}

    def overlaid(self, document: Document) -> _Merged:
        """These and one document more, whose problems alone it has; this stays as it is."""
        copied = copy.copy(self)
        for name, each in vars(self).items():
            if isinstance(each, dict | set):
                setattr(copied, name, each.copy())
        copied.classes = {language: {**each} for language, each in self.classes.items()}
        copied.problems, copied._places, copied._class_places = [], [], []
        copied._reworded = set()
        copied.add(document)
        return copied

    def add(self, document: Document) -> None:
        table = document.table
        self.threshold = table.threshold or self.threshold
        self.evidence = table.evidence or self.evidence
        self.attention = self.attention if table.attention is None else table.attention
        for language, given in table.voices.items():
            self.voices[language] = overlaid(self.voices.get(language, Voices()), given)
        self.no_reply += tuple(word.casefold() for word in table.no_reply)
        self.not_names |= {bare(word) for word in table.not_names}
        self.form_senders += tuple(table.form_senders)
        self.own_lists += tuple(each.strip("<>").casefold() for each in table.own_lists)
        self.never_screened += tuple(table.never_screened)
        for tone in table.tone:
            self.tones[tone.id] = Tone(tone.id, tone.heat, tone.keyword)
        for sign in table.sign:
            self._add_sign(sign)
        self._class_places += [(document.file, table.language, name) for name in table.classes]
        classes = self.classes.setdefault(table.language, {})
        classes.update({name: tuple(words) for name, words in table.classes.items()})
        if table.negators:
            self.negators[table.language] = tuple(table.negators)
        before, after = self.reach.get(table.language, (3, 0))
        self.reach[table.language] = (
            before if table.negation_before is None else table.negation_before,
            after if table.negation_after is None else table.negation_after,
        )
        for index, rule in enumerate(table.rule):
            self._add_rule(document, index, rule)
        for index, behaviour in enumerate(table.behaviour):
            self._add_behaviour(document.file, index, behaviour)
        if table.reply.model_fields_set:
            known = self.wordings.get(table.language)
            self.wordings[table.language] = overlaid_wording(
                known, document.file, table, self.problems
            )
            if not document.trusted:
                self._reworded.add(table.language)

    def _check_class(self, file: TomlFile, language: str, name: str) -> None:
        try:
            check_class(name, self.classes[language])
        except PhraseError as error:
            self.problems.append(file.problem(("classes", name), str(error)))

    def _add_sign(self, table: SignTable) -> None:
        if table.enabled:
            values = [table.value] if isinstance(table.value, str) else table.value
            self.signs[table.id] = Sign(
                table.reason,
                table.header,
                Screen(table.test),
                tuple(value.casefold() for value in values),
                table.in_answers,
                table.describe,
                table.in_forms,
            )
        else:
            self.signs.pop(table.id, None)

    def _add_rule(self, document: Document, index: int, table: RuleTable) -> None:
        file, language, trusted = document.file, document.table.language, document.trusted
        where: tomlfile.Path_ = ("rule", index)
        given = {name: _frozen(getattr(table, name)) for name in table.model_fields_set}
        enabled = given.pop("enabled", True)
        known = self.rules.get(table.id)
        if known is not None:
            rule = replace(known, **given, origin=tomlfile.origins(known.origin, file.name))
        else:
            if not enabled:
                self.problems.append(
                    file.problem(
                        (*where, "id"),
                        f"turns off {table.id!r}, but there is no such rule{tomlfile.suggest(table.id, self.rules)}",
                    )
                )
                return
            self.problems += [
                file.problem((*where, name), "is required for a new rule")
                for name in ("describe", "points", "matches")
                if name not in given
            ]
            fields = {
                name: _frozen(getattr(table, name))
                for name in RuleTable.model_fields
                if name != "enabled"
            }
            rule = Rule(**fields, language=language, origin=file.name)
        if enabled:
            self.rules[rule.id] = rule
            self._places.append((file, where, rule, trusted))
        else:
            self.rules.pop(rule.id, None)

    def _add_behaviour(self, file: TomlFile, index: int, table: BehaviourTable) -> None:
        given = {name: _frozen(getattr(table, name)) for name in table.model_fields_set}
        known = self.behaviours.get(table.id)
        if not given.pop("enabled", True):
            self.behaviours.pop(table.id, None)
            return
        if known is not None:
            rule = replace(known, **given, origin=tomlfile.origins(known.origin, file.name))
        else:
            missing = [each for each in ("describe", "fact", "points") if each not in given]
            self.problems += [
                file.problem(("behaviour", index, name), "is required for a new rule")
                for name in missing
            ]
            fields = {name: _frozen(getattr(table, name)) for name in BehaviourTable.model_fields}
            fields.pop("enabled")
            rule = BehaviourRule(**fields, origin=file.name)
        self.behaviours[rule.id] = rule
        self._places.append((file, ("behaviour", index), rule, False))

    def check(self) -> None:
        """What only the whole can tell: tones that exist, phrases that compile."""
        for place in self._class_places:
            self._check_class(*place)
        for file, where, rule, trusted in self._places:
            if rule.tone and rule.tone not in self.tones:
                message = f"no tone {rule.tone!r}{tomlfile.suggest(rule.tone, self.tones)}"
                self.problems.append(file.problem((*where, "tone"), message))
            if rule.points > 0 and not rule.tone:
                message = "is required for a rule that adds points: which tone does it speak for?"
                self.problems.append(file.problem((*where, "tone"), message))
            if trusted or isinstance(rule, BehaviourRule):
                continue
            if not rule.phrases and not rule.patterns:
                self.problems.append(file.problem(where, "needs phrases, or patterns"))
            for name in ("phrases", "needs", "unless", "needs_message", "unless_message"):
                self._check_phrases(file, (*where, name), rule.language, getattr(rule, name))
        for language in sorted(self._reworded):
            wording, classes = self.wordings[language], self.classes.get(language, {})
            self.problems += wording_problems(wording, tuple(self.tones), classes)

    def _check_phrases(
        self, file: TomlFile, where: tomlfile.Path_, language: str, phrases: Iterable[str]
    ) -> None:
        for phrase in phrases:
            try:
                check_phrase(phrase, self.classes.get(language, {}))
            except PhraseError as error:
                shown = clean_text(phrase, 60)
                self.problems.append(file.problem(where, f'"{shown}": {error}'))

    def rulebook(self) -> RuleBook:
        rules = tuple(self.rules.values())
        languages = sorted({rule.language for rule in rules})
        return RuleBook(
            rules=rules,
            behaviours=tuple(self.behaviours.values()),
            lexicons=tuple(
                Lexicon(
                    language,
                    MappingProxyType(self.classes.get(language, {})),
                    self.negators.get(language, ()),
                    *self.reach[language],
                )
                for language in languages
            ),
            tones=tuple(sorted(self.tones.values(), key=lambda tone: tone.heat)),
            screening=Screening(
                tuple(self.signs.values()),
                self.no_reply,
                self.form_senders,
                self.own_lists,
                self.never_screened,
            ),
            wordings=tuple(self.wordings.values()),
            threshold=self.threshold,
            evidence=self.evidence,
            voices=MappingProxyType(self.voices),
            words=self.words,
            attention=self.attention,
            not_names=tuple(sorted(self.not_names)),
        )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
