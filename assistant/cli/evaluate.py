"""`eval`: how good the verdicts are, measured on labelled mail."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from assistant.clean import clean_text
from assistant.cli import cli, tell

if TYPE_CHECKING:
    from assistant.cli.judging import AsArrived
    from assistant.lab.evaluation import Tally
    from assistant.lab.labelled import Row, Told

_UNREAD: dict[str, Any] = {"dissatisfied": None, "tone": None, "score": None, "hits": []}
LONGEST_FIRST = 1024 * 1024
"""Bytes of the first line of a file by which verdicts are known."""


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

    if verdicts is not None:
        _check_output(verdicts, path)
    setup = wiring.read_setup(config_path)
    told = labelled.Told()
    tally = Tally(setup.rulebook.tones, misses)
    rows = labelled.rows(path, [tone.id for tone in setup.rulebook.tones], told)
    judging = AsArrived(setup)
    first = list(islice(rows, 1))  # where nothing can be read, nothing is overwritten
    with _output(verdicts) as out, shown.counting("judging", labelled.count(path)) as counting:
        for row in chain(first, rows):
            _judge(row, judging, tally, told, out)
            counting.step()
    evaluation = tally.evaluation()
    _tell(told)
    if as_json:
        click.echo(json.dumps(evaluated.as_json(evaluation, tally, told, judging), indent=2))
    else:
        evaluated.show(shown.console(), path, evaluation, tally, told, judging)
    if told.problems or (evaluation is None and not tally.unlabelled):
        raise click.exceptions.Exit(UnreadableMail.exit_code)


@contextlib.contextmanager
def _output(verdicts: Path | None) -> Iterator[IO[str] | None]:
    """The file for verdicts, for its owner only: what a client wrote is quoted in it.

    Raises:
        click.BadParameter: where it can't be opened.
        AssistantError: where it can't be written to the end.
    """
    from assistant.errors import AssistantError

    if verdicts is None:
        yield None
        return
    try:
        if verdicts.is_file():
            verdicts.chmod(0o600)
        handle = os.open(verdicts, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise _refused(f"{verdicts} can't be written: {_reason(error)}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AssistantError(f"{verdicts}: can't be written: {_reason(error)}") from error


def _check_output(verdicts: Path, source: Path) -> None:
    """Whether verdicts may be written here: into a new file, or in place of other verdicts.

    Raises:
        click.BadParameter: where something else would be lost.
    """
    if str(verdicts) == "-":
        raise _refused("name a file; standard output is for the figures")
    try:
        if not verdicts.is_file():
            return
        if source.exists() and verdicts.samefile(source):
            raise _refused("would overwrite what it is to judge")
        with verdicts.open("rb") as file:
            line = file.readline(LONGEST_FIRST)
    except OSError as error:
        raise _refused(f"{verdicts} can't be written: {_reason(error)}") from error
    if line and not _is_verdict(line):
        raise _refused(f"{verdicts} is there already, and holds no verdicts; name another file")


def _is_verdict(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"id", *_UNREAD} <= set(value)


def _refused(why: str) -> click.BadParameter:
    return click.BadParameter(clean_text(why, 500), param_hint="--verdicts")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


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
