"""The call brief: what is in it, and how it is shown; a page of hostile mail runs nothing and breaks nothing."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from assistant.cases.brief import Brief, brief
from assistant.cases.right import Proved
from assistant.cli.brief import as_html, as_json, as_markdown, escaped, mid, show
from assistant.cli.brieflines import sections
from assistant.model import Action, Address, Case, Client, Doing, Note
from assistant.rulebook.sayings import listeners
from tests import browser
from tests.browser import Browser
from tests.builders import QUICK
from tests.test_page import PAYLOADS, Tags
from tests.test_terminal import COLOUR, Terminal, widths
from tests.thread import CALLING, CLIENT, ME, MONDAY, PARTNER, SHOP, SHOP_NOW, Mail, case, ours

ROOT = Path(__file__).parent.parent
LISTENERS = listeners(["en"])
NOTES = (Note(MONDAY - timedelta(days=3), Doing.NOTED, "in the shop until six"),)
BRANDT = Client(
    "brandtoptics.example", (CLIENT, PARTNER), "Brandt Optics", "48 h for price changes",
    "pays on time", "Ilse, not Joost",
)  # fmt: skip
FURIOUS = "This is unacceptable. I have asked three times and nobody answers."


def shop() -> Brief:
    """The brief of a case with something in every part."""
    old = case(
        Mail(-90, f"{FURIOUS} The photos are dark.", subject="Photos"), ours(-89, "Sorry."),
        now=SHOP_NOW, key="c-1aaaa",
    )  # fmt: skip
    found = case(*SHOP, now=SHOP_NOW, notes=NOTES, client=BRANDT)
    return brief(found, SHOP_NOW, CALLING, LISTENERS, [old, found], "DE")


def of(*mails: Mail, now: datetime = SHOP_NOW, **more: object) -> Brief:
    return brief(case(*mails, now=now, **more), now, CALLING, LISTENERS)  # type: ignore[arg-type]


def shown(found: Brief, width: int = 80) -> list[str]:
    out = io.StringIO()
    show(found, Console(file=out, width=width, highlight=False))
    return out.getvalue().splitlines()


def part(found: Brief, title: str) -> list[str]:
    """A section's lines as they read, their messages behind them."""
    return [
        "".join(each.text for each in (*line.pieces, *line.after))
        + "".join(f" #{number}" for number in line.letters)
        for section in sections(found)
        if section.title == title
        for line in section.lines
    ]


# --- what is in it ------------------------------------------------------------------------------


def test_whom_to_ring() -> None:
    """Number from the signature, their clock, and who was let in on it."""
    who = shop().who
    assert (who.name, who.firm) == ("Ilse Brandt", "Brandt Optics")
    assert [(each.phone.number, each.phone.signed, each.letter) for each in who.numbers] == [
        ("+4930901820", True, 3)
    ]
    assert who.there is not None
    assert f"{who.there:%H:%M}" == "10:40"
    assert who.copied == ((PARTNER, 5),)


def test_what_they_want_and_name() -> None:
    """Unanswered wishes first; days that are past are none to come."""
    found = shop()
    assert [each.quote.split()[0] for each in found.wants] == ["I", "Please", "Could", "When"]
    first = found.wants[0]
    assert (first.letter, f"{first.due}", first.inferred) == (5, "2026-03-16", False)
    assert [each.quote for each in found.amounts] == ["€480"]


def test_what_speaks_for_them() -> None:
    """Three letters without an answer, a Friday that passed, complaints that were repeated."""
    found = shop()
    assert [each.about for each in found.right][:2] == [Proved.UNANSWERED, Proved.PASSED]
    assert {each.about for each in found.right[2:]} == {Proved.REPEATED}
    assert part(found, "They're right")[:2] == [
        "3 messages in a row, no answer for 3 work days #3 #4 #5",
        "Fri 6 Mar (inferred) passed without a word from you #2",
    ]


def test_what_was_promised() -> None:
    """The user's own words; their account of the same day is not told again."""
    found = shop()
    assert part(found, "You promised") == [
        "“I'll have the new prices online by Friday.”  Fri 6 Mar (10 days ago), inferred #2"
    ]
    assert [each.letter for each in found.told] == [3]
    theirs = of(Mail(0, f"{FURIOUS} You promised it would be ready by 25 February."))
    assert part(theirs, "You promised") == [
        "They say: “You promised it would be ready by 25 February.”  Wed 25 Feb (19 days ago) #1"
    ]
    assert any("in whose words" in each for each in theirs.ask)


def test_quotes_are_theirs() -> None:
    """Every quote stands in the message that it points at."""
    found = shop()
    for each in (*found.says, *found.wants, *found.told, *found.amounts, *found.promises):
        assert each.quote in SHOP[each.letter - 1].text
    assert len({each.cue for each in found.says[:3]}) == 3


def test_what_was_agreed() -> None:
    """Actions with their day, terms, notes: the user's own."""
    done = SHOP_NOW - timedelta(days=1)
    found = case(*SHOP, now=SHOP_NOW, notes=NOTES, client=BRANDT)
    actions = (
        Action(1, "new prices", "Sam", (SHOP_NOW - timedelta(days=2)).date(), done),
        Action(2, "credit note", "Robin", SHOP_NOW.date()),
        Action(3, "ring Joost", "", None),
    )
    found = replace(found, progress=replace(found.progress, actions=actions))
    assert part(brief(found, SHOP_NOW, CALLING), "Agreed") == [
        "2. credit note, Robin  Mon 16 Mar (today)",
        "3. ring Joost  no day",
        "1. new prices, Sam  done Sun 15 Mar",
        "Terms: 48 h for price changes  (2 more)",
    ]


def test_earlier_cases() -> None:
    """Not the one that the brief is about."""
    (line,) = part(shop(), "Earlier")
    assert line.startswith("Photos  Tue 2 Dec, resolved")
    assert line.endswith("c-1aaaa")


def test_what_is_not_known_is_asked() -> None:
    """Without a number and a wish, these first; what it is about has its own question."""
    found = of(Mail(0, FURIOUS))
    assert found.ask[0].startswith("On which number")
    assert found.ask[1].startswith("What would they like to happen?")
    assert found.ask[-1].startswith("What has it meant")
    wished = of(Mail(0, f"{FURIOUS} I want a refund."))
    assert any(each.startswith("By when") for each in wished.ask)
    unread = of(Mail(0, FURIOUS, language="nl"))
    assert any(each.endswith("wishes: nl.") for each in unread.ask)


def test_the_order_of_the_call() -> None:
    """Listening first, a pause before any promise (guidance: call-listen, call-pause)."""
    names = [name for name, _ in shop().order]
    assert names == ["Listen", "Restate", "Own", "Their wish", "Options", "Pause", "Next step"]
    assert dict(of(Mail(0, FURIOUS)).order)["Own"] != dict(shop().order)["Own"]


def test_tomorrow_is_told_from_where_it_was_written() -> None:
    """On the writer's calendar: late on a Monday in Honolulu it is Tuesday in London."""
    late = Mail(0.9, f"{FURIOUS} Please send it tomorrow.", offset=-600)
    assert [f"{each.due}" for each in of(late).wants] == ["2026-03-03"]
    assert [f"{each.due}" for each in of(replace(late, offset=600)).wants] == ["2026-03-04"]


def test_the_holding_reply_promises_nothing() -> None:
    """It is ours, and its words are no commitment of the user's."""
    assert of(Mail(0, FURIOUS), ours(0.1, "I will gladly ring you.", kind="holding")).promises == ()


def test_who_was_let_in() -> None:
    """Not the user, whom the user has copied, or who wrote themselves."""
    boss = Address("Boss", "boss@brandtoptics.example")
    first = Mail(0, FURIOUS, cc=(ME,))
    assert of(first, Mail(1, FURIOUS, cc=(boss, PARTNER))).who.copied == ((boss, 2), (PARTNER, 2))
    assert of(first, Mail(1, FURIOUS, sender=PARTNER)).who.copied == ()


# --- how it is shown ----------------------------------------------------------------------------


def test_it_is_shorter_than_a_page() -> None:
    """Read in a minute: with something in every part, 45 lines of 80 columns."""
    lines = shown(shop())
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 80


def test_a_long_thread_is_cut() -> None:
    """Each list says how much more there is; however much was written it stays a page."""
    wishes = " ".join(f"Please send me file {n} by {n + 1} April." for n in range(20))
    mails = [Mail(n / 2, f"{FURIOUS} {wishes}") for n in range(60)]
    found = of(*mails, now=MONDAY + timedelta(days=40))
    lines = shown(found)
    assert len(lines) <= 50
    assert "… 53 more" in " ".join(lines)
    assert re.search(r"\(\d+ more\)", " ".join(lines))


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_in_a_terminal(columns: int) -> None:
    """Coloured there, wrapped by us; every line within the window."""
    terminal = Terminal(columns)
    code = (
        "from assistant.cli.brief import show; from assistant.cli.show import console;"
        "from tests.test_brief import shop; show(shop(), console())"
    )
    environ = {key: each for key, each in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    environ["TERM"] = "xterm-256color"
    try:
        subprocess.run(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=terminal.theirs,
            stderr=terminal.theirs, cwd=ROOT, check=True, timeout=60, env=environ,
        )  # fmt: skip
    finally:
        seen = terminal.close()
    assert COLOUR.search(seen)
    assert "The call" in seen
    assert max(widths(seen)) <= columns


def test_as_json_nothing_is_cut() -> None:
    """Times with their zone, spans in seconds, each message with its URL."""
    found = json.loads(json.dumps(as_json(shop())))
    assert found["key"] == "c-7k2mq"
    assert found["now"] == "2026-03-16T09:40:00+00:00"
    assert [each["kind"] for each in found["wants"]] == ["wish", "wish", "wish", "question"]
    assert found["right"][0]["worked"] == 30 * 3600
    assert found["timeline"][3]["wait"]["client"] is True
    assert found["letters"][0] == {
        "number": 1,
        "at": "2026-03-02T09:00:00+00:00",
        "message_id": "<1.ilse@brandtoptics.example>",
        "url": "mid:1.ilse@brandtoptics.example",
    }
    assert found["order"][5]["step"] == "Pause"


@pytest.mark.parametrize(
    ("message_id", "url"),
    [
        ("<a.b@c.example>", "mid:a.b@c.example"),
        ("<a/b%c@d.example>", "mid:a%2Fb%25c@d.example"),
        ("<a)[x](http://e.example)@d>", "mid:a%29%5Bx%5D%28http%3A%2F%2Fe.example%29@d"),
        ("<\"'onload=x@d.example>", "mid:%22%27onload%3Dx@d.example"),
        ("<a b@c.example>", ""),
        ("<a@b@c.example>", "mid:a@b@c.example"),
        ("<é@c.example>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_message_has_a_url(message_id: str | None, url: str) -> None:
    """Percent-encoded (RFC 2392); an id that is none has none."""
    assert mid(message_id) == url
    if url:
        assert message_id is not None
        assert f"<{unquote(url[4:])}>" == message_id


# --- hostile mail -------------------------------------------------------------------------------

MARKED = (
    *PAYLOADS,
    "[click](http://evil.example) ![x](http://evil.example/x) <http://evil.example>",
    "# heading\n\n- list\n\n> quote\n\n    code\n\n***\n| a | b |\n|---|---|\n~~x~~ `code` **b** _i_",
    "http://evil.example www.evil.example eve@evil.example &lt;b&gt; &#60; \\[x\\](y)",
    "[ref]: http://evil.example\n\n[ref] [red]danger[/red] [link=http://evil.example]x[/link]",
    "1) one\n2. two\n+ three\n- [ ] box\n=====\n-----",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07 \x1b[31m \x9b31m \r\n\x08",
)


def hostile(payload: str) -> Brief:
    """A case in which every stranger's word tries it."""
    nasty = Address(payload, "eve@client.example")
    text = f"{FURIOUS} {payload}. Please send me {payload} by Friday. I want {payload} now."
    mails = [
        Mail(n, text, sender=nasty, cc=(Address(payload, f"x{n}@client.example"),), subject=payload,
             signature=f"{payload}\n+1 212 555 0100", message_id=f"<{n}{''.join(payload.split())}@x>")
        for n in range(4)
    ]  # fmt: skip
    reply = ours(1.5, f"I'll send {payload} by Friday. I promise {payload}.")
    note = Note(MONDAY + timedelta(days=2), Doing.CALLED, payload)
    client = Client("client.example", (nasty,), payload, payload, payload, payload)
    found: Case = case(*mails[:2], reply, *mails[2:], now=SHOP_NOW, notes=[note], client=client)
    found = replace(found, progress=replace(found.progress, owner=payload))
    return brief(found, SHOP_NOW, CALLING, LISTENERS, [replace(found, key="c-2")], "US")


CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("payload", MARKED)
def test_hostile_mail_on_a_terminal(payload: str) -> None:
    """No control reaches it, no markup of rich's is read, and the frame stays."""
    for width in (60, 80):
        lines = shown(hostile(payload), width)
        assert not CONTROLS.search("".join(lines))
        assert len(lines) <= (60 if width == 80 else 90)
    if "[red]" in payload:
        assert "[red]danger[/red]" in "".join(" ".join(shown(hostile(payload), 200)).split("\n"))


@pytest.mark.parametrize("payload", MARKED)
def test_hostile_mail_as_markdown(payload: str) -> None:
    """Headings and lists are ours alone; no HTML, no picture, and every link leads to a message."""
    text = as_markdown(hostile(payload))
    assert not CONTROLS.search(text)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [each for token in tokens for each in token.children or ()]
    kinds = {each.type for each in (*tokens, *inner)}
    assert kinds <= {
        "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text",
        "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "link_open",
        "link_close", "strong_open", "strong_close", "text_special",
    }  # fmt: skip
    ours_alone = [each for each in text.splitlines() if each.startswith("#")]
    assert sum(token.type == "heading_open" for token in tokens) == len(ours_alone)
    assert max(token.level for token in tokens if token.type == "bullet_list_open") == 0
    links = [str(each.attrs["href"]) for each in inner if each.type == "link_open"]
    assert all(each.startswith("mid:") for each in links)


@pytest.mark.parametrize("payload", MARKED)
def test_hostile_mail_as_a_page(payload: str) -> None:
    """No tag but ours, no attribute that runs, no way out of the page but to a message."""
    text = as_html(hostile(payload))
    page = Tags(text)
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "section", "ul", "li",
        "bdi", "a", "span", "footer",
    }  # fmt: skip
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "href"}
    assert all(link.startswith("mid:") for link in page.links)
    assert not CONTROLS.search(text)
    assert "default-src 'none'" in text[:400]
    assert "url(" not in text
    assert "unsafe" not in text[:600]


@QUICK
@given(st.text(max_size=40))
def test_any_text_stays_text(text: str) -> None:
    """In Markdown a line of it is one paragraph of text, whatever stands in it."""
    line = " ".join(text.split())
    if not line or any(ord(each) < 32 for each in line):
        return
    tokens = MarkdownIt("commonmark").parse(f"“{escaped(line)}”")
    assert [each.type for each in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    (inline,) = tokens[1:2]
    assert {each.type for each in inline.children or ()} <= {"text", "text_special"}


def test_in_a_real_browser(tmp_path: Path) -> None:
    """The policy lets the style sheet in and nothing else; on paper it is one sheet."""
    browser.needed()
    chromium = Browser(tmp_path / "chromium")
    page = tmp_path / "brief.html"
    page.write_text(as_html(hostile(PAYLOADS[3])), "utf-8")
    assert "<title>Call brief c-7k2mq</title>" in chromium.dom(page)
    page.write_text(as_html(shop()), "utf-8")
    dom = chromium.dom(page)
    assert dom.count("<section>") == 10
    assert 'href="mid:5.ilse@brandtoptics.example"' in dom
    chromium.printed(page, tmp_path / "a.pdf")
    assert b"/Count 1\n" in (tmp_path / "a.pdf").read_bytes()


def test_the_clock_is_the_users() -> None:
    """Whatever zone `now` comes in."""
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # July in London
    assert f"{of(*SHOP, now=late).now:%d %b}" == "01 Jul"
