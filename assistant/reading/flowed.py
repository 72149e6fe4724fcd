"""format=flowed (RFC 3676): paragraphs that were broken for old screens, put together again."""

from __future__ import annotations

import html
import re

_DEPTH = re.compile(r">*")


def unflow(text: str, *, delsp: bool) -> str:
    """Text with its soft line breaks taken out.

    Args:
        delsp: the space before a soft break belongs to the break, as in languages without spaces.
    """
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        found = _DEPTH.match(line)
        depth = found.end() if found else 0
        content = line[depth:].removeprefix(" ")
        if open_depth == depth and content != "-- " and lines:
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        soft = content.endswith(" ") and content != "-- "
        open_depth = depth if soft else None
        if soft and delsp:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def as_html(text: str) -> str:
    """Plain text that stands beside HTML, as HTML."""
    return f"<pre>{html.escape(text, quote=False)}</pre>" if text else ""
