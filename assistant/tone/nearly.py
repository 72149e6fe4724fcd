"""What nearly counted: rules whose phrase was there, and what a cap took from a voice. Pure.

For `explain` only; no verdict rests on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.model import Hit, Message, Rule, Verdict, Weighing, Weight
from assistant.tone import voices
from assistant.tone.judge import Heard, Judge
from assistant.tone.phrases import Barrier, Held

NAMED = 3
"""How many of the phrases that are missing are named."""
NO_CAP = 10**9
_WHO = {"you": "you", "us": "us", "others": "others"}
_EDGES = {"opening": "one of the first three", "closing": "one of the last three"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something did not count."""

    code: str
    """The rule's key (:class:`assistant.tone.phrases.Barrier`), or ``cap`` or ``band``."""
    says: str
    """The same in words of ours."""
    quote: str = ""
    """The words in the message that held it back; empty where it is words that are missing."""
    where: str = ""
    """``body`` or ``subject``, where the quote is."""
    span: tuple[int, int] = (0, 0)
    """Half-open character range in that text."""


@dataclass(frozen=True, slots=True)
class Nearly:
    """Something that nearly counted."""

    hit: Hit
    """What it would have been: the points are those that it would have added."""
    reasons: tuple[Reason, ...]
    """All of them had to be gone for it to count."""


def nearly(judge: Judge, heard: Heard, verdict: Verdict) -> tuple[Nearly, ...]:
    """All that nearly counted in a message: what least held back first, then what weighs most."""
    rules = [
        Nearly(hit, tuple(_reason(each, held, heard.message) for each in held.barriers))
        for hit, held in judge.held_back(heard.message)
    ]
    rules.sort(key=lambda each: (len(each.reasons), -abs(each.hit.points), each.hit.rule))
    return (*rules, *_capped(heard, judge.weighing(heard), verdict))


def _reason(barrier: Barrier, held: Held, message: Message) -> Reason:
    text = message.subject if barrier.where == "subject" else message.own_words
    quote = " ".join(text[slice(*barrier.span)].split())
    says = _says(barrier.key, held.found.rule)
    return Reason(barrier.key, says, quote, barrier.where, barrier.span)


def _says(key: str, rule: Rule) -> str:
    """What a rule's key asks for, said of a message that doesn't have it."""
    match key:
        case "negation":
            return "negated"
        case "unless" | "unless_message":
            within = "sentence" if key == "unless" else "message"
            return f"this is in the same {within}"
        case "needs":
            return f"the sentence has none of {_some(rule.needs)}"
        case "needs_message":
            return f"the message has none of {_some(rule.needs_message)}"
        case "target":
            return f"the sentence does not speak of {_WHO[rule.target]}"
        case _:
            return f"the sentence is not {_EDGES[rule.place]}"


def _some(phrases: tuple[str, ...]) -> str:
    more = f" and {len(phrases) - NAMED} more" if len(phrases) > NAMED else ""
    return ", ".join(phrases[:NAMED]) + more


def _capped(heard: Heard, weighing: Weighing, verdict: Verdict) -> Iterator[Nearly]:
    """What each voice would have said beyond its cap, and the reader if it was not asked."""
    counted = {hit.rule: hit for hit in verdict.hits}
    found: list[Nearly] = []
    for rule, lost, most in _lost(heard, weighing):
        if lost and rule in counted:
            reason = Reason("cap", f"beyond its cap of {most}")
            found.append(Nearly(replace(counted[rule], points=lost), (reason,)))
    yield from sorted(found, key=lambda each: -abs(each.hit.points))
    reader = weighing.reader
    if reader.heads and heard.opinion is None:
        low, high = reader.band
        says = f"not asked: the others' sum is not from {low} to {high}"
        hit = Hit(voices.READER, 0, "", "body", (0, 0), "", (), "has no say")
        yield Nearly(hit, (Reason("band", says),))


def _lost(heard: Heard, weighing: Weighing) -> Iterator[tuple[str, int, str]]:
    """By voice: what it would add without its cap, and the cap."""
    if heard.words is not None:
        margin, length = voices.words_margin(heard.words), heard.words.length
        free = replace(weighing, words=replace(weighing.words, cap=NO_CAP))
        capped = voices.words_points(margin, length, weighing)
        lost = voices.words_points(margin, length, free) - capped
        yield voices.WORDS, lost, _most(lost, weighing.words)
    if heard.polarity is not None:
        value, weight = heard.polarity.value, weighing.polarity
        free_weight = replace(weight, cap=NO_CAP)
        lost = voices.polarity_points(value, free_weight) - voices.polarity_points(value, weight)
        yield voices.POLARITY, lost, f"{weight.cap} points"
    if heard.opinion is not None:
        heads, sure = heard.opinion.heads, weighing.reader
        lost = voices.reader_points(heads, replace(sure, sure=math.inf))
        lost -= voices.reader_points(heads, sure)
        yield voices.READER, lost, f"{sure.sure:g} in log-odds"


def _most(lost: int, weight: Weight) -> str:
    """The cap on the side where something was lost; what the words may take is thrice what they may add."""
    return f"{weight.cap if lost > 0 else 3 * weight.cap} points"
