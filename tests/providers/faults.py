"""What a test can order a server to do wrong, each order for one command."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field

SOMEHOW = "NO [UNAVAILABLE] Temporary system problem"


@dataclass(frozen=True, slots=True)
class Fault:
    """One order. What isn't set is done as always."""

    answer: str = ""
    """Given instead of doing the command."""
    early: bool = False
    """Given before a literal is asked for (RFC 9051 section 7.6)."""
    cut: str = ""
    """``before`` or ``after`` doing the command: the connection ends without an answer."""
    every: float = 0.0
    """Seconds from one byte of the answer to the next."""
    released: threading.Event | None = field(default=None)
    """The command waits for it."""


class Faults:
    """Orders by verb, in the order in which they were given. `UID` belongs to the verb."""

    def __init__(self) -> None:
        self._orders: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._hanging: list[threading.Event] = []

    def refuse_next(self, verb: str, answer: str = SOMEHOW, *, early: bool = False) -> None:
        """Answer the next such command with this, and don't do it."""
        self._order(verb, Fault(answer=answer, early=early))

    def cut_before(self, verb: str) -> None:
        """End the connection at the next such command, which is not done."""
        self._order(verb, Fault(cut="before"))

    def cut_after(self, verb: str) -> None:
        """Do the next such command and end the connection in place of an answer; in IDLE, at once."""
        self._order(verb, Fault(cut="after"))

    def hang(self, verb: str) -> threading.Event:
        """Let the next such command wait until the event is set, or the server is closed."""
        released = threading.Event()
        self._hanging.append(released)
        self._order(verb, Fault(released=released))
        return released

    def drip(self, verb: str, every: float = 0.05) -> None:
        """Answer the next such command byte by byte."""
        self._order(verb, Fault(every=every))

    @property
    def waiting(self) -> bool:
        """Whether an order has not been met by its command yet."""
        with self._lock:
            return any(self._orders.values())

    def clear(self) -> None:
        """Forget every order, and let go of everything that hangs."""
        with self._lock:
            self._orders.clear()
        self.release()

    def release(self) -> None:
        """Let go of everything that hangs."""
        for released in self._hanging:
            released.set()

    def take(self, verb: str) -> Fault:
        """The order for this command, or none."""
        with self._lock:
            orders = self._orders[verb]
            return orders.popleft() if orders else Fault()

    def take_early(self, verb: str) -> str:
        """The answer to give before the literal, or ""."""
        with self._lock:
            orders = self._orders[verb]
            return orders.popleft().answer if orders and orders[0].early else ""

    def _order(self, verb: str, fault: Fault) -> None:
        with self._lock:
            self._orders[verb.upper()].append(fault)
