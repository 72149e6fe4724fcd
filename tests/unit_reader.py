"""Reads units as systemd does: systemd.syntax(7), and the specifiers of systemd.unit(5). For tests only."""

from __future__ import annotations

import re
from collections import defaultdict

_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "s": " ", "n": "\n", "t": "\t"}


def settings(text: str) -> dict[str, list[str]]:
    """``Section.Key`` and its values, in their order; a line that is none of the format's fails."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in text.splitlines():
        if not line.strip() or line[0] in "#;":
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        assert re.fullmatch(r"[A-Z]\w+", key), line
        assert not value.endswith("\\"), f"goes on in the next line: {line}"
        found[f"{section}.{key}"].append(value.strip())
    return dict(found)


def words(value: str) -> list[str]:
    """The words of a value: quotes and escapes undone, ``%%`` made one, and no specifier left over."""
    found: list[str] = []
    word, inside, quote, rest = "", False, "", iter(value)
    for character in rest:
        if character == "\\":
            word, inside = word + _ESCAPES[next(rest)], True
        elif character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote, inside = character, True
        elif not quote and character.isspace():
            found += [word] if inside else []
            word, inside = "", False
        else:
            word, inside = word + character, True
    assert not quote, f"a quote is open: {value}"
    found += [word] if inside else []
    return [_without_specifiers(each) for each in found]


def command(value: str) -> list[str]:
    """The command line of an Exec setting; with ``:`` before it, no variable is looked for."""
    program, *arguments = words(value)
    assert program.startswith(":/"), value
    return [program[1:], *arguments]


def _without_specifiers(word: str) -> str:
    assert not re.search(r"(?<!%)(?:%%)*%(?!%)", word), f"a specifier: {word}"
    return word.replace("%%", "%")
