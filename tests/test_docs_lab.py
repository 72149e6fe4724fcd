"""Every example about rules that stands elsewhere than in docs/rules.md, whose own test is `test_docs_rules`."""

from __future__ import annotations

import contextlib
import json
import mailbox as boxes
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from assistant.lab.labelled import KEYS
from assistant.model import CUES
from assistant.rulebook import load
from assistant.rulebook.tables import RuleTable
from assistant.tone.phrases import PhraseRules
from tests.builders import rule
from tests.letters import FURIOUS, letter
from tests.program import Home, account_table, fresh
from tests.servers import PymapStand
from tests.test_learn import labelled, own_rules

ROOT = Path(__file__).parent.parent
FORMAT = (ROOT / "rules" / "README.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
LAB = (ROOT / "docs" / "lab.md").read_text("utf-8")
EXPLAIN = (ROOT / "docs" / "explain.md").read_text("utf-8")
LOGO = """
[[rule]]
id = "my.logo"
describe = "mentions the logo"
points = 700
tone = "angry"
phrases = ["now the logo"]
matches = ["And now the logo."]
"""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def indented(page: str) -> list[list[str]]:
    """The commands that stand in a page, each in its words."""
    return [shlex.split(line) for line in re.findall(r"^ {4}(assistant .+)$", page, re.MULTILINE)]


def table(page: str, head: str) -> list[str]:
    """What is in code in the first column of the table that begins so."""
    rows = page.partition(head)[2].partition("\n\n")[0]
    return [each for row in rows.split("\n") for each in re.findall(r"^\| `([^`]+)`", row)]


# --- rules/README.md ------------------------------------------------------------------------------


def test_every_example_of_the_format_is_in_order(home: Home) -> None:
    """As a file, as config.toml and with what it speaks of; a fifth one would need its test."""
    shortened, changing, test, voices = blocks(FORMAT, "toml")
    draft = home.folder / "draft.toml"
    for text in (shortened, voices):
        draft.write_text(text, "utf-8")
        done = home.run("rules", "lint", draft)
        assert (done.code, done.err) == (0, ""), done.out
    shown = tomllib.loads(shortened)["rule"][0]
    (shipped,) = (each for each in load().rules if each.id == shown["id"])
    assert (shown["points"], shown["tone"], tuple(shown["cues"])) == (
        shipped.points, shipped.tone, shipped.cues,
    )  # fmt: skip
    home.configure(changing)
    assert home.run("rules", "lint").code == 0
    listed = {each["id"]: each for each in home.run("rules", "--json").json["rules"]}
    assert listed["en.worried"]["points"] == 60
    assert "en.since-then" not in listed
    assert "my.golden-hour" in listed
    home.configure('[judging]\nreader = "off"\n', LOGO, test)
    done = home.run("rules", "test")
    assert (done.code, done.err) == (0, ""), done.out
    assert "✓ the logo, again" in done.out


def test_every_phrase_of_the_format_can_be_written() -> None:
    """Each row of the table as a rule; and what the page says that one finds."""
    (english,) = (each for each in load().lexicons if each.language == "en")
    phrases = table(FORMAT, "| write | to find |")
    assert len(phrases) == 10
    for phrase in phrases:
        bare = phrase.strip(".") == ""
        text = f"a {phrase} b" if bare else phrase.replace("\\|", "|")
        PhraseRules((rule(phrases=(text,)),), english)
    (asked,) = re.findall(r"^So `(.+?)`", FORMAT, re.MULTILINE)
    found = re.findall(r'"([^"]+)"', FORMAT.partition(f"`{asked}` finds ")[2].partition(".\n")[0])
    assert len(found) == 2
    finder = PhraseRules((rule(phrases=(asked,), unless=()),), english)
    for text in found:
        assert finder.find(" ".join(text.split())), text


def test_the_format_names_every_key_and_cue() -> None:
    """And none that is not there."""
    told = set(
        re.findall(r"`([a-z-]+)`", re.findall(r"^The cues: (.+?)\n\n", FORMAT, re.M | re.S)[0])
    )
    assert told == set(CUES)
    conditions = {
        each.partition(" ")[0] for each in table(FORMAT, "| key | the rule holds only if")
    }
    assert conditions < set(RuleTable.model_fields)
    for key in RuleTable.model_fields:
        assert re.search(rf"\b{key}\b", FORMAT), key


# --- README.md ------------------------------------------------------------------------------------


def test_the_readme_shows_how_to_tune(home: Home) -> None:
    """Its commands run, and its rules are in order as config.toml."""
    section = README.partition("\n## Tune\n")[2].partition("\n## ")[0]
    (shell,) = blocks(section, "")
    (home.folder / "complaint.eml").write_bytes(letter(FURIOUS).raw)
    for line in shell.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "assistant"
        assert home.run(*arguments).code == 0
    (changed,) = blocks(section, "toml")
    home.configure(changed)
    assert home.run("rules", "lint").code == 0
    listed = {each["id"]: each["points"] for each in home.run("rules", "--json").json["rules"]}
    assert (listed["en.unacceptable"], listed["my.logo-again"]) == (60, 40)


# --- docs/lab.md, docs/explain.md -----------------------------------------------------------------


def test_every_command_of_the_lab_runs(pymap: PymapStand, home: Home) -> None:
    """On files of the names that stand there, and a mailbox; what is written has the keys that are told."""
    account = pymap.account(fresh(number=1))
    home.use(account)
    (home.folder / "new.toml").write_text(LOGO, "utf-8")
    (home.folder / "new-config.toml").write_text(
        f"threshold = 2000\n{account_table(account)}", "utf-8"
    )
    (home.folder / "FOLDER" / "unhappy").mkdir(parents=True)
    (home.folder / "FOLDER" / "unhappy" / "a.eml").write_bytes(letter(FURIOUS).raw)
    row = {"text": FURIOUS, "dissatisfied": True, "tone": "angry"}
    (home.folder / "labelled.jsonl").write_text(json.dumps(row), "utf-8")
    with contextlib.closing(boxes.mbox(home.folder / "mail.mbox")) as box:
        box.add(letter(FURIOUS).raw)
    listed = [each for each in indented(LAB) if each[1] != "learn"]
    assert len(listed) == 4
    for program, *arguments in listed:
        assert program == "assistant"
        done = home.run(*arguments)
        assert (done.code, done.err) == (0, ""), arguments
        assert "message" in done.out
    assert "No more flagged: 1" in done.out
    (verdict,) = (home.folder / "out.jsonl").read_text("utf-8").splitlines()
    (told,) = re.findall(
        r"`--verdicts OUT.jsonl` writes for each message (.+?) \(why", LAB, re.DOTALL
    )
    assert set(re.findall(r"`(\w+)`", told)) == set(json.loads(verdict))
    assert set(table(LAB, "| key | what it is |")) == set(KEYS)


def test_every_command_of_learning_runs(pymap: PymapStand, home: Home) -> None:
    """As docs/lab.md has them: from files, from a mailbox where nobody has said anything yet, and taken back."""
    home.use(pymap.account(fresh(number=1)))
    own_rules(home)
    labelled(home.folder / "labelled.jsonl")
    (home.folder / "FOLDER" / "unhappy").mkdir(parents=True)
    (home.folder / "FOLDER" / "unhappy" / "a.eml").write_bytes(letter(FURIOUS).raw)
    listed = [arguments for _, *arguments in indented(LAB) if arguments[0] == "learn"]
    codes = [home.run(*each).code for each in listed]
    assert [each[-1] for each in listed] == ["FOLDER", "90d", "proposal.toml", "--apply", "--undo"]
    assert codes == [0, 12, 12, 12, 3]
    assert not (home.folder / "proposal.toml").exists()


def test_every_command_about_explaining_runs(home: Home) -> None:
    """On a message and a folder of the names that stand there."""
    (home.folder / "message.eml").write_bytes(letter(FURIOUS).raw)
    (home.folder / "more").mkdir()
    (home.folder / "more" / "a.eml").write_bytes(letter(FURIOUS).raw)
    listed = indented(EXPLAIN)
    assert len(listed) == 2
    for _, *arguments in listed:
        done = home.run(*arguments)
        assert (done.code, done.err) == (0, "")
    assert (home.folder / "page.html").read_text("utf-8").count("<article") == 2


# --- that none is forgotten -----------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_no_other_page_shows_a_rule(page: Path) -> None:
    """A `[[rule]]` or `[[test]]` on a page that no test runs would be right by chance only."""
    run = {"rules.md": "tests/test_docs_rules.py", "walk.md": "tests/test_walk.py"}
    if page.name in run:
        assert run[page.name] in page.read_text("utf-8")
        return
    for block in blocks(page.read_text("utf-8"), "[a-z]*"):
        assert "[[rule]]" not in block
        assert "[[test]]" not in block
