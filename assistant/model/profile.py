"""Whose mailbox it is, and how its owner answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from assistant.model.mail import Address
from assistant.model.rules import Manner

Quote = Literal["off", "below", "above"]
"""Where the quoted original stands: below the reply, above it, or nowhere."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One of the user's: what stands in From, and below a reply to what was written to it."""

    address: Address
    signature: str = ""
    """Empty: the name."""
    aliases: tuple[str, ...] = ()
    """Further addresses whose mail this identity answers, lower case."""


@dataclass(frozen=True, slots=True)
class Calling:
    """When calls can be had, and how (config ``[calling]``; guidance: reply-phone)."""

    zone: ZoneInfo | None = None
    """None: no times are offered, the client is asked for one."""
    days: frozenset[int] = frozenset(range(5))
    """Days of the week, Monday is 0."""
    hours: tuple[tuple[int, int], ...] = ((9 * 60, 17 * 60),)
    """Spans of a day in which calls begin and end, in minutes since midnight."""
    off: frozenset[date] = frozenset()
    """Public holidays and days off."""
    lead: int = 180
    """Minutes from now to the first call."""
    cooling: int = 16 * 60
    """And for who is angry (guidance: reply-cooler-time)."""
    length: int = 30
    """Minutes of a call."""
    offers: int = 2
    """How many times are offered; 0: none."""
    line: str = ""
    """The user's own number, as people read it."""
    booking: str = ""
    """A page where a time can be chosen."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose mailbox it is. The first identity is the one to fall back on."""

    mailbox_address: str
    """The address that names the mailbox itself; draft ids are derived from it."""
    identities: tuple[Identity, ...]
    stale_days: int
    sender_days: int
    region: str = ""
    """ISO 3166 code of the country whose telephone numbers need no country code; may be empty."""
    calling: Calling = Calling()
    manner: Manner | None = None
    """How clients are addressed; None: as they write."""
    quote: Quote = "off"
    label_only: bool = False
    """Mail is marked, no draft is laid."""
    never: tuple[str, ...] = ()
    """Who gets no draft: ``name@host``, or ``@host`` for a whole domain."""
    least_tone: str = "concerned"
    """The id of the mildest tone that gets a draft."""
    hourly: int = 20
    """The most drafts in an hour."""
    stop_in_flood: bool = True
    """Whether drafting stops where far more mail than usual is flagged."""

    @property
    def own(self) -> tuple[Address, ...]:
        """Every address of the user's, the main one first."""
        return tuple(
            address
            for identity in self.identities
            for address in (
                identity.address,
                *(Address(identity.address.name, alias) for alias in identity.aliases),
            )
        )

    def owns(self, address: Address) -> bool:
        """Whether an address is the user's, tagged (RFC 5233) or not."""
        return any(_untagged(address.key) == _untagged(own.key) for own in self.own)


def _untagged(key: str) -> str:
    """An address without its tag: ``robin+shop@example.com`` is Robin's, too."""
    local, at, domain = key.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
