"""The worker reads the next few messages while the last few are judged and remembered, or their drafts are laid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from assistant.errors import UnreadableMail
from assistant.model import Fetched, Reading
from assistant.service.suspects import FewAtOnce

Answers = Sequence[Reading | UnreadableMail]


class ReadAhead:
    """Messages with what was read of them, a few at once, in their order; the first few are read from now on.

    Fetching stays with the caller's thread, for a connection is nobody else's; only the wait for the worker is
    another's. To close it is to wait for what is being read.

    Raises:
        Whatever `fews` and `read` raise, where it belongs in the order.
    """

    def __init__(
        self, fews: Iterable[Sequence[Fetched]], read: Callable[[Sequence[Fetched]], Answers]
    ) -> None:
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._fews = iter(fews)
        self._read = read
        self._next = self._begin()

    def __iter__(self) -> Iterator[list[tuple[Fetched, Reading | UnreadableMail]]]:
        while self._next is not None:
            few, reading = self._next
            self._next = self._begin()
            yield list(zip(few, reading.result(), strict=True))

    def close(self) -> None:
        self._beside.shutdown()

    def _begin(self) -> tuple[Sequence[Fetched], Future[Answers]] | None:
        few = next(self._fews, None)
        return None if few is None else (few, self._beside.submit(self._read, few))


@dataclass(frozen=True, slots=True)
class Batch:
    """What is judged before anything of it is performed; its first few are being read."""

    uids: Sequence[int]
    fetched: FewAtOnce
    fews: ReadAhead

    def close(self) -> None:
        self.fews.close()
