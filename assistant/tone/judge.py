"""Adds up what speaks for an unhappy writer, and names the tone. Pure.

The score is the sum of the hits and nothing else; whole numbers, so that the sum is exact. A
rule counts once for a message, at its first place in the writer's own words, or else in the
subject where the writer chose it (not in an answer's inherited one).
"""

from __future__ import annotations

from assistant.model import Hit, Message, Polarity, RuleBook, Tone, Verdict
from assistant.tone.phrases import Found, PhraseRules

POLARITY_RULE = "textblob-polarity"


class Judge:
    """Judges messages by one rulebook. Immutable; safe to share between threads."""

    def __init__(self, rulebook: RuleBook) -> None:
        self._rulebook = rulebook
        self._by_language = {
            lexicon.language: PhraseRules(
                tuple(rule for rule in rulebook.rules if rule.language == lexicon.language),
                lexicon,
            )
            for lexicon in rulebook.lexicons
        }

    def knows(self, language: str) -> bool:
        """Whether there are rules for a language; without, a message is not judged."""
        return language in self._by_language

    def judge(self, message: Message, polarity: Polarity | None) -> Verdict:
        """The verdict on a message in a language that the rulebook knows."""
        rules = self._by_language[message.language]
        subject = "" if message.is_answer else message.subject
        hits = [_hit(each, message) for each in rules.find(message.own_words, subject)]
        if polarity is not None and (hit := self._polarity_hit(polarity)):
            hits.append(hit)
        hits.sort(key=lambda hit: (-abs(hit.points), hit.rule))
        return self._verdict(tuple(hits))

    def _polarity_hit(self, polarity: Polarity) -> Hit | None:
        weight = self._rulebook.polarity
        points = max(-weight.cap, min(weight.cap, round(-polarity.value * weight.points)))
        if points == 0:
            return None
        return Hit(
            rule=POLARITY_RULE,
            points=points,
            quote=", ".join(polarity.words),
            where="body",
            span=(0, 0),
            tone="",
            cues=(),
            describe=f"TextBlob finds the words {'negative' if points > 0 else 'positive'} ({polarity.value:+.2f})",
        )

    def _verdict(self, hits: tuple[Hit, ...]) -> Verdict:
        score = sum(hit.points for hit in hits)
        threshold = self._rulebook.threshold
        if score < threshold or not any(hit.tone for hit in hits):
            return Verdict(score, threshold, hits, None, ())
        cues = tuple(dict.fromkeys(cue for hit in hits if hit.points > 0 for cue in hit.cues))
        return Verdict(score, threshold, hits, self._tone(hits), cues)

    def _tone(self, hits: tuple[Hit, ...]) -> Tone:
        """The hottest tone for which enough points speak, counting hotter hits too."""
        rulebook = self._rulebook
        toned = [(rulebook.tone(hit.tone), hit.points) for hit in hits if hit.tone]
        for tone in reversed(rulebook.tones):
            if sum(points for each, points in toned if each.heat >= tone.heat) >= rulebook.evidence:
                return tone
        return max((tone for tone, _ in toned), key=lambda tone: tone.heat)


def _hit(found: Found, message: Message) -> Hit:
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
