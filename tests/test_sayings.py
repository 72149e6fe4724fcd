"""What letters ask, promise and name, in four languages: rules/<language>/said.toml."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.said import MOST, Kind, Said
from assistant.errors import ConfigError
from assistant.rulebook.sayings import listeners, sayings
from assistant.shipped import folder
from assistant.tone.automaton import check_phrase
from tests.builders import QUICK

MONDAY = date(2026, 3, 2)
LANGUAGES = ("de", "en", "es", "fr")
LISTENERS = listeners(LANGUAGES)
NEVER = date(1, 1, 1)
"""Stands for no day."""


def hear(text: str, language: str = "en", *, inward: bool = True) -> list[Said]:
    found = LISTENERS[language].hear(text, MONDAY, 3, inward=inward)
    for each in found:
        assert each.letter == 3
        assert text[slice(*each.span)] == each.quote
    return list(found)


def kinds(text: str, language: str = "en", *, inward: bool = True) -> list[Kind]:
    return [each.kind for each in hear(text, language, inward=inward) if each.kind != Kind.AMOUNT]


def due(text: str, language: str = "en", *, inward: bool = False) -> date | None:
    return next((each.due for each in hear(text, language, inward=inward) if each.due), None)


# --- wishes and questions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please send me the corrected invoice."),
        ("en", "Please, when you get a minute, send the proofs again."),
        ("en", "Could you please take the old prices off the page?"),
        ("en", "Can you tell me where the van is"),
        ("en", "Would you kindly explain what went wrong with the order."),
        ("en", "I want a full refund."),
        ("en", "We expect the work to be redone."),
        ("en", "I'd like somebody to look at it in person."),
        ("en", "We would really appreciate a straight answer."),
        ("en", "I'm asking you for the third time to remove my picture."),
        ("en", "I want my deposit back."),
        ("en", "Let me know when the fitter is coming."),
        ("en", "This has to be fixed before the opening."),
        ("en", "You have until Friday."),
        ("en", "Cancel my order."),
        ("en", "Is there any chance of a replacement this week?"),
        ("en", "What I want is a new door, not another visit."),
        ("en", "I demand to speak to the owner."),
        ("en", "Kindly confirm the amount."),
        ("de", "Bitte schicken Sie mir die korrigierte Rechnung."),
        ("de", "Ich möchte mein Geld zurück."),
        ("de", "Könnten Sie uns sagen, wann der Monteur kommt?"),
        ("de", "Wir erwarten eine Antwort bis Freitag."),
        ("de", "Wir setzen Ihnen eine Frist bis zum 14.03."),
        ("fr", "Merci de me rappeler rapidement."),
        ("fr", "Je souhaite être remboursée."),
        ("fr", "Pourriez-vous nous dire où en est la commande ?"),
        ("fr", "Nous vous demandons de corriger la facture."),
        ("es", "Quiero que me devuelvan el dinero."),
        ("es", "Por favor, envíeme la factura corregida."),
        ("es", "¿Podría decirme cuándo viene el técnico?"),
        ("es", "Le ruego que lo solucione cuanto antes."),
    ],
)
def test_a_wish(language: str, text: str) -> None:
    assert kinds(text, language) == [Kind.WISH]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please find attached the photos of the hall."),
        ("en", "Please note that we are closed on Sundays."),
        ("en", "Please excuse my late reply."),
        ("en", "I would like to thank you for the quick help."),
        ("en", "I want you to know that I am not happy."),
        ("en", "I look forward to hearing from you."),
        ("en", "Can you imagine what my guests said?"),
        ("en", "I need to leave for the airport now."),
        ("en", "I asked you to send it in January."),
        ("en", "We wanted a blue one and a blue one came."),
        ("en", "If you need anything else from us, we are here."),
        ("en", "How are you?"),
        ("en", "Are you kidding me?"),
        ("en", "The pictures came out well, thank you."),
        ("en", "I do not want to fall out over this."),
        ("de", "Bitte entschuldigen Sie die späte Antwort."),
        ("de", "Ich möchte mich für die schnelle Hilfe bedanken."),
        ("de", "Ist das Ihr Ernst?"),
        ("fr", "Veuillez agréer, Madame, nos salutations distinguées."),
        ("fr", "Je voudrais vous remercier pour votre aide."),
        ("fr", "Je ne demande pas la lune."),
        ("es", "Quisiera darle las gracias por todo."),
        ("es", "Espero que esté bien."),
        ("es", "¿Cómo está?"),
    ],
)
def test_no_wish(language: str, text: str) -> None:
    assert Kind.WISH not in kinds(text, language)
    assert Kind.QUESTION not in kinds(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "When will it be done?"),
        ("en", "Who signed for the parcel?"),
        ("en", "And what about the second invoice?!"),
        ("de", "Wann kommt der Monteur denn nun?"),
        ("fr", "Quand sera livrée la table ?"),
        ("es", "¿Cuándo va a estar listo?"),
    ],
)
def test_a_question(language: str, text: str) -> None:
    assert kinds(text, language) == [Kind.QUESTION]


def test_a_question_is_quoted_whole() -> None:
    (asked,) = hear("Buenos días. ¿Cuándo va a estar listo?", "es")
    assert asked.quote == "¿Cuándo va a estar listo?"
    assert hear("Why?") == []


# --- promises -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "I'll send it by Friday.", date(2026, 3, 6)),
        ("en", "We will have it fixed tomorrow.", date(2026, 3, 3)),
        ("en", "You will have the proofs on 12 March.", date(2026, 3, 12)),
        ("en", "The pages will be online by the end of the week.", date(2026, 3, 6)),
        ("en", "I am going to ring the carrier today.", MONDAY),
        ("en", "We're sending the part next Tuesday.", date(2026, 3, 10)),
        ("en", "I can bring it round on Wednesday.", date(2026, 3, 4)),
        ("en", "Delivery is scheduled for 2026-03-20.", date(2026, 3, 20)),
        ("en", "Leave it with me.", None),
        ("en", "I promise to look at it myself.", None),
        ("en", "Let me check with the printer and get back to you.", None),
        ("de", "Ich schicke Ihnen die Entwürfe am 12. März.", date(2026, 3, 12)),
        ("de", "Wir werden das bis Freitag reparieren.", date(2026, 3, 6)),
        ("de", "Morgen rufe ich Sie an.", date(2026, 3, 3)),
        ("de", "Ich kümmere mich darum.", None),
        ("fr", "Je vous envoie le devis demain.", date(2026, 3, 3)),
        ("fr", "Nous vous rappellerons avant vendredi.", date(2026, 3, 6)),
        ("fr", "Je vais corriger la facture.", None),
        ("es", "Le enviaré el presupuesto mañana.", date(2026, 3, 3)),
        ("es", "Vamos a arreglarlo antes del viernes.", date(2026, 3, 6)),
    ],
)
def test_a_promise(language: str, text: str, day: date | None) -> None:
    (found,) = hear(text, language, inward=False)
    assert (found.kind, found.quote, found.due) == (Kind.PROMISE, text, day)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I will not be able to make it."),
        ("en", "I'll never understand how that happened."),
        ("en", "If you send me the text, I will put it in."),
        ("en", "We will see how it goes."),
        ("en", "I hope we will have it soon."),
        ("en", "I'll try to send it."),
        ("en", "Maybe I will call."),
        ("en", "I'm sending you my regards."),
        ("en", "I will be out of the office."),
        ("en", "You said you would ring me."),
        ("en", "Shall I send it by post?"),
        ("en", "We can do a lot with that picture."),
        ("en", "I sent the files this time last year."),
        ("de", "Ich werde das leider nicht schaffen."),
        ("de", "Wenn Sie mir den Text schicken, werde ich ihn einbauen."),
        ("de", "Wir schicken viele Pakete."),
        ("fr", "Je ne pourrai pas vous rappeler."),
        ("fr", "Si vous voulez, je vous enverrai un devis."),
        ("es", "No vamos a poder hacerlo."),
        ("es", "Si me manda el texto, lo cambiaré."),
    ],
)
def test_no_promise(language: str, text: str) -> None:
    assert Kind.PROMISE not in kinds(text, language, inward=False)


def test_a_threat_is_no_promise() -> None:
    """What a client will do to you is nothing that they owe."""
    for text in ("I will take this further.", "We will go elsewhere.", "I'll have to cancel."):
        assert kinds(text) == []


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "You promised it would be ready by last Friday.", date(2026, 2, 27)),
        ("en", "You told me it would arrive on 25 February.", date(2026, 2, 25)),
        ("en", "We were assured that somebody would come.", None),
        ("en", "The sign was supposed to be up in January.", None),
        ("de", "Sie haben mir zugesagt, dass es am 25.02. fertig ist.", date(2026, 2, 25)),
        ("fr", "Vous m'aviez promis une livraison pour le 25 février.", date(2026, 2, 25)),
        ("es", "Me dijeron que estaría para el 25 de febrero.", date(2026, 2, 25)),
    ],
)
def test_what_they_say_was_promised(language: str, text: str, day: date | None) -> None:
    (found,) = hear(text, language)
    assert (found.kind, found.due) == (Kind.TOLD, day)


def test_when_it_was_promised_is_not_the_day_that_was() -> None:
    (found,) = hear("On 12 February you wrote that it would be online soon.")
    assert (found.kind, found.due) == (Kind.TOLD, None)
    assert kinds("You never promised anything of the kind.") == []


def test_the_users_own_letters_hold_no_wishes() -> None:
    assert hear("Please send me the text. When may I ring?", inward=False) == []


# --- days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "by Monday", date(2026, 3, 9)),  # written on one
        ("en", "on Sunday", date(2026, 3, 8)),
        ("en", "next Friday", date(2026, 3, 13)),  # the later of two readings
        ("en", "this Friday", date(2026, 3, 6)),
        ("en", "Friday next week", date(2026, 3, 13)),
        ("en", "next week", date(2026, 3, 13)),
        ("en", "the day after tomorrow", date(2026, 3, 4)),
        ("en", "in two weeks", date(2026, 3, 16)),
        ("en", "within 5 working days", date(2026, 3, 9)),
        ("en", "within 48 hours", date(2026, 3, 4)),
        ("en", "in a couple of days", date(2026, 3, 4)),
        ("en", "by the end of the month", date(2026, 3, 31)),
        ("en", "by the end of next month", date(2026, 4, 30)),
        ("en", "March 12th, 2026", date(2026, 3, 12)),
        ("en", "the 12th of March", date(2026, 3, 12)),
        ("en", "by the 14th at noon", date(2026, 3, 14)),
        ("en", "before the 1st", date(2026, 4, 1)),
        ("en", "before 5 January", date(2027, 1, 5)),
        ("en", "by 25/3", date(2026, 3, 25)),
        ("en", "on 3/25/26", date(2026, 3, 25)),
        ("en", "on 12.03.2026", date(2026, 3, 12)),
        ("de", "bis zum 14.03.", date(2026, 3, 14)),
        ("de", "am 5. April", date(2026, 4, 5)),
        ("de", "nächste Woche Freitag", None),
        ("de", "in vierzehn Tagen", date(2026, 3, 16)),
        ("de", "übermorgen", date(2026, 3, 4)),
        ("de", "bis Ende der Woche", date(2026, 3, 6)),
        ("fr", "vendredi prochain", date(2026, 3, 13)),
        ("fr", "le 1er avril", date(2026, 4, 1)),
        ("fr", "sous quinze jours", date(2026, 3, 17)),
        ("fr", "le 5/4", date(2026, 4, 5)),
        ("es", "el 5 de abril de 2026", date(2026, 4, 5)),
        ("es", "la semana que viene", date(2026, 3, 13)),
        ("es", "pasado mañana", date(2026, 3, 4)),
    ],
)
def test_a_day(language: str, text: str, day: date | None) -> None:
    """As somebody names it who looks forward; "next week" means its end, which accuses nobody too early."""
    assert LISTENERS[language].day(text, MONDAY) == (day or date(2026, 3, 13))


@pytest.mark.parametrize(
    "text",
    [
        "soon", "by 3/4", "on 31/2", "24/7", "on 2026-13-45", "version 2.1.4", "chapter 3.2.", "in May", "two thirds",
        "on 30 February", "in 900 days", "the 31st of April", "by the 2nd invoice", "12", "0/0", "",
    ],
)  # fmt: skip
def test_no_day(text: str) -> None:
    """What is none, or could be two."""
    assert LISTENERS["en"].day(text, MONDAY) is None


def test_a_weekday_without_direction_is_no_day() -> None:
    """ "On Friday I rang" and "on Friday we open" look alike."""
    assert kinds("On Friday I left a message.") == []
    assert due("The wedding is on 14 March.", inward=True) == date(2026, 3, 14)
    assert due("They close by Friday.", inward=True) == date(2026, 3, 6)


def test_what_is_reckoned_says_so() -> None:
    """And what is written out doesn't."""
    reckoned, written = hear("I'll send it by Friday. I'll ring on 12 March.", inward=False)
    assert (reckoned.inferred, written.inferred) == (True, False)


def test_the_day_that_belongs_to_it() -> None:
    """That after the words that promise, else before them."""
    assert due("I'll ring on Tuesday and be there by Friday.") == date(2026, 3, 3)
    assert due("By Friday I will have it fixed.") == date(2026, 3, 6)


def test_strange_years() -> None:
    """A header may claim any; none makes the reading of days fail."""
    for year in (1, 1969, 2200, 9999):
        found = LISTENERS["en"].hear(
            "I'll send it by 12 March.", date(year, 12, 31), 1, inward=False
        )
        assert [each.due for each in found] == [None]


# --- sentences, amounts, hostile text -------------------------------------------------------------


def test_a_greeting_is_not_quoted() -> None:
    (found,) = hear("Hi Robin,\nplease send me the file.")
    assert found.quote == "please send me the file."


def test_a_full_stop_that_ends_nothing() -> None:
    (found,) = hear("Please ask Mr. Lopez to ring me.")
    assert found.quote == "Please ask Mr. Lopez to ring me."
    (found,) = hear("Bitte schicken Sie es bis zum 5. April an mich.", "de")
    assert (found.quote[-8:], found.due) == ("an mich.", date(2026, 4, 5))


def test_a_long_sentence_is_quoted_where_it_asks() -> None:
    (found,) = hear(f"{'and so on, ' * 60}please send me the file, {'and so on, ' * 60}")
    assert "please send me the file" in found.quote
    assert len(found.quote) <= 280


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("It cost $4,200.50 in all.", "$4,200.50"),
        ("Wir zahlten 1.250,00 € dafür.", "1.250,00 €"),
        ("The fee was EUR 300.", "EUR 300"),
        ("We lost 500 pounds.", "500 pounds"),
        ("That is £20 too much", "£20"),
    ],
)
def test_an_amount(text: str, amount: str) -> None:
    assert [each.quote for each in hear(text) if each.kind is Kind.AMOUNT] == [amount]


@pytest.mark.parametrize("text", ["room 300", "I paid 300 times", "A$AP", "€", "5% more", "1.2.3"])
def test_no_amount(text: str) -> None:
    assert hear(text) == []


HOSTILE = {
    "words": "please i will can you " * 12_000,
    "figures": "1" * 260_000,
    "amounts": "$1,111," * 40_000,
    "dots": "." * 260_000,
    "slashes": "1/2/" * 60_000,
    "days": "by friday in 2 weeks on 12 march " * 8_000,
    "commas": ", please, " * 20_000,
    "one word": "x" * 260_000,
    "sentences": "I will send it by Friday. " * 10_000,
    "numbers": ("9" * 9 + " ") * 25_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_written_takes_little_time(name: str, language: str) -> None:
    """Well under a second for the most that a message can hold."""
    begun = time.process_time()
    assert len(hear(HOSTILE[name], language)) <= MOST
    assert time.process_time() - begun < 0.5


@QUICK
@given(st.text(max_size=300), st.sampled_from(LANGUAGES), st.booleans(), st.dates())
def test_any_text(text: str, language: str, inward: bool, written: date) -> None:
    """Whatever it is, what is found stands in it, and days are near."""
    for each in LISTENERS[language].hear(text, written, 1, inward=inward):
        assert text[slice(*each.span)] == each.quote != ""
        assert each.due is None or abs((each.due - written).days) <= 400


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_can_be_read(language: str) -> None:
    found = sayings(folder() / language / "said.toml")
    assert found.language == language
    for phrases in (*found.lists.values(), *found.days.spans.values()):
        for phrase in phrases:
            check_phrase(phrase, found.classes)


def test_unknown_keys_are_told(tmp_path: Path) -> None:
    """With the nearest that there is; a language without a file has no listener."""
    path = tmp_path / "en" / "said.toml"
    path.parent.mkdir()
    text = (folder() / "en" / "said.toml").read_text("utf-8")
    path.write_text(text.replace("[days.spans]", '[days.spans]\ntomorow = ["x"]'))
    with pytest.raises(ConfigError, match='did you mean "tomorrow"'):
        listeners(["en"], tmp_path)
    path.write_text(text.replace("wishes = [", 'wishes = ["<nobody>",', 1))
    with pytest.raises(ConfigError, match="no class <nobody>"):
        listeners(["en"], tmp_path)
    assert listeners(["xx"]) == {}
