"""`assistant report`: in a terminal, for programs, for spreadsheets, and as a page in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from assistant.cases.report import report
from assistant.cli import charts
from assistant.cli.charts import Series
from assistant.cli.reportdata import defused
from tests.browser import Browser
from tests.casebook import CALLING, berlin
from tests.program import SECONDS, Done, Home
from tests.reporting import HOSTILE, NOW, known
from tests.test_page import Tags
from tests.test_terminal import ESCAPE, Terminal, widths

ROOT = Path(__file__).parent.parent
YEAR = ("--since", "2025-07-01")


def command(kind: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-W", "error::ResourceWarning", "-m", "tests.reporting", kind, *map(str, arguments)]  # fmt: skip


def run(home: Home, kind: str, *arguments: str | Path, port: int = 9) -> Done:
    done = subprocess.run(
        command(kind, *arguments), capture_output=True, check=False, timeout=SECONDS, cwd=ROOT,
        env={**home.environ, "ASSISTANT_TEST_PORT": str(port)},
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def shown(home: Home, kind: str, *arguments: str, columns: int = 80) -> str:
    """What a person sees in a terminal."""
    terminal = Terminal(columns)
    try:
        subprocess.run(
            command(kind, *arguments), stdin=subprocess.DEVNULL, stdout=terminal.theirs,
            stderr=terminal.theirs, env=home.environ, cwd=ROOT, check=True, timeout=SECONDS,
        )  # fmt: skip
    finally:
        text = terminal.close()
    return text


# --- in the terminal ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["agency", "hostile", "young"])
@pytest.mark.parametrize("by", ["client", "cue", "month"])
def test_it_fits_into_80_columns_and_is_aligned(home: Home, kind: str, by: str) -> None:
    """Every number stands below the end of its heading, whatever the clients are called."""
    text = shown(home, kind, *YEAR, "--by", by)
    assert max(widths(text)) <= 80
    lines = ESCAPE.sub("", text).replace("\r", "").split("\n")
    heads = [at for at, line in enumerate(lines) if re.search("Repeated$|hostile$|9 in 10$", line)]
    heads = [at for at in heads if not lines[at].startswith("  ")]
    assert len(heads) == 3
    for head in heads:
        table = lines[head : lines.index("", head)]
        assert len(table) > 3
        assert {cell_len(line) for line in table} == {cell_len(lines[head])}


def test_it_says_what_it_is_compared_with(home: Home) -> None:
    assert "compared with 2024-06-30 to 2025-06-30" in run(home, "agency", *YEAR).out
    young = run(home, "young", *YEAR).out
    assert "not compared" in young
    assert "Change" not in young.split("Month")[0]
    none = run(home, "none", *YEAR)
    assert none.out.endswith("No case was opened in this period.\n")


def test_until_a_day_is_to_its_end(home: Home) -> None:
    """June, and then the whole of its last day; what is to come is not there yet."""
    found = run(home, "agency", "--since", "2026-06-01", "--until", "2026-06-30", "--json").json
    assert found["period"] == {"since": "2026-06-01T00:00:00+02:00", "until": "2026-07-01T00:00:00+02:00"}  # fmt: skip
    assert found["before"]["since"] == "2026-05-02T00:00:00+02:00"
    later = run(home, "agency", *YEAR, "--until", "2030-01-01", "--json").json
    assert later["period"]["until"] == NOW.isoformat()
    wrong = run(home, "agency", "--since", "2026-06-02", "--until", "2026-06-01")
    assert (wrong.code, "after the end" in wrong.err) == (2, True)


# --- for programs -------------------------------------------------------------------------------


def test_json_has_every_figure(home: Home) -> None:
    """The same as are counted, by name."""
    found = run(home, "agency", *YEAR, "--by", "cue", "--json").json
    told = known("agency")
    wanted = report(told.cases, berlin(7, 1, 0, year=2025), NOW, "cue", CALLING)
    now, before = wanted.total.now, wanted.total.before
    assert before is not None
    total = found["total"]
    assert (total["opened"], total["open"], total["resolved"]) == (now.opened, now.open, now.resolved)  # fmt: skip
    assert total["tones"] == {name: now.tones[heat] for heat, name in told.tones.items()}
    assert total["cues"] == now.cues
    assert now.answer.median is not None
    assert before.answer.median is not None
    assert total["answer"] == {
        "cases": now.answer.measured, "unit": "hours",
        "median": round(now.answer.median, 2), "ninetieth": round(now.answer.ninetieth or 0, 2),
    }  # fmt: skip
    assert total["days"]["unit"] == "days"
    assert total["before"]["opened"] == before.opened
    assert total["change"]["opened"] == now.opened - before.opened
    assert total["change"]["tones"]["concerned"] is None  # too few
    assert total["change"]["answer"]["median"] == round(now.answer.median - before.answer.median, 2)
    assert [each["key"] for each in found["groups"]] == [each.key for each in wanted.cues]
    assert found["repeats"][0]["cases"] == list(wanted.repeats[0].cases)
    assert found["too_few_below"] == {"count": 5, "median": 5, "ninetieth": 10}


# --- for spreadsheets ---------------------------------------------------------------------------


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_a_table_for_spreadsheets(home: Home) -> None:
    """RFC 4180: CRLF, as many fields in each line; two rows for each client, one for each period."""
    path = home.folder / "report.csv"
    done = run(home, "agency", *YEAR, "--by", "client", "--csv", path)
    assert (done.code, done.out, done.err) == (0, f"{path}: 32 cases\n", "")
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = rows_of(path)
    assert all(None not in row and None not in row.values() for row in rows)
    assert [row["by"] for row in rows[:2]] == ["all", "all"]
    assert [row["period"] for row in rows] == ["this", "before"] * (len(rows) // 2)
    mine = [row for row in rows if row["period"] == "this" and row["by"] == "client"]
    assert sum(int(row["cases"]) for row in mine) == int(rows[0]["cases"]) == 32
    (blume,) = (row for row in mine if row["name"] == "Bakery Blume")
    assert blume["key"] == "bakeryblume.example"
    assert int(blume["open"]) + int(blume["resolved"]) == int(blume["cases"])
    assert float(blume["answer_hours_median"]) > 0


def test_no_name_is_a_formula(home: Home) -> None:
    """What a client is called is text, in whatever program it is opened."""
    path = home.folder / "report.csv"
    run(home, "hostile", *YEAR, "--by", "client", "--csv", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert '\'=HYPERLINK("http://127.0.0.1/")' in cells
    assert "'-2+3" in cells


@given(st.text(max_size=30))
def test_whatever_it_is_it_is_defused(text: str) -> None:
    found = defused(text)
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert not set(found) & set("\t\r\n\0")


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--html", "--csv"])
def test_only_files_of_ours_are_replaced(home: Home, option: str) -> None:
    """Written anew when asked again; another's file stays, and that is said."""
    path = home.folder / "file"
    for _ in range(2):
        assert run(home, "agency", option, path).code == 0
    assert [each.name for each in home.folder.glob("*file*")] == ["file"]
    path.write_text("name,cases\r\n")
    done = run(home, "agency", option, path)
    assert (done.code, path.read_bytes()) == (2, b"name,cases\r\n")
    assert f"{option} {path}: is there already, and no page of ours; name another file" in done.err


def test_both_files_and_json_at_once(home: Home) -> None:
    """Stdout is the program's."""
    page, table = home.folder / "a.html", home.folder / "a.csv"
    done = run(home, "agency", "--html", page, "--csv", table, "--json")
    assert json.loads(done.out)["by"] == "month"
    assert [line.partition(": ")[0] for line in done.err.splitlines()] == [str(page), str(table)]
    assert run(home, "agency", "--html", page, "--csv", page).code == 2


def test_only_the_page_needs_pygal(home: Home) -> None:
    """Said before anything is counted."""
    page = home.folder / "page.html"
    done = run(home, "bare", "--html", page)
    assert done.code == 1
    assert "hint: pip install 'inbox-assistant[report]'" in done.err
    assert not page.exists()
    assert run(home, "bare").code == 0
    assert run(home, "bare", "--csv", home.folder / "a.csv", "--json").code == 0


# --- charts -------------------------------------------------------------------------------------


def bars(drawn: str, size: str) -> list[tuple[float, float]]:
    """Width and height of each bar of a chart."""
    (svg,) = re.findall(rf'<svg class="{size}".*?</svg>', drawn)
    found = list(ElementTree.fromstring(svg).iter("rect"))  # noqa: S314 - our own
    return [(float(each.get("width", 0)), float(each.get("height", 0))) for each in found]


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_bar_is_as_high_as_its_number(size: str) -> None:
    """And where there is nothing, there is no bar."""
    series = [Series("one", (1, 2, None)), Series("other", (3, 0, 4))]
    for stacked in (True, False):
        drawn = charts.months("Cases", ["2026-01", "2026-02", "2026-03"], series, stacked=stacked)
        heights = [height for _, height in bars(drawn, size)]
        assert len(heights) == 4
        assert [height / heights[0] for height in heights] == pytest.approx([1, 2, 3, 4], rel=0.02)
    drawn = charts.causes("Causes", ["late", "billing"], [Series("now", (3, 1)), Series("then", (2, 0))])  # fmt: skip
    lengths = [width for width, _ in bars(drawn, size)]
    assert sorted(length / min(lengths) for length in lengths) == pytest.approx([1, 2, 3], rel=0.02)


def words(drawn: str) -> list[str]:
    (svg,) = re.findall(r'<svg class="narrow".*?</svg>', drawn)
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("text")]  # noqa: S314


def test_many_months_have_room() -> None:
    """January is its year; of three years every third month is named on a phone, of thirty every January."""

    def named(months: int) -> list[str]:
        keys = [f"{1996 + at // 12}-{at % 12 + 1:02}" for at in range(months)]
        series = [Series("cases", (1.0,) * months)]
        return [each for each in words(charts.months("Cases", keys, series, stacked=True)) if not each.isdecimal() or len(each) == 4]  # fmt: skip

    assert named(5) == ["1996", "Feb", "Mar", "Apr", "May"]
    assert named(12) == ["1996", "Mar", "May", "Jul", "Sep", "Nov"]
    assert named(24) == ["1996", "Apr", "Jul", "Oct", "1997", "Apr", "Jul", "Oct"]


@given(st.floats(0, 1e6))
def test_the_axis_has_few_round_numbers_and_room_for_all(most: float) -> None:
    ticks = charts.ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6
    assert all(tick == round(tick) for tick in ticks)


# --- the page -----------------------------------------------------------------------------------


def page_of(home: Home, kind: str, *arguments: str, port: int = 9) -> Path:
    page = home.folder / "page.html"
    done = run(home, kind, *YEAR, *arguments, "--html", page, port=port)
    assert (done.code, done.err) == (0, "")
    return page


@pytest.mark.parametrize("by", ["client", "cue", "month"])
def test_nothing_in_it_comes_from_elsewhere_or_runs(home: Home, by: str) -> None:
    """By its source, whatever the clients are called, and whatever pygal would have written."""
    text = page_of(home, "hostile", "--by", by).read_text("utf-8")
    page = Tags(text)
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "header", "section", "footer", "h1", "h2", "p", "strong",
        "dl", "dt", "dd", "div", "table", "thead", "tbody", "tr", "th", "td", "bdi", "figure", "figcaption", "ul", "li",
        "svg", "g", "rect", "path", "text",
    }  # fmt: skip
    assert not [each for each in page.attributes if each.startswith("on") or each in ("style", "src", "href")]  # fmt: skip
    assert page.links == []
    assert "default-src 'none'" in text[:600]
    assert "unsafe" not in text[:600]
    assert not re.search("url\\(|@import|pygal|<!--.*<!--", text, re.DOTALL)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_hostile_names_run_nothing_in_a_real_browser(
    home: Home, chromium: Browser, listener: tuple[int, list[str]]
) -> None:
    """The title stays and nothing is asked for. The same names in a careless page do run, so that we would see it;
    with our policy they don't."""
    port, asked = listener
    page = page_of(home, "hostile", "--by", "client", port=port)
    dom = chromium.dom(page)
    assert "<title>Unhappy clients, 2025-07-01 to 2026-07-01</title>" in dom
    assert asked == []
    assert "&lt;script&gt;document.title='owned'&lt;/script&gt;" in dom
    careless = page.with_name("careless.html")
    names = "".join(HOSTILE).replace("{port}", str(port)).replace("</title>", "")
    careless.write_text(f"<title>calm</title>{names}")
    assert "<title>owned</title>" in chromium.dom(careless)
    assert asked
    asked.clear()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page.read_text("utf-8"))  # fmt: skip
    careless.write_text(f"{policy}<title>calm</title>{names}")
    assert "<title>calm</title>" in chromium.dom(careless)
    assert asked == []


MEASURE = """<!doctype html><body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:800px"
onload="const d = this.contentDocument, css = (e) => this.contentWindow.getComputedStyle(e);
const seen = [...d.querySelectorAll('figure > svg')].filter((e) => css(e).display !== 'none');
const fills = [...d.querySelectorAll('figure.tones > svg.wide rect')].map((e) => css(e).fill);
const wide = [...d.querySelectorAll('.table')].filter((e) => e.scrollWidth > e.clientWidth + 1).length;
const small = Math.min(...seen.flatMap((s) => [...s.querySelectorAll('text')].map(
  (t) => parseFloat(css(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width)));
document.title = JSON.stringify({{needs: d.documentElement.scrollWidth, has: d.documentElement.clientWidth, wide, small,
  charts: seen.map((e) => [e.getAttribute('class'), e.getBoundingClientRect().width, e.getBoundingClientRect().height,
    e.querySelectorAll('rect').length]), fills: new Set(fills).size, back: css(d.body).backgroundColor,
  ink: css(d.body).color}})"></iframe>"""


PAPER = 688
"""Pixels between the margins of A4."""


@pytest.mark.parametrize("kind", ["agency", "hostile"])
@pytest.mark.parametrize(("width", "size"), [(360, "narrow"), (1200, "wide"), (PAPER, "wide")])
def test_it_is_readable_on_a_phone_and_on_a_desk(
    home: Home, chromium: Browser, kind: str, width: int, size: str
) -> None:
    """Nothing must be moved sideways, all four charts are there with their bars and colours, and their words are of a
    size that can be read."""
    page = page_of(home, kind, "--by", "client")
    if width == PAPER:
        _as_printed(page)
    wrapper = page.with_name("wrapper.html")
    wrapper.write_text(MEASURE.format(width=width))
    dom = chromium.dom(wrapper, width=max(600, width))
    found = json.loads(re.findall(r"<title>(.*?)</title>", dom)[0])
    assert found["has"] > width - 30
    assert found["needs"] <= found["has"]
    assert found["wide"] == 0
    assert [each[0] for each in found["charts"]] == [size] * 4
    for _, across, high, rectangles in found["charts"]:
        assert across > 0.8 * min(width, 860)
        assert high > 200
        assert rectangles > 8
    assert found["fills"] == 5  # a colour for each tone, from the style sheet
    assert found["small"] >= (10 if width == PAPER else 11)
    assert (found["back"], found["ink"]) == ("rgb(255, 255, 255)", "rgb(27, 33, 48)")


def _as_printed(page: Path) -> None:
    """The style sheet for paper, on the screen: a table that has to be scrolled would be cut off."""
    text = page.read_text("utf-8").replace("@media screen", "@media speech").replace("@media print", "@media all")  # fmt: skip
    text = text.replace(".table { overflow: visible; }", "")  # so that it is seen to be too wide
    page.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text), "utf-8")


def test_each_chart_has_its_numbers_below(home: Home) -> None:
    """For who can't see it: what is drawn is named, and a table follows."""
    text = page_of(home, "agency", "--by", "month").read_text("utf-8")
    figures = re.findall(r"<figure.*?</figure>", text)
    assert len(figures) == 4
    for figure in figures:
        assert len(re.findall(r'<svg class="(?:wide|narrow)"[^>]* role="img" aria-label="[^"]+"', figure)) == 2  # fmt: skip
        assert figure.index("</svg><div") < figure.index("<table")
    months = report(known("agency").cases, berlin(7, 1, 0, year=2025), NOW, "month", CALLING).months
    for month in months:
        row = (
            f'<bdi>{month.name}</bdi></th><td class="n" data-label="Cases">{month.now.opened}</td>'
        )
        assert row in figures[0]
