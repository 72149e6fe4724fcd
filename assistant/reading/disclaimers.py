"""What a lawyer wrote below: "This email is confidential and intended for …". Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.model import Cut
from assistant.reading import closings

MOST_GLUED = 12
"""Lines of the writer's that may stand above a disclaimer in one paragraph."""
MOST_JOINED = 60


def cut_disclaimer(lines: list[str], cuts: list[Cut]) -> list[str]:
    """From the first of the closing paragraphs that speak like a lawyer."""
    start: int | None = None
    for first, last in reversed(paragraphs(lines)):
        if not _legal(_joined(lines, first, last)):
            if start == _next(lines, last) and closings.DISCLAIMER_TITLE.match(lines[last - 1]):
                start = last - 1
            break
        start = _disclaimer_begins(lines, first, last)
        if start > first:
            break
    if start is None:
        return lines
    above = lines[:start]
    while above and (not above[-1].strip() or closings.LIST_FOOTER.match(above[-1])):
        above.pop()
    cuts.append(Cut("disclaimer", "\n".join(lines[start:]).strip("\n")))
    return above


def _disclaimer_begins(lines: Sequence[str], first: int, last: int) -> int:
    """Where in a legal paragraph: it may follow the writer's last line without a blank one."""
    begins = first
    for number in range(first, min(last, first + MOST_GLUED)):
        if number > first and not _ends(lines[number - 1]):
            continue
        if _legal(_joined(lines, first, number)) or not _legal(_joined(lines, number, last)):
            break
        begins = number
        if _opens_disclaimer(lines[number]):
            break
    return begins


def _joined(lines: Sequence[str], first: int, last: int) -> str:
    return " ".join(lines[first : min(last, first + MOST_JOINED)])[:4000]


def _opens_disclaimer(line: str) -> bool:
    text = f" {line[: closings.LONGEST_LINE].lower()}"
    return bool(closings.DISCLAIMER_TITLE.match(line)) or any(
        _holds(text, stems) for stems in (closings.CONFIDENTIAL, closings.ADDRESSEE)
    )


def _ends(line: str) -> bool:
    """Whether a thought ends with this line, so that another may begin below it."""
    return len(line.strip()) < 40 or bool(closings.SENTENCE.search(line))


def _legal(text: str) -> bool:
    """Whether a paragraph is a disclaimer: of "this message", that it is secret, for whom, and else.

    One mark is a person's ("this is confidential, please"), and so are an error and a wrong
    addressee ("you sent this to the wrong address by mistake").
    """
    text = f" {text.lower()}"
    if closings.ACCUSING.search(text):
        return False
    others = (closings.ADDRESSEE, closings.IN_ERROR, closings.THEN)
    told = any if _holds(text, closings.CONFIDENTIAL) else all
    if told(_holds(text, stems) for stems in others) and closings.DISCLAIMER_ABOUT.search(text):
        return True
    return _holds(text, closings.SURE_STEMS) and bool(closings.DISCLAIMER_SURE.search(text))


def _holds(text: str, stems: Sequence[str]) -> bool:
    return any(stem in text for stem in stems)


def _next(lines: Sequence[str], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), None)


def paragraphs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Half-open ranges of lines between blank ones."""
    found: list[tuple[int, int]] = []
    first: int | None = None
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            first = number if first is None else first
        elif first is not None:
            found.append((first, number))
            first = None
    return found
