"""What a phrase can match at all."""

from __future__ import annotations

import pytest

from assistant.rulebook import load
from assistant.tone.reach import Bars, can_be_met, can_match, example

CLASSES = {
    "others": ("courier", "landlord"),
    "empty": (),
    "wrapped": ("<others>", "bank*"),
    "split": ("follow-up",),
}


@pytest.mark.parametrize(
    ("phrase", "possible"),
    [
        ("still waiting", True),
        ("<others> again", True),
        ("<empty> again", False),
        ("(<empty>|again)", True),
        ("[<empty>] again", True),
        ("<number> times", True),
        ("<split> call", False),
        ("still ^ waiting", False),
        ("^ still", True),
        ("at all $", True),
        ("at $ all", False),
        ("'ll go", False),
        ("it 's late", True),
        ("don't", True),
    ],
)
def test_phrases_that_can_never_match(phrase: str, possible: bool) -> None:
    """An empty class, an edge in the middle, a word that sentences are never cut into."""
    assert can_match(phrase, CLASSES) is possible


@pytest.mark.parametrize(
    ("phrase", "bars", "always"),
    [
        ("still waiting", ["waiting"], True),
        ("still waiting", ["wait*"], True),
        ("still waiting", ["(waiting|waited)", "x"], True),
        ("still waiting", ["not waiting"], False),
        ("wait*", ["waiting"], False),
        ("waiting", ["*ting"], True),
        ("(waiting|late)", ["waiting"], False),
        ("(waiting|late)", ["waiting", "late"], True),
        ("still ... waiting", ["still ...2 waiting"], False),
        ("still ...2 waiting", ["still ... waiting"], True),
        ("still ... waiting", ["still .. waiting"], False),
        ("<others> was late", ["<others>"], True),
        ("<wrapped> was late", ["<others>"], False),
        ("still", ["^ still"], False),
        ("^ still", ["^ still"], True),
        ("^ still", ["still"], True),
        ("late $", ["late $"], True),
        ("<empty>", ["x"], False),
        ("...12 ".join("abcdef"), ["a"], False),
    ],
)
def test_what_is_always_barred(phrase: str, bars: list[str], always: bool) -> None:
    """Only where every sentence with the phrase has the other in it; where that can't be told, not."""
    assert Bars(bars, CLASSES).always_bar(phrase) is always


def test_an_example_is_what_its_author_would_write() -> None:
    """Without letters that are in no word; none where it takes those."""
    assert example("still [been] (waiting|awaiting)", CLASSES) == "still been waiting"
    assert example("asked ... again", CLASSES) == "asked again"
    assert example("hop*", CLASSES) == ""


def test_entries_that_are_words() -> None:
    """A hyphen parts two; what is left of a contraction is one."""
    assert not can_be_met("follow-up")
    assert all(map(can_be_met, ("late", "'s", "hop*", "*ado", "<others>", "déçu")))


def test_no_shipped_phrase_is_dead() -> None:
    """Of what a rule needs and bars, too."""
    book = load()
    assert [
        (rule.id, phrase)
        for rule in book.rules
        for phrase in (*rule.phrases, *rule.needs, *rule.unless, *rule.unless_message)
        if not can_match(phrase, book.classes(rule.language))
    ] == []
