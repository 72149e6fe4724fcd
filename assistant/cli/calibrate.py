"""`scan --calibrate`: what each budget of flags would mean in the user's own mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.cli.show import Collector

if TYPE_CHECKING:
    from rich.progress import Progress

    from assistant.service.ports import Judged
    from assistant.triage import Triage

BUDGETS = (1, 2, 5, 10, 20, 50, 100)


class Scores(Collector):
    """Keeps scores only: a year of mail has many words."""

    def __init__(self, progress: Progress | None = None) -> None:
        super().__init__(progress)
        self.scores: list[tuple[str, int]] = []

    def judged(self, judged: Judged) -> None:
        verdict = judged.outcome.verdict
        if verdict is not None:
            self.scores.append((judged.message.language, verdict.score))
        self._step()


@dataclass(frozen=True, slots=True)
class Row:
    """A budget, and what it would flag here."""

    flags_per_1000: float
    flagged: int


def rows(scores: Sequence[tuple[str, int]], triage: Triage) -> list[Row]:
    """A row for each budget."""
    return [
        Row(
            budget,
            sum(score >= triage.threshold(language, budget) for language, score in scores),
        )
        for budget in BUDGETS
    ]


def proposal(found: Sequence[Row], judged: int, wanted: float) -> Row:
    """The largest budget that flags no more of this mailbox than is wanted, or the smallest."""
    fitting = [row for row in found if 1000 * row.flagged <= wanted * judged]
    return fitting[-1] if fitting else found[0]


def show(name: str, scores: Sequence[tuple[str, int]], triage: Triage, budget: float) -> None:
    """The table for a mailbox, and what to put into config.toml."""
    from rich.text import Text

    from assistant.cli.show import console, plain_table

    out = console()
    if not scores:
        out.print(f"{name}: no message could be judged; try an earlier --since", markup=False)
        return
    found = rows(scores, triage)
    proposed = proposal(found, len(scores), budget)
    table = plain_table()
    for head in ("flags_per_1000", "Flagged here", "Of 1,000 here"):
        table.add_column(head, justify="right")
    for row in found:
        style = "bold" if row is proposed else ""
        share = f"{1000 * row.flagged / len(scores):.1f}"
        table.add_row(
            *(Text(t, style) for t in (f"{row.flags_per_1000:g}", str(row.flagged), share))
        )
    out.print(f"{name}: {len(scores)} messages judged; nothing was written", markup=False)
    out.print(table)
    out.print(
        f"The flagged are to include your unhappy clients. To have about {budget:g} of 1,000 flagged, "
        f"put into config.toml:\n\n[judging]\nflags_per_1000 = {proposed.flags_per_1000:g}",
        markup=False,
    )


def as_json(
    name: str, scores: Sequence[tuple[str, int]], triage: Triage, budget: float
) -> dict[str, object]:
    """The same for machines."""
    found = rows(scores, triage)
    return {
        "account": name,
        "judged": len(scores),
        "budgets": [
            {"flags_per_1000": row.flags_per_1000, "flagged": row.flagged} for row in found
        ],
        "proposed": proposal(found, len(scores), budget).flags_per_1000 if scores else None,
    }
