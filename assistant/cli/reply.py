"""`reply lint`: whether an answer to an unhappy client keeps to the guidance, whoever wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import cli

if TYPE_CHECKING:
    from assistant.model import RuleBook
    from assistant.reply.guard import Fault, Guard

_HEADER = re.compile(r"[A-Za-z][A-Za-z-]*:[ \t]")


@cli.group()
def reply() -> None:
    """Check answers to unhappy clients."""


@reply.command()
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option("--language", help="en, de, es or fr; without it, found out from the text.")
@click.option(
    "--cue",
    "cues",
    multiple=True,
    help="What the client's message is about, as `explain` names it: after legal-threat and "
    "public-threat regret does for an apology.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each fault.")
@click.pass_obj
def lint(
    config_path: Path | None, file: str, language: str | None, cues: tuple[str, ...], as_json: bool
) -> None:
    """Check a text before you send it: each fault with its line, its reason and its guidance row.

    FILE is a text or an .eml; - (or nothing) reads standard input. Quoted lines and the signature
    don't count. Exit code 3 where anything is wrong.
    """
    from assistant.cli import wiring
    from assistant.errors import ConfigError

    text = _read(file)
    book = wiring.read_setup(config_path).rulebook
    own = _own_words(text)
    faults = _placed(_guard(book, own, language).faults(own, cues=cues), own, text)
    if as_json:
        listed = [{"line": f.line, "row": f.row, "detail": f.detail} for f in faults]
        click.echo(json.dumps(listed, indent=2))
    else:
        for fault in faults:
            where = f"{file}:{fault.line}" if fault.line else file
            click.echo(f"{where}: {fault.detail} ({fault.row})")
        if not faults:
            click.echo(f"{file}: fit to be sent ({len(own.split())} words)")
    if faults:
        raise click.exceptions.Exit(ConfigError.exit_code)


def _read(file: str) -> str:
    from assistant.cli.sources import sources
    from assistant.errors import UnreadableMail

    if Path(file).is_dir():
        raise UnreadableMail(f"{file}: is a folder; give one file")
    raw = next(iter(sources(file))).raw
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise UnreadableMail(f"{file}: is not UTF-8 text") from None


def _own_words(text: str) -> str:
    """What its writer says: of a mail the body, and neither quoted mail nor signature."""
    from assistant.reading.message import read
    from assistant.reading.own import of_text

    head = text.lstrip().partition("\n\n")[0].split("\n")
    if len(head) > 1 and all(_HEADER.match(line) or line[:1] in " \t" for line in head):
        return read(text.lstrip().encode()).own_words
    return of_text(text, forwards=False).words


def _guard(book: RuleBook, text: str, language: str | None) -> Guard:
    from assistant.errors import ConfigError, Problem
    from assistant.reading.language import guess
    from assistant.reply.guard import Guard

    chosen = language or guess(text) or "en"
    wording = book.wording(chosen)
    if wording is None:
        there = ", ".join(sorted(each.language for each in book.wordings))
        message = f"no wording in language {chosen!r}; there is: {there} (--language names one)"
        raise ConfigError([Problem("reply lint", None, "", message)])
    return Guard(wording, book.classes(chosen))


def _placed(faults: tuple[Fault, ...], own: str, whole: str) -> list[Fault]:
    """The faults with the lines of the whole text, of which the own words are a part."""
    from dataclasses import replace

    numbers = list(_numbers(own.split("\n"), whole.split("\n")))
    return [replace(f, line=numbers[f.line - 1]) if f.line else f for f in faults]


def _numbers(own: list[str], whole: list[str]) -> Iterator[int]:
    """For each line of the own words its number in the whole; where it was altered, the last one."""
    at = 0
    for line in own:
        found = next((n for n in range(at, len(whole)) if whole[n].strip() == line.strip()), None)
        at = at if found is None else found + 1
        yield max(1, at)
