"""The header of a message, read by the standard library and by mail-parser, and checked by us.

Neither is trusted: ids are checked, addresses read by both, doubtful things become named defects, everything is
capped.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice

from assistant.clean import clean_text, is_message_id
from assistant.errors import UnreadableMail
from assistant.model import Address, Defect, Message
from assistant.reading import second
from assistant.reading.addresses import addresses, as_known, is_group, survives
from assistant.reading.parts import Part
from assistant.reading.words import decoded

LONGEST_VALUE = 8_192
MOST_FIELDS = 2_000
MOST_IDS = 50
MOST_SIGNS = 200
LONGEST_SUBJECT = 1_000
_EXPECTED = frozenset(
    {"from", "to", "date", "subject", "message-id", "received", "return-path", "content-type"}
)
"""One of these at least is in anything that is mail."""
_ONCE = ("From", "Subject", "Date", "Message-ID", "Reply-To", "To")
"""Header fields that stand once in a message (RFC 5322 section 3.6)."""
_ZONE = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>[0-5]\d)\s*(?:\([^()]*\)\s*)?$")
MOST_AHEAD = 14 * 60
"""Minutes; no zone is further from UTC."""
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_ID = re.compile(r"<[^<>\s]{1,1000}>")
_NO_SIGN = re.compile(
    r"from|to|cc|bcc|reply-to|date|message-id|in-reply-to|mime-version|content-.*|user-agent|x-mailer|received|dkim-.*|arc-.*|authentication-results|references|subject|x-google-.*|x-ms-exchange-.*|x-microsoft-.*|x-forefront.*"
)
"""Header fields that say nothing of who wrote, or are read elsewhere."""


def read_headers(source: Part, header: bytes, whole: bytes, language: str) -> Message:
    """A message with its header read and its words still missing.

    Args:
        source: the message as the standard library parses it.
        header: the header block, capped.
        whole: the bytes of the message, for the identity of one that has no Message-ID.

    Raises:
        UnreadableMail: where not one header field is found.
    """
    fields = unfolded(source)
    if not _EXPECTED.intersection(fields):
        raise UnreadableMail("it has no header: not a mail message")
    ids = _ids(fields, "message-id")
    message_id = ids[0] if ids and is_message_id(ids[0]) else None
    senders = addresses(fields.get("from", []))
    reply_to = addresses(fields.get("reply-to", []))
    date = second.moment(_first(fields, "date")) if "date" in fields else None
    utf8 = _is_utf8(header)
    defects = _defects(fields, senders, reply_to, utf8=utf8)
    if message_id is None:
        defects.append(
            Defect("no-message-id", "has no usable Message-ID; replies can't be threaded")
        )
    if date is None:
        defects.append(Defect("no-date", "has no readable Date"))
    known = tuple(map(as_known, senders)) if utf8 else senders
    return Message(
        identity=_identity(message_id, fields, whole),
        message_id=message_id,
        in_reply_to=_valid(_ids(fields, "in-reply-to")),
        references=_valid(_ids(fields, "references")),
        sender=known[0] if known else None,
        reply_to=tuple(map(as_known, reply_to)) if utf8 else reply_to,
        to=addresses(fields.get("to", [])),
        cc=addresses(fields.get("cc", [])),
        delivered_to=_delivered_to(fields),
        subject=_subject(fields),
        date=date,
        own_words="",
        cuts=(),
        language=language,
        parts=(),
        headers=_signs(fields),
        defects=tuple(defects),
        offset=_offset(_first(fields, "date")) if date else None,
        bcc=addresses(fields.get("bcc", [])),
    )


def unfolded(source: Part) -> dict[str, list[str]]:
    """The fields by lower-case name, values unfolded but undecoded."""
    fields: dict[str, list[str]] = {}
    for name, value in islice(source.raw_items(), MOST_FIELDS):
        unfolded = str(value)[: 8 * LONGEST_VALUE]
        if "\n" in unfolded or "\r" in unfolded:  # few are folded
            unfolded = _FOLD.sub(" ", unfolded)
        if not unfolded.isascii():
            unfolded = _utf8(unfolded.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
        fields.setdefault(name.casefold(), []).append(unfolded.strip())
    return fields


def _utf8(header: bytes) -> bytes:
    """A header with unencoded letters of the old kind (cp1252), as UTF-8; it mangles them else."""
    return header if _is_utf8(header) else header.decode("cp1252", "replace").encode("utf-8")


def _is_utf8(header: bytes) -> bool:
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _defects(
    fields: dict[str, list[str]],
    senders: tuple[Address, ...],
    reply_to: tuple[Address, ...],
    *,
    utf8: bool,
) -> list[Defect]:
    """What is doubtful about who wrote, and what stands more than once."""
    defects: list[Defect] = []
    written = fields.get("from", [])
    if len(senders) > 1 or len(written) > 1 or is_group(written):
        defects.append(Defect("several-senders", "names more than one sender; no draft is made"))
    elif senders and not survives(senders[0], written, utf8=utf8):
        defects.append(
            Defect(
                "sender-address", "its sender's address can't be read for sure; no draft is made"
            )
        )
    answers = fields.get("reply-to", [])
    if reply_to and (is_group(answers) or not survives(reply_to[0], answers, utf8=utf8)):
        defects.append(
            Defect("reply-address", "its Reply-To can't be read for sure; it is not followed")
        )
    repeated = [name for name in _ONCE[1:] if len(fields.get(name.casefold(), [])) > 1]
    if repeated:
        defects.append(Defect("repeated-header", f"holds more than one {', '.join(repeated)}"))
    return defects


def _identity(message_id: str | None, fields: dict[str, list[str]], whole: bytes) -> str:
    """Message-ID with the Date header, else a hash of the bytes.

    Some messages lack a Message-ID and some share one, hence the Date; a copy delivered twice
    keeps both, hence not the bytes.
    """
    if message_id is None:
        return f"raw-{hashlib.sha256(whole).hexdigest()[:40]}"
    date = " ".join(_first(fields, "date").split())
    named = f"{message_id}\n{date}".encode("utf-8", "replace")
    return f"mid-{hashlib.sha256(named).hexdigest()[:40]}"


def _first(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0][:LONGEST_VALUE]


def _subject(fields: dict[str, list[str]]) -> str:
    """The first one; mail-parser's reading, unless it lost letters."""
    written = _first(fields, "subject")
    text = second.words(written) if "=?" in written else written
    if not text or any(odd in text for odd in ("\ufffd", "=?", "=_")):
        text = decoded(written)
    return clean_text(text[:LONGEST_VALUE], LONGEST_SUBJECT)


def _delivered_to(fields: dict[str, list[str]]) -> tuple[Address, ...]:
    """Where the message arrived: the address a Bcc or an alias hides from To."""
    values = [
        clean_text(value[:LONGEST_VALUE], 254)
        for name in ("delivered-to", "x-original-to", "envelope-to")
        for value in fields.get(name, [])[:5]
    ]
    return tuple(Address("", value.strip("<>")) for value in values if "@" in value)


def _ids(fields: dict[str, list[str]], name: str) -> tuple[str, ...]:
    # Not capped like other values: of a long References, the last ids are the ones that matter.
    values = " ".join(fields.get(name, [])[:3])
    return tuple(dict.fromkeys(_ID.findall(values)))


def _valid(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Ids that may be repeated in a header of ours; the first and the last ones of many."""
    kept = tuple(each for each in ids if is_message_id(each))
    return kept if len(kept) <= MOST_IDS else (kept[0], *kept[-(MOST_IDS - 1) :])


def _offset(value: str) -> int | None:
    """Minutes ahead of UTC; None for 0, which programs also write that don't know (Exchange)."""
    found = _ZONE.search(value)
    if found is None:
        return None
    minutes = int(found["hours"]) * 60 + int(found["minutes"])
    return (minutes if found["sign"] == "+" else -minutes) if 0 < minutes <= MOST_AHEAD else None


def _signs(fields: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    """The headers that screening may look at: lower-case names, one-line values."""
    return tuple(
        (name, clean_text(value, 500))
        for name, values in fields.items()
        if not _NO_SIGN.fullmatch(name)
        for value in values[:5]
    )[:MOST_SIGNS]
