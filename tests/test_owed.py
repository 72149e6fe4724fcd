"""What the user owes a reader by a day: found in all that was sent, so rather missed than invented."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cases.owed import MOST_OWED
from assistant.cases.said import Kind
from assistant.rulebook.sayings import owing
from tests.builders import QUICK
from tests.test_sayings import HOSTILE, LANGUAGES, MONDAY

OWING = {language: owing(language) for language in LANGUAGES}
TODAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 3, day) for day in range(2, 7))


def owed(text: str, language: str = "en") -> list[tuple[str, date | None]]:
    reads = OWING[language]
    assert reads is not None
    found = reads.hear(text, MONDAY)
    assert all(text[slice(*each.span)] == each.quote for each in found)
    return [(each.quote, each.due) for each in found]


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "I'll ring you tomorrow.", TUESDAY),
        ("en", "You will have it by Friday.", FRIDAY),
        ("en", "I will send it by Friday", FRIDAY),
        ("en", "We'll get back to you by the end of the week.", FRIDAY),
        ("en", "I'll call you at 2:30 today.", TODAY),
        ("en", "By Friday I will have it fixed.", FRIDAY),
        ("en", "Tomorrow morning at the latest, we will send you the draft.", TUESDAY),
        ("en", "The pages will be online on Wednesday.", WEDNESDAY),
        ("en", "I'll let you know tomorrow whether the printer can do it.", TUESDAY),
        ("en", "We are going to refund the 200 pounds by 12 March.", date(2026, 3, 12)),
        ("en", "I'll have the proofs with you on Thursday, by noon.", THURSDAY),
        ("en", "Thanks for the photos. I'll put them online tomorrow, promise.", TUESDAY),
        ("en", "We're shipping your replacement on Tuesday.", TUESDAY),
        ("en", "You'll hear from me by Thursday.", THURSDAY),
        ("en", "I will send the layout, as discussed, by Friday.", FRIDAY),
        ("en", "Sorry about that - I'll fix the form today.", TODAY),
        ("en", "We'll be in touch next week.", date(2026, 3, 13)),
        ("en", "I will e-mail you the figures within two days.", WEDNESDAY),
        ("en", "The revised quote will be sent to you early next week.", date(2026, 3, 13)),
        ("de", "Ich schicke Ihnen die Entwürfe bis Freitag.", FRIDAY),
        ("de", "Morgen rufe ich Sie an.", TUESDAY),
        ("de", "Guten Morgen Frau Weiß,\nich schicke Ihnen das Angebot am Donnerstag.", THURSDAY),
        ("de", "Sie bekommen die korrigierte Rechnung am Mittwoch.", WEDNESDAY),
        ("de", "Wir werden den Fehler bis zum 12. März beheben.", date(2026, 3, 12)),
        ("de", "Bis Freitag haben Sie den Entwurf.", FRIDAY),
        ("de", "Ich melde mich morgen bei Ihnen.", TUESDAY),
        ("de", "Die Seite ist am Mittwoch wieder online.", WEDNESDAY),
        ("de", "Am Donnerstag bekommst du die Bilder.", THURSDAY),
        ("de", "Ich kümmere mich darum, spätestens bis Freitag.", FRIDAY),
        ("de", "Wir geben Ihnen bis morgen Bescheid.", TUESDAY),
        ("fr", "Je vous envoie le devis demain.", TUESDAY),
        ("fr", "Nous vous rappellerons avant vendredi.", FRIDAY),
        ("fr", "Vous recevrez la facture corrigée jeudi.", THURSDAY),
        ("fr", "Je vais corriger la page d'ici vendredi.", FRIDAY),
        ("fr", "Le site sera en ligne mercredi.", WEDNESDAY),
        ("fr", "Demain, je vous appelle à la première heure.", TUESDAY),
        ("fr", "Je m'en occupe demain.", TUESDAY),
        ("fr", "Je reviendrai vers vous avant le 12 mars.", date(2026, 3, 12)),
        ("es", "Le enviaré el presupuesto mañana.", TUESDAY),
        ("es", "Vamos a arreglarlo antes del viernes.", FRIDAY),
        ("es", "Te llamo mañana por la tarde.", TUESDAY),
        ("es", "Lo tendrá el jueves.", THURSDAY),
        ("es", "La página estará lista el miércoles.", WEDNESDAY),
        ("es", "El viernes le mando las fotos.", FRIDAY),
        ("es", "Recibirá la factura antes del 12 de marzo.", date(2026, 3, 12)),
    ],
)  # fmt: skip
def test_owed(language: str, text: str, day: date) -> None:
    assert [due for _, due in owed(text, language)] == [day]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # Asked, doubted, or made to hang on something.
        ("en", "Shall I send it by Friday?"),
        ("en", "I'll send it on Friday, ok?"),
        ("en", "If you send me the text today, I will put it online tomorrow."),
        ("en", "I will send it tomorrow if the printer delivers."),
        ("en", "Unless you object, we will publish the page on Friday."),
        ("en", "Once I have your logo, I will send the proof by Friday."),
        ("en", "Hopefully I'll send it tomorrow."),
        ("en", "I'll probably call you on Tuesday."),
        ("en", "I'll try to send it by Friday."),
        ("en", "I hope to have it by Friday."),
        ("en", "I could send it tomorrow."),
        ("en", "I can bring it round on Wednesday."),
        ("en", "We should have it on Friday."),
        ("en", "I think you will have it on Friday."),
        ("en", "All being well, you'll have the proofs on Thursday."),
        ("en", "I'd send it by Friday."),
        # Not done, or by somebody else.
        ("en", "I will not send it by Friday."),
        ("en", "I won't be able to ring you tomorrow."),
        ("en", "It will not be ready on Friday."),
        ("en", "You said you would ring me tomorrow."),
        ("en", "They will send it by Friday."),
        ("en", "The printer delivers on Friday."),
        ("en", "Please send me the text by Friday and I will look at it."),
        ("en", "You will have to decide by Friday."),
        ("en", "You'll have seen it tomorrow on the site of the fair."),
        ("en", "He wrote \"I'll fix the boiler on Monday\" and never came."),
        ("en", "“I'll send it by Friday”, you wrote."),
        ("en", "You'll have the results \"by close of business\"."),
        ("en", "I am sending you the invoice today."),
        ("en", "We'll let you know whether they deliver on Friday."),
        # Where somebody will be, and what happens anyway.
        ("en", "I will be back on Wednesday."),
        ("en", "I'll be out of the office until Friday."),
        ("en", "We will meet on Thursday at ten."),
        ("en", "I'm meeting the printer this afternoon."),
        ("en", "The fair starts on Friday."),
        ("en", "I'll see you on Thursday."),
        ("en", "See you Tuesday, I will send the rest."),
        ("en", "Your appointment is on Friday."),
        ("en", "Every Monday we will send you the numbers."),
        ("en", "We will send the report weekly, starting Monday."),
        ("en", "Looking forward to Friday."),
        # A day that is another thing's.
        ("en", "I will send you the minutes of Monday's meeting."),
        ("en", "I will send you the files you asked for on Monday."),
        ("en", "I'll answer your letter of 3 March."),
        ("en", "I will send the invoice that is due on Friday."),
        ("en", "I'll call when I am back on Wednesday."),
        ("en", "We'll let you know when it's ready, they're thinking Monday morning."),
        ("en", "I will send it and we can talk on Friday."),
        ("en", "As we said on Monday, I will send the text."),
        ("en", "I will send it after Friday."),
        ("en", "I sent it on Friday."),
        ("en", "I will send the rest, Ann starts on Friday."),
        ("en", "Thanks for coming on Thursday, I will send the rest."),
        ("en", "On the first floor the painters come on Friday and I will send the rest."),
        ("en", "I will send it. Friday is a holiday here."),
        ("en", "I will keep this short today."),
        # No day, or no promise.
        ("en", "I'll send it soon."),
        ("en", "I will look into it."),
        ("en", "Thanks, have a good Friday."),
        ("en", "Mailbox size limits: you will receive this message when it is full. (Outlook Today)"),
        ("de", "Guten Morgen Herr Kern,\nich schicke Ihnen die Rechnung im Anhang."),
        ("de", "Wenn Sie mir den Text schicken, bekommen Sie die Seite am Freitag."),
        ("de", "Ich schicke Ihnen das voraussichtlich am Freitag."),
        ("de", "Ich werde Ihnen das bis Freitag leider nicht schicken."),
        ("de", "Könnten Sie mir das bis Freitag schicken?"),
        ("de", "Soll ich Ihnen das bis Freitag schicken?"),
        ("de", "Ich hatte Ihnen am Freitag geschrieben."),
        ("de", "Sie haben mir am Freitag geschrieben, ich antworte Ihnen gern."),
        ("de", "Ich schicke Ihnen die Rechnung vom 12. März."),
        ("de", "Ich schicke Ihnen die Liste, sobald ich am Montag zurück bin."),
        ("de", "Wir haben die Datei am Freitag erhalten."),
        ("de", "Ich bin ab Mittwoch wieder im Büro."),
        ("de", "Wir schicken jeden Montag einen Bericht."),
        ("de", "Vielleicht rufe ich Sie morgen an."),
        ("de", "Bitte schicken Sie mir das bis Freitag."),
        ("de", "Wir sehen uns am Donnerstag."),
        ("de", "Ich kann Ihnen das morgen schicken."),
        ("fr", "Si vous voulez, je vous envoie le devis demain."),
        ("fr", "Je ne vous enverrai pas le devis demain."),
        ("fr", "Pouvez-vous m'envoyer le devis demain ?"),
        ("fr", "Je vous envoie les photos prises vendredi."),
        ("fr", "Je vous réponds au sujet de votre courrier du 12 mars."),
        ("fr", "Je vous envoie deux photos de ce matin."),
        ("fr", "Je serai absent jusqu'à vendredi."),
        ("fr", "J'espère vous envoyer le devis demain."),
        ("fr", "À demain, je vous envoie le reste."),
        ("fr", "Merci de m'envoyer le devis avant vendredi."),
        ("fr", "Dès que vous validez, je vous envoie la facture vendredi."),
        ("fr", "On se voit jeudi."),
        ("es", "Si quiere, le envío el presupuesto mañana."),
        ("es", "No le enviaré el presupuesto mañana."),
        ("es", "¿Me puede enviar el presupuesto mañana?"),
        ("es", "Le envío las fotos de esta mañana."),
        ("es", "Le respondo por la mañana."),
        ("es", "Le envío la factura del 12 de marzo."),
        ("es", "Quizás le llamo mañana."),
        ("es", "Nos vemos el jueves."),
        ("es", "Por favor, envíeme el texto antes del viernes."),
        ("es", "En cuanto tenga el logo, le enviaré la prueba el viernes."),
        ("es", "Le aviso que instalan la barra el jueves."),
        ("es", "Estaré fuera hasta el viernes."),
    ],
)  # fmt: skip
def test_not_owed(language: str, text: str) -> None:
    assert owed(text, language) == []


def test_several_in_a_letter() -> None:
    """Each with its own words and day, and no more than a page would show."""
    text = "Hi Ana,\nI'll ring you tomorrow. The draft is fine. You will have the texts by Friday!\n\nBest, Robin"
    assert owed(text) == [
        ("I'll ring you tomorrow.", TUESDAY),
        ("You will have the texts by Friday!", FRIDAY),
    ]
    assert len(owed("I will send it by Friday. " * 30)) == MOST_OWED


def test_a_day_that_had_passed_is_none() -> None:
    """Whatever the sentence says of it."""
    assert owed("I will send it by 27 February 2026.") == []


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_written_takes_little_time(name: str, language: str) -> None:
    begun = time.process_time()
    assert len(owed(HOSTILE[name], language)) <= MOST_OWED
    assert time.process_time() - begun < 0.5


@QUICK
@given(st.text(max_size=300), st.sampled_from(LANGUAGES), st.dates())
def test_any_text(text: str, language: str, written: date) -> None:
    """Whatever it is, what is found stands in it, and its day is ahead."""
    reads = OWING[language]
    assert reads is not None
    for each in reads.hear(text, written):
        assert each.kind is Kind.PROMISE
        assert text[slice(*each.span)] == each.quote != ""
        assert each.due is not None
        assert each.due >= written


def test_a_language_without_a_file_has_nobody_who_reads() -> None:
    assert owing("xx") is None
