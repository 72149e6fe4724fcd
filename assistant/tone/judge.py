"""Adds up what speaks for an unhappy writer, and names the tone. Pure.

The score is the sum of the hits and nothing else; whole numbers, so that the sum is exact. A
rule counts once for a message, at its first place in the writer's own words, or else in the
subject where the writer chose it (not in an answer's inherited one).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.model import Hit, Lexicon, Message, Polarity, Rule, RuleBook, Tone, Verdict
from assistant.tone.automaton import Automaton, Match
from assistant.tone.grammar import PhraseError
from assistant.tone.tokens import Word, normalise, sentences

NEGATION_REACH = 3
"""How many words before a phrase a negator still takes its hit away, within its clause."""
POLARITY_RULE = "textblob-polarity"


@dataclass(frozen=True, slots=True)
class _Found:
    rule: Rule
    where: str
    span: tuple[int, int]


class PhraseRules:
    """The rules of one language, compiled.

    Raises:
        PhraseError: naming the rule and phrase that can't be read.
    """

    def __init__(self, rules: tuple[Rule, ...], lexicon: Lexicon) -> None:
        self._rules = rules
        # The last word of each, so that "don't" stands for its "not".
        self._negators = frozenset(normalise(negator)[-1] for negator in lexicon.negators)
        owners = [(2 * i, phrase) for i, rule in enumerate(rules) for phrase in rule.phrases]
        owners += [(2 * i + 1, phrase) for i, rule in enumerate(rules) for phrase in rule.unless]
        self._automaton = Automaton(owners, lexicon.classes)

    def find(self, text: str, where: str = "body") -> Iterator[_Found]:
        """Each rule that holds in the text, once, at its first place."""
        seen: set[int] = set()
        for words in sentences(text):
            matches = self._automaton.find(words)
            barred = {match.owner // 2 for match in matches if match.owner % 2}
            for match in sorted(matches, key=lambda m: (m.start, -m.end)):
                number, condition = divmod(match.owner, 2)
                if condition or number in barred or number in seen:
                    continue
                rule = self._rules[number]
                if rule.negation == "cancels" and self._negated(words, match):
                    continue
                seen.add(number)
                yield _Found(rule, where, (words[match.start].start, words[match.end - 1].end))

    def _negated(self, words: tuple[Word, ...], match: Match) -> bool:
        first = words[match.start]
        before = words[max(0, match.start - NEGATION_REACH) : match.start]
        return any(w.text in self._negators and w.clause == first.clause for w in before)


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
        found = (
            {}
            if message.is_answer
            else {f.rule.id: f for f in rules.find(message.subject, "subject")}
        )
        for each in rules.find(message.own_words):
            found[each.rule.id] = each
        hits = [_hit(each, message) for each in found.values()]
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


def _hit(found: _Found, message: Message) -> Hit:
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


__all__ = ["POLARITY_RULE", "Judge", "PhraseError", "PhraseRules"]
