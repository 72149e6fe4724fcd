"""The commands as people run them: the real program against real servers."""

from __future__ import annotations

import contextlib
import imaplib
import json
import mailbox as boxes
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.letters import CALM, FURIOUS, letter
from tests.program import (
    ADDRESS,
    Home,
    account_table,
    command,
    days_ago,
    fresh,
    mailbox,
    read_until,
    stop,
)
from tests.servers import DovecotStand, ImapAccount, PymapStand

COMMANDS = (
    "account", "check", "client-setup", "demo", "eval", "explain", "forget", "reply", "rules", "run", "scan",
    "service", "status", "try",
)  # fmt: skip
WEEK = ("--since", days_ago(7))
MARKED = {"tone-concerned", "tone-disappointed", "tone-frustrated", "tone-angry", "tone-hostile"}
# A stranger's words with terminal commands (ESC and the one-byte CSI), rich's markup and bidi controls.
HOSTILE = (
    "[red]Pay[/red] \x1b[2J\x1b]0;owned\x07 \x9b31m\u202egnp.exe\u2066 [link=file:///etc]x[/link]"
)
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Stands = PymapStand | DovecotStand


def inbox() -> list[object]:
    return [
        fresh(number=1, hours=30),
        fresh(CALM, number=2, hours=20, sender="Nia <nia@other.example>"),
        fresh(number=3, hours=10, sender="Otto <otto@third.example>", subject="Invoice"),
    ]


# --- usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(home: Home, name: str) -> None:
    """Every command says what it does; the program lists them all."""
    done = home.run(*([name] if name else []), "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: assistant {name}".rstrip())
    assert name or all(re.search(rf"^  {each} ", done.out, re.MULTILINE) for each in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [("sacn",), ("scan", "--sicne"), ("scan", "--since", "yesterday"), ("scan", "--limit", "0"), ("explain",), ("eval",), ("try",), ("--config",)],
)  # fmt: skip
def test_wrong_usage_ends_with_2(home: Home, arguments: tuple[str, ...]) -> None:
    """A slip of the keyboard is told from everything that goes wrong later."""
    done = home.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_the_version_is_that_of_the_package(home: Home) -> None:
    """One number, from pyproject.toml."""
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", home.run("--version").out)


def test_without_accounts_nothing_is_done(home: Home) -> None:
    """Before there is a config.toml, it is said where it belongs."""
    for name in ("check", "scan", "run"):
        done = home.run(name)
        assert done.code == 3
        assert f"error: {home.config_file}: no [[account]] is set up" in done.err
        assert "hint: " in done.err
    assert not home.state.exists()


def test_the_config_is_found_in_three_places(home: Home, tmp_path: Path) -> None:
    """--config wins over $ASSISTANT_CONFIG, which wins over the platform's folder."""
    for name in ("option", "environment"):
        (tmp_path / name).write_text(f"{name} = 1\n")
    home.configure("default = 1")
    environ = {"ASSISTANT_CONFIG": str(tmp_path / "environment")}
    assert (
        "option: unknown key"
        in home.run("--config", tmp_path / "option", "rules", environ=environ).err
    )
    assert "environment: unknown key" in home.run("rules", environ=environ).err
    assert "default: unknown key" in home.run("rules").err


# --- check --------------------------------------------------------------------------------------


def test_check_finds_all_well_and_writes_nothing(real_stand: Stands, home: Home) -> None:
    """Config, rules, state, sign-in, keywords and Drafts, each with a line of its own."""
    account = real_stand.account(*inbox())
    home.use(account)
    before = mailbox(account)
    done = home.run("check")
    assert (done.code, done.err) == (0, "")
    assert [line[0] for line in done.out.splitlines()] == ["✓"] * 7
    assert "signed in to 127.0.0.1" in done.out
    assert "Drafts is Drafts" in done.out
    assert mailbox(account) == before
    assert not home.state.exists()


def test_check_reports_every_account_and_ends_with_the_first_code(
    pymap: PymapStand, home: Home
) -> None:
    """A wrong password in one account hides nothing about the others."""
    wrong, no_drafts, good = pymap.account(), pymap.account(folders=("Sent",)), pymap.account()
    home.configure(
        account_table(wrong, password_env="HOME"), account_table(no_drafts), account_table(good)
    )
    done = home.run("check")
    assert done.code == 5
    assert re.search(rf"✗ {re.escape(wrong.user)}: .*refused the sign-in", done.out)
    assert f"✗ {no_drafts.user}: no Drafts folder was found" in done.out
    assert f"✓ {good.user}: Drafts is Drafts" in done.out


# --- scan ---------------------------------------------------------------------------------------


def test_the_first_start_leaves_old_mail_alone(real_stand: Stands, home: Home) -> None:
    """It says so, and says how to have older mail judged; then new mail is judged."""
    account = real_stand.account(*inbox())
    home.use(account)
    before = mailbox(account)
    first = home.run("scan")
    assert (first.code, first.err) == (0, "")
    assert "First start: 3 older messages are left alone" in first.out
    assert "assistant scan --since YYYY-MM-DD" in first.out
    assert mailbox(account) == before
    account.deliver(fresh(number=9, hours=0.1))
    second = home.run("scan")
    assert f"{account_name(account)}: 1 judged, 1 flagged; 1 marked, 1 drafted" in second.out
    assert len(account.contents("Drafts")) == 1


def test_scan_since_marks_and_drafts_once(real_stand: Stands, home: Home) -> None:
    """Older mail on request; all stays unread, and the next scan changes nothing."""
    account = real_stand.account(*inbox())
    home.use(account)
    done = home.run("scan", *WEEK)
    assert (done.code, done.err) == (0, "")
    assert "3 judged, 2 flagged; 2 marked, 2 drafted" in done.out
    assert "“unacceptable”" in done.out
    after = mailbox(account)
    marks = [each.flags & MARKED for each in after["INBOX"]]
    assert [len(each) for each in marks] == [1, 0, 1]
    assert not any("\\seen" in each.flags for each in after["INBOX"])
    assert len(after["Drafts"]) == 2
    again = home.run("scan", *WEEK)
    assert (again.code, again.err) == (0, "")
    assert "0 judged, 0 flagged; 0 marked, 0 drafted" in again.out
    assert mailbox(account) == after


def test_a_dry_run_is_the_real_run_without_its_writes(real_stand: Stands, home: Home) -> None:
    """The same messages and effects, on a first start and later; nothing changes anywhere."""
    account = real_stand.account(*inbox())
    home.use(account)
    for number in (1, 2):
        before = mailbox(account), home.snapshot()
        dry = home.run("scan", *WEEK, "--dry-run", "--json")
        assert (mailbox(account), home.snapshot()) == before
        assert home.state.exists() == (number == 2)
        real = home.run("scan", *WEEK, "--json")
        assert (dry.code, dry.err) == (real.code, real.err) == (0, "")
        assert dry.json == {**real.json, "dry_run": True}
        assert len(real.json["effects"]) == 6 - 2 * number
        account.deliver(fresh(number=9, sender="Zoe <zoe@fourth.example>"))


def test_a_dry_run_says_would(pymap: PymapStand, home: Home) -> None:
    """Nobody takes a dry run for a real one."""
    home.use(pymap.account(*inbox()))
    done = home.run("scan", *WEEK, "--dry-run")
    assert "2 would have been marked, 2 would have been drafted" in done.out


def test_calibrate_proposes_a_budget_and_writes_nothing(pymap: PymapStand, home: Home) -> None:
    """What each budget would flag here, judged anew whatever is known; nothing changes anywhere."""
    account = pymap.account(*inbox())
    home.use(account)
    home.run("scan", *WEEK)
    before = mailbox(account), home.snapshot()
    listed = home.run("scan", "--calibrate", *WEEK, "--json").json
    assert listed["judged"] == 3
    flagged = [each["flagged"] for each in listed["budgets"]]
    assert flagged == sorted(flagged)
    assert listed["proposed"] in [each["flags_per_1000"] for each in listed["budgets"]]
    done = home.run("scan", "--calibrate")
    assert (done.code, done.err) == (0, "")
    assert "3 messages judged; nothing was written" in done.out
    assert f"flags_per_1000 = {listed['proposed']}" in done.out
    assert (mailbox(account), home.snapshot()) == before


def test_calibrate_without_mail_says_so(pymap: PymapStand, home: Home) -> None:
    """An empty inbox proposes nothing."""
    home.use(pymap.account())
    assert (
        "no message could be judged; try an earlier --since" in home.run("scan", "--calibrate").out
    )


def test_limit_judges_the_oldest_first(pymap: PymapStand, home: Home) -> None:
    """Step by step through an old mailbox; nothing is passed over."""
    account = pymap.account(*inbox())
    home.use(account)
    counts = []
    for _ in range(3):
        done = home.run("scan", *WEEK, "--limit", "1", "--json")
        counts.append((done.json["judged"], done.json["left"]))
    assert counts == [(1, 2), (1, 1), (1, 0)]
    assert [bool(each.flags & MARKED) for each in account.contents()] == [True, False, True]


def test_json_of_a_scan(pymap: PymapStand, home: Home) -> None:
    """One object a line, one line an account; its fields are what other programs build on."""
    first, second = pymap.account(fresh()), pymap.account()
    home.use(first, second)
    one, two = map(json.loads, home.run("scan", *WEEK, "--json").out.splitlines())
    assert (one["account"], two["account"]) == (first.user, second.user)
    assert set(one) == {
        "account", "dry_run", "first_start", "older", "judged", "flagged", "known", "left", "messages",
        "effects", "problems", "corrections", "reminders", "taken_back", "told",
    }  # fmt: skip
    (message,) = one["messages"]
    assert (message["from"], message["dissatisfied"], message["tone"]) == (
        "cleo@client.example",
        True,
        "angry",
    )
    assert sum(hit["points"] for hit in message["hits"]) == message["score"] >= message["threshold"]
    for hit in message["hits"]:
        start, end = hit["span"]
        listed = hit["rule"] in ("words", "textblob-polarity")  # words from all over the text
        assert listed or hit["quote"] == message["own_words"][start:end]
    assert message["draft"]["to"] == "cleo@client.example"
    assert {(effect["kind"], effect["state"]) for effect in one["effects"]} == {
        ("mark", "done"),
        ("draft", "done"),
    }
    assert two["messages"] == two["effects"] == []


def test_one_account_that_fails_does_not_stop_the_other(pymap: PymapStand, home: Home) -> None:
    """Its failure is told by name and decides the exit code."""
    wrong, good = pymap.account(fresh()), pymap.account(fresh())
    home.configure(account_table(wrong, password_env="HOME"), account_table(good))
    done = home.run("scan", *WEEK)
    assert done.code == 5
    assert f"error: {wrong.user}: 127.0.0.1 refused the sign-in" in done.err
    assert f"{good.user}: 1 judged" in done.out
    assert len(good.contents("Drafts")) == 1


# --- run ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_stops_at_a_signal(pymap: PymapStand, home: Home, number: signal.Signals) -> None:
    """Within ten seconds, with exit code 0, and the state can be used at once."""
    account = pymap.account(*inbox())
    home.use(account)
    with home.start("run") as process:
        seen = read_until(process.stderr, "first start; ")
        assert "nothing is ever sent" in seen
        assert "; 3 older messages are left alone" in seen
        assert stop(process, number) == 0
    assert home.run("scan", *WEEK).code == 0


def test_run_takes_up_new_mail(pymap: PymapStand, home: Home) -> None:
    """Mail that arrived while it was not running is judged at its start."""
    account = pymap.account(*inbox())
    home.use(account)
    home.run("scan")
    account.deliver(fresh(number=9, hours=0.1))
    with home.start("run") as process:
        read_until(process.stderr, "1 judged, 1 flagged, 1 drafts laid")
        assert stop(process, signal.SIGTERM) == 0
    assert len(account.contents("Drafts")) == 1


def test_two_on_one_state(pymap: PymapStand, home: Home) -> None:
    """The second ends with 7 and touches nothing; a dry run and a check may look on."""
    account = pymap.account(*inbox())
    home.use(account)
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        before = mailbox(account)
        for name in ("run", "scan"):
            done = home.run(name)
            assert done.code == 7
            assert f"error: another assistant is at work on {home.state}" in done.err
        assert home.run("scan", "--dry-run").code == 0
        assert home.run("check").code == 0
        assert mailbox(account) == before
        assert stop(process, signal.SIGTERM) == 0


# --- explain ------------------------------------------------------------------------------------


def test_explain_a_file(home: Home, tmp_path: Path) -> None:
    """Verdict, points that add up, quotes, the draft; without any config."""
    path = tmp_path / "angry.eml"
    path.write_bytes(fresh().raw)
    done = home.run("explain", path)
    assert (done.code, done.err) == (0, "")
    score = int(re.search(r"Verdict +angry +(\d+) points, flagged at \d+", done.out)[1])
    assert sum(map(int, re.findall(r"^ +([+-]\d+)  [a-z]", done.out, re.MULTILINE))) == score
    assert "“unacceptable”" in done.out
    assert "│ To: Cleo Client <cleo@client.example>" in done.out
    assert not home.state.exists()


def test_explain_notes_where_answers_were_asked_for(home: Home, tmp_path: Path) -> None:
    """A Reply-To elsewhere is not followed, and the user sees it."""
    path = tmp_path / "mail.eml"
    path.write_bytes(letter(headers=(("Reply-To", "boss@elsewhere.example"),)).raw)
    done = home.run("explain", str(path))
    assert "asks for answers to boss@elsewhere.example; the draft goes to the sender" in done.out
    assert "To: Cleo Client <cleo@client.example>" in done.out


def test_explain_reads_every_kind_of_place(home: Home, tmp_path: Path) -> None:
    """mbox, Maildir, a folder of .eml, several at once, and standard input: the same verdicts."""
    letters = [fresh(number=1), fresh(CALM, number=2)]
    mbox, maildir, folder = tmp_path / "box.mbox", tmp_path / "Maildir", tmp_path / "mails"
    with (
        contextlib.closing(boxes.mbox(mbox)) as box,
        contextlib.closing(boxes.Maildir(maildir)) as md,
    ):
        for each in letters:
            box.add(each.raw)
            md.add(each.raw)
    folder.mkdir()
    for number, each in enumerate(letters):
        (folder / f"{number}.eml").write_bytes(each.raw)
    (folder / "notes.txt").write_text("not mail")
    done = home.run("explain", "--json", mbox, maildir, folder, "-", stdin=letters[0].raw)
    assert (done.code, done.err) == (0, "")
    found = [(each["file"], each["dissatisfied"]) for each in done.json]
    assert found[:2] == [(f"{mbox} (1)", True), (f"{mbox} (2)", False)]
    assert sorted(flagged for _, flagged in found[2:4]) == [False, True]
    assert found[4:] == [
        (str(folder / "0.eml"), True),
        (str(folder / "1.eml"), False),
        ("standard input", True),
    ]


def test_explain_goes_on_after_what_is_no_mail(home: Home, tmp_path: Path) -> None:
    """One bad file among many is named, and the rest is judged."""
    (tmp_path / "0.eml").write_bytes(fresh().raw)
    (tmp_path / "1.eml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "2.eml").write_bytes(b"")
    (tmp_path / "3.eml").write_bytes(fresh(number=3).raw)
    done = home.run("explain", "--json", tmp_path, tmp_path / "none.eml")
    assert done.code == 8
    assert [Path(each["file"]).name for each in done.json] == ["0.eml", "3.eml"]
    assert [re.sub(r".*/", "", line) for line in done.err.splitlines()] == [
        "1.eml: it has no header: not a mail message",
        "2.eml: it has no header: not a mail message",
        "none.eml: can't be read: No such file or directory",
    ]


def test_explain_judges_for_the_account_that_was_written_to(
    home: Home, pymap: PymapStand, tmp_path: Path
) -> None:
    """Own addresses, name and signature come from the config."""
    home.use(pymap.account(), name="Robin Hale", signature="R. H.\nHale Studio")
    (tmp_path / "a.eml").write_bytes(fresh().raw)
    (tmp_path / "own.eml").write_bytes(fresh(sender=ADDRESS).raw)
    done = home.run("explain", "--json", tmp_path / "a.eml", tmp_path / "own.eml")
    theirs, own = done.json
    assert theirs["draft"]["text"].rstrip().endswith("R. H.\nHale Studio")
    assert own["skip"]["reason"] == "own"


# --- rules --------------------------------------------------------------------------------------


def test_rules_are_listed_with_the_file_they_come_from(home: Home) -> None:
    """All of them, a user's own rule among them, for people and for programs."""
    own = home.config_file.parent / "rules" / "mine.toml"
    own.parent.mkdir()
    own.write_text(
        '[[rule]]\nid = "my.logo"\ndescribe = "the logo"\npoints = 40\ntone = "angry"\n'
        'phrases = ["logo"]\nmatches = ["The logo."]\n'
    )
    listed = home.run("rules", "--json").json
    assert {rule["id"]: rule["origin"] for rule in listed["rules"]}["my.logo"] == str(own)
    done = home.run("rules")
    assert (done.code, done.err) == (0, "")
    assert all(rule["id"] in done.out for rule in listed["rules"])
    assert f"{len(listed['rules'])} rules. Beside them words" in done.out


def test_rules_lint_reports_mistakes_and_broken_examples(home: Home) -> None:
    """Files are laid over the shipped rules; what is wrong is named, and the exit code says so."""
    done = home.run("rules", "lint")
    assert (done.code, done.err) == (0, "")
    assert "rules and their" in done.out
    rule = (
        '[[rule]]\nid = "my.logo"\ndescribe = "the logo"\npoints = 40\ntone = "angry"\n'
        'phrases = ["logo"]\n'
    )
    broken = home.folder / "broken.toml"
    broken.write_text(rule + 'matches = ["The sign."]\nignores = ["A logo!"]\n')
    done = home.run("rules", "lint", str(broken))
    assert done.code == 3
    assert done.out.splitlines() == [
        f'{broken}:7: my.logo: does not find its example "The sign."',
        f'{broken}:8: my.logo: finds what it should ignore, "A logo!"',
    ]
    broken.write_text(rule + "matches = ['The logo.']\npatterns = ['\\bx', '\\w+']\n")
    done = home.run("rules", "lint", str(broken))
    assert done.code == 3
    assert (
        f"{broken}:8: rule[1].patterns[1]: \\b at character 1 knows ASCII only in RE2" in done.err
    )
    assert (
        f"{broken}:8: rule[1].patterns[2]: \\w at character 1 knows ASCII only in RE2" in done.err
    )


# --- what strangers wrote -----------------------------------------------------------------------


GOOD = """Hello Maria,

Thank you for your message. I understand how upset you are, and I am sorry for the trouble that this has been.
I would like to hear all of it from you: when would be a good time for a call, and on which number?

Kind regards,
"""


def test_reply_lint_passes_what_is_fit_to_be_sent(home: Home, tmp_path: Path) -> None:
    """A text, or a mail as it lies in Drafts; neither quote nor signature count."""
    text = tmp_path / "answer.txt"
    text.write_text(
        f"{GOOD}-- \nRobin\nREFUNDS!\n\nOn Tuesday, Maria wrote:\n> but you promised!\n"
    )
    done = home.run("reply", "lint", str(text))
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(rf"{text}: fit to be sent \(\d+ words\)\n", done.out)
    text.write_text(f"From: robin@studio.example\nSubject: Re: Website\n\n{GOOD}")
    assert home.run("reply", "lint", str(text)).code == 0


def test_reply_lint_names_line_reason_and_row(home: Home, tmp_path: Path) -> None:
    text = tmp_path / "answer.txt"
    text.write_text(GOOD.replace("Thank you", "> She said\n\nFrankly, thank you!\nBut thank you"))
    done = home.run("reply", "lint", str(text))
    assert done.code == 3
    assert done.out.splitlines() == [
        f'{text}:5: says "Frankly" (reply-calm)',
        f"{text}:5: an exclamation mark (reply-calm)",
        f'{text}:6: says "But" (reply-no-excuses)',
    ]
    listed = home.run("reply", "lint", "--json", str(text)).json
    assert [fault["row"] for fault in listed] == ["reply-calm", "reply-calm", "reply-no-excuses"]


def test_reply_lint_of_what_is_no_text(home: Home, tmp_path: Path) -> None:
    missing = home.run("reply", "lint", str(tmp_path / "nowhere"))
    assert (missing.code, "can't be read" in missing.err) == (8, True)
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in home.run("reply", "lint", str(binary)).err
    text = tmp_path / "answer.txt"
    text.write_text(GOOD)
    strange = home.run("reply", "lint", "--language", "xx", str(text))
    assert (strange.code, "no wording in language 'xx'" in strange.err) == (3, True)


def test_hostile_words_are_printed_harmlessly(
    pymap: PymapStand, home: Home, tmp_path: Path
) -> None:
    """No escape sequence, no bidi control and no markup of a stranger's takes effect anywhere."""
    raw = fresh(
        f"{FURIOUS} You are a liar and a disgrace. I have written three times. {HOSTILE} It is {HOSTILE} unacceptable.",
        sender=f'"{HOSTILE}" <cleo@client.example>', subject=HOSTILE.replace("\x1b", ""),
    )  # fmt: skip
    home.use(pymap.account(raw))
    path = tmp_path / "\x1b[31mhostile\u202e.eml"
    path.write_bytes(raw.raw)
    for done in (
        home.run("explain", path),
        home.run("explain", "--json", path),
        home.run("explain", tmp_path / "\x1b[31mnone"),
        home.run("scan", "--dry-run", "--json", *WEEK),
        home.run("scan", *WEEK),
    ):
        assert not HARMFUL.search(done.out + done.err)
        assert "[red]" in done.out or "none" in done.err
    assert len(pymap.accounts[-1].contents("Drafts")) == 1


def test_a_terminal_that_knows_only_ascii(home: Home, tmp_path: Path) -> None:
    """What it can't show becomes a question mark; nothing fails for a typographic quote."""
    (tmp_path / "a.eml").write_bytes(fresh(subject="=?utf-8?q?=E2=82=AC_=F0=9F=98=A1?=").raw)
    done = home.run("explain", tmp_path / "a.eml", environ={"PYTHONIOENCODING": "ascii"})
    assert (done.code, done.err) == (0, "")
    assert "Subject  ? ?" in done.out


@pytest.mark.parametrize("arguments", [("rules",), ("rules", "--json"), ("explain", "a.eml")])
def test_a_reader_that_has_seen_enough(home: Home, arguments: tuple[str, ...]) -> None:
    """`| head -1` closes the pipe; nothing is said about it."""
    (home.folder / "a.eml").write_bytes(fresh(FURIOUS + " word" * 40_000).raw)
    with home.start(*arguments) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_reader_that_was_never_there(home: Home) -> None:
    """A pipe that is closed before the first word; what is still in a buffer is dropped quietly."""
    shell = [
        "sh",
        "-c",
        'exec 3>&1; ("$@"; echo "code $?" >&3) | true',
        "sh",
        *command("check", "--help"),
    ]
    done = subprocess.run(
        shell, env=home.environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert re.fullmatch(r"code (0|1|141)\n", done.stdout)


# --- demo ---------------------------------------------------------------------------------------


def test_the_demo_shows_the_whole_thing(home: Home) -> None:
    """Judged, marked, drafted and read back from the server; nothing is left on the disk."""
    done = home.run("demo")
    assert (done.code, done.err) == (0, "")
    judged, flagged, drafted = map(
        int, re.search(r"(\d+) judged, (\d+) flagged, (\d+) drafts", done.out).groups()
    )
    assert judged > flagged >= drafted > 0
    shown = done.out.partition("Read back from the server")[2]
    assert len(re.findall(r"^ +\d+ .* tone-[a-z]+ ", shown, re.MULTILINE)) == flagged
    assert len(re.findall(r"in Drafts, to \S+", shown)) == drafted
    assert f"{judged} of {judged} messages are unread" in shown
    assert "│ Subject: Re: " in shown
    assert not home.state.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_can_be_kept(home: Home, number: signal.Signals) -> None:
    """It says how to connect, what it says is true, and a signal ends it."""
    with home.start("demo", "--keep") as process:
        seen = read_until(process.stdout, "Ctrl-C stops it")
        port = int(re.search(r"IMAP server 127\.0\.0\.1 +port (\d+)", seen)[1])
        user, secret = re.search(r"user (\S+) +password (\S+)", seen).groups()
        with imaplib.IMAP4("127.0.0.1", port, timeout=20) as imap:
            imap.login(user, secret)
            assert int(imap.select("Drafts")[1][0]) > 0
        assert stop(process, number) == 0


def account_name(account: ImapAccount) -> str:
    """How an account goes in all output: by its mailbox's address, which no other has."""
    return account.user if "@" in account.user else f"{account.user}@127.0.0.1"
