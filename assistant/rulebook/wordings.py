"""Reply wording: files laid over one another, and what is wrong with the whole."""

from __future__ import annotations

from types import MappingProxyType

from assistant import tomlfile
from assistant.errors import Problem
from assistant.model import Wording
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
from assistant.rulebook.tables import RuleFile
from assistant.tomlfile import TomlFile
from assistant.tone.grammar import PhraseError


def overlaid_wording(
    known: Wording | None, file: TomlFile, table: RuleFile, problems: list[Problem]
) -> Wording:
    """A language's wording with what a file gives laid over it; its mistakes join `problems`."""
    reply = table.reply
    parts = {tone: dict(known.parts[tone]) for tone in known.parts} if known else {}
    for tone, given in reply.parts.items():
        here = parts.setdefault(tone, {})
        for part, texts in given.items():
            where = ("reply", "parts", tone, part)
            if part not in PARTS:
                problems.append(file.problem(where, f"unknown part{tomlfile.suggest(part, PARTS)}"))
            for text in texts:
                problems += [file.problem(where, each) for each in placeholders_in(text)]
            here[part] = tuple(texts)
    forbidden = dict(known.forbidden) if known else {}
    forbidden.update({row: tuple(phrases) for row, phrases in reply.forbidden.items()})
    return Wording(
        language=table.language,
        parts=MappingProxyType({tone: MappingProxyType(here) for tone, here in parts.items()}),
        order=tuple(reply.order) or (known.order if known else ()),
        forbidden=MappingProxyType(forbidden),
        origin=tomlfile.origins(known.origin, file.name) if known else file.name,
    )


def wording_problems(wording: Wording, tones: tuple[str, ...]) -> list[Problem]:
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
