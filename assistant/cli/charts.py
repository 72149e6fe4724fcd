"""Bars as SVG for a page of ours. pygal places them, and of what it writes nothing is kept but shapes and words.

It would bring a script, a style sheet for each chart, and its settings. The page's own style sheet colours the
classes ``color-0``, ``color-1`` and so on. Each chart is there twice, for a wide window and for a narrow one: scaled
down to a phone, the words of a wide one could not be read.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from assistant.clean import clean_text
from assistant.errors import AssistantError

EXTRA = "pip install 'inbox-assistant[report]'"
_SIZES = (("wide", 860, 310, 14), ("narrow", 340, 250, 12))
"""Class, width, height, size of letters."""
_TAGS = ("g", "rect", "path", "text")
_ATTRIBUTES = ("class", "transform", "x", "y", "width", "height", "d")
_UNSEEN = ("background", "tooltip-overlay", "titles", "legends")
_STEPS = (1, 2, 3, 4, 6, 12)
_ROOM = 3.1
"""Widths of a letter's size that a month's label needs."""
_LONGEST = 24
_AXIS, _WIDEST = 120, 80
"""Width beside the months, and of each at most: two months don't make two walls."""


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one colour, one for each label; None where there is nothing to show."""

    name: str
    values: tuple[float | None, ...]


def needed() -> None:
    """Asked before anything is counted, so that nobody waits in vain.

    Raises:
        AssistantError: where pygal is not installed.
    """
    try:
        _pygal()
    except ImportError as error:
        raise AssistantError(
            "the page needs something to draw charts with, which is an extra", hint=EXTRA
        ) from error


def _pygal() -> Any:
    """pygal, without what it leaves among the interpreter's finders: for plugins of its own, and too old for 3.12."""
    import pygal

    sys.meta_path[:] = [e for e in sys.meta_path if type(e).__name__ != "PluginImportFixer"]
    return pygal


def months(what: str, keys: Sequence[str], series: Sequence[Series], *, stacked: bool) -> str:
    """Upright bars for each month, upon or beside each other.

    Args:
        what: what is shown, for who hears the page.
        keys: ``2026-03``, without a gap.
    """
    tops = [_top([each.values[at] or 0 for each in series], stacked) for at in range(len(keys))]
    return "".join(
        _drawn(
            "StackedBar" if stacked else "Bar",
            (size[0], min(size[1], _AXIS + _WIDEST * len(keys)), *size[2:]),
            what,
            _labels(keys, int(size[1] / (size[3] * _ROOM))),
            series,
            max(tops),
        )
        for size in _SIZES
    )


def causes(what: str, names: Sequence[str], series: Sequence[Series]) -> str:
    """Lying bars, the first on top, each with its number."""
    labels = [clean_text(each, _LONGEST) for each in reversed(names)]
    turned = [Series(each.name, each.values[::-1]) for each in series]
    most = max(value or 0 for each in series for value in each.values)
    rows = len(names) * len(series)
    return "".join(
        _drawn("HorizontalBar", (*size[:2], 60 + 19 * rows, size[3]), what, labels, turned, most)
        for size in _SIZES
    )


def _top(values: Iterable[float], stacked: bool) -> float:
    return sum(values) if stacked else max(values)


def _labels(keys: Sequence[str], room: int) -> list[str]:
    """ "Feb", and for January its year; only every second, third or so where there is no room for all."""
    from assistant.cases.report import MONTHS

    step = next((each for each in _STEPS if len(keys) <= room * each), _STEPS[-1])
    numbers = [(key[:4], int(key[5:])) for key in keys]
    return [
        "" if (month - 1) % step else year if month == 1 else MONTHS[month - 1]
        for year, month in numbers
    ]


def _drawn(
    kind: str,
    size: tuple[str, int, int, int],
    what: str,
    labels: Sequence[str],
    series: Sequence[Series],
    most: float,
) -> str:
    pygal = _pygal()
    from pygal.style import Style

    name, width, height, letters = size
    fonts = ("label", "major_label", "value")
    lying = kind == "HorizontalBar"
    chart: Any = getattr(pygal, kind)(
        width=width, height=height, margin=4, margin_bottom=8, show_legend=False, js=[], spacing=6, truncate_label=-1,
        print_values=lying, print_values_position="top", print_zeroes=lying,
        formatter=lambda value: "" if value is None else f"{value:g}",
        style=Style(**{f"{each}_font_size": letters for each in fonts}),
    )  # fmt: skip
    chart.x_labels = list(labels)
    chart.y_labels = ticks(most)
    chart.range = (0, max(chart.y_labels[-1], most))
    for each in series:
        chart.add("", list(each.values))
    tree = ElementTree.fromstring(chart.render(is_unicode=True))  # noqa: S314 - written just now
    shapes = "".join(_kept(each) for each in tree)
    return (
        f'<svg class="{name}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{html.escape(clean_text(what, 200))}">{shapes}</svg>'
    )


def ticks(most: float) -> list[float]:
    """Round numbers from 0 on, five steps at most; never a part of a case or of an hour."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(each for each in steps if each * 5 >= most)
    return [float(step * each) for each in range(max(1, -(-int(-(-most // 1)) // step)) + 1)]


def _kept(element: ElementTree.Element) -> str:
    """An element with what is in it; only tags and attributes that draw."""
    tag = element.tag.rpartition("}")[2]
    classes = element.get("class", "").split()
    if tag not in _TAGS or any(each in _UNSEEN for each in classes):
        return ""
    if tag == "rect" and 0 in (float(element.get("width", 0)), float(element.get("height", 0))):
        return ""
    inside = html.escape(element.text or "") if tag == "text" else ""
    inside += "".join(_kept(each) for each in element)
    if not inside and tag in ("g", "text"):
        return ""
    given = {name: _short(element.get(name, "")) for name in _ATTRIBUTES if element.get(name)}
    told = "".join(f' {name}="{html.escape(value)}"' for name, value in given.items())
    return f"<{tag}{told}>{inside}</{tag}>"


def _short(value: str) -> str:
    """A number to a tenth of a unit."""
    try:
        return f"{float(value):.1f}"
    except ValueError:
        return value
