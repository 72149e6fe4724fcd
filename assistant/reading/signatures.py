"""Lines -> lines without what no person typed: banners, footers, disclaimers, signatures. Pure.

What is cut must show itself: a signature holds contacts, a disclaimer speaks like a lawyer. A
closing formula and the name under it are the writer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.model import Cut
from assistant.reading import closings

LONGEST_SIGNATURE = 15
"""Lines; more text than this below a "--" is not a signature."""
LONGEST_LINE = 300
"""Characters of a line that are looked at."""
MOST_BANNER = 8
MOST_GLUED = 12
"""Lines of the writer's that may stand above a disclaimer in one paragraph."""
MOST_JOINED = 60
_SENTENCE = re.compile(r"[.!?…]\W*$")
_LABELLED = re.compile("^" + closings.LABELLED.pattern, re.IGNORECASE)
_NEVER_PROSE = (
    _LABELLED,
    closings.REGISTRY,
    closings.FIRM,
    closings.PLACEHOLDER,
    closings.LINKED,
)
_CONTACTS = (closings.PHONE, closings.WEB, closings.POSTAL, closings.REGISTRY)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def without_surroundings(lines: Sequence[str]) -> tuple[list[str], list[Cut]]:
    """The writer's lines, and what stood around them."""
    cuts: list[Cut] = []
    kept = _cut_banner(list(lines), cuts)
    kept = _cut_marked_signature(kept, cuts)
    kept = _cut_footers(kept, cuts)
    kept = cut_disclaimer(kept, cuts)
    # Again: what hid it is gone, or the signature stands above a disclaimer.
    kept = _cut_marked_signature(kept, cuts)
    kept = _cut_contacts(kept, cuts)
    return kept, cuts


def _cut_banner(lines: list[str], cuts: list[Cut]) -> list[str]:
    start = next((n for n, line in enumerate(lines[:6]) if line.strip()), None)
    if start is None:
        return lines
    if found := closings.BANNER_PREFIX.match(lines[start][:LONGEST_LINE]):
        rest = lines[start][found.end() :]
        if rest.strip() and not closings.BANNER_GOES_ON.search(rest[:LONGEST_LINE]):
            cuts.append(Cut("banner", found.group().strip("\n")))
            return [*lines[:start], rest, *lines[start + 1 :]]
    if not closings.BANNER_OPENS.match(lines[start][:LONGEST_LINE]):
        return lines
    end = start + 1
    ended = bool(_SENTENCE.search(lines[start][:LONGEST_LINE]))
    for number in range(start + 1, min(start + MOST_BANNER, len(lines))):
        line = lines[number][:LONGEST_LINE].strip()
        if not line:
            continue
        wrapped = not ended and number == end and not line.endswith(",")
        if not (
            wrapped or closings.BANNER_GOES_ON.search(line) or closings.BANNER_OPENS.match(line)
        ):
            break
        end = number + 1
        ended = bool(_SENTENCE.search(line))
    if end < len(lines) and closings.LIST_FOOTER.match(lines[end]):
        end += 1
    cuts.append(Cut("banner", "\n".join(lines[start:end]).strip("\n")))
    return lines[end:]


def _cut_footers(lines: list[str], cuts: list[Cut]) -> list[str]:
    """Lines that a program signs with, wherever they stand; a list's footer at the end."""
    for number in range(len(lines) - 1, max(-1, len(lines) - 12), -1):
        below = "\n".join(lines[number + 1 :])[:1000]
        if closings.LIST_FOOTER.match(lines[number]) and closings.LIST_FOOTER_NAMES.search(below):
            cuts.append(Cut("footer", "\n".join(lines[number:]).strip("\n")))
            lines = lines[:number]
            break
    footers = [number for number in range(len(lines)) if _is_footer(lines, number)]
    if footers:
        marked = set(footers)
        cuts.append(Cut("footer", "\n".join(lines[number] for number in footers)))
        lines = [line for number, line in enumerate(lines) if number not in marked]
    return lines


def _is_footer(lines: Sequence[str], number: int) -> bool:
    line = lines[number].strip()
    if not 4 < len(line) <= LONGEST_LINE:
        return False
    if line[0].islower() and any(each.strip() for each in lines[max(0, number - 1) : number]):
        return False  # the middle of a sentence: "…, sent from my phone last week"
    return bool(closings.FOOTER.match(line) or closings.FOOTER_ODD.match(line))


def cut_disclaimer(lines: list[str], cuts: list[Cut]) -> list[str]:
    """From the first of the closing paragraphs that speak like a lawyer."""
    start: int | None = None
    for first, last in reversed(_paragraphs(lines)):
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
    text = f" {line[:LONGEST_LINE].lower()}"
    return bool(closings.DISCLAIMER_TITLE.match(line)) or any(
        _holds(text, stems) for stems in (closings.CONFIDENTIAL, closings.ADDRESSEE)
    )


def _ends(line: str) -> bool:
    """Whether a thought ends with this line, so that another may begin below it."""
    return len(line.strip()) < 40 or bool(_SENTENCE.search(line))


def _legal(text: str) -> bool:
    """Whether a paragraph is a disclaimer: of "this message", that it is secret, for whom, and else.

    One mark is a person's ("this is confidential, please"), and so are an error and a wrong
    addressee ("you sent this to the wrong address by mistake").
    """
    text = f" {text.lower()}"
    others = (closings.ADDRESSEE, closings.IN_ERROR, closings.THEN)
    told = any if _holds(text, closings.CONFIDENTIAL) else all
    if told(_holds(text, stems) for stems in others) and closings.DISCLAIMER_ABOUT.search(text):
        return True
    return _holds(text, closings.SURE_STEMS) and bool(closings.DISCLAIMER_SURE.search(text))


def _holds(text: str, stems: Sequence[str]) -> bool:
    return any(stem in text for stem in stems)


def _cut_marked_signature(lines: list[str], cuts: list[Cut]) -> list[str]:
    """What stands under "-- " (RFC 3676 section 4.3), or under "--" if it isn't prose."""
    for number in range(len(lines) - 1, max(-1, len(lines) - LONGEST_SIGNATURE - 2), -1):
        line = lines[number]
        if not closings.SIGNATURE_MARK.fullmatch(line.strip()):
            continue
        postscript = next(
            (n for n in range(number + 1, len(lines)) if closings.POSTSCRIPT.match(lines[n])),
            len(lines),
        )
        if line.rstrip("\r\n") != "-- " and any(map(_is_sentence, lines[number + 1 : postscript])):
            continue
        cuts.append(Cut("signature", "\n".join(lines[number:postscript]).strip("\n")))
        return [*lines[:number], *lines[postscript:]]
    return lines


def _cut_contacts(lines: list[str], cuts: list[Cut]) -> list[str]:
    """The closing paragraphs of contact details, up to the closing formula above them."""
    spaced = all(not (above.strip() and below.strip()) for above, below in pairwise(lines))
    # Outlook writes a blank line after every line; then all of it is one paragraph.
    paragraphs = [(0, len(lines))] if spaced and len(lines) > 6 else _paragraphs(lines)
    postscript: tuple[int, int] | None = None
    start = end = len(lines)
    for first, last in reversed(paragraphs):
        if start == len(lines) and postscript is None and closings.POSTSCRIPT.match(lines[first]):
            postscript = (first, last)
            continue
        begins = _contacts_begin(lines, first, last)
        if begins is None:
            break
        if start == len(lines):
            end = last
        start = begins
        if begins > first:
            break
    if start == len(lines):
        return lines
    while start and (not lines[start - 1].strip() or closings.PLACEHOLDER.match(lines[start - 1])):
        start -= 1
    cuts.append(Cut("signature", "\n".join(lines[start:end]).strip("\n")))
    return [*lines[:start], *lines[end:]]


def _contacts_begin(lines: Sequence[str], first: int, last: int) -> int | None:
    """Where in a paragraph its contact block begins; None where it ends in no such block."""
    begins = last
    strong, named = 0, False
    for number in range(last - 1, first - 1, -1):
        line = lines[number].strip()[:LONGEST_LINE]
        if not line:
            if number > first and not lines[number - 1].strip():
                break  # a gap, also where every line has a blank one below it
            continue
        if _is_closing(line) or _is_prose(line):
            break
        begins = number
        strong += _contact_weight(line)
        named = named or bool(_WORD.search(closings.WEB.sub("", closings.ITEM.sub("", line))))
    block = sum(bool(line.strip()) for line in lines[begins:last])
    if not block or not strong or not named:  # links alone are what the message is about
        return None
    enough = strong >= 2 or (strong == 1 and block >= 3)
    return begins if enough else None


def _contact_weight(line: str) -> int:
    """How surely a line is part of a contact block: 0, 1, or 2 where it alone is enough."""
    rest = closings.MAIL.sub(" ", line)
    kinds = (rest != line) + sum(bool(kind.search(rest)) for kind in _CONTACTS)
    if closings.LABELLED.match(line) and len(re.findall(r"\d", line)) >= 6:
        return 2
    if kinds and (closings.LABELLED.match(line) or len(closings.SEPARATED.findall(line)) >= 1):
        return 2
    return min(kinds, 2)


def _is_closing(line: str) -> bool:
    """Whether a line is a closing formula, perhaps with the name behind it: "Groetjes, Sjoerd"."""
    formula, comma, name = line.partition(",")
    signed = comma and 0 < len(name.split()) <= 4 and not closings.PHONE.search(name)
    return bool(
        closings.CLOSING.fullmatch(line) or (signed and closings.CLOSING.fullmatch(formula))
    )


def _is_sentence(line: str) -> bool:
    words = _WORD.findall(line[:LONGEST_LINE])
    return len(words) > 12 or (
        len(words) > 4 and bool(_SENTENCE.search(line[:LONGEST_LINE].rstrip()))
    )


def _is_prose(line: str) -> bool:
    """Whether a line reads as a sentence rather than a name, a role or an address."""
    line = line.strip()[:LONGEST_LINE]
    if any(mark.search(line) for mark in _NEVER_PROSE):
        return False
    bare = closings.WEB.sub(" ", closings.MAIL.sub(" ", closings.PHONE.sub(" ", line)))
    words = _WORD.findall(bare)
    if line.endswith(":"):
        return True  # it announces what stands below
    if len(words) <= 2:
        return bool(re.search(r"[?!]$", line)) or (
            len(words) == 2 and words[0].islower() and words[1].islower()
        )
    small = sum(word[0].islower() for word in words)
    if _SENTENCE.search(line) and small >= 2 and not closings.SEPARATED.search(line):
        return True
    return small * 2 > len(words) or len(words) > 16


def _paragraphs(lines: Sequence[str]) -> list[tuple[int, int]]:
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


def _next(lines: Sequence[str], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), None)
