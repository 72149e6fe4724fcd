"""`assistant report` on cases of our own making, as a program: ``python -m tests.reporting KIND --by client``."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import assistant.cli as program
from assistant.cli import report
from assistant.cli.report import Known
from tests.casebook import CALLING, CLIENTS, TONES, agency, berlin

NOW = berlin(7, 1, 12)
REQUESTS = "<img src='http://127.0.0.1:{port}/x'><image href='http://127.0.0.1:{port}/y'>"
HOSTILE = (
    "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">",
    "</title></style></table></svg><script>document.title='owned'</script>", "=HYPERLINK(\"http://127.0.0.1/\")",
    "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3", "\u202egnp.exe\x1b[2J", "W" * 400, "漢字" * 40, "\"',;\r\nx", "[bold red]x[/]",
    REQUESTS, "<svg onload=\"document.title='owned'\"></svg>",
)  # fmt: skip


def known(kind: str) -> Known:
    """What there is to report.

    Args:
        kind: ``agency``, also ``bare`` of pygal; ``hostile`` names; ``young`` (watched since April); ``none``.
    """
    names = HOSTILE if kind == "hostile" else CLIENTS
    port = os.environ.get("ASSISTANT_TEST_PORT", "9")
    cases = agency(NOW, names=[each.replace("{port}", port) for each in names])
    cases = [] if kind == "none" else cases
    return Known(cases, CALLING, TONES, NOW, berlin(4, 10) if kind == "young" else None)


def main() -> None:
    kind = sys.argv.pop(1)
    if kind == "bare":
        sys.modules["pygal"] = None  # type: ignore[assignment]

    def gather(_config: Path | None) -> Known:
        return known(kind)

    importlib.import_module("assistant.cli.reporting")  # which registers the real one
    program.cli.add_command(report.command(gather), "report")
    sys.argv.insert(1, "report")
    program.main()


if __name__ == "__main__":
    main()
