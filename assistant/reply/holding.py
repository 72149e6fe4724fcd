"""Message and verdict -> the text of a holding reply, guarded. Pure. Guidance section 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from string import Template

from assistant.clean import clean_text
from assistant.model import Facts, Message, Phone, Verdict, Wording
from assistant.reading.zones import zone_of
from assistant.reply import times
from assistant.reply.client import Client, Signals, names
from assistant.reply.compose import recipient
from assistant.reply.guard import LEGAL, Fault, Guard
from assistant.reply.lists import NO_CLASSES, Classes
from assistant.reply.quoting import quoted
from assistant.reply.wording import Letter, write

SAME_DIGITS = 8
"""From the end of two telephone numbers that make them one."""
_SPARED = ("booking", "line", "matter", "full_name", "times")
"""What a letter that grew too long can do without, the first of these first."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A text for a reply, what is wrong with it, and what its reader is told first."""

    text: str
    quoted: str
    """The original, as it is quoted; empty where the user wants none."""
    unnamed: str
    """The subject where the message has none."""
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


class Replies:
    """The replies of one language.

    Raises:
        PhraseError: for a phrase of the wording that can't be read.
    """

    def __init__(
        self,
        wording: Wording,
        classes: Classes = NO_CLASSES,
        not_names: Iterable[str] = (),
    ) -> None:
        self._wording = wording
        self._not_names = frozenset(not_names)
        self._guard = Guard(wording, classes)
        self._signals = Signals(wording, classes)

    def reply(
        self, message: Message, facts: Facts, verdict: Verdict, phones: tuple[Phone, ...]
    ) -> Reply:
        """The reply to a flagged message: the same for the same message, facts and rules."""
        assert verdict.tone is not None
        client = self._signals.read(message, verdict, facts.profile.manner)
        values = {
            **self._names(message),
            **self._call_values(message, facts, verdict, phones, client),
        }
        if client.matter and not self._guard.forbids(client.matter):
            values["matter"] = Template(self._wording.quoting["matter"]).substitute(
                subject=client.matter
            )
        letter = Letter(
            kind=verdict.tone.id,
            cue=self._cue(verdict),
            formal=client.formal,
            call="",
        )
        text, faults = self._written(letter, client, message, verdict, values)
        profile = facts.profile
        original = (
            quoted(message, self._wording, profile.calling.zone) if profile.quote != "off" else ""
        )
        unnamed = self._wording.quoting["unnamed"]
        return Reply(text, original, unnamed, faults, _notes(message, client, verdict))

    def _cue(self, verdict: Verdict) -> str:
        """A threat of law or of the public, however unsure; else what it is surely about."""
        threats = (cue for cue in self._wording.matters if cue in LEGAL and cue in verdict.cues)
        about = verdict.about if verdict.about in self._wording.matters else ""
        return next(threats, about)

    def _written(
        self,
        letter: Letter,
        client: Client,
        message: Message,
        verdict: Verdict,
        values: Mapping[str, str],
    ) -> tuple[str, tuple[Fault, ...]]:
        """A letter that the guard has nothing against, if need be without what can be spared."""
        for number in range(len(_SPARED) + 1):
            spared = _SPARED[:number]
            left = {key: value for key, value in values.items() if key not in spared}
            asked = replace(letter, call=_call(client, left))
            text = write(self._wording, asked, message.identity, left)
            faults = self._guard.faults(
                text, cues=verdict.cues, message=message.own_words, known=left.values()
            )
            if not faults:
                break
        return text, faults

    def _names(self, message: Message) -> dict[str, str]:
        """The client's name. One that the guard would refuse ("Promise") is left out."""
        found = names(message, recipient(message), self._not_names)
        return {key: name for key, name in found.items() if not self._guard.forbids(name)}

    def _call_values(
        self,
        message: Message,
        facts: Facts,
        verdict: Verdict,
        phones: tuple[Phone, ...],
        client: Client,
    ) -> dict[str, str]:
        if client.no_call:
            return {}
        calling, wording = facts.profile.calling, self._wording.times
        # A number in the text may be anybody's, unless the client asks to be called.
        line = _digits(calling.line)
        theirs_own = [
            each
            for each in phones
            if (each.signed or client.asks_call) and not (line and _digits(each.number) == line)
        ]
        values = {"phone": theirs_own[0].shown} if theirs_own else {}
        if calling.line:
            values["line"] = calling.line
        if client.names_time:
            return values
        if calling.booking:
            values["booking"] = calling.booking
        heat = verdict.tone.heat if verdict.tone else 1
        theirs = zone_of(message, tuple(theirs_own), facts.now)
        written = message.date or facts.now
        if not times.can_be_told(theirs, calling, written, facts.now):
            return values
        offered = times.times_for(calling, facts.now, heat, theirs)
        if offered and wording is not None:
            values["times"] = times.told(offered, wording, theirs, written)
        return values


def _digits(number: str) -> str:
    """The end of a number, which is the same with a country's code and without."""
    return "".join(each for each in number if each.isdigit())[-SAME_DIGITS:]


def _call(client: Client, values: Mapping[str, str]) -> str:
    """The part that asks for the call: by what the client said of calls, and what is known."""
    if client.no_call:
        return "no-call"
    number = "-number" if "phone" in values else ""
    if client.names_time:
        return f"accept-named{number}"
    times = "times" in values
    if client.asks_call:
        return f"accept{'-times' if times else ''}{number}"
    return f"{'times' if times else 'ask'}{number}"


def _notes(message: Message, client: Client, verdict: Verdict) -> tuple[str, ...]:
    """What the user is to know before anything is sent."""
    notes: list[str] = []
    to = recipient(message)
    elsewhere = [each.email for each in message.reply_to if to and each.key != to.key]
    if elsewhere:
        shown = clean_text(", ".join(elsewhere), 200)
        notes.append(f"asks for answers to {shown}; the draft goes to the sender")
    for cue in verdict.cues:
        if cue in LEGAL:
            notes.append(f"{cue}: look at this one first; the draft regrets and admits nothing")
    if client.no_call:
        notes.append("asks not to be phoned: the draft offers to meet their way")
    if client.names_time:
        notes.append("names a time for a call: the draft accepts it, so see that you are free")
    return tuple(notes)
