"""Fits what each voice weighs: logistic regression over the voices, monotone, in points.

Every voice's opinion comes from a model that was not taught the text's source, so that the weights
are those of unseen mail. A rule's points count as they are (weight 1); the others are told in the
same points. The threshold is chosen afterwards, on ordinary mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.encoder import HEADS
from assistant.model import (
    CUES,
    NO_READER,
    RULES_ALONE,
    CueWeights,
    HeatWeights,
    Weighing,
    Weight,
)
from assistant.tone.voices import doublings, polarity_points, reader_points, words_points
from training.folds import Said

LEAST, MOST = -200, 400
"""Points of the rules beyond which more of them make no difference to the fit."""
ANYWHERE = (-10_000, 10_000)
BUDGETS = (1, 2, 5, 10, 20, 50, 100)
PENALTY = 1e-3
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """What the voices say of a text whose label is known."""

    id: str
    source: str
    said: Said
    dissatisfied: int
    tone: int | None
    cues: tuple[int, ...] | None = None
    """As `Row.cues`."""
    weight: float = 1.0
    ordinary: bool = False
    """Everyday mail, not written to mislead: what a budget of flags may be set on."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How sure one voice may be: chosen, not fitted, for one voice alone is often wrong and sure."""

    words: float = 1.5
    """Log-odds."""
    reader: float = 6.0


def columns(said: Said, caps: Caps, *, with_reader: bool) -> list[float]:
    """A text's voices, each so that more of it speaks for an unhappy writer."""
    known = [
        max(LEAST, min(MOST, said.rules)) / 100,
        max(-3 * caps.words, min(caps.words, said.words)),
        -doublings(said.length),
        -said.polarity,
    ]
    if with_reader:
        known += [max(-caps.reader, min(caps.reader, each)) for each in said.heads]
    return known


def fit(examples: Sequence[Example], caps: Caps, *, with_reader: bool) -> Floats:
    """The weights of the columns, none below 0 and the constant last.

    Logistic regression; a penalty keeps weights apart that say the same.
    """
    matrix = np.array([columns(each.said, caps, with_reader=with_reader) for each in examples])
    wanted = np.array([each.dissatisfied for each in examples]) * 2.0 - 1
    weight = np.array([each.weight for each in examples])
    weight = weight / weight.sum()
    spread = matrix.std(0)

    def loss(at: Floats) -> tuple[float, Floats]:
        margin = wanted * (matrix @ at[:-1] + at[-1])
        wrong = -wanted * weight / (1 + np.exp(np.clip(margin, -50, 50)))
        slope = np.append(wrong @ matrix + 2 * PENALTY * spread**2 * at[:-1], wrong.sum())
        total = weight @ np.logaddexp(0, -margin) + PENALTY * ((spread * at[:-1]) ** 2).sum()
        return float(total), slope

    count = matrix.shape[1]
    found = minimize(
        loss,
        np.append(np.where(spread > 0, 0.3, 0.0), 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * count + [(None, None)],
    )
    return np.asarray(found.x)


def weighing(weights: Floats, caps: Caps, *, with_reader: bool) -> Weighing:
    """The weights as points: a rule's 100 points are worth its weight."""
    one = 100 / max(weights[0], 1e-6)  # points for each unit of log-odds
    points = [round(float(each) * one, 1) for each in weights[1:-1]]
    reader = NO_READER
    if with_reader:
        heads = tuple(zip(HEADS, points[3:], strict=True))
        reader = replace(NO_READER, heads=heads, sure=caps.reader, band=ANYWHERE)
    return replace(
        RULES_ALONE,
        words=Weight(points[0], round(points[0] * caps.words)),
        length=points[1],
        polarity=Weight(points[2], 30),
        reader=reader,
    )


def refitted(examples: Sequence[Example], caps: Caps, *, with_reader: bool) -> Weighing:
    """The weights from these examples, as points."""
    return weighing(fit(examples, caps, with_reader=with_reader), caps, with_reader=with_reader)


def others(said: Said, known: Weighing) -> int:
    """The points of all but the reader, added up by the judge's own functions."""
    words = words_points(said.words, said.length, known)
    return said.rules + words + polarity_points(said.polarity, known.polarity)


def score(said: Said, known: Weighing) -> int:
    """The points of a text. The reader is heard where there is one, in its band or not."""
    return others(said, known) + reader_points(zip(HEADS, said.heads, strict=False), known.reader)


def band(examples: Sequence[Example], known: Weighing, threshold: int) -> tuple[int, int]:
    """Where the others' sum must lie for the reader to be asked: where it can turn a verdict.

    It can add, or take, as much as it does to all but a hundredth of texts.
    """
    points = sorted(score(each.said, known) - others(each.said, known) for each in examples)
    out = len(points) // 100
    return threshold - max(0, points[-1 - out]), threshold - min(0, points[out])


def thresholds(ordinary: Sequence[int]) -> tuple[tuple[float, int], ...]:
    """For each budget the lowest score from which no more than that are flagged."""
    falling = sorted(ordinary, reverse=True)
    found = []
    for budget in BUDGETS:
        allowed = int(len(falling) * budget / 1000)
        found.append((float(budget), falling[allowed] + 1))
    return tuple(found)


def best_f1(examples: Sequence[Example], weighing: Weighing) -> int:
    """The threshold with the best F1 among these: what the voices could do without a budget."""
    scored = sorted(
        ((score(each.said, weighing), each.dissatisfied) for each in examples), reverse=True
    )
    unhappy = sum(label for _, label in scored)
    found, best, at = 0, 0.0, 100
    for count, (points, label) in enumerate(scored, 1):
        found += label
        f1 = 2 * found / (count + unhappy)
        if f1 > best:
            best, at = f1, points
    return at


def tones(examples: Sequence[Example], *, with_reader: bool) -> HeatWeights:
    """What rules, words and reader weigh in the tone: the best kappa on a grid."""
    grid = [(1.0, words, reader) for words in (0, 0.25, 0.5, 1)
            for reader in ((0, 0.5, 1, 2, 4) if with_reader else (0,))]  # fmt: skip
    best = max(
        grid, key=lambda weights: kappa([(e.tone or 1, tone(e.said, weights)) for e in examples])
    )
    return HeatWeights(*best)


def cue_weights(examples: Sequence[Example]) -> CueWeights:
    """What a rule's word for a cue weighs, and from where each is named: the best on a grid."""
    known = [each for each in examples if each.cues and each.said.cues]
    if not known:
        return NO_READER.cues
    said = {
        cue: [
            (each.said.cues[at], cue in each.said.named, each.cues[at])
            for each in known
            if each.cues
        ]
        for at, cue in enumerate(CUES)
    }
    found = [_cue_weights(said, rules / 2) for rules in range(13)]
    return max(found, key=lambda each: each[0])[1]


def _cue_weights(
    said: Mapping[str, Sequence[tuple[float, bool, int]]], rules: float
) -> tuple[float, CueWeights]:
    """The sum of the cues' best scores, and from where they have it, if a rule's word weighs so much.

    The score is F0.5, for which precision counts more: a cue not named leaves the reply general, a
    wrong one makes it odd.
    """
    least, total = [], 0.0
    for cue, known in said.items():
        unhappy = sum(true for _, _, true in known)
        best, at = 0.0, 0.0
        for tried in range(-20, 13):
            named = [true for odds, ruled, true in known if odds + rules * ruled >= tried / 4]
            score = 1.25 * sum(named) / max(1, len(named) + 0.25 * unhappy)
            if score > best:
                best, at = score, tried / 4
        least.append((cue, at))
        total += best
    return total, CueWeights(rules, tuple(least))


def tone(said: Said, weights: Sequence[float]) -> int:
    """The tone as a number from 1 to 5, as the judge finds it."""
    voices = [(weights[0], said.heat), (weights[1], said.words_heat)]
    if weights[2]:
        voices.append((weights[2], said.reader_heat))
    named = [(weight, value) for weight, value in voices if weight and value is not None]
    total = sum(weight for weight, _ in named)
    value = sum(weight * each for weight, each in named) / total if total else 2.0
    return int(min(5, max(1, round(value))))


def kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """Quadratic weighted kappa of true and named tones (Cohen 1968)."""
    table = np.zeros((5, 5))
    for true, named in pairs:
        table[true - 1, named - 1] += 1
    distance = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / max(1, table.sum())
    return float(1 - (distance * table).sum() / max(1e-9, (distance * chance).sum()))


def by_source(examples: Sequence[Example]) -> Mapping[str, list[Example]]:
    """The examples of each source."""
    found: dict[str, list[Example]] = {}
    for each in examples:
        found.setdefault(each.source, []).append(each)
    return found
