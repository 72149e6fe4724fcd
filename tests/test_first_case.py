"""docs/first-case.md and the README: a first case, on the demo's server; each command shows what the page shows."""

from __future__ import annotations

import imaplib
import re
import shlex
from pathlib import Path
from typing import IO

from tests.program import SECONDS, Home

PAGE = (Path(__file__).parent.parent / "docs" / "first-case.md").read_text("utf-8")
README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
DAY = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} [A-Z][a-z]{2}\b(?: \d{4})?(?: \d\d:\d\d)?"
    r"(?: \((?:yesterday|today|tomorrow)\))?"
)
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


def follow(home: Home, blocks: list[tuple[str, str]]) -> int:
    """Type what stands there, from the first command to the last; how many there were."""
    tried = 0
    with home.start("demo", "--keep", seconds=300) as demo:
        assert demo.stdout is not None
        said = until_it_waits(demo.stdout)
        name, config = CONFIG.findall(said)[0]
        (port,) = PORT.findall(said)
        for kind, block in blocks:
            if kind == "text":
                assert like(block, newest_draft(int(port))), newest_draft(int(port))
                continue
            for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, shown = each.partition("\n")
                words = shlex.split(line, comments=True)[1:]
                done = home.run(*words, environ={name: config, "COLUMNS": "100"})
                assert (done.code, done.err) == (0, ""), line
                assert like(shown, done.out), f"$ {line}\n{done.out}\nwanted:\n{shown}"
                tried += 1
        demo.terminate()
        assert demo.wait(SECONDS) == 0
    assert not Path(config).parent.exists()
    return tried


def test_a_newcomer_follows_the_page(home: Home) -> None:
    """From the first command to the last."""
    assert follow(home, BLOCKS) == len(re.findall(r"^\$ ", PAGE, re.MULTILINE)) >= 9


def test_the_readme_shows_a_case_to_its_end(home: Home) -> None:
    """As it goes today, but for the days and what stands behind a #."""
    _, _, after = README.partition("## After the reply: the case")
    block = after.split("```\n")[1]
    undated = re.sub(r"(?m)^(?!\$)(.*?) {2,}# .*$", r"\1", DAY.sub("…", block))
    assert follow(home, [("console", undated)]) == 5
