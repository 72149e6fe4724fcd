"""LIST, STATUS, SELECT and the rest of what is done with folders."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.providers.grammar import (
    Arguments,
    Bad,
    Item,
    No,
    Token,
    decode_name,
    encode_name,
    quoted,
)
from tests.providers.profile import SpecialUse
from tests.providers.session import Commands, Session, Stage
from tests.providers.store import Folder

_SPECIAL = frozenset(
    {
        "\\all", "\\archive", "\\drafts", "\\flagged", "\\important", "\\junk", "\\sent",
        "\\templates", "\\trash",
    }
)  # fmt: skip


def _list(session: Session, arguments: Arguments) -> str:
    """RFC 9051 section 6.3.9, as far as special use needs it."""
    chosen = _options(arguments.list())
    reference = arguments.text()
    patterns = arguments.list() or (arguments.token(),)
    returned = _options(arguments.list()) if arguments.word("RETURN") else frozenset()
    arguments.end()
    if chosen or returned:
        session.require("LIST-EXTENDED", "SPECIAL-USE")
    if "SPECIAL-USE" in chosen | returned:
        session.require("SPECIAL-USE")
    asked = "SPECIAL-USE" in chosen | returned
    for folder in session.user.folders.values():
        special = bool(_special(folder))
        if _named(session, folder, reference, patterns) and (
            special or "SPECIAL-USE" not in chosen
        ):
            session.say(_line(session, folder, asked=asked))
    if not reference and [each.text for each in patterns if isinstance(each, Token)] == [""]:
        session.say(f'* LIST (\\Noselect) "{session.profile.delimiter}" ""')
    return "LIST completed"


def _options(items: Sequence[Item] | None) -> frozenset[str]:
    return frozenset(item.upper for item in items or () if isinstance(item, Token))


def _named(session: Session, folder: Folder, reference: str, patterns: Sequence[Item]) -> bool:
    delimiter = re.escape(session.profile.delimiter)
    for each in patterns:
        if not isinstance(each, Token):
            raise Bad("Invalid pattern")
        pattern = decode_name(reference + each.text)
        expression = re.escape(pattern).replace(r"\*", ".*").replace("%", f"[^{delimiter}]*")
        case = re.IGNORECASE if folder.box.role == "inbox" else 0
        if re.fullmatch(expression, folder.name, case):
            return True
    return False


def _special(folder: Folder) -> list[str]:
    return [each for each in folder.box.attributes.split() if each.lower() in _SPECIAL]


def _line(session: Session, folder: Folder, *, asked: bool) -> str:
    habit = session.profile.special_use
    shown = habit is SpecialUse.ALWAYS or (asked and habit is SpecialUse.ASKED)
    others = [each for each in folder.box.attributes.split() if each.lower() not in _SPECIAL]
    plain = session.profile.plain.split() if folder.box.selectable else []
    attributes = " ".join([*plain, *others, *(_special(folder) if shown else ())])
    return f'* LIST ({attributes}) "{session.profile.delimiter}" {quoted(encode_name(folder.name))}'


def _namespace(session: Session, arguments: Arguments) -> str:
    session.require("NAMESPACE")
    arguments.end()
    session.say(f'* NAMESPACE (("{session.profile.prefix}" "{session.profile.delimiter}")) NIL NIL')
    return "NAMESPACE completed"


def _status(session: Session, arguments: Arguments) -> str:
    name = arguments.token()
    folder = session.mailbox(Arguments([name]))
    items = arguments.list()
    arguments.end()
    if not items:
        raise Bad("Nothing asked")
    known = {
        "MESSAGES": len(folder.messages),
        "RECENT": 0,
        "UIDNEXT": folder.uidnext,
        "UIDVALIDITY": folder.uidvalidity,
        "UNSEEN": sum("\\Seen" not in each.flags for each in folder.messages.values()),
    }
    try:
        told = " ".join(f"{name} {known[name]}" for name in sorted(_options(items)))
    except KeyError as error:
        raise Bad("Unknown item") from error
    session.say(f"* STATUS {quoted(encode_name(folder.name))} ({told})")
    return "STATUS completed"


def _select(session: Session, arguments: Arguments) -> str:
    return _opened(session, arguments, read_only=False)


def _examine(session: Session, arguments: Arguments) -> str:
    return _opened(session, arguments, read_only=True)


def _opened(session: Session, arguments: Arguments, *, read_only: bool) -> str:
    session.unselect()  # also where it fails (RFC 9051 section 6.3.2)
    folder = session.mailbox(arguments)
    parameters = _options(arguments.list())
    arguments.end()
    for each in parameters:
        session.require(each)
    read_only = read_only or folder.read_only
    session.select(folder, read_only=read_only)
    profile = session.profile
    used = {f for m in folder.messages.values() for f in m.flags.names() if not f.startswith("\\")}
    new = sorted(used - set(profile.flags)) if "\\*" in session.user.permanent else []
    permanent = () if read_only else (*new, *session.user.permanent)
    session.say(f"* FLAGS ({' '.join((*profile.flags, *new))})")
    session.say(f"* OK [PERMANENTFLAGS ({' '.join(permanent)})] Flags permitted.")
    session.say(f"* {len(folder.messages)} EXISTS")
    session.say("* 0 RECENT")
    session.say(f"* OK [UIDVALIDITY {folder.uidvalidity}] UIDs valid.")
    if profile.uidnext:
        session.say(f"* OK [UIDNEXT {folder.uidnext}] Predicted next UID.")
    return f"[{'READ-ONLY' if read_only else 'READ-WRITE'}] selected"


def _close(session: Session, arguments: Arguments) -> str:
    """Expunges what is deleted, and says nothing of it."""
    arguments.end()
    if not session.read_only:
        for uid, message in list(session.folder.messages.items()):
            if "\\Deleted" in message.flags:
                session.user.remove(session.folder, uid)
    session.unselect()
    return "CLOSE completed"


def _unselect(session: Session, arguments: Arguments) -> str:
    session.require("UNSELECT")
    arguments.end()
    session.unselect()
    return "UNSELECT completed"


def _create(session: Session, arguments: Arguments) -> str:
    name = decode_name(arguments.text()).removesuffix(session.profile.delimiter)
    arguments.end()
    if session.user.folder(name) is not None:
        raise No("[ALREADYEXISTS] Mailbox exists")
    if not name.startswith(session.profile.prefix):
        raise No("Invalid mailbox name.")
    session.user.create(name)
    return "CREATE completed"


COMMANDS: Commands = {
    "LIST": (Stage.SIGNED_IN, _list),
    "NAMESPACE": (Stage.SIGNED_IN, _namespace),
    "STATUS": (Stage.SIGNED_IN, _status),
    "SELECT": (Stage.SIGNED_IN, _select),
    "EXAMINE": (Stage.SIGNED_IN, _examine),
    "CLOSE": (Stage.SELECTED, _close),
    "UNSELECT": (Stage.SELECTED, _unselect),
    "CREATE": (Stage.SIGNED_IN, _create),
}
