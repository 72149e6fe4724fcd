"""Settings for neomutt: each tone's word at the end of the index line, and the line in its colour."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.mailprograms.block import Block
from assistant.mailprograms.tags import Tag

BLOCK = Block("#")
FIRST = "%@assistant_first@"
TONE = "%@assistant_tone@"
_EXPLAINED = f"""\
# The tones of inbox-assistant: a word at the right edge of the index, and the
# line's colour. An index_format that is set later has to name the word:
# {FIRST}{TONE}
"""


def settings(tags: Sequence[Tag]) -> str:
    """Lines for neomuttrc. Nothing for no tags."""
    if not tags:
        return ""
    hooks = [
        f'index-format-hook {"assistant_tone" if tag.heat else "assistant_first"} {_pattern(tag)} "{tag.word if tag.heat else "! "}"\n'
        for tag in tags
    ]
    colours = [
        f"color index {tag.terminal_colour} default {_pattern(tag)}\n" for tag in tags if tag.heat
    ]
    words = [f'tag-transforms "{tag.keyword}" "{tag.word}"\n' for tag in tags]
    return "".join(
        (
            _EXPLAINED,
            *hooks,
            *colours,
            "# The same words where your index_format has %g, which shows every keyword:\n",
            *words,
            "# Added to the index_format that is set above:\n",
            f'set index_format = "$index_format%*  {FIRST}{TONE}"\n',
        )
    )


def _pattern(tag: Tag) -> str:
    """The messages with a keyword. In lower case it matches in any; some versions match all of a
    message's keywords as one text, with spaces between."""
    return f"""'~Y "(^| ){tag.keyword.lower().replace(".", "[.]")}( |$)"'"""
