"""Shares with their uncertainty, as rows of a Markdown table."""

from __future__ import annotations

import math

HEADER = ("| figure | value | 95 % | of |", "|---|---|---|---|")


def row(name: str, hits: int, total: int) -> str:
    """A row under :data:`HEADER`."""
    share = hits / total if total else 0.0
    return f"| {name} | {share:.3f} | {interval(hits, total)} | {hits} of {total} |"


def interval(hits: int, total: int) -> str:
    """The 95 % interval of a share, to be read."""
    low, high = wilson(hits, total)
    return f"{low:.3f} to {high:.3f}"


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (middle - spread) / scale, (middle + spread) / scale
