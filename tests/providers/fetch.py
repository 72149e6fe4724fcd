"""UID FETCH: what is asked for, and how it is answered (RFC 9051 sections 6.4.5 and 7.5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.providers.grammar import Arguments, Bad, Token, astring, encode_name, quoted, uid_set
from tests.providers.labels import LabelUser
from tests.providers.session import Session
from tests.providers.store import Message

_BODY = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<first>\d+)\.(?P<size>\d+)>)?"
)
_FIELDS = re.compile(r"HEADER\.FIELDS \((?P<names>[^)]*)\)", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fetch(session: Session, arguments: Arguments) -> str:
    """Those of the messages that are there; the missing ones are left out without an error."""
    wanted = arguments.text()
    items = _items(arguments)
    arguments.end()
    marks = not session.read_only and any(_marks(item) for item in items)
    for uid in sorted(uid_set(wanted, session.known)):
        message = session.message(uid)
        if message is None:
            continue
        if marks:
            session.user.flag(message, "+", ["\\Seen"])
            session.told(uid)
        asked = items if not marks or "FLAGS" in items else [*items, "FLAGS"]
        say_fetch(session, uid, message, asked)
    return "FETCH completed"


def say_fetch(session: Session, uid: int, message: Message, items: list[str]) -> None:
    """One untagged FETCH, in the provider's order."""
    first = session.profile.first_items
    names = list(dict.fromkeys(["UID", *items]))
    names.sort(key=lambda name: first.index(name) if name in first else len(first))
    parts = b" ".join(part for name in names for part in _answer(session, uid, message, name))
    session.say(b"* %d FETCH (%s)" % (session.number(uid), parts))


def _items(arguments: Arguments) -> list[str]:
    listed = arguments.list() or (arguments.token(),)
    items = []
    for each in listed:
        if not isinstance(each, Token) or each.kind != "atom":
            raise Bad("Invalid item")
        items.append(re.sub(r"^[^\[]+", lambda name: name[0].upper(), each.text))
    return items


def _marks(item: str) -> bool:
    """Whether fetching it sets \\Seen."""
    body = _BODY.fullmatch(item)
    return item in ("RFC822", "RFC822.TEXT") or (body is not None and not body["peek"])


def _answer(session: Session, uid: int, message: Message, item: str) -> Iterator[bytes]:
    """An item's name and value; nothing where the provider leaves it out."""
    if body := _BODY.fullmatch(item):
        yield _body(session, message, body)
    elif item == "RFC822":
        if session.profile.rfc822:
            yield b"RFC822 " + _literal(message.raw)
    elif item == "RFC822.HEADER":
        yield b"RFC822.HEADER " + _literal(message.header)
    else:
        yield f"{item} {_value(session, uid, message, item)}".encode()


def _value(session: Session, uid: int, message: Message, item: str) -> str:
    if item == "UID":
        return str(uid)
    if item == "FLAGS":
        return f"({' '.join(message.flags.names())})"
    if item == "RFC822.SIZE":
        return str(len(message.raw))
    if item == "INTERNALDATE":
        arrived = message.arrived
        return f'"{arrived:%d}-{_MONTHS[arrived.month - 1]}-{arrived:%Y %H:%M:%S %z}"'
    if item == "EMAILID":
        session.require("OBJECTID")
        return f"(M{message.number:024x})"
    if not item.startswith("X-GM-") or not isinstance(session.user, LabelUser):
        raise Bad("Unknown item")
    session.require("X-GM-EXT-1")
    if item == "X-GM-LABELS":
        return _label_list(session.user.labels(message, session.folder))
    if item in ("X-GM-MSGID", "X-GM-THRID"):
        return str(message.number if item == "X-GM-MSGID" else message.thread)
    raise Bad("Unknown item")


def _label_list(labels: list[str]) -> str:
    """System labels come quoted, with their backslash doubled; others as they can; in ASCII order."""
    shown = [
        quoted(each) if each.startswith("\\") else astring(encode_name(each)) for each in labels
    ]
    return f"({' '.join(sorted(shown))})"


def _body(session: Session, message: Message, asked: re.Match[str]) -> bytes:
    data = _section(message, asked["section"])
    name = f"BODY[{_shown(session, asked['section'])}]"
    if asked["first"] is not None:
        first = int(asked["first"])
        data = data[first : first + int(asked["size"])]
        name += f"<{first}>"
    return name.encode() + b" " + _literal(data)


def _section(message: Message, section: str) -> bytes:
    if section == "":
        return message.raw
    if section.upper() == "HEADER":
        return message.header
    if section.upper() == "TEXT":
        return message.raw[len(message.header) :]
    fields = _FIELDS.fullmatch(section)
    if fields is None:
        raise Bad("Unknown section")
    return b"".join(message.fields(*_names(fields))) + b"\r\n"


def _shown(session: Session, section: str) -> str:
    """The section as it is named in the answer; header fields as the client spelt them."""
    fields = _FIELDS.fullmatch(section)
    if fields is None:
        return section.upper()
    names = _names(fields)
    if session.profile.quoted_fields:
        names = [quoted(name) for name in names]
    return f"HEADER.FIELDS ({' '.join(names)})"


def _names(fields: re.Match[str]) -> list[str]:
    return [name.strip('"') for name in fields["names"].split()]


def _literal(data: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(data), data)
