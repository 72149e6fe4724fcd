"""Other people's programs that find a writer's own words, each fed what it is made for.

That is the message's text, decoded and unflowed; for a message that has HTML only, the text of the
HTML with quotes marked by ">", or the HTML itself where the program reads HTML.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from types import FrameType

import quotequail  # type: ignore[import-untyped]
from email_reply_parser import EmailReplyParser as ZapierParser  # type: ignore[import-untyped]
from mailparser_reply import EmailReplyParser as MailParserReply  # type: ignore[import-untyped]

from assistant.reading.message import read
from assistant.reading.mime import Body

SECONDS = 5.0
"""For one message; some of these can hang."""
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]
"""Those of our ten that mail-parser-reply knows; it has no Portuguese."""
Tool = Callable[[bytes, Body], str]


def ours(raw: bytes, _body: Body) -> str:
    """The same face for our own reading."""
    return read(raw).own_words


def uncut(_raw: bytes, body: Body) -> str:
    """The text that the peers get, as it is: what cutting nothing would come to."""
    return text_of(body)


def tools() -> dict[str, Tool]:
    """Each peer in each way of using it, by name."""
    reply = MailParserReply(languages=LANGUAGES)
    return {
        "mail-parser-reply, latest_reply": lambda _, body: (
            reply.read(text_of(body)).latest_reply or ""
        ),
        "mail-parser-reply, replies[0].body": lambda _, body: (
            reply.read(text_of(body)).replies[0].body
        ),
        "quotequail, unwrap": lambda _, body: _unwrapped(body),
        "quotequail, quote": lambda _, body: _quoted(body),
        "email-reply-parser, parse_reply": lambda _, body: ZapierParser.parse_reply(text_of(body)),
    }


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Raises TimeoutError in what takes longer; Python's regular expressions heed it too."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def text_of(body: Body) -> str:
    """The plain text, or the HTML's."""
    return body.plain if body.plain.strip() else html_as_text(body.html)


def _unwrapped(body: Body) -> str:
    """What stands above and below the quote."""
    if body.plain.strip():
        found = quotequail.unwrap(body.plain)
        if found is None:
            return body.plain
        return "\n".join((found.get("text_top", ""), found.get("text_bottom", "")))
    found = quotequail.unwrap_html(body.html) if body.html.strip() else None
    if found is None:
        return html_as_text(body.html)
    return "\n".join(html_as_text(found.get(key, "")) for key in ("html_top", "html_bottom"))


def _quoted(body: Body) -> str:
    """What is to be shown without being asked for."""
    if body.plain.strip() or not body.html.strip():
        return "\n".join(text for shown, text in quotequail.quote(body.plain) if shown)
    return "\n".join(
        html_as_text(html) for shown, html in quotequail.quote_html(body.html) if shown
    )


def html_as_text(html: str) -> str:
    """The text of HTML, every block on lines of its own, quotes behind ">"; nothing is cut."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """A plain rendering that has nothing of ours, as a user of these programs would bring along."""

    _BLOCKS = re.compile(
        "address|article|blockquote|br|center|d[dlt]|div|footer|form|h[1-6r]|header|li|main|nav|ol|p|pre"
        "|section|table|tr|ul"
    )
    _PARAGRAPHS = frozenset(("blockquote", "ol", "p", "table", "ul"))
    _SILENT = frozenset(("script", "style", "title"))

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._line = ""
        self._depth = 0
        self._silent = False
        self._as_it_stands = False

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._edge(tag)
        self._depth += tag == "blockquote"
        self._silent = tag in self._SILENT
        self._as_it_stands = self._as_it_stands or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self._edge(tag)
        self._depth = max(0, self._depth - (tag == "blockquote"))
        self._silent = self._silent and tag not in self._SILENT
        self._as_it_stands = self._as_it_stands and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        *whole, last = data.split("\n") if self._as_it_stands else [data]
        for line in whole:
            self._line += line
            self._end_line(blank=not line)
        self._line += last

    def _edge(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._line += " "
        elif self._BLOCKS.fullmatch(tag):
            self._end_line(
                blank=tag in self._PARAGRAPHS or (tag == "br" and not self._line.strip())
            )

    def _end_line(self, *, blank: bool = False) -> None:
        """Writes the line, and a blank one below it; never two of those."""
        mark = ">" * self._depth
        if text := " ".join(self._line.split()):
            self._lines.append(f"{mark} {text}".strip())
        if blank and self._lines and self._lines[-1] != mark:
            self._lines.append(mark)
        self._line = ""
