"""New texts from those at hand: a mail within another, and of two twins only what differs.

In whole mails one sentence decides, and most of a mean over words is the rest. A mail put between
the sentences of an ordinary one keeps its label; what sets two twins apart keeps each one's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from training.sources import AIMS, Row

_END = re.compile(r"(?<=[.!?])(?=\s)|(?<=\n)")
LONGEST_HOST = 80
"""Words of an ordinary mail that may take in another."""
NONE = AIMS.index("none")
_ORDINARY = ("ordinary", "everyday", "hard-negative")


class Mixer:
    """Draws how a text, or two twins alike, are shown this time."""

    def __init__(self, rows: Sequence[Row], drawn: random.Random) -> None:
        self._random = drawn
        self._hosts = [
            row.text
            for row in rows
            if row.ours == 0
            and (row.aim == NONE or (row.aim is None and row.kind != "hard-negative"))
            and (row.kind in _ORDINARY or row.source == "ham")
            and 8 <= len(row.text.split()) <= LONGEST_HOST
        ]

    def shown(self, group: Sequence[Row]) -> list[Row]:
        """The same rows, or with other text: both twins in the same way."""
        draw = self._random.random()
        if group[0].ours is None or draw < 0.65:
            return list(group)
        if draw < 0.75:
            return apart(group) if len(group) == 2 else list(group)
        if max(len(row.text.split()) for row in group) > LONGEST_HOST:
            return list(group)
        if not self._hosts:
            return list(group)
        host = sentences(self._random.choice(self._hosts))
        at = self._random.randint(0, len(host))
        before, after = "".join(host[:at]), "".join(host[at:])
        return [replace(row, text=f"{before}\n{row.text}\n{after}".strip()) for row in group]


def apart(twins: Sequence[Row]) -> list[Row]:
    """Of each twin the sentences that the other hasn't; the whole where one would be empty."""
    one, other = (sentences(row.text) for row in twins)
    left = [
        "".join(each for each in own if each.strip() not in {s.strip() for s in theirs}).strip()
        for own, theirs in ((one, other), (other, one))
    ]
    if not all(left):
        return list(twins)
    # What it is about, and how strongly, may have stood in what is gone.
    return [
        replace(row, text=text, cues=None, tone=None) for row, text in zip(twins, left, strict=True)
    ]


def sentences(text: str) -> list[str]:
    """A text's sentences and lines, which joined give it again."""
    return [each for each in _END.split(text) if each]
