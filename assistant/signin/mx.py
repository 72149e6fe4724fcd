"""Who takes the mail of a domain of one's own: one question to the DNS, for its MX records.

The only module that imports dnspython. The question names the domain of the user's own address and
nothing else; it goes to the resolver that every program on the machine asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.signin.providers import Provider, by_domain, by_exchanger

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 4.0


def recognise(address: str, resolver: Resolver | None = None) -> Provider | None:
    """The provider of an address: by its domain, or else by who takes mail for that domain.

    Args:
        resolver: None for the system's.
    """
    domain = address.rpartition("@")[2]
    known = by_domain(domain)
    if known is not None:
        return known
    found = (by_exchanger(each) for each in exchangers(domain, resolver))
    return next((each for each in found if each is not None), None)


def exchangers(domain: str, resolver: Resolver | None = None) -> tuple[str, ...]:
    """The names of a domain's mail exchangers, the first choice first (RFC 5321 section 5.1); none where
    that can't be learned."""
    import dns.exception
    import dns.resolver

    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(domain, "MX", lifetime=SECONDS)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return ()
    records = sorted((each.preference, each.exchange.to_text().lower()) for each in answer)
    return tuple(name for _, name in records)
