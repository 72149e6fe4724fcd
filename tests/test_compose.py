"""A reply's text -> the bytes of a threaded draft, whatever a stranger put into the message."""

from __future__ import annotations

import email
import email.header
import email.utils
import re
from contextlib import suppress
from email.message import Message as RawMessage
from email.policy import compat32
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.clean import is_message_id
from assistant.model import Address, Message, Profile
from assistant.reading.message import read
from assistant.reply.compose import (
    MOST_REFERENCES,
    UnsafeDraft,
    compose,
    draft_id,
    identity_for,
    recipient,
    references,
    reply_subject,
)
from tests.builders import CLIENT, ME, QUICK, facts, mail, message, profile

TEXT = "Hello Maria,\n\nThank you. When would be a good time for a call?\n\nKind regards,"
FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]
THREADED = [*FIELDS[:5], "In-Reply-To", "References", *FIELDS[5:]]


def parsed(raw: bytes) -> RawMessage:
    return email.message_from_bytes(raw, policy=compat32)


def decoded(value: object) -> str:
    return str(email.header.make_header(email.header.decode_header(str(value))))


def text_of(raw: bytes) -> str:
    body = parsed(raw).get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode("utf-8").replace("\r\n", "\n")


# --- a plain draft ------------------------------------------------------------------------------


def test_a_whole_draft() -> None:
    """Every byte that is laid in Drafts for a plain message."""
    draft = compose(message(), facts(), TEXT)
    assert draft.raw.decode("ascii").split("\r\n") == [
        "From: Hugo Steen <hugo@studio.example>",
        "To: Maria Lopez <maria@client.example>",
        "Subject: Re: Website",
        "Date: Wed, 04 Mar 2026 12:00:00 +0000",
        f"Message-ID: {draft.message_id}",
        "In-Reply-To: <1@client.example>",
        "References: <1@client.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Hello Maria,",
        "",
        "Thank you. When would be a good time for a call?",
        "",
        "Kind regards,",
        "Hugo",
        "",
    ]


def test_the_draft_says_what_it_is() -> None:
    """What the bytes hold is also there as data."""
    draft = compose(message(), facts(), TEXT)
    assert (draft.sender, draft.to, draft.subject) == (ME, CLIENT, "Re: Website")
    assert draft.text == f"{TEXT}\nHugo\n" == text_of(draft.raw)


def test_without_a_signature_the_name_signs() -> None:
    """A letter is signed by somebody, if anybody is known."""
    assert compose(message(), facts(profile=profile(signature="")), TEXT).text.endswith(
        "\nHugo Steen\n"
    )
    nameless = profile(signature="", identities=(Address("", ME.email),))
    assert compose(message(), facts(profile=nameless), TEXT).text == f"{TEXT}\n"


@pytest.mark.parametrize(
    "signature", ["Jürgen Müller\nTel. 030 · 123", "-- \nHugo\n.", "a" * 300, "=?utf-8?q?x?="]
)
def test_any_signature_survives(signature: str) -> None:
    """Letters, trailing spaces, lone dots and long lines come out as they went in."""
    raw = compose(message(), facts(profile=profile(signature=signature)), TEXT).raw
    assert text_of(raw) == f"{TEXT}\n{signature}\n"
    assert max(map(len, raw.split(b"\r\n"))) <= 76


# --- whose, to whom, about what -----------------------------------------------------------------


def test_the_draft_id_depends_on_mailbox_and_message_alone() -> None:
    """A lost state file or a second machine arrives at the same id, in an alphabet that all servers find."""
    first = draft_id(profile(), "mid-1")
    assert first == draft_id(profile(mailbox_address="HUGO@studio.example", signature="x"), "mid-1")
    assert re.fullmatch(r"<h\.[0-9a-f]{32}@studio\.example>", first)
    assert (
        len(
            {
                first,
                draft_id(profile(), "mid-2"),
                draft_id(profile(mailbox_address="a@studio.example"), "mid-1"),
            }
        )
        == 3
    )


@pytest.mark.parametrize("address", ["hugo", "hugo@", "hugo@stüdio.example", "hugo@a b", ""])
def test_an_odd_mailbox_address_still_gives_an_id(address: str) -> None:
    """Some servers' login names are no addresses."""
    made = draft_id(profile(mailbox_address=address), "mid-1")
    assert made.endswith(("@inbox-assistant.invalid>", "@hugo>"))
    assert is_message_id(made)


@pytest.mark.parametrize(
    ("reply_to", "expected"),
    [
        ((), CLIENT),
        ((Address("", "office@client.example"),), Address("Maria Lopez", "office@client.example")),
        ((Address("Office", "office@CLIENT.example"),), Address("Office", "office@CLIENT.example")),
        ((Address("", "x@elsewhere.example"),), CLIENT),
        ((Address("", "a@client.example"), Address("", "b@client.example")), CLIENT),
        ((Address("", '"a b"@client.example'),), CLIENT),
    ],
)
def test_the_writer_is_answered(reply_to: tuple[Address, ...], expected: Address) -> None:
    """A Reply-To is followed within the writer's own domain, where it can be written to, and nowhere else."""
    assert recipient(message(reply_to=reply_to)) == expected


def test_nobody_to_answer() -> None:
    """Without a sender, or with one that can't be written to safely, there is no draft."""
    assert recipient(message(sender=None)) is None
    for sender in (
        None,
        Address("", "a@b@c"),
        Address("", "ä@client.example"),
        Address("", "a@b\r\nBcc: c@d"),
    ):
        with pytest.raises(UnsafeDraft, match="can't be written to safely"):
            compose(message(sender=sender), facts(), TEXT)


SALES = Address("Sales", "sales@studio.example")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"to": (Address("x", "SALES@studio.example"),)}, SALES),
        ({"to": (), "cc": (SALES,)}, SALES),
        ({"to": (), "delivered_to": (SALES,)}, SALES),
        ({"to": (SALES, ME)}, SALES),
        ({"to": (CLIENT,)}, ME),
        ({"to": ()}, ME),
    ],
)
def test_the_address_that_was_written_to_answers(fields: dict[str, Any], expected: Address) -> None:
    """From is the first of the user's addresses that the message names, else the first of all."""
    found = identity_for(message(**fields), profile(identities=(ME, SALES)))
    assert found.address == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Website", "Re: Website"),
        ("Re: Website", "Re: Website"),
        ("RE: re:AW: Re[2]: Website", "Re: Website"),
        ("Fwd: Website", "Re: Fwd: Website"),
        ("Report: Website", "Re: Report: Website"),
        ("", "Re: your message"),
        ("Re: ", "Re: your message"),
        ("\0 \u200b", "Re: your message"),
        ("a\r\nBcc: v@x.org", "Re: a Bcc: v@x.org"),
        ("x" * 500, "Re: " + "x" * 199 + "…"),
        ("Re: " * 40_000, "Re: …"),
    ],
)
def test_subjects(subject: str, expected: str) -> None:
    """Re: once, whatever answers the subject has been through."""
    assert reply_subject(subject) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("<1@client.example>",)),
        ({"message_id": None, "references": ("<a@x>",)}, ()),
        ({"references": ("<a@x>", "<b@x>")}, ("<a@x>", "<b@x>", "<1@client.example>")),
        ({"in_reply_to": ("<a@x>",)}, ("<a@x>", "<1@client.example>")),
        ({"in_reply_to": ("<a@x>", "<b@x>")}, ("<1@client.example>",)),
        ({"references": ("<1@client.example>", "<a@x>", "<a@x>")}, ("<a@x>", "<1@client.example>")),
    ],
)
def test_references(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    """RFC 5322 section 3.6.4: the ancestors, then the parent, which always comes last."""
    assert references(message(**fields)) == expected


def test_a_long_thread_keeps_its_root_and_its_end() -> None:
    """References stay short enough for any server."""
    ids = tuple(f"<{number}@x>" for number in range(60))
    chain = references(message(references=ids))
    assert chain == ("<0@x>", *ids[-(MOST_REFERENCES - 2) :], "<1@client.example>")


# --- nothing smuggled in ------------------------------------------------------------------------


def check(source: Message, user: Profile | None = None) -> None:
    """Compose a draft; it must hold exactly the header that was meant and one recipient."""
    draft = compose(source, facts(profile=user or profile()), TEXT)
    read_back = parsed(draft.raw)
    assert read_back.keys() == (THREADED if source.message_id else FIELDS)
    assert [each[1] for each in email.utils.getaddresses([str(read_back["To"])])] == [
        draft.to.email
    ]
    assert [each[1] for each in email.utils.getaddresses([str(read_back["From"])])] == [
        draft.sender.email
    ]
    assert decoded(read_back["Subject"]).split() == draft.subject.split()
    assert text_of(draft.raw) == draft.text
    lines = draft.raw.split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line and len(line) <= 998 for line in lines)
    assert draft.raw.isascii()


tricks = st.sampled_from(
    ["\r\n", "\n", "\r", "\0", "Bcc: v@x.org", "\n\n", "=?utf-8?q?a=0ABcc:_v@x.org?=", "=?x?b?!?=", "=?", "?=",
     "<v@x.org>", ",", ";", ":", '"', "\\", "(", ")", " ", "\u2028", "\x85", "\u202e", "\ud800", "é", "日本", "😀",
     "Re:", "a" * 90, "a b " * 30]
)  # fmt: skip
hostile = st.lists(tricks, max_size=8).map("".join) | st.text(max_size=60)


@settings(QUICK, max_examples=200)
@given(subject=hostile, name=hostile)
def test_subject_and_name_add_nothing(subject: str, name: str) -> None:
    """Any subject and any display name end up in their own lines, and nowhere else."""
    check(message(subject=subject, sender=Address(name, CLIENT.email)))


@QUICK
@given(st.lists(hostile, max_size=4).map(tuple), hostile)
@example((), "1@x>\r\nBcc: v@x.org\r\nX: <1")
@example(("<1@x>\r\n\r\nbody",), "1")
@example(("<1@ü>",), "1")
def test_ids_add_nothing(ids: tuple[str, ...], own: str) -> None:
    """Ids, even unchecked ones, make the draft that was meant or none at all."""
    source = message(references=ids, message_id=f"<{own}@x>")
    with suppress(UnsafeDraft):
        read_back = parsed(compose(source, facts(), TEXT).raw)
        assert read_back.keys() == THREADED
        assert email.utils.getaddresses([str(read_back["To"])]) == [(CLIENT.name, CLIENT.email)]


@settings(QUICK, max_examples=200)
@given(subject=hostile, name=hostile, ids=hostile, reply_to=hostile)
def test_what_was_read_from_bytes_adds_nothing(
    subject: str, name: str, ids: str, reply_to: str
) -> None:
    """From hostile bytes to the finished draft, through the reader that checks ids and addresses."""
    fields = {
        "Subject": subject,
        "References": f"<a@x> {ids} <b@x>",
        "Reply-To": f"{reply_to} <office@client.example>",
        "From": f"{name} <maria@client.example>",
    }
    flat = {
        field: re.sub(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ud800]", "", value)
        for field, value in fields.items()
    }
    source = read(mail("Hello there.", flat))
    if source.sender is not None and source.sender.email == CLIENT.email:
        check(source)


@QUICK
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_the_users_own_name_adds_nothing(name: str) -> None:
    """A line end in the user's own name makes no draft rather than a wrong one."""
    with suppress(UnsafeDraft):
        check(message(), profile(identities=(Address(name, ME.email),), signature="Hugo"))


@pytest.mark.parametrize(
    "own", ["hügo@studio.example", "hugo@studio.example\nBcc: v@x.org", "a b@c", ""]
)
def test_an_own_address_that_cannot_be_written_makes_no_draft(own: str) -> None:
    """A mistake in the configuration is an explained refusal, not a crash."""
    with pytest.raises(UnsafeDraft):
        compose(message(), facts(profile=profile(identities=(Address("Hugo", own),))), TEXT)


@pytest.mark.parametrize(
    "subject", ["=?utf-8?q?a=0ABcc:_v@x.org?=", "=?x-none?q?a?=", "=?utf-8?b?!?=", "1=?2"]
)
def test_what_looks_encoded_is_shown_as_it_is(subject: str) -> None:
    """A subject that only looks like an encoded word is not decoded once more by whoever reads the draft."""
    raw = compose(
        message(subject=subject, sender=Address(subject, CLIENT.email)), facts(), TEXT
    ).raw
    assert decoded(parsed(raw)["Subject"]) == f"Re: {subject}"
    assert decoded(parsed(raw)["To"]) == f"{subject} <{CLIENT.email}>"


def test_the_same_message_makes_the_same_bytes() -> None:
    """No clock and no chance has a say."""
    assert compose(message(), facts(), TEXT) == compose(message(), facts(), TEXT)


def test_a_client_at_a_domain_with_an_umlaut_is_answered() -> None:
    raw = mail("Late!", {"From": "Änne <anna@bücher.example>"})
    found = read(raw)
    assert found.defects == ()
    draft = compose(found, facts(), TEXT)
    assert draft.to.email == "anna@xn--bcher-kva.example"
    assert b"anna@xn--bcher-kva.example" in draft.raw
    strange = read(mail("Late!", {"From": "Anna <anna@straße.example>"}))
    assert [each.code for each in strange.defects] == ["sender-address"]


def test_letters_of_an_unknown_charset_in_a_domain_are_doubtful() -> None:
    """Another guess at the charset would be another domain."""
    found = read(mail("Late!", {"From": "Anna <anna@b\udcfccher.example>"}))
    assert [each.code for each in found.defects] == ["sender-address"]
