"""Changes of points and new phrases, taken one after another, each the one that gains most. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.lab.proposal import A_MISS, Needs, Phrase, Points, Proposal, Sample
from assistant.lab.separating import separating

MOST_CHANGES = 6
SHARES = (0.75, 0.5, 0.25, 0.0, 1.5)
"""What a rule's points may become, as a share of what they are; 0 turns it off."""
PHRASE_POINTS = (40, 80, 160)
MOST_POINTS = 120
EFFORT = 0.2
"""What each change must gain, in wrong flags."""
SHORTFALL = 100
"""So many points beyond the threshold, on the wrong side, count as much as a mistake."""
CLEAR = 10
"""What is this many points on the right side of the threshold is clearly there; what has just passed it counts half
a mistake, for the next such message will be on the other side."""


class Steps:
    """Changes, taken one after another, each the one that gains most."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._beyond = [
            (each.score - each.threshold) * (1 if each.unhappy else -1) for each in samples
        ]
        """How many points each is on the right side of the threshold."""
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
                (each.sender, each.unhappy, each.phrases, each.fresh)
                for each in map(self._samples.__getitem__, here)
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
            before = self._cost()
            self._move(key, -now[key])
            if self._cost() <= before:
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
                    gain = self._gain(offer.where, delta)
                    yield round(gain - EFFORT, 6), -abs(delta), key, delta

    def _gain(self, where: Iterable[int], delta: int) -> float:
        gain, far = 0.0, CLEAR + abs(delta)
        for at in where:
            if (before := self._beyond[at]) < far:  # else it stays clearly on the right side
                unhappy = self._samples[at].unhappy
                after = before + (delta if unhappy else -delta)
                gain += _loss(before, unhappy=unhappy) - _loss(after, unhappy=unhappy)
        return gain

    def _move(self, key: tuple[str, str], delta: int) -> None:
        for at in self._offers[key].where:
            self._beyond[at] += delta if self._samples[at].unhappy else -delta

    def _cost(self) -> int:
        both = zip(self._samples, self._beyond, strict=True)
        wrong = [each for each, beyond in both if not _right(beyond, unhappy=each.unhappy)]
        return sum(A_MISS if each.unhappy else 1 for each in wrong)


def _right(beyond: int, *, unhappy: bool) -> bool:
    return beyond >= 0 if unhappy else beyond > 0


def _loss(beyond: int, *, unhappy: bool) -> float:
    weight = A_MISS if unhappy else 1
    if _right(beyond, unhappy=unhappy):
        return weight * max(0, CLEAR - beyond) / CLEAR / 2
    return weight * (1 - beyond / SHORTFALL)


@dataclass(slots=True)
class _Offer:
    where: list[int]
    deltas: dict[int, Points | Phrase] = field(default_factory=dict)


def _others(before: int) -> list[int]:
    """What a rule's points may become: whole tens, and none is raised beyond what the strongest has."""
    tens = {10 * round(before * share / 10) for share in SHARES}
    return sorted(each for each in tens - {before} if abs(each) <= max(abs(before), MOST_POINTS))
