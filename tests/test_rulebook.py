"""Laying rule files over one another, and every mistake in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli import wiring
from assistant.errors import ConfigError, Problem
from assistant.model import Screen, Tone
from assistant.rulebook import load
from tests.builders import REPLIES, RULES, TONES, rulebook, toml_file

NEW_RULE = """
[[rule]]
id = "new"
describe = "is new"
points = 10
tone = "angry"
phrases = ["new"]
matches = ["This is new."]
"""
SIGN = """
[[sign]]
id = "auto"
header = "auto-submitted"
test = "not"
value = "No"
reason = "automatic"
describe = "sent by a program"
"""


def problems(*texts: str) -> list[str]:
    """The mistakes in these texts, laid over the usual ones."""
    with pytest.raises(ConfigError) as caught:
        rulebook(TONES, REPLIES, RULES, *texts)
    return [str(problem) for problem in caught.value.problems]


# --- one rule for overriding --------------------------------------------------------------------


def test_the_same_id_replaces_the_given_fields() -> None:
    """A user changes the points of a rule without repeating its phrases."""
    book = rulebook(TONES, REPLIES, RULES, '[[rule]]\nid = "worry"\npoints = 5\n')
    before = next(rule for rule in rulebook().rules if rule.id == "worry")
    after = next(rule for rule in book.rules if rule.id == "worry")
    assert (after.points, after.phrases, after.tone) == (5, before.phrases, before.tone)
    assert after.origin == "2.toml, 3.toml"


def test_a_rule_can_be_turned_off_and_on_again() -> None:
    """enabled = false takes a rule out; adding it again needs the whole of it."""
    off = '[[rule]]\nid = "worry"\nenabled = false\n'
    assert [rule.id for rule in rulebook(TONES, REPLIES, RULES, off).rules] == [
        "unacceptable",
        "thanks",
    ]
    again = NEW_RULE.replace('"new"', '"worry"')
    assert "worry" in [rule.id for rule in rulebook(TONES, REPLIES, RULES, off, again).rules]


def test_a_new_id_adds_a_rule() -> None:
    """A rule that nobody knew yet stands beside the others."""
    assert [r.id for r in rulebook(TONES, REPLIES, RULES, NEW_RULE).rules][-1] == "new"


def test_thresholds_and_weights_can_be_changed() -> None:
    """A user's numbers replace the shipped ones; those not given stay."""
    book = rulebook(TONES, REPLIES, RULES, "threshold = 80\n[voices.en]\npolarity_cap = 0\n")
    weight = book.voices["en"].alone.polarity
    assert (book.threshold, book.evidence, weight.points, weight.cap) == (80, 50, 40, 0)


def test_a_class_is_replaced_by_name() -> None:
    """A user's class of the same name is the one that counts; others stay."""
    book = rulebook(
        TONES, REPLIES, RULES, '[classes]\na = ["x"]\nb = ["y"]\n', '[classes]\na = ["z"]\n'
    )
    assert dict(book.lexicons[0].classes) == {"a": ("z",), "b": ("y",)}


def test_signs_are_laid_over_one_another() -> None:
    """A sign of the same id is replaced or turned off; values are compared without case."""
    (sign,) = rulebook(TONES, REPLIES, RULES, SIGN).screening.signs
    assert (sign.test, sign.values) == (Screen.NOT, ("no",))
    off = SIGN + "enabled = false\n"
    assert rulebook(TONES, REPLIES, RULES, SIGN, off).screening.signs == ()


def test_tones_come_mildest_first() -> None:
    """The order in the files doesn't matter, the heat does."""
    tone = '[[tone]]\nid = "cross"\nheat = 2\nkeyword = "cross"\n'
    book = rulebook(TONES, REPLIES, RULES, tone)
    assert [each.id for each in book.tones] == ["concerned", "cross", "angry"]
    assert book.tone("cross") == Tone("cross", 2, "cross")


def test_wording_is_replaced_part_by_part() -> None:
    """A user's thanks for one tone leave all other parts as they were."""
    mine = '[reply.parts.angry]\nthanks = ["Thank you for being direct."]\n'
    (wording,) = rulebook(TONES, REPLIES, RULES, mine).wordings
    assert wording.parts["angry"]["thanks"] == ("Thank you for being direct.",)
    assert wording.parts["any"]["thanks"][0] == "Thank you for telling me."
    assert wording.origin == "1.toml, 3.toml"


def test_the_digest_names_the_rules() -> None:
    """The same rules have the same digest, and a changed point another."""
    assert rulebook().digest == rulebook().digest
    changed = rulebook(TONES, REPLIES, RULES.replace("points = 60", "points = 61"))
    assert changed.digest != rulebook().digest


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[[rule]]\nid = "new"\n',
            [
                "3.toml:1: rule[1].describe: is required for a new rule",
                "3.toml:1: rule[1].points: is required for a new rule",
                "3.toml:1: rule[1].matches: is required for a new rule",
                "3.toml:1: rule[1]: needs phrases, or patterns",
            ],
        ),
        (
            '[[rule]]\nid = "wory"\nenabled = false\n',
            [
                "3.toml:2: rule[1].id: turns off 'wory', but there is no such rule; did you mean \"worry\"?"
            ],
        ),
        (
            NEW_RULE.replace("angry", "angy"),
            ["3.toml:6: rule[1].tone: no tone 'angy'; did you mean \"angry\"?"],
        ),
        (
            NEW_RULE.replace('tone = "angry"\n', ""),
            [
                "3.toml:2: rule[1].tone: is required for a rule that adds points: which tone does it speak for?"
            ],
        ),
        (
            NEW_RULE.replace('["new"]', '["new", "(new", "<nu>"]'),
            [
                "3.toml:7: rule[1].phrases: \"(new\": '(' is never closed",
                '3.toml:7: rule[1].phrases: "<nu>": no class <nu> in this language; there are: number, ordinal',
            ],
        ),
        (
            NEW_RULE + "patterns = ['\\bnew', '(', 'x*']\n",
            [
                "3.toml:9: rule[1].patterns[1]: \\b at character 1 knows ASCII only in RE2, so that it would break at "
                "every accent; use phrases for words, or \\p{L}",
                "3.toml:9: rule[1].patterns[2]: '(' is no pattern for RE2: missing ): (",
                "3.toml:9: rule[1].patterns[3]: 'x*' would match nothing at all, everywhere",
            ],
        ),
        (
            '[classes]\nring = ["<ring>"]\ntwo = ["two words"]\n',
            [
                "3.toml:2: classes.ring: class <ring> is in itself: ring in ring",
                "3.toml:3: classes.two: class entry 'two words' is more than one word",
            ],
        ),
        (
            NEW_RULE + 'unless = ["..."]\n',
            [
                '3.toml:9: rule[1].unless: "...": would match no words at all; '
                "give it at least one word that must be there"
            ],
        ),
        (
            '[reply.parts.any]\nthanks = ["Hi ${nme}", "It costs $5"]\ncal = ["x"]\n',
            [
                "3.toml:2: reply.parts.any.thanks: unknown placeholder ${nme}; there are: "
                "${name}, ${full_name}, ${matter}, ${phone}, ${line}, ${times}, ${booking}, ${date}, ${actions}, ${notes}",
                '3.toml:2: reply.parts.any.thanks: "It costs $5": a "$" that begins no placeholder; '
                'write "$$" for a dollar sign',
                '3.toml:3: reply.parts.any.cal: unknown part; did you mean "no-call"?',
            ],
        ),
    ],
)
def test_mistakes_are_named_with_file_line_and_key(text: str, expected: list[str]) -> None:
    """What is wrong, where, and what might have been meant."""
    assert expected == problems(text)[: len(expected)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            '[reply.parts.any]\nassure = ["For ${name}."]\n',
            "reply (concerned, formal): lacks assure (one without a placeholder)",
        ),
        (
            '[reply.parts.angry]\nassure = ["You will get a refund."]\n',
            'reply.parts.angry.assure: breaks reply-no-resolution: says "refund"',
        ),
        (
            '[reply.informal.any]\nclosing = ["a", "b", "c", "Refund,"]\n',
            'reply.informal.any.closing: breaks reply-no-resolution: says "Refund"',
        ),
        (
            '[reply.parts.angr]\nassure = ["Soon."]\n',
            'no such tone, cue or kind of draft; did you mean "angry"?',
        ),
        (
            '[reply.forbidden]\nreply-calm = ["("]\n',
            "reply.forbidden.reply-calm: \"(\": '(' is never",
        ),
        ('[reply.forbidden]\nreply-clam = ["x"]\n', 'unknown; did you mean "reply-calm"?'),
        ('[reply.signals]\nasks-cal = ["x"]\n', 'unknown; did you mean "asks-call"?'),
        ('[reply.order]\nany = ["greeting sorry"]\n', "reply.order.any: unknown part"),
        ('[reply.order]\nany = ["greeting call"]\n', "words long with ask; a reply has 40 to 110"),
        (
            f'[reply.parts.any]\nassure = ["{"so " * 60}"]\n',
            "words long with times; a reply has 40 to 110 (guidance: reply-short)",
        ),
        ('[reply.quoting]\nmatter = "${subjct}"\n', "may hold ${subject} and no other $"),
        ('[reply]\nmatters = ["lat"]\n', "reply.matters[1]: should be 'late'"),
        ('language = "de"\n[reply.order]\nany = ["call"]\n', "reply.times: is missing"),
        (
            'language = "de"\n[reply.order]\nany = ["call"]\n',
            "reply.required.reply-phone: is missing",
        ),
        ('language = "de"\n[reply.order]\nany = ["call"]\n', "lacks ask (one that needs no"),
    ],
)
def test_wording_that_the_guard_would_refuse_is_refused_at_load(text: str, part: str) -> None:
    """A user hears of a letter that could never be drafted when starting, not when it is needed."""
    assert any(part in problem for problem in problems(text))


def test_every_variant_is_read_by_the_guard() -> None:
    """However many letters there can be."""
    many = ", ".join(f'"Soon {n}."' for n in range(30))
    text = (
        f'[reply.parts.any]\ngreeting = ["Hello,", "But,"]\nassure = [{many}]\nclosing = [{many}]\n'
    )
    assert any('says "But"' in problem for problem in problems(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("thresold = 3\n", '1: thresold: unknown key; did you mean "threshold"?'),
        ("threshold = 0\n", "1: threshold: should be greater than or equal to 1 (it is 0)"),
        ("threshold = '9'\n", "1: threshold: should be a valid integer (it is '9')"),
        (
            '[[tone]]\nid = "x"\nheat = 6\nkeyword = "x"\n',
            "3: tone[1].heat: should be less than or equal to 5",
        ),
        (
            '[[tone]]\nid = "x"\nheat = 1\nkeyword = "a b"\n',
            "4: tone[1].keyword: 'a b' can't be an IMAP keyword",
        ),
        ('[[rule]]\nid = "A"\n', "2: rule[1].id:"),
        ('[[rule]]\nid = "a"\ncues = ["lat"]\n', "3: rule[1].cues[1]: should be 'late'"),
        (
            '[[rule]]\nid = "a"\nnegation = "no"\n',
            "3: rule[1].negation: should be 'cancels' or 'ignored'",
        ),
        ('language = "English"\n', "1: language:"),
    ],
)
def test_files_are_checked_before_they_are_merged(text: str, part: str) -> None:
    """Unknown keys and impossible values are found with their line."""
    assert any(part in problem for problem in problems(text))


# --- files --------------------------------------------------------------------------------------


def test_users_files_are_laid_over_the_shipped_ones(tmp_path: Path) -> None:
    """In the order of their names, and config.toml's own tables last."""
    (tmp_path / "a.toml").write_text("threshold = 7\nevidence = 7\n")
    (tmp_path / "b.toml").write_text("threshold = 8\n")
    (tmp_path / "notes.txt").write_text("not a rule file")
    book = load(tmp_path, [toml_file("evidence = 9\n", "config.toml")])
    assert (book.threshold, book.evidence) == (8, 9)
    assert len(book.rules) == len(load().rules)


def test_every_problem_in_every_file_comes_at_once(tmp_path: Path) -> None:
    """Three broken files are three problems, not one at a time."""
    (tmp_path / "a.toml").write_text("threshold = \n")
    (tmp_path / "b.toml").write_text("threshold = 0\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, [toml_file("evidence = 0\n", "config.toml")])
    files = [Path(problem.file).name for problem in caught.value.problems]
    assert files == ["a.toml", "b.toml", "config.toml"]
    assert all(isinstance(problem, Problem) for problem in caught.value.problems)


def test_a_folder_that_is_not_there_is_no_mistake(tmp_path: Path) -> None:
    """Most users have no rules of their own."""
    assert load(tmp_path / "none") == load()


def test_the_digest_is_the_same_in_every_process() -> None:
    """A set's order differs from run to run; what names the rules must not."""
    program = "from assistant.rulebook import load; print(load().digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


# --- one account's own ----------------------------------------------------------------------------


ACCOUNTS = """
[[account]]
host = "imap.example.com"
user = "robin@example.com"

[[account.rule]]
id = "en.unacceptable"
points = 33

[[account.rule]]
id = "my.logo"
describe = "mentions the logo"
points = 40
tone = "angry"
phrases = ["the logo"]
matches = ["The logo!"]

[[account]]
host = "imap.example.com"
user = "kim@example.com"
"""


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_an_account_has_rules_of_its_own(tmp_path: Path) -> None:
    """Changed, added and turned off for it alone; they name their place in the file."""
    off = '[[account.rule]]\nid = "en.worried"\nenabled = false\n'
    text = ACCOUNTS.replace("[[account.rule]]", off + "\n[[account.rule]]", 1)
    setup = wiring.read_setup(config(tmp_path, text))
    robin, kim = setup.config.settings.account
    own = {each.id: each for each in setup.rulebook_of(robin).rules}
    common = {each.id: each for each in setup.rulebook.rules}
    assert own["en.unacceptable"].points == 33
    assert common["en.unacceptable"].points != 33
    assert set(common) - set(own) == {"en.worried"}
    assert set(own) - set(common) == {"my.logo"}
    assert setup.rulebook_of(kim) is setup.rulebook_of(None) is setup.rulebook


def test_only_what_an_account_changes_is_held_twice(tmp_path: Path) -> None:
    """Everything else is the same object; accounts without own rules, and with the same ones, share what is compiled."""
    third = ACCOUNTS.split("[[account]]")[1].replace("robin", "alex")
    setup = wiring.read_setup(
        config(
            tmp_path, f"{ACCOUNTS}[[account]]{third}[[account]]\nhost = 'h'\nuser = 'a@b.example'\n"
        )
    )
    robin, kim, alex, other = setup.config.settings.account
    common = {each.id: each for each in setup.rulebook.rules}
    own = setup.rulebook_of(robin)
    changed = [each.id for each in own.rules if common.get(each.id) is not each]
    assert changed == ["en.unacceptable", "my.logo"]
    assert all(own.words[each] is setup.rulebook.words[each] for each in own.words)
    triage_of = wiring.triages(setup)
    assert triage_of(kim) is triage_of(other) is triage_of(None)
    assert triage_of(robin) is triage_of(alex)
    assert triage_of(robin) is not triage_of(kim)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[[account.rule]]\nid = "x"\npoint = 3\n', '9: account[2].rule[1].point: unknown key; did you mean "points"?'),
        ('[[account.rule]]\nid = "x"\npoints = 3\n', "7: account[2].rule[1].describe: is required for a new rule"),
        ('[[account.rule]]\nid = "en.wory"\nenabled = false\n', "8: account[2].rule[1].id: turns off 'en.wory'"),
        ('[account.classes]\nring = ["<ring>"]\n', "8: account[2].classes.ring: class <ring> is in itself"),
        ("[account.rule]\nid = 'x'\n", "7: account[2].rule: should be a list, in [ ]"),
        ("[[account.rules]]\nid = 'x'\n", '7: account[2].rules: unknown key; did you mean "rule"?'),
        ("threshold = 3\n", "7: account[2].threshold: belongs at the top of the file"),
        ("[[account.test]]\ntext = 'x'\n", "7: account[2].test[1]: asks for nothing"),
    ],
)  # fmt: skip
def test_mistakes_in_an_accounts_rules_are_named(tmp_path: Path, table: str, said: str) -> None:
    """With their line, and the account's number."""
    accounts = "[[account]]\nhost = 'h'\nuser = 'a@b.example'\n[[account]]\nhost = 'h'\nuser = 'c@b.example'\n"
    path = config(tmp_path, accounts + table)
    with pytest.raises(ConfigError) as caught:
        wiring.read_setup(path)
    shown = [str(each).replace(f"{path}:", "") for each in caught.value.problems]
    assert any(each.startswith(said) for each in shown), shown


def test_hidden_files_are_no_rules(tmp_path: Path) -> None:
    """An editor's lock, which is a link to nowhere, and what macOS leaves on other file systems."""
    (tmp_path / ".#my-en.toml").symlink_to("robin@laptop.1234:5678")
    (tmp_path / "._my-en.toml").write_bytes(b"\x00\x05\x16\x07\xff")
    assert load(tmp_path).digest == load().digest
