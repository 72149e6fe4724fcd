"""What commands import before they do anything: a start that takes long is felt each time."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "imapclient", "mailparser", "nltk", "numpy", "onnxruntime", "pydantic", "pygal", "rich", "sqlite3", "textblob", "tomlkit",
)  # fmt: skip
READING = ("imapclient", "nltk", "numpy", "onnxruntime", "sqlite3", "textblob")
"""What reading config and rules needs nothing of; `explain` reads mail in a process of its own."""


@pytest.mark.parametrize(
    ("before", "unwanted"),
    [
        ("from assistant.cli import cli; cli.list_commands(None)", HEAVY),
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


def test_every_command_is_found_by_its_name() -> None:
    """Alone, in a program that has imported no other: also where its module is called otherwise."""
    code = (
        "import sys\n"
        "from assistant import cli\n"
        "context = cli.click.Context(cli.cli)\n"
        "found = cli.cli.get_command(context, sys.argv[1])\n"
        "print(found.name, len(cli.cli.commands))"
    )
    for name, alone in (("explain", True), ("brief", False), ("eval", False)):
        done = subprocess.run(
            [sys.executable, "-c", code, name], capture_output=True, check=True, text=True
        )
        found, registered = done.stdout.split()
        assert (found, int(registered) < 5) == (name, alone)
