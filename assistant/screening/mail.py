"""Whether a message is a person's mail to us at all. Cheap checks come first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.model import Facts, Message, Profile, Screen, Screening, Sign, Skip
from assistant.screening.senders import listed, written_by

DELETED, DRAFT, JUNK = "\\deleted", "\\draft", "$junk"
AUTOMATIC = "automatic"
"""The reason of signs that a machine wrote it."""
_OF_LISTS = ("list-", "precedence", "mailing-list")
"""Headers that any list writes, ours too."""


def not_judged(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why a message is not even read for tone; None where a person may have written it to us.

    Raises:
        ValueError: only its header was read, which shows no reason: its words must be read.
    """
    skip = by_header(message, facts.profile, screening) or _by_flags(message, facts, screening)
    if skip is not None:
        return skip
    if not message.whole:
        raise ValueError("only its header was read")
    if not message.own_words.strip():
        return _ignored("empty", "holds no words of its own")
    return None


def by_header(message: Message, profile: Profile, screening: Screening) -> Skip | None:
    """The reason that the header alone gives, and the kinds of its parts as far as they are known."""
    sender = message.sender
    if sender is None:
        return _ignored("no-sender", "names no sender that could be read")
    if profile.owns(sender):
        return _ignored("own", "written by yourself")
    if listed(sender, screening.never_screened):
        return None
    return _shown(message, profile, screening) or _unread(message, screening)


@dataclass(frozen=True, slots=True)
class ByHeader:
    """One account's screening, as far as the header goes: asked before a message's words are read.

    Most mail is no person's. Its body need not be looked at, which takes most of the time.
    """

    profile: Profile
    screening: Screening

    def __call__(self, message: Message) -> bool:
        """Whether the header alone shows that a message is not to be judged."""
        message = written_by(message, self.profile, self.screening)
        return by_header(message, self.profile, self.screening) is not None


def _by_flags(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    if DELETED in facts.flags:
        return _ignored("deleted", "marked as deleted")
    if DRAFT in facts.flags:
        return _ignored("own", "is itself a draft")
    spared = message.sender is not None and listed(message.sender, screening.never_screened)
    if JUNK in facts.flags and not spared:
        return _ignored("spam", "marked as junk")
    return None


def _shown(message: Message, profile: Profile, screening: Screening) -> Skip | None:
    """The first sign of a machine or a crowd that the message shows."""
    ours = _own_list(message, profile, screening)
    for sign in signs(message, screening):
        if not (ours and sign.header.startswith(_OF_LISTS)):
            return _ignored(sign.reason, sign.describe)
    return None


def signs(message: Message, screening: Screening) -> Iterator[Sign]:
    """The signs of a machine or a crowd that a message shows."""
    answers = bool(message.in_reply_to or message.references)
    form = _by_service(message, screening)
    values = _values(message)
    for sign in screening.signs:
        counts = (sign.in_answers or not answers) and (sign.in_forms or not form)
        if counts and any(_shows(sign, value) for value in values.get(sign.header, ())):
            yield sign


def _by_service(message: Message, screening: Screening) -> bool:
    """Whether a form service mailed it."""
    sender = message.via or message.sender
    return sender is not None and listed(sender, screening.form_senders)


def _unread(message: Message, screening: Screening) -> Skip | None:
    """Whether the sender is an address that nobody reads; in an answer to us somebody does."""
    sender = message.sender
    if sender is None or message.in_reply_to or listed(sender, screening.form_senders):
        return None
    local = sender.key.rpartition("@")[0]
    for entry in screening.no_reply:
        beginning = entry.removesuffix("*")
        if not local.startswith(beginning):
            continue
        rest = local.removeprefix(beginning)
        # "bounce-123" is one, "bouncekids" and "bounce-castles" are somebody.
        numbered = entry.endswith("*") or re.search(r"[\d=+]", rest)
        if not rest or (not rest[0].isalpha() and numbered):
            return _ignored("no-reply", f"sent from a no-reply address ({beginning}…)")
    return None


def _own_list(message: Message, profile: Profile, screening: Screening) -> bool:
    """Whether the list that delivered it is an inbox of ours, as a Google Group often is."""
    for name, value in message.headers:
        if name not in ("list-id", "list-post"):
            continue
        for found in re.findall(r"<(?:mailto:)?([^<>?\s]{1,250})", value.casefold()):
            names = {own.key if "@" in found else own.key.replace("@", ".") for own in profile.own}
            if found in names or found in screening.own_lists:
                return True
    return False


def _values(message: Message) -> dict[str, list[str]]:
    """What signs are looked for in: the values of each header in lower case, and the kinds of parts."""
    parts = [each.strip().casefold() for each in message.parts]
    values: dict[str, list[str]] = {}
    for name, value in message.headers:
        values.setdefault(name, []).append(value.strip().casefold())
    return values | {
        "subject": [message.subject.strip().casefold()],
        "content-type": parts[:1],
        "part": parts,
    }


def _shows(sign: Sign, value: str) -> bool:
    match sign.test:
        case Screen.PRESENT:
            return True
        case Screen.IS:
            return value in sign.values
        case Screen.NOT:
            # Parameters and comments may follow the value (RFC 3834 section 5).
            word = value.split(";")[0].split("(")[0].strip()
            return bool(word) and word not in sign.values
        case Screen.CONTAINS:
            return any(each in value for each in sign.values)
        case Screen.BEGINS:
            return value.startswith(sign.values)
        case Screen.TITLED:
            head = value.partition(":")[0].strip()
            return head in sign.values


def _ignored(reason: str, detail: str) -> Skip:
    return Skip(reason, detail, judged=False)
