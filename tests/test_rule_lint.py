"""What is right in a rule file and yet makes no sense, named with its place."""

from __future__ import annotations

import pytest

from assistant import tomlfile
from assistant.rulebook import Document, Layers, RuleFile, read
from assistant.rulebook.lint import findings, unknown_in
from tests.builders import REPLIES, RULES, TONES, toml_file

HEAD = '[[rule]]\nid = "new"\ndescribe = "is new"\npoints = 10\ntone = "angry"\n'
END = 'matches = ["x"]\n'


def document(text: str, name: str, *, shipped: bool = False) -> Document:
    file = toml_file(text, name)
    return Document(file, tomlfile.validate(RuleFile, file), shipped)


def found(*texts: str) -> list[str]:
    """What is said about these texts, laid over the usual ones."""
    documents = [document(each, "shipped.toml", shipped=True) for each in (TONES, REPLIES, RULES)]
    documents += [document(each, f"{number}.toml") for number, each in enumerate(texts, 1)]
    layers = Layers(tuple(documents), {}, {})
    return [str(each) for each in findings(layers.books()[0], layers.common)]


def test_the_shipped_rules_are_in_order() -> None:
    """No false alarm, and nothing to alarm about."""
    layers = read()
    assert [str(each) for each in findings(layers.books()[0], layers.common)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + 'phrases = ["a ^ b", "new"]\n' + END, '1.toml:6: new: phrases: "a ^ b" can never match'),
        (HEAD + 'phrases = ["new"]\nneeds = ["a $ b"]\n' + END, '1.toml:7: new: needs: "a $ b" can never match'),
        (HEAD + 'phrases = ["new day", "new"]\nunless = ["day"]\n' + END, '1.toml:6: new: phrases: "new day" never holds: unless, "day", always takes it away'),
        (HEAD + 'phrases = ["new day", "new"]\nunless_message = ["day"]\n' + END, '1.toml:6: new: phrases: "new day" never holds: unless_message, "day", always takes it away'),
        (HEAD + 'phrases = ["(dog|cat)", "new"]\nunless = ["dog", "cat"]\n' + END, '1.toml:6: new: phrases: "(dog|cat)" never holds: unless always takes it away'),
        (HEAD + 'phrases = ["new", "new"]\n' + END, '1.toml:6: new: phrases: "new" stands there twice'),
        (HEAD + 'phrases = ["<none>", "new"]\n' + END + "[classes]\nnone = []\n", "1.toml:9: classes.none: is empty: a phrase with it never matches"),
        (HEAD + 'phrases = ["<a>"]\n' + END + '[classes]\na = ["b", "follow-up"]\n', '1.toml:9: classes.a: "follow-up" is never met: sentences are cut into words, and it isn\'t one'),
        ((HEAD + 'phrases = ["new"]\n' + END).replace("10", "0"), "1.toml:4: new: points: 0 points never matter; enabled = false turns the rule off"),
        ('[[rule]]\nid = "worry"\npoints = 0\n', "1.toml:3: worry: points: 0 points never matter; enabled = false turns the rule off"),
        ((HEAD + 'phrases = ["new"]\n' + END).replace("10", "-10"), "1.toml:5: new: tone: is for rules that add points; with points below 0 remove it"),
        (HEAD.replace('id = "new"', 'id = "worry"') + HEAD.replace('id = "new"', 'id = "worry"'), "1.toml:7: rule[2].id: 'worry' stands in this file before, in line 2; make them one"),
        ("[voices.xx]\nwords = 3\n", "1.toml:1: voices.xx: never matters: there are no rules in language 'xx'"),
        ("[voices.en]\nwords = 3\nwords_cap = 0\n", "1.toml:2: voices.en.words: never matters: words_cap = 0 caps it at nothing"),
        ("[voices.en.reader]\nband = [5, 1]\n", "1.toml:2: voices.en.reader.band: runs from 5 down to 1: the reader is never asked"),
        ("[voices.en.reader]\nheads = { ours = 3 }\nsure = 0\nband = [0, 1]\n", "1.toml:2: voices.en.reader.heads: never matter: sure = 0 caps every head at nothing"),
        ('[[behaviour]]\nid = "b"\ndescribe = "b"\nfact = "heat_before"\nat_least = 6\npoints = 5\ntone = "angry"\n', "1.toml:5: b: at_least: heat_before runs from 1 to 5: 6 is never reached"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(text: str, said: str) -> None:
    """With file, line, rule and key."""
    assert said in found(text)


def test_a_phrase_of_two_rules_counts_twice() -> None:
    """Or says the contrary; also where one is among the ways to say the other. Conditions may set them apart."""
    one = HEAD + 'phrases = ["(new|fresh) paint"]\n' + END
    two = one.replace('"new"', '"two"', 1).replace("(new|fresh)", "new")
    assert found(one, two) == [
        '2.toml:6: two: phrases: "new paint" is in new (1.toml:6), too: both count, +10 and +10'
    ]
    calm = two.replace("10", "-10").replace('tone = "angry"\n', "")
    assert found(one, calm) == [
        '2.toml:5: two: phrases: "new paint" contradicts new (1.toml:6): -10 points here, +10 there'
    ]
    assert found(one, two + 'needs = ["wet"]\n') == []
    assert found(one, two + 'place = "opening"\n') == []
    pattern = "patterns = ['!{3}']\n"
    assert found(one + pattern, two.replace("new paint", "old") + pattern) == [
        '2.toml:8: two: patterns: "!{3}" is in new (1.toml:8), too: both count, +10 and +10'
    ]


@pytest.mark.parametrize("language", ["de", "en", "es", "fr"])
def test_a_shipped_rule_may_be_copied_and_changed(language: str) -> None:
    """`rules show` says that it can be: what the shipped rules share among themselves is nobody's mistake."""
    layers = read()
    (shipped,) = (
        each for each in layers.common if each.file.name == f"rules/{language}/phrases.toml"
    )
    tables = [
        each.model_copy(update={"points": each.points + 5 if each.points != -5 else 5})
        for each in shipped.table.rule
    ]
    table = RuleFile(language=language, rule=tables)
    laid = layers.overlaid(Document(toml_file("", "mine.toml"), table))
    assert [str(each) for each in findings(laid.books()[0], laid.common, ())] == []


def test_a_language_or_a_voice_may_be_turned_off() -> None:
    """No shipped file is at fault then."""
    layers = read()
    (german,) = (each for each in layers.common if each.file.name == "rules/de/phrases.toml")
    off = "".join(f'[[rule]]\nid = "{each.id}"\nenabled = false\n' for each in german.table.rule)
    off += "[voices.fr]\nwords_cap = 0\n"
    laid = layers.overlaid(document(off, "mine.toml"))
    assert [str(each) for each in findings(laid.books()[0], laid.common, ())] == []


def test_a_users_points_for_a_shipped_rule_are_no_clash() -> None:
    """Two shipped rules may share a phrase, whoever weighs them anew."""
    twin = HEAD + 'phrases = ["(new|fresh) paint"]\n' + END
    twin += twin.replace('"new"', '"two"', 1).replace("(new|fresh)", "new")
    shipped = [document(each, "s.toml", shipped=True) for each in (TONES, REPLIES, RULES, twin)]
    own = document('[[rule]]\nid = "two"\npoints = 20\n', "own.toml")
    layers = Layers((*shipped, own), {}, {})
    assert findings(layers.books()[0], layers.common) == []


def test_a_test_that_names_what_is_not_there() -> None:
    """A rule that is turned off is; voices have names as well."""
    text = (
        '[[rule]]\nid = "worry"\nenabled = false\n[[test]]\ntext = "x"\ntone = "angy"\n'
        'must_hit = ["wory", "words"]\nmust_not_hit = ["worry"]\n'
    )
    documents = [document(each, "s.toml", shipped=True) for each in (TONES, REPLIES, RULES)]
    layers = Layers((*documents, document(text, "1.toml")), {}, {})
    (case,) = layers.cases()
    assert [str(each) for each in unknown_in(case, layers.books()[0], layers.common)] == [
        "1.toml:7: test[1].must_hit: no rule 'wory'; did you mean \"worry\"?",
        "1.toml:6: test[1].tone: no tone 'angy'; did you mean \"angry\"?",
    ]
