"""Every benchmark, one after another, into docs/benchmarks.md.

    python -m bench [--quick] [--only NAME...] [--shared ../shared]

--quick proves that they run: tiny numbers, printed, nothing written. With --only the other sections of the page
stay as they are.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.report import machine

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
SECTIONS = (
    "rates",
    "scanning",
    "quiet",
    "growth",
    "footprint",
    "starting",
    "pushed",
    "disk",
    "trying",
)
"""Modules, in the page's order; each prints its section."""
HEAD = """# Benchmarks

`make bench` writes this page: what the program takes, beside others' programs on the same mail in the same run, on the
machine that is named. Figures of one machine mean little on another; ratios more. A target that is missed says so.
"""


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--shared", default="../shared")
    options = parser.parse_args()
    found = {} if options.quick else _kept()
    for name in options.only:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        # A process of its own, so that nothing is warm from another, and no memory counts twice.
        more = ["--shared", options.shared] if name == "rates" else []
        if name == "growth":
            more = ["--write"]  # but for quick ones, whose charts show nothing
        quick = ["--quick"] if options.quick else []
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *quick, *more],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        if options.quick:
            print(done.stdout)
        measured = f"Measured on {datetime.now(UTC):%Y-%m-%d}; {machine()}.\n"
        found[name] = f"<!-- {name} -->\n{done.stdout.rstrip()}\n\n{measured}"
        if not options.quick:  # what is measured is kept, even if the next one breaks
            pieces = [HEAD, *(found[each] for each in SECTIONS if each in found)]
            PAGE.write_text("\n".join(pieces), "utf-8")
    return 0


def _kept() -> dict[str, str]:
    """The sections that the page has."""
    if not PAGE.exists():
        return {}
    pieces = re.split(r"^(?=<!-- \w+ -->$)", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {re.match(r"<!-- (\w+)", each)[1]: f"{each.rstrip()}\n" for each in pieces}  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
