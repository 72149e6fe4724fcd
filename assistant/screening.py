"""Why a message gets no verdict, or no draft. Pure. Cheap checks come first.

Three questions, kept apart: who wrote it (:func:`written_by`), is it a person's mail to us at all
(:func:`not_judged`), and if it reads as dissatisfied, may a holding reply be laid in Drafts
(:func:`no_draft`)? Whatever the last answers, an unhappy client is marked.

How a newsletter, a list's post and a web form are told apart: a newsletter names a way out
(List-Unsubscribe) or the service that sent it, and answers nobody; a list takes posts (List-Post)
and is not one of ours; a form is mailed by a known form service, or by our own address to
ourselves, with the client in Reply-To.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from assistant.clean import is_plain_address
from assistant.model import (
    Address,
    Facts,
    Lately,
    Message,
    Profile,
    Screen,
    Screening,
    Sign,
    Skip,
    Tone,
)

ANSWERED, DELETED, DRAFT, JUNK = "\\answered", "\\deleted", "\\draft", "$junk"
AUTOMATIC = "automatic"
ANSWERED_IN_SENT = Skip("answered", "an answer to it lies in Sent", judged=True)
"""Found out by looking there, only where a draft is due."""
STOPPED = ("hourly", "flood")
"""Reasons that the user must hear of: drafting has stopped for all mail, not for one message."""
FLOOD = 15
"""Messages flagged within a day from which a flood is thought of."""
FLOOD_TIMES = 5
"""How many times the usual share is far above it."""
LEAST_USUAL = 0.04
"""Share of flagged mail that is usual anywhere."""
_OF_LISTS = ("list-", "precedence", "mailing-list")
"""Headers that any list writes, ours too."""
_VIA = re.compile(r"\s+(?:via|über|par|por|tramite|przez)\s+.*$", re.IGNORECASE)
_MACHINE = re.compile(
    r"(?:^|[._+-])(?:no[._-]?reply|do[._-]?not[._-]?reply|bounces|mailer-daemon|daemon|www-data|root|request)(?:$|[._+-])"
)
"""Local parts that never get a draft, whatever was listed as no_reply."""
_DOUBTFUL = {
    "several-senders": "the message names more than one sender",
    "sender-address": "the sender's address can't be read for sure",
}


def written_by(message: Message, profile: Profile, screening: Screening) -> Message:
    """The message with the client as its sender, where a web form or a list of ours passed it on.

    That is so where a form service sent it, or our own address sent it to ourselves, and it asks
    for answers to exactly one stranger, whose address can be read for sure.
    """
    sender = message.sender
    if sender is None:
        return message
    answerable = tuple(
        each for each in message.reply_to if _somebody_else(each, profile, screening)
    )
    if answerable != message.reply_to:
        message = replace(message, reply_to=answerable)
    if len(answerable) != 1 or _has(message, "reply-address"):
        return message
    client = answerable[0]
    service = _listed(sender, screening.form_senders) and _domain(sender) != _domain(client)
    ours = profile.owns(sender) or _own_program(sender, profile, screening)
    written_to = (*message.to, *message.cc)
    to_us = bool(written_to) and all(map(profile.owns, written_to))
    if not (service or (ours and to_us)):
        return message
    name = client.name or (
        _VIA.sub("", sender.name).strip("'\" ") if _VIA.search(sender.name) else ""
    )
    return replace(message, sender=Address(name, client.email), reply_to=(), via=sender)


def _somebody_else(address: Address, profile: Profile, screening: Screening) -> bool:
    """Whether an answer could be meant for an address: not ours, no form, no machine."""
    return not (
        profile.owns(address)
        or _own_program(address, profile, screening)
        or _listed(address, screening.form_senders)
        or _MACHINE.search(address.key.rpartition("@")[0])
    )


def not_judged(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why a message is not even read for tone; None where a person may have written it to us."""
    sender = message.sender
    if sender is None:
        return _ignored("no-sender", "names no sender that could be read")
    if facts.profile.owns(sender):
        return _ignored("own", "written by yourself")
    if DELETED in facts.flags:
        return _ignored("deleted", "marked as deleted")
    if DRAFT in facts.flags:
        return _ignored("own", "is itself a draft")
    if not _listed(sender, screening.never_screened):
        if JUNK in facts.flags:
            return _ignored("spam", "marked as junk")
        skip = _shown(message, facts.profile, screening) or _unread(message, screening)
        if skip is not None:
            return skip
    if not message.own_words.strip():
        return _ignored("empty", "holds no words of its own")
    return None


def _shown(message: Message, profile: Profile, screening: Screening) -> Skip | None:
    """The first sign of a machine or a crowd that the message shows."""
    ours = _own_list(message, profile, screening)
    for sign in _signs(message, screening):
        if not (ours and sign.header.startswith(_OF_LISTS)):
            return _ignored(sign.reason, sign.describe)
    return None


def _signs(message: Message, screening: Screening) -> Iterator[Sign]:
    """The signs that a message shows."""
    answers = bool(message.in_reply_to or message.references)
    form = _by_service(message, screening)
    for sign in screening.signs:
        counts = (sign.in_answers or not answers) and (sign.in_forms or not form)
        if counts and any(_shows(sign, value) for value in _values(message, sign.header)):
            yield sign


def _by_service(message: Message, screening: Screening) -> bool:
    """Whether a form service mailed it."""
    sender = message.via or message.sender
    return sender is not None and _listed(sender, screening.form_senders)


def _unread(message: Message, screening: Screening) -> Skip | None:
    """Whether the sender is an address that nobody reads; in an answer to us somebody does."""
    sender = message.sender
    if sender is None or message.in_reply_to or _listed(sender, screening.form_senders):
        return None
    local = sender.key.rpartition("@")[0]
    for entry in screening.no_reply:
        beginning = entry.removesuffix("*")
        rest = local.removeprefix(beginning)
        # "bounce-123" is one, "bouncekids" and "bounce-castles" are somebody.
        numbered = bool(re.search(r"[\d=+]", rest)) or entry.endswith("*")
        if rest == "" or (rest != local and not rest[0].isalpha() and numbered):
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


def _values(message: Message, header: str) -> tuple[str, ...]:
    match header:
        case "subject":
            return (message.subject,)
        case "content-type":
            return message.parts[:1]
        case "part":
            return message.parts
        case _:
            return tuple(value for name, value in message.headers if name == header)


def no_draft(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why a dissatisfied message gets no holding reply; None where it gets one."""
    return (
        _not_addressed(message, facts, screening)
        or _answered(message, facts, screening)
        or _too_late(message, facts)
    )


def not_wanted(message: Message, profile: Profile, tone: Tone, least: Tone) -> Skip | None:
    """Why the user wants no draft for a dissatisfied message, whoever wrote it.

    Args:
        tone: the message's.
        least: the mildest one that the account drafts for.
    """
    if profile.label_only:
        return _marked("label-only", "this account marks mail and drafts nothing (label_only)")
    if message.sender is not None and _listed(message.sender, profile.never):
        return _marked("never", "this sender is on your list of those who get no draft")
    if tone.heat < least.heat:
        return _marked("tone", f"{tone.id} is milder than what this account drafts for (from_tone)")
    return None


def _not_addressed(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why nobody can be answered."""
    if message.sender is None or not is_plain_address(message.sender.email):
        return _marked("address", "the sender's address can't be written to safely")
    for code, why in _DOUBTFUL.items():
        if _has(message, code):
            return _marked("address", why)
    sender = message.sender
    if _MACHINE.search(sender.key.rpartition("@")[0]):
        return _marked("no-reply", "nobody reads answers to its sender's address")
    program = _own_program(sender, facts.profile, screening)
    if message.via is None and (program or _listed(sender, screening.form_senders)):
        return _marked("form", "the web form names no single address to answer to")
    return None


def _answered(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why no answer is wanted."""
    # Who is never screened out may still be on holiday. RFC 3834 section 2: no answer to a machine.
    machine = (sign for sign in _signs(message, screening) if sign.reason == AUTOMATIC)
    if sign := next(machine, None):
        return _marked(AUTOMATIC, sign.describe)
    if ANSWERED in facts.flags:
        return _marked("answered", "you have answered it already")
    if facts.draft_waiting:
        return _marked("draft-waiting", "a holding reply in this conversation waits in Drafts")
    return None


def _too_late(message: Message, facts: Facts) -> Skip | None:
    """Why an answer would come too late, or too soon after the last."""
    profile = facts.profile
    arrived = facts.arrived or message.date
    if arrived is not None:
        age = facts.now - arrived
        if age > timedelta(days=profile.stale_days):
            return _marked(
                "stale",
                f"{age.days} days old; a holding reply is for the first {profile.stale_days}",
            )
    if facts.sender_drafted is not None:
        since = facts.now - facts.sender_drafted
        if since < timedelta(days=profile.sender_days):
            return _marked(
                "sender-drafted",
                f"this sender got a holding reply within the last {profile.sender_days} days",
            )
    return None


def too_many(lately: Lately, profile: Profile) -> Skip | None:
    """Why drafting has stopped for now: a loop, an attack, or a rule that flags everything.

    Asked only where a draft is due: it takes counting.
    """
    if lately.drafted >= profile.hourly:
        return _marked(
            "hourly",
            f"{lately.drafted} drafts within an hour are enough (drafts_per_hour); mail is marked all the same",
        )
    share = lately.flagged / max(1, lately.judged)
    flooded = profile.stop_in_flood and lately.flagged >= FLOOD
    if flooded and share > FLOOD_TIMES * max(lately.usual, LEAST_USUAL):
        return _marked(
            "flood",
            f"{lately.flagged} of {lately.judged} messages flagged within a day, far above the usual: "
            "no drafts until that is over (stop_in_flood); mail is marked all the same",
        )
    return None


def _own_program(address: Address, profile: Profile, screening: Screening) -> bool:
    """Whether a listed local part (``wordpress@``) writes from a domain of ours."""
    local = address.key.rpartition("@")[0]
    return _domain(address) in map(_domain, profile.own) and f"{local}@" in screening.form_senders


def _has(message: Message, code: str) -> bool:
    return any(defect.code == code for defect in message.defects)


def _domain(address: Address) -> str:
    return address.key.rpartition("@")[2]


def _listed(address: Address, entries: tuple[str, ...]) -> bool:
    """Whether an address, or its domain, is among these."""
    return any(
        entry == address.key
        or (entry[0] == "@" and f".{_domain(address)}".endswith(f".{entry[1:]}"))
        for entry in entries
    )


def _ignored(reason: str, detail: str) -> Skip:
    return Skip(reason, detail, judged=False)


def _marked(reason: str, detail: str) -> Skip:
    return Skip(reason, detail, judged=True)


def _shows(sign: Sign, value: str) -> bool:
    value = value.strip().casefold()
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
