"""What judging rests on: rules, tones, signs, wording; loaded by :mod:`assistant.rulebook`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

Cue = Literal[
    "late", "ignored", "quality", "wrong", "billing", "misunderstood", "broken-promise",
    "repeat-problem", "rude-treatment", "lost-trust", "refund-demand", "leaving", "legal-threat",
    "public-threat", "escalation", "ultimatum",
]  # fmt: skip
"""What an unhappy client names as its reason, or asks for. The reader's numbers come in this order."""
CUES: tuple[str, ...] = get_args(Cue)


@dataclass(frozen=True, slots=True)
class Tone:
    """One step on the scale of discontent. ``heat`` runs from 1 to 5 (guidance: notice-range)."""

    id: str
    heat: int
    keyword: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One named reason for points. The phrase syntax is documented in rules/README.md."""

    id: str
    language: str
    describe: str
    points: int
    tone: str
    """A tone id, or empty where the rule lowers the score."""
    cues: tuple[str, ...]
    phrases: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    """Regular expressions of RE2, for what words can't say: "!!!", shouting."""
    needs: tuple[str, ...] = ()
    """One of these phrases must be in the same sentence; empty: none needs to be."""
    unless: tuple[str, ...]
    """None of these may be in the same sentence."""
    needs_message: tuple[str, ...] = ()
    """One of these must be anywhere in the message."""
    unless_message: tuple[str, ...] = ()
    """None of these may be anywhere in the message."""
    place: str = "anywhere"
    """``anywhere``, or ``opening`` (the first sentences), or ``closing`` (the last)."""
    target: str = "any"
    """``any``, or who the sentence must speak of: ``you``, ``us``, ``others``; ``not-others``."""
    negation: str
    """``cancels``: a "not" near or within the phrase takes the hit away; ``ignored``: it doesn't."""
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    origin: str
    """The file the rule comes from, and the file that changed it, if any."""


@dataclass(frozen=True, slots=True)
class BehaviourRule:
    """Points for what is known beyond the words; see :class:`assistant.model.Behaviour`."""

    id: str
    describe: str
    """``{n}`` stands for the fact's number, ``{usual}`` for what it is usually, in words."""
    fact: str
    at_least: int
    points: int
    tone: str
    cues: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words that one language's phrases are made of."""

    language: str
    classes: MappingProxyType[str, tuple[str, ...]]
    negators: tuple[str, ...]
    negation_before: int = 3
    """How many words before a phrase a negator still takes its hit away, within its clause."""
    negation_after: int = 0
    """And how many words after it: "das gefällt mir nicht"."""


class Screen(StrEnum):
    """How a sign in a header is compared with its value."""

    PRESENT = "present"
    IS = "is"
    NOT = "not"
    CONTAINS = "contains"
    BEGINS = "begins"
    TITLED = "titled"


@dataclass(frozen=True, slots=True)
class Sign:
    """A header by which a machine gives itself away (RFC 3834, RFC 2369; rules/screening.toml)."""

    reason: str
    header: str
    test: Screen
    values: tuple[str, ...]
    """Any of these, in lower case."""
    in_answers: bool
    """Whether it counts in an answer within a thread; a newsletter answers nobody."""
    describe: str
    in_forms: bool = True
    """Whether it counts in what a form service mails."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The signs of mail that no client wrote by hand, and who is let through whatever they show.

    Addresses are ``name@host``, or ``@host`` for a whole domain.
    """

    signs: tuple[Sign, ...]
    no_reply: tuple[str, ...]
    """Local parts that nobody reads: ``bounce`` is also ``bounce-123``; ``noreply*`` also
    ``noreply-orders``."""
    form_senders: tuple[str, ...] = ()
    """Who mails what clients wrote into a form; the client stands in Reply-To."""
    own_lists: tuple[str, ...] = ()
    """Mailing lists that are an inbox of the user's: ids (``support.example.com``) or addresses."""
    never_screened: tuple[str, ...] = ()
    """Clients whose mail is judged whatever it looks like."""


Manner = Literal["formal", "informal"]
"""How somebody is addressed."""
Parts = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Owner (a cue, a tone, a kind of follow-up, or ``any``) -> part -> variants."""


@dataclass(frozen=True, slots=True)
class TimesWording:
    """How a language writes times of calls, and dates; placeholders in each."""

    days: tuple[str, ...]
    """Monday first."""
    months: tuple[str, ...]
    time: str
    """``${hour}``, ``${minute}``."""
    first: str
    """A day's first time: ``${day}``, ``${number}``, ``${month}``, ``${time}``."""
    again: str
    """Another one on the same day."""
    between: str
    """Between two times."""
    yours: str
    """Where the client's clock shows another time: ``${time}``, and ``${mine}``."""


@dataclass(frozen=True, slots=True)
class LinesWording:
    """How a language writes what was agreed, line by line; of several patterns the first whose placeholders are known."""

    agreed: tuple[str, ...] = ()
    """An action: ``${text}``, ``${owner}``, ``${date}``."""
    passed: tuple[str, ...] = ()
    """One whose date has passed."""
    done: tuple[str, ...] = ()
    """One that was done on that date."""
    note: tuple[str, ...] = ()
    """``${text}``."""
    date: str = ""
    """``${day}``, ``${number}``, ``${month}``, ``${year}``."""
    first: str = "1"
    """The number of a month's first day."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The replies of one language, in parts, and what none of them may say."""

    language: str
    parts: Parts
    """What serves for both ways to address somebody."""
    formal: Parts
    informal: Parts
    order: Mapping[str, tuple[str, ...]]
    """Owner -> the letter's paragraphs, each naming its parts. What follows the holding reply (FOLLOW_UPS)
    is an owner, too."""
    matters: tuple[str, ...]
    """The cues that have a say, the one that is answered first at the beginning."""
    manner: Manner
    """How somebody is addressed who gives no sign."""
    times: TimesWording | None
    quoting: Mapping[str, str]
    """``wrote``: the line above quoted mail; ``matter``: how a subject is quoted;
    ``unnamed``: the subject of a reply to mail that has none."""
    subjects: tuple[str, ...]
    """Phrases: a subject with one of them names no matter."""
    signals: Mapping[str, tuple[str, ...]]
    """What a client's words tell about the answer: signal -> phrases."""
    required: Mapping[str, tuple[str, ...]]
    """Guidance row -> phrases, of which every reply has one."""
    forbidden: Mapping[str, tuple[str, ...]]
    """Guidance row id -> phrases that no reply may hold."""
    outside_call: Mapping[str, tuple[str, ...]]
    """And those that only a sentence about the call may hold."""
    may: Mapping[str, tuple[str, ...]]
    """Phrases that are forbidden elsewhere: what a kind of draft is there to say, by kind, and what may
    stand in the user's own words (``typed``)."""
    lines: LinesWording
    origin: str


@dataclass(frozen=True, slots=True)
class WordModel:
    """A linear model over the words and short runs of words of one language; fitted by `make train`."""

    language: str
    bias: float
    """Log-odds of a text none of whose words are known."""
    heat: float
    """And the tone it would have, from 1 to 5."""
    weights: Mapping[str, tuple[float, float]]
    """Word, or two or three with spaces between -> what it adds to the log-odds, and to the tone."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a voice's opinion is worth: points per unit, and the most it may add, or take thrice."""

    points: float
    cap: int


@dataclass(frozen=True, slots=True)
class Weighing:
    """What each voice weighs beside the rules, whose points count as they are.

    Fitted by `make train`, once for judging without the reader and once with it.
    """

    words: Weight
    """Of the words' log-odds."""
    length: float
    """Points that a text loses for each doubling of its words beyond 20: it has more of everything."""
    polarity: Weight
    """Of TextBlob's polarity, turned around: negative words add points."""
    reader: ReaderWeight
    heat: HeatWeights
    thresholds: tuple[tuple[float, int], ...]
    """Flags among 1,000 ordinary messages -> the threshold that keeps to so many; rising flags."""


@dataclass(frozen=True, slots=True)
class ReaderWeight:
    """Points for each unit of log-odds of the reader's heads, and when it is asked at all."""

    heads: tuple[tuple[str, float], ...]
    sure: float
    """Log-odds of a head beyond which it counts as no surer, on either side."""
    band: tuple[int, int]
    """It is asked where the other voices' sum lies from the first to the second number."""
    cues: CueWeights
    """When a cue is named."""


@dataclass(frozen=True, slots=True)
class CueWeights:
    """A cue is named where the reader's log-odds for it are high enough; a rule's word adds to them."""

    rules: float
    """What a phrase rule's word for a cue adds."""
    least: tuple[tuple[str, float], ...]
    """From which log-odds on, by cue; a cue that is not in here is named by rules only."""


@dataclass(frozen=True, slots=True)
class HeatWeights:
    """What the hottest rule with evidence, the words and the reader weigh in naming the tone."""

    rules: float
    words: float
    reader: float


NO_READER = ReaderWeight((), 0, (0, 0), CueWeights(0, ()))
RULES_ALONE = Weighing(
    Weight(0, 0), 0, Weight(0, 0), NO_READER, HeatWeights(1, 0, 0), ((0, 100), (1000, 100))
)
"""For a language of which nothing was fitted: a rule's points are all there is, flagged at 100."""


@dataclass(frozen=True, slots=True)
class Voices:
    """One language's weights, without the reader and with it."""

    alone: Weighing = RULES_ALONE
    with_reader: Weighing | None = None


@dataclass(frozen=True)  # no slots, for the digest is kept beside the fields
class RuleBook:
    """Everything that judging rests on, loaded and checked by :mod:`assistant.rulebook`."""

    rules: tuple[Rule, ...]
    behaviours: tuple[BehaviourRule, ...]
    """Of those about the same fact, the one that asks for most counts."""
    lexicons: tuple[Lexicon, ...]
    tones: tuple[Tone, ...]
    """Mildest first."""
    screening: Screening
    wordings: tuple[Wording, ...]
    threshold: int | None
    """Where the user sets it; otherwise the budget of flags does, by :attr:`Weighing.thresholds`."""
    evidence: int
    """Points that a tone needs, from hits of that heat or hotter, to be the message's tone."""
    voices: Mapping[str, Voices]
    """By language."""
    words: Mapping[str, WordModel]
    attention: str
    """The keyword on what the user must look at first; empty: none."""
    not_names: tuple[str, ...]
    """Words that are nobody's name, sorted, in lower case and without accents."""

    @cached_property
    def digest(self) -> str:
        """Names this set of rules, so that a verdict can say by which it was reached.

        The same for the same rules, wherever their files lie; worked out when somebody first asks.
        """
        anywhere = replace(
            self,
            rules=tuple(replace(rule, origin="") for rule in self.rules),
            wordings=tuple(replace(wording, origin="") for wording in self.wordings),
        )
        return hashlib.sha256(repr(anywhere).encode()).hexdigest()[:16]

    @property
    def heats(self) -> dict[str, int]:
        """Tone -> heat, as cases compare them."""
        return {each.id: each.heat for each in self.tones}

    def wording(self, language: str) -> Wording | None:
        """The holding reply in a language; None where it has none."""
        return next((each for each in self.wordings if each.language == language), None)

    def classes(self, language: str) -> Mapping[str, tuple[str, ...]]:
        """The classes of words that a language's phrases may name."""
        found = (each.classes for each in self.lexicons if each.language == language)
        return next(found, MappingProxyType({}))

    def tone(self, tone_id: str) -> Tone:
        """The tone with this id; the rulebook's loader has checked that it exists."""
        return next(tone for tone in self.tones if tone.id == tone_id)
