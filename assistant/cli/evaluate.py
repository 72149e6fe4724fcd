"""`eval`: how good the verdicts are, measured on labelled mail."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.judging import AsArrived
    from assistant.lab.evaluation import Tally
    from assistant.lab.labelled import Row, Told


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
    from assistant.cli import evaluated, wiring
    from assistant.cli import show as shown
    from assistant.cli.judging import AsArrived
    from assistant.errors import UnreadableMail
    from assistant.lab import labelled
    from assistant.lab.evaluation import Tally

    setup = wiring.read_setup(config_path)
    told = labelled.Told()
    tally = Tally(setup.rulebook.tones, misses)
    rows = labelled.rows(path, [tone.id for tone in setup.rulebook.tones], told)
    judging = AsArrived(setup)
    with _output(verdicts, path) as out, shown.progress() as progress:
        task = progress.add_task("judging", total=_count(path)) if progress else None
        for row in rows:
            _judge(row, judging, tally, told, out)
            if progress is not None and task is not None:
                progress.advance(task)
    evaluation = tally.evaluation()
    _tell(told)
    if as_json:
        click.echo(json.dumps(evaluated.as_json(evaluation, tally, told, judging), indent=2))
    else:
        evaluated.show(shown.console(), path, evaluation, tally, told, judging)
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
    from assistant.cli import evaluated
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
        _write(out, evaluated.verdict(row, message, outcome))


_UNREAD: dict[str, Any] = {"dissatisfied": None, "tone": None, "score": None, "hits": []}


def _write(out: IO[str], value: dict[str, Any]) -> None:
    out.write(json.dumps(value) + "\n")


def _tell(told: Told) -> None:
    from assistant.cli import evaluated
    from assistant.lab.labelled import KEYS
    from assistant.tomlfile import suggest

    for problem in told.problems:
        tell(f"error: {problem}")
    for key, count in told.unknown.most_common():
        near = suggest(key, KEYS)
        tell(f'warning: unknown key "{key}" in {evaluated.counted(count, "row")}, ignored{near}')
