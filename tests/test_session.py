"""Signing in, TLS, and servers that answer in unusual but lawful ways."""

from __future__ import annotations

import base64
import itertools
import os
import ssl
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import trustme

from assistant.demo.server import EmbeddedServer
from assistant.errors import (
    AssistantError,
    CertificateError,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    RefusedByServer,
)
from assistant.mailbox import session
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server
from assistant.model import Place
from tests.scripted import SELECT, Answer, Conversation, Gone, ScriptedServer

SASL = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n"


def _server(scripted: ScriptedServer, user: str = "me", password: str = "secret") -> Server:
    return Server("127.0.0.1", scripted.port, user, password, insecure=True)


def _mailbox(scripted: ScriptedServer, names: Names | None = None) -> ImapMailbox:
    return ImapMailbox(_server(scripted), names)


def _challenge(conversation: Conversation, tag: bytes) -> None:
    """SASL: an empty challenge, whatever comes back is right."""
    conversation.say(b"+ \r\n")
    conversation.hear()
    conversation.say(tag + b" OK welcome\r\n")


# --- user and password ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("me", "secret"),
        ("me@studio.example", 'qu"ote'),
        ('DOMAIN\\me "x"', 'back\\slash "and" \\"both\\\\'),
        ("me", ""),
        ("me", "{5}"),
        ("me", "a b  c"),
    ],
)
def test_a_login_carries_any_ascii_password(user: str, password: str) -> None:
    """Quotes and backslashes arrive as what they are (RFC 9051 section 4.3, quoted strings)."""
    with ScriptedServer() as server:
        session.close(session.connect(_server(server, user, password)))
        line = next(line for line in server.lines if b" LOGIN " in line)
    _tag, _verb, rest = line.rstrip(b"\r\n").decode("ascii").split(" ", 2)
    assert list(_quoted(rest)) == [user, password]


def _quoted(text: str) -> Iterator[str]:
    """Quoted strings, unquoted as a server does it."""
    letters = iter(text)
    while next(letters, None) == '"':
        found = ""
        for letter in itertools.takewhile(lambda c: c != '"', letters):
            found += next(letters) if letter == "\\" else letter
        yield found
        next(letters, None)


@pytest.mark.parametrize("password", ["secret", "gehe\u00efm \u2603", 'a"b\\c', "x" * 200])
def test_authenticate_plain_carries_any_password(password: str) -> None:
    """Where the server offers AUTH=PLAIN, the password goes as base64 of UTF-8 (RFC 4616)."""
    with ScriptedServer({"CAPABILITY": SASL, "AUTHENTICATE": _challenge}) as server:
        session.close(session.connect(_server(server, "m\u00e9", password)))
        answer = server.lines[server.verbs.index("AUTHENTICATE") + 1]
    assert base64.b64decode(answer) == f"\0m\u00e9\0{password}".encode()


def test_without_sasl_a_password_beyond_ascii_is_refused_before_it_is_sent() -> None:
    """LOGIN can't carry it: the user is told why, and the server hears nothing."""
    with ScriptedServer() as server:
        with pytest.raises(LoginRefused, match="ASCII"):
            session.connect(_server(server, "me", "gehe\u00efm"))
        assert "LOGIN" not in server.verbs


@pytest.mark.parametrize("capability", [SASL, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"])
@pytest.mark.parametrize(
    ("user", "password"),
    [("me", "a\0b"), ("m\0\u00e9", "secret"), ("me", "a\r\nX1 NOOP"), ("me\nX1 NOOP", "secret")],
)
def test_a_control_character_in_user_or_password_is_never_sent(
    capability: bytes, user: str, password: str
) -> None:
    """A NUL would end the field of SASL PLAIN and make another user of it; a line break injects."""
    with ScriptedServer({"CAPABILITY": capability, "AUTHENTICATE": _challenge}) as server:
        with pytest.raises(LoginRefused, match="control character"):
            session.connect(_server(server, user, password))
        assert {"LOGIN", "AUTHENTICATE"}.isdisjoint(server.verbs)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", LoginRefused),
        (b"TAG NO wrong\r\n", LoginRefused),
        (b"TAG NO [EXPIRED] change it\r\n", LoginRefused),
        (b"TAG BAD what?\r\n", LoginRefused),
        (b"TAG NO [UNAVAILABLE] the directory is down\r\n", ConnectionLost),
        (b"TAG NO [INUSE] busy\r\n", ConnectionLost),
        (b"TAG NO [LIMIT] too many\r\n", ConnectionLost),
        (b"TAG NO [SERVERBUG] oops\r\n", ConnectionLost),
        (b"* BYE maintenance\r\n", ConnectionLost),
        (b"* BYE maintenance\r\nTAG NO maintenance\r\n", ConnectionLost),
        (b"", ConnectionLost),
        (b"rubbish\r\n", ConnectionLost),
        (b"* 1 FETCH {99999999}\r\n", ConnectionLost),
    ],
)
@pytest.mark.parametrize("verb", ["LOGIN", "AUTHENTICATE"])
def test_only_a_refused_password_stops_the_account(
    verb: str, answer: bytes, kind: type[MailboxError]
) -> None:
    """A wrong password is never tried again by itself; everything else passes (RFC 5530)."""

    def challenge(conversation: Conversation, tag: bytes) -> None:
        conversation.say(b"+ \r\n")
        conversation.hear()
        if not answer:
            raise Gone
        conversation.say(answer.replace(b"TAG", tag))
        if answer == b"* BYE maintenance\r\n":
            raise Gone

    capability = SASL if verb == "AUTHENTICATE" else b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
    reply: Answer = challenge if verb == "AUTHENTICATE" else answer
    with ScriptedServer({"CAPABILITY": capability, verb: reply}) as server:
        with pytest.raises(MailboxError) as failure:
            session.connect(_server(server))
        assert type(failure.value) is kind


def test_no_error_shows_the_password() -> None:
    """Not in the message, its hint, the chain of causes, or the description of the server."""
    password = "hunter2-geheim"
    echo = b"TAG NO LOGIN me " + password.encode() + b" is wrong\r\n"
    assert password not in repr(Server("imap.example", 993, "me", password))
    for answers in (
        {"LOGIN": echo},
        {"LOGIN": b""},
        {"LOGIN": b"TAG BAD syntax\r\n"},
        {"LOGIN": b"rubbish\r\n"},
    ):
        with ScriptedServer(answers) as server:
            with pytest.raises(AssistantError) as failure:
                session.connect(_server(server, "me", password))
            assert password not in failure.value.message + failure.value.hint
    with pytest.raises(AssistantError) as failure:
        session.connect(Server("imap.example", 993, "me", password, insecure=True))
    assert password not in "".join(traceback.format_exception(failure.value))


def test_a_greeting_with_preauth_needs_no_password() -> None:
    """RFC 9051 section 7.1.4, on this machine only: nothing is sent that nobody asked for."""
    with ScriptedServer(greeting=b"* PREAUTH welcome\r\n") as server, _mailbox(server) as mailbox:
        assert mailbox.open().uidnext == 2
        assert {"LOGIN", "AUTHENTICATE"}.isdisjoint(server.verbs)


def test_capabilities_are_asked_again_after_the_sign_in() -> None:
    """What was offered before is not what holds after (RFC 9051 section 6.2)."""
    with ScriptedServer() as server:
        session.close(session.connect(_server(server)))
        assert server.verbs == ["CAPABILITY", "LOGIN", "CAPABILITY", "LOGOUT"]


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def _certificate(
    authority: trustme.CA, folder: Path, *names: str, ends: datetime | None = None
) -> tuple[str, str]:
    issued = authority.issue_cert(*names, not_after=ends)
    chain, key = folder / "chain.pem", folder / "key.pem"
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(chain), append=number > 0)
    issued.private_key_pem.write_to_path(str(key))
    return str(chain), str(key)


def test_tls_with_an_authority_of_ones_own(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    """A certificate that ca_file vouches for: signed in, over at least TLS 1.2."""
    with EmbeddedServer(certificate=_certificate(authority, tmp_path, "127.0.0.1")) as server:
        server.add_user("me", "secret")
        where = Server("127.0.0.1", server.port, "me", "secret", ca_file=ca_file)
        client = session.connect(where)
        assert client._imap.sock.version() in ("TLSv1.2", "TLSv1.3")
        assert client._imap.sock.context.verify_mode is ssl.CERT_REQUIRED
        assert client._imap.sock.context.check_hostname
        session.close(client)


@pytest.mark.parametrize("fault", ["an unknown authority", "a wrong name", "expired"])
def test_tls_that_proves_nothing_gets_no_password(
    authority: trustme.CA, ca_file: str, tmp_path: Path, fault: str
) -> None:
    """The error says so, and that nothing secret was sent."""
    name = "mail.elsewhere.example" if fault == "a wrong name" else "127.0.0.1"
    trusted = "" if fault == "an unknown authority" else ca_file
    ends = datetime(2020, 1, 1, tzinfo=UTC) if fault == "expired" else None
    with EmbeddedServer(certificate=_certificate(authority, tmp_path, name, ends=ends)) as server:
        server.add_user("me", "secret")
        with pytest.raises(CertificateError) as failure:
            session.connect(Server("127.0.0.1", server.port, "me", "secret", ca_file=trusted))
        assert "nothing secret was sent" in failure.value.hint


def test_an_update_of_the_systems_authorities_needs_no_restart(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon runs for months; what it believes is shared by its connections, and made anew when that changes."""
    bundle = tmp_path / "ca-certificates.crt"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with EmbeddedServer(certificate=_certificate(authority, tmp_path, "127.0.0.1")) as server:
        server.add_user("me", "secret")
        where = Server("127.0.0.1", server.port, "me", "secret")
        with pytest.raises(CertificateError):
            session.connect(where)
        authority.cert_pem.write_to_path(str(bundle), append=True)
        os.utime(bundle, ns=(1, 1))  # another time, however coarse the file system's clock
        contexts = set()
        for _ in range(2):
            client = session.connect(where)
            contexts.add(id(client._imap.sock.context))
            session.close(client)
        assert len(contexts) == 1


def test_plain_text_where_tls_was_expected_is_a_lost_connection(ca_file: str) -> None:
    """A server that speaks no TLS on this port gets a handshake and no password."""
    with ScriptedServer() as server:
        with pytest.raises(ConnectionLost):
            session.connect(Server("127.0.0.1", server.port, "me", "secret", ca_file=ca_file))
        assert all(b"secret" not in line for line in server.lines)


@pytest.mark.parametrize(
    "host", ["imap.example", "192.0.2.1", "127.0.0.2", "localhost.example", ""]
)
def test_plain_text_is_for_this_machine_only(host: str) -> None:
    """`insecure` with any other host is refused before a connection is made."""
    with pytest.raises(MailboxError, match="this machine only"):
        session.connect(Server(host, 9, "me", "secret", insecure=True))


def test_a_ca_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    """Missing, or no certificate at all."""
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("no certificate")
    for path in (tmp_path / "missing.pem", nonsense):
        with pytest.raises(MailboxError, match="ca_file"):
            session.connect(Server("127.0.0.1", 9, "me", "secret", ca_file=str(path)))


# --- unusual servers --------------------------------------------------------------------------


def test_a_select_without_uidnext_asks_for_it() -> None:
    """Courier leaves it out of SELECT; STATUS knows it."""
    without = SELECT.replace(b"* OK [UIDNEXT 2] next\r\n", b"")
    status = b"* STATUS INBOX (UIDNEXT 34)\r\nTAG OK done\r\n"
    with ScriptedServer({"SELECT": without, "STATUS": status}) as server:
        with _mailbox(server) as mailbox:
            assert mailbox.open().uidnext == 34
        assert server.verbs[3:5] == ["SELECT", "STATUS"]


def test_a_server_without_uidvalidity_can_not_be_used() -> None:
    """Without it no UID means anything: an error, not a guess."""
    with (
        ScriptedServer(
            {"SELECT": SELECT.replace(b"* OK [UIDVALIDITY 7] fixed\r\n", b"")}
        ) as server,
        _mailbox(server) as mailbox,
        pytest.raises(MailboxError),
    ):
        mailbox.open()


def test_header_fields_may_come_back_in_quotes() -> None:
    """Courier answers BODY[HEADER.FIELDS ("MESSAGE-ID")]."""
    header = b"Message-ID: <h.1@x.example>\r\n\r\n"
    answer = (
        b'* 1 FETCH (UID 4 BODY[HEADER.FIELDS ("MESSAGE-ID")] {%d}\r\n%s)\r\n'
        b"* 2 FETCH (UID 5 BODY[HEADER.FIELDS (Message-Id)] {2}\r\n\r\n)\r\nTAG OK done\r\n"
    ) % (len(header), header)
    found = b"* SEARCH 4 5\r\nTAG OK done\r\n"
    answers = {"UID SEARCH": found, "UID FETCH": answer}
    with ScriptedServer(answers) as server, _mailbox(server) as mailbox:
        assert mailbox.drafts_from(4) == {4: "<h.1@x.example>", 5: ""}


def test_special_use_may_be_in_small_letters() -> None:
    """Cyrus says \\drafts; the attribute decides, not the name."""
    listed = (
        b'* LIST (\\HasNoChildren \\drafts) "." INBOX.Kladde\r\n'
        b'* LIST (\\HasNoChildren) "." INBOX.Drafts\r\nTAG OK done\r\n'
    )
    with ScriptedServer({"LIST": listed}) as server, _mailbox(server) as mailbox:
        mailbox.append_draft(b"Subject: x\r\n\r\n")
        assert server.lines[-1].split(b" ")[2] == b'"INBOX.Kladde"'


def test_a_range_beyond_the_end_finds_nothing() -> None:
    """Servers answer n:* with the last message although its UID is less than n (RFC 9051 6.4.4)."""
    last = b"* SEARCH 41\r\nTAG OK done\r\n"
    with ScriptedServer({"UID SEARCH": last}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        assert mailbox.uids_from(42) == []
        assert mailbox.uids_from(41) == [41]
        assert mailbox.drafts_from(42) == {}


def test_keywords_are_kept_only_where_permanentflags_says_so() -> None:
    """A star among FLAGS alone means nothing; among PERMANENTFLAGS it takes any keyword."""
    loud = SELECT.replace(b"FLAGS (\\Seen \\Draft)", b"FLAGS (\\Seen \\*)").replace(
        b"* OK [PERMANENTFLAGS (\\Seen \\Draft \\*)] kept\r\n", b""
    )
    listed = SELECT.replace(b"\\Draft \\*", b"Tone-Angry")
    with ScriptedServer({"SELECT": [SELECT, loud, listed]}) as server, _mailbox(server) as mailbox:
        opened = mailbox.open()
        assert opened.keeps("tone-angry")
        assert not opened.keeps("\\Flagged")
        assert not mailbox.open().keeps("tone-angry")
        assert mailbox.open().keeps("tone-angry")


def test_unasked_news_between_the_answers_do_no_harm() -> None:
    """EXISTS, EXPUNGE and FETCH of other messages may come with any answer (RFC 9051 section 7)."""
    raw = b"Subject: x\r\n\r\nhello\r\n"
    sizes = (
        b"* 5 EXISTS\r\n* 9 FETCH (UID 99 FLAGS (\\Seen))\r\n* 3 EXPUNGE\r\n"
        b"* 1 FETCH (FLAGS (\\Answered) RFC822.SIZE %d UID 7)\r\n* OK [ALERT] lunch\r\nTAG OK done\r\n"
    ) % len(raw)
    body = b"* 2 RECENT\r\n* 1 FETCH (BODY[]<0> {%d}\r\n%s UID 7)\r\nTAG OK done\r\n" % (
        len(raw),
        raw,
    )
    with ScriptedServer({"UID FETCH": [sizes, body]}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        (fetched,) = mailbox.fetch([7, 8])
        assert (fetched.uid, fetched.raw, fetched.flags) == (7, raw, {"\\answered"})


def test_a_body_that_is_nil_is_an_empty_message() -> None:
    """iCloud returns NIL at times; the message is there all the same."""
    sizes = b"* 1 FETCH (UID 7 FLAGS () RFC822.SIZE 30)\r\nTAG OK done\r\n"
    body = b"* 1 FETCH (UID 7 BODY[]<0> NIL)\r\nTAG OK done\r\n"
    with ScriptedServer({"UID FETCH": [sizes, body]}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        assert [each.raw for each in mailbox.fetch([7])] == [b""]


def test_a_draft_is_looked_for_in_every_folder_that_may_hold_it() -> None:
    """Drafts first, then each Sent, then each Trash; each opened read-only."""
    listed = (
        b'* LIST (\\Drafts) "/" D\r\n* LIST (\\Sent) "/" S1\r\n* LIST (\\Sent) "/" S2\r\n'
        b'* LIST (\\Trash) "/" T\r\n* LIST (\\Trash \\Noselect) "/" U\r\nTAG OK done\r\n'
    )
    nothing, hit = b"* SEARCH\r\nTAG OK done\r\n", b"* SEARCH 3\r\nTAG OK done\r\n"
    answers: dict[str, Answer | list[Answer]] = {
        "LIST": listed, "UID SEARCH": [nothing, nothing, hit, nothing]
    }  # fmt: skip
    with ScriptedServer(answers) as server, _mailbox(server) as mailbox:
        assert mailbox.find_draft("<h.1@x.example>") is Place.SENT
        assert mailbox.find_draft("<h.1@x.example>") is None
        opened = [line.split(b" ")[2].strip() for line in server.lines if b" EXAMINE " in line]
    assert opened == [b'"D"', b'"S1"', b'"S2"', b'"D"', b'"S1"', b'"S2"', b'"T"']


def test_a_drafts_folder_made_later_is_found_at_the_next_pass() -> None:
    """The user is told that Drafts is missing, makes one, and need not start the program again."""
    bare = b'* LIST () "/" INBOX\r\nTAG OK done\r\n'
    full = b'* LIST () "/" INBOX\r\n* LIST () "/" Drafts\r\nTAG OK done\r\n'
    with ScriptedServer({"LIST": [bare, full]}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        with pytest.raises(MailboxError, match="no Drafts"):
            mailbox.drafts_status()
        mailbox.open()
        assert mailbox.drafts_status().name == "Drafts"


def test_the_inbox_that_was_replaced_meanwhile_breaks_the_pass_off() -> None:
    """Another UIDVALIDITY after a look into Drafts: every UID of this pass would name another message."""
    other = SELECT.replace(b"UIDVALIDITY 7", b"UIDVALIDITY 8")
    with ScriptedServer({"SELECT": [SELECT, other]}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        mailbox.find_draft("<h.1@x.example>")
        with pytest.raises(ConnectionLost, match="replaced"):
            mailbox.add_keyword(1, "tone-angry")
        assert "UID STORE" not in server.verbs


def test_the_month_has_its_english_name() -> None:
    """RFC 9051 date, whatever the machine's locale."""
    with ScriptedServer() as server, _mailbox(server) as mailbox:
        mailbox.open()
        mailbox.uids_since(date(2026, 5, 9))
        assert server.lines[-1].rstrip().endswith(b"UID SEARCH SINCE 09-May-2026")


@pytest.mark.parametrize("takes_literals", [True, False])
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"TAG NO [OVERQUOTA] full\r\n", "OVERQUOTA"),
        (b"TAG NO [TRYCREATE] no such folder\r\n", "TRYCREATE"),
        (b"TAG NO because\r\n", ""),
        (b"TAG BAD [CLIENTBUG] what\r\n", "CLIENTBUG"),
    ],
)
def test_a_refused_append_tells_its_code(answer: bytes, code: str, takes_literals: bool) -> None:
    """RFC 5530 codes decide what the user is told; the connection stays usable, literal sent or not."""
    refusing = ScriptedServer({"APPEND": answer}, takes_literals=takes_literals)
    with refusing as server, _mailbox(server) as mailbox:
        mailbox.open()
        with pytest.raises(RefusedByServer) as refusal:
            mailbox.append_draft(b"Subject: x\r\n\r\n")
        assert refusal.value.code == code
        assert mailbox.drafts_status().uidnext == 4
