"""Telephone numbers in a message. The only module that imports phonenumbers."""

from __future__ import annotations

import re

from assistant.model import Message, Phone

LONGEST = 4_000
"""Characters looked at, from the end: numbers stand in signatures."""
MOST = 5
_MAYBE = re.compile(r"\d[\d\s()./-]{5,}\d")
_FAX = re.compile(r"\bfax\b[\s.:|]*$|\bf\s?[.:]\s*$", re.IGNORECASE)


def phone_numbers(message: Message, region: str) -> tuple[Phone, ...]:
    """The valid numbers in the signature and the own words, signature first, without fax numbers.

    Costs more than reading the message does, hence for flagged mail only.

    Args:
        region: ISO 3166 code of the account's country, for numbers without a country's code;
            empty where only those with one shall be found.
    """
    texts = [(cut.text, True) for cut in message.cuts if cut.reason == "signature"]
    texts.append((message.own_words, False))
    found: dict[str, Phone] = {}
    for text, signed in texts:
        for phone in _in_text(text[-LONGEST:], region, signed=signed):
            found.setdefault(phone.number, phone)
    return tuple(found.values())[:MOST]


def _in_text(text: str, region: str, *, signed: bool) -> list[Phone]:
    if not _MAYBE.search(text):
        return []
    import phonenumbers

    matches = phonenumbers.PhoneNumberMatcher(text, region or None, max_tries=200)
    return [
        Phone(
            phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164),
            phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
            signed,
        )
        for match in matches
        if not _FAX.search(text[max(0, match.start - 20) : match.start])
    ]


def zone_names(number: str) -> tuple[str, ...]:
    """The time zones in which a number (E.164) can be, by their IANA names."""
    import phonenumbers
    from phonenumbers import timezone

    try:
        return tuple(timezone.time_zones_for_number(phonenumbers.parse(number)))
    except phonenumbers.NumberParseException:
        return ()
