"""What the benchmarks say, as Markdown; and the machine that they ran on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One subject: what was done, what came of it."""

    title: str
    command: str
    about: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


def markdown(section: Section) -> str:
    """A section of docs/benchmarks.md."""
    lines = [f"## {section.title}", "", f"    {section.command}", "", section.about, ""]
    for table in section.tables:
        lines += [*_table(table), ""]
    for note in section.notes:
        lines += [note, ""]
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    marks = ["---", *["---:"] * (len(table.header) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (table.header, marks, *table.rows)]


def machine() -> str:
    """Processor, cores, memory, system, Python."""
    cpu, memory = "", 0.0
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        cpu = found[1] if found else ""
        total = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
        memory = int(total[1]) / 1024 / 1024 if total else 0.0
    return (
        f"{cpu or platform.machine()}, {os.cpu_count()} cores, {memory:.1f} GB; "
        f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}"
    )


def versions(names: Sequence[str]) -> str:
    """Of packages, as far as they are installed."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def verdict(met: bool) -> str:
    """What a target's row ends in."""
    return "met" if met else "**missed**"
