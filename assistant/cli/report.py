"""`report`: what went wrong, how often, and how long it took: in the terminal, as a page, for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import tell
from assistant.cli.scan import on_or_after

if TYPE_CHECKING:
    from assistant.cases.report import Report
    from assistant.model import Calling, Case

DEFAULT_DAYS = 90
GROUPINGS = ("client", "cue", "month")


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a report is made from."""

    cases: Sequence[Case]
    calling: Calling
    tones: Mapping[int, str]
    """Heat -> what the tone is called."""
    now: datetime
    watched: datetime | None = None
    """Since when mail is known; None: always."""


Gather = Callable[[Path | None], Known]
"""Takes the path of config.toml, if one was named."""


def command(gather: Gather) -> click.Command:
    """The command, with where it gets its cases from."""

    @click.command()
    @_options
    @click.pass_obj
    def report(
        config_path: Path | None,
        since: date | None,
        until: date | None,
        by: str,
        page: Path | None,
        table: Path | None,
        as_json: bool,
    ) -> None:
        """Report the cases of a period: how many, about what, and how long it took to answer, to call, to resolve.

        Compared with as many days directly before. A page is one file that runs nothing and fetches
        nothing; it names your clients.
        """
        _checked(page, table)
        known = gather(config_path)
        found = _report(known, since, until, by)
        if page is not None or table is not None:
            _written(found, known, page, table, quiet=as_json)
        if as_json:
            from assistant.cli import reportdata

            click.echo(json.dumps(reportdata.as_json(found, known.tones), indent=2))
        elif page is None and table is None:
            from assistant.cli import reporttable, show

            reporttable.show(show.console(), found, known.tones)

    return report


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Of the command, in their order."""
    file = click.Path(path_type=Path)
    since = f"Cases opened from this day on, or in so many days.  [default: {DEFAULT_DAYS}d]"
    until = "Cases opened up to this day, and how they stood at its end.  [default: now]"
    options = (
        click.option("--since", callback=on_or_after, metavar="YYYY-MM-DD|30d", help=since),
        click.option("--until", callback=on_or_after, metavar="YYYY-MM-DD", help=until),
        click.option(
            "--by", type=click.Choice(GROUPINGS), default="month", show_default=True, help="Group by."
        ),
        click.option("--html", "page", metavar="FILE", type=file, help="Write a page with charts."),
        click.option("--csv", "table", metavar="FILE", type=file, help="Write a table for a spreadsheet."),
        click.option("--json", "as_json", is_flag=True, help="A JSON object."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _checked(page: Path | None, table: Path | None) -> None:
    """Before anything is gathered, so that nobody waits in vain."""
    from assistant.cli import charts, pagefile

    if page is not None:
        pagefile.check(page)
        charts.needed()
    if table is not None:
        pagefile.check(table, "--csv")
    if page is not None and page == table:
        raise click.UsageError("--html and --csv name the same file")


def _report(known: Known, since: date | None, until: date | None, by: str) -> Report:
    """Days are those of the user's own zone."""
    from assistant.cases import office
    from assistant.cases.report import report

    zone = office.zone_of(known.calling)
    today = known.now.astimezone(zone).date()
    if until is not None and until < today:
        end = datetime.combine(until + timedelta(days=1), time(0), zone)
    else:
        end = known.now.astimezone(zone)
    begin = datetime.combine(since or end.date() - timedelta(days=DEFAULT_DAYS), time(0), zone)
    if begin >= end:
        raise click.UsageError("--since lies after the end of the period")
    return report(known.cases, begin, end, by, known.calling, known.watched)  # type: ignore[arg-type]


def _written(
    found: Report, known: Known, page: Path | None, table: Path | None, *, quiet: bool
) -> None:
    """Say what was written; on stderr where stdout is a program's."""
    from assistant.cli import pagefile

    count = found.total.now.opened
    counted = f"{count} case{'s' * (count != 1)}"
    if page is not None:
        from assistant.cli import reportpage

        pagefile.write(page, reportpage.whole(found, known.tones))
    if table is not None:
        from assistant.cli import reportdata

        pagefile.write(table, reportdata.as_csv(found, known.tones), "--csv")
    for path in (page, table):
        if path is not None and quiet:
            tell(f"{path}: {counted}")
        elif path is not None:
            click.echo(f"{path}: {counted}")
