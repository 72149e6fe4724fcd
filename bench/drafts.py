"""Checks the bytes of a holding reply with nothing of assistant/reply: do they say what was meant?

Both of the standard library's parsers read them, the old one (compat32) and the modern one, because
mail programs disagree like they do.
"""

from __future__ import annotations

import email
import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import getaddresses, parsedate_to_datetime

from assistant.model import Address, Draft, Facts, Identity, Message, Profile, Skip, Verdict
from assistant.reading.phones import phone_numbers
from assistant.screening import no_draft
from assistant.triage import Triage

# Letters beyond ASCII, a line like an mbox's own, and a lone full stop: all must arrive.
SIGNATURE = "Zoë Hale\nStudio Šťastný – Läden & Café\nFrom 9 to 5\n."
OWNER = Profile(
    mailbox_address="zoe@studio.example",
    identities=(Identity(Address("Zoë Hale, Studio", "zoe@studio.example"), SIGNATURE),),
    stale_days=14,
    sender_days=7,
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""For a message without a Date."""
LONGEST_LINE = 998
"""Characters of a line in a message (RFC 5322 section 2.1.1)."""
_BEFORE = ["From", "To", "Subject", "Date", "Message-ID"]
_THREAD = ["In-Reply-To", "References"]
_AFTER = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")
_OUR_ID = re.compile(r"<[a-z0-9.]+@studio\.example>")
_ANSWER = re.compile(r"(?:re|aw|sv|fwd?)\s*:", re.IGNORECASE)


def replies(triage: Triage, message: Message) -> list[Draft | Skip]:
    """What the writer would get for each tone, were the message unhappy; nothing where nothing."""
    facts = Facts(OWNER, message.date or NOW, frozenset())
    if no_draft(message, facts, triage.rulebook.screening) is not None:
        return []
    # A language without wording gets the English one: what is checked here is the same in every one.
    known = {wording.language for wording in triage.rulebook.wordings}
    written = message if message.language in known else replace(message, language="en")
    phones = phone_numbers(message, "")
    verdicts = (Verdict(100, 100, (), tone, ()) for tone in triage.rulebook.tones)
    # Private, because it is the very code that a flagged message gets.
    return [triage._reply(written, facts, verdict, phones)[0] for verdict in verdicts]


def faults(message: Message, drafts: list[Draft]) -> list[str]:
    """Every way in which the bytes of the drafts for one message are not what was meant.

    They differ in their text only, so the header is read once.
    """
    heads = {draft.raw.partition(b"\r\n\r\n")[0] for draft in drafts}
    if len(heads) > 1:
        return ["header differs by tone"]
    return [
        *(fault for draft in drafts[:1] for fault in _wrong_header(message, draft)),
        *(fault for draft in drafts for fault in _wrong_text(draft)),
    ]


def _wrong_header(message: Message, draft: Draft) -> list[str]:
    """What is not as meant in the header, by both parsers; what people read comes last."""
    head = draft.raw.partition(b"\r\n\r\n")[0]
    old = email.message_from_bytes(draft.raw, policy=compat32)
    new = email.message_from_bytes(draft.raw, policy=default)
    assert isinstance(new, EmailMessage)
    names = [*_BEFORE, *(_THREAD if message.message_id else ()), *_AFTER]
    held = {
        "header is ASCII": head.isascii(),
        "header fields": old.keys() == names and new.keys() == names,
        "defects": not old.defects
        and not new.defects
        and not any(value.defects for value in new.values()),
        "date": parsedate_to_datetime(str(old["Date"])) == _seconds(message.date or NOW),
        "id": bool(_OUR_ID.fullmatch(str(old["Message-ID"]))),
        "thread": _thread(message, str(old["In-Reply-To"]), str(old["References"])),
    }
    wrong = [name for name, right in held.items() if not right]
    return wrong or _wrong_words(message, {name: str(old[name]) for name in names}, new)


def _wrong_words(message: Message, written: dict[str, str], new: EmailMessage) -> list[str]:
    """The same for what people read: from whom, to whom, about what."""
    owner, client = OWNER.identities[0].address, _client(message)
    held = {
        "to (old parser)": _addresses(written["To"]) == [client],
        "to (new parser)": _registered(new["To"]) == [client],
        "from (old parser)": _addresses(written["From"]) == [owner.email],
        "from (new parser)": _registered(new["From"]) == [owner.email],
        "from's name": new["From"].addresses[0].display_name == owner.name,
        "subject (old parser)": _subject(
            message, str(make_header(decode_header(written["Subject"])))
        ),
        "subject (new parser)": _subject(message, str(new["Subject"])),
        "text (new parser)": _unix(str(new.get_content())).endswith(f"\n{SIGNATURE}\n"),
    }
    return [name for name, right in held.items() if not right]


def _wrong_text(draft: Draft) -> list[str]:
    """The text as it arrives: every word, and the signature at its end."""
    body = quopri.decodestring(draft.raw.partition(b"\r\n\r\n")[2])
    text = _unix(body.decode("utf-8"))
    held = {
        "text": text == draft.text and text.endswith(f"\n{SIGNATURE}\n"),
        "lines": _lines_are_sound(draft.raw),
    }
    return [name for name, right in held.items() if not right]


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _lines_are_sound(raw: bytes) -> bool:
    lines = raw.split(b"\r\n")
    bare = any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    return not bare and lines[-1] == b"" and max(map(len, lines)) <= LONGEST_LINE


def _seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _client(message: Message) -> str:
    """Who is to get the answer: the writer, or where the writer wants it within the same domain."""
    assert message.sender is not None
    writer = message.sender.email
    wanted = [each.email for each in message.reply_to]
    if len(wanted) == 1 and _domain(wanted[0]) == _domain(writer):
        return wanted[0]
    return writer


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()


def _addresses(value: str) -> list[str]:
    return [address for _, address in getaddresses([value])]


def _registered(value: AddressHeader) -> list[str]:
    return [address.addr_spec for address in value.addresses]


def _subject(message: Message, written: str) -> bool:
    """``Re:`` once, then the client's subject or its beginning."""
    rest = written.removeprefix("Re: ")
    if rest == written or (_ANSWER.match(rest) and not _ANSWER.match(message.subject)):
        return False
    beginning = "".join(rest.removesuffix("…").split())
    return rest == "your message" or beginning in "".join(message.subject.split())


def _thread(message: Message, parent: str, chain: str) -> bool:
    """The client's id is the parent and the last of the chain; all ids are whole and theirs."""
    if message.message_id is None:
        return True
    ids = chain.split()
    known = {message.message_id, *message.references, *message.in_reply_to}
    return (
        parent == message.message_id == ids[-1]
        and len(set(ids)) == len(ids)
        and set(ids) <= known
        and all(map(_ID.fullmatch, ids))
    )
