"""A report as one page for a browser, paper and phone: nothing of it comes from elsewhere, nothing in it runs.

Every word that is not written here goes through `reporthtml` or `charts`. The Content-Security-Policy forbids
everything but the style sheet, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from assistant.cases.figures import Figures
from assistant.cases.report import Report
from assistant.clean import clean_text
from assistant.cli import reportcharts
from assistant.cli import reportrows as rows
from assistant.cli.pagefile import REPORT
from assistant.cli.reporthtml import safe, section, table
from assistant.cli.reportstyle import STYLE

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_GROUPS = {"client": "By client", "cue": "By cause", "month": "By month"}
_TILES = {
    "Cases opened": "Cases opened",
    "Still open": "Still open",
    "First answer, median in working hours": "First answer, median",
    "To resolve, median in days": "To resolve, median",
}
"""What it says above a figure -> the row that has it."""
_NAMES = {"client": "Client", "cue": "About", "month": "Month"}


def whole(report: Report, tones: Mapping[int, str]) -> str:
    """The whole page."""
    title, compared = rows.titles(report)
    body = [
        f"<header><h1>Unhappy clients</h1><p><strong>{title}</strong>, {compared}</p></header>",
        _tiles(report) if report.total.now.opened else "<p>No case was opened in this period.</p>",
    ]
    if report.clients:
        body.append(section("The whole period", _summary(report, tones)))
    if report.total.now.opened:
        body += [
            reportcharts.tones(report, tones),
            reportcharts.times(report),
            reportcharts.days(report),
            reportcharts.causes(report),
        ]
    if report.groups and report.by != "month":
        body.append(section(_GROUPS[report.by], _groups(report, tones)))
    if report.repeats:
        body.append(section("The same again", _repeats(report)))
    body += [
        section("How this is counted", _terms()),
        "<footer>Written by inbox-assistant. This file names your clients: mind whom you give it to.</footer>",
    ]
    return "".join([
        REPORT, '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light">',
        f"<title>Unhappy clients, {title}</title><style>{STYLE}</style></head><body>\n",
        "\n".join(body),
        "\n</body></html>\n",
    ])  # fmt: skip


def _tiles(report: Report) -> str:
    """What one wants to know first."""
    told = {each.label: each for each in rows.summary(report, {})}
    cells = (
        f'<div><dt>{label}</dt><dd class="figure">{safe(told[row].now)}</dd>'
        f'<dd class="change">{_compared(told[row])}</dd></div>'
        for label, row in _TILES.items()
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def _compared(row: rows.Row) -> str:
    if not row.before:
        return ""
    if row.change == rows.TOO_FEW:
        return safe(f"before: {row.before}")
    return safe(f"{row.change} (before: {row.before})")


def _summary(report: Report, tones: Mapping[int, str]) -> str:
    titles = ["", "This period", "Before", "Change"] if report.before else ["", "This period"]
    head = "".join(f'<th scope="col"{" class=n" * bool(each)}>{each}</th>' for each in titles)
    lines = []
    for row in rows.summary(report, tones):
        cells = [row.now, row.before, row.change][: len(titles) - 1]
        told = "".join(f"<td class=n>{safe(each)}</td>" for each in cells)
        part = ' class="part"' if row.part else ""
        lines.append(f'<tr{part}><th scope="row">{safe(row.label)}</th>{told}</tr>')
    note = f'<p class="note">{safe(rows.WHY_TOO_FEW)}</p>' if report.before else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{note}"


def _groups(report: Report, tones: Mapping[int, str]) -> str:
    """How many, how long it took, how unhappy and about what; who had cases before alone is in the first only."""
    mine = [each for each in report.groups if each.now.opened]
    title, parts = _NAMES[report.by], [_counts(report)]
    if not mine:
        return parts[0]
    times = ["First answer, median", "nine in ten", "Call, median", "nine in ten", "To resolve, median", "nine in ten"]  # fmt: skip
    told = (
        [
            rows.name(each),
            *rows.told(each.now, "answer", rows.HOURS)[1:],
            *rows.told(each.now, "call", rows.HOURS)[1:],
            *rows.told(each.now, "days", rows.DAYS)[1:],
        ]
        for each in mine
    )
    parts.append(table([title, *times], told, kind="cards"))
    unhappy = ([rows.name(each), _toned(each.now, tones), rows.about(each.now)] for each in mine)
    titles = [title, "Tones", "About"] if report.by != "cue" else [title, "Tones"]
    lines = (line[: len(titles)] for line in unhappy)
    parts.append(table(titles, lines, words=(1, 2), kind="cards"))
    return "".join(f'<div class="part-of">{each}</div>' for each in parts)


def _counts(report: Report) -> str:
    compared = ["Before", "Change"] if report.before else []
    titles = [
        _NAMES[report.by],
        "Cases",
        *compared,
        "Still open",
        "Resolved",
        "Reopened",
        "Repeated",
    ]
    lines = (
        [
            rows.name(each), str(each.now.opened), *([str(each.before.opened), rows.change(each)] if each.before else []),
            str(each.now.open), str(each.now.resolved), str(each.now.reopened), str(each.now.repeated),
        ]
        for each in report.groups
    )  # fmt: skip
    return table(titles, lines, kind="cards")


def _toned(figures: Figures, tones: Mapping[int, str]) -> str:
    """ "frustrated 2, angry 1" """
    return ", ".join(
        f"{tone} {figures.tones[heat]}"
        for heat, tone in sorted(tones.items())
        if figures.tones.get(heat)
    )


def _repeats(report: Report) -> str:
    lines = (
        [
            clean_text(each.name, rows.LONGEST_NAME),
            each.cue,
            str(len(each.cases)),
            ", ".join(each.cases),
        ]
        for each in report.repeats
    )
    listed = table(["Client", "About", "Cases", "Which"], lines, words=(1, 3), kind="cards")
    return f'{listed}<p class="note">Clients with more than one case about the same in this period.</p>'


def _terms() -> str:
    told = (f"<dt>{safe(term)}</dt><dd>{safe(meant)}</dd>" for term, meant in rows.DEFINITIONS)
    return f'<dl class="terms">{"".join(told)}</dl>'
