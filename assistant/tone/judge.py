"""Adds up what speaks for an unhappy writer, and names the tone. Pure.

The score is the sum of the hits and nothing else; whole numbers, so that the sum is exact. A
rule counts once for a message, at its first place in the writer's own words, or else in the
subject where the writer chose it (not in an answer's inherited one). Each other voice has one hit.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from assistant.model import (
    Behaviour,
    Hit,
    Message,
    Opinion,
    Polarity,
    Reading,
    RuleBook,
    Tone,
    Verdict,
    Voices,
    Weighing,
    WordModel,
)
from assistant.tone import voices
from assistant.tone.behaviour import hits
from assistant.tone.phrases import Found, Held, PhraseRules
from assistant.tone.tokens import sentences
from assistant.tone.words import Weighed, weigh_words

NOTHING_KNOWN = Behaviour()
FLAGS_PER_1000 = 10.0
"""How many of 1,000 ordinary messages may be flagged, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What every voice says of a message, not yet weighed."""

    message: Message
    rules: tuple[Hit, ...]
    facts: tuple[Hit, ...]
    """Of the thread."""
    words: Weighed | None
    polarity: Polarity | None
    opinion: Opinion | None


NOBODY_ELSE: AbstractContextManager[object] = nullcontext()
"""For whoever has no other threads beside."""


class Judge:
    """Judges messages by one rulebook. Safe to share between threads.

    Args:
        rulebook: rules, words, weights.
        flags_per_1000: the budget that the threshold keeps to, where the rulebook sets none.
        reader: whether readings come with the reader's opinion where it is wanted.
        alone: entered while rules are compiled; a lock, where threads share this.
    """

    def __init__(
        self,
        rulebook: RuleBook,
        flags_per_1000: float = FLAGS_PER_1000,
        *,
        reader: bool = False,
        alone: AbstractContextManager[object] = NOBODY_ELSE,
    ) -> None:
        self._rulebook = rulebook
        self._alone = alone
        self._flags = flags_per_1000
        self._reader = reader
        self._lexicons = {lexicon.language: lexicon for lexicon in rulebook.lexicons}
        self._words: dict[str, WordModel | None] = {}
        self._compiled: dict[str, PhraseRules] = {}

    def _rules(self, language: str) -> PhraseRules:
        """The rules of a language, compiled when its first message comes: most users need one.

        Its words are then read as well, while nobody else reads them.
        """
        if language not in self._compiled:
            with self._alone:
                if language not in self._compiled:
                    rules = tuple(
                        each for each in self._rulebook.rules if each.language == language
                    )
                    self._words[language] = self._rulebook.words.get(language)
                    self._compiled[language] = PhraseRules(rules, self._lexicons[language])
        return self._compiled[language]

    def prepare(self, language: str) -> None:
        """Compile the rules of a language before its first message."""
        if self.knows(language):
            self._rules(language)

    def knows(self, language: str) -> bool:
        """Whether there are rules for a language; without, a message is not judged."""
        return language in self._lexicons

    def undecided(self, heard: Heard) -> bool:
        """Whether the reader's opinion is wanted: there is one, and it may turn the verdict."""
        weighing = self._voices(heard.message).with_reader
        return self._reader and weighing is not None and self._in_band(heard, weighing)

    def judge(self, reading: Reading, behaviour: Behaviour = NOTHING_KNOWN) -> Verdict:
        """The verdict on a message: `hear` and `weigh_up` in one."""
        return self.weigh_up(self.hear(reading, behaviour))

    def weigh_up(self, heard: Heard) -> Verdict:
        """The verdict on what was heard.

        Where the reader's opinion was wanted but is not there, the others are weighed as if
        there were no reader.
        """
        return self._verdict(heard, self.weighing(heard))

    def weighing(self, heard: Heard) -> Weighing:
        """The weights by which `weigh_up` goes."""
        there = self._voices(heard.message)
        weighing = there.with_reader if self._reader else None
        if weighing is None or (heard.opinion is None and self._in_band(heard, weighing)):
            weighing = there.alone
        return weighing

    def held_back(self, message: Message) -> list[tuple[Hit, Held]]:
        """The rules that nearly hold, each with the hit that it would be; for whoever asks why."""
        found = self._rules(message.language).held_back(message.own_words, _chosen(message))
        return [(_rule_hit(each.found, message), each) for each in found]

    def threshold(self, language: str, flags_per_1000: float | None = None) -> int:
        """The score from which mail in a language is flagged, by this budget or the judge's own."""
        there = self._rulebook.voices.get(language, Voices())
        weighing = (there.with_reader if self._reader else None) or there.alone
        return voices.threshold(weighing, flags_per_1000 or self._flags)

    def _voices(self, message: Message) -> Voices:
        return self._rulebook.voices.get(message.language, Voices())

    def hear(self, reading: Reading, behaviour: Behaviour = NOTHING_KNOWN) -> Heard:
        """What every voice says of a message in a language that the rulebook knows.

        Args:
            reading: the message, and the opinions on it.
            behaviour: what the thread proves.
        """
        message = reading.message
        words = list(sentences(message.own_words))
        found = self._rules(message.language).find(message.own_words, _chosen(message), words)
        model = self._words[message.language]
        return Heard(
            message,
            tuple(_rule_hit(each, message) for each in found),
            tuple(hits(behaviour, self._rulebook.behaviours)),
            weigh_words(model, words) if model else None,
            reading.polarity,
            reading.opinion,
        )

    def recall(
        self,
        message: Message,
        found: Iterable[Found],
        words: Weighed | None,
        polarity: Polarity | None,
        behaviour: Behaviour = NOTHING_KNOWN,
    ) -> Heard:
        """What `hear` would say of a message on which there is no opinion yet, by what was found out before.

        Args:
            message: of which the language counts; without its words, hits have no quotes.
            found: this rulebook's rules that hold, in its order.
        """
        rules = tuple(_rule_hit(each, message) for each in found)
        facts = tuple(hits(behaviour, self._rulebook.behaviours))
        return Heard(message, rules, facts, words, polarity, None)

    def _in_band(self, heard: Heard, weighing: Weighing) -> bool:
        low, high = weighing.reader.band
        others = sum(hit.points for hit in self._hits(heard, weighing) if hit.rule != voices.READER)
        return low <= others <= high

    def _hits(self, heard: Heard, weighing: Weighing) -> tuple[Hit, ...]:
        """Every voice's hits, weighed; the strongest first."""
        others: list[Hit | None] = []
        if heard.words is not None:
            tone = self._nearest(heard.words.heat)
            others.append(voices.words_hit(heard.words, weighing, tone))
        if heard.polarity is not None:
            others.append(voices.polarity_hit(heard.polarity, weighing.polarity))
        if heard.opinion is not None:
            tone = self._nearest(heard.opinion.heat)
            own_words = heard.message.own_words
            others.append(voices.reader_hit(heard.opinion, weighing.reader, tone, own_words))
        found = [*heard.rules, *heard.facts, *(hit for hit in others if hit is not None)]
        return tuple(sorted(found, key=lambda hit: (-abs(hit.points), hit.rule)))

    def _verdict(self, heard: Heard, weighing: Weighing) -> Verdict:
        found = self._hits(heard, weighing)
        score = sum(hit.points for hit in found)
        threshold = self._rulebook.threshold or voices.threshold(weighing, self._flags)
        heat = self._heat(heard, weighing)
        if score < threshold or heat is None:
            return Verdict(score, threshold, found, None, ())
        cues = self._cues(heard, weighing)
        about = voices.surest(heard.rules, heard.opinion, weighing.reader.cues)
        tone = self._nearest(heat)
        return Verdict(score, threshold, found, tone, cues, about if about in cues else "")

    def _cues(self, heard: Heard, weighing: Weighing) -> tuple[str, ...]:
        """What the thread proves, first; then what rules and reader name together."""
        proven = [cue for hit in heard.facts if hit.points > 0 for cue in hit.cues]
        ranked = sorted(heard.rules, key=lambda hit: -hit.points)
        named = [cue for hit in ranked if hit.points > 0 for cue in hit.cues]
        others = voices.cues(named, heard.opinion, weighing.reader.cues)
        return tuple(dict.fromkeys((*proven, *others)))

    def _heat(self, heard: Heard, weighing: Weighing) -> float | None:
        """The tone as a number, by everybody who names one; None where nobody does."""
        said = [
            (weighing.heat.rules, self._hottest(heard.rules + heard.facts)),
            (weighing.heat.words, heard.words.heat if heard.words else None),
            (weighing.heat.reader, heard.opinion.heat if heard.opinion else None),
        ]
        counting = [(weight, heat) for weight, heat in said if weight > 0 and heat is not None]
        total = sum(weight for weight, _ in counting)
        return sum(weight * heat for weight, heat in counting) / total if total else None

    def _hottest(self, found: tuple[Hit, ...]) -> int | None:
        rulebook = self._rulebook
        toned = ((rulebook.tone(hit.tone).heat, hit.points) for hit in found if hit.tone)
        return voices.hottest(toned, [tone.heat for tone in rulebook.tones], rulebook.evidence)

    def _nearest(self, heat: float) -> Tone:
        return min(self._rulebook.tones, key=lambda tone: abs(tone.heat - heat))


def _chosen(message: Message) -> str:
    """The subject, where its writer chose it."""
    return "" if message.is_answer else message.subject


def _rule_hit(found: Found, message: Message) -> Hit:
    text = message.subject if found.where == "subject" else message.own_words
    rule = found.rule
    return Hit(
        rule=rule.id,
        points=rule.points,
        quote=" ".join(text[found.span[0] : found.span[1]].split()),
        where=found.where,
        span=found.span,
        tone=rule.tone,
        cues=rule.cues,
        describe=rule.describe,
    )
