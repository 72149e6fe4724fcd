"""The fitted files: what the words and the other voices weigh. Read here, written by `make train`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from assistant.errors import ConfigError, Problem
from assistant.model import NO_READER, CueWeights, Voices, Weighing, Weight, WordModel
from assistant.rulebook.tables import VoicesTable, WeighingTable


def overlaid(known: Voices, table: VoicesTable) -> Voices:
    """A language's weights, with what a table gives in place of what was known."""
    alone = _weighing(known.alone, table)
    with_reader = known.with_reader
    if table.reader is not None:
        with_reader = _weighing(with_reader or replace(alone, reader=NO_READER), table.reader)
        given, reader = table.reader, with_reader.reader
        heads = dict(reader.heads) | {str(head): each for head, each in given.heads.items()}
        with_reader = replace(
            with_reader,
            reader=replace(
                reader,
                heads=tuple(sorted(heads.items())),
                sure=reader.sure if given.sure is None else given.sure,
                band=given.band or reader.band,
                cues=_cues(reader.cues, given.cues),
            ),
        )
    return Voices(alone, with_reader)


def _weighing(known: Weighing, table: WeighingTable) -> Weighing:
    return replace(
        known,
        words=_weight(known.words, table.words, table.words_cap),
        length=known.length if table.length is None else table.length,
        polarity=_weight(known.polarity, table.polarity, table.polarity_cap),
        heat=replace(known.heat, **table.tone),
        thresholds=tuple(sorted(table.thresholds)) or known.thresholds,
    )


def _cues(known: CueWeights, given: Mapping[str, float]) -> CueWeights:
    least = dict(known.least) | {cue: each for cue, each in given.items() if cue != "rules"}
    return CueWeights(given.get("rules", known.rules), tuple(sorted(least.items())))


def _weight(known: Weight, points: float | None, cap: int | None) -> Weight:
    return Weight(
        known.points if points is None else points,
        known.cap if cap is None else cap,
    )


class Words(Mapping[str, WordModel]):
    """The words of each language: read whole at the start, made a model of when first asked for.

    Most users' mail is in one language or two, and a model takes ten times the memory of its file.

    Args:
        folder: of rules; each language has a folder in it.

    Raises:
        ConfigError: where a file has lines that are something else.
    """

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.glob("*/words.tsv"))
        self._files = {path.parent.name: (path, path.read_bytes()) for path in paths}
        self._models: dict[str, WordModel] = {}
        for path, raw in self._files.values():
            if raw.count(b"\t") != 2 * (
                raw.count(b"\n") - raw.count(b"\n##") - raw.startswith(b"##")
            ):
                _model(raw, path)  # says which line

    def __getitem__(self, language: str) -> WordModel:
        if language not in self._models:
            path, raw = self._files[language]
            self._models[language] = _model(raw, path)
        return self._models[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        """The same for the same words: the rulebook's digest is made of it."""
        named = {each: hashlib.sha256(raw).hexdigest() for each, (_, raw) in self._files.items()}
        return f"Words({named})"


def read_words(path: Path) -> WordModel:
    """The words of a language, which is its folder's name: a line for each, its weight, its heat, the
    word, with tabs between.

    The word in the line ``(bias)`` is none: its numbers count for every text.

    Raises:
        ConfigError: where a line is something else.
    """
    return _model(path.read_bytes(), path)


def _model(raw: bytes, path: Path) -> WordModel:
    weights: dict[str, tuple[float, float]] = {}
    for number, line in enumerate(raw.decode("utf-8").splitlines(), 1):
        if line.startswith("##"):
            continue
        try:
            weight, hot, word = line.split("\t")
            weights[word] = (float(weight), float(hot))
        except ValueError:
            message = "is not weight, heat and word with tabs between; reinstall, or make train"
            raise ConfigError([Problem(str(path), number, "", message)]) from None
    bias, heat = weights.pop("(bias)", (0.0, 0.0))
    return WordModel(path.parent.name, bias, heat, MappingProxyType(weights))


def write_words(path: Path, model: WordModel, notes: list[str]) -> None:
    """A model as `read_words` reads it, the words that weigh most first."""
    lines = [f"## {note}\n" for note in notes]
    lines.append(f"{model.bias}\t{model.heat}\t(bias)\n")
    ordered = sorted(model.weights.items(), key=lambda item: (-abs(item[1][0]), item[0]))
    lines += [f"{weight}\t{heat}\t{word}\n" for word, (weight, heat) in ordered]
    path.write_text("".join(lines), "utf-8")
