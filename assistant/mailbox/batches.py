"""UIDs in lists that any server takes in one command, and what a FETCH brings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from assistant.model import FIRST_BYTES

BATCH_UIDS = 250
BATCH_LINE = 4_000
"""Bytes of a list of UIDs; Courier closes the connection on lines of 5 to 20 KB."""
BATCH_BYTES = 8 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def imap_date(day: date) -> str:
    """A day as SEARCH wants it, in English everywhere (RFC 9051 section 9, date-text)."""
    return f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year:04}"


def batches(uids: Sequence[int], most: int = BATCH_UIDS) -> Iterator[list[int]]:
    """UIDs in lists that any server takes in one command."""
    batch: list[int] = []
    length = 0
    for uid in uids:
        size = len(str(uid)) + 1
        if batch and (len(batch) == most or length + size > BATCH_LINE):
            yield batch
            batch, length = [], 0
        batch.append(uid)
        length += size
    if batch:
        yield batch


def groups(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """UIDs in lists whose first bytes together stay within :data:`BATCH_BYTES`."""
    group: list[int] = []
    total = 0
    for uid in uids:
        size = min(sizes[uid], FIRST_BYTES)
        if group and total + size > BATCH_BYTES:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group


def body(item: dict[bytes, Any]) -> bytes | None:
    """The bytes of BODY[…], however the server spells what it answers."""
    for key, value in item.items():
        if key.startswith(b"BODY["):
            return value if isinstance(value, bytes) else b""
    return None


def all_flags(item: dict[bytes, Any]) -> frozenset[str]:
    """The flags of a message in lower case, and the labels that a user gave it (Gmail)."""
    labels = [_word(each) for each in _several(item.get(b"X-GM-LABELS"))]
    given = (label for label in labels if not label.startswith(b"\\"))
    flags = map(_word, _several(item.get(b"FLAGS")))
    return frozenset(each.decode("ascii", "replace").lower() for each in (*flags, *given))


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _word(value: Any) -> bytes:
    """imapclient makes a number of a keyword of digits, and None of one called NIL."""
    if isinstance(value, bytes):
        return value
    return b"NIL" if value is None else str(value).encode("ascii", "replace")
