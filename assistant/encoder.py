"""The reader: a small encoder that has read many clients' mail, run by ONNX Runtime.

The only module that imports onnxruntime, tokenizers and numpy, and only when it is first asked:
they come with the extra ``[reader]``. Fitted by `make train` (training/reader.py says from what).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.model import CUES, Opinion
from assistant.tone.tokens import sentences

NEEDED = ("onnxruntime", "tokenizers", "numpy")
WINDOW = 192
"""Word pieces read at once; a longer text is read in windows, and the unhappiest counts."""
WINDOWS = 4
LONGEST = 20_000
"""Characters looked at."""
SENTENCES = 24
"""How many sentences are tried as evidence."""
HEADS = ("ours", "complaint", "affect", "you")


def installed() -> bool:
    """Whether what the reader needs is there."""
    return all(find_spec(name) is not None for name in NEEDED)


def languages(folder: Path) -> frozenset[str]:
    """The languages that have a reader, in a folder of rules."""
    return frozenset(path.parent.name for path in folder.glob("*/reader.onnx"))


class TextReader:
    """Texts of one language -> opinions. The same text gets the same opinion on one machine.

    Args:
        folder: where ``reader.onnx`` and ``reader.json`` (the tokenizer) are.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        onnxruntime = _silent_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "reader.json"))
        self._last: tuple[tuple[str, str], list[tuple[float, ...]]] | None = None

    def opinion(self, subject: str, text: str, *, evidence: bool) -> Opinion:
        """The opinion on a text; the subject is given where its writer chose it.

        The evidence costs as much again for every sentence, and is found only where the text
        sounds unhappy.
        """
        # A lone surrogate is no character that the tokenizer knows; "?" takes its place.
        text = text[:LONGEST].encode("utf-8", "replace").decode()
        subject = subject.encode("utf-8", "replace").decode()
        windows = self._windows(subject, text)
        if self._last is None or self._last[0] != (subject, text):
            self._last = (subject, text), self._hear(ids for ids, _ in windows)
        heard = self._last[1]  # whoever sounds unhappy is asked about again, for the evidence
        said, (start, end) = max(zip(heard, (span for _, span in windows), strict=True))
        cues = (max(odds) for odds in zip(*(each[5:] for each in heard), strict=True))
        wanted = evidence and said[0] > 0
        sentence = self._evidence(subject, text[start:end]) if wanted else (0, 0)
        return Opinion(
            tuple(zip(HEADS, (round(each, 2) for each in said[:4]), strict=True)),
            round(said[4], 2),
            tuple(zip(CUES, (round(each, 2) for each in cues), strict=True)),
            (start + sentence[0], start + sentence[1]) if wanted else (0, 0),
        )

    def _windows(self, subject: str, text: str) -> list[tuple[list[int], tuple[int, int]]]:
        """Pieces that the encoder can take: token ids, and the range of the text they came from."""
        before = f"{subject}\n" if subject else ""
        encoded = self._tokenizer.encode(before + text)
        first, *words, last = encoded.ids
        places = encoded.offsets[1:-1]
        found = []
        for at in range(0, max(1, len(words)), WINDOW - 2):
            here = places[at : at + WINDOW - 2] or [(0, 0)]
            span = (max(0, here[0][0] - len(before)), max(0, here[-1][1] - len(before)))
            found.append(([first, *words[at : at + WINDOW - 2], last], span))
        return found[:WINDOWS]

    def _hear(self, windows: Iterable[Sequence[int]]) -> list[tuple[float, ...]]:
        """For each window what `told` makes of it.

        One at a time: int8 arithmetic scales by what is in a batch, so company would change them.
        """
        import numpy

        found = []
        for window in windows:
            ids: Any = numpy.array([window], numpy.int64)
            (numbers,) = self._session.run(None, {"ids": ids, "mask": numpy.ones_like(ids)})
            found.append(told([float(each) for each in numbers[0]]))
        return found

    def _evidence(self, subject: str, text: str) -> tuple[int, int]:
        """The sentence of a window without which it would sound least unhappy."""
        spans = [(words[0].start, words[-1].end) for words in sentences(text)][:SENTENCES]
        if len(spans) < 2:
            return spans[0] if spans else (0, 0)
        without = [
            (self._hear([ids])[0][0], span)
            for span in spans
            for ids, _ in self._windows(subject, text[: span[0]] + text[span[1] :])[:1]
        ]
        return min(without)[1]


def _silent_onnxruntime() -> Any:
    """ONNX Runtime, told to send nothing to anybody.

    Since 1.29 its packages for Linux and macOS report their use to Microsoft (processor, operating
    system, path of the program; a device id and a queue in ~/.cache) unless the variable is set
    before they are loaded; those for Windows listen to the call. Its Privacy.md tells both.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


class Encoders:
    """The encoders of the languages that have one, loaded when first asked."""

    def __init__(self, folder: Path | None) -> None:
        self._folders = {each: folder / each for each in languages(folder)} if folder else {}
        self._loaded: dict[str, TextReader] = {}

    def opinion(self, language: str, subject: str, text: str, evidence: bool) -> Opinion | None:
        """An opinion on a text; None where the language has no encoder."""
        if language not in self._folders:
            return None
        if language not in self._loaded:
            self._loaded[language] = TextReader(self._folders[language])
        return self._loaded[language].opinion(subject, text, evidence=evidence)


def told(numbers: Sequence[float]) -> tuple[float, ...]:
    """The encoder's numbers as four heads' log-odds, the heat from 1 to 5, and log-odds by cue."""
    ours, complaint, affect = numbers[:3]
    heat = 1 + sum(1 / (1 + math.exp(-step)) for step in numbers[3:7])
    you, *others = numbers[7:11]
    highest = max(others)
    against = highest + math.log(sum(math.exp(each - highest) for each in others))
    return ours, complaint, affect, you - against, heat, *numbers[11:]
