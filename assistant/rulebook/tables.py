"""What a rule file may hold, as pydantic reads and checks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from assistant.clean import clean_text, is_plain_address
from assistant.model import CUES, Cue
from assistant.tomlfile import TomlFile
from assistant.tone.phrases import compile_pattern

ID = r"^[a-z0-9][a-z0-9.-]{0,60}$"
KEYWORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
Budget = Annotated[float, Field(ge=0, le=1000)]
Head = Literal["ours", "complaint", "affect", "you"]
"""What in the reader's opinion has points; see :class:`assistant.model.Opinion`."""
LONGEST_TOLD = 300
SAID = "said.toml"
"""Among the shipped files no rules, but how a language asks and promises (rulebook/sayings.py)."""
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
            f"{found.group()} at character {found.start() + 1} knows ASCII only in RE2, so that it "
            "would break at every accent; "
            r"use phrases for words, or \p{L}"
        )
    if compile_pattern(value).search(""):
        raise ValueError(f"{value!r} would match nothing at all, everywhere")
    return value


def _cue_key(value: str) -> str:
    if value not in (*CUES, "rules"):
        raise ValueError(f"{value!r} is no cue; here may stand rules and {', '.join(CUES)}")
    return value


def _told(value: str) -> str:
    return clean_text(value, LONGEST_TOLD)


def _tone(value: str) -> str:
    if not value or clean_text(value, len(value)) != value:
        raise ValueError(f"{value!r} is no name of a tone: printable text in one line")
    return value


Told = Annotated[str, AfterValidator(_told)]
"""What tables show; rule files go from hand to hand, and none of them shall drive a terminal."""
CueKey = Annotated[str, AfterValidator(_cue_key)]
Client = Annotated[str, AfterValidator(_client)]
FormSender = Annotated[str, AfterValidator(_form_sender)]


class _Table(BaseModel):
    # Deferred, for nearly all of them are only ever validated as a part of RuleFile.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class RuleTable(_Table):
    """One [[rule]]. All but id may be missing where it changes a rule that is there."""

    id: str = Field(
        pattern=ID,
        description="The same id as a rule that is there changes it; a new one adds a rule.",
    )
    describe: Told = Field(
        default="", description='What the rule notices, as it is read after "the writer".'
    )
    points: Points = Field(
        default=0, description="Above 0: speaks for an unhappy writer; below: against."
    )
    tone: str = Field(
        default="", description="The tone it speaks for; empty where the points are below 0."
    )
    cues: list[Cue] = Field(default=[], description="What the writer is unhappy about.")
    phrases: list[str] = Field(default=[], description="One of them must occur in a sentence.")
    patterns: list[Annotated[str, AfterValidator(_pattern)]] = Field(
        default=[], description="Regular expressions of RE2, for what words can't say."
    )
    needs: list[str] = Field(
        default=[], description="Phrases: one of these must be in the same sentence."
    )
    unless: list[str] = Field(
        default=[], description="Phrases: none of these may be in the same sentence."
    )
    needs_message: list[str] = Field(
        default=[], description="Phrases: one of these must be anywhere in the message."
    )
    unless_message: list[str] = Field(
        default=[], description="Phrases: none of these may be anywhere in the message."
    )
    place: Literal["anywhere", "opening", "closing"] = Field(
        default="anywhere", description="Opening: in the first three sentences; closing: the last."
    )
    target: Literal["any", "you", "us", "others", "not-others"] = Field(
        default="any", description="Who the sentence must speak of."
    )
    negation: Literal["cancels", "ignored"] = Field(
        default="cancels", description='Whether a "not" near the phrase takes the hit away.'
    )
    matches: list[str] = Field(
        default=[], description="Sentences that the rule must find: its own tests."
    )
    ignores: list[str] = Field(
        default=[], description="Sentences that it must leave alone: its own tests, too."
    )
    enabled: bool = Field(default=True, description="false turns the rule off.")


class BehaviourTable(_Table):
    """One [[behaviour]]: points for what is known beyond the words. All but id may be missing where it changes one."""

    id: str = Field(
        pattern=ID, description="The same id as one that is there changes it; a new one adds one."
    )
    describe: Told = Field(
        default="",
        description="{n} stands for the fact's number, {usual} for what it is usually (of the last four facts).",
    )
    fact: Literal[
        "unanswered", "days_waited", "new_in_copy", "colder", "heat_before",
        "chasing", "unhappy_lately", "never_in_copy", "less_warm",
    ] = Field(
        default="unanswered",
        description="What is counted: five facts of the thread, four of the client's last year.",
    )  # fmt: skip
    at_least: int = Field(default=1, ge=1, le=1000, description="From which number on it counts.")
    points: Points = Field(default=0, description="What it adds to the score.")
    tone: str = Field(default="", description="The tone it speaks for.")
    cues: list[Cue] = Field(default=[], description="What the writer is unhappy about.")
    enabled: bool = Field(default=True, description="false turns it off.")


class TestTable(_Table):
    """One [[test]]: a message, and the verdict that it must have. `assistant rules test` runs it."""

    __test__ = False  # pytest takes it for a class of tests

    name: str = Field(default="", max_length=100, description="What it is called when it fails.")
    text: str = Field(default="", description="The message's words; or file.")
    subject: str = Field(default="", description="The subject that goes with text.")
    file: str = Field(
        default="", description="An .eml file; a relative path starts at the folder of this file."
    )
    dissatisfied: bool | None = Field(default=None, description="Whether it must be flagged.")
    tone: str = Field(default="", description="The tone that it must be flagged with.")
    at_least: str = Field(default="", description="The mildest tone that it may be flagged with.")
    must_hit: list[str] = Field(default=[], description="Ids of rules that must hold in it.")
    must_not_hit: list[str] = Field(default=[], description="Ids of rules that must not.")

    @model_validator(mode="after")
    def _together(self) -> TestTable:
        wrong = []
        if bool(self.text.strip()) == bool(self.file):
            wrong.append("give the message as text, or as file")
        if self.subject and self.file:
            wrong.append("subject goes with text; a file has its own")
        if self.tone and self.at_least:
            wrong.append("both tone and at_least; give one")
        if self.dissatisfied is False and (self.tone or self.at_least):
            wrong.append("a tone is for a dissatisfied message; remove it, or dissatisfied = false")
        if self.dissatisfied is None and not (
            self.tone or self.at_least or self.must_hit or self.must_not_hit
        ):
            wrong.append(
                "asks for nothing; give dissatisfied, tone, at_least, must_hit or must_not_hit"
            )
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class ToneTable(_Table):
    """One [[tone]]: a step on the scale of discontent."""

    id: Annotated[str, AfterValidator(_tone)]
    heat: int = Field(ge=1, le=5)
    keyword: Annotated[str, AfterValidator(_keyword)]


class SignTable(_Table):
    """One [[sign]] of automatic mail. The same id replaces the whole of it."""

    id: str
    header: str = Field(pattern=r"^[a-z0-9-]+$")
    test: Literal["present", "is", "not", "contains", "begins", "titled"]
    value: str | list[str] = ""
    in_answers: bool = True
    in_forms: bool = True
    reason: Told
    describe: Told
    enabled: bool = True


class WeighingTable(_Table):
    """What is given replaces what was fitted."""

    words: float | None = Field(default=None, ge=0, le=1000)
    words_cap: int | None = Field(default=None, ge=0, le=1000)
    length: float | None = Field(default=None, ge=0, le=1000)
    polarity: float | None = Field(default=None, ge=0, le=1000)
    polarity_cap: int | None = Field(default=None, ge=0, le=1000)
    tone: dict[Literal["rules", "words", "reader"], Annotated[float, Field(ge=0, le=100)]] = {}
    thresholds: list[Annotated[tuple[Budget, int], Field(strict=False)]] = []


class ReaderTable(WeighingTable):
    """[voices.en.reader]: judging with the reader. What is given replaces what was fitted."""

    heads: dict[Head, Annotated[float, Field(ge=0, le=1000)]] = {}
    sure: float | None = Field(default=None, ge=0, le=20)
    band: tuple[int, int] | None = Field(default=None, strict=False)
    cues: dict[CueKey, Annotated[float, Field(ge=-100, le=100)]] = {}


class VoicesTable(WeighingTable):
    """[voices.en]: what weighs beside the rules. What is given replaces what was fitted."""

    reader: ReaderTable | None = None


PartsTable = dict[str, dict[str, list[str]]]
Rows = dict[str, list[str]]


class TimesTable(_Table):
    """[reply.times]: how the language writes days and times."""

    days: list[str] = Field(min_length=7, max_length=7)
    months: list[str] = Field(min_length=12, max_length=12)
    time: str
    first: str
    again: str
    between: str
    yours: str


class QuotingTable(_Table):
    """[reply.quoting]: how mail and subjects are quoted."""

    wrote: str = ""
    matter: str = ""
    unnamed: str = ""


class LinesTable(_Table):
    """[reply.lines]: how the language writes what was agreed, and its dates."""

    agreed: list[str] = []
    passed: list[str] = []
    done: list[str] = []
    note: list[str] = []
    date: str = ""
    first: str = "1"


class SubjectsTable(_Table):
    """[reply.subjects]: words with which a subject names no matter."""

    unless: list[str] = []


class ReplyTable(_Table):
    """[reply]: the replies in the file's language. rules/README.md explains it."""

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
    may: Rows = {}
    lines: LinesTable = LinesTable()


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
    test: list[TestTable] = []


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file as read, not yet laid over others."""

    file: TomlFile
    table: RuleFile
    trusted: bool = False
    """Shipped: its phrases are held to the grammar by the tests, not again at every start."""
