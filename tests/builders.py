"""Small, readable makers of what the tests judge: messages, facts, profiles, rulebooks.

Every argument has a default, so that a test names only what it is about.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import settings

from assistant import rulebook as rulebooks
from assistant import tomlfile
from assistant.model import (
    Address,
    Facts,
    Identity,
    Message,
    Polarity,
    Profile,
    Reading,
    Rule,
    RuleBook,
)
from assistant.tomlfile import TomlFile

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CLIENT = Address("Maria Lopez", "maria@client.example")
ME = Address("Hugo Steen", "hugo@studio.example")

QUICK = settings(derandomize=True, deadline=None, max_examples=100)
"""How Hypothesis runs here: the same examples every time, and only so many."""

TONES = """
threshold = 100
evidence = 50

[[tone]]
id = "concerned"
heat = 1
keyword = "tone-concerned"

[[tone]]
id = "angry"
heat = 4
keyword = "tone-angry"

[voices.en]
polarity = 40
polarity_cap = 15
"""

REPLIES = """
[reply]
matters = ["legal-threat", "late"]

[reply.order]
any = ["greeting", "thanks acknowledge matter apologise", "assure call booking line", "closing"]

[reply.parts.any]
greeting = ["Hello ${name},", "Hello,"]
thanks = ["Thank you for telling me.", "Thank you for writing."]
acknowledge = ["I can hear how much trouble this has been."]
matter = ["I want to hear all of it."]
apologise = ["I am sorry for the trouble and the time that it has cost you."]
assure = ["I am looking into it now."]
ask = ["I would like to hear all of it from you in person: when would be a good time for a call?"]
times = ["I would like to hear all of it from you in person: would ${times} suit you for a call?"]
no-call = ["I would like to hear all of it from you in your own way: how would you like us to talk?"]
booking = ["Or choose here: ${booking}"]
line = ["My number is ${line}."]
closing = ["Kind regards,"]

[reply.formal.any]
greeting = ["Dear ${full_name},"]

[reply.parts.late]
matter = ["Waiting is hard."]

[reply.times]
days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
months = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December"]
time = "${hour}:${minute}"
first = "${day} ${number} ${month} at ${time}"
again = "${time}"
between = " or "
yours = "${time} your time (${mine} mine)"

[reply.quoting]
wrote = "On ${number} ${month} ${year} at ${time}, ${who} wrote:"
matter = "'${subject}'"
unnamed = "your message"

[reply.subjects]
unless = ["please", "is", "complaint"]

[reply.signals]
formal = ["^ dear (mr|ms)"]
informal = ["^ hi"]
asks-call = ["call me"]
names-time = ["call me ...3 (monday|tuesday)"]
no-call = ["not call [me]"]

[reply.required]
regret = ["regret"]
reply-acknowledge = ["hear how"]
reply-apologise = ["sorry"]
reply-phone = ["call", "talk"]

[reply.forbidden]
reply-no-resolution = ["refund*"]
reply-no-excuses = ["but", "due to"]

[reply.outside-call]
reply-no-resolution = ["(monday|tuesday|tomorrow)"]
"""

RULES = """
negators = ["not", "never"]

[[rule]]
id = "worry"
describe = "is worried"
points = 60
tone = "concerned"
cues = ["late"]
phrases = ["worried", "concerned"]
matches = ["I am worried."]

[[rule]]
id = "unacceptable"
describe = "says that it is unacceptable"
points = 100
tone = "angry"
cues = ["quality"]
phrases = ["unacceptable"]
matches = ["This is unacceptable."]

[[rule]]
id = "thanks"
describe = "is grateful"
points = -40
phrases = ["thank you so much"]
matches = ["Thank you so much!"]
"""


def toml_file(text: str, name: str = "test.toml") -> TomlFile:
    """A TOML text as if it had been read from a file."""
    return TomlFile(name, tomllib.loads(text), text)


@cache
def rulebook(*texts: str) -> RuleBook:
    """The rulebook of these TOML texts laid over one another; without any, a small usual one."""
    documents = [
        rulebooks.Document(file, tomlfile.validate(rulebooks.RuleFile, file))
        for number, text in enumerate(texts or (TONES, REPLIES, RULES))
        for file in [toml_file(text, f"{number}.toml")]
    ]
    return rulebooks.merge(documents)


def rule(**fields: Any) -> Rule:
    """A rule that makes 100 points for "unacceptable" unless told otherwise."""
    usual: dict[str, Any] = {
        "id": "test",
        "language": "en",
        "describe": "a test",
        "points": 100,
        "tone": "angry",
        "cues": (),
        "phrases": ("unacceptable",),
        "unless": (),
        "negation": "cancels",
        "matches": (),
        "ignores": (),
        "origin": "test.toml",
    }
    return Rule(**{**usual, **fields})


def message(own_words: str = "Hello there.", **fields: Any) -> Message:
    """A plain message from CLIENT to ME, with these words."""
    usual: dict[str, Any] = {
        "identity": "mid-1",
        "message_id": "<1@client.example>",
        "in_reply_to": (),
        "references": (),
        "sender": CLIENT,
        "reply_to": (),
        "to": (ME,),
        "cc": (),
        "delivered_to": (),
        "subject": "Website",
        "date": NOW,
        "own_words": own_words,
        "cuts": (),
        "language": "en",
        "parts": ("text/plain",),
        "headers": (),
        "defects": (),
    }
    return Message(**{**usual, **fields})


def reading(
    own_words: str = "Hello there.", polarity: float | None = None, **fields: Any
) -> Reading:
    """A message as the worker hands it over, with TextBlob's opinion if one is given."""
    opinion = None if polarity is None else Polarity(polarity, ("word",))
    return Reading(message(own_words, **fields), opinion)


def profile(
    identities: tuple[Address, ...] = (ME,), signature: str = "Hugo", **fields: Any
) -> Profile:
    """ME's mailbox: each address an identity with the same signature."""
    usual: dict[str, Any] = {
        "mailbox_address": ME.email,
        "identities": tuple(Identity(each, signature) for each in identities),
        "stale_days": 14,
        "sender_days": 3,
    }
    return Profile(**{**usual, **fields})


def facts(**fields: Any) -> Facts:
    """Nothing known but whose mailbox it is and what time it is."""
    usual: dict[str, Any] = {"profile": profile(), "now": NOW, "flags": frozenset()}
    return Facts(**{**usual, **fields})


def mail(body: str | bytes = "Hello there.", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a message: a usual header with these fields replaced or added, and a body."""
    usual = {
        "From": "Maria Lopez <maria@client.example>",
        "To": "Hugo Steen <hugo@studio.example>",
        "Subject": "Website",
        "Date": "Wed, 4 Mar 2026 12:00:00 +0000",
        "Message-ID": "<1@client.example>",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**usual, **(headers or {})}.items())
    text = body.encode() if isinstance(body, str) else body
    return lines.encode("utf-8", "surrogateescape") + b"\r\n" + text


__all__ = [
    "CLIENT",
    "ME",
    "NOW",
    "QUICK",
    "REPLIES",
    "RULES",
    "TONES",
    "facts",
    "mail",
    "message",
    "profile",
    "reading",
    "rule",
    "rulebook",
    "toml_file",
]
