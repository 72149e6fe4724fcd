"""The words' voice: a linear model over words and short runs of words, read from a small file. Pure.

What it weighs was fitted by `make train` (training/words.py, which calls `features` too, so that
both see the same words). Nothing of scikit-learn is needed here: it is a sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.model import WordModel
from assistant.tone.tokens import Word, sentences

NUMBER = "#"
"""Stands for every word that begins with a figure: which number it is says nothing."""
FEWEST = 4
"""A text with fewer known words than this is weighed as if it had so many: little said."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the words of a text say."""

    margin: float
    """Log-odds that the writer is dissatisfied, by the words alone."""
    heat: float
    """The tone they would have then, from 1 to 5, not rounded."""
    strongest: tuple[str, ...]
    """The words and runs that pulled hardest in the margin's direction, strongest first."""
    length: int
    """How many words there are."""


def features(read: Iterable[Sequence[Word]]) -> set[str]:
    """The words, and the runs of two and three of them, in these sentences, each once."""
    return {feature for words in read for feature in _of_sentence(words)}


def _of_sentence(words: Sequence[Word]) -> Iterator[str]:
    last = ""
    pair = ""
    for word in words:
        here = NUMBER if word.text[0].isdigit() else word.text
        yield here
        if pair:
            yield f"{pair} {here}"
        pair = f"{last} {here}" if last else ""
        if pair:
            yield pair
        last = here


def weigh(model: WordModel, text: str) -> Weighed:
    """What the words of a text say, by a language's model."""
    return weigh_words(model, list(sentences(text)))


def weigh_words(model: WordModel, read: Sequence[Sequence[Word]]) -> Weighed:
    """The same, of sentences."""
    known = [
        (feature, *model.weights[feature]) for feature in features(read) if feature in model.weights
    ]
    scale = 1 / math.sqrt(max(FEWEST, len(known)))
    # fsum: the same whatever order the set yields.
    pull = math.fsum(weight for _, weight, _ in known) * scale
    heat = model.heat + math.fsum(heat for _, _, heat in known) * scale
    side = 1 if model.bias + pull > 0 else -1
    pulling = sorted((-side * weight, feature) for feature, weight, _ in known if side * weight > 0)
    shown = _shown([feature for _, feature in pulling])
    return Weighed(model.bias + pull, heat, shown, sum(map(len, read)))


def _shown(pulling: Sequence[str]) -> tuple[str, ...]:
    """The strongest, without those that share a word with a stronger one."""
    shown: list[str] = []
    for feature in pulling:
        if not any(set(feature.split()) & set(other.split()) for other in shown):
            shown.append(feature)
        if len(shown) == SHOWN:
            break
    return tuple(shown)
