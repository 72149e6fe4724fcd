"""What a rule file may hold, as pydantic reads and checks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.clean import is_plain_address
from assistant.model import CUES, Cue
from assistant.tomlfile import TomlFile
from assistant.tone.phrases import compile_pattern

KEYWORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
Budget = Annotated[float, Field(ge=0, le=1000)]
Head = Literal["ours", "complaint", "affect", "you"]
"""What in the reader's opinion has points; see :class:`assistant.model.Opinion`."""
Points = Annotated[int, Field(ge=-1000, le=1000)]


def _keyword(value: str) -> str:
    if not KEYWORD.fullmatch(value):
        raise ValueError(
            f"{value!r} can't be an IMAP keyword; use up to 40 of A-Z a-z 0-9 _ . - "
            "(servers refuse or lose anything else)"
        )
    return value


def _attention(value: str) -> str:
    return _keyword(value) if value else ""


def _client(value: str) -> str:
    if not is_plain_address(f"x{value}" if value.startswith("@") else value):
        raise ValueError(f"{value!r} is no address: write name@host, or @host for a whole domain")
    return value.casefold()


def _form_sender(value: str) -> str:
    return (
        _client(f"{value}x.example").removesuffix("x.example")
        if value.endswith("@")
        else _client(value)
    )


def _pattern(value: str) -> str:
    if found := re.search(r"\\[bwBW]", value):
        raise ValueError(
            f"{found.group()} knows ASCII only in RE2, so that it would break at every accent; "
            r"use phrases for words, or \p{L}"
        )
    if compile_pattern(value).search(""):
        raise ValueError(f"{value!r} would match nothing at all, everywhere")
    return value


def _cue_key(value: str) -> str:
    if value not in (*CUES, "rules"):
        raise ValueError(f"{value!r} is no cue; here may stand rules and {', '.join(CUES)}")
    return value


CueKey = Annotated[str, AfterValidator(_cue_key)]
Client = Annotated[str, AfterValidator(_client)]
FormSender = Annotated[str, AfterValidator(_form_sender)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RuleTable(_Table):
    """One ``[[rule]]``. All but ``id`` may be missing where it changes a rule that is there."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")
    describe: str = ""
    points: Points = 0
    tone: str = ""
    cues: list[Cue] = []
    phrases: list[str] = []
    patterns: list[Annotated[str, AfterValidator(_pattern)]] = []
    needs: list[str] = []
    unless: list[str] = []
    needs_message: list[str] = []
    unless_message: list[str] = []
    place: Literal["anywhere", "opening", "closing"] = "anywhere"
    target: Literal["any", "you", "us", "others", "not-others"] = "any"
    negation: Literal["cancels", "ignored"] = "cancels"
    matches: list[str] = []
    ignores: list[str] = []
    enabled: bool = True


class BehaviourTable(_Table):
    """One ``[[behaviour]]``. All but ``id`` may be missing where it changes one that is there."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")
    describe: str = ""
    fact: Literal["unanswered", "days_waited", "new_in_copy", "colder", "heat_before"] = (
        "unanswered"
    )
    at_least: int = Field(default=1, ge=1, le=1000)
    points: Points = 0
    tone: str = ""
    cues: list[Cue] = []
    enabled: bool = True


class ToneTable(_Table):
    """One ``[[tone]]``."""

    id: str
    heat: int = Field(ge=1, le=5)
    keyword: Annotated[str, AfterValidator(_keyword)]


class SignTable(_Table):
    """One ``[[sign]]`` of automatic mail."""

    id: str
    header: str = Field(pattern=r"^[a-z0-9-]+$")
    test: Literal["present", "is", "not", "contains", "begins", "titled"]
    value: str | list[str] = ""
    in_answers: bool = True
    in_forms: bool = True
    reason: str
    describe: str
    enabled: bool = True


class WeighingTable(_Table):
    """``[voices.en]`` or ``[voices.en.reader]``: what is given replaces what was fitted."""

    words: float | None = Field(default=None, ge=0, le=1000)
    words_cap: int | None = Field(default=None, ge=0, le=1000)
    length: float | None = Field(default=None, ge=0, le=1000)
    polarity: float | None = Field(default=None, ge=0, le=1000)
    polarity_cap: int | None = Field(default=None, ge=0, le=1000)
    tone: dict[Literal["rules", "words", "reader"], Annotated[float, Field(ge=0, le=100)]] = {}
    thresholds: list[Annotated[tuple[Budget, int], Field(strict=False)]] = []


class ReaderTable(WeighingTable):
    heads: dict[Head, Annotated[float, Field(ge=0, le=1000)]] = {}
    sure: float | None = Field(default=None, ge=0, le=20)
    band: tuple[int, int] | None = Field(default=None, strict=False)
    cues: dict[CueKey, Annotated[float, Field(ge=-100, le=100)]] = {}


class VoicesTable(WeighingTable):
    reader: ReaderTable | None = None


PartsTable = dict[str, dict[str, list[str]]]
Rows = dict[str, list[str]]


class TimesTable(_Table):
    """``[reply.times]``."""

    days: list[str] = Field(min_length=7, max_length=7)
    months: list[str] = Field(min_length=12, max_length=12)
    time: str
    first: str
    again: str
    between: str
    yours: str


class QuotingTable(_Table):
    """``[reply.quoting]``."""

    wrote: str = ""
    matter: str = ""
    unnamed: str = ""


class SubjectsTable(_Table):
    unless: list[str] = []


class ReplyTable(_Table):
    """``[reply]``: the holding reply of the file's language. rules/README.md explains it."""

    manner: Literal["formal", "informal"] | None = None
    matters: list[Cue] | None = None
    order: Rows = {}
    parts: PartsTable = {}
    formal: PartsTable = {}
    informal: PartsTable = {}
    times: TimesTable | None = None
    quoting: QuotingTable = QuotingTable()
    subjects: SubjectsTable = SubjectsTable()
    signals: Rows = {}
    required: Rows = {}
    forbidden: Rows = {}
    outside_call: Rows = Field(default={}, alias="outside-call")


class RuleFile(_Table):
    """What a rule file may hold; every table may be left out."""

    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    threshold: int | None = Field(default=None, ge=1, le=10_000)
    evidence: int | None = Field(default=None, ge=1, le=10_000)
    attention: Annotated[str, AfterValidator(_attention)] | None = None
    voices: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], VoicesTable] = {}
    negators: list[str] = []
    negation_before: int | None = Field(default=None, ge=0, le=12)
    negation_after: int | None = Field(default=None, ge=0, le=12)
    classes: dict[str, list[str]] = {}
    no_reply: list[str] = []
    not_names: list[str] = []
    form_senders: list[FormSender] = []
    own_lists: list[str] = []
    never_screened: list[Client] = []
    tone: list[ToneTable] = []
    rule: list[RuleTable] = []
    behaviour: list[BehaviourTable] = []
    sign: list[SignTable] = []
    reply: ReplyTable = ReplyTable()


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file as read, not yet laid over others."""

    file: TomlFile
    table: RuleFile
    trusted: bool = False
    """Shipped: its phrases are held to the grammar by the tests, not again at every start."""
