"""Where in the writer's own words something was left out. Pure; for a page that shows it in place.

Reading keeps what it cut, not where: nothing else needs to know. So the body is read once more,
and its lines are laid beside the own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby

from assistant.model import FIRST_BYTES, Cut, Message
from assistant.reading.html import html_to_text
from assistant.reading.mime import Body, header_block, mended, read_body, too_nested
from assistant.reading.parts import parse
from assistant.reading.quotes import CUT_HERE

MOST_LINES = 600
"""Of a body whose places are looked for: comparing costs their square."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Something left out, or a part of it, and the place in the own words before which it stood."""

    cut: Cut
    at: int | None
    """None where the place can't be told."""


def places(raw: bytes, message: Message) -> tuple[Placed, ...]:
    """All that was left out of a message, in the order of its place; what has none comes last.

    Args:
        raw: the bytes that `message` was read from.
    """
    if not message.cuts:
        return ()
    whole = mended(raw[:FIRST_BYTES])
    if too_nested(whole) or not header_block(whole):
        return tuple(Placed(cut, None) for cut in message.cuts)
    for lines in _readings(read_body(parse(whole))):
        placed = _placed(lines, message)
        if placed:
            return (*placed, *_others(placed, message))
    return tuple(Placed(cut, None) for cut in message.cuts)


def _readings(body: Body) -> Iterator[list[str]]:
    """The whole body as lines, in each form that it has; what was cut from HTML put back."""
    if body.plain:
        yield body.plain.split("\n")
    if body.html:
        page = html_to_text(body.html)
        quoted = iter(cut.text for cut in page.cuts if cut.reason in ("quote", "forward"))
        pieces = page.text.split(CUT_HERE)
        text = pieces[0] + "".join(next(quoted, "") + piece for piece in pieces[1:])
        yield text.split("\n")


def _placed(lines: Sequence[str], message: Message) -> list[Placed]:
    """What was left out, by its lines between the own ones; empty where these are no body of the message's."""
    own = _numbered(message.own_words)
    body = [line.strip() for line in lines if line.strip()]
    if max(len(own), len(body)) > MOST_LINES:
        return []
    known = [frozenset(map(str.strip, cut.text.split("\n"))) for cut in message.cuts]
    left: list[tuple[int, int, str]] = []
    matcher = SequenceMatcher(None, body, [line for _, line in own], autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        if start != end and not _ends_alike(body[first:last], [line for _, line in own[start:end]]):
            return []
        at = own[start][0] if start < len(own) else len(message.own_words)
        cut = -1
        for line in body[first:last]:
            if cut < 0 or line not in known[cut]:
                cut = next((n for n, each in enumerate(known) if line in each), -1)
            if cut >= 0:
                left.append((at, cut, line))
    return [
        Placed(replace(message.cuts[cut], text="\n".join(line for *_, line in each)), at)
        for (at, cut), each in groupby(left, key=lambda found: found[:2])
    ]


def _ends_alike(body: Sequence[str], own: Sequence[str]) -> bool:
    """Whether own lines are ends of lines in the body: a banner may stand before a line's own words."""
    return len(own) == 1 and any(line.endswith(own[0]) for line in body)


def _numbered(text: str) -> list[tuple[int, str]]:
    """The lines of a text that aren't blank, each with its place."""
    found: list[tuple[int, str]] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            found.append((at, line.strip()))
        at += len(line) + 1
    return found


def _others(placed: Sequence[Placed], message: Message) -> Iterator[Placed]:
    """What was left out and is in no place."""
    shown = {line for each in placed for line in each.cut.text.split("\n")}
    for cut in message.cuts:
        rest = [line for line in cut.text.split("\n") if line.strip() and line.strip() not in shown]
        if rest:
            yield Placed(replace(cut, text="\n".join(rest)), None)
