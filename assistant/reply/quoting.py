"""The original, quoted below the reply or above it, as mail programs do. Pure."""

from __future__ import annotations

from string import Template
from zoneinfo import ZoneInfo

from assistant.clean import clean_lines, clean_text
from assistant.model import Message, Quote, Wording
from assistant.reply.times import clock

LONGEST = 20_000
"""Characters of the original that are quoted,"""
MOST_LINES = 200
"""and lines; the rest is in the thread."""


def quoted(message: Message, wording: Wording, zone: ZoneInfo | None) -> str:
    """The client's own newest words, each line behind ``> ``, under a line that says whose."""
    # Every kind of line end, for a program that shows one would show the rest as the user's words.
    lines = clean_lines("\n".join(message.own_words[:LONGEST].splitlines())).strip().split("\n")
    shown = [f"> {line}".rstrip() for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES or len(message.own_words) > LONGEST:
        shown.append("> […]")
    return "\n".join(filter(None, [_wrote(message, wording, zone), *shown]))


def _wrote(message: Message, wording: Wording, zone: ZoneInfo | None) -> str:
    if message.date is None or message.sender is None or wording.times is None:
        return ""
    moment = message.date.astimezone(zone) if zone else message.date
    who = clean_text(message.sender.name or message.sender.email, 80)
    return Template(wording.quoting["wrote"]).substitute(
        number=moment.day,
        month=wording.times.months[moment.month - 1],
        year=moment.year,
        time=clock(moment, wording.times),
        who=who,
    )


def with_quote(text: str, original: str, where: Quote) -> str:
    """A reply and its signature, with the quoted original where the user wants it."""
    if where == "off" or not original:
        return text
    if where == "below":
        return f"{text}\n{original}\n"
    return f"{original}\n\n{text}"
