"""What leaving sources out says of a fit, as lines of docs/leave-one-out.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant.model import CUES, NO_READER, Opinion, Weighing
from assistant.tone.voices import cues
from training import sources, voices
from training.voices import Example


def report(
    known: Sequence[Example],
    ordinary: Sequence[Example],
    weighing: Weighing,
    public: Collection[str],
    *,
    with_reader: bool,
    language: str = "en",
) -> list[str]:
    """A table of the sources: for each, all was fitted without it, the weights too."""
    lines = [
        f"## {language}, {'with' if with_reader else 'without'} the reader",
        "",
        "| source left out | texts | AUC | recall | precision | F1 | F1 at the threshold best for F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    by_source = voices.by_source(known)
    aucs: dict[str, float] = {}
    pairs: list[tuple[int, int, bool, bool]] = []
    for source, left in by_source.items():
        others = [each for each in known if each.source != source]
        refitted = voices.refitted(others, voices.Caps(), with_reader=with_reader)
        budget = _calibrated(refitted, known, ordinary)
        best = voices.best_f1(others, refitted)
        scores = [voices.score(each.said, refitted) for each in left]
        labels = [each.dissatisfied for each in left]
        flags = [score >= budget for score in scores]
        lines.append(_row(source, labels, scores, flags))
        lines[-1] += f" {_f1(labels, [score >= best for score in scores])} |"
        if not ordinary and any(each.ordinary for each in left):
            lines[-1] = (
                f"| {source} | {len(left)} | {roc_auc_score(labels, scores):.3f} | its mail sets the threshold | | | |"
            )
        elif len(set(labels)) == 2 and source not in public:
            aucs[source] = float(roc_auc_score(labels, scores))
            flags_at_best = [score >= best for score in scores]
            pairs += zip(labels, scores, flags, flags_at_best, strict=True)
    columns = list(map(list, zip(*pairs, strict=True)))
    lines.append(f"{_row('all authors', *columns[:3])} {_f1(columns[0], columns[3])} |")
    measured = voices.by_source(ordinary)
    budget = _calibrated(weighing, known, ordinary)
    for source, left in measured.items():
        rest = [
            each for each in left if source == "real_mailbox" or not sources.half(each.id, "budget")
        ]
        scores = [voices.score(each.said, weighing) for each in rest]
        flags = [score >= budget for score in scores]
        lines.append(_row(source, [each.dissatisfied for each in rest], scores, flags))
        false = sum(f for f, each in zip(flags, rest, strict=True) if not each.dissatisfied)
        lines[-1] += f" {1000 * false / max(1, len(rest)):.1f} false flags per 1,000 |"
    worst = min(aucs, key=lambda source: aucs[source])
    mean = np.mean(list(aucs.values()))
    toned = [
        (each.tone, voices.tone(each.said, (weighing.heat.rules, weighing.heat.words, weighing.heat.reader)))
        for each in known if each.tone
    ]  # fmt: skip
    near = sum(abs(true - named) <= 1 for true, named in toned) / len(toned)
    exact = sum(true == named for true, named in toned) / len(toned)
    if with_reader:
        lines += ["", *_cues(known, weighing)]
    return [
        *lines,
        "",
        f"Mean AUC of the authors {mean:.3f}, worst {aucs[worst]:.3f} ({worst}). Tone of the unhappy, by models without "
        f"their source: exact {exact:.3f}, within one step {near:.3f}, quadratic kappa {voices.kappa(toned):.3f}.",
        "",
    ]


def _cues(known: Sequence[Example], weighing: Weighing) -> list[str]:
    """How many of the cues named are the author's, by rules alone and with the reader."""
    lines = []
    for name, weight in (
        ("Rules alone", NO_READER.cues),
        ("Rules and reader", weighing.reader.cues),
    ):
        named = right = wanted = 0
        for each in known:
            if each.cues is None:
                continue
            opinion = Opinion((), 0, tuple(zip(CUES, each.said.cues, strict=True)), (0, 0))
            found = set(cues(each.said.named, opinion, weight))
            true = {cue for cue, is_true in zip(CUES, each.cues, strict=True) if is_true}
            named, right, wanted = named + len(found), right + len(found & true), wanted + len(true)
        lines.append(
            f"{name}: of the {named} cues named, {right} are the author's (precision {right / named:.3f}, "
            f"recall {right / wanted:.3f})."
        )
    return lines


def _calibrated(weighing: Weighing, known: Sequence[Example], ordinary: Sequence[Example]) -> int:
    """The threshold for ten flags per 1,000 by one half of the ordinary mail.

    Where there is none, what authors wrote as everyday mail stands for it.
    """
    half = [
        voices.score(each.said, weighing)
        for each in ordinary or known
        if each.ordinary
        and not each.dissatisfied
        and each.source != "real_mailbox"
        and (not ordinary or sources.half(each.id, "budget"))
    ]
    return dict(voices.thresholds(half))[10.0]


def _f1(labels: Sequence[int], flags: Sequence[bool]) -> str:
    found = sum(flag and label for flag, label in zip(flags, labels, strict=True))
    return f"{2 * found / (sum(flags) + sum(labels)):.3f}" if sum(labels) else ""


def _row(name: str, labels: Sequence[int], scores: Sequence[int], flags: Sequence[bool]) -> str:
    found = sum(flag and label for flag, label in zip(flags, labels, strict=True))
    flagged, unhappy = sum(flags), sum(labels)
    auc = f"{roc_auc_score(labels, scores):.3f}" if len(set(labels)) == 2 else ""
    recall = f"{found / unhappy:.3f}" if unhappy else ""
    precision = f"{found / flagged:.3f}" if flagged else ""
    return f"| {name} | {len(labels)} | {auc} | {recall} | {precision} | {_f1(labels, flags)} |"
