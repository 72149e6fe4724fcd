"""Who wrote a message, where a web form or a list of ours passed it on; and who is on a list."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.model import Address, Message, Profile, Screening

MACHINE = re.compile(
    r"(?:^|[._+-])(?:no[._-]?reply|do[._-]?not[._-]?reply|bounces|mailer-daemon|daemon|www-data|root|request)(?:$|[._+-])"
)
"""Local parts that never get a draft, whatever was listed as no_reply."""
MOST_LABELS = 127
"""No domain has more (RFC 1035 section 3.1); each costs the rest of the name."""
_VIA = re.compile(r"\s+(?:via|über|par|por|tramite|przez)\s+.*$", re.IGNORECASE)


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
    if len(answerable) != 1 or has(message, "reply-address"):
        return message
    client = answerable[0]
    service = listed(sender, screening.form_senders) and _domain(sender) != _domain(client)
    ours = profile.owns(sender) or own_program(sender, profile, screening)
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
        or own_program(address, profile, screening)
        or listed(address, screening.form_senders)
        or MACHINE.search(address.key.rpartition("@")[0])
    )


def own_program(address: Address, profile: Profile, screening: Screening) -> bool:
    """Whether a listed local part (``wordpress@``) writes from a domain of ours."""
    local = address.key.rpartition("@")[0]
    return _domain(address) in map(_domain, profile.own) and f"{local}@" in screening.form_senders


def has(message: Message, code: str) -> bool:
    return any(defect.code == code for defect in message.defects)


def listed(address: Address, entries: tuple[str, ...]) -> bool:
    """Whether an address, its domain or one above that is among these."""
    labels = _domain(address).split(".")
    domains = (f"@{'.'.join(labels[first:])}" for first in range(min(len(labels), MOST_LABELS)))
    return not {address.key, *domains}.isdisjoint(entries)


def _domain(address: Address) -> str:
    return address.key.rpartition("@")[2]
