"""Bytes of a client to commands, and names to bytes: RFC 9051 section 9, no more than is used here."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    rb'(?P<quoted>"(?:[^"\\\r\n]|\\["\\])*")'
    rb"|\{(?P<size>\d+)\+?\}\r\n"
    rb"|(?P<open>\()"
    rb"|(?P<close>\))"
    rb'|(?P<atom>(?:[^\s(){}"\[\]\x80-\xff]|\[[^\]\r\n]*\])+)'
)
_ESCAPED = re.compile(rb'\\(["\\])')
_ATOM = re.compile(r'[^\s(){}%*"\\\]\x00-\x1f\x7f-\uffff]+')
_RANGE = re.compile(r"(\d+|\*)(?::(\d+|\*))?")
_SHIFTED = re.compile(r"&([^-]*)-")


class Bad(Exception):
    """The command can't be understood, or may not be given now: BAD."""


class No(Exception):
    """The command can't be done: NO. The text may begin with a response code."""


@dataclass(frozen=True, slots=True)
class Token:
    """An atom, a quoted string or a literal."""

    kind: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")

    @property
    def upper(self) -> str:
        return self.text.upper()


Item = Token | tuple["Item", ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: ``UID`` belongs to its verb."""

    tag: str
    verb: str
    items: tuple[Item, ...]


class Arguments:
    """Reads arguments one after the other; whatever is missing or too much is BAD."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = list(items)

    def __bool__(self) -> bool:
        return bool(self._items)

    def item(self) -> Item:
        if not self._items:
            raise Bad("Missing argument")
        return self._items.pop(0)

    def token(self) -> Token:
        found = self.item()
        if isinstance(found, tuple):
            raise Bad("Unexpected list")
        return found

    def text(self) -> str:
        return self.token().text

    def list(self) -> tuple[Item, ...] | None:
        """A list, if one comes next."""
        if self._items and isinstance(self._items[0], tuple):
            return self._items.pop(0)  # type: ignore[return-value]
        return None

    def word(self, *words: str) -> bool:
        """Whether one of these atoms comes next; it is taken then."""
        found = self._items[0] if self._items else None
        if isinstance(found, Token) and found.kind == "atom" and found.upper in words:
            del self._items[0]
            return True
        return False

    def rest(self) -> tuple[Item, ...]:
        """Whatever is left."""
        return tuple(self._items)

    def end(self) -> None:
        if self._items:
            raise Bad("Too many arguments")


def parse(line: bytes) -> Command:
    """A command with its literals in it.

    Raises:
        Bad: with the text for the answer.
    """
    head, _, rest = line.removesuffix(b"\r\n").partition(b" ")
    items, end = _sequence(rest, 0)
    if not re.fullmatch(rb"[A-Za-z0-9.]+", head) or not items or end != len(rest):
        raise Bad("Could not parse command")
    arguments = Arguments(items)
    verb = arguments.token().upper
    if verb == "UID":
        verb = f"UID {arguments.token().upper}"
    return Command(head.decode("ascii"), verb, arguments.rest())


def tag_of(line: bytes) -> str:
    """The tag of a line that may be no command, for the answer."""
    found = re.match(rb"[A-Za-z0-9.]+(?= )", line)
    return found[0].decode("ascii") if found else "*"


def verb_of(line: bytes) -> str:
    """The verb of a command whose literal has not come yet."""
    found = re.match(rb"\S+ ((?:UID )?[A-Z]+)", line, re.IGNORECASE)
    return found[1].decode("ascii").upper() if found else ""


def _sequence(data: bytes, at: int) -> tuple[tuple[Item, ...], int]:
    """Items up to the end or a closing parenthesis; where that is."""
    items: list[Item] = []
    while at < len(data) and data[at : at + 1] != b")":
        if items:
            if data[at : at + 1] != b" ":
                raise Bad("Could not parse command")
            at += 1
        item, at = _item(data, at)
        items.append(item)
    return tuple(items), at


def _item(data: bytes, at: int) -> tuple[Item, int]:
    found = _TOKEN.match(data, at)
    if found is None or found["close"]:
        raise Bad("Could not parse command")
    if found["open"]:
        items, end = _sequence(data, found.end())
        if data[end : end + 1] != b")":
            raise Bad("Could not parse command")
        return items, end + 1
    if found["quoted"]:
        return Token("quoted", _ESCAPED.sub(rb"\1", found["quoted"][1:-1])), found.end()
    if found["size"]:
        end = found.end() + int(found["size"])
        return Token("literal", data[found.end() : end]), end
    return Token("atom", found["atom"]), found.end()


def uid_set(text: str, known: Sequence[int], *, last_for_star: bool = True) -> set[int]:
    """Those of the known UIDs that a set names. ``9:*`` is ``*:9`` where 9 lies beyond the last."""
    last = max(known, default=0)
    chosen: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise Bad("Invalid message set")
        first, end = (
            last if each == "*" else int(each) for each in (found[1], found[2] or found[1])
        )
        if first > end:
            if "*" in part and not last_for_star:
                continue
            first, end = end, first
        chosen.update(uid for uid in known if first <= uid <= end)
    return chosen


def written_set(uids: Iterable[int]) -> str:
    """UIDs as a set, in the order given."""
    return ",".join(str(uid) for uid in uids)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def astring(text: str) -> str:
    """An atom where it can be one, else quoted."""
    return text if _ATOM.fullmatch(text) else quoted(text)


def encode_name(name: str) -> str:
    """A folder's name in modified UTF-7 (RFC 3501 section 5.1.3)."""
    return "".join(_runs(name))


def _runs(name: str) -> Iterator[str]:
    for run in re.findall(r"[ -~]+|[^ -~]+", name):
        if " " <= run[0] <= "~":
            yield run.replace("&", "&-")
        else:
            packed = base64.b64encode(run.encode("utf-16-be"), b"+,").rstrip(b"=")
            yield f"&{packed.decode('ascii')}-"


def decode_name(name: str) -> str:
    """A folder's name out of modified UTF-7.

    Raises:
        Bad: where it is none.
    """

    def unshifted(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        packed = found[1].encode("ascii") + b"=" * (-len(found[1]) % 4)
        return base64.b64decode(packed, b"+,", validate=True).decode("utf-16-be")

    try:
        return _SHIFTED.sub(unshifted, name)
    except ValueError as error:
        raise Bad("Invalid mailbox name") from error
