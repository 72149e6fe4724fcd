"""Threads as a case holds them: our own writing, judged by the shipped rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from assistant import rulebook
from assistant.cases.clocks import clocks
from assistant.cases.stages import progress
from assistant.model import (
    Address,
    Allowed,
    Calling,
    Case,
    Client,
    Cut,
    Entry,
    Letter,
    Note,
    Reading,
)
from assistant.tone.judge import Judge
from tests.builders import message

LONDON = ZoneInfo("Europe/London")
CALLING = Calling(zone=LONDON, hours=((9 * 60, 17 * 60),))
LANGUAGES = ("de", "en", "es", "fr")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLIENT = Address("Ilse Brandt", "ilse@brandtoptics.example")
PARTNER = Address("Joost Brandt", "joost@brandtoptics.example")
ME = Address("Robin Hale", "robin@halestudio.example")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of a thread in a test, so long after a Monday at nine."""

    days: float
    text: str
    inward: bool = True
    sender: Address = CLIENT
    cc: tuple[Address, ...] = ()
    subject: str = "Re: Shop pages"
    language: str = "en"
    signature: str = ""
    offset: int | None = None
    message_id: str | None = ""
    """Empty: one that is made up."""
    kind: str = ""


def ours(days: float, text: str, kind: str = "") -> Mail:
    return Mail(days, text, inward=False, sender=ME, kind=kind)


@cache
def _judge() -> Judge:
    return Judge(rulebook.load())


def letter(mail: Mail, number: int) -> Letter:
    """A message as a case holds it; the client's is judged."""
    at = MONDAY + timedelta(days=mail.days)
    mid = f"<{number}.{mail.sender.email}>" if mail.message_id == "" else mail.message_id
    read = message(
        mail.text,
        identity=f"mid-{number}",
        message_id=mid,
        sender=mail.sender,
        to=(ME,) if mail.inward else (CLIENT,),
        cc=mail.cc,
        subject=mail.subject,
        date=at,
        language=mail.language,
        offset=mail.offset,
        cuts=(Cut("signature", mail.signature),) if mail.signature else (),
    )
    known = read if mail.language in LANGUAGES else replace(read, language="en")
    verdict = _judge().judge(Reading(known)) if mail.inward else None
    heat = verdict.tone.heat if verdict and verdict.tone else 0
    return Letter(read, Entry(at, mail.inward, heat, mail.kind, len(mail.text.split())), verdict)


def case(
    *mails: Mail,
    now: datetime,
    notes: Sequence[Note] = (),
    client: Client | None = None,
    key: str = "c-7k2mq",
) -> Case:
    """A case of these messages, as it stands at a moment."""
    letters = tuple(letter(each, number) for number, each in enumerate(mails, 1))
    entries = [each.entry for each in letters]
    course = progress(entries, notes, now, CALLING, Allowed())
    assert course is not None, "no message of it is unhappy"
    cues = dict.fromkeys(cue for each in letters if each.verdict for cue in each.verdict.cues)
    return Case(
        key=key,
        account="studio",
        client=client or Client("brandtoptics.example", (CLIENT,)),
        subject=mails[0].subject,
        progress=course,
        clocks=clocks(course, CALLING, Allowed()),
        cues=tuple(cues),
        letters=letters,
        notes=tuple(notes),
    )


SHOP = (
    Mail(0, "Hello Robin,\n\nthe prices on the shop pages are still last year's. Could you please change them? The"
         " new list is attached.\n\nThanks, Ilse", subject="Shop pages",
         signature="Ilse Brandt\nBrandt Optics\nT +49 30 901820", offset=60),
    ours(0.2, "Hi Ilse,\n\ngot it, thank you. I'll have the new prices online by Friday.\n\nRobin"),
    Mail(8, "Hi Robin,\n\nit is Tuesday, and the pages still show the old prices. You said they would be"
         " online by last Friday. When will it be done?\n\nIlse", offset=60,
         signature="Ilse Brandt\nBrandt Optics\nT +49 30 901820"),
    Mail(10.1, "Robin, I have heard nothing. I am really disappointed: every customer who walks in with a printout"
         " costs me money, and I still have no answer to my mail of Tuesday.\n\nPlease tell me by tomorrow when"
         " it will be fixed.", offset=60),
    Mail(11.25, "This is unacceptable. I have asked you three times now and nobody answers. I want the"
         " last invoice of €480 refunded, and the prices must be corrected by 16 March: our spring sale starts"
         " on 18 March. If not, we will look for somebody else.\n\nIlse Brandt", cc=(PARTNER,), offset=60),
    ours(11.3, "Dear Ilse,\n\nthank you for being direct with me. I am sorry for the trouble and the upset this has"
         " caused you. When may I call you?\n\nRobin", kind="holding"),
)  # fmt: skip
"""A promise that was not kept, three letters without an answer, a holding reply."""
SHOP_NOW = datetime(2026, 3, 16, 9, 40, tzinfo=UTC)
