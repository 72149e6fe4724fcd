"""`explain` as people and programs read it: hits in the message's own words, what nearly counted, the margin."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.letters import CALM, FURIOUS
from tests.program import Home, fresh
from tests.test_cli import HARMFUL, HOSTILE
from tests.test_terminal import COLUMNS, ESCAPE, show, widths

DOCS = Path(__file__).parent.parent / "docs" / "explain.md"
HELD = "It is not the logo. The courier was unacceptable. "
LOGO = """
[[rule]]
id = "my.logo"
describe = "names the logo"
points = 300
tone = "angry"
phrases = ["logo"]
matches = ["The logo."]
"""
FILLER = "The photographs arrive on Tuesday and the text is nearly finished. "


@pytest.fixture
def home(home: Home) -> Home:
    """A home with a rule of the user's own."""
    home.configure(LOGO)
    return home


def written(home: Home, body: str, **fields: object) -> Path:
    path = home.folder / "a.eml"
    path.write_bytes(fresh(body, **fields).raw)
    return path


def frame(shown: str) -> str:
    """The message's own words as they are shown."""
    (block,) = re.findall(r"^  Words.*\n((?:  │.*\n)+)", shown, re.MULTILINE)
    return "\n".join(line.removeprefix("  │").strip() for line in block.splitlines())


# --- the words ----------------------------------------------------------------------------------


def test_hits_are_marked_where_there_are_no_colours(home: Home) -> None:
    """With their places in the text and in the subject; the table beside it adds up to the score."""
    done = home.run("explain", written(home, FURIOUS, subject="Unacceptable work"))
    assert (done.code, done.err) == (0, "")
    assert ">>unacceptable<<" in frame(done.out)
    assert ">>I am furious<<" in frame(done.out)
    assert "(>>a hit<<," in done.out
    score = int(re.search(r"(\d+) points, flagged at", done.out)[1])
    assert sum(map(int, re.findall(r"^ +([+-]\d+)  [a-z]", done.out, re.MULTILINE))) == score
    done = home.run("explain", written(home, "See above.", subject="Unacceptable work"))
    assert re.search(r"^  Subject  >>Unacceptable<< work$", done.out, re.MULTILINE)
    done = home.run("explain", written(home, "See above.", subject=f"Unacceptable {FILLER * 9}"))
    assert re.search(r"^  Subject  >>Unacceptable<< The photographs", done.out, re.MULTILINE)
    assert done.out.split("  Verdict")[0].rstrip().endswith("…")


def test_hits_are_coloured_on_a_terminal(home: Home) -> None:
    """As in the table: yellow what speaks for an unhappy writer, green what speaks against. No marks then."""
    written(home, f"{HELD}Nobody answers.")
    shown = show(home, "explain", "a.eml")
    words = shown[shown.index("  Words") :]
    assert re.search(r"\x1b\[1;(?:4;)?33mNobody answers", words)
    assert re.search(r"\x1b\[1;(?:4;)?32mThe courier was", words)
    assert ">>" not in shown
    assert max(widths(shown)) <= COLUMNS
    home.environ["NO_COLOR"] = "1"
    assert ">>Nobody answers<<" in ESCAPE.sub("", show(home, "explain", "a.eml"))


def test_of_a_long_message_what_is_around_hits_is_shown(home: Home) -> None:
    """And how much is not: what is shown and what is left out are the whole message."""
    body = f"{FILLER * 40}It is unacceptable. {FILLER * 40}I am furious. {FILLER * 5}"
    words = frame(home.run("explain", written(home, body)).out)
    assert ">>unacceptable<<" in words
    left = [int(number) for number in re.findall(r"\[… (\d+) words not shown …\]", words)]
    assert 3 <= len(left) <= 5
    shown = re.sub(r"\[…[^]]*…\]|[<>{}]", "", words).split()
    assert len(shown) + sum(left) == len(body.split())
    assert len(shown) < 150
    calm = frame(home.run("explain", written(home, FILLER * 80)).out)
    assert re.search(r"\[… \d+ words not shown …\]$", calm)


def test_one_huge_word_is_no_flood(home: Home) -> None:
    """A megabyte without a blank: only so much of it is shown beside a hit."""
    body = f"{'w' * 60_000}, unacceptable, {'v' * 60_000}"
    words = frame(home.run("explain", written(home, body)).out)
    assert ">>unacceptable<<" in words
    assert len(words) < 2_000


def test_every_text_is_shown_whole_or_counted() -> None:
    """The pieces of a text, put together, are the text; whatever its hits are."""
    from assistant.cli.spans import pieces
    from assistant.model import Hit

    text = f"{FILLER * 30}It is bad.\n\n{FILLER * 30}And bad again. {'x' * 900} worse {FILLER}"
    at = [text.index(word) for word in ("bad", "bad again", "worse", "It is")]
    spans = [
        (0, 3),
        (at[0], at[0] + 3),
        (at[3], at[3] + 9),
        (at[1], at[2] + 5),
        (len(text) - 4, len(text)),
    ]
    hits = [Hit(f"r{n}", 1, "", "body", span, "", (), "") for n, span in enumerate(spans)]
    whole = pieces(text, hits, whole=True)
    assert "".join(piece.text for piece in whole) == text
    for hit in hits:
        covered = "".join(piece.text for piece in whole if hit in piece.hits)
        assert covered == text[slice(*hit.span)]
        assert sum(hit in piece.ending for piece in whole) == 1
    some = pieces(text, hits)
    words = sum(piece.left_out for piece in some) + len("\0".join(p.text for p in some).split())
    assert sum(piece.left_out for piece in some) > 100
    assert abs(words - len(text.split())) <= 2 * len(hits)
    assert {hit.rule for piece in some for hit in piece.hits} == {hit.rule for hit in hits}


# --- nearly, and the margin ---------------------------------------------------------------------


def test_what_nearly_counted_is_told_with_its_reason(home: Home) -> None:
    """In brackets: these points are in no sum."""
    done = home.run("explain", written(home, HELD))
    nearly = done.out[done.out.index("  Nearly") : done.out.index("  Words")]
    assert re.search(r"\(\+\d+\)  my\.logo +“logo”  negated by “not”", nearly)
    assert re.search(
        r"\(\+\d+\)  en\.unacceptable +“unacceptable”  this is in the same sentence: “courier”;",
        nearly,
    )
    assert re.search(r"^  Margin   \d+ points below the threshold of \d+\.", done.out, re.MULTILINE)


def test_a_message_that_is_not_judged_has_none_of_it(home: Home) -> None:
    path = written(home, FURIOUS, headers=(("List-Unsubscribe", "<https://a.example>"),))
    done = home.run("explain", path)
    assert "Ignored" in done.out
    assert not re.search(r"^  (?:Margin|Nearly|Words)", done.out, re.MULTILINE)
    (each,) = home.run("explain", "--json", path).json
    assert (each["nearly"], each["flip"]) == ([], None)


def test_machines_get_the_same(home: Home) -> None:
    """Every claim by rule, with places in the text; beside the keys there were before."""
    path = written(home, HELD)
    (each,) = home.run("explain", "--json", path).json
    (logo,) = (one for one in each["nearly"] if one["rule"] == "my.logo")
    text = each["own_words"]
    assert text[slice(*logo["span"])] == logo["quote"] == "logo"
    (reason,) = logo["reasons"]
    assert (reason["code"], text[slice(*reason["span"])], reason["where"]) == (
        "negation",
        "not",
        "body",
    )
    flip = each["flip"]
    assert flip["margin"] == each["score"] - each["threshold"]
    assert "my.logo" in flip["by"]
    assert flip["by"] == [one["rule"] for one in each["nearly"] if one["flips"]]
    hits = {hit["rule"] for hit in each["hits"]}
    assert set(flip["alone"]) | set(flip["without"]) <= hits
    assert sum(hit["points"] for hit in each["hits"]) == each["score"]


def test_the_score_without_some_hits_is_what_is_left(home: Home) -> None:
    """Without the reader, whose silence would change the other voices' weights."""
    home.configure('[judging]\nreader = "off"\n', LOGO)
    body = "I expect a refund today. The logo is late."
    (each,) = home.run("explain", "--json", written(home, body)).json
    flip = each["flip"]
    assert each["dissatisfied"]
    assert flip["margin"] > 0
    assert flip["without"]
    gone = sum(hit["points"] for hit in each["hits"] if hit["rule"] in flip["without"])
    assert (flip["score"], flip["threshold"]) == (each["score"] - gone, each["threshold"])
    assert flip["score"] < flip["threshold"]


def test_every_key_is_on_the_page(home: Home) -> None:
    """docs/explain.md documents all keys of the JSON, at every depth."""
    letters = [
        fresh(FURIOUS + " Sent from my phone.\n\n-- \nCleo\n+1 555 0100"),
        fresh(HELD, number=2),
    ]
    for number, each in enumerate(letters):
        (home.folder / f"{number}.eml").write_bytes(each.raw)
    documented = set(re.findall(r"`([a-z_]+)`", DOCS.read_text("utf-8")))

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for each in value.values() for key in keys(each)}
        return {key for each in value for key in keys(each)} if isinstance(value, list) else set()

    found = keys(home.run("explain", "--json", home.folder).json)
    assert {"nearly", "flip", "reasons", "by", "draft"} <= found
    assert found <= documented


@pytest.mark.parametrize("colour", [False, True])
def test_a_hostile_message_does_not_drive_the_terminal(home: Home, colour: bool) -> None:
    """Its controls are gone in every part: words, hits, what nearly counted, what was left out."""
    body = f"{FURIOUS} {HOSTILE} I am not {HOSTILE} worried{HOSTILE}.\n\nIt is \x1b[2Junaccept\u202eable.\n-- \n{HOSTILE}"
    written(home, body, subject=f"Unacceptable {HOSTILE}".replace("\x1b", ""))
    if colour:
        shown = ESCAPE.sub(
            "", re.sub(r"\x1b\[[0-9;]*m", "", show(home, "explain", "a.eml"))
        ).replace("\r", "")
        assert "\x1b" not in shown
    else:
        shown = home.run("explain", "a.eml").out
    assert "[red]Pay[/red]" in frame(shown)
    assert not HARMFUL.search(shown)


def test_without_judging_the_same_words_as_before(home: Home) -> None:
    """The draft and what was left out are still told, after the words."""
    done = home.run("explain", written(home, f"{FURIOUS}\n\n-- \nCleo Client\n+1 555 0100"))
    assert (
        done.out.index("  Words")
        < done.out.index("  Left out signature")
        < done.out.index("  Draft")
    )
    done = home.run("explain", written(home, CALM))
    assert "  Draft" not in done.out
    assert json.loads(home.run("explain", "--json", "a.eml").out)[0]["draft"] is None
