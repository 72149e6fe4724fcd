"""docs/first-case.md: a newcomer's first case, on the demo's server; each command shows what the page shows."""

from __future__ import annotations

import imaplib
import re
import shlex
from pathlib import Path
from typing import IO

from tests.program import SECONDS, Home

PAGE = (Path(__file__).parent.parent / "docs" / "first-case.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(console|text)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CONFIG = re.compile(r"export (ASSISTANT_CONFIG)=(\S+)\n")
PORT = re.compile(r"127\.0\.0\.1   port (\d+) ")


def until_it_waits(out: IO[bytes]) -> str:
    """What the demo says, to its last line; a watchdog ends it where it never gets there."""
    said = ""
    while "Ctrl-C stops it" not in said:
        line = out.readline().decode()
        assert line, said
        said += line
    return said


def like(shown: str, seen: str) -> bool:
    """Whether it is what the page shows; "…" stands for anything."""
    expected = r"[\s\S]*?".join(map(re.escape, re.split(r" *… *", shown.strip())))
    plain = "\n".join(line.rstrip() for line in seen.strip().splitlines())
    return re.fullmatch(expected, plain) is not None


def newest_draft(port: int) -> str:
    imap = imaplib.IMAP4("127.0.0.1", port, timeout=SECONDS)
    imap.login("robin@halestudio.example", "demo")
    last = imap.select("Drafts", readonly=True)[1][0]
    assert last is not None
    answer = imap.fetch(last.decode(), "(BODY.PEEK[TEXT])")[1][0]
    imap.logout()
    assert isinstance(answer, tuple)
    return answer[1].decode().replace("=\r\n", "").replace("\r\n", "\n")


def test_a_newcomer_follows_the_page(home: Home) -> None:
    """From the first command to the last."""
    tried = 0
    with home.start("demo", "--keep", seconds=300) as demo:
        assert demo.stdout is not None
        said = until_it_waits(demo.stdout)
        name, config = CONFIG.findall(said)[0]
        (port,) = PORT.findall(said)
        for kind, block in BLOCKS:
            if kind == "text":
                assert like(block, newest_draft(int(port))), newest_draft(int(port))
                continue
            for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, shown = each.partition("\n")
                done = home.run(*shlex.split(line)[1:], environ={name: config, "COLUMNS": "100"})
                assert (done.code, done.err) == (0, ""), line
                assert like(shown, done.out), f"$ {line}\n{done.out}\nwanted:\n{shown}"
                tried += 1
        demo.terminate()
        assert demo.wait(SECONDS) == 0
    assert not Path(config).parent.exists()
    assert tried == len(re.findall(r"^\$ ", PAGE, re.MULTILINE)) >= 9
