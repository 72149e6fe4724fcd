"""The call brief as a person reads it: in a terminal, as Markdown, and for machines; as a page in `briefpage`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.cases.brief import Brief, Reference
from assistant.cli.brieflines import CALL, sections, title
from assistant.cli.briefpage import as_html, mid
from assistant.cli.briefpieces import Line, Piece

__all__ = ["as_html", "as_json", "as_markdown", "mid", "show"]

STYLES = {"plain": "", "quote": "italic", "strong": "bold", "soft": "dim", "bad": "red"}
LABEL = 13
"""Cells of the titles' column."""
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|<>~&:@]")
_FIRST = re.compile(r"^(\s*)([-=]|\d+(?=[.)]))")


def show(brief: Brief, console: Console) -> None:
    """The brief on a terminal, or in a pipe."""
    head = Text("Call brief ", style="dim")
    head.append(f"{brief.key}  ", style="bold")
    head.append_text(_text(title(brief)))
    console.print(head)
    for section in sections(brief):
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(width=LABEL, no_wrap=True)
        table.add_column(ratio=1)
        for number, line in enumerate(section.lines):
            label = Text(section.title if not number else "", style="bold cyan")
            table.add_row(label, _text(line.pieces, line.letters, line.after))
        if section.title == CALL:
            console.print()
        console.print(table)


def _text(
    pieces: Iterable[Piece], letters: Iterable[int] = (), after: Iterable[Piece] = ()
) -> Text:
    text = Text()
    for each in pieces:
        text.append(each.text, style=STYLES[each.style])
    for number in letters:
        text.append(f" #{number}", style="dim cyan")
    for each in after:
        text.append(each.text, style=STYLES[each.style])
    return text


def as_markdown(brief: Brief) -> str:
    """The brief as CommonMark; every message is a link that mail programs follow (RFC 2392)."""
    found = {each.number: each for each in brief.letters}
    parts = [f"# Call brief {escaped(brief.key)}\n\n{_marked(title(brief))}\n"]
    for section in sections(brief):
        lines = "".join(f"- {_line(each, found)}\n" for each in section.lines)
        parts.append(f"## {section.title}\n\n{lines}")
    return "\n".join(parts)


def _line(line: Line, found: dict[int, Reference]) -> str:
    links = []
    for number in line.letters:
        link = mid(found[number].message_id)
        links.append(f" [\\#{number}]({link})" if link else f" \\#{number}")
    return (
        _marked(line.pieces) + "".join(links) + "".join(escaped(each.text) for each in line.after)
    )


def _marked(pieces: Iterable[Piece]) -> str:
    """Pieces as Markdown, each escaped; emphasis never hangs on a stranger's blank."""
    written = ""
    for each in pieces:
        text = escaped(each.text)
        inner = text.strip()
        if each.style in ("strong", "bad") and inner:
            text = text.replace(inner, f"**{inner}**", 1)
        written += text
    return _FIRST.sub(r"\1\\\2" if written[:1] in "-=" else r"\1\2\\", written.strip(), count=1)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no address that becomes a link."""
    text = _SPECIAL.sub(r"\\\g<0>", text)
    return re.sub(r"(?i)\b(www)\.", r"\1\\.", text)


def as_json(brief: Brief) -> dict[str, Any]:
    """The whole brief for machines, nothing cut; the field names are part of the interface."""
    found = {
        name: _plain(getattr(brief, name))
        for name in brief.__slots__
        if name not in ("line", "letters", "day", "order")
    }
    found["timeline"] = _plain(brief.line.steps)
    found["waiting"] = _plain(brief.line.now)
    found["order"] = [{"step": name, "how": how} for name, how in brief.order]
    found["letters"] = [
        {
            "number": each.number,
            "at": each.at.isoformat(),
            "message_id": each.message_id,
            "url": mid(each.message_id) or None,
        }
        for each in brief.letters
    ]
    return found


def _plain(value: Any) -> Any:
    """Frozen data as JSON has it: spans of time in seconds."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__slots__"):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value
