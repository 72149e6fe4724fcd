"""A real mail program: neomutt, in a terminal, on Dovecot. It shows the tones, and takes up a draft.

What it would send keeps To, From, Subject and the thread, and the draft has left Drafts
(research: recall by neomutt). It sends to a script that only writes down what it is given.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from email.policy import default
from pathlib import Path

import pytest

from tests.letters import CALM, letter
from tests.program import Home
from tests.servers import PASSWORD, DovecotStand, ImapAccount
from tests.workbench import LONG_AGO, Bench

SECONDS = 30.0
RC = """
set folder = "imap://{user}@127.0.0.1:{port}/"
set spoolfile = "+INBOX"
set postponed = "+Drafts"
set imap_pass = "{password}"
set ssl_starttls = no
set ssl_force_tls = no
set record = ""
set copy = no
set editor = true
set sendmail = "{sendmail}"
set header_cache = ""
set autoedit = yes
set fast_reply = yes
set from = "robin@studio.example"
set use_from = yes
set reverse_name = yes
set imap_check_subscribed = no
"""


WIDTH = 110


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A terminal of tmux's own, with nothing of the user's."""
    if shutil.which("neomutt") is None or shutil.which("tmux") is None:
        if os.environ.get("ASSISTANT_NEED_DOVECOT"):
            pytest.fail("neomutt and tmux are needed here: apt-get install neomutt tmux")
        pytest.skip("needs neomutt and tmux")
    socket = tmp_path / "tmux"

    def tmux(*arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(socket), *arguments],
            capture_output=True, check=False, text=True, timeout=SECONDS,
            env={**os.environ, "TERM": "xterm-256color", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        )  # fmt: skip
        return done.stdout

    yield tmux
    tmux("kill-server")


def until(what: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait for what a screen shows: nothing tells when a program has drawn it."""
    end = time.monotonic() + SECONDS
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(told())
        time.sleep(0.05)


def listed(account: ImapAccount, home: Home, folder: Path, terminal: Callable[..., str]) -> Bench:
    """A mailbox that was looked at, in neomutt after `client-setup neomutt --write`."""
    bench = Bench(account, folder / "state.sqlite3")
    bench.run(LONG_AGO)
    rc = folder / "rc"
    rc.write_text(settings(account) + 'set index_format = "<%C> %s"\n')
    assert home.run("client-setup", "neomutt", "--write", rc).code == 0
    terminal("new-session", "-d", "-x", str(WIDTH), "-y", "30", f"neomutt -F {rc}")
    return bench


def settings(account: ImapAccount, sendmail: Path = Path("/bin/false")) -> str:
    """A neomuttrc for an account."""
    return RC.format(user=account.user, port=account.port, password=PASSWORD, sendmail=sendmail)


def test_neomutt_shows_the_tones(
    dovecot: DovecotStand, home: Home, tmp_path: Path, terminal: Callable[..., str]
) -> None:
    """A word at the end of the line and the line's colour, after `client-setup neomutt --write`;
    also of a keyword of the user's own, in another case, and with an index_format of the user's own."""
    home.configure('[[tone]]\nid = "frustrated"\nheat = 3\nkeyword = "Customer.Cross"')
    account = dovecot.account(
        letter(number=1, subject="Calm words", body=CALM),
        letter(number=2, subject="Angry words"),
        letter(number=3, subject="Cross words", body=CALM, flags=("customer.cross",)),
        letter(number=4, subject="Alike words", body=CALM, flags=("customer-cross", "xtone-angry")),
        letter(number=5, subject="Harsh " + "words " * 30, body=CALM, flags=("tone-hostile", "look-first")),
        letter(number=6, subject="Upset words", body=CALM, flags=("$Forwarded", "tone-concerned")),
    )  # fmt: skip
    assert isinstance(account, ImapAccount)
    listed(account, home, tmp_path, terminal)

    def screen() -> str:
        return terminal("capture-pane", "-p", "-e")

    # The line at the bottom is drawn last.
    until(lambda: "concerned" in screen() and "Msgs:6" in screen(), screen)
    lines = shown(screen())
    assert lines.pop("Calm")[1] == lines.pop("Alike")[1] == "words"
    assert lines == {
        "Angry": ("31", "angry"),
        "Cross": ("33", "frustrated"),
        "Harsh": ("1;31", "hostile"),
        "Upset": ("36", "concerned"),
    }
    assert re.search(r"^.*<2> Angry words +angry$", screen(), re.MULTILINE)
    assert re.search(r"^.*<5> Harsh [ \w]+ ! hostile$", screen(), re.MULTILINE)


def test_neomutt_tells_a_case(
    dovecot: DovecotStand, home: Home, tmp_path: Path, terminal: Callable[..., str]
) -> None:
    """A comma and a letter put the keyword beside those that the message has, at once; the line shows how far
    the case is, and the assistant hears it."""
    account = dovecot.account(letter(number=1, subject="Angry words", flags=("$Forwarded",)))
    assert isinstance(account, ImapAccount)
    bench = listed(account, home, tmp_path, terminal)

    def screen() -> str:
        return terminal("capture-pane", "-p")

    until(lambda: "angry" in screen() and "Msgs:1" in screen(), screen)
    for key, said in (("c", "called"), ("d", "done")):
        terminal("send-keys", f",{key}")
        until(lambda: f"angry ({said})" in screen(), screen)  # noqa: B023 - asked within the loop
    (lies,) = account.contents()
    assert lies.flags >= {"$forwarded", "tone-angry", "case-called", "case-done"}
    assert [told.split()[-1] for told in bench.run().told] == ["case-called", "case-done"]


def shown(screen: str) -> dict[str, tuple[str, str]]:
    """Of each line of the index, by its subject's first word: its colour (ECMA-48, SGR), and its last word."""
    lines: dict[str, tuple[str, str]] = {}
    bold = colour = ""
    for line in screen.splitlines():
        for codes in re.findall(r"\x1b\[([0-9;]*)m", line.partition("<")[0]):
            for code in codes.split(";"):
                if code in ("", "0"):
                    bold = colour = ""
                elif code == "1":
                    bold = "1;"
                elif code.startswith("3"):
                    colour = code
        if found := re.search(r"<\d> (\w+) .*?(\w+)$", line):
            lines[found[1]] = (bold + colour, found[2])
    return lines


def test_neomutt_takes_up_the_draft(
    dovecot: DovecotStand, tmp_path: Path, terminal: Callable[..., str]
) -> None:
    account = dovecot.account(
        letter(sender="Zoë Klient <zoe@client.example>", subject="Der Entwurf für Mai"),
    )
    assert isinstance(account, ImapAccount)
    Bench(account, tmp_path / "state.sqlite3").run(LONG_AGO)
    (laid,) = account.contents("Drafts")
    ours = email.message_from_bytes(laid.raw, policy=default)

    sent, script, rc = tmp_path / "sent", tmp_path / "sendmail", tmp_path / "rc"
    script.write_text(f"#!/bin/sh\ncat > {sent}.part && mv {sent}.part {sent}\n")
    script.chmod(0o755)
    rc.write_text(settings(account, script))
    mutt = f"neomutt -F {rc} -p; tmux -S {tmp_path}/tmux wait-for -S done"
    terminal("new-session", "-d", "-x", str(WIDTH), "-y", "30", mutt)

    def screen() -> str:
        return terminal("capture-pane", "-p")

    until(lambda: "zoe@client.example" in screen(), screen)
    assert "Der Entwurf für Mai" in screen()
    terminal("send-keys", "y")
    terminal("wait-for", "done")
    theirs = email.message_from_bytes(sent.read_bytes(), policy=default)
    for name in ("To", "From", "Subject", "In-Reply-To", "References", "Message-ID"):
        assert str(theirs[name]) == str(ours[name]), name
    assert theirs["Cc"] is theirs["Bcc"] is None
    assert theirs.get_content().split() == ours.get_content().split()  # type: ignore[attr-defined]
    assert account.contents("Drafts") == []
