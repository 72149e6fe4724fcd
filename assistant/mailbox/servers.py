"""What servers do otherwise than RFC 9051 lets one expect: one small table. Pure.

By capability where one tells; by host only where none does. What shows in an answer needs no row: a SELECT
without UIDNEXT (Courier), no ``\\*`` in PERMANENTFLAGS (Exchange), ``\\drafts`` in small letters (Cyrus),
no IDLE (Yahoo), a message that a SEARCH finds and a FETCH doesn't bring (Exchange).
Sources: research of 2026-11, none tried on the live services (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_YAHOO = ("yahoo.com", "aol.com")


@dataclass(frozen=True, slots=True)
class Kind:
    """How to treat a server."""

    labels: bool = False
    """It has Gmail's labels, which its users see; its keywords they don't."""
    header_search: bool = True
    """Whether SEARCH HEADER can be believed."""


def kind_of(has: Callable[[str], bool], host: str) -> Kind:
    """The kind of a server.

    Args:
        has: whether it has a capability.
    """
    yahoo = has("XYMHIGHESTMODSEQ") or any(
        host == each or host.endswith(f".{each}") for each in _YAHOO
    )
    return Kind(labels=has("X-GM-EXT-1"), header_search=not yahoo)
