"""What `learn` learns from and what it proposes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.lab.separating import Separating

FOLDS = 10
"""Groups of senders in cross-validation."""


A_MISS = 5
"""Wrong flags that weigh as much as a missed unhappy client: those cost a minute each, this costs the client."""


@dataclass(frozen=True, slots=True)
class Needs:
    """How much evidence is enough."""

    mistakes: int = 2
    """Messages that were judged wrongly; as many must be put right."""
    senders: int = 2
    """Who wrote these."""
    each: int = 3
    """Messages of unhappy writers, and of others."""
    phrase_messages: int = 3
    phrase_senders: int = 3
    fine_for_budget: int = 200
    """Messages of content writers from which a budget can be told."""

    def within_a_fold(self) -> Needs:
        """One sender is on the other side there."""
        return Needs(1, 1, 1, 2, 2, self.fine_for_budget * (FOLDS - 2) // FOLDS)


NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Sample:
    """One message of which the truth is known, as it is judged now."""

    id: str
    sender: str
    """Any name for who wrote it; the same for all of theirs."""
    language: str
    unhappy: bool
    score: int
    threshold: int
    rules: frozenset[str]
    """The ids of the rules that hold."""
    phrases: frozenset[str] = frozenset()
    """What could be looked for in it; see :func:`assistant.lab.separating.phrases_of`."""
    texts: tuple[str, ...] = ()
    """In place of the phrases, what they are found in; see :mod:`assistant.lab.vocabulary`."""
    names: frozenset[str] = frozenset()
    """Words that are people's names there: no phrase of the texts with one of them is looked at."""
    fresh: int | None = None
    """How many phrases its sender had not used before it, where not all of them are kept."""
    budgets: tuple[tuple[float, int], ...] = ()
    """Budget -> the threshold that it would mean; empty where the user set a threshold."""

    @property
    def mistaken(self) -> bool:
        return self.unhappy != (self.score >= self.threshold)


@dataclass(frozen=True, slots=True)
class Points:
    """Other points for a rule; 0 turns it off."""

    rule: str
    before: int
    after: int
    messages: int
    """In how many wrongly judged messages it was heard on the side that the change helps."""
    senders: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that separates."""

    language: str
    text: str
    points: int
    found: Separating


@dataclass(frozen=True, slots=True)
class Count:
    """How messages were judged."""

    right: int = 0
    """Unhappy, and flagged."""
    wrong: int = 0
    """Content, and flagged."""
    missed: int = 0
    """Unhappy, and not flagged."""
    passed: int = 0
    """Content, and not flagged."""

    @property
    def mistakes(self) -> int:
        return self.wrong + self.missed

    @property
    def cost(self) -> int:
        """In wrong flags."""
        return self.wrong + A_MISS * self.missed

    def __add__(self, other: Count) -> Count:
        return Count(
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.passed + other.passed,
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A patch of the rules."""

    points: tuple[Points, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    flags_per_1000: float | None = None
    """Another budget; None: as it is."""

    @property
    def empty(self) -> bool:
        return not (self.points or self.phrases or self.flags_per_1000)

    def score(self, sample: Sample) -> int:
        """A message's score by it."""
        moved = sum(each.after - each.before for each in self.points if each.rule in sample.rules)
        found = (p for p in self.phrases if p.language == sample.language)
        return sample.score + moved + sum(p.points for p in found if p.text in sample.phrases)

    def flags(self, sample: Sample) -> bool:
        """Whether it flags a message."""
        return self.score(sample) >= _threshold(sample, self.flags_per_1000)


NOTHING = Proposal()


@dataclass(frozen=True, slots=True)
class Shortage:
    """Of what there is too little."""

    what: str
    there: int
    needed: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it."""

    proposal: Proposal
    """Empty where nothing helps, or there is too little to learn from."""
    shortages: tuple[Shortage, ...]
    before: Count
    """All messages as they are judged now."""
    validated: Count
    """Each judged by what was learned from other senders; as `before` where nothing is proposed."""
    fitted: Count
    """All by the proposal, which has seen them."""
    senders: int


def _threshold(sample: Sample, budget: float | None) -> int:
    return sample.threshold if budget is None else dict(sample.budgets)[budget]
