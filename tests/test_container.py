"""Dockerfile, compose.yaml and .dockerignore agree with the project and with each other.

No image is built here: that needs a registry for its base. docs/docker.md says what was run by hand. What can
be run without a container is: the program as process 1, and a secret whatever its mode.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import signal
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from assistant import config
from assistant.cli import cli
from assistant.config import password
from tests import sandbox
from tests.program import Home, account_table, command, read_until
from tests.servers import PymapStand

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
(SERVICE,) = COMPOSE["services"].values()
ACCOUNT = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of the Dockerfile, its lines joined."""

    name: str
    rest: str
    stage: int


def dockerfile() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Instruction] = []
    stage = -1
    for line in joined.splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            stage += name == "FROM"
            found.append(Instruction(name, rest.strip(), stage))
    return found


def all_of(name: str, stage: int) -> list[str]:
    return [each.rest for each in dockerfile() if each.name == name and each.stage == stage]


def last(name: str) -> str:
    """The instruction of the image itself, which there is once."""
    (found,) = all_of(name, 1)
    return found


def environment() -> dict[str, str]:
    return dict(each.split("=", 1) for each in shlex.split(last("ENV")))


# --- the image ----------------------------------------------------------------------------------


def test_everything_that_the_wheel_is_made_of_is_copied() -> None:
    """And exists, and is let through by .dockerignore; nothing else is."""
    copied = {source for each in all_of("COPY", 0) for source in each.split()[:-1]}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PROJECT["project"]
    needed = {
        *wheel["packages"],
        *wheel["force-include"],
        project["readme"],
        *project["license-files"],
    }
    assert copied == {"pyproject.toml", *needed}
    assert all((ROOT / each).exists() for each in copied)
    first, *others = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    assert {each[1:] for each in others if each.startswith("!")} == copied
    assert not any(fnmatch.fnmatch("assistant/cli/run.py", each) for each in others)


def test_the_base_is_a_python_that_the_project_knows() -> None:
    """Both stages build on it."""
    (base,) = [each.rest for each in dockerfile() if each.name == "ARG" and each.stage == -1]
    (version,) = re.findall(r"^PYTHON=python:(3\.\d+)-slim", base)
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]
    assert [each.rest.split()[0] for each in dockerfile() if each.name == "FROM"] == [
        "${PYTHON}"
    ] * 2


def test_the_extras_are_the_projects() -> None:
    """A name that pip doesn't know it would only warn of."""
    (argument,) = all_of("ARG", 0)
    name, _, extras = argument.partition("=")
    assert name == "EXTRAS"
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
    assert any(".${EXTRAS:+[$EXTRAS]}" in each for each in all_of("RUN", 0))


def test_one_user_who_is_not_root() -> None:
    """The same number wherever it is needed; docs/docker.md tells it to who mounts files."""
    user = last("USER")
    number, group = user.split(":")
    assert int(number) > 0
    assert number == group
    (made,) = all_of("RUN", 1)
    assert f"--uid {number} --gid {number}" in made
    assert f"-o {number} -g {number} {last('VOLUME')}" in made
    assert number in (ROOT / "docs" / "docker.md").read_text("utf-8")


def test_the_program_finds_what_is_mounted() -> None:
    """Config and state where compose.yaml puts them, and the state in the volume."""
    environ = environment()
    mounts = {
        target: source for source, target, *_ in (each.split(":") for each in SERVICE["volumes"])
    }
    assert config.default_path(environ).parent.as_posix() in mounts
    state = config.interpret(None, environ).state_folder
    assert state.as_posix() == last("VOLUME") == last("WORKDIR")
    assert mounts[state.as_posix()] in COMPOSE["volumes"]
    assert environ["PATH"].startswith(f"{all_of('COPY', 1)[0].split()[-1]}/bin:")


def test_what_it_starts_are_real_commands() -> None:
    """`assistant run`, and `assistant status` for its health."""
    assert "assistant" in PROJECT["project"]["scripts"]
    assert json.loads(last("ENTRYPOINT")) == ["assistant"]
    (started,) = json.loads(last("CMD"))
    _, _, health = last("HEALTHCHECK").partition("CMD ")
    (checked,) = re.findall(r"^assistant (\w+) >/dev/null$", json.loads(health)[-1])
    assert {started, checked} <= set(cli.list_commands(click.Context(cli)))


@pytest.mark.parametrize("mode", [0o444, 0o644, 0o400])
def test_a_secret_may_have_any_mode(tmp_path: Path, mode: int) -> None:
    """Compose mounts a file as it is, Swarm and Kubernetes make it readable for all; its folder guards it."""
    assert environment()["CREDENTIALS_DIRECTORY"] == "/run/secrets"
    environ = {**environment(), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    for name in SERVICE["secrets"]:
        (tmp_path / name).write_text("correct horse\n")
        (tmp_path / name).chmod(mode)
        (tmp_path / "config.toml").write_text(f'{ACCOUNT}password_file = "{name}"\n')
        loaded = config.load(tmp_path / "config.toml", environ)
        assert password(loaded.settings.account[0], environ) == "correct horse"


def test_compose_gives_no_privileges() -> None:
    """Read-only, no capabilities, no way to more; time enough to stop; what it asks for is there."""
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert int(SERVICE["stop_grace_period"].removesuffix("s")) > 10
    assert [each.split(":")[0] for each in SERVICE["tmpfs"]] == ["/tmp"]
    assert {"privileged", "cap_add", "ports", "network_mode", "user"}.isdisjoint(SERVICE)
    assert all(each.endswith(":ro") for each in SERVICE["volumes"] if each.startswith("."))
    assert set(SERVICE["secrets"]) == set(COMPOSE["secrets"])


def test_what_compose_mounts_is_never_committed() -> None:
    """The folders that hold addresses and passwords, in a checkout."""
    mounted = [each.split(":")[0] for each in SERVICE["volumes"] if each.startswith(".")]
    mounted += [each["file"] for each in COMPOSE["secrets"].values()]
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {f"/{Path(each).parts[0]}/" for each in mounted} <= set(ignored)


# --- process 1 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_process_1_it_stops_at_a_signal(
    pymap: PymapStand, home: Home, number: signal.Signals
) -> None:
    """Process 1 gets no signal that it doesn't handle itself; so `docker stop` needs no init beside us."""
    home.configure(account_table(pymap.account()))
    space = [
        "unshare",
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]
    sandbox.need(*space)
    with subprocess.Popen(
        [*space, *command("run")], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=home.environ,
        cwd=home.folder,
    ) as outside:  # fmt: skip
        try:
            read_until(outside.stderr, "first start")
            (inside,) = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().split()
            assert "NSpid:\t" + f"{inside}\t1" in Path(f"/proc/{inside}/status").read_text()
            os.kill(int(inside), number)
            outside.communicate(timeout=15)
            assert outside.returncode == 0
        finally:
            outside.kill()
