"""How labelled messages are judged that nothing was fitted on: AUC, precision, recall, F1 for each file.

python -m bench.labelled FILE…        rows as in training/mail
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.lab import figures
from bench.systems import ALONE, Bench, rows, scored


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Judge labelled messages.")
    parser.add_argument("files", nargs="+", type=Path)
    bench = Bench()
    for path in parser.parse_args().files:
        judged = [bench.judge(row) for row in rows(path)]
        for system in sorted(bench.judges, key=lambda name: name != ALONE):
            found = scored(judged, system, {})
            told = ", ".join(
                f"{name} {measure(found) or 0.0:.3f}"
                for name, measure in (
                    ("AUC", figures.auc),
                    ("precision", figures.precision),
                    ("recall", figures.recall),
                    ("F1", figures.f1),
                )
            )
            print(f"{path.stem} ({len(found)}), {system}: {told}")


if __name__ == "__main__":
    main()
