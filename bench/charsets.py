"""Texts whose charset label lies: is what we make of them as good as what could be made of them?

Judged by what wrong decodings look like (UTF-8 read as Latin-1, Cyrillic as a soup of accents, two
scripts in one word), not by our own code's opinion. A text counts against us where ours shows such
signs and another reading shows none: a strict decoding in some charset that mail is written in,
charset-normalizer's guess, or UTF-8 but for a few stray bytes.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from assistant.reading import charset, parts
from assistant.reading.mime import LONGEST_TEXT, mended

WESTERN = ("utf-8", "cp1252", "iso-8859-15")
# fmt: off
OTHERS = (
    "cp1250", "iso-8859-2", "cp1251", "koi8-r", "iso-8859-5",
    "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp850", "mac-roman", "cp932", "euc-jp", "iso-2022-jp",
    "gb18030", "big5hkscs", "cp949", "cp874",
)
# fmt: on
"""Most of these fit any bytes, so a few bytes prove none of them."""
FEW = 8
"""Bytes beyond ASCII."""
_LATIN = frozenset(("ascii", "iso8859-1", "cp1252"))
"""Labels that programs put on anything, as Python's codecs name them."""
_LAST = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff61-\uff9f"
_SIGNS = re.compile(
    "\ufffd+|[\x00-\x08\x0e-\x1f\x7f-\x9f]"
    f"|[ÂÃÄÅÐÑ][{_LAST}]|â[€„‚]|ï»¿"
    "|[a-zß-ÿ][\u0370-\u06ff\u0e00-\u0e7f]|[\u0370-\u06ff\u0e00-\u0e7f][a-zß-ÿ]"
    f"|[a-z][{_CJK}]{{1,3}}[a-z]|[à-ÿ][{_CJK}]|[а-яё][А-ЯЁ]|[α-ω][Α-Ω]"
)
_AMID_LETTERS = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])")
_NO_LETTERS = frozenset(("Sm", "So", "Sc", "No"))
_WORD = re.compile(r"[^\W\d_]{4,}")
_ACCENTED = re.compile("[À-ÿ]")


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a message: its bytes, their label, and our reading."""

    raw: bytes
    declared: str
    used: str
    text: str

    @property
    def doubtful(self) -> bool:
        """Whether our reading shows signs of being wrong."""
        return signs(self.text) > 0


@dataclass(frozen=True, slots=True)
class Offender:
    """A text that we read worse than it can be read."""

    name: str
    part: Part
    better: tuple[str, ...]
    """Readings that show no sign of being wrong."""

    def __str__(self) -> str:
        label = self.part.declared or "none"
        better = ", ".join(self.better[:4])
        return f"{self.name}: declared {label}, read as {self.part.used}; better {better}"


def mislabelled(raw: bytes) -> Iterator[Part]:
    """The texts of a message whose bytes are not what their label says."""
    for part in parts.parse(mended(raw)).walk():
        if not isinstance(part, parts.Part) or part.is_multipart():
            continue
        if part.get_content_maintype() != "text":
            continue
        declared = _declared(part)
        held = charset.payload(part, LONGEST_TEXT)
        if not held.isascii() and _lies(held, declared):
            yield _read(part.get_content_type(), held, declared)


def better_readings(part: Part) -> tuple[str, ...]:
    """The charsets that would have read a text rightly where ours did not."""
    ours = signs(part.text)
    if not ours:
        return ()
    few = sum(byte > 0x7F for byte in part.raw) < FEW
    better = [name for name in (WESTERN if few else (*WESTERN, *OTHERS)) if _clean(part.raw, name)]
    if not few and (guess := _guess(part.raw)):
        better.append(guess)
    if part.used != "utf-8" and _nearly_utf8(part.raw, ours):
        better.append("utf-8 but for stray bytes")
    return tuple(dict.fromkeys(better))


def signs(text: str) -> int:
    """How many signs of a wrong decoding a text shows."""
    soup = (
        word for word in _WORD.findall(text) if len(_ACCENTED.findall(word)) * 5 > 3 * len(word)
    )
    unknown = (char for char in set(text) if unicodedata.category(char) in ("Cn", "Co"))
    amid = (
        char for char in _AMID_LETTERS.findall(text) if unicodedata.category(char) in _NO_LETTERS
    )
    return sum(1 for each in (_SIGNS.findall(text), soup, unknown, amid) for _ in each)


def _declared(part: parts.Part) -> str:
    try:
        return str(part.get_content_charset("")).strip("\"' ")
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""


def _read(kind: str, raw: bytes, declared: str) -> Part:
    """As `assistant.reading.mime` does."""
    text, used, _ = charset.to_text(raw, declared)
    if kind == "text/html" and declared in ("", "us-ascii"):
        text, used, _ = charset.by_meta(raw, text, used)
    return Part(raw, declared, used, text)


def _lies(raw: bytes, declared: str) -> bool:
    try:
        name = codecs.lookup(declared or "us-ascii").name
    except (LookupError, ValueError):
        return True
    return not _fits(raw, name) or (name in _LATIN and _fits(raw, "utf-8"))


def _fits(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return False
    return True


def _clean(raw: bytes, name: str) -> bool:
    return _fits(raw, name) and not signs(raw.decode(name))


def _guess(raw: bytes) -> str:
    """What charset-normalizer takes the bytes for, where that looks right; else empty."""
    best = from_bytes(raw).best()
    if best is None or (best.encoding.startswith("utf_16") and b"\0" not in raw):
        return ""
    return "" if signs(str(best)) else best.encoding


def _nearly_utf8(raw: bytes, ours: int) -> bool:
    """Whether UTF-8 explains at least as many bytes as it leaves, and better than ours does."""
    text = raw.decode("utf-8", "replace")
    stray = len(re.findall("\ufffd+", text))
    letters = sum(char > "\x7f" and char != "\ufffd" for char in text)
    return letters >= stray and stray <= ours
