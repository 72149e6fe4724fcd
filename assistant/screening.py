"""Why a message gets no verdict, or no draft. Pure. Cheap checks come first.

Two questions, kept apart: is this a person's mail to us at all (:func:`not_judged`), and if it
reads as dissatisfied, may a holding reply be laid in Drafts (:func:`no_draft`)? Whatever the
second answers, an unhappy client is marked.
"""

from __future__ import annotations

from datetime import timedelta

from assistant.clean import is_plain_address
from assistant.model import Facts, Message, Screen, Screening, Sign, Skip

ANSWERED, DELETED, DRAFT, JUNK = "\\answered", "\\deleted", "\\draft", "$junk"


def not_judged(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why a message is not even read for tone; None where a person may have written it to us."""
    if message.sender is None:
        return _ignored("no-sender", "names no sender that could be read")
    if facts.profile.owns(message.sender):
        return _ignored("own", "written by yourself")
    if DELETED in facts.flags:
        return _ignored("deleted", "marked as deleted")
    if DRAFT in facts.flags:
        return _ignored("own", "is itself a draft")
    if JUNK in facts.flags:
        return _ignored("spam", "marked as junk")
    for sign in screening.signs:
        if any(_shows(sign, value) for name, value in message.headers if name == sign.header):
            return _ignored(sign.reason, sign.describe)
    local = message.sender.key.rpartition("@")[0]
    for beginning in screening.no_reply:
        if local.startswith(beginning):
            return _ignored("no-reply", f"sent from a no-reply address ({beginning}…)")
    if not message.own_words.strip():
        return _ignored("empty", "holds no words of its own")
    return None


def no_draft(message: Message, facts: Facts) -> Skip | None:
    """Why a dissatisfied message gets no holding reply; None where it gets one."""
    profile = facts.profile
    if message.sender is None or not is_plain_address(message.sender.email):
        return _marked("address", "the sender's address can't be written to safely")
    if any(defect.code == "several-senders" for defect in message.defects):
        return _marked("address", "the message names more than one sender")
    if ANSWERED in facts.flags:
        return _marked("answered", "you have answered it already")
    if facts.draft_waiting:
        return _marked("draft-waiting", "a holding reply in this conversation waits in Drafts")
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
            return value == sign.value
        case Screen.NOT:
            # Parameters and comments may follow the value (RFC 3834 section 5).
            return value.split(";")[0].split("(")[0].strip() != sign.value
        case Screen.CONTAINS:
            return sign.value in value
