"""Bytes that mean harm, made at random: what holds of every message that is read, and of its draft.

:func:`check` is the one list of what must hold; `bench/fuzz.py` lets a coverage-guided fuzzer look
for bytes that break it.
"""

from __future__ import annotations

import email
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email.message import Message as RawMessage
from email.policy import compat32
from email.utils import formataddr, getaddresses
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import rulebook
from assistant.clean import is_message_id
from assistant.errors import UnreadableMail
from assistant.model import Message, Screening
from assistant.reading.html import html_to_text
from assistant.reading.message import read
from assistant.reading.own import of_text
from assistant.reading.quotes import CUT_HERE
from assistant.reply.compose import UnsafeDraft, compose
from assistant.screening import no_draft, written_by
from tests.builders import QUICK, facts, mail, profile
from tests.mailbook import FOLDER
from tests.test_compose import FIELDS, TEXT, THREADED

# --- what holds of every message ----------------------------------------------------------------

DOUBTFUL = {"several-senders", "sender-address"}


def check(raw: bytes) -> Message | None:
    """Read a message and make its draft; None where it is refused by name.

    Raises:
        AssertionError: where something of it is not as it must be.
    """
    try:
        message = read(raw)
    except UnreadableMail:
        return None
    assert message == read(raw), "the same bytes read otherwise"
    assert not list(_unclean(message))
    assert _encodes(message.own_words, *(cut.text for cut in message.cuts))
    assert "\0" not in message.own_words
    ids = (*message.in_reply_to, *message.references)
    assert all(map(is_message_id, ids))
    assert message.message_id is None or is_message_id(message.message_id)
    assert message.date is None or message.date.utcoffset() == timedelta(0)
    if message.sender and not DOUBTFUL.intersection(each.code for each in message.defects):
        written = formataddr((message.sender.name, message.sender.email))
        assert [each for _, each in getaddresses([written])] == [message.sender.email]
    check_draft(message)
    return message


def _unclean(message: Message) -> Iterator[str]:
    """What is shown of a header and holds controls, invisible characters or half a letter."""
    senders = [message.sender] if message.sender else []
    named = [*senders, *message.reply_to, *message.to, *message.cc, *message.delivered_to]
    shown = [message.subject, *(value for _, value in message.headers)]
    for text in (*shown, *(part for each in named for part in (each.name, each.email))):
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
            yield text


def _encodes(*texts: str) -> bool:
    return all(text.encode("utf-8") is not None for text in texts)


@cache
def shipped() -> Screening:
    """The screening of the rules as they are shipped."""
    return rulebook.load().screening


def check_draft(message: Message) -> None:
    """Where a draft is made, it reads back as what was meant: nothing smuggled in, one recipient."""
    source = written_by(message, profile(), shipped())
    if no_draft(source, facts(arrived=facts().now), shipped()) is not None:
        return
    with suppress(UnsafeDraft):
        draft = compose(source, facts(), TEXT)
        parsed = email.message_from_bytes(draft.raw, policy=compat32)
        assert parsed.keys() == (THREADED if source.message_id else FIELDS)
        assert not parsed.defects
        assert [each for _, each in getaddresses(parsed.get_all("To", []))] == [draft.to.email]
        assert draft.to.email in _may_be_written_to(source)
        assert all(map(is_message_id, str(parsed.get("References", "")).split()))
        assert max(map(len, draft.raw.split(b"\r\n"))) <= 998
        assert draft.raw.isascii()


def _may_be_written_to(source: Message) -> set[str]:
    """The sender, and where answers are wanted if that is in the sender's own domain."""
    assert source.sender is not None
    domain = source.sender.email.rpartition("@")[2].casefold()
    wanted = (each.email for each in source.reply_to)
    return {
        source.sender.email,
        *(each for each in wanted if each.casefold().endswith(f"@{domain}")),
    }


# --- headers ------------------------------------------------------------------------------------

FIELD_NAMES = (
    b"From", b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"References", b"In-Reply-To", b"Reply-To",
    b"Delivered-To", b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition", b"List-Id", b"Received",
)  # fmt: skip
BROKEN = (
    # encoded words of every breakage
    b"=?utf-8?q?J=C3=B6rg?=", b"=?utf-8?b?SsO2cmc?=", b"=?utf-8?b?SsO2cmc=?=", b"=?x?b?!?=", b"=?utf-8?q?a=0D=0ABcc:_v@x.org?=",
    b"=?utf-7?q?+2AA-?=", b"=?utf-8?q?a", b"=?", b"?=", b"?q?", b"=?unknown-8bit?b?/w=?=", b"=?utf-8*en?q?a?=", b"=?idna?q?xn--a?=",
    b"=?utf-8?q?a_,_b@c.org?=", b"=?iso-2022-jp?b?GyRC?=", b"=?hz?q?~{?=", b"=?utf-16?b?2AA=?=", b"=?\0?q?a?=", b"=?utf-8?q?=00=1B?=",
    b"=?punycode?q?a-?=", b"=?utf-8?x?a?=", b"=?utf-8?Q?a b?=", b"=?utf-8?b?====?=", b"=?utf-8?b?A?=", b"=??q?a?=", b"=?utf-8?q?=E2=80=AE?=",
    # what parses otherwise than it looks
    b",", b";", b":", b'"', b"\\", b"(", b")", b"<", b">", b"@", b".", b"[", b"]", b" ", b"\t", b"%", b"'",
    b"\r\n ", b"\r\n\t", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b"\x1b[31m", b"\x7f", b"\x85", b"\xff", b"\xe9",
    "é日😀".encode(), "\u202e\u2028\ufeff".encode(), b"\xed\xa0\x80", b"(" * 60, b"(" * 1_500, b"a" * 1_200, b"\\" * 301, b'"' * 99,
    # what belongs there
    b"maria@client.example", b"<v@x.org>", b"Maria <maria@client.example>", b"Friends: a@b.org, c@d.org;", b"undisclosed-recipients:;",
    b"<1@client.example>", b"<no-at>", b"<\xc3\xbc@x.org>", b"<a@" + b"b" * 300 + b">", b"encoded-word-0.", b"encoded-word-9999.", b"mailto:a@b.org", b"a@b.org@c.org", b"a@[127.0.0.1]", b'"a b"@c.org',
    b"Wed, 4 Mar 2026 12:00:00 +0000", b"31 Dec 9999 23:59:59 -2359", b"1 Jan 0001 00:00:00 +2359", b"99", b"+9999", b"Bcc: v@x.org",
    b"text/plain", b"multipart/mixed; boundary=", b"; charset*=foo'x'%ff", b"; charset*0*=", b"; charset=utf-16", b"; format=flowed",
    b"; filename*=x''%ff", b"base64", b"quoted-printable", b"x-uuencode", b"attachment",
)  # fmt: skip
values = st.lists(st.sampled_from(BROKEN) | st.binary(max_size=5), max_size=7).map(b"".join)
headers = st.lists(st.tuples(st.sampled_from(FIELD_NAMES), values), max_size=5).map(
    lambda fields: b"".join(b"%s: %s\r\n" % field for field in fields)
)


@settings(QUICK, max_examples=400)
@example(b"From: =?utf-8?b?A?= =?utf-8?b?SsO2cmc?= <a@b.org>\r\n", False, b"")
@example(b"Message-ID: <no-at>\r\nReferences: <\xc3\xbc@x.org> <a@b@c.org>\r\n", False, b"")
@given(headers, st.booleans(), st.sampled_from([b"", b"Hello there.", b"SGVsbG8=\r\n"]))
def test_any_header_is_read(fields: bytes, usual: bool, text: bytes) -> None:
    """Alone, or before the fields of a usual message."""
    rest = mail(text) if usual else b"\r\n" + text
    check(fields + rest)


@QUICK
@given(values, values)
def test_any_sender_is_one_address_or_doubtful(name: bytes, domain: bytes) -> None:
    """Whatever stands around an address, it is the one that the draft goes to, or there is none."""
    raw = b"From: %s <maria@client.example> %s\r\nMessage-ID: <1@x.org>\r\n\r\nhi"
    check(raw % (name, domain))
    check(raw.replace(b"client.example", b"%s") % (name, b"x" + domain, b""))


# --- own words of text --------------------------------------------------------------------------


@cache
def seen_lines() -> list[str]:
    """Every line of plain text in tests/mail: announcements, signatures and footers of ten languages."""
    parts = (
        part
        for path in sorted(FOLDER.glob("*.eml"))
        for part in email.message_from_bytes(path.read_bytes(), policy=compat32).walk()
        if part.get_content_type() == "text/plain"
    )
    found = {line: None for part in parts for line in _text(part).splitlines()}
    # What PGP puts around a text is left out without a cut.
    return [line for line in found if line.isprintable() and "PGP" not in line]


def _text(part: RawMessage) -> str:
    body = part.get_payload(decode=True)
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""


MARKS = (
    "", "", "", "-- ", "--", "—", "> quoted", ">", " > > old", "> On 3 March 2026, Bob wrote:", "On 3 March 2026,", "Bob wrote:",
    "Am 3. März 2026 um 10:00 schrieb Bob:", "From: Bob <b@x.org>", "Sent: Monday, 2 March 2026 10:00", "To: Ana", "Subject: x",
    "-----Original Message-----", "Begin forwarded message:", "______________________________", "---------- Forwarded message ---------",
    "Sent from my iPhone", "[EXTERNAL] Hello", "CAUTION: external sender, do not click links.", "PS: call me", "Tel. +49 30 1234567",
    "This message is confidential and intended only for the addressee.", "If you got it in error, delete it.", CUT_HERE, "\t",
    "a" * 450, "." * 320 + "x", "On 3 March 2026, Bob wrote: > old", "Please reply above this line", "www.client.example", "...",
)  # fmt: skip
line = st.deferred(
    lambda: st.sampled_from(seen_lines()) | st.sampled_from(MARKS) | st.text(max_size=12)
)
texts = st.lists(line, max_size=16).map("\n".join)


@settings(QUICK, max_examples=300)
@given(texts, st.booleans())
def test_own_words_are_lines_of_the_text(text: str, forwards: bool) -> None:
    """Every word is the writer's or in a cut, once; and every own line stands in the text so."""
    own = of_text(text, forwards=forwards)
    assert own == of_text(text, forwards=forwards)
    source = {part.rstrip() for each in text.split("\n") for part in _endings(each)}
    assert {each for each in own.words.split("\n") if each} <= source
    words = Counter(own.words.split())
    for cut in own.cuts:
        words.update(cut.text.split())
    assert words == Counter(text.replace(CUT_HERE, "").split())


def _endings(text: str) -> Iterator[str]:
    """A line, and what a banner's tag or an announcement leaves of it."""
    yield text
    yield from (text[found.end() :] for found in re.finditer(r"[\])]:?\s*", text))
    yield from (text[: found.end()] for found in re.finditer(r":(?=\s+>)", text))


# --- HTML ---------------------------------------------------------------------------------------

TAGS = (
    "div", "p", "span", "b", "table", "tr", "td", "ul", "li", "blockquote", "pre", "br", "hr", "a", "font", "o:p", "center", "h1", "img",
    "svg", "math", "select", "option", "textarea", "title", "template", "noscript", "body", "html", "head", "form", "button", "object", "style",
)  # fmt: skip
ATTRIBUTES = (
    "", "", "", " class=gmail_quote", " class=gmail_attr", " class=yahoo_quoted", " class=gmail_signature", " class=MsoNormal", " type=cite",
    " class=moz-cite-prefix", " id=divRplyFwdMsg", " id=appendonsend", " id=Signature", " class=protonmail_quote", " name=quote", " id=reply-intro",
    ' style="border:none;border-top:solid #E1E1E1 1.0pt"', ' style="border-left:1px solid"', ' style="display:none"', ' style="', " class='",
)  # fmt: skip
WORDS = (
    "word ", "From: Bob ", "On 3 March 2026, Bob wrote: ", "&nbsp;", "&lt;", "<!--", "-->", "\n", "\0", "&#xD800;", "</div>", "</p>", "</table>",
    CUT_HERE,
)  # fmt: skip
SCRIPTS = ("<script>scripted()</script>", "<SCRIPT src=x>scripted()</SCRIPT >", "<style>scripted{}</style>")  # fmt: skip
HALVES = ("<", "</", "<?", "<!", ">", "<![CDATA[", "]]>", "<div", "<p style=", "&#")
"""What makes a comment of the tag that follows: then a browser, too, shows what is in a script."""
tag = st.builds("<{}{}>".format, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES))


def soup(*pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tags and other pieces in any order, once or many times."""
    texts = st.lists(st.one_of(tag, st.sampled_from(WORDS), *pieces), max_size=25).map("".join)
    return st.builds(str.__mul__, texts, st.sampled_from([1, 1, 40]))


@settings(QUICK, max_examples=200)
@given(soup(st.sampled_from(HALVES), st.text(max_size=4)))
def test_any_html_becomes_text(html: str) -> None:
    """Unclosed, misplaced, halved and repeated tags."""
    page = html_to_text(html)
    assert page == html_to_text(html)
    assert _encodes(page.text, *(cut.text for cut in page.cuts))


@settings(QUICK, max_examples=200)
@given(soup(st.sampled_from(SCRIPTS)))
def test_what_a_browser_runs_is_not_text(html: str) -> None:
    """Scripts and styles are neither own words nor cut, wherever they stand."""
    page = html_to_text(html)
    assert not any("scripted" in text for text in (page.text, *(cut.text for cut in page.cuts)))


QUOTED = (
    "<blockquote type=cite>{}</blockquote>", "<div class=yahoo_quoted>{}</div>", "<div class=protonmail_quote>{}</div>",
    "<div class=gmail_quote>{}<blockquote class=gmail_quote>{}</blockquote></div>", "<div class=gmail_quote>{}</div>",
    '<blockquote style="border-left:1px solid #ccc">{}</blockquote>', "<div name=quote>{}</div>", "<div class=moz-cite-prefix>{}</div>",
    "<div id=reply-intro>{}</div>", '<div style="display:none">{}</div>', "<div class=gmail_signature>{}</div>",
)  # fmt: skip
WRAPPED = ("<div>{}</div>", "<p>{}</p>", "<div><span>{}</span><br></div>", "<table><tr><td>{}</td></tr></table>", "<b>{}</b>", "{}")  # fmt: skip
old = st.recursive(
    st.just("theirs "),
    lambda inner: st.tuples(st.sampled_from((*QUOTED, *WRAPPED)), st.lists(inner, max_size=3)).map(
        lambda each: each[0].replace("{}", "".join(each[1]) or "theirs")
    ),
    max_leaves=6,
)
new = st.sampled_from(WRAPPED).map(lambda wrap: wrap.replace("{}", "mine "))


@QUICK
@given(st.lists(st.tuples(new, st.sampled_from(QUOTED), old), min_size=1, max_size=4))
def test_what_html_marks_as_quoted_is_never_own(blocks: list[tuple[str, str, str]]) -> None:
    """The writer's words between quotes stay, each of them; nothing of what is in a quote does."""
    html = "".join(f"<div>{mine}</div>{mark.replace('{}', text)}" for mine, mark, text in blocks)
    message = check(mail(html, {"Content-Type": "text/html"}))
    assert message is not None
    assert message.own_words.split() == ["mine"] * len(blocks)


# --- MIME ---------------------------------------------------------------------------------------

KINDS = (
    "text/plain", "text/html", "text/enriched", "text/calendar; method=REPLY", "text/plain; format=flowed; delsp=yes", "image/png",
    "message/rfc822", "message/delivery-status", "text/plain; name=a.txt", "text", "", "multipart/mixed", "application/octet-stream",
    "text/calendar; a*0=b; a*", "text/plain; name*=a'x'%ff", "multipart/mixed; a*0=b; a*", "multipart/mixed; boundary*=idna'x'%ff",
)  # fmt: skip
CHARSETS = ("", "utf-8", "utf-16", "utf-7", "iso-2022-jp", "hz", "us-ascii", "x-none", "big5", "punycode", "rot13", "é", '"', "utf-8\0")  # fmt: skip
ENCODINGS = ("", "7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "BASE64 (x)", "binary", "é")  # fmt: skip
CONTENTS = (
    b"Hello there.\r\n", "Grüße, 日本".encode(), "Grüße".encode("latin-1"), b"SGVsbG8gdGhlcmUu\r\n", b"SGVsbG8", b"=48=65llo=\r\n=XX=", b"<p>x</p>",
    b"begin 644 x\r\n#0V%T\r\n`\r\nend\r\n", b"begin 644 x\r\n#0V", b"\x1b$B", b"+2AA-", b"~{", b"\xff\xfeh\0i\0", b"--b\r\n", b"\0\r\r\n", b"", b"a" * 2_000,
)  # fmt: skip
BOUNDARIES = ("b", "b", "b", "b2", "", "a b", '"', "b--")


def _part(kind: str, charset: str, encoding: str, content: bytes) -> bytes:
    charset = f"; charset={charset}" if charset else ""
    head = f"Content-Type: {kind}{charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + content


def _parts(kind: str, said: str, used: str, parts: list[bytes]) -> bytes:
    between = b"\r\n".join(b"--%s\r\n%s" % (used.encode(), each) for each in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{said}"\r\n\r\n'.encode()
    return head + between + b"\r\n--" + used.encode() + b"--\r\n"


tree = st.recursive(
    st.builds(_part, *map(st.sampled_from, (KINDS, CHARSETS, ENCODINGS, CONTENTS))),
    lambda inner: st.builds(
        _parts,
        st.sampled_from(("mixed", "alternative", "related", "report", "signed", "digest")),
        st.sampled_from(BOUNDARIES),
        st.sampled_from(BOUNDARIES),
        st.lists(inner, max_size=4),
    ),
    max_leaves=6,
)


@settings(QUICK, max_examples=300)
@example(_part("text/plain", "utf-7", "8bit", b"+2AA-"), 0, True)
@given(tree, st.integers(0, 3_000), st.booleans())
def test_any_body_is_read(body: bytes, end: int, whole: bool) -> None:
    """Parts within parts, with what they are misnamed and their ends missing."""
    raw = b"From: Maria <maria@client.example>\r\nMIME-Version: 1.0\r\n" + body
    check(raw if whole else raw[:end])


@pytest.mark.parametrize("name", ["head-2047-split", "bytes-boundary-never", "sign-gmx-de"])
def test_a_message_cut_anywhere_is_read(name: str) -> None:
    """A server may hand over any number of bytes."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    for end in range(len(raw)):
        with suppress(UnreadableMail):
            read(raw[:end])
