"""Messages for tests, as bytes with CRLF line ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""The tests' own clock: a Monday morning."""

FURIOUS = "This is unacceptable and I am furious. I expect a refund today."
CALM = "Thanks, that looks fine to me. Talk soon."


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and how it lies on a server."""

    raw: bytes
    arrived: datetime = NOW
    flags: tuple[str, ...] = ()


def letter(
    body: str = FURIOUS,
    *,
    number: int = 1,
    sender: str = "Cleo Client <cleo@client.example>",
    to: str = "Robin Hale <robin@studio.example>",
    subject: str = "The website",
    age: timedelta = timedelta(hours=1),
    headers: tuple[tuple[str, str], ...] = (),
    message_id: str | None = None,
    flags: tuple[str, ...] = (),
) -> Letter:
    """A plain message; `number` makes its Message-ID its own."""
    written = NOW - age
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {format_datetime(written)}",
        f"Message-ID: {message_id or f'<m{number}@client.example>'}",
        *(f"{name}: {value}" for name, value in headers),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        body,
        "",
    ]
    return Letter("\r\n".join(lines).encode("utf-8"), written, flags)
