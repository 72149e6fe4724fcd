"""What the machine that tests run on lets them do: a container may forbid what is installed in it."""

from __future__ import annotations

import subprocess

import pytest


def need(*command: str) -> None:
    """Skip where the kernel, or whoever confines us, forbids something; a missing program is no such thing.

    Raises:
        FileNotFoundError: where the program is not installed.
    """
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        said = tried.stderr.decode(errors="replace").strip()
        pytest.skip(f"{' '.join(command)} is forbidden here: {said}")
