"""UID SEARCH: keys to a question that is asked of each message (RFC 9051 section 6.4.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from tests.providers.grammar import Arguments, Bad, Item, No, Token, uid_set
from tests.providers.profile import HeaderSearch
from tests.providers.session import Session
from tests.providers.store import Message


class Candidate(NamedTuple):
    """A message that is asked about."""

    uid: int
    message: Message


Match = Callable[[Candidate], bool]
_FLAGS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
_ADDRESSES = ("BCC", "CC", "FROM", "SUBJECT", "TO")
_SPECIAL = frozenset("!&{}")
_FAILED = "[SERVERBUG] UID SEARCH Server error - Please try again later"


def search(session: Session, arguments: Arguments) -> str:
    if arguments.word("CHARSET"):
        charset = arguments.token().upper
        if charset != "US-ASCII" and not (session.profile.charsets and charset == "UTF-8"):
            raise No("[BADCHARSET (US-ASCII)] The specified charset is not supported.")
    match = _all(session, arguments)
    messages = session.folder.messages
    found = [
        uid for uid in session.known if uid in messages and match(Candidate(uid, messages[uid]))
    ]
    end = " " if session.profile.trailing_space else ""
    session.say(f"* SEARCH{''.join(f' {uid}' for uid in found)}{end}")
    return "SEARCH completed"


def _all(session: Session, arguments: Arguments) -> Match:
    """Every key that is left; at least one."""
    keys = [_key(session, arguments)]
    while arguments:
        keys.append(_key(session, arguments))
    return lambda each: all(key(each) for key in keys)


def _key(session: Session, arguments: Arguments) -> Match:
    item: Item = arguments.item()
    if isinstance(item, tuple):
        return _all(session, Arguments(item))
    if item.kind != "atom":
        raise Bad("Invalid key")
    key = item.upper
    if key == "NOT":
        inner = _key(session, arguments)
        return lambda each: not inner(each)
    if key == "OR":
        left, right = _key(session, arguments), _key(session, arguments)
        return lambda each: left(each) or right(each)
    if key.removeprefix("UN") in _FLAGS:
        return _flagged(f"\\{key.removeprefix('UN')}", not key.startswith("UN"))
    if key in _ADDRESSES:
        return _contains(key, arguments.text())
    return _other_key(session, key, arguments)


def _other_key(session: Session, key: str, arguments: Arguments) -> Match:
    if key == "ALL":
        return lambda _: True
    if key == "UID":
        chosen = uid_set(arguments.text(), session.known, last_for_star=session.profile.last_for_star)  # fmt: skip
        return lambda each: each.uid in chosen
    if key in ("SINCE", "BEFORE", "ON"):
        return _arrived(key, arguments.text())
    if key in ("KEYWORD", "UNKEYWORD"):
        if not session.profile.keyword_search:
            raise Bad("Invalid key")
        return _flagged(arguments.text(), key == "KEYWORD")
    if key == "HEADER":
        return _header(session, arguments.token(), arguments.text())
    if key == "EMAILID":
        session.require("OBJECTID")
        wanted = arguments.text()
        return lambda each: f"M{each.message.number:024x}" == wanted
    if key in ("X-GM-MSGID", "X-GM-THRID"):
        session.require("X-GM-EXT-1")
        number = arguments.text()
        if key == "X-GM-THRID":
            return lambda each: str(each.message.thread) == number
        return lambda each: str(each.message.number) == number
    raise Bad("Unknown key")


def _flagged(flag: str, wanted: bool) -> Match:
    return lambda each: (flag in each.message.flags) is wanted


def _arrived(key: str, day: str) -> Match:
    """By the date of INTERNALDATE, whatever its time and zone."""
    try:
        limit = datetime.strptime(day, "%d-%b-%Y").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise Bad("Invalid date") from error
    compare: dict[str, Callable[[date], bool]] = {
        "SINCE": lambda arrived: arrived >= limit,
        "BEFORE": lambda arrived: arrived < limit,
        "ON": lambda arrived: arrived == limit,
    }
    return lambda each: compare[key](each.message.arrived.date())


def _contains(field: str, value: str) -> Match:
    wanted = value.casefold()
    return lambda each: any(wanted in found.casefold() for found in each.message.values(field))


def _header(session: Session, field: Token, value: str) -> Match:
    habit = session.profile.header_search
    if field.kind != "atom" and not session.profile.quoted_field:
        raise Bad("Parse error")
    if habit is HeaderSearch.FAILS:
        raise No(_FAILED)
    if habit is HeaderSearch.NOTHING:
        return lambda _: False
    if field.upper != "MESSAGE-ID" or habit is HeaderSearch.SUBSTRING:
        return _contains(field.text, value)
    if habit is HeaderSearch.PLAIN:
        found = _contains(field.text, value)
        return lambda each: not _SPECIAL & set(value) and found(each)
    if habit is HeaderSearch.BRACKETED:
        return lambda each: value in each.message.values("Message-ID")
    whole = value.strip("<>")
    return lambda each: whole in [found.strip("<>") for found in each.message.values("Message-ID")]
