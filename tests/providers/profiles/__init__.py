"""The table of providers: each row a profile, each fact with where it comes from.

[M]: measured, on the real server or in its operator's notes; [S]: read in its source; [T]: seen in a
transcript that somebody has published; [R]: only told in reports; [A]: assumed, and then what is
hardest on a client.

None was tried on a live account of ours. Names like MailKit#221 are issues on GitHub
(jstedfast/MailKit, mscdex/node-imap, nextcloud/mail, ProtonMail/proton-bridge, ikvk/imap_tools).
"""

from __future__ import annotations

from types import MappingProxyType

from tests.providers.profiles.giants import (
    EXCHANGE,
    EXCHANGE_ONLINE,
    GMAIL,
    ICLOUD,
    YAHOO,
    YAHOO_BUSY,
)
from tests.providers.profiles.services import FASTMAIL, PROTON, YANDEX, ZOHO
from tests.providers.profiles.software import COURIER, CYRUS

PROVIDERS = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            GMAIL, EXCHANGE, EXCHANGE_ONLINE, YAHOO, YAHOO_BUSY, ICLOUD, FASTMAIL, ZOHO, PROTON,
            COURIER, CYRUS, YANDEX,
        )
    }
)  # fmt: skip
WITH_PASSWORDS = tuple(name for name, profile in PROVIDERS.items() if profile.passwords)
"""The names of those that a client with a password can use."""

__all__ = [
    "COURIER", "CYRUS", "EXCHANGE", "EXCHANGE_ONLINE", "FASTMAIL", "GMAIL", "ICLOUD", "PROTON",
    "PROVIDERS", "WITH_PASSWORDS", "YAHOO", "YAHOO_BUSY", "YANDEX", "ZOHO",
]  # fmt: skip
