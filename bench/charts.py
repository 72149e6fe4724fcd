"""Small line charts as SVG, both axes logarithmic: what grows in proportion is a straight line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, ACROSS = 340, 240, 3
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 34, 16, 40
# Greys and two colours that can be read on white and on black.
_STYLE = (
    "text{font:11px sans-serif;fill:#808080}.t{font-size:12px;font-weight:bold}"
    ".g{stroke:#808080;stroke-opacity:.25}.l{fill:none;stroke-width:2}"
)
COLOURS = ("#3987e5", "#d97c1e")


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: up to two lines, each a name, shown where there are two, and its points."""

    title: str
    along: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


def svg(charts: Sequence[Chart]) -> str:
    """All of them in rows of three."""
    rows = -(-len(charts) // ACROSS)
    width, height = WIDTH * min(ACROSS, len(charts)), HEIGHT * rows
    body = [
        f'<g transform="translate({n % ACROSS * WIDTH} {n // ACROSS * HEIGHT})">{_drawn(each)}</g>'
        for n, each in enumerate(charts)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape('; '.join(each.title for each in charts))}</title><style>{_STYLE}</style>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _drawn(chart: Chart) -> str:
    xs = [x for _, points in chart.lines for x, _ in points]
    ys = [y for _, points in chart.lines for _, y in points]
    across, up = _decades(xs), _decades(ys)

    def x(value: float) -> float:
        return _LEFT + _share(value, across) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - _share(value, up) * (HEIGHT - _TOP - _BOTTOM)

    found = [f'<text class="t" x="8" y="16">{escape(chart.title)}</text>']
    for power in range(across[0], across[1] + 1):
        at = x(10**power)
        found.append(f'<path class="g" d="M{at:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        found.append(_text(at, HEIGHT - _BOTTOM + 14, _short(10**power), "middle"))
    for power in range(up[0], up[1] + 1):
        at = y(10**power)
        found.append(f'<path class="g" d="M{_LEFT} {at:.1f}H{WIDTH - _RIGHT}"/>')
        found.append(_text(_LEFT - 6, at + 4, _short(10**power), "end"))
    found.append(_text((WIDTH + _LEFT) / 2, HEIGHT - 8, chart.along, "middle"))
    for number, (name, points) in enumerate(chart.lines):
        colour = COLOURS[number]
        places = [(x(a), y(b)) for a, b in points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        found.append(f'<polyline class="l" stroke="{colour}" points="{path}"/>')
        found += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
        if len(chart.lines) > 1:
            found.append(
                f'<text x="{_LEFT + 8 + 120 * number}" y="{_TOP - 5}" style="fill:{colour}">{escape(name)}</text>'
            )
    return "".join(found)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around them."""
    low = math.floor(math.log10(min(values)) + 1e-9)
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
