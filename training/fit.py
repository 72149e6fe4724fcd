"""Fits every readable file of the judging: the words of each language, and the voices' weights.

    python -m training.fit [--shared ../shared] [--build build/train]

Reads what the fold readers said (training/reader.py), and writes rules/*/words.tsv,
rules/voices.toml and docs/leave-one-out.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant import rulebook
from assistant.model import Weighing, WordModel
from assistant.rulebook import write_words
from assistant.tone.polarity import polarity
from training import folds, sources, voices, words
from training.report import report
from training.sources import Row
from training.voices import Example

OTHERS = ("de", "es", "fr")
PUBLIC = ("tweets", "cfpb", "ham")
WEIGHTS: dict[bool, Mapping[str, float]] = {
    False: {"tweets": 0.1, "cfpb": 0.2, "ham": 3.0},
    True: {"tweets": 0.3, "cfpb": 1.0, "ham": 3.0},
}
"""What a public set's text counts in the fit, without the reader and with it; an author's counts 1.

Chosen by leaving sources out: with the reader the worst ones (tweets, the real mailbox) gain most."""
UNSEEN = ("real_mailbox", "enron_ordinary", "spamassassin_ham")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Fit words and voices.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--build", type=Path, default=Path("build/train"))
    options = parser.parse_args()
    shared: Path = options.shared
    fitted = [_english(shared, options.build)]
    fitted += [_other(shared, language) for language in OTHERS]
    _write_voices([each for each, _ in fitted], shared)
    head = [
        "# What leaving sources out says",
        "",
        "Written by `make train`. Each row is judged by models and weights that have not seen its source; the",
        "threshold allows 10 flags among 1,000 ordinary messages (of German, Spanish and French: of the everyday mail",
        "that an author wrote). `en?`, `de`, `es`, `fr` are the files of data/train without their locked fifth, the others those of",
        "training/mail. The last rows are mail that nothing was fitted on; real_mailbox chose nothing. With the",
        "reader, only those sources are shown that one of its folds has left out.",
        "",
    ]
    lines = [line for _, each in fitted for line in each]
    Path("docs/leave-one-out.md").write_text("\n".join(head + lines), "utf-8")


def _english(shared: Path, build: Path) -> tuple[str, list[str]]:
    rows = [row for row in sources.authors(shared) if not row.locked]
    rows += [row for row in sources.public(shared) if row.source in PUBLIC]
    recipe = words.ENGLISH
    models, whole = folds.words_left_out(rows, "en", recipe)
    _write_words(whole, shared)
    heard = folds.reader_left_out(build)
    rules = folds.Rules(rulebook.load(), "en")
    known = [example(row, rules, models[row.source], heard) for row in rows]
    unseen = [row for name in UNSEEN for row in _measured(shared, name)]
    ordinary = [example(row, rules, whole, heard) for row in unseen]
    asked = calibrating(shared)
    heard_by_shipped = folds.shipped(asked)
    everyday = [example(row, rules, whole, heard_by_shipped) for row in asked]
    text, lines = ["[voices.en]"], []
    for with_reader in (False, True):
        heeded = [
            replace(each, weight=WEIGHTS[with_reader].get(each.source, 1.0))
            for each in known
            if each.said.heads or not with_reader
        ]
        weighing = fitted(heeded, everyday, with_reader=with_reader)
        text += _as_toml(weighing, with_reader=with_reader)
        lines += report(heeded, ordinary, weighing, PUBLIC, with_reader=with_reader)
    return "\n".join(text), lines


def _other(shared: Path, language: str) -> tuple[str, list[str]]:
    rows = [row for row in sources.authors(shared, language) if not row.locked]
    models, whole = folds.words_left_out(rows, language, words.FEW_AUTHORS)
    _write_words(whole, shared)
    rules = folds.Rules(rulebook.load(), language)
    known = [example(row, rules, models[row.source], {}) for row in rows]
    # No ordinary mail of this language is at hand but what authors wrote as everyday mail.
    everyday = [each for each in known if each.ordinary and not each.dissatisfied]
    weighing = fitted(known, everyday, with_reader=False)
    text = [f"[voices.{language}]", *_as_toml(weighing, with_reader=False)]
    return "\n".join(text), report(
        known, [], weighing, PUBLIC, with_reader=False, language=language
    )


def example(row: Row, rules: folds.Rules, model: WordModel, heard: folds.Opinions) -> Example:
    """What every voice says of a row."""
    opinion = polarity(row.text).value if row.language == "en" else 0.0
    label = row.complaint if row.ours is None else row.ours
    said = folds.say(row, rules, model, opinion, heard)
    ordinary = row.kind == "everyday" or row.source in UNSEEN
    return Example(row.id, row.source, said, label or 0, row.tone, row.cues, ordinary=ordinary)


def _measured(shared: Path, name: str) -> list[Row]:
    """Mail that nothing is fitted on: of ham, the half that was not trained on."""
    rows = sources.lines(shared / "data" / "public" / f"{name}.jsonl")
    return [
        Row(row["id"], name, "en", row.get("subject") or "", row["text"], ours=int(row["label"]))
        for row in rows
        if row["label"] is not None and not (name == "spamassassin_ham" and sources.half(row["id"]))
    ]


def calibrating(shared: Path) -> list[Row]:
    """The half of the ordinary mail that English thresholds are set on."""
    rows = [row for name in UNSEEN if name != "real_mailbox" for row in _measured(shared, name)]
    return [row for row in rows if not row.ours and sources.half(row.id, "budget")]


def fitted(
    known: Sequence[Example], calibrating: Sequence[Example], *, with_reader: bool
) -> Weighing:
    """Weights, tone and thresholds."""
    weighing = voices.refitted(known, voices.Caps(), with_reader=with_reader)
    unhappy = [each for each in known if each.tone]
    weighing = replace(weighing, heat=voices.tones(unhappy, with_reader=with_reader))
    scores = [voices.score(each.said, weighing) for each in calibrating]
    weighing = replace(weighing, thresholds=voices.thresholds(scores))
    if not with_reader:
        return weighing
    budget = dict(weighing.thresholds)[10.0]
    asked = voices.band(known, weighing, budget)
    reader = replace(weighing.reader, band=asked, cues=voices.cue_weights(known))
    return replace(weighing, reader=reader)


def _as_toml(weighing: Weighing, *, with_reader: bool) -> list[str]:
    rows = ", ".join(f"[{budget:g}, {score}]" for budget, score in weighing.thresholds)
    heat = weighing.heat
    lines = ["", "[voices.en.reader]"] if with_reader else []
    lines += [
        f"words = {weighing.words.points}",
        f"words_cap = {weighing.words.cap}",
        f"length = {weighing.length}",
        f"polarity = {weighing.polarity.points}",
        f"polarity_cap = {weighing.polarity.cap}",
        f"thresholds = [{rows}]",
        f"tone = {{ rules = {heat.rules:g}, words = {heat.words:g}, reader = {heat.reader:g} }}",
    ]
    if with_reader:
        heads = ", ".join(f"{name} = {points}" for name, points in weighing.reader.heads)
        low, high = weighing.reader.band
        lines += [
            f"heads = {{ {heads} }}",
            f"sure = {weighing.reader.sure:g}",
            f"band = [{low}, {high}]",
            "",
            "[voices.en.reader.cues]",
            f"rules = {weighing.reader.cues.rules:g}",
            *(f"{cue} = {least:g}" for cue, least in weighing.reader.cues.least),
        ]
    return lines


def _write_voices(texts: Sequence[str], shared: Path) -> None:
    head = (
        "# What each voice weighs beside the rules, by language. Fitted by `make train`; the rules' points\n"
        "# count as they are. rules/README.md explains every key; to change one, write it into your own file.\n"
        "# Weights: on the texts that each words.tsv names. English thresholds: on half of the ordinary ones of\n"
        f"{_ordinary_note(shared)}"
        "# The others': on the everyday mail of training/mail's de6, es6, fr6.\n\n"
    )
    (rulebook.shipped_folder() / "voices.toml").write_text(
        head + "\n\n".join(texts) + "\n", "utf-8"
    )


def _ordinary_note(shared: Path) -> str:
    files = [
        sources.described(shared / "data" / "public" / f"{name}.jsonl", licence)
        for name, licence in (
            ("enron_ordinary", "Enron public (FERC), AESLC CC BY-NC-SA 4.0"),
            ("spamassassin_ham", "CC0; the half that was not trained on"),
        )
    ]
    return "".join(
        f"# {file.name}, {file.rows} texts, sha256 {file.sha256}…, licence: {file.licence}\n"
        for file in files
    )


def _write_words(model: WordModel, shared: Path) -> None:
    notes = [
        "Weight (log-odds of being dissatisfied), heat (tone, 1 to 5), word or two or three neighbouring words; # is any figure.",
        "Fitted by make train (training/words.py) on these, but for the locked fifth of each file of data/train:",
        *(
            f"{file.name}, {file.rows} texts, sha256 {file.sha256}…, licence: {file.licence}"
            for file in sources.files(shared, model.language)
        ),
    ]
    folder = rulebook.shipped_folder() / model.language
    write_words(folder / "words.tsv", model, notes)


if __name__ == "__main__":
    main()
