"""How long a command takes to start, beside Python alone and what it must import.

    python -m bench.starting [--quick]

Wall clock of whole processes, the median of many; what they run is compiled, as in an installed program.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.report import Section, Table, markdown, verdict
from tests.letters import FURIOUS, letter

ROUNDS = 15
HELP_MS, EXPLAIN_MS = 120, 600
"""Targets."""


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    rounds = 1 if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="starting-") as folder:
        mail = Path(folder) / "complaint.eml"
        mail.write_bytes(letter(FURIOUS).raw)
        config = Path(folder) / "config.toml"
        config.write_text('[judging]\nreader = "off"\n')
        ours = ["-m", "assistant"]
        commands = {
            "python -c pass": ["-c", "pass"],
            "import textblob, mailparser": ["-c", "import textblob, mailparser"],
            "assistant --help": [*ours, "--help"],
            "assistant explain FILE, with the reader": [*ours, "explain", str(mail)],
            "assistant explain FILE, without": [
                *ours,
                "--config",
                str(config),
                "explain",
                str(mail),
            ],
        }
        found = {name: _median(each, rounds, folder) for name, each in commands.items()}
    bare = found["python -c pass"]
    rows = [(name, f"{ms:,.0f}", f"{ms / bare:.1f}") for name, ms in found.items()]
    help_, explain, alone = list(found.values())[2:]
    return Section(
        "Starting",
        "python -m bench.starting",
        f"Wall clock of a whole process, median of {rounds}.",
        (Table(("command", "milliseconds", "of Python alone"), tuple(rows)),),
        (
            f"Targets: `--help` under {HELP_MS} ms, {verdict(help_ < HELP_MS)}; "
            f"`explain` under {EXPLAIN_MS} ms, with the reader {verdict(explain < EXPLAIN_MS)}, without {verdict(alone < EXPLAIN_MS)}.",
        ),
    )


def _median(arguments: Sequence[str], rounds: int, home: str) -> float:
    taken = []
    # With its bytecode, as pip installs it: that of a checkout may be forbidden, or old.
    environ = {
        **{name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode"),
        "HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home,
    }  # fmt: skip
    for number in range(rounds + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environ)
        if number:
            taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
