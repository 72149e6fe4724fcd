"""A header's values as mail-parser reads them: addresses a second time, words decoded, dates.

The only module that imports mail-parser. Of its parser, which takes a whole message apart, only what reads one value
is used: of 1.2 ms for a header that leaves half (docs/decisions.md, "mail-parser reads values").
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import MessageError
from typing import TypeVar

from mailparser.dates import parse_mail_date
from mailparser.exceptions import MailParserError
from mailparser.utils import decode_header_part, get_addresses

from assistant.errors import UnreadableMail

# mail-parser logs pieces of the messages it stumbles over; nothing of a message is ever logged.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""A Date outside these is no date; at the ends of the calendar even adding a day fails."""
_STUMBLES = (
    MailParserError, MessageError, AttributeError, ValueError, LookupError, IndexError, TypeError,
)  # fmt: skip
"""AttributeError and the rest: known bugs of mail-parser 4.8 on malformed headers."""
_Read = TypeVar("_Read")


def people(value: str) -> list[tuple[str, str]]:
    """Names and addresses in one value of From, To and the like.

    Raises:
        UnreadableMail: where it fails.
    """
    found = asked(lambda text: get_addresses(text, decode_names=True), value)
    return [(name, email) for name, email in found if email]


def words(value: str) -> str:
    """A value with its encoded words decoded (RFC 2047).

    Raises:
        UnreadableMail: where it fails.
    """
    return str(asked(decode_header_part, value))


def moment(value: str) -> datetime | None:
    """The time that a Date tells; None where it tells none.

    Raises:
        UnreadableMail: where it fails.
    """
    date = asked(parse_mail_date, value).value
    if not isinstance(date, datetime) or not FIRST_YEAR <= date.year <= LAST_YEAR:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def asked(read: Callable[[str], _Read], value: str) -> _Read:
    """What a function of mail-parser says of a value; without encoded words where a broken one makes it fail.

    Raises:
        UnreadableMail: where it fails otherwise.
    """
    try:
        try:
            return read(value)
        except MessageError:
            return read(value.replace("=?", "=_"))
    except _STUMBLES as error:
        raise UnreadableMail(f"its header can't be read ({type(error).__name__})") from error
