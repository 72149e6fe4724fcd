"""TextBlob's polarity: one small voice among many (DESIGN: Tone; research in docs/decisions.md).

The only module that imports textblob, and only when it is first asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Any

from assistant.model import Message, Polarity

LONGEST = 10_000
"""Characters looked at: TextBlob takes 1 ms for each 1,000."""


def mood(message: Message) -> Polarity | None:
    """The polarity of a message's own words; None where they are not English: TextBlob would read what looks like it."""
    return polarity(message.own_words) if speaks(message) else None


def speaks(message: Message) -> bool:
    """Whether there is anything that TextBlob can read."""
    return message.language == "en" and bool(message.own_words.strip())


def polarity(text: str) -> Polarity:
    """The polarity of a text, -1.0 to 1.0, rounded, with the words that pulled it that way."""
    # What TextBlob(text).sentiment_assessments asks, but that asks it twice.
    opinion = _sentiment()(text[:LONGEST])
    value = round(float(opinion[0]), 2)
    pulling = [
        (abs(float(weight)), " ".join(words))
        for words, weight, _subjectivity, _label in opinion.assessments
        if float(weight) * value > 0
    ]
    strongest = sorted(pulling, key=lambda pair: (-pair[0], pair[1]))
    return Polarity(value, tuple(dict.fromkeys(words for _, words in strongest[:5])))


@cache
def _sentiment() -> Callable[[str], Any]:
    """TextBlob's own, without the beginning of its package: that imports the whole of NLTK and NumPy
    (0.25 s and 45 MB), which this asks nothing of."""
    spec = None if "textblob" in sys.modules else find_spec("textblob")
    if spec is not None:
        sys.modules["textblob"] = module_from_spec(spec)  # not run
    try:
        from textblob.en import sentiment
    finally:
        if spec is not None:
            del sys.modules["textblob"]  # whoever imports it gets the whole
    found: Callable[[str], Any] = sentiment
    return found
