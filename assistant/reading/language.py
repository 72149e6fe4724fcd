"""Which language the writer's own words are in: one of ours, "other", or too short to tell.

fastText's small language model (Joulin et al. 2016; `lid.176.ftz`, 0.9 MB, CC BY-SA 3.0), through
its prediction-only build; the only module that imports it. Both ours and "other" must be likely
enough, because a wrong answer leaves a client's message unread, while none leaves it to the
account's own language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

KNOWN = frozenset({"en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da"})
"""The languages whose mail can be read: quotes, footers and closings are known."""
OTHER = "other"
SURE = 0.5
"""Least probability of a known language (`make eval` measures)."""
LIKELY = 0.4
"""Least probability of a known language that is twice as likely as any other."""
SURE_OF_OTHER = 0.75
"""Least probability of all others together, at which a message is not read by our rules."""
LONGEST = 300
"""Characters looked at."""
LONGEST_LETTER = 8_000
MOST_PARAGRAPHS = 20
_NO_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\d_\s]+")
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_LETTERS = 8
_LEAST_OF_PARAGRAPH = 20
_LABEL = "__label__"
_MODEL = Path(__file__).with_name("lid.176.ftz")


def detect(text: str, usual: str) -> str:
    """An ISO 639-1 code of ours, or :data:`OTHER`; `usual` where the text is too short to tell.

    A greeting or an order in another language makes no foreign letter of one in the usual
    language: if any paragraph is surely in that, the whole is.
    """
    found = guess(text)
    if found in (None, usual):
        return usual
    paragraphs = [each for each in text[:LONGEST_LETTER].split("\n\n") if _says(each)]
    if any(guess(each) == usual for each in paragraphs[:MOST_PARAGRAPHS]):
        return usual
    return found or usual


def _says(paragraph: str) -> bool:
    """Whether a paragraph is more than a greeting or a name."""
    return len(_LETTER.findall(paragraph[:LONGEST])) >= _LEAST_OF_PARAGRAPH


def guess(text: str) -> str | None:
    """The language of a text by itself; None where it can't be told."""
    words = _NO_WORDS.sub(" ", text[:LONGEST]).strip().lower()
    if len(_LETTER.findall(words)) < _LEAST_LETTERS:
        return None
    # Most often one is plain, and a search for ten takes many times as long.
    (label,), (share,) = _model().predict(words, k=1)
    language = label.removeprefix(_LABEL)
    if language in KNOWN and share >= SURE:
        return str(language)
    labels, shares = _model().predict(words, k=10)
    guesses = {
        label.removeprefix(_LABEL): share for label, share in zip(labels, shares, strict=True)
    }
    other = sum(share for language, share in guesses.items() if language not in KNOWN)
    best = max(KNOWN, key=lambda language: (guesses.get(language, 0.0), language))
    share = guesses.pop(best, 0.0)
    twice = share >= 2 * max(guesses.values(), default=0.0)
    if share >= max(SURE, other) or (share >= LIKELY and twice):
        return best
    return OTHER if other >= SURE_OF_OTHER else None


@lru_cache(maxsize=1)
def _model() -> Any:
    # Loaded at the first message, not at the first import; docs/scorecard.md says what it costs.
    import fasttext

    return fasttext.load_model(str(_MODEL))
