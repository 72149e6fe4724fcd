"""`tests/mail`: messages with what a careful person reads from them (tests/mail/README.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.model import Message

FOLDER = Path(__file__).parent / "mail"


@dataclass(frozen=True, slots=True)
class Case:
    """One message and what is expected of it; None where nothing is."""

    name: str
    shows: str
    raw: bytes
    own_words: str | None
    cuts: tuple[tuple[str, str], ...]
    """Reason, and some words that the cut must hold."""
    language: str | None
    screening: str | None
    sender: str | None
    defects: tuple[str, ...]
    subject: str | None
    from_email: str | None

    def own_words_are(self, text: str) -> bool:
        """Word by word; spaces and line ends don't count."""
        return self.own_words is not None and flat(text) == flat(self.own_words)

    def missing_cuts(self, message: Message) -> list[str]:
        """The expected cuts that are not there, and reasons that are there and not expected."""
        missing = [
            f"{reason}: {holds}"
            for reason, holds in self.cuts
            if not any(
                cut.reason == reason and flat(holds) in flat(cut.text) for cut in message.cuts
            )
        ]
        unexpected = {cut.reason for cut in message.cuts} - {reason for reason, _ in self.cuts}
        return [*missing, *(f"not expected: {reason}" for reason in sorted(unexpected))]


def flat(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.replace("\u200b", "").split())


def cases() -> Iterator[Case]:
    """All of them, by name."""
    for path in sorted(FOLDER.glob("*.eml")):
        table = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
        yield Case(
            name=path.stem,
            shows=table["shows"],
            raw=path.read_bytes(),
            own_words=table.get("own_words"),
            cuts=tuple((cut["reason"], cut["holds"]) for cut in table.get("cut", ())),
            language=table.get("language"),
            screening=table.get("screening"),
            sender=table.get("sender"),
            defects=tuple(table.get("defects", ())),
            subject=table.get("subject"),
            from_email=table.get("from_email"),
        )
