"""HTML -> text, with quoted mail cut out by the marks that mail programs leave. Never renders.

The only module that imports selectolax. Which mark is whose is said beside it; what carries no
mark is left to the text rules, which find a :data:`~assistant.reading.quotes.CUT_HERE` line where
something was cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistant.model import Cut
from assistant.reading import clients, marks
from assistant.reading.quotes import CUT_HERE, attribution_end
from assistant.reading.slim import LONGEST

LONGEST_LABEL = 400
MOST_WEIGHED = 30
"""Elements whose whole text is looked at to tell what they are; nested ones cost it each time."""
MOST_UNCLOSED = 8_000
"""Tags without an end; lexbor's time is quadratic in how deep they stand in one another."""

_SILENT = frozenset({
    "head", "noscript", "script", "style", "template", "title", "object", "svg", "select",
    "textarea", "button", "iframe", "noframes", "noembed", "datalist", "audio", "video", "canvas",
    "math",
})  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|mso-list\s*:\s*ignore",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]{1,40})", re.IGNORECASE)
_NO_COLOUR = re.compile(
    r"|black|windowtext|inherit|initial|auto|#0{3,6}|#[1-4]{3}|#([0-5][0-9a-f])\1\1|gr[ae]y|dark ?gr[ae]y|rgba?\(\s*(\d{1,2})\s*,\s*\2\s*,\s*\2\b.*",
    re.IGNORECASE,
)
_BORDER_LEFT = re.compile(r"border-left[\w-]*\s*:(?!\s*(?:none|0))", re.IGNORECASE)
_BORDER_TOP = re.compile(
    r"border-top\s*:\s*(?:solid|#|\d)|border\s*:\s*none\s*;\s*border-top", re.IGNORECASE
)
_BLOCKS = (
    "address article aside caption center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav"
    " ol pre section summary table tbody tfoot thead tr ul"
)
_EDGES = MappingProxyType(
    {
        **dict.fromkeys(_BLOCKS.split(), "\n"),
        **dict.fromkeys(("p", "blockquote"), "\n\n"),
        **dict.fromkeys(("td", "th"), " "),
    }
)
"""What stands before and after an element."""
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u202f]+")
_LINES = re.compile(r"\n[ ]*(?:\n[ ]*)+")
_TAIL = "tail"
_END_OF_PRE = "/pre"
_MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class Page:
    """The text of an HTML body: a line :data:`CUT_HERE` for each quote that was cut from it."""

    text: str
    cuts: tuple[Cut, ...]
    answers: bool
    """Whether answers were found in the quote, by the colour that the writer announced."""


def html_to_text(html: str) -> Page:
    """The text of an HTML body, block by block, and what was cut from it."""
    html = html[:LONGEST]
    if html.count("<") - 2 * html.count("</") > MOST_UNCLOSED:
        html = html[: LONGEST // 4]
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    if root is None:
        return Page("", (), answers=False)
    writer = _Writer(_marked(tree))
    text = writer.write(root)
    return Page(text, tuple(writer.cuts), writer.answers)


def _marked(tree: LexborHTMLParser) -> dict[int, str]:
    """The elements to treat otherwise than as text, each with the reason."""
    marked: dict[int, str] = {}
    for reason, selector in (
        ("forward", clients.FORWARDS),
        ("quote", clients.QUOTES),
        (_TAIL, clients.TAILS),
        ("signature", clients.SIGNATURES),
        ("footer", clients.FOOTERS),
    ):
        for node in tree.css(selector):
            marked.setdefault(node.mem_id, reason)
    for node in tree.css(clients.GMAIL)[:MOST_WEIGHED]:
        if node.mem_id not in marked:
            _mark_gmail(node, marked)
    for node in tree.css("blockquote"):
        style = node.attributes.get("style") or ""
        marked.setdefault(node.mem_id, "quote" if _BORDER_LEFT.search(style) else _MAYBE)
    ruled = 0
    for node in tree.css("[style]"):
        style = node.attributes.get("style") or ""
        if _HIDDEN.search(style):
            marked[node.mem_id] = "hidden"
        elif ruled < MOST_WEIGHED and _BORDER_TOP.search(style) and node.mem_id not in marked:
            ruled += 1
            if _announces(node):
                marked[node.mem_id] = _TAIL
    return marked


def _mark_gmail(node: LexborNode, marked: dict[int, str]) -> None:
    """The writer's own lines stand between the quoted ones; without those, all of it is quoted."""
    if node.css_first("blockquote") is None or _passed_on(_start(node)):
        marked[node.mem_id] = "quote"
        return
    for child in node.iter(include_text=True):
        if child.tag == "blockquote" or child.css_first("blockquote") is not None:
            break
        marked.setdefault(child.mem_id, "quote")


def _start(node: LexborNode, most: int = 600) -> str:
    """The first characters in an element."""
    return (node.text(deep=True, separator="\n") or "")[:20_000].strip()[:most]


def _announces(node: LexborNode) -> bool:
    """Whether a ruled-off element is Outlook's header block: in every language labels and values."""
    lines = [line.strip() for line in _start(node, 1200).split("\n") if line.strip()]
    labels = sum(bool(re.match(r"[^\W\d_][\w .'’-]{0,24}\s?:", line)) for line in lines[:16])
    bold = len(node.css("b, strong"))
    known = [found for line in lines if (found := marks.LABEL.match(line[:LONGEST_LABEL]))]
    if not any("@" in line for line in lines) and not any(each["sender"] for each in known):
        return False  # a box with labels of the writer's own
    return labels >= 3 and (bold >= 3 or sum(bool(marks.LABEL.match(line)) for line in lines) >= 3)


def _passed_on(text: str) -> bool:
    return any(marks.FORWARDED.match(line) for line in text.split("\n")[:3])


class _Writer:
    """Writes the text of an element, without recursion; what is marked goes into the cuts."""

    def __init__(self, marked: Mapping[int, str]) -> None:
        self._marked = marked
        self.cuts: list[Cut] = []
        self.answers = False

    def write(self, root: LexborNode) -> str:
        page = _Lines()
        todo: list[LexborNode | str] = [root]
        while todo:
            node = todo.pop()
            if isinstance(node, str):
                page.preformatted -= node == _END_OF_PRE
                page.edge("\n" if node == _END_OF_PRE else node)
                continue
            reason = self._marked.get(node.mem_id, "")
            if reason == _MAYBE:
                reason = "quote" if _announced(page) else ""
            if reason == _TAIL:
                tail = [node, *(each for each in reversed(todo) if not isinstance(each, str))]
                self._cut("quote", tail, page)
                if marks.IN_COLOUR.search(page.written()):
                    self._add_answers(tail, page)
                break
            if reason:
                self._cut(reason, [node], page)
            elif node.tag == "-text":
                page.text((node.text_content or "").replace(CUT_HERE, ""))
            elif node.tag == "br":
                page.line_break()
            elif node.tag == "pre":
                page.edge("\n")
                page.preformatted += 1
                todo += [_END_OF_PRE, *reversed(list(node.iter(include_text=True)))]
            elif node.tag not in _SILENT:
                edge = _EDGES.get(node.tag or "", "")
                if edge == "\n\n" and "Mso" in (node.attributes.get("class") or ""):
                    edge = "\n"  # Word's paragraphs have no margin, an empty one is a blank line
                page.edge(edge)
                todo.append(edge)
                todo += reversed(list(node.iter(include_text=True)))
        return page.written()

    def _add_answers(self, nodes: list[LexborNode], page: _Lines) -> None:
        """What stands in colour in a quote, where the writer said "my answers are in blue"."""
        taken: set[int] = set()
        for each in (inner for node in nodes for inner in node.css("[style], font[color]")):
            style = each.attributes.get("style") or f"color:{each.attributes.get('color') or ''}"
            found = _COLOUR.search(style)
            if each.mem_id in taken or not found or _NO_COLOUR.fullmatch(found.group(1).strip()):
                continue
            taken.update(inner.mem_id for inner in each.css("*"))
            if text := _plain(each):
                page.edge("\n")
                page.text(text)
                self.answers = True

    def _cut(self, reason: str, nodes: list[LexborNode], page: _Lines) -> None:
        if reason == "hidden":
            return
        page.edge("\n")
        text = "\n".join(filter(None, (_plain(node) for node in nodes)))
        if not text:
            return
        if reason == "quote" and _passed_on(text):
            reason = "forward"
        if reason not in ("quote", "forward"):
            self.cuts.append(Cut(reason, text))
            return
        if self.cuts and page.tail().rstrip().endswith(CUT_HERE):  # what is quoted goes on
            last = self.cuts.pop()
            self.cuts.append(Cut(last.reason, f"{last.text}\n{text}"))
            return
        self.cuts.append(Cut(reason, text))
        page.text(CUT_HERE)
        page.edge("\n")


def _plain(node: LexborNode) -> str:
    return _Writer({}).write(node)


def _announced(page: _Lines) -> bool:
    """Whether the lines just written announce a quote."""
    lines = [line for line in page.tail().split("\n") if line.strip()][-3:]
    if lines[-1:] == [CUT_HERE]:  # the announcement was cut already
        return True
    if any(marks.ORIGINAL.match(line) or marks.FORWARDED.match(line) for line in lines[-1:]):
        return True
    return any(attribution_end(lines, number) == len(lines) - 1 for number in range(len(lines)))


class _Lines:
    """Text as a browser would lay it out: edges that meet count once, layout spaces not at all."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._edge = "\n"
        self._broken = False
        self.preformatted = 0
        """How many `<pre>` are open: their line ends count."""

    def edge(self, edge: str) -> None:
        if self._broken:  # a <br> that ends a block adds no line of its own
            edge = edge.removeprefix("\n")
        self._edge = max(self._edge, edge, key=lambda each: (each.count("\n"), each))

    def text(self, text: str) -> None:
        if self.preformatted:
            if text.strip():
                self._pieces += (self._edge, text)
                self._edge, self._broken = "", False
            return
        if self._edge and not text.strip():
            if "\u00a0" in text:  # <p>&nbsp;</p> is how editors write a blank line
                self._pieces.append(self._edge)
                self._edge, self._broken = "", False
            return
        self._pieces += (self._edge, _SPACES.sub(" ", text.replace("\n", " ")))
        self._edge, self._broken = "", False

    def line_break(self) -> None:
        self._pieces += (self._edge, "\n")
        self._edge, self._broken = "", True

    def tail(self) -> str:
        """The last characters written."""
        return "".join(piece[-1000:] for piece in self._pieces[-12:])

    def written(self) -> str:
        lines = "\n".join(line.strip() for line in "".join(self._pieces).split("\n"))
        return _LINES.sub("\n\n", lines).strip()
