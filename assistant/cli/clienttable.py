"""Clients in a table: those at risk with what says so, the others in a line each. What strangers wrote is cleaned first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assistant.cases.today import spoken_day
from assistant.cases.trend import Sign
from assistant.cases.usual import Usual
from assistant.clean import clean_text
from assistant.cli.todaypage import who_is
from assistant.model import Client

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.cli.clientele import Known

NAMELESS = "(no name)"
"""Offline, or where their mail was moved away."""
_COLUMNS = (("Mails", 5), ("Unhappy", 7), ("Answer", 9), ("Last", 11), ("Case", 8))
_NUMBERS = ("Mails", "Unhappy", "Answer")


@dataclass(frozen=True, slots=True)
class Row:
    """One client of one account."""

    account: str
    known: Known
    year: Usual
    signs: tuple[Sign, ...]
    cases: tuple[str, ...]
    """The names of those that are open."""
    client: Client | None = None
    """None where nobody knows who that is."""

    @property
    def rank(self) -> tuple[int, int, float]:
        """Who has most signs comes first, then who wrote most."""
        return -len(self.signs), -self.year.messages, -self.year.last.timestamp()


def show_all(rows: Sequence[Row], now: datetime, console: Console, *, only_risks: bool) -> None:
    """The table.

    Args:
        now: in the user's zone.
        only_risks: the others were left out.
    """
    if not rows:
        console.print("Nobody is at risk." if only_risks else "Nobody wrote in the last year.")
        return
    odd, others = [e for e in rows if e.signs], [e for e in rows if not e.signs]
    console.print(_table([], now, head=True))
    for each in odd:
        console.print(_table([each], now))
        for sign in each.signs:
            console.print(Padding(Text(clean_text(sign.text, 120), style="red"), (0, 0, 0, 4)))
    if others:
        console.print(_table(others, now))
    several = len({each.account for each in rows}) > 1
    told = f"{len(rows)} client{'s' * (len(rows) != 1)}, {len(odd)} at risk"
    note = "; who wrote to several accounts is here for each" if several else ""
    how = "The last year; an answer usually takes so many working hours"
    console.print(Text(f"\n{told}. {how}{note}.", style="dim"))


def _table(rows: Sequence[Row], now: datetime, *, head: bool = False) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for title, width in _COLUMNS:
        side: Literal["left", "right"] = "right" if title in _NUMBERS else "left"
        table.add_column(width=width, no_wrap=True, overflow="ellipsis", justify=side)
    if head:
        table.add_row(*(Text(each, style="bold") for each in ("Client", *(c[0] for c in _COLUMNS))))
    for each in rows:
        table.add_row(*_cells(each, now))
    return table


def _cells(row: Row, now: datetime) -> Iterator[Text]:
    year, cases = row.year, row.cases
    yield Text(who_is(row.client) if row.client else NAMELESS, style="bold" if row.signs else "")
    yield Text(str(year.messages))
    yield Text(str(year.unhappy or "–"), style="" if year.unhappy else "dim")
    yield Text("–" if year.wait is None else _hours(year.wait))
    yield Text(spoken_day(year.last.astimezone(now.tzinfo).date(), now.date()))
    yield Text(cases[0] if len(cases) == 1 else f"{len(cases)} open" if cases else "")


def _hours(hours: float) -> str:
    return f"{hours:.0f} h" if hours >= 1 else "under 1 h"


def as_json(row: Row) -> dict[str, Any]:
    """A client for programs."""
    client, year = row.client, row.year
    person = client.people[0] if client and client.people else None
    return {
        "client": client.key if client else None,
        "name": (client.name or None) if client else None,
        "person": (person.name or person.email) if person else None,
        "account": row.account,
        "at_risk": bool(row.signs),
        "signs": [{"kind": each.kind, "text": each.text} for each in row.signs],
        "messages": year.messages,
        "unhappy": year.unhappy,
        "usual_wait_hours": None if year.wait is None else round(year.wait, 2),
        "last": year.last.isoformat(),
        "open_cases": list(row.cases),
    }
