"""Moments as the state holds them: UTC in ISO 8601 to the microsecond, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime


def as_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
