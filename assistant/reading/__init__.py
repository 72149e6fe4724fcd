"""Bytes -> Message: the headers, the writer's own newest words, and what is doubtful about them.

`headers` (mail-parser behind a typed face), `mime` (which part holds the text, in which
charset), `html` (HTML to text, quotes cut by structure), `quotes` (quotes, forwards and
signatures cut from text). Hostile input is the normal case: sizes are capped before anything
that could cost more than linear time.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.model import FIRST_BYTES, Message
from assistant.reading.headers import read_headers
from assistant.reading.mime import read_body, split_header
from assistant.reading.quotes import own_words

LONGEST = FIRST_BYTES
"""Bytes of a message that are looked at, the same as are fetched from a server."""


def read(raw: bytes, language: str = "en") -> Message:
    """Read one message.

    Args:
        raw: the bytes of an RFC 5322 message; more than :data:`LONGEST` are ignored.
        language: the account's language, until the message's own is told.

    Raises:
        UnreadableMail: where there is no header at all.
    """
    header, _ = split_header(raw[:LONGEST])
    message = read_headers(header, raw[:LONGEST], language)
    body = read_body(raw[:LONGEST])
    words, cuts = own_words(body.text)
    return replace(
        message,
        own_words=words,
        cuts=(*body.cuts, *cuts),
        defects=(*message.defects, *body.defects),
    )
