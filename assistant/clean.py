"""What strangers' text may still hold when it leaves this program: into a header, onto a terminal.

Pure. Everything that a stranger wrote and that is shown, or put into a draft, passes through here.
"""

from __future__ import annotations

import re
import unicodedata

# Bidirectional overrides and isolates, zero-width characters, the byte order mark: they make text
# read otherwise than it is (UTS 39; RFC 7103 section 7).
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")
_UNSHOWN = ("Cc", "Cs", "Cf")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_DEVIANT = frozenset("ßς\u200c\u200d")
LONGEST_ID = 250
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The only hosts that may ever be spoken to without encryption."""


def clean_text(text: str, longest: int) -> str:
    """One line of printable text: controls and invisible characters out, at most so long."""
    if text.isascii() and text.isprintable():  # the usual case, at a tenth of the cost
        kept = " ".join(text.split())
    else:
        line = " ".join(_INVISIBLE.sub("", text).split())
        shown = (c for c in line[: 4 * longest] if unicodedata.category(c) not in _UNSHOWN)
        kept = " ".join("".join(shown).split())
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def clean_lines(text: str) -> str:
    """Text of several lines that is safe on a terminal: line ends and tabs are the only controls."""
    return "".join(
        c
        for c in _INVISIBLE.sub("", text)
        if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cf")
    )


def is_plain_address(email: str) -> bool:
    """Whether an address can be written to without quoting, encoding or guessing.

    A dot-atom local part and a domain of ASCII labels (RFC 5322 section 3.4.1); anything else is
    rare, and more often an attack on parsers than somebody's address (RFC 7103 section 7.1).
    """
    local, _, domain = email.rpartition("@")
    return bool(
        _LOCAL.fullmatch(local)
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and _DOMAIN.fullmatch(domain)
    )


def a_label(email: str) -> str:
    """An address with its domain as mail servers know it: ``bücher.example`` is ``xn--bcher-kva.example``.

    Unchanged where that can't be told for sure: "ß" and three others name one domain by the old
    standard and another by the new one (RFC 5894 section 7.2).
    """
    local, at, domain = email.rpartition("@")
    if domain.isascii() or not _DEVIANT.isdisjoint(domain.lower()):
        return email
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return email


def is_message_id(text: str) -> bool:
    """Whether an id can be repeated in a header as it is (RFC 5322 section 3.6.4)."""
    return len(text) <= LONGEST_ID and bool(_MESSAGE_ID.fullmatch(text))
