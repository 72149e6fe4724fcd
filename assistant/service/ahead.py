"""The worker reads the next few messages while the last few are judged and remembered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from assistant.errors import UnreadableMail
from assistant.model import Fetched, Reading

Answers = Sequence[Reading | UnreadableMail]


def read_ahead(
    fews: Iterable[Sequence[Fetched]], read: Callable[[Sequence[Fetched]], Answers]
) -> Generator[list[tuple[Fetched, Reading | UnreadableMail]], None, None]:
    """Messages with what was read of them, a few at once, in their order.

    Fetching stays with the caller's thread, for a connection is nobody else's; only the wait for the worker is
    another's. Whoever stops early waits for what is being read.

    Raises:
        Whatever `fews` and `read` raise, where it belongs in the order.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as beside:
        before: tuple[Sequence[Fetched], Future[Answers]] | None = None
        for few in fews:
            reading = beside.submit(read, few)
            if before is not None:
                yield _together(*before)
            before = few, reading
        if before is not None:
            yield _together(*before)


def _together(
    few: Sequence[Fetched], reading: Future[Answers]
) -> list[tuple[Fetched, Reading | UnreadableMail]]:
    return list(zip(few, reading.result(), strict=True))
