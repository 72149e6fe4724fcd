"""One message, from its bytes: the header first, then what its writer typed now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.model import FIRST_BYTES, Defect, Message
from assistant.reading.headers import read_headers
from assistant.reading.language import detect
from assistant.reading.marks import FORWARDS
from assistant.reading.mime import (
    UNREAD,
    header_block,
    kind_of,
    mended,
    read_body,
    too_nested,
    without_files,
)
from assistant.reading.own import own_words
from assistant.reading.parts import parse

LONGEST = FIRST_BYTES
"""Bytes of a message that are looked at, the same as are fetched from a server."""


def read(
    raw: bytes, language: str = "en", enough: Callable[[Message], bool] | None = None
) -> Message:
    """Read one message.

    Args:
        raw: the bytes of an RFC 5322 message; more than :data:`LONGEST` are ignored.
        language: the account's language, for words too short to tell theirs.
        enough: is shown the message with its header read; where it is enough, the body is left unread.

    Raises:
        UnreadableMail: where there is no header, or mail-parser can't read it.
    """
    raw = raw[:LONGEST]
    whole = mended(raw)
    header = header_block(whole)
    source = parse(header)
    message = read_headers(source, header, raw, language)
    if enough is not None:
        message = replace(message, parts=(kind_of(source),), whole=False)
        if enough(message):
            return message
    body = UNREAD if too_nested(whole) else read_body(parse(without_files(whole)))
    own = own_words(body, forwards=bool(FORWARDS.match(message.subject)), answers=message.is_answer)
    defects = [*message.defects, *body.defects]
    if len(raw) == LONGEST:
        defects.append(Defect("truncated", f"only its first {LONGEST // 1024} KB were read"))
    return replace(
        message,
        own_words=own.words,
        cuts=own.cuts,
        language=detect(own.words, language),
        parts=body.kinds,
        defects=tuple(defects),
        whole=True,
    )
