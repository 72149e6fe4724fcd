"""Servers and lines that go wrong in the middle, one pass after another: nothing twice, nothing missed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import ConnectionLost, MailboxError
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server
from assistant.model import FIRST_BYTES
from assistant.service.ports import Mailbox
from assistant.service.scan import BATCH, Request
from assistant.store import Database, not_judged
from tests.letters import CALM, FURIOUS, NOW, Letter, letter
from tests.providers.profiles import FASTMAIL, GMAIL
from tests.providers.stand import ProviderStand
from tests.proxy import Cut, RecordingProxy
from tests.scripted import SELECT, Conversation, Gone, ScriptedServer
from tests.servers import DovecotStand, FakeAccount, FakeStand, PymapStand, Stand
from tests.test_service import answer, change_flag, reasons, started, work
from tests.transcript import violations
from tests.workbench import LONG_AGO, ME, Bench, desk

SETTLED = 121.0
"""Seconds after which a connection that was cut can't be committing any more."""
QUARTER = 16 * 60.0


def complaint(number: int, **more: Any) -> Letter:
    """One of many, each by somebody else."""
    return letter(number=number, sender=f"C <c{number}@client.example>", **more)


# --- cut in the middle of an APPEND ---------------------------------------------------------------


class CutInAppend:
    """Ends the connection after so many bytes of a draft have reached the server, or at its answer."""

    def __init__(self, after: Callable[[int], int] | None) -> None:
        self._after = after
        self._size = -1
        self.done = False

    def __call__(self, number: int, sent: bool, data: bytes) -> None:
        if self._size < 0:
            if sent and b" APPEND " in data:
                self._size = int(data[data.rindex(b"{") + 1 : data.rindex(b"}")])
        elif sent and self._after is not None and len(data) >= self._size:
            self.done = True
            raise Cut(self._after(self._size))
        elif not sent and self._after is None and b"OK" in data and not data.startswith(b"+"):
            self.done = True
            raise Cut(0)


@pytest.mark.parametrize(
    ("after", "lands"),
    [
        pytest.param(lambda _size: 0, False, id="no byte of it"),
        pytest.param(lambda _size: 1, False, id="the first byte"),
        pytest.param(lambda size: size // 2, False, id="half"),
        pytest.param(lambda size: size - 1, False, id="all but one"),
        pytest.param(None, True, id="the answer"),
    ],
)
def test_a_draft_that_was_cut_off_anywhere_is_laid_once(
    real_stand: PymapStand | DovecotStand,
    tmp_path: Path,
    after: Callable[[int], int] | None,
    lands: bool,
) -> None:
    """A literal that is half there is nothing (RFC 9051 section 6.3.12); an answer that is lost hides a draft."""
    account = real_stand.account()
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    cutting = CutInAppend(after)
    proxy = RecordingProxy(account.proxy.port, cutting)
    mailbox = ImapMailbox(replace(account.server, port=proxy.port), Names())
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=mailbox)
    mailbox.close()
    assert cutting.done
    assert proxy.wait_quiet()
    proxy.close()
    assert len(bench.drafts()) == lands
    bench.clock.advance(seconds=SETTLED)
    assert bench.run().problems == {}
    assert len(bench.marked()) == len(bench.drafts()) == 1


# --- a message that breaks the connection ---------------------------------------------------------


class Post:
    """An inbox on a scripted server, whose bodies go out as a test says."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = dict(enumerate(letters, 1))
        self.size: Callable[[int], int] = lambda uid: len(self.letters[uid].raw)
        self.body: Callable[[Conversation, int], None] = self.say

    def say(self, conversation: Conversation, uid: int) -> None:
        """Send a body as it is."""
        raw = self.letters[uid].raw
        conversation.say(
            b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(raw), raw)
        )

    @contextlib.contextmanager
    def serve(self) -> Iterator[ScriptedServer]:
        last = max(self.letters)
        select = SELECT.replace(b"1 EXISTS", b"%d EXISTS" % last).replace(
            b"UIDNEXT 2", b"UIDNEXT %d" % (last + 1)
        )
        answers: dict[str, Any] = {
            "SELECT": select, "UID FETCH": self._fetch, "UID SEARCH": self._search
        }  # fmt: skip
        with ScriptedServer(answers) as server:
            yield server
        wrong = [each for talk in server.conversations for each in violations(b"".join(talk.lines))]
        assert not wrong

    def _fetch(self, conversation: Conversation, tag: bytes) -> None:
        line = conversation.lines[-1]
        for uid in _numbers(line.split(b" ")[3], max(self.letters)):
            if uid not in self.letters:
                continue
            if b"BODY.PEEK[]" in line:
                self.body(conversation, uid)
            else:
                conversation.say(
                    b'* %d FETCH (UID %d FLAGS () RFC822.SIZE %d INTERNALDATE "02-Mar-2026 09:00:00 +0000")\r\n'
                    % (uid, uid, self.size(uid))
                )
        conversation.say(tag + b" OK done\r\n")

    def _search(self, conversation: Conversation, tag: bytes) -> None:
        words = conversation.lines[-1].split()
        found: list[int] = []
        if words[3] in (b"SINCE", b"UID"):  # else it is a draft that is looked for
            found = (
                sorted(self.letters)
                if words[3] == b"SINCE"
                else _numbers(words[-1], max(self.letters))
            )
        there = b" ".join(b"%d" % uid for uid in found if uid in self.letters)
        conversation.say(b"* SEARCH " + there + b"\r\n" + tag + b" OK done\r\n")


def _numbers(text: bytes, last: int) -> list[int]:
    """A set of UIDs (RFC 9051, sequence-set)."""
    found: list[int] = []
    for part in text.split(b","):
        first, _, end = part.partition(b":")
        found += range(int(first), (last if end == b"*" else int(end or first)) + 1)
    return found


def passes(server: ScriptedServer, bench: Bench, number: int) -> list[int]:
    """So many passes, each over a connection of its own; the UIDs that were judged."""
    judged: list[int] = []
    for _ in range(number):
        mailbox = ImapMailbox(Server("127.0.0.1", server.port, "me", "secret", insecure=True))
        with contextlib.suppress(ConnectionLost):
            bench.run(mailbox=mailbox)
        judged += [each.uid for each in bench.notes.verdicts]
        mailbox.close()
        bench.clock.advance(minutes=20)
    return judged


def begun(server: ScriptedServer, folder: Path) -> Bench:
    """A bench that takes all mail of this server for new."""
    bench = Bench(FakeStand().account(), folder / "state.sqlite3", desk=desk())
    passes(server, bench, 1)
    return bench


def left_alone(bench: Bench) -> dict[int, str]:
    """What `status` lists as not judged."""
    database = Database.open(bench.state)
    found = {each.uid: each.reason for each in not_judged(database, ME, "INBOX")}
    database.close()
    return found


def _hang_up(_conversation: Conversation, _uid: int) -> None:
    raise Gone


def _too_much(conversation: Conversation, uid: int) -> None:
    conversation.say(b"* %d FETCH (UID %d BODY[]<0> {4294967295}\r\nxxx" % (uid, uid))


@pytest.mark.parametrize("bite", [_hang_up, _too_much], ids=["hangs up", "announces 4 GB"])
@pytest.mark.parametrize("bad", [1, 3, 5])
def test_a_message_that_breaks_every_connection_costs_no_other(
    tmp_path: Path, bite: Callable[[Conversation, int], None], bad: int
) -> None:
    """After a few passes all others are judged, this one is left alone, and `status` names it."""
    post = Post([letter(CALM, number=90)])
    with post.serve() as server:
        bench = begun(server, tmp_path)
    post = Post([letter(CALM, number=90), *map(complaint, range(1, 6))])
    post.body = lambda talk, uid: bite(talk, uid) if uid == bad + 1 else post.say(talk, uid)
    with post.serve() as server:
        judged = passes(server, bench, 3)
        assert sorted(judged) == [uid for uid in range(2, 7) if uid != bad + 1]
    for number in range(6, 10):  # it is tried again among others, at most an hour later
        post.letters[number + 1] = complaint(number)
        with post.serve() as server:
            assert passes(server, bench, 2)[0] == number + 1
    assert left_alone(bench) == {bad + 1: "it breaks the connection each time it is fetched"}
    with post.serve() as server:
        assert passes(server, bench, 4) == []
        assert not [line for line in server.lines if b"BODY.PEEK[]" in line]


def test_a_message_that_breaks_the_connection_keeps_nobody_from_waiting_for_mail(
    tmp_path: Path,
) -> None:
    """Alone in the inbox, it is no proof of anything: it is tried within the hour, and between those tries passes go through."""
    post = Post([letter(CALM, number=90)])
    with post.serve() as server:
        bench = begun(server, tmp_path)
    post = Post([letter(CALM, number=90), complaint(1)])
    post.body = _hang_up
    with post.serve() as server:
        assert passes(server, bench, 18) == []
        tried = [line for line in server.lines if b"BODY.PEEK[]" in line]
        assert 5 <= len(tried) <= 9  # six hours
        post.body = post.say
        assert passes(server, bench, 4) == [2]
    assert left_alone(bench) == {}


class CutAt:
    """A mailbox whose connection breaks whenever one of these methods is used."""

    def __init__(self, mailbox: Mailbox, *methods: str) -> None:
        self._mailbox = mailbox
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        if name in self._methods:
            raise ConnectionLost("cut")
        return getattr(self._mailbox, name)


def test_a_look_that_breaks_the_connection_keeps_no_mail_from_being_judged(
    stand: Stand, tmp_path: Path
) -> None:
    """Into Sent or for a draft, in each pass: all is judged and marked, and drafts wait until it can be looked."""
    bench = started(stand.account(), tmp_path)
    for number in range(1, 4):
        bench.account.deliver(complaint(number))
    bench.account.deliver(letter(CALM, number=4))

    judged = 0
    for _ in range(20):
        with (
            contextlib.suppress(ConnectionLost),
            contextlib.closing(bench.account.connect()) as mailbox,
        ):
            bench.run(mailbox=CutAt(mailbox, "answered", "find_draft"))  # type: ignore[arg-type]
        judged += len(bench.notes.verdicts)
    assert judged == 4
    assert (len(bench.marked()), len(bench.drafts())) == (3, 0)
    assert bench.run().judged == 0  # what waits is put off: a pass goes through
    bench.clock.advance(hours=1)
    assert bench.run().problems == {}
    assert len(bench.drafts()) == 3


def test_no_message_is_given_up_for_a_bad_line(tmp_path: Path) -> None:
    """Where nothing comes through at all, it is no message's fault: all are judged once the line is well."""
    post = Post([letter(CALM, number=90)])
    with post.serve() as server:
        bench = begun(server, tmp_path)
    post = Post([letter(CALM, number=90), *map(complaint, range(1, 6))])
    post.body = _hang_up
    with post.serve() as server:
        assert passes(server, bench, 12) == []
        post.body = post.say
        assert sorted(passes(server, bench, 4)) == [2, 3, 4, 5, 6]
    assert left_alone(bench) == {}


def test_a_message_that_broke_the_connection_and_was_deleted_is_forgotten(tmp_path: Path) -> None:
    """Nobody is told to read what is no longer there."""
    post = Post([letter(CALM, number=90)])
    with post.serve() as server:
        bench = begun(server, tmp_path)
    post = Post([letter(CALM, number=90), complaint(1), complaint(2)])
    post.body = lambda talk, uid: _hang_up(talk, uid) if uid == 2 else post.say(talk, uid)
    with post.serve() as server:
        passes(server, bench, 1)
        assert list(left_alone(bench)) == [2]
        del post.letters[2]
        assert passes(server, bench, 1) == [3]
    assert left_alone(bench) == {}


@pytest.mark.parametrize("size", [0, 5, 10**12])
def test_a_size_that_is_a_lie_does_no_harm(tmp_path: Path, size: int) -> None:
    """RFC822.SIZE is only what the server says of it."""
    post = Post([letter(CALM, number=90)])
    with post.serve() as server:
        bench = begun(server, tmp_path)
    post = Post([letter(CALM, number=90), complaint(1)])
    post.size = lambda _uid: size
    with post.serve() as server:
        assert passes(server, bench, 1) == [2]


def test_more_bytes_than_were_asked_for_are_not_read() -> None:
    """A server that ignores <0.262144> can't make the reader read megabytes."""
    post = Post([letter(FURIOUS + " x" * 500_000)])
    with (
        post.serve() as server,
        ImapMailbox(Server("127.0.0.1", server.port, "me", "x", insecure=True)) as mailbox,
    ):
        mailbox.open()
        (fetched,) = mailbox.fetch([1])
    assert len(fetched.raw) == FIRST_BYTES


# --- an inbox that goes away ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deleted", "renamed"])
def test_an_inbox_that_goes_away_and_comes_back(
    dovecot: DovecotStand, tmp_path: Path, how: str
) -> None:
    """In the middle of a session: an error while it is away; then known mail is known and new mail is new."""
    account = dovecot.account(complaint(90, age=timedelta(days=30)), inbox="Work")
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    mailbox = account.connect()
    assert bench.run(mailbox=mailbox).drafted == 1
    letters = [
        Letter(each.raw, NOW, tuple(each.flags - {"\\recent"})) for each in account.contents()
    ]
    letters[0] = replace(letters[0], arrived=NOW - timedelta(days=30))
    with account.client() as imap:
        kind, data = imap.delete("Work") if how == "deleted" else imap.rename("Work", "Elsewhere")
        assert kind == "OK", data
    for each in (mailbox, None):
        with pytest.raises(MailboxError):
            bench.run(mailbox=each)
    with account.client() as imap:
        assert imap.create("Work")[0] == "OK"
    account.deliver_all([*letters, complaint(2)])
    report = bench.run()
    assert (report.known, report.drafted) == (1, 1)
    assert len(bench.drafts()) == 2
    assert len(bench.marked()) == 2
    assert bench.run().judged == 0
    account.close()


# --- commands that are refused --------------------------------------------------------------------


@pytest.fixture
def fastmail(provider: Callable[[str], ProviderStand]) -> Iterator[ProviderStand]:
    yield from _stand(provider("fastmail"))


@pytest.fixture
def gmail(provider: Callable[[str], ProviderStand]) -> Iterator[ProviderStand]:
    yield from _stand(provider(GMAIL.name))


def _stand(found: ProviderStand) -> Iterator[ProviderStand]:
    yield found
    for account in found.accounts:
        account.close()
    found.accounts.clear()


def sent(stand: ProviderStand, verb: bytes) -> int:
    """How often a verb was sent."""
    return sum(b" " + verb + b" " in line for line in stand.server.lines)


@pytest.mark.parametrize("answer", ["NO not just now", "BAD what is that?"])
@pytest.mark.parametrize("verb", ["UID STORE", "APPEND"])
def test_a_refused_write_is_not_asked_for_again_at_once(
    fastmail: ProviderStand, tmp_path: Path, verb: str, answer: str
) -> None:
    """NO or BAD: it waits, more and more, and is done once in the end; the other one is done at once."""
    account = fastmail.account()
    bench = started(account, tmp_path, mark="keyword")
    account.deliver(complaint(1))
    before = sent(fastmail, verb.encode())
    fastmail.server.faults.refuse_next(verb, answer)
    report = bench.run()
    assert any(answer.partition(" ")[2] in each for each in report.problems)
    for _ in range(5):
        assert bench.run().problems == {}
    assert sent(fastmail, verb.encode()) == before + 1
    assert (len(bench.marked()), len(bench.drafts())) == ((0, 1) if verb == "UID STORE" else (1, 0))
    bench.clock.advance(seconds=QUARTER)
    assert bench.run().problems == {}
    assert sent(fastmail, verb.encode()) == before + 2
    assert len(bench.marked()) == len(bench.drafts()) == 1


@pytest.mark.parametrize("answer", ["NO not just now", "BAD what is that?"])
@pytest.mark.parametrize("verb", ["SELECT", "UID SEARCH", "UID FETCH"])
def test_a_refused_look_ends_the_pass_and_is_taken_up_by_the_next(
    fastmail: ProviderStand, tmp_path: Path, verb: str, answer: str
) -> None:
    """One try for each pass; the daemon waits longer and longer between them."""
    account = fastmail.account()
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    account.deliver(complaint(2))
    for _ in range(3):  # a FETCH is tried one by one before it is given up
        fastmail.server.faults.refuse_next(verb, answer)
    tries = 1 if verb == "UID FETCH" else 3
    for _ in range(tries):
        with pytest.raises(MailboxError):
            bench.run()
    assert not fastmail.server.faults.waiting
    assert bench.run().drafted == 2
    assert len(bench.marked()) == 2


def test_where_the_room_for_keywords_is_used_up_there_is_a_star(
    fastmail: ProviderStand, tmp_path: Path
) -> None:
    """Servers keep so many different keywords for a mailbox and no more."""
    account = fastmail.account()
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    fastmail.server.faults.refuse_next("UID STORE", "NO [LIMIT] Too many keywords")
    report = bench.run()
    (message,) = account.contents()
    assert (report.drafted, report.problems) == (1, {})
    assert message.flags - {"\\recent"} == {"\\flagged"}


def test_a_label_is_set_once_and_its_echo_is_not_heard_as_news(
    gmail: ProviderStand, tmp_path: Path
) -> None:
    """Gmail tells of our own label as of any change; it is no new message, and taken off it stays off."""
    account = gmail.account()
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    before = sent(gmail, b"UID STORE")
    assert bench.run().drafted == 1
    for _ in range(2):
        report = bench.run(LONG_AGO)
        assert (report.judged, report.problems) == (0, {})
    assert sent(gmail, b"UID STORE") == before + 1
    message = next(iter(account.folder("").messages.values()))
    shown = account.user.labels(message, account.folder(""))  # type: ignore[attr-defined]
    assert [each for each in shown if "tone" in each] == ["tone-angry"]
    account.remove("tone-angry", next(iter(account.folder("tone-angry").messages)))
    bench.run(LONG_AGO)
    assert account.folder("tone-angry").messages == {}


def test_uidplus_is_not_needed(tmp_path: Path) -> None:
    """A server without it, which tells no UID of what was appended."""
    bare = FASTMAIL.after.replace("UIDPLUS ", "")
    stand = ProviderStand(replace(FASTMAIL, after=bare, reports_uids=False))
    assert "UIDPLUS" not in stand.profile.capabilities
    account = stand.account()
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    stand.server.faults.cut_after("APPEND")
    with pytest.raises(ConnectionLost):
        bench.run()
    bench.clock.advance(seconds=SETTLED)
    assert bench.run().problems == {}
    assert len(bench.marked()) == len(bench.drafts()) == 1
    account.close()
    stand.close()
    assert [each for stream in stand.server.sent for each in violations(bytes(stream))] == []


def test_two_folders_that_claim_to_be_drafts_stop_drafts_and_not_marks(
    pymap: PymapStand, tmp_path: Path
) -> None:
    """Until the config says which; nothing is laid into either."""
    account = pymap.account(folders=("Entwürfe", "Brouillons", "Sent"))
    bench = started(account, tmp_path)
    account.deliver(complaint(1))
    report = bench.run()
    assert (report.drafted, len(bench.marked())) == (0, 1)
    assert any("more than one folder could be Drafts" in each for each in report.problems)
    assert account.contents("Entw&APw-rfe") == account.contents("Brouillons") == []
    account.close()


# --- much at once ---------------------------------------------------------------------------------


def test_a_hundred_thousand_older_messages_are_left_alone(tmp_path: Path) -> None:
    """The first start asks where the mailbox ends, and fetches nothing."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    old = letter(number=1)
    for _ in range(100_000):
        account.deliver(old)
    bench = Bench(account, tmp_path / "state.sqlite3", desk=desk())
    report = bench.run()
    assert (report.first_start, report.older, report.judged) == (True, 100_000, 0)
    assert account.mailbox.calls == ["open", "uids_from", "close"]
    account.deliver(complaint(2))
    assert (bench.run().judged, len(bench.drafts())) == (1, 1)


def test_older_mail_is_taken_in_portions_on_request(tmp_path: Path) -> None:
    """By day, in batches, in as many passes as it takes, with a cut in the middle; so many drafts an hour."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    for number in range(900):
        body = FURIOUS if number % 20 == 0 else CALM
        account.deliver(letter(body, number=number, sender=f"N <n{number}@client.example>"))
    bench = Bench(account, tmp_path / "state.sqlite3", desk=desk())
    portions = Portions(account.mailbox)
    bench.run()
    lefts = [bench.run(Request(LONG_AGO.since, limit=300), mailbox=portions).left]
    portions.cut = True
    with pytest.raises(ConnectionLost):
        bench.run(Request(LONG_AGO.since, limit=300), mailbox=portions)
    while lefts[-1]:
        lefts.append(bench.run(Request(LONG_AGO.since, limit=300), mailbox=portions).left)
    assert max(portions.asked) <= BATCH
    assert (len(bench.marked()), len(bench.drafts())) == (45, desk().profile.hourly)
    assert bench.run(LONG_AGO).judged == 0


class Portions:
    """A mailbox that counts how many messages are asked for at once."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.asked: list[int] = []
        self.cut = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)

    def fetch(self, uids: Sequence[int]) -> Iterator[Any]:
        self.asked.append(len(uids))
        for number, each in enumerate(self._mailbox.fetch(uids)):
            if self.cut and number == 100:
                self.cut = False
                raise ConnectionLost("cut in the middle of a portion")
            yield each


def test_a_storm_by_one_sender_gets_one_draft(tmp_path: Path) -> None:
    """Five hundred complaints within an hour, in one thread and in many: all are marked."""
    bench = started(FakeStand().account(), tmp_path)
    for number in range(1, 501):
        made = answer(number, number - 1) if number % 2 == 0 else letter(number=number)
        bench.account.deliver(made)
    report = bench.run()
    assert (report.flagged, report.drafted) == (500, 1)
    assert set(reasons(bench)) == {"", "sender-drafted", "draft-waiting"}
    assert len(bench.marked()) == 500
    bench.account.deliver(letter(number=501, sender="Nia <nia@other.example>"))
    report = bench.run()
    assert (report.drafted, report.paused) == (0, True)
    assert any("far above the usual" in each for each in report.problems)


# --- states and clocks ----------------------------------------------------------------------------


def test_the_state_of_an_older_day_repeats_nothing(stand: Stand, tmp_path: Path) -> None:
    """Put back from a backup: what was done since is found to be done."""
    bench = started(stand.account(), tmp_path)
    bench.account.deliver(complaint(1))
    bench.run()
    backup = bench.state.read_bytes()
    for number in (2, 3):
        bench.account.deliver(complaint(number))
    bench.run()
    (sent_draft, *_) = [e for e in bench.account.contents("Drafts") if b"<m2@client" in e.raw]
    bench.account.remove("Drafts", sent_draft.uid)
    bench.account.deliver(Letter(sent_draft.raw), "Sent")
    before = bench.everything()
    bench.state.write_bytes(backup)
    for _ in range(2):
        bench.run()
        assert bench.everything() == before
    assert work(bench).open == 0


def test_what_was_put_off_by_a_clock_that_was_ahead_is_not_put_off_for_so_long(
    tmp_path: Path,
) -> None:
    """A year ahead, in a mailbox that could not be written; set right again, it is tried at once."""
    account = FakeStand().account()
    assert isinstance(account, FakeAccount)
    bench = started(account, tmp_path)
    account.mailbox.read_only = True
    account.deliver(complaint(1))
    bench.clock.advance(days=365)
    assert bench.run().waits
    bench.clock.advance(days=-365)
    account.mailbox.read_only = False
    assert bench.run().problems == {}
    assert len(bench.marked()) == 1


@pytest.mark.parametrize("days", [-1, 365])
def test_a_clock_that_jumps_repeats_nothing_and_loses_no_mark(
    stand: Stand, tmp_path: Path, days: int
) -> None:
    """Known mail stays known; what comes meanwhile is marked (a year ahead, it is too old for a draft)."""
    bench = started(stand.account(), tmp_path)
    bench.account.deliver(complaint(1))
    bench.run()
    bench.clock.advance(days=days)
    bench.account.deliver(complaint(2))
    bench.run()
    bench.clock.advance(days=-days)
    for request in (None, LONG_AGO):
        bench.run(request)
    assert len(bench.marked()) == 2
    assert len(bench.drafts()) == (1 if days > 0 else 2)


# --- two at once ----------------------------------------------------------------------------------


class Meanwhile:
    """A mailbox on which somebody else works whenever a method is called for the first time."""

    def __init__(self, mailbox: Mailbox, method: str, does: Callable[[], object]) -> None:
        self._mailbox = mailbox
        self._method = method
        self._does = does

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._method = ""
            self._does()
        return getattr(self._mailbox, name)


@pytest.mark.parametrize("method", ["", "fetch", "add_keyword", "drafts_status", "find_draft"])
def test_two_machines_on_one_mailbox_lay_one_draft(
    stand: Stand, tmp_path: Path, method: str
) -> None:
    """Each with a state of its own; the second works after the first, or in the middle of its pass."""
    account = stand.account()
    first = started(account, tmp_path)
    (tmp_path / "other").mkdir()
    second = started(account, tmp_path / "other")
    account.deliver(complaint(1))
    if method:
        first.run(mailbox=Meanwhile(account.connect(), method, second.run))  # type: ignore[arg-type]
    else:
        first.run()
        second.run()
    assert len(first.marked()) == len(first.drafts()) == 1


def test_between_a_look_and_an_append_two_machines_race(tmp_path: Path) -> None:
    """What is left: both look, both see neither draft nor mark, both lay the draft. It is the same one, twice;
    IMAP has nothing to tell who was first. docs/faults.md says so.
    """
    account = FakeStand().account()
    first = started(account, tmp_path, mark="none")
    (tmp_path / "other").mkdir()
    second = started(account, tmp_path / "other", mark="none")
    account.deliver(complaint(1))
    first.run(mailbox=Meanwhile(account.connect(), "append_draft", second.run))  # type: ignore[arg-type]
    one, other = first.drafts()
    assert one == other


# --- what the user takes off ----------------------------------------------------------------------


def test_a_mark_that_waits_survives_a_move_out_and_back(stand: Stand, tmp_path: Path) -> None:
    """As by a mail program that lets a message sleep: it has another UID then, and is still unmarked."""
    bench = started(stand.account(), tmp_path)
    bench.account.deliver(complaint(1))

    cut = CutAt(bench.account.connect(), "add_keyword", "find_draft")
    with pytest.raises(ConnectionLost):
        bench.run(mailbox=cut)  # type: ignore[arg-type]
    (message,) = bench.account.contents()
    bench.account.remove(bench.account.inbox, message.uid)
    bench.account.deliver(Letter(message.raw, NOW))
    assert bench.run().problems == {}
    assert len(bench.marked()) == len(bench.drafts()) == 1
    assert work(bench).open == 0


def test_a_star_of_the_users_own_is_no_mark_of_ours(stand: Stand, tmp_path: Path) -> None:
    """Where keywords are kept, a message that its reader has starred gets its tone all the same."""
    bench = started(stand.account(), tmp_path)
    bench.account.deliver(complaint(1))
    (message,) = bench.account.contents()
    change_flag(bench.account, message.uid, "\\Flagged", on=True)
    bench.run()
    (message,) = bench.account.contents()
    assert message.flags - {"\\recent"} == {"\\flagged", "tone-angry"}


def test_a_mark_taken_off_stays_off_after_a_move(stand: Stand, tmp_path: Path) -> None:
    """And after the server has renumbered the mailbox."""
    bench = started(stand.account(inbox="Work"), tmp_path)
    bench.account.deliver(complaint(1))
    bench.run()
    (message,) = bench.account.contents()
    bench.account.remove("Work", message.uid)
    bench.account.deliver(Letter(message.raw, NOW))
    bench.run(LONG_AGO)
    bench.account.renumber()
    for request in (None, LONG_AGO):
        bench.run(request)
    assert bench.marked() == []
    assert len(bench.drafts()) == 1
