"""`explain`: why a message is judged as it is, and what reply it would get."""

from __future__ import annotations

import contextlib
import gc
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import cli, tell

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.cli.sources import Source
    from assistant.cli.wiring import Setup
    from assistant.config import Config
    from assistant.model import Facts, Message, Opinion, Outcome, Reading
    from assistant.tone.flip import Why
    from assistant.triage import Triage
    from assistant.worker import Worker


@dataclass(frozen=True, slots=True)
class Explained:
    """A message from a file, and all there is to say about it."""

    name: str
    raw: bytes
    message: Message
    outcome: Outcome
    why: Why | None
    """What nearly counted, and what would turn the verdict; None where there is none."""


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…|-")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object for each message.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="Write a page for the browser. It holds all that your clients wrote in these messages.",
)
@click.pass_obj
def explain(
    config_path: Path | None, paths: tuple[str, ...], as_json: bool, page: Path | None
) -> None:
    """Show points, rules and quotes for messages in files, and the draft they would get.

    FILE is an .eml, an mbox, a Maildir, or a folder of .eml files; - reads one message from
    standard input. Each is judged as if it had just arrived.

    Nothing is written anywhere, unless --html asks for a page: what your clients wrote then stays
    in that file, readable for you alone, until you delete it. A page that explain has written is
    replaced; any other file is left alone.
    """
    from assistant import shipped
    from assistant.worker import Worker

    gc.disable()  # a tenth of a start is spent looking for garbage where there is none
    # What takes longest is begun first: a process that reads gets ready while this one reads the rules.
    reader = Worker(folder=shipped.folder())
    reader.begin()
    try:
        with contextlib.closing(reader):
            _explain(config_path, paths, reader, as_json=as_json, page=page)
    finally:
        gc.enable()


def _explain(
    config_path: Path | None,
    paths: tuple[str, ...],
    reader: Worker,
    *,
    as_json: bool,
    page: Path | None,
) -> None:
    from assistant.cli import show, wiring
    from assistant.errors import UnreadableMail

    if page is not None:
        from assistant.cli import pagefile

        pagefile.check(page)
    setup = wiring.read_setup(config_path, lambda config: _prepare(reader, config))
    failures: list[str] = []
    found = _explained(setup, reader, paths, failures)
    if page is not None:
        found = _written(page, tuple(found), quiet=as_json)
    if as_json:
        _print_json(found)
    elif page is None:
        out = show.console()
        for each in found:
            _show(out, each, setup.config.settings.language)
    if failures:
        raise click.exceptions.Exit(UnreadableMail.exit_code)


def _prepare(reader: Worker, config: Config) -> None:
    """Load what the reader's first opinion needs while this process reads the rules."""
    from assistant.cli import wiring
    from assistant.errors import ReaderUnavailable

    def prepare() -> None:
        with contextlib.suppress(ReaderUnavailable):  # who asks first is told what is wrong
            reader.prepare(config.settings.language)

    if wiring.encoders(config) is not None:
        threading.Thread(target=prepare, daemon=True).start()


def _written(page: Path, found: tuple[Explained, ...], *, quiet: bool) -> tuple[Explained, ...]:
    """The same messages, and a page of them; without any, none is written."""
    from assistant.clean import clean_text
    from assistant.cli import pagefile
    from assistant.cli.page import whole

    if found:
        pagefile.write(page, whole(found))
        told = f"{clean_text(str(page), 500)}: {_count(len(found), 'message')}"
        click.echo(told, err=quiet)
    return found


def _explained(
    setup: Setup, reader: Worker, paths: Sequence[str], failures: list[str]
) -> Iterable[Explained]:
    """Every message that can be read, judged; the names of the others, who are told of, go into `failures`."""
    from assistant.cli import wiring
    from assistant.cli.judging import AsArrived
    from assistant.cli.sources import sources
    from assistant.errors import UnreadableMail

    judging = AsArrived(setup, reader)
    threading.Thread(target=judging.prepare, daemon=True).start()
    opinions = wiring.encoders(setup.config) is not None
    for path in paths:
        try:
            for source in sources(path):
                try:
                    if source.why:
                        raise UnreadableMail(source.why)
                    reading, facts, triage = judging.read(source.raw)
                except UnreadableMail as error:
                    failures.append(source.name)
                    tell(f"error: {source.name}: {error.message}")
                    continue
                yield _judged(triage, reader, source, reading, facts, opinions=opinions)
                gc.enable()
        except UnreadableMail as error:
            failures.append(path)
            tell(f"error: {error.message}")


def _judged(
    triage: Triage, here: Worker, source: Source, reading: Reading, facts: Facts, *, opinions: bool
) -> Explained:
    """A message with its verdict, and what lies beside that."""
    from assistant.tone.flip import why

    message = reading.message
    reading = replace(reading, polarity=here.mood(message))

    @cache
    def opinion() -> Opinion | None:
        # Whoever asks why wants the evidence in any case.
        return here.opinion(message, evidence=True) if opinions else None

    outcome = triage.decide(reading, facts, lambda _message, _evidence: opinion())
    if outcome.verdict is None:
        return Explained(source.name, source.raw, message, outcome, None)
    return Explained(
        source.name,
        source.raw,
        message,
        outcome,
        why(triage.judge, reading, facts.behaviour, opinion),
    )


def _print_json(found: Iterable[Explained]) -> None:
    from assistant.cli import show, telling

    listed: list[dict[str, Any]] = [
        {
            "file": each.name,
            **show.as_json(each.message, each.outcome),
            **telling.as_json(each.why),
        }
        for each in found
    ]
    click.echo(json.dumps(listed, indent=2))


def _show(out: Console, each: Explained, language: str) -> None:
    """One message on the terminal."""
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import highlight, show

    message, outcome = each.message, each.outcome
    plain = out.color_system is None or out.no_color
    sender = f"{message.sender.name} <{message.sender.email}>" if message.sender else "(nobody)"
    out.print(Text(clean_text(each.name, 500), style="bold"))
    out.print(Text(f"  From     {clean_text(sender.strip(), 100)}"))
    if message.via is not None:
        out.print(Text(f"  Through  {clean_text(message.via.email, 100)}"))
    out.print(Text("  Subject  ").append_text(highlight.subject(message, outcome, plain)))
    if message.language != language:
        out.print(Text(f"  Language {message.language}"))
    out.print(
        Text("  Verdict  ").append_text(show.verdict_word(outcome)).append(show.score(outcome))
    )
    if outcome.verdict is not None and each.why is not None:
        highlight.print_margin(out, outcome.verdict, each.why)
        out.print(show.hits_table(outcome.verdict))
        highlight.print_nearly(out, each.why)
        highlight.print_words(out, message, outcome.verdict, plain)
    _show_rest(out, message, outcome)


def _show_rest(out: Console, message: Message, outcome: Outcome) -> None:
    """What was left out, what is doubtful, and what would be done."""
    from rich.text import Text

    from assistant.clean import clean_text
    from assistant.cli import show

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
