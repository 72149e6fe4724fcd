"""The shipped rules and the user's -> RuleBook.

One rule for overriding, for everything that has an id: the same ``id`` replaces the given
fields, ``enabled = false`` turns it off, a new ``id`` adds one. Documents are laid over one
another in order: the shipped ones, then the user's. Every mistake in every file is reported at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant import tomlfile
from assistant.clean import clean_text
from assistant.errors import ConfigError, Problem
from assistant.model import (
    Lexicon,
    PolarityWeight,
    Rule,
    RuleBook,
    Screen,
    Screening,
    Sign,
    Tone,
    Wording,
)
from assistant.reply.guard import Guard
from assistant.reply.wording import (
    ANY_TONE,
    PARTS,
    every_reply,
    has_placeholder,
    paragraphs,
    placeholders_in,
    variants,
)
from assistant.tomlfile import TomlFile
from assistant.tone.automaton import Automaton
from assistant.tone.grammar import PhraseError

KEYWORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
Cue = Literal[
    "late", "ignored", "quality", "wrong", "billing", "misunderstood", "broken-promise",
    "repeat-problem", "rude-treatment", "lost-trust", "refund-demand", "leaving", "legal-threat",
    "public-threat", "escalation", "ultimatum",
]  # fmt: skip
Points = Annotated[int, Field(ge=-1000, le=1000)]


def _keyword(value: str) -> str:
    if not KEYWORD.fullmatch(value):
        raise ValueError(
            f"{value!r} can't be an IMAP keyword; use up to 40 of A-Z a-z 0-9 _ . - "
            "(servers refuse or lose anything else)"
        )
    return value


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RuleTable(_Table):
    """One ``[[rule]]``. All but ``id`` may be missing where it changes a rule that is there."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")
    describe: str = ""
    points: Points = 0
    tone: str = ""
    cues: list[Cue] = []
    phrases: list[str] = []
    unless: list[str] = []
    negation: Literal["cancels", "ignored"] = "cancels"
    matches: list[str] = []
    ignores: list[str] = []
    enabled: bool = True


class ToneTable(_Table):
    """One ``[[tone]]``."""

    id: str
    heat: int = Field(ge=1, le=5)
    keyword: Annotated[str, AfterValidator(_keyword)]


class SignTable(_Table):
    """One ``[[sign]]`` of automatic mail."""

    id: str
    header: str = Field(pattern=r"^[a-z0-9-]+$")
    test: Literal["present", "is", "not", "contains"]
    value: str = ""
    reason: str
    describe: str
    enabled: bool = True


class PolarityTable(_Table):
    points: int = Field(ge=0, le=1000)
    cap: int = Field(ge=0, le=1000)


class ReplyTable(_Table):
    order: list[str] = []
    forbidden: dict[str, list[str]] = {}
    parts: dict[str, dict[str, list[str]]] = {}


class RuleFile(_Table):
    """What a rule file may hold; every table may be left out."""

    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    threshold: int | None = Field(default=None, ge=1, le=10_000)
    evidence: int | None = Field(default=None, ge=1, le=10_000)
    polarity: PolarityTable | None = None
    negators: list[str] = []
    classes: dict[str, list[str]] = {}
    no_reply: list[str] = []
    tone: list[ToneTable] = []
    rule: list[RuleTable] = []
    sign: list[SignTable] = []
    reply: ReplyTable = ReplyTable()


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file as read, not yet laid over others."""

    file: TomlFile
    table: RuleFile


def shipped_folder() -> Path:
    """Where the shipped rules are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load(user_folder: Path | None = None, extra: Iterable[TomlFile] = ()) -> RuleBook:
    """The effective rules.

    Args:
        user_folder: a folder of the user's ``*.toml``, laid over the shipped ones in name order.
        extra: further tables of the same kind (those in config.toml), laid over all others.

    Raises:
        ConfigError: with every problem in every file.
    """
    shipped = shipped_folder()
    paths = [
        (path, f"rules/{path.relative_to(shipped)}") for path in sorted(shipped.rglob("*.toml"))
    ]
    if not paths:
        raise ConfigError([Problem(str(shipped), None, "", "holds no shipped rules; reinstall")])
    if user_folder is not None and user_folder.is_dir():
        paths += [(path, str(path)) for path in sorted(user_folder.rglob("*.toml"))]
    problems: list[Problem] = []
    documents: list[Document] = []
    for path, name in paths:
        try:
            documents.append(_document(tomlfile.load(path, name)))
        except ConfigError as error:
            problems += error.problems
    for file in extra:
        try:
            documents.append(_document(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return merge(documents)


def _document(file: TomlFile) -> Document:
    return Document(file, tomlfile.validate(RuleFile, file))


def merge(documents: Iterable[Document]) -> RuleBook:
    """Lay documents over one another and check the whole.

    Raises:
        ConfigError: with every problem.
    """
    merged = _Merged()
    for document in documents:
        merged.add(document)
    merged.check()
    if merged.problems:
        raise ConfigError(merged.problems)
    return merged.rulebook()


class _Merged:
    """The documents so far, laid over one another."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rules: dict[str, Rule] = {}
        self.tones: dict[str, Tone] = {}
        self.signs: dict[str, Sign] = {}
        self.classes: dict[str, dict[str, tuple[str, ...]]] = {}
        self.negators: dict[str, tuple[str, ...]] = {}
        self.no_reply: tuple[str, ...] = ()
        self.wordings: dict[str, Wording] = {}
        self.threshold = 0
        self.evidence = 0
        self.polarity = PolarityWeight(0, 0)
        self._places: list[tuple[TomlFile, tomlfile.Path_, Rule]] = []

    def add(self, document: Document) -> None:
        table = document.table
        self.threshold = table.threshold or self.threshold
        self.evidence = table.evidence or self.evidence
        if table.polarity:
            self.polarity = PolarityWeight(table.polarity.points, table.polarity.cap)
        self.no_reply += tuple(word.casefold() for word in table.no_reply)
        for tone in table.tone:
            self.tones[tone.id] = Tone(tone.id, tone.heat, tone.keyword)
        for sign in table.sign:
            self._add_sign(sign)
        classes = self.classes.setdefault(table.language, {})
        classes.update({name: tuple(words) for name, words in table.classes.items()})
        if table.negators:
            self.negators[table.language] = tuple(table.negators)
        for index, rule in enumerate(table.rule):
            self._add_rule(document.file, index, rule, table.language)
        if table.reply.model_fields_set:
            self._add_wording(document.file, table)

    def _add_sign(self, table: SignTable) -> None:
        if table.enabled:
            self.signs[table.id] = Sign(
                table.reason,
                table.header,
                Screen(table.test),
                table.value.casefold(),
                table.describe,
            )
        else:
            self.signs.pop(table.id, None)

    def _add_rule(self, file: TomlFile, index: int, table: RuleTable, language: str) -> None:
        where: tomlfile.Path_ = ("rule", index)
        given = {name: _frozen(getattr(table, name)) for name in table.model_fields_set}
        enabled = given.pop("enabled", True)
        known = self.rules.get(table.id)
        if known is not None:
            rule = replace(known, **given, origin=_origins(known.origin, file.name))
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
                for name in ("describe", "points", "phrases", "matches")
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
            self._places.append((file, where, rule))
        else:
            self.rules.pop(rule.id, None)

    def _add_wording(self, file: TomlFile, table: RuleFile) -> None:
        reply, known = table.reply, self.wordings.get(table.language)
        parts = {tone: dict(known.parts[tone]) for tone in known.parts} if known else {}
        for tone, given in reply.parts.items():
            here = parts.setdefault(tone, {})
            for part, texts in given.items():
                where = ("reply", "parts", tone, part)
                if part not in PARTS:
                    self.problems.append(
                        file.problem(where, f"unknown part{tomlfile.suggest(part, PARTS)}")
                    )
                for text in texts:
                    self.problems += [file.problem(where, each) for each in placeholders_in(text)]
                here[part] = tuple(texts)
        forbidden = dict(known.forbidden) if known else {}
        forbidden.update({row: tuple(phrases) for row, phrases in reply.forbidden.items()})
        self.wordings[table.language] = Wording(
            language=table.language,
            parts=MappingProxyType({tone: MappingProxyType(here) for tone, here in parts.items()}),
            order=tuple(reply.order) or (known.order if known else ()),
            forbidden=MappingProxyType(forbidden),
            origin=_origins(known.origin, file.name) if known else file.name,
        )

    def check(self) -> None:
        """What only the whole can tell: tones that exist, phrases that compile."""
        for file, where, rule in self._places:
            if rule.tone and rule.tone not in self.tones:
                message = f"no tone {rule.tone!r}{tomlfile.suggest(rule.tone, self.tones)}"
                self.problems.append(file.problem((*where, "tone"), message))
            if rule.points > 0 and not rule.tone:
                message = "is required for a rule that adds points: which tone does it speak for?"
                self.problems.append(file.problem((*where, "tone"), message))
            classes = self.classes.get(rule.language, {})
            for name in ("phrases", "unless"):
                for phrase in getattr(rule, name):
                    try:
                        Automaton([(0, phrase)], classes)
                    except PhraseError as error:
                        self.problems.append(
                            file.problem((*where, name), f'"{clean_text(phrase, 60)}": {error}')
                        )
        for wording in self.wordings.values():
            self.problems += _wording_problems(wording, tuple(self.tones))

    def rulebook(self) -> RuleBook:
        rules = tuple(self.rules.values())
        languages = sorted({rule.language for rule in rules})
        book = RuleBook(
            rules=rules,
            lexicons=tuple(
                Lexicon(
                    language,
                    MappingProxyType(self.classes.get(language, {})),
                    self.negators.get(language, ()),
                )
                for language in languages
            ),
            tones=tuple(sorted(self.tones.values(), key=lambda tone: tone.heat)),
            screening=Screening(tuple(self.signs.values()), self.no_reply),
            wordings=tuple(self.wordings.values()),
            threshold=self.threshold,
            evidence=self.evidence,
            polarity=self.polarity,
            digest="",
        )
        return replace(book, digest=hashlib.sha256(repr(book).encode()).hexdigest()[:16])


def _wording_problems(wording: Wording, tones: tuple[str, ...]) -> list[Problem]:
    """Parts that are missing, and letters that the guard would refuse."""
    problems: list[Problem] = []
    try:
        guard = Guard(wording)
    except PhraseError as error:
        return [Problem(wording.origin, None, "reply.forbidden", str(error))]
    for tone in wording.parts:
        if tone not in (*tones, ANY_TONE):
            message = f"no such tone{tomlfile.suggest(tone, (*tones, ANY_TONE))}"
            problems.append(Problem(wording.origin, None, f"reply.parts.{tone}", message))
    for tone in tones:
        missing = [
            f"{part} (one without a placeholder)" if variants(wording, tone, part) else part
            for paragraph in paragraphs(wording)
            for part in paragraph
            if all(map(has_placeholder, variants(wording, tone, part)))
        ]
        if missing:
            problems.append(
                Problem(wording.origin, None, f"reply.parts.{tone}", f"lacks {', '.join(missing)}")
            )
            continue
        faults = {fault for text in every_reply(wording, tone) for fault in guard.faults(text)}
        problems += [
            Problem(wording.origin, None, f"reply.parts.{tone}", f"breaks {fault} (see guidance)")
            for fault in sorted(faults, key=str)
        ]
    return problems


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _origins(known: str, name: str) -> str:
    return known if name in known.split(", ") else f"{known}, {name}"
