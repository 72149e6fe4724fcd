"""Text -> the writer's own newest words, and what was cut with the reason for each cut. Pure.

Line by line, linear in the text. Where a mark could be the writer's own words (a line that only
looks like a quote's header), the text stays: a word too many costs less than a complaint missed.
"""

from __future__ import annotations

import re

from assistant.model import Cut

# A mail program names a year, a clock time or an address, and never itself; "On Monday I wrote" is
# the writer speaking.
_ATTRIBUTION = re.compile(
    r"(?=.*(?:\d{4}|\d[:.]\d\d|@))"
    r"(?:on\b.{5,200}\b(?<!\bi )(?<!\bwe )(?<!\byou )wrote|am\b.{5,200}\bschrieb\b.{0,100}|le\b.{5,200}\ba écrit"
    r"|el\b.{5,200}\bescribió|il\b.{5,200}\bha scritto|op\b.{5,200}\bschreef\b.{0,100})\s*:?\s*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[-_*]{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original)\s*[-_*]{2,}$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"(?:[-_*]{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado)\s*[-_*]{2,}"
    r"|begin forwarded message:)$",
    re.IGNORECASE,
)
_HEADER_FIELD = re.compile(
    r"\*?(?:from|sent|to|date|subject|cc|von|gesendet|an|betreff|de|envoyé|à|objet|enviado|para|asunto)\s?:\*?\s",
    re.IGNORECASE,
)
_HEADER_START = re.compile(r"\*?(?:from|von|de)\s?:\*?\s", re.IGNORECASE)
_FOOTER = re.compile(
    r"(?:sent from my\b.{0,60}|sent from (?:outlook|yahoo|proton|mail)\b.{0,80}|get outlook for\b.{0,60}"
    r"|gesendet von\b.{0,60}|envoyé de\b.{0,60}|enviado desde\b.{0,60})$",
    re.IGNORECASE,
)
_RULED = re.compile(r"[_]{10,}$")
SIGNATURE_MARK = "--"
LONGEST_SIGNATURE = 15
"""Lines; more text than this below a "-- " is not a signature."""


def own_words(text: str) -> tuple[str, tuple[Cut, ...]]:
    """What the writer typed now, and the cuts in order of their place."""
    lines = [line.rstrip() for line in text.split("\n")]
    cuts: list[Cut] = []
    lines = _cut_tail(lines, cuts)
    lines = _cut_quoted(lines, cuts)
    lines = _cut_signature(lines, cuts)
    return "\n".join(lines).strip("\n"), tuple(cuts)


def _cut_tail(lines: list[str], cuts: list[Cut]) -> list[str]:
    """Everything below the announcement of an older message that isn't marked line by line."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        reason = _announces(lines, number, stripped)
        if reason:
            below = "\n".join(lines[number:]).strip("\n")
            cuts.append(Cut(reason, below))
            return lines[:number]
    return lines


def _announces(lines: list[str], number: int, line: str) -> str:
    if not line:
        return ""
    if _FORWARD.match(line):
        return "forward"
    if _ORIGINAL.match(line):
        return "quote"
    if _HEADER_START.match(line) and _header_block(lines, number):
        return "quote"
    if _RULED.match(line) and number + 1 < len(lines) and _header_block(lines, number + 1):
        return "quote"
    if attribution_ends(lines, number) is not None and not _quoted_below(lines, number):
        return "quote"
    return ""


def attribution_ends(lines: list[str], number: int) -> int | None:
    """The line on which "On … wrote:" ends, where one begins here; it may be wrapped over three."""
    joined = ""
    for end in range(number, min(number + 3, len(lines))):
        line = lines[end].strip()
        if not line:
            return None
        joined = f"{joined} {line}".strip()
        if len(joined) > 400:
            return None
        if _ATTRIBUTION.fullmatch(joined):
            return end
    return None


def _header_block(lines: list[str], number: int) -> bool:
    """Three or more mail header fields in a row: Outlook's way of announcing a quote."""
    block = [line.strip() for line in lines[number : number + 8] if line.strip()]
    fields = 0
    for line in block:
        if not _HEADER_FIELD.match(f"{line} "):
            break
        fields += 1
    return fields >= 3


def _quoted_below(lines: list[str], number: int) -> bool:
    """Whether the lines after an attribution are marked with ">": then only those are cut."""
    end = attribution_ends(lines, number)
    assert end is not None
    following = next((line for line in lines[end + 1 :] if line.strip()), "")
    return following.lstrip().startswith(">")


def _cut_quoted(lines: list[str], cuts: list[Cut]) -> list[str]:
    """Lines marked with ">" and the attributions above them; the writer's lines between stay."""
    kept: list[str] = []
    quoted: list[str] = []
    number = 0
    while number < len(lines):
        end = attribution_ends(lines, number)
        if end is not None:
            quoted += lines[number : end + 1]
            number = end + 1
            continue
        line = lines[number]
        if line.lstrip().startswith(">"):
            quoted.append(line)
        else:
            kept.append(line)
        number += 1
    if quoted:
        cuts.append(Cut("quote", "\n".join(quoted)))
    return kept


def _cut_signature(lines: list[str], cuts: list[Cut]) -> list[str]:
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if line == SIGNATURE_MARK and len(lines) - number <= LONGEST_SIGNATURE + 1:
            cuts.append(Cut("signature", "\n".join(lines[number:]).strip("\n")))
            lines = lines[:number]
            break
    footers = [line for line in lines if _FOOTER.fullmatch(line.strip())]
    if footers:
        cuts.append(Cut("footer", "\n".join(footers)))
        lines = [line for line in lines if not _FOOTER.fullmatch(line.strip())]
    return lines
