"""HTML that is too long to read, without what nobody reads in it."""

from __future__ import annotations

import re

LONGEST = 131_072
"""Characters looked at; more than of plain text, because a style sheet can come first."""
_PICTURE = re.compile(r"data:[^\"'>\s]{200,}+")


def slim(html: str) -> str:
    """HTML that is too long, without pictures and style sheets in the midst of its text."""
    if len(html) <= LONGEST:
        return html
    html = _PICTURE.sub("", html)
    for begins, ends in (("<style", "</style>"), ("<!--", "-->")):
        pieces: list[str] = []
        at = 0
        small = html.lower()
        while (start := small.find(begins, at)) >= 0 and (end := small.find(ends, start)) >= 0:
            pieces.append(html[at:start])
            at = end + len(ends)
        html = "".join((*pieces, html[at:]))
    return html
