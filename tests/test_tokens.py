"""Text -> sentences of words with their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.tone.tokens import normalise, sentences
from tests.builders import QUICK


def words(text: str) -> list[list[str]]:
    return [[word.text for word in sentence] for sentence in sentences(text)]


@pytest.mark.parametrize("written", ["don't", "Don’t", "dont", "DONT"])
def test_contractions_are_two_words(written: str) -> None:
    """However somebody writes "don't", a rule sees "do not"."""
    assert normalise(written) == ("do", "not")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("can't", ("can", "not")),
        ("cant", ("can", "not")),
        ("cannot", ("can", "not")),
        ("won't", ("will", "not")),
        ("shan't", ("shall", "not")),
        ("we're", ("we", "are")),
        ("I've", ("i", "have")),
        ("you'll", ("you", "will")),
        ("I'm", ("i", "am")),
        ("it's", ("it", "'s")),
        ("they'd", ("they", "'d")),
        ("o'clock", ("o'clock",)),
        ("STRASSE", ("strasse",)),
        ("Straße", ("strasse",)),
        ("want", ("want",)),
        ("n'avez", ("ne", "avez")),
        ("Qu’il", ("que", "il")),
        ("l'équipe", ("le", "equipe")),
        ("Müller", ("muller",)),
        ("mañana", ("mañana",)),
        ("INTERESÓ", ("intereso",)),
        ("aujourd'hui", ("aujourd'hui",)),
    ],
)
def test_normalised_words(written: str, expected: tuple[str, ...]) -> None:
    """Case and contractions are taken out, and nothing else is."""
    assert normalise(written) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", [["one"], ["two"], ["three"], ["four"]]),
        ("Version 2.5 is out", [["version", "2", "5", "is", "out"]]),
        ("Wait... what", [["wait"], ["what"]]),
        ("first\n\nsecond", [["first"], ["second"]]),
        ("wrapped\nline", [["wrapped", "line"]]),
        ("list:\n- one\n- two", [["list"], ["one"], ["two"]]),
        ('He said "no." Then left', [["he", "said", "no"], ["then", "left"]]),
        ("", []),
        ("... !!! ???", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[list[str]]) -> None:
    """Full stops, blank lines and bullets end a sentence; wrapped lines and decimals do not."""
    assert words(text) == expected


def test_clauses_are_numbered() -> None:
    """Commas and "but" begin a new clause, for negation does not reach across them."""
    (sentence,) = sentences("not today, sadly but soon")
    assert [word.clause for word in sentence] == [0, 0, 1, 2, 2]


def test_both_halves_of_a_contraction_have_its_place() -> None:
    """A quote of "not" alone shows the written word it came from."""
    (sentence,) = sentences("I don't know")
    assert [(word.start, word.end) for word in sentence] == [(0, 1), (2, 7), (2, 7), (8, 12)]


@QUICK
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("ab .,!?\n'’-*…"), max_size=200))
def test_spans_lie_in_the_text_and_in_order(text: str) -> None:
    """Every word covers real characters of the text, and none goes back behind the one before."""
    before = 0
    for sentence in sentences(text):
        assert sentence
        for word in sentence:
            assert before <= word.start < word.end <= len(text)
            assert word.text in normalise(text[word.start : word.end])
            before = word.start


@pytest.mark.parametrize("piece", [".", "a'", "\n", "\n \t", "-", "a ", "a. ", "(", "’", "\n- "])
def test_big_hostile_texts_are_read(piece: str) -> None:
    """64 KB of one thing over and over is cut into words like any other text."""
    text = piece * (65_536 // len(piece))
    assert text.count("a") == sum(word.count("a") for each in words(text) for word in each)
