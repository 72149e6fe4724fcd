"""`try`: what a change of the rules would do, by the real program, on files and on servers."""

from __future__ import annotations

import contextlib
import json
import mailbox as boxes
import re
from pathlib import Path

import pytest

from assistant.cli.sources import sources
from tests.letters import CALM, FURIOUS, letter
from tests.office import month
from tests.program import Home, account_table, days_ago, fresh, mailbox
from tests.servers import DovecotStand, PymapStand
from tests.test_privacy import found_in, marked_mail
from tests.transcript import commands

WEEK = ("--since", days_ago(7))
LOGO = """
[[rule]]
id = "my.logo"
describe = "speaks of the logo"
points = 1000
tone = "frustrated"
phrases = ["logo"]
matches = ["The logo."]
"""
MILD = "threshold = 2000\n"


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """A rule file that is tried."""
    path = tmp_path / "logo.toml"
    path.write_text(LOGO)
    return path


@pytest.fixture
def mild(tmp_path: Path) -> Path:
    path = tmp_path / "mild.toml"
    path.write_text(MILD)
    return path


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Three messages: furious, calm, and calm about a logo."""
    path = tmp_path / "box.mbox"
    with contextlib.closing(boxes.mbox(path)) as made:
        made.add(fresh(number=1).raw)
        made.add(fresh(CALM, number=2).raw)
        made.add(fresh("Here is the logo.", number=3, subject="Files").raw)
    return path


def test_what_is_gained_and_lost(home: Home, box: Path, logo: Path, mild: Path) -> None:
    """With the hits that make the difference, the rates, and where each message lies."""
    gained = home.run("try", "--rules", logo, "--json", box).json
    (change,) = gained["gained"]
    assert (gained["messages"], gained["lost"], gained["retoned"]) == (3, [], [])
    assert change["where"] == f"{box} (3)"
    assert (change["subject"], change["from"]) == ("Files", "cleo@client.example")
    assert change["before"]["tone"] is None
    assert change["after"]["tone"] is not None
    assert change["hits"][0] == {
        "rule": "my.logo", "before": 0, "after": 1000, "quote": "logo", "describe": "speaks of the logo"
    }  # fmt: skip
    # What makes the difference is all of it: so sure a rule leaves nothing to ask the reader.
    assert {hit["rule"] for hit in change["hits"][1:]} <= {"reader"}
    moved = sum(hit["after"] - hit["before"] for hit in change["hits"])
    assert change["after"]["score"] - change["before"]["score"] == moved
    assert [gained[side]["flagged"] for side in ("before", "after")] == [1, 2]
    assert gained["after"]["flagged_per_1000"] == pytest.approx(2000 / 3)
    assert (gained["before"]["precision"], gained["before"]["recall"]) == (None, None)
    lost = home.run("try", "--rules", mild, "--json", box).json
    assert [each["subject"] for each in lost["lost"]] == ["The website"]
    assert lost["lost"][0]["after"]["threshold"] == 2000
    both = home.run("try", "--rules", logo, "--rules", mild, "--json", box).json
    assert (len(both["gained"]), len(both["lost"])) == (0, 1)
    assert both["other_points"] == 1


def test_verdicts_are_those_of_explain(home: Home, box: Path, logo: Path) -> None:
    """As they are and, with the rule in effect, as they would be."""
    before = {each["file"]: each for each in home.run("explain", "--json", box).json}
    (change,) = home.run("try", "--rules", logo, "--json", box).json["gained"]
    assert change["before"]["score"] == before[change["where"]]["score"]
    own = home.config_file.parent / "rules" / "logo.toml"
    own.parent.mkdir()
    own.write_text(LOGO)
    after = {each["file"]: each for each in home.run("explain", "--json", box).json}
    assert change["after"]["score"] == after[change["where"]]["score"]
    assert change["after"]["tone"] == after[change["where"]]["tone"]


def test_another_config(home: Home, box: Path, tmp_path: Path) -> None:
    """Its rules and its budget, instead of those in effect."""
    new = tmp_path / "new.toml"
    new.write_text(f"{LOGO}\n[judging]\nflags_per_1000 = 1\n")
    done = home.run("try", "--config", new, "--json", box).json
    assert len(done["gained"]) == 1
    assert done["gained"][0]["after"]["threshold"] > done["gained"][0]["before"]["threshold"]


def test_another_budget(home: Home, tmp_path: Path) -> None:
    """As if it stood in the config: thresholds move, scores don't."""
    path, new = tmp_path / "month.mbox", tmp_path / "new.toml"
    with contextlib.closing(boxes.mbox(path)) as made:
        for each in month()[5::7]:
            made.add(each.raw)
    new.write_text("[judging]\nflags_per_1000 = 1\n")
    found = home.run("try", "--budget", "1", "--json", path).json
    assert (found["gained"], found["retoned"]) == ([], [])
    assert found["lost"]
    for each in found["lost"]:
        assert each["before"]["score"] == each["after"]["score"]
        assert each["before"]["threshold"] < each["after"]["threshold"]
    assert home.run("try", "--config", new, "--json", path).json == {**found, "read": 0}
    assert home.run("try", "--budget", "0", path).code == 2


def test_what_people_see(home: Home, box: Path, logo: Path) -> None:
    """Date, sender, subject, both verdicts, the hits, the sums."""
    done = home.run("try", "--rules", logo, box)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert re.search(r"^Flagged only after the change: 1\n  \d{4}-\d\d-\d\d  Cleo Client  Files\n"
                     r"  fine -?\d+ \(flagged at \d+\) → [a-z]+ \d+ \(flagged at \d+\)\n"
                     r"  0 → \+1000  my\.logo  “logo”  speaks of the logo", done.out, re.MULTILINE)  # fmt: skip
    assert re.search(r"^flagged +1 +2$", done.out, re.MULTILINE)
    assert re.search(r"^flagged of 1,000 +333\.3 +666\.7$", done.out, re.MULTILINE)


def test_a_second_try_is_told_the_same_and_reads_less(
    home: Home, box: Path, logo: Path, mild: Path
) -> None:
    """Nothing where the phrases are the same; with --no-cache everything, and nothing is kept."""
    first = home.run("try", "--rules", logo, "--json", "--no-cache", box).json
    assert not home.state.exists()
    assert home.run("try", "--rules", logo, "--json", box).json == first
    again = home.run("try", "--rules", logo, "--json", box).json
    assert (first["read"], again["read"]) == (3, 0)
    assert {**again, "read": 3} == first
    assert home.run("try", "--rules", mild, "--json", box).json["read"] == 0


def test_kept_text_makes_new_phrases_as_fast(home: Home, box: Path, logo: Path, mild: Path) -> None:
    """Where it is asked for; and it is gone with the next try that doesn't ask."""
    kept = home.state / "lab.json"
    home.run("try", "--rules", mild, "--keep-text", box)
    assert b"Here is the logo." in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600
    done = home.run("try", "--rules", logo, "--keep-text", "--json", box).json
    assert (done["read"], len(done["gained"])) == (0, 1)
    home.run("try", "--rules", logo, box)
    assert b"logo" not in kept.read_bytes()
    assert home.run("try", "--rules", logo, "--json", box).json == {**done, "read": 0}
    home.run("try", "--rules", logo, "--keep-text", box)
    assert b"Here is the logo." in kept.read_bytes()
    assert home.run("try", "--rules", logo, "--keep-text", "--no-cache", box).code == 2


def test_a_mailbox_is_only_read(pymap: PymapStand, home: Home, logo: Path) -> None:
    """No flag, no draft, no state; the second try fetches nothing but what it shows."""
    account = pymap.account(
        fresh(number=1), fresh(CALM, number=2), fresh("The logo.", number=3, subject="Files")
    )
    home.use(account)
    before = mailbox(account)
    streams = len(account.proxy.sent)
    first = home.run("try", "--rules", logo, *WEEK, "--json").json
    uid = max(each.uid for each in before["INBOX"])
    assert [each["where"] for each in first["gained"]] == [f"{account.user}: message {uid}"]
    assert mailbox(account) == before
    assert set(home.snapshot()) == {"lab.json"}
    assert account.proxy.wait_quiet()
    sent = len(account.proxy.sent)
    again = home.run("try", "--rules", logo, *WEEK, "--json").json
    assert {**again, "read": 3} == first
    assert account.proxy.wait_quiet()
    fetched = [
        [
            each
            for each in commands(bytes(stream))
            if each.verb == "UID FETCH" and b"BODY" in each.arguments
        ]
        for stream in account.proxy.sent[sent:]
    ]
    assert sum(map(len, fetched)) == 1
    verbs = {
        each.verb for stream in account.proxy.sent[streams:] for each in commands(bytes(stream))
    }
    assert verbs.isdisjoint({"UID STORE", "STORE", "APPEND", "UID COPY"})
    newest = home.run("try", "--rules", logo, "--last", "1", "--json").json
    assert (newest["messages"], len(newest["gained"])) == (1, 1)


def test_it_agrees_with_a_dry_run(dovecot: DovecotStand, home: Home, mild: Path) -> None:
    """On a real server: what is flagged now is what the scan would flag."""
    account = dovecot.account(*(fresh(FURIOUS if n % 2 else CALM, number=n) for n in range(6)))
    home.use(account)
    scanned = home.run("scan", *WEEK, "--dry-run", "--json").json
    tried = home.run("try", "--rules", mild, *WEEK, "--json").json
    assert tried["before"]["flagged"] == scanned["flagged"] == 3
    assert tried["before"]["judged"] == scanned["judged"] == 6
    assert tried["after"]["flagged"] == 0
    assert {each["identity"] for each in tried["lost"]} == {
        each["identity"] for each in scanned["messages"]
    }


def test_the_cache_holds_no_word_and_is_forgotten(
    pymap: PymapStand, home: Home, logo: Path
) -> None:
    """Searched for every word of the mail that it knows; gone with whoever is forgotten."""
    account = pymap.account(*marked_mail())
    home.use(account)
    assert home.run("try", "--rules", logo, *WEEK, "--json").code in (0, 8)
    kept = home.state / "lab.json"
    raw = kept.read_bytes()
    assert len(json.loads(raw)["messages"]) > 2
    assert found_in(raw) == []
    assert kept.stat().st_mode & 0o777 == 0o600
    (home.state / ".lab.json.0123456789abcdef").write_text("left by a try that was killed")
    home.run("forget", "nobody@client.example", "--dry-run")
    assert kept.exists()
    assert home.run("forget", "nobody@client.example", "--yes").code == 0
    assert not list(home.state.glob("*lab.json*"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("box.mbox",), 2, "what is to be tried?"),
        (("--rules", "logo.toml"), 2, "try it on what?"),
        (("--rules", "logo.toml", "--since", "7d", "box.mbox"), 2, "one of both"),
        (("--rules", "none.toml", "box.mbox"), 3, "none.toml: can't be read"),
        (("--rules", "bad.toml", "box.mbox"), 3, "bad.toml:2: rule[1].pionts: unknown key"),
        (("--config", "none.toml", "box.mbox"), 3, "none.toml: can't be read"),
        (("--rules", "logo.toml", "--since", "7d"), 3, "no [[account]] is set up"),
        (("--rules", "logo.toml", "none.mbox"), 8, "none.mbox: can't be read"),
        (("--rules", "logo.toml", "x" * 300), 8, "can't be read: File name too long"),
    ],
    ids=str,
)
def test_wrong_input_is_told(
    home: Home, box: Path, logo: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """With the exit code of its kind."""
    for path in (box, logo):
        (home.folder / path.name).write_bytes(path.read_bytes())
    (home.folder / "bad.toml").write_text('[[rule]]\npionts = 5\nid = "en.disappointed"\n')
    done = home.run("try", *arguments)
    assert done.code == code
    assert said in done.err


def test_what_cannot_be_kept_costs_no_result(home: Home, box: Path, logo: Path) -> None:
    """The cache is there for the next try; this one has its verdicts."""
    home.state.parent.mkdir()
    home.state.write_text("no folder")
    done = home.run("try", "--rules", logo, box)
    assert done.code == 0
    assert done.err.startswith(f"warning: {home.state}/lab.json: can't be written: ")
    assert "flagged of 1,000" in done.out


def test_a_file_that_is_gone_costs_no_other(tmp_path: Path) -> None:
    """A mail program moves the files of a Maildir while they are read."""
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    (tmp_path / "cur" / "b").write_bytes(letter(FURIOUS).raw)
    found = sources(str(tmp_path))
    (tmp_path / "new" / "a").write_bytes(letter(FURIOUS).raw)
    (tmp_path / "new" / "b").write_bytes(letter(FURIOUS).raw)
    first = next(found)
    (tmp_path / "new" / "b").unlink()
    assert [first.why, *(each.why for each in found)] == [
        "", "can't be read: No such file or directory", "",
    ]  # fmt: skip


def test_what_is_no_mail_costs_no_other(home: Home, logo: Path, tmp_path: Path) -> None:
    """Named, and the rest is tried."""
    (tmp_path / "a.eml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "b.eml").write_bytes(letter(FURIOUS).raw)
    done = home.run("try", "--rules", logo, "--json", tmp_path)
    assert done.code == 8
    assert done.err == f"error: {tmp_path}/a.eml: it has no header: not a mail message\n"
    assert (done.json["messages"], done.json["before"]["flagged"]) == (1, 1)


# --- rules of one account -----------------------------------------------------------------------

OWN = """
[[account.rule]]
id = "my.logo"
describe = "speaks of the logo"
points = 1000
tone = "frustrated"
phrases = ["logo"]
matches = ["The logo."]
"""
ADDRESSES = ("one@studio.example", "two@studio.example")


def two_accounts(pymap: PymapStand) -> list[tuple[str, str]]:
    """Two mailboxes with the same calm mail about a logo: each one's name, and its table in config.toml."""
    found = []
    for number, address in enumerate(ADDRESSES):
        account = pymap.account(
            fresh(CALM, number=number),
            fresh("The logo.", number=2 + number, subject="Files", to=address),
        )
        found.append((account.user, account_table(account, addresses=[address])))
    return found


def test_an_account_is_tried_by_its_own_rules(
    pymap: PymapStand, home: Home, tmp_path: Path
) -> None:
    """A rule of one account changes nothing in another, in the mailboxes as in files."""
    (_, one), (second, two) = two_accounts(pymap)
    home.configure(one, two)
    new = tmp_path / "new.toml"
    new.write_text("\n".join((one, two, OWN)))
    folder = tmp_path / "mail"
    folder.mkdir()
    for number, address in enumerate(ADDRESSES):
        (folder / f"{number}.eml").write_bytes(
            fresh("Here is the logo.", number=7 + number, subject="Files", to=address).raw
        )
    for _ in ("found out", "as it was kept"):
        there = home.run("try", "--config", new, *WEEK, "--json").json
        assert [each["where"].split(":")[0] for each in there["gained"]] == [second]
        assert (there["messages"], there["after"]["flagged"]) == (4, 1)
        files = home.run("try", "--config", new, "--json", folder).json
        assert [each["where"] for each in files["gained"]] == [str(folder / "1.eml")]
        assert (files["messages"], files["lost"], files["retoned"]) == (2, [], [])
    assert (there["read"], files["read"]) == (0, 0)


def test_what_is_laid_over_leaves_an_accounts_own_rules(
    pymap: PymapStand, home: Home, tmp_path: Path, mild: Path
) -> None:
    """--rules FILE changes what counts for all; the account's rule with that id stays above it."""
    (first, one), (second, two) = two_accounts(pymap)
    home.configure(one, two, OWN)
    other = tmp_path / "other.toml"
    other.write_text(LOGO)
    there = home.run("try", "--rules", other, *WEEK, "--json").json
    assert [each["where"].split(":")[0] for each in there["gained"]] == [first]
    assert (there["before"]["flagged"], there["after"]["flagged"]) == (1, 2)
    stricter = home.run("try", "--rules", mild, *WEEK, "--json").json
    assert [each["where"].split(":")[0] for each in stricter["lost"]] == [second]
