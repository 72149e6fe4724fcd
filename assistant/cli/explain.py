"""`explain`: why a message is judged as it is, and what reply it would get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.model import Message, Outcome


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…|-")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each message.")
@click.pass_obj
def explain(config_path: Path | None, paths: tuple[str, ...], as_json: bool) -> None:
    """Show points, rules and quotes for messages in files, and the draft they would get.

    FILE is an .eml, an mbox, a Maildir, or a folder of .eml files; - reads one message from
    standard input. Each is judged as if it had just arrived. Nothing is written anywhere.
    """
    from assistant.cli import show, wiring
    from assistant.cli.judging import AsArrived
    from assistant.cli.sources import sources
    from assistant.errors import UnreadableMail

    setup = wiring.read_setup(config_path)
    judging = AsArrived(setup)
    language = setup.config.settings.language
    out = show.console()
    listed: list[dict[str, Any]] = []
    failures = 0
    for path in paths:
        try:
            for source in sources(path):
                try:
                    # Whoever asks why wants the evidence in any case.
                    message, outcome = judging.judge(source.raw)
                except UnreadableMail as error:
                    failures += 1
                    tell(f"error: {source.name}: {error.message}")
                    continue
                if as_json:
                    listed.append({"file": source.name, **show.as_json(message, outcome)})
                else:
                    _show(out, source.name, message, outcome, language)
        except UnreadableMail as error:
            failures += 1
            tell(f"error: {error.message}")
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    if failures:
        raise click.exceptions.Exit(UnreadableMail.exit_code)


def _show(out: Console, name: str, message: Message, outcome: Outcome, language: str) -> None:
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import show

    sender = f"{message.sender.name} <{message.sender.email}>" if message.sender else "(nobody)"
    out.print(Text(clean_text(name, 500), style="bold"))
    out.print(Text(f"  From     {clean_text(sender.strip(), 100)}"))
    if message.via is not None:
        out.print(Text(f"  Through  {clean_text(message.via.email, 100)}"))
    out.print(Text(f"  Subject  {clean_text(message.subject, 200)}"))
    if message.language != language:
        out.print(Text(f"  Language {message.language}"))
    out.print(
        Text("  Verdict  ").append_text(show.verdict_word(outcome)).append(show.score(outcome))
    )
    if outcome.verdict is not None:
        out.print(show.hits_table(outcome.verdict))
    for cut in message.cuts:
        lines = cut.text.strip().split("\n")
        first = clean_text(next((line for line in lines if line.strip()), ""), 60)
        out.print(
            Text(f"  Left out {cut.reason}, {_count(len(lines), 'line')}: {first}", style="dim")
        )
    for defect in message.defects:
        out.print(Text(f"  Doubtful {defect.code}: {clean_text(defect.detail, 200)}", style="dim"))
    for phone in outcome.phones:
        out.print(Text(f"  Phone    {phone.shown}"))
    for note in outcome.notes:
        out.print(Text(f"  Note     {note}", style="yellow"))
    if outcome.draft is not None:
        out.print(Text("  Draft"))
        out.print(Text(show.framed(show.draft_text(outcome.draft), out.width)))
    elif outcome.skip is not None:
        word = "No draft" if outcome.skip.judged else "Ignored "
        out.print(Text(f"  {word} {outcome.skip.detail}"))
    out.print()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
