"""The daemon for minutes or hours on a real Dovecot, with everything going wrong that can.

    python -m bench.endure [--minutes 5] [--accounts 20] [--seed 1]

Mail arrives in every account while connections are cut in the middle, held without a word, and the
program itself is killed now and then. The users read, throw drafts away and take marks off meanwhile. What must
come of it: every complaint marked and drafted once (or not again after its user threw the draft away), nothing read
by the program, memory and open files flat.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from bench.processes import memory, open_files
from bench.programs import until_watching
from bench.soak import COMPLAINT
from tests.letters import CALM, Letter, letter
from tests.program import ADDRESS
from tests.proxy import RecordingProxy
from tests.servers import PASSWORD, DovecotStand, ImapAccount, select_wait

EVERY = 3
"""One message in so many is a complaint."""
KILL_EVERY = 60.0
"""Seconds between two kills of the program, about."""
LOOK_EVERY = 20.0
"""Seconds between two looks at `status`."""
SETTLE_SECONDS = 150.0
"""How long it is left alone at the end: a draft whose APPEND was cut waits two minutes for the server."""
STOP_SECONDS = 30.0
HELD_SECONDS = 3.0


@dataclass
class World:
    """What has been done to the accounts, and what must come of it."""

    accounts: Sequence[ImapAccount]
    chance: random.Random
    sent: int = 0
    complaints: dict[str, ImapAccount] = field(default_factory=dict)
    """Message-ID -> whose it is."""
    thrown: set[str] = field(default_factory=set)
    """Message-IDs whose draft the user has thrown away."""
    done: Counter[str] = field(default_factory=Counter)

    def event(self, proxy: Troublesome) -> None:
        """One thing happens."""
        what = self.chance.choices(
            ("mail", "cut", "hold", "read", "throw"), weights=(60, 12, 4, 16, 8)
        )[0]
        self.done[what] += 1
        if what == "mail":
            self._mail()
        elif what in ("cut", "hold"):
            if live := proxy.live:
                (proxy.cut if what == "cut" else proxy.hold)(self.chance.choice(live))
        elif what == "read":
            self._read()
        else:
            self._throw()

    def _mail(self) -> None:
        account = self.chance.choice(self.accounts)
        self.sent += 1
        made = letter(
            COMPLAINT if self.sent % EVERY == 0 else CALM,
            number=self.sent,
            sender=f"Client {self.sent} <client{self.sent}@client.example>",
            to=ADDRESS,
        )
        made = _of_today(made)
        if self.sent % EVERY == 0:
            self.complaints[str(message_from_bytes(made.raw)["Message-ID"])] = account
        account.deliver(made)

    def _read(self) -> None:
        """The user reads a message; only that sets \\Seen."""
        account = self.chance.choice(self.accounts)
        with account.client() as imap:
            imap.select('"INBOX"')
            found = imap.uid("SEARCH", "UNSEEN")[1][0].split()
            if found:
                imap.uid("STORE", self.chance.choice(found).decode(), "+FLAGS", "(\\Seen $mine)")

    def _throw(self) -> None:
        """The user throws a draft away, for good."""
        account = self.chance.choice(self.accounts)
        drafts = account.contents("Drafts")
        if drafts:
            draft = self.chance.choice(drafts)
            self.thrown.add(str(message_from_bytes(draft.raw)["In-Reply-To"]))
            account.remove("Drafts", draft.uid)


class Troublesome(RecordingProxy):
    """A proxy whose connections can be cut, or held without a word."""

    def __init__(self, port: int) -> None:
        super().__init__(port, self._passing)
        self._held: set[int] = set()

    def _passing(self, number: int, _sent: bool, _data: bytes) -> None:
        if number in self._held:
            select_wait(HELD_SECONDS)
            self._held.discard(number)

    def hold(self, number: int) -> None:
        """Let a connection wait for its next bytes."""
        self._held.add(number)


def main() -> int:
    """The command; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="endure-") as folder:
        Path(folder).chmod(0o711)
        (Path(folder) / "dovecot").mkdir()
        stand = DovecotStand(Path(folder) / "dovecot")
        proxy = Troublesome(stand.port)
        try:
            accounts = [stand.account() for _ in range(options.accounts)]
            world = World(accounts, random.Random(options.seed))
            return _endure(world, proxy, Path(folder), options.minutes * 60)
        finally:
            proxy.close()
            stand.proxy.close()
            stand.close()


def _endure(world: World, proxy: Troublesome, folder: Path, seconds: float) -> int:
    config = _config(folder, world.accounts, proxy.port)
    process = _start(config, folder)
    until_watching(folder, len(world.accounts))  # what came before the first start is left alone
    sizes: list[tuple[float, float, int]] = []
    began = time.monotonic()
    kill_at, look_at = began + KILL_EVERY, began
    kills = 0
    while (now := time.monotonic()) < began + seconds:
        world.event(proxy)
        select_wait(world.chance.expovariate(4.0))
        if process.poll() is not None:
            print(f"the program ended by itself with {process.returncode}")
            print((folder / "log").read_text()[-3000:])
            return 1
        if now > look_at:  # from outside, as a monitor does: it opens and closes the state
            _standing(config)
            look_at = now + LOOK_EVERY
        if now > kill_at:
            process.kill()
            process.wait()
            process = _start(config, folder)
            kills += 1
            kill_at = now + KILL_EVERY * world.chance.uniform(0.5, 3.0)
        elif int(now) % 10 == 0:
            sizes.append((now - began, memory(process.pid), open_files(process.pid)))
    print(
        f"{world.sent} messages, {len(world.complaints)} complaints; {kills} kills; {dict(world.done)}"
    )
    print(f"left alone for {SETTLE_SECONDS:.0f} s")
    select_wait(SETTLE_SECONDS)
    final = (memory(process.pid), open_files(process.pid))
    process.send_signal(signal.SIGTERM)
    code = process.wait(STOP_SECONDS)
    wrong = _check(world, _unknown(config))
    if code != 0:
        wrong.append(f"SIGTERM ended it with {code}")
    _tell_sizes(sizes, final)
    for each in wrong:
        print(f"BROKEN: {each}")
    print("broken" if wrong else "no duplicate, none missed")
    return 1 if wrong else 0


def _start(config: Path, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "assistant", "--config", str(config), "run"],
            env={**os.environ, "ENDURE_PASSWORD": PASSWORD},
            stdout=log,
            stderr=log,
        )


def _config(folder: Path, accounts: Sequence[ImapAccount], port: int) -> Path:
    path = folder / "config.toml"
    tables = [
        f'[[account]]\nhost = "127.0.0.1"\nport = {port}\nuser = {json.dumps(each.user)}\n'
        f'addresses = ["{ADDRESS}"]\npassword_env = "ENDURE_PASSWORD"\ninsecure = true\n'
        for each in accounts
    ]
    drafting = "[drafting]\ndrafts_per_hour = 10000\nstop_in_flood = false\n"
    head = f'state = "{folder}/state"\npoll_seconds = 15\n'
    path.write_text(head + "".join(tables) + drafting)
    return path


def _of_today(made: Letter) -> Letter:
    now = datetime.now(UTC)
    written = f"{now - timedelta(minutes=1):%a, %d %b %Y %H:%M:%S} +0000".encode()
    head, _, body = made.raw.partition(b"\r\n\r\n")
    lines = [b"Date: " + written if x.startswith(b"Date:") else x for x in head.split(b"\r\n")]
    return replace(made, raw=b"\r\n".join(lines) + b"\r\n\r\n" + body, arrived=now)


def _unknown(config: Path) -> int:
    """Drafts of which the program says that it can't know whether they were made: cut in the APPEND, and
    a gap in Drafts, where the user threw something away meanwhile."""
    return sum(int(each["unknown"]) for each in json.loads(_standing(config)))


def _standing(config: Path) -> bytes:
    """What `status --json` says."""
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "--config", str(config), "status", "--json"],
        env={**os.environ, "ENDURE_PASSWORD": PASSWORD}, capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout


def _check(world: World, unknown: int) -> list[str]:
    """Every promise that the mailboxes break."""
    wrong: list[str] = []
    drafts: Counter[str] = Counter()
    marked: set[str] = set()
    for account in world.accounts:
        for each in account.contents("Drafts"):
            drafts[str(message_from_bytes(each.raw)["In-Reply-To"])] += 1
        for each in account.contents():
            if any(flag.startswith("tone-") for flag in each.flags):
                marked.add(str(message_from_bytes(each.raw)["Message-ID"]))
            if "\\seen" in each.flags and "$mine" not in each.flags:
                wrong.append("a message was marked as read, and not by its user")
    expected = set(world.complaints)
    if twice := [key for key, count in drafts.items() if count > 1]:
        wrong.append(f"{len(twice)} messages have more than one draft")
    if again := world.thrown & drafts.keys():
        wrong.append(f"{len(again)} drafts were made again after they were thrown away")
    missing = expected - drafts.keys() - world.thrown
    if len(missing) > unknown:
        wrong.append(f"{len(missing)} complaints have no draft, and only {unknown} are known of")
    if extra := drafts.keys() - expected:
        wrong.append(f"{len(extra)} drafts answer no complaint")
    if marked != expected:
        wrong.append(f"{len(expected - marked)} unmarked, {len(marked - expected)} wrongly marked")
    print(
        f"{len(expected)} complaints, {sum(drafts.values())} drafts, {len(world.thrown)} thrown away, {len(marked)} marked, {unknown} whose fate is unknown"
    )
    return wrong


def _tell_sizes(sizes: Sequence[tuple[float, float, int]], final: tuple[float, int]) -> None:
    if sizes:
        middle = sizes[len(sizes) // 2]
        print(f"memory {sizes[0][1]:.0f} MB at first, {middle[1]:.0f} in the middle, {max(s[1] for s in sizes):.0f} at most, {final[0]:.0f} at the end; "
              f"open files {sizes[0][2]}, {middle[2]}, {max(s[2] for s in sizes)}, {final[1]}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
