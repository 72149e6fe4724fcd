"""How sure figures are: 95 % intervals by resampling (Efron's percentile bootstrap, fixed seed)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.lab.figures import Figure, Scored

TURNS = 400
FEWEST_TURNS = 100
DRAWS = 2_000_000
"""Messages drawn in all, at most, unless that leaves too few turns: a large file needs fewer of them."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure and its 95 % interval; None where the messages can't tell."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        return self.shown()

    def shown(self, digits: int = 3) -> str:
        """To be read: ``0.950 (0.905–0.982)``."""
        if self.value is None or self.low is None or self.high is None:
            return "–"
        return f"{self.value:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"


def measured(figures: Mapping[str, Figure], scored: Sequence[Scored]) -> dict[str, Measure]:
    """Each figure with its interval, all on the same samples.

    A sample that can't tell a figure (no flag in it, so no precision) has no say in its interval.
    """
    drawn: dict[str, list[float]] = {name: [] for name in figures}
    dice = random.Random(SEED)
    for _ in range(_turns(len(scored))):
        sample = dice.choices(scored, k=len(scored))
        for name, figure in figures.items():
            value = figure(sample)
            if value is not None:
                drawn[name].append(value)
    return {name: _measure(figure(scored), drawn[name]) for name, figure in figures.items()}


def shown(figure: Figure, scored: Sequence[Scored], digits: int = 3) -> str:
    """One figure and its interval, to be read."""
    return measured({"": figure}, scored)[""].shown(digits)


def _turns(messages: int) -> int:
    if not messages:
        return 0
    return max(FEWEST_TURNS, min(TURNS, DRAWS // messages))


def _measure(value: float | None, drawn: list[float]) -> Measure:
    if value is None or not drawn:
        return Measure(value, None, None)
    drawn.sort()
    aside = len(drawn) // 40
    return Measure(value, drawn[aside], drawn[-aside - 1])
