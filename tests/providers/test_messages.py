"""What is done with messages keeps to RFC 9051 where no provider differs; the client is imaplib."""

from __future__ import annotations

import imaplib
from dataclasses import replace

import pytest

from tests.providers.clients import ARRIVED, ID, RAW, Wire, found, ok, serving, signed_in
from tests.providers.profile import Keywords
from tests.providers.profiles import CYRUS, EXCHANGE_ONLINE, FASTMAIL, GMAIL

PLAIN = FASTMAIL
"""The one that differs least."""


def test_append_stores_bytes_flags_and_date() -> None:
    with serving(PLAIN) as (server, user), signed_in(server) as imap:
        (answer,) = ok(imap.append("Drafts", "(\\Draft \\seen tone-angry)", ARRIVED, RAW))
        drafts = user.folders["Drafts"]
        assert answer == f"[APPENDUID {drafts.uidvalidity} 1] APPEND completed".encode()
        (stored,) = drafts.messages.values()
        assert (stored.raw, stored.arrived) == (RAW, ARRIVED)
        assert stored.flags.names() == ("\\Draft", "\\Seen", "tone-angry")
        kind, text = imap.append("Nowhere", None, None, RAW)
        assert (kind, text) == ("NO", [b"[TRYCREATE] Mailbox doesn't exist"])
        user.room = 10
        assert imap.append("Drafts", None, None, RAW)[1] == [b"[OVERQUOTA] Quota exceeded"]


def test_literals_that_are_not_waited_for() -> None:
    """RFC 7888: LITERAL+ takes any, LITERAL- up to 4,096 bytes, others none."""
    short, long = b"x" * 4_096, b"x" * 4_097
    for profile, taken in (
        (CYRUS, (True, True)),
        (GMAIL, (True, False)),
        (EXCHANGE_ONLINE, (True, True)),
    ):
        for raw, expected in zip((short, long), taken, strict=True):
            with serving(profile) as (server, _), Wire(server) as wire:
                wire.sign_in()
                wire.say(b"X1 APPEND INBOX {%d+}\r\n" % len(raw))
                if expected:
                    wire.say(raw + b"\r\n")
                assert wire.answer()[-1].startswith(b"X1 OK" if expected else b"X1 BAD")


@pytest.mark.parametrize(
    ("keys", "uids"),
    [
        ("ALL", [1, 2, 3]), ("UID 2:*", [2, 3]), ("UID 9:*", [3]), ("SEEN", [2]), ("UNSEEN", [1, 3]),
        ("SINCE 2-Mar-2026", [2, 3]), ("BEFORE 2-Mar-2026", [1]), ("ON 3-Mar-2026", [3]),
        ("KEYWORD TONE-angry", [2]), ("UNKEYWORD tone-angry", [1, 3]), ("NOT SEEN", [1, 3]),
        ("OR SEEN UID 1", [1, 2]), ("(UID 1:2) UNSEEN", [1]), ("SUBJECT website FROM cleo", [1, 2, 3]),
        ("HEADER Message-ID m1@client", [1, 2, 3]), ("HEADER X-None x", []), ("CHARSET UTF-8 SEEN", [2]),
    ],
)  # fmt: skip
def test_search(keys: str, uids: list[int]) -> None:
    with serving(PLAIN) as (server, user):
        for day, flags in ((1, ()), (2, ("\\Seen", "tone-angry")), (3, ())):
            user.deliver(user.folders["INBOX"], RAW, ARRIVED.replace(day=day), flags)
        with signed_in(server) as imap:
            imap.select("INBOX", readonly=True)
            assert found(imap, *keys.split()) == uids


@pytest.mark.parametrize(
    "keys", ["", "NONSENSE", "SINCE today", "UID x", "(ALL", '"ALL"', "NOT", "X-GM-MSGID 1"]
)
def test_what_can_not_be_searched_for_is_bad(keys: str) -> None:
    with serving(PLAIN, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask(f"UID SEARCH {keys}")[-1].startswith(b"X1 BAD")


def test_fetch_brings_what_is_asked_for() -> None:
    """A part of the body, header fields in the message's order, and nothing of what is gone."""
    with serving(PLAIN, "inbox") as (server, _), signed_in(server) as imap:
        imap.select("INBOX")
        (told,) = ok(imap.uid("FETCH", "1:9", "(FLAGS INTERNALDATE RFC822.SIZE)"))
        assert told == f'1 (UID 1 FLAGS () INTERNALDATE "02-Mar-2026 09:00:00 +0000" RFC822.SIZE {len(RAW)})'.encode()  # fmt: skip
        ((head, part), _) = ok(imap.uid("FETCH", "1", "(BODY.PEEK[]<3.10>)"))
        assert (head, part) == (b"1 (UID 1 BODY[]<3> {10}", RAW[3:13])
        ((head, fields), _) = ok(
            imap.uid("FETCH", "1", 'BODY.PEEK[HEADER.FIELDS (message-id "Subject")]')
        )
        assert head == b"1 (UID 1 BODY[HEADER.FIELDS (message-id Subject)] {57}"
        assert fields == f"Subject: The website\r\nMessage-ID: {ID}\r\n\r\n".encode()
        assert b"".join(ok(imap.uid("FETCH", "1", "(BODY.PEEK[HEADER] BODY.PEEK[TEXT])"))[n][1] for n in (0, 1)) == RAW  # fmt: skip
        assert ok(imap.uid("FETCH", "2", "(FLAGS)")) == [None]
        with pytest.raises(imaplib.IMAP4.error, match="BAD"):
            imap.uid("FETCH", "1", "(ENVELOPE)")


def test_only_peek_leaves_a_message_unread() -> None:
    with serving(PLAIN, "inbox") as (server, user), signed_in(server) as imap:
        imap.select("INBOX")
        (message,) = user.folders["INBOX"].messages.values()
        ok(imap.uid("FETCH", "1", "(BODY.PEEK[] RFC822.SIZE RFC822.HEADER)"))
        assert "\\Seen" not in message.flags
        assert ok(imap.uid("FETCH", "1", "(BODY[])"))[1] == b" FLAGS (\\Seen))"
        assert "\\Seen" in message.flags


def test_store_adds_takes_off_and_sets() -> None:
    """Flags in any case, the first spelling stays; .SILENT says nothing."""
    with serving(PLAIN, "inbox") as (server, user), signed_in(server) as imap:
        imap.select("INBOX")
        (message,) = user.folders["INBOX"].messages.values()
        assert ok(imap.uid("STORE", "1", "+FLAGS", "(\\seen Tone-Angry)")) == [b"1 (UID 1 FLAGS (\\Seen Tone-Angry))"]  # fmt: skip
        assert ok(imap.uid("STORE", "1", "+FLAGS.SILENT", "(tone-angry)")) == [None]
        assert message.flags.names() == ("\\Seen", "Tone-Angry")
        ok(imap.uid("STORE", "1", "-FLAGS", "(TONE-ANGRY)"))
        ok(imap.uid("STORE", "1", "FLAGS", "\\Flagged"))
        assert message.flags.names() == ("\\Flagged",)
        assert ok(imap.uid("STORE", "7", "+FLAGS", "(\\Seen)")) == [None]
        for wrong in ("(\\Recent)", "(\\*)", "(a(b)"):
            with pytest.raises(imaplib.IMAP4.error, match="BAD"):
                imap.uid("STORE", "1", "+FLAGS", wrong)


@pytest.mark.parametrize("habit", [Keywords.REFUSED, Keywords.INVALID])
def test_a_keyword_may_be_refused(habit: Keywords) -> None:
    """Nothing of the command is done then, not even what would be taken."""
    with serving(replace(PLAIN, keywords=habit), "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        kind = b"X1 NO" if habit is Keywords.REFUSED else b"X1 BAD"
        assert wire.ask("UID STORE 1 +FLAGS (\\Flagged tone-angry)")[-1].startswith(kind)
        assert user.folders["INBOX"].messages[1].flags.names() == ()


def test_copy_and_expunge() -> None:
    with serving(PLAIN, "inbox", "sent") as (server, user), signed_in(server) as imap:
        imap.select("INBOX")
        ok(imap.uid("COPY", "1", "Sent"))
        validity = user.folders["Sent"].uidvalidity
        assert imap.response("COPYUID")[1] == [f"{validity} 1 2".encode()]
        assert user.folders["Sent"].messages[2].raw == RAW
        assert imap.uid("COPY", "1", "Nowhere")[1] == [b"[TRYCREATE] Mailbox doesn't exist"]
        ok(imap.uid("STORE", "1", "+FLAGS", "(\\Deleted)"))
        assert ok(imap.expunge()) == [b"1"]
        assert len(user.folders["Sent"].messages) == 2
