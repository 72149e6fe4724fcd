"""What strangers' text may still hold when it leaves this program."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clean import (
    LONGEST_ID,
    a_label,
    clean_lines,
    clean_text,
    is_message_id,
    is_plain_address,
)
from tests.builders import QUICK

nasty = st.sampled_from("\0\x1b\x9b\r\n\t\u200b\u202e\u2028\ufeff\u061c\ud800 a")
any_text = st.text(nasty, max_size=120) | st.text(max_size=120)


@QUICK
@given(any_text, st.integers(1, 60))
def test_clean_text_is_one_short_printable_line(text: str, longest: int) -> None:
    """No control, no surrogate, nothing invisible, no space too many, and not too long."""
    cleaned = clean_text(text, longest)
    assert {unicodedata.category(c) for c in cleaned}.isdisjoint({"Cc", "Cs", "Cf", "Zl", "Zp"})
    assert cleaned == " ".join(cleaned.split())
    assert len(cleaned) <= longest
    assert clean_text(cleaned, longest) == cleaned


@QUICK
@given(any_text)
def test_clean_lines_keeps_lines_and_nothing_else(text: str) -> None:
    """Line ends and tabs are the only controls left, and none is lost."""
    cleaned = clean_lines(text)
    assert {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs", "Cf")} <= {"\n", "\t"}
    assert (cleaned.count("\n"), cleaned.count("\t")) == (text.count("\n"), text.count("\t"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("  two \r\n lines\t", "two lines"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\0b \0 c", "ab c"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("pass\u00adword", "password"),
        ("12345678901", "123456789…"),
        ("12345678 01", "12345678…"),
        ("\ud83d\ude00 ok", "ok"),
        ("Grüße 😀", "Grüße 😀"),
    ],
)
def test_clean_text(text: str, expected: str) -> None:
    """Escapes and tricks go, letters of any language stay."""
    assert expected == clean_text(text, 10)


@pytest.mark.parametrize("piece", ["\0", "\u200b", " ", "a", "\ud800", "\r\n", "a "])
def test_big_hostile_texts_are_cleaned(piece: str) -> None:
    """64 KB of one thing becomes a short line."""
    assert len(clean_text(piece * 65_536, 80)) <= 80


@pytest.mark.parametrize(
    "email",
    [
        "a@b.org",
        "first.last+tag@sub.example.co.uk",
        "o'neil@x.org",
        "a_b-c@localhost",
        "1@1.example",
    ],
)
def test_plain_addresses(email: str) -> None:
    """What people's addresses look like can be written to."""
    assert is_plain_address(email)


@pytest.mark.parametrize(
    "email",
    [
        "", "a", "@", "a@", "@b.org", ".a@b.org", "a.@b.org", "a..b@b.org", "a b@c.org", '"a b"@c.org',
        "a@b..org", "a@-b.org", "a@b-.org", "a@[127.0.0.1]", "a@b.org\n", "a@b.org\r\nBcc: c@d.org", "ä@b.org",
        "a@b.örg", "a@b@c.org", "a,b@c.org", "<a@b.org>", "a@b.org>", "(x)a@b.org", "a\0@b.org",
        "a" * 65 + "@b.org", "a@" + "b" * 254, "a;@b.org",
    ],
)  # fmt: skip
def test_odd_addresses(email: str) -> None:
    """What needs quoting, encoding or guessing is not written to."""
    assert not is_plain_address(email)


def test_a_long_hostile_domain_is_refused_at_once() -> None:
    """Labels and dots over and over do not make the check slow."""
    assert not is_plain_address("a@" + "a-" * 50_000)
    assert not is_plain_address("a@" + "a." * 50_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<1@x.org>", True),
        ("<a$b.c@[x]>", True),
        ("<" + "a" * (LONGEST_ID - 4) + "@b>", True),
        ("<" + "a" * (LONGEST_ID - 3) + "@b>", False),
        ("<" + "@" * 240, False),
        ("1@x.org", False),
        ("<1x.org>", False),
        ("<1@x.org>\n", False),
        ("<1@x.org>\r\nBcc: a@b.org", False),
        ("<1 2@x.org>", False),
        ("<ü@x.org>", False),
        ("<<1@x.org>", False),
        ("", False),
    ],
)
def test_message_ids(text: str, expected: bool) -> None:
    """Only an id of printable ASCII in one pair of brackets is repeated in a header."""
    assert is_message_id(text) is expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@example.org", "anna@example.org"),
        ("änna@example.org", "änna@example.org"),
        ("anna@straße.example", "anna@straße.example"),
        ("anna@a\u200db.example", "anna@a\u200db.example"),
        (f"anna@{'ü' * 80}.example", f"anna@{'ü' * 80}.example"),
        ("anna", "anna"),
    ],
)
def test_domains_are_written_as_servers_know_them(email: str, expected: str) -> None:
    """Unless that would be a guess: "ß" is "ss" by the old standard, and another domain by the new."""
    assert a_label(email) == expected
