"""One page for a morning: in which order, with which reasons, and how it looks."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from assistant.cases.clocks import clocks
from assistant.cases.stages import progress
from assistant.cases.today import Laid, Promise, Risk, Today, spoken, spoken_day, telling, today
from assistant.cases.trend import Sign
from assistant.cli.todaypage import as_json, show
from assistant.model import Address, Allowed, Calling, Case, Client, Doing, Entry, Note

BERLIN = ZoneInfo("Europe/Berlin")
CALLING = Calling(zone=BERLIN)
ALLOWED = Allowed()
NOW = datetime(2026, 3, 3, 9, 12, tzinfo=BERLIN)
"""A Tuesday."""
ACME = Client(
    "acme.example",
    (Address("Dana Acme", "dana@acme.example"),),
    name="Acme Furniture",
    contact="Dana Acme, +49 30 1234567",
)
JO = Client("jo@gmail.com", (Address("Jo Meyer", "jo@gmail.com"),))
BOLT = Client("bolt.example", (Address("Bo Lind", "bo@bolt.example"),))
COPY = Sign("copy", "has 2 people in copy of late; before, never anybody")


def ago(days: float = 0, hours: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours)


def came(days: float, heat: int = 0) -> Entry:
    return Entry(ago(days), inward=True, heat=heat)


def sent(days: float) -> Entry:
    return Entry(ago(days), inward=False)


def case(
    key: str,
    entries: Sequence[Entry],
    notes: Sequence[Note] = (),
    client: Client = JO,
    cues: tuple[str, ...] = (),
) -> Case:
    course = progress(entries, notes, NOW, CALLING, ALLOWED)
    assert course is not None
    running = clocks(course, CALLING, ALLOWED)
    return Case(key, "robin@example.com", client, "Website launch", course, running, cues=cues)


def agreed(days: float, due: date, text: str = "Send the corrected invoice") -> list[Note]:
    return [
        Note(ago(days), Doing.CALLED),
        Note(ago(days), Doing.AGREED, text, "Robin", due, 1),
    ]


def order(*cases: Case) -> list[str]:
    return [each.case.key for each in today(cases, (), (), NOW).calls]


# --- who is called first ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (case("z", [came(0.01, 4)]), case("a", [came(0.01, 2)])),  # the hotter
        (case("z", [came(0.01, 2)], cues=("legal-threat",)), case("a", [came(0.01, 5)])),
        (case("z", [came(5, 2)]), case("a", [came(0.01, 4)])),  # whose clocks have run out
        (case("z", [came(0.9, 3), came(0.8)]), case("a", [came(0.9, 3)])),  # who has chased
        (case("z", [came(0.02, 3)]), case("a", [came(0.01, 3)])),  # the one before
        (case("a", [came(0.01, 3)]), case("b", [came(0.01, 3)])),
    ],
)
def test_who_comes_first(first: Case, second: Case) -> None:
    """By tone, threat, clocks and waiting; never by name, but where all else is one."""
    assert order(first, second) == order(second, first) == [first.key, second.key]


def test_the_reasons_are_told() -> None:
    """Each that brought points, with its facts; and how the client has changed."""
    one = case(
        "c-1",
        [came(6, 3), sent(5.9), came(3, 4), came(2)],
        client=ACME,
        cues=("legal-threat", "late"),
    )
    (call,) = today([one], (), [Risk(ACME, (COPY,))], NOW).calls
    assert call.why == (
        "angry",
        "threatens with the law",
        "unanswered since Sat 09:12 (2 messages)",
        "answer was due yesterday 13:00, and the call",
        "open again",
        COPY.text,
    )
    (call,) = today([case("c-1", [came(0.1, 2)])], (), (), NOW).calls
    assert call.why == ("disappointed", "unanswered since 06:48", "answer is due 13:00")
    again = [came(9, 2), sent(8.9), came(1, 1)]
    (call,) = today([case("c-1", again, [Note(ago(8), Doing.CALLED)])], (), (), NOW).calls
    assert call.why[-1] == "open again"


def test_who_was_called_is_not_to_be_called() -> None:
    """Nor whose case is closed."""
    called = case("c-1", [came(2, 3)], [Note(ago(1), Doing.CALLED)])
    closed = case("c-2", [came(2, 3)], [Note(ago(1), Doing.RESOLVED)])
    assert today([called, closed], (), (), NOW).calls == ()


# --- the rest of the page -----------------------------------------------------------------------


def test_what_is_due_today() -> None:
    """What was agreed, a word, the check-in; not what is due tomorrow, nor what the call will settle."""
    late = case("c-1", [came(3, 3), sent(2.9)], agreed(0.1, date(2026, 3, 2)))
    soon = case("c-2", [came(3, 3), sent(2.9)], agreed(0.1, date(2026, 3, 3), ""))
    later = case("c-3", [came(3, 3), sent(2.9)], agreed(0.1, date(2026, 3, 5)))
    quiet = case("c-4", [came(9, 3)], [Note(ago(8), Doing.CALLED)])
    done = case("c-5", [came(9, 1)], [*agreed(8, date(2026, 2, 25)), Note(ago(7), Doing.DID)])
    waiting = case("c-6", [came(9, 3), sent(8.9)])
    found = today([late, soon, later, quiet, done, waiting], (), (), NOW).due
    assert [(each.case.key, each.what, each.late(NOW)) for each in found] == [
        ("c-4", "a word to them, even with nothing new", True),
        ("c-5", "ask whether all is well now", True),
        ("c-1", "Send the corrected invoice (Robin)", True),
        ("c-2", "action 1 (Robin)", False),
    ]


def test_promises_that_pass() -> None:
    """In a case what has passed, and what passes within three days; elsewhere all that is given. The nearest first."""
    one = case("c-1", [came(0.1, 2)])
    given = [
        Promise("", "The quote comes on Friday.", date(2026, 3, 6), BOLT),
        Promise("c-1", "The layout comes on Saturday.", date(2026, 3, 7)),
        Promise("", "The sketch came last week.", date(2026, 2, 20), BOLT),
        Promise("c-1", "You will have it by Monday.", date(2026, 3, 2)),
    ]
    found = today([one], given, (), NOW).promises
    assert [(client, each.quote) for client, each in found] == [
        (JO, "You will have it by Monday."),
        (BOLT, "The quote comes on Friday."),
        (BOLT, "The sketch came last week."),
    ]


def test_of_which_days_is_told() -> None:
    """Up to the next working day, and two weeks back."""
    friday = date(2026, 3, 6)
    assert telling(CALLING, friday) == (date(2026, 2, 20), date(2026, 3, 9))
    off = replace(CALLING, off=frozenset({date(2026, 3, 9)}))
    assert telling(off, friday)[1] == date(2026, 3, 10)
    assert telling(replace(CALLING, days=frozenset()), friday)[1] == date(2026, 3, 7)


def test_drafts_that_wait() -> None:
    """The oldest first; of a case that is closed or gone, none."""
    given = [
        Laid("c-1", "update", ago(1)),
        Laid("c-1", "holding", ago(2)),
        Laid("c-9", "update", ago(3)),
    ]
    found = today([case("c-1", [came(3, 2)])], (), (), NOW, given).drafts
    assert [laid.kind for _, laid in found] == ["holding", "update"]


def test_who_is_at_risk() -> None:
    """Who has most signs first; who is to be called anyway is told there."""
    more = Risk(BOLT, (COPY, Sign("rare", "wrote once in the last 30 days")))
    fewer = Risk(ACME, (COPY,))
    found = today(
        [case("c-1", [came(1, 2)])], (), [Risk(JO, (COPY,)), fewer, more, Risk(ACME, ())], NOW
    )
    assert found.risks == (more, fewer)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "09:12"),
        (NOW.astimezone(UTC), "09:12"),
        (NOW - timedelta(hours=10), "yesterday 23:12"),
        (NOW + timedelta(days=1), "tomorrow 09:12"),
        (NOW - timedelta(days=6), "Wed 09:12"),
        (NOW + timedelta(days=7), "10 Mar 09:12"),
        (NOW - timedelta(days=90), "3 Dec 2025 09:12"),
    ],
)
def test_moments_as_one_says_them(at: datetime, said: str) -> None:
    """In the user's zone."""
    assert spoken(at, NOW) == said
    assert said.startswith(
        spoken_day(at.astimezone(BERLIN).date(), NOW.date()).replace("today", "")
    )


CASES = [
    case("c-1", [came(5, 3)], client=ACME),
    case("c-2", [came(0.1, 2)]),
    case("c-3", [came(3, 3), sent(2.9)], agreed(0.1, date(2026, 3, 2)), client=BOLT),
    case("c-4", [came(9, 1)], [*agreed(8, date(2026, 2, 25)), Note(ago(7), Doing.DID)]),
    case("c-5", [came(0.1, 2)]),
]
PROMISES = [
    Promise("c-1", "By Monday.", date(2026, 3, 2)),
    Promise("", "x", date(2026, 3, 3), BOLT, date(2026, 2, 27), "Our sign"),
]
RISKS = [Risk(ACME, (COPY,)), Risk(BOLT, (COPY,)), Risk(JO, (COPY, COPY))]
DRAFTS = [Laid("c-1", "holding", ago(1)), Laid("c-2", "holding", ago(0.1))]


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_does_not_matter(chance: random.Random) -> None:
    """The store gives them as it likes."""
    expected = today(CASES, PROMISES, RISKS, NOW, DRAFTS)
    lists = [[*CASES], [*PROMISES], [*RISKS], [*DRAFTS]]
    for each in lists:
        chance.shuffle(each)
    cases, promises, risks, drafts = lists
    assert today(cases, promises, risks, NOW, drafts) == expected  # type: ignore[arg-type]


# --- how it looks -------------------------------------------------------------------------------


def page(found: Today, width: int = 80) -> list[str]:
    out = io.StringIO()
    show(found, Console(file=out, width=width, highlight=False))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_page() -> None:
    """As a stranger sees it in a terminal of 80 columns."""
    cases = [
        case(
            "c-7k2mq",
            [came(6, 3), sent(5.9), came(3, 4), came(2)],
            client=ACME,
            cues=("legal-threat",),
        ),
        case("c-9x4ab", [came(0.1, 2)]),
        case("c-1m3zz", [came(3, 3), sent(2.9)], agreed(0.1, date(2026, 3, 2)), client=BOLT),
    ]
    promises = [
        Promise("c-1m3zz", "You will have the new layout by Monday.", date(2026, 3, 2)),
        Promise("", "I will send the quote by Thursday.", date(2026, 3, 5), Client("nord.example"), date(2026, 2, 27)),
    ]  # fmt: skip
    risks = [Risk(Client("sole.example", (Address("", "mia@sole.example"),)), (COPY,))]
    found = today(cases, promises, risks, NOW, [Laid("c-9x4ab", "holding", ago(0.05))], 2)
    assert (
        "\n".join(page(found))
        == """\
Tuesday, 3 March 2026, 09:12: 2 to call, 1 due, 1 draft

Call first
 1. Dana Acme, Acme Furniture                                            c-7k2mq
    “Website launch”
    angry · threatens with the law · unanswered since Sat 09:12 (2 messages) ·
    answer was due yesterday 13:00, and the call · open again
    ask for Dana Acme, +49 30 1234567
 2. Jo Meyer, jo@gmail.com                                               c-9x4ab
    “Website launch”
    disappointed · unanswered since 06:48 · answer is due 13:00

Due
    was yesterday 17:00  Bo Lind: Send the corrected invoice (Robin)     c-1m3zz

Drafts to read and send
    08:00  Jo Meyer: holding reply, “Website launch”                     c-9x4ab

You promised: raise it before they do
    was yesterday  Bo Lind: “You will have the new layout by Monday.”    c-1m3zz
    by Thu         nord.example: you wrote on Fri: “I will send the
                   quote by Thursday.”
    and 2 more

At risk: they write otherwise than usual
    mia@sole.example
      has 2 people in copy of late; before, never anybody

assistant brief c-7k2mq  prepares the call
assistant called c-7k2mq  notes what was agreed"""
    )


def test_a_quiet_morning() -> None:
    """Is told as one."""
    assert page(today((), (), (), NOW)) == [
        "Tuesday, 3 March 2026, 09:12",
        "",
        "Nothing waits for you: nobody to call, nothing due, no draft.",
    ]


def much(text: str) -> Today:
    """Far more than fits, and everywhere this text."""
    client = Client(text, (Address(text, text),), name=text, contact=text)
    cues = ("legal-threat", "public-threat")
    cases = [
        replace(
            case(
                f"c-{n:05}",
                [came(n, 5), came(n - 1)],
                client=replace(client, key=f"{n}"),
                cues=cues,
            ),
            subject=text,
        )
        for n in range(1, 30)
    ]
    cases += [
        case(f"d-{n:05}", [came(9, 3)], agreed(8, date(2026, 3, 2), text), client=client)
        for n in range(30)
    ]
    promises = [Promise("d-00001", text, date(2026, 3, 2))] * 30
    risks = [Risk(replace(client, key=f"r{n}"), (COPY,) * 5) for n in range(30)]
    return today(cases, promises, risks, NOW, [Laid("c-00001", text, ago(1))] * 30)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("text", ["word " * 50, "x" * 300, "漢字" * 90, "[bold]:smile:" * 30])
def test_it_fits_a_page(text: str, width: int) -> None:
    """However much there is, it says how much more; nothing is wider than the terminal."""
    lines = page(much(text), width)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= (70 if width >= 80 else 85)
    more = [line.strip() for line in lines if line.startswith("    and ")]
    assert more == ["and 24 more", "and 55 more", "and 27 more", "and 27 more", "and 28 more"]


def test_strangers_text_does_nothing_to_the_terminal() -> None:
    """No escape, no override of direction, no markup."""
    shown = "\n".join(page(much("a\x1b[2J\u202eb[red]c\n\rd")))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]c" in shown


def test_for_programs() -> None:
    """All of it, nothing cut, as JSON."""
    found = json.loads(json.dumps(as_json(today(CASES, PROMISES, RISKS, NOW, DRAFTS))))
    assert [each["case"] for each in found["calls"]] == ["c-1", "c-2", "c-5"]
    assert found["calls"][0]["why"][0] == "frustrated"
    assert found["due"][-1] | {"due": ""} == {
        "case": "c-3", "account": "robin@example.com", "client": "bolt.example", "subject": "Website launch",
        "stage": "agreed", "owner": None, "clock": "action", "number": 1,
        "what": "Send the corrected invoice (Robin)", "due": "", "late": True,
    }  # fmt: skip
    assert [each["kind"] for each in found["drafts"]] == ["holding", "holding"]
    assert found["promises"][0] == {
        "case": None,
        "client": "bolt.example",
        "quote": "x",
        "due": "2026-03-03",
        "written": "2026-02-27",
        "subject": "Our sign",
    }
    assert found["promises"][1]["written"] is None
    assert found["more_promises"] == 0
    assert found["at_risk"] == [
        {"client": "bolt.example", "signs": [{"kind": "copy", "text": COPY.text}]}
    ]
    assert len(as_json(much("x"))["calls"]) == 29
