"""Picks a reply's parts and fills in names. Pure, and the same for the same message every time.

Only named placeholders are known, and only the client's own name and the user's can fill them:
no template language ever runs on a client's words.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from string import Template

from assistant.model import Wording

PARTS = ("greeting", "thanks", "acknowledge", "apologise", "assure", "call", "closing")
PLACEHOLDERS = ("name",)
ANY_TONE = "any"

_HYPHENS = re.compile("[-'’]")
_NOT_NAMES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "herr",
        "frau",
        "sir",
        "madam",
        "dear",
        "the",
        "team",
        "info",
        "office",
        "admin",
        "support",
        "sales",
        "service",
        "services",
        "accounts",
        "billing",
        "studio",
        "agency",
        "group",
        "company",
        "limited",
        "ltd",
        "llc",
        "inc",
        "corp",
        "co",
        "plc",
        "gmbh",
        "ag",
    ]
)


def placeholders_in(variant: str) -> list[str]:
    """What is wrong with the placeholders of one variant, in words; empty where nothing is."""
    if not Template(variant).is_valid():
        return [f'"{variant}": a "$" that begins no placeholder; write "$$" for a dollar sign']
    unknown = [name for name in Template(variant).get_identifiers() if name not in PLACEHOLDERS]
    return [f"unknown placeholder ${{{name}}}; there is: ${{name}}" for name in unknown]


def has_placeholder(variant: str) -> bool:
    """Whether a variant can only be used where a name is known."""
    return bool(Template(variant).get_identifiers())


def paragraphs(wording: Wording) -> tuple[tuple[str, ...], ...]:
    """The parts of each paragraph, in order."""
    return tuple(tuple(paragraph.split()) for paragraph in wording.order)


def variants(wording: Wording, tone: str, part: str) -> tuple[str, ...]:
    """The texts to choose from: the tone's own, else those for any tone."""
    for owner in (tone, ANY_TONE):
        if owner in wording.parts and wording.parts[owner].get(part):
            return wording.parts[owner][part]
    return ()


def write(wording: Wording, tone: str, seed: str, names: Mapping[str, str]) -> str:
    """The text of a holding reply, without signature.

    Args:
        seed: the message's identity; the same seed always picks the same variants.
        names: values for the placeholders that are known; variants that need others are passed
            over, and those that need one of these come first.
    """

    def pick(part: str) -> str:
        usable = [
            text
            for text in variants(wording, tone, part)
            if all(name in names for name in Template(text).get_identifiers())
        ]
        if not usable:
            return ""
        usable = [text for text in usable if has_placeholder(text)] or usable
        number = int.from_bytes(hashlib.sha256(f"{seed}/{part}".encode()).digest()[:4])
        return Template(usable[number % len(usable)]).substitute(names)

    return _join(wording, pick)


def every_reply(wording: Wording, tone: str, limit: int = 500) -> Iterator[str]:
    """What the guard checks at load: every variant of a tone once, then combinations up to a limit."""
    parts = [part for paragraph in paragraphs(wording) for part in paragraph]
    choices = [variants(wording, tone, part) for part in parts]
    if not all(choices):
        return
    usual = tuple(texts[0] for texts in choices)
    each_once = (
        (*usual[:number], text, *usual[number + 1 :])
        for number, texts in enumerate(choices)
        for text in texts
    )
    combined = itertools.islice(itertools.product(*choices), limit)
    for chosen in itertools.chain(each_once, combined):
        texts = {
            part: Template(text).safe_substitute(name="Alex")
            for part, text in zip(parts, chosen, strict=True)
        }
        yield _join(wording, texts.__getitem__)


def _join(wording: Wording, pick: Callable[[str], str]) -> str:
    written = (" ".join(filter(None, map(pick, each))) for each in paragraphs(wording))
    return "\n\n".join(filter(None, written))


def first_name(display_name: str) -> str:
    """The name to greet somebody by, or "" where a guess might be wrong ("Lopez, M.", "Acme Ltd")."""
    words = display_name.split()
    if not 1 <= len(words) <= 3 or len(display_name) > 60:
        return ""
    first = words[0]
    if not all(part.isalpha() for word in (first, words[-1]) for part in _HYPHENS.split(word)):
        return ""
    if len(first) < 2 or first.isupper():
        return ""
    if any(word.casefold().strip(".") in _NOT_NAMES for word in words):
        return ""
    return first if first[0].isupper() else first.capitalize()
