"""Servers that many run themselves. What the marks mean stands in the package."""

from __future__ import annotations

from tests.providers.profile import (
    SYSTEM_FLAGS,
    Box,
    Keywords,
    Profile,
    SpecialUse,
    Welcome,
)

# Courier-IMAP 5.0.13 with IMAP_KEYWORDS=0, all [M] (Debian's package, run here by hand).
COURIER = Profile(
    name="courier",
    host="mail.example.net",
    greeting="Courier-IMAP ready. See COPYING for distribution information.",
    before=(
        "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA "
        "IDLE ENABLE UTF8=ACCEPT AUTH=PLAIN"
    ),
    after=(
        "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA "
        "IDLE ENABLE UTF8=ACCEPT"
    ),
    refusal="Login failed.",
    boxes=(
        Box("trash", "INBOX.Trash"),
        Box("sent", "INBOX.Sent"),
        Box("inbox", "INBOX", "\\Unmarked"),
        Box("drafts", "INBOX.Drafts"),
    ),
    delimiter=".",
    prefix="INBOX.",
    special_use=SpecialUse.NEVER,
    uidnext=False,
    flags=(*SYSTEM_FLAGS, "\\Recent"),
    permanent=SYSTEM_FLAGS,
    keywords=Keywords.REFUSED,
    last_for_star=False,
    quoted_fields=True,
    refuses_early=True,
    longest_word=16_384,
    unknown="NO Error in IMAP command received by server.",
)

# Cyrus 3.6.1, all [M] (Debian's package, run here by hand); lower-case special use comes from
# imapd.conf as it is usually written. Cyrus 3.0 shows it for RETURN (SPECIAL-USE) only
# (cyrus-imapd#2410): SpecialUse.ASKED.
CYRUS = Profile(
    name="cyrus",
    host="mail.example.org",
    greeting="vm Cyrus IMAP 3.6.1-Debian-3.6.1-4+deb12u5 server ready",
    before="IMAP4rev1 LITERAL+ ID ENABLE AUTH=PLAIN AUTH=LOGIN SASL-IR",
    after=(
        "IMAP4rev1 LITERAL+ ID ENABLE ACL BINARY CATENATE CHILDREN CONDSTORE CREATE-SPECIAL-USE "
        "ESEARCH LIST-EXTENDED LIST-STATUS METADATA MOVE MULTIAPPEND NAMESPACE OBJECTID QRESYNC "
        "QUOTA SAVEDATE SORT SPECIAL-USE THREAD=REFERENCES UIDPLUS UNSELECT WITHIN XLIST "
        "LOGINDISABLED COMPRESS=DEFLATE IDLE APPENDLIMIT=4294967295"
    ),
    welcome=Welcome.CODE,
    identity='("name" "Cyrus IMAPD" "version" "3.6.1-Debian-3.6.1-4+deb12u5")',
    boxes=(
        Box("inbox", "INBOX"),
        Box("drafts", "Drafts", "\\drafts"),
        Box("sent", "Sent", "\\sent"),
        Box("trash", "Trash", "\\trash"),
    ),
    first_items=("FLAGS", "UID"),
    takes_nul=False,
    unknown="BAD Unrecognized command",
)
