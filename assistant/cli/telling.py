"""What nearly counted, and what would turn a verdict: in words for people, as values for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.clean import clean_text
from assistant.model import Hit, Verdict
from assistant.tone.flip import Flip, Why
from assistant.tone.nearly import Nearly, Reason

NAMED = 6
"""How many hits of a kind are named in a sentence."""


def margin(verdict: Verdict, flip: Flip) -> list[str]:
    """How far a verdict is from the other one, and what would turn it: a sentence each."""
    other = "not be flagged" if verdict.dissatisfied else "be flagged"
    told = [_distance(verdict, flip)]
    if len(flip.alone) > 1:
        told.append(f"Without any one of these it would {other}: {_names(flip.alone)}.")
    elif flip.then is not None:
        single = "" if flip.alone else "No single hit decides; "
        then = f"{single}without {_names(flip.without, ' and ')} it would {other}"
        told.append(f"{then[0].upper()}{then[1:]} ({_points(flip.then.score)}).")
    elif verdict.dissatisfied:
        told.append("No single hit decides, nor do the strongest few together.")
    if flip.by:
        names = _names([each.hit for each in flip.by])
        done = "kept it from being flagged" if verdict.dissatisfied else "flagged it"
        told.append(f"Nearly counted, and alone would have {done}: {names}.")
    elif not verdict.dissatisfied and flip.margin < 0:
        told.append("Nothing that nearly counted would have flagged it alone.")
    return told


def _distance(verdict: Verdict, flip: Flip) -> str:
    if not verdict.dissatisfied and flip.margin >= 0:
        return "Points enough, but nothing in it names a tone."
    if flip.margin == 0:
        return f"Just at the threshold of {verdict.threshold}."
    side = "above" if flip.margin > 0 else "below"
    return f"{_points(abs(flip.margin))} {side} the threshold of {verdict.threshold}."


def _points(number: int) -> str:
    return f"{number} point" if abs(number) == 1 else f"{number} points"


def _names(hits: Sequence[Hit], last: str = ", ") -> str:
    named = [_name(hit) for hit in hits[:NAMED]]
    if len(hits) > NAMED:
        named.append(f"{len(hits) - NAMED} more")
    return last.join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def _name(hit: Hit) -> str:
    """A hit by its words, or by its rule where it rests on no one place."""
    placed = hit.quote and hit.span[0] < hit.span[1] and len(hit.quote) <= 60
    words = f" “{clean_text(hit.quote, 60)}”" if placed else ""
    return f"{hit.rule}{words} ({hit.points:+d})"


def would_add(each: Nearly) -> str:
    """The points of what nearly counted; in brackets, for they are in no sum."""
    return f"({each.hit.points:+d})" if each.hit.points else "(?)"


def reason(each: Reason) -> str:
    """Why something did not count, with the words that held it back."""
    quote = clean_text(each.quote, 60)
    if each.code == "negation":
        return f"negated by “{quote}”"
    return f"{each.says}: “{quote}”" if quote else each.says


def as_json(why: Why | None) -> dict[str, Any]:
    """What `explain` adds to a message's JSON; docs/explain.md documents every key."""
    if why is None:
        return {"nearly": [], "flip": None}
    flip = why.flip
    return {
        "nearly": [_nearly(each, flips=each in flip.by) for each in why.nearly],
        "flip": {
            "margin": flip.margin,
            "alone": [hit.rule for hit in flip.alone],
            "without": [hit.rule for hit in flip.without],
            "score": flip.then.score if flip.then else None,
            "threshold": flip.then.threshold if flip.then else None,
            "by": [each.hit.rule for each in flip.by],
        },
    }


def _nearly(each: Nearly, *, flips: bool) -> dict[str, Any]:
    return {
        "rule": each.hit.rule,
        "points": each.hit.points,
        "quote": each.hit.quote,
        "where": each.hit.where,
        "span": list(each.hit.span),
        "describe": each.hit.describe,
        "reasons": [
            {"code": why.code, "says": why.says, "quote": why.quote or None,
             "where": why.where or None, "span": list(why.span) if why.where else None}
            for why in each.reasons
        ],
        "flips": flips,
    }  # fmt: skip
