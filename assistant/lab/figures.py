"""Figures on scored messages. Pure; :mod:`assistant.lab.intervals` tells how sure each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scored:
    """One labelled message as one system sees it."""

    id: str
    unhappy: bool
    score: float
    """Higher is unhappier; minus infinity where it was not judged."""
    flagged: bool
    tone: int | None = None
    """The true one, 1 to 5; None where the label names none."""
    named: int | None = None
    """The one that was named, where flagged."""


Figure = Callable[[Sequence[Scored]], float | None]
"""A number about messages; None where they can't tell (no flags, so no precision)."""


def auc(scored: Sequence[Scored]) -> float | None:
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
    return _share(total - unhappy * (unhappy + 1) / 2, unhappy * others)


def precision(scored: Sequence[Scored]) -> float | None:
    """How many of the flagged are unhappy."""
    flagged = [each for each in scored if each.flagged]
    return _share(sum(each.unhappy for each in flagged), len(flagged))


def recall(scored: Sequence[Scored]) -> float | None:
    """How many of the unhappy are flagged."""
    unhappy = [each for each in scored if each.unhappy]
    return _share(sum(each.flagged for each in unhappy), len(unhappy))


def f1(scored: Sequence[Scored]) -> float | None:
    """The harmonic mean of precision and recall."""
    right = sum(each.flagged and each.unhappy for each in scored)
    both = sum(each.flagged for each in scored) + sum(each.unhappy for each in scored)
    return _share(2 * right, both)


def recall_of(*tones: int) -> Figure:
    """Recall of the messages of these tones."""
    return lambda scored: recall([each for each in scored if each.tone in tones])


def tone_exact(scored: Sequence[Scored]) -> float | None:
    """How many of the flagged unhappy, where the true tone is known, were named as they are."""
    return _near(scored, 0)


def tone_near(scored: Sequence[Scored]) -> float | None:
    """The same within one step."""
    return _near(scored, 1)


def _near(scored: Sequence[Scored], steps: int) -> float | None:
    pairs = _tones(scored)
    return _share(sum(abs(true - named) <= steps for true, named in pairs), len(pairs))


def kappa(scored: Sequence[Scored]) -> float | None:
    """Quadratic weighted kappa of the tones (Cohen 1968)."""
    pairs = _tones(scored)
    trues, names = [true for true, _ in pairs], [named for _, named in pairs]
    seen = sum((true - named) ** 2 for true, named in pairs)
    # What chance would bring, sum((t - n) ** 2 for t in trues for n in names) / len(pairs), in one step.
    squares = sum(true**2 for true in trues) + sum(named**2 for named in names)
    chance = _share(2 * sum(trues) * sum(names), len(pairs))
    if chance is None or squares - chance <= 0:
        return None
    return 1 - seen / (squares - chance)


def _tones(scored: Sequence[Scored]) -> list[tuple[int, int]]:
    return [
        (each.tone, each.named)
        for each in scored
        if each.flagged and each.tone is not None and each.named is not None
    ]


def per_1000(scored: Sequence[Scored]) -> float | None:
    """Flags among 1,000 messages."""
    return _share(1000 * sum(each.flagged for each in scored), len(scored))


def false_flags(scored: Sequence[Scored]) -> float | None:
    """Flags among 1,000 messages whose writers are content."""
    return per_1000([each for each in scored if not each.unhappy])


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
