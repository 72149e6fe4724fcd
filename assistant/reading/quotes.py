"""Text -> the writer's own lines, and what was quoted or passed on. Pure, linear in the text.

Where a mark could be the writer's own words (a line that only looks like a quote's header), the
text stays: a word too many costs less than a complaint missed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.model import Cut
from assistant.reading import marks

CUT_HERE = "\ufdd0"
"""A line that stands for a quote which the structure of HTML has already cut out there."""
_FULL_DATE = re.compile(
    r"\d{1,2}[:.h]\d\d"
    r"|(?i:[*_]*(?:sent|gesendet|envoyé|enviad[oa]|inviato|verzonden|wysłano|skickat|sendt)\b)"
)
"""A time of day, or a label that no person uses for a date."""
MOST_WRAPPED = 4
"""Lines that one announcement may be wrapped over."""
_RULED = "-_=*—> \u00a0"
"""What a line of rules and a name begins with."""
_NAME = re.compile(r"[^\W\d_]{2}|@")
_QUOTATION = ('"', "“", "„", "«", "»", "'", "‘", "”")
_BOTH = re.compile(r"([^>]{10,200}(?:<[^<>]*>)?[^>]{0,100}:)\s+(>.*)$")
_QUOTED = re.compile(r"\s{0,3}(?:[A-Z]{2,4})?>")
"""Some programs put the other's initials before the mark."""


def unquoted(lines: Sequence[str], *, forwards: bool) -> tuple[list[str], list[Cut]]:
    """The writer's own lines, and the cuts in order of their place.

    Args:
        lines: the text; lines that equal :data:`CUT_HERE` count as quoted.
        forwards: whether the subject says that a message is passed on.
    """
    cuts: list[Cut] = []
    kept, tail = _before_tail([piece for line in lines for piece in _split(line)], forwards)
    if tail is not None:
        cuts.append(tail)
    kept, marked = _without_marked(kept)
    return kept, [*marked, *cuts]


def _split(line: str) -> tuple[str, ...]:
    """Yahoo's app writes the announcement and the first quoted line on one."""
    found = _BOTH.match(line) if ":" in line and ">" in line else None
    return found.groups() if found and marks.attribution(found.group(1)) else (line,)


def _before_tail(lines: Sequence[str], forwards: bool) -> tuple[Sequence[str], Cut | None]:
    """Everything above the announcement of an older message that isn't marked line by line."""
    for number, line in enumerate(lines):
        if len(line) > marks.LONGEST_LINE or not line.strip():
            continue
        if is_quoted(line) and not marks.ARROWS.match(line):
            continue
        if reason := _announces(lines, number, forwards):
            below = [each for each in lines[number:] if each != CUT_HERE]
            return lines[:number], Cut(reason, "\n".join(below).strip("\n"))
    return lines, None


def _announces(lines: Sequence[str], number: int, forwards: bool) -> str:
    """Whether an unmarked older message begins on this line: "quote", "forward" or ""."""
    line = lines[number].strip()
    passed_on = "forward" if forwards else "quote"
    if line[0] in _RULED or line[-1] == ":":
        if marks.ARROWS.match(line):
            return passed_on
        if marks.FORWARDED.match(line):
            return "" if _marked_below(lines, number + 1) else "forward"
        if marks.ORIGINAL.match(line):
            return "" if _marked_below(lines, number + 1) else "quote"
        if marks.RULE_LINE.match(line):
            below = _next_line(lines, number + 1)
            return passed_on if below is not None and header_block(lines, below) else ""
    if marks.reply_above(line):
        return "quote" if any(map(str.strip, lines[:number])) else ""
    if header_block(lines, number):
        return passed_on
    if len(line) < 40 and marks.ORIGINAL_BARE.match(line):
        below = _next_line(lines, number + 1)
        return "quote" if below is not None and header_block(lines, below) else ""
    end = attribution_end(lines, number)
    if end is None or _marked_below(lines, end + 1):
        return ""
    said = next((each.strip() for each in lines[end + 1 :] if each.strip()), "")
    announced = marks.sure_attribution(" ".join(lines[number : end + 1]))
    return "quote" if announced and not said.startswith(_QUOTATION) else ""


def attribution_end(lines: Sequence[str], number: int) -> int | None:
    """The line on which "On … wrote:" ends, where one begins here."""
    within = lines[number : number + MOST_WRAPPED]
    if not any(line.rstrip(" \t\u00a0*_-").endswith(marks.ENDS) for line in within):
        return None
    joined = ""
    for end in range(number, min(number + MOST_WRAPPED, len(lines))):
        line = lines[end].strip()
        if not line or line == CUT_HERE:
            return None
        if end > number and is_quoted(line) and line != ">:":
            return None
        joined = f"{joined} {line}".strip()
        if len(joined) > marks.LONGEST_LINE:
            return None
        if marks.attribution(joined):
            return end if end == number or _one_announcement(lines[number], joined) else None
    return None


def _one_announcement(first: str, joined: str) -> bool:
    """Whether wrapped lines are one announcement, and not prose with an announcement below it."""
    begins = bool(marks.OPENS.match(first.strip()) or "@" in first)
    return begins and not re.search(r"[.!?]\s+\S", re.sub(r"\b\w{1,5}\.", " ", joined))


def header_block(lines: Sequence[str], number: int) -> bool:
    """From, date, to, subject in a row: how Outlook announces a quote.

    Values may be wrapped; and since people write "From: … To: …" too, an address or a full date
    must be among them.
    """
    if ":" not in lines[number][:60]:
        return False
    found = marks.LABEL.match(lines[number][: marks.LONGEST_LINE])
    if found is None or not (found["sender"] or found["when"]):
        return False
    fields, sender, named, wrapped = 0, False, False, 0
    for line in lines[number : number + 16]:
        if not line.strip():
            if fields >= 3 or wrapped:
                break
            continue
        label = marks.LABEL.match(line[: marks.LONGEST_LINE])
        if label is None:
            wrapped += 1
            if wrapped > 3:
                break
            continue
        wrapped = 0
        fields += 1
        sender = sender or bool(label["sender"] and _NAME.search(label["value"]))
        named = named or "@" in label["value"] or bool(label["when"] and _FULL_DATE.search(line))
    return fields >= 3 and sender and named


def is_quoted(line: str) -> bool:
    return line == CUT_HERE or (">" in line[:8] and bool(_QUOTED.match(line)))


def _next_line(lines: Sequence[str], number: int) -> int | None:
    return next((n for n in range(number, min(number + 4, len(lines))) if lines[n].strip()), None)


def _marked_below(lines: Sequence[str], number: int) -> bool:
    """Whether what follows an announcement is marked line by line: then only that is cut."""
    below = next((n for n in range(number, len(lines)) if lines[n].strip()), None)
    return below is not None and is_quoted(lines[below])


def _without_marked(lines: Sequence[str]) -> tuple[list[str], list[Cut]]:
    """Lines marked with ">" and the announcements above them go; the writer's lines between stay."""
    kept: list[str] = []
    quoted: list[str] = []
    reason = "quote"
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.strip() and len(line) <= marks.LONGEST_LINE and not is_quoted(line):
            announced = (line.lstrip()[0] in _RULED or line.rstrip()[-1] == ":") and (
                marks.FORWARDED.match(line) or marks.ORIGINAL.match(line)
            )
            end = number if announced else attribution_end(lines, number)
            if end is not None and _marked_below(lines, end + 1):
                if marks.FORWARDED.match(line):
                    reason = "forward"
                quoted += lines[number : end + 1]
                number = end + 1
                continue
        (quoted if is_quoted(line) else kept).append("" if line == CUT_HERE else line)
        number += 1
    if quoted and marks.FORWARDED.match(quoted[0]):
        reason = "forward"
    text = "\n".join(quoted).strip("\n")
    return kept, [Cut(reason, text)] if text else []
