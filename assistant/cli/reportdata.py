"""A report for programs: JSON, and a table for spreadsheets (RFC 4180). The field names are part of the interface."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.cases.figures import Figures, Times
from assistant.cases.report import (
    FEW,
    FEW_FOR_MOST,
    Group,
    Period,
    Report,
    difference,
    slower,
    slower_for_most,
)
from assistant.clean import clean_text
from assistant.cli.pagefile import TABLE

COUNTS = ("opened", "open", "resolved", "reopened", "repeated")
TIMES = {"answer": "hours", "call": "hours", "resolve": "hours", "days": "days"}
"""What is timed, and in what."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST = 200


def as_json(report: Report, tones: Mapping[int, str]) -> dict[str, Any]:
    return {
        "by": report.by,
        "period": _period(report.period),
        "before": _period(report.before) if report.before else None,
        "too_few_below": {"count": FEW, "median": FEW, "ninetieth": FEW_FOR_MOST},
        "total": _group(report.total, tones),
        "groups": [_group(each, tones) for each in report.groups],
        "repeats": [
            {
                "client": each.client,
                "name": clean_text(each.name, _LONGEST),
                "cue": each.cue,
                "cases": list(each.cases),
            }
            for each in report.repeats
        ],
    }


def _period(period: Period) -> dict[str, str]:
    return {"since": period.since.isoformat(), "until": period.until.isoformat()}


def _group(group: Group, tones: Mapping[int, str]) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": clean_text(group.name, _LONGEST),
        **_figures(group.now, tones),
        "before": _figures(group.before, tones) if group.before else None,
        "change": _changes(group.now, group.before, tones) if group.before else None,
    }


def _figures(figures: Figures, tones: Mapping[int, str]) -> dict[str, Any]:
    return {
        **{name: getattr(figures, name) for name in COUNTS},
        "tones": {tone: figures.tones.get(heat, 0) for heat, tone in sorted(tones.items())},
        "cues": dict(figures.cues),
        **{name: _times(getattr(figures, name), unit) for name, unit in TIMES.items()},
    }


def _times(times: Times, unit: str) -> dict[str, Any]:
    return {
        "cases": times.measured,
        "unit": unit,
        "median": _rounded(times.median),
        "ninetieth": _rounded(times.ninetieth),
    }


def _changes(now: Figures, before: Figures, tones: Mapping[int, str]) -> dict[str, Any]:
    """Null where there are too few to say."""
    return {
        **{name: difference(getattr(now, name), getattr(before, name)) for name in COUNTS},
        "tones": {
            tone: difference(now.tones.get(heat, 0), before.tones.get(heat, 0))
            for heat, tone in sorted(tones.items())
        },
        "cues": {
            cue: difference(now.cues.get(cue, 0), before.cues.get(cue, 0))
            for cue in {**now.cues, **before.cues}
        },
        **{
            name: {
                "median": _rounded(slower(getattr(now, name), getattr(before, name))),
                "ninetieth": _rounded(slower_for_most(getattr(now, name), getattr(before, name))),
            }
            for name in TIMES
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


# --- for spreadsheets ---


def as_csv(report: Report, tones: Mapping[int, str]) -> str:
    """A row for all and for each group, and one more for the period before. Begins so that Excel reads its letters right."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([*TABLE.removeprefix("\ufeff").rstrip(",").split(","), *_columns(tones)])
    for group in (report.total, *report.groups):
        writer.writerow(_row("this", report.period, report.by, group, group.now, tones))
        if group.before and report.before and (report.by != "month" or group is report.total):
            writer.writerow(_row("before", report.before, report.by, group, group.before, tones))
    return "\ufeff" + file.getvalue()


def _columns(tones: Mapping[int, str]) -> Iterator[str]:
    """After those that `TABLE` names."""
    yield from (defused(tone) for _, tone in sorted(tones.items()))
    yield from (name for name in COUNTS if name != "opened")
    for name, unit in TIMES.items():
        told = "resolve" if name == "days" else name
        yield from (
            f"{told}_{unit}_cases",
            f"{told}_{unit}_median",
            f"{told}_{unit}_ninetieth",
        )
    yield "cues"


def _row(
    which: str, period: Period, by: str, group: Group, figures: Figures, tones: Mapping[int, str]
) -> Iterator[str | int | float | None]:
    yield from (which, period.since.isoformat(), period.until.isoformat())
    yield from (by if group.name else "all", defused(group.key), defused(group.name))
    yield figures.opened
    yield from (figures.tones.get(heat, 0) for heat in sorted(tones))
    yield from (getattr(figures, name) for name in COUNTS if name != "opened")
    for name in TIMES:
        times: Times = getattr(figures, name)
        yield from (times.measured, _rounded(times.median), _rounded(times.ninetieth))
    yield defused("; ".join(f"{cue} {count}" for cue, count in figures.cues.items()))


def defused(text: str) -> str:
    """A stranger's words that no spreadsheet takes for a formula."""
    shown = clean_text(text, _LONGEST)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
