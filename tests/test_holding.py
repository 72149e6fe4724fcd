"""Message and verdict -> the text of a holding reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import rulebook as rulebooks
from assistant.model import Address, Calling, Hit, Message, Phone, Tone, Verdict
from assistant.reply.client import Client, Signals, first_name, full_name, signs_as
from assistant.reply.holding import Replies, Reply
from assistant.reply.quoting import quoted, with_quote
from tests.builders import NOW, QUICK, facts, message, profile, rulebook

WORDING = rulebook().wordings[0]
ANGRY = Tone("angry", 4, "tone-angry")
PHONE = Phone("+493012345678", "+49 30 12345678", signed=True)
CALLING = Calling(zone=ZoneInfo("Europe/Berlin"))


def verdict(*cues: str, tone: Tone = ANGRY, hits: tuple[Hit, ...] = ()) -> Verdict:
    return Verdict(100, 100, hits, tone, cues, cues[0] if cues else "")


def client(own_words: str = "Where is it?", manner: Any = None, **fields: Any) -> Client:
    return Signals(WORDING).read(message(own_words, **fields), verdict(), manner)


def reply(
    given: Message,
    *cues: str,
    phones: tuple[Phone, ...] = (),
    calling: Calling = CALLING,
    **more: Any,
) -> Reply:
    known = facts(profile=profile(calling=calling, **more))
    return Replies(WORDING, {}).reply(given, known, verdict(*cues), phones)


# --- what the client's words tell ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "manner", "formal"),
    [
        ("Dear Mr Hale,\n\nWhere is it?", None, True),
        ("Hi,\n\nwhere is it?", None, False),
        ("Where is it?", None, False),
        ("Hi,\n\nwhere is it?", "formal", True),
        ("Dear Mr Hale,\n\nWhere is it?", "informal", False),
    ],
)
def test_clients_are_addressed_as_they_write(words: str, manner: str | None, formal: bool) -> None:
    """Unless the user wants every client to be addressed one way."""
    assert client(words, manner).formal is formal


@pytest.mark.parametrize(
    ("words", "asks", "names", "refuses"),
    [
        ("Where is it?", False, False, False),
        ("Please call me.", True, False, False),
        ("Call me on Monday.", True, True, False),
        ("Do not call me on Monday.", False, False, True),
    ],
)
def test_what_is_said_of_calls(words: str, asks: bool, names: bool, refuses: bool) -> None:
    """Whoever wants no call has asked for none, whatever else the words look like."""
    found = client(words)
    assert (found.asks_call, found.names_time, found.no_call) == (asks, names, refuses)


@pytest.mark.parametrize(
    ("subject", "matter"),
    [
        ("Website", "Website"),
        ("Invoice 2231", "Invoice 2231"),
        ("Logo & cards", "Logo & cards"),
        ("  Brochure   for May ", "Brochure for May"),
        ("Re: Website", ""),
        ("Is it done", ""),
        ("Please", ""),
        ("Complaint", ""),
        ("WEBSITE", ""),
        ("Website!", ""),
        ("Where?", ""),
        ("one two three four five six", ""),
        ("a" * 50, ""),
        ("Web", ""),
        ("12345", ""),
        ("", ""),
        ("Website\u202e Bcc: x", ""),
    ],
)
def test_a_subject_that_names_the_matter(subject: str, matter: str) -> None:
    """A short noun phrase of the client's own, or nothing: an awkward echo is worse than none."""
    assert client(subject=subject).matter == matter


def test_a_subject_that_a_rule_has_an_opinion_on_names_no_matter() -> None:
    hit = Hit("x", 50, "Website", "subject", (0, 7), "angry", (), "")
    assert Signals(WORDING).read(message(), verdict(hits=(hit,)), None).matter == ""
    assert client(in_reply_to=("<0@x>",)).matter == ""


ENGLISH = next(each for each in rulebooks.load().wordings if each.language == "en")


@pytest.mark.parametrize(
    ("words", "asks", "names", "refuses"),
    [
        ("Could you please ring me back today?", True, True, False),
        ("Can we talk it through on the phone? Thursday at 10 would suit me.", True, True, False),
        ("Give me a call when you can.", True, False, False),
        ("I asked you to call me on Monday and you never did.", False, False, False),
        ("Nobody bothered to call me at 9 as agreed.", False, False, False),
        ("We spoke by phone and you promised to call us tomorrow.", False, False, False),
        ("You had the nerve to call me a liar.", False, False, False),
        ("Never call me again.", False, False, True),
        ("Stop calling me.", False, False, True),
        ("I don't want to talk to you.", False, False, True),
        ("Please answer in writing only.", False, False, True),
        ("I want an apology in writing.", False, False, False),
        ("I need the final price in writing.", False, False, False),
    ],
)
def test_what_english_clients_say_of_calls(
    words: str, asks: bool, names: bool, refuses: bool
) -> None:
    """A time that nobody offered is never accepted; nobody who refuses a call is asked for one."""
    found = Signals(ENGLISH).read(message(words), verdict(), None)
    assert (found.asks_call, found.names_time, found.no_call) == (asks, names, refuses)


# --- the letter ---------------------------------------------------------------------------------


def test_what_it_is_surely_about_has_its_say() -> None:
    """And a threat of law goes before it, sure or not."""
    assert "Waiting is hard." in reply(message(), "late", "quality").text
    assert "Waiting is hard." not in reply(message(), "quality", "late").text
    assert "Waiting is hard." not in reply(message(), "late", "legal-threat").text


@pytest.mark.parametrize(
    ("words", "phones", "calling", "part"),
    [
        ("Bad.", (), Calling(), "when would be a good time for a call?"),
        ("Bad.", (), CALLING, "would Thursday 5 March at 9:00 or Friday 6 March at 13:00 suit you"),
        ("Do not call me.", (PHONE,), CALLING, "how would you like us to talk?"),
    ],
)
def test_how_the_call_is_asked_for(
    words: str, phones: tuple[Phone, ...], calling: Calling, part: str
) -> None:
    found = reply(message(words), phones=phones, calling=calling)
    assert part in found.text
    assert found.faults == ()


SHIPPED = rulebooks.load()


def english(words: str, *phones: Phone, calling: Calling = CALLING) -> Reply:
    wording = next(each for each in SHIPPED.wordings if each.language == "en")
    known = facts(profile=profile(calling=calling))
    return Replies(wording, {}).reply(message(words), known, verdict(), phones)


@pytest.mark.parametrize(
    ("words", "phones", "shown"),
    [
        ("This is bad.", (PHONE,), "is +49 30 12345678 the right number?"),
        # A number in the text may be ours, or the courier's.
        ("I rang +49 30 12345678 thrice.", (replace(PHONE, signed=False),), "on which number?"),
        ("Please call me on +49 30 12345678.", (replace(PHONE, signed=False),), "+49 30 12345678"),
    ],
)
def test_whose_number_it_is(words: str, phones: tuple[Phone, ...], shown: str) -> None:
    assert shown in english(words, *phones).text


def test_who_asked_for_a_call_is_not_asked_again() -> None:
    assert "You asked for a call" in english("Please call me back.").text
    named = english("Please call me on Monday at 10.")
    assert "The time you suggest" in named.text
    assert named.notes == (
        "names a time for a call: the draft accepts it, so see that you are free",
    )
    refused = english("Please do not call me, I want this in writing.", PHONE)
    assert "12345678" not in refused.text
    assert refused.notes == ("asks not to be phoned: the draft offers to meet their way",)


def test_the_users_own_number_is_nobody_elses() -> None:
    """ "I rang you on … three times, please call me back": that number is ours."""
    ours = replace(CALLING, line="030 12345678")
    found = english("Please call me back.", replace(PHONE, signed=False), calling=ours)
    assert "is +49 30 12345678" not in found.text


def test_a_link_may_hold_a_question_mark() -> None:
    linked = replace(CALLING, booking="https://cal.example/kim?month=1")
    found = english("This is bad.", calling=linked)
    assert "https://cal.example/kim?month=1" in found.text
    assert found.faults == ()


def test_an_offset_that_may_change_with_the_clocks_gets_no_times() -> None:
    """Written in New York in October: what its clocks will show in November can't be told by -0400."""
    for month, offered in ((10, False), (7, True)):
        written = NOW.replace(month=month)
        given = message("This is bad.", date=written, offset=-240)
        known = facts(profile=profile(calling=CALLING), now=written)
        found = Replies(ENGLISH, {}).reply(given, known, verdict(), ())
        assert ("your time" in found.text) is offered


def test_a_letter_that_grows_too_long_does_without_what_can_be_spared() -> None:
    """The link first, then the number: the letter is within 110 words whatever is configured."""
    rich = Calling(
        zone=ZoneInfo("Europe/Berlin"), line="+49 30 99", booking="https://cal.example/x"
    )
    for number in range(60):
        given = message(
            "This is bad.", identity=f"m{number}", offset=-60, subject="Website for the spring fair"
        )
        wording = next(each for each in SHIPPED.wordings if each.language == "en")
        for cue in wording.matters:
            known = facts(profile=profile(calling=rich, manner="formal"))
            found = Replies(wording, {}).reply(given, known, verdict(cue), (PHONE,))
            assert found.faults == ()


def test_a_threat_of_law_is_told_first() -> None:
    found = reply(message(), "legal-threat")
    assert found.notes == (
        "legal-threat: look at this one first; the draft regrets and admits nothing",
    )


def test_a_name_that_the_guard_would_refuse_costs_nobody_the_letter() -> None:
    found = reply(message(sender=Address("But Jones", "but@x.org")))
    assert found.text.startswith("Hello,")
    assert found.faults == ()


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("display", "first", "full"),
    [
        ("Maria Lopez", "Maria", "Maria Lopez"),
        ("maria lopez", "Maria", "Maria Lopez"),
        ("Anna-Lena O'Neil", "Anna-Lena", "Anna-Lena O'Neil"),
        ("Jürgen", "Jürgen", "Jürgen"),
        ("Jean-Luc de Picard", "Jean-Luc", "Jean-Luc de Picard"),
        ("", "", ""),
        ("Lopez, M.", "", ""),
        ("Lopez, Maria", "", ""),
        ("M. Lopez", "", ""),
        ("M Lopez", "", ""),
        ("MARIA LOPEZ", "", ""),
        ("Mr Lopez", "", ""),
        ("Dr. Lopez", "", ""),
        ("ACME Ltd", "", ""),
        ("Acme Support", "", ""),
        ("Maria Lopez (Acme)", "", ""),
        ("maria@client.example", "", ""),
        ("Maria 2", "", ""),
        ("One Two Three Four Five", "", ""),
        ("jean-pierre dupont", "Jean-Pierre", "Jean-Pierre Dupont"),
        ("anna van der berg", "Anna", "Anna van der Berg"),
        ("Tom & Sue", "", ""),
        ("Tom via Shop", "", ""),
        ("Tom Hale MSc", "", ""),
        ("Hotel Adler", "", ""),
        ("Buchhaltung Weber", "", ""),
        ("${name}", "", ""),
        ("A" * 61, "", ""),
    ],
)
def test_names(display: str, first: str, full: str) -> None:
    """A name is used where it is surely one; a wrong one would make matters worse."""
    names = set(SHIPPED.not_names)
    assert (first_name(display, names), full_name(display, names)) == (first, full)


@QUICK
@given(st.text(max_size=80))
def test_any_display_name_is_a_name_or_nothing(display: str) -> None:
    """Nothing but letters, hyphens and apostrophes ever gets into a greeting."""
    assert all(c.isalpha() or c in "-'’" for c in first_name(display, set()))


@pytest.mark.parametrize(
    ("name", "email", "words", "sure"),
    [
        ("Maria Lopez", "maria.lopez@client.example", "Late.", True),
        ("Maria Lopez", "office@client.example", "Late.\n\nRegards\nMaria", True),
        ("María Lopez", "office@client.example", "Late.\n\nmaria", True),
        ("Maria Lopez", "office@client.example", "Late, says Maria.\na\nb\nc\nd", False),
        ("Gîtes de la Combe", "contact@combe.example", "En retard.\n\nPaul", False),
        ("", "maria@client.example", "Late.", False),
        ("Riverside Dental", "office@client.example", "Late.\n\nTom\nRiverside Dental", False),
        ("Margaret Osei", "m.osei@client.example", "In writing.\n\nMargaret Osei\nDirector", True),
        ("Tom Hale", "tomato@client.example", "Late.", False),
        ("X", "x@client.example", "Late.", False),
    ],
)
def test_whether_a_display_name_is_the_writers(
    name: str, email: str, words: str, sure: bool
) -> None:
    """A firm's name greets nobody."""
    assert signs_as(message(words), Address(name, email), set(SHIPPED.not_names)) is sure


# --- the quoted original ------------------------------------------------------------------------


def test_the_original_is_quoted_line_by_line() -> None:
    given = message("It is late.\n\nAgain.", date=NOW)
    assert quoted(given, WORDING, ZoneInfo("Europe/Berlin")) == (
        "On 4 March 2026 at 13:00, Maria Lopez wrote:\n> It is late.\n>\n> Again."
    )
    assert quoted(replace(given, date=None), WORDING, None).startswith("> It is late.")


def test_a_long_original_is_cut_and_controls_do_not_survive() -> None:
    found = quoted(message("\x1b[31mline\n" * 300), WORDING, None).split("\n")
    assert found[-1] == "> […]"
    assert len(found) == 202
    assert found[1] == "> [31mline"


def test_the_quote_stands_where_the_user_wants_it() -> None:
    assert with_quote("T\n", "> O", "below") == "T\n\n> O\n"
    assert with_quote("T\n", "> O", "above") == "> O\n\nT\n"
    assert with_quote("T\n", "> O", "off") == "T\n"
    assert reply(message("Late!")).quoted == ""
    assert reply(message("Late!"), quote="below").quoted.endswith("> Late!")


def test_a_quoted_exclamation_is_not_ours() -> None:
    """The guard reads our text only."""
    found = Replies(WORDING, {}).reply(
        message("REFUND me but NOW!!!"), facts(profile=profile(quote="below")), verdict(), ()
    )
    assert found.faults == ()
