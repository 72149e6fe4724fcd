"""Why a dissatisfied message gets no holding reply. Whatever the reason, it is marked."""

from __future__ import annotations

from datetime import timedelta

from assistant.clean import is_plain_address
from assistant.model import Facts, Lately, Message, Profile, Screening, Skip, Tone
from assistant.screening.mail import AUTOMATIC, signs
from assistant.screening.senders import MACHINE, has, listed, own_program

_ANSWERED = "\\answered"
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
_DOUBTFUL = {
    "several-senders": "the message names more than one sender",
    "sender-address": "the sender's address can't be read for sure",
}


def no_draft(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why a dissatisfied message gets no holding reply; None where it gets one."""
    return (
        not_addressed(message, facts.profile, screening)
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
    if message.sender is not None and listed(message.sender, profile.never):
        return _marked("never", "this sender is on your list of those who get no draft")
    if tone.heat < least.heat:
        return _marked("tone", f"{tone.id} is milder than what this account drafts for (from_tone)")
    return None


def not_addressed(message: Message, profile: Profile, screening: Screening) -> Skip | None:
    """Why nobody can be answered."""
    if message.sender is None or not is_plain_address(message.sender.email):
        return _marked("address", "the sender's address can't be written to safely")
    for code, why in _DOUBTFUL.items():
        if has(message, code):
            return _marked("address", why)
    sender = message.sender
    if MACHINE.search(sender.key.rpartition("@")[0]):
        return _marked("no-reply", "nobody reads answers to its sender's address")
    program = own_program(sender, profile, screening)
    if message.via is None and (program or listed(sender, screening.form_senders)):
        return _marked("form", "the web form names no single address to answer to")
    return None


def _answered(message: Message, facts: Facts, screening: Screening) -> Skip | None:
    """Why no answer is wanted."""
    # Who is never screened out may still be on holiday. RFC 3834 section 2: no answer to a machine.
    machine = (sign for sign in signs(message, screening) if sign.reason == AUTOMATIC)
    if sign := next(machine, None):
        return _marked(AUTOMATIC, sign.describe)
    if _ANSWERED in facts.flags:
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


def _marked(reason: str, detail: str) -> Skip:
    return Skip(reason, detail, judged=True)
