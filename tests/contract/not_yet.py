"""What the program can't do yet at some providers. Whoever builds it takes the row out: a row whose
test passes fails the suite (xfail, strict).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

_TOKENS = "LOGINDISABLED is announced: no password may be sent (RFC 9051 section 6.2.3)"


def _rows() -> Iterator[tuple[str, str, str]]:
    """(provider, test, what is missing)."""
    yield "exchange-online", "test_a_server_that_takes_no_password_is_sent_none", _TOKENS


NOT_YET: Mapping[tuple[str, str], str] = MappingProxyType(
    {(provider, test): reason for provider, test, reason in _rows()}
)
"""(provider, test) -> what is missing."""
