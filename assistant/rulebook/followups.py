"""What is wrong with the wording of the drafts that follow a holding reply. A language may do without them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product

from assistant.errors import Problem
from assistant.model import FOLLOW_UPS, Wording
from assistant.reply.guard import AFTER, MOST_WORDS
from assistant.reply.wording import IF_KNOWN, Letter, choices, count, needed, parts_of

KNOWN: dict[str, tuple[frozenset[str], ...]] = {
    "summary": (frozenset({"date"}),),
    "update": (frozenset(),),
    "checkin": (frozenset({"date"}), frozenset({"actions"})),
    "parting": (frozenset(),),
}
"""By kind: what is surely known of a case, one way or the other."""


def follow_up_problems(wording: Wording) -> Iterator[Problem]:
    """Parts, lines and phrases that are missing in a wording that has such drafts."""
    kinds = [kind for kind in FOLLOW_UPS if kind in wording.order]
    found = list(_lines(wording)) if kinds else []
    for kind in kinds:
        if not wording.required.get(AFTER[kind]):
            found.append((f"reply.required.{AFTER[kind]}", f"is missing: {kind} has one of these"))
        for formal in (True, False):
            letter = Letter(kind, "", formal, "")
            manner = "formal" if formal else "informal"
            found += [(f"reply ({kind}, {manner})", each) for each in _unwritable(wording, letter)]
    return (Problem(wording.origin, None, key, message) for key, message in found)


def _unwritable(wording: Wording, letter: Letter) -> Iterator[str]:
    parts = [part for part in parts_of(wording, letter) if part not in IF_KNOWN]
    said = {part: list(chain(*choices(wording, letter, part))) for part in parts}
    for part, known in product(parts, KNOWN[letter.kind]):
        if not any(needed(text) <= known for text in said[part]):
            names = ", ".join(f"${{{each}}}" for each in sorted(known))
            yield f"lacks {part} (one that needs {f'no placeholder but {names}' if known else 'no placeholder'})"
            return
    most = sum(max(map(count, said[part])) for part in parts)
    if most > MOST_WORDS:
        yield f"would be up to {most} words long; {MOST_WORDS} will do (guidance: reply-short)"


def _lines(wording: Wording) -> Iterator[tuple[str, str]]:
    lines = wording.lines
    if not lines.date:
        yield "reply.lines.date", "is missing: how the language writes a date"
    enough = (
        ("agreed", lines.agreed, {"text"}),
        ("passed", lines.passed, {"text", "date"}),
        ("done", lines.done, {"text", "date"}),
        ("note", lines.note, {"text"}),
    )
    for key, patterns, known in enough:
        if not any(needed(each) <= known for each in patterns):
            names = " and ".join(f"${{{each}}}" for each in sorted(known))
            yield f"reply.lines.{key}", f"lacks a pattern that needs no more than {names}"
