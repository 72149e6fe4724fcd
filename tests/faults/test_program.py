"""The real daemon, while everything goes wrong around it: exit codes, log lines, and what comes of the mail."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.errors import StateError, StateUnavailable
from tests.letters import CALM, FURIOUS, Letter
from tests.program import Home, account_table, fresh, read_until, stop
from tests.providers.stand import ProviderAccount, ProviderStand
from tests.proxy import RecordingProxy
from tests.scripted import USUAL, Answer, Conversation, ScriptedServer
from tests.servers import DovecotStand, ImapAccount, PymapStand, select_wait

STEPS = ("LIST", "SELECT", "STATUS", "UID SEARCH", "UID FETCH", "UID STORE", "APPEND", "IDLE")
TEN_SECONDS = 10.0
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def complaint(number: int, body: str = FURIOUS) -> Letter:
    return fresh(body, number=number, sender=f"C <c{number}@client.example>", hours=0.1)


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; the program has a minute for it."""
    deadline = time.monotonic() + 50.0
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        select_wait(0.05)


def marked(account: ImapAccount) -> int:
    return sum(any(flag.startswith("tone-") for flag in e.flags) for e in account.contents())


def started(account: ImapAccount) -> str:
    """What is said when an account was looked at for the first time."""
    name = account.user if "@" in account.user else f"{account.user}@127.0.0.1"
    return f"{name}: first start"


@contextlib.contextmanager
def through(account: ImapAccount, proxy: RecordingProxy) -> Iterator[ImapAccount]:
    """The account behind one proxy more."""
    yield ImapAccount(account.user, account.port, proxy, account.inbox)
    proxy.close()


# --- being stopped --------------------------------------------------------------------------------


class Signalling:
    """Sends SIGTERM as soon as a verb passes."""

    def __init__(self) -> None:
        self.verb = b""
        self.process: subprocess.Popen[bytes] | None = None

    def __call__(self, number: int, sent: bool, data: bytes) -> None:
        if sent and self.verb and re.search(rb"^\w+ " + self.verb + rb"\b", data, re.MULTILINE):
            self.verb = b""
            assert self.process is not None
            self.process.send_signal(signal.SIGTERM)


def test_sigterm_during_each_step(dovecot: DovecotStand, home: Home) -> None:
    """It ends with 0 within ten seconds, wherever it is, and what is left is taken up by the next start."""
    signalling = Signalling()
    with through(dovecot.account(), RecordingProxy(dovecot.proxy.port, signalling)) as account:
        home.use(account)
        assert home.run("scan").code == 0
        for number, verb in enumerate(STEPS, 1):
            account.deliver(complaint(number))
            with (home.folder / "log").open("ab") as log, home.start("run", stderr=log) as process:
                signalling.process, signalling.verb = process, verb.encode()
                until(lambda: not signalling.verb)
                asked = time.monotonic()
                assert process.wait(30) == 0, verb
                assert time.monotonic() - asked < TEN_SECONDS, verb
        done = home.run("scan")
        assert (done.code, done.err) == (0, "")
        assert (marked(account), len(account.contents("Drafts"))) == (len(STEPS), len(STEPS))
        said = (home.folder / "log").read_text()
        assert "Traceback" not in said
        assert said.count("stopped") == len(STEPS)


def test_sigterm_while_a_server_does_not_answer(
    provider: Callable[[str], ProviderStand], home: Home
) -> None:
    """A command under way gets eight seconds; then it ends all the same, with 0, and says so."""
    stand = provider("fastmail")
    account = stand.account()
    assert isinstance(account, ProviderAccount)
    account.deliver(complaint(1))
    home.configure(provided(account))
    released = stand.server.faults.hang("LIST")
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        account.deliver(complaint(2))
        until(lambda: not stand.server.faults.waiting)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = read_until(process.stderr, "in the middle of a command")
        assert process.wait(30) == 0
        assert time.monotonic() - asked < TEN_SECONDS
    assert "Traceback" not in said
    released.set()
    assert home.run("scan").code == 0
    assert len(account.contents("Drafts")) == 1
    account.close()


def provided(account: ProviderAccount) -> str:
    """A table for an account at a scripted provider."""
    return account_table(
        ImapAccount(account.user.name, 0, Port(account.server.port), "INBOX")  # type: ignore[arg-type]
    )


class Port:
    """Stands where an account expects its proxy."""

    def __init__(self, port: int) -> None:
        self.port = port


# --- lines that break -----------------------------------------------------------------------------


def test_a_machine_that_was_asleep_misses_nothing(dovecot: DovecotStand, home: Home) -> None:
    """Frozen in IDLE, its connections gone meanwhile; awake again, it looks at once after it has noticed."""
    proxy = RecordingProxy(dovecot.proxy.port)
    with through(dovecot.account(), proxy) as account:
        home.use(account)
        with home.start("run") as process:
            read_until(process.stderr, "first start")
            until(lambda: b"IDLE\r\n" in b"".join(map(bytes, proxy.sent)))
            process.send_signal(signal.SIGSTOP)
            for number in proxy.live:
                proxy.cut(number)
            account.deliver(complaint(1))
            process.send_signal(signal.SIGCONT)
            said = read_until(process.stderr, "1 judged, 1 flagged, 1 drafts laid")
            assert re.search(r"the connection broke off .*\(again in 5 s\)", said)
            assert stop(process, signal.SIGTERM) == 0
        assert (marked(account), len(account.contents("Drafts"))) == (1, 1)


def test_a_server_that_has_only_ipv6(dovecot: DovecotStand, home: Home) -> None:
    """Named by its address."""
    proxy = RecordingProxy(dovecot.proxy.port, host="::1")
    with through(dovecot.account(complaint(1)), proxy) as account:
        home.use(account, host="::1")
        assert home.run("check").code == 0
        done = home.run("scan", "--since", "7d")
        assert (done.code, done.err) == (0, "")
        assert (marked(account), len(account.contents("Drafts"))) == (1, 1)


def _for_ever(data: bytes) -> Answer:
    def answer(conversation: Conversation, _tag: bytes) -> None:
        while True:
            conversation.say(data)

    return answer


def _drip(conversation: Conversation, _tag: bytes) -> None:
    conversation.drip(b"* OK " + b"x" * 10_000, every=0.2)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        pytest.param("SELECT", _drip, id="a byte now and then"),
        pytest.param("SELECT", _for_ever(b"* 1 EXISTS\r\n" * 5_000), id="endless news"),
        pytest.param(
            "IDLE", _for_ever(b"+ idling\r\n* 1 EXISTS\r\n"), id="news without end in IDLE"
        ),
    ],
)
def test_a_bad_server_does_not_hold_up_the_other_account(
    dovecot: DovecotStand, home: Home, verb: str, answer: Answer
) -> None:
    """Mail in the good one is marked and drafted meanwhile."""
    idles = b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK done\r\n"
    good = dovecot.account()
    with ScriptedServer({**USUAL, "CAPABILITY": idles, verb: answer}) as server:
        bad = ImapAccount("bad@studio.example", 0, Port(server.port), "INBOX")  # type: ignore[arg-type]
        home.configure(account_table(bad, addresses=["bad@studio.example"]), account_table(good))
        with home.start("run") as process:
            read_until(process.stderr, started(good))
            until(lambda: verb in server.verbs)
            for number in range(1, 4):
                good.deliver(complaint(number))
            until(lambda: len(good.contents("Drafts")) == 3)
            process.kill()
    assert marked(good) == 3


def test_a_password_command_that_hangs_holds_up_nobody_else(
    pymap: PymapStand, home: Home, tmp_path: Path
) -> None:
    """The other account is watched meanwhile: a draft is laid that the command which hung before it outlives.

    A command has a minute, which a busy machine may take for its first draft: then it is tried with the next one.
    """
    waiting, good = pymap.account(), pymap.account()
    hangs = Hanging(tmp_path / "pid")
    home.configure(
        account_table(waiting, password_env="", password_command=hangs.command,
                      addresses=["waiting@studio.example"]),
        account_table(good),
    )  # fmt: skip
    with home.start("run", seconds=300.0) as process:
        assert "password_command" not in read_until(process.stderr, started(good))
        outlives = False
        for number in itertools.count(1):
            until(lambda: hangs.alive() > 0)
            before = hangs.alive() or -1
            good.deliver(complaint(number))
            read_until(process.stderr, "1 judged, 1 flagged, 1 drafts laid")
            outlives = hangs.alive() == before
            if outlives or number == 5:
                break
        process.kill()
    hangs.end()
    assert outlives
    assert len(good.contents("Drafts")) == number


class Hanging:
    """A password command that prints none, and outlasts what the program gives it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        script = f"echo $$ > {file}.new; mv {file}.new {file}; exec sleep 70"
        self.command = ["sh", "-c", script]

    def alive(self) -> int:
        """The process that hangs just now; 0 where none does."""
        with contextlib.suppress(OSError):
            process = int(self._file.read_text())
            os.kill(process, 0)
            return process
        return 0

    def end(self) -> None:
        if process := self.alive():
            os.kill(process, signal.SIGKILL)


# --- the disk -------------------------------------------------------------------------------------


def test_a_disk_that_is_full_stops_everything_until_there_is_room(
    pymap: PymapStand, home: Home
) -> None:
    """Nothing is written to the mailbox that is not on disk first; with room, it goes on by itself.

    The disk is full for this process alone: no file of it may grow (RLIMIT_FSIZE).
    """
    account = pymap.account()
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.until_healthy()
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, UNLIMITED[1]))
        before = account.contents(), account.contents("Drafts")
        account.deliver(complaint(1))
        said = read_until(process.stderr, "is the disk full, or the folder not writable?")
        assert "state.sqlite3: can't be used" in said
        assert [e.flags - {"\\recent"} for e in account.contents()] == [frozenset()]
        assert account.contents("Drafts") == before[1]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        read_until(process.stderr, "1 judged, 1 flagged, 1 drafts laid")
        assert stop(process, signal.SIGTERM) == 0
    assert (marked(account), len(account.contents("Drafts"))) == (1, 1)
    assert home.run("check").code == 0


def test_a_start_on_a_full_disk_may_be_tried_again(pymap: PymapStand, home: Home) -> None:
    """Not the exit code of a damaged state, after which systemd starts nothing again."""
    home.use(pymap.account())
    with home.start("run", under=("prlimit", "--fsize=0")) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == StateUnavailable.exit_code != StateError.exit_code
    assert b"is the disk full, or the folder not writable?" in err


# --- a new config ---------------------------------------------------------------------------------


@pytest.fixture
def watched(pymap: PymapStand, home: Home) -> Iterator[tuple[ImapAccount, subprocess.Popen[bytes]]]:
    """A daemon at work."""
    account = pymap.account()
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        yield account, process
        assert stop(process, signal.SIGTERM) == 0


def test_a_reload_with_mistakes_changes_nothing_and_names_them(
    watched: tuple[ImapAccount, subprocess.Popen[bytes]], home: Home
) -> None:
    """No TOML, a key that is none, a rule that matches nothing, a pattern that is not allowed: each
    with file, line and key, as `check` says it too; mail is looked after as before."""
    account, process = watched
    good = home.config_file.read_text()
    broken = (
        ("[[account\n", r"config\.toml:1: "),
        (good + "\nmark = 3\n", r"config\.toml:\d+: account\[1\]\.mark: "),
        (good + '\n[[rule]]\nid = "x"\n', r"config\.toml:\d+: rule\[?1?\]?.*: "),
        (good + '\nca_file = "~robni/ca.pem"\n', r"config\.toml:\d+: account\[1\]\.ca_file: there is no home folder ~robni"),
        (good + RULE.format(r'(a)\\1'), r"config\.toml:\d+: .*pattern"),
        (good + '\n[[account.rule]]\nid = "x"\n', r"config\.toml:\d+: account\[1\]\.rule\[1\]\.describe: "),
        (good + '\n[[test]]\ntext = "x"\n', r"config\.toml:\d+: test\[1\]: asks for nothing"),
        (good + '\n[[account.test]]\ntxt = "x"\n', r"config\.toml:\d+: account\[1\]\.test\[1\]\.txt: unknown key"),
    )  # fmt: skip
    for number, (text, said) in enumerate(broken, 1):
        home.config_file.write_text(text)
        process.send_signal(signal.SIGHUP)
        told = read_until(process.stderr, "everything goes on as before")
        found = re.search(r"the new config is not used: (.*)", told)
        assert found is not None
        assert re.search(said, found[1]), found[1]
        done = home.run("check")
        assert (done.code, found[1] in done.err) == (3, True), done.err
        account.deliver(complaint(number))
        until(lambda number=number: marked(account) == number)  # type: ignore[misc]
    home.config_file.write_text(good)
    process.send_signal(signal.SIGHUP)
    read_until(process.stderr, "config and rules read anew")


RULE = """
[[rule]]
id = "backwards"
describe = "says a thing twice"
tone = "angry"
points = 10
pattern = "{}"
"""


def test_a_reload_in_the_middle_of_a_pass_loses_nothing(dovecot: DovecotStand, home: Home) -> None:
    """Again and again, while mail comes in: each message is judged once, and drafted once."""
    account = dovecot.account()
    home.use(account)
    with (home.folder / "log").open("ab") as log, home.start("run", stderr=log) as process:
        home.until_healthy()
        feeding = threading.Thread(
            target=account.deliver_all,
            args=([complaint(n, FURIOUS if n % 10 == 0 else CALM) for n in range(1, 101)],),
        )
        feeding.start()
        for _ in range(4):
            process.send_signal(signal.SIGHUP)
            select_wait(0.3)
        feeding.join()
        until(lambda: len(account.contents("Drafts")) == 10)
        assert stop(process, signal.SIGTERM) == 0
    assert marked(account) == 10
    said = (home.folder / "log").read_text()
    assert "Traceback" not in said
    assert sum(map(int, re.findall(r"(\d+) judged", said))) == 100
    assert home.run("status", "--json").json[0]["waiting"] == 0
