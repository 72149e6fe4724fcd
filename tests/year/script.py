"""The forty cases of the year, and everything else that is written."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.office import MATTERS, THINGS
from tests.year.cast import ANSWERS, CLIENTS, THANKS, Client
from tests.year.hours import MINUTES, at, later
from tests.year.plot import END, Round, Story

WORDS = {
    "en": ("nervous", "care", "monday", "three times", "twice", "wrong", "fair", "charged", "amateurs"),
    "de": ("vereinbart", "geduld"),
    "fr": ("déçue", "patience"),
}  # fmt: skip
MEND = (("Print the flyer anew", "me", 2),)
BOTH = (("Print the flyer anew", "me", 2), ("Send the new list of prices", "Maud", 4))
PROMPT = Round("", END, answer=1, fine=True, call=5, agreed=BOTH, did=(9, 20), check_in=6)
LATE = Round("", END, again=(3.5, "three times"), answer=5, call=10, agreed=MEND, did=(12,), check_in=9)  # fmt: skip
SILENT = Round("", END, answer=2, fine=True, moved=True, updates=False)
PLAIN = Round("", END, answer=1.5, how="own", call=6, resolve=20)
SLOW = Round("", END, answer=3.5, how="bare", call=7.5, agreed=(("Rebuild the shop page", "me", 9), ("Train the staff", "me", 15)), did=(75, 90), check_in=22)  # fmt: skip
EMAILED = Round("", END, answer=2.5, how="long", call=12, agreed=MEND, did=(25,), check_in=3)
PARTED = Round("", END, answer=2, call=9, part=30, updates=False)
UNASKED = Round("", END, call=2, agreed=MEND, did=(5,), check_in=4)
KINDS = (PROMPT, LATE, SILENT, PLAIN, SLOW, UNASKED, EMAILED, PROMPT, LATE, PARTED, PROMPT)
OPEN = (
    ("waiting", Round("monday", at(12, 31, 14))),
    ("answered", Round("care", at(12, 31, 9, 12), answer=1)),
    ("call due", Round("nervous", at(12, 29, 10), answer=3.5, how="own", updates=False)),
    ("called", Round("wrong", at(12, 29, 9, 40), answer=1, call=8.5)),
    ("agreed", Round("twice", at(12, 22, 10), answer=1, call=5, agreed=BOTH, did=(20, None))),
    ("done", Round("geduld", at(12, 19, 11), answer=1, call=4, agreed=MEND, did=(30,))),
    ("checked in", replace(PROMPT, complaint="fair", opened=at(12, 18, 10), check_in=12)),
)
"""How the year ends."""
CASES = 40
AGAIN = 4
"""Cases that are opened again, weeks after they were resolved."""


@dataclass(frozen=True, slots=True)
class Calm:
    """A message that is nothing to worry about."""

    at: datetime
    client: Client
    inward: bool
    subject: str
    words: str
    thread: int
    answers: bool
    who: int


def stories() -> list[Story]:
    """The same each time."""
    dice = random.Random(2026)
    found = []
    closed = CASES - len(OPEN)
    first = MINUTES.index(at(1, 13, 9))
    last = MINUTES.index(at(11, 13, 9))
    for number in range(closed):
        minute = first + (last - first) * number // (closed - 1) + dice.randrange(300)
        kind = KINDS[number % len(KINDS)]
        client = CLIENTS[number % len(CLIENTS)]
        words = WORDS[client.tongue]
        complaint = words[(number // 2 + number % 3) % len(words)]
        again = kind.again and (kind.again[0], dice.choice(words))
        if kind is EMAILED:
            complaint = {"de": "geduld", "fr": "patience"}.get(client.tongue, "three times")
        round_ = replace(kind, complaint=complaint, opened=MINUTES[minute], again=again)
        rounds = (round_,)
        if kind is PROMPT and number < AGAIN * 8:
            back = later(round_.opened, 150)
            rounds = (*rounds, replace(UNASKED, complaint=words[0], opened=back, call=3, answer=2))
        found.append(Story(client, f"Order {2600 + number}", rounds, "resolved"))
    for number, (stage, round_) in enumerate(OPEN, closed):
        client = CLIENTS[8] if round_.complaint == "geduld" else CLIENTS[number % 8]
        found.append(Story(client, f"Order {2600 + number}", (round_,), stage))
    return found


def calm(threads: int = 600) -> list[Calm]:
    """Ordinary letters of all clients: a question, an answer, thanks."""
    dice = random.Random(31)
    found = []
    minutes = MINUTES[MINUTES.index(at(1, 6, 9)) : MINUTES.index(at(12, 30, 9))]
    for number in range(threads):
        client = CLIENTS[number % len(CLIENTS)]
        thing = dice.choice(THINGS)
        subject = f"{thing.capitalize()} {number}"
        start = dice.choice(minutes) + timedelta(seconds=30)
        ask = dice.choice(MATTERS).format(thing)
        said = (ask, dice.choice(ANSWERS), dice.choice(THANKS))
        who = dice.randrange(2)
        for nth, words in enumerate(said):
            when = start if not nth else later(start, nth * dice.uniform(0.5, 3))
            found.append(Calm(when, client, nth != 1, subject, words, number, nth > 0, who))
    return sorted((each for each in found if each.at < END), key=lambda each: each.at)
