"""Picks a reply's parts and fills in names. Pure, and the same for the same message every time.

Only named placeholders are known, and only what the caller gives fills them: no template language
ever runs on a client's words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template

from assistant.model import Parts, Wording

LONGEST = {
    "name": 1, "full_name": 3, "matter": 6, "phone": 4, "line": 4, "times": 12, "booking": 1, "date": 5, "actions": 0,
    "notes": 0,
}  # fmt: skip
"""Words that a placeholder may take up, for what is checked before there is a message; what the user typed
makes no letter too long."""
PLACEHOLDERS = tuple(LONGEST)
ANY = "any"
CALL = "call"
"""In the order of parts: the part that asks for the call, whichever that is."""
CALLS = (
    "ask", "ask-number", "times", "times-number", "accept", "accept-number", "accept-times",
    "accept-times-number", "accept-named", "accept-named-number", "no-call",
)  # fmt: skip
FOLLOWING = (
    "actions", "notes", "correct", "news", "reach", "done", "question", "part", "next", "wish",
)  # fmt: skip
"""Parts of the drafts that follow the holding reply."""
PARTS = (
    "greeting", "thanks", "acknowledge", "matter", "apologise", "assure", "booking", "line", "closing", *CALLS,
    *FOLLOWING,
)  # fmt: skip
IF_KNOWN = ("booking", "line", "actions", "notes")
"""Parts that are left out where their placeholder has no value."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a reply is to be like: which variants come into question."""

    kind: str
    """The tone that a holding reply answers; else what follows it, one of FOLLOW_UPS."""
    cue: str
    """What it is about; empty where none is certain."""
    formal: bool
    call: str
    """One of CALLS; empty where none is asked for."""


def write(wording: Wording, letter: Letter, seed: str, values: Mapping[str, str]) -> str:
    """The text of a reply, without signature.

    Args:
        seed: the message's identity; the same seed always picks the same variants.
        values: for the placeholders that are known; variants that need others are passed
            over, and those that need one of these come first.
    """
    texts: list[str] = []
    for paragraph in _order(wording, letter):
        said = [_picked(wording, letter, part, seed, values) for part in paragraph.split()]
        texts.append(" ".join(filter(None, said)))
    return "\n\n".join(filter(None, texts))


def _picked(
    wording: Wording, letter: Letter, part: str, seed: str, values: Mapping[str, str]
) -> str:
    for variants in choices(wording, letter, part):
        usable = [text for text in variants if needed(text) <= values.keys()]
        if usable:
            usable = [text for text in usable if needed(text)] or usable
            digest = hashlib.sha256(f"{seed}/{part}".encode()).digest()
            text = usable[int.from_bytes(digest[:4]) % len(usable)]
            return Template(text).substitute(values)
    return ""


def choices(wording: Wording, letter: Letter, part: str) -> Iterator[tuple[str, ...]]:
    """The variants of a part: the cue's own, the tone's, then anybody's; with each owner those of
    the way to address the client first."""
    register = wording.formal if letter.formal else wording.informal
    for name in _stand_ins(letter.call) if part == CALL else (part,):
        for owner in _owners(letter):
            for table in (register, wording.parts):
                if variants := table.get(owner, {}).get(name):
                    yield variants


def _stand_ins(call: str) -> tuple[str, ...]:
    """The part that asks for the call, then those that do where a wording hasn't got it."""
    plain = call.removesuffix("-number")
    simpler = {"accept-named": ("accept", "ask"), "accept-times": ("accept", "times", "ask")}
    others = simpler.get(plain, () if plain in ("ask", "no-call") else ("ask",))
    return tuple(dict.fromkeys((call, plain, *others)))


def needed(variant: str) -> set[str]:
    """The placeholders of a variant."""
    return set(Template(variant).get_identifiers())


def _owners(letter: Letter) -> Iterator[str]:
    if letter.cue:
        yield letter.cue
    yield letter.kind
    yield ANY


def _order(wording: Wording, letter: Letter) -> tuple[str, ...]:
    return next((wording.order[owner] for owner in _owners(letter) if owner in wording.order), ())


def parts_of(wording: Wording, letter: Letter) -> list[str]:
    """The parts of a letter, in order."""
    return [part for paragraph in _order(wording, letter) for part in paragraph.split()]


def lengths(wording: Wording, letter: Letter, part: str) -> tuple[int, int] | None:
    """The fewest and most words that a part can have; None where it can't be written at all.

    A variant without a placeholder can always be written, one with some only where they are known.
    """
    found = list(choices(wording, letter, part))
    if part == CALL:
        # Stand-ins are for where there is nothing better.
        found = found[:1]
    counts = [count(text) for variants in found for text in variants]
    certain = [
        text for variants in found for text in variants if not needed(text) - _given(part, letter)
    ]
    return (min(counts), max(counts)) if certain else None


def _given(part: str, letter: Letter) -> set[str]:
    """The placeholders that have a value wherever a call part is chosen."""
    if part != CALL:
        return set()
    return {name for name, sign in (("phone", "number"), ("times", "times")) if sign in letter.call}


def count(variant: str) -> int:
    """The most words that a variant can have."""
    return len(
        Template(variant)
        .safe_substitute({k: ("x " * n).strip() for k, n in LONGEST.items()})
        .split()
    )


def placeholder_problems(variant: str) -> list[str]:
    """What is wrong with the placeholders of one variant, in words; empty where nothing is."""
    if not Template(variant).is_valid():
        return [f'"{variant}": a "$" that begins no placeholder; write "$$" for a dollar sign']
    known = ", ".join(f"${{{name}}}" for name in PLACEHOLDERS)
    return [
        f"unknown placeholder ${{{name}}}; there are: {known}"
        for name in Template(variant).get_identifiers()
        if name not in PLACEHOLDERS
    ]


def every_variant(parts: Parts) -> Iterator[tuple[str, str, str]]:
    """Owner, part and text of each variant."""
    for owner, given in parts.items():
        for part, variants in given.items():
            for text in variants:
                yield owner, part, text
