"""A month of a small studio's mail, 500 messages: what clients ordinarily write, twelve who are unhappy, and two who
are not, though they are taken for it."""

from __future__ import annotations

from tests.letters import Letter
from tests.program import fresh

CLIENTS = (
    "Ana", "Ben", "Cora", "Dan", "Eva", "Finn", "Gina", "Hugo", "Ida", "Jon", "Kim", "Leo", "Mia", "Ned", "Ola", "Pia",
    "Quinn", "Rosa", "Sam", "Tess", "Uma", "Vic", "Wim", "Xena", "Yves", "Zoe", "Alma", "Bert", "Cleo", "Dora", "Emil",
    "Fay", "Gus", "Hal", "Ines", "Jule", "Kaya", "Lars", "Mona", "Nils",
)  # fmt: skip
MATTERS = (
    "Here are the pictures for the {}. Please take the second one.",
    "Could you send us the {} as a PDF, too?",
    "We looked at the {} together, and all of us like it.",
    "The text for the {} is attached. It has two pages.",
    "What would a second {} cost?",
    "Please put our new phone number on the {}.",
    "The meeting about the {} is on Thursday at ten. Does that suit you?",
    "Your invoice for the {} is paid.",
    "I have shown the {} to my colleagues. They want it in blue.",
    "Can we talk about the {} next week?",
    "Thank you for the {}, it arrived today.",
    "Our shop opens in May, and we need the {} by then. Is that enough time?",
    "The {} can go to the printer.",
    "I forgot the logo for the {}. Here it is.",
)
THINGS = (
    "flyer", "poster", "menu", "brochure", "newsletter", "business card", "letterhead", "banner", "catalogue", "calendar",
    "price list", "home page", "contact form", "photo gallery", "invitation", "label", "shop sign", "booklet",
    "gift card", "season's greeting", "map", "timetable", "program", "sticker",
)  # fmt: skip
HOSTER = (
    "Our hoster has sent us the new access data. They are attached.",
    "The hoster asks which version of the page should stay. I said the new one.",
    "I have asked our hoster for more space. It comes on Monday.",
    "Our hoster wrote that the certificate was renewed. Nothing to do for you.",
    "We moved to another hoster in spring. The address stays the same.",
    "The bill of the hoster goes to us, not to you. Just so that you know.",
)
"""Of clients who are content, and are not taken for anything else."""
TAKEN_FOR_UNHAPPY = (
    "I have asked the photographer three times now and still got nothing. As soon as I have the pictures, you get them.",
    "We have asked the photographer three times now and still got nothing. As soon as we have the pictures, you get them.",
)
UNHAPPY = (
    "I have written three times now and still have no answer. This is not what we agreed on.",
    "The poster is wrong again, and nobody listens to what I say. I am really disappointed.",
    "This is the second deadline that you missed. I am losing patience.",
    "Where is the catalogue? You promised it for Monday, and I have been waiting for a week.",
    "I am very unhappy with the brochure. Half of the pictures are missing, and the prices are the old ones.",
    "That is unacceptable. If it is not done by Friday, I want my money back.",
    "The contact form does not work, and you have ignored my last two mails. We lose customers every day.",
    "You charged me twice for the same banner. Fix this today, please, I am fed up.",
    "This is the worst work I ever paid for. I want my money back.",
    "You sent the old menu again, although I told you twice. I am annoyed.",
    "Nobody calls me back. I feel as if you don't care about us any more.",
    "Again the wrong logo on the invitation! I told you so many times. I have had enough.",
)
NUMBER = 500
SUBJECTS = ("A question", "From us", "This week", "Next week", "For you", "The page", "Our plans")


def month() -> list[Letter]:
    """All of it, the oldest first; message n is `<mN@client.example>`."""
    special = {
        **_spread(HOSTER, 5, 69),
        **_spread(TAKEN_FOR_UNHAPPY, 397, 77),
        **_spread(UNHAPPY, 21, 41),
    }
    ordinary = [matter.format(thing) for thing in THINGS for matter in MATTERS]
    return [_letter(n, special.get(n, ordinary[n * 5 % len(ordinary)])) for n in range(NUMBER)]


def _spread(texts: tuple[str, ...], start: int, step: int) -> dict[int, str]:
    return {start + number * step: text for number, text in enumerate(texts)}


def _letter(number: int, words: str) -> Letter:
    name = CLIENTS[number % len(CLIENTS)]
    body = f"Hello Robin,\n\n{words}\n\nBest,\n{name}\n"
    hours = 30 + 1.2 * (NUMBER - number)
    who = f"{name} Client <{name.lower()}@{name.lower()}.example>"
    return fresh(
        body, number=number, hours=hours, sender=who, subject=SUBJECTS[number % len(SUBJECTS)]
    )
