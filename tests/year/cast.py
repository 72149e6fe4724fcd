"""Who writes to the agency, and what: all of it made up for this."""

from __future__ import annotations

from dataclasses import dataclass

ME = "Robin Hale <robin@studio.example>"


@dataclass(frozen=True, slots=True)
class Client:
    """A firm of which several write, or a person."""

    key: str
    people: tuple[str, ...]
    tongue: str = "en"

    def address(self, number: int) -> str:
        return self.people[number % len(self.people)]


CLIENTS = (
    Client("kiln.example", ("Maud Tanner <maud@kiln.example>", "Piet Vos <piet@kiln.example>")),
    Client("harbour-hotel.example", ("Ida Brandt <ida@harbour-hotel.example>",)),
    Client("lindqvist.example", ("Jo Lindqvist <jo@lindqvist.example>", "Sven Ek <sven@office.lindqvist.example>")),
    Client("orchard.example", ("Nell Archer <nell@orchard.example>", "Tom Archer <tom@orchard.example>")),
    Client("bikeworks.example", ("Omar Said <omar@bikeworks.example>",)),
    Client("dentist-moss.example", ("Dr Hanna Moss <hanna@dentist-moss.example>",)),
    Client("quartett.example", ("Zora Quint <zora@quartett.example>", "Ralf Amsel <ralf@quartett.example>")),
    Client("noodlebar.example", ("Kim Tran <kim@noodlebar.example>",)),
    Client("backhaus.example", ("Ute Vogel <ute@backhaus.example>",), "de"),
    Client("librairie.example", ("Claire Morel <claire@librairie.example>",), "fr"),
    Client("agency.test.ines.ferro@gmail.com", ("Ines Ferro <agency.test.ines.ferro@gmail.com>",)),
    Client("agency.test.bo.holm@gmail.com", ("Bo Holm <agency.test.bo.holm@gmail.com>",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Complaint:
    """Words that are plainly unhappy, how much so, and about what."""

    tone: str
    cues: tuple[str, ...]
    text: str


HEATS = {"concerned": 1, "disappointed": 2, "frustrated": 3, "angry": 4, "hostile": 5}
COMPLAINTS = {
    "nervous": Complaint("concerned", ("late",), "I don't want to press you, but I am getting nervous about the flyer. Will it really be ready in time?"),
    "fair": Complaint("concerned", ("late",), "I am a bit concerned that the banner will not be finished before the fair. Could you tell me where we stand?"),
    "care": Complaint("disappointed", ("misunderstood", "quality"), "I have to say that I am disappointed with the poster. This is not what we agreed on, and I had expected more care."),
    "monday": Complaint("frustrated", ("broken-promise", "ignored", "late", "repeat-problem"), "Where is the flyer? You promised it for Monday, and I have been waiting for a week. I am losing patience."),
    "three times": Complaint("frustrated", ("ignored", "late"), "I have written three times now about the flyer and still have no answer. This is getting frustrating."),
    "twice": Complaint("frustrated", ("ignored", "repeat-problem", "wrong"), "You sent the old flyer again, although I told you twice. I am fed up with this."),
    "wrong": Complaint("angry", ("escalation", "refund-demand", "repeat-problem"), "That is unacceptable. The flyer is wrong again, and I want my money back."),
    "charged": Complaint("angry", ("billing", "ignored", "refund-demand", "wrong"), "You charged us twice for the flyer. This is a disgrace, and I expect a refund today."),
    "amateurs": Complaint("hostile", ("billing", "legal-threat"), "You are a bunch of amateurs. Pay back what I paid for the flyer, or you will hear from my lawyer."),
    "vereinbart": Complaint("disappointed", ("broken-promise", "wrong"), "Ich bin enttäuscht von dem Plakat. Das entspricht nicht dem, was wir vereinbart hatten."),
    "geduld": Complaint("frustrated", ("ignored", "late", "repeat-problem", "ultimatum"), "Ich habe Ihnen dreimal geschrieben und warte seit zwei Wochen auf das Plakat. Langsam verliere ich die Geduld."),
    "déçue": Complaint("disappointed", ("broken-promise", "misunderstood", "quality"), "Je suis très déçue. L'affiche n'est pas du tout ce que nous avions convenu, et j'attendais plus de soin."),
    "patience": Complaint("frustrated", ("ignored", "late", "repeat-problem"), "J'attends l'affiche depuis deux semaines et personne ne me répond. Je perds patience."),
}  # fmt: skip
GREETING = {"en": ("Hello Robin", "Best"), "de": ("Hallo Robin", "Viele Grüße"), "fr": ("Bonjour Robin", "Cordialement")}  # fmt: skip
FINE = {
    "en": "Thank you, that suits me. Talk to you then.",
    "de": "Danke, das passt mir gut. Bis dann.",
    "fr": "Merci, cela me convient. À bientôt.",
}
HOLDING = "Thank you for telling me so plainly. I am sorry for the trouble, and would like to ring you about it."
LONG = " ".join(
    f"On point {number} I have looked into our mails again and would like to explain how it came about."
    for number in range(1, 12)
)
"""Far more than 120 words, to somebody who is hot."""
ANSWERS = (
    "Thank you, I have it. The next version comes with the other pages.",
    "That suits me well. I have put it into the calendar.",
    "Here it is. Have a look when you find the time.",
    "Good idea, let us do it so.",
)
THANKS = (
    "Thanks, that looks good to us.",
    "Perfect, thank you.",
    "Thank you, the second one please.",
    "Great, go ahead.",
)
