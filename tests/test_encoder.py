"""The reader that ships: the same opinion every time, evidence that is a sentence, nothing it chokes on."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from assistant import encoder
from assistant.encoder import HEADS, WINDOW, TextReader
from assistant.model import CUES, Opinion
from assistant.rulebook import shipped_folder
from assistant.worker import Here, Worker
from tests.builders import message
from tests.test_worker import reader as worker_process

UNHAPPY = "I have written three times and nobody has answered."
COMPLAINT = (
    f"{UNHAPPY} This is not acceptable. You promised the draft for May and we still have nothing. "
    "Your invoice came on time, of course. I am tired of asking and I want my deposit back."
)
PLAIN = "The office is on the second floor. Lunch is at noon. We use the blue logo on the van."


@pytest.fixture(scope="module")
def english() -> TextReader:
    return TextReader(shipped_folder() / "en")


def ours(opinion: Opinion) -> float:
    return dict(opinion.heads)["ours"]


def test_english_has_one_and_it_is_installed() -> None:
    """The test extra brings what it needs."""
    assert encoder.installed()
    assert encoder.languages(shipped_folder()) == {"en"}


def test_an_unhappy_client_sounds_unlike_a_content_one(english: TextReader) -> None:
    """Not how good it is (docs/scorecard.md says that), but that the right file was shipped."""
    assert (
        ours(english.opinion("", UNHAPPY, evidence=True))
        > 0
        > ours(english.opinion("", PLAIN, evidence=True))
    )


def test_every_head_has_a_number_and_the_tone_is_on_the_scale(english: TextReader) -> None:
    """Two decimals, so that no last bit flips a verdict."""
    found = english.opinion("Website", UNHAPPY, evidence=True)
    assert tuple(head for head, _ in found.heads) == HEADS
    assert all(value == round(value, 2) for _, value in found.heads)
    assert 1 <= found.heat <= 5


def test_the_evidence_is_the_sentence_that_changes_most(english: TextReader) -> None:
    """Taken out, each of them in turn: without the evidence the text sounds least unhappy."""
    text = f"{PLAIN} {UNHAPPY} The second page has a map."
    start, end = english.opinion("", text, evidence=True).sentence
    assert text[start:end] == UNHAPPY.rstrip(".")


def test_content_mail_has_no_evidence(english: TextReader) -> None:
    """Nothing is quoted against a writer who is not unhappy."""
    assert english.opinion("", PLAIN, evidence=True).sentence == (0, 0)


def test_a_complaint_beyond_the_first_window_is_heard(english: TextReader) -> None:
    """A long letter is read in windows, and the unhappiest counts."""
    pages = "See you on Tuesday then, and bring the children if you like. We have cake. " * 20
    alone = english.opinion("", pages, evidence=True)
    found = english.opinion("", f"{pages}{COMPLAINT}", evidence=True)
    assert ours(found) > max(0, ours(alone))
    assert found.sentence[0] > WINDOW


@pytest.mark.parametrize(
    "text",
    ["", "!", "ok", "\U0001f620" * 50, "http://x.example/y " * 40, "مرحبا بكم " * 60, "\ud800", "\0" * 99,
     "YmFzZTY0" * 3_000, "a" * 200_000, "word " * 40_000, "DAS IST EIN TEST! " * 30, "\n\n- \n" * 500],
    ids=range(13),
)  # fmt: skip
def test_anything_gets_the_same_opinion_twice(english: TextReader, text: str) -> None:
    """Empty, one word, emoji, links, right-to-left, base64, 200 KB."""
    first = english.opinion("", text, evidence=True)
    assert first == english.opinion("", text, evidence=True)
    assert 0 <= first.sentence[0] <= first.sentence[1] <= max(1, len(text))


# --- in the worker --------------------------------------------------------------------------------


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker(folder=shipped_folder())
    yield found
    found.close()


def test_the_worker_has_the_same_opinion(worker: Worker) -> None:
    """`explain`, which reads in its own process, and the daemon agree."""
    given = message(UNHAPPY, subject="Website")
    assert (
        worker.opinion(given, evidence=True)
        == Here(shipped_folder()).opinion(given, evidence=True)
        is not None
    )


def test_an_inherited_subject_is_not_read(worker: Worker) -> None:
    """An answer's subject says how the conversation began."""
    answers = [
        worker.opinion(message(PLAIN, subject=subject, in_reply_to=("<0@x>",)), evidence=True)
        for subject in ("Re: This is an outrage", "Re: Thanks")
    ]
    assert answers[0] == answers[1]


def test_what_an_opinion_needs_can_be_loaded_before_it(worker: Worker) -> None:
    """It changes no opinion, and needs no encoder to be there."""
    given = message(UNHAPPY)
    before = worker.opinion(given, evidence=True)
    for language in ("en", "de"):
        fresh = Worker(folder=shipped_folder())
        with contextlib.closing(fresh):
            fresh.prepare(language)
            assert fresh.opinion(given, evidence=True) == before
    none = Worker()
    none.prepare("en")
    assert none.opinion(given, evidence=True) is None


def test_without_an_encoder_there_is_no_opinion(worker: Worker) -> None:
    """No folder, or a language that has none."""
    assert Here().opinion(message(UNHAPPY), evidence=True) is None
    assert Worker().opinion(message(UNHAPPY), evidence=True) is None
    assert worker.opinion(message("Das ist schlecht.", language="de"), evidence=True) is None


def test_a_worker_that_dies_over_an_opinion_costs_no_message(worker: Worker) -> None:
    """The message is judged without it, and the next one asks a new worker."""
    assert worker.opinion(message(UNHAPPY), evidence=True) is not None
    pid = worker_process().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    worker.opinion(message(UNHAPPY), evidence=True)
    assert worker.opinion(message(UNHAPPY), evidence=True) is not None
    assert worker_process().pid != pid


def test_an_opinion_that_takes_too_long_is_done_without(caplog: pytest.LogCaptureFixture) -> None:
    """Stopped by a signal it never answers; no word of the message is logged."""
    worker = Worker(seconds=0.6, folder=shipped_folder())
    assert worker.opinion(message(UNHAPPY), evidence=True) is not None
    pid = worker_process().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert worker.opinion(message(UNHAPPY), evidence=True) is None
    assert [each.message for each in caplog.records] == ["no opinion on a message within 0.6 s"]
    assert worker.opinion(message(UNHAPPY), evidence=True) is not None
    worker.close()


def test_it_hears_every_cue_of_the_list(english: TextReader) -> None:
    """By name, in the order of the network's numbers; two decimals here too."""
    found = english.opinion("", COMPLAINT, evidence=False)
    assert tuple(cue for cue, _ in found.cues) == CUES
    assert all(odds == round(odds, 2) for _, odds in found.cues)
    heard = dict(found.cues)
    assert heard["refund-demand"] > heard["public-threat"]
