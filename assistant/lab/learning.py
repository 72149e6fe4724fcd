"""What corrected mail teaches: other points for rules, phrases that separate, another budget. Pure.

Scores add up, so a change of points moves the score of each message in which the rule was heard, and of no other.
Changes are taken one after another, the most useful first, and only as many as help. What is proposed must also cost
less on senders that it was not learned from (cross-validation, folds by sender), by more than may be chance, and make no
more mistakes there.

What the reader would say of a message that it was not asked about stays out of this: the proposal's effect is an estimate
until the mail is judged by it (`assistant try`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import product

from assistant.lab.proposal import (
    A_MISS,
    FOLDS,
    NEEDS,
    NOTHING,
    Count,
    Learned,
    Needs,
    Proposal,
    Sample,
    Shortage,
)
from assistant.lab.steps import Steps
from assistant.lab.vocabulary import with_phrases

BUDGETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""The values of ``flags_per_1000`` that may be proposed."""


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
    if short or not before.mistakes:
        return nothing
    known = with_phrases(known, needs.within_a_fold().phrase_senders)
    best: tuple[Proposal, Count] | None = None
    steps: _Taken = {}
    for kinds in _KINDS:
        fit = _fitter(kinds, points, budget, steps)
        proposal = fit(known, needs)
        if proposal.empty or not _enough(known, proposal, needs):
            continue
        by_sender = cross_validated(known, lambda s, f=fit: f(s, needs.within_a_fold()))  # type: ignore[misc]
        validated = sum(by_sender.values(), Count())
        least = best[1].cost if best else before.cost
        better = validated.cost < least and validated.mistakes <= before.mistakes
        if better and not _by_chance(known, by_sender):
            best = proposal, validated
    if best is None:
        return nothing
    return Learned(best[0], (), before, best[1], count(known, best[0]), senders)


def shortages(samples: Sequence[Sample], needs: Needs = NEEDS) -> tuple[Shortage, ...]:
    """Of what there is too little to learn anything."""
    mistaken = [each for each in samples if each.mistaken]
    unhappy = sum(each.unhappy for each in samples)
    there = []
    if mistaken:  # else all is well, which is no shortage
        senders = len({each.sender for each in mistaken})
        there += [
            Shortage("messages that were judged wrongly", len(mistaken), needs.mistakes),
            Shortage("senders of these", senders, needs.senders),
        ]
    there += [
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
) -> dict[str, Count]:
    """By sender: each message judged by what was learned without any of its sender's."""
    mail = _by_sender(samples)
    found: dict[str, Count] = {}
    for fold in folds(samples):
        proposal = fit([each for each in samples if each.sender not in fold])
        found |= {sender: count(mail[sender], proposal) for sender in fold}
    return found


def _by_chance(samples: Iterable[Sample], validated: Mapping[str, Count]) -> bool:
    """Whether what is gained may as well be chance: senders for whom it is better, and others for whom it is worse."""
    mail = _by_sender(samples)
    gains = [count(mail[name], NOTHING).cost - each.cost for name, each in validated.items()]
    return sum(gains) < SURE * math.sqrt(sum(gain * gain for gain in gains))


def _by_sender(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for each in samples:
        found[each.sender].append(each)
    return found


def folds(samples: Iterable[Sample]) -> list[frozenset[str]]:
    """Senders in up to ten groups; those of whom something was judged wrongly are spread over all of them."""
    mistakes: Counter[str] = Counter()
    for each in samples:
        mistakes[each.sender] += each.mistaken
    ordered = sorted(mistakes, key=lambda name: (-mistakes[name], _shuffled(name)))
    return [frozenset(ordered[at::FOLDS]) for at in range(min(FOLDS, len(ordered)))]


_KINDS = sorted(product((True, False), repeat=3), key=sum)[1:]
"""Which of points, phrases and budget may change: the fewest first, and of as many, what touches the least mail."""


SURE = 1.4
"""Standard errors that a gain must be away from nothing: so far are two senders whose mail is put right, and none whose
mail is not; the sender is the unit, not the message."""
_Taken = dict[tuple[bool, bool, Needs, frozenset[str]], Proposal]
"""What was found already: by what may change, how much is enough, and whose mail taught it."""


def _fitter(
    kinds: tuple[bool, ...], points: Mapping[str, int], budget: float, known: _Taken
) -> Callable[[Sequence[Sample], Needs], Proposal]:
    of_points, of_phrases, of_budget = kinds

    def fit(samples: Sequence[Sample], needs: Needs) -> Proposal:
        key = of_points, of_phrases, needs, frozenset(each.sender for each in samples)
        if key not in known:
            steps = Steps(samples)
            if of_points:
                steps.offer_points(points, needs)
            if of_phrases:
                steps.offer_phrases(needs)
            known[key] = steps.taken()
        found = known[key]
        return _with_budget(samples, found, budget, needs) if of_budget else found

    return fit


def _with_budget(
    samples: Sequence[Sample], proposal: Proposal, budget: float, needs: Needs
) -> Proposal:
    """With the budget that costs least.

    A larger one is for mail that is calmer than what thresholds were fitted on: it may flag no more content writers
    than the present one allows. How many mistakes of each kind are made says little where labels were picked.
    It moves the line for all mail, so it must gain more than one client weighs whom nobody here stands for.
    """
    fine = [each for each in samples if not each.unhappy]
    if len(fine) < needs.fine_for_budget or not all(each.budgets for each in samples):
        return proposal
    best, least = proposal, count(samples, proposal).cost - A_MISS
    for each in sorted(BUDGETS, key=lambda b: (abs(b - budget), b)):
        changed = Proposal(proposal.points, proposal.phrases, each)
        found = count(samples, changed)
        within = each < budget or 1000 * found.wrong <= budget * len(fine)
        if each != budget and within and found.cost < least:
            best, least = changed, found.cost
    return best


def _enough(samples: Iterable[Sample], proposal: Proposal, needs: Needs) -> bool:
    """Whether a proposal puts enough right, from enough senders."""
    righted = [each for each in samples if each.mistaken and each.unhappy == proposal.flags(each)]
    return len(righted) >= needs.mistakes and len({e.sender for e in righted}) >= needs.senders


def _order(sample: Sample) -> tuple[object, ...]:
    return (
        sample.id,
        sample.sender,
        sample.unhappy,
        sample.score,
        sample.texts,
        sorted(sample.phrases),
    )


def _shuffled(name: str) -> str:
    """An order that has nothing to do with the name."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()
