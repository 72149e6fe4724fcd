"""The process that reads mail: it may be slow, greedy, killed or fooled, and only that message suffers."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from assistant import rulebook
from assistant import worker as worker_module
from assistant.errors import UnreadableMail
from assistant.model import Reading
from assistant.screening import ByHeader
from assistant.tone.polarity import mood
from assistant.worker import Here, Worker, read_here
from tests.builders import profile
from tests.letters import CALM, FURIOUS, letter

GOOD = letter(FURIOUS).raw


@pytest.fixture(scope="module")
def shared() -> Iterator[Worker]:
    """One worker for the tests that leave it in good health."""
    found = Worker()
    yield found
    found.close()


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A worker with little patience; it still gets 30 s to start."""
    found = Worker(seconds=0.6)
    yield found
    found.close()


def reader() -> BaseProcess:
    """The newest worker's process."""
    return max(
        (each for each in multiprocessing.active_children() if each.name == "reader"),
        key=lambda each: each.pid or 0,
    )


def test_it_reads_like_the_reader_in_this_process(shared: Worker) -> None:
    """The same Reading, whichever process made it: `explain` and the daemon agree."""
    for raw in (GOOD, letter(CALM, number=2).raw, letter("Gr\u00fc\u00dfe", number=3).raw):
        assert shared.read(raw, "en") == read_here(raw, "en") == Here().read(raw, "en")


def test_a_message_without_words_has_no_polarity(shared: Worker) -> None:
    """Nothing written, nothing felt."""
    assert shared.mood(shared.read(letter("   ").raw, "en").message) is None
    assert shared.mood(shared.read(GOOD, "en").message) is not None


def test_only_english_has_a_polarity(shared: Worker) -> None:
    """TextBlob would find "die" and "gut" in German, and mean something else."""
    german = letter("Die Bilder sind gut, aber die Texte fehlen noch immer.").raw
    found = shared.read(german, "en")
    assert (found.message.language, found.polarity) == ("de", None)


def test_unreadable_mail_is_said_and_the_worker_lives(shared: Worker) -> None:
    """An error of the message is no error of the process."""
    shared.read(GOOD, "en")
    before = reader().pid
    for raw in (b"", b"\r\nno header", b"\0" * 1_000, b"\xff" * 1_000):
        with pytest.raises(UnreadableMail):
            shared.read(raw, "en")
        with pytest.raises(UnreadableMail):
            read_here(raw, "en")
    assert shared.read(GOOD, "en").message.subject == "The website"
    assert reader().pid == before


def test_two_hundred_messages_in_one_process(shared: Worker) -> None:
    """Kept warm: the same process, in a time that 200 starts could never make."""
    shared.read(GOOD, "en")
    before = reader().pid
    for number in range(200):
        found = shared.read(letter(FURIOUS, number=number).raw, "en")
        assert found.message.message_id == f"<m{number}@client.example>"
    assert reader().pid == before


def test_hostile_mail_does_not_end_it(shared: Worker) -> None:
    """Deep nesting, endless brackets, a header of a hundred kilobytes: read or refused, in time."""
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(500)
    )
    hostile = [
        b"From: " + b"(" * 20_000 + b"\r\n\r\nx",
        b"Subject: x\r\n" + deep,
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 40_000,
        b"Content-Type: " + b"x;a=b" * 30_000 + b"\r\n\r\nx",
        b"References: " + b"<a@b>" * 40_000 + b"\r\n\r\nx",
        b"Subject: x\r\n\r\n" + b">" * 200_000,
        os.urandom(1) * 250_000,
    ]
    for raw in hostile:
        with contextlib.suppress(UnreadableMail):
            assert shared.read(raw, "en").message.language
    assert shared.read(GOOD, "en").message.subject == "The website"


def test_a_worker_that_hangs_is_killed_at_its_deadline(worker: Worker) -> None:
    """Stopped by a signal, it answers never: that message is unreadable, and the next is read by a new one."""
    worker.read(GOOD, "en")
    stuck = reader().pid
    assert stuck is not None
    os.kill(stuck, signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(UnreadableMail, match=r"longer than 0\.6 s"):
        worker.read(GOOD, "en")
    assert 0.5 < time.monotonic() - started < 5.0
    assert worker.read(GOOD, "en").message.subject == "The website"
    assert reader().pid != stuck
    assert _gone(stuck)


def test_a_message_that_takes_too_long_is_given_up() -> None:
    """Without any patience each message is too slow; the process of each is killed."""
    hasty = Worker(seconds=0.0)
    before = multiprocessing.active_children()
    for _ in range(2):
        with pytest.raises(UnreadableMail, match="longer than 0 s"):
            hasty.read(GOOD + b"x" * 200_000, "en")
        assert multiprocessing.active_children() == before
    hasty.close()


@pytest.mark.parametrize("moment", ["before", "while"])
def test_a_worker_that_is_killed_costs_no_message(worker: Worker, moment: str) -> None:
    """By somebody's hand, say: the message is read by a new process, and is not to blame."""
    worker.read(GOOD, "en")
    victim = reader()
    assert victim.pid is not None
    if moment == "before":
        os.kill(victim.pid, signal.SIGKILL)
        victim.join(10)
        assert worker.read(GOOD, "en").message.subject == "The website"
    else:
        os.kill(victim.pid, signal.SIGSTOP)
        killer = threading.Timer(0.1, os.kill, (victim.pid, signal.SIGKILL))
        killer.start()
        assert worker.read(GOOD, "en").message.subject == "The website"
        killer.join()


def ids(answers: list[Reading | UnreadableMail]) -> list[str]:
    """What came back, in order: a Message-ID, or why there is none."""
    return [
        str(each) if isinstance(each, UnreadableMail) else str(each.message.message_id)
        for each in answers
    ]


def test_many_at_once_come_back_in_their_order(shared: Worker) -> None:
    """Small and large ones, and one that is no mail among them."""
    bodies = [CALM, "x" * 120_000, CALM, "y " * 110_000, FURIOUS]
    raws = [letter(text, number=number).raw for number, text in enumerate(bodies)]
    raws.insert(2, b"no header")
    found = ids(shared.read_all(raws, "en"))
    assert found[:2] + found[3:] == [f"<m{number}@client.example>" for number in range(5)]
    assert "no header" in found[2]
    assert shared.read_all([], "en") == []


def test_a_worker_that_dies_in_mid_batch_costs_no_message(worker: Worker) -> None:
    """Whoever it was at, and whoever waited behind it, is read by a new one."""
    worker.read(GOOD, "en")
    victim = reader().pid
    assert victim is not None
    killer = threading.Timer(0.05, os.kill, (victim, signal.SIGKILL))
    killer.start()
    raws = [letter("z " * 60_000, number=number).raw for number in range(12)]
    assert ids(worker.read_all(raws, "en")) == [
        f"<m{number}@client.example>" for number in range(12)
    ]
    killer.join()


def test_after_an_interruption_no_answer_is_taken_for_another(worker: Worker) -> None:
    """Ctrl-C while an answer is awaited: the next question is not answered by the last one's."""
    worker.read(GOOD, "en")

    class Interrupted(bytes):
        def __reduce__(self) -> str:
            raise KeyboardInterrupt

    raws = [letter(number=1).raw, Interrupted(letter(number=2).raw), letter(number=3).raw]
    with pytest.raises(KeyboardInterrupt):
        worker.read_all(raws, "en")
    again = [letter(number=10).raw, letter(number=11).raw]
    assert ids(worker.read_all(again, "en")) == ["<m10@client.example>", "<m11@client.example>"]


def test_its_memory_is_limited(shared: Worker) -> None:
    """RLIMIT_AS holds in the worker and not in this process."""
    shared.read(GOOD, "en")
    limits = Path(f"/proc/{reader().pid}/limits")
    if not limits.exists():
        pytest.skip("no /proc on this platform")
    (line,) = (
        each for each in limits.read_text().splitlines() if each.startswith("Max address space")
    )
    assert str(worker_module.MEMORY_BYTES) in line
    ours = Path("/proc/self/limits").read_text()
    assert str(worker_module.MEMORY_BYTES) not in ours


def test_its_time_is_limited_by_the_system_too(shared: Worker) -> None:
    """RLIMIT_CPU, raised before each message: where the parent can't watch the clock."""
    shared.read(GOOD, "en")
    limits = Path(f"/proc/{reader().pid}/limits")
    if not limits.exists():
        pytest.skip("no /proc on this platform")
    (line,) = (each for each in limits.read_text().splitlines() if each.startswith("Max cpu time"))
    soft = int(line.split()[3])
    assert worker_module.SECONDS_A_MESSAGE < soft < 60


def test_ctrl_c_is_for_the_parent(shared: Worker) -> None:
    """The terminal sends it to both; the worker goes on until the parent ends it."""
    shared.read(GOOD, "en")
    process = reader()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    assert shared.read(GOOD, "en").message.subject == "The website"
    assert reader().pid == process.pid


def test_threads_take_turns(shared: Worker) -> None:
    """Each thread gets the answer to its own message."""
    wrong: list[str] = []

    def read(number: int) -> None:
        for each in range(number, number + 20):
            found = shared.read(letter(number=each).raw, "en").message.message_id
            if found != f"<m{each}@client.example>":
                wrong.append(str(found))

    threads = [threading.Thread(target=read, args=(start,)) for start in (0, 100, 200)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert wrong == []


def test_closing_ends_the_process() -> None:
    """And a closed worker may be used again."""
    worker = Worker()
    worker.read(GOOD, "en")
    first = reader().pid
    assert first is not None
    worker.close()
    assert _gone(first)
    assert worker.read(GOOD, "en").message.subject == "The website"
    second = reader().pid
    worker.close()
    assert second is not None
    assert _gone(second)


def _gone(pid: int) -> bool:
    """Whether a child has ended and has been waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


NEWSLETTER = letter(
    FURIOUS, number=77, headers=(("List-Unsubscribe", "<https://news.example/out>"),)
).raw


def test_what_the_header_shows_to_be_no_persons_is_read_no_further(worker: Worker) -> None:
    """Its words are not cut out, TextBlob is not asked; of a person's mail it is asked at once."""
    screen = ByHeader(profile(), rulebook.load().screening)
    news, person = worker.read_all([NEWSLETTER, GOOD], "en", screen)
    assert isinstance(news, Reading)
    assert isinstance(person, Reading)
    assert (news.message.whole, news.message.own_words, news.polarity) == (False, "", None)
    assert person.message.whole
    assert person.polarity == mood(person.message)
    (asked_for,) = worker.read_all([NEWSLETTER], "en")
    assert isinstance(asked_for, Reading)
    assert asked_for.message.whole, "without a screen all of it is read"


def test_each_account_is_screened_by_its_own(worker: Worker) -> None:
    """Also after the worker died, and the next has been told nothing."""
    book = rulebook.load().screening
    spared = replace(book, never_screened=("@client.example",))
    for screen, whole in (
        (ByHeader(profile(), book), False),
        (ByHeader(profile(), spared), True),
        (ByHeader(profile(), book), False),
    ):
        for _ in range(2):
            (news,) = worker.read_all([NEWSLETTER], "en", screen)
            assert isinstance(news, Reading)
            assert news.message.whole is whole
            victim = (
                reader()
            )  # asked again, a dead one is not among them: we would wait for another's
            victim.kill()
            victim.join()
