"""The demo's inbox: a dozen messages of our own writing, which arrived over the last two days."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from assistant.demo.server import Letter

HOURS_APART = 3


def letters(now: datetime) -> list[Letter]:
    """The inbox, oldest first; each letter gets its Date now, so that none is stale."""
    files = sorted((Path(__file__).parent / "inbox").glob("*.eml"))
    found: list[Letter] = []
    for number, path in enumerate(files):
        arrived = now - timedelta(hours=HOURS_APART * (len(files) - number))
        text = f"Date: {format_datetime(arrived)}\n".encode() + path.read_bytes()
        found.append(Letter(text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), arrived))
    return found
