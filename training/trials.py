"""What single choices are worth, by leaving out one file of data/train at a time (English, no reader).

    python -m training.trials [--shared ../shared]

Prints the table that docs/decisions.md quotes. Slow and needed for nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant import rulebook
from assistant.tone.voices import words_margin
from assistant.tone.words import weigh
from training import fit, folds, sources, voices, words
from training.fit import PUBLIC, WEIGHTS
from training.sources import Row
from training.voices import Caps, Example

BUDGET = 10.0
OWN = "en"
"""How the names of data/train's files begin."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="What single choices are worth.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    shared: Path = parser.parse_args().shared
    rows = [row for row in sources.authors(shared) if not row.locked]
    public = [row for row in sources.public(shared) if row.source in PUBLIC]
    own = [row for row in rows if row.source.startswith(OWN)]
    recipe = words.ENGLISH
    print("the words alone, AUC: mean, worst and all of data/train's files, each left out")
    _words("data/train's files only, pairs", own + public, replace(recipe, longest=2))
    _words("and the authors of training/mail, pairs", rows + public, replace(recipe, longest=2))
    _words("and runs of three", rows + public, recipe)
    _all_voices(rows + public, shared)


def _words(name: str, rows: Sequence[Row], recipe: words.Recipe) -> None:
    aucs, everybody = [], []
    known = words.known(rows, recipe)
    for source in sorted({row.source for row in rows if row.source.startswith(OWN)}):
        model = words.fit([row for row in rows if row.source != source], "en", recipe, known)
        said = [
            (words_margin(weigh(model, row.text)), row.ours) for row in rows if row.source == source
        ]
        margins, labels = zip(*said, strict=True)
        aucs.append(roc_auc_score(labels, margins))
        everybody += said
    margins, labels = zip(*everybody, strict=True)
    print(f"{name:45} {np.mean(aucs):.3f} {min(aucs):.3f} {roc_auc_score(labels, margins):.3f}")


def _all_voices(rows: Sequence[Row], shared: Path) -> None:
    """Rules, words, TextBlob and length: with the caps, and without them."""
    models, whole = folds.words_left_out(rows, "en", words.ENGLISH)
    rules = folds.Rules(rulebook.load(), "en")
    known = [
        replace(example, weight=WEIGHTS[False].get(row.source, 1.0))
        for row in rows
        for example in (fit.example(row, rules, models[row.source], {}),)
    ]
    ordinary = [fit.example(row, rules, whole, {}) for row in fit.calibrating(shared)]
    print("rules, words and TextBlob, files of data/train: AUC, recall at 10 flags per 1,000")
    for name, caps, length in (
        ("as shipped", Caps(), True),
        ("no cap on the words", Caps(words=50), True),
        ("nothing off for length", Caps(), False),
        ("neither", Caps(words=50), False),
    ):
        found = [
            each
            for source in sorted({row.source for row in rows if row.source.startswith(OWN)})
            for each in _left_out(known, ordinary, source, caps, length=length)
        ]
        auc = roc_auc_score([label for label, _, _ in found], [score for _, score, _ in found])
        recall = np.mean([flagged for label, _, flagged in found if label])
        print(f"{name:45} {auc:.3f} {recall:.3f}")


def _left_out(
    known: Sequence[Example], ordinary: Sequence[Example], source: str, caps: Caps, *, length: bool
) -> list[tuple[int, int, bool]]:
    """Label, score and flag of a source's texts, by weights that were fitted without it."""
    others = [each for each in known if each.source != source]
    weighing = voices.refitted(others, caps, with_reader=False)
    weighing = weighing if length else replace(weighing, length=0.0)
    scores = [voices.score(each.said, weighing) for each in ordinary]
    threshold = dict(voices.thresholds(scores))[BUDGET]
    return [
        (each.dissatisfied, score, score >= threshold)
        for each in known
        if each.source == source
        for score in (voices.score(each.said, weighing),)
    ]


if __name__ == "__main__":
    main()
