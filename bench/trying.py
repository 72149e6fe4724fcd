"""How much faster a second `assistant try` over the same mail is than the first.

    python -m bench.trying [--quick]

The program as its users run it, on an mbox of a month's office mail (tests/office.py); processor time of all its
processes, start included.
"""

from __future__ import annotations

import argparse
import mailbox
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import Section, Table, markdown, verdict
from tests.office import month

SHARE = 0.1
"""Target: the second takes no more than this of the first."""
TIMES = 10
"""Months: five thousand messages."""
RULE = """[[rule]]
id = "my.{name}"
describe = "speaks of the {name}"
points = {points}
tone = "concerned"
phrases = ["the {name}"]
matches = ["Here is the {name}."]
"""


def section(*, quick: bool = False) -> Section:
    """Measure it."""
    with tempfile.TemporaryDirectory(prefix="trying-") as folder:
        place = Path(folder)
        number = _box(place / "mail.mbox", 1 if quick else TIMES, 30 if quick else None)
        for name, points in (("one", 60), ("other", 40), ("another", 50)):
            (place / f"{name}.toml").write_text(RULE.format(name=name, points=points))
        (place / "points.toml").write_text(RULE.format(name="one", points=90))
        first = _try(place, "one.toml")
        again = _try(place, "points.toml")
        phrases = _try(place, "other.toml")
        kept_first = _try(place / "kept", "../one.toml", "--keep-text")
        kept = _try(place / "kept", "../another.toml", "--keep-text")
    rows = (
        ("other points, tones, thresholds, budgets; rules turned off", first, again),
        ("new phrases: the mail is read again, the reader is not asked again", first, phrases),
        ("new phrases, both with `--keep-text`", kept_first, kept),
    )
    return Section(
        "A second try",
        "python -m bench.trying",
        f"Seconds of one core for `assistant try --rules FILE mail.mbox`, {number:,} short messages.",
        (
            Table(
                ("second try", "first", "second", "share"),
                tuple(
                    (what, f"{one:.1f}", f"{two:.1f}", f"{two / one:.2f}")
                    for what, one, two in rows
                ),
            ),
        ),
        tuple(
            f"Target a tenth: {what.partition(':')[0].partition(',')[0]}, {verdict(two <= SHARE * one)}."
            for what, one, two in rows
        ),
    )


def _box(path: Path, times: int, most: int | None) -> int:
    """A file of mail; in the second month nothing has the same Message-ID."""
    made = mailbox.mbox(path)
    letters = [each.raw for each in month()][:most]
    for time in range(times):
        for raw in letters:
            made.add(raw.replace(b"@client.example>", f"@{time}.client.example>".encode()))
    made.close()
    return times * len(letters)


def _try(home: Path, rules: str, *more: str) -> float:
    """Processor seconds of a run with its children."""
    home.mkdir(exist_ok=True)
    environ = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home),
    }
    box = home / "mail.mbox" if (home / "mail.mbox").exists() else home.parent / "mail.mbox"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "assistant", "try", "--rules", str(home / rules), *more, "--json", str(box)],
        check=True, capture_output=True, env=environ,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    print(markdown(section(quick=parser.parse_args().quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
