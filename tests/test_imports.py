"""What commands import before they do anything: a start that takes long is felt each time."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from assistant.cli import MODULES, cli

HEAVY = (
    "imapclient", "mailparser", "nltk", "numpy", "onnxruntime", "pydantic", "pygal", "rich", "sqlite3", "textblob", "tomlkit",
)  # fmt: skip
READING = ("imapclient", "nltk", "numpy", "onnxruntime", "sqlite3", "textblob")
"""What reading config and rules needs nothing of; `explain` reads mail in a process of its own."""


@pytest.mark.parametrize(
    ("before", "unwanted"),
    [
        (
            "from assistant.cli import cli; [cli.get_command(None, each) for each in cli.list_commands(None)]",
            HEAVY,
        ),
        (
            "from assistant.cli import cli; cli.get_command(None, 'explain')",
            ("assistant.cli.scan",),
        ),
        ("from assistant.cli import wiring; wiring.read_setup(None)", READING),
        ("from assistant.worker import Worker", (*READING, "assistant.model", "pydantic", "re2")),
        ("from assistant.cli import show", (*READING, "pydantic", "rich.progress")),
        ("from assistant.tone.polarity import polarity; polarity('bad')", ("nltk", "numpy")),
    ],
)
def test_what_is_heavy_waits(before: str, unwanted: tuple[str, ...], tmp_path: object) -> None:
    """For `--help`, for the rules, for the process that reads, for TextBlob's polarity."""
    code = f"{before}\nimport sys\nprint(*sorted(set(sys.modules) & set({unwanted!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True,
        env={"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split() == []


ALONE = """
import os, sys
from assistant.cli import MODULES, cli
for name in MODULES:
    child = os.fork()  # in which no other command was called
    if not child:
        found = cli.get_command(None, name)
        os._exit(found is None or found.name != name)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


def test_every_command_is_found_by_its_name_alone() -> None:
    """Not only because another that its module registers was called before."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, check=True, text=True)
    assert done.stdout.split() == []


def test_no_command_is_missing_from_the_list() -> None:
    """Each that any module registers; and `rules` has the one that stands in a module of its own."""
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert set(cli.commands) == set(found) == set(MODULES)
    rules = found["rules"]
    assert isinstance(rules, click.Group)
    assert "hits" in rules.commands


def test_what_there_is_none_of_is_told() -> None:
    """A mistyped command is told as click does."""
    assert cli.get_command(click.Context(cli), "explian") is None
