"""A real mail program takes up a draft of ours: neomutt, in a terminal, on Dovecot.

What it would send keeps To, From, Subject and the thread, and the draft has left Drafts
(research: recall by neomutt). It sends to a script that only writes down what it is given.
"""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from email.policy import default
from pathlib import Path

import pytest

from tests.letters import letter
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


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A terminal of tmux's own, with nothing of the user's."""
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


def test_neomutt_takes_up_the_draft(
    dovecot: DovecotStand, tmp_path: Path, terminal: Callable[..., str]
) -> None:
    if shutil.which("neomutt") is None or shutil.which("tmux") is None:
        if os.environ.get("ASSISTANT_NEED_DOVECOT"):
            pytest.fail("neomutt and tmux are needed here: apt-get install neomutt tmux")
        pytest.skip("needs neomutt and tmux")
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
    rc.write_text(
        RC.format(user=account.user, port=account.port, password=PASSWORD, sendmail=script)
    )
    mutt = f"neomutt -F {rc} -p; tmux -S {tmp_path}/tmux wait-for -S done"
    terminal("new-session", "-d", "-x", "110", "-y", "30", mutt)

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
