"""The scorecard's sections on judging: labelled mail of ../shared, from bytes to verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.lab import figures
from assistant.lab.figures import Figure, Scored
from assistant.lab.intervals import shown
from bench.systems import ALONE, PEERS, WITH, Bench, Judged, calibrated, rows, scored
from training.sources import half, locked

RIGHT = (
    ("precision", figures.precision),
    ("recall", figures.recall),
    ("F1", figures.f1),
    ("AUC", figures.auc),
)
MORE = (
    ("recall of concerned and disappointed", figures.recall_of(1, 2)),
    ("recall of frustrated", figures.recall_of(3)),
    ("recall of angry and hostile", figures.recall_of(4, 5)),
    ("tone exact, of those flagged", figures.tone_exact),
    ("tone within one step", figures.tone_near),
    ("tone, quadratic kappa", figures.kappa),
)
WORST = 20


class Measured:
    """The labelled mail, judged once by everybody."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._bench = Bench()
        self.systems = (*PEERS, *self._bench.judges)
        ordinary = self._judge("public/enron_ordinary.jsonl") + [
            each
            for each in self._judge("public/spamassassin_ham.jsonl")
            if not half(str(each.label["id"]))  # the other half was trained on
        ]
        self.thresholds = calibrated(
            each for each in ordinary if half(str(each.label["id"]), "budget") and not each.unhappy
        )
        self.ordinary = [each for each in ordinary if not half(str(each.label["id"]), "budget")]
        self.whole = self._judge("emails-dev.jsonl")
        self.mailbox = self._judge("public/real_mailbox.jsonl")

    def _judge(self, name: str) -> list[Judged]:
        return [self._bench.judge(row) for row in rows(self._data / name)]

    def locked(self, language: str) -> list[Judged]:
        """The locked fifth of a language's training files."""
        pattern = "en?.jsonl" if language == "en" else f"{language}.jsonl"
        files = sorted((self._data / "train").glob(pattern))
        kept = [row for file in files for row in rows(file) if locked(str(row["id"]))]
        return [self._bench.judge(row, language) for row in kept]

    def scored(self, judged: Sequence[Judged], system: str) -> list[Scored]:
        return scored(judged, system, self.thresholds)

    def section(self) -> list[str]:
        """What may be looked at while working."""
        return [
            "Whole messages of emails-dev (200, nobody tuned on them), the real mailbox (284, 24 of them",
            "unhappy), and ordinary mail: the half of enron_ordinary and of the untouched ham that the",
            "thresholds were not set on. Everybody may flag 10 of 1,000 ordinary messages of the other half.",
            "",
            *self._table("emails-dev", self.whole, RIGHT + MORE),
            *self._table("the real mailbox", self.mailbox, RIGHT),
            *self._ordinary(),
            *self._cues(),
            *self._worst(),
        ]

    def last(self) -> list[str]:
        """The locked fifth: looked at for the last measurement only."""
        lines = []
        for language in ("en", "de", "es", "fr"):
            judged = self.locked(language)
            systems = self.systems if language == "en" else ("words alone", "rules alone", ALONE)
            title = f"data/train, {language}, the locked fifth"
            lines += self._table(title, judged, RIGHT + MORE, systems)
            strict = [each for each in judged if not _twin_taught(each.label)]
            lines += self._table(
                f"{title}, but for messages whose twin was trained on", strict, RIGHT, systems
            )
        return lines

    def _table(
        self,
        title: str,
        judged: Sequence[Judged],
        wanted: Sequence[tuple[str, Figure]],
        systems: Sequence[str] | None = None,
    ) -> list[str]:
        systems = systems or self.systems
        columns = {system: self.scored(judged, system) for system in systems}
        lines = [
            f"### {title[0].upper()}{title[1:]}: {len(judged)} messages, "
            f"{sum(each.unhappy for each in judged)} unhappy",
            "",
            f"| | {' | '.join(systems)} |",
            "|---" * (len(systems) + 1) + "|",
        ]
        for name, figure in wanted:
            cells = [
                ""
                if name.startswith("tone") and system in PEERS
                else shown(figure, columns[system])
                for system in systems
            ]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return [*lines, ""]

    def _ordinary(self) -> list[str]:
        content = [each for each in self.ordinary if not each.unhappy]
        cells = [
            shown(figures.per_1000, self.scored(content, system), 1) for system in self.systems
        ]
        return [
            f"### Ordinary mail: {len(content)} messages",
            "",
            f"| | {' | '.join(self.systems)} |",
            "|---" * (len(self.systems) + 1) + "|",
            f"| flags per 1,000 | {' | '.join(cells)} |",
            "",
        ]

    def _cues(self) -> list[str]:
        """How many of the cues named are the annotator's, and how many of theirs are named."""
        lines = []
        for name in (ALONE, self._best()):
            named = right = wanted = 0
            for each in self.whole:
                verdict = each.verdicts[name]
                if each.unhappy and verdict is not None and verdict.dissatisfied:
                    named += len(verdict.cues)
                    wanted += len(each.label["cues"])
                    right += len(set(verdict.cues) & set(each.label["cues"]))
            lines.append(
                f"Cues of the unhappy messages found in emails-dev, {name}: {right} of {named} named are the "
                f"annotator's (precision {right / max(1, named):.2f}), of {wanted} (recall {right / max(1, wanted):.2f})."
            )
        return [*lines, ""]

    def _worst(self) -> list[str]:
        """The misses and false flags that are furthest from the threshold, with their hits."""
        best = self._best()
        pool = [*self.whole, *self.mailbox]
        by_id = {each.id: each for each in self.scored(pool, best)}
        misses = [
            each for each in pool if each.unhappy and not by_id[str(each.label["id"])].flagged
        ]
        false = [each for each in pool if not each.unhappy and by_id[str(each.label["id"])].flagged]
        lines = [f"### The worst misses and false flags, {best}", ""]
        for title, chosen, sign in (("Missed", misses, 1), ("Wrongly flagged", false, -1)):
            chosen = sorted(chosen, key=lambda each: sign * by_id[str(each.label["id"])].score)
            lines += [f"{title} (message, tone, points from the threshold, hits):", ""]
            for each in chosen[:WORST]:
                verdict = each.verdicts[best]
                hits = ", ".join(f"{h.rule} {h.points:+d}" for h in verdict.hits) if verdict else ""
                distance = f"{verdict.score - verdict.threshold:+d}" if verdict else "not judged"
                tone = each.label.get("tone") or "content"
                lines.append(f"- `{each.label['id']}` {tone}, {distance}: {hits or 'no hit'}")
            lines.append("")
        return lines

    def _best(self) -> str:
        return WITH if WITH in self.systems else ALONE


def _twin_taught(label: dict[str, object]) -> bool:
    """Whether a message's twin, which shares words with it, is not locked."""
    twin = label.get("twin")
    return bool(twin) and not locked(str(twin))
