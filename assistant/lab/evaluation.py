"""Verdicts against labels: the figures, by language, which tone was taken for which, and the worst mistakes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from assistant.lab import figures
from assistant.lab.figures import Figure, Scored
from assistant.lab.intervals import Measure, measured
from assistant.lab.labelled import Row
from assistant.model import Message, Outcome, Tone

FIGURES: Mapping[str, Figure] = {
    "precision": figures.precision,
    "recall": figures.recall,
    "f1": figures.f1,
    "auc": figures.auc,
    "false_flags_per_1000": figures.false_flags,
    "tone_exact": figures.tone_exact,
    "tone_within_one": figures.tone_near,
    "tone_kappa": figures.kappa,
}
"""What is measured; the names are part of the interface."""
NOT_FLAGGED, NO_TONE, CONTENT = "not flagged", "no tone given", "fine"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A message that was judged otherwise than its label says."""

    row: Row
    distance: float
    """Points from the threshold; minus infinity where it was not judged."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured on some of the messages."""

    messages: int
    unhappy: int
    flagged: int
    figures: Mapping[str, Measure]

    @property
    def content(self) -> int:
        """How many are not unhappy."""
        return self.messages - self.unhappy


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured on all."""

    whole: Part
    languages: Mapping[str, Part]
    """The language with most messages first."""
    confusion: Mapping[str, Mapping[str, int]]
    """True tone (or :data:`NO_TONE`, :data:`CONTENT`) -> named one (or :data:`NOT_FLAGGED`) -> how many;
    every tone of the rulebook is on both sides."""
    misses: tuple[Mistake, ...]
    """Unhappy and not flagged, furthest below the threshold first; as many as were asked for."""
    false_flags: tuple[Mistake, ...]
    """Content and flagged, furthest above it first."""


@dataclass(slots=True)
class Tally:
    """Messages judged so far, without their words.

    Args:
        tones: the rulebook's.
        mistakes: how many of the worst are kept of each kind.
    """

    tones: Sequence[Tone]
    mistakes: int
    unlabelled: int = 0
    _scored: list[tuple[str, Scored]] = field(default_factory=list)
    _misses: list[Mistake] = field(default_factory=list)
    _false: list[Mistake] = field(default_factory=list)

    def add(self, row: Row, message: Message, outcome: Outcome) -> None:
        """Count one; a row without label is counted as such and measured in nothing."""
        if row.label is None:
            self.unlabelled += 1
            return
        heats = {tone.id: tone.heat for tone in self.tones}
        verdict = outcome.verdict
        # By its distance from the threshold: languages have different ones.
        score = float(verdict.score - verdict.threshold) if verdict else -inf
        flagged = verdict is not None and verdict.dissatisfied
        named = verdict.tone.heat if verdict and verdict.tone else None
        unhappy = row.label.dissatisfied
        scored = Scored(row.id, unhappy, score, flagged, heats.get(row.label.tone), named)
        self._scored.append((row.language or message.language, scored))
        if unhappy != flagged:
            worst = self._misses if unhappy else self._false
            worst.append(Mistake(row, score))
            worst.sort(key=lambda each: each.distance if unhappy else -each.distance)
            del worst[self.mistakes :]

    def evaluation(self) -> Evaluation | None:
        """What was measured; None where nothing with a label was judged."""
        if not self._scored:
            return None
        languages: dict[str, list[Scored]] = {}
        for language, scored in self._scored:
            languages.setdefault(language, []).append(scored)
        whole = [scored for _, scored in self._scored]
        return Evaluation(
            _part(whole),
            {
                language: _part(its)
                for language, its in sorted(languages.items(), key=lambda pair: -len(pair[1]))
            },
            self._confusion(whole),
            tuple(self._misses),
            tuple(self._false),
        )

    def _confusion(self, scored: Iterable[Scored]) -> dict[str, dict[str, int]]:
        by_heat = {tone.heat: tone.id for tone in self.tones}
        names = [tone.id for tone in self.tones]
        counts = {
            true: dict.fromkeys((*names, NOT_FLAGGED), 0) for true in (*names, NO_TONE, CONTENT)
        }
        for each in scored:
            unhappy = by_heat[each.tone] if each.tone is not None else NO_TONE
            named = by_heat[each.named] if each.named is not None else NOT_FLAGGED
            counts[unhappy if each.unhappy else CONTENT][named] += 1
        return counts


def _part(scored: Sequence[Scored]) -> Part:
    return Part(
        len(scored),
        sum(each.unhappy for each in scored),
        sum(each.flagged for each in scored),
        measured(FIGURES, scored),
    )
