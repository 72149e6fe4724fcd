"""The wheel: built, installed into an empty environment, and run far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from assistant.rulebook import load, shipped_folder
from tests.letters import letter

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)])
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a new environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", str(wheel)])
    return folder / "bin"


def _run(command: list[str], cwd: Path | None = None, stdin: bytes = b"") -> str:
    done = subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_wheel_holds_the_program_its_rules_and_no_tests(wheel: Path) -> None:
    """What lies in rules/ lies in assistant/rules/; the demo's letters come along."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    rules = {
        f"assistant/rules/{path.relative_to(ROOT / 'rules')}"
        for path in (ROOT / "rules").rglob("*.toml")
    }
    letters = {
        str(path.relative_to(ROOT)) for path in (ROOT / "assistant/demo/inbox").glob("*.eml")
    }
    assert rules
    assert letters
    assert rules | letters <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"assistant", "inbox_assistant"}


def test_it_runs_with_the_rules_inside_it(installed: Path, tmp_path: Path) -> None:
    """All of the shipped rules, read from the installed package and from nowhere else."""
    code = "from assistant.rulebook import shipped_folder; print(shipped_folder())"
    folder = Path(_run([str(installed / "python"), "-c", code], tmp_path).strip())
    assert folder.is_relative_to(installed.parent)
    assert not folder.is_relative_to(ROOT)
    assert folder.name == shipped_folder().name == "rules"
    listed = json.loads(_run([str(installed / "assistant"), "rules", "--json"], tmp_path))
    assert [rule["id"] for rule in listed["rules"]] == [rule.id for rule in load().rules]


def test_it_explains_a_message(installed: Path, tmp_path: Path) -> None:
    """Without the extras, from another folder, the same verdict."""
    (tmp_path / "angry.eml").write_bytes(letter().raw)
    (found,) = json.loads(
        _run([str(installed / "assistant"), "explain", "--json", "angry.eml"], tmp_path)
    )
    assert (found["dissatisfied"], found["tone"]) == (True, "angry")
    assert found["draft"]["to"] == "cleo@client.example"


def test_the_demo_names_the_extra_that_it_needs(installed: Path, tmp_path: Path) -> None:
    """Without pymap: what to install, no traceback."""
    done = subprocess.run(
        [str(installed / "assistant"), "demo"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=60, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "pip install 'inbox-assistant[demo]'" in done.stderr
    assert "Traceback" not in done.stderr
