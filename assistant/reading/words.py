"""Header values -> text: RFC 2047 encoded words, and letters that were never encoded."""

from __future__ import annotations

import binascii
import re
from email.errors import HeaderParseError
from email.header import decode_header

from assistant.reading.charset import decode

LONGEST = 16_384
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
"""An encoded word (charset, encoding, text), also with spaces in it, which it must not hold."""


def decoded(value: str) -> str:
    """A header's value as a person would read it; never raises, keeps what can't be decoded."""
    value = value[:LONGEST]
    if "=?" not in value:
        return value
    # Some programs fold or quote inside of encoded words; the words themselves hold no spaces.
    value = WORD.sub(
        lambda found: found.group().replace("\n", "").replace("\r", "").replace(" ", "_"), value
    )
    try:
        pieces = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return WORD.sub(_lenient, value)
    return "".join(_piece(text, charset) for text, charset in pieces)


def _piece(text: str | bytes, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    if charset is None:
        # decode_header gives what stands between encoded words as raw-unicode-escape.
        return text.decode("raw-unicode-escape", "replace")
    return decode(text, charset.partition("*")[0].casefold())[0]


def _lenient(found: re.Match[str]) -> str:
    """One encoded word whose base64 is broken."""
    charset, encoding, text = found.groups()
    if encoding in "qQ":
        return decode(
            binascii.a2b_qp(text.encode("utf-8", "replace"), header=True), charset.casefold()
        )[0]
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    raw = binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    return decode(raw, charset.partition("*")[0].casefold())[0]
