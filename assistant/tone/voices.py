"""What each voice beside the rules says, as hits with points. Pure.

Weights come from a fitted file; an opinion times its weight, rounded and capped, is its points, so
that the hits add up exactly to the score.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from assistant.model import CueWeights, Hit, Opinion, Polarity, ReaderWeight, Tone, Weighing, Weight
from assistant.tone.words import Weighed

POLARITY = "textblob-polarity"
WORDS = "words"
READER = "reader"
SURE_ODDS = 1.0
"""Log-odds from which the reader's surest cue is spoken of."""
SURE_POINTS = 100
"""The same in points of rules, where the reader was not asked."""
SHORT = 20
"""Words up to which a text loses nothing for its length."""
BRIEF = 15
"""Words below which a text says little for its writer's content: "Go to hell" has no angry words."""


def words_margin(weighed: Weighed) -> float:
    """The words' log-odds; those of a brief text that speak for content count by its length."""
    if weighed.margin < 0:
        return weighed.margin * min(1, weighed.length / BRIEF)
    return weighed.margin


def doublings(length: int) -> float:
    """How often a text has doubled beyond what loses nothing for its length."""
    return math.log2(max(length, SHORT) / SHORT)


def words_points(margin: float, length: int, weighing: Weighing) -> int:
    """What a margin of the words is worth in a text of so many words."""
    weight = weighing.words
    points = _within(-3 * weight.cap, margin * weight.points, weight.cap)
    return points - round(doublings(length) * weighing.length)


def polarity_points(value: float, weight: Weight) -> int:
    """What TextBlob's polarity is worth."""
    return _within(-weight.cap, -value * weight.points, weight.cap)


def reader_points(heads: Iterable[tuple[str, float]], weight: ReaderWeight) -> int:
    """What the log-odds of the reader's heads are worth."""
    said = {head: max(-weight.sure, min(weight.sure, odds)) for head, odds in heads}
    return round(sum(said.get(head, 0) * each for head, each in weight.heads))


def hottest(toned: Iterable[tuple[int, int]], heats: Sequence[int], evidence: int) -> int | None:
    """The hottest of these heats for which enough points speak, counting hotter hits too.

    Args:
        toned: heat and points of each hit that names a tone.
        heats: those there are, mildest first.
        evidence: how many points are enough; where none has them, the hottest hit counts.
    """
    known = list(toned)
    for heat in reversed(heats):
        if sum(points for each, points in known if each >= heat) >= evidence:
            return heat
    return max((heat for heat, _ in known), default=None)


def surest(found: Iterable[Hit], opinion: Opinion | None, weight: CueWeights) -> str:
    """The one cue that a reply may speak of: by reader and rules where the reader was asked, else by
    the points of the rules that name it. Empty where none is sure enough: a wrong word is worse than none.
    """
    points: Counter[str] = Counter()
    for hit in found:
        for cue in hit.cues if hit.points > 0 else ():
            points[cue] += hit.points // len(hit.cues)
    if opinion is not None and opinion.cues:
        heard = {cue: odds + weight.rules * (cue in points) for cue, odds in opinion.cues}
        cue = max(heard, key=lambda each: heard[each])
        return cue if heard[cue] >= SURE_ODDS else ""
    cue = max(points, key=lambda each: points[each], default="")
    return cue if points[cue] >= SURE_POINTS else ""


def cues(named: Iterable[str], opinion: Opinion | None, weight: CueWeights) -> tuple[str, ...]:
    """What the writer is unhappy about, the surest first: named by rules, heard by the reader."""
    by_rules = dict.fromkeys(named)
    least = dict(weight.least)
    heard = dict(opinion.cues) if opinion else {}
    sure = {cue: heard[cue] + weight.rules * (cue in by_rules) - least[cue]
            for cue in heard if cue in least}  # fmt: skip
    alone = {cue: 0.0 for cue in by_rules if cue not in sure}
    found = sorted((sure | alone).items(), key=lambda item: -item[1])
    return tuple(cue for cue, odds in found if odds >= 0)


def words_hit(weighed: Weighed, weighing: Weighing, tone: Tone) -> Hit | None:
    """What the words say, with the strongest of them, for a text of its length."""
    points = words_points(words_margin(weighed), weighed.length, weighing)
    kind = "an unhappy client's" if points > 0 else "ordinary mail's"
    quote = ", ".join(weighed.strongest) if (weighed.margin > 0) == (points > 0) else ""
    return _hit(WORDS, points, quote, (0, 0), tone, f"the words are {kind}")


def polarity_hit(polarity: Polarity, weight: Weight) -> Hit | None:
    """What TextBlob says: negative words speak for an unhappy writer."""
    points = polarity_points(polarity.value, weight)
    kind = "negative" if points > 0 else "positive"
    quote = ", ".join(polarity.words)
    describe = f"TextBlob finds the words {kind} ({polarity.value:+.2f})"
    return _hit(POLARITY, points, quote, (0, 0), None, describe)


def reader_hit(opinion: Opinion, weight: ReaderWeight, tone: Tone, text: str) -> Hit | None:
    """What the reader says, with the sentence that decided."""
    points = reader_points(opinion.heads, weight)
    start, end = opinion.sentence
    quote = " ".join(text[start:end].split())
    kind = "an unhappy client" if points > 0 else "ordinary mail"
    return _hit(READER, points, quote, opinion.sentence, tone, f"reads like {kind}")


def threshold(weighing: Weighing, flags_per_1000: float) -> int:
    """The score from which a message is flagged, so that a budget of flags is kept.

    Between two measured budgets it is interpolated; beyond them, the nearest one counts.
    """
    measured = weighing.thresholds
    for (few, high), (many, low) in pairwise(measured):
        if few <= flags_per_1000 <= many:
            share = (flags_per_1000 - few) / (many - few)
            return round(high + share * (low - high))
    return measured[0][1] if flags_per_1000 < measured[0][0] else measured[-1][1]


def _within(least: int, points: float, most: int) -> int:
    return max(least, min(most, round(points)))


def _hit(
    rule: str, points: int, quote: str, span: tuple[int, int], tone: Tone | None, describe: str
) -> Hit | None:
    if points == 0:
        return None
    named = tone.id if tone is not None and points > 0 else ""
    return Hit(rule, points, quote, "body", span, named, (), describe)
