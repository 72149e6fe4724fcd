"""What `learn` proposes, as a rule file of its own: to be read, and tried before it is applied."""

from __future__ import annotations

import contextlib
from pathlib import Path

from assistant import privatefile
from assistant.cli.learnpatch import ids_in, phrase_rule, points_rule
from assistant.cli.rulenew import quoted
from assistant.cli.wiring import Setup
from assistant.errors import ConfigError, Problem
from assistant.lab.proposal import Proposal

HEAD = "# Proposed by `assistant learn`. Nothing of it is in effect"


def save(setup: Setup, proposal: Proposal, path: Path) -> list[Path]:
    """Write it; phrases of a second language need a file of their own, beside the first. For its owner's eyes alone:
    phrases are clients' words.

    Raises:
        ConfigError: where a file can't be written, or is there already and is not such a one.
    """
    files: dict[str, str] = {}
    rules = {rule.id: rule for rule in setup.rulebook.rules}
    for change in proposal.points:
        language = rules[change.rule].language
        files[language] = files.get(language, "") + f"\n{points_rule(change)}"
    for phrase in proposal.phrases:
        taken = {*rules, *ids_in(files.values())}
        text = phrase_rule(setup.rulebook, phrase, taken)
        files[phrase.language] = f"{files.get(phrase.language, '')}\n{text}"
    places = [
        path.with_name(f"{path.stem}-{language}{path.suffix}") if number else path
        for number, language in enumerate(files)
    ]
    for place in places:
        if place.resolve().is_relative_to(setup.config.rules_folder.resolve()):
            raise _problem(place, "lies in the rules folder, where it would be in effect at once")
        _check(place)
    for place, (language, rules_) in zip(places, files.items(), strict=True):
        text = f"{HEAD}: `assistant try --rules` shows what it would do.\nlanguage = {quoted(language)}\n{rules_}"
        try:
            privatefile.replace(place, text)
        except OSError as error:
            raise _problem(place, f"can't be written: {error.strerror or error}") from error
    return places


def _check(path: Path) -> None:
    if not path.exists():
        return
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.is_file() and path.read_text("utf-8").startswith(HEAD):  # a pipe would never end
            return
    raise _problem(path, "is there already, and learn did not write it; it is left as it is")


def _problem(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), None, "", message)], hint="--save names another file")
