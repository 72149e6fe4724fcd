"""Why a message gets no verdict, or no draft."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant import rulebook
from assistant.errors import UnreadableMail
from assistant.model import Address, Defect, Lately, Screen, Screening, Sign, Skip, Tone
from assistant.reading.message import read
from assistant.screening import ByHeader, no_draft, not_judged, not_wanted, too_many, written_by
from tests.builders import CLIENT, ME, NOW, facts, message, profile
from tests.letters import letter

MAIL = Path(__file__).parent / "mail"

NOTHING = Screening((), ())


def sign(test: Screen, value: str = "", header: str = "precedence") -> Screening:
    return Screening((Sign("bulk", header, test, (value,), True, "bulk mail"),), ())


# --- by the header alone ------------------------------------------------------------------------

SHIPPED = rulebook.load().screening


def test_the_header_drops_no_more_and_no_less_than_the_whole() -> None:
    """For real and crooked mail: a message that is not read on would not have been judged, and is not for its header."""
    screen = ByHeader(profile(), SHIPPED)
    dropped = 0
    for each in sorted(MAIL.glob("**/*.eml")):
        with contextlib.suppress(UnreadableMail):
            by_header, whole = read(each.read_bytes(), "en", screen), read(each.read_bytes())
            skips = [
                not_judged(written_by(one, profile(), SHIPPED), facts(), SHIPPED)
                for one in (by_header, whole)
            ]
            assert skips[0] == skips[1], each.name
            dropped += not by_header.whole
    assert dropped > 5


def test_who_is_spared_is_read_whole() -> None:
    """A client of the list of those never screened out writes by a newsletter program."""
    raw = letter(headers=(("List-Unsubscribe", "<https://news.example/out>"),)).raw
    assert not read(raw, "en", ByHeader(profile(), SHIPPED)).whole
    spared = replace(SHIPPED, never_screened=("@client.example",))
    assert read(raw, "en", ByHeader(profile(), spared)).own_words


def test_a_message_of_which_the_header_alone_was_read_is_never_taken_for_empty() -> None:
    """Nobody may judge words that were not looked at."""
    with pytest.raises(ValueError, match="only its header"):
        not_judged(message(own_words="", whole=False), facts(), NOTHING)


# --- read for tone at all? ----------------------------------------------------------------------


def test_a_persons_mail_is_judged() -> None:
    """Nothing speaks against a client's plain message."""
    assert not_judged(message(), facts(), NOTHING) is None


@pytest.mark.parametrize(
    ("fields", "flags", "reason"),
    [
        ({"sender": None}, (), "no-sender"),
        ({"sender": ME}, (), "own"),
        ({"sender": Address("", ME.email.upper())}, (), "own"),
        ({}, ("\\draft",), "own"),
        ({}, ("$junk",), "spam"),
        ({"own_words": " \n"}, (), "empty"),
    ],
)
def test_what_is_not_a_persons_mail_to_us(
    fields: dict[str, Any], flags: tuple[str, ...], reason: str
) -> None:
    """Own mail, drafts, junk and empty mail are not even read for tone."""
    skip = not_judged(message(**fields), facts(flags=frozenset(flags)), NOTHING)
    assert skip is not None
    assert (skip.reason, skip.judged) == (reason, False)


@pytest.mark.parametrize(
    ("test", "expected", "value", "shown"),
    [
        (Screen.PRESENT, "", "", True),
        (Screen.PRESENT, "", "anything", True),
        (Screen.IS, "bulk", "bulk", True),
        (Screen.IS, "bulk", " BULK ", True),
        (Screen.IS, "bulk", "bulky", False),
        (Screen.NOT, "no", "auto-replied", True),
        (Screen.NOT, "no", "No", False),
        (Screen.NOT, "no", "no; by=me", False),
        (Screen.NOT, "no", "no (a person)", False),
        (Screen.NOT, "no", "", False),
        (Screen.CONTAINS, "report", "multipart/Report; x=y", True),
        (Screen.CONTAINS, "report", "text/plain", False),
    ],
)
def test_signs_in_headers(test: Screen, expected: str, value: str, shown: bool) -> None:
    """Each way of comparing a header with a sign's value, without case."""
    skip = not_judged(message(headers=(("precedence", value),)), facts(), sign(test, expected))
    assert skip == (Skip("bulk", "bulk mail", judged=False) if shown else None)


def test_any_of_several_headers_can_give_a_machine_away() -> None:
    """A sign holds if one of the headers of its name shows it, and no other name counts."""
    headers = (("precedence", "first-class"), ("precedence", "bulk"))
    assert not_judged(message(headers=headers), facts(), sign(Screen.IS, "bulk")) is not None
    assert (
        not_judged(message(headers=headers), facts(), sign(Screen.PRESENT, header="list-id"))
        is None
    )


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("no-reply@x.org", "no-reply"),
        ("NoReply+1@x.org", "no-reply"),
        ("nora@no-reply.org", None),
        ("x-no-reply@x.org", None),
    ],
)
def test_addresses_that_nobody_reads(email: str, reason: str | None) -> None:
    """Only the beginning of the part before the @ counts."""
    screening = Screening((), ("no-reply", "noreply"))
    skip = not_judged(message(sender=Address("", email)), facts(), screening)
    assert (skip.reason if skip else None) == reason


# --- a draft? -----------------------------------------------------------------------------------


def test_a_dissatisfied_client_gets_a_draft() -> None:
    """Nothing speaks against answering a fresh, unanswered message."""
    assert no_draft(message(), facts(), NOTHING) is None


@pytest.mark.parametrize(
    ("fields", "known", "reason"),
    [
        ({"sender": None}, {}, "address"),
        ({"sender": Address("", '"a b"@x.org')}, {}, "address"),
        ({"defects": (Defect("several-senders", ""),)}, {}, "address"),
        ({}, {"flags": frozenset({"\\answered"})}, "answered"),
        ({}, {"draft_waiting": True}, "draft-waiting"),
        ({"date": NOW - timedelta(days=15)}, {}, "stale"),
        ({}, {"sender_drafted": NOW - timedelta(days=2)}, "sender-drafted"),
    ],
)
def test_why_an_unhappy_client_gets_no_draft(
    fields: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    """Whatever speaks against a draft, the message has been judged and will be marked."""
    skip = no_draft(message(**fields), facts(**known), NOTHING)
    assert skip is not None
    assert (skip.reason, skip.judged) == (reason, True)


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"date": None}, {}),
        ({"date": NOW - timedelta(days=14)}, {}),
        ({"date": NOW + timedelta(days=400)}, {}),
        ({"defects": (Defect("no-date", ""), Defect("charset", ""))}, {}),
        ({}, {"sender_drafted": NOW - timedelta(days=3)}),
        ({}, {"flags": frozenset({"\\seen", "\\flagged"})}),
    ],
)
def test_what_does_not_stand_in_the_way(fields: dict[str, Any], known: dict[str, Any]) -> None:
    """The last day still counts, and a wrong clock or a missing Date costs nobody an answer."""
    assert no_draft(message(**fields), facts(**known), NOTHING) is None


def test_the_limits_are_the_users() -> None:
    """How old is stale, and how often a sender gets a draft, comes from the configuration."""
    patient = profile(stale_days=0, sender_days=0)
    yesterday = NOW - timedelta(days=1)
    stale = no_draft(message(date=yesterday), facts(profile=patient), NOTHING)
    assert stale is not None
    assert stale.detail == "1 days old; a holding reply is for the first 0"
    assert no_draft(message(), facts(profile=patient, sender_drafted=yesterday), NOTHING) is None
    assert not_judged(message(sender=CLIENT), facts(profile=patient), NOTHING) is None


ANGRY, MILD = Tone("angry", 4, "tone-angry"), Tone("concerned", 1, "tone-concerned")


@pytest.mark.parametrize(
    ("lately", "reason"),
    [
        (Lately(drafted=20), "hourly"),
        (Lately(flagged=15, judged=60), "flood"),
        (Lately(flagged=40, judged=60, usual=0.1), "flood"),
        (Lately(drafted=19, flagged=14, judged=14), None),
        (Lately(flagged=40, judged=60, usual=0.2), None),
        (Lately(flagged=20, judged=200), None),
    ],
)
def test_too_many_at_once_stop_all_drafts(lately: Lately, reason: str | None) -> None:
    """A loop, an attack, or a rule that flags everything; who is flagged often may be so."""
    skip = too_many(lately, profile())
    assert (skip.reason if skip else None) == reason
    assert skip is None or skip.judged


def test_a_flood_stops_nothing_where_the_user_says_so() -> None:
    brave = profile(stop_in_flood=False)
    flood = Lately(flagged=40, judged=60)
    assert too_many(flood, brave) is None


@pytest.mark.parametrize(
    ("wishes", "tone", "reason"),
    [
        ({}, MILD, None),
        ({"label_only": True}, ANGRY, "label-only"),
        ({"never": (CLIENT.key,)}, ANGRY, "never"),
        ({"never": ("@client.example",)}, ANGRY, "never"),
        ({"never": ("@lient.example",)}, ANGRY, None),
        ({"least_tone": "angry"}, MILD, "tone"),
        ({"least_tone": "angry"}, ANGRY, None),
    ],
)
def test_what_the_user_wants_no_draft_for(
    wishes: dict[str, Any], tone: Tone, reason: str | None
) -> None:
    least = ANGRY if "least_tone" in wishes else MILD
    skip = not_wanted(message(), profile(**wishes), tone, least)
    assert (skip.reason if skip else None) == reason


# --- who wrote it -------------------------------------------------------------------------------

FORMS = Screening((), ("noreply",), form_senders=("@forms.example", "wordpress@"))
FORM = Address("Forms", "noreply@forms.example")


@pytest.mark.parametrize(
    ("sender", "to"),
    [
        (FORM, ()),
        (Address("", "x@eu.forms.example"), ()),
        (ME, (ME,)),
        (Address("", f"wordpress@{ME.email.rpartition('@')[2]}"), (ME,)),
    ],
)
def test_who_wrote_into_a_form_is_the_sender(sender: Address, to: tuple[Address, ...]) -> None:
    """The one in Reply-To, whoever mailed it; a draft goes there."""
    found = written_by(message(sender=sender, to=to, reply_to=(CLIENT,)), profile(), FORMS)
    assert (found.sender, found.reply_to, found.via) == (CLIENT, (), sender)
    assert not_judged(found, facts(), FORMS) is None
    assert no_draft(found, facts(), FORMS) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"sender": FORM, "reply_to": ()},
        {"sender": FORM, "reply_to": (CLIENT, Address("", "b@c.example"))},
        {"sender": ME, "to": (CLIENT,), "reply_to": (CLIENT,)},
        {"sender": Address("", "wordpress@other.example"), "reply_to": (CLIENT,)},
        {"sender": Address("", "x@notforms.example"), "reply_to": (CLIENT,)},
        {"sender": None, "reply_to": (CLIENT,)},
    ],
)
def test_nobody_else_is_taken_for_the_sender(fields: dict[str, Any]) -> None:
    """Not without exactly one stranger in Reply-To, and never for any other sender."""
    found = message(**fields)
    assert written_by(found, profile(), FORMS) is found


def test_a_form_without_an_address_is_judged_but_not_answered() -> None:
    """The client's words count; nobody is there to write to."""
    found = message(sender=FORM, headers=(("precedence", "bulk"),))
    (bulk,) = sign(Screen.PRESENT).signs
    screening = replace(FORMS, signs=(replace(bulk, in_forms=False),))
    assert not_judged(found, facts(), screening) is None
    skip = no_draft(found, facts(), screening)
    assert skip is not None
    assert (skip.reason, skip.judged) == ("no-reply", True)
    other = message(sender=Address("", "hello@forms.example"))
    unanswerable = no_draft(other, facts(), screening)
    assert unanswerable is not None
    assert unanswerable.reason == "form"


def test_a_lists_way_of_naming_the_sender_is_undone() -> None:
    """``'Ana' via Support`` is Ana."""
    sender = Address("'Ana Client' via Support", ME.email)
    reply_to = (Address("", CLIENT.email),)
    found = written_by(message(sender=sender, to=(ME,), reply_to=reply_to), profile(), NOTHING)
    assert found.sender == Address("Ana Client", CLIENT.email)


LISTED = (("list-id", "Support <support.studio.example>"), ("precedence", "list"))
LISTS = Screening((Sign("list", "precedence", Screen.IS, ("list",), True, "a list"),), ())


@pytest.mark.parametrize(
    ("headers", "own", "judged"),
    [
        (LISTED, ("support.studio.example",), True),
        (LISTED, ("other.example",), False),
        ((("list-post", f"<mailto:{ME.email}?x=y>"), ("precedence", "list")), (), True),
        ((("list-id", f"<{ME.email.replace('@', '.')}>"), ("precedence", "list")), (), True),
        ((("list-id", "evil"), ("precedence", "list")), ("",), False),
    ],
)
def test_a_list_of_ones_own_is_an_inbox(
    headers: tuple[tuple[str, str], ...], own: tuple[str, ...], judged: bool
) -> None:
    """Told by an address of ours in its headers, or by the config."""
    skip = not_judged(message(headers=headers), facts(), replace(LISTS, own_lists=own))
    assert (skip is None) == judged


def test_a_service_counts_against_a_newsletter_not_against_an_answer() -> None:
    """A firm may send all its mail through a mailing service; a newsletter answers nobody."""
    signs = (Sign("bulk", "feedback-id", Screen.PRESENT, (), False, "a service"),)
    headers = (("feedback-id", "x"),)
    assert not_judged(message(headers=headers), facts(), Screening(signs, ())) is not None
    answer = message(headers=headers, in_reply_to=("<1@studio.example>",))
    assert not_judged(answer, facts(), Screening(signs, ())) is None


def test_a_client_who_is_never_screened_out() -> None:
    """Judged as junk, from a list, from no-reply; but a machine of theirs gets no draft."""
    listed = replace(
        sign(Screen.PRESENT),
        no_reply=("maria",),
        never_screened=(f"@{CLIENT.email.split('@')[1]}",),
    )
    junk = facts(flags=frozenset({"$junk"}))
    assert not_judged(message(headers=(("precedence", "bulk"),)), junk, listed) is None
    automatic = replace(listed, signs=(replace(listed.signs[0], reason="automatic"),))
    assert no_draft(message(headers=(("precedence", "bulk"),)), facts(), listed) is None
    skip = no_draft(message(headers=(("precedence", "x"),)), facts(), automatic)
    assert skip is not None
    assert (skip.reason, skip.judged) == ("automatic", True)


@pytest.mark.parametrize(
    ("local", "judged"),
    [
        ("bounce", False),
        ("bounce-12", False),
        ("bounce+a", False),
        ("bounce_7", False),
        ("bounce9", False),
        ("bouncekids", True),
        ("bouncer", True),
        ("b.bounce", True),
        ("bounce-castles", True),
        ("bounce.house", True),
        ("noreply-orders", False),
        ("noreplying", True),
    ],
)
def test_no_reply_addresses_are_told_from_names(local: str, judged: bool) -> None:
    """A number may follow, or anything where the name says what it is; never a letter."""
    screening = Screening((), ("bounce", "noreply*"))
    skip = not_judged(message(sender=Address("", f"{local}@client.example")), facts(), screening)
    assert (skip is None) == judged


@pytest.mark.parametrize(
    ("header", "value", "fields"),
    [
        ("subject", "automatic reply:", {"subject": "Automatic Reply: Website"}),
        ("part", "text/calendar; method=reply", {"parts": ("text/plain", "text/calendar; method=reply")}),
    ],
)  # fmt: skip
def test_signs_in_the_subject_and_in_the_parts(header: str, value: str, fields: dict[str, Any]) -> None:  # fmt: skip
    """An out-of-office answer without headers, a calendar's answer."""
    screening = sign(Screen.BEGINS, value, header)
    assert not_judged(message(**fields), facts(), screening) is not None
    assert not_judged(message(subject="Re: Automatic reply: x"), facts(), screening) is None


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Out of office", True),
        ("Out of Office: Website", True),
        ("Out of office hours: nobody answers", False),
        ("Re: Out of office", False),
    ],
)
def test_a_title_stands_alone_or_before_a_colon(subject: str, shown: bool) -> None:
    """So that a complaint about absence is not one."""
    screening = sign(Screen.TITLED, "out of office", "subject")
    assert (not_judged(message(subject=subject), facts(), screening) is not None) == shown


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"headers": (("precedence", "bulk"),)}, "bulk"),
        ({"reply_to": (Address("", "newsletter@shop.example"),)}, "no-reply"),
    ],
)
def test_what_comes_through_ones_own_address_may_still_be_a_machines(
    fields: dict[str, Any], reason: str
) -> None:
    """A list of ours forwards newsletters and automatic answers, too."""
    usual = {"sender": ME, "to": (ME,), "reply_to": (CLIENT,)}
    screening = replace(sign(Screen.PRESENT), no_reply=("newsletter",))
    found = written_by(message(**{**usual, **fields}), profile(), screening)
    assert found.via == ME
    skip = not_judged(found, facts(), screening)
    assert skip is not None
    assert skip.reason == reason


def test_an_address_that_is_doubtful_is_not_followed() -> None:
    """Neither as the client of a form, nor as the recipient."""
    doubtful = (Defect("reply-address", "odd"),)
    found = message(sender=FORM, reply_to=(CLIENT,), defects=doubtful)
    assert written_by(found, profile(), FORMS) is found


@pytest.mark.parametrize(
    "email", [ME.email, "support@forms.example", "noreply@shop.example", "x-bounces@shop.example"]
)
def test_nobody_is_answered_who_is_no_client(email: str) -> None:
    """Not oneself, not a service, not a machine: such a Reply-To counts for nothing."""
    found = written_by(message(sender=CLIENT, reply_to=(Address("", email),)), profile(), FORMS)
    assert (found.sender, found.reply_to, found.via) == (CLIENT, (), None)
    form = written_by(message(sender=FORM, reply_to=(Address("", email),)), profile(), FORMS)
    assert (form.sender, form.via) == (FORM, None)


def test_ones_own_address_beside_the_clients_does_not_count() -> None:
    """A list of ours adds itself to Reply-To."""
    found = written_by(message(sender=ME, to=(ME,), reply_to=(CLIENT, ME)), profile(), FORMS)
    assert found.sender == CLIENT


@pytest.mark.parametrize("local", ["noreply", "shop-noreply", "x-bounces", "foo-request", "root"])
def test_machines_get_no_draft_whatever_they_say(local: str) -> None:
    """Judged in an answer, but nobody reads what we would write."""
    skip = no_draft(message(sender=Address("", f"{local}@client.example")), facts(), NOTHING)
    assert skip is not None
    assert (skip.reason, skip.judged) == ("no-reply", True)


def test_a_tag_makes_nobody_a_stranger() -> None:
    """``hugo+shop@`` is Hugo."""
    tagged = Address("", ME.email.replace("@", "+shop@"))
    skip = not_judged(message(sender=tagged), facts(), NOTHING)
    assert skip is not None
    assert skip.reason == "own"


def test_ones_own_copy_is_not_the_partners() -> None:
    """A Reply-To in mail to somebody else makes nobody its writer, though the copy lies here."""
    fields = {"sender": ME, "to": (Address("", "a@x.example"),), "delivered_to": (ME,)}
    found = message(reply_to=(CLIENT,), **fields)
    assert written_by(found, profile(), FORMS) is found
