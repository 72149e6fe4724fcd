"""`eval`: how good the verdicts are, measured on labelled mail."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from assistant.cli.judging import AsArrived
    from assistant.lab.evaluation import Evaluation, Mistake, Part, Tally
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


@cli.command("eval")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE.jsonl|FOLDER")
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT.jsonl",
    help="Also write a line for each message: id, dissatisfied, tone, score, hits. The hits quote the mail.",
)
@click.option(
    "--misses",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="How many of the worst misses and of the worst false flags are explained.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def evaluate(
    config_path: Path | None, path: Path, verdicts: Path | None, misses: int, as_json: bool
) -> None:
    """Measure the verdicts on labelled mail: precision, recall, false flags, tones, by language.

    FILE.jsonl has an object in each line: "text" or "eml" (a message, or the path of its file, from this file's
    folder on), and "dissatisfied" (true or false). "tone", "id", "subject" (of a text) and "language" may be there.
    A FOLDER has .eml files in folders named unhappy, fine, or a tone; or each with a .json beside it that has
    "dissatisfied". Messages without a label are judged, not measured.

    Each is judged as `explain` would. Intervals are 95 % (bootstrap). Exit code 8 where a line or a message
    could not be used; the others are measured.
    """
    from assistant.cli import show, wiring
    from assistant.cli.judging import AsArrived
    from assistant.errors import UnreadableMail
    from assistant.lab import labelled
    from assistant.lab.evaluation import Tally

    setup = wiring.read_setup(config_path)
    told = labelled.Told()
    tally = Tally(setup.rulebook.tones, misses)
    rows = labelled.rows(path, [tone.id for tone in setup.rulebook.tones], told)
    judging = AsArrived(setup)
    with _output(verdicts, path) as out, show.progress() as progress:
        task = progress.add_task("judging", total=_count(path)) if progress else None
        for row in rows:
            _judge(row, judging, tally, told, out)
            if progress is not None and task is not None:
                progress.advance(task)
    evaluation = tally.evaluation()
    _tell(told)
    if as_json:
        click.echo(json.dumps(_as_json(evaluation, tally, told, judging), indent=2))
    else:
        _show(show.console(), path, evaluation, tally, told, judging)
    if told.problems or (evaluation is None and not tally.unlabelled):
        raise click.exceptions.Exit(UnreadableMail.exit_code)


@contextlib.contextmanager
def _output(verdicts: Path | None, source: Path) -> Iterator[IO[str] | None]:
    """The file for verdicts, for its owner only: what a client wrote is quoted in it."""
    if verdicts is None:
        yield None
        return
    if verdicts.exists() and source.exists() and verdicts.samefile(source):
        raise click.BadParameter("would overwrite what it is to judge", param_hint="--verdicts")
    try:
        handle = os.open(verdicts, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.BadParameter(
            f"{verdicts} can't be written: {reason}", param_hint="--verdicts"
        ) from error


def _count(path: Path) -> int | None:
    """How many messages there are, about, for the progress bar."""
    if path.is_dir():
        return sum(1 for _ in path.rglob("*.eml"))
    with contextlib.suppress(OSError), path.open("rb") as file:
        return sum(1 for line in file if line.strip())
    return None


def _judge(row: Row, judging: AsArrived, tally: Tally, told: Told, out: IO[str] | None) -> None:
    from assistant.errors import Problem, UnreadableMail

    try:
        message, outcome = judging.judge(row.raw, row.language, evidence=False)
    except UnreadableMail as error:
        told.problems.append(Problem(row.where, None, "", error.message))
        if out is not None:
            _write(out, {"id": row.id, **_UNREAD, "error": error.message})
        return
    tally.add(row, message, outcome)
    if out is not None:
        _write(out, _verdict(row, message, outcome))


_UNREAD: dict[str, Any] = {"dissatisfied": None, "tone": None, "score": None, "hits": []}


def _verdict(row: Row, message: Message, outcome: Outcome) -> dict[str, Any]:
    """The line of a message; the field names are part of the interface."""
    from assistant.cli import show

    whole = show.as_json(message, outcome)
    kept = ("tone", "score", "threshold", "hits", "cues", "language", "skip")
    flagged = outcome.verdict is not None and outcome.verdict.dissatisfied
    return {"id": row.id, "dissatisfied": flagged, **{key: whole[key] for key in kept}}


def _write(out: IO[str], value: dict[str, Any]) -> None:
    out.write(json.dumps(value) + "\n")


def _tell(told: Told) -> None:
    from assistant.lab.labelled import KEYS
    from assistant.tomlfile import suggest

    for problem in told.problems:
        tell(f"error: {problem}")
    for key, count in told.unknown.most_common():
        near = suggest(key, KEYS)
        tell(f'warning: unknown key "{key}" in {_counted(count, "row")}, ignored{near}')


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- for machines ---


def _as_json(
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
        **_verdict(row, message, outcome),
    }


# --- for people ---


def _show(
    out: Console,
    path: Path,
    evaluation: Evaluation | None,
    tally: Tally,
    told: Told,
    judging: AsArrived,
) -> None:
    from rich.text import Text

    from assistant.clean import clean_text

    name = clean_text(str(path), 200)
    left = f"; {_counted(len(told.problems), 'line')} could not be used" if told.problems else ""
    unlabelled = f"; {tally.unlabelled:,} without a label" if tally.unlabelled else ""
    if evaluation is None:
        out.print(f"{name}: nothing to measure{unlabelled}{left}", markup=False)
        return
    whole = evaluation.whole
    head = f"{_counted(whole.messages, 'message')}, {whole.unhappy:,} unhappy, {whole.flagged:,} flagged"
    out.print(Text(name, style="bold"))
    out.print(f"{head}{unlabelled}{left}\n", markup=False)
    parts = {"all": whole}
    if len(evaluation.languages) > 1:
        parts |= evaluation.languages
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
    from assistant.cli import show

    columns = max(FEWEST_COLUMNS, (width - 23) // 20)
    names = list(parts)
    tables = []
    for start in range(0, len(names), columns):
        table = show.plain_table()
        table.add_column("95 % intervals")
        chosen = names[start : start + columns]
        for name in chosen:
            table.add_column(name, justify="right", no_wrap=True)
        for label in ("messages", "unhappy", "flagged"):
            table.add_row(label, *(f"{getattr(parts[name], label):,}" for name in chosen))
        for key, label in NAMES.items():
            digits = 1 if key == "false_flags_per_1000" else 2
            table.add_row(label, *(parts[n].figures[key].shown(digits) for n in chosen))
        tables.append(table)
    return tables


def _confusion_table(evaluation: Evaluation) -> Table:
    """Rows that hold nothing are left out but for tones, so that the diagonal is one."""
    from rich.text import Text

    from assistant.cli import show
    from assistant.lab.evaluation import CONTENT, NO_TONE, NOT_FLAGGED

    table = show.plain_table()
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
    from rich.text import Text

    if not count:
        return Text("·", style="dim")
    return Text(str(count), style="green" if right else "yellow")


def _show_mistake(out: Console, mistake: Mistake, judging: AsArrived) -> None:
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import show

    row = mistake.row
    message, outcome = judging.judge(row.raw, row.language)
    tone = row.label.tone if row.label else ""
    name = row.id if row.id in row.where else f"{row.where} ({row.id})"
    label = tone or ("unhappy" if row.label and row.label.dissatisfied else "fine")
    out.print(Text(f"  {clean_text(name, 200)}", style="bold"))
    out.print(Text(f"  Subject  {clean_text(message.subject, 100)}"))
    verdict = Text(f"  Verdict  {label}, judged ").append_text(show.verdict_word(outcome))
    out.print(verdict.append(show.score(outcome)))
    if outcome.verdict is not None:
        out.print(show.hits_table(outcome.verdict))
    elif outcome.skip is not None:
        out.print(Text(f"  Ignored  {outcome.skip.detail}"))
