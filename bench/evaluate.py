"""Judges labelled mail, and writes docs/scorecard.md.

    python -m bench.evaluate [--shared ../shared] [--write]

Whole messages go the whole way, from bytes to verdict (`emails-dev.jsonl`, kept for validation),
and ordinary business mail gives the rate of false flags. Without the data it says so and ends well.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import rulebook
from assistant.model import Address, Facts, Profile, Verdict
from assistant.triage import Triage
from assistant.worker import read_here

SCORECARD = Path("docs/scorecard.md")
PROFILE = Profile("you@studio.example", (Address("", "you@studio.example"),), "", 36_500, 0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled message and what came of it; verdict None where it was screened out."""

    label: dict[str, Any]
    verdict: Verdict | None

    @property
    def flagged(self) -> bool:
        return self.verdict is not None and self.verdict.dissatisfied


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--write", action="store_true", help=f"write {SCORECARD}")
    options = parser.parse_args()
    data = options.shared / "data"
    if not data.is_dir():
        print(f"eval: {data} is not there; nothing was measured (it is not part of the project)")
        return 0
    triage = Triage(rulebook.load())
    whole = list(_judge(triage, data / "emails-dev.jsonl"))
    ordinary = list(_judge(triage, data / "public" / "enron_ordinary.jsonl"))
    text = _report(triage, whole, ordinary)
    print(text)
    if options.write:
        SCORECARD.write_text(text)
    return 0


def _judge(triage: Triage, path: Path) -> Iterator[Judged]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        reading = read_here(_bytes(row))
        facts = Facts(PROFILE, NOW, frozenset())
        yield Judged(row, triage.decide(reading, facts).verdict)


def _bytes(row: dict[str, Any]) -> bytes:
    if "eml" in row:
        return str(row["eml"]).encode("utf-8", "replace")
    head = (
        "From: someone@example.com\nTo: you@studio.example\nContent-Type: text/plain; charset=utf-8"
    )
    subject = str(row.get("subject", "")).replace("\n", " ")
    return f"{head}\nSubject: {subject}\n\n{row['text']}\n".encode("utf-8", "replace")


def _report(triage: Triage, whole: list[Judged], ordinary: list[Judged]) -> str:
    unhappy = [each for each in whole if each.label["dissatisfied"]]
    found = [each for each in unhappy if each.flagged]
    flagged = [each for each in whole if each.flagged]
    false = [each for each in ordinary if each.flagged and not each.label.get("dissatisfied")]
    tones = [tone.id for tone in triage.rulebook.tones]
    near = [each for each in found if _steps(each, tones) <= 1]
    exact = [each for each in found if _steps(each, tones) == 0]
    lines = [
        "# Scorecard",
        "",
        "Written by `make eval`: phrase rules and TextBlob's polarity, English. Nobody looked at",
        "emails-dev while writing the rules; enron_ordinary was used to keep false flags down, so its",
        "figure flatters. 95 % intervals (Wilson). The better voices are still to be built.",
        "",
        "| figure | value | 95 % | of |",
        "|---|---|---|---|",
        _row("precision, whole messages (emails-dev)", len(found), len(flagged)),
        _row("recall, whole messages (emails-dev)", len(found), len(unhappy)),
        *(
            _row(
                f"recall of {tone}",
                sum(each.label["tone"] == tone for each in found),
                sum(each.label["tone"] == tone for each in unhappy),
            )
            for tone in tones
        ),
        _row("tone exact, of those found", len(exact), len(found)),
        _row("tone within one step, of those found", len(near), len(found)),
        _row("false flags on ordinary business mail (enron_ordinary)", len(false), len(ordinary)),
        "",
        f"{len(triage.rulebook.rules)} rules; F1 on emails-dev "
        f"{2 * len(found) / max(1, len(flagged) + len(unhappy)):.2f}.",
        "",
    ]
    return "\n".join(lines)


def _steps(judged: Judged, tones: list[str]) -> int:
    assert judged.verdict is not None
    assert judged.verdict.tone is not None
    return abs(tones.index(judged.verdict.tone.id) - tones.index(judged.label["tone"]))


def _row(name: str, hits: int, total: int) -> str:
    low, high = _wilson(hits, total)
    share = hits / total if total else 0.0
    return f"| {name} | {share:.3f} | {low:.3f} to {high:.3f} | {hits} of {total} |"


def _wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (middle - spread) / scale, (middle + spread) / scale


if __name__ == "__main__":
    sys.exit(main())
