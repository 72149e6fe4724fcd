"""Deadlines, caps and broken connections, against a server that does as it is told."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConnectionLost, MailboxError, RefusedByServer
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server, quiet, translated
from assistant.mailbox.transport import LARGEST_ANSWER, LARGEST_LITERAL, Client, Deadline
from tests.builders import QUICK
from tests.letters import letter
from tests.scripted import GREETING, USUAL, Answer, Conversation, ScriptedServer
from tests.servers import ImapAccount, PymapStand

FETCHED = b"* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 5)\r\nTAG OK done\r\n"


def _client(server: ScriptedServer, seconds: float = 10.0) -> Client:
    client = Client("127.0.0.1", server.port, None, quiet, connect_seconds=seconds)
    client.login("me", "secret")
    return client


def _mailbox(server: ScriptedServer) -> ImapMailbox:
    return ImapMailbox(Server("127.0.0.1", server.port, "me", "secret", insecure=True))


def drip(data: bytes) -> Answer:
    """An answer at one byte a time, each well within any timeout that counts from byte to byte."""

    def answer(conversation: Conversation, tag: bytes) -> None:
        conversation.drip(data.replace(b"TAG", tag), every=0.05)

    return answer


def for_ever(data: bytes) -> Answer:
    """An answer without an end."""

    def answer(conversation: Conversation, _tag: bytes) -> None:
        while True:
            conversation.say(data)

    return answer


# --- time -------------------------------------------------------------------------------------


def test_a_deadline_runs_out() -> None:
    """What is left gets less, and nothing left is an error."""
    deadline = Deadline(5.0)
    first = deadline.left()
    assert 0 < deadline.left() <= first <= 5.0
    deadline.start(0.0)
    with pytest.raises(TimeoutError):
        deadline.left()


@pytest.mark.parametrize(
    "answer",
    [b"TAG OK " + b"x" * 200 + b"\r\n", b"* " + b"x" * 200, b"* OK {100}\r\n" + b"x" * 200, b"x"],
    ids=["the tagged line", "an untagged line", "a literal", "then nothing"],
)
def test_a_dripping_server_is_cut_off_at_the_deadline(answer: bytes) -> None:
    """A byte every 50 ms keeps each read alive; the command ends at its own deadline all the same."""
    with ScriptedServer({"NOOP": drip(answer)}) as server:
        client = _client(server)
        started = time.monotonic()
        with pytest.raises(ConnectionLost), translated("host"), client.command("NOOP", 0.4):
            client.noop()
        assert 0.35 < time.monotonic() - started < 2.0
        client.shutdown()


def test_a_dripping_greeting_is_cut_off() -> None:
    """Connecting has a deadline of its own, also before the first command."""
    with ScriptedServer(greeting=drip(b"* OK " + b"x" * 500)) as server:
        started = time.monotonic()
        with pytest.raises(ConnectionLost), translated("host"):
            Client("127.0.0.1", server.port, None, quiet, connect_seconds=0.4)
        assert time.monotonic() - started < 2.0


def test_a_server_that_says_nothing_is_cut_off() -> None:
    """A connection that is accepted and never greeted."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(ConnectionLost), translated("host"):
            Client("127.0.0.1", silent.getsockname()[1], None, quiet, connect_seconds=0.3)
        assert time.monotonic() - started < 2.0


def test_a_server_that_does_not_read_is_cut_off() -> None:
    """A literal that nobody takes off the wire: sending has the command's deadline too."""

    def stop_reading(conversation: Conversation, _tag: bytes) -> None:
        conversation.drip(b"* OK" + b"x" * 500, every=0.05)

    with ScriptedServer({"NOOP": stop_reading}) as server:
        client = _client(server)
        client.gate.drafts = b'"Drafts"'
        started = time.monotonic()
        client._imap._command("NOOP")
        client._imap.send(b'A1 APPEND "Drafts" (\\Draft \\Seen) {99999999}\r\n')
        with pytest.raises(ConnectionLost), translated("host"), client.command("APPEND", 0.4):
            client._imap.send(b"x" * 90_000_000)
        assert time.monotonic() - started < 2.0
        client.shutdown()


def test_a_new_command_gets_a_new_deadline() -> None:
    """Time that one command has used up is not taken from the next."""
    with ScriptedServer() as server:
        client = _client(server)
        client.deadline.start(0.0)
        with client.command("NOOP", 5.0):
            assert client.noop()
        client.shutdown()


# --- size -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [LARGEST_LITERAL + 1, 3_000_000_000, 10**30])
def test_a_huge_literal_is_refused_when_it_is_announced(size: int) -> None:
    """Nothing is allocated and nothing more is read."""
    with ScriptedServer({"NOOP": b"* 1 FETCH (BODY[] {%d}\r\nxxx" % size}) as server:
        client = _client(server)
        with pytest.raises(ConnectionLost, match="at once"), translated("host"):
            client.noop()
        client.shutdown()


def test_endless_untagged_data_is_refused() -> None:
    """A command may bring in only so many bytes."""
    with ScriptedServer({"NOOP": for_ever(b"* 1 EXISTS\r\n" * 1_000)}) as server:
        client = _client(server)
        client.deadline.bytes_left = 300_000
        with pytest.raises(ConnectionLost, match="no end"), translated("host"):
            client.noop()
        client.shutdown()


def test_endless_news_are_refused_before_they_fill_the_memory() -> None:
    """Each line becomes objects; so many of the shortest take 40 MB."""
    with ScriptedServer({"NOOP": for_ever(b"* 1 EXISTS\r\n" * 1_000)}) as server:
        client = _client(server)
        client.deadline.lines_left = 20_000
        with pytest.raises(ConnectionLost, match="no end"), translated("host"):
            client.noop()
        assert client.deadline.bytes_left > LARGEST_ANSWER - 500_000
        client.shutdown()


def test_the_uids_of_a_very_big_mailbox_are_one_line() -> None:
    """A search in 300,000 messages is answered in 2 MB without a break."""
    uids = range(1_000_000, 1_300_000)
    found = b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\nTAG OK done\r\n"
    with ScriptedServer({"UID SEARCH": found}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        assert mailbox.uids_from(1) == list(uids)


def test_a_line_without_an_end_is_refused() -> None:
    """8 MB are more than the UIDs of a million messages."""
    with ScriptedServer({"NOOP": for_ever(b"x" * 65_536)}) as server:
        client = _client(server)
        with pytest.raises(ConnectionLost, match="without end"), translated("host"):
            client.noop()
        client.shutdown()


# --- ends -------------------------------------------------------------------------------------

USE = {
    "SELECT": lambda mailbox: mailbox.open(),
    "UID SEARCH": lambda mailbox: (mailbox.open(), mailbox.uids_from(1)),
    "UID FETCH": lambda mailbox: (mailbox.open(), list(mailbox.fetch([1]))),
    "UID STORE": lambda mailbox: (mailbox.open(), mailbox.add_keyword(1, "tone-angry")),
    "LIST": lambda mailbox: mailbox.drafts_status(),
    "STATUS": lambda mailbox: mailbox.drafts_status(),
    "EXAMINE": lambda mailbox: mailbox.find_draft("<h.1@x>"),
    "APPEND": lambda mailbox: mailbox.append_draft(b"Subject: x\r\n\r\n"),
}
SIGN_IN = ("CAPABILITY", "LOGIN")
BROKEN = {
    "EOF": b"",
    "BYE": b"* BYE shutting down\r\n",
    "BYE and the tag": b"* BYE shutting down\r\nTAG NO gone\r\n",
    "half a line": lambda conversation, _tag: (conversation.say(b"* OK half"), _hang_up()),
    "no IMAP at all": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "another tag": b"ZZZZ9 OK done\r\n",
}
LATER = {
    "later": b"TAG NO [UNAVAILABLE] try again\r\n",
    "in use": b"TAG NO [INUSE] locked\r\n",
}


def _use(server: ScriptedServer, verb: str) -> None:
    """Sign in, and make the program send a verb."""
    with _mailbox(server) as mailbox:
        USE[verb](mailbox)


def _hang_up() -> None:
    from tests.scripted import Gone

    raise Gone


@pytest.mark.parametrize("verb", [*SIGN_IN, *USE])
@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_connection_that_breaks_in_any_command_is_lost(verb: str, answer: Answer) -> None:
    """EOF, BYE, noise and "not now" in every state: ConnectionLost, so that it is tried again."""
    with ScriptedServer({verb: answer}) as server, pytest.raises(ConnectionLost):
        _use(server, verb)


@pytest.mark.parametrize("answer", LATER.values(), ids=LATER.keys())
@pytest.mark.parametrize("verb", [*SIGN_IN, *sorted(USE.keys() - {"UID FETCH"})])
def test_not_just_now_is_tried_later(verb: str, answer: Answer) -> None:
    """While signing in it is as good as no connection; later, one command was refused and no more."""
    expected = ConnectionLost if verb in SIGN_IN else MailboxError
    with ScriptedServer({verb: answer}) as server, pytest.raises(expected) as caught:
        _use(server, verb)
    assert isinstance(caught.value, ConnectionLost) == (verb in SIGN_IN)


@pytest.mark.parametrize("answer", LATER.values(), ids=LATER.keys())
def test_a_fetch_that_is_refused_for_all_is_the_server_s_fault(answer: Answer) -> None:
    """One refused message is left out; where all of several are, the pass breaks off."""
    with ScriptedServer({"UID FETCH": answer}) as server, _mailbox(server) as mailbox:
        mailbox.open()
        assert list(mailbox.fetch([1])) == []
        with pytest.raises(RefusedByServer):
            list(mailbox.fetch([1, 2]))
        with pytest.raises(RefusedByServer):
            mailbox.flags(1)


@pytest.mark.parametrize(
    "greeting",
    [b"", b"* BYE too many connections\r\n", b"220 mail.example ESMTP\r\n", b"\0\xff\r\n", b"* NO\r\n",
     b"SSH-2.0-OpenSSH_9.6\r\n", b"* OK"],
)  # fmt: skip
def test_a_greeting_that_is_none_is_a_lost_connection(greeting: bytes) -> None:
    """Too many connections, another protocol, nothing: nothing secret is sent, and it's tried later."""

    def greet(conversation: Conversation, _tag: bytes) -> None:
        conversation.say(greeting)
        _hang_up()

    with ScriptedServer(greeting=greet) as server:
        with pytest.raises(ConnectionLost):
            _mailbox(server)
        assert server.lines == []


def test_nobody_listens() -> None:
    """A refused connection is a lost one."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1"):
        ImapMailbox(Server("127.0.0.1", port, "me", "secret", insecure=True))


def test_an_address_that_leads_nowhere_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host with a broken IPv6 beside a good IPv4, as a resolver would list them."""
    with contextlib.ExitStack() as stack, ScriptedServer() as server:
        hole = stack.enter_context(socket.create_server(("127.0.0.2", 0), backlog=0))
        for _ in range(3):  # its queue is full: it answers nobody more
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(hole.getsockname())
        both = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", where)
            for where in (hole.getsockname(), ("127.0.0.1", server.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        Client("mail.example", server.port, None, quiet, connect_seconds=1.0).shutdown()
        assert len(server.conversations) == 1


def test_closing_a_dead_connection_is_quiet() -> None:
    """close() never raises and does not wait for an answer that can't come."""
    with ScriptedServer({"LOGOUT": b"", "UID SEARCH": b""}) as server:
        mailbox = _mailbox(server)
        mailbox.open()
        with pytest.raises(ConnectionLost):
            mailbox.uids_from(1)
        mailbox.close()
        mailbox.close()
        with pytest.raises(ConnectionLost):
            mailbox.uids_from(1)


_VERBS = [
    "CAPABILITY",
    "LOGIN",
    "SELECT",
    "LIST",
    "STATUS",
    "EXAMINE",
    "UID SEARCH",
    "UID FETCH",
    "APPEND",
]
_PIECES = st.one_of(
    st.sampled_from(
        [b"* ", b"TAG OK ", b"TAG NO ", b"TAG BAD ", b"\r\n", b"(", b")", b'"', b"{3}\r\n", b"NIL", b"[", b"]",
         b"SEARCH ", b"1 FETCH ", b"UID ", b"FLAGS ", b"RFC822.SIZE ", b"BODY[] ", b"STATUS Drafts ", b"LIST ",
         b"UIDNEXT ", b"UIDVALIDITY ", b"-1 ", b"99999999999999999999 ", b"\\*", b"\xff", b"\0", b"+ ", b"\\Drafts "]
    ),
    st.binary(max_size=6),
)  # fmt: skip


@QUICK
@given(st.sampled_from(_VERBS), st.lists(_PIECES, max_size=14).map(b"".join))
def test_whatever_a_server_says_there_is_an_error_of_ours(verb: str, noise: bytes) -> None:
    """Noise in any answer: the whole round ends well or in a MailboxError, never in a bare exception."""
    usual = {"UID FETCH": FETCHED, **USUAL}.get(verb, b"TAG OK done\r\n")

    def answer(conversation: Conversation, tag: bytes) -> None:
        conversation.say((noise + b"\r\n" + usual).replace(b"TAG", tag))

    with ScriptedServer(
        {"UID SEARCH": b"* SEARCH 1\r\nTAG OK\r\n", "UID FETCH": FETCHED, verb: answer}
    ) as server:
        with contextlib.suppress(MailboxError), _mailbox(server) as mailbox:
            mailbox.open()
            mailbox.uids_from(1)
            list(mailbox.fetch([1]))
            mailbox.flags(1)
            mailbox.drafts_status()
            mailbox.drafts_from(1)
            mailbox.find_draft("<h.1@x.example>")
            mailbox.append_draft(b"Subject: x\r\n\r\n")
        assert server.verbs[0] == "CAPABILITY"


# --- the tap and the options of the socket ----------------------------------------------------


@pytest.fixture
def account(pymap: PymapStand) -> Iterator[ImapAccount]:
    found = pymap.account(letter())
    yield found
    found.close()


def test_every_command_is_sent_under_a_deadline_of_its_own(account: ImapAccount) -> None:
    """Each verb on the wire lies between its "before" and its "after": none goes without a clock."""
    events: list[str] = []
    mailbox = ImapMailbox(account.server, Names(), events.append)
    mailbox.open()
    list(mailbox.fetch(mailbox.uids_from(1)))
    mailbox.add_keyword(1, "tone-angry")
    mailbox.flags(1)
    mailbox.append_draft(b"Message-ID: <h.1@x>\r\n\r\nx")
    mailbox.find_draft("<h.1@x>")
    mailbox.drafts_from(1)
    mailbox.close()
    assert events.pop(0) == "sent CAPABILITY"  # imaplib's own, under the deadline of connecting
    inside = ""
    sent = set()
    for event in events:
        kind, _, verb = event.partition(" ")
        if kind == "sent":
            sent.add(verb)
            assert inside == verb, event
        else:
            inside = verb if kind == "before" else ""
    assert {
        "AUTHENTICATE",
        "SELECT",
        "EXAMINE",
        "UID SEARCH",
        "UID FETCH",
        "UID STORE",
        "APPEND",
    } <= sent


def test_small_packets_are_not_held_back(account: ImapAccount) -> None:
    """TCP_NODELAY is set: without it an APPEND takes 45 ms longer on most servers."""
    client = Client("127.0.0.1", account.server.port, None, quiet)
    sock = client._imap.sock
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    client.shutdown()


def test_the_scripted_server_greets_like_any_other() -> None:
    """The harness itself: the usual answers make a whole round."""
    assert GREETING.startswith(b"* OK")
    with ScriptedServer({"UID FETCH": FETCHED}) as server, _mailbox(server) as mailbox:
        assert mailbox.open().uidvalidity == 7
        assert mailbox.flags(1) == {"\\seen"}
        assert mailbox.drafts_status().uidnext == 4
    assert server.verbs == [
        "CAPABILITY",
        "LOGIN",
        "CAPABILITY",
        "SELECT",
        "UID FETCH",
        "LIST",
        "STATUS",
        "LOGOUT",
    ]
