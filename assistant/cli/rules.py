"""`rules`: the rules in effect, and the file each comes from; `rules lint`: whether they keep their word."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from assistant.cli import cli


@cli.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Everything, for machines.")
@click.pass_context
def rules(context: click.Context, as_json: bool) -> None:
    """List the effective rules and the file each comes from."""
    if context.invoked_subcommand is None:
        _list(context.obj, as_json=as_json)


@rules.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]…")
@click.pass_obj
def lint(config_path: Path | None, files: tuple[Path, ...]) -> None:
    """Check rule files: every mistake with its line, and each rule's own examples.

    Without FILE, the rules in effect are checked. FILE is laid over the shipped rules. Exit code 3
    where anything is wrong.
    """
    from assistant import rulebook, tomlfile
    from assistant.cli import wiring
    from assistant.errors import ConfigError
    from assistant.tone.lint import broken_promises

    if files:
        book = rulebook.load(None, [tomlfile.load(path) for path in files])
    else:
        book = wiring.read_setup(config_path).rulebook
    broken = list(broken_promises(book))
    for each in broken:
        click.echo(each)
    if broken:
        raise click.exceptions.Exit(ConfigError.exit_code)
    examples = sum(len(rule.matches) + len(rule.ignores) for rule in book.rules)
    click.echo(f"{len(book.rules)} rules and their {examples} examples are in order")


def _list(config_path: Path | None, *, as_json: bool) -> None:
    from rich.text import Text

    from assistant.cli import show, wiring

    book = wiring.read_setup(config_path).rulebook
    if as_json:
        listed = [dataclasses.asdict(rule) for rule in book.rules]
        click.echo(
            json.dumps(
                {"threshold": book.threshold, "evidence": book.evidence, "rules": listed},
                indent=2,
            )
        )
        return
    table = show.plain_table()
    for name in ("Rule", "Points", "Tone", "What it notices", "From"):
        table.add_column(
            name,
            justify="right" if name == "Points" else "left",
            no_wrap=name in ("Rule", "Points", "Tone"),
        )
    for rule in sorted(book.rules, key=lambda rule: (rule.language, -rule.points, rule.id)):
        table.add_row(
            Text(rule.id, style="bold"),
            Text(f"{rule.points:+d}", style="yellow" if rule.points > 0 else "green"),
            Text(rule.tone or "–"),
            Text(rule.describe),
            Text(rule.origin, style="dim"),
        )
    out = show.console()
    out.print(table)
    out.print(
        f"\n{len(book.rules)} rules. Beside them words, the thread and the reader are heard; "
        "rules/README.md tells how, and how to change them.",
        markup=False,
    )
