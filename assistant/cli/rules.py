"""`rules`: the rules in effect, and the file each comes from."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from assistant.cli import cli


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Everything, for machines.")
@click.pass_obj
def rules(config_path: Path | None, as_json: bool) -> None:
    """List the effective rules and the file each comes from."""
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
        f"\n{len(book.rules)} rules; a message is flagged at {book.threshold} points "
        f"(rules/tones.toml). How to change them: rules/README.md",
        markup=False,
    )
