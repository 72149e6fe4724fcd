"""The servers keep to RFC 9051 where no provider differs. The client is the standard library's."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from tests.providers.clients import (
    ARRIVED,
    PASSWORD,
    RAW,
    Wire,
    bearer,
    ok,
    serving,
    signed_in,
)
from tests.providers.profile import SpecialUse
from tests.providers.profiles import CYRUS, EXCHANGE_ONLINE, FASTMAIL, GMAIL

PLAIN = FASTMAIL
"""The one that differs least."""


# --- signing in -------------------------------------------------------------------------------


def test_a_wrong_password_is_refused_and_nothing_else_goes_before_the_right_one() -> None:
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        assert b"NO [AUTHENTICATIONFAILED]" in wire.ask("LOGIN robin wrong")[-1]
        assert b"NO" in wire.ask("LOGIN nobody secret")[-1]
        assert wire.ask("SELECT INBOX") == [b"X1 BAD Unknown command\r\n"]
        wire.sign_in()
        assert b"BAD" in wire.ask(f"LOGIN robin {PASSWORD}")[-1]


@pytest.mark.parametrize("at_once", [True, False])
def test_plain_with_an_initial_response_and_without(at_once: bool) -> None:
    """RFC 4616, RFC 4959."""
    answer = base64.b64encode(b"\0robin\0secret").decode()
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        if at_once:
            assert wire.ask(f"AUTHENTICATE PLAIN {answer}")[-1].startswith(b"X1 OK")
            return
        assert wire.ask("AUTHENTICATE PLAIN") == [b"+ \r\n"]
        wire.say(answer.encode() + b"\r\n")
        assert wire.answer()[-1].startswith(b"X1 OK")


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_tokens(mechanism: str) -> None:
    """A wrong one is told by a challenge, which the client owes an answer (RFC 7628 section 3.2.3)."""
    with serving(GMAIL) as (server, user):
        for token, kind in (("wrong", b"X1 NO [AUTHENTICATIONFAILED]"), (user.token, b"X1 OK")):
            said = bearer(token) if mechanism == "XOAUTH2" else b"n,a=robin,\x01host=x\x01auth=Bearer " + token.encode() + b"\x01\x01"  # fmt: skip
            with Wire(server) as wire:
                answer = wire.ask(f"AUTHENTICATE {mechanism} {base64.b64encode(said).decode()}")
                if token == "wrong":
                    assert b'"status":"401"' in base64.b64decode(answer[-1][2:])
                    wire.say(b"\r\n")
                    answer = wire.answer()
                assert answer[-1].startswith(kind)


def test_a_mechanism_that_is_not_announced_is_refused() -> None:
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        assert b"X1 NO" in wire.ask("AUTHENTICATE XOAUTH2 AAAA")[-1]
    with serving(EXCHANGE_ONLINE) as (server, _), Wire(server) as wire:
        assert wire.ask("LOGIN robin secret") == [b"X1 NO LOGIN failed.\r\n"]
        assert b"X1 NO" in wire.ask("AUTHENTICATE PLAIN AHJvYmluAHNlY3JldA==")[-1]


# --- folders ----------------------------------------------------------------------------------


def test_folders_are_listed_by_pattern_and_special_use() -> None:
    with serving(CYRUS) as (server, user), Wire(server) as wire:
        user.create("Work/Küche")
        user.create("Work/Küche/Alt")
        wire.sign_in()
        assert wire.ask('LIST "" "%"')[0] == b'* LIST (\\HasNoChildren) "/" "INBOX"\r\n'
        assert [line.split(b'"')[3] for line in wire.ask('LIST "Work/" "%"')[:-1]] == [
            b"Work/K&APw-che"
        ]
        assert len(wire.ask('LIST "" "*"')) == 4 + 2 + 1
        assert len(wire.ask('LIST "" (Drafts inbox)')) == 2 + 1
        assert wire.ask('LIST (SPECIAL-USE) "" "*"')[0] == b'* LIST (\\HasNoChildren \\drafts) "/" "Drafts"\r\n'  # fmt: skip
        assert wire.ask('LIST "" ""')[0] == b'* LIST (\\Noselect) "/" ""\r\n'


def test_special_use_may_be_shown_for_the_asking_only() -> None:
    """Cyrus 3.0 (cyrus-imapd#2410); RFC 6154 section 2 allows it."""
    with serving(replace(CYRUS, special_use=SpecialUse.ASKED)) as (server, _), Wire(server) as wire:
        wire.sign_in()
        assert wire.ask('LIST "" Drafts')[0] == b'* LIST (\\HasNoChildren) "/" "Drafts"\r\n'
        assert b"\\drafts" in wire.ask('LIST "" Drafts RETURN (SPECIAL-USE)')[0]


def test_select_says_where_the_mailbox_stands_and_examine_keeps_it_so() -> None:
    with serving(PLAIN, "inbox") as (server, user), signed_in(server) as imap:
        assert ok(imap.select("inbox")) == [b"1"]
        assert imap.response("UIDNEXT")[1] == [b"2"]
        assert imap.response("UIDVALIDITY")[1] == [str(user.folders["INBOX"].uidvalidity).encode()]
        assert b"\\*" in imap.response("PERMANENTFLAGS")[1][0]
        ok(imap.select("INBOX", readonly=True))
        assert imap.response("PERMANENTFLAGS")[1] == [b"()"]
        assert imap.uid("STORE", "1", "+FLAGS", "(\\Seen)")[0] == "NO"
        ok(imap.uid("FETCH", "1", "(BODY[])"))
        assert user.folders["INBOX"].messages[1].flags.names() == ()


def test_a_select_that_fails_leaves_nothing_selected() -> None:
    """RFC 9051 section 6.3.2; also where an unknown parameter is given."""
    with serving(PLAIN, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in()
        for wrong, kind in (
            ("SELECT Nowhere", b"NO [NONEXISTENT]"),
            ("SELECT INBOX (XYZ)", b"BAD"),
        ):
            assert b"OK" in wire.ask("SELECT INBOX")[-1]
            assert kind in wire.ask(wrong)[-1]
            assert b"BAD" in wire.ask("UID SEARCH ALL")[-1]


def test_status_create_close_and_unselect() -> None:
    with serving(PLAIN, "inbox") as (server, user), signed_in(server) as imap:
        (status,) = ok(imap.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)"))
        assert status == b'"INBOX" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)'
        ok(imap.create("Tone"))
        assert imap.create("Tone")[0] == "NO"
        ok(imap.select("INBOX"))
        ok(imap.uid("STORE", "1", "+FLAGS", "(\\Deleted)"))
        ok(imap.unselect())
        assert list(user.folders["INBOX"].messages) == [1]
        ok(imap.select("INBOX"))
        ok(imap.close())
        assert list(user.folders["INBOX"].messages) == []


# --- others, and faults -----------------------------------------------------------------------


def test_a_client_is_told_what_others_change() -> None:
    """EXPUNGE, EXISTS and FETCH, in an order that keeps its numbers right (RFC 9051 section 5.2)."""
    with serving(PLAIN, "inbox", "inbox", "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        inbox = user.folders["INBOX"]
        user.remove(inbox, 2)
        user.deliver(inbox, RAW, ARRIVED)
        user.flag(inbox.messages[3], "+", ["\\Flagged"])
        assert wire.ask("NOOP") == [
            b"* 2 EXPUNGE\r\n", b"* 3 EXISTS\r\n", b"* 0 RECENT\r\n",
            b"* 2 FETCH (UID 3 FLAGS (\\Flagged))\r\n", b"X1 OK NOOP completed\r\n",
        ]  # fmt: skip
        assert wire.ask("NOOP") == [b"X1 OK NOOP completed\r\n"]


def test_idle_pushes_what_happens_until_done() -> None:
    with serving(PLAIN, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask("IDLE") == [b"+ idling\r\n"]
        user.deliver(user.folders["INBOX"], RAW, ARRIVED)
        assert [wire.line(), wire.line()] == [b"* 2 EXISTS\r\n", b"* 0 RECENT\r\n"]
        user.remove(user.folders["INBOX"], 1)
        assert wire.line() == b"* 1 EXPUNGE\r\n"
        server.push("* OK Still here")
        assert wire.line() == b"* OK Still here\r\n"
        wire.say(b"DONE\r\n")
        assert wire.line() == b"X1 OK IDLE completed\r\n"
        assert wire.ask("IDLE") == [b"+ idling\r\n"]
        wire.say(b"X1 NOOP\r\n")
        assert wire.line().startswith(b"X1 BAD")


def test_what_happened_before_idle_is_pushed_as_well() -> None:
    """Mail that lands between the last command and IDLE (research/imap.md section 3)."""
    with serving(PLAIN, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        user.deliver(user.folders["INBOX"], RAW, ARRIVED)
        wire.ask("IDLE")
        assert wire.line() == b"* 2 EXISTS\r\n"


def test_a_refusal_is_given_once_and_nothing_is_done() -> None:
    with serving(PLAIN, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        server.faults.refuse_next("UID STORE", "NO [INUSE] later")
        assert wire.ask("UID STORE 1 +FLAGS (\\Seen)") == [b"X1 NO [INUSE] later\r\n"]
        assert user.folders["INBOX"].messages[1].flags.names() == ()
        assert b"OK" in wire.ask("UID STORE 1 +FLAGS (\\Seen)")[-1]
        assert not server.faults.waiting
        server.faults.refuse_next("APPEND", early=True)
        assert server.faults.waiting
        assert wire.ask("APPEND INBOX {5}") == [b"X1 NO [UNAVAILABLE] Temporary system problem\r\n"]
        assert wire.ask("NOOP") == [b"X1 OK NOOP completed\r\n"]


@pytest.mark.parametrize(("done", "flags"), [(False, ()), (True, ("\\Seen",))])
def test_a_connection_is_cut_before_or_after_a_command(done: bool, flags: tuple[str, ...]) -> None:
    with serving(PLAIN, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        (server.faults.cut_after if done else server.faults.cut_before)("UID STORE")
        assert wire.ask("UID STORE 1 +FLAGS (\\Seen)") == []
        assert user.folders["INBOX"].messages[1].flags.names() == flags


def test_a_command_hangs_until_it_is_let_go() -> None:
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        let_go = server.faults.hang("NOOP")
        wire.say(b"X1 NOOP\r\n")
        assert wire.silent(0.05)
        let_go.set()
        assert wire.line() == b"X1 OK NOOP completed\r\n"
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        server.faults.hang("LOGOUT")
        server.faults.clear()
        server.faults.hang("NOOP")
        wire.say(b"X1 NOOP\r\n")  # the server must be able to stop all the same


def test_an_answer_drips() -> None:
    with serving(PLAIN) as (server, _), Wire(server) as wire:
        server.faults.drip("NOOP", 0.001)
        wire.say(b"X1 NOOP\r\n")
        assert len(wire.some()) < 10
        assert wire.line().endswith(b"completed\r\n")


def test_goodbye_ends_every_connection() -> None:
    with serving(PLAIN) as (server, _), Wire(server) as first, Wire(server) as second:
        second.sign_in().ask("SELECT INBOX")
        second.ask("IDLE")
        server.bye("Autologout")
        for wire in (first, second):
            assert [wire.line(), wire.line()] == [b"* BYE Autologout\r\n", b""]


def test_everything_that_was_sent_is_kept() -> None:
    """By connection and to the byte, for the check of the wire; by line, for reading."""
    with serving(PLAIN) as (server, _):
        for _ in range(2):
            with Wire(server) as wire:
                wire.sign_in()
                wire.say(b"X1 APPEND Drafts {3+}\r\na\r\n\r\n")
                wire.answer()
        said = b"X1 LOGIN robin secret\r\nX1 APPEND Drafts {3+}\r\na\r\n\r\n"
        assert server.sent == [said, said]
        assert (
            server.lines
            == [b"X1 LOGIN robin secret\r\n", b"X1 APPEND Drafts {3+}\r\na\r\n\r\n"] * 2
        )
