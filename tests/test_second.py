"""What mail-parser is asked for, one value at a time, is what its parser says of the whole message."""

from __future__ import annotations

from datetime import UTC, datetime
from email.errors import HeaderParseError
from pathlib import Path

import mailparser
import pytest
from mailparser.utils import get_addresses

from assistant.errors import UnreadableMail
from assistant.reading import second
from assistant.reading.headers import unfolded
from assistant.reading.mime import header_block, mended
from assistant.reading.parts import parse

MAIL = sorted((Path(__file__).parent / "mail").rglob("*.eml"))
BROKEN = "=?utf-8?b?a?= <zoe@client.example>"
ASKED = {"from": "from_", "to": "to", "cc": "cc", "reply-to": "reply_to"}


def test_there_is_mail_to_compare_with() -> None:
    """Else the next test would pass for nothing."""
    assert len([path for path in MAIL if header_block(path.read_bytes()).isascii()]) > 50


@pytest.mark.parametrize("path", MAIL, ids=lambda path: path.stem)
def test_it_says_what_its_parser_says(path: Path) -> None:
    """Of every header in ASCII; other letters its parser decodes in a way of its own."""
    header = header_block(mended(path.read_bytes()))
    if not header.isascii():
        return
    whole = mailparser.parse_from_bytes(header)
    fields = unfolded(parse(header))
    for name, attribute in ASKED.items():
        if name in fields:
            assert [email for _, email in second.people(fields[name][0])] == [
                email for _, email in getattr(whole, attribute)
            ]
    if len(fields.get("subject", [])) == 1:
        assert second.words(fields["subject"][0]).split() == whole.subject.split()
    if "date" in fields:
        assert second.moment(fields["date"][0]) == whole.date


def test_names_come_decoded() -> None:
    """An encoded word is a name, whatever it spells (RFC 2047 section 5)."""
    value = (
        "=?utf-8?q?Zo=C3=AB?= <zoe@client.example>, =?utf-8?q?a=40b=2Eexample=2C?= <c@d.example>"
    )
    assert second.people(value) == [
        ("Zoë", "zoe@client.example"),
        ("a@b.example,", "c@d.example"),
    ]


@pytest.mark.parametrize(
    "date", ["Mon, 99 Nov 2026 10:00:00 +0000", "soon", "", "1 Jan 1801 10:00 +0000"]
)
def test_what_is_no_date_is_none(date: str) -> None:
    """A message without a readable date is one without."""
    assert second.moment(date) is None


def test_a_date_is_in_utc() -> None:
    """Whatever its zone."""
    assert second.moment("Mon, 23 Nov 2026 10:00:00 +0100") == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_broken_encoded_word_is_left_as_it_stands() -> None:
    """The standard library gives up on one letter of base64, and mail-parser with it."""
    with pytest.raises(HeaderParseError):
        get_addresses(BROKEN, decode_names=True)
    assert [email for _, email in second.people(BROKEN)] == ["zoe@client.example"]


def test_where_it_fails_the_message_cannot_be_read() -> None:
    """Its bugs end no pass: a message that it stumbles over is named."""

    def broken(text: str) -> str:
        raise AttributeError(text)

    with pytest.raises(UnreadableMail, match=r"can't be read \(AttributeError\)"):
        second.asked(broken, "a@b.example")
