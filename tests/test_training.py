"""What training makes of the texts at hand, as far as it needs no torch."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from training.mixing import LONGEST_HOST, Mixer, apart, sentences
from training.sources import FOLDS, Row, half

ORDINARY = Row("o", "x", "en", "", "Lunch is at one. Bring the big folder, please, and two pens.", 0,
               aim=3, kind="ordinary")  # fmt: skip
UNHAPPY = Row("u", "x", "en", "Logo", "Hello. It is late again. Thanks.", 1, twin="c")
CONTENT = replace(UNHAPPY, id="c", text="Hello. It is here early. Thanks.", ours=0, aim=3, twin="u")


def turns(rows: list[Row], group: list[Row], times: int = 200) -> list[list[Row]]:
    mixer = Mixer(rows, random.Random(1))
    return [mixer.shown(group) for _ in range(times)]


def test_sentences_joined_are_the_text() -> None:
    for text in ("One. Two!\n\nThree?  Four", "", "no end", "a\nb\n", "v1.2 is out. Ok."):
        assert "".join(sentences(text)) == text


def test_of_twins_what_differs_is_left() -> None:
    assert [row.text for row in apart([UNHAPPY, CONTENT])] == [
        "It is late again.",
        "It is here early.",
    ]


def test_twins_that_would_be_empty_stay_whole() -> None:
    shorter = replace(CONTENT, text="Hello. Thanks.")
    assert apart([UNHAPPY, shorter]) == [UNHAPPY, shorter]


def test_a_mail_within_another_keeps_its_words_and_its_label() -> None:
    """The ordinary one is there in whole, around it; both twins are shown alike."""
    found = turns([ORDINARY, UNHAPPY, CONTENT], [UNHAPPY, CONTENT])
    kinds = set()
    for unhappy, content in found:
        assert (unhappy.ours, content.ours) == (1, 0)
        inside = unhappy.text != UNHAPPY.text and "Lunch" in unhappy.text
        kinds.add("inside" if inside else "apart" if "Hello" not in unhappy.text else "as it is")
        if inside:
            assert UNHAPPY.text in unhappy.text
            assert CONTENT.text in content.text
            assert unhappy.text.replace(UNHAPPY.text, CONTENT.text) == content.text
            for sentence in sentences(ORDINARY.text):
                assert sentence.strip() in unhappy.text
    assert kinds == {"inside", "apart", "as it is"}


def test_what_is_labelled_otherwise_or_long_stays_as_it_is() -> None:
    """A public set's looser label says nothing of mail around it."""
    public = Row("p", "tweets", "en", "", "still no answer @shop", complaint=1)
    long = replace(UNHAPPY, text="word " * (LONGEST_HOST + 1), twin="")
    for row in (public, long):
        assert all(shown == [row] for shown in turns([ORDINARY, row], [row], 50))


def test_coins_fall_the_same_way_and_fairly() -> None:
    thrown = [half(f"mail-{number}") for number in range(1000)]
    assert thrown == [half(f"mail-{number}") for number in range(1000)]
    assert 440 < sum(thrown) < 560


def test_every_english_author_is_left_out_by_one_fold() -> None:
    """One that is in none would have no part in the fit with the reader, and nobody would know."""
    left = [source for fold in FOLDS for source in fold]
    assert len(left) == len(set(left))
    mail = Path(__file__).parent.parent / "training" / "mail"
    english = {path.stem for path in mail.glob("*.jsonl") if path.stem[0] in "wxyz"}
    assert english <= set(left)
