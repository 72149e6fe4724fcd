"""What a report's page is made of: tables, and charts each with its table. Escapes whatever it is given."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from assistant.clean import clean_text
from assistant.cli import reportrows as rows

_NIL = ("", "0", rows.NONE, rows.TOO_FEW)


def safe(text: str) -> str:
    """Anything at all as a line of text in a page, or in an attribute between quotes."""
    return html.escape(clean_text(text, 500))


def section(title: str, inside: str) -> str:
    return f"<section><h2>{title}</h2>{inside}</section>"


def table(
    titles: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    words: Sequence[int] = (),
    kind: str = "",
) -> str:
    """The first cell of each line names it; the others are numbers, but those at `words`. All cells are escaped here."""
    head = "".join(
        f'<th scope="col"{"" if at == 0 or at in words else " class=n"}>{safe(title)}</th>'
        for at, title in enumerate(titles)
    )
    body = []
    for name, *cells in lines:
        told = "".join(
            f'<td{_kind(cell, at, words)} data-label="{safe(titles[at])}">{safe(cell)}</td>'
            for at, cell in enumerate(cells, 1)
        )
        body.append(f'<tr><th scope="row"><bdi>{safe(name)}</bdi></th>{told}</tr>')
    shown = f' class="{kind}"' if kind else ""
    inside = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
    return f'<div class="table"><table{shown}>{inside}</table></div>'


def _kind(cell: str, at: int, words: Sequence[int]) -> str:
    """Of a cell: numbers stand at the right; what says nothing is left out on a phone, but never the first."""
    kinds = [*(() if at in words else ("n",)), *(("nil",) if at > 1 and cell in _NIL else ())]
    return f' class="{" ".join(kinds)}"' if kinds else ""


def figure(title: str, told: str, kind: str, series: Sequence[str], drawn: str, listed: str) -> str:
    legend = "".join(
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="color-{at}" width="10" height="10"/></svg>{safe(name)}</li>'
        for at, name in enumerate(series)
    )
    names = f'<ul class="legend">{legend}</ul>' if len(series) > 1 else ""
    caption = f"<figcaption><h2>{title}</h2><p>{told}</p></figcaption>"
    return f'<section><figure class="{kind}">{caption}{names}{drawn}{listed}</figure></section>'
