"""Our lines in a file that is somebody's own: between two marker lines, everything else untouched."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.errors import ConfigError, Problem

_NAME = "inbox-assistant client-setup"


@dataclass(frozen=True, slots=True)
class Block:
    """The marker lines of one kind of file."""

    comment: str
    """How a comment begins there: ``#``, ``//``."""

    @property
    def first(self) -> str:
        return f"{self.comment} >>> {_NAME} >>>"

    @property
    def last(self) -> str:
        return f"{self.comment} <<< {_NAME} <<<"

    def around(self, lines: str) -> str:
        """Lines of ours with their markers."""
        return f"{self.first}\n{lines}{self.last}\n"

    def within(self, text: str, name: str) -> str:
        """Our lines in a file, without the markers; empty where there are none.

        Raises:
            ConfigError: where a marker stands alone.
        """
        return "".join(self._split(text, name)[1])

    def laid(self, text: str, lines: str, name: str) -> str:
        """A file with these lines for ours, where ours were, else at its end; with "", without ours.

        Args:
            name: of the file, for errors.

        Raises:
            ConfigError: where a marker stands alone.
        """
        others, ours = self._split(text, name)
        before = others[0]
        if not lines:
            return "".join(others)
        if not ours and before and not before.endswith("\n"):
            before += "\n"
        return before + self.around(lines) + "".join(others[1:])

    def _split(self, text: str, name: str) -> tuple[list[str], list[str]]:
        """What stands before, between and after blocks of ours, and what is in these."""
        marker = re.compile(
            rf"^(?:({re.escape(self.first)})|{re.escape(self.last)})[ \t\r]*(?:\n|\Z)", re.MULTILINE
        )
        others: list[str] = []
        ours: list[str] = []
        at, inside = 0, False
        for found in marker.finditer(text):
            if inside == bool(found[1]):
                raise _alone(text, found.start(), name)
            (ours if inside else others).append(text[at : found.start()])
            at, inside = found.end(), not inside
        if inside:
            raise _alone(text, text.rindex(self.first), name)
        others.append(text[at:])
        return others, ours


def _alone(text: str, at: int, name: str) -> ConfigError:
    line = text.count("\n", 0, at) + 1
    message = "this marker line has no partner, so it can't be told which lines are ours"
    return ConfigError(
        [Problem(name, line, "", message)],
        hint="take out by hand what client-setup wrote, marker lines and all, and try again",
    )
