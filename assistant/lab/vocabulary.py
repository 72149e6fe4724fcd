"""Samples with those of their phrases that could ever be proposed: the others are counted, not kept. Pure.

A message of 400 words has 1,200 phrases. Of 10,000 messages that is a gigabyte, and nearly all of it is said once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from assistant.lab.proposal import Sample
from assistant.lab.separating import phrases_of


def with_phrases(samples: Sequence[Sample], senders: int) -> list[Sample]:
    """The samples in their order; those that have texts, with phrases in their place.

    Args:
        senders: how many of one kind must have a phrase, at the least, for it to be kept.
    """
    wanted: dict[str, dict[str, str]] = defaultdict(dict)  # each phrase is held once
    groups: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for at, each in enumerate(samples):
        groups[each.language, each.sender, each.unhappy].append(at)
        if each.mistaken:
            wanted[each.language] |= {
                phrase: phrase
                for phrase in phrases_of(each.texts)
                if each.names.isdisjoint(phrase.split())
            }
    found, counts = list(samples), Counter[tuple[str, bool, str]]()
    for (language, _, unhappy), group in groups.items():
        said: set[str] = set()
        for at in group:
            if samples[at].texts:
                phrases, before = phrases_of(samples[at].texts), len(said)
                said |= phrases
                known = wanted[language]
                here = frozenset(
                    known[each]
                    for each in phrases
                    if each in known and samples[at].names.isdisjoint(each.split())
                )
                found[at] = replace(samples[at], texts=(), phrases=here, fresh=len(said) - before)
        counts.update((language, unhappy, phrase) for phrase in said & wanted[language].keys())
    enough = {(language, phrase) for (language, _, phrase), n in counts.items() if n >= senders}
    return [
        each
        if each.fresh is None
        else replace(
            each, phrases=frozenset(p for p in each.phrases if (each.language, p) in enough)
        )
        for each in found
    ]
