"""The call brief as one page: nothing of it comes from elsewhere, nothing in it runs, and it prints on one sheet."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from assistant.cases.brief import Brief
from assistant.clean import clean_text, is_message_id
from assistant.cli.brieflines import sections, title
from assistant.cli.briefpieces import Line, Piece
from assistant.cli.pagefile import BRIEF

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1d2330; --soft: #5d6575; --line: #d9dde5; --bad: #a3231b; }
@media (prefers-color-scheme: dark) { :root { --back: #15181e; --text: #e4e7ee; --soft: #a0a8b8; --line: #353b47; --bad: #ff9b90; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 52rem; background: var(--back); color: var(--text);
  font: 1rem/1.4 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; margin: 0; } h2 { font-size: 1rem; margin: 0; } header p { margin: .1rem 0 .6rem; }
section { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 0 1rem; border-top: 1px solid var(--line); padding: .4rem 0; }
ul { list-style: none; margin: 0; padding: 0; } li { padding-left: 1rem; text-indent: -1rem; unicode-bidi: plaintext; white-space: pre-wrap; }
.soft, footer { color: var(--soft); } .bad { color: var(--bad); font-weight: 600; } .strong { font-weight: 600; } .quote { font-style: italic; }
a, .ref { color: var(--soft); font-size: .85em; white-space: nowrap; text-decoration-thickness: 1px; }
footer { border-top: 1px solid var(--line); padding-top: .4rem; font-size: .85em; }
@media (max-width: 34rem) { section { grid-template-columns: minmax(0, 1fr); } }
@media print { @page { margin: 1.2cm; } :root { --back: #fff; --text: #000; --soft: #444; --line: #999; --bad: #000; }
  body { max-width: none; padding: 0; font-size: 9.5pt; } section { break-inside: avoid; padding: .25rem 0; } a { text-decoration: none; } }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def as_html(brief: Brief) -> str:
    """The whole page."""
    links = {each.number: mid(each.message_id) for each in brief.letters}
    key = _safe(clean_text(brief.key, 40))
    return "".join([
        BRIEF, '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>Call brief {key}</title><style>{STYLE}</style></head><body>\n",
        f"<header><h1>Call brief {key}</h1><p>{_pieces(title(brief))}</p></header>\n",
        *_sections(brief, links),
        "<footer>This file holds what your client wrote: delete it after the call.</footer>",
        "\n</body></html>\n",
    ])  # fmt: skip


def _sections(brief: Brief, links: Mapping[int, str]) -> Iterator[str]:
    for each in sections(brief):
        lines = "".join(f"<li>{_line(line, links)}</li>" for line in each.lines)
        yield f"<section><h2>{_safe(each.title)}</h2><ul>{lines}</ul></section>\n"


def _line(line: Line, links: Mapping[int, str]) -> str:
    references = "".join(_reference(each, links[each]) for each in line.letters)
    return _pieces(line.pieces) + references + _pieces(line.after)


def _reference(number: int, link: str) -> str:
    if not link:
        return f' <span class="ref">#{number}</span>'
    return f' <a href="{_safe(link)}">#{number}</a>'


def _pieces(pieces: Iterable[Piece]) -> str:
    """Each stretch stands for itself: what is written from right to left turns nothing else around."""
    return "".join(
        f'<bdi class="{each.style}">{_safe(each.text)}</bdi>' if each.text.strip() else " "
        for each in pieces
    )


def _safe(text: str) -> str:
    """Cleaned text in a page, or in an attribute between quotes."""
    return html.escape(text)


def mid(message_id: str | None) -> str:
    """A ``mid:`` URL (RFC 2392); empty where the id can't be one."""
    if message_id is None or not is_message_id(message_id):
        return ""
    return f"mid:{quote(message_id[1:-1], safe='@')}"
