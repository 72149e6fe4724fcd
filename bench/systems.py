"""Who judges: the product with and without its reader, its voices alone, and what others would say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

from assistant import encoder, rulebook
from assistant.lab.figures import Scored
from assistant.model import Address, Facts, Identity, Profile, Reading, Verdict
from assistant.tone.polarity import mood
from assistant.tone.voices import POLARITY, READER, WORDS
from assistant.tone.words import weigh
from assistant.triage import Triage
from assistant.worker import Here

PROFILE = Profile("you@studio.example", (Identity(Address("", "you@studio.example")),), 36_500, 0)
FACTS = Facts(PROFILE, datetime(2026, 1, 1, tzinfo=UTC), frozenset())
TONES = ("concerned", "disappointed", "frustrated", "angry", "hostile")
ALONE, WITH = "without the reader", "with the reader"
PEERS = ("TextBlob", "VADER", "words alone", "rules alone")
BUDGET = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled message, and what everybody says of it."""

    label: dict[str, Any]
    verdicts: dict[str, Verdict | None]
    """By ALONE and, where it is installed, WITH; None where it was screened out."""
    scores: dict[str, float]
    """By PEERS."""

    @property
    def unhappy(self) -> bool:
        return bool(self.label.get("dissatisfied", self.label.get("label")))

    @property
    def tone(self) -> int | None:
        name = self.label.get("tone")
        return TONES.index(name) + 1 if name in TONES else None


class Bench:
    """Reads and judges labelled messages, everybody at once."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._book = rulebook.load()
        self._vader = SentimentIntensityAnalyzer()
        self._here = Here(rulebook.shipped_folder())
        self.judges = {ALONE: Triage(self._book, BUDGET)}
        if encoder.installed() and encoder.languages(rulebook.shipped_folder()):
            self.judges[WITH] = Triage(self._book, BUDGET, reader=True)

    def judge(self, label: dict[str, Any], language: str = "en") -> Judged:
        """Everybody's opinion of a row: whole messages as they are, texts as plain mail."""
        reading = self._here.read(_bytes(label), language)
        verdicts: dict[str, Verdict | None] = {}
        for name, triage in self.judges.items():
            outcome = triage.decide(
                reading, FACTS, lambda message, _: self._here.opinion(message, evidence=False)
            )
            verdicts[name] = outcome.verdict
        return Judged(label, verdicts, self._peers(reading, verdicts[ALONE]))

    def _peers(self, reading: Reading, verdict: Verdict | None) -> dict[str, float]:
        if verdict is None:
            return dict.fromkeys(PEERS, -inf)
        text = reading.message.own_words
        model = self._book.words.get(reading.message.language)
        others = (POLARITY, WORDS, READER)
        return {
            "TextBlob": -said.value if (said := mood(reading.message)) else 0.0,
            "VADER": -self._vader.polarity_scores(text[:10_000])["compound"],
            "words alone": weigh(model, text).margin if model else 0.0,
            "rules alone": float(sum(h.points for h in verdict.hits if h.rule not in others)),
        }


def scored(judged: Sequence[Judged], system: str, thresholds: dict[str, float]) -> list[Scored]:
    """Messages as one system sees them; a peer's threshold is set on ordinary mail."""
    found = []
    for each in judged:
        verdict = each.verdicts.get(system)
        if system in PEERS:
            score = each.scores[system]
            flagged = score > thresholds[system]
        else:
            # By its distance from the threshold: languages have different ones.
            score = float(verdict.score - verdict.threshold) if verdict else -inf
            flagged = verdict is not None and verdict.dissatisfied
        named = verdict.tone.heat if verdict and verdict.tone else None
        tone = each.tone if each.unhappy else None
        found.append(Scored(str(each.label["id"]), each.unhappy, score, flagged, tone, named))
    return found


def calibrated(ordinary: Iterable[Judged]) -> dict[str, float]:
    """For each peer the score that no more than the budget of ordinary mail exceeds."""
    known = list(ordinary)
    allowed = len(known) * BUDGET // 1000
    return {
        name: sorted((each.scores[name] for each in known), reverse=True)[allowed] for name in PEERS
    }


def rows(path: Path) -> list[dict[str, Any]]:
    """The labelled rows of a JSON Lines file."""
    lines = path.read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [row for row in found if row.get("label", 0) is not None]


def _bytes(row: dict[str, Any]) -> bytes:
    if "eml" in row:
        return str(row["eml"]).encode("utf-8", "replace")
    head = (
        "From: someone@example.com\nTo: you@studio.example\nContent-Type: text/plain; charset=utf-8"
    )
    subject = str(row.get("subject") or "").replace("\n", " ").replace("\r", " ")
    return f"{head}\nSubject: {subject}\n\n{row['text']}\n".encode("utf-8", "replace")
