"""`correct`, and what else of corrections is shown: in `scan`, `status`, the log, and `rules hits`."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.letters import CALM, FURIOUS, Letter
from tests.program import Home, account_table, days_ago, fresh, read_until, stop
from tests.servers import ImapAccount, PymapStand
from tests.test_service import change_flag

WEEK = ("--since", days_ago(7))
RULE = """
[[rule]]
id = "my-own"
describe = "a word of mine"
points = 40
tone = "angry"
phrases = ["xylophone"]
matches = ["a xylophone"]
"""


@pytest.fixture
def letters() -> tuple[Letter, ...]:
    return (
        fresh(number=1),
        fresh(CALM, number=2, sender="Nia <nia@other.example>"),
        fresh(CALM, number=3, headers=(("Precedence", "bulk"),)),
        fresh(FURIOUS, number=4, sender="Otto <otto@third.example>"),
    )


@pytest.fixture
def account(pymap: PymapStand, letters: tuple[Letter, ...]) -> ImapAccount:
    return pymap.account(*letters)


@pytest.fixture
def scanned(home: Home, account: ImapAccount, letters: tuple[Letter, ...]) -> Home:
    """Two flagged messages (1, 4), a fine one (2) and one that is not judged (3); each is saved as a file, too."""
    home.use(account)
    assert home.run("scan", *WEEK).code == 0
    for number, each in enumerate(letters, start=1):
        (home.folder / f"{number}.eml").write_bytes(each.raw)
    return home


def corrected(home: Home) -> dict[str, int]:
    (table,) = home.run("status", "--json").json
    found: dict[str, int] = table["corrected"]
    return found


# --- correct ------------------------------------------------------------------------------------


def test_by_file_by_input_and_by_id(
    scanned: Home, account: ImapAccount, letters: tuple[Letter, ...]
) -> None:
    """Remembered and said back; the mailbox stays as it is, and so does what a pass does."""
    before = account.contents()
    first = scanned.run("correct", "1.eml", "--tone", "none")
    assert first.code == 0
    assert re.fullmatch(
        rf"{account.user}: remembered: you say not upset, the assistant said angry \(on [\d-]{{10}}\)\n"
        r"The mark in the mailbox stays as it is; change it in your mail program\.\n",
        first.out,
    )
    second = scanned.run("correct", "-", "--tone", "Frustrated", stdin=letters[1].raw)
    assert "you say frustrated, the assistant said fine" in second.out
    third = scanned.run("correct", "<m3@client.example>", "--tone", "concerned")
    assert "the assistant said nothing, it was not judged" in third.out
    fourth = scanned.run("correct", "Message-ID: <m4@client.example>", "--tone", "hostile")
    assert "you say hostile, the assistant said angry" in fourth.out
    assert corrected(scanned) == {"not upset": 1, "missed": 2, "other tone": 1}
    shown = scanned.run("status").out
    assert re.search(r"^  Corrected +4: 2 missed, 1 not upset, 1 other tone$", shown, re.M)
    assert "noticed" not in scanned.run("scan", *WEEK).out
    assert account.contents() == before


def test_a_correction_is_taken_back(scanned: Home) -> None:
    scanned.run("correct", "1.eml", "--tone", "none")
    again = scanned.run("correct", "1.eml", "--tone", "none")
    assert "nothing new: you say not upset" in again.out
    back = scanned.run("correct", "1.eml", "--tone", "angry")
    assert "your correction is taken back: the assistant said angry, too" in back.out
    assert corrected(scanned) == {}
    assert "Corrected" not in scanned.run("status").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("1.eml",), 2, "Missing option '--tone'"),
        (("1.eml", "--tone", "cross"), 2,
         "'cross' is no tone; there is: concerned, disappointed, frustrated, angry, hostile, and none"),
        (("1.eml", "--tone", "x\x1b[2Jy"), 2, "is no tone"),
        (("strange@client.example", "--tone", "none"), 2, "no such message is remembered"),
        (("<strange>", "--tone", "none"), 2, "<strange>: no such message is remembered"),
        ((f"<{'x' * 300}@y>", "--tone", "none"), 2, "no such message is remembered"),
        (("x" * 300, "--tone", "none"), 8, "no such file"),
        (("", "--tone", "none"), 8, "no such file"),
        (("new.eml", "--tone", "none"), 2, "new.eml: no such message is remembered. It was never judged"),
        (("nowhere.eml", "--tone", "none"), 8, "nowhere.eml: can't be read"),
        (("nowhere.eml", "--tone", "none"), 8, "by a file, or by its Message-ID"),
        (("empty.eml", "--tone", "none"), 8, "an empty file"),
        (("two.mbox", "--tone", "none"), 2, "two.mbox holds several messages"),
        ((".", "--tone", "none"), 2, "holds several messages"),
        (("1.eml", "--tone", "none", "--account", "who@studio.example"), 2, "no account who@studio.example"),
    ],
)  # fmt: skip
def test_what_is_not_understood_changes_nothing(
    scanned: Home, letters: tuple[Letter, ...], arguments: tuple[str, ...], code: int, words: str
) -> None:
    """The reason, and what there is instead; nothing a terminal would obey."""
    (scanned.folder / "new.eml").write_bytes(fresh(CALM, number=9).raw)
    (scanned.folder / "empty.eml").write_bytes(b"")
    mbox = b"".join(b"From x\n" + each.raw + b"\n" for each in letters[:2])
    (scanned.folder / "two.mbox").write_bytes(mbox)
    done = scanned.run("correct", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in " ".join(done.err.split())
    assert "\x1b" not in done.err
    assert corrected(scanned) == {}


def test_nothing_was_judged_yet(home: Home, account: ImapAccount) -> None:
    """And no state is made by asking."""
    home.use(account)
    done = home.run("correct", "m1@client.example", "--tone", "none")
    assert (done.code, done.out) == (2, "")
    assert "nothing was judged yet" in done.err
    assert not home.state.exists()


def test_several_accounts_that_know_it(
    pymap: PymapStand, home: Home, letters: tuple[Letter, ...]
) -> None:
    """Then one has to be named."""
    both = [pymap.account(letters[0]), pymap.account(letters[0])]
    names = ["one@studio.example", "two@studio.example"]
    home.configure(
        *(account_table(a, addresses=[name]) for a, name in zip(both, names, strict=True))
    )
    home.run("scan", *WEEK)
    listed = [each["account"] for each in home.run("status", "--json").json]
    done = home.run("correct", "m1@client.example", "--tone", "none")
    assert done.code == 2
    assert f"--account names one: {', '.join(sorted(listed))}" in " ".join(done.err.split())
    named = home.run("correct", "m1@client.example", "--tone", "none", "--account", listed[1])
    assert (named.code, named.out.split(":")[0]) == (0, listed[1])
    tables = home.run("status", "--json").json
    assert [each["corrected"] for each in tables] == [{}, {"not upset": 1}]


def test_an_id_that_two_messages_share(pymap: PymapStand, home: Home) -> None:
    """The file says which."""
    twice = [fresh(number=1, hours=hours) for hours in (1, 2)]
    home.use(pymap.account(*twice))
    home.run("scan", *WEEK)
    (home.folder / "1.eml").write_bytes(twice[0].raw)
    done = home.run("correct", "m1@client.example", "--tone", "none")
    assert (done.code, "give the one you mean as a file" in " ".join(done.err.split())) == (2, True)
    assert home.run("correct", "1.eml", "--tone", "none").code == 0


# --- in a mail program --------------------------------------------------------------------------


def test_a_scan_tells_of_corrections_where_there_are_any(
    scanned: Home, account: ImapAccount
) -> None:
    """How many, and nothing of whose; a dry run tells the same and remembers nothing."""
    assert "correction" not in scanned.run("scan").out
    first, second, *_ = sorted(each.uid for each in account.contents())
    change_flag(account, first, "tone-angry", on=False)
    change_flag(account, second, "tone-concerned", on=True)
    assert "2 corrections noticed" in scanned.run("scan", "--dry-run").out
    assert corrected(scanned) == {}
    done = scanned.run("scan")
    assert re.search(r"^2 corrections noticed$", done.out, re.M)
    assert corrected(scanned) == {"not upset": 1, "missed": 1}
    change_flag(account, first, "tone-angry", on=True)
    (told,) = [json.loads(line) for line in scanned.run("scan", "--json").out.splitlines()]
    assert (told["corrections"], told["taken_back"]) == (0, 1)


def test_the_daemon_hears_them_and_hears_correct_beside_it(
    scanned: Home, account: ImapAccount
) -> None:
    """In the log a count, no name; `correct` needs no pause of the daemon."""
    scanned.run("scan")  # the marks are seen to stay
    uid = min(each.uid for each in account.contents())
    change_flag(account, uid, "tone-angry", on=False)
    with scanned.start("run") as process:
        log = read_until(process.stderr, "1 correction noticed")
        assert scanned.run("correct", "4.eml", "--tone", "none").code == 0
        assert stop(process, signal.SIGTERM) == 0
    assert "client.example" not in log
    assert corrected(scanned) == {"not upset": 2}


# --- rules hits ---------------------------------------------------------------------------------


def test_rules_hits(scanned: Home, account: ImapAccount) -> None:
    """A row for each that was heard; those that were never are counted."""
    scanned.run("correct", "1.eml", "--tone", "none")
    scanned.run("correct", "4.eml", "--tone", "none")
    done = scanned.run("rules", "hits")
    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["Un-", "Con-", "Not", "Other"]
    assert rows[1] == ["Rule", "Pts", "Flagged", "flagged", "firmed", "upset", "tone", "Missed", "Last"]  # fmt: skip
    found = scanned.run("rules", "hits", "--json").json
    by_rule = {each["rule"]: each for each in found["rules"]}
    assert found["judged"] == 3
    heard = [each for each in found["rules"] if each["last"]]
    first = next(each for each in heard if each["points"] and each["flagged"] == 2)
    assert (first["not_upset"], first["confirmed"], first["missed"]) == (2, 0, 0)
    assert first["note"] == "hit mostly where you said not upset"
    note = f"{first['rule']}: hit mostly where you said not upset (2 flagged, 2 of them not upset;"
    assert note in " ".join(done.out.split())
    silent = sum(not each["last"] for each in found["rules"])
    assert f"were heard in 3 judged messages; {silent} rules never were, which says little" in " ".join(done.out.split())  # fmt: skip
    assert len(by_rule) > 100
    everything = scanned.run("rules", "hits", "--all").out
    assert len(everything.splitlines()) > 100
    assert re.search(r"^\S+ +[+-]\d+ +– +– +– +– +– +– +never *$", everything, re.M)


def test_a_rule_that_is_mostly_right_is_not_blamed(pymap: PymapStand, home: Home) -> None:
    """Also on the first day, before any mark has stood for long; another tone is counted by itself."""
    home.use(pymap.account(*(fresh(number=n, sender=f"C <c@{n}.example>") for n in range(1, 6))))
    assert home.run("scan", *WEEK).code == 0
    for number, tone in ((1, "none"), (2, "none"), (3, "concerned")):
        assert home.run("correct", f"m{number}@client.example", "--tone", tone).code == 0
    found = home.run("rules", "hits", "--json").json["rules"]
    furious = next(each for each in found if each["rule"] == "en.furious")
    assert (furious["flagged"], furious["not_upset"], furious["other_tone"]) == (5, 2, 1)
    assert {each["note"] for each in found} == {None}
    assert "hit mostly" not in home.run("rules", "hits").out


def test_the_table_fits_an_old_terminal(scanned: Home) -> None:
    """80 columns: nothing is cut."""
    done = scanned.run("rules", "hits")
    table = done.out.split("\n\n")[0].splitlines()
    assert "textblob-polarity" in done.out
    assert "…" not in done.out
    assert max(map(len, table)) <= 80


def test_rules_hits_before_anything_was_judged(home: Home, account: ImapAccount) -> None:
    home.use(account)
    assert home.run("rules", "hits").out == "no message was judged yet\n"
    assert not (home.state / "state.sqlite3").exists()


def test_rules_of_the_users_own_are_named(
    home: Home, account: ImapAccount, pymap: PymapStand
) -> None:
    """Those that were never heard in many messages; and what is in the rules no more."""
    many = pymap.account(
        *(fresh(f"Thanks, that looks fine. {n}", number=n) for n in range(2, 204)),
        fresh("What a xylophone!", number=1),
    )
    home.configure(
        account_table(many), RULE, RULE.replace("my-own", "silent").replace("xylo", "vibra")
    )
    assert home.run("scan", *WEEK).code == 0
    told = " ".join(home.run("rules", "hits").out.split())
    assert re.search(r"in 20\d judged messages; \d+ rules never were, of your own: silent\.", told)
    home.configure(account_table(many))
    assert "my-own: not in the rules any more (" in home.run("rules", "hits").out


def test_hits_of_one_account(scanned: Home, tmp_path: Path) -> None:
    done = scanned.run("rules", "hits", "--account", "who@studio.example")
    assert (done.code, "no account who@studio.example" in done.err) == (2, True)
