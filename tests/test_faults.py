"""docs/faults.md: every fault is there, and every test that it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "faults.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)


def test_each_of_the_thirty_is_there() -> None:
    """In their order."""
    assert [int(found[1]) for row in ROWS if (found := re.match(r"\| (\d+) \|", row))] == [
        *range(1, 31)
    ]


def test_every_fault_is_held_by_tests_that_exist() -> None:
    """A test that is renamed is renamed there too."""
    faults = [row for row in ROWS if not row.startswith(("| What", "| |"))]
    assert len(faults) == 41
    assert [row for row in faults if "::test_" not in row] == []
    there = {
        (name, each.name)
        for name in {name for name, _ in NAMED}
        for each in ast.walk(ast.parse((TESTS / name).read_text()))
        if isinstance(each, ast.FunctionDef)
    }
    assert [each for each in NAMED if each not in there] == []
