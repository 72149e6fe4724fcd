"""Kills `assistant scan` at random moments on a real Dovecot, again and again, and counts.

    python -m bench.soak --kills 50 --mails 1000

Mail arrives in portions. A scan is started after each and killed (SIGKILL) once it has said a
random number of bytes to the server, between none and all that a whole scan says. At the end
scans are left alone. What must come of it: every complaint marked, exactly one draft for each,
nothing else, and a second undisturbed scan that changes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from tests.letters import CALM, Letter, letter
from tests.servers import PASSWORD, DovecotStand, ImapAccount, Stored, select_wait

COMPLAINT = (
    "This is unacceptable. It is the third time I have asked, nobody has answered, and I am "
    "extremely disappointed with the way this has been handled."
)
EVERY = 4
"""One message in so many is a complaint."""
SETTLE_SECONDS = 121.0
"""How long a draft whose APPEND was cut is left alone (service.ports.Desk.settle_seconds)."""


def main() -> int:
    """The command; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--mails", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        Path(folder).chmod(0o711)
        (Path(folder) / "dovecot").mkdir()
        stand = DovecotStand(Path(folder) / "dovecot")
        try:
            return _soak(stand, Path(folder), options.kills, options.mails, options.seed)
        finally:
            stand.proxy.close()
            stand.close()


def _soak(stand: DovecotStand, folder: Path, kills: int, mails: int, seed: int) -> int:
    chance = random.Random(seed)
    account = stand.account()
    config = _config(folder, account)
    portion = -(-mails // max(kills, 1))
    letters = list(_letters(mails + 20 * portion))
    delivered = portion
    account.deliver_all(letters[:delivered])
    started = time.monotonic()
    _scan(config)
    whole = time.monotonic() - started
    said = _said(stand)
    print(f"an undisturbed scan of {portion} messages takes {whole:.1f} s, program start included")
    died = starts = 0
    while died < kills and delivered < len(letters):
        account.deliver_all(letters[delivered : delivered + portion])
        delivered += portion
        starts += 1
        died += _killed_scan(stand, config, chance.randrange(said))
    print(
        f"{died} scans killed in the middle (of {starts} started), {delivered} messages delivered"
    )
    _scan(config)
    print(f"waiting {SETTLE_SECONDS:.0f} s, until no cut connection can still be committing")
    select_wait(SETTLE_SECONDS)
    _scan(config)
    before = _picture(account)
    started = time.monotonic()
    last = _scan(config)
    again = time.monotonic() - started
    wrong = _check(account, [each for n, each in enumerate(letters[:delivered]) if n % EVERY == 0])
    if died < kills:
        wrong.append(f"only {died} of {kills} scans were killed: the harness is too slow")
    if _picture(account) != before or last["judged"]:
        wrong.append("an undisturbed second scan changed something")
    print(f"a scan with nothing new takes {again:.1f} s, program start included")
    for each in wrong:
        print(f"BROKEN: {each}")
    print("broken" if wrong else "no duplicate, no gap")
    return 1 if wrong else 0


def _letters(count: int) -> Iterator[Letter]:
    now = datetime.now(UTC)
    for number in range(count):
        made = letter(
            COMPLAINT if number % EVERY == 0 else CALM,
            number=number,
            sender=f"Client {number} <client{number}@client.example>",
            to="robin@studio.example",
        )
        written = f"{now - timedelta(hours=1):%a, %d %b %Y %H:%M:%S} +0000".encode()
        head, _, body = made.raw.partition(b"\r\n\r\n")
        lines = [b"Date: " + written if x.startswith(b"Date:") else x for x in head.split(b"\r\n")]
        yield replace(made, raw=b"\r\n".join(lines) + b"\r\n\r\n" + body, arrived=now)


def _config(folder: Path, account: ImapAccount) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'state = "{folder}/state"\n'
        "[[account]]\n"
        'host = "127.0.0.1"\n'
        f"port = {account.proxy.port}\n"
        f'user = "{account.user}"\n'
        'addresses = ["robin@studio.example"]\n'
        'password_env = "SOAK_PASSWORD"\n'
        "insecure = true\n"
        # Hundreds of complaints within minutes, which drafting would otherwise stop for.
        "[drafting]\n"
        "drafts_per_hour = 10000\n"
        "stop_in_flood = false\n"
    )
    return path


def _command(config: Path) -> list[str]:
    day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    return [
        sys.executable,
        "-m",
        "assistant",
        "--config",
        str(config),
        "scan",
        "--since",
        day,
        "--json",
    ]


def _said(stand: DovecotStand) -> int:
    """Bytes that the program has sent to the server so far."""
    return sum(map(len, stand.proxy.sent))


def _killed_scan(stand: DovecotStand, config: Path, after: int) -> int:
    """Start a scan and kill it once it has said so many bytes; 1 if it was still at work then."""
    before = _said(stand)
    process = subprocess.Popen(
        _command(config), env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        if _said(stand) - before > after:
            process.kill()
            process.wait()
            return 1
        select_wait(0.001)
    return 0


def _scan(config: Path) -> dict[str, object]:
    done = subprocess.run(_command(config), env=_environment(), capture_output=True, check=False)
    if done.returncode not in (0, 4):
        raise RuntimeError(done.stderr.decode())
    found: dict[str, object] = json.loads(done.stdout)
    print(
        f"  scan: {found['judged']} judged, {found['flagged']} flagged, problems: {found['problems']}"
    )
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "SOAK_PASSWORD": PASSWORD}


def _picture(account: ImapAccount) -> tuple[list[Stored], list[Stored]]:
    return account.contents(), account.contents("Drafts")


def _check(account: ImapAccount, complaints: list[Letter]) -> list[str]:
    """Every promise that the mailbox breaks."""
    wrong: list[str] = []
    expected = {str(message_from_bytes(each.raw)["Message-ID"]) for each in complaints}
    answered = Counter(
        str(message_from_bytes(each.raw)["In-Reply-To"]) for each in account.contents("Drafts")
    )
    if twice := [key for key, count in answered.items() if count > 1]:
        wrong.append(f"{len(twice)} messages have more than one draft")
    if missing := expected - answered.keys():
        wrong.append(f"{len(missing)} complaints have no draft")
    if extra := answered.keys() - expected:
        wrong.append(f"{len(extra)} drafts answer no complaint")
    marked = {
        str(message_from_bytes(each.raw)["Message-ID"])
        for each in account.contents()
        if any(flag.startswith("tone-") for flag in each.flags)
    }
    if marked != expected:
        wrong.append(
            f"{len(expected - marked)} complaints unmarked, {len(marked - expected)} others marked"
        )
    if any("\\seen" in each.flags for each in account.contents()):
        wrong.append("a message was marked as read")
    print(f"{len(expected)} complaints, {sum(answered.values())} drafts, {len(marked)} marked")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
