"""What measures and trains goes on fitting the code; CI runs the most of it, after all tests."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    f"{folder}.{path.stem}"
    for folder in ("bench", "training")
    for path in (ROOT / folder).glob("[!_]*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_it_finds_what_it_imports(name: str) -> None:
    """Of ours; its extras may be missing."""
    missing = ""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
    assert missing.partition(".")[0] not in ("assistant", "bench", "training", "tests")
