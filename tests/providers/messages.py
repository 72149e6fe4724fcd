"""STORE, COPY, APPEND and EXPUNGE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.providers.fetch import fetch, say_fetch
from tests.providers.grammar import (
    Arguments,
    Bad,
    Item,
    No,
    Token,
    decode_name,
    parse,
    uid_set,
    written_set,
)
from tests.providers.labels import LabelUser
from tests.providers.profile import Keywords
from tests.providers.search import search
from tests.providers.session import Commands, Session, Stage
from tests.providers.store import Folder, NoRoom

_STORE = re.compile(r"([+-]?)(FLAGS|X-GM-LABELS)(\.SILENT)?")
_LITERAL = re.compile(rb"\{\d+\+?\}\r\n\Z")
_REFUSED = "Error in IMAP command received by server."
"""What Courier says of a keyword, in STORE and in APPEND."""


def _store(session: Session, arguments: Arguments) -> str:
    wanted = arguments.text()
    asked = _STORE.fullmatch(arguments.token().upper)
    if asked is None:
        raise Bad("Unknown item")
    change, item, silent = asked.groups()
    words = _words(session, arguments)
    if session.read_only:
        raise No("[READ-ONLY] Mailbox is read-only")
    uids = [uid for uid in sorted(uid_set(wanted, session.known)) if session.message(uid)]
    if item == "FLAGS":
        _store_flags(session, uids, change, words, silent=bool(silent))
    else:
        _store_labels(session, uids, change, words, silent=bool(silent))
    return "STORE completed"


def _words(session: Session, arguments: Arguments) -> list[str]:
    """Flags or labels, in parentheses or, where the provider takes that, without."""
    listed = arguments.list()
    if listed is None:
        if not session.profile.bare_flags:
            raise Bad("Parentheses are missing")
        listed = (arguments.token(),)
        while arguments:
            listed += (arguments.token(),)
    arguments.end()
    return _texts(listed)


def _texts(items: Iterable[Item]) -> list[str]:
    texts = []
    for each in items:
        if not isinstance(each, Token):
            raise Bad("Unexpected list")
        texts.append(each.text)
    return texts


def _store_flags(
    session: Session, uids: list[int], change: str, flags: list[str], *, silent: bool
) -> None:
    kept = _kept(session, flags, appending=False)
    for uid in uids:
        message = session.folder.messages[uid]
        session.user.flag(message, change, kept)
        if uid in session.folder.messages:
            session.told(uid)
            if not silent:
                say_fetch(session, uid, message, ["FLAGS"])
    session.user.changed()


def _store_labels(
    session: Session, uids: list[int], change: str, labels: list[str], *, silent: bool
) -> None:
    session.require("X-GM-EXT-1")
    user = session.user
    if not isinstance(user, LabelUser):
        raise Bad("Unknown item")
    for uid in uids:
        message = session.folder.messages[uid]
        user.relabel(message, change, [decode_name(each) for each in labels], session.folder)
        if not silent:
            say_fetch(session, uid, message, ["X-GM-LABELS"])
    user.changed()


def _kept(session: Session, flags: list[str], *, appending: bool) -> list[str]:
    """What the server keeps of these flags.

    Raises:
        No, Bad: where it refuses keywords.
    """
    if {"\\*", "\\recent"} & {flag.lower() for flag in flags}:
        raise Bad("Invalid flag")
    if any(not flag.startswith("\\") for flag in flags):
        if session.user.keywords is Keywords.REFUSED:
            raise No(_REFUSED)
        if session.user.keywords is Keywords.INVALID:
            raise Bad("Invalid flag")
    return session.user.kept(flags, appending=appending)


def _copy(session: Session, arguments: Arguments) -> str:
    uids = sorted(uid_set(arguments.text(), session.known))
    target = session.mailbox(arguments, "TRYCREATE")
    arguments.end()
    uids = [uid for uid in uids if session.message(uid)]
    copies = [session.user.copy(session.folder, uid, target) for uid in uids]
    session.user.changed()
    code = f"COPYUID {target.uidvalidity} {written_set(uids)} {written_set(copies)}"
    return f"{_reported(session, code) if uids else ''}COPY completed"


def _append(session: Session, arguments: Arguments) -> str:
    folder, flags = _destination(session, arguments)
    message, arrived = arguments.token(), datetime.now(UTC)
    if message.kind == "quoted":
        arrived = _arrived(message.text)
        message = arguments.token()
    arguments.end()
    if message.kind != "literal":
        raise Bad("Expected a literal")
    if b"\0" in message.data and not session.profile.takes_nul:
        raise No("Message contains NUL characters")
    try:
        uid = session.user.deliver(folder, _stored(session, folder, message.data), arrived, flags)
    except NoRoom as error:
        raise No("[OVERQUOTA] Quota exceeded") from error
    return f"{_reported(session, f'APPENDUID {folder.uidvalidity} {uid}')}APPEND completed"


def _destination(session: Session, arguments: Arguments) -> tuple[Folder, list[str]]:
    """Where an APPEND goes, and with which flags.

    Raises:
        No, Bad: where it can't go.
    """
    folder = session.mailbox(arguments, "TRYCREATE")
    return folder, _kept(session, _texts(arguments.list() or ()), appending=True)


def refused_early(session: Session, line: bytes) -> str:
    """The answer to an APPEND before its literal is asked for; "" where it may come."""
    if not session.profile.refuses_early or session.stage is Stage.GREETED:
        return ""
    try:
        _destination(session, Arguments(parse(_LITERAL.sub(b"{0}\r\n\r\n", line)).items))
    except No as refusal:
        return f"NO {refusal}"
    except Bad:
        return session.profile.unknown
    return ""


def _arrived(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError as error:
        raise Bad("Invalid date") from error


def _stored(session: Session, folder: Folder, raw: bytes) -> bytes:
    """What becomes of an appended message: a draft may lose header fields."""
    dropped = session.profile.drops_from_drafts if folder.box.role == "drafts" else ()
    for name in dropped:
        field = rf"(?im)^{re.escape(name)}:[^\n]*\n(?:[ \t][^\n]*\n)*".encode()
        header, separator, body = raw.partition(b"\r\n\r\n")
        raw = re.sub(field, b"", header + b"\r\n").removesuffix(b"\r\n") + separator + body
    return raw


def _reported(session: Session, code: str) -> str:
    uidplus = "UIDPLUS" in session.profile.capabilities and session.profile.reports_uids
    return f"[{code}] " if uidplus else ""


def _expunge(session: Session, arguments: Arguments) -> str:
    return _expunged(session, None, arguments)


def _uid_expunge(session: Session, arguments: Arguments) -> str:
    """RFC 4315 section 2.1."""
    session.require("UIDPLUS")
    return _expunged(session, uid_set(arguments.text(), session.known), arguments)


def _expunged(session: Session, chosen: set[int] | None, arguments: Arguments) -> str:
    arguments.end()
    if session.read_only:
        raise No("[READ-ONLY] Mailbox is read-only")
    for uid, message in list(session.folder.messages.items()):
        if "\\Deleted" in message.flags and (chosen is None or uid in chosen):
            session.user.remove(session.folder, uid)
    return "EXPUNGE completed"


COMMANDS: Commands = {
    "UID SEARCH": (Stage.SELECTED, search),
    "UID FETCH": (Stage.SELECTED, fetch),
    "UID STORE": (Stage.SELECTED, _store),
    "UID COPY": (Stage.SELECTED, _copy),
    "UID EXPUNGE": (Stage.SELECTED, _uid_expunge),
    "EXPUNGE": (Stage.SELECTED, _expunge),
    "APPEND": (Stage.SIGNED_IN, _append),
}
