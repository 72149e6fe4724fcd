"""The phrase syntax of rules."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.tone.grammar import Alt, Class, Exact, Gap, PhraseError, Seq, Stem, parse
from tests.builders import QUICK


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("Unacceptable", Exact("unacceptable")),
        ("disappoint*", Stem("disappoint")),
        ("<ordinal>", Class("ordinal")),
        ("not ok", Seq((Exact("not"), Exact("ok")))),
        ("don't", Seq((Exact("do"), Exact("not")))),
        ("a ... b", Seq((Exact("a"), Gap(3), Exact("b")))),
        ("a ...7 b", Seq((Exact("a"), Gap(7), Exact("b")))),
        ("(a|b c)", Alt((Exact("a"), Seq((Exact("b"), Exact("c")))))),
        ("[so] angry", Seq((Alt((Exact("so"), Seq(()))), Exact("angry")))),
        ("[very|so] angry", Seq((Alt((Exact("very"), Exact("so"), Seq(()))), Exact("angry")))),
        ("((a))", Alt((Alt((Exact("a"),)),))),
        ("(a|) b", Seq((Alt((Exact("a"), Seq(()))), Exact("b")))),
    ],
)
def test_phrases_become_trees(phrase: str, expected: object) -> None:
    """Each kind of item is read as the documentation says."""
    assert parse(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "part"),
    [
        ("", "no words at all"),
        ("...", "no words at all"),
        ("[so]", "no words at all"),
        ("(a|...)", "no words at all"),
        ("(a", "'(' is never closed"),
        ("[a", "'[' is never closed"),
        ("(a]", "'(' is closed by ']'"),
        ("[a)", "'[' is closed by ')'"),
        ("a)", "')' without its opening bracket"),
        ("a|b", "'|' without its opening bracket"),
        ("follow-up", "'-' has no meaning"),
        ("clients' money", '"\'" has no meaning'),
        ("what?", "'?' has no meaning"),
        ("<open", "'<' has no meaning"),
        ("a ...0 b", "a gap of 0"),
        ("a ...13 b", "a gap of 13"),
        ("(" * 9 + "a" + ")" * 9, "nested deeper than 8"),
        ("(" * 300, "nested deeper than 8"),
        ("a" * 401, "longer than 400"),
    ],
)
def test_what_cannot_be_read_says_why(phrase: str, part: str) -> None:
    """A mistake in a phrase names what is wrong, in words for the rule's author."""
    with pytest.raises(PhraseError) as caught:
        parse(phrase)
    assert part in str(caught.value)


@QUICK
@given(st.text(st.sampled_from("ab <>()[]|*.'’-12é\n") | st.characters(), max_size=60))
def test_any_text_is_a_phrase_or_a_phrase_error(text: str) -> None:
    """No phrase that a user can write makes the parser fail in another way."""
    with suppress(PhraseError):
        assert isinstance(parse(text), Exact | Stem | Class | Seq | Alt)
