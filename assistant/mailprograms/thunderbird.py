"""Tags for Thunderbird: preferences in a profile's user.js, which it takes over at every start.

A tag is ``mailnews.tags.KEY.tag`` (its name), ``.color`` and ``.ordinal`` (its rank: the lowest colours the
message's line), KEY being the IMAP keyword in lower case (comm-central,
mailnews/base/src/nsMsgTagService.cpp). From user.js, Thunderbird copies them into prefs.js, where
they stay; so whoever takes them back has to look into both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.mailprograms.block import Block
from assistant.mailprograms.tags import Tag

BLOCK = Block("//")
_PREF = re.compile(r'^[ \t]*user_pref\([ \t]*"(mailnews\.tags\.([^"\n]+)\.(\w+))"', re.MULTILINE)
_EXPLAINED = """\
// The tones of inbox-assistant as tags. Thunderbird takes these over at every
// start, so change names and colours here. To change them in its settings
// instead: start it once, then delete these lines.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """The new texts of a profile's two files, the tags laid in, and those that the user has already."""

    user_js: str
    prefs_js: str
    laid: tuple[Tag, ...]
    kept: tuple[Tag, ...]


def settings(tags: Sequence[Tag]) -> str:
    """Lines for user.js; the first tag ranks first. Nothing for no tags."""
    lines = [
        f"user_pref({_string(f'mailnews.tags.{tag.keyword.lower()}.{name}')}, {_string(value)});\n"
        for rank, tag in enumerate(tags, start=1)
        for name, value in (
            ("tag", tag.word[:1].upper() + tag.word[1:]),
            ("color", tag.colour),
            ("ordinal", f"inbox-assistant-{rank:02}"),
        )
    ]
    return _EXPLAINED + "".join(lines) if lines else ""


def change(user_js: str, prefs_js: str, tags: Sequence[Tag], name: str) -> Change:
    """A profile's files with these tags for ours; with none, without ours.

    A tag that the user made for the same keyword stays as it is.

    Args:
        name: user.js as errors shall name it.

    Raises:
        ConfigError: where a marker line in user.js stands alone.
    """
    ours = BLOCK.within(user_js, name)
    theirs = _keys(BLOCK.laid(user_js, "", name)) | (_keys(prefs_js) - _keys(ours))
    laid = tuple(tag for tag in tags if tag.keyword.lower() not in theirs)
    lines = settings(laid)
    return Change(
        user_js=BLOCK.laid(user_js, lines, name),
        prefs_js=_without(prefs_js, _names(ours) - _names(lines)),
        laid=laid,
        kept=tuple(tag for tag in tags if tag not in laid),
    )


def _string(text: str) -> str:
    """A string as preference files have it: JSON's, but for control characters, which no tag has."""
    return json.dumps(text)


def _names(text: str) -> set[str]:
    """The preferences about tags that a file sets."""
    return {found[1] for found in _PREF.finditer(text)}


def _keys(text: str) -> set[str]:
    """The tags that a file names."""
    return {found[2] for found in _PREF.finditer(text) if found[3] == "tag"}


def _without(prefs_js: str, names: set[str]) -> str:
    """Thunderbird writes one preference a line."""
    kept = (
        line
        for line in prefs_js.split("\n")
        if not ((found := _PREF.match(line)) and found[1] in names)
    )
    return "\n".join(kept)
