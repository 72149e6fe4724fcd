"""What may be sent: the check of each argument, the gate of all bytes, and both against hostile mail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import MailboxError
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server, quiet
from assistant.mailbox.transport import Client
from assistant.mailbox.wire import (
    LONGEST_ARGUMENT,
    LONGEST_LINE,
    Gate,
    WireViolation,
    argument,
)
from tests.builders import QUICK
from tests.letters import letter
from tests.scripted import ScriptedServer
from tests.servers import DovecotStand, ImapAccount, PymapStand
from tests.transcript import commands
from tests.workbench import LONG_AGO, Bench

SESSION = [
    b"ABCD0 CAPABILITY\r\n",
    b"ABCD1 AUTHENTICATE PLAIN\r\n",
    b"AHVzZXIAc2VjcmV0\r\n",
    b'ABCD2 LOGIN "me" "secret"\r\n',
    b'ABCD3 LIST "" *\r\n',
    b'ABCD4 SELECT "INBOX"\r\n',
    b'ABCD5 EXAMINE "Drafts"\r\n',
    b'ABCD6 STATUS "Drafts" (UIDVALIDITY UIDNEXT)\r\n',
    b"ABCD7 UID SEARCH UID 12:*\r\n",
    b"ABCD8 UID SEARCH HEADER Message-ID <h.12@studio.example>\r\n",
    b"ABCD9 UID FETCH 1,2,5:9 (FLAGS RFC822.SIZE)\r\n",
    b"ABCD10 UID FETCH 1,2 (BODY.PEEK[]<0.262144>)\r\n",
    b"ABCD11 UID FETCH 1,2 (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\r\n",
    b"ABCD11 UID FETCH 1,2 (FLAGS MODSEQ)\r\n",
    b"ABCD11 UID FETCH 1,2 (FLAGS) (CHANGEDSINCE 18446744073709551615)\r\n",
    b"ABCD12 UID STORE 5 +FLAGS (tone-angry)\r\n",
    b"ABCD13 UID STORE 5 -FLAGS.SILENT (tone-angry)\r\n",
    b"ABCD14 UID STORE 5 +FLAGS (\\Flagged)\r\n",
    b'ABCD15 APPEND "Drafts" (\\Draft \\Seen) {17}\r\n',
    b"A1 EXPUNGE\r\nline\n",
    b"\r\n",
    b"ABCD16 NOOP\r\n",
    b"ABCD18 IDLE\r\n",
    b"DONE\r\n",
    b"ABCD17 LOGOUT\r\n",
]
FORBIDDEN = {
    "expunge": b"A1 EXPUNGE",
    "uid expunge": b"A1 UID EXPUNGE 1:*",
    "close expunges": b"A1 CLOSE",
    "copy": b"A1 UID COPY 1 Trash",
    "move": b"A1 UID MOVE 1 Trash",
    "delete": b'A1 DELETE "INBOX"',
    "rename": b'A1 RENAME "INBOX" "x"',
    "create": b'A1 CREATE "x"',
    "store by number": b"A1 STORE 1 +FLAGS (tone-angry)",
    "mark as read": b"A1 UID STORE 1 +FLAGS (\\Seen)",
    "mark as unread": b"A1 UID STORE 1 -FLAGS (\\Seen)",
    "mark as deleted": b"A1 UID STORE 1 +FLAGS (\\Deleted)",
    "mark as answered": b"A1 UID STORE 1 +FLAGS (\\Answered)",
    "take the user's star": b"A1 UID STORE 1 -FLAGS (\\Flagged)",
    "two flags": b"A1 UID STORE 1 +FLAGS (tone-angry \\Deleted)",
    "replace flags": b"A1 UID STORE 1 FLAGS (tone-angry)",
    "store to all": b"A1 UID STORE 1:* +FLAGS (tone-angry)",
    "long keyword": b"A1 UID STORE 1 +FLAGS (" + b"k" * 41 + b")",
    "fetch without peek": b"A1 UID FETCH 1 (BODY[])",
    "fetch text": b"A1 UID FETCH 1 (RFC822)",
    "fetch rfc822.text": b"A1 UID FETCH 1 (RFC822.TEXT)",
    "fetch peek and more": b"A1 UID FETCH 1 (BODY.PEEK[] BODY[])",
    "fetch by number": b"A1 FETCH 1 (FLAGS)",
    "fetch with another modifier": b"A1 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)",
    "fetch unpeeked what changed": b"A1 UID FETCH 1 (BODY[]) (CHANGEDSINCE 1)",
    "store unless it changed": b"A1 UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS (tone-angry)",
    "append elsewhere": b'A1 APPEND "INBOX" (\\Draft \\Seen) {3}',
    "append unquoted": b"A1 APPEND Drafts (\\Draft \\Seen) {3}",
    "append as unread": b'A1 APPEND "Drafts" (\\Draft) {3}',
    "append with keyword": b'A1 APPEND "Drafts" (\\Draft \\Seen tone-angry) {3}',
    "append with a date": b'A1 APPEND "Drafts" (\\Draft \\Seen) "1-Jan-2026 00:00:00 +0000" {3}',
    "two appends": b'A1 APPEND "Drafts" (\\Draft \\Seen) {3} {4}',
    "literal in a search": b"A1 UID SEARCH SUBJECT {3}",
    "literal in a select": b"A1 SELECT {5}",
    "no tag": b"EXPUNGE",
    "no tag, verb allowed": b"NOOP",
    "small letters": b"a1 noop",
    "nothing": b"",
    "base64 without a sign-in": b"AHVzZXIAc2VjcmV0",
    "done without idle": b"DONE",
    "tagged done": b"A1 DONE",
    "compress": b"A1 COMPRESS DEFLATE",
    "setacl": b'A1 SETACL "INBOX" you lrs',
    "uid alone": b"A1 UID",
    "NUL": b"A1 UID SEARCH HEADER X a\0b",
    "too long": b"A1 UID SEARCH HEADER X " + b"a" * LONGEST_LINE,
}


def gate() -> Gate:
    """A gate whose Drafts folder has been found."""
    found = Gate()
    found.drafts = b'"Drafts"'
    return found


# --- one argument -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["a\rb", "a\nb", "a\r\nA1 EXPUNGE", "a\0b", "\x1b[2J", "\x7f", "caf\u00e9", "\u2028", "\ud800"],
)
def test_an_argument_holds_nothing_but_printable_ascii(text: str) -> None:
    """CR, LF, NUL, other controls and everything beyond ASCII are refused."""
    with pytest.raises(WireViolation):
        argument(text)


def test_an_argument_has_a_length() -> None:
    """The limit itself passes, one more does not, and the error does not repeat the text."""
    assert argument("a" * LONGEST_ARGUMENT) == "a" * LONGEST_ARGUMENT
    with pytest.raises(WireViolation, match="4097") as refusal:
        argument("a" * (LONGEST_ARGUMENT + 1))
    assert "aaa" not in str(refusal.value)


@QUICK
@given(st.text(max_size=60))
def test_an_argument_passes_unchanged_or_not_at_all(text: str) -> None:
    """Nothing is repaired: what comes out is what went in, and it is one line of ASCII."""
    try:
        passed = argument(text)
    except WireViolation:
        assert not text.isascii() or not text.isprintable()
    else:
        assert passed == text
        assert text.isascii()
        assert text.isprintable()


# --- the gate ---------------------------------------------------------------------------------


def test_every_command_that_is_meant_passes_byte_for_byte() -> None:
    """The whole repertoire of the program, one piece after another."""
    checked = gate()
    assert [checked.pass_on(piece) for piece in SESSION] == SESSION


@pytest.mark.parametrize("line", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_is_not_on_the_list_is_refused(line: bytes) -> None:
    """Each harmful or unknown command raises, so that none of its bytes leave."""
    with pytest.raises(WireViolation):
        gate().pass_on(line + b"\r\n")


@pytest.mark.parametrize("line", [b"A2 NOOP", b"A2 UID FETCH 1 (FLAGS)", b"DONE A2 NOOP", b""])
def test_while_idle_nothing_but_done_is_sent(line: bytes) -> None:
    """The server would take anything else for the end of IDLE, or for nothing (RFC 2177)."""
    checked = gate()
    checked.pass_on(b"A1 IDLE\r\n")
    assert checked.unfinished
    with pytest.raises(WireViolation):
        checked.pass_on(line + b"\r\n")
    assert checked.pass_on(b"DONE\r\n") == b"DONE\r\n"
    assert not checked.unfinished


@pytest.mark.parametrize("line", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_forbidden_command_inside_another_is_refused_with_it(line: bytes) -> None:
    """Injection: a second line in the same piece takes the first one down with it."""
    with pytest.raises(WireViolation):
        gate().pass_on(b"A1 UID SEARCH HEADER Message-ID <x\r\n" + line + b"\r\n")


@pytest.mark.parametrize(
    "piece",
    [
        b"A1 NOOP\n",
        b"A1 NO\rOP\r\n",
        b"A1 NO\nOP\r\n",
        b"A1 NOOP\r\r\n",
        b"A1 NOOP\r\nA2 NOOP\r\n",
        b"A1 NOOP\r\nA2",
    ],
)
def test_a_line_break_belongs_at_the_end(piece: bytes) -> None:
    """Bare CR, bare LF and a second command in one piece are refused, even harmless ones."""
    with pytest.raises(WireViolation):
        gate().pass_on(piece)


def test_nothing_leaves_before_the_line_is_whole() -> None:
    """A half command is held back; refused, it has never left."""
    checked = gate()
    assert checked.pass_on(b"A1 UID STORE 1 +FLAGS (\\") == b""
    with pytest.raises(WireViolation):
        checked.pass_on(b"Deleted)\r\n")
    assert checked.pass_on(b"A2 NOOP\r\n") == b"A2 NOOP\r\n"


def test_a_line_without_an_end_is_refused() -> None:
    """The gate does not collect for ever."""
    checked = gate()
    assert checked.pass_on(b"A" * LONGEST_LINE) == b""
    with pytest.raises(WireViolation, match="without an end"):
        checked.pass_on(b"A")


@pytest.mark.parametrize("after", [b"x\r\n", b" {3}\r\n", b"A2 NOOP\r\n"])
def test_after_the_literal_there_is_only_the_end(after: bytes) -> None:
    """More arguments, a second literal or a new command are refused, in the same piece or the next."""
    for pieces in ([b"abc" + after], [b"abc", after], [b"a", b"bc" + after]):
        checked = gate()
        checked.pass_on(b'A1 APPEND "Drafts" (\\Draft \\Seen) {3}\r\n')
        *first, last = pieces
        assert b"".join(map(checked.pass_on, first)) == b"abc"[: len(b"".join(first))]
        with pytest.raises(WireViolation):
            checked.pass_on(last)


def test_no_append_before_drafts_is_known() -> None:
    """Until the folder has been found, an APPEND has nowhere to go."""
    with pytest.raises(WireViolation):
        Gate().pass_on(b'A1 APPEND "Drafts" (\\Draft \\Seen) {3}\r\n')


def test_base64_passes_only_while_signing_in() -> None:
    """The next command ends it."""
    checked = gate()
    checked.pass_on(b"A1 AUTHENTICATE PLAIN\r\n")
    assert checked.pass_on(b"AAAA\r\n") == b"AAAA\r\n"
    checked.pass_on(b"A2 NOOP\r\n")
    with pytest.raises(WireViolation):
        checked.pass_on(b"AAAA\r\n")


@QUICK
@given(st.data())
def test_bytes_may_come_in_any_pieces(data: st.DataObject) -> None:
    """However a legal session is cut up, the same bytes leave in the same order."""
    checked = gate()
    sent = b""
    for line in SESSION:
        cuts = sorted(data.draw(st.sets(st.integers(1, len(line)), max_size=4)))
        for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
            sent += checked.pass_on(line[start:end])
        assert b"".join(SESSION).startswith(sent)
    assert sent == b"".join(SESSION)


@QUICK
@given(st.binary(max_size=80), st.integers(0, 80))
def test_whatever_passes_is_one_allowed_command(noise: bytes, cut: int) -> None:
    """Noise behind a tag, in two pieces: the independent reader of transcripts agrees, or it's refused."""
    checked = gate()
    line = b"A1 UID " + noise + b"\r\n"
    try:
        sent = checked.pass_on(line[:cut]) + checked.pass_on(line[cut:])
    except WireViolation:
        return
    assert sent == line
    (command,) = commands(sent)
    assert command.verb in ("UID SEARCH", "UID FETCH", "UID STORE")


# --- imapclient itself ------------------------------------------------------------------------

EVIL = "x\r\nX1 STORE 1:* +FLAGS (\\Deleted)\r\nX2 EXPUNGE"


@pytest.fixture
def client() -> Iterator[tuple[Client, ScriptedServer]]:
    """imapclient over our connection, signed in to a server that takes everything."""
    with ScriptedServer() as server:
        found = Client("127.0.0.1", server.port, None, quiet)
        found.login("me", "secret")
        found.select_folder("INBOX")
        found.capabilities()
        yield found, server
        found.shutdown()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda imap: imap.add_flags([1], [EVIL]),
        lambda imap: imap.set_flags([1], [EVIL]),
        lambda imap: imap.search(["HEADER", "Message-ID", EVIL]),
        lambda imap: imap.search(f"HEADER Message-ID {EVIL}"),
        lambda imap: imap.search(["SUBJECT", "caf\u00e9"], "UTF-8"),
        lambda imap: imap.fetch([1], [EVIL]),
        lambda imap: imap.append("Drafts", b"x"),
        lambda imap: imap.copy([1], "Trash"),
        lambda imap: imap.delete_messages([1]),
        lambda imap: imap.expunge(),
        lambda imap: imap.delete_folder("INBOX"),
    ],
)
def test_imapclient_can_not_be_made_to_harm(
    client: tuple[Client, ScriptedServer], attempt: Callable[[Client], object]
) -> None:
    """mjs/imapclient#657 and its own dangerous calls: refused, and not one byte has left."""
    imap, server = client
    before = len(server.lines)
    with pytest.raises(WireViolation):
        attempt(imap)
    imap.noop()
    assert [line.split()[1] for line in server.lines[before:]] == [b"NOOP"]


def test_a_folder_name_can_not_inject(client: tuple[Client, ScriptedServer]) -> None:
    """imapclient writes a folder name in modified UTF-7: what was CR LF arrives as letters."""
    imap, server = client
    imap.select_folder(f'evil" {EVIL}')
    assert len(server.lines[-1].splitlines()) == 1
    assert server.verbs[-1] == "SELECT"


# --- from end to end --------------------------------------------------------------------------

INJECTION = "X1 STORE 1:* +FLAGS (\\Deleted)"
HOSTILE = {
    "message-id with a line break": letter(
        message_id=f"<a\r\n {INJECTION}\r\n X2 EXPUNGE@client.example>"
    ),
    "message-id of quotes": letter(message_id='<"\\"{5}*%()@client.example>'),
    "message-id with 8-bit": letter(message_id="<caf\u00e9@client.example>"),
    "message-id with NUL": letter(message_id="<a\0b@client.example>"),
    "message-id encoded": letter(message_id="=?utf-8?q?=3Ca=0D=0AX1_EXPUNGE=3E?="),
    "subject with encoded line breaks": letter(
        subject=f"=?utf-8?q?Hi=0D=0A{INJECTION.replace(' ', '_')}=0D=0A?="
    ),
    "subject of quotes": letter(subject='"\\" {99999999999} (* %) \x01'),
    "references": letter(
        headers=(
            ("References", f'<a"b\\@x> <{INJECTION}> <c\0d@x> <e@x>'),
            ("In-Reply-To", '<") X3 LOGOUT@x>'),
        )
    ),
    "name with encoded line breaks": letter(
        sender='"=?utf-8?q?Cleo=0D=0ABcc:_evil@x.example=0D=0A?=" <cleo@client.example>'
    ),
    "name of quotes": letter(sender='"Cleo \\"\\\\\\" {3}" <cleo@client.example>'),
}


def _commands(account: ImapAccount, state: Path) -> list[str]:
    """The verbs that two passes send."""
    before = len(account.proxy.sent)
    bench = Bench(account, state)
    bench.run(LONG_AGO)
    bench.run()
    assert len(bench.drafts()) == 1
    assert account.proxy.wait_quiet()
    return [each.verb for sent in account.proxy.sent[before:] for each in commands(bytes(sent))]


@pytest.fixture(params=["pymap", "dovecot"])
def real(request: pytest.FixtureRequest) -> Iterator[PymapStand | DovecotStand]:
    """The servers with a wire."""
    found = request.getfixturevalue(request.param)
    yield found
    for account in found.accounts:
        account.close()
    found.accounts.clear()


def test_hostile_mail_sends_the_same_commands_as_harmless_mail(
    real: PymapStand | DovecotStand, tmp_path: Path
) -> None:
    """Whatever its headers hold: the same verbs, as often, and no word of it in any command."""
    expected = _commands(real.account(letter()), tmp_path / "harmless.sqlite3")
    assert expected.count("APPEND") == 1
    for number, (name, each) in enumerate(HOSTILE.items()):
        account = real.account(each)
        before = len(account.proxy.sent)
        assert _commands(account, tmp_path / f"{number}.sqlite3") == expected, name
        for sent in account.proxy.sent[before:]:
            for command in commands(bytes(sent)):
                if command.verb != "APPEND":
                    assert b"X1" not in command.arguments, name
                    assert b"client.example" not in command.arguments, name


@pytest.mark.parametrize("name", [EVIL, '"', 'a" (\\Deleted', "\\", "{5}", "caf\u00e9\0", "*", ""])
def test_a_hostile_folder_name_is_one_argument(real: PymapStand | DovecotStand, name: str) -> None:
    """A configured inbox or drafts that no server has: an error, one SELECT, and nothing else."""
    account = real.account(letter())
    before = len(account.proxy.sent)
    mailbox = ImapMailbox(account.server, Names(inbox=name or "no such folder"))
    with mailbox, pytest.raises(MailboxError):
        mailbox.open()
    with ImapMailbox(account.server, Names(drafts=name or "no such folder")) as mailbox:
        mailbox.open()
        with pytest.raises(MailboxError):
            mailbox.append_draft(b"Subject: x\r\n\r\n")
    assert account.proxy.wait_quiet()
    first, second = (
        [c.verb for c in commands(bytes(sent)) if c.verb not in ("CAPABILITY", "AUTHENTICATE")]
        for sent in account.proxy.sent[before:]
    )
    assert first == ["SELECT", "LOGOUT"]
    assert second == ["SELECT", "LIST", "LOGOUT"]


@pytest.mark.parametrize(
    "name", [b'Dr"af\\ts', b"Dr\r\nX1 EXPUNGE\r\n", b"Dr\0afts", b"Dr\xc3\xa4fts", b"(\\Seen) {3}"]
)
def test_a_folder_name_from_the_server_is_one_argument(name: bytes) -> None:
    """A server may call its Drafts what it likes: an APPEND names it, or nothing is sent."""
    listed = b'* LIST (\\Drafts) "/" {%d}\r\n%s\r\nTAG OK done\r\n' % (len(name), name)
    with ScriptedServer({"LIST": listed}) as server:
        where = Server("127.0.0.1", server.port, "me", "secret", insecure=True)
        with contextlib.suppress(MailboxError), ImapMailbox(where) as mailbox:
            mailbox.open()
            mailbox.drafts_status()
            mailbox.append_draft(b"Subject: x\r\n\r\n")
        assert set(server.verbs) <= {
            "CAPABILITY",
            "LOGIN",
            "SELECT",
            "LIST",
            "STATUS",
            "APPEND",
            "LOGOUT",
        }
        assert server.verbs.count("APPEND") <= 1
