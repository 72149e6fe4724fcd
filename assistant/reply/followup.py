"""What follows the holding reply: a Case -> a Draft, guarded. Pure. Guidance section 4.

Four kinds: the written ``summary`` of a call (after-writing), an ``update`` where nothing has been said for
too long (after-updates), the ``checkin`` once the last action is done (after-checkin), and a ``parting``, on
request only (after-part).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant.clean import clean_text
from assistant.model import Action, Case, Draft, Identity, Message, Profile, RuleBook, Skip, Wording
from assistant.reply import agreed
from assistant.reply.agreed import LONGEST_NAME, Lines, Shown
from assistant.reply.client import Signals, names
from assistant.reply.compose import (
    UnsafeDraft,
    derived_id,
    identity_for,
    recipient,
    references,
    reply_subject,
    signed,
    written,
)
from assistant.reply.guard import Fault, Guard
from assistant.reply.wording import Letter, write

SIGNS = {"summary": "s", "update": "u", "checkin": "c", "parting": "p"}
"""How a draft's Message-ID begins, by kind; a holding reply's begins with "h"."""
DOUBTFUL = frozenset(("several-senders", "sender-address"))
"""Defects of a message of which it can't be told for sure who wrote it."""


class FollowUps:
    """One rulebook, compiled language by language as it is needed."""

    def __init__(self, rulebook: RuleBook) -> None:
        self._rulebook = rulebook
        self._compiled: dict[str, tuple[Guard, Signals]] = {}

    def draft(self, kind: str, case: Case, profile: Profile, now: datetime) -> Draft | Skip:
        """The draft of one of FOLLOW_UPS, or why there is none; the same for the same case, day and rules.

        Args:
            now: the clock, aware.
        """
        theirs = [each.message for each in case.letters if each.entry.inward]
        if not theirs:
            return _skip("letters", "no letter of the client's is at hand")
        if DOUBTFUL & {each.code for each in theirs[-1].defects}:
            return _skip("address", "who wrote the client's last letter can't be told for sure")
        if untimely := _untimely(kind, case):
            return untimely
        language = _language(theirs)
        wording = self._rulebook.wording(language)
        if wording is None or kind not in wording.order:
            return _skip("language", f"no wording for this in language {language!r}")
        identity = identity_for(theirs[-1], profile)
        asked = _Asked(kind, case, profile, identity, now, wording)
        text, faults = self._text(asked, theirs[-1])
        if faults:
            return _skip("guard", "; ".join(map(str, faults)))
        return _message(asked, theirs[-1], text)

    def _text(self, asked: _Asked, last: Message) -> tuple[str, tuple[Fault, ...]]:
        """The letter without signature, and what the guard has against it.

        Args:
            last: the client's last letter.
        """
        kind, case = asked.kind, asked.case
        guard, signals = self._of(asked.wording)
        called = names(last, recipient(last), frozenset(self._rulebook.not_names))
        called = {key: name for key, name in called.items() if not guard.forbids(name)}
        spoken = [each.message.own_words for each in case.letters]
        letter = Letter(kind, "", signals.formal(spoken, asked.profile.manner), "")
        seed = f"{case.key}/{_occasion(kind, case)}"
        text = write(asked.wording, letter, seed, _values(asked, called, str))
        # The guard reads our own words, with blanks where something is filled in; the user's, one by one.
        ours = write(asked.wording, letter, seed, _values(asked, called, _blank))
        lines = [each for action in _listed(kind, case) for each in (action.text, action.owner)]
        lines += agreed.notes(case) if kind == "summary" else []
        return text, guard.faults_after(kind, ours, lines)

    def _of(self, wording: Wording) -> tuple[Guard, Signals]:
        language = wording.language
        if language not in self._compiled:
            classes = self._rulebook.classes(language)
            self._compiled[language] = Guard(wording, classes), Signals(wording, classes)
        return self._compiled[language]


def follow_up_id(kind: str, case: Case, profile: Profile) -> str:
    """The Message-ID of the one draft that a kind can ever get on this occasion, whoever composes it again."""
    return derived_id(profile, SIGNS[kind], kind, case.key, _occasion(kind, case))


def occasion(kind: str, case: Case) -> datetime | None:
    """When what gives rise to a draft came about: this call, this silence, this last action; a parting has no such time."""
    course = case.progress
    if kind == "summary":
        told = agreed.calls(case)
        return told[-1].at if told else None
    return {"update": course.told, "checkin": course.done}.get(kind)


def _occasion(kind: str, case: Case) -> str:
    if kind == "parting":
        return str(case.progress.reopened)
    day = _utc_day(occasion(kind, case))
    return f"{len(agreed.calls(case))} {day}" if kind == "summary" else day


def _utc_day(moment: datetime | None) -> str:
    return moment.astimezone(UTC).date().isoformat() if moment else ""


def _untimely(kind: str, case: Case) -> Skip | None:
    """Why it isn't time for a kind of draft, or no longer."""
    course = case.progress
    if kind != "parting" and not course.open:
        return _skip("resolved", "the case is resolved")
    if kind == "summary":
        if not agreed.calls(case):
            return _skip("no-call", "no call was told of")
        if not _listed(kind, case) and not agreed.notes(case):
            return _skip("nothing-agreed", "nothing was agreed that could be put in writing")
    if kind == "update" and course.told is None:
        return _skip("not-answered", "nobody has answered yet, which comes first")
    if kind == "checkin":
        if course.done is None:
            return _skip("not-done", "not everything is done")
        if course.checked_in is not None:
            return _skip("checked-in", "the client has been asked already")
    return None


def _language(theirs: Sequence[Message]) -> str:
    """The one in which the client wrote most: "OK, thanks" tells none."""
    counts: Counter[str] = Counter()
    for message in theirs:
        counts[message.language] += 1 + len(message.own_words.split())
    return counts.most_common(1)[0][0]


def _skip(reason: str, detail: str) -> Skip:
    return Skip(reason, detail, judged=True)


# --- the text -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be written."""

    kind: str
    case: Case
    profile: Profile
    identity: Identity
    """Whom the client wrote to."""
    now: datetime
    wording: Wording

    @property
    def owner(self) -> str:
        """Whoever has taken the case over; empty for nobody (guidance: call-handover)."""
        return clean_text(self.case.progress.owner, LONGEST_NAME)


def _signer(asked: _Asked) -> str:
    """The name of whoever writes."""
    return asked.owner or asked.identity.address.name


def _listed(kind: str, case: Case) -> list[Action]:
    """The actions that a kind of draft speaks of."""
    if kind == "parting":
        return []
    return [each for each in agreed.actions(case) if kind == "checkin" or each.done is None]


def _values(asked: _Asked, called: Mapping[str, str], shown: Shown) -> dict[str, str]:
    """For the placeholders; what is filled in goes through `shown`."""
    kind, case, wording = asked.kind, asked.case, asked.wording
    assert wording.times is not None
    lines = Lines(wording.lines, wording.times, asked.profile.calling, _signer(asked))
    values = {key: shown(name) for key, name in called.items()}
    if listed := _listed(kind, case):
        values["actions"] = "\n".join(lines.action(each, asked.now, shown) for each in listed)
    if kind == "summary":
        values["date"] = shown(lines.date(lines.day(agreed.calls(case)[-1].at)))
        if noted := agreed.notes(case):
            values["notes"] = "\n".join(lines.note(each, shown) for each in noted)
    elif kind == "checkin" and case.progress.done and not listed:  # else each has its own day
        values["date"] = shown(lines.date(lines.day(case.progress.done)))
    return values


def _blank(text: str) -> str:
    return " " * len(text)


# --- the message --------------------------------------------------------------------------------


def _message(asked: _Asked, last: Message, text: str) -> Draft | Skip:
    """In answer to the thread's last letter, to the person who wrote the client's `last`, from whom it was written to."""
    case, profile, identity = asked.case, asked.profile, asked.identity
    named = [each.message for each in case.letters if each.message.message_id]
    try:
        return written(
            profile,
            asked.now,
            message_id=follow_up_id(asked.kind, case, profile),
            sender=identity.address,
            to=recipient(last),
            subject=reply_subject(case.subject, asked.wording.quoting["unnamed"]),
            text=signed(text, asked.owner or identity.signature or identity.address.name),
            thread=references(named[-1]) if named else (),
        )
    except UnsafeDraft as error:
        return _skip("unsafe", error.message)
