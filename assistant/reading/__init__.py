"""Bytes -> Message: the headers, the writer's own newest words, and what is doubtful about them.

`headers` (mail-parser behind a typed face), `mime` (which part holds the text, in which
charset), `html` (HTML to text, quotes cut by structure), `quotes` (quotes, forwards and
signatures cut from text). Hostile input is the normal case: sizes are capped before anything
that could cost more than linear time.
"""

from __future__ import annotations

from assistant.model import Message
from assistant.reading.headers import read_headers
from assistant.reading.mime import read_body, split_header
from assistant.reading.quotes import own_words

LONGEST = 262_144
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
    headers = read_headers(header, raw[:LONGEST])
    body = read_body(raw[:LONGEST])
    words, cuts = own_words(body.text)
    return Message(
        identity=headers.identity,
        message_id=headers.message_id,
        in_reply_to=headers.in_reply_to,
        references=headers.references,
        sender=headers.sender,
        reply_to=headers.reply_to,
        to=headers.to,
        cc=headers.cc,
        delivered_to=headers.delivered_to,
        subject=headers.subject,
        date=headers.date,
        own_words=words,
        cuts=(*body.cuts, *cuts),
        language=language,
        headers=headers.signs,
        defects=(*headers.defects, *body.defects),
    )
