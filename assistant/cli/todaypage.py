"""`today` on a page: most urgent first, cut where a page ends. What strangers wrote is cleaned first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assistant.cases.today import Call, Due, Laid, Promise, Risk, Today, spoken, spoken_day
from assistant.clean import clean_text
from assistant.model import Case, Client

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
Row = tuple[Text, Text, Text]

MOST_CALLS, MOST_DUE, MOST_DRAFTS, MOST_PROMISES, MOST_RISKS = 5, 5, 3, 3, 2
_STYLES = {1: "cyan", 2: "blue", 3: "yellow", 4: "red", 5: "bold red"}
"""Of tones, as in lists."""
_KINDS = {
    "holding": "holding reply",
    "summary": "summary of the call",
    "update": "progress update",
    "checkin": "check-in",
    "parting": "parting letter",
}


def show(today: Today, console: Console) -> None:
    """The page on a terminal."""
    console.print(_title(today))
    if not any((today.calls, today.due, today.drafts, today.promises, today.risks)):
        console.print("\nNothing waits for you: nobody to call, nothing due, no draft.")
        return
    now = today.now
    _section(console, "Call first", today.calls, MOST_CALLS, _calls)
    _section(
        console, "Due", today.due, MOST_DUE, lambda some: _table(_due(each, now) for each in some)
    )
    _section(
        console, "Drafts to read and send", today.drafts, MOST_DRAFTS,
        lambda some: _table(_draft(*each, now) for each in some),
    )  # fmt: skip
    _section(
        console, "You promised: raise it before they do", today.promises, MOST_PROMISES,
        lambda some: _table((_promise(*each, now) for each in some), wrap=True), today.more_promises,
    )  # fmt: skip
    _section(console, "At risk: they write otherwise than usual", today.risks, MOST_RISKS, _risks)
    if today.calls:
        key = today.calls[0].case.key
        console.print(
            Text(
                f"\nassistant brief {key}  prepares the call\nassistant called {key}  notes what was agreed",
                style="dim",
            )
        )


def as_json(today: Today) -> dict[str, Any]:
    """All of it for programs, nothing cut."""
    return {
        "now": today.now.isoformat(),
        "calls": [
            {**_case(each.case), "heat": each.case.progress.heat, "points": each.points, "why": list(each.why)}
            for each in today.calls
        ],
        "due": [
            {**_case(each.case), "clock": each.clock.name, "number": each.clock.number, "what": each.what,
             "due": each.clock.due.isoformat(), "late": each.late(today.now)}
            for each in today.due
        ],
        "drafts": [
            {**_case(case), "kind": laid.kind, "since": laid.at.isoformat()} for case, laid in today.drafts
        ],
        "promises": [
            {"case": each.case or None, "client": client.key if client else None, "quote": each.quote,
             "due": each.due.isoformat(), "written": each.written.isoformat() if each.written else None,
             "subject": each.subject or None}
            for client, each in today.promises
        ],
        "more_promises": today.more_promises,
        "at_risk": [
            {"client": each.client.key, "signs": [{"kind": one.kind, "text": one.text} for one in each.signs]}
            for each in today.risks
        ],
    }  # fmt: skip


def _case(case: Case) -> dict[str, Any]:
    return {
        "case": case.key,
        "account": case.account,
        "client": case.client.key,
        "subject": case.subject,
        "stage": case.progress.stage.value,
        "owner": case.progress.owner or None,
    }


def _title(today: Today) -> Text:
    counts = [
        (len(today.calls), "to call"),
        (len(today.due), "due"),
        (len(today.drafts), "draft" if len(today.drafts) == 1 else "drafts"),
    ]
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    now = today.now
    return Text.assemble(
        (f"{now:%A}, {now.day} {now:%B %Y}, {now:%H:%M}", "bold"), f": {told}" if told else ""
    )


def _section(
    console: Console,
    title: str,
    all_: Sequence[T],
    most: int,
    made: Callable[[Sequence[T]], Any],
    more: int = 0,
) -> None:
    if not all_:
        return
    console.print(Text(f"\n{title}", style="bold"))
    console.print(made(all_[:most]))
    more += max(0, len(all_) - most)
    if more:
        console.print(Text(f"    and {more} more", style="dim"))


def _calls(calls: Sequence[Call]) -> Group:
    return Group(*(part for number, each in enumerate(calls, 1) for part in _call(each, number)))


def _call(call: Call, number: int) -> Iterator[Table | Padding]:
    case = call.case
    head = Table.grid(expand=True)
    head.add_column(justify="right", width=2)
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    owner = f" (with {clean_text(case.progress.owner, 20)})" if case.progress.owner else ""
    who = Text.assemble(". ", (who_is(case.client), "bold"), owner)
    head.add_row(Text(str(number)), who, Text(case.key))
    yield head
    first, *rest = call.why
    style = _STYLES.get(case.progress.heat, "bold")
    why = Text.assemble((first, style), *(f" · {clean_text(each, 120)}" for each in rest))
    ask = f"ask for {clean_text(case.client.contact, 60)}" if case.client.contact else ""
    for each in (_line(_subject(case)), why, _line(ask)):
        if each:
            yield Padding(each, (0, 0, 0, 4))


def _line(text: str) -> Text:
    """Never more than one."""
    return Text(text, no_wrap=True, overflow="ellipsis")


def _table(rows: Iterable[Row], *, wrap: bool = False) -> Padding:
    """When, what, and a case's key; what is cut to a line, unless it may wrap."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=not wrap, overflow="fold" if wrap else "ellipsis")
    table.add_column(justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return Padding(table, (0, 0, 0, 4))


def _due(due: Due, now: datetime) -> Row:
    late = due.late(now)
    when = Text(
        f"{'was ' if late else ''}{spoken(due.clock.due, now)}", style="red" if late else ""
    )
    return when, _about(due.case.client, due.what), Text(due.case.key)


def _draft(case: Case, laid: Laid, now: datetime) -> Row:
    kind = _KINDS.get(laid.kind, clean_text(laid.kind, 20))
    return (
        Text(spoken(laid.at, now)),
        _about(case.client, f"{kind}, {_subject(case)}"),
        Text(case.key),
    )


def _promise(client: Client | None, promise: Promise, now: datetime) -> Row:
    past = promise.due < now.date()
    when = f"{'was ' if past else 'by '}{spoken_day(promise.due, now.date())}"
    quote = f"“{clean_text(promise.quote, 70)}”"
    if promise.written is not None:
        quote = f"you wrote {_on(promise.written, now.date())}: {quote}"
    what = _about(client, quote) if client else Text(quote)
    return Text(when, style="red" if past else ""), what, Text(promise.case)


def _on(day: date, today: date) -> str:
    said = spoken_day(day, today)
    return said if said in ("today", "yesterday") else f"on {said}"


def _risks(risks: Sequence[Risk]) -> Padding:
    def lines() -> Iterator[Text]:
        for each in risks:
            yield Text(_name(each.client), style="bold")
            yield from (Text(f"  {clean_text(sign.text, 120)}") for sign in each.signs[:2])

    return Padding(Text("\n").join(lines()), (0, 0, 0, 4))


def _about(client: Client, text: str) -> Text:
    return Text.assemble((f"{_name(client)}: ", "bold"), clean_text(text, 160))


def _subject(case: Case) -> str:
    return f"“{clean_text(case.subject, 60)}”" if case.subject.strip() else "(no subject)"


def _name(client: Client) -> str:
    """As short as it can be."""
    return clean_text(client.name or _person(client) or client.key, 24)


def who_is(client: Client) -> str:
    """A person and their firm, as far as they are known."""
    person, firm = _person(client), clean_text(client.name or client.key, 30)
    return f"{person}, {firm}" if person and person.casefold() != firm.casefold() else firm


def _person(client: Client) -> str:
    first = client.people[0] if client.people else None
    return clean_text(first.name or first.email, 30) if first else ""
