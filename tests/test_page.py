"""`explain --html`: a page that runs nothing and fetches nothing, in a real browser; and a careful file."""

from __future__ import annotations

import html
import os
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.letters import CALM, FURIOUS
from tests.program import Home, fresh

PHONE = 390


# --- the file -----------------------------------------------------------------------------------


@pytest.fixture
def letter(home: Home) -> Path:
    path = home.folder / "a.eml"
    path.write_bytes(fresh(FURIOUS).raw)
    return path


def test_a_page_is_for_its_owner_alone(home: Home, letter: Path) -> None:
    """Mode 0600 whatever the umask; nothing but the page is left; written anew when asked again."""
    page = home.folder / "pages" / "page.html"
    page.parent.mkdir()
    for _ in range(2):
        done = home.run("explain", "--html", page, letter)
        assert (done.code, done.out, done.err) == (0, f"{page}: 1 message\n", "")
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert [each.name for each in page.parent.iterdir()] == ["page.html"]
    before = page.stat().st_ino
    home.run("explain", "--html", page, letter)
    assert page.stat().st_ino != before  # replaced in one step, not written into
    assert "unacceptable" in page.read_text("utf-8")


def test_with_json_both_are_made(home: Home, letter: Path) -> None:
    done = home.run("explain", "--json", "--html", "page.html", letter)
    assert [each["file"] for each in done.json] == [str(letter)]
    assert done.err == "page.html: 1 message\n"
    assert (home.folder / "page.html").is_file()


@pytest.mark.parametrize(
    "kind", ["file", "empty", "link", "dangling", "link to a page", "folder", "fifo"]
)
def test_nothing_else_is_overwritten(home: Home, letter: Path, kind: str) -> None:
    """Neither a file of the user's, nor through a link; and it is said before anything is judged."""
    page, other = home.folder / "page.html", home.folder / "other"
    if kind == "file":
        page.write_text("<!doctype html>\n<p>mine")
    elif kind == "empty":
        page.touch()
    elif kind == "link":
        other.write_text("mine")
        page.symlink_to(other)
    elif kind == "dangling":
        page.symlink_to(other)
    elif kind == "link to a page":
        home.run("explain", "--html", other, letter)
        page.symlink_to(other)
    elif kind == "folder":
        page.mkdir()
    else:
        os.mkfifo(page)
    before = {each.name: each.lstat() for each in home.folder.iterdir()}
    done = home.run("explain", "--html", page, home.folder / "none.eml")
    assert (done.code, done.out) == (2, "")
    why = (
        "is a link; name the file itself"
        if "link" in kind or kind == "dangling"
        else "is there already, and no page of ours; name another file"
    )
    assert f"--html {page}: {why}" in done.err
    assert "none.eml" not in done.err
    assert {each.name: each.lstat().st_ino for each in home.folder.iterdir()} == {
        name: each.st_ino for name, each in before.items()
    }


def test_no_folder_is_made_for_it(home: Home, letter: Path) -> None:
    """A slip in the path is told, not followed."""
    done = home.run("explain", "--html", home.folder / "no" / "page.html", letter)
    assert (done.code, "there is no such folder" in done.err) == (2, True)
    assert not (home.folder / "no").exists()
    assert home.run("explain", "--html", "-", letter).code == 2


def test_without_a_message_no_page(home: Home) -> None:
    """What can't be read is told as ever; a page of the others is written."""
    (home.folder / "bad.eml").write_bytes(b"\x89PNG")
    done = home.run("explain", "--html", "page.html", "bad.eml")
    assert done.code == 8
    assert not (home.folder / "page.html").exists()
    (home.folder / "good.eml").write_bytes(fresh(CALM).raw)
    done = home.run("explain", "--html", "page.html", "bad.eml", "good.eml")
    assert (done.code, done.out) == (8, "page.html: 1 message\n")
    assert (home.folder / "page.html").exists()


def test_a_full_disk_leaves_the_old_page(home: Home, letter: Path) -> None:
    """Nothing half is written, and nothing of the temporary file is left."""
    page = home.folder / "page.html"
    home.run("explain", "--html", page, letter)
    before = page.read_bytes()
    shell = ["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh"]
    with home.start("explain", "--html", page, letter, under=shell) as process:
        _, err = process.communicate()
    assert process.returncode == 1
    assert err.decode() == f"error: {page}: can't be written: File too large\n"
    assert page.read_bytes() == before
    assert sorted(each.name for each in home.folder.glob("*page*")) == ["page.html"]


# --- what is in it ------------------------------------------------------------------------------

PAYLOADS = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg onload=\"document.title='owned'\"></svg>",
    "</title></style></div></article><script>document.title='owned'</script>",
    "\"'><body onpageshow=\"document.title='owned'\">",
    "]]> --> <!-- <![CDATA[ <script>document.title='owned'</script> ]]>",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    "<meta http-equiv=refresh content='0;url=data:text/html,owned'>",
    "<style>body{display:none}</style><link rel=stylesheet href=//127.0.0.1/x>",
    "javascript:document.title='owned' \u202egnp.exe\u2066 \x1b[2J \u0000 \ufffe",
)
HUGE = "W" * 5_000
REQUESTS = "<img src='http://127.0.0.1:{port}/x'><script src='http://127.0.0.1:{port}/y'></script><iframe src='http://127.0.0.1:{port}/z'></iframe>"


def hostile(home: Home, port: int = 9) -> Path:
    """A page of messages that try everything, everywhere."""
    payloads = [*PAYLOADS, REQUESTS.format(port=port)]
    for number, payload in enumerate(payloads, 1):
        body = (
            f"{FURIOUS} {payload} It is not {payload} bad. {HUGE}\n\nOn Monday, Kim wrote:\n> {payload}\n\n"
            f"I want my money back {payload} now.\n\n-- \nEve {payload}\n+1 555 0100\n"
        )
        plain = payload.encode("ascii", "ignore").decode().replace("\x1b", "").replace("\0", "")
        raw = fresh(body, number=number, subject=f"unacceptable {plain}", sender=f'"{plain.replace(chr(34), "")}" <eve@client.example>').raw  # fmt: skip
        (home.folder / f"<b>{number:02}.eml").write_bytes(raw)
    page = home.folder / "page.html"
    done = home.run("explain", "--html", page, *sorted(home.folder.glob("*.eml")))
    assert (done.code, done.out) == (0, f"{page}: {len(payloads)} messages\n"), done.err
    return page


class Tags(HTMLParser):
    """Every tag, attribute and reference of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "style")]


def test_nothing_in_it_comes_from_elsewhere_or_runs(home: Home) -> None:
    """By its source: no script, no handler, no reference out of the page, whatever was in the mail."""
    text = hostile(home).read_text("utf-8")
    page = Tags(text)
    assert not page.tags & {"script", "img", "svg", "iframe", "link", "object", "form", "base"}
    assert not [
        name for name in page.attributes if name.startswith("on") or name in ("style", "src")
    ]
    assert all(re.fullmatch(r"#m\d+", link) for link in page.links)
    assert "default-src 'none'" in text[:600]
    assert "unsafe" not in text[:600]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "@import" not in text[: text.index("</head>")]
    assert "url(" not in text[: text.index("</head>")]


def test_a_hostile_message_runs_nothing_in_a_real_browser(
    home: Home, chromium: Browser, listener: tuple[int, list[str]]
) -> None:
    """The title stays, nothing is asked for, and the marks are there. The same words in a page of nobody's care
    do run, so that we would see it; and with our policy alone they don't."""
    port, asked = listener
    page = hostile(home, port)
    dom = chromium.dom(page)
    assert re.search(r"<title>assistant explain: 11 messages, 11 flagged</title>", dom)
    assert asked == []
    assert dom.count("<article ") == len(PAYLOADS) + 1
    assert re.search(
        r'<mark class="for" title="[^"]*en\.unacceptable \+\d+[^"]*">unacceptable</mark>', dom
    )
    assert re.search(r"</mark><small>en\.unacceptable \+\d+</small>", dom)
    for payload in PAYLOADS[:8]:
        assert html.escape(payload, quote=False).replace("\xa0", " ") in dom.replace("&nbsp;", " ")
    careless = page.with_name("careless.html")
    careless.write_text(f"<title>calm</title>{''.join(PAYLOADS[:2])}{REQUESTS.format(port=port)}")
    assert "<title>owned</title>" in chromium.dom(careless)
    assert len(asked) == 3
    asked.clear()
    (policy,) = re.findall(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', page.read_text("utf-8")
    )
    careless.write_text(
        f"{policy}<title>calm</title>{''.join(PAYLOADS[:3])}{REQUESTS.format(port=port)}"
    )
    assert "<title>calm</title>" in chromium.dom(careless)
    assert asked == []


MEASURE = """<!doctype html><body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:800px"
onload="const d = this.contentDocument; const get = (e) => this.contentWindow.getComputedStyle(d.querySelector(e));
document.title = [d.documentElement.scrollWidth, d.documentElement.clientWidth, get('mark').backgroundColor,
get('body').backgroundColor, get('.cut').color].join(' ')"></iframe>"""


@pytest.mark.parametrize("width", [PHONE, 1000])
def test_it_is_readable_on_a_phone_and_on_a_desk(home: Home, chromium: Browser, width: int) -> None:
    """The style sheet is let in by its hash, and no word is so huge that the page must be moved sideways."""
    page = hostile(home)
    wrapper = page.with_name("wrapper.html")
    wrapper.write_text(MEASURE.format(width=width))
    (measured,) = re.findall(r"<title>(.*?)</title>", chromium.dom(wrapper, width=max(600, width)))
    needs, has = map(int, measured.split()[:2])
    assert has > width - 30
    assert needs <= has
    assert "rgb(255, 224, 138)" in measured  # the yellow of a hit, from the style sheet
    assert "rgb(93, 101, 117)" in measured  # the grey of what was left out


def test_the_page_tells_what_the_terminal_tells(home: Home) -> None:
    """Hits with their sum, what nearly counted, the margin, what was left out in its place, the draft."""
    body = f"It is not the logo.\n\nOn Monday, Kim wrote:\n> We sent the logo.\n\n{FURIOUS}\n\n-- \nCleo Client\nFlorist\n+1 555 0100\n"
    (home.folder / "a.eml").write_bytes(fresh(body).raw)
    home.configure(
        '[[rule]]\nid = "my.logo"\ndescribe = "the logo"\npoints = 300\ntone = "angry"\nphrases = ["logo"]\nmatches = ["The logo."]\n'
    )
    home.run("explain", "--html", "page.html", "a.eml")
    text = (home.folder / "page.html").read_text("utf-8")
    told = home.run("explain", "--json", "a.eml").json[0]
    points = [
        int(each) for each in re.findall(r'<td class="n (?:for|against)">([+-]\d+)</td>', text)
    ]
    assert points == [hit["points"] for hit in told["hits"]]
    assert f"<td class=n>{sum(points)}</td><td colspan=2>the sum</td>" in text
    assert "negated by “not”" in text
    assert f"{told['flip']['margin']} points above the threshold of {told['threshold']}." in text
    words = text[text.index("<h3>Words") : text.index("<h3>Draft")]
    order = [
        "not the logo",
        "left out: quote",
        "We sent the logo.",
        "furious",
        "left out: signature",
        "Florist",
    ]
    places = [words.index(each) for each in order]
    assert places == sorted(places)
    assert html.escape(told["draft"]["text"].strip()) in text


def test_marks_follow_the_spans(home: Home) -> None:
    """Without its labels, the text in the page is the text of the message, and each hit's words are in marks."""
    (home.folder / "a.eml").write_bytes(
        fresh(f'{FURIOUS} <b>I have asked</b> three times & "more".').raw
    )
    home.run("explain", "--html", "page.html", "a.eml")
    told = home.run("explain", "--json", "a.eml").json[0]
    text = (home.folder / "page.html").read_text("utf-8")
    (words,) = re.findall(r'<div class="own" dir="auto">(.*?)</div>', text, re.DOTALL)
    plain = html.unescape(re.sub(r"</?mark[^>]*>", "", re.sub(r"<small>.*?</small>", "", words)))
    assert plain == told["own_words"]
    for hit in told["hits"]:
        if hit["where"] == "body" and hit["span"][0] < hit["span"][1]:
            marked = re.findall(
                rf'<mark [^>]*title="[^"]*{re.escape(hit["rule"])} [^"]*">(.*?)</mark>',
                words,
                re.DOTALL,
            )
            assert html.unescape("".join(marked)) == told["own_words"][slice(*hit["span"])]
            assert f"<small>{hit['rule']} {hit['points']:+d}</small>" in words
