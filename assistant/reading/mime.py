"""The body of a message: its text as plain and as HTML, decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from assistant.model import Defect
from assistant.reading import charset, flowed
from assistant.reading.parts import Part, parse
from assistant.reading.slim import LONGEST as LONGEST_HTML
from assistant.reading.slim import slim

LONGEST_HEADER = 65_536
LONGEST_TEXT = 65_536
MOST_PARTS = 500
MOST_TEXTS = 20
"""Inline texts that are put together, as where a mail program writes around its pictures."""
DEEPEST = 50
MOST_CONTAINERS = 100
"""Multiparts and enclosed messages. The parser takes lines x open multiparts, and recurses."""
_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary[ \t]*=[ \t]*\"?([^\"\r\n;]{1,200})", re.IGNORECASE)
_PART = re.compile(rb"\n--([^\r\n]{1,200})\r?\n((?:[^\r\n]{1,998}\r?\n){1,50})\r?\n")
"""A line that may be a boundary, and a part's header after it."""
_KIND = re.compile(rb"^content-type:\s*([a-z]+)/", re.IGNORECASE | re.MULTILINE)
_FILES = (b"application", b"audio", b"font", b"image", b"model", b"video")
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n|\r\r")
_LOST_BOUNDARY = re.compile(
    rb"^--([^\s-](?:[^\r\n]{0,199}[^\r\n \t])?+)[ \t]*+\r?\n(?=content-)",
    re.IGNORECASE | re.MULTILINE,
)
_LOOKS_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<body[\s>])", re.IGNORECASE)
_ENRICHED = re.compile(r"<(?:param>[^<]*</param|/?[\w-]{1,40})>", re.IGNORECASE)
_PLAINS = ("text/plain", "text/enriched", "text/richtext")
_STRAY_LINE = re.compile(rb"^(?![!-9;-~]+[ \t]*:|[ \t\r\n])[^\r\n]+(?:\r?\n|\Z)", re.MULTILINE)
_BLANK_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Body:
    """A message's text in both forms, as far as they exist; empty where they don't."""

    plain: str
    html: str
    kinds: tuple[str, ...]
    """Content types from the outside in, lower case; with `method` where it is a calendar's."""
    defects: tuple[Defect, ...]


UNREAD = Body("", "", (), (Defect("nested", "parts nested too deeply to read"),))


@dataclass(frozen=True, slots=True)
class _Text:
    """One place of the message: the same words as plain text, as HTML, or both."""

    plain: str = ""
    html: str = ""


def mended(raw: bytes) -> bytes:
    """The bytes without what makes a parser give up on the header, where a person reads on.

    Blank lines or an mbox's own line first, lines that are no field (RFC 7103 section 7.2), a
    blank before the colon, CR as the only line end.
    """
    raw = raw.lstrip(b"\r\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    header = header_block(raw)
    better = _BLANK_BEFORE_COLON.sub(rb"\1:", _STRAY_LINE.sub(b"", header))
    return raw if better == header else better + raw[len(header) :]


def header_block(raw: bytes) -> bytes:
    """The header with its blank line, capped."""
    found = _END_OF_HEADER.search(raw[: LONGEST_HEADER + 4])
    return raw[: found.end() if found else min(len(raw), LONGEST_HEADER)]


def too_nested(raw: bytes) -> bool:
    """Whether parsing all of it would cost too much; its header can be read all the same."""
    # Counting first takes a tenth of looking.
    may_be = raw.lower().count(b"content-type:") > MOST_CONTAINERS
    return may_be and len(_CONTAINER.findall(raw)) > MOST_CONTAINERS


def without_files(raw: bytes) -> bytes:
    """The bytes without the base64 of pictures and other files: nobody reads it, and the parser takes its time for it.

    Only between boundaries that the message declares: what looks like a part within a text is text. A line of base64
    never begins with "--", so it ends before the next one that does.
    """
    declared = {each.rstrip(b' \t"') for each in _BOUNDARY.findall(raw)}
    kept: list[bytes] = []
    at = 0
    for part in islice(_PART.finditer(raw), MOST_PARTS):
        kind = _KIND.search(part[2])
        if part[1].rstrip() not in declared or kind is None or kind[1].lower() not in _FILES:
            continue
        if b"base64" not in part[2].lower():
            continue
        kept.append(raw[at : part.end()])
        end = raw.find(b"\n--", part.end() - 1)
        at = end if end >= 0 else len(raw)
    return b"".join((*kept, raw[at:]))


def read_body(message: Part) -> Body:
    """The texts of a message; never those of an attachment or an enclosed message.

    Undoing the transfer encodings takes their headers away from `message`.
    """
    reader = _Reader()
    # A text with a file's name is a file, unless there is no other.
    texts = reader.texts(message, 0) or reader.named
    if not texts:
        reader.defects.append(Defect("no-text", "has no text part"))
    with_html = any(text.html for text in texts)
    return Body(
        "\n".join(text.plain for text in texts if text.plain or not text.html)[:LONGEST_TEXT]
        if any(text.plain for text in texts)
        else "",
        "\n".join(text.html or flowed.as_html(text.plain) for text in texts)[:LONGEST_HTML]
        if with_html
        else "",
        tuple(dict.fromkeys(reader.kinds)),
        tuple(dict.fromkeys(reader.defects)),
    )


class _Reader:
    """Walks one message."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.defects: list[Defect] = []
        self.named: list[_Text] = []
        self._seen = 0

    def texts(self, part: Part, depth: int) -> list[_Text]:
        """The texts in a part, in reading order."""
        self._seen += 1
        if self._seen > MOST_PARTS or depth > DEEPEST:
            return []
        kind = part.get_content_type()
        self.kinds.append(kind_of(part))
        if part.get_content_maintype() == "multipart":
            return self._multipart(part, kind, depth)
        if part.get_content_maintype() != "text":
            return []
        if part.get_content_disposition() == "attachment":
            return []
        # Also where it is shown inline; HTML is often given a name by careless programs.
        if part.get_filename("") and kind != "text/html":
            if not self.named:
                self.named = self._text(part, kind, depth)
            return []
        return self._text(part, kind, depth)

    def _multipart(self, part: Part, kind: str, depth: int) -> list[_Text]:
        if not part.is_multipart():
            return self._unparted(part.as_it_stands(), depth)
        parts = [each for each in part.get_payload() if isinstance(each, Part)]
        if not parts and part.preamble:
            return self._unparted(part.preamble.encode("ascii", "surrogateescape"), depth)
        found = [text for each in parts for text in self.texts(each, depth + 1)]
        if kind == "multipart/alternative":
            plain = "\n".join(text.plain for text in found if text.plain)
            html = [text.html for text in found if text.html]
            return [_Text(plain, "\n".join(html))] if plain or html else []
        if kind == "multipart/report":
            return found[:1]
        return found[:MOST_TEXTS]

    def _unparted(self, raw: bytes, depth: int) -> list[_Text]:
        """A multipart whose declared boundary never came: parts by another one, or plain text."""
        self.defects.append(Defect("boundary", "its parts are not where its header says"))
        found = _LOST_BOUNDARY.search(raw)
        if found is None or depth > 5:
            return self._text(parse(b"\n" + raw), "text/plain", depth)
        name = found.group(1).replace(b"\\", b"").replace(b'"', b"")
        head = b'Content-Type: multipart/mixed; boundary="' + name + b'"\n\n'
        return self.texts(parse(head + raw), depth + 1)

    def _text(self, part: Part, kind: str, depth: int) -> list[_Text]:
        longest = LONGEST_HTML if kind == "text/html" else LONGEST_TEXT
        if kind not in (*_PLAINS, "text/html") and (depth or kind == "text/calendar"):
            return []  # a form that no mail program shows beside the others; alone, it is read
        label = part.parameter("charset")
        raw = charset.payload(part, longest)
        text, used, true = charset.to_text(raw, label)
        if kind == "text/html" and label in ("", "us-ascii"):
            text, used, agrees = charset.by_meta(raw, text, used)
            true = true and agrees
        if not true:
            self.defects.append(Defect("charset", f"declared {label or 'none'}, read as {used}"))
        if kind == "text/html":
            text = slim(text)
        if len(text) > longest:
            self.defects.append(Defect("long", f"only the first {longest} characters were read"))
            text = text[:longest]
        if not text.strip():
            return []
        if kind == "text/html" or (kind == "text/plain" and _LOOKS_HTML.match(text)):
            return [_Text(html=text)]
        if kind in ("text/enriched", "text/richtext"):
            text = "<".join(_ENRICHED.sub("", piece) for piece in text.split("<<"))
        if part.parameter("format") == "flowed":
            text = flowed.unflow(text, delsp=part.parameter("delsp") == "yes")
        return [_Text(plain=text)]


def kind_of(part: Part) -> str:
    """The content type of a part in lower case; with `method` where it is a calendar's."""
    kind = part.get_content_type()
    if kind != "text/calendar":
        return kind[:100]
    return f"{kind}; method={part.parameter('method')}"
