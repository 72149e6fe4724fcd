"""Addresses and Message-IDs as the state holds them: hashed, with the account as salt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def hashed(account: str, text: str) -> str:
    """The same text in the same account gives the same hash; nothing leads back."""
    return hashlib.sha256(f"{account}\0{text}".encode("utf-8", "replace")).hexdigest()[:24]


def marks(values: Sequence[object]) -> str:
    """A placeholder for each value, for SQL's IN."""
    return ", ".join("?" * len(values))
