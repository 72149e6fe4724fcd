"""Who a case is with."""

from __future__ import annotations

from assistant.model import Address


def client_key(address: Address) -> str:
    """The person."""
    return address.key
