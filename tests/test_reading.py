"""Bytes -> Message: headers, bodies, HTML, quotes, and mail that means harm."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableMail
from assistant.model import Address, Cut, Message
from assistant.reading.addresses import MOST as MOST_ADDRESSES
from assistant.reading.charset import decode
from assistant.reading.headers import LONGEST_SUBJECT, MOST_IDS
from assistant.reading.html import html_to_text
from assistant.reading.message import LONGEST, read
from assistant.reading.mime import LONGEST_TEXT, header_block, without_files
from assistant.reading.own import of_text
from assistant.reading.quotes import CUT_HERE
from tests.builders import CLIENT, ME, NOW, QUICK, mail


def header(**fields: str) -> Message:
    """A message read with these header fields (underscores stand for hyphens)."""
    return read(mail(headers={name.replace("_", "-"): value for name, value in fields.items()}))


def body(text: str | bytes, **fields: str) -> Message:
    """A message read with this body."""
    return read(mail(text, {name.replace("_", "-"): value for name, value in fields.items()}))


def codes(message: Message) -> list[str]:
    return [defect.code for defect in message.defects]


# --- headers ------------------------------------------------------------------------------------


def test_a_plain_message() -> None:
    """Everything that a usual header says, and the words below it."""
    read_ = read(mail("Hello there.\r\nBye.\r\n"))
    assert (read_.sender, read_.to, read_.cc, read_.reply_to) == (CLIENT, (ME,), (), ())
    assert (read_.subject, read_.date, read_.message_id) == ("Website", NOW, "<1@client.example>")
    assert (read_.own_words, read_.cuts, read_.defects) == ("Hello there.\nBye.", (), ())
    assert (read_.language, read_.is_answer) == ("en", False)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wann können wir mit dem neuen Entwurf rechnen?", "de"),
        ("When can we expect the new draft of the brochure?", "en"),
        ("Когда будет готов новый макет сайта?", "other"),
        ("ok", "fr"),
        ("", "fr"),
        ("https://example.com/one/two/three 12345", "fr"),
    ],
)
def test_the_language_is_that_of_the_own_words(text: str, language: str) -> None:
    """Told where it can be, "other" where it is none of ours, else the account's."""
    assert read(mail(text), language="fr").language == language


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.org", [Address("", "a@b.org")]),
        ("Ana <a@b.org>", [Address("Ana", "a@b.org")]),
        ('"Lopez, Ana" <a@b.org>', [Address("Lopez, Ana", "a@b.org")]),
        ("=?utf-8?q?J=C3=B6rg?= <a@b.org>", [Address("Jörg", "a@b.org")]),
        ("Jörg <a@b.org>", [Address("Jörg", "a@b.org")]),
        ("J\udcf6rg <a@b.org>", [Address("Jörg", "a@b.org")]),
        ("Ana\0\x1b <a@b.org>", [Address("Ana", "a@b.org")]),
        ("", []),
        ("nobody", []),
        ("undisclosed-recipients:;", []),
    ],
)
def test_senders(value: str, expected: list[Address]) -> None:
    """Names are decoded, even unencoded ones from old programs, and cleaned."""
    message = header(From=value)
    assert ([message.sender] if message.sender else []) == expected


@pytest.mark.parametrize(
    "extra", ["From: a@b.org, c@d.org\r\n", "From: a@b.org\r\nFrom: c@d.org\r\n"]
)
def test_several_senders_are_a_defect(extra: str) -> None:
    """Whom to answer is not guessed."""
    message = read(
        f"{extra}Message-ID: <1@x>\r\nDate: {NOW:%a, %d %b %Y %H:%M:%S} +0000\r\n\r\nhi".encode()
    )
    assert codes(message) == ["several-senders"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Wed, 4 Mar 2026 13:00:00 +0100", NOW),
        ("4 Mar 2026 12:00 GMT", NOW),
        ("Wed, 4 Mar 2026 12:00:00 -0000", NOW),
        ("Wed, 4 Mar 2026 12:00:00 +0000 (UTC)", NOW),
    ],
)
def test_dates(value: str, expected: datetime) -> None:
    """Whatever the zone, a date is one moment, in UTC."""
    message = header(Date=value)
    assert message.date == expected
    assert message.date is not None
    assert message.date.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Wed, 45 Mar 2026 12:00:00 +0000",
        "9" * 9_000,
        "(" * 9_000,
        "Fri, 31 Dec 9999 23:30:59 +0030",
        "Mon, 1 Jan 0001 00:00:00 +0000",
    ],
)
def test_unreadable_dates_are_a_defect(value: str) -> None:
    """A message without a date is read all the same."""
    message = header(Date=value)
    assert (message.date, codes(message)) == (None, ["no-date"])


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("+0200", 120),
        ("-0330", -210),
        ("+0530 (IST)", 330),
        ("+0000", None),
        ("-0000", None),
        ("GMT", None),
        ("EST", None),
        ("+9900", None),
        ("+02", None),
    ],
)
def test_the_zone_of_a_date(zone: str, minutes: int | None) -> None:
    """An offset of 0 tells nothing: programs write it that don't know (RFC 5322 section 3.3)."""
    assert read(mail(headers={"Date": f"Wed, 4 Mar 2026 12:00:00 {zone}"})).offset == minutes


@pytest.mark.parametrize(
    "value", ["", "1@x.org", "<1 2@x.org>", "<1x.org>", f"<{'a' * 300}@x>", "<ü@x.org>"]
)
def test_unusable_message_ids_are_a_defect(value: str) -> None:
    """An id that can't stand in a header of ours is as good as none."""
    message = header(Message_ID=value)
    assert (message.message_id, codes(message)) == (None, ["no-message-id"])
    assert message.identity.startswith("raw-")


def test_threading_headers() -> None:
    """Ids are kept in order, once each, and those that can't be repeated are left out."""
    message = header(References="<a@x> junk <b@x>\r\n <a@x> <not an id> <c@x>", In_Reply_To="<c@x>")
    assert message.references == ("<a@x>", "<b@x>", "<c@x>")
    assert message.in_reply_to == ("<c@x>",)
    assert message.thread_ids == ("<1@client.example>", "<a@x>", "<b@x>", "<c@x>")
    assert message.is_answer


def test_of_very_many_references_the_first_and_the_last_are_kept() -> None:
    """The parent stands last, however long the thread."""
    ids = [f"<{number}@a-rather-long-host-name.example.org>" for number in range(1_000)]
    message = header(References=" ".join(ids))
    assert message.references == (ids[0], *ids[-(MOST_IDS - 1) :])


def test_a_message_is_named_by_its_id_and_date() -> None:
    """A copy delivered twice has one identity; a reused id with another date has another."""
    first = header(Received="from a").identity
    assert first == header(Received="from b").identity
    assert first != header(Date="Wed, 4 Mar 2026 12:00:01 +0000").identity
    assert first != header(Message_ID="<2@client.example>").identity


def test_a_message_without_id_is_named_by_its_bytes() -> None:
    """Where nothing else names it, the bytes do."""
    assert header(Message_ID="").identity == header(Message_ID="").identity
    assert body("a", Message_ID="").identity != body("b", Message_ID="").identity


def test_the_address_it_arrived_at() -> None:
    """An alias or a Bcc is found where servers write it."""
    message = header(
        Delivered_To="<alias@studio.example>", X_Original_To="x@studio.example", Envelope_To="no"
    )
    assert [each.email for each in message.delivered_to] == [
        "alias@studio.example",
        "x@studio.example",
    ]


def test_the_headers_that_screening_may_ask_about_are_kept() -> None:
    """In lower case, without those that are read elsewhere or say nothing of who wrote."""
    message = header(
        Auto_Submitted=" Auto-Replied ", List_Id="<a>", X_Mailer="x", Precedence="bulk"
    )
    assert message.headers == (
        ("auto-submitted", "Auto-Replied"),
        ("list-id", "<a>"),
        ("precedence", "bulk"),
    )


@pytest.mark.parametrize("field", ["Subject", "From"])
def test_line_ends_in_encoded_words_stay_in_their_line(field: str) -> None:
    """CR and LF that somebody encoded can't begin a new header (CVE-2024-6923)."""
    message = header(**{field: "=?utf-8?q?a=0D=0ABcc:_v@x.org=0D=0A=0D=0Ab?= <a@b.org>"})
    shown = f"{message.subject} {message.sender}"
    assert "\r" not in shown
    assert "\n" not in shown
    assert message.to == (ME,)
    assert message.cc == ()


def test_a_long_subject_is_cut() -> None:
    """No header is longer than we can show."""
    assert len(header(Subject="a " * 5_000).subject) == LONGEST_SUBJECT


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\nhello", b"hello there", b":\r\n\r\n", b" \r\n x", b"\0", b"\xff" * 99]
)
def test_what_is_no_mail_is_unreadable(raw: bytes) -> None:
    """Bytes without one header field are refused by name."""
    with pytest.raises(UnreadableMail, match="no header"):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\r\n\r\nbody\n\n", b"A: b\r\n\r\n"),
        (b"A: b\n\nbody", b"A: b\n\n"),
        (b"A: b", b"A: b"),
    ],
)
def test_a_header_ends_at_its_blank_line(raw: bytes, expected: bytes) -> None:
    """With either line end, or with no body at all."""
    assert expected == header_block(raw)


# --- bodies -------------------------------------------------------------------------------------


def multipart(*parts: str, kind: str = "mixed") -> Message:
    """A message with these parts, each with its own header."""
    text = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return body(text, Content_Type=f'multipart/{kind}; boundary="b"')


PLAIN = "Content-Type: text/plain\r\n\r\nplain words"
HTML = "Content-Type: text/html\r\n\r\n<p>html words</p>"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((PLAIN, HTML), "plain words"),
        ((HTML, PLAIN), "plain words"),
        (("Content-Type: text/plain\r\n\r\n \r\n", HTML), "html words"),
        (("Content-Disposition: attachment\r\n\r\nnot this", PLAIN), "plain words"),
        (("Content-Type: image/png\r\n\r\nnot this", "\r\nbare words"), "bare words"),
        (("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nnot this", PLAIN), "plain words"),
        (
            (
                'Content-Type: multipart/alternative; boundary="c"\r\n\r\n--c\r\n\r\ninner words\r\n--c--\r\n',
            ),
            "inner words",
        ),
    ],
)
def test_the_text_part_is_found(parts: tuple[str, ...], expected: str) -> None:
    """text/plain, else HTML; never an attachment, never an enclosed message."""
    assert multipart(*parts).own_words == expected


def test_a_message_without_text_says_so() -> None:
    """A lone picture holds no words."""
    message = multipart("Content-Type: image/png\r\n\r\nx")
    assert (message.own_words, codes(message)) == ("", ["no-text"])


@pytest.mark.parametrize("kind", ['multipart/mixed; boundary="never"', "multipart/mixed"])
def test_a_boundary_that_never_comes(kind: str) -> None:
    """What is there is the text (every parser we measured returns nothing)."""
    assert body("plain words", Content_Type=kind).own_words == "plain words"


@pytest.mark.parametrize(
    ("encoding", "raw", "expected"),
    [
        ("quoted-printable", b"caf=C3=A9 =\r\nau lait", "café au lait"),
        ("base64", b"Y2Fmw6k=", "café"),
        ("BASE64 (by hand) ", b"!!Y2Fmw6k", "café"),
        ("8bit", "café".encode(), "café"),
        ("x-unheard-of", b"cafe", "cafe"),
        ("x-uuencode", b"begin 644 x\n#0V%T\n`\nend\n", "Cat"),
    ],
)
def test_transfer_encodings(encoding: str, raw: bytes, expected: str) -> None:
    """Each encoding of the standard, also where it is broken."""
    message = body(
        raw, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding=encoding
    )
    assert message.own_words == expected


@pytest.mark.parametrize(
    ("raw", "declared", "expected"),
    [
        (b"plain", "us-ascii", ("plain", "us-ascii")),
        ("café".encode(), "utf-8", ("café", "utf-8")),
        ("café".encode(), "iso-8859-1", ("café", "utf-8")),
        ("café".encode("latin-1"), "us-ascii", ("café", "cp1252")),
        ("“don’t”".encode("cp1252"), "iso-8859-1", ("“don’t”", "cp1252")),
        (b"caf\xe9 \x81", "iso-8859-1", ("café \x81", "iso-8859-1")),
        ("café".encode("latin-1"), "utf-8", ("café", "cp1252")),
        ("café".encode(), "unheard-of", ("café", "utf-8")),
        ("café".encode(), "a\0b", ("café", "utf-8")),
        ("café".encode(), "base64", ("café", "utf-8")),
        ("café".encode(), "unicode_escape", ("café", "utf-8")),
        (b"\\d \xe9", "unicode_escape", ("\\d é", "cp1252")),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", ("日本", "iso-2022-jp")),
        ("中文".encode("hz"), "hz-gb-2312", ("中文", "hz-gb-2312")),
        ("hi".encode("utf-16"), "utf-16", ("hi", "utf-16")),
        ("hi".encode("utf-32"), "utf-32", ("hi", "utf-32")),
        (b"a+AOk-", "utf-7", ("aé", "utf-7")),
        ("한국".encode("cp949"), "ks_c_5601-1987", ("한국", "cp949")),
        ("Größe, Länge, Höhe".encode() + b" \xe9", "utf-8", ("Größe, Länge, Höhe ", "utf-8")),
        (
            "Größe, Länge, Höhe, für alles ".encode() + b"\xe9 x",
            "utf-8",
            ("Größe, Länge, Höhe, für alles \ufffd x", "utf-8"),
        ),
        (b"\x81\x8d\xff", "utf-8", ("��ÿ", "cp1252")),
    ],
)
def test_charsets(raw: bytes, declared: str, expected: tuple[str, str]) -> None:
    """As declared where that fits, else as what it most likely is; nothing is lost to an error."""
    assert expected == decode(raw, declared)


@pytest.mark.parametrize(
    "declared", ["punycode", "idna", "unicode_escape", "utf-7", "utf-16", "hz", "undefined"]
)
def test_costly_charsets_cost_nothing(declared: str) -> None:
    """Python's codecs of quadratic time are none of mail's business."""
    text, _ = decode(b"\x1bxn--" + b"a-" * 130_000, declared)
    assert text


def test_text_has_no_nul_and_no_lone_surrogate() -> None:
    """UTF-7 can spell what nothing else can write; NUL ends strings elsewhere."""
    message = body(b"a\0b +2AA- c", Content_Type="text/plain; charset=utf-7")
    assert message.own_words == "ab  c"


def test_a_wrong_charset_and_a_cut_text_are_defects() -> None:
    """`explain` can tell why the words look as they do."""
    message = body(b"caf\xe9 " + b"x" * 70_000, Content_Type="text/plain; charset=utf-8")
    assert codes(message) == ["charset", "long"]
    assert len(message.own_words) == LONGEST_TEXT


def test_a_charset_that_everybody_misnames_is_no_defect() -> None:
    """Windows' quotation marks under a latin-1 label are read as meant, without a word."""
    message = body("don’t".encode("cp1252"), Content_Type="text/plain; charset=iso-8859-1")
    assert (message.own_words, codes(message)) == ("don’t", [])


def test_only_the_first_bytes_are_looked_at() -> None:
    """What a server would not have sent us changes nothing."""
    raw = mail("a\n" * 200_000)
    assert read(raw) == read(raw[:LONGEST])


# --- HTML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div>two", "one\ntwo"),
        ("one<div>two</div>three", "one\ntwo\nthree"),
        ("<div>one</div>\n  <div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<div>one<br></div><div>two</div>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("un<b>accept</b>able", "unacceptable"),
        ("a&nbsp; b\n c &amp; &lt;d&gt;", "a b c & <d>"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<head><title>t</title><style>s</style></head><body>x<script>y</script></body>", "x"),
        ("x<!-- comment --><noscript>y</noscript><template>z</template>", "x"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_html_becomes_text(html: str, expected: str) -> None:
    """Blocks stand on their own lines, words are not torn or glued, and nothing unseen is read."""
    page = html_to_text(html)
    assert (page.text, page.cuts) == (expected, ())


OUTLOOK = (
    '<div>new</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: x</div>'
    "<div>old</div>tail"
)


@pytest.mark.parametrize(
    ("html", "cut"),
    [
        ("<p>new</p><blockquote type=cite>old</blockquote>", ["old"]),
        (
            "<blockquote type=cite>a</blockquote><p>new</p><blockquote cite=x>b<blockquote>c</blockquote></blockquote>",
            ["a", "b\n\nc"],
        ),
        (
            'new<div class="gmail_quote">On 3 March:<blockquote>old</blockquote></div>',
            ["On 3 March:\nold"],
        ),
        ('new<div class="yahoo_quoted x">old</div>', ["old"]),
        (
            '<div class="moz-cite-prefix">On 3 March:</div><blockquote>old</blockquote>new',
            ["On 3 March:\nold"],
        ),
        (OUTLOOK, ["From: x\nold\ntail"]),
    ],
)
def test_quotes_are_cut_by_their_marks(html: str, cut: list[str]) -> None:
    """What each mail program marks as quoted is cut out, once, and kept for `explain`."""
    page = html_to_text(html)
    assert page.text.replace(CUT_HERE, "").strip() == "new"
    assert page.cuts == tuple(Cut("quote", text) for text in cut)


def test_signatures_are_cut_by_their_marks() -> None:
    """A signature that says what it is is not the writer's words now."""
    html = '<p>new</p><div class="gmail_signature">Ana</div>'
    page = html_to_text(html)
    assert (page.text, page.cuts) == ("new", (Cut("signature", "Ana"),))


def test_html_mail_is_read_through() -> None:
    """HTML's cuts and the cuts in its text come together in the message."""
    html = "<p>new</p><p>Sent from my iPhone</p><blockquote type=cite>old</blockquote>"
    message = body(html, Content_Type="text/html")
    assert message.own_words.strip() == "new"
    assert message.cuts == (Cut("quote", "old"), Cut("footer", "Sent from my iPhone"))


def test_words_behind_a_long_style_sheet_are_read() -> None:
    """Office programs write more style than a text may be long."""
    html = f"<head><style>{'a{} ' * 20_000}</style></head><p>new</p>"
    assert body(html, Content_Type="text/html").own_words == "new"


# --- quotes, forwards, signatures ---------------------------------------------------------------

OLD = "> old\n> older"
BLOCK = "From: Bob\nSent: Monday\nTo: Ana\nSubject: x\n\nold"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"new\n\n{OLD}", [Cut("quote", OLD)]),
        (f"{OLD}\n\nnew", [Cut("quote", OLD)]),
        (f"On 3 March 2026 at 10:00, Bob wrote:\n{OLD}\n\nnew", [Cut("quote", f"On 3 March 2026 at 10:00, Bob wrote:\n{OLD}")]),
        ("new\n\nOn 3 March 2026 at 10:00, Bob wrote:\n\nold", [Cut("quote", "On 3 March 2026 at 10:00, Bob wrote:\n\nold")]),
        ("new\n\nOn Mon, Mar 3, 2026 at 10:00\nBob Bobson\n<bob@x.org> wrote:\nold", [Cut("quote", "On Mon, Mar 3, 2026 at 10:00\nBob Bobson\n<bob@x.org> wrote:\nold")]),
        ("new\n\nAm 3. März 2026 um 10:00 schrieb Bob:\nalt", [Cut("quote", "Am 3. März 2026 um 10:00 schrieb Bob:\nalt")]),
        ("new\n-----Original Message-----\nold", [Cut("quote", "-----Original Message-----\nold")]),
        (f"new\n{BLOCK}", [Cut("quote", BLOCK)]),
        (f"new\n{'_' * 32}\n{BLOCK}", [Cut("quote", f"{'_' * 32}\n{BLOCK}")]),
        ("new\n---------- Forwarded message ---------\nFrom: x", [Cut("forward", "---------- Forwarded message ---------\nFrom: x")]),
        ("new\nBegin forwarded message:\n\nold", [Cut("forward", "Begin forwarded message:\n\nold")]),
        ("new\n-- \nAna\nCEO", [Cut("signature", "-- \nAna\nCEO")]),
        ("new\n\nSent from my iPhone", [Cut("footer", "Sent from my iPhone")]),
        ("new\nGet Outlook for iOS\n\n-- \nAna", [Cut("signature", "-- \nAna"), Cut("footer", "Get Outlook for iOS")]),
    ],
)  # fmt: skip
def test_what_is_not_the_writers_own_is_cut(text: str, expected: list[Cut]) -> None:
    """Quotes, forwards, signatures and footers, each with its reason."""
    words, cuts = own_words(text)
    assert words.strip() == "new"
    assert expected == list(cuts)


@pytest.mark.parametrize(
    "text",
    [
        "Attention: the attachment you sent is wrong.",
        "Sent from my iPhone",
        "This email is confidential and intended for you only.",
        "WHERE IS MY MONEY\nCALL ME NOW\n020 7946 0958",
    ],
)
def test_something_is_always_left(text: str) -> None:
    """What looks like a banner or a footer, and is all there is, is what the writer had to say."""
    assert own_words(text)[0] == text


def test_a_quote_of_nothing_else_is_one_only_in_an_answer() -> None:
    """A letter that begins like one is a letter."""
    text = "On 3 March 2026 at 10:00 Robin wrote:\n\nIt will be done. It is not."
    assert of_text(text, forwards=False, answers=True).words == ""
    assert of_text(text, forwards=False, answers=False).words == text


@pytest.mark.parametrize(
    "text",
    [
        "Hi,\n\nOn 3 March 2026 at 09:12 Robin Hale wrote:\n\nIt will be done.\n\nIt is not. I am very disappointed.",
        "Your form sent my guest this:\n\nFrom: 12.03.2026 14:00\nTo: 15.03.2026 10:00\nDate: 02.03.2026 09:14\n\nHe booked April!",
        "Warning: do not open the site, it shows external ads to our customers!\n\nAnn",
    ],
)
def test_a_first_mail_that_looks_like_something_else_is_kept(text: str) -> None:
    """A greeting above it or a name below it makes no quote and no banner of it."""
    assert of_text(text, forwards=False, answers=False).words == text


def test_a_box_of_ones_own_is_no_header_block() -> None:
    """Three bold labels and a rule above them: only names or addresses make a mail's header."""
    html = (
        '<p>Hi,</p><div style="border-top:solid #ccc 1px"><p><b>Problem:</b> Shop down<br><b>Since:</b>'
        " 09:12<br><b>Loss:</b> 4000 EUR</p><p>I am furious.</p></div>"
    )
    assert "I am furious." in html_to_text(html).text


@pytest.mark.parametrize("field", ["To", "From", "Reply-To"])
def test_many_fields_of_open_brackets_are_read(field: str) -> None:
    """The standard library recurses once for each, over all fields together."""
    raw = b"From: a@b.example\r\n" + f"{field}: ((((((((((\r\n".encode() * 200 + b"\r\nHello."
    assert read(raw).own_words == "Hello."


def test_a_field_that_is_all_encoded_names_a_sender_who_gets_no_draft() -> None:
    """A common fault of mailers: somebody wrote, but to whom to answer is a guess."""
    message = read(mail(headers={"From": "=?utf-8?B?QW5uIDxhbm5AY2xpZW50LmV4YW1wbGU+?="}))
    assert (message.sender, codes(message)) == (
        Address("", "ann@client.example"),
        ["sender-address"],
    )


@pytest.mark.parametrize(
    "value",
    [
        "ann@evil.example@client.example",
        "ann(x)@client.example",
        "ann @client.example",
        "Friends: ann@client.example;",
        '"http://x/?a=evil@evil.example" ann',
    ],
)
def test_a_reply_to_that_is_doubtful_has_a_name(value: str) -> None:
    """So that it is not followed."""
    assert "reply-address" in codes(header(Reply_To=value)) or not header(Reply_To=value).reply_to


def test_answers_between_quoted_lines_stay() -> None:
    """Who answers point by point is heard point by point."""
    words, cuts = own_words("> one\nyes\n> two\nno, never\n> three")
    assert words == "yes\nno, never"
    assert cuts == (Cut("quote", "> one\n> two\n> three"),)


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I called, and on Tuesday I wrote\nand nobody answered.",
        "On Monday I wrote:\n\nPlease send the files.\n\nNobody did. This is unacceptable.",
        "On 3 March 2026 I wrote:\n\nPlease send the files.\n\nNobody did. This is unacceptable.",
        "On 3 March 2026 you wrote:\n\nIt will be done by Friday.\n\nIt is not. This is unacceptable.",
        "On reflection, what your colleague wrote:\nis an insult.",
        "From: your own offer\nI take it that this was a joke.",
        "To: whom it may concern\nSubject: your bill\nThis is wrong.",
        "Sent from my iPhone because your website doesn't work, and the app doesn't either, and I have had enough of both.",
        "I see -- as usual -- nothing.",
        "-- \n" + "This is unacceptable.\n" * 16,
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    """A word too many costs less than a complaint missed."""
    words, cuts = own_words(text)
    assert words == "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    assert cuts == ()


def own_words(text: str) -> tuple[str, tuple[Cut, ...]]:
    """Own words and cuts of plain text."""
    own = of_text(text, forwards=False)
    return own.words, own.cuts


lines = st.lists(
    st.sampled_from(
        ["", "hello", " > quoted", ">", "-- ", "--", "From: x", "Sent: y", "To: z", "Subject: s", "\t", "__________",
         "On 3 March 2026, Bob wrote:", "On 3 March 2026,", "Bob wrote:", "-----Original Message-----",
         "Begin forwarded message:", "Sent from my iPhone", "I wrote", "*From:* x"]
    )
    | st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=12),
    max_size=14,
)  # fmt: skip


def written(text: str) -> Counter[str]:
    """The lines of a text that say anything, and how often."""
    return Counter(line.rstrip() for line in text.split("\n") if line.strip())


@QUICK
@given(lines)
def test_no_line_is_lost_or_made_up(parts: list[str]) -> None:
    """Every line of a text is either the writer's or cut, exactly once, and none is invented."""
    text = "\n".join(parts)
    words, cuts = own_words(text)
    assert written(text) == sum((written(cut.text) for cut in cuts), written(words))
    assert own_words(text) == (words, cuts)


# --- mail that means harm -----------------------------------------------------------------------


def nested(levels: int, padding: bytes = b"") -> bytes:
    """Multiparts in one another, with lines that each must be compared with every boundary."""
    parts = [
        f"Content-Type: multipart/mixed; boundary={number}\n\n--{number}\n"
        for number in range(levels)
    ]
    return mail(
        "".join(parts).partition("\n\n")[2].encode() + padding,
        {"Content-Type": "multipart/mixed; boundary=0"},
    )


HOSTILE_BODIES = {
    "dots": "." * 65_536,
    "quoted lines": ">\n" * 40_000,
    "beginnings of attributions": "On Mon\n" * 10_000,
    "attributions": "on 3 March 2026 bob wrote:\n> x\n" * 2_500,
    "long attributions": ("On 2026 " + "wrote " * 32 + "x\n") * 400,
    "brackets": "[[[[" * 16_384,
    "header fields": "From: x\n" * 8_000,
    "rules": ("_" * 12 + "\n") * 5_000,
    "dashes": "--\n" * 21_000,
    "footers": "sent from my \n" * 4_600,
    "spaces": " " * 65_536,
    "tabs": "\n \t" * 21_000,
    "one word": "a" * 65_536,
    "NUL": "\0" * 65_536,
}
HOSTILE_HTML = {
    "deep": "<div>" * 13_000 + "x",
    "quotes in quotes": "<blockquote>" * 5_000 + "x",
    "many quotes": "<b>x" * 8_000 + "<blockquote>x</blockquote>" * 1_200,
    "many announcements": '<i id="appendonsend"></i>' * 2_500,
    "tables": "<table><tr><td>" * 4_000,
    "formatting": "<p><font><b><i>" * 4_000,
    "attributes": "<a " + "a " * 32_000,
    "styles": "<style></style>" * 4_000,
    "entities": "&amp" * 16_000,
    "open comment": "<!--" * 16_000,
}
HOSTILE_HEADERS = {
    "many addresses": {"To": ",".join(f"u{n}@x.org" for n in range(16_000))},
    "open comments in From": {"From": "(" * 1_000 + "a@x.org"},
    "very many open comments": {"From": "(" * 60_000 + "a@x.org"},
    "brackets in From": {"From": "<" * 60_000},
    "quotes in From": {"From": '"' * 60_001 + "a@x.org"},
    "backslashes in From": {"From": "\\" * 60_001 + "a@x.org"},
    "groups in From": {"From": "a:" * 30_000 + "a@x.org;"},
    "encoded words in From": {"From": "=?utf-8?q?a?= " * 4_500 + "<a@x.org>"},
    "encoded words in Subject": {"Subject": "=?utf-8?q?a?= " * 4_500},
    "beginnings of encoded words": {"Subject": "=?" * 30_000},
    "unknown charset": {"Subject": "=?x-none?q?a?=", "From": "=?x-none?b?/w==?= <a@x.org>"},
    "surrogates": {"Subject": "=?utf-7?q?+2AA-?= \udced\udca0\udc80", "From": "\udcff <a@x.org>"},
    "NUL": {"Subject": "a\0b", "From": "\0 <a@x.org>", "Message-ID": "<\0@x>", "Date": "\0"},
    "brackets in Message-ID": {"Message-ID": "<[abc]@x>"},
    "many ids": {"References": "<a@b> " * 10_000},
    "many fields": {f"X-{n}": "1" for n in range(6_000)},
    "fields named like attributes": {"Parse": "1", "Headers_json": "1", "Mail": "1", "Body": "1", "Message": "1"},
    "open comments in Received": {"Received": "(" * 60_000},
    "spaces in Received": {"Received": "from " + " " * 60_000},
    "parameters": {"Content-Type": "text/plain" + ";a=b" * 14_000},
    "continued parameters": {"Content-Type": "text/plain" + "".join(f";a*{n}=b" for n in range(6_000))},
    "quotes in parameters": {"Content-Type": 'text/plain; charset="\\' * 2_000},
    "charset in another charset": {"Content-Type": "text/plain; charset*=foo'x'%ff%00"},
    "odd content type": {"Content-Type": "\udcff\0;;;", "Content-Disposition": '\udcff;"\\;'},
    "date beyond the calendar": {"Date": "Fri, 31 Dec 9999 23:59:59 -2359"},
    "no colon": {"Subject": "a\r\nno colon here\r\nX: b"},
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_hostile_bodies_are_read(text: str) -> None:
    """Big bodies of one thing over and over are cut like any other text."""
    message = body(text)
    assert message.sender == CLIENT
    assert len(message.own_words) <= LONGEST_TEXT


@pytest.mark.parametrize("html", HOSTILE_HTML.values(), ids=HOSTILE_HTML)
def test_hostile_html_is_read(html: str) -> None:
    """Deep, wide and broken HTML becomes text."""
    message = body(html, Content_Type="text/html")
    assert message.sender == CLIENT
    assert len(message.own_words) <= LONGEST_TEXT


@pytest.mark.parametrize("fields", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
def test_hostile_headers_are_read(fields: dict[str, str]) -> None:
    """Whatever stands in a header, its message is read, and everything in it is capped and clean."""
    message = read(mail("Hello there.", fields))
    assert message.own_words.endswith("Hello there.")
    shown = [
        message.subject,
        *(
            part
            for each in (message.sender, *message.to)
            if each
            for part in (each.name, each.email)
        ),
    ]
    assert all(text.isprintable() and len(text) <= LONGEST_SUBJECT for text in shown)
    assert len(message.to) <= MOST_ADDRESSES
    assert len(message.references) <= MOST_IDS


@pytest.mark.parametrize(
    "raw",
    [
        nested(5_000),
        nested(480, b"\n" * 200_000),
        mail(b"Content-Type: message/rfc822\n\n" * 5_000, {"Content-Type": "message/rfc822"}),
    ],
    ids=["multiparts", "multiparts and lines", "messages"],
)
def test_deep_nesting_is_refused_before_it_is_parsed(raw: bytes) -> None:
    """The parser takes lines times levels, and recurses; the header is read all the same."""
    message = read(raw)
    too_long = ["truncated"] if len(raw) >= LONGEST else []
    assert (message.own_words, codes(message)) == ("", ["nested", *too_long])
    assert message.sender == CLIENT


@pytest.mark.parametrize(
    "raw",
    [
        nested(90, b"\n" * 20_000),
        mail("--b\r\n\r\n" * 30_000, {"Content-Type": "multipart/mixed; boundary=b"}),
        mail("--\n" * 50_000, {"Content-Type": f"multipart/mixed; boundary={'b' * 50_000}"}),
        b"From: a@x.org\r\nX: " + b"a" * 300_000,
        b"From: a@x.org\r\n" + b"Received: from a by b\r\n" * 2_700 + b"\r\nhi",
    ],
    ids=["nested", "empty parts", "long boundary", "endless header", "many hops"],
)
def test_odd_shapes_are_read(raw: bytes) -> None:
    """Parts, boundaries and headers without end are capped."""
    message = read(raw)
    assert message.sender is not None
    assert "nested" not in codes(message)


@QUICK
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_a_message_or_unreadable(head: bytes, rest: bytes) -> None:
    """No bytes make reading fail in another way, and the same bytes read the same."""
    for raw in (
        head + rest,
        b"From: " + head + b"\r\nSubject: " + rest,
        b"A: b\r\n" + head + b"\r\n\r\n" + rest,
    ):
        with suppress(UnreadableMail):
            assert read(raw) == read(raw)


# --- files --------------------------------------------------------------------------------------

PICTURE = b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * 19 + b"\n"
MIXED = (
    b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    b"--x\nContent-Type: text/plain\n\nFirst words.\n--x\n%b--x\n"
    b"content-type:\n text/plain\ncontent-transfer-encoding: BASE64\n\nTGFzdCB3b3Jkcy4=\n--x--\n"
)


def test_what_is_in_a_file_is_not_given_to_the_parser() -> None:
    """The text before and after it is read as if it stood there."""
    raw = MIXED % PICTURE
    slim = without_files(raw)
    assert b"QUJD" not in slim
    assert len(slim) == len(raw) - 76
    assert read(raw).own_words == "First words.\nLast words."
    assert read(raw).parts == ("multipart/mixed", "text/plain", "image/png")


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nSGVsbG8gUm9iaW4u\n",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSGVsbG8gUm9iaW4u\n",
        b"Content-Type: image/svg+xml\n\n<svg>Hello</svg>\n",
        b"Content-Type: text/plain\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nSGVs\n",
        b"\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nis what I see, why?\n",
    ],
)
def test_what_is_no_file_stays(part: bytes) -> None:
    """Words in base64, an enclosed message, a file that is text: the parser decides about those."""
    assert without_files(MIXED % part) == MIXED % part


def test_what_looks_like_a_part_within_a_text_is_text() -> None:
    """A pasted piece of source hides no word after it."""
    body = b"Look:\n--abc\n" + PICTURE + b"This is unacceptable.\n--\nCleo\n"
    raw = b"From: a@b.example\nSubject: x\n\n" + body
    assert without_files(raw) == raw
    assert "unacceptable" in read(raw).own_words


def test_a_file_without_an_end_ends_the_message() -> None:
    """Cut off by the server, or by whoever sent it."""
    raw = MIXED.partition(b"%b")[0] + PICTURE * 1000
    assert len(without_files(raw)) < 250
    assert read(raw).own_words == "First words."
