"""`cases`, `called`, `done`, `assign`, `resolve`: on a real mail server, as a program."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dialogue import Dialogue
from tests.letters import Letter
from tests.program import Home, days_ago, fresh
from tests.servers import ImapAccount, PymapStand
from tests.test_service import change_flag
from tests.transcript import commands

WEEK = ("--since", days_ago(7))


@pytest.fixture
def account(pymap: PymapStand) -> ImapAccount:
    return pymap.account(
        fresh(number=1, hours=30),
        fresh("Thanks, all good.", number=2, sender="Nia <nia@other.example>"),
        fresh(number=3, hours=2, sender="Otto <otto@third.example>", subject="[red]Invoice 7"),
    )


@pytest.fixture
def office(home: Home, account: ImapAccount) -> Home:
    home.use(account)
    assert home.run("scan", *WEEK).code == 0
    return home


def answer(account: ImapAccount, number: int, hours: float) -> None:
    raw = fresh(
        "I will ring you this afternoon.",
        number=100 + number,
        hours=hours,
        sender="Robin Hale <robin@studio.example>",
        to="Cleo Client <cleo@client.example>",
        subject="Re: The website",
        headers=(("In-Reply-To", f"<m{number}@client.example>"),),
    )
    account.deliver(raw, "Sent")


def named(home: Home) -> dict[str, str]:
    """Client -> name of the case."""
    return {each["client"]: each["case"] for each in home.run("cases", "--json").json}


def test_cases_are_listed_by_what_is_due_first(office: Home) -> None:
    """With names and subjects from the mailbox, which the state does not hold."""
    done = office.run("cases")
    assert (done.code, done.err) == (0, "")
    first, second = (line for line in done.out.splitlines() if line.startswith("c-"))
    assert re.match(r"c-\w{6} +waiting +Cleo Client +The website +\d+ \w{3} +answer by ", first)
    assert re.match(r"c-\w{6} +waiting +Otto +\[red\]Invoice 7 ", second)
    offline = office.run("cases", "--offline")
    assert "Otto" not in offline.out
    assert offline.out.count("waiting") == 2


def test_what_is_due_is_told_once_and_not_swallowed(home: Home, pymap: PymapStand) -> None:
    """Not by a dry run, nor by a command that lays a draft and tells nothing else; then by `scan`, and no more."""
    account = pymap.account(fresh(number=1, hours=96), fresh("All well, thanks.", number=2))
    home.use(account)
    assert "Due: " in home.run("scan", "--dry-run", *WEEK).out
    assert "Due: " not in home.run("scan", "--limit", "1", *WEEK).out  # more is left: not looked at
    name = named(home)["Cleo Client"]
    assert home.run("part", name).out.endswith("1 draft laid in Drafts.\n")
    due = [each for each in home.run("scan").out.splitlines() if each.startswith("Due: ")]
    assert due[0].startswith(f"Due: answer of {name} by ")
    assert "Due: " not in home.run("scan").out


def test_a_long_subject_hides_neither_the_name_nor_the_time(home: Home, pymap: PymapStand) -> None:
    """The one is to be typed, the other to be kept; also beside letters that are two columns wide."""
    home.use(pymap.account(fresh(number=1, subject="プロジェクト " * 12)))
    assert home.run("scan", *WEEK).code == 0
    (line,) = (each for each in home.run("cases").out.splitlines() if each.startswith("c-"))
    assert re.match(r"c-\w{6}  waiting  Cleo Client  ", line)
    assert re.search(r"…  \d+ \w{3}  answer by \w{3} \d+ \w{3} \d\d:\d\d$", line.rstrip())


def test_an_answer_in_sent_is_seen(office: Home, account: ImapAccount) -> None:
    """Whatever program sent it; then the case has come further."""
    answer(account, 1, hours=29)
    assert office.run("scan").code == 0
    stages = {each["client"]: each["stage"] for each in office.run("cases", "--json").json}
    assert stages["Cleo Client"] in ("answered", "call due")
    assert stages["Otto"] == "waiting"


def test_from_the_call_to_resolved(office: Home, account: ImapAccount) -> None:
    """What no mailbox shows is told; the beginning of a name will do."""
    name = named(office)["Cleo Client"]
    told = office.run(
        "called", name[:6], "--agreed", "Mend the form | me | tomorrow", "--agreed", "Send [b]logs|Cleo",
        "--note", "Was calm in the end",
    )  # fmt: skip
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[0] == f"{name} is now: agreed"
    assert re.search(r"1  open  Mend the form \(me\), by \w{3} \d\d \w{3} \d{4}\n", told.out)
    assert "  2  open  Send [b]logs (Cleo)\n" in told.out
    assert told.out.endswith("1 draft laid in Drafts.\n")
    assert any(b"Mend the form" in each.raw for each in account.contents("Drafts"))
    assert office.run("done", name, "1").out.startswith(f"{name} is now: agreed")
    again = office.run("done", name, "1")
    assert (again.code, again.err.splitlines()[-1]) == (
        2,
        f"Error: {name} has no open action 1; open: 2",
    )
    assert office.run("assign", name, "Sam Okafor").code == 0
    done = office.run("done", name)
    assert done.out.startswith(f"{name} is now: done")
    assert done.out.endswith("1 draft laid in Drafts.\n")
    assert b"Sam Okafor" in account.contents("Drafts")[-1].raw
    assert office.run("resolve", name).out == office.run("resolve", name).out
    assert name not in office.run("cases").out
    (case,) = (each for each in office.run("cases", "--all", "--json").json if each["case"] == name)
    assert (case["stage"], case["owner"]) == ("resolved", "Sam Okafor")
    assert [each["done"] is None for each in case["actions"]] == [False, False]


def test_at_a_terminal_it_asks_what_was_agreed(office: Home, account: ImapAccount) -> None:
    """Line by line, each shown as it is understood; what is wrong is said, and asked again."""
    name = named(office)["Cleo Client"]
    day = datetime.now().astimezone().date() + timedelta(days=1)
    with Dialogue(office, "called", name) as talk:
        talk.until("What was agreed?")
        talk.answer("agreed >", "Mend the form | me | someday")
        talk.until("'someday' names no day")
        talk.answer("agreed >", "|me")
        talk.until("one line of text is needed")
        talk.answer("agreed >", "Mend the form | me | tomorrow")
        talk.until(f"✓ Mend the form (me), by {day:%a %d %b %Y}")
        talk.answer("agreed >", "Send logs")
        talk.until("✓ Send logs")
        talk.answer("agreed >", "")
        talk.answer("note >", "Was calm in the end")
        talk.answer("note >", " ")
        talk.until(f"{name} is now: agreed")
        assert talk.end() == 0
    assert re.search(r"\n  1  open  Mend the form \(me\), by ", talk.shown)
    assert "\n  2  open  Send logs\n" in talk.shown
    (draft,) = (each.raw for each in account.contents("Drafts") if b"Mend the form" in each.raw)
    assert b"Send logs" in draft
    (case,) = (each for each in office.run("cases", "--json").json if each["case"] == name)
    assert [each["text"] for each in case["actions"]] == ["Mend the form", "Send logs"]


@pytest.mark.parametrize("questions", [("agreed >",), ("agreed >", "agreed >"), ("agreed >", "note >")])  # fmt: skip
def test_ctrl_c_tells_nothing(office: Home, questions: tuple[str, ...]) -> None:
    """Not even that there was a call."""
    name = named(office)["Cleo Client"]
    answers = {"note >": "", "agreed >": "Mend the form"}
    with Dialogue(office, "called", name) as talk:
        for last in questions[1:]:
            talk.answer("agreed >", answers[last])
        talk.until(questions[-1])
        talk.interrupt()
        assert talk.end() == 130
    (case,) = (each for each in office.run("cases", "--json").json if each["case"] == name)
    assert (case["stage"], case["actions"]) == ("waiting", [])


def test_who_says_so_is_asked_nothing(office: Home) -> None:
    """Nor who gives an option, nor a script."""
    name = named(office)["Cleo Client"]
    for options in (("--nothing-agreed",), ("--note", "Will think"), ("--agreed", "Mend it")):
        with Dialogue(office, "called", name, *options) as talk:
            assert talk.end() == 0
            assert "What was agreed?" not in talk.shown
    assert "agreed?" not in office.run("called", name).out
    both = office.run("called", name, "--nothing-agreed", "--agreed", "Mend it")
    assert (both.code, "either --agreed or --nothing-agreed" in both.err) == (2, True)


def test_a_keyword_in_the_mail_program_tells_it(office: Home, account: ImapAccount) -> None:
    """The next scan hears it, says so, and not again; a dry run only says so."""
    name = named(office)["Cleo Client"]
    (uid,) = (e.uid for e in account.contents() if b"<m1@client.example>" in e.raw)
    change_flag(account, uid, "case-called", on=True)
    office.run("scan")
    change_flag(account, uid, "case-resolved", on=True)
    dry = office.run("scan", "--dry-run")
    assert f"Told by keyword: {name}: case-resolved\n" in dry.out
    assert name in office.run("cases").out
    heard = office.run("scan", "--json").json
    assert heard["told"] == [f"{name}: case-resolved"]
    assert "Told by keyword" not in office.run("scan").out
    (case,) = (each for each in office.run("cases", "--all", "--json").json if each["case"] == name)
    assert case["stage"] == "resolved"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("called", "c-nosuch"), "no case 'c-nosuch'; `assistant cases` lists them"),
        (("called", ""), "no case ''; `assistant cases` lists them"),
        (("called", "{}", "--agreed", " | me"), "--agreed: one line of text is needed, of at most 500 characters"),
        (("called", "{}", "--agreed", "a|b|c|d"), "--agreed 'a|b|c|d': at most three parts: WHAT | WHO | WHEN"),
        (("called", "{}", "--agreed", "a||someday"), "'someday' names no day; write 2026-12-01, or as you would say it: next Tuesday"),
        (("called", "{}", "--agreed", "a||2020-01-01"), "'2020-01-01' is 01 Jan 2020, which has passed"),
        (("assign", "{}", " "), "NAME: one line of text is needed, of at most 500 characters"),
        (("cases", "--account", "x@y.example"), "no account x@y.example; there is: "),
    ],
)  # fmt: skip
def test_mistakes_are_told_and_nothing_is_kept(
    office: Home, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, one line, the case as before."""
    name = named(office)["Cleo Client"]
    before = office.run("cases", "--json").json
    done = office.run(*(each.replace("{}", name) for each in arguments))
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(f"Error: {message}")
    assert office.run("cases", "--json").json == before


def test_before_anything_was_judged(home: Home, account: ImapAccount) -> None:
    """No state: said, with what to do."""
    home.use(account)
    done = home.run("cases")
    assert done.code == 2
    assert "nothing was judged yet" in done.err


def test_without_a_case(home: Home, pymap: PymapStand) -> None:
    """Said, and no empty table."""
    home.use(pymap.account(Letter(fresh("All well, thanks.").raw)))
    assert home.run("scan", *WEEK).code == 0
    assert home.run("cases").out == "No open case.\n"
    assert home.run("cases", "--json").json == []
    assert isinstance(home.folder, Path)


def test_a_client_s_own_times(office: Home) -> None:
    """By clients.toml, whatever address of the firm wrote; all others as ever."""
    before = {
        each["client"]: each["clocks"][0]["due"] for each in office.run("cases", "--json").json
    }
    (office.config_file.parent / "clients.toml").write_text(
        '[[client]]\nmatch = ["@third.example"]\nname = "Third"\nanswer_hours = 100.0\n'
    )
    after = {
        each["client"]: each["clocks"][0]["due"] for each in office.run("cases", "--json").json
    }
    assert after["Cleo Client"] == before["Cleo Client"]
    assert after["Otto"] > before["Otto"]


# --- export, import ------------------------------------------------------------------------------


def test_what_was_told_survives_a_lost_state(office: Home) -> None:
    """Saved, the state lost, the mail looked at anew, taken in: as before; twice is once."""
    name = named(office)["Cleo Client"]
    assert office.run("called", name, "--agreed", "Mend the form|me|tomorrow").code == 0
    before = [each for each in office.run("cases", "--json").json if each["case"] == name]
    saved = office.folder / "told.json"
    assert office.run("export", saved).out == f"{saved}: 2 notes\n"
    assert saved.stat().st_mode & 0o777 == 0o600
    for each in office.state.glob("state.sqlite3*"):
        each.unlink()
    assert office.run("scan", *WEEK).code == 0
    assert office.run("import", saved).out == f"{saved}: 2 of 2 notes were new\n"
    assert office.run("import", saved).out == f"{saved}: 0 of 2 notes were new\n"
    assert [e for e in office.run("cases", "--json").json if e["case"] == name] == before
    assert office.run("export", "-").json["accounts"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is not what `assistant export` writes"),
        ('{"format": 2, "accounts": {}}', "format 2 is not known here"),
        ('{"format": 1, "accounts": {"x@y.example": []}}', "no account x@y.example is set up here"),
        ('{"format": 1, "accounts": {"%s": [{}]}}', "is not what `assistant export` writes"),
        (
            '{"format": 1, "accounts": {"%s": [{"case": "c-1", "at": "2026-01-01", "doing": "called",'
            ' "text": "", "owner": "", "due": null, "number": 0}]}}',
            "is not what `assistant export` writes",
        ),
    ],
)
def test_a_file_that_is_something_else(
    office: Home, account: ImapAccount, content: str, message: str
) -> None:
    """Said; nothing is taken in."""
    path = office.folder / "told.json"
    path.write_text(content.replace("%s", office.run("status", "--json").json[0]["account"]))
    done = office.run("import", path)
    assert done.code == 2
    assert message in done.err
    assert (
        office.run("export", path)
        .err.splitlines()[-1]
        .endswith("exists already; name another file")
    )


# --- brief ----------------------------------------------------------------------------------------


def test_the_brief_of_a_case(office: Home, account: ImapAccount) -> None:
    """From the mailbox at this moment, with their words, and the way there in every form."""
    name = named(office)["Cleo Client"]
    answer(account, 1, hours=20)
    assert office.run("scan").code == 0
    done = office.run("brief", name)
    assert (done.code, done.err) == (0, "")
    assert name in done.out
    assert "Cleo Client" in done.out
    assert "unacceptable" in done.out
    assert len(done.out.splitlines()) < 60
    page = office.folder / "brief.html"
    assert office.run("brief", name, "--html", page).code == 0
    assert "unacceptable" in page.read_text("utf-8")
    assert office.run("brief", name, "--markdown").out.startswith("#")
    assert office.run("brief", name, "--json").json["key"] == name


def test_mail_that_was_moved_is_found(office: Home, account: ImapAccount) -> None:
    """Into whatever folder; and when it is gone for good, that is said."""
    name = named(office)["Cleo Client"]
    (letter, *_) = account.contents()
    account.deliver(Letter(letter.raw, datetime.now(UTC) - timedelta(hours=30)), "Trash")
    account.remove(account.inbox, letter.uid)
    assert "unacceptable" in office.run("brief", name).out
    account.remove("Trash", account.contents("Trash")[0].uid)
    done = office.run("brief", name)
    assert done.code == 2
    assert f"{name}: no letter was found in any folder, so there is nothing to show" in done.err


# --- today ----------------------------------------------------------------------------------------


def test_today_on_one_page(office: Home, account: ImapAccount) -> None:
    """Whom to call first, which drafts wait, what was promised; from the mailboxes at this moment."""
    answer(account, 1, hours=20)
    assert office.run("scan").code == 0
    done = office.run("today")
    assert (done.code, done.err) == (0, "")
    assert "Cleo Client" in done.out
    assert "[red]Invoice 7" in done.out
    assert len(done.out.splitlines()) < 45
    told = office.run("today", "--json").json
    assert {each["case"] for each in told["calls"]} == set(named(office).values())


@pytest.mark.parametrize("command", ["today", "report", "cases"])
def test_many_cases_are_read_in_few_commands(home: Home, pymap: PymapStand, command: str) -> None:
    """However many there are; a third was moved to another folder, and is found by one look into it."""
    account = pymap.account(
        *(
            fresh(number=n, hours=24 + n, sender=f"Client{n} <c{n}@firm{n}.example>", subject=f"No. {n}")
            for n in range(1, 19)
        ),
        folders=("Drafts", "Sent", "Trash", "Projects"),
    )  # fmt: skip
    home.use(account)
    assert home.run("scan", *WEEK).code == 0
    for n in range(1, 7):
        move(account, n, 24 + n, "Projects")
    before = len(account.proxy.sent)
    done = home.run(command, "--json")
    assert (done.code, done.err) == (0, "")
    assert command == "report" or all(f'"No. {n}"' in done.out for n in range(1, 19))
    sent = [each.verb for stream in account.proxy.sent[before:] for each in commands(bytes(stream))]
    assert 10 <= len(sent) <= 30


def move(account: ImapAccount, number: int, hours: float, folder: str) -> None:
    """As a user does in a mail program."""
    wanted = f"Message-ID: <m{number}@".encode()
    (found,) = (each for each in account.contents() if wanted in each.raw)
    account.deliver(Letter(found.raw, datetime.now(UTC) - timedelta(hours=hours)), folder)
    account.remove(account.inbox, found.uid)


def test_who_is_at_risk_is_named_though_their_mail_was_moved(home: Home, pymap: PymapStand) -> None:
    """By the newest message, wherever it lies: the sign stands with their cases."""
    nia = "Nia <nia@other.example>"
    calm = (
        fresh("Thanks, all good.", number=n, hours=24 * (35 + n), sender=nia) for n in range(10, 20)
    )
    angry = (fresh(number=n, hours=24 * n, sender=nia) for n in range(1, 5))
    account = pymap.account(*calm, *angry)
    home.use(account)
    assert home.run("scan", "--since", days_ago(90)).code == 0
    move(account, 1, 24, "Trash")
    why = [each["why"][-1] for each in home.run("today", "--json").json["calls"]]
    assert why == ["was unhappy in 4 of the last 4 messages; before, in none of 10"] * 4


def test_today_without_a_case(home: Home, pymap: PymapStand) -> None:
    """A quiet morning is told as one."""
    home.use(pymap.account(Letter(fresh("All well, thanks.").raw)))
    assert home.run("scan", *WEEK).code == 0
    done = home.run("today")
    assert done.code == 0
    assert done.out.strip()


# --- report ---------------------------------------------------------------------------------------


def test_the_report_of_all_cases(office: Home, account: ImapAccount) -> None:
    """With names from the mailbox; a case whose mail is gone is counted all the same."""
    done = office.run("report", "--since", "30d", "--by", "client")
    assert (done.code, done.err) == (0, "")
    assert "Cleo Client" in done.out
    account.remove(account.inbox, account.contents()[0].uid)
    told = office.run("report", "--since", "30d", "--json").json
    assert told["total"]["opened"] == 2
    page = office.folder / "report.html"
    assert office.run("report", "--html", page).code == 0
    assert "<svg" in page.read_text("utf-8")


def test_a_parting_letter_is_laid_on_request(office: Home, account: ImapAccount) -> None:
    """Once; and when it is sent, the case is over."""
    name = named(office)["Cleo Client"]
    assert office.run("part", name).out == "1 draft laid in Drafts.\n"
    letter = next(each for each in drafts(account) if b"<p." in each)
    assert b"our work together" in letter.replace(b"=\r\n", b"")
    again = office.run("part", name)
    assert again.out == f"{name} got its parting letter before; it is not laid again.\n"
    assert sum(b"<p." in each for each in drafts(account)) == 1
    account.deliver(Letter(letter, datetime.now(UTC)), "Sent")
    assert office.run("scan").code == 0
    assert name not in office.run("cases").out


# --- what must not be drafted ---------------------------------------------------------------------


def drafts(account: ImapAccount) -> list[bytes]:
    return [each.raw for each in account.contents("Drafts")]


def agreed_unlaid(office: Home) -> str:
    """A case with something agreed, and its summary not laid: the command could not reach the server."""
    name = named(office)["Cleo Client"]
    text = office.config_file.read_text()
    office.config_file.write_text(re.sub(r"port = \d+", "port = 1", text))
    told = office.run("called", name, "--agreed", "Mend the form")
    office.config_file.write_text(text)
    assert told.code != 0, "what was told is kept, and the error said"
    return name


@pytest.mark.parametrize("how", [("--dry-run",), ("--calibrate",)])
def test_a_dry_run_lays_no_draft_of_a_case(
    office: Home, account: ImapAccount, how: tuple[str, ...]
) -> None:
    """It writes nothing, whatever is called for; the real run lays it once."""
    agreed_unlaid(office)
    before = drafts(account)
    assert office.run("scan", *WEEK, *how).code == 0
    assert drafts(account) == before
    for _ in range(2):
        assert office.run("scan").code == 0
        assert len(drafts(account)) == len(before) + 1


@pytest.mark.parametrize(
    "drafting", ['never = ["cleo@client.example"]', 'from_tone = "hostile"', "label_only = true"]
)
def test_who_gets_no_draft_gets_none_of_a_case(
    office: Home, account: ImapAccount, drafting: str
) -> None:
    """The account's wishes hold for every kind of draft."""
    agreed_unlaid(office)
    office.config_file.write_text(f"{office.config_file.read_text()}\n[drafting]\n{drafting}\n")
    before = drafts(account)
    assert office.run("scan").code == 0
    assert drafts(account) == before
