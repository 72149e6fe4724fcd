"""What a mail gateway puts on top: "[EXTERNAL]", "CAUTION: This email originated from outside …". Pure."""

from __future__ import annotations

import re

from assistant.model import Cut
from assistant.reading import closings

MOST_LINES = 8
_ENDS = re.compile(r"[.!?…:\]]\W*$")


def cut_banner(lines: list[str], cuts: list[Cut]) -> list[str]:
    """The lines without a banner at their top.

    Clients write "Attention: the file is wrong", too: a warning counts as a banner only if it
    speaks of outside and of what not to do, and a person's "I" ends it.
    """
    start = next((n for n, line in enumerate(lines[:6]) if line.strip()), None)
    if start is None:
        return lines
    line = lines[start][: closings.LONGEST_LINE]
    tag = closings.BANNER_PREFIX.match(line)
    if not _is_banner("\n".join(lines[start : start + 3]), bool(tag)):
        if tag is None:
            return lines
        cuts.append(Cut("banner", tag.group().strip()))
        return [*lines[:start], lines[start][tag.end() :], *lines[start + 1 :]]
    end = _end(lines, start)
    cuts.append(Cut("banner", "\n".join(lines[start:end]).strip("\n")))
    return lines[end:]


def _is_banner(text: str, tagged: bool) -> bool:
    text = text[: 3 * closings.LONGEST_LINE]
    if closings.BANNER_SURE.match(text):
        return not closings.PERSONAL.search(text.partition("\n")[0])
    if not (tagged or closings.BANNER_OPENS.match(text)):
        return False
    first = closings.PERSONAL.search(text)
    if first is not None:
        text = text[: first.start()]
    goes_on = closings.BANNER_GOES_ON.search(text)
    return bool(goes_on and (closings.BANNER_FROM.search(text) or (tagged and first is None)))


def _end(lines: list[str], start: int) -> int:
    """The line after the last one of a banner."""
    end = start + 1
    ended = bool(_ENDS.search(lines[start][: closings.LONGEST_LINE]))
    for number in range(start + 1, min(start + MOST_LINES, len(lines))):
        line = lines[number][: closings.LONGEST_LINE].strip()
        if not line:
            continue
        if closings.PERSONAL.search(line):
            break
        wrapped = not ended and number == end and not line.endswith(",")
        more = closings.BANNER_GOES_ON.search(line) or closings.BANNER_SURE.match(line)
        if not (wrapped or more):
            break
        end = number + 1
        ended = bool(_ENDS.search(line))
    if end < len(lines) and closings.LIST_FOOTER.match(lines[end]):
        end += 1
    return end
