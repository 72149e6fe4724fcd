"""Figures on scored messages, each with its 95 % interval by resampling (bootstrap, fixed seed)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TURNS = 400


@dataclass(frozen=True, slots=True)
class Scored:
    """One labelled message as one system sees it."""

    id: str
    unhappy: bool
    score: float
    """Higher is unhappier; minus infinity where it was not judged."""
    flagged: bool
    tone: int | None = None
    """The true one, 1 to 5."""
    named: int | None = None
    """The one that was named, where flagged."""


Figure = Callable[[Sequence[Scored]], float]


def auc(scored: Sequence[Scored]) -> float:
    """The chance that an unhappy message scores above another (Mann and Whitney 1947)."""
    ordered = sorted(scored, key=lambda each: each.score)
    total, rank, at = 0.0, 0, 0
    while at < len(ordered):
        same = [ordered[at]]
        while at + len(same) < len(ordered) and ordered[at + len(same)].score == same[0].score:
            same.append(ordered[at + len(same)])
        middle = rank + (len(same) + 1) / 2
        total += middle * sum(each.unhappy for each in same)
        rank += len(same)
        at += len(same)
    unhappy = sum(each.unhappy for each in scored)
    others = len(scored) - unhappy
    return (total - unhappy * (unhappy + 1) / 2) / max(1, unhappy * others)


def precision(scored: Sequence[Scored]) -> float:
    flagged = [each for each in scored if each.flagged]
    return sum(each.unhappy for each in flagged) / max(1, len(flagged))


def recall(scored: Sequence[Scored]) -> float:
    unhappy = [each for each in scored if each.unhappy]
    return sum(each.flagged for each in unhappy) / max(1, len(unhappy))


def f1(scored: Sequence[Scored]) -> float:
    right = sum(each.flagged and each.unhappy for each in scored)
    both = sum(each.flagged for each in scored) + sum(each.unhappy for each in scored)
    return 2 * right / max(1, both)


def recall_of(*tones: int) -> Figure:
    """Recall of the messages of these tones."""
    return lambda scored: recall([each for each in scored if each.tone in tones])


def tone_exact(scored: Sequence[Scored]) -> float:
    return _near(scored, 0)


def tone_near(scored: Sequence[Scored]) -> float:
    return _near(scored, 1)


def _near(scored: Sequence[Scored], steps: int) -> float:
    pairs = _tones(scored)
    return sum(abs(true - named) <= steps for true, named in pairs) / max(1, len(pairs))


def kappa(scored: Sequence[Scored]) -> float:
    """Quadratic weighted kappa of the tones (Cohen 1968)."""
    pairs = _tones(scored)
    if not pairs:
        return 0.0
    seen = sum((true - named) ** 2 for true, named in pairs) / len(pairs)
    chance = sum((true - named) ** 2 for true, _ in pairs for _, named in pairs) / len(pairs) ** 2
    return 1 - seen / chance if chance else 0.0


def _tones(scored: Sequence[Scored]) -> list[tuple[int, int]]:
    return [
        (each.tone, each.named)
        for each in scored
        if each.flagged and each.tone is not None and each.named is not None
    ]


def per_1000(scored: Sequence[Scored]) -> float:
    """Flags among 1,000 messages."""
    return 1000 * sum(each.flagged for each in scored) / max(1, len(scored))


def shown(figure: Figure, scored: Sequence[Scored], digits: int = 3) -> str:
    """A figure and its interval, to be read."""
    dice = random.Random(7)
    drawn = sorted(figure(dice.choices(scored, k=len(scored))) for _ in range(TURNS))
    low, high = drawn[TURNS // 40], drawn[-TURNS // 40 - 1]
    return f"{figure(scored):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
