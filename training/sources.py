"""The labelled texts: those written for the project, and public ones.

What is in ../shared/data is never copied; `training/mail` holds messages written for this project
by further authors, and `training/aims.tsv` labels of ours on public texts, by their ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.model import CUES

TONES = ("concerned", "disappointed", "frustrated", "angry", "hostile")
AIMS = ("you", "other", "self", "none")
OWN = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; a label is None where its source doesn't give it."""

    id: str
    source: str
    """The author's file, or the name of the public set."""
    language: str
    subject: str
    text: str
    ours: int | None = None
    """1 where the writer is dissatisfied with the recipient, after data/LABELS.md."""
    complaint: int | None = None
    """1 where it is a complaint, by a public set's looser label."""
    affect: int | None = None
    """1 where it shows open anger or disappointment, at whomever."""
    tone: int | None = None
    """1 (concerned) to 5 (hostile), where dissatisfied."""
    aim: int | None = None
    """At whom the bad feeling is aimed: an index into AIMS."""
    cues: tuple[int, ...] | None = None
    """For each of CUES 1 where a dissatisfied writer names it."""
    kind: str = ""
    """For the project's own: plain, subtle, ordinary, hard-negative, everyday."""
    twin: str = ""
    """The id of the row that shares matter and words with this one, and has the other label."""
    locked: bool = False
    """Kept for the last measurement: neither trained on nor looked at."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that something was fitted on, for the note beside it."""

    name: str
    sha256: str
    rows: int
    licence: str


PUBLIC = {
    "complaint_tweets_xci": ("tweets", "complaint", "MIT"),
    "cfpb_narratives": ("cfpb", "complaint", "US public domain"),
    "goemotions_sample": ("goemotions", "affect", "CC BY 4.0"),
    "stackoverflow_sentiment": ("stackoverflow", "affect", "MIT"),
    "spamassassin_ham": ("ham", "ours", "CC0"),
    "hard_negatives": ("questions", "ours", "CC BY 4.0, CC BY-SA"),
}
"""Public file -> its source's name, what its label says, its licence."""


FOLDS = tuple(
    tuple(names.split())
    for names in (
        "ena ene eni tweets w1 w5 w9 we wi wm wq wt y1 y5 z1 v1",
        "enb enf enj cfpb w2 w6 wa wf wj wn wr x1 wu y2 y6 z2 v2",
        "enc eng enk goemotions w3 w7 wb wd wg wk wo ws x2 wv y3 y7 z3 v3",
        "end enh enl stackoverflow ham w4 w8 wc wh wl wp x3 ww wx y4 y8 z4",
    )
)
"""A reader takes long to fine-tune, so each of four leaves out a quarter of the sources."""


def locked(identity: str) -> bool:
    """Whether a row of data/train belongs to the fifth that is kept for the last measurement."""
    return int(hashlib.sha256(identity.encode()).hexdigest(), 16) % 5 == 0


def authors(shared: Path, language: str = "en") -> list[Row]:
    """What was written for the project in a language: data/train, and training/mail."""
    pattern = f"{language}?.jsonl" if language == "en" else f"{language}.jsonl"
    files = sorted((shared / "data" / "train").glob(pattern))
    rows = [_ours(row, file.stem, locked(row["id"])) for file in files for row in lines(file)]
    for file in sorted((OWN / "mail").glob("*.jsonl")):
        rows += [_ours(row, file.stem, False) for row in lines(file) if row["lang"] == language]
    return rows


def public(shared: Path) -> list[Row]:
    """The public sets that may be trained on (English). Of ham, one half: the other is measured."""
    aims = dict(_aims())
    rows: list[Row] = []
    for name, (source, label, _) in PUBLIC.items():
        for row in lines(shared / "data" / "public" / f"{name}.jsonl"):
            if source == "ham" and not half(row["id"]):
                continue
            value = int(row["label"])
            aim = aims.get(row["id"], AIMS.index("none") if not value else None)
            rows.append(
                Row(
                    row["id"], source, "en", row.get("subject") or "", row["text"],
                    **{label: value},
                    # Ordinary mail is no complaint either; without it that head would know one side.
                    **({"complaint": 0} if source == "ham" else {}),
                    aim=aim if label == "affect" else None,
                )
            )  # fmt: skip
    return rows


def files(shared: Path, language: str = "en") -> Iterator[File]:
    """What `authors` and `public` read, as it is now."""
    pattern = f"{language}?.jsonl" if language == "en" else f"{language}.jsonl"
    for path in sorted((shared / "data" / "train").glob(pattern)):
        yield described(path, "the project's (MIT)")
    for path in sorted((OWN / "mail").glob("*.jsonl")):
        if next(lines(path))["lang"] == language:
            yield described(path, "the project's (MIT)")
    if language == "en":
        for name, (_, _, licence) in PUBLIC.items():
            yield described(shared / "data" / "public" / f"{name}.jsonl", licence)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def draw(identity: str, sides: int, of: str = "text") -> int:
    """A fair die that always falls the same way for a text; one for each end."""
    return hashlib.sha256(f"{of} {identity}".encode()).digest()[0] % sides


def half(identity: str, of: str = "text") -> bool:
    """A fair coin of the same kind."""
    return draw(identity, 2, of) == 0


def _ours(row: dict[str, Any], source: str, is_locked: bool) -> Row:
    dissatisfied = int(row["dissatisfied"])
    aim = AIMS.index(row["aim"]) if row.get("aim") else (0 if dissatisfied else None)
    return Row(
        id=row["id"],
        source=source,
        language=row["lang"],
        subject=row.get("subject") or "",
        text=row["text"],
        ours=dissatisfied,
        tone=TONES.index(row["tone"]) + 1 if dissatisfied else None,
        aim=aim,
        cues=tuple(int(cue in row["cues"]) for cue in CUES) if dissatisfied else None,
        kind=row.get("kind") or "",
        twin=row.get("twin") or "",
        locked=is_locked,
    )


def _aims() -> Iterator[tuple[str, int]]:
    names = {name[0]: number for number, name in enumerate(AIMS)}
    path = OWN / "aims.tsv"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if not line.startswith("#"):
            identity, aim, _strength = line.split("\t")
            yield identity, names[aim]


def described(path: Path, licence: str) -> File:
    """A file as the note beside a fitted one names it."""
    return File(
        path.name,
        hashlib.sha256(path.read_bytes()).hexdigest()[:16],
        sum(1 for _ in lines(path)),
        licence,
    )
