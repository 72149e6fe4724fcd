"""The scorecard's section on judging: labelled mail of ../shared, from bytes to verdict.

Whole messages go the whole way (`emails-dev.jsonl`, kept for validation), and ordinary business
mail gives the rate of false flags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import rulebook
from assistant.model import Address, Facts, Profile, Verdict
from assistant.triage import Triage
from assistant.worker import read_here
from bench import shares

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


def section(data: Path) -> list[str]:
    """The lines below the section's heading."""
    triage = Triage(rulebook.load())
    whole = list(_judge(triage, data / "emails-dev.jsonl"))
    ordinary = list(_judge(triage, data / "public" / "enron_ordinary.jsonl"))
    unhappy = [each for each in whole if each.label["dissatisfied"]]
    found = [each for each in unhappy if each.flagged]
    flagged = [each for each in whole if each.flagged]
    false = [each for each in ordinary if each.flagged and not each.label.get("dissatisfied")]
    tones = [tone.id for tone in triage.rulebook.tones]
    near = [each for each in found if _steps(each, tones) <= 1]
    exact = [each for each in found if _steps(each, tones) == 0]
    return [
        "Phrase rules and TextBlob's polarity, English. Nobody looked at emails-dev while writing the",
        "rules; enron_ordinary was used to keep false flags down, so its figure flatters. The better",
        "voices are still to be built.",
        "",
        *shares.HEADER,
        shares.row("precision, whole messages (emails-dev)", len(found), len(flagged)),
        shares.row("recall, whole messages (emails-dev)", len(found), len(unhappy)),
        *(
            shares.row(
                f"recall of {tone}",
                sum(each.label["tone"] == tone for each in found),
                sum(each.label["tone"] == tone for each in unhappy),
            )
            for tone in tones
        ),
        shares.row("tone exact, of those found", len(exact), len(found)),
        shares.row("tone within one step, of those found", len(near), len(found)),
        shares.row(
            "false flags on ordinary business mail (enron_ordinary)", len(false), len(ordinary)
        ),
        "",
        f"{len(triage.rulebook.rules)} rules; F1 on emails-dev "
        f"{2 * len(found) / max(1, len(flagged) + len(unhappy)):.2f}.",
    ]


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


def _steps(judged: Judged, tones: list[str]) -> int:
    assert judged.verdict is not None
    assert judged.verdict.tone is not None
    return abs(tones.index(judged.verdict.tone.id) - tones.index(judged.label["tone"]))
