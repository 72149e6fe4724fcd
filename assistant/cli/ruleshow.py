"""One rule as TOML that can be copied, with the file and line of each field."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import click
import tomlkit

from assistant.clean import clean_text
from assistant.rulebook import Document
from assistant.rulebook.fields import Fields, Given, all_fields
from assistant.tomlfile import suggest

LONGEST_PLACE = 500
WIDTH = 72
"""Up to which a list stays on one line; where it comes from stands behind it."""


def wanted(documents: Sequence[Document], rule_id: str) -> Fields:
    """What files say of the rule or behaviour with this id.

    Raises:
        click.UsageError: where there is none.
    """
    every = all_fields(documents)
    for (_, each), fields in every.items():
        if each == rule_id:
            return fields
    near = suggest(rule_id, [each for _, each in every])
    hint = near if near.startswith("; did you mean") else "; `assistant rules` lists them"
    raise click.UsageError(f"no rule {rule_id!r}{hint}")


def as_toml(fields: Fields) -> str:
    """TOML that means the same; comments are dim on a terminal."""
    return "\n".join(_lines(fields))


def as_json(fields: Fields) -> str:
    """The same for machines: of each field the values it was given, the last one being in force."""
    found = {
        "id": fields.id,
        "kind": fields.kind,
        "language": fields.language,
        "enabled": fields.enabled,
        "from": [each.place for each in fields.tables],
        "fields": {
            name: {
                "value": given[-1].value,
                "from": given[-1].place,
                "before": [{"value": each.value, "from": each.place} for each in given[:-1]],
            }
            for name, given in fields.given.items()
        },
    }
    return json.dumps(found, indent=2)


def _lines(fields: Fields) -> Iterator[str]:
    first, *later = map(_place, fields.tables)
    changed = f", changed by {', '.join(later)}" if later else ""
    yield _dim(f"# From {first}{changed}")
    if not fields.enabled:
        yield _dim(f"# Turned off by {_place(fields.given['enabled'][-1])}")
    yield _dim(f"# In a file with language = {_text(fields.language)}")
    yield f"[[{fields.kind}]]"
    for name in type(fields.tables[-1].value).model_fields:
        if name in fields.given:
            given = fields.given[name]
            yield from _field(name, given[-1].value, "" if name == "id" else _origin(given))


def _field(name: str, value: object, comment: str) -> Iterator[str]:
    note = _dim(f"  # {comment}") if comment else ""
    if not isinstance(value, list):
        yield f"{name} = {_value(value)}{note}"
        return
    texts = [_text(each) for each in value]
    line = f"{name} = [{', '.join(texts)}]"
    if len(line) <= WIDTH:
        yield line + note
        return
    yield f"{name} = [{note}"
    yield from (f"    {each}," for each in texts)
    yield "]"


def _origin(given: Sequence[Given]) -> str:
    """Where a value comes from, and what it replaced."""
    last, before = given[-1], given[:-1]
    if not before:
        return _place(last)
    replaced = before[-1]
    short = not isinstance(replaced.value, list)
    told = f"{_value(replaced.value)} in {_place(replaced)}" if short else _place(replaced)
    return f"{_place(last)}, before: {told}"


def _place(given: Given) -> str:
    """File and line, in a comment: one line, whatever the file is called."""
    return clean_text(given.place, LONGEST_PLACE)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _text(str(value))


def _text(value: str) -> str:
    """A TOML string; with backslashes as in a pattern, one that needs no others. What can't be seen is escaped."""
    literal = "\\" in value and "'" not in value and value.isprintable()
    text = tomlkit.string(value, literal=literal).as_string()
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)


def _dim(text: str) -> str:
    return click.style(text, dim=True) if sys.stdout.isatty() else text
