"""What `learn` proposes, as a change of the user's files: made, checked as a whole, written, and taken back."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import tomlkit

from assistant import config as configuration
from assistant import rulebook, tomlfile
from assistant.cli.rulenew import TONE, quoted, with_rule
from assistant.cli.wiring import Setup
from assistant.config import edit
from assistant.errors import ConfigError, Problem
from assistant.lab.proposal import Phrase, Points, Proposal
from assistant.model import RuleBook
from assistant.rulebook import Layers
from assistant.tomlfile import TomlFile
from assistant.tone.lint import broken_promises

BEFORE = ".before-learn"
"""What the name of a file as it was ends in; the program reads no such file."""
RECORD = "learn-undo.json"
BOM = "\ufeff"
LONGEST_SLUG = 40
"""Letters of a phrase in its rule's id."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after."""

    path: Path
    before: str | None
    """None where there was none."""
    after: str


def changes(setup: Setup, layers: Layers, proposal: Proposal) -> tuple[Change, ...]:
    """The files as they would be.

    Raises:
        ConfigError: where a file can't be changed so, or something else decides; nothing is written here.
    """
    files = _Files()
    for each in proposal.points:
        _points(files, setup, layers, each)
    for phrase in proposal.phrases:
        path = _own_file(setup, phrase.language)
        files.read(path)
        text = phrase_rule(setup.rulebook, phrase, _ids(setup, files.texts()))
        files.after[path] = with_rule(str(path), files.read(path), text, phrase.language)
    if proposal.flags_per_1000 is not None:
        path = setup.config.path or configuration.default_path({})
        files.after[path] = _with_budget(str(path), files.read(path), proposal.flags_per_1000)
    found = tuple(Change(path, files.before[path], after) for path, after in files.after.items())
    _check(layers, found, proposal, setup)
    return found


class _Files:
    def __init__(self) -> None:
        self.before: dict[Path, str | None] = {}
        self.after: dict[Path, str] = {}

    def read(self, path: Path) -> str:
        """A file as it is by now; empty where there is none."""
        if path not in self.before:
            self.before[path] = tomlfile.load(path).text if path.exists() else None
        return self.after.get(path, self.before[path] or "")

    def texts(self) -> Iterable[str]:
        """All that were read, as they are by now."""
        return [self.read(path) for path in self.before]


def _ids(setup: Setup, texts: Iterable[str]) -> set[str]:
    """Of every rule, those of single accounts and those that are turned off in these files, too."""
    books = (setup.rulebook, *setup.own.values())
    return {each.id for book in books for each in book.rules} | ids_in(texts)


def ids_in(texts: Iterable[str]) -> set[str]:
    """The ids of the rules in the texts of rule files."""
    return {each["id"] for text in texts for each in tomllib.loads(text).get("rule", [])}


def _own_file(setup: Setup, language: str) -> Path:
    return setup.config.rules_folder / f"my-{language}.toml"


def _points(files: _Files, setup: Setup, layers: Layers, change: Points) -> None:
    """Where the user has the rule already, there; else in their file for the language."""
    for document in reversed(layers.common):
        tables = document.file.value.get("rule", [])
        numbers = [at for at, each in enumerate(tables) if each.get("id") == change.rule]
        if numbers and not document.trusted:
            path = Path(document.file.name)
            if files.read(path) != files.after.get(path, document.file.text):
                raise _changed(path)  # while mail was read: the rule may stand elsewhere by now
            files.after[path] = _with_points(str(path), files.read(path), numbers[-1], change)
            return
    (rule,) = (each for each in setup.rulebook.rules if each.id == change.rule)
    path = _own_file(setup, rule.language)
    text = points_rule(change)
    files.after[path] = with_rule(str(path), files.read(path), text, rule.language)


def points_rule(change: Points) -> str:
    """A rule file's table that changes a rule's points, or turns it off."""
    value = f"points = {change.after}" if change.after else "enabled = false"
    return (
        f"[[rule]]\n# learned; it had {change.before} points\nid = {quoted(change.rule)}\n{value}\n"
    )


def _with_points(name: str, text: str, number: int, change: Points) -> str:
    key, value = ("points", change.after) if change.after else ("enabled", False)
    wanted = tomllib.loads(text)
    wanted["rule"][number][key] = value
    document: Any = tomlkit.parse(text)
    document["rule"][number][key] = value
    return _same(name, _ended(tomlkit.dumps(document), text), wanted)


def _with_budget(name: str, text: str, budget: float) -> str:
    value = int(budget) if budget == int(budget) else budget
    wanted_before, wanted = tomllib.loads(text), tomllib.loads(text)
    wanted.setdefault("judging", {})["flags_per_1000"] = value
    if "judging" not in wanted_before:  # tomlkit would take the comments at the end for its own
        added = f"{text.rstrip()}\n\n[judging]\nflags_per_1000 = {value}\n".lstrip()
        return _same(name, _ended(added, text), wanted)
    document: Any = tomlkit.parse(text)
    document["judging"]["flags_per_1000"] = value
    return _same(name, _ended(tomlkit.dumps(document), text), wanted)


def _ended(after: str, before: str) -> str:
    """With the line ends that a file has throughout."""
    if before.count("\n") == before.count("\r\n") > 0:
        return re.sub(r"(?<!\r)\n", "\r\n", after)
    return after


def _same(name: str, text: str, wanted: Mapping[str, Any]) -> str:
    """The text, if it says what is wanted and nothing else."""
    try:
        found = tomllib.loads(text)
    except ValueError:
        found = {}
    if found != wanted:
        raise ConfigError(
            [Problem(name, None, "", "is written in a way that can't be changed by program")],
            hint="change it yourself, by the proposal",
        )
    return text


def phrase_rule(book: RuleBook, phrase: Phrase, taken: Collection[str]) -> str:
    """A rule file's table for a phrase.

    Args:
        taken: the ids that other rules have.
    """
    words = "-".join(re.findall(r"[a-z0-9]+", phrase.text))
    slug = words[:LONGEST_SLUG].strip("-") or _digest(phrase.text)[:8]
    names = (f"my.learned-{slug}{end}" for end in ("", *(f"-{n}" for n in range(2, 1000))))
    rule_id = next(each for each in names if each not in taken)
    # "ı" has a capital that is another letter's.
    first = phrase.text[:1].upper() if phrase.text[:1].isascii() else phrase.text[:1]
    tones = [tone.id for tone in book.tones]
    tone = TONE if TONE in tones else tones[0]
    found = phrase.found
    return f"""\
[[rule]]
# learned from {found.messages} messages of {found.senders} senders; it stood in {found.others} of the others
id = {quoted(rule_id)}
describe = {quoted(f'writes "{phrase.text}"')}
points = {phrase.points}
{f"tone = {quoted(tone)}" if phrase.points > 0 else "# no tone: it speaks for a content writer"}
phrases = [{quoted(phrase.text)}]
negation = "ignored"
matches = [{quoted(f"{first}{phrase.text[1:]}.")}]
"""


def _check(layers: Layers, found: tuple[Change, ...], proposal: Proposal, setup: Setup) -> None:
    """Whether the whole is right with the files as they will be, and the points are those that are proposed."""
    changed = layers
    for each in found:
        whole = TomlFile(str(each.path), tomllib.loads(each.after), each.after)
        is_config = each.path in (setup.config.path, configuration.default_path({}))
        tables = configuration.rule_tables(whole) if is_config else whole
        if tables is not None:
            changed = changed.overlaid(rulebook.document(tables))
    book, _ = changed.books()
    there = {rule.id: rule.points for rule in book.rules}
    problems = [
        Problem(each.rule, None, "points", "something else than the file decides about them")
        for each in proposal.points
        if there.get(each.rule, 0) != each.after
    ]
    before = {rule.id for rule in setup.rulebook.rules}
    new = replace(book, rules=tuple(rule for rule in book.rules if rule.id not in before))
    problems += [Problem(e.rule.id, None, "", f'{e.problem} "{e.shown}"') for e in broken_promises(new)]  # fmt: skip
    if problems:
        raise ConfigError(problems, hint="nothing was written")


# --- written, and taken back ---


def apply(folder: Path, found: tuple[Change, ...]) -> None:
    """Write the files; each as it was is kept beside it, in place of one that was kept before.

    Raises:
        ConfigError: where one can't be written, or is another by now.
    """
    for each in found:
        if _text(each.path) != each.before:
            raise _changed(each.path)
    # The record comes first: whenever this is cut short, each file is as before or can be put back.
    entries = [
        {"file": str(each.path.absolute()), "before": _digest(each.before), "after": _digest(each.after)}
        for each in found
    ]  # fmt: skip
    edit.write(folder / RECORD, json.dumps(entries, indent=2) + "\n")
    for each in found:
        if each.before is not None:
            kept = each.path.with_name(each.path.name + BEFORE)
            edit.write(kept, _marked(each.path, each.before))
    try:
        for each in found:
            edit.write(each.path, _marked(each.path, each.after))
    except ConfigError as error:
        hint = "`assistant learn --undo` puts back what was written before it"
        raise ConfigError(error.problems, hint=hint) from error


def undo(folder: Path) -> list[Path]:
    """Put the files back as they were before the last patch.

    Raises:
        ConfigError: where there is none, or a file was changed since; then nothing is touched.
    """
    record = folder / RECORD
    try:
        entries = json.loads(record.read_text("utf-8"))
        files = [(Path(each["file"]), each["before"], each["after"]) for each in entries]
    except FileNotFoundError:
        message = "nothing that learn wrote can be undone"
        raise ConfigError([Problem(str(folder), None, "", message)]) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError([Problem(str(record), None, "", "can't be read")]) from error
    texts: list[tuple[Path, str | None]] = []
    for path, before, after in files:
        now = _text(path)
        # One that is as it was: apply was killed before it came to it, or undo after.
        if _digest(now) != before:
            kept = _text(path.with_name(path.name + BEFORE)) if before else None
            if _digest(now) != after or _digest(kept) != before:
                raise _changed(path)
            texts.append((path, kept))
    for path, text in texts:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            edit.write(path, _marked(path, text))
    record.unlink()
    for path, _, _ in files:
        path.with_name(path.name + BEFORE).unlink(missing_ok=True)
    return [path for path, _, _ in files]


def _changed(path: Path) -> ConfigError:
    message = "was changed since; it is left as it is"
    return ConfigError(
        [Problem(str(path), None, "", message)],
        hint=f"what it was before learn is in {path.name}{BEFORE}, if learn changed it",
    )


def _text(path: Path) -> str | None:
    """A file's text, its line ends as they are, without a byte order mark; None where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), None, "", "can't be read")]) from error


def _marked(path: Path, text: str) -> str:
    """With the byte order mark that the file has."""
    try:
        with path.open("rb") as file:
            return BOM + text if file.read(3) == BOM.encode() else text
    except OSError:
        return text


def _digest(text: str | None) -> str:
    return sha256(text.encode()).hexdigest() if text is not None else ""
