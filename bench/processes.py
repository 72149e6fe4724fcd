"""Memory, processor time and open files of a process, as Linux tells them."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def memory(pid: int | str) -> float:
    """Resident megabytes of one process."""
    return _status(pid, "VmRSS")


def peak(pid: int | str) -> float:
    """The most megabytes it ever had."""
    return _status(pid, "VmHWM")


def _status(pid: int | str, name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def processor_seconds(pid: int) -> float:
    """User and system time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def open_files(pid: int) -> int:
    """Sockets too."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def children(pid: int) -> list[int]:
    """Of all its threads."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    others = {each for t in threads for each in (t / "children").read_text().split()}
    return sorted(map(int, others))
