"""The decision about one message, from its parts to its effects."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Address, AppendDraft, Mark, Outcome, Reading
from assistant.reading.message import read
from assistant.rulebook import load
from assistant.tone.polarity import polarity
from assistant.triage import Triage
from tests.builders import (
    CLIENT,
    NOW,
    QUICK,
    REPLIES,
    RULES,
    TONES,
    facts,
    mail,
    profile,
    reading,
    rulebook,
)

ANGRY = "This is unacceptable."
SIGN = """
[[sign]]
id = "list"
header = "list-id"
test = "present"
reason = "list"
describe = "a mailing list"
"""


@cache
def shipped() -> Triage:
    """The shipped rules, compiled once."""
    return Triage(load())


def decide(own_words: str = ANGRY, known: dict[str, Any] | None = None, **fields: Any) -> Outcome:
    """The outcome for a message with these words and fields, by the small usual rules."""
    return Triage(rulebook(TONES, REPLIES, RULES, SIGN)).decide(
        reading(own_words, **fields), facts(**(known or {}))
    )


def test_a_content_client_is_left_alone() -> None:
    """A verdict that explains itself, and nothing to be done."""
    outcome = decide("See you on Tuesday.")
    assert (outcome.identity, outcome.skip, outcome.effects) == ("mid-1", None, ())
    assert outcome.verdict is not None
    assert (outcome.verdict.score, outcome.verdict.dissatisfied) == (0, False)


def test_an_unhappy_client_is_marked_and_answered() -> None:
    """The keyword of the tone, then the draft."""
    outcome = decide()
    mark, append = outcome.effects
    assert mark == Mark("tone-angry")
    assert isinstance(append, AppendDraft)
    assert outcome.draft == append.draft
    assert (append.draft.to, append.draft.subject) == (CLIENT, "Re: Website")
    assert "when would be a good time for a call?" in append.draft.text
    assert outcome.skip is None


def test_textblob_can_tip_the_scale() -> None:
    """Its opinion is handed on to the judge."""
    worried = "I am worried, and you should be concerned. Thank you so much."
    book = rulebook(TONES.replace("threshold = 100", "threshold = 30"), REPLIES, RULES)
    scores = []
    for value in (0.0, -1.0):
        verdict = Triage(book).decide(reading(worried, polarity=value), facts()).verdict
        assert verdict is not None
        scores.append((verdict.score, verdict.dissatisfied))
    assert scores == [(20, False), (35, True)]


@pytest.mark.parametrize(
    ("fields", "known", "reason"),
    [
        ({"headers": (("list-id", "<x>"),)}, {}, "list"),
        ({"sender": None}, {}, "no-sender"),
        ({"own_words": ""}, {}, "empty"),
        ({"language": "fr"}, {}, "language"),
        ({}, {"flags": frozenset({"$junk"})}, "spam"),
    ],
)
def test_what_is_not_judged_has_no_verdict(
    fields: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    """Screened mail has a reason, no verdict and no effects."""
    outcome = decide(**{"own_words": ANGRY, **fields}, known=known)
    assert (outcome.verdict, outcome.effects) == (None, ())
    assert outcome.skip is not None
    assert (outcome.skip.reason, outcome.skip.judged) == (reason, False)


@pytest.mark.parametrize(
    ("fields", "known", "reason"),
    [
        ({"date": NOW - timedelta(days=99)}, {}, "stale"),
        ({}, {"draft_waiting": True}, "draft-waiting"),
        ({}, {"flags": frozenset({"\\answered"})}, "answered"),
        ({"sender": Address("", "a b@x.org")}, {}, "address"),
        ({}, {"profile": profile(identities=(Address("ü", "ü@x.org"),))}, "unsafe"),
    ],
)
def test_whoever_gets_no_draft_is_marked_all_the_same(
    fields: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    """An unhappy client is never lost, only the draft is left out, with the reason."""
    outcome = decide(**fields, known=known)
    assert outcome.effects == (Mark("tone-angry"),)
    assert outcome.draft is None
    assert outcome.skip is not None
    assert (outcome.skip.reason, outcome.skip.judged) == (reason, True)


def test_a_language_without_wording_is_marked_only() -> None:
    """Rules alone are enough to notice."""
    german = 'language = "de"\n' + RULES.replace('"unacceptable"', '"inakzeptabel"')
    triage = Triage(rulebook(TONES, REPLIES, german))
    outcome = triage.decide(reading("Das ist inakzeptabel.", language="de"), facts())
    assert outcome.effects == (Mark("tone-angry"),)
    assert outcome.skip is not None
    assert outcome.skip.detail == "no wording in language 'de'"


def greeting(name: str) -> str:
    """How somebody of this name is greeted, in a rulebook that always uses a sure name."""
    named = REPLIES.replace('"Hello,"]', '"Hello."]').replace(
        '["Hello $', '["Dear ${name},", "Hello $'
    )
    letters = [
        Triage(rulebook(TONES, named, RULES)).decide(
            reading(ANGRY, sender=Address(name, CLIENT.email), identity=f"mid-{number}"), facts()
        )
        for number in range(12)
    ]
    drafts = [outcome.draft for outcome in letters]
    assert all(drafts)
    return " ".join(sorted({draft.text.split("\n")[0] for draft in drafts if draft}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Maria Lopez", "Dear Maria, Hello Maria,"),
        ("Acme Ltd", "Hello."),
        ("", "Hello."),
        ("Refunda Smith", "Hello."),
        ("But", "Hello."),
    ],
)
def test_greetings(name: str, expected: str) -> None:
    """A sure first name is used; one that reads like a forbidden word costs nobody their letter."""
    assert greeting(name) == expected


def test_a_letter_that_breaks_the_guidance_is_not_drafted() -> None:
    """What shows only in the whole of a letter, and not in its parts, is still caught."""
    book = rulebook(
        TONES,
        REPLIES.replace('"due to"', '"first ...3 second"'),
        RULES,
        '[reply.parts.any]\nthanks = ["Thanks, first"]\nacknowledge = ["I hear how second that is."]\n',
    )
    outcome = Triage(book).decide(reading(ANGRY), facts())
    assert outcome.effects == (Mark("tone-angry"),)
    assert outcome.skip is not None
    assert (outcome.skip.reason, outcome.skip.detail) == (
        "guard",
        'reply-no-excuses: says "first I hear how second"',
    )


@settings(QUICK, max_examples=60)
@given(
    st.sampled_from(
        [ANGRY, "I am worried.", "Fine.", "", "Thank you so much. Unacceptable, unacceptable."]
    ),
    st.text(max_size=30),
    st.sampled_from([None, -1.0, 0.3]),
    st.booleans(),
)
def test_the_same_message_has_the_same_outcome(
    words: str, subject: str, value: float | None, waiting: bool
) -> None:
    """Equal to the byte, whoever asks and how often; and every score is the sum of its hits."""
    outcomes = [
        Triage(rulebook()).decide(
            reading(words, polarity=value, subject=subject), facts(draft_waiting=waiting)
        )
        for _ in range(2)
    ]
    assert outcomes[0] == outcomes[1]
    verdict = outcomes[0].verdict
    assert verdict is None or verdict.score == sum(hit.points for hit in verdict.hits)


HOSTILE = [
    mail(
        ANGRY,
        {
            "Subject": "=?utf-8?q?a=0D=0ABcc:_v@x.org?=",
            "From": "=?utf-8?q?a=0D=0Ab?= <maria@client.example>",
        },
    ),
    mail(
        ANGRY, {"From": "\udcff\0 <maria@client.example>", "References": "<a@x>\r\n\t<b@x>" * 900}
    ),
    mail(ANGRY + "\0" * 60_000, {"Message-ID": "<" + "a" * 5_000 + "@x>"}),
    mail("<p>This is <b>unacceptable</b>." + "<div>" * 9_000, {"Content-Type": "text/html"}),
    mail(b"This is unacceptable. +2AA-", {"Content-Type": "text/plain; charset=utf-7"}),
]


@pytest.mark.parametrize("raw", HOSTILE, ids=["line ends", "surrogates", "NUL", "deep", "utf-7"])
def test_hostile_mail_hurts_only_itself(raw: bytes) -> None:
    """From bytes to outcome by the shipped rules: an unhappy client is noticed in spite of tricks."""
    message = read(raw)
    triage = shipped()
    outcome = triage.decide(Reading(message, polarity(message.own_words)), facts())
    assert outcome.verdict is not None
    assert "en.unacceptable" in [hit.rule for hit in outcome.verdict.hits]
    assert outcome == triage.decide(Reading(read(raw), polarity(message.own_words)), facts())
    if outcome.draft is not None:
        assert outcome.draft.to.email == CLIENT.email
        assert outcome.draft.raw.count(b"\r\n\r\n") >= 1


@QUICK
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_have_an_outcome(head: bytes, rest: bytes) -> None:
    """Whatever can be read can be decided upon."""
    header = b"From: " + head + b" <maria@client.example>\r\nSubject: " + rest
    message = read(header + b"\r\n\r\nThis is unacceptable.\n" + rest)
    outcome = Triage(rulebook()).decide(Reading(message, None), facts())
    assert outcome.identity == message.identity
    assert (outcome.skip is None) or outcome.skip.detail
