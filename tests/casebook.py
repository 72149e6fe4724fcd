"""Cases to count: each made of what was written and told, by the program's own stages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from assistant.cases import office
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
    """What a small agency goes through: fewer unhappy clients as time goes by, and sooner settled."""
    dice = random.Random(9)
    found: list[Case] = []
    for month in range(months):
        better = month / months
        for _ in range(dice.choice((2, 3, 4, 6, 7) if better < 0.5 else (0, 2, 2, 3, 5))):
            day = until - timedelta(days=30 * (months - month) - dice.randrange(30))
            opened = day.replace(hour=dice.randrange(9, 16), minute=dice.randrange(60))
            if opened < until:
                events = _course(dice, opened, 1.4 - better)
                cues = dice.sample(CUES, dice.choice((0, 1, 1, 1, 2)))
                whose = dice.choice(names)
                found.append(case(f"c-{len(found):05}", whose, cues, *events, now=until))
    return found


def _course(dice: random.Random, opened: datetime, slow: float) -> list[Entry | Note]:
    """Answered the same day, called within a few, settled within weeks; some come back."""
    events: list[Entry | Note] = [came(opened, dice.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)))]
    answered = office.after(CALLING, opened, dice.expovariate(1 / (3 * slow)))
    events.append(sent(answered, "holding"))
    if dice.random() < 0.85:
        spoke = office.after(CALLING, answered, dice.expovariate(1 / (9 * slow)))
        over = office.after(CALLING, spoke, dice.expovariate(1 / (60 * slow)))
        events += [called(spoke), resolved(over)]
        if dice.random() < 0.12:
            events.append(came(over + timedelta(days=4), 4))
    return events
