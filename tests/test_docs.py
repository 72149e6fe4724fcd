"""What the documents say is what the program does."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from assistant import errors
from assistant.cli import NOT_RUNNING, cli
from assistant.config import load

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(CONTEXT, name) for name in cli.list_commands(CONTEXT)}


def exit_codes() -> set[int]:
    """Those of the whole exception tree."""
    found: set[int] = set()
    waiting: list[type[errors.AssistantError]] = [errors.AssistantError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.exit_code)
        waiting += kind.__subclasses__()
    return found


def test_the_commands_are_all_there() -> None:
    """Each module of MODULES registers its own when they are listed."""
    assert {"account", "brief", "client-setup", "clients", "explain", "import", "try"} <= set(
        COMMANDS
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    """As one would type it."""
    assert f"assistant {name}" in README


def test_every_exit_code_is_in_the_readme() -> None:
    """All of them in one paragraph, and none that the program never ends with."""
    (paragraph,) = re.findall(r"^Exit codes: (.+?)\n\n", README, re.MULTILINE | re.DOTALL)
    listed = [int(each.split()[0]) for each in paragraph.split("·")]
    assert listed == sorted({0, 2, NOT_RUNNING, 130, 141, *exit_codes()})


def test_the_readme_shows_a_config_that_works(tmp_path: Path) -> None:
    """The five lines are a whole config.toml."""
    (text,) = re.findall(r"^```toml\n(\[\[account\]\].+?)^```", README, re.MULTILINE | re.DOTALL)
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    assert len(text.splitlines()) == 5
    assert len(load(path).settings.account) == 1


@pytest.mark.parametrize("page", ["laptop.md", "server.md", "docker.md"])
def test_the_pages_about_running_it_name_real_commands(page: str) -> None:
    """Every command line of ours in them, with its options; and the config that they show is right."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    shown = "\n".join(
        [*re.findall(r"^ *```\n(.*?)```", text, re.M | re.S), *re.findall(r"`([^`\n]+)`", text)]
    )
    lines = re.findall(
        r"(?<![\w./-])(?:assistant|inbox-assistant)(?: --config \S+)? ([a-z]+)\b(.*)", shown
    )
    ours = [(COMMANDS[name], rest) for name, rest in lines if name in COMMANDS]
    assert len(ours) >= 3
    for found, rest in ours:
        assert found is not None
        verb = rest.split()[0] if rest.split() else ""
        inner = found.commands.get(verb, found) if isinstance(found, click.Group) else found
        options = {name for each in inner.params for name in each.opts}
        assert set(re.findall(r"(?<= )--[a-z-]+", rest.split("`")[0].split("|")[0])) <= options, (
            rest
        )


def test_the_tree_in_errors_is_the_tree() -> None:
    """The drawing in the docstring shows every class with its code."""
    drawn = dict(re.findall(r"(\w+)  +(\d+)  ", errors.__doc__ or ""))
    classes = {
        name: str(each.exit_code)
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, errors.AssistantError)
    }
    assert drawn == classes


def test_make_help_lists_every_target() -> None:
    """`make` alone shows what there is to make."""
    text = (ROOT / "Makefile").read_text("utf-8")
    (line,) = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = re.findall(r"^ +make ([a-z]+) ", shown.stdout, re.MULTILINE)
    assert sorted(listed) == sorted(line.split())


def dependencies() -> list[str]:
    """The names of what the program needs at run time, its extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = ("demo", "google", "keyring", "microsoft", "reader")
    wanted = [*project["dependencies"], *(each for name in used for each in extras[name])]
    return [re.split(r"[^\w-]", each)[0] for each in wanted]


@pytest.mark.parametrize("name", dependencies())
def test_every_dependency_has_its_reason(name: str) -> None:
    """In docs/decisions.md, in the table of libraries."""
    table = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    assert re.search(rf"^\| {re.escape(name)}\b.*\|.{{10,}}\|$", table, re.MULTILINE)


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda each: each.name
)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    """Files and pictures of the project, and headings within its pages."""
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, heading = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in titles}
            assert heading in slugs, target
