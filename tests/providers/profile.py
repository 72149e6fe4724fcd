"""What makes one provider's server other than the next, as a row of facts.

The server reads every difference from here and knows no provider by name. Where a fact has not
been measured by anybody, the row takes what is hardest on a client, and says so (`profiles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
NEW_KEYWORDS = "\\*"


class Keywords(Enum):
    """What becomes of a keyword in STORE and in APPEND."""

    KEPT = auto()
    DROPPED = auto()
    """OK, and nothing is stored: RFC 9051 section 7.1 leaves that to the server."""
    REFUSED = auto()
    """NO."""
    INVALID = auto()
    """BAD."""


class HeaderSearch(Enum):
    """What SEARCH HEADER finds. The middle three are about Message-ID, and right for other fields."""

    SUBSTRING = auto()
    """As RFC 9051 section 6.4.4 has it."""
    WHOLE = auto()
    """The whole id, with angle brackets or without."""
    BRACKETED = auto()
    """The whole id with its angle brackets."""
    PLAIN = auto()
    """A substring, unless it holds one of ``!&{}``."""
    NOTHING = auto()
    """OK, and no message, whatever is there."""
    FAILS = auto()
    """NO."""


class SpecialUse(Enum):
    """Where LIST shows special use (RFC 6154); section 2 leaves plain LIST to the server."""

    ALWAYS = auto()
    ASKED = auto()
    """For ``RETURN (SPECIAL-USE)`` only."""
    NEVER = auto()


class Welcome(Enum):
    """How capabilities are told after a sign-in."""

    SILENT = auto()
    UNTAGGED = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Box:
    """A folder that the provider makes itself."""

    role: str
    """inbox, drafts, sent, trash, junk, archive, all, flagged, important; "" for none of them."""
    name: str
    """In Unicode, whole, as the user of that language sees it."""
    attributes: str = ""
    """Its special use and whatever else LIST says of it alone."""

    @property
    def selectable(self) -> bool:
        return "\\Noselect" not in self.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One provider. What is not said is as RFC 9051 has it."""

    name: str
    host: str
    """The name by which a client would know it."""

    # --- signing in ---
    greeting: str
    before: str
    """Capabilities before the sign-in."""
    after: str
    """Capabilities after it."""
    greets: bool = True
    """Whether the greeting carries the capabilities."""
    welcome: Welcome = Welcome.SILENT
    passwords: bool = True
    """Whether a password is ever accepted; False: tokens only."""
    refusal: str = "[AUTHENTICATIONFAILED] Authentication failed."
    connections: int = 0
    """How many a user may have at once; 0: no limit is known."""
    identity: str = "NIL"
    """The answer to ID."""

    # --- folders ---
    boxes: tuple[Box, ...]
    delimiter: str = "/"
    prefix: str = ""
    """Before the name of every folder but INBOX."""
    plain: str = "\\HasNoChildren"
    """What LIST says of every folder that can be selected."""
    special_use: SpecialUse = SpecialUse.ALWAYS
    uidnext: bool = True
    """Whether SELECT tells UIDNEXT."""

    # --- flags ---
    flags: tuple[str, ...] = SYSTEM_FLAGS
    """The FLAGS line."""
    permanent: tuple[str, ...] = (*SYSTEM_FLAGS, NEW_KEYWORDS)
    """The PERMANENTFLAGS line: what the server says that it keeps."""
    keywords: Keywords = Keywords.KEPT
    """What it does."""
    bare_flags: bool = True
    """Whether STORE takes flags without parentheses (RFC 9051 section 9, store-att-flags)."""
    draft_settable: bool = True
    """Whether STORE can set and take off \\Draft; where not, it is OK and nothing."""

    # --- searching and fetching ---
    header_search: HeaderSearch = HeaderSearch.SUBSTRING
    quoted_field: bool = True
    """Whether SEARCH HEADER takes a field's name in quotes."""
    keyword_search: bool = True
    """Whether SEARCH KEYWORD is understood."""
    charsets: bool = True
    """Whether SEARCH takes CHARSET UTF-8."""
    last_for_star: bool = True
    """Whether ``n:*`` beyond the last UID finds the last message (RFC 9051 section 9, seq-range)."""
    trailing_space: bool = False
    """Whether the SEARCH answer ends with a space."""
    first_items: tuple[str, ...] = ("UID",)
    """What FETCH answers first, whatever order was asked for."""
    quoted_fields: bool = False
    """Whether FETCH names header fields in quotes in its answer."""
    rfc822: bool = True
    """Whether FETCH RFC822 brings the message."""

    # --- changing ---
    reports_uids: bool = True
    """Whether APPENDUID and COPYUID come with UIDPLUS."""
    takes_nul: bool = True
    """Whether APPEND takes a NUL."""
    refuses_early: bool = False
    """Whether an APPEND that can't be is refused before its literal (RFC 9051 section 7.6)."""
    drops_from_drafts: tuple[str, ...] = ()
    """Header fields that an appended draft loses."""
    moves_into: str = ""
    """A COPY into a folder whose name begins so moves the message."""
    labels: bool = False
    """Whether folders are labels on one store of messages, as Gmail has it."""

    # --- the line ---
    longest_word: int = 65_536
    """Bytes of one word of a command; a longer one ends the connection."""
    unknown: str = "BAD Unknown command"
    """The answer to a command that it doesn't know, or can't read."""

    @property
    def capabilities(self) -> frozenset[str]:
        """After the sign-in, in upper case."""
        return frozenset(self.after.upper().split())

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms that it announces."""
        words = self.before.upper().split()
        return frozenset(word.removeprefix("AUTH=") for word in words if word.startswith("AUTH="))

    def box(self, role: str) -> Box | None:
        return next((box for box in self.boxes if box.role == role), None)
