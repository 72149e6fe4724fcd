"""Smaller services. What the marks mean stands in the package."""

from __future__ import annotations

from tests.providers.profile import (
    SYSTEM_FLAGS,
    Box,
    HeaderSearch,
    Keywords,
    Profile,
    SpecialUse,
    Welcome,
)

# Greeting [T]; LIST [T] (a NixOS mail server's manual); keywords stay and are not shown on the web [R]
# (fastmail/JMAP-Samples#36). The rest [A]: as the Cyrus that it is made of.
FASTMAIL = Profile(
    name="fastmail",
    host="imap.fastmail.com",
    greeting="IMAP4 ready",
    before="IMAP4 IMAP4rev1 LITERAL+ SASL-IR ID AUTH=PLAIN AUTH=LOGIN",
    after=(
        "IMAP4rev1 LITERAL+ ID ENABLE CHILDREN CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS MOVE "
        "NAMESPACE OBJECTID QRESYNC QUOTA SORT SPECIAL-USE UIDPLUS UNSELECT WITHIN IDLE"
    ),
    greets=False,
    boxes=(
        Box("inbox", "INBOX"),
        Box("archive", "Archive", "\\Archive"),
        Box("drafts", "Drafts", "\\Drafts"),
        Box("sent", "Sent", "\\Sent"),
        Box("junk", "Spam", "\\Noinferiors \\Junk"),
        Box("trash", "Trash", "\\Trash"),
    ),
)

# Capabilities [T]: MailKit#1728, where XLIST shows special use, and LIST need not. \* in FLAGS [T]:
# chatmail/core#1834, imap-proto#91. PERMANENTFLAGS with \*, and that nothing is stored [A].
ZOHO = Profile(
    name="zoho",
    host="imap.zoho.com",
    greeting="svwall.zoho.com IMAP4 Server (Zoho Mail IMAP4rev1 Server version 1.0)",
    before=(
        "IMAP4rev1 UNSELECT CHILDREN XLIST NAMESPACE IDLE MOVE ID AUTH=PLAIN SASL-IR UIDPLUS "
        "ESEARCH LIST-EXTENDED LIST-STATUS WITHIN LITERAL- ACL CONDSTORE"
    ),
    after=(
        "IMAP4rev1 UNSELECT CHILDREN XLIST NAMESPACE IDLE MOVE ID AUTH=PLAIN SASL-IR UIDPLUS "
        "ESEARCH LIST-EXTENDED LIST-STATUS WITHIN LITERAL- ACL CONDSTORE"
    ),
    greets=False,
    welcome=Welcome.UNTAGGED,
    boxes=(
        Box("inbox", "INBOX"),
        Box("drafts", "Drafts"),
        Box("", "Templates"),
        Box("sent", "Sent"),
        Box("junk", "Spam"),
        Box("trash", "Trash"),
    ),
    special_use=SpecialUse.NEVER,
    flags=(*SYSTEM_FLAGS, "\\*"),
    keywords=Keywords.DROPPED,
)

# Greeting, flags and LIST [T]: mox#66, gluon#331. Keywords [S]: gluon (the Bridge's server) keeps any
# flag for itself, promises none, and Proton never hears of it (bridge#284). No APPENDUID [T]: Bridge
# 1.6.2 (bridge#170); gluon of 2024 reports it again [S]. A draft loses In-Reply-To and References [R]:
# bridge#528. A COPY into Folders/ moves [R]: bridge#456. UIDs may change [R]: bridge#220.
PROTON = Profile(
    name="proton",
    host="127.0.0.1",
    greeting="Proton Mail Bridge 03.04.02 - gluon session ID 172",
    before="ID IDLE IMAP4rev1 MOVE STARTTLS UIDPLUS UNSELECT",
    after="ID IDLE IMAP4rev1 MOVE STARTTLS UIDPLUS UNSELECT",
    welcome=Welcome.CODE,
    refusal="no such user",
    identity='("name" "Proton Mail Bridge" "version" "03.04.02" "os" "linux" "vendor" "Proton AG")',
    boxes=(
        Box("archive", "Archive", "\\Archive \\Noinferiors"),
        Box("all", "All Mail", "\\All \\Noinferiors"),
        Box("drafts", "Drafts", "\\Drafts \\Noinferiors"),
        Box("", "Folders", "\\Noselect"),
        Box("inbox", "INBOX", "\\Noinferiors"),
        Box("", "Labels", "\\Noselect"),
        Box("sent", "Sent", "\\Noinferiors \\Sent"),
        Box("junk", "Spam", "\\Junk \\Noinferiors"),
        Box("flagged", "Starred", "\\Flagged \\Noinferiors"),
        Box("trash", "Trash", "\\Noinferiors \\Trash"),
    ),
    plain="\\Unmarked",
    flags=("\\Deleted", "\\Flagged", "\\Seen"),
    permanent=("\\Deleted", "\\Flagged", "\\Seen"),
    reports_uids=False,
    drops_from_drafts=("In-Reply-To", "References"),
    moves_into="Folders/",
)

# Greeting, capabilities, LIST and flags [T]: a session of 2025. Message-ID is found whole only [R]:
# imap_tools#170. The connection ends in IDLE now and then [R] (imapclient#234): see Faults.cut.
YANDEX = Profile(
    name="yandex",
    host="imap.yandex.com",
    greeting="Yandex IMAP4rev1 at mail-imap-production-main-914.iva.yp-c.yandex.net:993 ready",
    before=(
        "IMAP4rev1 CHILDREN UNSELECT LITERAL+ NAMESPACE XLIST UIDPLUS ENABLE ID IDLE MOVE "
        "AUTH=PLAIN AUTH=XOAUTH2"
    ),
    after="IMAP4rev1 CHILDREN UNSELECT LITERAL+ NAMESPACE XLIST UIDPLUS ENABLE ID IDLE MOVE",
    greets=False,
    welcome=Welcome.UNTAGGED,
    boxes=(
        Box("sent", "Отправленные", "\\Unmarked \\Sent"),
        Box("junk", "Спам", "\\Unmarked \\Junk"),
        Box("trash", "Удаленные", "\\Unmarked \\Trash"),
        Box("drafts", "Черновики", "\\Unmarked \\Drafts"),
        Box("", "Черновики|template", "\\Unmarked \\Templates"),
        Box("inbox", "INBOX", "\\Marked \\NoInferiors"),
    ),
    delimiter="|",
    flags=("\\Answered", "\\Seen", "\\Draft", "\\Deleted", "$Forwarded"),
    permanent=(*SYSTEM_FLAGS, "$Forwarded", "\\*"),
    header_search=HeaderSearch.WHOLE,
    unknown="BAD Command syntax error.",
)
