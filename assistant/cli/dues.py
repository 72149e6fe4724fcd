"""What is due in the cases of an account, for `status`: from the state alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from assistant.service.report import Reminder

if TYPE_CHECKING:
    from assistant.cli.wiring import Setup
    from assistant.config import Account
    from assistant.model import Clock
    from assistant.store import Database

MOST = 3
"""Lines; `assistant cases` has them all."""


@dataclass(frozen=True, slots=True)
class Dues:
    """The open cases of an account, and the clocks in them, the soonest first."""

    open: int
    clocks: tuple[tuple[str, Clock], ...]
    """The name of a case, and what is to happen."""
    now: datetime
    zone: tzinfo

    @classmethod
    def read(cls, setup: Setup, account: Account, database: Database) -> Dues:
        from assistant.cases.office import zone_of
        from assistant.cli import casework, wiring
        from assistant.store import CaseBook

        heats = setup.rulebook_of(account).heats
        book = CaseBook(database, heats)
        found = [
            each
            for each in casework.cases(setup, book, account.mailbox_address)
            if each.standing.progress.open
        ]
        clocks = [(each.name, clock) for each in found for clock in each.standing.clocks]
        clocks.sort(key=lambda pair: (pair[1].due, pair[0]))
        zone = zone_of(wiring.profile(setup.config, account).calling)
        return cls(len(found), tuple(clocks), wiring.now(), zone)

    @property
    def rung(self) -> list[tuple[str, Clock]]:
        """Those that the user is to be reminded of by now."""
        return [pair for pair in self.clocks if pair[1].rings <= self.now]

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Label, text and style; none where there is no open case."""
        if not self.open:
            return
        late = sum(clock.due <= self.now for _, clock in self.rung)
        yield "Cases", f"{self.open} open" + f", {late} overdue" * bool(late), "red" * bool(late)
        shown = self.rung or self.clocks[:1]
        for nth, (name, clock) in enumerate(shown[:MOST]):
            due = clock.due.astimezone(self.zone)
            style = "red" if due <= self.now else ""
            yield "" if nth else "Due", Reminder(name, clock.name, due, clock.number).told, style
        if len(shown) > MOST:
            yield "", f"{len(shown) - MOST} more: `assistant cases`", ""

    def as_json(self) -> dict[str, Any]:
        """For machines: what the user is to be reminded of."""
        return {
            "open": self.open,
            "due": [
                {
                    "case": name,
                    "clock": clock.name,
                    "action": clock.number or None,
                    "due": clock.due.isoformat(),
                    "overdue": clock.due <= self.now,
                }
                for name, clock in self.rung
            ],
        }
