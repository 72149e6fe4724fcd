"""The automaton, against a plain backtracking matcher that is slow and obviously right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant.tone.automaton import Automaton, Match
from assistant.tone.grammar import Alt, Class, Exact, Gap, Node, PhraseError, Seq, Stem, parse
from assistant.tone.tokens import Word, sentences
from tests.builders import QUICK

CLASSES = MappingProxyType(
    {"we": ("i", "us", "our*"), "number": ("two",), "both": ("<we>", "<number>")}
)


def words(text: str) -> tuple[Word, ...]:
    return next(iter(sentences(text)), ())


def found(phrase: str, text: str) -> list[tuple[int, int]]:
    """The ranges of words that a phrase covers in a text."""
    return [(m.start, m.end) for m in Automaton([(0, phrase)], CLASSES).find(words(text))]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("*ado tired", "exhausted colorado tired", [(1, 3)]),
        ("*ado", "ad", []),
        ("^ still", "still here", [(0, 1)]),
        ("^ still", "we still wait", []),
        ("at all $", "not at all", [(1, 3)]),
        ("at all $", "at all times", []),
        ("^ no $", "no", [(0, 1)]),
        ("^ no $", "no no", []),
        ("^ ... late", "they are late", [(0, 3)]),
        ("still ..3 late", "still a bit late", [(0, 4)]),
        ("still ..3 late", "still here, late", []),
        ("still ..3 late", "still, late", []),
        ("still ...3 late", "still here, late", [(0, 3)]),
        ("still ..3 late", "still here, still so late", [(2, 5)]),
        ("[..2] late", "here, late", [(1, 2)]),
        ("<both> late", "two late", [(0, 2)]),
        ("<both> late", "ours late", [(0, 2)]),
        ("<both> late", "3 late", []),
        ("déçu*", "tres DECUS", [(1, 2)]),
        ("decu", "déçu", [(0, 1)]),
        ("ano", "año", []),
    ],
)
def test_endings_edges_clauses_and_accents(
    phrase: str, text: str, expected: list[tuple[int, int]]
) -> None:
    """What the grammar says beyond words and gaps."""
    assert found(phrase, text) == expected


def test_a_class_in_itself_is_refused() -> None:
    """Classes may hold classes, but not each other in a ring."""
    with pytest.raises(PhraseError, match="<a> is in itself"):
        Automaton([(0, "<a>")], {"a": ("x", "<b>"), "b": ("<a>",)})
    with pytest.raises(PhraseError, match="no class <c>"):
        Automaton([(0, "<a>")], {"a": ("<c>",)})


# --- the reference ------------------------------------------------------------------------------


def named(node: Node, word: str) -> bool:
    """Whether an item that names one word names this one."""
    match node:
        case Exact(text):
            return word == text
        case Stem(prefix):
            return word.startswith(prefix)
        case Class("number"):
            return word.isdigit() or word == "two"
        case Class("ordinal"):
            return word in ("3rd", "1st")
        case Class("we"):
            return word in ("i", "us") or word.startswith("our")
    raise AssertionError(node)


def ends(node: Node, text: Sequence[str], at: int, begun: bool) -> Iterator[tuple[int, bool]]:
    """Where a node can end that begins at a word, and whether a named word has been seen.

    A match begins at a word that the phrase names: a gap before it takes nothing.
    """
    match node:
        case Gap(longest):
            for end in range(at, min(at + longest, len(text)) + 1 if begun else at + 1):
                yield end, begun
        case Seq(()):
            yield at, begun
        case Seq((first, *rest)):
            for middle, so_far in ends(first, text, at, begun):
                yield from ends(Seq(tuple(rest)), text, middle, so_far)
        case Alt(options):
            for option in options:
                yield from ends(option, text, at, begun)
        case _:
            if at < len(text) and named(node, text[at]):
                yield at + 1, True


def owned(phrases: list[str]) -> list[tuple[int, str]]:
    """Two owners who take turns: a rule has several phrases."""
    return [(number % 2, phrase) for number, phrase in enumerate(phrases)]


def reference(phrases: list[str], text: Sequence[str]) -> set[Match]:
    """For each owner and end, the match that begins earliest."""
    earliest: dict[tuple[int, int], int] = {}
    for owner, phrase in owned(phrases):
        tree = parse(phrase)
        for start in range(len(text)):
            for end, begun in ends(tree, text, start, False):
                if begun:
                    earliest[owner, end] = min(start, earliest.get((owner, end), start))
    return {Match(owner, start, end) for (owner, end), start in earliest.items()}


atoms = st.sampled_from(
    ["a", "b", "ab", "a*", "ab*", "<we>", "<number>", "<ordinal>", "...1", "...2"]
)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        some.map(" ".join),
        some.map("|".join).map("({})".format),
        some.map("|".join).map("[{}]".format),
    )


phrases_of_rules = st.recursive(atoms, nested, max_leaves=6)
texts = st.lists(
    st.sampled_from(["a", "b", "ab", "abc", "i", "ours", "two", "3", "3rd", "3pm", "x"]), max_size=8
)


@settings(QUICK, max_examples=250)
@given(st.lists(phrases_of_rules, min_size=1, max_size=5), texts)
def test_finds_what_the_reference_finds(phrases: list[str], text: list[str]) -> None:
    """One walk over many phrases finds exactly what trying each phrase at each word finds."""
    try:
        automaton = Automaton(owned(phrases), CLASSES)
    except PhraseError:
        assume(False)
        return
    matches = automaton.find(words(" ".join(text)))
    assert len(set(matches)) == len(matches)
    assert reference(phrases, text) == set(matches)
    owners = automaton.owners(words(" ".join(text)))
    assert owners == {each.owner for each in matches}


# --- cases worth reading ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("unacceptable", "this is UNACCEPTABLE", [(2, 3)]),
        ("disappoint*", "disappoint disappointing disapprove", [(0, 1), (1, 2)]),
        ("waste [of] time", "waste time waste of time", [(0, 2), (2, 5)]),
        ("still ... waiting", "still waiting", [(0, 2)]),
        ("still ... waiting", "still a b c waiting", [(0, 5)]),
        ("still ... waiting", "still a b c d waiting", []),
        ("still ...4 waiting", "still a b c d waiting", [(0, 6)]),
        ("<number> times", "3 times two times", [(0, 2), (2, 4)]),
        ("<ordinal> time", "the 3rd time", [(1, 3)]),
        ("<ordinal> email", "my 10am email", []),
        ("<we> site", "our site ours site", [(0, 2), (2, 4)]),
        ("do not", "I don't", [(1, 3)]),
        ("a a", "a a a", [(0, 2), (1, 3)]),
    ],
)
def test_matches(phrase: str, text: str, expected: list[tuple[int, int]]) -> None:
    """Words, stems, options, gaps, classes and figures, each at its place."""
    assert found(phrase, text) == expected


def test_owners_are_kept_apart() -> None:
    """Two rules that end at the same word are both found."""
    automaton = Automaton([(7, "very bad"), (9, "bad")], {})
    assert set(automaton.find(words("very bad"))) == {Match(7, 0, 2), Match(9, 1, 2)}


def test_phrases_that_begin_alike_are_kept_apart() -> None:
    """What is built once for two phrases is what both begin with, and nothing that only looks like it."""
    automaton = Automaton(
        [(0, "(we|they) wait"), (1, "(we|they) pay"), (2, "[we|they] leave"), (3, "(we|you) pay")],
        CLASSES,
    )
    for text, owners in (
        ("we wait", {0}), ("they pay", {1}), ("you wait", set()), ("you pay", {3}), ("we pay", {1, 3}), ("leave", {2}), ("pay", set()),
    ):  # fmt: skip
        assert automaton.owners(words(text)) == owners, text


def test_an_unknown_class_names_those_that_exist() -> None:
    """A class that a language lacks is refused with the list of what there is."""
    with pytest.raises(
        PhraseError, match="no class <wee> in this language; there are: both, number, ordinal, we"
    ):
        Automaton([(0, "<wee>")], CLASSES)


def test_a_class_holds_single_words() -> None:
    """A class entry of two words could never match, so it is refused."""
    with pytest.raises(PhraseError, match="more than one word"):
        Automaton([(0, "<bad>")], {"bad": ("can't",)})


def test_many_gaps_over_a_long_sentence() -> None:
    """A phrase of gaps over one sentence of 30,000 words stays linear, where backtracking explodes."""
    text = words("a " * 30_000)
    assert Automaton([(0, "a ...12 a ...12 a ...12 b")], {}).find(text) == []
