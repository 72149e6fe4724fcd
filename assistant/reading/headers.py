"""The header of a message, read by mail-parser and checked by us.

The only module that imports mail-parser. Its answers are trusted for decoding, not for truth:
ids are checked, doubtful senders become named defects, everything is capped.
"""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, datetime
from email.message import Message as RawMessage
from typing import Any

import mailparser
from mailparser.exceptions import MailParserError

from assistant.clean import clean_text, is_message_id
from assistant.errors import UnreadableMail
from assistant.model import Address, Defect, Message

# mail-parser logs pieces of the messages it stumbles over; nothing of a message is ever logged.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

LONGEST_VALUE = 8_192
MOST_ADDRESSES = 100
MOST_IDS = 50
MOST_SIGNS = 100
LONGEST_SUBJECT = 1_000
_EXPECTED = frozenset(
    {"from", "to", "date", "subject", "message-id", "received", "return-path", "content-type"}
)
"""One of these at least is in anything that is mail."""
_ID = re.compile(r"<[^<>\s]{1,1000}>")
_SIGNS = re.compile(
    r"auto-submitted|precedence|list-.*|return-path|content-type|feedback-id|x-auto.*|x-spam-flag"
    r"|x-loop|x-fc-machinegenerated|x-precedence|delivered-to"
)


def read_headers(header: bytes, whole: bytes, language: str) -> Message:
    """A message with its header read and its words still missing.

    Args:
        header: the header block, capped.
        whole: the bytes of the message, for the identity of one that has no Message-ID.

    Raises:
        UnreadableMail: where not one header field is found.
    """
    try:
        parsed: Any = mailparser.parse_from_bytes(_utf8(header))
    except (MailParserError, AttributeError, ValueError, LookupError, IndexError) as error:
        # AttributeError and the rest: known bugs of mail-parser 4.8 on malformed headers.
        raise UnreadableMail(f"its header can't be read ({type(error).__name__})") from error
    source: RawMessage = parsed.message
    if not _EXPECTED.intersection(name.casefold() for name in source):
        raise UnreadableMail("it has no header: not a mail message")
    defects: list[Defect] = []
    ids = _ids(source, "Message-ID")
    message_id = ids[0] if ids and is_message_id(ids[0]) else None
    if message_id is None:
        defects.append(
            Defect("no-message-id", "has no usable Message-ID; replies can't be threaded")
        )
    senders = _addresses(parsed.from_)
    if len(senders) > 1 or len(source.get_all("From", [])) > 1:
        defects.append(Defect("several-senders", "names more than one sender; no draft is made"))
    date = _date(parsed)
    if date is None:
        defects.append(Defect("no-date", "has no readable Date"))
    return Message(
        identity=_identity(message_id, source, whole),
        message_id=message_id,
        in_reply_to=_valid(_ids(source, "In-Reply-To")),
        references=_valid(_ids(source, "References")),
        sender=senders[0] if senders else None,
        reply_to=_addresses(parsed.reply_to),
        to=_addresses(parsed.to),
        cc=_addresses(parsed.cc),
        delivered_to=_delivered_to(source),
        subject=clean_text(_text(parsed.subject), LONGEST_SUBJECT),
        date=date,
        own_words="",
        cuts=(),
        language=language,
        headers=_signs(source),
        defects=tuple(defects),
    )


def _utf8(header: bytes) -> bytes:
    """A header with unencoded letters of the old kind (cp1252), as UTF-8; it mangles them else."""
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return header.decode("cp1252", "replace").encode("utf-8")
    return header


def _identity(message_id: str | None, source: RawMessage, whole: bytes) -> str:
    """Message-ID with the Date header, else a hash of the bytes.

    Some messages lack a Message-ID and some share one, hence the Date; a copy delivered twice
    keeps both, hence not the bytes.
    """
    if message_id is None:
        return f"raw-{hashlib.sha256(whole).hexdigest()[:40]}"
    date = " ".join(_text(source.get("Date", "")).split())
    named = f"{message_id}\n{date}".encode("utf-8", "replace")
    return f"mid-{hashlib.sha256(named).hexdigest()[:40]}"


def _text(value: object) -> str:
    return str(value)[:LONGEST_VALUE]


def _addresses(pairs: object) -> tuple[Address, ...]:
    found: list[Address] = []
    for pair in list(pairs)[:MOST_ADDRESSES] if isinstance(pairs, list) else []:
        name, email = (clean_text(_text(part), 254) for part in pair)
        if "@" in email:
            found.append(Address(name, email))
    return tuple(found)


def _delivered_to(source: RawMessage) -> tuple[Address, ...]:
    """Where the message arrived: the address a Bcc or an alias hides from To."""
    values = [
        clean_text(_text(value), 254)
        for name in ("Delivered-To", "X-Original-To", "Envelope-To")
        for value in source.get_all(name, [])[:5]
    ]
    return tuple(Address("", value.strip("<>")) for value in values if "@" in value)


def _ids(source: RawMessage, name: str) -> tuple[str, ...]:
    # Not capped like other values: of a long References, the last ids are the ones that matter.
    values = " ".join(str(value) for value in source.get_all(name, [])[:3])
    return tuple(dict.fromkeys(_ID.findall(values)))


def _valid(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Ids that may be repeated in a header of ours; the first and the last ones of many."""
    kept = tuple(each for each in ids if is_message_id(each))
    return kept if len(kept) <= MOST_IDS else (kept[0], *kept[-(MOST_IDS - 1) :])


def _date(parsed: Any) -> datetime | None:
    date = parsed.date
    if not isinstance(date, datetime):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _signs(source: RawMessage) -> tuple[tuple[str, str], ...]:
    """The headers that screening looks at: lower-case names, one-line values."""
    return tuple(
        (name.casefold(), clean_text(_text(value), 500))
        for name, value in source.items()
        if _SIGNS.fullmatch(name.casefold())
    )[:MOST_SIGNS]
