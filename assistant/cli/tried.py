"""What a trial came to, for people and for machines."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.clean import clean_text
from assistant.cli import show as shown
from assistant.cli.known import Known
from assistant.lab.trial import Judged, Tally, Turned, tallies, turned
from assistant.lab.tried import Change, Found

MOST = 20
"""Messages of each kind that are shown to people."""
TITLES = {
    "gained": "Flagged only after the change",
    "lost": "No more flagged",
    "retoned": "Of another tone",
}


def show(out: Console, found: Found, known: Known) -> None:
    """The changes with the hits that made them, then the sums."""
    for kind, title in TITLES.items():
        changes = [each for each in found.changes if each.pair.kind == kind]
        if not changes:
            continue
        out.print(Text(f"{title}: {len(changes)}", style="bold"))
        for each in changes[:MOST]:
            _show_change(out, each, known)
        if len(changes) > MOST:
            out.print(f"  and {len(changes) - MOST} more; --json has them all\n", markup=False)
    moved = _moved(found)
    if not found.changes:
        out.print("No verdict would change.", markup=False)
    if moved:
        word = "message keeps its" if moved == 1 else "messages keep their"
        out.print(f"{moved} {word} verdict with other points.", markup=False)
    out.print()
    told = known.dissatisfied.keys() & {each.identity for each in found.pairs}
    before, after = tallies(found.pairs, known.dissatisfied)
    out.print(_sums(before, after, known=bool(told)))
    if not told:
        out.print("\nNo verdict of yours is known for this mail: no precision, no recall.")
    elif told & known.stood:
        out.print("\nYour verdicts: your corrections, and marks that you let stand for a day.")


def _moved(found: Found) -> int:
    """How many messages are judged as before, by other hits."""
    return sum(not each.kind and bool(turned(each)) for each in found.pairs)


def _show_change(out: Console, change: Change, known: Known) -> None:
    message, pair = change.message, change.pair
    sender = message.sender
    name = clean_text(sender.name or sender.email, 40) if sender else "(nobody)"
    day = f"{message.date:%Y-%m-%d}" if message.date else "no date"
    head = Text(f"  {day}  ", style="dim").append(name, style="bold")
    out.print(head.append(f"  {clean_text(message.subject, 60)}"))
    verdict = (
        Text("  ").append_text(_word(pair.before)).append(" → ").append_text(_word(pair.after))
    )
    unhappy = known.corrected.get(pair.identity)
    if unhappy is not None:
        verdict.append(f"  you say: {'unhappy' if unhappy else 'fine'}", style="bold")
    elif pair.identity in known.stood:
        verdict.append("  you let the mark stand", style="bold")
    out.print(verdict)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(ratio=1)
    for each in turned(pair):
        why = Text()
        if each.quote:
            why.append(f"“{clean_text(each.quote, 100)}”  ", "yellow" if _up(each) else "green")
        why.append(each.describe)
        points = f"  {_points(each.before)} → {_points(each.after)}"
        table.add_row(Text(points), Text(each.rule), why)
    out.print(table)
    out.print()


def _up(hit: Turned) -> bool:
    return hit.after > hit.before


def _points(points: int) -> str:
    return f"{points:+d}" if points else "0"


def _word(judged: Judged) -> Text:
    """ "angry 245 (from 133)" """
    if judged.skip:
        return Text(f"not judged ({judged.skip})", style="dim")
    verdict = judged.verdict
    return shown.tone_word(verdict).append(f" {verdict.score} (flagged at {verdict.threshold})")


def _sums(before: Tally, after: Tally, *, known: bool) -> Table:
    table = shown.plain_table()
    for head in ("", "Before", "After"):
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    rows: list[tuple[str, str, str]] = [
        ("messages judged", f"{before.judged:,}", f"{after.judged:,}"),
        ("flagged", f"{before.flagged:,}", f"{after.flagged:,}"),
        ("flagged of 1,000", _number(before.per_1000, 1), _number(after.per_1000, 1)),
    ]
    if known:
        rows += [
            ("precision, by your verdicts", _of(before, "precision"), _of(after, "precision")),
            ("recall, by your verdicts", _of(before, "recall"), _of(after, "recall")),
        ]
    for row in rows:
        table.add_row(*row)
    return table


def _of(tally: Tally, figure: str) -> str:
    """ "0.75 (3 of 4)" """
    if figure == "precision":
        return f"{_number(tally.precision, 2)} ({tally.right} of {tally.right + tally.wrong})"
    return f"{_number(tally.recall, 2)} ({tally.right} of {tally.right + tally.missed})"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


# --- for machines ---


def print_json(found: Found, known: Known) -> None:
    """One object; the field names are part of the interface."""
    before, after = tallies(found.pairs, known.dissatisfied)
    kinds = {
        kind: [_change_json(each, known) for each in found.changes if each.pair.kind == kind]
        for kind in TITLES
    }
    result = {
        "messages": len(found.pairs),
        "read": found.read,
        "before": _tally_json(before),
        "after": _tally_json(after),
        **kinds,
        "other_points": _moved(found),
        "unreadable": [{"where": where, "why": why} for where, why in found.unreadable],
    }
    click.echo(json.dumps(result, indent=2))


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "judged": tally.judged,
        "flagged": tally.flagged,
        "flagged_per_1000": tally.per_1000,
        "known_right": tally.right,
        "known_wrong": tally.wrong,
        "known_missed": tally.missed,
        "precision": tally.precision,
        "recall": tally.recall,
    }


def _change_json(change: Change, known: Known) -> dict[str, Any]:
    message, pair = change.message, change.pair
    return {
        "where": change.where,
        "identity": pair.identity,
        "message_id": message.message_id,
        "from": message.sender.email if message.sender else None,
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "dissatisfied": known.dissatisfied.get(pair.identity),
        "before": _judged_json(pair.before),
        "after": _judged_json(pair.after),
        "hits": [
            {
                "rule": each.rule,
                "before": each.before,
                "after": each.after,
                "quote": each.quote,
                "describe": each.describe,
            }
            for each in turned(pair)
        ],
    }


def _judged_json(judged: Judged) -> dict[str, Any]:
    if judged.skip:
        return {"skip": judged.skip, "tone": None, "score": None, "threshold": None}
    verdict = judged.verdict
    return {
        "skip": None,
        "tone": judged.tone or None,
        "score": verdict.score,
        "threshold": verdict.threshold,
    }
