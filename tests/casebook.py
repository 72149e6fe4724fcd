"""Cases to count: each made of what was written and told, by the program's own stages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from assistant.cases.stages import progress
from assistant.model import Address, Allowed, Calling, Case, Client, Doing, Entry, Note

BERLIN = ZoneInfo("Europe/Berlin")
CALLING = Calling(zone=BERLIN, hours=((9 * 60, 17 * 60),))
TONES = {1: "concerned", 2: "disappointed", 3: "frustrated", 4: "angry", 5: "hostile"}
CUES = ("late", "ignored", "quality", "billing", "broken-promise", "misunderstood", "leaving")
CLIENTS = (
    "Adler & Sons", "Bakery Blume", "Café Céleste", "Dietz Dentistry", "Eisenhut GmbH", "Flora Fischer",
    "Gartenbau Groß", "Hotel Horizon", "Iris Imaging", "Jonas Joinery", "Kiln Ceramics", "Lindqvist Law",
)  # fmt: skip


def berlin(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


LATER = berlin(12, 31)


def came(at: datetime, heat: int = 3) -> Entry:
    return Entry(at, inward=True, heat=heat)


def sent(at: datetime, kind: str = "") -> Entry:
    return Entry(at, inward=False, kind=kind)


def called(at: datetime) -> Note:
    return Note(at, Doing.CALLED)


def resolved(at: datetime) -> Note:
    return Note(at, Doing.RESOLVED)


def client(name: str) -> Client:
    """Of a firm whose domain is made of its name."""
    key = f"{''.join(each for each in name.lower() if each.isascii() and each.isalnum())}.example"
    return Client(key, (Address(f"Someone at {name}", f"someone@{key}"),), name)


def case(
    key: str,
    whose: str | Client,
    cues: str | Sequence[str],
    *events: Entry | Note,
    now: datetime = LATER,
) -> Case:
    """A case as it stands now."""
    course = progress(
        [each for each in events if isinstance(each, Entry)],
        [each for each in events if isinstance(each, Note)],
        now, CALLING, Allowed(lapse=0),
    )  # fmt: skip
    assert course is not None
    about = tuple(cues.split()) if isinstance(cues, str) else tuple(cues)
    found = client(whose) if isinstance(whose, str) else whose
    return Case(key, "robin@studio.example", found, "Our order", course, (), about)


def agency(until: datetime, months: int = 24, names: Sequence[str] = CLIENTS) -> list[Case]:
    """What a small agency goes through: about three cases a month, fewer and sooner settled as time goes by."""
    dice = random.Random(9)
    begin = until - timedelta(days=30 * months)
    found = []
    for month in range(months):
        for _ in range(dice.choice((1, 2, 3, 3, 4, 6)) if month < months / 2 else dice.choice((0, 1, 2, 3, 4))):  # fmt: skip
            opened = begin + timedelta(
                days=30 * month + dice.random() * 30, hours=dice.random() * 9
            )
            speed = 1.4 - month / months
            events: list[Entry | Note] = [came(opened, dice.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)))]
            answered = opened + timedelta(hours=dice.expovariate(1 / (9 * speed)))
            events.append(sent(answered, "holding"))
            if dice.random() < 0.8:
                spoke = answered + timedelta(hours=dice.expovariate(1 / (30 * speed)))
                over = spoke + timedelta(days=dice.expovariate(1 / (9 * speed)))
                events += [called(spoke), resolved(over)]
                if dice.random() < 0.12:
                    events.append(came(over + timedelta(days=4), 4))
            cues = dice.sample(CUES, dice.choice((0, 1, 1, 1, 2)))
            key = f"c-{len(found):05}"
            if opened < until:
                found.append(case(key, dice.choice(names), cues, *events, now=until))
    return found
