"""Waiting for mail: on servers that tell of it, on those that don't, and when things go wrong meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from assistant.daemon import Pace
from assistant.errors import ConnectionLost
from assistant.mailbox.idle import ANSWER_SECONDS, idle
from assistant.mailbox.imap import ImapMailbox
from assistant.mailbox.session import Server, quiet
from assistant.mailbox.transport import Client
from assistant.pause import SLEPT_SECONDS, Bell, Pause, Woke, unseen_seconds
from tests.letters import letter
from tests.scripted import SELECT, Answer, Conversation, Gone, ScriptedServer
from tests.servers import DovecotStand, PymapStand, select_wait

LONG = 60.0
"""A wait that something else is to end."""
IDLES = b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK done\r\n"
NEW = b"* 2 EXISTS\r\n* 1 RECENT\r\n"


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


class Waiting:
    """A wait in a thread of its own."""

    def __init__(self, wait: Callable[[], Woke]) -> None:
        self.woke: Woke | BaseException | None = None
        self._wait = wait
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.woke = self._wait()
        except ConnectionLost as error:
            self.woke = error

    def end(self) -> Woke | BaseException | None:
        self._thread.join(20.0)
        assert not self._thread.is_alive(), "the wait did not end"
        return self.woke


# --- real servers -----------------------------------------------------------------------------


def test_new_mail_ends_the_wait(real_stand: PymapStand | DovecotStand, bell: Bell) -> None:
    """The server tells of it; the next look finds it, on the same connection."""
    account = real_stand.account(letter(number=1))
    waits = threading.Event()
    mailbox = account.connect(lambda event: waits.set() if event == "after IDLE" else None)
    assert isinstance(mailbox, ImapMailbox)
    opened = mailbox.open()
    assert mailbox.pushes
    waiting = Waiting(lambda: mailbox.wait(LONG, Pause(bell)))
    assert waits.wait(10.0)
    account.deliver(letter(number=2))
    assert waiting.end() is Woke.BYTES
    assert mailbox.uids_from(opened.uidnext) == [opened.uidnext]


def test_mail_that_came_while_another_folder_was_looked_at(
    real_stand: PymapStand | DovecotStand, bell: Bell
) -> None:
    """The server has nothing more to tell of it: the wait is over before it begins."""
    account = real_stand.account(letter(number=1))
    mailbox = account.connect()
    assert isinstance(mailbox, ImapMailbox)
    mailbox.open()
    account.deliver(letter(number=2))
    mailbox.drafts_from(1)
    assert mailbox.wait(LONG, Pause(bell)) is Woke.BYTES


def test_the_bell_ends_the_wait_and_the_connection_is_usable(
    real_stand: PymapStand | DovecotStand, bell: Bell
) -> None:
    """IDLE is ended in order, so that the server can be told good-bye."""
    waits = threading.Event()
    account = real_stand.account(letter(number=1))
    mailbox = account.connect(lambda event: waits.set() if event == "after IDLE" else None)
    assert isinstance(mailbox, ImapMailbox)
    opened = mailbox.open()
    waiting = Waiting(lambda: mailbox.wait(LONG, Pause(bell)))
    assert waits.wait(10.0)
    bell.ring()
    assert waiting.end() is Woke.RUNG
    assert mailbox.uids_from(1) == [opened.uidnext - 1]


def test_time_ends_the_wait(real_stand: PymapStand | DovecotStand, bell: Bell) -> None:
    """A push that was lost costs no more than one wait."""
    mailbox = real_stand.account(letter(number=1)).connect()
    assert isinstance(mailbox, ImapMailbox)
    mailbox.open()
    assert mailbox.wait(0.05, Pause(bell)) is Woke.TIME


# --- servers that say what they are told ------------------------------------------------------


def _wait(server: ScriptedServer, bell: Bell, seconds: float = LONG) -> Woke:
    with ImapMailbox(Server("127.0.0.1", server.port, "robin", "secret", insecure=True)) as mailbox:
        mailbox.open()
        return mailbox.wait(seconds, Pause(bell))


def _idling(before: bytes = b"", after: bytes = b"", *, then: bytes = b"") -> Answer:
    """IDLE, with news before the "+", in one packet with it, and at the end after DONE."""

    def answer(conversation: Conversation, tag: bytes) -> None:
        conversation.say(before + b"+ idling\r\n" + after)
        assert conversation.hear() == b"DONE\r\n"
        conversation.say(then + tag + b" OK done\r\n")

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(_idling(NEW), id="before the plus"),
        pytest.param(_idling(after=NEW), id="in one packet with the plus"),
        pytest.param(_idling(after=b"* OK Still here\r\n", then=NEW), id="after DONE"),
    ],
)
def test_no_push_is_lost(answer: Answer, bell: Bell) -> None:
    """Wherever the server puts it."""
    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": answer}) as server:
        assert _wait(server, bell) is Woke.BYTES
        assert server.verbs.count("IDLE") == 1


@pytest.mark.parametrize(
    "chatter",
    [b"* OK Still here\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"* 1 EXPUNGE\r\n"],
)
def test_what_is_no_new_mail_ends_no_wait(chatter: bytes, bell: Bell) -> None:
    """A sign of life, or the user reading: it is waited on."""
    answers = [_idling(after=chatter), _idling(after=chatter), _idling(after=NEW)]
    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": answers}) as server:
        assert _wait(server, bell) is Woke.BYTES
        assert server.verbs.count("IDLE") == 3


def test_a_server_that_always_has_something_to_say_is_not_asked_on_and_on(bell: Bell) -> None:
    """It was: thousands of times a second, past the end of the wait, and deaf to the bell."""
    answers = _idling(after=b"* OK Still here\r\n")
    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": answers}) as server:
        assert _wait(server, bell, 0.5) is Woke.TIME
        assert server.verbs.count("IDLE") <= 4
        waiting = Waiting(lambda: _wait(server, bell))
        while server.verbs.count("IDLE") < 6:
            select_wait(0.01)
        bell.ring()
        assert waiting.end() is Woke.RUNG


@pytest.mark.parametrize("last", [b"", b"* BYE going down\r\n"])
def test_a_server_that_goes_away_is_noticed(last: bytes, bell: Bell) -> None:
    """With or without a word; imapclient's own idle_check would loop for ever."""

    def gone(conversation: Conversation, _tag: bytes) -> None:
        conversation.say(b"+ idling\r\n" + last)
        raise Gone

    with (
        ScriptedServer({"CAPABILITY": IDLES, "IDLE": gone}) as server,
        pytest.raises(ConnectionLost),
    ):
        _wait(server, bell)


def test_a_dead_connection_shows_before_a_server_would_give_it_up() -> None:
    """RFC 2177 allows 29 minutes in IDLE; ours ends sooner, and the answer to its DONE has a deadline."""
    assert Pace().idle + ANSWER_SECONDS < 29 * 60


def test_a_server_that_does_not_answer_done_is_given_up(bell: Bell) -> None:
    """Half open: the other end is gone and nobody has said so. DONE has a deadline."""

    def silent(conversation: Conversation, _tag: bytes) -> None:
        conversation.say(b"+ idling\r\n")
        conversation.hear()
        conversation.hear()  # nothing more comes

    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": silent}) as server:
        client = Client("127.0.0.1", server.port, None, quiet)
        with client.command("LOGIN"):
            client.login("robin", "secret")
        with client.command("SELECT"):
            client.select_folder("INBOX")
        with pytest.raises(TimeoutError):
            idle(client, 0.05, Pause(bell), answer_seconds=0.2)
        client.shutdown()


@pytest.mark.parametrize("answer", [b"TAG NO not now\r\n", b"TAG BAD what\r\n"])
def test_where_idle_is_refused_it_is_waited_without(answer: bytes, bell: Bell) -> None:
    """The server says it can and then doesn't: the mailbox is looked at now and then."""
    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": answer}) as server:
        with ImapMailbox(
            Server("127.0.0.1", server.port, "robin", "secret", insecure=True)
        ) as mailbox:
            mailbox.open()
            assert mailbox.pushes
            assert mailbox.wait(0.05, Pause(bell)) is Woke.TIME
            assert not mailbox.pushes
            assert mailbox.wait(0.05, Pause(bell)) is Woke.TIME
        assert server.verbs.count("IDLE") == 1


def test_without_idle_a_closed_connection_ends_the_wait(bell: Bell) -> None:
    """Nothing is said on the wire meanwhile; the look that follows finds out what is wrong."""
    closes = threading.Event()

    def select(conversation: Conversation, tag: bytes) -> None:
        conversation.say(SELECT.replace(b"TAG", tag))
        if closes.is_set():
            conversation.say(b"* BYE\r\n")
            raise Gone
        closes.set()

    with ScriptedServer({"SELECT": select}) as server:
        assert _wait(server, bell) is Woke.BYTES
        assert "IDLE" not in server.verbs


def test_idle_may_be_switched_off(bell: Bell) -> None:
    """For a server whose IDLE is broken."""
    with (
        ScriptedServer({"CAPABILITY": IDLES}) as server,
        ImapMailbox(
            Server("127.0.0.1", server.port, "robin", "secret", insecure=True), idle=False
        ) as mailbox,
    ):
        mailbox.open()
        assert not mailbox.pushes
        assert mailbox.wait(0.05, Pause(bell)) is Woke.TIME


def test_a_mailbox_replaced_meanwhile_breaks_the_wait_off(bell: Bell) -> None:
    """Another UIDVALIDITY: the next pass begins anew."""
    other = SELECT.replace(b"UIDVALIDITY 7", b"UIDVALIDITY 8")
    with (
        ScriptedServer({"SELECT": [SELECT, other]}) as server,
        pytest.raises(ConnectionLost, match="replaced"),
    ):
        _wait(server, bell)


def test_a_machine_that_slept_says_nothing_more_to_the_server(bell: Bell) -> None:
    """Nobody is at the other end any more: not even good-bye is sent."""
    idling = threading.Event()

    def waits(conversation: Conversation, _tag: bytes) -> None:
        conversation.say(b"+ idling\r\n")
        idling.set()
        conversation.hear()

    unseen = iter([0.0, SLEPT_SECONDS + 1.0])
    pause = Pause(bell, lambda: next(unseen))
    with ScriptedServer({"CAPABILITY": IDLES, "IDLE": waits}) as server:
        mailbox = ImapMailbox(Server("127.0.0.1", server.port, "robin", "secret", insecure=True))
        mailbox.open()
        assert mailbox.wait(0.05, pause) is Woke.SLEPT
        mailbox.close()
        assert server.verbs[-1] == "IDLE"


# --- the wait itself --------------------------------------------------------------------------


def test_a_bell_that_was_rung_ends_every_wait(bell: Bell) -> None:
    """Those under way, those to come, and however often it is rung."""
    under_way = [Waiting(lambda: Pause(bell).over(LONG)) for _ in range(3)]
    bell.ring()
    bell.ring()
    assert [each.end() for each in under_way] == [Woke.RUNG] * 3
    assert bell.rung
    assert Pause(bell).over(LONG) is Woke.RUNG


def test_a_sleep_is_told_once(bell: Bell) -> None:
    """Also one that happened between two waits; small corrections of a clock are none."""
    unseen = iter([0.0, 5.0, 1000.0, 1000.0, 200.0])
    pause = Pause(bell, lambda: next(unseen))
    woke = [pause.over(0.0) for _ in range(4)]
    assert woke == [Woke.TIME, Woke.SLEPT, Woke.TIME, Woke.TIME]


def test_an_awake_machine_has_slept_for_nothing() -> None:
    """The clocks run side by side."""
    assert abs(unseen_seconds() - unseen_seconds()) < 1.0
