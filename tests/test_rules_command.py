"""`rules show`, `new`, `test` and what they do with several accounts, as their users run them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import tomllib

import pytest

from assistant.rulebook import load
from tests.letters import letter
from tests.program import SECONDS, Home, account_table, command, fresh, read_until, stop
from tests.servers import PymapStand

ACCOUNTS = """
[[account]]
host = "imap.example.com"
user = "robin@example.com"

[[account.rule]]
id = "en.worried"
points = 33

[[account]]
host = "imap.example.com"
user = "kim@example.com"
"""
ANGRY = """
[judging]
reader = "off"

[voices.en]
tone = { words = 0 }
"""
"""Rules alone name the tone."""
MARCH = """
[[rule]]
id = "my.march"
describe = "mentions the march"
points = 500
tone = "angry"
phrases = ["the march"]
matches = ["The march!"]
"""


# --- show and list --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule_id", ["en.unacceptable", "de.not-your-fault", "en.doubled-marks", "thread.colder"]
)
def test_what_is_shown_can_be_copied(home: Home, rule_id: str) -> None:
    """As TOML it is the same rule, whatever is in its phrases and patterns."""
    known = {each.id: each for each in (*load().rules, *load().behaviours)}
    done = home.run("rules", "show", rule_id)
    assert (done.code, done.err) == (0, "")
    (kind, (table,)), = tomllib.loads(done.out).items()  # fmt: skip
    assert kind == ("behaviour" if rule_id.startswith("thread.") else "rule")
    for name, each in table.items():
        held = getattr(known[rule_id], name)
        assert (tuple(each) if isinstance(each, list) else each) == held, name


def test_every_field_says_where_it_comes_from(home: Home) -> None:
    """And what it was before; in an account, what the account says."""
    home.configure(ACCOUNTS)
    common, own = (
        home.run("rules", "show", "en.worried", "--json", *more).json
        for more in ((), ("--account", "robin@example.com"))
    )
    shipped = common["fields"]["points"]["from"]
    assert shipped.startswith("rules/en/phrases.toml:")
    assert common["fields"]["points"]["before"] == []
    assert own["fields"]["points"] == {
        "value": 33,
        "from": f"{home.config_file}:8",
        "before": [{"value": common["fields"]["points"]["value"], "from": shipped}],
    }
    assert own["from"][1:] == [f"{home.config_file}:6"]


def test_rules_of_one_account_are_listed(home: Home) -> None:
    """With --account; without it, who has some is told."""
    home.configure(ACCOUNTS)
    points = [
        {each["id"]: each["points"] for each in home.run("rules", "list", "--json", *more).json["rules"]}["en.worried"]
        for more in (("--account", "robin@example.com"), ("--account", "kim@example.com"), ())
    ]  # fmt: skip
    assert points[0] == 33
    assert points[1] == points[2] != 33
    assert "With rules of their own (--account): robin@example.com" in home.run("rules").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "en.unaceptable"), 'no rule \'en.unaceptable\'; did you mean "en.unacceptable"?'),
        (("show", "zzzzzzzz"), "no rule 'zzzzzzzz'; `assistant rules` lists them"),
        (("list", "--account", "robn@example.com"), 'did you mean "robin@example.com"?'),
        (("new", "x", "--file", "../x.toml", "--phrase", "a"), "--file: '../x.toml' is no name of a .toml file"),
        (("new", "X!", "--phrase", "a"), "ID: 'X!' is no id"),
        (("new", "en.worried", "--phrase", "a"), "'en.worried' is there already"),
        (("new", "my.x"), "--phrase is needed"),
        (("new", "my.x", "--phrase", "(a"), "--phrase: '(' is never closed"),
        (("new", "my.x", "--phrase", "a", "--points", "0"), "--points: a whole number"),
        (("new", "my.x", "--phrase", "a", "--tone", "angy"), 'no tone \'angy\'; did you mean "angry"?'),
        (("new", "my.x", "--phrase", "ab*"), "--match is needed"),
        (("new", "my.x", "--phrase", "a", "--points", "-9", "--tone", "angry"), "--tone: is for rules that add points"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told(home: Home, arguments: tuple[str, ...], said: str) -> None:
    """With exit code 2, and nothing is written."""
    home.configure(ACCOUNTS)
    done = home.run("rules", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not (home.config_file.parent / "rules").exists()


# --- new ------------------------------------------------------------------------------------------


def test_a_new_rule_is_valid_at_once(home: Home) -> None:
    """With every default; and again into the same file, whose every byte stays."""
    done = home.run("rules", "new", "--phrase", "the logo [again]")
    assert (done.code, done.err) == (0, "")
    path = home.config_file.parent / "rules" / "my-en.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_text() + "# the end, for now\n"
    path.write_text(first)
    options = (
        "--points=-40",
        "--ignore",
        "A calm sea?",
        "--match",
        "Still calm.",
        "--describe",
        'is "calm"',
    )
    assert home.run("rules", "new", "my.calm", "--phrase", "still calm", *options).code == 0
    assert path.read_text().startswith(first)
    assert home.run("rules", "lint").code == 0
    listed = {each["id"]: each for each in home.run("rules", "--json").json["rules"]}
    assert listed["my.the-logo-again"]["matches"] == ["The logo again."]
    calm = listed["my.calm"]
    assert (calm["points"], calm["tone"], calm["describe"]) == (-40, "", 'is "calm"')


def test_a_new_rule_in_another_language_and_file(home: Home) -> None:
    """A file has one language; one that doesn't fit is left as it is."""
    given = ("--phrase", "noch immer nichts", "--language", "de")
    assert home.run("rules", "new", *given).code == 0
    german = home.config_file.parent / "rules" / "my-de.toml"
    assert tomllib.loads(german.read_text())["language"] == "de"
    before = german.read_bytes()
    done = home.run("rules", "new", "--phrase", "the logo", "--file", "my-de.toml")
    assert (done.code, german.read_bytes()) == (3, before)
    assert "my-de.toml: language: is for language 'de', the rule for 'en'" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--match", "No such thing."), 'my.x: does not find its example "No such thing."'),
        (("--ignore", "The march of time."), 'my.x: finds what it should ignore, "The march of time."'),
        (("--phrase", "a $ b"), '"a $ b" can never match'),
    ],
)  # fmt: skip
def test_what_would_be_wrong_is_not_written(
    home: Home, options: tuple[str, ...], said: str
) -> None:
    """Nothing is, and the reason is told."""
    done = home.run(
        "rules", "new", "my.x", "--phrase", "the march", "--match", "The march!", *options
    )
    assert done.code == 3
    assert said in done.err
    assert not (home.config_file.parent / "rules").exists()


def test_a_new_rule_is_asked_for(home: Home) -> None:
    """At a terminal, what no option gives; a wrong answer is asked for again."""
    ours, theirs = pty.openpty()
    answers = "(the\nthe march\n\nmentions the march\n80\nangy\nangry\n\n"
    with subprocess.Popen(
        command("rules", "new"), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=home.environ, cwd=home.folder,
    ) as process:  # fmt: skip
        os.write(ours, answers.encode())
        said, _ = process.communicate(timeout=SECONDS)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, said.decode()
    assert "'(' is never closed" in said.decode()
    assert 'did you mean "angry"?' in said.decode()
    written = tomllib.loads((home.config_file.parent / "rules" / "my-en.toml").read_text())
    assert written["rule"] == [
        {
            "id": "my.the-march",
            "describe": "mentions the march",
            "points": 80,
            "tone": "angry",
            "phrases": ["the march"],
            "matches": ["The march."],
            "ignores": [],
        }
    ]


def test_a_file_that_cannot_be_added_to_stays(home: Home) -> None:
    """Rules written as one list in brackets."""
    path = home.config_file.parent / "rules" / "my-en.toml"
    path.parent.mkdir()
    path.write_text('rule = [{ id = "en.worried", points = 50 }]\n')
    done = home.run("rules", "new", "--phrase", "the logo")
    assert (done.code, path.read_text()) == (3, 'rule = [{ id = "en.worried", points = 50 }]\n')
    assert "my-en.toml: rule: is not written as [[rule]] tables of its own" in done.err


# --- test -----------------------------------------------------------------------------------------


def judged(home: Home, *tables: str) -> list[dict[str, object]]:
    """What came of these tests."""
    home.configure(ANGRY, MARCH, *(f"[[test]]\n{each}\n" for each in tables))
    done = home.run("rules", "test", "--json")
    assert done.json["passed"] == (done.code == 0)
    assert done.code in (0, 3)
    found: list[dict[str, object]] = done.json["tests"]
    return found


def test_everything_that_a_test_may_ask_for(home: Home) -> None:
    """Kept, and broken: with what was wanted, and what was got."""
    march, calm = 'text = "The march, the march!"', 'text = "Lovely, thank you so much."'
    kept = [
        f"{march}\ndissatisfied = true", f'{march}\ntone = "angry"', f'{march}\nat_least = "concerned"',
        f'{march}\nmust_hit = ["my.march"]\nmust_not_hit = ["en.worried"]', f"{calm}\ndissatisfied = false",
        'text = "Hello."\nsubject = "The march"\nmust_hit = ["my.march"]',
    ]  # fmt: skip
    broken = [
        f"{march}\ndissatisfied = false", f'{march}\ntone = "hostile"', f'{march}\nat_least = "hostile"',
        f'{march}\nmust_hit = ["en.worried"]\nmust_not_hit = ["my.march"]', f'{calm}\nat_least = "concerned"',
    ]  # fmt: skip
    found = judged(home, *kept, *broken)
    assert [each["passed"] for each in found] == [True] * len(kept) + [False] * len(broken)
    assert [each["differences"] for each in found[len(kept) :]] == [
        [{"key": "dissatisfied", "wanted": "false", "got": "angry"}],
        [{"key": "tone", "wanted": "hostile", "got": "angry"}],
        [{"key": "at_least", "wanted": "hostile", "got": "angry"}],
        [
            {"key": "must_hit", "wanted": "en.worried", "got": "no hit"},
            {"key": "must_not_hit", "wanted": "no my.march", "got": "hit: “The march”"},
        ],
        [{"key": "at_least", "wanted": "concerned", "got": "not flagged"}],
    ]
    assert {"rule": "my.march", "points": 500, "quote": "The march"} in found[0]["hits"]  # type: ignore[operator]


def test_a_test_of_a_file(home: Home) -> None:
    """Beside the file that the test stands in; one that isn't there, or is screened, fails by itself."""
    folder = home.config_file.parent
    (folder / "mail").mkdir()
    (folder / "mail" / "march.eml").write_bytes(letter("The march!").raw)
    newsletter = b"List-Unsubscribe: <https://news.example/x>\r\n" + letter("The march!").raw
    (folder / "mail" / "news.eml").write_bytes(newsletter)
    found = judged(
        home,
        'file = "mail/march.eml"\ntone = "angry"',
        'file = "mail/none.eml"\ntone = "angry"',
        'file = "mail/news.eml"\ndissatisfied = true',
        'file = "mail/news.eml"\ndissatisfied = false',
        'file = "mail"\nmust_hit = ["my.marsh"]',
    )
    assert [each["passed"] for each in found] == [True, False, False, True, False]
    assert "none.eml: can't be read: No such file" in str(found[1]["problem"])
    (difference,) = found[2]["differences"]  # type: ignore[misc]
    assert difference["got"].startswith("not judged (")
    assert found[4]["problem"] == "no rule 'my.marsh'; did you mean \"my.march\"?"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\\u0000b", "no file has such a name"),
        ("~nobody-of-this-name/a.eml", "~nobody-of-this-name/a.eml: can't be read: No such file"),
        ("x" * 300, "File name too long"),
        ("-", "-: can't be read: No such file"),
        ("pipe", "pipe: is no file"),
        ("/dev/zero", "/dev/zero: is no file"),
    ],
)
def test_a_test_of_what_is_no_file(home: Home, name: str, said: str) -> None:
    """It fails by itself; neither a pipe nor standard input is waited for."""
    os.mkfifo(home.folder / "pipe")
    (home.folder / "draft.toml").write_text(f'[[test]]\nfile = "{name}"\ndissatisfied = true\n')
    done = home.run("rules", "test", "draft.toml", "--json")
    assert (done.code, done.err) == (3, "")
    (test,) = done.json["tests"]
    assert said in test["problem"]


def test_an_accounts_tests_are_judged_by_its_rules(home: Home) -> None:
    """Those at the top by the rules for all."""
    off = '[[account.rule]]\nid = "my.march"\nenabled = false\n'
    test = 'text = "The march!"\nmust_{}hit = ["my.march"]\n'
    account = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'
    home.configure(
        ANGRY, MARCH, "[[test]]\n" + test.format(""), account, off,
        "[[account.test]]\n" + test.format("not_"),
    )  # fmt: skip
    done = home.run("rules", "test")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("2 of 2 tests passed\n")


def test_examples_that_do_not_hold_fail(home: Home) -> None:
    """An account's as well, each once."""
    wrong = MARCH.replace('"The march!"', '"No."')
    account = '[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n'
    home.configure(
        wrong,
        account,
        wrong.replace("[[rule]]", "[[account.rule]]").replace("my.march", "my.other"),
    )
    done = home.run("rules", "test")
    assert done.code == 3
    said = [line for line in done.out.splitlines() if "✗" in line]
    assert said == [
        f'✗ {home.config_file}:8: my.march: does not find its example "No."',
        f'✗ {home.config_file}:21: my.other: does not find its example "No."',
    ]
    linted = home.run("rules", "lint", "--json")
    assert linted.code == 3
    assert [each["line"] for each in json.loads(linted.out)] == [8, 20, 21]


def test_a_rule_from_elsewhere_does_not_drive_the_terminal(home: Home) -> None:
    """Neither by what it says it notices, nor by its examples, its tests or the name of its file."""
    evil = "\\u001b[31mEVIL\\u202e"
    text = MARCH.replace("mentions the march", evil).replace("The march!", f"{evil} No.")
    folder = home.config_file.parent / "rules"
    folder.mkdir()
    (folder / "\x1b[32mX.toml").write_text(
        f'{text}ignores = ["{evil}"]\n[classes]\n"{evil}" = []\n'
        f'[[test]]\nname = "{evil}"\ntext = "The march! {evil}"\ntone = "{evil}"\n'
    )
    (home.folder / "a.eml").write_bytes(letter("The march!").raw)
    for arguments in (
        ("rules",), ("rules", "show", "my.march"), ("rules", "lint"), ("rules", "test"), ("explain", "a.eml"),
        ("rules", "show", "my.march", "--json"), ("try", "--last", "3", "--rules", "a.eml"),
    ):  # fmt: skip
        done = home.run(*arguments)
        assert done.code in (0, 3)
        assert not {"\x1b", "\u202e"} & set(done.out + done.err), arguments
    shown = tomllib.loads(home.run("rules", "show", "my.march").out)["rule"][0]
    assert shown["matches"] == ["\x1b[31mEVIL\u202e No."]


def test_a_tone_that_may_drive_a_terminal_is_none(home: Home) -> None:
    """Its name stands in every table."""
    home.configure('[[tone]]\nid = "a\\u001b[31m"\nheat = 1\nkeyword = "tone-a"\n')
    done = home.run("rules", "lint")
    assert done.code == 3
    assert "config.toml:2: tone[1].id: 'a\\x1b[31m' is no name of a tone" in done.err


def test_a_broken_rule_file_stops_no_daemon(pymap: PymapStand, home: Home) -> None:
    """It is named, line and key; what was in force before goes on judging, until the file is right."""
    account = pymap.account()
    home.configure(ANGRY, account_table(account))
    folder = home.config_file.parent / "rules"
    folder.mkdir()
    path = folder / "my-en.toml"
    path.write_text(MARCH, "utf-8")
    with home.start("run") as process:
        read_until(process.stderr, "first start")
        for broken in (b"[[rule]]\nid =", b"\xff\xfe", MARCH.replace("points", "pionts").encode()):
            path.write_bytes(broken)
            process.send_signal(signal.SIGHUP)
            said = read_until(process.stderr, "everything goes on as before")
            assert f"{path}:" in said
        account.deliver(fresh("The march!"))
        read_until(process.stderr, "1 judged, 1 flagged")
        path.write_text(MARCH, "utf-8")
        process.send_signal(signal.SIGHUP)
        read_until(process.stderr, "config and rules read anew")
        assert stop(process, signal.SIGTERM) == 0


def test_a_config_is_no_rule_file(home: Home) -> None:
    """Whoever names it as one is told how it is checked."""
    home.configure(ACCOUNTS)
    done = home.run("rules", "lint", home.config_file)
    assert done.code == 3
    assert "hint: FILE is a rule file; a config.toml is checked by --config FILE" in done.err
    assert home.run("--config", home.config_file, "rules", "lint").code == 0


def test_a_long_pattern_does_not_hide_its_mistake(home: Home) -> None:
    """The reason comes behind it."""
    (home.folder / "long.toml").write_text(
        MARCH.replace(
            'phrases = ["the march"]', f"patterns = ['{'(a|b)' * 3000}**', '{'(' * 3000}']"
        )
    )
    done = home.run("rules", "lint", "long.toml")
    assert done.code == 3
    assert "is no pattern for RE2: bad repetition operator: ** at character 15001" in done.err
    assert "is no pattern for RE2: missing ): (((" in done.err


def test_a_failing_test_is_safe_to_look_at(home: Home) -> None:
    """What a mail says does not reach the terminal but as printable text."""
    home.configure(
        ANGRY, MARCH,
        '[[test]]\nname = "x"\ntext = "The\\u001b march!"\nmust_not_hit = ["my.march"]\n',
    )  # fmt: skip
    done = home.run("rules", "test")
    assert done.code == 3
    assert "\x1b" not in done.out + done.err
