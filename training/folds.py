"""Who is left out when: four folds of authors and public sources, and what each voice says of those left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant import encoder, rulebook
from assistant.model import RuleBook, WordModel
from assistant.tone.phrases import PhraseRules
from assistant.tone.voices import hottest, words_margin
from assistant.tone.words import weigh
from training import sources, words
from training.sources import Row

FOLDS = (
    ("ena", "ene", "eni", "tweets", "w1", "w5", "w9"),
    ("enb", "enf", "enj", "cfpb", "w2", "w6", "wa"),
    ("enc", "eng", "enk", "goemotions", "w3", "w7", "wb", "wd"),
    ("end", "enh", "enl", "stackoverflow", "ham", "w4", "w8", "wc"),
)
"""A reader takes long to fine-tune, so each of four leaves out a quarter of the sources."""


@dataclass(frozen=True, slots=True)
class Said:
    """What each voice says of a text, by models that have not seen its source."""

    rules: int
    heat: float | None
    """Of the hottest rules; None where none names a tone."""
    words: float
    length: int
    """How many words."""
    words_heat: float
    polarity: float
    heads: tuple[float, ...]
    """The reader's log-odds by encoder.HEADS; empty where it was not asked."""
    reader_heat: float


class Rules:
    """The phrase rules of a language, for texts."""

    def __init__(self, book: RuleBook, language: str) -> None:
        lexicon = next(each for each in book.lexicons if each.language == language)
        rules = tuple(rule for rule in book.rules if rule.language == language)
        self._finder = PhraseRules(rules, lexicon)
        self._book = book

    def say(self, row: Row) -> tuple[int, int | None]:
        """The sum of the points, and the hottest tone."""
        found = self._finder.find(row.text, row.subject)
        toned = [
            (self._book.tone(each.rule.tone).heat, each.rule.points)
            for each in found
            if each.rule.tone
        ]
        return sum(each.rule.points for each in found), hottest(
            toned, [tone.heat for tone in self._book.tones], self._book.evidence
        )


def words_left_out(
    rows: Sequence[Row], language: str, recipe: words.Recipe
) -> Mapping[str, WordModel]:
    """For each source, the words' model that was fitted without it."""
    names = sorted({row.source for row in rows})
    return {
        name: words.fit([row for row in rows if row.source != name], language, recipe)
        for name in names
    }


Opinions = Mapping[str, tuple[tuple[float, ...], float]]
"""By text id: the reader's log-odds by encoder.HEADS, and the tone it hears."""


def reader_left_out(folder: Path) -> Opinions:
    """What the four readers said of the sources that each was not taught.

    Of what none was taught (mail that is only measured) one reader is drawn for each text: a mean
    of four would flatter the one that ships.
    """
    said: dict[str, list[list[float]]] = {}
    for number in range(len(FOLDS)):
        path = folder / f"fold{number}.json"
        if path.exists():  # or else its sources have no part in the fit with the reader
            for identity, numbers in json.loads(path.read_text("utf-8")).items():
                said.setdefault(identity, []).append(numbers)
    return {
        identity: told(several[sources.draw(identity, len(several))])
        for identity, several in said.items()
    }


def told(numbers: Sequence[float]) -> tuple[tuple[float, ...], float]:
    """The encoder's eleven numbers as log-odds and tone."""
    *odds, heat = encoder.told(numbers)
    return tuple(odds), heat


def shipped(rows: Sequence[Row]) -> Opinions:
    """What the reader that ships says, in int8 and in windows, as it will be asked."""
    folder = rulebook.shipped_folder() / "en"
    reader = encoder.TextReader(folder)
    found = {}
    for row in rows:
        opinion = reader.opinion(row.subject, row.text, evidence=False)
        found[row.id] = (tuple(odds for _, odds in opinion.heads), opinion.heat)
    return found


def say(row: Row, rules: Rules, model: WordModel, polarity: float, opinions: Opinions) -> Said:
    """Every voice's opinion of one text."""
    points, hot = rules.say(row)
    weighed = weigh(model, row.text)
    heads, heat = opinions.get(row.id, ((), 0.0))
    return Said(
        points, hot, words_margin(weighed), weighed.length, weighed.heat, polarity, heads, heat
    )
