"""docs/rules.md: every file in it is written, every command run, every phrase tried, in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from assistant.rulebook import load
from assistant.tone.phrases import PhraseRules
from tests.builders import rule
from tests.program import Home

PAGE = (Path(__file__).parent.parent / "docs" / "rules.md").read_text("utf-8")
SHORT = "~/.config/inbox-assistant"
BLOCKS = re.findall(r"^```(toml|console)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PHRASES = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def lay(home: Home, text: str) -> None:
    """Write a block into the file that its first line names: at the end, or anew."""
    head, _, rest = text.partition("\n")
    if head.startswith("#:schema"):
        head, rest = "# rules/with-schema.toml", text
    name, _, how = head.removeprefix("# ").partition(", ")
    folder = home.folder if name == "draft.toml" else home.config_file.parent
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    before = path.read_text("utf-8") if path.exists() and how != "anew" else ""
    path.write_text(before + (rest if before else text), "utf-8")


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what it shows."""
    pieces = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(line, shown) for each in pieces for line, _, shown in [each.partition("\n")]]


def run(home: Home, line: str) -> str:
    """What a person would see, the exit code behind it where it isn't 0."""
    line, _, target = line.partition(" > ")
    program, *arguments = shlex.split(line)
    assert program == "assistant"
    done = home.run(*arguments)
    if target:
        path = Path(target.replace(SHORT, str(home.config_file.parent)))
        path.write_text(done.out, "utf-8")
        assert done.code == 0
        return ""
    seen = (done.out + done.err).replace(str(home.config_file.parent), SHORT)
    return "".join(f"{each.rstrip()}\n" for each in seen.splitlines()) + (
        f"[{done.code}]\n" if done.code else ""
    )


def test_every_example_does_what_the_page_says(home: Home) -> None:
    """From the top to the end, as a reader would."""
    tried = 0
    for kind, text in BLOCKS:
        if kind == "toml":
            lay(home, text)
            continue
        for line, shown in commands(text):
            seen = run(home, line)
            expected = ".*?".join(map(re.escape, shown.split("…")))
            assert re.fullmatch(expected, seen, re.DOTALL), f"$ {line}\n{seen}\nwanted:\n{shown}"
            tried += 1
    assert tried >= 12
    assert home.run("rules", "lint").code == 0


@pytest.mark.parametrize(("phrase", "finds", "leaves"), PHRASES)
def test_every_phrase_in_the_table(phrase: str, finds: str, leaves: str) -> None:
    """It finds its sentence, and leaves the other alone."""
    (english,) = (each for each in load().lexicons if each.language == "en")
    made = rule(phrases=(phrase.replace("\\|", "|"),), unless=())
    finder = PhraseRules((made,), english)
    assert finder.find(finds)
    assert not finder.find(leaves)


def test_the_table_has_its_phrases() -> None:
    """The pattern that takes them from the page still finds them."""
    assert len(PHRASES) >= 10
