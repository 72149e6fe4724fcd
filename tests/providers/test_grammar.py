"""The servers' own reading and writing of IMAP, beside RFC 9051 and imapclient's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient import imap_utf7

from tests.builders import QUICK
from tests.providers.grammar import (
    Bad,
    Command,
    Token,
    astring,
    decode_name,
    encode_name,
    parse,
    quoted,
    uid_set,
)


def test_a_command_is_read_with_all_that_it_may_hold() -> None:
    """Atoms, quoted strings with escapes, literals, lists in lists, and a section with spaces."""
    line = b'A1 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (A "B")]<0.5>) "a \\"b\\"" {5}\r\nx\r\n)( ()\r\n'
    assert parse(line) == Command(
        "A1",
        "UID FETCH",
        (
            Token("atom", b"1:*"),
            (Token("atom", b"FLAGS"), Token("atom", b'BODY.PEEK[HEADER.FIELDS (A "B")]<0.5>')),
            Token("quoted", b'a "b"'),
            Token("literal", b"x\r\n)("),
            (),
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        b"\r\n", b"A1\r\n", b"A1 \r\n", b"A1 NOOP \r\n", b"A1  NOOP\r\n", b"A1 LIST (\r\n", b"A1 LIST )\r\n",
        b'A1 SELECT "x\r\n', b'A1 SELECT "a""b"\r\n', b"A1 SELECT K\xc3\xa4se\r\n", b"A1 UID\r\n", b"* NOOP\r\n",
    ],
)  # fmt: skip
def test_what_is_no_command_is_bad(line: bytes) -> None:
    """Strictly: a client that a lenient server let pass would fail at another."""
    with pytest.raises(Bad):
        parse(line)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", {2}), ("2,5", {2, 5}), ("2:5", {2, 4, 5}), ("5:2", {2, 4, 5}), ("*", {9}), ("5:*", {5, 9}),
        ("10:*", {9}), ("*:10", {9}), ("3", set()), ("10:20", set()),
    ],
)  # fmt: skip
def test_sets_of_uids(text: str, chosen: set[int]) -> None:
    """RFC 9051 section 9, seq-range: in either order, and * is the last message there is."""
    assert uid_set(text, [2, 4, 5, 9]) == chosen


def test_sets_of_uids_at_their_edges() -> None:
    """Without messages there is no last one; Courier finds nothing beyond the last."""
    assert uid_set("1:*", []) == set()
    assert uid_set("10:*", [2, 9], last_for_star=False) == set()
    for wrong in ("", "a", "1:", "1::2", "1,"):
        with pytest.raises(Bad):
            uid_set(wrong, [1])


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("[Gmail]/Entwürfe", "[Gmail]/Entw&APw-rfe"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("Tom & Jerry", "Tom &- Jerry"),
        ("😀", "&2D3eAA-"),
    ],
)
def test_names_of_folders(name: str, encoded: str) -> None:
    """The example of RFC 3501 section 5.1.3, and what else may come."""
    assert encode_name(name) == encoded
    assert decode_name(encoded) == name


@QUICK
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
def test_names_are_spelt_as_imapclient_spells_them(name: str) -> None:
    """Two implementations that know nothing of each other."""
    assert encode_name(name).encode("ascii") == imap_utf7.encode(name)
    assert decode_name(encode_name(name)) == name


def test_strings_go_out_as_plain_as_they_can() -> None:
    assert [astring(each) for each in ("tone-angry", "R&-D", "a b", "")] == ["tone-angry", "R&-D", '"a b"', '""']  # fmt: skip
    assert quoted('\\Inbox "x"') == '"\\\\Inbox \\"x\\""'
