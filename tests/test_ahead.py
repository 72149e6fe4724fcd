"""The worker is kept busy while messages are judged."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from assistant.errors import ReaderUnavailable, UnreadableMail
from assistant.model import Fetched, Reading
from assistant.service.ahead import read_ahead
from assistant.worker import read_here
from tests.builders import NOW
from tests.letters import letter

SECONDS = 20


def fews(count: int) -> Iterator[list[Fetched]]:
    """Two messages at once."""
    for uid in range(1, 2 * count, 2):
        yield [fetched(uid), fetched(uid + 1)]


def fetched(uid: int) -> Fetched:
    raw = letter(number=uid).raw
    return Fetched(uid, raw, frozenset(), NOW, len(raw))


def read(few: Sequence[Fetched]) -> list[Reading | UnreadableMail]:
    return [read_here(each.raw) for each in few]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_all_come_in_their_order_each_with_its_own_reading(count: int) -> None:
    """None is left out at the end, none is given another's words."""
    found = [pair for few in read_ahead(fews(count), read) for pair in few]
    assert [each.uid for each, _ in found] == list(range(1, 2 * count + 1))
    for each, answer in found:
        assert isinstance(answer, Reading)
        assert answer.message.message_id == f"<m{each.uid}@client.example>"


def test_the_next_are_read_while_the_last_are_judged() -> None:
    """Whoever judges does not keep the worker waiting."""
    second = threading.Event()

    def noting(few: Sequence[Fetched]) -> list[Reading | UnreadableMail]:
        if few[0].uid == 3:
            second.set()
        return read(few)

    with closing(read_ahead(fews(2), noting)) as ahead:
        first = next(ahead)
        assert [each.uid for each, _ in first] == [1, 2]
        assert second.wait(SECONDS), "the second two are read before anybody asks for them"


def test_a_failure_comes_after_what_was_read_before_it() -> None:
    """What could be read is judged first."""

    def failing(few: Sequence[Fetched]) -> list[Reading | UnreadableMail]:
        if few[0].uid == 3:
            raise ReaderUnavailable("no worker", hint="")
        return read(few)

    seen: list[int] = []
    with pytest.raises(ReaderUnavailable):
        seen.extend(each.uid for few in read_ahead(fews(3), failing) for each, _ in few)
    assert seen == [1, 2]


def test_who_stops_early_leaves_no_thread() -> None:
    """A scan that is stopped waits for what is being read, and for no more."""
    with closing(read_ahead(fews(50), read)) as ahead:
        next(ahead)
    assert not [each for each in threading.enumerate() if each.name.startswith("reading")]
