"""TextBlob behind its typed face."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assistant.model import Polarity
from assistant.tone.polarity import LONGEST, polarity


def test_bad_and_good_words_pull_their_way() -> None:
    """Plainly negative and positive texts are told apart, with the words that did it."""
    bad, good = (
        polarity("This is a terrible, awful website."),
        polarity("What a wonderful website."),
    )
    assert bad.value < 0 < good.value
    assert set(bad.words) == {"awful", "terrible"}
    assert good.words == ("wonderful",)


@pytest.mark.parametrize("text", ["", "\0\0", "\ud800", "12 34", "...", "This is unacceptable."])
def test_nothing_to_say(text: str) -> None:
    """Texts without a word that TextBlob knows are neutral; "unacceptable" is one (DESIGN: Tone)."""
    assert polarity(text) == Polarity(0.0, ())


def test_the_value_is_rounded_and_within_its_range() -> None:
    """Two decimals, so that no processor's last bit flips a verdict."""
    value = polarity("Not so good, rather late, fairly poor, quite nice, very bad.").value
    assert value == round(value, 2)
    assert -1.0 <= value <= 1.0


def test_the_same_text_gives_the_same_opinion() -> None:
    """TextBlob has no state that a second call could see."""
    text = "The worst and most awful, horrible, terrible, nasty, bad, ugly and poor service."
    assert polarity(text) == polarity(text)
    assert len(polarity(text).words) == 5


def test_only_the_beginning_is_looked_at() -> None:
    """What stands behind the cap changes nothing, so a long mail costs no more than a short one."""
    assert polarity(" " * LONGEST + "terrible") == Polarity(0.0, ())


@pytest.mark.parametrize("piece", ["not ", "!", "bad ", "(", ":-(", "a'", "\n"])
def test_big_hostile_texts(piece: str) -> None:
    """64 KB of one thing is answered like any other text."""
    assert -1.0 <= polarity(piece * 65_536).value <= 1.0


def test_it_is_textblob_that_speaks() -> None:
    """Its package's beginning isn't run for us, and changes nothing when it is: before us, or after."""
    text = "Not so good, rather late, fairly poor, quite nice, very bad, terrible."
    ours = f"from assistant.tone.polarity import polarity; print(polarity({text!r}).value)"
    whole = f"from textblob import TextBlob; print(round(TextBlob({text!r}).polarity, 2))"
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True
        ).stdout.split()
        for code in (f"{ours}\n{whole}", f"{whole}\n{ours}")
    ]
    assert len({value for each in said for value in each}) == 1
