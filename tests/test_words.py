"""The words' voice: a sum over words and pairs, read from a file that people can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError
from assistant.model import WordModel
from assistant.rulebook import read_words, write_words
from assistant.tone.tokens import sentences
from assistant.tone.words import features, weigh
from tests.builders import QUICK

MODEL = WordModel(
    "en",
    bias=-1.0,
    heat=2.0,
    weights={
        "late": (4.0, 1.0),
        "again": (2.0, 0.5),
        "again late": (6.0, 2.0),
        "thanks": (-3.0, -1.0),
        "#": (0.5, 0.0),
    },
)


def test_words_and_runs_count_once_within_their_sentence() -> None:
    """Each once, figures as one word, and no run across a full stop."""
    assert features(sentences("Late again. Again LATE, 3rd 4 time")) == {
        "late", "again", "late again", "again late", "#", "late #", "# #", "# time", "time",
        "again late #", "late # #", "# # time",
    }  # fmt: skip


def test_the_margin_is_the_bias_and_the_weights_by_the_root_of_their_number() -> None:
    """Few known words count as four, so that one word alone doesn't decide."""
    assert weigh(MODEL, "Quite unknown.").margin == -1.0
    assert weigh(MODEL, "Late.").margin == pytest.approx(-1 + 4 / 2)
    found = weigh(MODEL, "Again late, thanks 3.")
    assert found.margin == pytest.approx(-1 + (4 + 2 + 6 - 3 + 0.5) / 5**0.5)
    assert found.heat == pytest.approx(2 + (1 + 0.5 + 2 - 1) / 5**0.5)


def test_the_strongest_words_are_shown_and_none_twice() -> None:
    """Those that pulled in the direction of the sum; a word in a stronger pair isn't repeated."""
    assert weigh(MODEL, "Again late, thanks 3.").strongest == ("again late", "#")
    assert weigh(MODEL, "Thanks 3.").strongest == ("thanks",)
    assert weigh(MODEL, "").strongest == ()


@QUICK
@given(st.text(max_size=200))
def test_any_text_has_a_margin_and_the_same_one(text: str) -> None:
    """Emoji, right-to-left, control characters: a number, and no other the second time."""
    assert weigh(MODEL, text) == weigh(MODEL, text)


def test_a_big_text_is_weighed() -> None:
    """200 KB of different words are many features, and no matter."""
    text = " ".join(f"word{number}x" for number in range(25_000))
    assert weigh(MODEL, f"{text} late").margin == pytest.approx(1.0)


def test_a_file_reads_as_it_was_written(tmp_path: Path) -> None:
    """Notes first, the bias, then the words that weigh most."""
    path = tmp_path / "words.tsv"
    write_words(path, MODEL, ["From where it comes."])
    lines = path.read_text("utf-8").splitlines()
    assert lines[:3] == ["## From where it comes.", "-1.0\t2.0\t(bias)", "6.0\t2.0\tagain late"]
    assert read_words(path, "en") == MODEL


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Not a traceback: the file, the line, what to do."""
    path = tmp_path / "words.tsv"
    path.write_text("## note\n1.0\t2.0\tlate\n1.0 2.0 again\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_words(path, "en")
    assert str(caught.value.problems[0]).startswith(f"{path}:3: ")
