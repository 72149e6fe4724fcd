"""Measures how well mail is read and judged, and writes docs/scorecard.md.

    python -m bench.evaluate [--shared ../shared] [--locked] [--write]

Reading is measured on the project's own messages (tests/mail). Judging needs labelled mail that is
no part of the project; without it, the figures that the scorecard has already are kept. So are those
of the locked fifth unless they are asked for: --locked is for the last measurement only.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from bench import judged, readings

SCORECARD = Path("docs/scorecard.md")
JUDGING = "## Judging"
LAST = "## Judging, the last measurement"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--locked", action="store_true", help="measure the locked fifth anew")
    parser.add_argument("--write", action="store_true", help=f"write {SCORECARD}")
    options = parser.parse_args()
    data = options.shared / "data"
    reading, told = readings.section()
    judging, last = _so_far(JUDGING), _so_far(LAST)
    if data.is_dir():
        measured = judged.Measured(data)
        judging = measured.section()
        last = measured.last() if options.locked else last
    text = "\n".join(
        (
            "# Scorecard",
            "",
            "Written by `make eval`. 95 % intervals (Wilson).",
            "",
            "## Reading",
            "",
            *reading,
            "",
            "## Cost, and real mail",
            "",
            "What `python -m bench.reading`, `bench.judging` and `make corpus` print; times are of the machine that ran them, ratios",
            "of one run.",
            "",
            "```",
            *_printed("bench.reading"),
            *_printed("bench.judging"),
            *_printed("bench.corpus", "--shared", str(options.shared)),
            "```",
            "",
            JUDGING,
            "",
            *judging,
            "",
            LAST,
            "",
            *last,
            "",
        )
    )
    print(text if sys.stdout.isatty() else f"eval: {told}")
    if not data.is_dir():
        print(
            f"eval: {data} is not there (it is not part of the project): judging not measured anew"
        )
    if options.write:
        SCORECARD.write_text(text, "utf-8")
        print(f"eval: wrote {SCORECARD}")
    return 0


def _printed(module: str, *arguments: str) -> list[str]:
    """The lines that a benchmark prints, in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return [line.rstrip() for line in done.stdout.splitlines()]


def _so_far(heading: str) -> list[str]:
    """A section of the scorecard as it stands."""
    text = SCORECARD.read_text("utf-8") if SCORECARD.exists() else ""
    found = re.search(rf"^{heading}\n\n(.*?)\s*(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1).split("\n") if found else ["Not measured yet: it needs ../shared/data."]


if __name__ == "__main__":
    sys.exit(main())
