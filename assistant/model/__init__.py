"""The frozen types that everybody shares. No behaviour beyond properties, no I/O.

Read them in this order: :class:`Fetched` (bytes from a server), :class:`Message` (what a person
wrote), :class:`Facts` (what else is known), :class:`Verdict` (how it reads), :class:`Outcome`
(what is to be done).
"""

from assistant.model.mail import (
    FIRST_BYTES,
    Address,
    Cut,
    Defect,
    DraftsStatus,
    Fetched,
    Location,
    Message,
    Opened,
    Phone,
    Place,
    Polarity,
    Reading,
)
from assistant.model.outcome import (
    AppendDraft,
    Draft,
    Effect,
    Facts,
    Hit,
    Mark,
    Outcome,
    Profile,
    Skip,
    Verdict,
)
from assistant.model.rules import (
    Lexicon,
    PolarityWeight,
    Rule,
    RuleBook,
    Screen,
    Screening,
    Sign,
    Tone,
    Wording,
)

__all__ = [
    "FIRST_BYTES",
    "Address",
    "AppendDraft",
    "Cut",
    "Defect",
    "Draft",
    "DraftsStatus",
    "Effect",
    "Facts",
    "Fetched",
    "Hit",
    "Lexicon",
    "Location",
    "Mark",
    "Message",
    "Opened",
    "Outcome",
    "Phone",
    "Place",
    "Polarity",
    "PolarityWeight",
    "Profile",
    "Reading",
    "Rule",
    "RuleBook",
    "Screen",
    "Screening",
    "Sign",
    "Skip",
    "Tone",
    "Verdict",
    "Wording",
]
