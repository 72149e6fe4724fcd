"""What an evaluation came to, for people and for machines."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.clean import clean_text
from assistant.cli import show as shown
from assistant.cli.judging import AsArrived
from assistant.lab.evaluation import CONTENT, NO_TONE, NOT_FLAGGED, Evaluation, Mistake, Part, Tally
from assistant.lab.labelled import Row, Told
from assistant.model import Message, Outcome

NAMES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
    "false_flags_per_1000": "false flags per 1,000",
    "tone_exact": "tone exact",
    "tone_within_one": "tone within one step",
    "tone_kappa": "tone, weighted kappa",
}
FEWEST_COLUMNS = 2
FEW = 20
"""Messages of a kind below which resampling makes intervals too narrow."""


def verdict(row: Row, message: Message, outcome: Outcome) -> dict[str, Any]:
    """The line of a message; the field names are part of the interface."""
    whole = shown.as_json(message, outcome)
    kept = ("tone", "score", "threshold", "hits", "cues", "language", "skip")
    flagged = outcome.verdict is not None and outcome.verdict.dissatisfied
    return {"id": row.id, "dissatisfied": flagged, **{key: whole[key] for key in kept}}


def counted(number: int, noun: str) -> str:
    """ "1 row", "1,234 rows" """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- for machines ---


def as_json(
    evaluation: Evaluation | None, tally: Tally, told: Told, judging: AsArrived
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "messages": 0,
        "unlabelled": tally.unlabelled,
        "not_used": [str(problem) for problem in told.problems],
        "unknown_keys": dict(told.unknown),
    }
    if evaluation is None:
        return result
    return {
        **result,
        **_part_json(evaluation.whole),
        "languages": {name: _part_json(part) for name, part in evaluation.languages.items()},
        "confusion": evaluation.confusion,
        "misses": [_mistake_json(each, judging) for each in evaluation.misses],
        "false_flags": [_mistake_json(each, judging) for each in evaluation.false_flags],
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "messages": part.messages,
        "unhappy": part.unhappy,
        "flagged": part.flagged,
        "figures": {
            name: {"value": each.value, "low": each.low, "high": each.high}
            for name, each in part.figures.items()
        },
    }


def _mistake_json(mistake: Mistake, judging: AsArrived) -> dict[str, Any]:
    row = mistake.row
    message, outcome = judging.judge(row.raw, row.language)
    label = row.label.tone if row.label else ""
    distance = int(mistake.distance) if isfinite(mistake.distance) else None
    return {
        "where": row.where,
        "label": label or None,
        "points_from_threshold": distance,
        "subject": message.subject,
        **verdict(row, message, outcome),
    }


# --- for people ---


def show(
    out: Console,
    path: Path,
    evaluation: Evaluation | None,
    tally: Tally,
    told: Told,
    judging: AsArrived,
) -> None:
    """The figures, the confusion of tones, and why the worst mistakes were made."""
    name = clean_text(str(path), 200)
    left = f"; {counted(len(told.problems), 'line')} could not be used" if told.problems else ""
    unlabelled = f"; {tally.unlabelled:,} without a label" if tally.unlabelled else ""
    if evaluation is None:
        out.print(f"{name}: nothing to measure{unlabelled}{left}", markup=False, soft_wrap=True)
        return
    whole = evaluation.whole
    head = f"{counted(whole.messages, 'message')}, {whole.unhappy:,} unhappy, {whole.flagged:,} flagged"
    out.print(Text(name, style="bold"), soft_wrap=True)
    out.print(f"{head}{unlabelled}{left}\n", markup=False)
    parts = {"all": whole}
    if len(evaluation.languages) > 1:
        parts |= {clean_text(each, 12): part for each, part in evaluation.languages.items()}
    for table in _figure_tables(parts, out.width):
        out.print(table)
        out.print()
    few = [name for name, part in parts.items() if min(part.unhappy, part.content) < FEW]
    if few:
        out.print(
            f"Fewer than {FEW} unhappy or {FEW} content messages: {', '.join(few)}. "
            "The intervals there are narrower than they should be.\n",
            markup=False,
        )
    if any(sum(row.values()) for row in list(evaluation.confusion.values())[:-1]):
        out.print(Text("Which tone was named (columns) for which (rows)", style="bold"))
        out.print(_confusion_table(evaluation))
        out.print()
    for title, mistakes in (
        ("The worst misses", evaluation.misses),
        ("The worst false flags", evaluation.false_flags),
    ):
        if mistakes:
            out.print(Text(title, style="bold"))
        for mistake in mistakes:
            _show_mistake(out, mistake, judging)
            out.print()


def _figure_tables(parts: dict[str, Part], width: int) -> list[Table]:
    """A column for all and for each language; as many tables as the width makes necessary."""
    columns = max(FEWEST_COLUMNS, (width - 23) // 20)
    names = list(parts)
    tables = []
    for start in range(0, len(names), columns):
        table = shown.plain_table()
        table.add_column("95 % intervals")
        chosen = names[start : start + columns]
        for name in chosen:
            table.add_column(Text(name), justify="right", no_wrap=True)
        for label in ("messages", "unhappy", "flagged"):
            table.add_row(label, *(f"{getattr(parts[name], label):,}" for name in chosen))
        for key, label in NAMES.items():
            digits = 1 if key == "false_flags_per_1000" else 2
            table.add_row(label, *(parts[n].figures[key].shown(digits) for n in chosen))
        tables.append(table)
    return tables


def _confusion_table(evaluation: Evaluation) -> Table:
    """Rows that hold nothing are left out but for tones, so that the diagonal is one."""

    table = shown.plain_table()
    table.add_column("")
    columns = list(next(iter(evaluation.confusion.values())))
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for true, counts in evaluation.confusion.items():
        if true in (NO_TONE, CONTENT) and not sum(counts.values()):
            continue
        right = NOT_FLAGGED if true == CONTENT else true
        cells = [_cell(count, right=name == right) for name, count in counts.items()]
        label = "unhappy, no tone given" if true == NO_TONE else true
        table.add_row(Text(label), *cells)
    return table


def _cell(count: int, *, right: bool) -> Text:

    if not count:
        return Text("·", style="dim")
    return Text(str(count), style="green" if right else "yellow")


def _show_mistake(out: Console, mistake: Mistake, judging: AsArrived) -> None:
    row = mistake.row
    message, outcome = judging.judge(row.raw, row.language)
    tone = row.label.tone if row.label else ""
    name = row.id if row.id in row.where else f"{row.where} ({row.id})"
    label = tone or ("unhappy" if row.label and row.label.dissatisfied else "fine")
    out.print(Text(f"  {clean_text(name, 200)}", style="bold"))
    out.print(Text(f"  Subject  {clean_text(message.subject, 100)}"))
    verdict = Text(f"  Verdict  {label}, judged ").append_text(shown.verdict_word(outcome))
    out.print(verdict.append(shown.score(outcome)))
    if outcome.verdict is not None:
        out.print(shown.hits_table(outcome.verdict))
    elif outcome.skip is not None:
        out.print(Text(f"  Ignored  {outcome.skip.detail}"))
