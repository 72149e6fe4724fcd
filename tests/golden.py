"""Drafts as they are meant to be: tests/mail/reply-*.eml, each with its draft beside it.

    python -m tests.golden        writes the drafts anew; read what changed before you commit it

The verdict is the one that the message's author named, so that only the reply is held still here.
"""

from __future__ import annotations

import email
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assistant import rulebook
from assistant.model import Address, Calling, Facts, Identity, Outcome, Polarity, Profile, Reading
from assistant.reading.message import read
from assistant.tone.judge import Judge
from assistant.triage import Triage
from tests.mailbook import FOLDER

BOOK = rulebook.load()
SIGNATURE = "Kim Studio\nWeaver Street 4"
IDENTITIES = (
    Identity(Address("Kim Studio", "studio@example.com"), SIGNATURE),
    Identity(Address("Studio Support", "support@example.com"), "The studio"),
)
BERLIN = Calling(
    zone=ZoneInfo("Europe/Berlin"),
    hours=((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60)),
    off=frozenset({date(2026, 11, 18)}),
)
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "times": {"calling": BERLIN},
    "everything": {
        "calling": replace(BERLIN, line="+49 30 1234567", booking="https://cal.example/kim"),
        "quote": "below",
    },
    "formal": {"calling": BERLIN, "manner": "formal", "quote": "above"},
    "informal": {"manner": "informal", "calling": Calling(line="+49 30 1234567")},
}
"""By the name that a message's .toml gives: what the user has set."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A message, the draft that it gets, and the file with the draft that it should get."""

    name: str
    outcome: Outcome
    file: Path

    @property
    def shown(self) -> str:
        """The draft as a person reads it, with the notes for the user above."""
        notes = "".join(f"[{note}]\n" for note in self.outcome.notes)
        draft = self.outcome.draft
        if draft is None:
            assert self.outcome.skip is not None
            return f"{notes}[no draft: {self.outcome.skip.detail}]\n"
        parsed = email.message_from_bytes(draft.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        names = ("From", "To", "Subject", "In-Reply-To", "References")
        head = "".join(f"{name}: {parsed[name]}\n" for name in names if parsed[name])
        return f"{notes}{head}\n{parsed.get_content()}".replace("\r\n", "\n")


def golden() -> Iterator[Golden]:
    """Every one, by name."""
    triage, judge = Triage(BOOK), Judge(BOOK)
    for path in sorted(FOLDER.glob("reply-*.eml")):
        table = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
        message = read(path.read_bytes(), table["language"])
        assert message.date is not None
        profile = Profile(
            "studio@example.com", IDENTITIES, 14, 7, **CONFIGURATIONS[table["configuration"]]
        )
        now = message.date + timedelta(minutes=5)
        facts = Facts(profile, now.astimezone(ZoneInfo("Europe/Berlin")), frozenset())
        heard = judge.hear(Reading(message, Polarity(0.0, ())), facts.behaviour)
        tone = BOOK.tone(table["tone"])
        verdict = replace(
            judge.weigh_up(heard), tone=tone, cues=tuple(table["cues"]), about=table["cues"][0]
        )
        # Private, because it is the very code that a flagged message gets.
        outcome = triage._flagged(message, facts, verdict)
        yield Golden(path.stem, outcome, path.with_suffix(".draft"))


def main() -> None:
    """Write all of them."""
    for each in golden():
        each.file.write_text(each.shown, "utf-8")


if __name__ == "__main__":
    main()
