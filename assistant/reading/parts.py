"""The standard library's parser, made safe to ask: bytes -> a tree of parts.

compat32, because the modern policy raises or takes seconds on hostile input (docs/decisions.md);
and even compat32 raises on crooked RFC 2231 parameters, and takes quadratic time for long ones.
"""

from __future__ import annotations

import email
from email.message import Message as RawMessage
from email.policy import compat32
from typing import Any

LONGEST_PARAMETERS = 2_000
"""Characters of a header field in which parameters are looked for."""
_CROOKED = (LookupError, UnicodeError, ValueError, TypeError)


class Part(RawMessage):
    """A part whose parameters are there or not, and never raise."""

    def get_param(
        self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True
    ) -> Any:
        if len(str(self.get(header, ""))) > LONGEST_PARAMETERS:
            return failobj
        try:
            return super().get_param(param, failobj, header, unquote)
        except _CROOKED:
            return failobj

    def get_boundary(self, failobj: Any = None) -> Any:
        try:
            return super().get_boundary(failobj)
        except _CROOKED:
            return failobj

    def get_filename(self, failobj: Any = None) -> Any:
        try:
            return super().get_filename(failobj)
        except _CROOKED:
            return failobj

    def parameter(self, name: str) -> str:
        """A parameter of the content type as text; empty where there is none."""
        value = self.get_param(name, "")
        if isinstance(value, tuple):  # RFC 2231: charset, language, value
            value = value[2]
        return str(value).strip().strip("\"'").casefold()[:60]

    def as_it_stands(self) -> bytes:
        """The bytes of a part without parts, no encoding undone."""
        del self["Content-Transfer-Encoding"]  # else the standard library would undo it
        raw = self.get_payload(decode=True)
        return raw if isinstance(raw, bytes) else b""


def parse(raw: bytes) -> Part:
    """A message as parts. Never raises; recurses once for each level."""
    part = email.message_from_bytes(raw, Part, policy=compat32)
    assert isinstance(part, Part)
    return part
