"""docs/walk.md, on Dovecot: what a user does to be rid of two wrong flags, and what each step shows."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tests.office import NUMBER, TAKEN_FOR_UNHAPPY, UNHAPPY, month
from tests.program import ADDRESS, Home
from tests.servers import DovecotStand, ImapAccount
from tests.test_docs_rules import commands, run

PAGE = (Path(__file__).parent.parent / "docs" / "walk.md").read_text("utf-8")
STEPS = re.findall(r"^(?:<!-- (.*?) -->$|```console\n(.*?)^```)", PAGE, re.MULTILINE | re.DOTALL)
TONES = ("concerned", "disappointed", "frustrated", "angry", "hostile")


def flagged(account: ImapAccount) -> dict[int, str]:
    """UID -> words, of what has a tone's keyword on it."""
    return {
        each.uid: each.raw.decode().split("\r\n\r\n", 1)[-1]
        for each in account.contents()
        if any(f"tone-{tone}" in each.flags for tone in TONES)
    }


def a_day_passes(home: Home, account: ImapAccount) -> None:
    """What was judged, was judged two days ago; and the assistant looks again."""
    path = home.state / "state.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as state, state:
        for number, at in state.execute("SELECT id, judged_at FROM message").fetchall():
            before = datetime.fromisoformat(at) - timedelta(days=2)
            state.execute(
                "UPDATE message SET judged_at = ? WHERE id = ?",
                (before.isoformat(timespec="microseconds"), number),
            )
    assert home.run("scan").code == 0
    assert len(flagged(account)) == len(UNHAPPY) + len(TAKEN_FOR_UNHAPPY)


def tags_are_taken_off(home: Home, account: ImapAccount) -> None:
    """In the user's own mail program."""
    wrong = [uid for uid, words in flagged(account).items() if "photographer" in words]
    assert len(wrong) == len(TAKEN_FOR_UNHAPPY)
    with account.client() as imap:
        imap.select("INBOX")
        for uid in wrong:
            tones = " ".join(f"tone-{tone}" for tone in TONES)
            assert imap.uid("STORE", str(uid), "-FLAGS", f"({tones})")[0] == "OK"


HAPPENS: dict[str, Callable[[Home, ImapAccount], None]] = {
    "A day passes; meanwhile the assistant looks again.": a_day_passes,
    "The tags of Lars and Ines are taken off.": tags_are_taken_off,
}


def judged_anew(home: Home, account: ImapAccount) -> list[str]:
    """Who is flagged by a program with these rules that remembers nothing."""
    fresh = Home(home.folder / "anew")
    fresh.use(account, addresses=[ADDRESS])
    shutil.copytree(home.config_file.parent / "rules", fresh.config_file.parent / "rules")
    done = fresh.run("scan", "--since", "30d", "--dry-run", "--json").json
    assert done["judged"] == NUMBER
    return [each["from"] for each in done["messages"] if each["dissatisfied"]]


def test_the_walk(dovecot: DovecotStand, home: Home) -> None:
    """Every command of the page shows what the page shows; two flags are gone, and no true one."""
    account = dovecot.account(*month())
    home.use(account, addresses=[ADDRESS])
    tried = 0
    for event, block in STEPS:
        if event:
            HAPPENS[event](home, account)
        for line, shown in commands(block):
            if line.startswith("cat "):
                seen = (home.folder / line.removeprefix("cat ")).read_text("utf-8")
            else:
                seen = run(home, line)
            expected = ".*?".join(map(re.escape, shown.split("…")))
            assert re.fullmatch(expected, seen, re.DOTALL), f"$ {line}\n{seen}\nwanted:\n{shown}"
            tried += 1
            if "--apply" in line:
                found = judged_anew(home, account)
                assert len(found) == len(UNHAPPY)
                assert not {"lars@lars.example", "ines@ines.example"} & set(found)
    assert tried == 8
