"""`export` and `import`: what the user told of cases, the one thing that no mailbox holds."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.clean import clean_text
from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.model import Note

FORMAT = 1
FIRST, LAST, MOST = 2000, 2200, 100_000
"""Years of notes and of what was agreed, and the number of an action."""
LARGEST = 64 * 1024 * 1024


@cli.command("export")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.pass_obj
def export_(config_path: Path | None, path: Path) -> None:
    """Save what you told of cases: calls, what was agreed, notes, who has taken one over.

    All else about cases is in your mailboxes and is found there again. FILE is JSON; - is standard output.
    It holds your own words: keep it as you keep your mail. An existing file is not replaced.
    """
    from assistant import privatefile
    from assistant.cli import casework, wiring

    setup = wiring.read_setup(config_path)
    with casework.casebook(setup) as book:
        accounts = {
            each.mailbox_address: [
                _as_json(name, note) for name, note in book.told(each.mailbox_address)
            ]
            for each in wiring.accounts(setup.config)
        }
    text = json.dumps({"format": FORMAT, "accounts": accounts}, indent=2, ensure_ascii=False)
    if str(path) == "-":
        click.echo(text)
        return
    if path.exists():
        raise click.UsageError(f"{path} exists already; name another file")
    try:
        privatefile.replace(path, text + "\n")
    except OSError as error:
        raise click.UsageError(f"{path}: can't be written: {error.strerror or error}") from None
    click.echo(f"{path}: {sum(map(len, accounts.values()))} notes")


@cli.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_obj
def import_(config_path: Path | None, path: Path) -> None:
    """Take in what `assistant export` saved. What is known already is not taken twice."""
    from assistant.cli import casework, wiring

    setup = wiring.read_setup(config_path)
    saved = _read(path)
    known = {each.mailbox_address for each in wiring.accounts(setup.config)}
    if strangers := sorted(set(saved) - known):
        named = ", ".join(clean_text(each, 100) for each in strangers[:5])
        raise click.UsageError(f"{path}: no account {named} is set up here; nothing was taken in")
    with casework.casebook(setup) as book:
        new = sum(book.restore(account, notes) for account, notes in saved.items())
    click.echo(f"{path}: {new} of {sum(map(len, saved.values()))} notes were new")


def _as_json(name: str, note: Note) -> dict[str, Any]:
    return {
        "case": name,
        "at": note.at.isoformat(),
        "doing": note.doing.value,
        "text": note.text,
        "owner": note.owner,
        "due": note.due.isoformat() if note.due else None,
        "number": note.number,
    }


def _read(path: Path) -> dict[str, list[tuple[str, Note]]]:
    """Account -> notes with the names of their cases.

    Raises:
        click.UsageError: where the file can't be read or is something else.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise click.UsageError(f"{path} is larger than anything that `assistant export` writes")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{path}: can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise click.UsageError(
            f"{path} is no JSON; `assistant export` writes what is read here"
        ) from None
    try:
        if found["format"] != FORMAT:
            raise click.UsageError(f"{path}: format {found['format']!r} is not known here")
        return {
            str(account): [_note(each) for each in notes]
            for account, notes in found["accounts"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise click.UsageError(
            f"{path} is not what `assistant export` writes; nothing was taken in"
        ) from None


def _note(told: dict[str, Any]) -> tuple[str, Note]:
    from assistant.model import Doing, Note

    texts = [told["text"], told["owner"], told["case"]]
    if not all(isinstance(each, str) and (not each or each.isprintable()) for each in texts):
        raise ValueError
    at = datetime.fromisoformat(told["at"])
    due = date.fromisoformat(told["due"]) if told["due"] else None
    years = [at.year, *([due.year] if due else [])]
    number = int(told["number"])
    if (
        at.tzinfo is None
        or not all(FIRST <= each <= LAST for each in years)
        or not 0 <= number < MOST
    ):
        raise ValueError
    return told["case"], Note(at, Doing(told["doing"]), told["text"], told["owner"], due, number)
