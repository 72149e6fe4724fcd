"""Phrases by which unhappy writers and others can be told apart. Pure.

Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis
16(4), equations 15 to 22): the prior is what all of the mail says, so that a word that everybody uses, or that hardly
anybody does, has to show more. A sender is counted once for a phrase: what one client writes in each letter is their
manner, not a sign.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from assistant.tone.tokens import normalise, sentences

LONGEST = 3
"""Words of a phrase."""
LETTERS = 6
"""A shorter phrase is as good as always a word that says nothing."""
LONGEST_LETTERS = 60
"""What is longer is no words that people write; so is a line of Chinese, which has no spaces."""
PRIOR = 0.25
"""The weight of the prior, as a share of the mail itself."""
SURE = 1.96
"""Standard deviations that the log-odds must be away from 0."""
MOST = 40
"""Phrases that are given back, the surest."""

Text = tuple[str, bool, frozenset[str], int | None]
"""Sender, whether unhappy, phrases, and how many the sender had not used before; None: all are given, so count them."""


@dataclass(frozen=True, slots=True)
class Separating:
    """A phrase, and where it stands."""

    text: str
    unhappy: bool
    """Whether it speaks for an unhappy writer."""
    messages: int
    """That have it, of the writers it speaks for."""
    senders: int
    """Of these messages."""
    others: int
    """Messages that have it, of the other writers."""
    sureness: float
    """How many standard deviations the log-odds are away from 0."""


def phrases_of(texts: Iterable[str]) -> frozenset[str]:
    """What rules could look for: runs of up to three words within a sentence, as rules see them."""
    return frozenset(phrase for text in texts for phrase in _runs(text))


def _runs(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        words = [word.text for word in sentence]
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                run = words[start:end]
                letters = sum(map(len, run))
                # "im" of "l'im" would be read as "i am" in a rule.
                if (
                    not run[-1].isalpha()
                    or letters > LONGEST_LETTERS
                    or len(normalise(run[-1])) > 1
                ):
                    break
                if letters >= LETTERS:
                    yield " ".join(run)


def separating(
    texts: Sequence[Text], wanted: Set[str], messages: int, senders: int
) -> list[Separating]:
    """The phrases that separate, the surest first.

    Args:
        texts: of one language.
        wanted: those that are looked at.
        messages: that must have it, of the writers it speaks for.
        senders: of these.
    """
    said: dict[bool, dict[str, set[str]]] = {True: defaultdict(set), False: defaultdict(set)}
    within: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    everything: dict[tuple[bool, str], set[str]] = defaultdict(set)
    counted = Counter[bool]()
    for sender, unhappy, phrases, fresh in texts:
        if fresh is None:
            everything[unhappy, sender] |= phrases
        else:
            counted[unhappy] += fresh
        for phrase in phrases & wanted:
            said[unhappy][phrase].add(sender)
            within[unhappy][phrase] += 1
    sizes = {
        side: sum(
            (len(each) for (where, _), each in everything.items() if where is side), counted[side]
        )
        for side in (True, False)
    }
    found = []
    for phrase in sorted(wanted):
        counts = (len(said[True].get(phrase, ())), len(said[False].get(phrase, ())))
        sureness = _log_odds(counts, (sizes[True], sizes[False]))
        side = sureness > 0
        enough = within[side][phrase] >= messages and counts[not side] >= senders
        if abs(sureness) >= SURE and enough:
            found.append(
                Separating(
                    phrase,
                    side,
                    within[side][phrase],
                    counts[not side],
                    within[not side][phrase],
                    sureness,
                )
            )
    return sorted(found, key=lambda each: (-abs(each.sureness), each.text))[:MOST]


def _log_odds(counts: tuple[int, int], sizes: tuple[int, int]) -> float:
    """The difference of a phrase's log-odds on the two sides, by its standard deviation."""
    total, whole = sum(counts), sum(sizes)
    if not total:
        return 0
    prior, mass = PRIOR * total, PRIOR * whole
    odds, variance = [], 0.0
    for here, size in zip(counts, sizes, strict=True):
        rest = max(size + mass - here - prior, 1e-9)
        odds.append(math.log((here + prior) / rest))
        variance += 1 / (here + prior)
    return (odds[0] - odds[1]) / math.sqrt(variance)
