"""The daemon as its users run it: what it tells `status`, systemd and the log while it runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.cli.standing import Watched
from assistant.daemon.board import REFUSED, RETRYING, Board
from assistant.daemon.health import FILE, Health, process, read
from assistant.daemon.systemd import Manager
from assistant.store import Lock
from tests import sandbox
from tests.dialogue import Dialogue
from tests.letters import NOW
from tests.program import PASSWORD_ENV, Home, account_table, fresh, read_until, stop
from tests.servers import PymapStand


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket as systemd has one for the daemon's notices."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(30.0)
        yield ear


def _hear(ear: socket.socket, words: str) -> str:
    """The next message with these words in it."""
    while words not in (said := ear.recv(4096).decode()):
        pass
    return said


def test_status_tells_that_it_is_watched(pymap: PymapStand, home: Home) -> None:
    """While the daemon runs 0, and how it waits; 9 once it is stopped."""
    account = pymap.account(fresh())
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        watched = home.until_healthy()
        assert watched["state"] == "watching"
        done = home.run("status")
        assert (done.code, done.err) == (0, "")
        assert "the server tells of new mail" in done.out
        (table,) = home.run("status", "--json").json
        assert (table["running"], table["state"], table["error"]) == (True, "watching", "")
        assert table["last_good"] is not None
        assert stop(process, signal.SIGTERM) == 0
    assert home.run("status").code == 9
    assert not (home.state / FILE).exists()


def test_status_tells_what_is_wrong(pymap: PymapStand, home: Home) -> None:
    """An account that is refused: 4, why, what to do, and when it is tried again; the other is watched."""
    good, wrong = pymap.account(), pymap.account()
    home.configure(
        account_table(good), account_table(wrong, password_env="", password_command=["echo", "no"])
    )
    with home.start("run") as process:
        read_until(process.stderr, "it is tried again at")
        home.until_healthy()
        done = home.run("status")
        tables = home.run("status", "--json").json
        assert stop(process, signal.SIGTERM) == 0
    assert done.code == 4
    assert "Because     127.0.0.1 refused the sign-in" in done.out
    assert "Next try" in done.out
    assert {each["state"] for each in tables} == {"watching", "refused"}
    assert [each["in_trouble"] for each in tables] == [False, True]


def test_a_reload_takes_what_is_new(pymap: PymapStand, home: Home) -> None:
    """SIGHUP: an account more is watched; a broken file changes nothing and is named."""
    first, second = pymap.account(), pymap.account()
    home.use(first)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.configure(account_table(first), "nonsense = 1")
        process.send_signal(signal.SIGHUP)
        said = read_until(process.stderr, "everything goes on as before")
        assert "config.toml:" in said
        assert "nonsense" in said
        home.use(first, second)
        process.send_signal(signal.SIGHUP)
        said = read_until(process.stderr, "config and rules read anew: 2 mailbox(es)")
        read_until(process.stderr, "first start")
        assert stop(process, signal.SIGTERM) == 0


def test_without_its_last_account_it_watches_nothing_and_waits(
    pymap: PymapStand, home: Home
) -> None:
    """`account remove` is obeyed at once: no more drafts there. A new account is taken by the next reload."""
    first, second = pymap.account(), pymap.account()
    home.use(first)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.until_healthy()
        done = home.run("account", "remove", first.user, "--yes")
        assert (done.code, "has been told" in done.out) == (0, True)
        read_until(process.stderr, "nothing is watched until one is")
        first.deliver(fresh())
        while (done := home.run("status")).out.count("nothing is watched") == 0:
            assert process.poll() is None
        assert (done.code, done.err) == (0, "")
        assert home.run("status", "--json").json == []
        home.use(second)
        process.send_signal(signal.SIGHUP)
        read_until(process.stderr, "first start")
        assert stop(process, signal.SIGTERM) == 0
    assert first.contents("Drafts") == []
    home.configure("")
    assert home.run("run").code == 3


def test_a_state_folder_is_not_changed_on_the_way(pymap: PymapStand, home: Home) -> None:
    """Its lock is held for the one it began with."""
    account = pymap.account()
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.configure('state = "elsewhere"', account_table(account))
        process.send_signal(signal.SIGHUP)
        said = read_until(process.stderr, "everything goes on as before")
        assert "the state folder can't be changed while it runs" in said
        assert stop(process, signal.SIGTERM) == 0


def test_systemd_is_told(pymap: PymapStand, home: Home, supervisor: socket.socket) -> None:
    """Ready, alive, reloading, ready again, stopping: what Type=notify and WatchdogSec live by."""
    home.use(pymap.account())
    home.environ |= {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "3000000"}
    with home.start("run") as process:
        assert _hear(supervisor, "READY=1") == "READY=1\nSTATUS=watching 1 mailbox(es)"
        _hear(supervisor, "WATCHDOG=1")
        process.send_signal(signal.SIGHUP)
        assert "\nMONOTONIC_USEC=" in _hear(supervisor, "RELOADING=1")
        _hear(supervisor, "READY=1")
        process.send_signal(signal.SIGTERM)
        _hear(supervisor, "STOPPING=1")
        assert process.wait(30) == 0


def test_a_watchdog_for_another_process_is_none_of_ours() -> None:
    """WATCHDOG_PID names who is meant; what is no number means nobody."""
    usec = {"WATCHDOG_USEC": "1000000"}
    assert Manager.of({**usec, "WATCHDOG_PID": "7"}, 7)._every > 0
    assert Manager.of({**usec, "WATCHDOG_PID": "8"}, 7)._every == 0
    assert Manager.of({"WATCHDOG_USEC": "x"}, 7)._every == 0


def test_who_hangs_is_not_reported_alive(supervisor: socket.socket) -> None:
    """Then systemd restarts it. A socket that is gone stops nobody."""
    manager = Manager(supervisor.getsockname(), 0.003)
    manager.alive("watching", well=False)
    manager.alive("watching", well=True)
    assert supervisor.recv(100) == b"STATUS=watching"
    assert supervisor.recv(100) == b"WATCHDOG=1"
    Manager("/nonexistent/socket", 0.0).ready("watching")


def test_the_health_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """All of it, for its owner only; nothing is left of it after a stop in peace."""
    board = Board(lambda: NOW)
    board.begin(["a", "b", "c"])
    board.good("a", "idle")
    board.trouble("b", REFUSED, error="no", hint="look", next_try=NOW + timedelta(hours=1))
    health = Health(tmp_path, lambda: NOW)
    health.write(board)
    beat = read(tmp_path)
    assert beat is not None
    assert beat.accounts == board.standings()
    assert (beat.pid, beat.started, beat.written) == (os.getpid(), NOW, NOW)
    assert beat.process == process(os.getpid()) != ""
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    health.end()
    assert list(tmp_path.iterdir()) == []
    assert read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "accounts": 3}'])
def test_a_health_file_of_something_else_says_nothing(tmp_path: Path, text: str) -> None:
    """Half a file, another format: as if there were none."""
    (tmp_path / FILE).write_text(text)
    assert read(tmp_path) is None


def test_a_board_keeps_since_when_something_is_wrong() -> None:
    """The first failure in a row counts; a good pass ends it, and is told as news."""
    now = [NOW]
    board = Board(lambda: now[0])
    board.begin(["a"])
    assert not board.good("a", "poll")
    board.trouble("a", RETRYING, error="one")
    now[0] = NOW + timedelta(minutes=5)
    assert board.trouble("a", RETRYING, error="two").since == NOW
    assert board.good("a", "poll")
    (standing,) = board.standings()
    assert (standing.error, standing.last_good) == ("", now[0])


def test_the_health_file_holds_no_more_than_it_says(pymap: PymapStand, home: Home) -> None:
    """The mailbox's own address and how it stands; no client, no subject."""
    account = pymap.account(fresh())
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.until_healthy()
        found = json.loads((home.state / FILE).read_text())
        stop(process, signal.SIGTERM)
    assert set(found) == {"pid", "process", "started", "written", "accounts"}
    assert set(found["accounts"][0]) == {
        "name", "state", "since", "last_good", "waits", "error", "hint", "next_try",
    }  # fmt: skip


def test_nobody_is_signalled_for_a_daemon_that_was_killed(pymap: PymapStand, home: Home) -> None:
    """health.json stays behind, and the number in it may be another program's by now."""
    first, second = pymap.account(), pymap.account()
    home.use(first)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        home.until_healthy()
        process.kill()
        process.wait(30)
    with subprocess.Popen(["sleep", "60"]) as bystander:  # SIGHUP would end it
        health = home.state / FILE
        said = json.loads(health.read_text()) | {"pid": bystander.pid}
        health.write_text(json.dumps(said))
        done = home.run(
            "account", "add", second.user, "--host", "127.0.0.1", "--port", str(second.proxy.port),
            "--insecure", "--name", "Robin", "--password-env", PASSWORD_ENV, "--yes",
        )  # fmt: skip
        assert (done.code, "has been told" in done.out) == (0, False)
        assert bystander.poll() is None
        bystander.kill()


def test_who_was_killed_is_not_running(pymap: PymapStand, home: Home) -> None:
    """health.json looks alive for three minutes, or for ever where the clock was ahead; nobody holds the lock."""
    home.use(pymap.account())
    with home.start("run") as process:
        home.until_healthy()
        assert home.run("status").code == 0
        process.kill()
        process.wait(30)
    done = home.run("status")
    assert (done.code, "The assistant is not running: its last sign of life" in done.out) == (
        9,
        True,
    )
    assert "Watched" not in done.out
    (table,) = home.run("status", "--json").json
    assert (table["running"], table["state"]) == (False, None)


def test_a_sign_of_life_from_the_future_is_none(tmp_path: Path) -> None:
    """Though somebody holds the lock: `scan`, perhaps. A clock that was set by some seconds is forgiven."""
    now = [NOW]
    Health(tmp_path, lambda: now[0]).write(Board(lambda: NOW))
    with Lock(tmp_path):
        for minutes, running in ((-60, False), (-0.2, True), (0, True), (2, True), (4, False)):
            at = NOW + timedelta(minutes=minutes)
            assert Watched.read(tmp_path, at).running is running
    assert not Watched.read(tmp_path, NOW).running


def test_a_daemon_in_another_container_is_not_signalled(pymap: PymapStand, home: Home) -> None:
    """There its number is somebody else's here. It is said what to do instead."""
    sandbox.need("unshare", "--pid", "--fork")
    first, second = pymap.account(), pymap.account()
    home.use(first)
    with home.start("run", under=("unshare", "--pid", "--fork", "--kill-child")) as process:
        read_until(process.stderr, "first start")
        home.until_healthy()
        done = home.run(
            "account", "add", second.user, "--host", "127.0.0.1", "--port", str(second.proxy.port),
            "--insecure", "--name", "Robin", "--password-env", PASSWORD_ENV, "--yes",
        )  # fmt: skip
        assert (done.code, "has been told" in done.out) == (0, False)
        assert "docker compose kill -s HUP inbox-assistant" in done.out
        process.kill()


def test_the_number_of_a_process_is_not_its_name() -> None:
    """Two processes are told apart whatever their numbers; who is gone is nobody."""
    with subprocess.Popen(["sleep", "60"]) as other:
        assert process(other.pid) not in ("", process(os.getpid()))
        other.kill()
    assert process(other.pid) == ""


def test_a_terminal_that_is_closed_ends_it(pymap: PymapStand, home: Home) -> None:
    """As it ends other programs. While the terminal is there, the same signal means a reload."""
    home.use(pymap.account())
    with Dialogue(home, "run") as terminal:
        terminal.until("first start")
        os.kill(terminal.pid, signal.SIGHUP)
        terminal.until("config and rules read anew: 1 mailbox(es)")
        home.until_healthy()
        terminal.hang_up()
        assert terminal.ended(20.0) == 0
    assert not (home.state / FILE).exists()


def test_with_nohup_it_survives_its_terminal(pymap: PymapStand, home: Home) -> None:
    """Which is what nohup is for. SIGTERM ends it then."""
    home.use(pymap.account())
    with Dialogue(home, "run", under=("nohup",)) as terminal:
        home.until_healthy()
        terminal.hang_up()
        assert terminal.ended(3.0) is None
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended(20.0) == 0


def test_a_reload_that_comes_too_early_is_done_later(pymap: PymapStand, home: Home) -> None:
    """While the config is read for the first time, and held up by a pipe; the default would be its death."""
    home.use(pymap.account())
    text = home.config_file.read_text()
    home.config_file.unlink()
    os.mkfifo(home.config_file)
    with home.start("run") as process:
        with home.config_file.open("w") as pipe:  # returns once it is read
            home.config_file.unlink()
            home.config_file.write_text(text)
            process.send_signal(signal.SIGHUP)
            pipe.write(text)
        read_until(process.stderr, "config and rules read anew: 1 mailbox(es)")
        assert stop(process, signal.SIGTERM) == 0
