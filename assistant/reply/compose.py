"""A reply's text -> the bytes of a threaded draft, read back before they leave. Pure.

The header is written from a fixed list and every value that a stranger had a hand in is cleaned
and capped, because the standard library lets a hostile subject smuggle in further headers
(CVE-2024-6923, CVE-2026-1299). No header says that a program wrote this: a person sends it, and
RFC 3834 section 5.2 keeps Auto-Submitted off a person's mail.
"""

from __future__ import annotations

import email
import email.header
import email.utils
import hashlib
import quopri
import re
from dataclasses import replace
from datetime import datetime
from email.policy import compat32

from assistant.clean import clean_text, is_plain_address
from assistant.domains import is_shared
from assistant.errors import AssistantError
from assistant.model import Address, Draft, Facts, Identity, Message, Profile
from assistant.reply.quoting import with_quote

LONGEST_SUBJECT = 200
MOST_REFERENCES = 21
_RE = re.compile(r"\s*(?:re|aw|antw|sv|vs|odp|rv|tr|res)\s*(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")


class UnsafeDraft(AssistantError):
    """The bytes do not read back as exactly the draft that was meant."""


def draft_id(profile: Profile, identity: str) -> str:
    """The Message-ID of the one holding reply that a message can ever get.

    Derived from the mailbox's address and the message's identity alone, so that a lost state
    file or a second machine arrives at the same one; ``[a-z0-9.]@host``, which every server's
    SEARCH finds (Gmail's misses ids with other characters).
    """
    return derived_id(profile, "h", identity)


def derived_id(profile: Profile, sign: str, *names: str) -> str:
    """A Message-ID that only the mailbox and these names decide; `sign` tells kinds of drafts apart."""
    mailbox = profile.mailbox_address.casefold()
    host = mailbox.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        host = "inbox-assistant.invalid"
    digest = hashlib.sha256("\0".join((mailbox, *names)).encode()).hexdigest()[:32]
    return f"<{sign}.{digest}@{host}>"


def recipient(message: Message) -> Address | None:
    """The writer; a Reply-To counts only within the writer's own domain (DESIGN: holding reply)."""
    sender = message.sender
    if sender is None:
        return None
    doubtful = any(defect.code == "reply-address" for defect in message.defects)
    if len(message.reply_to) == 1 and not doubtful:
        wanted = message.reply_to[0]
        near = _domain(wanted) == _domain(sender) and not is_shared(_domain(sender))
        if (near or wanted.key == sender.key) and is_plain_address(wanted.email):
            return Address(wanted.name or sender.name, wanted.email)
    return sender


def identity_for(message: Message, profile: Profile) -> Identity:
    """The user's identity that the client wrote to, or the first one."""
    for address in (*message.to, *message.cc, *message.delivered_to):
        for own in profile.identities:
            if address.key in (own.address.key, *own.aliases):
                return own
    return profile.identities[0]


def reply_subject(subject: str, unnamed: str = "your message") -> str:
    """``Re:`` once, whatever answers the subject has been through; `unnamed` stands for none."""
    rest = clean_text(subject, LONGEST_SUBJECT)
    while found := _RE.match(rest):
        rest = rest[found.end() :]
    return f"Re: {rest.strip()}" if rest.strip() else f"Re: {unnamed}"


def references(message: Message) -> tuple[str, ...]:
    """RFC 5322 section 3.6.4: the parent's References (or single In-Reply-To), then its id."""
    if message.message_id is None:
        return ()
    before = message.references
    if not before and len(message.in_reply_to) == 1:
        before = message.in_reply_to
    # The parent comes last, even where a hostile message names itself among its ancestors.
    older = (each for each in dict.fromkeys(before) if each != message.message_id)
    chain = (*older, message.message_id)
    if len(chain) > MOST_REFERENCES:
        chain = (chain[0], *chain[-(MOST_REFERENCES - 1) :])
    return chain


def compose(
    message: Message, facts: Facts, text: str, original: str = "", unnamed: str = "your message"
) -> Draft:
    """The draft of a holding reply.

    Args:
        text: the reply, without signature.
        original: the quoted message; it stands where the profile wants it.
        unnamed: the subject of a reply to mail that has none.

    Raises:
        UnsafeDraft: where the bytes, read back, are not exactly what was meant.
    """
    profile = facts.profile
    identity = identity_for(message, profile)
    body = signed(text, identity.signature or identity.address.name)
    return written(
        profile,
        facts.now,
        message_id=draft_id(profile, message.identity),
        sender=identity.address,
        to=recipient(message),
        subject=reply_subject(message.subject, unnamed),
        text=with_quote(body, original, profile.quote),
        thread=references(message),
    )


def signed(text: str, signature: str) -> str:
    """A letter's text with what stands below it, if anything does."""
    return f"{text}\n{signature}\n" if signature else f"{text}\n"


def written(
    profile: Profile,
    now: datetime,
    *,
    message_id: str,
    sender: Address,
    to: Address | None,
    subject: str,
    text: str,
    thread: tuple[str, ...],
) -> Draft:
    """A draft with its bytes, read back.

    Args:
        text: the whole of it, signature included.
        thread: the ids of the messages that it follows, the one that it answers last.

    Raises:
        UnsafeDraft: where nobody can be written to safely, or the bytes are not exactly what was meant.
    """
    if to is None or not is_plain_address(to.email):
        raise UnsafeDraft("the sender's address can't be written to safely")
    if profile.owns(to):
        raise UnsafeDraft("the answer would go to yourself")
    if not is_plain_address(sender.email):
        raise UnsafeDraft(f"your own address {sender.email!r} can't be written as it is")
    shown = Address(clean_text(to.name, 80), to.email)
    draft = Draft(message_id, sender, shown, subject, text, raw=b"")
    headers = _headers(draft, thread, now)
    payload = quopri.encodestring(text.encode("utf-8"))
    head = "".join(f"{name}: {value}\n" for name, value in headers)
    if not head.isascii():
        raise UnsafeDraft("a header would hold letters that are not ASCII")
    raw = b"\r\n".join((head.encode("ascii") + b"\n" + payload).splitlines()) + b"\r\n"
    _read_back(raw, headers, draft)
    return replace(draft, raw=raw)


def _headers(draft: Draft, chain: tuple[str, ...], now: datetime) -> list[tuple[str, str]]:
    threading = [("In-Reply-To", chain[-1]), ("References", "\n ".join(chain))] if chain else []
    return [
        ("From", _mailbox(draft.sender)),
        ("To", _mailbox(draft.to)),
        ("Subject", _encoded(draft.subject, "Subject")),
        ("Date", email.utils.format_datetime(now)),
        ("Message-ID", draft.message_id),
        *threading,
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]


def _mailbox(address: Address) -> str:
    if not address.name:
        return address.email
    if _is_literal(address.name):
        return email.utils.formataddr((address.name, address.email))
    return f"{_encoded(address.name, 'From')} <{address.email}>"


def _encoded(text: str, name: str) -> str:
    """RFC 2047; lines of at most 76 characters."""
    charset = "us-ascii" if _is_literal(text) else "utf-8"
    return email.header.Header(text, charset, header_name=name, maxlinelen=76).encode(linesep="\n")


def _is_literal(text: str) -> bool:
    """Whether a reader shows these characters as they stand: no encoded word among them."""
    return text.isascii() and "=?" not in text


def _read_back(raw: bytes, headers: list[tuple[str, str]], draft: Draft) -> None:
    """Parse the finished bytes and compare with what was meant (research: threat 2)."""
    parsed = email.message_from_bytes(raw, policy=compat32)
    names = [name for name, _ in headers]
    if parsed.keys() != names or parsed.defects:
        raise UnsafeDraft("the finished draft would hold headers that were not meant")
    to = email.utils.getaddresses([str(parsed["To"])])
    sender = email.utils.getaddresses([str(parsed["From"])])
    if [each[1] for each in to] != [draft.to.email]:
        raise UnsafeDraft("the finished draft would go to somebody else")
    if [each[1] for each in sender] != [draft.sender.email]:
        raise UnsafeDraft("the finished draft would come from somebody else")
    subject = str(email.header.make_header(email.header.decode_header(str(parsed["Subject"]))))
    if "".join(subject.split()) != "".join(draft.subject.split()):
        raise UnsafeDraft("the subject does not survive being written")
    body = parsed.get_payload(decode=True)
    if not isinstance(body, bytes) or body.decode("utf-8").splitlines() != draft.text.splitlines():
        raise UnsafeDraft("the text does not survive being written")


def _domain(address: Address) -> str:
    return address.key.rpartition("@")[2]
