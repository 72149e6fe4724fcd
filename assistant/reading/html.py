"""HTML -> text, with quoted mail cut out by the marks that mail programs leave. Never renders.

The only module that imports selectolax.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistant.model import Cut

LONGEST = 131_072
"""Characters looked at; more than of plain text, because a style sheet can come first."""
# Gmail and Thunderbird, Apple Mail and Yahoo, Outlook on the web and desktop, Proton, Zoho.
_QUOTES = (
    "blockquote, .gmail_quote, .gmail_extra .gmail_quote, .yahoo_quoted, .moz-cite-prefix, "
    ".protonmail_quote, .zmail_extra, #divRplyFwdMsg, #appendonsend, #mail-editor-reference-message-container"
)
_FOLLOWED = "#divRplyFwdMsg, #appendonsend"
_SIGNATURES = ".gmail_signature, .moz-signature, #Signature, .protonmail_signature_block"
_SILENT = frozenset({"head", "noscript", "script", "style", "template", "title"})
_BLOCKS = (
    "address article aside div dd dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav"
    " ol pre section table tr ul"
)
_EDGES = MappingProxyType(
    {
        **dict.fromkeys(_BLOCKS.split(), "\n"),
        **dict.fromkeys(("p", "blockquote"), "\n\n"),
        **dict.fromkeys(("td", "th"), " "),
    }
)
"""What stands before and after an element."""
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r"\n[ ]*(?:\n[ ]*)+")


def html_to_text(html: str) -> tuple[str, tuple[Cut, ...]]:
    """The text of an HTML body, block by block, and what was cut from it."""
    tree = LexborHTMLParser(html[:LONGEST])
    root = tree.body or tree.root
    cuts: list[Cut] = []
    text = _text(root, _marked(tree), cuts) if root is not None else ""
    return text, tuple(cuts)


def _marked(tree: LexborHTMLParser) -> dict[int, str]:
    """The elements to leave out, each with the reason."""
    marked: dict[int, str] = {}
    # Outlook puts what it quotes beside, not inside, the element that announces it.
    for node in tree.css(_FOLLOWED):
        beside = node.next
        while beside is not None and beside.mem_id not in marked:
            marked[beside.mem_id] = "quote"
            beside = beside.next
    for reason, selector in (("quote", _QUOTES), ("signature", _SIGNATURES)):
        for node in tree.css(selector):
            marked.setdefault(node.mem_id, reason)
    return marked


def _text(root: LexborNode, marked: Mapping[int, str], cuts: list[Cut]) -> str:
    """The text in an element, found without recursion; what is marked goes into `cuts`."""
    page = _Page()
    todo: list[LexborNode | str] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            page.edge(node)
        elif reason := marked.get(node.mem_id, ""):
            page.edge("\n")
            if text := _text(node, {}, []):
                cuts.append(Cut(reason, text))
        elif node.tag == "-text":
            page.text(node.text_content or "")
        elif node.tag == "br":
            page.line_break()
        elif node.tag not in _SILENT:
            edge = _EDGES.get(node.tag or "", "")
            page.edge(edge)
            todo.append(edge)
            todo += reversed(list(node.iter(include_text=True)))
    return page.written()


class _Page:
    """Text as a browser would lay it out: edges that meet count once, layout spaces not at all."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._edge = "\n"
        self._broken = False

    def edge(self, edge: str) -> None:
        if self._broken:  # a <br> that ends a block adds no line of its own
            edge = edge.removeprefix("\n")
        self._edge = max(self._edge, edge, key=lambda each: (each.count("\n"), each))

    def text(self, text: str) -> None:
        if self._edge and not text.strip():
            return
        self._pieces += (self._edge, _SPACES.sub(" ", text.replace("\n", " ")))
        self._edge, self._broken = "", False

    def line_break(self) -> None:
        self._pieces += (self._edge, "\n")
        self._edge, self._broken = "", True

    def written(self) -> str:
        lines = "\n".join(line.strip() for line in "".join(self._pieces).split("\n"))
        return _LINES.sub("\n\n", lines).strip()
