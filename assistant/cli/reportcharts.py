"""The charts of a report's page: cases, times and causes, each with the numbers in a table below it."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.cases.report import Group, Report
from assistant.cli import charts
from assistant.cli import reportrows as rows
from assistant.cli.charts import Series
from assistant.cli.reporthtml import figure, table

MOST_CAUSES = 12


def tones(report: Report, tones: Mapping[int, str]) -> str:
    months, names = report.months, [tone for _, tone in sorted(tones.items())]
    series = [
        Series(tone, tuple(each.now.tones.get(heat, 0) for each in months))
        for heat, tone in sorted(tones.items())
    ]
    listed = table(
        ["Month", "Cases", "Change", *names, "Still open", "Reopened", "Repeated"],
        [
            [
                each.name, str(each.now.opened), rows.change(each),
                *(str(each.now.tones.get(heat, 0)) for heat in sorted(tones)),
                str(each.now.open), str(each.now.reopened), str(each.now.repeated),
            ]
            for each in months
        ],
        kind="cards",
    )  # fmt: skip
    drawn = charts.months(
        "Cases opened in each month, by tone", [e.key for e in months], series, stacked=True
    )
    told = (
        "By the tone of the hottest message. Change: from the month before, where both are whole."
    )
    return figure("Cases opened in each month", told, "tones", names, drawn, listed)


def times(report: Report) -> str:
    months = report.months
    series = [
        Series("first answer", tuple(_one(each.now.answer.median) for each in months)),
        Series("call", tuple(_one(each.now.call.median) for each in months)),
    ]
    listed = table(
        ["Month", "Answered", "Median", "Nine in ten", "Called", "Median", "Nine in ten"],
        [
            [
                each.name,
                *rows.told(each.now, "answer", rows.HOURS),
                *rows.told(each.now, "call", rows.HOURS),
            ]
            for each in months
        ],
        kind="cards",
    )
    drawn = charts.months(
        "Median working hours to the first answer and to the call, by month",
        [each.key for each in months],
        series,
        stacked=False,
    )
    told = "Median, in working hours, of the cases opened in each month."
    names = [each.name for each in series]
    return figure("Time to the first answer and to the call", told, "times", names, drawn, listed)


def days(report: Report) -> str:
    months = report.months
    series = [Series("to resolve", tuple(_one(each.now.days.median) for each in months))]
    listed = table(
        ["Month", "Resolved", "Median", "Nine in ten", "Median, working hours", "Still open"],
        [
            [
                each.name,
                *rows.told(each.now, "days", rows.DAYS),
                rows.took(each.now.resolve.median, rows.HOURS),
                str(each.now.open),
            ]
            for each in months
        ],
        kind="cards",
    )
    drawn = charts.months(
        "Median days until a case was resolved, by month",
        [each.key for each in months],
        series,
        stacked=False,
    )
    told = "Median, in days, of the cases opened in each month that are resolved by now."
    return figure("Time to resolve", told, "days", ["days"], drawn, listed)


def causes(report: Report) -> str:
    shown = [each for each in report.cues if each.now.opened or each.before][:MOST_CAUSES]
    series = [Series("this period", tuple(float(each.now.opened) for each in shown))]
    if report.before:
        then = tuple(float(e.before.opened) if e.before else 0.0 for e in shown)
        series.append(Series("the period before", then))
    titles = ["About", "Cases", "Before", "Change", "Repeated", "Still open"]
    keep = [0, 1, 2, 3, 4, 5] if report.before else [0, 1, 4, 5]
    lines = [_cause(each) for each in report.cues]
    listed = table(
        [titles[at] for at in keep], [[line[at] for at in keep] for line in lines], kind="cards"
    )
    drawn = charts.causes("Cases by what they were about", [rows.name(e) for e in shown], series)
    more = f" The {MOST_CAUSES} most frequent are drawn." if len(report.cues) > MOST_CAUSES else ""
    told = f"A case about two things counts with both.{more}"
    names = [each.name for each in series]
    return figure("What it was about", told, "causes", names, drawn, listed)


def _cause(each: Group) -> list[str]:
    before = str(each.before.opened) if each.before else ""
    return [
        rows.name(each), str(each.now.opened), before, rows.change(each), str(each.now.repeated), str(each.now.open),
    ]  # fmt: skip


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
