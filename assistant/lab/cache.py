"""What trials have found out about messages, kept from one to the next: numbers and rules' digests; no words, unless
they are asked for.

One JSON file in the state folder, for its owner only. It costs nothing but time to lose it: what can't be read, or
was found out by another version or another reader, is left aside and written anew. What no trial has asked for in
:data:`DAYS` days is dropped.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assistant import privatefile
from assistant.errors import StateUnavailable
from assistant.lab.features import Features
from assistant.model import Behaviour, Opinion

NAME = "lab.json"
FORMAT = 1
"""Raised with every change of what is kept, or of how mail is read."""
DAYS = 30
MOST = 100_000
"""Messages that are kept, those that were asked for last."""
_DIGITS = 24


def key(*parts: object) -> str:
    """What a message is kept under: a hash of its bytes, or of its place."""
    whole = b"\0".join(p if isinstance(p, bytes) else str(p).encode() for p in parts)
    return hashlib.sha256(whole).hexdigest()[:_DIGITS]


def stamp(*parts: object, files: Iterable[Path] = ()) -> str:
    """What everything in the cache rests on: versions, settings, the files of fitted models."""
    names = "\0".join(map(str, parts))
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)]
    return hashlib.sha256("\0".join([names, *sums]).encode()).hexdigest()[:_DIGITS]


class Cache:
    """Features by key. Read when made; written by :meth:`save`.

    Args:
        path: the file; None keeps nothing.
        stamp: what its content must rest on.
        today: entries remember when they were last asked for.
        texts: whether the words are written too; else those that an earlier trial wrote are taken out.
    """

    def __init__(self, path: Path | None, stamp: str, today: date, *, texts: bool = False) -> None:
        self.texts = texts
        self._path = path
        self._stamp = stamp
        self._today = today.isoformat()
        self._since = (today - timedelta(days=DAYS)).isoformat()
        self._sets: list[frozenset[str]] = []
        self._kept: dict[str, list[Any]] = {}
        self._known: dict[str, Features] = {}
        self._learned = False
        self._read()

    def _read(self) -> None:
        if self._path is None:
            return
        with contextlib.suppress(
            OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError
        ):
            whole = json.loads(self._path.read_text("utf-8"))
            if whole["stamp"] == self._stamp:
                sets, kept = whole["looked"], whole["messages"]
                self._sets = [frozenset(each) for each in sets]
                self._kept = {name: each for name, each in kept.items() if self._whole(each)}

    def _whole(self, entry: Any) -> bool:
        """Whether an entry can be carried on; whether it can be read is seen when it is asked for."""
        match entry:
            case [str(), {"looked": int(at)}]:
                return 0 <= at < len(self._sets)
        return False

    def get(self, key: str) -> Features | None:
        """What is known of a message."""
        if key not in self._known and key in self._kept:
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                self._known[key] = _features(self._kept[key][1], self._sets)
        return self._known.get(key)

    def put(self, key: str, features: Features) -> None:
        """Remember it."""
        self._known[key] = features
        self._learned = True

    def save(self) -> None:
        """Write the file, if anything was learned.

        Raises:
            StateUnavailable: where it can't be written.
        """
        worded = not self.texts and any(each[1].get("text") for each in self._kept.values())
        if self._path is None or not (self._learned or worded):
            return
        numbers: dict[frozenset[str], int] = {}
        messages: dict[str, list[Any]] = {}
        for name, each in self._known.items():
            number = numbers.setdefault(each.looked, len(numbers))
            messages[name] = [self._today, self._plain(each, number)]
        for name, (day, plain) in self._kept.items():
            if name not in messages and day >= self._since:
                text = plain.get("text") if self.texts else None
                number = numbers.setdefault(self._sets[plain["looked"]], len(numbers))
                messages[name] = [day, {**plain, "looked": number, "text": text}]
        newest = sorted(messages.items(), key=lambda item: item[1][0], reverse=True)[:MOST]
        whole = {
            "stamp": self._stamp,
            "looked": [sorted(each) for each in numbers],
            "messages": dict(newest),
        }
        try:
            privatefile.replace(self._path, json.dumps(whole, separators=(",", ":")))
        except OSError as error:
            raise StateUnavailable(
                f"{self._path}: can't be written: {error.strerror or error}",
                hint="--no-cache keeps nothing",
            ) from error

    def _plain(self, features: Features, looked: int) -> dict[str, Any]:
        behaviour = {name: n for name, n in asdict(features.behaviour).items() if n}
        opinion = features.opinion
        return {
            "identity": features.identity,
            "language": features.language,
            "skips": dict(features.skips),
            "looked": looked,
            "found": None
            if features.found is None
            else {k: list(v) for k, v in features.found.items()},
            "words": features.words,
            "polarity": features.polarity,
            "opinion": [opinion.heads, opinion.heat, opinion.cues] if opinion else None,
            # None may have been a worker that died: then the reader is asked again.
            "asked": opinion is not None,
            "behaviour": behaviour,
            "text": features.text if self.texts else None,
        }


def remove(folder: Path) -> None:
    """Erase the cache of a state folder, if there is one, and what a trial left that was killed while it wrote.

    Raises:
        StateUnavailable: where it can't be.
    """
    try:
        for path in (folder / NAME, *folder.glob(f".{NAME}.*")):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StateUnavailable(
            f"{folder / NAME}: can't be erased: {error.strerror or error}"
        ) from error


def _features(plain: dict[str, Any], sets: list[frozenset[str]]) -> Features:
    found, words, opinion = plain["found"], plain["words"], plain["opinion"]
    text = plain.get("text")
    return Features(
        str(plain["identity"]),
        str(plain["language"]),
        dict(plain["skips"]),
        sets[plain["looked"]],
        {k: (str(w), int(a), int(b)) for k, (w, a, b) in found.items()}
        if found is not None
        else None,
        (float(words[0]), float(words[1]), int(words[2])) if words else None,
        plain["polarity"],
        _opinion(*opinion) if opinion else None,
        bool(plain["asked"]),
        _behaviour(**plain["behaviour"]),
        (str(text[0]), str(text[1])) if text else None,
    )


def _behaviour(usual: Sequence[Sequence[str]] = (), **facts: int) -> Behaviour:
    return Behaviour(**facts, usual=tuple((str(fact), str(text)) for fact, text in usual))


def _opinion(heads: list[Any], heat: float, cues: list[Any]) -> Opinion:
    pairs = [tuple((str(name), float(odds)) for name, odds in each) for each in (heads, cues)]
    return Opinion(pairs[0], float(heat), pairs[1], (0, 0))
