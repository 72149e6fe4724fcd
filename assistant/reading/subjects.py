"""Subjects without what programs put before and behind them: the base subject (RFC 5256 section 2.1)."""

from __future__ import annotations

import re

from assistant.clean import clean_text

LONGEST = 200
_PREFIX = re.compile(
    r"\s*(?:\[[^\[\]]{0,80}\]\s*)*(?:re|aw|antw|sv|vs|odp|ref|rv|tr|res|fwd?|wg)\s*(?:\[\d+\])?\s*:\s*",
    re.IGNORECASE,
)
_BLOB = re.compile(r"\s*\[[^\[\]]{0,80}\]\s*(?=\S)")
_BEHIND = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)


def base_subject(subject: str) -> str:
    """In lower case; empty where nothing is left that would tie two messages."""
    rest = clean_text(subject, LONGEST)
    while found := _PREFIX.match(rest) or _BLOB.match(rest):
        rest = rest[found.end() :]
    while found := _BEHIND.search(rest):
        rest = rest[: found.start()]
    return " ".join(rest.split()).casefold()
