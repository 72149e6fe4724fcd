"""Killed before and after every command and every commit, resumed, and nobody can tell.

The journal test of isync (its src/run-tests.pl), for our promise: whatever is killed, there is
at most one holding reply, no message is missed, and the mailbox ends as if nothing had happened.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import AssistantError
from tests.faults.child import KILLED, Run, main
from tests.letters import CALM, FURIOUS, letter
from tests.servers import Account, FakeAccount, ImapAccount, Stand

INBOX = (
    letter(FURIOUS, number=1),
    letter(CALM, number=2, sender="Nia <nia@other.example>"),
    letter(
        FURIOUS, number=3, subject="Re: The website",
        headers=(("In-Reply-To", "<m1@client.example>"), ("References", "<m1@client.example>")),
    ),
    letter(FURIOUS, number=4, sender="Otto <otto@third.example>", subject="Invoice"),
)  # fmt: skip


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Children by fork from a clean process that has imported everything once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.child"])
    return context


def test_killed_at_every_point_and_resumed(
    stand: Stand, processes: ForkServerContext, tmp_path: Path
) -> None:
    """Every fault point in turn: after the resumed run, the mailbox is that of the unharmed one."""
    expected, points = _unharmed(stand, processes, tmp_path)
    assert expected["drafts"] == 2
    assert points.count("before COMMIT") >= 8
    for number, point in enumerate(points):
        account = stand.account(*INBOX)
        state = tmp_path / f"{number}.sqlite3"
        killed = _run(processes, account, state, kill_at=number)
        assert killed == KILLED, f"not killed at {point} ({number})"
        resumed = _run(processes, account, state)
        assert not isinstance(resumed, int), f"after {point} ({number}) the resumed run failed"
        assert _mailbox(account) == expected, f"differs after being killed at {point} ({number})"
        assert resumed["problems"] == {}, f"complains after being killed at {point} ({number})"


@pytest.mark.parametrize("stand", ["fake", "dovecot"], indirect=True)
def test_copies_killed_at_every_point(
    stand: Stand, processes: ForkServerContext, tmp_path: Path
) -> None:
    """The same with a copy as the mark, which can't be repeated either."""
    account = stand.account(*INBOX)
    done = _run(processes, account, tmp_path / "unharmed.sqlite3", mark="folder")
    assert not isinstance(done, int)
    expected = _copies(account)
    assert len(expected) == 3
    points = done["points"]
    assert "after UID COPY" in points or "after copies.put" in points
    for number, point in enumerate(points):
        account = stand.account(*INBOX)
        state = tmp_path / f"copies-{number}.sqlite3"
        assert _run(processes, account, state, kill_at=number, mark="folder") == KILLED
        resumed = _run(processes, account, state, mark="folder")
        assert not isinstance(resumed, int), f"after {point} ({number}) the resumed run failed"
        assert _copies(account) == expected, f"differs after being killed at {point} ({number})"
        assert len(account.contents("Drafts")) == 2
        assert resumed["problems"] == {}, f"complains after being killed at {point} ({number})"


def _copies(account: Account) -> list[bytes]:
    return sorted(each.raw for each in account.contents("Unhappy"))


def test_killed_twice_while_recovering(
    stand: Stand, processes: ForkServerContext, tmp_path: Path
) -> None:
    """The recovery itself may be killed: at each of its points, after a draft was laid and lost."""
    expected, points = _unharmed(stand, processes, tmp_path)
    writes = [n for n, p in enumerate(points) if p in ("after append_draft", "after APPEND")]
    first = writes[0]
    number = 0
    while True:
        account = stand.account(*INBOX)
        state = tmp_path / f"twice-{number}.sqlite3"
        assert _run(processes, account, state, kill_at=first) == KILLED
        again = _run(processes, account, state, kill_at=number)
        if again == KILLED:
            _run(processes, account, state)
        assert _mailbox(account) == expected, f"differs after a second kill at {number}"
        if again != KILLED:
            break
        number += 1
    assert number > 20


def test_a_lost_state_file_repeats_nothing(
    stand: Stand, processes: ForkServerContext, tmp_path: Path
) -> None:
    """Without any memory, the drafts themselves say that they are there."""
    account = stand.account(*INBOX)
    _run(processes, account, tmp_path / "first.sqlite3")
    before = _mailbox(account)
    _run(processes, account, tmp_path / "second.sqlite3")
    assert _mailbox(account) == before


def _unharmed(
    stand: Stand, processes: ForkServerContext, folder: Path
) -> tuple[dict[str, Any], list[str]]:
    """The mailbox after a run that nobody disturbed, and the points it passed."""
    account = stand.account(*INBOX)
    state = folder / "unharmed.sqlite3"
    state.unlink(missing_ok=True)
    done = _run(processes, account, state)
    assert not isinstance(done, int)
    assert done["problems"] == {}
    return _mailbox(account), done["points"]


def _mailbox(account: Account) -> dict[str, Any]:
    """What the user sees: marks by message, drafts by their bytes."""
    drafts = account.contents("Drafts")
    return {
        "inbox": [(each.raw, each.flags - {"\\recent"}) for each in account.contents()],
        "drafts": len(drafts),
        "texts": sorted(each.raw for each in drafts),
        "draft flags": {each.flags - {"\\recent"} for each in drafts},
        "elsewhere": [account.contents("Sent"), account.contents("Trash")],
    }


def _run(
    processes: ForkServerContext,
    account: Account,
    state: Path,
    kill_at: int | None = None,
    mark: str = "keyword",
) -> dict[str, Any] | int:
    """One child: what it says at its end, or its exit code where it died."""
    server = account.server if isinstance(account, ImapAccount) else None
    ours, theirs = processes.Pipe()
    process = processes.Process(target=main, args=(Run(state, server, kill_at, mark), theirs))
    process.start()
    theirs.close()
    said = list(_answer(ours, account))
    process.join(60)
    code = process.exitcode
    process.close()
    ours.close()
    if isinstance(account, ImapAccount):
        assert account.proxy.wait_quiet(), "the server still holds the dead child's connection"
    return said[0] if said else (code or 0)


def _answer(pipe: Connection, account: Account) -> Iterator[dict[str, Any]]:
    """Serve the fake's calls until the child is done or dead."""
    while True:
        try:
            name, *rest = pipe.recv()
        except (EOFError, OSError):
            return
        if name == "done":
            yield {"points": rest[0], "problems": rest[1]}
            return
        assert isinstance(account, FakeAccount)
        try:
            answer = attrgetter(name)(account.mailbox)(*rest[0])
            pipe.send(list(answer) if name == "fetch" else answer)
        except AssistantError as error:
            pipe.send(error)
        except (BrokenPipeError, ConnectionResetError):
            return


def test_the_harness_sees_a_missing_recovery(processes: ForkServerContext, tmp_path: Path) -> None:
    """Sabotage: with a mailbox that hides the draft from the look-up, a kill after the APPEND
    ends in a second draft or an unknown; so the tests above can fail."""
    from tests.servers import FakeStand

    stand = FakeStand()
    _, points = _unharmed(stand, processes, tmp_path)
    at = points.index("after append_draft")
    account = stand.account(*INBOX)
    assert isinstance(account, FakeAccount)
    state = tmp_path / "sabotaged.sqlite3"
    assert _run(processes, account, state, kill_at=at) == KILLED
    laid = account.mailbox.folders["Drafts"]
    (uid,) = laid.messages
    laid.messages[uid].raw = laid.messages[uid].raw.replace(b"Message-ID: <h.", b"Message-ID: <z.")
    resumed = _run(processes, account, state)
    assert not isinstance(resumed, int)
    assert len(account.contents("Drafts")) == 3
