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
from assistant.reading.banners import cut_banner
from assistant.reading.disclaimers import cut_disclaimer, paragraphs

LONGEST_SIGNATURE = 15
"""Lines; more text than this below a "--" is not a signature."""
_LABELLED = re.compile("^" + closings.LABELLED.pattern, re.IGNORECASE)
_NEVER_PROSE = (
    _LABELLED,
    closings.REGISTRY,
    closings.FIRM,
    closings.PLACEHOLDER,
    closings.LINKED,
)
_SMALL = frozenset({
    "a", "am", "and", "are", "at", "call", "can", "do", "for", "have", "i", "in", "is", "it",
    "me", "my", "no", "not", "now", "of", "on", "or", "our", "so", "still", "that", "the", "this",
    "to", "us", "was", "we", "what", "when", "where", "who", "why", "will", "with", "wrong",
    "you", "your", "bitte", "das", "der", "die", "du", "es", "ich", "ihr", "ist", "mein", "nicht",
    "noch", "sie", "und", "wo", "c'est", "est", "et", "je", "la", "le", "les", "ma", "mes", "moi",
    "mon", "pas", "vous", "el", "en", "lo", "mi", "por", "que", "usted",
})  # fmt: skip
"""Words of sentences, also where all is written in capitals."""
_CONTACTS = (closings.PHONE, closings.WEB, closings.POSTAL, closings.REGISTRY)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def says_something(lines: Sequence[str]) -> bool:
    """Whether there is more than a greeting, a closing and a name."""
    for line in lines:
        text = line.strip()[: closings.LONGEST_LINE]
        words = len(_WORD.findall(text))
        ended = bool(closings.SENTENCE.search(text))
        if words > 4 or (words >= 2 and ended):
            return True
        if words >= 3 and not text.endswith(",") and not _is_closing(text):
            return True
    return False


def without_surroundings(lines: Sequence[str], *, alone: bool) -> tuple[list[str], list[Cut]]:
    """The writer's lines, and what stood around them.

    Args:
        alone: whether nothing was quoted; then something must be left, or what looked like a
            banner or a footer was all the writer had to say.
    """
    cuts: list[Cut] = []
    kept = cut_banner(list(lines), cuts)
    kept = _cut_marked_signature(kept, cuts)
    kept = _cut_footers(kept, cuts)
    kept = cut_disclaimer(kept, cuts)
    # Again: what hid it is gone, or the signature stands above a disclaimer.
    kept = _cut_marked_signature(_cut_footers(kept, cuts), cuts)
    kept = _cut_contacts(kept, cuts)
    warned = any(cut.reason == "banner" and says_something(cut.text.split("\n")) for cut in cuts)
    if alone and (not any(map(str.strip, kept)) or (warned and not says_something(kept))):
        return list(lines), []
    return kept, cuts


def _cut_footers(lines: list[str], cuts: list[Cut]) -> list[str]:
    """The closing lines that a program signs with; a list's footer."""
    for number in range(len(lines) - 1, max(-1, len(lines) - 12), -1):
        below = "\n".join(lines[number + 1 :])[:1000]
        if closings.LIST_FOOTER.match(lines[number]) and closings.LIST_FOOTER_NAMES.search(below):
            cuts.append(Cut("footer", "\n".join(lines[number:]).strip("\n")))
            lines = lines[:number]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_footer(lines[end - 1])):
        end -= 1
    if not any(map(str.strip, lines[end:])):
        return lines
    cuts.append(Cut("footer", "\n".join(lines[end:]).strip("\n")))
    return lines[:end]


def _is_footer(line: str) -> bool:
    line = line.strip()
    return 4 < len(line) <= closings.LONGEST_LINE and bool(
        closings.FOOTER.match(line) or closings.FOOTER_ODD.match(line)
    )


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
    blocks = [(0, len(lines))] if spaced and len(lines) > 6 else paragraphs(lines)
    postscript: tuple[int, int] | None = None
    start = end = len(lines)
    for first, last in reversed(blocks):
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
        line = lines[number].strip()[: closings.LONGEST_LINE]
        if not line:
            if number > first and not lines[number - 1].strip():
                break  # a gap, also where every line has a blank one below it
            continue
        if _is_closing(line) or closings.LISTED.match(line) or _is_prose(line):
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
    digits = sum(map(str.isdigit, line))
    if closings.LABELLED.match(line) and digits >= 6 and digits * 2 >= sum(map(str.isalnum, line)):
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
    words = _WORD.findall(line[: closings.LONGEST_LINE])
    if len(words) >= 4 and _is_prose(line):
        return True
    return len(words) > 12 or (
        len(words) > 4 and bool(closings.SENTENCE.search(line[: closings.LONGEST_LINE].rstrip()))
    )


def _is_prose(line: str) -> bool:
    """Whether a line reads as a sentence rather than a name, a role or an address."""
    line = line.strip()[: closings.LONGEST_LINE]
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
    small = sum(word[0].islower() or word.casefold() in _SMALL for word in words)
    if closings.SENTENCE.search(line) and small >= 2 and not closings.SEPARATED.search(line):
        return True
    return small * 2 > len(words) or len(words) > 16
