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
from training.sources import FOLDS, Row


@dataclass(frozen=True, slots=True)
class Said:
    """What each voice says of a text, by models that have not seen its source."""

    rules: int
    heat: float | None
    """Of the hottest rules; None where none names a tone."""
    named: frozenset[str]
    """Cues that rules name."""
    words: float
    length: int
    """How many words."""
    words_heat: float
    polarity: float
    heads: tuple[float, ...]
    """The reader's log-odds by encoder.HEADS; empty where it was not asked."""
    reader_heat: float
    cues: tuple[float, ...]
    """The reader's log-odds by CUES."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The reader's part of `Said`."""

    heads: tuple[float, ...] = ()
    heat: float = 0.0
    cues: tuple[float, ...] = ()


class Rules:
    """The phrase rules of a language, for texts."""

    def __init__(self, book: RuleBook, language: str) -> None:
        lexicon = next(each for each in book.lexicons if each.language == language)
        rules = tuple(rule for rule in book.rules if rule.language == language)
        self._finder = PhraseRules(rules, lexicon)
        self._book = book

    def say(self, row: Row) -> tuple[int, int | None, frozenset[str]]:
        """The sum of the points, the hottest tone, the cues."""
        found = self._finder.find(row.text, row.subject)
        toned = [
            (self._book.tone(each.rule.tone).heat, each.rule.points)
            for each in found
            if each.rule.tone
        ]
        heat = hottest(toned, [tone.heat for tone in self._book.tones], self._book.evidence)
        named = frozenset(cue for each in found if each.rule.points > 0 for cue in each.rule.cues)
        return sum(each.rule.points for each in found), heat, named


def words_left_out(
    rows: Sequence[Row], language: str, recipe: words.Recipe
) -> tuple[Mapping[str, WordModel], WordModel]:
    """For each source, the words' model that was fitted without it; and that of all."""
    known = words.known(rows, recipe)
    names = sorted({row.source for row in rows})
    models = {
        name: words.fit([row for row in rows if row.source != name], language, recipe, known)
        for name in names
    }
    return models, words.fit(rows, language, recipe, known)


Opinions = Mapping[str, Heard]
"""By text id."""


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


def told(numbers: Sequence[float]) -> Heard:
    """The encoder's numbers as log-odds and tone."""
    known = encoder.told(numbers)
    return Heard(known[:4], known[4], known[5:])


def shipped(rows: Sequence[Row]) -> Opinions:
    """What the reader that ships says, in int8 and in windows, as it will be asked."""
    folder = rulebook.shipped_folder() / "en"
    reader = encoder.TextReader(folder)
    found = {}
    for row in rows:
        opinion = reader.opinion(row.subject, row.text, evidence=False)
        found[row.id] = Heard(
            tuple(odds for _, odds in opinion.heads),
            opinion.heat,
            tuple(odds for _, odds in opinion.cues),
        )
    return found


def say(row: Row, rules: Rules, model: WordModel, polarity: float, opinions: Opinions) -> Said:
    """Every voice's opinion of one text."""
    points, hot, named = rules.say(row)
    weighed = weigh(model, row.text)
    heard = opinions.get(row.id, Heard())
    return Said(
        points, hot, named, words_margin(weighed), weighed.length, weighed.heat, polarity,
        heard.heads, heard.heat, heard.cues,
    )  # fmt: skip
