"""`forget` as people run it: what it says, what it asks, and what it leaves alone."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.letters import CALM
from tests.program import (
    SECONDS,
    Home,
    account_table,
    command,
    days_ago,
    fresh,
    mailbox,
    read_until,
    stop,
)
from tests.servers import ImapAccount, PymapStand

WEEK = ("--since", days_ago(7))
CLEO = "cleo@client.example"
WRONG = {
    (): "name who is to be forgotten",
    (CLEO, "--all"): "name who is to be forgotten",
    ("@client.example",): "Name each address",
    ("Cleo",): "Cleo is no address",
    ("cleo@",): "cleo@ is no address",
    ("Cleo\x1b[2J@client.example",): "is no address",
    ("x" * 2_000 + "@client.example",): "is no address",
    (
        CLEO,
        "--account",
        "nobody@studio.example",
    ): "no account nobody@studio.example; there is: user",
}


@pytest.fixture
def account(pymap: PymapStand) -> ImapAccount:
    """Two unhappy messages of Cleo's, one of which she got into Cc of; one of Nia's."""
    return pymap.account(
        fresh(number=1),
        fresh(number=2, subject="Invoice"),
        fresh(CALM, number=3, sender="Nia <nia@other.example>", headers=(("Cc", CLEO),)),
    )


@pytest.fixture
def scanned(account: ImapAccount, home: Home) -> Home:
    """A home with the state that a scan of that mail leaves."""
    home.use(account)
    assert home.run("scan", *WEEK).code == 0
    return home


def typed(home: Home, answer: str, *arguments: str) -> tuple[int, str]:
    """The program in a terminal, with an answer typed; its exit code and what it said."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        done = subprocess.run(
            command(*arguments), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=home.environ, cwd=home.folder, check=False, timeout=SECONDS,
        )  # fmt: skip
    finally:
        os.close(theirs)
        os.close(ours)
    return done.returncode, done.stdout.decode()


def judged(home: Home) -> int:
    """How many messages are remembered, as `status` counts them."""
    tables = home.run("status", "--json").json
    return sum(each["fine"] + sum(each["flagged"].values()) for each in tables)


def test_a_correspondent_is_forgotten(account: ImapAccount, scanned: Home) -> None:
    """Looked at first, which changes nothing; then erased. Nothing on the server is touched."""
    before, on_disk = mailbox(account), scanned.snapshot()
    looked = scanned.run("forget", CLEO, "--dry-run")
    expected = "2 messages; 2 marks, 1 draft; among the recipients of 1 other message"
    assert (looked.code, looked.err) == (0, "")
    assert looked.out == f"{account.user}: would be erased: {expected}\n"
    assert scanned.snapshot() == on_disk
    done = scanned.run("forget", "Cleo@CLIENT.example", "--yes")
    assert done.code == 0
    assert done.out == f"{account.user}: erased: {expected}\n"
    assert "drafts that were laid are in your mailbox" in done.err
    again = scanned.run("forget", CLEO, "--yes")
    assert (again.code, again.out, again.err) == (0, f"{account.user}: nothing is known\n", "")
    assert judged(scanned) == 1
    assert mailbox(account) == before


def test_it_asks_first(scanned: Home) -> None:
    """In a terminal, with what would be erased; anything but yes erases nothing."""
    for answer in ("\n", "n\n"):
        code, said = typed(scanned, answer, "forget", CLEO)
        assert code == 0
        assert re.search(r"2 messages; .*\r?\nErase this for good\? \[y/N\]: ", said)
        assert said.endswith("nothing was erased\n")
    assert judged(scanned) == 3
    code, said = typed(scanned, "y\n", "forget", CLEO)
    assert code == 0
    assert ": erased: 2 messages" in said
    assert judged(scanned) == 1
    code, said = typed(scanned, "", "forget", CLEO)
    assert (code, said.endswith(": nothing is known\n"), "Erase" in said) == (0, True, False)


def test_no_answer_is_no(scanned: Home) -> None:
    """The terminal is closed, or Ctrl-D pressed."""
    code, said = typed(scanned, "\x04", "forget", CLEO)
    assert code == 130
    assert said.endswith("stopped\n")
    assert judged(scanned) == 3


def test_where_nobody_can_be_asked_it_does_not_guess(scanned: Home) -> None:
    """In a script: --yes says so, --dry-run needs none."""
    for arguments in (("forget", CLEO), ("forget", CLEO, "--json")):
        done = scanned.run(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "--yes" in done.err
    assert judged(scanned) == 3


def test_addresses_from_standard_input(scanned: Home) -> None:
    """One a line, so that none stands in the shell's history or in a list of processes."""
    done = scanned.run("forget", "-", "--yes", stdin=f"\n {CLEO} \r\nnia@other.example\n".encode())
    assert done.code == 0
    assert ": erased: 3 messages;" in done.out
    assert judged(scanned) == 0
    strange = scanned.run("forget", "-", "--yes", stdin=b"cl\xe9o@client.example\n")
    assert (strange.code, strange.err) == (0, "")
    assert scanned.run("forget", "-", "--yes").code == 2


def test_for_machines(account: ImapAccount, scanned: Home) -> None:
    """One object for each account, the same before and after but for whether it is done."""
    (looked,) = scanned.run("forget", CLEO, "--dry-run", "--json").json
    assert looked == {
        "account": account.user, "erased": False, "messages": 2, "marks": 2, "drafts": 1,
        "waiting": 0, "copies": 1, "mailboxes": 0, "corrections": 0, "sent": 0, "notes": 0,
    }  # fmt: skip
    (done,) = scanned.run("forget", CLEO, "--yes", "--json").json
    assert done == {**looked, "erased": True}


def test_what_is_not_understood_erases_nothing(scanned: Home) -> None:
    """Wrong usage, with what to write instead; nothing of it reaches the terminal but plain text."""
    before = scanned.snapshot()
    for arguments, words in WRONG.items():
        done = scanned.run("forget", *arguments, "--yes")
        assert (done.code, done.out) == (2, "")
        assert words in done.err
        assert "\x1b" not in done.err
    assert {name: scanned.snapshot()[name] for name in before} == before


def test_not_while_a_daemon_runs(account: ImapAccount, scanned: Home) -> None:
    """What it has in hand could be written down just after; a look disturbs nobody."""
    with scanned.start("run") as process:
        scanned.until_healthy()
        done = scanned.run("forget", CLEO, "--yes")
        looked = scanned.run("forget", CLEO, "--dry-run")
        assert stop(process, signal.SIGTERM) == 0
    assert done.code == 7
    assert "another assistant is at work" in done.err
    assert ": would be erased: 2 messages" in looked.out
    assert scanned.run("forget", CLEO, "--yes").code == 0
    with scanned.start("run") as process:
        account.deliver(fresh(number=9, subject="Again", hours=0.01))
        read_until(process.stderr, "1 judged, 1 flagged")
        assert stop(process, signal.SIGTERM) == 0
    assert judged(scanned) == 2


def test_without_a_state_there_is_nothing_to_forget(pymap: PymapStand, home: Home) -> None:
    """And none is made."""
    home.use(pymap.account())
    done = home.run("forget", CLEO, "--yes")
    assert (done.code, done.err) == (0, "")
    assert "nothing is known about anybody" in done.out
    assert home.run("forget", CLEO, "--dry-run", "--json").json == []
    assert not home.state.exists()


# --- several accounts ---------------------------------------------------------------------------


@pytest.fixture
def two(pymap: PymapStand, home: Home) -> tuple[ImapAccount, ImapAccount]:
    """Cleo has written to both."""
    first, second = pymap.account(fresh(number=1)), pymap.account(fresh(number=2))
    home.use(first, second)
    assert home.run("scan", *WEEK).code == 0
    return first, second


def test_in_every_account_unless_one_is_named(
    two: tuple[ImapAccount, ImapAccount], home: Home
) -> None:
    """Who asks to be forgotten means all of it; an agency's clients are each other's strangers."""
    first, second = two
    (one,) = home.run("forget", CLEO, "--dry-run", "--json", "--account", first.user.upper()).json
    assert (one["account"], one["messages"]) == (first.user, 1)
    assert home.run("forget", CLEO, "--yes", "--account", first.user).code == 0
    left = home.run("forget", CLEO, "--dry-run", "--json").json
    assert [(each["account"], each["messages"]) for each in left] == [
        (first.user, 0),
        (second.user, 1),
    ]
    assert home.run("forget", CLEO, "--yes").code == 0
    assert judged(home) == 0


def test_a_whole_account(two: tuple[ImapAccount, ImapAccount], home: Home) -> None:
    """It must be named where there are several; its next pass is a first start, the other's is not."""
    first, second = two
    done = home.run("forget", "--all", "--yes")
    assert done.code == 2
    assert f"--account names it: {first.user}, {second.user}" in done.err
    done = home.run("forget", "--all", "--account", first.user, "--yes")
    assert done.code == 0
    assert f"{first.user}: erased: 1 message; 1 mark, 1 draft; how far" in done.out
    tables = home.run("scan", "--json").out.splitlines()
    assert ['"first_start": true' in each for each in tables] == [True, False]
    assert len(first.contents("Drafts")) == 1


def test_an_account_that_config_no_longer_names(
    two: tuple[ImapAccount, ImapAccount], home: Home
) -> None:
    """What is left of it can be erased all the same."""
    first, second = two
    home.configure(account_table(first))
    assert home.run("forget", "--all", "--account", second.user, "--yes").code == 0
    (left,) = home.run("forget", CLEO, "--dry-run", "--json").json
    assert (left["account"], left["messages"]) == (first.user, 1)


def test_a_damaged_state_is_said_so(account: ImapAccount, home: Home, tmp_path: Path) -> None:
    home.use(account)
    home.state.mkdir(parents=True)
    (home.state / "state.sqlite3").write_bytes(b"This is a letter to my bank.\n" * 300)
    done = home.run("forget", CLEO, "--yes")
    assert done.code == 6
    assert "is damaged" in done.err
