"""Fits the words' voice of a language: two linear models over words and short runs of words, in one file.

Logistic regression for "dissatisfied", ridge regression for the tone of those who are. A word
counts only if several sources use it: that masks the words of one domain ("enron", "top up") and
one author's habits (research: models that learn their domain don't transfer).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge

from assistant.model import WordModel
from assistant.tone.tokens import sentences
from assistant.tone.words import FEWEST, features
from training.sources import Row

MOST = 12_000
"""Words and runs in the file."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is fitted; chosen by leaving sources out (docs/decisions.md)."""

    weights: Mapping[str, float]
    """Of the sources that aren't written for the project; 0 leaves one out."""
    sources: int = 3
    """How many sources must use a word."""
    texts: int = 3
    """How many texts must hold it."""
    strength: float = 10.0
    """Inverse of the regularisation."""
    most: int = MOST
    longest: int = 3
    """Words in a run."""


ENGLISH = Recipe(
    {"tweets": 0.1, "cfpb": 0.3, "ham": 0.1, "questions": 0, "goemotions": 0, "stackoverflow": 0}
)
FEW_AUTHORS = Recipe({}, sources=2, most=6000)
"""Where a language has six or seven authors."""


Known = Mapping[str, frozenset[str]]
"""By text id: its words and runs that are common enough to count."""


def known(rows: Sequence[Row], recipe: Recipe) -> Known:
    """What `fit` reads of these rows; made once, where many fits leave out some of them."""
    read = {row.id: features(sentences(row.text)) for row in rows}
    counts = Counter(feature for found in read.values() for feature in found)
    common = {
        feature
        for feature, count in counts.items()
        if count >= recipe.texts and feature.count(" ") < recipe.longest
    }
    return {identity: frozenset(found & common) for identity, found in read.items()}


def fit(rows: Sequence[Row], language: str, recipe: Recipe, known: Known) -> WordModel:
    """The model of a language, from the rows given (the caller leaves out what is to be measured)."""
    rows = [row for row in rows if recipe.weights.get(row.source, 1) and label(row) is not None]
    read = [known[row.id] for row in rows]
    names = _names(rows, read, recipe)
    wanted = [label(row) for row in rows]
    weight = [recipe.weights.get(row.source, 1) for row in rows]
    matrix = _matrix(read, names)
    model = LogisticRegression(C=recipe.strength, max_iter=500).fit(matrix, wanted, weight)
    if len(names) > recipe.most:
        used = np.asarray((matrix > 0).sum(0)).ravel()
        order = np.argsort(-np.abs(model.coef_[0]) * np.sqrt(used), kind="stable")
        kept = sorted(order[: recipe.most])
        names = [names[at] for at in kept]
        matrix = matrix[:, kept]
        model = LogisticRegression(C=recipe.strength, max_iter=500).fit(matrix, wanted, weight)
    toned = [at for at, row in enumerate(rows) if row.tone]
    heat = Ridge(alpha=1.0).fit(matrix[toned], [rows[at].tone for at in toned])
    weights = {
        name: (round(float(a), 2), round(float(b), 2))
        for name, a, b in zip(names, model.coef_[0], heat.coef_, strict=True)
    }
    return WordModel(
        language, round(float(model.intercept_[0]), 2), round(float(heat.intercept_), 2), weights
    )


def label(row: Row) -> int | None:
    """What the words' voice learns from a row: ours, or a public set's "complaint"."""
    return row.complaint if row.ours is None else row.ours


def _names(rows: Sequence[Row], read: Sequence[frozenset[str]], recipe: Recipe) -> list[str]:
    texts: Counter[str] = Counter()
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for row, found in zip(rows, read, strict=True):
        texts.update(found)
        for feature in found:
            sources[feature].add(row.source)
    return sorted(
        feature
        for feature, count in texts.items()
        if count >= recipe.texts and len(sources[feature]) >= recipe.sources
    )


def _matrix(read: Iterable[frozenset[str]], names: Sequence[str]) -> csr_matrix:
    number = {name: at for at, name in enumerate(names)}
    starts, columns, values = [0], [], []
    for found in read:
        known = sorted(number[feature] for feature in found if feature in number)
        columns += known
        values += [1 / np.sqrt(max(FEWEST, len(known)))] * len(known)
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(starts) - 1, len(names)))
