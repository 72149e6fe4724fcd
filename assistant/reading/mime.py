"""The body of a message: the one text part to judge, decoded.

The standard library's compat32 parser, because its modern policy raises or takes seconds on
hostile input (docs/decisions.md); charsets are tried in the order that real mail needs.
"""

from __future__ import annotations

import codecs
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as RawMessage
from email.policy import compat32
from types import MappingProxyType

from assistant.model import Cut, Defect
from assistant.reading.html import LONGEST as LONGEST_HTML
from assistant.reading.html import html_to_text

LONGEST_HEADER = 65_536
LONGEST_TEXT = 65_536
MOST_PARTS = 500
DEEPEST = 50
MOST_CONTAINERS = 100
"""Multiparts and enclosed messages. The parser takes lines x open multiparts, and recurses."""
_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_ENCODING = "Content-Transfer-Encoding"
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
# NUL, and the lone surrogates that UTF-7 can spell and nothing else can write.
_UNSAFE = re.compile("[\0\ud800-\udfff]")
# Python's codecs that are no charsets of mail; some take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
# Charsets that write other letters in ASCII's bytes.
_NOT_ASCII = ("utf-16", "utf-32", "utf-7", "iso-2022", "hz")
_SUPERSETS = MappingProxyType(
    {
        "us-ascii": "cp1252",
        "ascii": "cp1252",
        "iso-8859-1": "cp1252",
        "latin-1": "cp1252",
        "gb2312": "gb18030",
        "euc-kr": "cp949",
        "ks_c_5601-1987": "cp949",
        "big5": "big5hkscs",
        "shift_jis": "cp932",
        "windows-874": "cp874",
        "koi8r": "koi8-r",
    }
)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a message, quotes that only structure can tell already cut."""

    text: str
    cuts: tuple[Cut, ...]
    defects: tuple[Defect, ...]


def split_header(raw: bytes) -> tuple[bytes, bytes]:
    """The header block (with its blank line, capped) and what follows."""
    found = _END_OF_HEADER.search(raw[: LONGEST_HEADER + 4])
    end = found.end() if found else min(len(raw), LONGEST_HEADER)
    return raw[:end], raw[end:]


def read_body(raw: bytes) -> Body:
    """The text of a message: text/plain, else HTML; of several, the first that says anything."""
    if len(_CONTAINER.findall(raw)) > MOST_CONTAINERS:
        return Body("", (), (Defect("nested", "parts nested too deeply to read"),))
    parts = list(_text_parts(email.message_from_bytes(raw, policy=compat32)))
    defects: list[Defect] = []
    plain = _first(parts, "text/plain", LONGEST_TEXT, defects)
    if plain.strip():
        return Body(plain, (), tuple(defects))
    html = _first(parts, "text/html", LONGEST_HTML, defects)
    if html.strip():
        text, cuts = html_to_text(html)
        return Body(text[:LONGEST_TEXT], cuts, tuple(defects))
    if not parts:
        defects.append(Defect("no-text", "has no text part"))
    return Body("", (), tuple(defects))


def _text_parts(message: RawMessage) -> Iterator[RawMessage]:
    """Text parts in reading order; never inside a forwarded message, never attachments."""
    todo = [(message, 0)]
    seen = 0
    while todo and seen < MOST_PARTS:
        part, depth = todo.pop()
        seen += 1
        kind = part.get_content_maintype()
        if kind == "multipart" and depth < DEEPEST:
            children = part.get_payload()
            if isinstance(children, list):
                todo += [
                    (child, depth + 1)
                    for child in reversed(children)
                    if isinstance(child, RawMessage)
                ]
            elif isinstance(children, str):
                # The boundary that was declared never came: what is there is the text.
                plain = RawMessage(policy=compat32)
                plain.set_payload(children)
                yield plain
        elif kind == "text" and part.get_content_disposition() != "attachment":
            yield part


def _first(parts: list[RawMessage], content_type: str, longest: int, defects: list[Defect]) -> str:
    for part in parts:
        if part.get_content_type() == content_type:
            text = _decoded(part, longest, defects)
            if text.strip():
                return text
    return ""


def _decoded(part: RawMessage, longest: int, defects: list[Defect]) -> str:
    if encoding := str(part.get(_ENCODING, "")):
        # The standard library knows "base64", but not "base64 " or "base64 (comment)".
        part.replace_header(_ENCODING, encoding.partition("(")[0].strip())
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    payload = payload[: 4 * longest]
    charset = _charset(part)
    text, used = decode(payload, charset)
    if used not in (charset, _SUPERSETS.get(charset)):
        defects.append(Defect("charset", f"declared {charset or 'none'}, read as {used}"))
    if len(text) > longest:
        defects.append(Defect("long", f"only the first {longest} characters were read"))
    return _UNSAFE.sub("", text[:longest].replace("\r\n", "\n").replace("\r", "\n"))


def _charset(part: RawMessage) -> str:
    try:
        return str(part.get_content_charset("us-ascii"))
    except (LookupError, UnicodeError, ValueError):
        return ""


def decode(payload: bytes, declared: str) -> tuple[str, str]:
    """Text and the charset that fitted: as declared, UTF-8, a known superset, cp1252.

    Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever a latin-1 label says.
    """
    if payload.isascii() and not declared.startswith(_NOT_ASCII):
        return payload.decode("ascii"), declared
    superset = _SUPERSETS.get(declared, "")
    # Latin-1 fits any bytes, and would make control characters of cp1252's quotation marks.
    latin = superset == "cp1252"
    for charset in ("utf-8", superset, declared) if latin else (declared, "utf-8", superset):
        try:
            if codecs.lookup(charset).name not in _NO_CHARSETS:
                return payload.decode(charset), charset
        except (LookupError, UnicodeError, ValueError):
            continue
    return payload.decode("cp1252", "replace"), "cp1252"
