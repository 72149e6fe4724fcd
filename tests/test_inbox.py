"""The inbox stays selected, and what is remembered of it is what a look with nothing remembered would show."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from assistant.mailbox.commands import Commands
from assistant.mailbox.imap import ImapMailbox
from assistant.mailbox.inbox import RENEW_SECONDS, Inbox
from assistant.mailbox.session import Server, quiet
from assistant.pause import Bell, Pause, Woke
from tests.letters import letter
from tests.scripted import SELECT, Answer, Conversation, ScriptedServer
from tests.servers import DovecotStand, ImapAccount
from tests.transcript import commands

NEW = b"* 2 EXISTS\r\nTAG OK done\r\n"
NUMBERED = SELECT.replace(b"TAG", b"* OK [HIGHESTMODSEQ 40] so far\r\nTAG")
FLAGS = b"* 1 FETCH (UID 1 FLAGS (tone-angry) MODSEQ (12))\r\nTAG OK done\r\n"
SEEN = {1: frozenset({"tone-angry"})}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


@contextlib.contextmanager
def _inbox(server: ScriptedServer, clock: Clock, *, tracks: bool = False) -> Iterator[Inbox]:
    """The inbox of a server that may have told of new mail once."""
    commands = Commands(Server("127.0.0.1", server.port, "robin", "secret", insecure=True), quiet)
    with contextlib.closing(commands):
        inbox = Inbox(commands, "INBOX", ("FLAGS",), tracks=tracks, clock=clock)
        inbox.open()
        commands.search("ALL")
        inbox.open()
        yield inbox


def _told(answers: dict[str, Answer | list[Answer]] | None = None) -> ScriptedServer:
    return ScriptedServer({"UID SEARCH": NEW, **(answers or {})})


# --- selected, and not again --------------------------------------------------------------------


def test_a_server_that_tells_is_asked_whether_there_is_anything(clock: Clock) -> None:
    """Of new mail it has told once; from then on NOOP will do."""
    with _told() as server, _inbox(server, clock) as inbox:
        assert server.verbs.count("SELECT") == 2
        assert inbox.open() == inbox.open()
        assert not inbox.has_more()
        assert server.verbs[-3:] == ["NOOP"] * 3
        assert server.verbs.count("SELECT") == 2


def test_a_server_that_has_never_told_is_not_believed(clock: Clock) -> None:
    """It may be one that tells of nothing: selected anew, each time."""
    with ScriptedServer() as server, _inbox(server, clock) as inbox:
        inbox.open()
        inbox.has_more()
        assert server.verbs.count("SELECT") == 4
        assert "NOOP" not in server.verbs


@pytest.mark.parametrize(
    "told",
    [
        b"* 2 EXISTS\r\n",
        b"* 1 EXPUNGE\r\n",
        b"* VANISHED 1\r\n",
        b"* FLAGS (\\Seen tone-angry)\r\n",
        b"* OK [PERMANENTFLAGS (\\Seen)] fewer\r\n",
        b"* OK [UIDVALIDITY 8] other\r\n",
        b"* NO Internal error occurred.\r\n",  # Dovecot, where the folder was deleted and made again
    ],
)
def test_whatever_is_told_has_it_selected_anew(told: bytes, clock: Clock) -> None:
    """But for flags of messages, which are asked for anyway."""
    for place in ("NOOP", "UID SEARCH"):
        answers: dict[str, Answer | list[Answer]] = {place: told + b"TAG OK done\r\n"}
        if place == "UID SEARCH":
            answers[place] = [NEW, answers[place]]
        with _told(answers) as server, _inbox(server, clock) as inbox:
            inbox._server.search("ALL")
            inbox.open()
            assert server.verbs.count("SELECT") == 3, place


@pytest.mark.parametrize(
    "told", [b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"* OK Still here\r\n", b"* 0 RECENT\r\n"]
)
def test_what_is_told_of_flags_has_it_stay(told: bytes, clock: Clock) -> None:
    """The user reads; and what was told is not taken for another message's afterwards."""
    answers: dict[str, Answer | list[Answer]] = {"NOOP": told + b"TAG OK done\r\n"}
    with _told(answers) as server, _inbox(server, clock) as inbox:
        inbox.open()
        assert server.verbs.count("SELECT") == 2
        assert inbox.flags_of([1]) == {}


@pytest.mark.parametrize("answer", [b"TAG NO no\r\n", b"TAG BAD what\r\n"])
def test_where_noop_is_refused_it_is_selected(answer: bytes, clock: Clock) -> None:
    """No server should; then everything is as before."""
    with _told({"NOOP": answer}) as server, _inbox(server, clock) as inbox:
        inbox.open()
        assert server.verbs[-2:] == ["NOOP", "SELECT"]


def test_now_and_then_it_is_selected_anew(clock: Clock) -> None:
    """Whatever a server fails to tell, it is believed for a quarter of an hour."""
    with (
        _told({"SELECT": NUMBERED, "UID FETCH": FLAGS}) as server,
        _inbox(server, clock, tracks=True) as inbox,
    ):
        inbox.flags_of([1])
        clock.now = RENEW_SECONDS
        inbox.open()
        assert server.verbs[-1] == "SELECT"
        inbox.flags_of([1])
        assert b"CHANGEDSINCE" not in server.lines[-1]
        inbox.open()
        assert server.verbs[-1] == "NOOP"


def test_after_a_look_elsewhere_it_is_selected(clock: Clock) -> None:
    """Nothing is told of a folder that is not the selected one."""
    with _told() as server, _inbox(server, clock) as inbox:
        inbox._server.select("Drafts", read_only=True)
        inbox.open()
        assert server.verbs[-2:] == ["EXAMINE", "SELECT"]


def test_what_somebody_else_was_told_is_not_missed(clock: Clock) -> None:
    """Whoever selects the inbox beside us is told of new mail, which nobody tells us then."""
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with (
        _told({"SELECT": [SELECT, SELECT, later]}) as server,
        _inbox(server, clock) as inbox,
    ):
        inbox._server.select("INBOX", read_only=False)
        assert inbox.open().uidnext == 3
        inbox._server.select("INBOX", read_only=False)
        inbox.here()
        assert server.verbs[-2:] == ["SELECT"] * 2


def test_mail_that_came_in_the_middle_of_a_pass_ends_the_wait(clock: Clock) -> None:
    """It was seen when the inbox was selected again after a look elsewhere: nobody would tell of it any more."""
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with _told({"SELECT": [SELECT, SELECT, later]}) as server, _inbox(server, clock) as inbox:
        inbox._server.select("Drafts", read_only=True)
        inbox.here()
        assert inbox.has_more()
        assert server.verbs[-2:] == ["SELECT", "NOOP"]


def test_mail_that_came_before_a_later_look_at_the_inbox_ends_the_wait(clock: Clock) -> None:
    """A pass opens it, and looks for letters of cases after that: what came between was in no search."""
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with _told({"SELECT": [SELECT, SELECT, later]}) as server, _inbox(server, clock) as inbox:
        inbox._server.select("Drafts", read_only=True)
        assert inbox.open().uidnext == 3
        assert inbox.has_more()
        inbox.open()
        assert not inbox.has_more()
        assert not inbox.has_more()  # waited again, as the daemon does by slices


def test_what_a_pass_has_looked_at_starts_no_other(clock: Clock) -> None:
    """Mail came in a wait; the pass after it found it."""
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with _told({"SELECT": [SELECT, SELECT, later]}) as server, _inbox(server, clock) as inbox:
        assert not inbox.has_more()
        inbox._server.select("Drafts", read_only=True)
        assert inbox.open().uidnext == 3
        assert not inbox.has_more()


def test_mail_that_came_while_it_was_selected_is_not_forgotten(clock: Clock) -> None:
    """Told after UIDNEXT, within the answer to SELECT; no server tells it twice."""
    late = SELECT.replace(b"TAG", b"* 2 EXISTS\r\nTAG")
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with _told({"SELECT": [SELECT, late, later]}) as server, _inbox(server, clock) as inbox:
        assert inbox.has_more()
        assert server.verbs[-1] == "SELECT"


def test_a_server_that_kept_mail_to_itself_is_not_believed_again(clock: Clock) -> None:
    """NOOP told of nothing, and SELECT showed it."""
    later = SELECT.replace(b"UIDNEXT 2", b"UIDNEXT 3")
    with _told({"SELECT": [SELECT, SELECT, later]}) as server, _inbox(server, clock) as inbox:
        clock.now = RENEW_SECONDS
        assert inbox.open().uidnext == 3
        assert server.verbs[-2:] == ["NOOP", "SELECT"]
        for _ in range(2):
            inbox.open()
            assert server.verbs[-1] == "SELECT"


# --- flags --------------------------------------------------------------------------------------


def test_only_what_changed_is_read_again(clock: Clock) -> None:
    """Since the number of the last change that was told when it was selected."""
    none, other = b"TAG OK done\r\n", FLAGS.replace(b"tone-angry", b"\\Seen")
    answers: dict[str, Answer | list[Answer]] = {
        "SELECT": NUMBERED, "UID FETCH": [FLAGS, none, other, b"* 1 FETCH (UID 1 MODSEQ (13))\r\nTAG OK done\r\n"]
    }  # fmt: skip
    with _told(answers) as server, _inbox(server, clock, tracks=True) as inbox:
        assert inbox.flags_of([1]) == SEEN
        assert inbox.flags_of([1]) == SEEN
        assert server.lines[-1].split(b" ", 1)[1] == b"UID FETCH 1 (FLAGS) (CHANGEDSINCE 40)\r\n"
        assert inbox.flags_of([1]) == {1: {"\\seen"}}
        assert inbox.flags_of([1]) == {}  # it changed, and came without flags; as without CONDSTORE


def test_a_second_look_believes_nothing_of_the_first(clock: Clock) -> None:
    """Whatever was wrong with it."""
    wrong = b"* 1 FETCH (UID 1 FLAGS (case-done) MODSEQ (12))\r\nTAG OK done\r\n"
    with (
        _told({"SELECT": NUMBERED, "UID FETCH": [wrong, FLAGS]}) as server,
        _inbox(server, clock, tracks=True) as inbox,
    ):
        assert inbox.flags_of([1]) == {1: {"case-done"}}
        assert inbox.flags_of([1], anew=True) == SEEN
        assert b"CHANGEDSINCE" not in server.lines[-1]


def test_what_comes_without_a_uid_is_another_messages(clock: Clock) -> None:
    """Dovecot tells, at the end of a FETCH, what others did just then, by number alone."""
    unasked = b"* 2 FETCH (MODSEQ (13) FLAGS (tone-hostile))\r\n* 3 FETCH (UID 3 FLAGS ())\r\n"
    with (
        _told({"SELECT": NUMBERED, "UID FETCH": FLAGS.replace(b"TAG", unasked + b"TAG")}) as server,
        _inbox(server, clock, tracks=True) as inbox,
    ):
        assert inbox.flags_of([1, 2]) == SEEN


@pytest.mark.parametrize("flags", [b"(2024 NIL tone-angry)", b"(2024 nil tone-angry 7)"])
def test_keywords_that_look_like_something_else(flags: bytes, clock: Clock) -> None:
    """A user may call a tag by a year."""
    answer = FLAGS.replace(b"(tone-angry)", flags)
    with _told({"UID FETCH": answer}) as server, _inbox(server, clock) as inbox:
        (shown,) = inbox.flags_of([1]).values()
        assert shown - {"7"} == {"2024", "nil", "tone-angry"}


def test_no_list_of_flags_is_not_an_empty_one(clock: Clock) -> None:
    """Else each mark would be taken for one that the user took off."""
    answer = FLAGS.replace(b"(tone-angry)", b"NIL")
    with _told({"UID FETCH": answer}) as server, _inbox(server, clock) as inbox:
        assert inbox.flags_of([1]) == {}


def test_in_its_first_pass_a_connection_asks_for_no_numbers(clock: Clock) -> None:
    """A server that offers them and hangs up would else be hung up on before new mail is judged, each time."""
    commands = _told({"SELECT": NUMBERED, "UID FETCH": FLAGS})
    with commands as server:
        imap = Commands(Server("127.0.0.1", server.port, "robin", "secret", insecure=True), quiet)
        with contextlib.closing(imap):
            inbox = Inbox(imap, "INBOX", ("FLAGS",), tracks=True, clock=clock)
            inbox.open()
            for _ in range(2):
                assert inbox.flags_of([1]) == SEEN
                assert server.lines[-1].endswith(b"UID FETCH 1 (FLAGS)\r\n")


@pytest.mark.parametrize("number", [b"-5", b"0", b"9223372036854775808", b"9" * 30])
def test_a_number_that_is_none_is_not_sent_back(number: bytes, clock: Clock) -> None:
    """Numbers of changes have 63 bits (RFC 7162 section 7)."""
    select = NUMBERED.replace(b"40", number)
    with (
        _told({"SELECT": select, "UID FETCH": FLAGS}) as server,
        _inbox(server, clock, tracks=True) as inbox,
    ):
        for _ in range(2):
            assert inbox.flags_of([1]) == SEEN
        assert not any(b"CHANGEDSINCE" in line for line in server.lines)


def test_a_server_that_tells_no_number_is_asked_for_all_flags(clock: Clock) -> None:
    """Asked for one of them, it may tell the mailbox's when it is next selected."""
    with _told({"UID FETCH": FLAGS}) as server, _inbox(server, clock, tracks=True) as inbox:
        for _ in range(2):
            assert inbox.flags_of([1]) == SEEN
            assert server.lines[-1].endswith(b"UID FETCH 1 (FLAGS MODSEQ)\r\n")


@pytest.mark.parametrize(("select", "word"), [(NUMBERED, b"CHANGEDSINCE"), (SELECT, b"MODSEQ")])
def test_a_server_that_refuses_the_question_is_asked_for_all_flags(
    select: bytes, word: bytes, clock: Clock
) -> None:
    """It offered it; it is not asked so again."""

    def answer(conversation: Conversation, tag: bytes) -> None:
        refuses = word in conversation.lines[-1]
        conversation.say(tag + b" BAD what\r\n" if refuses else FLAGS.replace(b"TAG", tag))

    with (
        _told({"SELECT": select, "UID FETCH": answer}) as server,
        _inbox(server, clock, tracks=True) as inbox,
    ):
        for _ in range(3):
            assert inbox.flags_of([1]) == SEEN
        assert sum(word in line for line in server.lines) == 1


# --- Dovecot ------------------------------------------------------------------------------------


class Watched:
    """An account's mailbox on Dovecot, which has told of new mail; and what went over its wire."""

    def __init__(self, account: ImapAccount) -> None:
        self.account = account
        number = len(account.proxy.sent)
        mailbox = account.connect()
        assert isinstance(mailbox, ImapMailbox)
        self.mailbox = mailbox
        self._stream = account.proxy.sent[number]
        mailbox.open()
        account.deliver(letter(number=0))
        mailbox.uids_from(1)
        mailbox.open()

    @property
    def said(self) -> bytes:
        return bytes(self._stream)

    @property
    def last(self) -> str:
        return commands(self.said)[-1].verb


@pytest.fixture
def watching() -> Iterator[Callable[[ImapAccount], Watched]]:
    """Makes them, and closes what they have opened."""
    with contextlib.ExitStack() as opened:

        def watch(account: ImapAccount) -> Watched:
            opened.callback(account.close)
            return Watched(account)

        yield watch


def test_dovecot_tells_when_it_was_deleted_and_made_again(
    dovecot: DovecotStand, watching: Callable[[ImapAccount], Watched]
) -> None:
    """While it is selected, and was believed."""
    watched = watching(dovecot.account(letter(number=1), inbox="Work"))
    before = watched.mailbox.open()
    assert watched.last == "NOOP"
    watched.account.renumber()
    after = watched.mailbox.open()
    assert after.uidvalidity != before.uidvalidity
    assert len(watched.mailbox.uids_from(1)) == 2


def test_a_tag_of_digits_ends_no_pass(dovecot: DovecotStand) -> None:
    """imapclient makes a number of it."""
    account = dovecot.account(letter(number=1, flags=("2024", "\\Seen")))
    with contextlib.closing(account.connect()) as mailbox:
        mailbox.open()
        assert mailbox.flags_of([1])[1] - {"\\recent"} == {"2024", "\\seen"}
        (fetched,) = mailbox.fetch([1])
        assert "2024" in fetched.flags
    account.close()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_remembered_is_what_is_there(
    dovecot: DovecotStand, watching: Callable[[ImapAccount], Watched], bell: Bell, seed: int
) -> None:
    """Whatever the user, the world and we do, in whichever order: each look shows what a new connection sees."""
    chance = random.Random(seed)
    watched = watching(dovecot.account(*(letter(number=n) for n in range(1, 12))))
    for step in range(50):
        opened = watched.mailbox.open()
        uids = [uid for uid in range(1, opened.uidnext + 1) if chance.random() < 0.9]
        fresh = watched.account.connect()
        assert replace(fresh.open(), modseq=0) == replace(opened, modseq=0)
        there = {u: f - {"\\recent"} for u, f in fresh.flags_of(uids).items()}
        anew = chance.random() < 0.2
        shown = watched.mailbox.flags_of(uids, anew=anew)
        told = {u: f - {"\\recent"} for u, f in shown.items()}
        assert told == there, f"step {step}"
        watched.account.opened.pop().close()
        _something(chance, watched, opened.uidnext)
        if chance.random() < 0.3:
            assert watched.mailbox.wait(0.0, Pause(bell)) in (Woke.TIME, Woke.BYTES)
    assert watched.said.count(b"NOOP") > 5
    assert watched.said.count(b"CHANGEDSINCE") > 5


def _something(chance: random.Random, watched: Watched, uidnext: int) -> None:
    """One thing that may happen between two passes; often nothing."""
    uid, account, ours = chance.randrange(1, uidnext), watched.account, watched.mailbox
    keyword = chance.choice(["tone-angry", "tone-annoyed", "\\Seen", "\\Flagged"])
    what = chance.choice(["flags", "flags", "flags", "deleted", "new", "elsewhere", "ours", "", ""])
    if what == "flags":
        with account.client() as user:
            user.select("INBOX")
            user.uid("STORE", str(uid), chance.choice("+-") + "FLAGS", f"({keyword})")
    elif what == "deleted":
        account.remove("INBOX", uid)
    elif what == "new":
        account.deliver(letter(number=uidnext))
    elif what == "elsewhere":
        ours.drafts_from(1)
    elif what == "ours" and ours.flags(uid) is not None:
        ours.add_keyword(uid, "tone-angry")
