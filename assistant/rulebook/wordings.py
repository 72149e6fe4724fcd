"""Reply wording: files laid over one another, and what is wrong with the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from string import Template
from types import MappingProxyType
from typing import Any

from assistant import tomlfile
from assistant.clean import clean_text
from assistant.errors import Problem
from assistant.model import CUES, FOLLOW_UPS, LinesWording, Parts, TimesWording, Wording
from assistant.reply.client import SIGNALS
from assistant.reply.guard import AFTER, FEWEST_WORDS, MOST_WORDS, REGRET, TYPED, Guard
from assistant.reply.wording import (
    ANY,
    CALL,
    CALLS,
    IF_KNOWN,
    PARTS,
    Letter,
    every_variant,
    lengths,
    parts_of,
    placeholder_problems,
)
from assistant.rulebook.followups import follow_up_problems
from assistant.rulebook.tables import LinesTable, ReplyTable, RuleFile, TimesTable
from assistant.tomlfile import TomlFile
from assistant.tone.automaton import check_phrase
from assistant.tone.grammar import PhraseError

ROWS = (
    "reply-phone", "reply-no-resolution", "reply-calm", "reply-acknowledge", "reply-apologise",
    "reply-thank", "reply-assure", "reply-no-excuses", "reply-cooler-time", "reply-heard", "reply-short",
)  # fmt: skip
"""The guidance's rows on the holding reply."""
REQUIRED = (*ROWS, REGRET, *AFTER.values())
_TIME_NAMES = {
    "time": {"hour", "minute"},
    "first": {"day", "number", "month", "time"},
    "again": {"day", "number", "month", "time"},
    "yours": {"time", "mine"},
}
_LINE_NAMES = {
    "agreed": {"text", "owner", "date"},
    "passed": {"text", "owner", "date"},
    "done": {"text", "owner", "date"},
    "note": {"text"},
    "date": {"day", "number", "month", "year"},
    "first": set(),
}
_QUOTING_NAMES = {
    "wrote": {"number", "month", "year", "time", "who"},
    "matter": {"subject"},
    "unnamed": set(),
}
Classes = Mapping[str, tuple[str, ...]]


def overlaid_wording(
    known: Wording | None, file: TomlFile, table: RuleFile, problems: list[Problem]
) -> Wording:
    """A language's wording with what a file gives laid over it; its mistakes join `problems`."""
    reply = table.reply
    problems += _mistakes(file, reply)
    before = known or _nothing(table.language, file.name)
    return Wording(
        language=table.language,
        parts=_overlaid_parts(before.parts, reply.parts),
        formal=_overlaid_parts(before.formal, reply.formal),
        informal=_overlaid_parts(before.informal, reply.informal),
        order=_overlaid(before.order, reply.order),
        matters=before.matters if reply.matters is None else tuple(reply.matters),
        manner=reply.manner or before.manner,
        times=_times(reply.times) if reply.times else before.times,
        quoting={**before.quoting, **reply.quoting.model_dump(exclude_unset=True)},
        subjects=tuple(reply.subjects.unless) or before.subjects,
        signals=_overlaid(before.signals, reply.signals),
        required=_overlaid(before.required, reply.required),
        forbidden=_overlaid(before.forbidden, reply.forbidden),
        outside_call=_overlaid(before.outside_call, reply.outside_call),
        may=_overlaid(before.may, reply.may),
        lines=_lines(before.lines, reply.lines),
        origin=tomlfile.origins(known.origin, file.name) if known else file.name,
    )


def _nothing(language: str, origin: str) -> Wording:
    none: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    return Wording(
        language, {}, {}, {}, none, (), "informal", None, {}, (), none, none, none, none, none, LinesWording(), origin
    )  # fmt: skip


def _overlaid(
    known: Mapping[str, tuple[str, ...]], given: Mapping[str, list[str]]
) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({**known, **{key: tuple(texts) for key, texts in given.items()}})


def _overlaid_parts(known: Parts, given: Mapping[str, Mapping[str, list[str]]]) -> Parts:
    owners = {owner: dict(known[owner]) for owner in known}
    for owner, parts in given.items():
        owners.setdefault(owner, {}).update({part: tuple(texts) for part, texts in parts.items()})
    return MappingProxyType({owner: MappingProxyType(parts) for owner, parts in owners.items()})


def _times(table: TimesTable) -> TimesWording:
    return TimesWording(
        tuple(table.days), tuple(table.months), table.time, table.first, table.again, table.between,
        table.yours,
    )  # fmt: skip


def _lines(known: LinesWording, table: LinesTable) -> LinesWording:
    given: dict[str, Any] = table.model_dump(exclude_unset=True)
    lists = {key: tuple(each) for key, each in given.items() if isinstance(each, list)}
    return replace(known, **{**given, **lists})


def _mistakes(file: TomlFile, reply: ReplyTable) -> Iterator[Problem]:
    """What is wrong with a file by itself."""
    for name in ("parts", "formal", "informal"):
        for owner, given in getattr(reply, name).items():
            for part, texts in given.items():
                where = ("reply", name, owner, part)
                if part not in PARTS:
                    yield file.problem(where, f"unknown part{tomlfile.suggest(part, PARTS)}")
                for text in texts:
                    yield from (file.problem(where, each) for each in placeholder_problems(text))
    rows = {
        "signals": SIGNALS,
        "required": REQUIRED,
        "forbidden": ROWS,
        "may": (TYPED, *FOLLOW_UPS),
    }
    for name, known in rows.items():
        for key in getattr(reply, name):
            if key not in known:
                yield file.problem(("reply", name, key), f"unknown{tomlfile.suggest(key, known)}")
    patterns = [
        ("times", reply.times, _TIME_NAMES),
        ("quoting", reply.quoting, _QUOTING_NAMES),
        ("lines", reply.lines, _LINE_NAMES),
    ]
    for name, table, placeholders in patterns:
        for key, allowed in placeholders.items():
            value = getattr(table, key, "")
            pattern = Template("\n".join(value) if isinstance(value, list) else value)
            if not pattern.is_valid() or not set(pattern.get_identifiers()) <= allowed:
                names = ", ".join(f"${{{each}}}" for each in sorted(allowed))
                yield file.problem(
                    ("reply", name, key), f"may hold {names or 'no placeholder'} and no other $"
                )


def wording_problems(wording: Wording, tones: tuple[str, ...], classes: Classes) -> list[Problem]:
    """Parts that are missing, and letters that the guard would refuse."""
    if unread := list(_unread(wording, classes)):
        return unread
    guard = Guard(wording, classes)
    problems = [
        Problem(wording.origin, None, key, message)
        for key, message in (*_unknown_owners(wording, tones), *_unsaid(wording))
    ]
    for name in ("parts", "formal", "informal"):
        for owner, part, text in every_variant(getattr(wording, name)):
            plain = Template(text).safe_substitute(_EXAMPLE)
            problems += [
                Problem(wording.origin, None, f"reply.{name}.{owner}.{part}", f"breaks {fault}")
                for fault in guard.forbids(plain, owner)
            ]
    problems += follow_up_problems(wording)
    letters: dict[str, list[str]] = {}
    for letter in _letters(wording, tones):
        for message in _letter_problems(wording, letter):
            letters.setdefault(message, []).append(_key(letter))
    for message, (first, *others) in letters.items():
        more = f" (and {len(others)} more letters)" if others else ""
        problems.append(Problem(wording.origin, None, first, f"{message}{more}"))
    return list(dict.fromkeys(problems))


def _unread(wording: Wording, classes: Classes) -> Iterator[Problem]:
    """Phrases that can't be read."""
    lists: dict[str, Mapping[str, tuple[str, ...]]] = {
        "subjects": {"unless": wording.subjects},
        "signals": wording.signals,
        "required": wording.required,
        "forbidden": wording.forbidden,
        "outside-call": wording.outside_call,
        "may": wording.may,
    }
    for name, rows in lists.items():
        for key, phrases in rows.items():
            for phrase in phrases:
                try:
                    check_phrase(phrase, classes)
                except PhraseError as error:
                    message = f'"{clean_text(phrase, 80)}": {error}'
                    yield Problem(wording.origin, None, f"reply.{name}.{key}", message)


_EXAMPLE = {
    "name": "Alex", "full_name": "Alex Doe", "matter": "Logo", "phone": "+1 212 555 0100", "line": "+1 212 555 0101",
    "times": "10:00", "booking": "https://example.com", "date": "X", "actions": "- X", "notes": "- X",
}  # fmt: skip


def _unknown_owners(wording: Wording, tones: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    known = (ANY, *tones, *CUES, *FOLLOW_UPS)
    tables = {
        "parts": wording.parts,
        "formal": wording.formal,
        "informal": wording.informal,
        "order": wording.order,
    }
    for name, table in tables.items():
        for owner in table:
            if owner not in known:
                yield (
                    f"reply.{name}.{owner}",
                    f"no such tone, cue or kind of draft{tomlfile.suggest(owner, known)}",
                )
    for owner, paragraphs in wording.order.items():
        for part in " ".join(paragraphs).split():
            if part not in (CALL, *PARTS):
                yield (
                    f"reply.order.{owner}",
                    f"unknown part{tomlfile.suggest(part, (CALL, *PARTS))}",
                )


def _unsaid(wording: Wording) -> Iterator[tuple[str, str]]:
    """What a wording can't do without."""
    if ANY not in wording.order:
        yield "reply.order", "lacks any: the paragraphs of a letter, and the parts of each"
    if wording.times is None:
        yield "reply.times", "is missing: how the language writes days and times"
    for key in _QUOTING_NAMES:
        if not wording.quoting.get(key):
            yield f"reply.quoting.{key}", "is missing"
    for row in ("reply-acknowledge", "reply-apologise", "reply-phone"):
        if not wording.required.get(row):
            yield f"reply.required.{row}", "is missing: the phrases of which a reply has one"


def _letters(wording: Wording, tones: tuple[str, ...]) -> Iterator[Letter]:
    """Every kind of letter, but for how it asks for the call."""
    for tone, cue, formal in product(tones, ("", *wording.matters), (True, False)):
        yield Letter(tone, cue, formal, "")


def _letter_problems(wording: Wording, letter: Letter) -> Iterator[str]:
    """Parts that are missing, and lengths that the guard would refuse."""
    fewest = most = 0
    order = parts_of(wording, letter)
    for part in order:
        # What is only said where it is known is left out where the letter would grow too long.
        if part == CALL or part in IF_KNOWN:
            continue
        found = lengths(wording, letter, part)
        if found is None:
            yield f"lacks {part} (one without a placeholder)"
            return
        fewest, most = fewest + found[0], most + found[1]
    for call in CALLS if CALL in order else ():
        found = lengths(wording, replace(letter, call=call), CALL)
        if found is None:
            yield f"lacks {call} (one that needs no placeholder but those it is named after)"
            continue
        least, longest = fewest + found[0], most + found[1]
        if not FEWEST_WORDS <= least <= longest <= MOST_WORDS:
            yield (
                f"would be {least} to {longest} words long with {call}; a reply has {FEWEST_WORDS} to "
                f"{MOST_WORDS} (guidance: reply-short)"
            )


def _key(letter: Letter) -> str:
    manner = "formal" if letter.formal else "informal"
    return f"reply ({', '.join(filter(None, (letter.kind, letter.cue, manner)))})"
