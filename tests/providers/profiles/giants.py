"""Gmail, Microsoft, Yahoo and Apple. What the marks mean stands in the package."""

from __future__ import annotations

from dataclasses import replace

from tests.providers.profile import (
    SYSTEM_FLAGS,
    Box,
    HeaderSearch,
    Keywords,
    Profile,
    SpecialUse,
    Welcome,
)

# Capabilities, greeting, LIST, labels and order of FETCH [M]: notes of 2026-09-16, see `labels`.
# German names [T]: crazycapivara/imapr README. Ids with !&{} are missed [R]: MailKit#359, #647.
# 15 connections [R]: wildduck#35; the words of the refusal [T]: several clients' tests.
GMAIL = Profile(
    name="gmail",
    host="imap.gmail.com",
    greeting="Gimap ready for requests from 127.0.0.1 k2if6111336rvb",
    before=(
        "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR "
        "AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER"
    ),
    after=(
        "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS "
        "COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS "
        "LITERAL- SPECIAL-USE APPENDLIMIT=35651584"
    ),
    greets=False,
    welcome=Welcome.UNTAGGED,
    refusal="[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    connections=15,
    identity='("name" "GImap" "vendor" "Google, Inc.")',
    boxes=(
        Box("inbox", "INBOX"),
        Box("", "[Gmail]", "\\HasChildren \\Noselect"),
        Box("all", "[Gmail]/Alle Nachrichten", "\\All"),
        Box("drafts", "[Gmail]/Entwürfe", "\\Drafts"),
        Box("sent", "[Gmail]/Gesendet", "\\Sent"),
        Box("flagged", "[Gmail]/Markiert", "\\Flagged"),
        Box("trash", "[Gmail]/Papierkorb", "\\Trash"),
        Box("junk", "[Gmail]/Spam", "\\Junk"),
        Box("important", "[Gmail]/Wichtig", "\\Important"),
    ),
    flags=(*SYSTEM_FLAGS, "$NotPhishing", "$Phishing"),
    permanent=(*SYSTEM_FLAGS, "$NotPhishing", "$Phishing", "\\*"),
    header_search=HeaderSearch.PLAIN,
    first_items=("X-GM-THRID", "X-GM-MSGID", "X-GM-LABELS", "UID"),
    labels=True,
    unknown="BAD Could not parse command",
)

# A keyword: PERMANENTFLAGS [T] (MailKit#1449); dropped in silence [R]; on one server of 2017 the
# STORE was BAD (node-imap#602). SEARCH KEYWORD is BAD [T] (imap_tools#181, node-imap#214), CHARSET
# UTF-8 is refused [T] (MailKit#16). UID comes late in FETCH [T] (django-mailbox#232). Special use is
# shown and not announced [T] (MailKit#1282). \Draft must be in the APPEND [R] (himalaya#662).
EXCHANGE = Profile(
    name="exchange",
    host="mail.example.com",
    greeting="The Microsoft Exchange IMAP4 service is ready.",
    before=(
        "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=NTLM AUTH=GSSAPI SASL-IR UIDPLUS MOVE ID UNSELECT "
        "CHILDREN IDLE NAMESPACE LITERAL+"
    ),
    after=(
        "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=NTLM AUTH=GSSAPI SASL-IR UIDPLUS MOVE ID UNSELECT "
        "XPROXY3 CLIENTNETWORKPRESENCELOCATION CHILDREN IDLE NAMESPACE LITERAL+"
    ),
    greets=False,
    refusal="LOGIN failed.",
    identity='("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")',
    boxes=(
        Box("inbox", "INBOX", "\\Marked"),
        Box("drafts", "Drafts", "\\Drafts"),
        Box("sent", "Sent Items", "\\Sent"),
        Box("trash", "Deleted Items", "\\Trash"),
        Box("junk", "Junk Email", "\\Junk"),
        Box("", "Calendar"),
    ),
    flags=(*SYSTEM_FLAGS, "$MDNSent"),
    permanent=(*SYSTEM_FLAGS, "$MDNSent"),
    keywords=Keywords.DROPPED,
    draft_settable=False,
    keyword_search=False,
    charsets=False,
    first_items=("FLAGS", "RFC822.SIZE", "UID"),
    unknown="BAD Command Argument Error. 11",
)

# Microsoft 365 and Outlook.com: as above, and no password is taken. LOGINDISABLED [T] (imapflow#392);
# older, without it: imapsync#368.
EXCHANGE_ONLINE = replace(
    EXCHANGE,
    name="exchange-online",
    host="outlook.office365.com",
    before=(
        "IMAP4 IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE "
        "NAMESPACE LITERAL+"
    ),
    after=(
        "IMAP4 IMAP4rev1 AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CLIENTACCESSRULES "
        "CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE CHILDREN IDLE NAMESPACE LITERAL+"
    ),
    passwords=False,
)

# Capabilities, without IDLE, and flags [T]: imapflow's quirk transcripts, MailKit#358. Names and
# special use [T]: "Draft", "Bulk Mail". HEADER finds nothing [R] (mailcore2#823) or is refused [T]
# (node-imap#737, MailKit#1055). The space after SEARCH [R]: imap_tools#97.
YAHOO = Profile(
    name="yahoo",
    host="imap.mail.yahoo.com",
    greeting="IMAP4rev1 Hello",
    before=(
        "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER ID MOVE NAMESPACE "
        "XYMHIGHESTMODSEQ UIDPLUS LITERAL+ CHILDREN X-MSG-EXT UNSELECT OBJECTID"
    ),
    after=(
        "IMAP4rev1 ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS LITERAL+ CHILDREN X-MSG-EXT "
        "UNSELECT OBJECTID"
    ),
    refusal="[AUTHENTICATIONFAILED] LOGIN Invalid credentials",
    identity='("name" "Yahoo" "vendor" "Yahoo Inc")',
    boxes=(
        Box("archive", "Archive", "\\Archive"),
        Box("junk", "Bulk Mail", "\\Junk"),
        Box("drafts", "Draft", "\\Drafts"),
        Box("inbox", "Inbox"),
        Box("sent", "Sent", "\\Sent"),
        Box("trash", "Trash", "\\Trash"),
    ),
    flags=(*SYSTEM_FLAGS, "$Forwarded", "$Junk", "$NotJunk"),
    permanent=(*SYSTEM_FLAGS, "$Forwarded", "$Junk", "$NotJunk"),
    keywords=Keywords.DROPPED,
    header_search=HeaderSearch.NOTHING,
    trailing_space=True,
    unknown="BAD [CLIENTBUG] Command arguments invalid",
)
YAHOO_BUSY = replace(YAHOO, name="yahoo-busy", header_search=HeaderSearch.FAILS)
"""The other thing that Yahoo and AOL do with a header search: they say NO."""

# Capabilities and LIST, without special use [T]: nextcloud/mail#3401, snappymail#850. RFC822 brings
# nothing [R] (imaplib2#56). STORE without parentheses is BAD [R] (horde/Imap_Client#29), a quoted
# field name in SEARCH HEADER as well [T] (node-imap#775). Message-ID is found with its brackets only
# [R] (nikolausm/imap-mcp-server#90). PERMANENTFLAGS has \* [T] (node-imap#230); that keywords stay [A].
ICLOUD = Profile(
    name="icloud",
    host="imap.mail.me.com",
    greeting="(2109B29-d3afe4d5aba6) pv33p00im-iscream021.me.com",
    before="XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN",
    after=(
        "XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 CONDSTORE ENABLE QRESYNC QUOTA XAPPLELITERAL NAMESPACE "
        "UIDPLUS CHILDREN BINARY UNSELECT SORT CATENATE URLAUTH LANGUAGE ESEARCH ESORT "
        "THREAD=ORDEREDSUBJECT THREAD=REFERENCES CONTEXT=SEARCH CONTEXT=SORT WITHIN SASL-IR "
        "SEARCHRES METADATA ID XMSEARCH X-SUN-SORT ANNOTATE-EXPERIMENT-1 X-UNAUTHENTICATE "
        "X-SUN-IMAP XUM1 MULTISEARCH IDLE X-APPLE-REMOTE-LINKS LIST-STATUS"
    ),
    boxes=(
        Box("inbox", "INBOX", "\\Noinferiors"),
        Box("archive", "Archive"),
        Box("trash", "Deleted Messages"),
        Box("drafts", "Drafts"),
        Box("junk", "Junk"),
        Box("sent", "Sent Messages"),
    ),
    plain="",
    special_use=SpecialUse.NEVER,
    bare_flags=False,
    header_search=HeaderSearch.BRACKETED,
    quoted_field=False,
    rfc822=False,
    unknown="BAD Parse Error",
)
