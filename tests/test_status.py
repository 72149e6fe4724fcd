"""`status`: what was done, what waits, and what could not be judged, from the state alone."""

from __future__ import annotations

import re

from tests.letters import CALM, FURIOUS, NOW, Letter
from tests.program import Home, days_ago, fresh
from tests.servers import PymapStand

WEEK = ("--since", days_ago(7))
UNREADABLE = Letter(b"no header, no mail\r\n", NOW)


def test_before_the_first_start(pymap: PymapStand, home: Home) -> None:
    """It says how to begin, and makes no state."""
    home.use(pymap.account())
    done = home.run("status")
    assert (done.code, done.err) == (9, "")
    assert "The assistant is not running" in done.out
    assert "not started yet" in done.out
    assert not list(home.state.glob("*"))


def test_without_accounts(home: Home) -> None:
    """There is nothing to tell of."""
    done = home.run("status")
    assert done.code == 3
    assert "no [[account]] is set up" in done.err


def test_what_was_judged(pymap: PymapStand, home: Home) -> None:
    """Counted by tone and by reason; nothing on the server is touched."""
    account = pymap.account(
        fresh(number=1),
        fresh(CALM, number=2, sender="Nia <nia@other.example>"),
        fresh(CALM, number=3, headers=(("Precedence", "bulk"),)),
        fresh(CALM, number=4, headers=(("List-Post", "<mailto:a@b.example>"),)),
    )
    home.use(account)
    home.run("scan", *WEEK)
    before = home.snapshot()
    done = home.run("status")
    assert re.search(r"^  Judged +2: 1 fine, 1 angry$", done.out, re.MULTILINE)
    assert re.search(r"^  Ignored +1 (bulk, 1 list|list, 1 bulk)$", done.out, re.MULTILINE)
    assert re.search(r"^  Drafted +1$", done.out, re.MULTILINE)
    assert "Not judged" not in done.out
    assert home.snapshot() == before
    (table,) = home.run("status", "--json").json
    assert (table["fine"], table["flagged"], table["drafted"]) == (1, {"angry": 1}, 1)
    assert (table["waiting"], table["unknown"], table["not_judged"]) == (0, 0, [])


def test_what_is_due_in_cases(pymap: PymapStand, home: Home) -> None:
    """Overdue clocks by the case's name; without a client's name. A case that is over is not told of."""
    account = pymap.account(fresh(number=1, hours=6 * 24))
    home.use(account)
    assert home.run("scan", *WEEK).code == 0
    name = home.run("cases", "--json", "--offline").json[0]["case"]
    done = home.run("status")
    assert re.search(r"^  Cases +1 open, 2 overdue$", done.out, re.MULTILINE)
    assert re.search(
        rf"^  Due +answer of {name} by .*\n +call of {name} by ", done.out, re.MULTILINE
    )
    assert "Cleo" not in done.out
    (table,) = home.run("status", "--json").json
    assert table["cases"]["open"] == 1
    assert [(e["clock"], e["case"], e["overdue"]) for e in table["cases"]["due"]] == [
        ("answer", name, True),
        ("call", name, True),
    ]
    assert home.run("resolve", name).code == 0
    assert "Cases" not in home.run("status").out


def test_why_there_is_no_draft_and_what_to_look_at_first(pymap: PymapStand, home: Home) -> None:
    """Counted by reason; a threat of law is marked beside its tone, and told by `scan` at once."""
    lawyer = f"{FURIOUS} My lawyer will write to you and we will see you in court."
    account = pymap.account(fresh(lawyer, number=1), fresh(number=2))
    home.use(account)
    scanned = home.run("scan", *WEEK)
    assert "legal-threat: look at this one first" in scanned.out
    assert "2 marked, 1 drafted" in scanned.out
    assert {"look-first"} <= account.contents()[0].flags
    done = home.run("status")
    assert re.search(r"^  No draft +1 sender-drafted$", done.out, re.MULTILINE)
    assert re.search(r"^  Look first +1 with a threat", done.out, re.MULTILINE)
    (table,) = home.run("status", "--json").json
    assert (table["no_draft"], table["look_first"]) == ({"sender-drafted": 1}, 1)


def test_what_could_not_be_judged(pymap: PymapStand, home: Home) -> None:
    """Tried twice, then left alone and shown, with the day on which it came."""
    account = pymap.account(UNREADABLE)
    home.use(account)
    home.run("scan", "--since", "2020-01-01")
    first = home.run("status")
    assert "Not judged, please read them yourself:" in first.out
    assert re.search(
        r"2026-03-02 \d\d:\d\d  UID \d+: it has no header: .*\(will be tried again\)", first.out
    )
    home.run("scan")
    home.run("scan")
    (table,) = home.run("status", "--json").json
    (trouble,) = table["not_judged"]
    assert (trouble["tries"], trouble["arrived"][:10]) == (2, "2026-03-02")
    assert "will be tried again" not in home.run("status").out
