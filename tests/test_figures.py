"""Figures on scored messages, against numbers worked out by hand, and how sure they are."""

from __future__ import annotations

from math import inf

import pytest

from assistant.lab import figures
from assistant.lab.figures import Scored
from assistant.lab.intervals import Measure, measured, shown


def scored(*rows: tuple[bool, float, int | None, int | None]) -> list[Scored]:
    """Messages as (unhappy, points from the threshold, true tone, named tone); flagged from 0 on."""
    return [
        Scored(str(at), unhappy, score, score >= 0, tone, named)
        for at, (unhappy, score, tone, named) in enumerate(rows)
    ]


MIXED = scored(
    (True, 80, 4, 4),
    (True, 50, 3, 2),
    (True, 10, 5, 2),
    (True, -5, 1, None),
    (False, 20, None, 1),
    (False, -5, None, None),
    (False, -50, None, None),
    (False, -inf, None, None),
)


def test_figures_are_those_of_the_counts() -> None:
    """3 of 4 flags are right, 3 of 4 unhappy are found, 1 of 4 content messages is flagged."""
    assert figures.precision(MIXED) == 3 / 4
    assert figures.recall(MIXED) == 3 / 4
    assert figures.f1(MIXED) == 3 / 4
    assert figures.false_flags(MIXED) == 250
    assert figures.per_1000(MIXED) == 500
    assert figures.recall_of(4, 5)(MIXED) == 1
    # Of 16 pairs 13 are in order and one is level: (80: 4, 50: 4, 10: 3, -5: 2 and a half).
    assert figures.auc(MIXED) == 13.5 / 16


def test_tones_are_compared_where_both_are_known() -> None:
    """(4, 4), (3, 2), (5, 2): the squares seen against those of every pairing (Cohen 1968)."""
    assert figures.tone_exact(MIXED) == pytest.approx(1 / 3)
    assert figures.tone_near(MIXED) == pytest.approx(2 / 3)
    pairs = [(4, 4), (3, 2), (5, 2)]
    seen = sum((true - named) ** 2 for true, named in pairs) / 3
    chance = sum((true - named) ** 2 for true, _ in pairs for _, named in pairs) / 9
    assert figures.kappa(MIXED) == pytest.approx(1 - seen / chance)


def test_what_the_messages_cannot_tell_is_not_made_up() -> None:
    """No flag, no precision; one kind of message only, no AUC; one tone only, no kappa."""
    content = scored((False, -5, None, None), (False, -9, None, None))
    asked = {
        "precision": figures.precision,
        "recall": figures.recall,
        "auc": figures.auc,
        "tone": figures.tone_exact,
        "kappa": figures.kappa,
    }
    assert set(measured(asked, content).values()) == {Measure(None, None, None)}
    assert shown(figures.precision, content) == "–"
    assert figures.false_flags(content) == 0
    assert figures.kappa(scored((True, 5, 4, 4), (True, 6, 4, 4))) is None
    assert measured(asked, [])["recall"] == Measure(None, None, None)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """By a thousandfold the same mail they narrow as one over the root; and are the same each time."""
    few, many = MIXED * 10, MIXED * 100
    small = measured({"recall": figures.recall}, few)["recall"]
    large = measured({"recall": figures.recall}, many)["recall"]
    assert small == measured({"recall": figures.recall}, few)["recall"]
    assert small.low is not None
    assert small.high is not None
    assert large.low is not None
    assert large.high is not None
    # The normal approximation: 0.75 ± 1.96 * sqrt(0.75 * 0.25 / n).
    assert (small.high - small.low) / 2 == pytest.approx(1.96 * (0.1875 / 40) ** 0.5, rel=0.2)
    assert (large.high - large.low) / 2 == pytest.approx(1.96 * (0.1875 / 400) ** 0.5, rel=0.2)
    assert shown(figures.recall, few, 2) == f"0.75 ({small.low:.2f}–{small.high:.2f})"
