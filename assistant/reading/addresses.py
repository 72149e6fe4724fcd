"""Address headers, read twice: what two readers take for different addresses is nobody's.

Parsers disagree about hostile addresses, and a draft must go to the one that a mail server would
deliver to (RFC 7103 section 7.1: exclude rather than repair).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import getaddresses

from assistant.clean import a_label, clean_text, is_plain_address
from assistant.model import Address
from assistant.reading import second
from assistant.reading.words import WORD, decoded

_SIMPLE = re.compile(
    r"(?:\"([^\"\\<>,;:()@=]{0,200})\"|([^\"\\<>,;:()@=]{0,200}?))\s?<([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253})>"
    r"|([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253})"
)
"""Nearly every address there is: nothing in it that two readers could take differently."""
_ATOM = "encoded-word-"
_SPELLED = re.compile(_ATOM + r"(\d{1,4})\.")
MOST = 100
MOST_NESTED = 50
LONGEST = 8_192
_AROUND = " \t<>,;:\"'()[]"
"""What may stand beside an address."""
_LONE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,253}\w")


def addresses(values: Sequence[str]) -> tuple[Address, ...]:
    """The addresses of a header, at most :data:`MOST`.

    Args:
        values: the header's values as they stand in the message, undecoded.

    Raises:
        UnreadableMail: where mail-parser, asked where the standard library finds nobody, fails.
    """
    if len(values) == 1 and (simple := _SIMPLE.fullmatch(values[0][:LONGEST])):
        quoted, bare, email, alone = simple.groups()
        return (Address(clean_text(quoted or bare or "", 254), email or alone),)
    # What an encoded word spells is a name, never an address or a comma (RFC 2047 section 5).
    spelled: list[str] = []

    def atom(word: re.Match[str]) -> str:
        spelled.append(word.group())
        return f"{_ATOM}{len(spelled) - 1}."

    read = [WORD.sub(atom, each[:LONGEST]) for each in values[:MOST]]
    pairs = getaddresses(read) if _flat(",".join(read)) else []
    found = [
        Address(_name(name, spelled), clean_text(email, 254))
        for name, email in pairs[: 2 * MOST]
        if _one_at(email)
    ]
    if not found and values:
        found = [
            Address(clean_text(name, 254), clean_text(email, 254))
            for name, email in second.people(values[0][:LONGEST])
            if _one_at(email)
        ]
    if not found:
        # Nothing that could be written to, but somebody wrote: a whole field in one encoded word, say.
        texts = [each for value in values[:MOST] for each in (value[:LONGEST], decoded(value))]
        lone = [each for text in texts for each in _LONE.findall(text)]
        found = [Address("", each) for each in lone[:1]]
    return tuple(found)[:MOST]


def as_known(address: Address) -> Address:
    """An address with its domain as mail servers know it (RFC 5890 section 2.3.2.1)."""
    return Address(address.name, a_label(address.email))


def survives(address: Address, values: Sequence[str], *, utf8: bool) -> bool:
    """Whether an address can be written to: plain, literally there, the same to both readers.

    A plain address comes back unchanged when it is written into a header of ours.

    Args:
        address: as it is written.
        values: of its field, undecoded; mail-parser reads the first.
        utf8: whether the header is UTF-8. Else letters in a domain are a guess at a charset, and
            another guess would be another domain (RFC 6532 section 3.2).

    Raises:
        UnreadableMail: where mail-parser fails.
    """
    others = {email.casefold() for _, email in second.people(values[0][:LONGEST])}
    return (
        is_plain_address(as_known(address).email if utf8 else address.email)
        and any(_stands_in(address.email, value) for value in values)
        and others <= {address.key}
    )


def _stands_in(email: str, value: str) -> bool:
    """Whether an address stands in a value, whole and with nothing odd around it."""
    at = value.find(email)
    while at >= 0:
        end = at + len(email)
        # At the value's edges there is nothing, which is in every string.
        if value[max(0, at - 1) : at] in _AROUND and value[end : end + 1] in _AROUND:
            return True
        at = value.find(email, at + 1)
    return False


def is_group(values: Sequence[str]) -> bool:
    """Whether a header uses group syntax (``Friends: a@b.example, c@d.example;``)."""
    bare = [WORD.sub("", re.sub(r"\"[^\"]*\"|<[^<>]*>", "", value[:LONGEST])) for value in values]
    return any(re.search(r":[^:]*;\s*$", each) for each in bare)


def _flat(value: str) -> bool:
    """Whether the standard library reads it: it recurses into comments and groups."""
    return value.count("(") + value.count(":") <= MOST_NESTED


def _one_at(email: str) -> bool:
    local, at, domain = email.rpartition("@")
    return bool(local and at and domain) and "\n" not in email


def _name(name: str, spelled: Sequence[str]) -> str:
    whole = _SPELLED.sub(lambda found: _word(found, spelled), name)
    return clean_text(decoded(whole), 254)


def _word(found: re.Match[str], spelled: Sequence[str]) -> str:
    number = int(found.group(1))
    return spelled[number] if number < len(spelled) else found.group()
