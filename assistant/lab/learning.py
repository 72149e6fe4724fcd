"""What corrected mail teaches: other points for rules, phrases that separate, another budget. Pure.

Scores add up, so a change of points moves the score of each message in which the rule was heard, and of no other.
Changes are taken one after another, the most useful first, and only as many as help. What is proposed must also make
fewer mistakes on senders that it was not learned from (cross-validation, folds by sender), or it is not proposed.

What the reader would say of a message that it was not asked about stays out of this: the proposal's effect is an estimate
until the mail is judged by it (`assistant try`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import product

from assistant.lab.separating import Separating, separating

BUDGETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""The values of ``flags_per_1000`` that may be proposed."""
FOLDS = 10
MOST_CHANGES = 6
SHARES = (0.75, 0.5, 0.25, 0.0, 1.5)
"""What a rule's points may become, as a share of what they are; 0 turns it off."""
PHRASE_POINTS = (40, 80)
MOST_POINTS = 120
EFFORT = 0.2
"""What each change must gain, in messages judged rightly."""
SHORTFALL = 100
"""So many points beyond the threshold, on the wrong side, count as much as a mistake."""


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


def learn(
    samples: Iterable[Sample], points: Mapping[str, int], budget: float, needs: Needs = NEEDS
) -> Learned:
    """What to propose.

    Args:
        samples: in any order; of two with the same id, one counts.
        points: the rules that may be changed, and what they have.
        budget: flags among 1,000, as it is.
    """
    unique = {each.id: each for each in sorted(samples, key=_order, reverse=True)}
    known = [unique[name] for name in sorted(unique)]
    before, senders = count(known, NOTHING), len({each.sender for each in known})
    short = shortages(known, needs)
    nothing = Learned(NOTHING, short, before, before, before, senders)
    if short:
        return nothing
    best: tuple[Proposal, Count] | None = None
    for kinds in _KINDS:
        fit = _fitter(kinds, points, budget)
        proposal = fit(known, needs)
        if proposal.empty or not _enough(known, proposal, needs):
            continue
        validated = cross_validated(known, lambda s, f=fit: f(s, needs.within_a_fold()))  # type: ignore[misc]
        least = best[1].mistakes if best else before.mistakes
        if validated.mistakes < least:
            best = proposal, validated
    if best is None:
        return nothing
    return Learned(best[0], (), before, best[1], count(known, best[0]), senders)


def shortages(samples: Sequence[Sample], needs: Needs = NEEDS) -> tuple[Shortage, ...]:
    """Of what there is too little to learn anything."""
    mistaken = [each for each in samples if each.mistaken]
    unhappy = sum(each.unhappy for each in samples)
    there = [
        Shortage("messages that were judged wrongly", len(mistaken), needs.mistakes),
        Shortage("senders of these", len({each.sender for each in mistaken}), needs.senders),
        Shortage("messages of unhappy writers", unhappy, needs.each),
        Shortage("messages of content writers", len(samples) - unhappy, needs.each),
    ]
    return tuple(each for each in there if each.there < each.needed)


def count(samples: Iterable[Sample], proposal: Proposal) -> Count:
    """How messages are judged with a proposal."""
    found = Counter((each.unhappy, proposal.flags(each)) for each in samples)
    return Count(found[True, True], found[False, True], found[True, False], found[False, False])


def cross_validated(
    samples: Sequence[Sample], fit: Callable[[Sequence[Sample]], Proposal]
) -> Count:
    """Each message judged by what was learned without any of its sender's."""
    total = Count()
    for fold in folds(samples):
        rest = [each for each in samples if each.sender not in fold]
        total += count([each for each in samples if each.sender in fold], fit(rest))
    return total


def folds(samples: Iterable[Sample]) -> list[frozenset[str]]:
    """Senders in up to ten groups; those of whom something was judged wrongly are spread over all of them."""
    mistakes: Counter[str] = Counter()
    for each in samples:
        mistakes[each.sender] += each.mistaken
    ordered = sorted(mistakes, key=lambda name: (-mistakes[name], _shuffled(name)))
    return [frozenset(ordered[at::FOLDS]) for at in range(min(FOLDS, len(ordered)))]


_KINDS = sorted(product((False, True), repeat=3), key=sum)[1:]
"""Which of points, phrases and budget may change; the simplest first."""


def _fitter(
    kinds: tuple[bool, ...], points: Mapping[str, int], budget: float
) -> Callable[[Sequence[Sample], Needs], Proposal]:
    of_points, of_phrases, of_budget = kinds

    def fit(samples: Sequence[Sample], needs: Needs) -> Proposal:
        steps = _Steps(samples)
        if of_points:
            steps.offer_points(points, needs)
        if of_phrases:
            steps.offer_phrases(needs)
        found = steps.taken()
        return _with_budget(samples, found, budget, needs) if of_budget else found

    return fit


class _Steps:
    """Changes, taken one after another, each the one that gains most."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._scores = [each.score for each in samples]
        self._offers: dict[tuple[str, str], _Offer] = {}

    def offer_points(self, points: Mapping[str, int], needs: Needs) -> None:
        """Rules that were heard in enough of what was judged wrongly."""
        where: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(self._samples):
            for rule in each.rules & points.keys():
                where[rule].append(at)
        for rule in sorted(where):
            before = points[rule]
            for after in _others(before):
                helped = [
                    self._samples[at]
                    for at in where[rule]
                    if self._samples[at].mistaken and self._samples[at].unhappy == (after > before)
                ]
                senders = len({each.sender for each in helped})
                if len(helped) >= needs.mistakes and senders >= needs.senders:
                    change = Points(rule, before, after, len(helped), senders)
                    offer = self._offers.setdefault(("rule", rule), _Offer(where[rule]))
                    offer.deltas[after - before] = change

    def offer_phrases(self, needs: Needs) -> None:
        """Phrases that separate, of those that stand in what was judged wrongly."""
        by_language: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(self._samples):
            by_language[each.language].append(at)
        for language in sorted(by_language):
            here = by_language[language]
            wanted = {p for at in here if self._samples[at].mistaken for p in self._samples[at].phrases}  # fmt: skip
            texts = [
                (self._samples[at].sender, self._samples[at].unhappy, self._samples[at].phrases)
                for at in here
            ]
            found = separating(texts, wanted, needs.phrase_messages, needs.phrase_senders)
            for sign in found:
                where = [at for at in here if sign.text in self._samples[at].phrases]
                offer = self._offers[language, sign.text] = _Offer(where)
                for size in PHRASE_POINTS:
                    delta = size if sign.unhappy else -size
                    offer.deltas[delta] = Phrase(language, sign.text, delta, sign)

    def taken(self) -> Proposal:
        """The changes that help, without those that the others make needless."""
        now: dict[tuple[str, str], int] = {}
        while len(now) < MOST_CHANGES:
            best = max(self._gains(now), default=None)
            if best is None or best[0] <= 0:
                break
            _, _, key, delta = best
            self._move(key, delta)
            now[key] = delta
        for key in list(now):
            before = self._mistakes()
            self._move(key, -now[key])
            if self._mistakes() <= before:
                del now[key]
            else:
                self._move(key, now[key])
        changes = [self._offers[key].deltas[now[key]] for key in sorted(now)]
        return Proposal(
            tuple(each for each in changes if isinstance(each, Points)),
            tuple(each for each in changes if isinstance(each, Phrase)),
        )

    def _gains(
        self, now: Collection[tuple[str, str]]
    ) -> Iterable[tuple[float, int, tuple[str, str], int]]:
        """What each change that is not made yet would gain; of equals, the smaller change is the greater."""
        for key, offer in self._offers.items():
            if key not in now:
                for delta in offer.deltas:
                    gain = sum(self._loss(at, 0) - self._loss(at, delta) for at in offer.where)
                    yield round(gain - EFFORT, 6), -abs(delta), key, delta

    def _loss(self, at: int, delta: int) -> float:
        sample, score = self._samples[at], self._scores[at] + delta
        if sample.unhappy == (score >= sample.threshold):
            return 0
        return 1 + abs(score - sample.threshold) / SHORTFALL

    def _move(self, key: tuple[str, str], delta: int) -> None:
        for at in self._offers[key].where:
            self._scores[at] += delta

    def _mistakes(self) -> int:
        scored = zip(self._samples, self._scores, strict=True)
        return sum(each.unhappy != (score >= each.threshold) for each, score in scored)


@dataclass(slots=True)
class _Offer:
    where: list[int]
    deltas: dict[int, Points | Phrase] = field(default_factory=dict)


def _with_budget(
    samples: Sequence[Sample], proposal: Proposal, budget: float, needs: Needs
) -> Proposal:
    """With the budget that makes fewest mistakes.

    A larger one is for mail that is calmer than what thresholds were fitted on: it may flag no more content writers
    than the present one allows. How many mistakes of each kind are made says little where labels were picked.
    """
    fine = [each for each in samples if not each.unhappy]
    if len(fine) < needs.fine_for_budget or not all(each.budgets for each in samples):
        return proposal
    best, least = proposal, count(samples, proposal).mistakes
    for each in sorted(BUDGETS, key=lambda b: (abs(b - budget), b)):
        changed = Proposal(proposal.points, proposal.phrases, each)
        found = count(samples, changed)
        within = each < budget or 1000 * found.wrong <= budget * len(fine)
        if each != budget and within and found.mistakes < least:
            best, least = changed, found.mistakes
    return best


def _enough(samples: Iterable[Sample], proposal: Proposal, needs: Needs) -> bool:
    """Whether a proposal puts enough right, from enough senders."""
    righted = [each for each in samples if each.mistaken and each.unhappy == proposal.flags(each)]
    return len(righted) >= needs.mistakes and len({e.sender for e in righted}) >= needs.senders


def _threshold(sample: Sample, budget: float | None) -> int:
    return sample.threshold if budget is None else dict(sample.budgets)[budget]


def _others(before: int) -> list[int]:
    """What a rule's points may become: whole tens, and none is raised beyond what the strongest has."""
    tens = {10 * round(before * share / 10) for share in SHARES}
    return sorted(each for each in tens - {before} if abs(each) <= max(abs(before), MOST_POINTS))


def _order(sample: Sample) -> tuple[object, ...]:
    return sample.id, sample.sender, sample.unhappy, sample.score, sorted(sample.phrases)


def _shuffled(name: str) -> str:
    """An order that has nothing to do with the name."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()
