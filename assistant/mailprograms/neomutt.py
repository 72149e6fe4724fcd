"""Settings for neomutt: each tone's word at the end of the index line, the line in its colour, keys that tell cases."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.mailprograms.block import Block
from assistant.mailprograms.tags import OF_CASE, Tag

BLOCK = Block("#")
CASE = "%@assistant_case@"
FIRST = "%@assistant_first@"
TONE = "%@assistant_tone@"
_EXPLAINED = f"""\
# The tones of inbox-assistant: a word at the right edge of the index, and the
# line's colour. An index_format that is set later has to name the word:
# {FIRST}{TONE}{CASE}
"""
_OF_CASES = """\
# How far a case has come, told on any message of it: a comma, and the first
# letter of what is so. To take it back, edit the tags: <modify-labels>.
"""


def settings(tags: Sequence[Tag]) -> str:
    """Lines for neomuttrc. Nothing for no tags."""
    if not tags:
        return ""
    tones = [tag for tag in tags if tag.heat > 0]
    cases = [tag for tag in tags if tag.heat == OF_CASE]
    words = [f'tag-transforms "{tag.keyword}" "{tag.word}"\n' for tag in tags]
    return "".join(
        (
            _EXPLAINED,
            *(_hook("first", tag, "! ") for tag in tags if tag.heat == 0),
            *(_hook("tone", tag, tag.word) for tag in tones),
            *(_hook("case", tag, f" ({_said(tag)})") for tag in reversed(cases)),
            *(f"color index {tag.terminal_colour} default {_pattern(tag)}\n" for tag in tones),
            "# The same words where your index_format has %g, which shows every keyword:\n",
            *words,
            _OF_CASES,
            *(_macro(tag) for tag in cases),
            "# Added to the index_format that is set above:\n",
            f'set index_format = "$index_format%*  {FIRST}{TONE}{CASE}"\n',
        )
    )


def _hook(name: str, tag: Tag, shown: str) -> str:
    """Of those of a name, the first that fits a message is shown."""
    return f'index-format-hook assistant_{name} {_pattern(tag)} "{shown}"\n'


def _macro(tag: Tag) -> str:
    """The keyword is typed behind those that the message has: the prompt begins with them."""
    said = _said(tag)
    keys = f"<modify-labels> {tag.keyword}<enter>"
    return f'macro index,pager ",{said[0]}" "{keys}" "{tag.word}"\n'


def _said(tag: Tag) -> str:
    """Of "case: called", the last word."""
    return tag.word.split()[-1]


def _pattern(tag: Tag) -> str:
    """The messages with a keyword. In lower case it matches in any; some versions match all of a
    message's keywords as one text, with spaces between."""
    return f"""'~Y "(^| ){tag.keyword.lower().replace(".", "[.]")}( |$)"'"""
