"""`clients`: everybody who wrote in the last year, those at risk first; on a real mail server, as a program."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from tests.letters import CALM, FURIOUS, Letter
from tests.program import Home, days_ago, fresh
from tests.servers import ImapAccount, PymapStand
from tests.transcript import commands

YEAR = ("--since", days_ago(390))
CLEO = "Cleo Client <cleo@client.example>"
NIA = "Nia <nia@other.example>"
SIGN = "was unhappy in 4 of the last 4 messages; before, in none of 8"


def wrote(number: int, days: float, sender: str, body: str = CALM) -> Letter:
    return fresh(f"Hi Robin,\n\n{body}", number=number, hours=24 * days, sender=sender)


def answer(number: int, days: float, to: str) -> Letter:
    return fresh(
        "Thank you, it is done.", number=1_000 + number, hours=24 * days, to=to,
        sender="Robin Hale <robin@studio.example>", subject="Re: The website",
    )  # fmt: skip


def asked(account: ImapAccount, connections: int) -> list[str]:
    """The commands of connections that were opened after so many."""
    return [each.verb for one in account.proxy.sent[connections:] for each in commands(bytes(one))]


def cleo(first: int = 0, sender: str = CLEO) -> list[Letter]:
    """Content for months, unhappy of late."""
    calm = [wrote(first + n, 300 - 30 * n, sender) for n in range(8)]
    return calm + [wrote(first + 8 + n, 20 - 5 * n, sender, FURIOUS) for n in range(4)]


@pytest.fixture
def account(pymap: PymapStand) -> ImapAccount:
    nia = [wrote(100 + n, 95 - 7 * n, NIA) for n in range(14)]
    old = wrote(200, 380, "Old <old@gone.example>")
    found = pymap.account(*cleo(), *nia, old, wrote(201, 2, "Ed <ed@gmail.com>"))
    for n in range(14):
        found.deliver(answer(n, 94.99 - 7 * n, NIA), "Sent")
    return found


@pytest.fixture
def office(home: Home, account: ImapAccount) -> Home:
    home.use(account)
    assert home.run("scan", *YEAR).code == 0
    return home


def test_those_at_risk_come_first_with_what_says_so(office: Home) -> None:
    """Then the others, who wrote most first; who wrote last more than a year ago is no client any more."""
    done = office.run("clients")
    assert (done.code, done.err) == (0, "")
    head, first, sign, second, third, _, told = done.out.splitlines()
    assert head.split() == ["Client", "Mails", "Unhappy", "Answer", "Last", "Case"]
    assert first.split()[:6] == ["Cleo", "Client,", "client.example", "12", "4", "–"]
    assert "c-" in first or "open" in first
    assert sign.strip() == SIGN
    assert second.split()[:5] == ["Nia,", "other.example", "14", "–", "under"]
    assert third.split()[:4] == ["Ed,", "ed@gmail.com", "1", "–"]
    assert told.startswith("3 clients, 1 at risk.")
    assert max(map(len, done.out.splitlines())) <= 100


def test_the_year_is_told_with_the_verdict(home: Home, account: ImapAccount) -> None:
    """The same facts, a few points each, with the usual beside them."""
    home.use(account)
    flagged = home.run("scan", *YEAR, "--json").json["messages"]
    hits = {
        hit["rule"]: hit
        for each in flagged
        if each["message_id"] == "<m11@client.example>"
        for hit in each["hits"]
    }
    assert hits["year.unhappy-lately"]["points"] == 10
    said = "was unhappy in 3 messages of the last 30 days; before, in none of 8"
    assert hits["year.unhappy-lately"]["describe"] == said


def test_for_programs(office: Home) -> None:
    """All of it; at risk alone."""
    found = office.run("clients", "--json").json
    assert [each["client"] for each in found] == ["client.example", "other.example", "ed@gmail.com"]
    (one,) = office.run("clients", "--at-risk", "--json").json
    assert one == found[0]
    assert one["signs"] == [{"kind": "heat", "text": SIGN}]
    assert (one["person"], one["messages"], one["unhappy"]) == ("Cleo Client", 12, 4)
    assert one["usual_wait_hours"] is None
    assert 0 <= found[1]["usual_wait_hours"] < 1
    cases = {each["case"] for each in office.run("cases", "--json").json}
    assert set(one["open_cases"]) == cases
    assert office.run("clients", "--at-risk").out.splitlines()[-1].startswith("1 client, 1 at risk")


def test_offline_nobody_is_named(office: Home, account: ImapAccount) -> None:
    """The state knows no name, and the mailbox is not asked."""
    before = len(account.proxy.sent)
    done = office.run("clients", "--offline")
    assert done.code == 0
    assert "Cleo" not in done.out
    assert done.out.count("(no name)") == 3
    assert SIGN in done.out
    assert len(account.proxy.sent) == before


def test_the_addresses_of_one_client_are_one(office: Home, account: ImapAccount) -> None:
    """By clients.toml; and in `today` as well."""
    for each in cleo(300, "Cleo at home <cleo@gmail.com>")[8:]:
        account.deliver(each)
    assert office.run("scan", *YEAR).code == 0
    assert len(office.run("clients", "--json").json) == 4
    (office.config_file.parent / "clients.toml").write_text(
        '[[client]]\nmatch = ["cleo@gmail.com", "@client.example"]\nname = "Cleo & Co"\n'
    )
    found = office.run("clients", "--json").json
    assert [each["name"] for each in found] == ["Cleo & Co", None, None]
    assert found[0]["messages"] == 16
    told = found[0]["signs"][0]["text"]
    assert told == "was unhappy in 8 of the last 8 messages; before, in none of 8"
    risks = office.run("today", "--json").json["at_risk"]
    assert all(each["client"] != "client.example" for each in risks)


def test_a_firm_of_which_several_clients_are_known_is_not_thrown_together(office: Home) -> None:
    """The state can't tell people of one firm apart: then it stays what it is."""
    (office.config_file.parent / "clients.toml").write_text(
        '[[client]]\nmatch = ["ed@gmail.com", "a@client.example"]\nname = "A"\n'
        '[[client]]\nmatch = ["nia@other.example", "b@client.example"]\nname = "B"\n'
    )
    assert [each["messages"] for each in office.run("clients", "--json").json] == [12, 14, 1]


def test_names_of_mail_that_was_moved(office: Home, account: ImapAccount) -> None:
    """From what the user wrote to them, or from where their newest message lies now; else nobody is named."""
    letters = account.contents()
    for each in letters:
        account.remove(account.inbox, each.uid)
    (newest,) = (e for e in letters if b"<m11@" in e.raw)
    account.deliver(Letter(newest.raw, datetime.now(UTC) - timedelta(days=5)), "Trash")
    found = office.run("clients", "--json").json
    assert [each["person"] for each in found] == ["Cleo Client", "Nia", None]
    assert "(no name)" in office.run("clients").out


def test_a_folder_that_is_another_one_now(office: Home) -> None:
    """Its numbers name other messages: nobody is named by them."""
    with contextlib.closing(sqlite3.connect(office.state / "state.sqlite3")) as state, state:
        state.execute("UPDATE message SET uidvalidity = uidvalidity + 1")
    found = office.run("clients", "--json").json
    assert [each["person"] for each in found] == [None, "Nia", None]


def test_few_commands_for_many_clients(home: Home, pymap: PymapStand) -> None:
    """Names are asked for together, and none for those who are not shown."""
    many = [wrote(n, 3, f"Client {n} <c{n}@firm{n}.example>") for n in range(120)]
    account = pymap.account(*many)
    home.use(account)
    assert home.run("scan", *YEAR).code == 0
    before = len(account.proxy.sent)
    found = home.run("clients", "--json").json
    assert {each["person"] for each in found} == {f"Client {n}" for n in range(120)}
    verbs = asked(account, before)
    assert verbs.count("UID FETCH") == 1
    assert len(verbs) < 12
    before = len(account.proxy.sent)
    assert home.run("clients", "--at-risk").out == "Nobody is at risk.\n"
    assert asked(account, before) == []


def test_a_stranger_s_name_does_nothing_to_the_terminal(home: Home, pymap: PymapStand) -> None:
    """No markup, no control character, no line of its own."""
    home.use(pymap.account(wrote(1, 2, '"[red]E\x1b[2J" <e@evil.example>')))
    assert home.run("scan", *YEAR).code == 0
    done = home.run("clients")
    assert "\x1b" not in done.out
    assert "[red]E" in done.out


def test_what_can_go_wrong(home: Home, office: Home, account: ImapAccount) -> None:
    """Without the server there are numbers, no names; an account that isn't there is told."""
    assert office.run("clients", "--account", "x@y.example").code == 2
    text = office.config_file.read_text()
    office.config_file.write_text(text.replace(f"port = {account.proxy.port}", "port = 1"))
    done = office.run("clients")
    assert done.code == 0
    assert "no names" in done.err
    assert SIGN in done.out


def test_before_anybody_wrote(home: Home, pymap: PymapStand) -> None:
    """Said, and no empty table."""
    home.use(pymap.account())
    assert "nothing was judged yet" in home.run("clients").err
    assert home.run("scan", *YEAR).code == 0
    assert home.run("clients").out == "Nobody wrote in the last year.\n"
    assert home.run("clients", "--json").json == []
