"""Each provider does what research/imap.md sections 2 and 6 say of it, and what is told elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from imapclient import IMAPClient

from tests.providers.clients import (
    ARRIVED,
    ID,
    PASSWORD,
    RAW,
    Wire,
    folder,
    found,
    ok,
    serving,
    signed_in,
)
from tests.providers.profile import HeaderSearch, Keywords, Profile
from tests.providers.profiles import (
    COURIER,
    CYRUS,
    EXCHANGE,
    ICLOUD,
    PROTON,
    PROVIDERS,
    YAHOO,
    YANDEX,
    ZOHO,
)
from tests.providers.store import User

every_provider = pytest.mark.parametrize("profile", PROVIDERS.values(), ids=PROVIDERS)


# --- all of them ------------------------------------------------------------------------------


@every_provider
def test_it_greets_and_announces_what_the_provider_does(profile: Profile) -> None:
    with serving(profile) as (server, _), Wire(server) as wire:
        assert wire.greeting.endswith(f"{profile.greeting}\r\n".encode())
        assert wire.ask("CAPABILITY")[0] == f"* CAPABILITY {profile.before}\r\n".encode()
        with signed_in(server) as imap:
            assert ok(imap.capability())[-1] == profile.after.encode()


@every_provider
def test_what_it_does_not_know_is_answered_in_its_words(profile: Profile) -> None:
    """Also a command with an argument that is wrong."""
    with serving(profile) as (server, _), Wire(server) as wire:
        for nonsense in ("XYZZY", "CAPABILITY (", "LOGIN a"):
            assert wire.ask(nonsense) == [f"X1 {profile.unknown}\r\n".encode()]


@every_provider
def test_special_folders_are_found_by_what_it_says_of_them(profile: Profile) -> None:
    """imapclient's own look: by special use, byte for byte, then by English names."""
    with serving(profile) as (server, user), stock_client(server.port, profile, user) as client:
        drafts = client.find_special_folder(b"\\Drafts")
    named = {
        "yahoo": "Draft",
        "yahoo-busy": "Draft",
        "gmail": "[Gmail]/Entwürfe",
        "yandex": "Черновики",
    }
    assert drafts == named.get(profile.name, f"{profile.prefix}Drafts")


@every_provider
def test_a_keyword_is_promised_and_kept_or_not(profile: Profile) -> None:
    """What PERMANENTFLAGS say, what STORE and APPEND answer, and what is there afterwards."""
    kept = profile.keywords is Keywords.KEPT
    promised = {"gmail", "icloud", "fastmail", "zoho", "cyrus", "yandex"}
    assert kept is (profile.name in {"gmail", "icloud", "fastmail", "proton", "cyrus", "yandex"})
    with serving(profile, "inbox") as (server, user), signed_in(server) as imap:
        imap.select("INBOX")
        assert (b"\\*" in imap.response("PERMANENTFLAGS")[1][0]) is (profile.name in promised)
        kind, _ = imap.uid("STORE", "1", "+FLAGS", "(tone-angry)")
        assert kind == ("NO" if profile.name == "courier" else "OK")
        assert ("tone-angry" in folder(user, "inbox").messages[1].flags) is kept
        ok(imap.uid("STORE", "1", "+FLAGS", "(\\Flagged)"))
        assert "\\Flagged" in folder(user, "inbox").messages[1].flags
        kind, _ = imap.append("INBOX", "(\\Seen tone-angry)", ARRIVED, RAW)
        assert kind == ("NO" if profile.name == "courier" else "OK")


@every_provider
def test_a_message_is_found_by_its_id_or_not(profile: Profile) -> None:
    """The whole id; without its brackets; a part of it."""
    expected = {
        HeaderSearch.SUBSTRING: (True, True, True),
        HeaderSearch.PLAIN: (True, True, True),
        HeaderSearch.WHOLE: (True, True, False),
        HeaderSearch.BRACKETED: (True, False, False),
        HeaderSearch.NOTHING: (False, False, False),
    }
    with serving(profile, "inbox") as (server, _), signed_in(server) as imap:
        imap.select("INBOX")
        if profile.header_search is HeaderSearch.FAILS:
            assert imap.uid("SEARCH", "HEADER", "Message-ID", ID)[0] == "NO"
            return
        asked = (ID, ID.strip("<>"), "m1@client")
        assert tuple(found(imap, "HEADER", "Message-ID", each) == [1] for each in asked) == expected[profile.header_search]  # fmt: skip


def test_which_header_search_which_provider_has() -> None:
    habits = {name: profile.header_search.name for name, profile in PROVIDERS.items()}
    assert {name: habit for name, habit in habits.items() if habit != "SUBSTRING"} == {
        "gmail": "PLAIN", "yahoo": "NOTHING", "yahoo-busy": "FAILS", "icloud": "BRACKETED", "yandex": "WHOLE",
    }  # fmt: skip


@every_provider
def test_idle_is_there_but_at_yahoo(profile: Profile) -> None:
    with serving(profile, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        answer = wire.ask("IDLE")
        if profile.name.startswith("yahoo"):
            assert answer == [f"X1 {profile.unknown}\r\n".encode()]
            return
        assert answer == [b"+ idling\r\n"]
        user.deliver(folder(user, "inbox"), RAW, ARRIVED)
        assert wire.line() == b"* 2 EXISTS\r\n"


def stock_client(port: int, profile: Profile, user: User) -> IMAPClient:
    """imapclient as it comes, signed in."""
    client = IMAPClient("127.0.0.1", port, ssl=False, timeout=30)
    if not profile.passwords:
        client.oauth2_login(user.name, user.token)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user.name, PASSWORD)
    else:
        client.login(user.name, PASSWORD)
    return client


@every_provider
def test_imapclient_finds_its_way(profile: Profile) -> None:
    """The calls that a program on imapclient makes, as imapclient makes them."""
    with (
        serving(profile, "inbox") as (server, user),
        stock_client(server.port, profile, user) as client,
    ):
        if client.has_capability("ID"):
            client.id_({"name": "tests"})
        if client.has_capability("NAMESPACE"):
            assert client.namespace().personal[0] == (profile.prefix, profile.delimiter)
        names = {name: flags for flags, _, name in client.list_folders()}
        assert set(names) == set(user.folders)
        drafts = folder(user, "drafts").name
        client.append(drafts, RAW, ("\\Draft", "\\Seen"), ARRIVED)
        assert client.folder_status(drafts, ["UIDNEXT"]) == {b"UIDNEXT": 2}
        opened = client.select_folder("INBOX")
        assert opened[b"EXISTS"] == 1
        assert (b"UIDNEXT" in opened) is (profile.name != "courier")
        assert client.search(["UID", "1:*"]) == [1]
        assert client.search(["SINCE", ARRIVED.date()]) == [1]
        data = client.fetch([1], ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]<0.100>"])
        assert data[1][b"BODY[]<0>"] == RAW[:100]
        assert data[1][b"RFC822.SIZE"] == len(RAW)
        header = client.fetch([1], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])[1]
        assert [value for key, value in header.items() if key.startswith(b"BODY[")] == [f"Message-ID: {ID}\r\n\r\n".encode()]  # fmt: skip
        assert b"\\Flagged" in client.add_flags([1], ["\\Flagged"])[1]
        client.copy([1], folder(user, "sent").name)
        assert len(folder(user, "sent").messages) == 1
        client.logout()


# --- the others -------------------------------------------------------------------------------


def test_exchange_lists_what_it_does_not_bring_yet() -> None:
    """MailKit#1615, #908; and \\Draft is settled by the APPEND."""
    with serving(EXCHANGE, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        (message,) = folder(user, "inbox").messages.values()
        message.hidden = True
        assert wire.ask("UID SEARCH ALL")[0] == b"* SEARCH 1\r\n"
        assert wire.ask("UID FETCH 1 (FLAGS BODY.PEEK[])") == [b"X1 OK FETCH completed\r\n"]
        message.hidden = False
        assert wire.ask("UID FETCH 1 (UID RFC822.SIZE)")[0] == f"* 1 FETCH (RFC822.SIZE {len(RAW)} UID 1)\r\n".encode()  # fmt: skip
        assert b"OK" in wire.ask("UID STORE 1 +FLAGS (\\Draft)")[-1]
        assert "\\Draft" not in message.flags
        assert wire.ask("UID SEARCH KEYWORD x") == [b"X1 BAD Command Argument Error. 11\r\n"]
        assert b"[BADCHARSET (US-ASCII)]" in wire.ask("UID SEARCH CHARSET UTF-8 ALL")[-1]


def test_yahoo_ends_a_search_with_a_space() -> None:
    with serving(YAHOO, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in().ask("SELECT Inbox")
        assert wire.ask("UID SEARCH ALL")[0] == b"* SEARCH 1 \r\n"
        (message,) = folder(user, "inbox").messages.values()
        assert wire.ask("UID FETCH 1 (EMAILID)")[0] == f"* 1 FETCH (UID 1 EMAILID (M{message.number:024x}))\r\n".encode()  # fmt: skip


def test_icloud_brings_nothing_for_rfc822_and_wants_parentheses() -> None:
    with serving(ICLOUD, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask("UID FETCH 1 (RFC822)")[0] == b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
        assert wire.ask("UID STORE 1 +FLAGS \\Flagged") == [b"X1 BAD Parse Error\r\n"]
        assert b"OK" in wire.ask("UID STORE 1 +FLAGS (\\Flagged)")[-1]
        assert wire.ask(f'UID SEARCH HEADER "Message-ID" {ID}') == [b"X1 BAD Parse Error\r\n"]
        assert wire.ask('LIST "" Drafts')[0] == b'* LIST () "/" "Drafts"\r\n'


def test_zoho_has_a_star_in_flags() -> None:
    """Only PERMANENTFLAGS may hold it (chatmail/core#1834)."""
    with serving(ZOHO) as (server, _), Wire(server) as wire:
        assert b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)\r\n" in wire.sign_in().ask("SELECT INBOX")  # fmt: skip


def test_proton_moves_what_is_copied_into_a_folder_and_cuts_drafts_from_their_thread() -> None:
    with serving(PROTON, "inbox", "inbox") as (server, user), Wire(server) as wire:
        user.create("Labels/Tone")
        user.create("Folders/Tone")
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask("UID COPY 1 Labels/Tone") == [b"X1 OK COPY completed\r\n"]
        assert wire.ask("UID COPY 1 Folders/Tone") == [
            b"* 1 EXPUNGE\r\n",
            b"X1 OK COPY completed\r\n",
        ]
        assert list(folder(user, "inbox").messages) == [2]
        raw = b"Subject: x\r\nReferences: <a@b>\r\n <c@d>\r\nIn-Reply-To: <c@d>\r\nMessage-ID: <e@f>\r\n\r\nIn-Reply-To: y\r\n"  # fmt: skip
        wire.say(b"X1 APPEND Drafts (\\Draft \\Seen) {%d}\r\n" % len(raw))
        assert wire.answer() == [b"+ go ahead\r\n"]
        wire.say(raw + b"\r\n")
        assert wire.answer() == [b"X1 OK APPEND completed\r\n"]
        (draft,) = folder(user, "drafts").messages.values()
        assert draft.raw == b"Subject: x\r\nMessage-ID: <e@f>\r\n\r\nIn-Reply-To: y\r\n"
        assert draft.flags.names() == ("\\Draft", "\\Seen")
        user.renumber(folder(user, "inbox"))
        assert b"* 1 EXPUNGE\r\n" in wire.ask("NOOP")


def test_courier_answers_as_courier_does() -> None:
    """Line for line what courier-imap 5.0.13 answered here, without the numbers."""
    with serving(COURIER, "inbox") as (server, user), Wire(server) as wire:
        wire.sign_in()
        assert wire.ask("NAMESPACE")[0] == b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n'
        assert (
            wire.ask('LIST "" INBOX.Drafts')[0]
            == b'* LIST (\\HasNoChildren) "." "INBOX.Drafts"\r\n'
        )
        selected = b"".join(wire.ask("SELECT INBOX"))
        assert b"UIDNEXT" not in selected
        assert b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\Recent)\r\n" in selected
        assert wire.ask("UID SEARCH UID 99:*")[0] == b"* SEARCH\r\n"
        fetched = wire.ask("UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[0]
        assert re.fullmatch(rb'\* 1 FETCH \(UID 1 BODY\[HEADER\.FIELDS \("MESSAGE-ID"\)\] \{\d+\}\r\n', fetched)  # fmt: skip
        refused = b"X1 NO Error in IMAP command received by server.\r\n"
        for each in ("UID STORE 1 +FLAGS (\\Flagged tone-angry)", "APPEND INBOX (tone-angry) {5}", "ID NIL", "XYZZY"):  # fmt: skip
            assert wire.ask(each) == [refused]
        assert wire.ask("APPEND INBOX.Nowhere (\\Seen) {5}")[0].startswith(b"X1 NO [TRYCREATE]")
        assert wire.ask("CREATE Work") == [b"X1 NO Invalid mailbox name.\r\n"]
        assert b"OK" in wire.ask("CREATE INBOX.Work")[-1]
        assert folder(user, "inbox").messages[1].flags.names() == ()


def test_courier_breaks_off_at_a_word_of_more_than_16_kib() -> None:
    """Measured: 16,380 bytes pass, 16,390 don't."""
    with serving(COURIER, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask(f"UID FETCH {'1,' * 8_190}1 (FLAGS)")[-1].startswith(b"X1 OK")
        assert wire.ask(f"UID FETCH {'1,' * 8_195}1 (FLAGS)") == [b"* BYE [ALERT] Fatal error: max atom size too small\r\n"]  # fmt: skip


def test_cyrus_answers_as_cyrus_does() -> None:
    """Line for line what Cyrus 3.6.1 answered here, without what it says of itself."""
    with serving(CYRUS, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in()
        assert (
            wire.ask('LIST "" Drafts')[0] == b'* LIST (\\HasNoChildren \\drafts) "/" "Drafts"\r\n'
        )
        wire.ask("SELECT INBOX")
        assert wire.ask("UID SEARCH UID 99:*")[0] == b"* SEARCH 1\r\n"
        assert wire.ask("UID FETCH 1 (UID FLAGS)")[0] == b"* 1 FETCH (FLAGS () UID 1)\r\n"
        wire.say(b"X1 APPEND INBOX {3+}\r\na\0b\r\n")
        assert wire.answer() == [b"X1 NO Message contains NUL characters\r\n"]


def test_yandex_hangs_up_in_idle_when_a_test_says_so() -> None:
    """imapclient#234: without a word."""
    with serving(YANDEX, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        server.faults.cut_after("IDLE")
        assert wire.ask("IDLE") == [b"+ idling\r\n"]
        assert wire.line() == b""


def test_yandex_names_folders_in_russian_with_a_bar_between() -> None:
    with serving(YANDEX) as (server, _), Wire(server) as wire:
        listed = wire.sign_in().ask('LIST "" "*"')
        drafts = (
            b'* LIST (\\HasNoChildren \\Unmarked \\Drafts) "|" "&BCcENQRABD0EPgQyBDgEOgQ4-"\r\n'
        )
        assert drafts in listed


def test_a_profile_can_be_changed_for_one_test() -> None:
    """A row is data: Exchange of 2017 said BAD to a keyword (node-imap#602)."""
    older = replace(EXCHANGE, keywords=Keywords.INVALID)
    with serving(older, "inbox") as (server, _), Wire(server) as wire:
        wire.sign_in().ask("SELECT INBOX")
        assert wire.ask("UID STORE 1 FLAGS (test)") == [b"X1 BAD Command Argument Error. 11\r\n"]
