"""What follows the holding reply: from a case to the bytes of a draft."""

from __future__ import annotations

import email.utils
import re
import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import rulebook as rulebooks
from assistant.clean import clean_lines
from assistant.errors import ConfigError
from assistant.model import (
    FOLLOW_UPS,
    Action,
    Address,
    Calling,
    Case,
    Client,
    Defect,
    Doing,
    Draft,
    Entry,
    Letter,
    Note,
    Progress,
    RuleBook,
    Skip,
    Stage,
    Wording,
)
from assistant.reply.agreed import Lines, typed
from assistant.reply.compose import draft_id
from assistant.reply.followup import SIGNS, FollowUps, follow_up_id
from assistant.reply.guard import RESOLUTION_ROW, TYPED, Guard
from assistant.reply.wording import Letter as Asked
from assistant.reply.wording import choices, needed, parts_of
from tests.builders import (
    CLIENT,
    ME,
    NOW,
    QUICK,
    REPLIES,
    RULES,
    TONES,
    message,
    profile,
    rulebook,
    toml_file,
)
from tests.test_compose import THREADED, decoded, hostile, parsed, text_of

TEXTS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "followups.toml").read_text("utf-8"))
BOOK: RuleBook = rulebooks.load()
SHIPPED = FollowUps(BOOK)
DAY = timedelta(days=1)
CALLED = NOW + DAY
LATER = NOW + 8 * DAY
ME_HERE = profile(signature="Hugo Steen", calling=Calling(zone=ZoneInfo("Europe/Berlin")))
SEND = Action(1, "Send the corrected invoice", "Hugo", date(2026, 3, 20))
PAPER = Action(2, "Choose the paper", "", None)


def client_letter(own_words: str = "Hi Hugo, this is late again.", **fields: Any) -> Letter:
    return Letter(message(own_words, **fields), Entry(NOW, inward=True, heat=4))


def our_letter(**fields: Any) -> Letter:
    usual: dict[str, Any] = {
        "message_id": "<h.1@studio.example>",
        "references": ("<1@client.example>",),
        "sender": ME,
        "to": (CLIENT,),
    }
    found = message("I am sorry for the trouble.", **{**usual, **fields})
    return Letter(found, Entry(CALLED, inward=False, kind="holding"))


def case(
    *actions: Action,
    notes: tuple[Note, ...] = (Note(CALLED, Doing.CALLED),),
    letters: tuple[Letter, ...] | None = None,
    subject: str = "Website",
    **course: Any,
) -> Case:
    """CLIENT's case: an angry letter, our answer, a call a day later in which the actions were agreed."""
    usual: dict[str, Any] = {
        "stage": Stage.AGREED,
        "told": CALLED,
        "answered": CALLED,
        "called": CALLED,
        "actions": actions,
    }
    progress = Progress(heat=4, opened=NOW, first=NOW, **{**usual, **course})
    thread = (client_letter(), our_letter()) if letters is None else letters
    return Case("c-7k2mq", "me", Client("client.example"), subject, progress, (), (), thread, notes)


def finished(*actions: Action) -> Case:
    """The same, all done, an action a day."""
    done = [replace(each, done=CALLED + day * DAY) for day, each in enumerate(actions, 2)]
    last = done[-1].done if done else CALLED + 2 * DAY
    return case(*done, done=last)


def draft(kind: str, given: Case, now: datetime = LATER, **more: Any) -> Draft:
    made = SHIPPED.draft(kind, given, replace(ME_HERE, **more), now)
    assert isinstance(made, Draft), made
    return made


def reason(kind: str, given: Case, follow_ups: FollowUps = SHIPPED) -> str:
    made = follow_ups.draft(kind, given, ME_HERE, LATER)
    assert isinstance(made, Skip), made
    return made.reason


def right(kind: str, *actions: Action) -> Case:
    """A case for which it is time for a kind of draft."""
    return finished(*actions) if kind == "checkin" else case(*actions)


# --- the texts ----------------------------------------------------------------------------------


def golden_case(kind: str, language: str) -> Case:
    """Two actions of the user's, one of which is overdue by LATER, one of nobody's; and a note."""
    words = TEXTS["words"][language]
    first, second, third = words["actions"]
    actions = (
        Action(1, first, "Hugo", date(2026, 3, 10)),
        Action(2, second, "Hugo", date(2026, 4, 1)),
        Action(3, third, "", None),
    )
    letters = (client_letter(words["client"], language=language), our_letter(language=language))
    notes = (Note(CALLED, Doing.CALLED), Note(CALLED, Doing.NOTED, words["note"]))
    return replace(right(kind, *actions), letters=letters, notes=notes)


@pytest.mark.parametrize(
    "golden",
    [pytest.param(t, id=f"{t['language']}-{t['kind']}-{t['manner']}") for t in TEXTS["golden"]],
)
def test_as_it_was_read_and_found_good(golden: dict[str, str]) -> None:
    """Every kind in every language and either way to address somebody, word for word."""
    kind = golden["kind"]
    made = draft(kind, golden_case(kind, golden["language"]), manner=golden["manner"])
    assert made.text == golden["text"].lstrip("\n")
    assert made.text == text_of(made.raw)


def test_every_kind_has_been_read_in_every_language() -> None:
    seen = {(each["language"], each["kind"], each["manner"]) for each in TEXTS["golden"]}
    languages = {each.language for each in BOOK.wordings}
    assert seen == set(product(languages, FOLLOW_UPS, ("formal", "informal")))


@pytest.mark.parametrize("wording", BOOK.wordings, ids=lambda each: each.language)
@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_whatever_variants_a_case_picks_the_guard_has_nothing_against_them(
    wording: Wording, kind: str
) -> None:
    """And there is a choice of words: no two clients get the same."""
    language = wording.language
    for manner, known in product(("formal", "informal"), (True, False)):
        given = golden_case(kind, language)
        if not known and kind != "summary":
            given = replace(given, progress=replace(given.progress, actions=()))
        texts = {draft(kind, replace(given, key=f"c-{n}"), manner=manner).text for n in range(24)}
        assert len(texts) >= 3
        asked = Asked(kind, "", manner == "formal", "")
        said = [next(choices(wording, asked, part)) for part in parts_of(wording, asked)]
        filled = {"name", "full_name", "date", "actions", "notes"}
        assert all(needed(text) <= filled for variants in said for text in variants)


@pytest.mark.parametrize("language", TEXTS["typed"])
def test_what_people_type_is_quoted_unless_it_must_not_be_said(language: str) -> None:
    """Dates, promises and conditions are what was agreed; blame, admissions and stories are not."""
    guard = shipped_guard(language)
    fine = [text for text in TEXTS["typed"][language]["fine"] if refused(guard, text)]
    bad = [text for text in TEXTS["typed"][language]["refused"] if not refused(guard, text)]
    assert (fine, bad) == ([], [])


@cache
def shipped_guard(language: str) -> Guard:
    wording = BOOK.wording(language)
    assert wording is not None
    return Guard(wording, BOOK.classes(language))


def refused(guard: Guard, text: str) -> list[str]:
    return [each.row for each in guard.forbids(text, TYPED) if each.row != RESOLUTION_ROW]


def test_a_line_says_who_what_and_by_when_as_far_as_it_is_known() -> None:
    agreed = case(
        SEND,
        replace(SEND, number=2, owner=""),
        replace(SEND, number=3, due=None),
        PAPER,
        replace(SEND, number=5, due=date(2026, 3, 11)),
        replace(SEND, number=6, due=date(2026, 3, 12)),
        replace(SEND, number=7, done=CALLED),
    )
    assert [line for line in draft("update", agreed).text.split("\n") if line.startswith("- ")] == [
        "- Hugo: Send the corrected invoice, by Friday 20 March 2026",
        "- Send the corrected invoice, by Friday 20 March 2026",
        "- Hugo: Send the corrected invoice",
        "- Choose the paper",
        "- Hugo: Send the corrected invoice (agreed for Wednesday 11 March 2026)",
        "- Hugo: Send the corrected invoice, by Thursday 12 March 2026",
    ]


def test_nobody_who_takes_it_over_leaves_the_users_own_signature() -> None:
    """However little is typed for a name; "me" is the user's name, not all of what stands under their letters."""
    signed = profile(signature="Hugo Steen\nSteen & Daughters", calling=ME_HERE.calling)
    given = case(replace(SEND, owner="me"), owner="\u200b ")
    made = SHIPPED.draft("summary", given, signed, LATER)
    assert isinstance(made, Draft)
    assert made.text.rstrip().endswith("Hugo Steen\nSteen & Daughters")
    assert "- Hugo Steen: " in made.text


@pytest.mark.parametrize(
    ("owner", "who"), [("me", "Hugo Steen"), ("Ich", "Hugo Steen"), ("Mei", "Mei")]
)
def test_who_says_me_is_named_to_the_client(owner: str, who: str) -> None:
    """By whoever signs."""
    assert f"- {who}: " in draft("summary", right("summary", replace(SEND, owner=owner))).text
    mine = right("summary", replace(SEND, owner=owner))
    taken_over = replace(mine, progress=replace(mine.progress, owner="Petra Novak"))
    named = {"Hugo Steen": "Petra Novak"}.get(who, who)
    assert f"- {named}: " in draft("summary", taken_over).text


def test_days_are_the_users() -> None:
    """A call at 23:30 in London is one on the next day in Berlin."""
    late = datetime.fromisoformat("2026-03-05T23:30:00+00:00")
    given = case(SEND, notes=(Note(late, Doing.CALLED),))
    assert "on Friday 6 March 2026" in draft("summary", given).text
    assert "on Thursday 5 March 2026" in draft("summary", given, calling=Calling()).text


@pytest.mark.parametrize(
    ("language", "day", "shown"),
    [
        ("en", date(2026, 5, 1), "Friday 1 May 2026"),
        ("de", date(2026, 5, 1), "Freitag, 1. Mai 2026"),
        ("fr", date(2026, 5, 1), "vendredi 1er mai 2026"),
        ("fr", date(2026, 5, 21), "jeudi 21 mai 2026"),
        ("es", date(2026, 5, 1), "viernes 1 de mayo de 2026"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, day: date, shown: str) -> None:
    wording = BOOK.wording(language)
    assert wording is not None
    assert wording.times is not None
    assert Lines(wording.lines, wording.times, Calling()).date(day) == shown


def test_only_what_was_noted_with_the_call_is_for_the_client() -> None:
    """A note of before or after is the user's own; so is one of another call."""
    notes = (
        Note(CALLED, Doing.CALLED, "Of the first call"),
        Note(CALLED + DAY, Doing.NOTED, "Between calls"),
        Note(CALLED + 2 * DAY, Doing.CALLED, "Maria is away in May.\n\nPetra knows the files."),
        Note(CALLED + 2 * DAY, Doing.NOTED, "Two rounds of proofs"),
        Note(CALLED + 3 * DAY, Doing.NOTED, "Private"),
    )
    text = draft("summary", case(notes=notes)).text
    assert "\n- Maria is away in May\n- Petra knows the files\n- Two rounds of proofs\n\n" in text
    assert not re.search("first call|Between|Private", text)


def test_what_is_done_is_not_agreed_again() -> None:
    given = case(SEND, replace(PAPER, done=CALLED))
    assert "Choose the paper" not in draft("summary", given).text
    assert "Choose the paper" not in draft("update", given).text
    assert "Choose the paper (done on" in draft("checkin", finished(SEND, PAPER)).text


def test_a_check_in_without_actions_names_the_day() -> None:
    assert "on Saturday 7 March 2026." in draft("checkin", finished()).text


def test_a_parting_lists_nothing() -> None:
    """What happens next is for the two to agree: the letter leaves no hole to be filled in."""
    text = draft("parting", case(SEND)).text
    assert "invoice" not in text
    assert not re.search(r"[\[\]_…$]", text)


def test_the_thread_tells_language_and_manner() -> None:
    """That in which the client wrote most; and both sides' words tell how one addresses the other."""
    german = client_letter("Ich warte immer noch auf den Entwurf, bitte melde dich.", language="de")
    short = client_letter("Thanks!", language="en", message_id="<2@client.example>")
    text = draft("update", case(letters=(german, short))).text
    assert text.startswith("Hallo Maria,")
    formal = client_letter("Sehr geehrter Herr Steen, ich warte noch auf Sie.", language="de")
    assert draft("update", case(letters=(formal, short))).text.startswith("Guten Tag Maria Lopez,")


def test_whoever_has_taken_over_signs() -> None:
    """Guidance: call-handover."""
    assert draft("update", case()).text.endswith("regards,\nHugo Steen\n")
    assert draft("update", case(owner="Petra Novak")).text.endswith("regards,\nPetra Novak\n")
    assert draft("update", case(owner="Petra\r\nBcc: v@x.org")).text.endswith(
        "regards,\nPetra Bcc: v@x.org\n"
    )
    assert draft("update", case(owner="\u200b ")).text.endswith("regards,\nHugo Steen\n")


# --- when there is none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        ("summary", case(SEND, notes=()), "no-call"),
        ("summary", case(), "nothing-agreed"),
        ("summary", case(replace(SEND, done=CALLED)), "nothing-agreed"),
        ("summary", case(replace(SEND, text="\u200b .")), "nothing-agreed"),
        ("summary", case(SEND, stage=Stage.RESOLVED, resolved=LATER), "resolved"),
        ("update", case(told=None), "not-answered"),
        ("update", case(resolved=LATER, stage=Stage.RESOLVED), "resolved"),
        ("checkin", case(SEND), "not-done"),
        ("checkin", case(done=CALLED, checked_in=CALLED), "checked-in"),
        ("parting", case(letters=()), "letters"),
        ("parting", case(letters=(our_letter(),)), "letters"),
        ("parting", case(letters=(client_letter(language="nl"),)), "language"),
        ("parting", case(letters=(client_letter(sender=None),)), "unsafe"),
        ("parting", case(letters=(client_letter(sender=ME),)), "unsafe"),
        ("parting", case(letters=(client_letter(defects=(Defect("several-senders", ""),)),)), "address"),
    ],
)  # fmt: skip
def test_why_there_is_none(kind: str, given: Case, why: str) -> None:
    assert reason(kind, given) == why


def test_a_resolved_case_may_end_in_a_parting() -> None:
    draft("parting", case(stage=Stage.RESOLVED, resolved=LATER))


def test_a_language_may_do_without_them() -> None:
    """A wording of the user's own, with holding replies only."""
    assert reason("update", case(), FollowUps(rulebook())) == "language"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Client overreacts as usual", "reply-calm"),
        ("We forgot to send it, our mistake", "reply-apologise"),
        ("The supplier let us down", "reply-no-excuses"),
        ("This is what really happened", "reply-heard"),
    ],
)
@pytest.mark.parametrize("kind", ["summary", "update", "checkin"])
def test_the_users_words_are_refused_for_what_no_letter_says(
    kind: str, text: str, row: str
) -> None:
    """Whether an action's, an owner's or a note's; and the user is told which."""
    made = SHIPPED.draft(kind, right(kind, replace(SEND, text=text)), ME_HERE, LATER)
    assert isinstance(made, Skip)
    assert made.reason == "guard"
    assert made.detail.startswith(f'{row}: your own words: says "')
    assert reason(kind, right(kind, replace(SEND, owner=text))) == "guard"
    if kind == "summary":
        assert reason(kind, case(notes=(Note(CALLED, Doing.CALLED, text),))) == "guard"


def test_a_parting_is_not_hindered_by_what_it_does_not_quote() -> None:
    draft("parting", case(replace(SEND, text="Client overreacts as usual")))


OWN = {
    "summary": ("correct", "Please call me.", "after-writing"),
    "update": ("news", "Hello again.", "after-updates"),
    "checkin": ("question", "That is that.", "after-checkin"),
    "parting": ("thanks", "We part.", "after-part"),
}
FORBIDDEN = [
    ("We will fix it for you.", "reply-no-resolution"),
    ("You will have it by Monday.", "reply-no-resolution"),
    ("We were snowed under.", "reply-no-excuses"),
    ("It was our mistake.", "reply-apologise"),
    ("Calm down.", "reply-calm"),
    ("Thank you!", "reply-calm"),
    ("Do you see? Do you agree?", "reply-short"),
    ("so " * 120, "reply-short"),
]


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_what_each_kind_must_say(kind: str) -> None:
    """Ask to be corrected, be honest that nothing is new, ask whether all is well, thank (after-*)."""
    part, text, row = OWN[kind]
    found = shipped_guard("en").faults_after(kind, f"Hello,\n\n{text}\n\nKind regards,", ())
    assert [each.row for each in found] == [row]
    wording = BOOK.wording("en")
    assert wording is not None
    fine = wording.parts[kind][part][0]
    assert shipped_guard("en").faults_after(kind, fine, ()) == ()


@pytest.mark.parametrize(("text", "row"), FORBIDDEN)
@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_what_none_may_say(kind: str, text: str, row: str) -> None:
    """New promises and dates, excuses, admissions, remarks: in our own words, whatever the kind."""
    wording = BOOK.wording("en")
    assert wording is not None
    said = f"{wording.parts[kind][OWN[kind][0]][0]}\n\n{text}"
    assert row in {each.row for each in shipped_guard("en").faults_after(kind, said, ())}


def test_only_a_check_in_says_that_it_is_done() -> None:
    guard = shipped_guard("de")
    said = "Alles, was wir vereinbart haben, ist erledigt."
    assert guard.forbids(said, "checkin") == ()
    for kind in ("", "summary", "update", "parting", TYPED):
        assert [each.row for each in guard.forbids(said, kind)] == [RESOLUTION_ROW]


def test_only_our_own_words_are_counted_and_questioned() -> None:
    """What was agreed may be long, and may be a question."""
    long = replace(SEND, text="Which paper? " + "Matt or glossy? " * 40)
    assert "Matt or glossy? Matt" in draft("summary", case(long)).text


# --- the message --------------------------------------------------------------------------------


def test_a_whole_draft() -> None:
    """Every byte of one."""
    made = draft("summary", case(SEND))
    assert made.raw.decode("ascii").split("\r\n") == [
        "From: Hugo Steen <hugo@studio.example>",
        "To: Maria Lopez <maria@client.example>",
        "Subject: Re: Website",
        "Date: Thu, 12 Mar 2026 12:00:00 +0000",
        f"Message-ID: {made.message_id}",
        "In-Reply-To: <h.1@studio.example>",
        "References: <1@client.example>",
        " <h.1@studio.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        *made.text.replace("something is missing.", "something is =\nmissing.").split("\n"),
    ]


def test_it_answers_the_last_letter_and_goes_to_whom_of_the_client_wrote_last() -> None:
    sales = Address("Sales", "sales@studio.example")
    tom = client_letter(
        "Hi, Tom here.",
        message_id="<2@client.example>",
        sender=Address("Tom Hale", "tom@client.example"),
        to=(sales,),
        references=("<1@client.example>",),
    )
    ours = our_letter(references=("<1@client.example>", "<2@client.example>"))
    given = case(letters=(client_letter(), tom, ours))
    made = draft("update", given, identities=profile(identities=(ME, sales)).identities)
    assert (made.to.email, made.sender) == ("tom@client.example", sales)
    head = parsed(made.raw)
    assert head["In-Reply-To"] == "<h.1@studio.example>"
    assert str(head["References"]).split() == [
        "<1@client.example>", "<2@client.example>", "<h.1@studio.example>",
    ]  # fmt: skip
    assert made.text.startswith("Hello Tom,")


def test_a_letter_without_an_id_is_passed_over_in_the_thread() -> None:
    nameless = client_letter(message_id=None)
    assert parsed(draft("update", case(letters=(our_letter(), nameless))).raw)["In-Reply-To"] == (
        "<h.1@studio.example>"
    )
    alone = parsed(draft("update", case(letters=(nameless,))).raw)
    assert alone["In-Reply-To"] is alone["References"] is None


@pytest.mark.parametrize(
    ("subject", "shown"), [("AW: Re: Website", "Re: Website"), ("", "Re: your message")]
)
def test_the_subject_is_the_threads(subject: str, shown: str) -> None:
    assert draft("update", case(subject=subject)).subject == shown


# --- at most one for each occasion --------------------------------------------------------------


def test_a_repeat_arrives_at_the_same_id_and_bytes() -> None:
    """Whoever composes it again; another mailbox, case or kind has another id."""
    assert draft("summary", case(SEND)) == draft("summary", case(SEND))
    ids = [follow_up_id(kind, case(SEND, done=CALLED), ME_HERE) for kind in FOLLOW_UPS]
    assert len({*ids, follow_up_id("update", replace(case(), key="c-2"), ME_HERE)}) == 5
    assert (
        follow_up_id("update", case(), replace(ME_HERE, mailbox_address="x@y.example")) not in ids
    )
    assert draft_id(ME_HERE, "mid-1")[1] not in SIGNS.values()
    for kind, made in zip(FOLLOW_UPS, ids, strict=True):
        assert re.fullmatch(rf"<{SIGNS[kind]}\.[0-9a-f]{{32}}@studio\.example>", made)


CALL, AGAIN = Note(CALLED, Doing.CALLED), Note(CALLED + DAY, Doing.CALLED)


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("summary", case(SEND), case(SEND, PAPER, owner="Petra", told=LATER), True),
        ("summary", case(notes=(CALL,)), case(notes=(CALL, Note(CALLED, Doing.NOTED, "x"))), True),
        ("summary", case(notes=(CALL,)), case(notes=(CALL, AGAIN)), False),
        ("summary", case(notes=(CALL,)), case(notes=(AGAIN,)), False),  # after a lost state file
        ("update", case(), case(SEND, told=CALLED + timedelta(hours=2)), True),
        ("update", case(), case(told=LATER), False),
        ("checkin", case(done=CALLED), case(SEND, done=CALLED), True),
        ("checkin", case(done=CALLED), case(done=LATER), False),
        ("parting", case(), case(SEND, told=LATER, done=LATER), True),
        ("parting", case(), case(reopened=1), False),
    ],
)
def test_what_makes_another_occasion(kind: str, one: Case, other: Case, same: bool) -> None:
    """Another call, another silence, another last action, another opening."""
    assert (follow_up_id(kind, one, ME_HERE) == follow_up_id(kind, other, ME_HERE)) is same


# --- nothing smuggled in ------------------------------------------------------------------------


def check(kind: str, given: Case) -> None:
    """A draft holds the header that was meant, one recipient, and each typed text in a line of its own."""
    made = SHIPPED.draft(kind, given, ME_HERE, LATER)
    if isinstance(made, Skip):
        assert made.reason in ("guard", "nothing-agreed", "unsafe")
        return
    head = parsed(made.raw)
    assert head.keys() == THREADED
    assert email.utils.getaddresses([str(head["To"])])[0][1] == CLIENT.email
    assert len(email.utils.getaddresses([str(head["To"])])) == 1
    assert decoded(head["Subject"]).split() == made.subject.split()
    assert text_of(made.raw) == made.text
    assert made.text.splitlines() == made.text.split("\n")[:-1]
    assert made.text == clean_lines(made.text)
    lines = [line for line in made.text.split("\n") if line.startswith("- ")]
    listed = [each for each in given.progress.actions if typed(each.text)]
    noted = [line for note in given.notes for line in note.text.splitlines() if typed(line)]
    expected = len(listed) + (len(noted) if kind == "summary" else 0)
    assert len(lines) == (0 if kind == "parting" else expected)


@settings(QUICK, max_examples=120)
@given(
    kind=st.sampled_from(FOLLOW_UPS),
    text=hostile,
    owner=hostile,
    note=hostile,
    due=st.none() | st.dates(),
)
@example("summary", "x\r\n\r\nBcc: v@x.org", "Hugo\nBcc: v@x.org", "- a\n-- \nb", None)
@example("summary", "${date} $x ${", "$$", "${actions}", date.min)
def test_what_is_typed_adds_nothing(
    kind: str, text: str, owner: str, note: str, due: date | None
) -> None:
    """Any action, owner and note: a line each, and no header."""
    action = Action(1, text, owner, due)
    given = replace(right(kind, action), notes=(Note(CALLED, Doing.CALLED, note),))
    check(kind, replace(given, progress=replace(given.progress, owner=owner)))


@settings(QUICK, max_examples=120)
@given(kind=st.sampled_from(FOLLOW_UPS), subject=hostile, name=hostile)
def test_what_the_client_wrote_adds_nothing(kind: str, subject: str, name: str) -> None:
    """Any subject and any display name."""
    letter = client_letter(sender=Address(name, CLIENT.email), subject=subject)
    given = replace(right(kind, SEND), letters=(letter, our_letter()), subject=subject)
    check(kind, given)


# --- the user's own wording ---------------------------------------------------------------------

MINIMAL = """
[reply.order]
update = ["news actions", "closing"]

[reply.parts.update]
news = ["I have nothing new yet."]
actions = ["Open:\\n${actions}"]

[reply.lines]
agreed = ["* ${text}"]
passed = ["* ${text}"]
done = ["* ${text}"]
note = ["* ${text}"]
date = "${number} ${month} ${year}"

[reply.required]
after-updates = ["nothing new"]
"""


def with_own(text: str) -> RuleBook:
    """The shipped rules with a file of the user's laid over them."""
    shipped = rulebooks.read()
    mine = rulebooks.document(toml_file(text, "mine.toml"))
    return rulebooks.merge((*shipped.common, mine), shipped.words)


def test_a_part_of_the_users_replaces_ours() -> None:
    mine = '[reply.parts.update]\nnews = ["There is no news yet, I am still on it."]\n'
    made = FollowUps(with_own(mine)).draft("update", case(SEND), ME_HERE, LATER)
    assert isinstance(made, Draft)
    assert "There is no news yet, I am still on it." in made.text
    assert "- Hugo: Send the corrected invoice" in made.text


def test_a_wording_from_nothing() -> None:
    follow_ups = FollowUps(rulebook(TONES, REPLIES, RULES, MINIMAL))
    made = follow_ups.draft("update", case(SEND), ME_HERE, LATER)
    assert isinstance(made, Draft)
    assert made.text == (
        "I have nothing new yet. Open:\n* Send the corrected invoice\n\nKind regards,\nHugo Steen\n"
    )
    assert reason("summary", case(SEND), follow_ups) == "language"


@pytest.mark.parametrize(
    ("mine", "part"),
    [
        ('[reply.parts.update]\nnews = ["We were snowed under."]\n', "reply.parts.update.news: breaks reply-no-excuses"),
        ('[reply.parts.sumary]\nthanks = ["x"]\n', 'no such tone, cue or kind of draft; did you mean "summary"?'),
        ('[reply.order]\nparting = ["greeting thanks farewell"]\n', "reply.order.parting: unknown part"),
        ('[reply.order]\nparting = ["greeting acknowledge"]\n', "reply (parting, formal): lacks acknowledge"),
        ('[reply.parts.checkin]\ndone = ["Done on ${date}:\\n${actions}"]\n', "reply (checkin, formal): lacks done"),
        (f'[reply.parts.parting]\nwish = ["{"so " * 100}"]\n', "words long; 110 will do (guidance: reply-short)"),
        ('[reply.lines]\nagreed = ["${text} by ${date}"]\n', "reply.lines.agreed: lacks a pattern that needs no more than"),
        ('[reply.lines]\nnote = ["${txt}"]\n', "may hold ${text} and no other $"),
        ('[reply.lines]\ndate = ""\n', "reply.lines.date: is missing"),
        ('[reply.lines]\nfist = "1st"\n', 'unknown key; did you mean "first"?'),
        ("[reply.required]\nafter-part = []\n", "reply.required.after-part: is missing"),
        ('[reply.may]\ntypd = ["but"]\n', 'unknown; did you mean "typed"?'),
        ('[reply.may]\ntyped = ["("]\n', "reply.may.typed:"),
    ],
)  # fmt: skip
def test_a_wording_that_could_never_be_drafted_is_refused_at_load(mine: str, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_own(mine)
    assert any(part in str(each) for each in caught.value.problems), caught.value.problems


def test_a_message_of_ours_is_no_letter_of_the_clients() -> None:
    """Where we wrote last, the client is written to all the same."""
    made = draft("update", case(letters=(client_letter(), our_letter())))
    assert made.to == CLIENT
