"""Text -> sentences of words, each with its place in the text.

Words are compared case-folded, without accents (but for the tilde of "año") and without their
contractions: "don't", "dont" and "do not" are the same two words, so that a rule needs to say it
once. Linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

REMEMBERED = 16_384
"""Written words whose normal form is kept in mind: mail repeats itself."""
_ENYE = "\ue000"
_WORD = re.compile(r"\w+(?:['’]\w+)*")
# What ends a sentence: a blank line, a full stop and its like (runs of them), a bullet's new line.
# (The look-behind keeps a long run of dots from being tried at every one of them.)
_BREAK = re.compile(r"(?<![.!?…。])[.!?…。]+(?=[\s\"'”’)\]]|$)|\n\s*\n|\n(?=[ \t]*[-*•·][ \t])")
# What ends a clause: negation does not reach across it.
_CLAUSE = re.compile(
    r"[,;:()\[\]–—\"“”]|\s-\s|\b(?:but|aber|sondern|mais|pero|sino)\b", re.IGNORECASE
)
_SUFFIXES = MappingProxyType(
    {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'m": "am", "'d": "'d", "'s": "'s"}
)
# French and Italian elisions before a vowel, as the words they stand for: "n'avez" is "ne avez".
_ELISIONS = MappingProxyType(
    {
        "j": "je", "n": "ne", "l": "le", "d": "de", "m": "me", "t": "te", "s": "se", "c": "ce",
        "qu": "que", "jusqu": "jusque", "lorsqu": "lorsque", "puisqu": "puisque", "quelqu": "quelque",
    }
)  # fmt: skip
_BARE = MappingProxyType(
    {
        "can't": ("can", "not"),
        "cannot": ("can", "not"),
        "won't": ("will", "not"),
        "shan't": ("shall", "not"),
        "im": ("i", "am"),
        "ive": ("i", "have"),
        "youre": ("you", "are"),
        "youve": ("you", "have"),
        "weve": ("we", "have"),
        "theyre": ("they", "are"),
    }
)
_UNMARKED = frozenset(
    [
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "arent",
        "wasnt",
        "werent",
        "havent",
        "hasnt",
        "hadnt",
        "couldnt",
        "wouldnt",
        "shouldnt",
        "cant",
        "wont",
    ]
)


class Word(NamedTuple):
    """One word as rules see it, and the half-open range of characters it came from.

    A tuple, because a message has hundreds and a frozen dataclass takes twice as long to make.
    """

    text: str
    start: int
    end: int
    clause: int
    """Number of the clause within its sentence."""


def bare(raw: str) -> str:
    """A word case-folded and without accents, as people type it in a hurry; "ñ" stays a letter."""
    word = raw.casefold().replace("’", "'")
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFKD", word.replace("ñ", _ENYE))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return kept.replace(_ENYE, "ñ")


@lru_cache(maxsize=REMEMBERED)
def normalise(raw: str) -> tuple[str, ...]:
    """The word or words that a rule sees for one written word ("Don't" -> "do", "not")."""
    word = bare(raw)
    if word in _UNMARKED:
        word = f"{word[:-1]}'t"
    if word in _BARE:
        return _BARE[word]
    if "'" not in word:
        return (word,)
    for suffix, meaning in _SUFFIXES.items():
        stem = word.removesuffix(suffix)
        if stem and stem != word:
            return (stem, meaning)
    elided, _, rest = word.partition("'")
    if len(rest) > 1 and elided in _ELISIONS:
        return (_ELISIONS[elided], rest)
    return (word,)


def sentences(text: str) -> Iterator[tuple[Word, ...]]:
    """The sentences of a text, in order; empty ones are left out."""
    start = 0
    for found in _BREAK.finditer(text):
        if words := _words(text, start, found.end()):
            yield words
        start = found.end()
    if words := _words(text, start, len(text)):
        yield words


def _words(text: str, start: int, end: int) -> tuple[Word, ...]:
    breaks = [found.start() for found in _CLAUSE.finditer(text, start, end)]
    words: list[Word] = []
    clause = 0
    for found in _WORD.finditer(text, start, end):
        while clause < len(breaks) and breaks[clause] <= found.start():
            clause += 1
        for part in normalise(found.group()):
            words.append(Word(part, found.start(), found.end(), clause))
    return tuple(words)
