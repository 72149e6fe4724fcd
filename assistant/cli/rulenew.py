"""`rules new`: a rule of one's own, written into one's own file; every other byte stays as it is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import click
import tomlkit

from assistant import rulebook, tomlfile
from assistant.cli.questions import Questions, good, note
from assistant.cli.wiring import Setup
from assistant.config import edit
from assistant.errors import ConfigError, Problem
from assistant.model import CUES, RuleBook
from assistant.rulebook import Layers
from assistant.rulebook.fields import all_fields
from assistant.rulebook.lint import findings
from assistant.rulebook.tables import ID
from assistant.tomlfile import TomlFile, suggest
from assistant.tone.automaton import check_phrase
from assistant.tone.grammar import PhraseError
from assistant.tone.lint import broken_promises
from assistant.tone.reach import example

POINTS = 40
TONE = "disappointed"
_FILE = re.compile(r"[^/\\\0]{1,100}\.toml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What options gave; None, or nothing, where they didn't."""

    rule_id: str | None
    phrases: tuple[str, ...]
    describe: str | None
    points: int | None
    tone: str | None
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    language: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    describe: str
    points: int
    tone: str
    phrases: tuple[str, ...]
    matches: tuple[str, ...]
    ignores: tuple[str, ...]


def run(setup: Setup, layers: Layers, wanted: Wanted, questions: Questions) -> None:
    """Ask for what isn't given, and write the rule if the whole is right with it.

    Raises:
        ConfigError: with what would be wrong; nothing was written.
        click.UsageError: where something is needed that can't be asked for.
    """
    language = wanted.language or setup.config.settings.language
    name = wanted.name or f"my-{language}.toml"
    if not _FILE.fullmatch(name) or name.startswith("."):
        raise click.UsageError(f"--file: {name!r} is no name of a .toml file in the rules folder")
    path = setup.config.rules_folder / name
    before = tomlfile.load(path).text if path.exists() else ""
    rule = _asked(setup.rulebook, layers, wanted, language, questions)
    after = with_rule(str(path), before, _text(rule), language)
    _check(layers, TomlFile(str(path), tomllib.loads(after), after), rule)
    edit.write(path, after)
    good(f"{rule.id} is in {path}")
    note("test it: assistant rules test")
    note(
        "a running assistant reads it when it is told to: a reload (docs/laptop.md, docs/server.md)"
    )


def _asked(
    book: RuleBook, layers: Layers, wanted: Wanted, language: str, questions: Questions
) -> _Rule:
    known = {each for _, each in all_fields(layers.common)}
    classes = book.classes(language)
    tones = [tone.id for tone in book.tones]

    def wrong_phrase(phrase: str) -> str:
        try:
            check_phrase(phrase, classes)
        except PhraseError as error:
            return str(error)
        return ""

    def wrong_id(rule_id: str) -> str:
        if not re.fullmatch(ID, rule_id):
            return f"{rule_id!r} is no id: a-z, 0-9, . and -"
        there = f"{rule_id!r} is there already (assistant rules show {rule_id})"
        return there if rule_id in known else ""

    def wrong_points(points: str) -> str:
        good = re.fullmatch(r"[+-]?\d{1,4}", points) and 0 < abs(int(points)) <= 1000
        return "" if good else "a whole number from -1000 to 1000, and not 0"

    def wrong_tone(tone: str) -> str:
        return "" if tone in tones else f"no tone {tone!r}{suggest(tone, tones)}"

    given = wanted.phrases or (None,)
    phrases = tuple(
        questions.text("--phrase", "Which words must occur?", each, wrong=wrong_phrase)
        for each in given
    )
    usual = "my." + "-".join(re.findall(r"[a-z0-9]+", phrases[0].casefold())[:4])
    rule_id = questions.text(
        "ID", "What is the rule called?", wanted.rule_id, usual if not wrong_id(usual) else None, wrong_id
    )  # fmt: skip
    describe = questions.text(
        "--describe", "What does it notice? The writer ...", wanted.describe, f'says "{phrases[0]}"'
    )
    points = int(questions.text(
        "--points", "How many points? 40 medium, 80 strong, 120 as good as certain; below 0 for a content writer",
        None if wanted.points is None else str(wanted.points), str(POINTS), wrong_points,
    ))  # fmt: skip
    tone = ""
    if points < 0 and wanted.tone:
        raise click.UsageError("--tone: is for rules that add points; leave it out")
    if points > 0:
        usual = TONE if TONE in tones else tones[0]
        tone = questions.text(
            "--tone", f"Which tone? {', '.join(tones)}", wanted.tone, usual, wrong_tone
        )
    words = example(phrases[0], classes)
    sentence = f"{words[:1].upper()}{words[1:]}." if words else None
    matches = wanted.matches or (
        questions.text("--match", "A sentence that it must find?", None, sentence),
    )
    return _Rule(rule_id, describe, points, tone, phrases, matches, wanted.ignores)


def _text(rule: _Rule) -> str:
    """The rule as TOML, with comments on what may be changed."""
    tone = f"tone = {quoted(rule.tone)}" if rule.points > 0 else '# tone = "disappointed"'
    return f"""\
[[rule]]
id = {quoted(rule.id)}
# What it notices, as tables show it after "the writer".
describe = {quoted(rule.describe)}
# Above 0 for an unhappy writer (40 medium, 80 strong, 120 as good as certain), below 0 for a content one.
points = {rule.points}
# The tone that it speaks for; none where the points are below 0.
{tone}
# What the writer is unhappy about: {", ".join(CUES[:4])}, … (rules/README.md has them all).
# cues = ["{CUES[0]}"]
# One of these must occur. (a|b): one of them; [a]: may be there; ...: up to three words; hop*: how a word begins.
phrases = {_list(rule.phrases)}
# None of these may be in the same sentence; needs = [] is the opposite. <others>: the anger is for somebody else.
# unless = ["<others>"]
# Its own tests: sentences that it must find, and some that come close and that it must not.
matches = {_list(rule.matches)}
ignores = {_list(rule.ignores)}
"""


def quoted(text: str) -> str:
    """Text as TOML."""
    return tomlkit.string(text).as_string()


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def with_rule(name: str, text: str, rule: str, language: str) -> str:
    """The text of a rule file with one rule more at its end; a new file where there is none.

    Raises:
        ConfigError: where the file is for another language, or its rules are written in a way that can't be added to.
    """
    if not text.strip():
        about = (
            "# Rules of your own; rules/README.md explains every key, docs/rules.md how to begin.\n"
        )
        schema = "#:schema ./rules.schema.json\n"
        there = (Path(name).parent / "rules.schema.json").is_file()
        return f"{schema if there else ''}{about}language = {quoted(language)}\n\n{rule}"
    before = tomllib.loads(text)
    if before.get("language", "en") != language:
        message = f"is for language {before.get('language', 'en')!r}, the rule for {language!r}"
        problem = Problem(name, None, "language", message)
        raise ConfigError([problem], hint="--file names another file, --language another language")
    if "\r\n" in text:
        rule = rule.replace("\n", "\r\n")
    end = "\r\n" if "\r\n" in text else "\n"
    after = text.rstrip("\r\n") + end + end + rule
    wanted = {**before, "rule": [*before.get("rule", []), *tomllib.loads(rule)["rule"]]}
    try:
        found = tomllib.loads(after)
    except ValueError:
        found = {}
    if found != wanted:
        problem = Problem(name, None, "rule", "is not written as [[rule]] tables of its own")
        raise ConfigError([problem], hint="--file names another file")
    return after


def _check(layers: Layers, file: TomlFile, rule: _Rule) -> None:
    """Whether the whole is right with the file as it will be.

    Raises:
        ConfigError: with everything that isn't.
    """
    changed = layers.overlaid(rulebook.document(file))
    book, _ = changed.books()
    alone = replace(book, rules=tuple(each for each in book.rules if each.id == rule.id))
    problems = [
        Problem(file.name, None, rule.id, f'{each.problem} "{each.shown}"')
        for each in broken_promises(alone)
    ]
    problems += [
        each
        for each in findings(book, changed.common, {rule.id})
        if each.key.startswith(f"{rule.id}: ")
    ]
    if problems:
        raise ConfigError(problems, hint="nothing was written")
