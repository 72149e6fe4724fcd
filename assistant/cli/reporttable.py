"""A report in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.cases.report import Group, Report
from assistant.clean import clean_text
from assistant.cli import reportrows as rows
from assistant.cli import show as shown

HEADINGS = {"client": "Client", "cue": "About", "month": "Month"}
_MOST_REPEATS = 10


def show(out: Console, report: Report, tones: Mapping[int, str]) -> None:
    """The whole period, its groups, their tones, and what came again."""
    title, compared = rows.titles(report)
    out.print(Text(f"Unhappy clients, {title}", style="bold"))
    out.print(Text(f"{compared}\n"))
    if not report.total.now.opened:
        out.print("No case was opened in this period.")
    if not report.total.now.opened and not (report.total.before and report.total.before.opened):
        return
    out.print(_summary(report, tones))
    tables = [_groups(report)] if report.groups else []
    if report.total.now.opened:
        tables += [_times(report), _tones(report, tones)]
    if report.by != "cue" and report.total.now.cues:
        tables.append(_causes(report))
    if report.repeats:
        tables.append(_repeats(report))
    for table in tables:
        out.print()
        out.print(table)
    if report.before is not None:
        out.print(Text(f"\n{rows.WHY_TOO_FEW}", style="dim"))


def _summary(report: Report, tones: Mapping[int, str]) -> Table:
    table = shown.plain_table()
    table.add_column("")
    titles = ("This period", "Before", "Change") if report.before else ("This period",)
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows.summary(report, tones):
        cells = (row.now, row.before, row.change)[: len(titles)]
        table.add_row(Text(f"{'  ' * row.part}{row.label}"), *(Text(each) for each in cells))
    return table


def _groups(report: Report) -> Table:
    """How many, and how they stand."""
    table = _with_names(report)
    compared = ("Before", "Change") if report.before else ()
    for title in ("Cases", *compared, "Open", "Resolved", "Reopened", "Repeated"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in report.groups:
        now = each.now
        before = str(each.before.opened) if each.before else ""
        table.add_row(
            _name(each), str(now.opened), *(before, rows.change(each))[: len(compared)],
            str(now.open), str(now.resolved), str(now.reopened), str(now.repeated),
        )  # fmt: skip
    return table


def _times(report: Report) -> Table:
    """The one in the middle, and nine in ten."""
    table = _with_names(report)
    for title in ("First answer", "9 in 10", "Call", "9 in 10", "Resolve", "9 in 10"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in _with_cases(report):
        answer, call, days = each.now.answer, each.now.call, each.now.days
        table.add_row(
            _name(each),
            rows.took(answer.median, rows.HOURS), rows.took(answer.ninetieth, rows.HOURS),
            rows.took(call.median, rows.HOURS), rows.took(call.ninetieth, rows.HOURS),
            rows.took(days.median, rows.DAYS), rows.took(days.ninetieth, rows.DAYS),
        )  # fmt: skip
    return table


def _tones(report: Report, tones: Mapping[int, str]) -> Table:
    table = _with_names(report)
    for _, tone in sorted(tones.items()):
        table.add_column(clean_text(tone, 20), justify="right", no_wrap=True)
    for each in _with_cases(report):
        counts = (each.now.tones.get(heat, 0) for heat in sorted(tones))
        table.add_row(_name(each), *(str(count or "·") for count in counts))
    return table


def _causes(report: Report) -> Table:
    table = _with_names(report)
    table.add_column("About")
    for each in _with_cases(report):
        if each.now.cues:
            table.add_row(_name(each), Text(rows.about(each.now)))
    return table


def _repeats(report: Report) -> Table:
    table = shown.plain_table()
    table.add_column("The same again", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("About", no_wrap=True)
    table.add_column("Cases", overflow="fold")
    for each in report.repeats[:_MOST_REPEATS]:
        table.add_row(
            Text(clean_text(each.name, rows.LONGEST_NAME)),
            Text(clean_text(each.cue, 20)),
            Text(f"{len(each.cases)}: {', '.join(each.cases)}"),
        )
    if len(report.repeats) > _MOST_REPEATS:
        table.add_row(Text(f"and {len(report.repeats) - _MOST_REPEATS} more"), Text(), Text())
    return table


def _with_cases(report: Report) -> list[Group]:
    """Without those that had some in the period before alone."""
    return [each for each in report.groups if each.now.opened]


def _with_names(report: Report) -> Table:
    """Of its columns the names are cut short first: rich narrows those that may wrap."""
    table = shown.plain_table()
    table.add_column(HEADINGS[report.by], max_width=28)
    return table


def _name(group: Group) -> Text:
    return Text(rows.name(group), no_wrap=True, overflow="ellipsis")
