"""A first scan of a whole mailbox on Dovecot, beside programs that only fetch it.

    python -m bench.scanning [--quick]

Ours is `assistant scan --dry-run` as a program, from its start to its end. imapclient and imap-tools run in
this process, from connecting to the last byte; mbsync is a program, too, and writes a Maildir.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imap_tools import MailBoxUnencrypted
from imapclient import IMAPClient

from bench.boxes import dovecot, filled, letters
from bench.programs import configured, ran
from bench.report import Section, Table, markdown, verdict, versions
from tests.servers import PASSWORD, ImapAccount

MESSAGES, ROUNDS = 10_000, 3
AT_ONCE = 100
SHARE = 0.4
"""Of bare imapclient's rate: the target."""
ATTACHED = 60_000
"""Bytes of the picture in each message of the second mailbox: ordinary inboxes have some 75 KB a message."""
MBSYNC = shutil.which("mbsync") or ""
SINCE = ("--since", "3650d")
OURS = "`assistant scan --dry-run`, start included"
READER = "with the reader, start included"
BARE = "imapclient, `BODY.PEEK[]`, 100 at once"


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    messages, rounds = (200, 1) if quick else (MESSAGES, ROUNDS)
    boxes = (
        (f"{messages:,} letters without attachments", messages, 0),
        (
            f"{messages // 5:,}, each with a picture of {ATTACHED // 1000} KB",
            messages // 5,
            ATTACHED,
        ),
    )
    tables, notes = [], []
    for name, count, attached in boxes:
        with dovecot() as stand, tempfile.TemporaryDirectory(prefix="scanning-") as folder:
            account = filled(stand, letters(count, attached))
            found = _measured(account, Path(folder), count, rounds)
        bare = found[BARE]
        rows = [(what, f"{rate:,.0f}", f"{rate / bare:.2f}") for what, rate in found.items()]
        tables.append(Table((name, "messages a second", "of imapclient's"), tuple(rows)))
        notes.append(
            f"{name}: target {SHARE:.0%} of imapclient's rate, without the reader: "
            f"{found[OURS] / bare:.0%}, {verdict(found[OURS] >= SHARE * bare)}. It leaves {2000 / (SHARE * bare):.2f} ms of two "
            f"cores for a message, the server's work included; all that ours does takes {1000 / found[OURS]:.2f} ms of the clock."
        )
    notes.append(
        "Why: to read and judge a person's message takes a core several times as long as to fetch it; Judging shows where that goes."
    )
    if not MBSYNC:
        notes.append("mbsync is not installed here (`apt-get install isync`).")
    return Section(
        "A first scan of a whole mailbox",
        "python -m bench.scanning",
        f"Mailboxes on Dovecot on this machine, wall clock, median of {rounds}; the first fetch of "
        "them, by which Dovecot makes its index, is not counted. All share two cores with the server. "
        "Ours also reads, judges and remembers what it fetches; the others do not. "
        + versions(("imapclient", "imap-tools"))
        + _mbsync_version(),
        tuple(tables),
        tuple(notes),
    )


def _measured(account: ImapAccount, folder: Path, messages: int, rounds: int) -> dict[str, float]:
    """What -> messages a second. One after another in each round, so that a busy minute meets all."""
    programs: dict[str, Callable[[], None]] = {BARE: lambda: _imapclient(account, messages)}
    programs["imap-tools, with subject, sender and text"] = lambda: _imap_tools(account, messages)
    if MBSYNC:
        programs["mbsync, into a Maildir"] = lambda: _mbsync(account, folder, messages)
    for name, reader in ((OURS, "off"), (READER, "auto")):
        config = configured(folder / reader, [account], f'[judging]\nreader = "{reader}"')
        programs[name] = lambda config=config: _scan(config, messages)
        programs[f"{name}: its start"] = lambda config=config: _scan(config, 1)
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    median = {name: statistics.median(each) for name, each in seconds.items()}
    found = {}
    for name, took in median.items():
        if name.endswith(": its start"):  # with the first message
            whole = name.removesuffix(": its start")
            found[whole.replace("start included", "without its start")] = (messages - 1) / (
                median[whole] - took
            )
        else:
            found[name] = messages / took
    return found


def _scan(config: Path, messages: int) -> None:
    out = ran(config, "scan", "--dry-run", *SINCE, "--limit", str(messages)).out
    judged = re.search(r": (\d+) judged", out)
    if judged is None or int(judged[1]) != messages:
        raise RuntimeError(f"not all of {messages} messages were judged: {out[-300:]}")


def _imapclient(account: ImapAccount, messages: int) -> None:
    got = 0
    with IMAPClient("127.0.0.1", account.port, ssl=False) as client:
        client.login(account.user, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), AT_ONCE):
            found = client.fetch(uids[start : start + AT_ONCE], ["BODY.PEEK[]"])
            got += sum(1 for each in found.values() if each[b"BODY[]"])
    if got != messages:
        raise RuntimeError(f"imapclient got {got} messages")


def _imap_tools(account: ImapAccount, messages: int) -> None:
    got = 0
    with MailBoxUnencrypted("127.0.0.1", account.port).login(account.user, PASSWORD) as box:
        for each in box.fetch(mark_seen=False, bulk=AT_ONCE):
            got += bool(each.subject and each.from_ and each.text)
    if got != messages:
        raise RuntimeError(f"imap-tools got {got} messages")


def _mbsync(account: ImapAccount, folder: Path, messages: int) -> None:
    near = folder / "mbsync"
    shutil.rmtree(near, ignore_errors=True)
    near.mkdir()
    config = folder / "mbsyncrc"
    config.write_text(
        f"IMAPAccount bench\nHost 127.0.0.1\nPort {account.port}\nUser {account.user}\nPass {PASSWORD}\n"
        "SSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount bench\n\n"
        f"MaildirStore near\nPath {near}/\nInbox {near}/INBOX\n\n"
        "Channel inbox\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
    )
    subprocess.run(
        [MBSYNC, "-q", "-c", str(config), "inbox"], check=True, stderr=subprocess.DEVNULL
    )
    got = sum(1 for _ in near.glob("INBOX/*/*,*"))
    if got != messages:
        raise RuntimeError(f"mbsync got {got} messages")


def _mbsync_version() -> str:
    if not MBSYNC:
        return "."
    said = subprocess.run([MBSYNC, "--version"], capture_output=True, text=True, check=True)
    return f", {said.stdout.strip()}."


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
