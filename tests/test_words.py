"""The words' voice: a sum over words and pairs, read from a file that people can read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError
from assistant.model import WordModel
from assistant.rulebook import Words, read_words, shipped_folder, write_words
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
    path = _file(tmp_path)
    write_words(path, MODEL, ["From where it comes."])
    lines = path.read_text("utf-8").splitlines()
    assert lines[:3] == ["## From where it comes.", "-1.0\t2.0\t(bias)", "6.0\t2.0\tagain late"]
    assert read_words(path) == MODEL


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Not a traceback: the file, the line, what to do."""
    path = _file(tmp_path)
    path.write_text("## note\n1.0\t2.0\tlate\n1.0 2.0 again\n", "utf-8")
    for read in (lambda: read_words(path), lambda: Words(tmp_path)):
        with pytest.raises(ConfigError) as caught:
            read()
        assert str(caught.value.problems[0]).startswith(f"{path}:3: ")


def test_the_words_of_a_language_are_those_of_its_file(tmp_path: Path) -> None:
    """They were read at the start: what comes after in the file's place changes nothing."""
    path = _file(tmp_path)
    write_words(path, MODEL, ["From where it comes."])
    words, same = Words(tmp_path), Words(tmp_path)
    write_words(path, replace(MODEL, bias=7.0), [])
    assert words["en"] == MODEL
    assert words.get("de") is None
    assert (list(words), repr(words)) == (["en"], repr(same))
    assert repr(Words(tmp_path)) != repr(same)


def test_every_file_of_ours_can_be_read() -> None:
    """At the start only their tabs are counted."""
    words = Words(shipped_folder())
    assert {len(words[each].weights) > 5_000 for each in words} == {True}
    assert set(words) == {"de", "en", "es", "fr"}


def _file(folder: Path) -> Path:
    """Where the English words lie in a folder of rules."""
    (folder / "en").mkdir()
    return folder / "en" / "words.tsv"
