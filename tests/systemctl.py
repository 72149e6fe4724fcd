"""A stand-in for systemctl: a program of its own, found on PATH, that notes what it is asked and keeps a unit's standing.

Beside it lie `calls` (a line for each call), `unit` (JSON: what `show` tells of the unit), and, where a test
wants something to go wrong, `wrong` (JSON: a verb, and what is said on standard error when it is asked for).
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

NEW = {
    "LoadState": "not-found", "UnitFileState": "", "ActiveState": "inactive", "SubState": "dead", "Result": "success",
    "ExecMainStatus": "0", "ActiveEnterTimestamp": "", "StatusText": "",
}  # fmt: skip
CHANGES = {
    "daemon-reload": {"LoadState": "loaded"},
    "enable": {"UnitFileState": "enabled"},
    "restart": {
        "ActiveState": "active", "SubState": "running", "ActiveEnterTimestamp": "Sun 2026-11-22 19:50:13 UTC",
        "StatusText": "watching 2 mailboxes\x1b[2J",
    },
    "disable": NEW,
}  # fmt: skip


def main(folder: Path, arguments: list[str]) -> int:
    with (folder / "calls").open("a") as calls:
        calls.write(shlex.join(arguments) + "\n")
    verb, *rest = [each for each in arguments if each not in ("--user", "--no-pager")]
    wrong = json.loads((folder / "wrong").read_text()) if (folder / "wrong").exists() else {}
    if verb in wrong:
        sys.stderr.write(wrong[verb])
        return 1
    unit = {**NEW, **json.loads((folder / "unit").read_text())}
    if verb == "is-system-running":
        print(wrong.get("state", "running"))
        return 0
    if verb == "show":
        (wanted,) = [each.removeprefix("--property=") for each in rest if each.startswith("--p")]
        print("\n".join(f"{key}={unit[key]}" for key in wanted.split(",")))
        return 0
    (folder / "unit").write_text(json.dumps({**unit, **CHANGES.get(verb, {})}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
