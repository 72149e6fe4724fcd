"""`rules hits`: how often each rule was heard, and what the user said of the messages in which it was."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.rules import rules

if TYPE_CHECKING:
    from assistant.model import RuleBook
    from assistant.store import RuleHits

FEW = 2
"""Corrections from which a rule is pointed out."""
ENOUGH = 200
"""Judged messages from which it says something that a rule was never heard."""
_COLUMNS = ("Pts", "Flagged", "Un-\nflagged", "Con-\nfirmed", "Not\nupset", "Other\ntone", "Missed")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, or one of the other voices, with what is known of it."""

    hits: RuleHits
    points: int | None
    """None for what has no points of its own, and for what is in the rules no more."""
    shipped: bool
    known: bool

    @property
    def note(self) -> str:
        """What the user should know of it; mostly nothing."""
        hits = self.hits
        if not self.known and hits.messages:
            return "not in the rules any more"
        if self.points is None:
            return ""
        if self.points > 0 and hits.wrong >= FEW and hits.wrong > hits.flagged - hits.wrong:
            return "hit mostly where you said not upset"
        if self.points < 0 and hits.missed >= FEW and hits.missed > hits.unflagged - hits.missed:
            return "hit mostly where you said upset"
        return ""


@rules.command()
@click.option("--account", metavar="ADDRESS", help="In this account's mail only.")
@click.option("--all", "everything", is_flag=True, help="Also rules that were never heard.")
@click.option("--json", "as_json", is_flag=True, help="Everything, for machines.")
@click.pass_obj
def hits(config_path: Path | None, account: str | None, everything: bool, as_json: bool) -> None:
    """How often each rule was heard, in messages that are still remembered.

    Flagged and unflagged mail; marks that you let stand for more than a day; and what you corrected
    (docs/corrections.md). Rules that do nothing, or harm, are pointed out.
    """
    from assistant.cli import wiring
    from assistant.cli.correct import chosen
    from assistant.store import Database, rule_hits

    setup = wiring.read_setup(config_path)
    names = chosen(setup.config, account)
    with contextlib.closing(Database.scratch(setup.config.state_file)) as database:
        total, found = rule_hits(database, names, wiring.now())
    lines = _lines(setup.rulebook, found)
    if as_json:
        click.echo(json.dumps(_as_json(names, total, lines), indent=2))
    else:
        _show(lines, total, everything=everything)


def _lines(book: RuleBook, found: Mapping[str, RuleHits]) -> list[Line]:
    """Every rule and whatever else was heard, the most heard first."""
    from assistant.store import RuleHits
    from assistant.tone.voices import POLARITY, READER, WORDS

    origins = [(each.id, each.points, each.origin) for each in book.rules]
    origins += [(each.id, each.points, each.origin) for each in book.behaviours]
    lines = [
        Line(found.get(rule, RuleHits(rule)), points, _shipped(origin), known=True)
        for rule, points, origin in origins
    ]
    named = {each.hits.rule for each in lines}
    lines += [
        Line(each, None, shipped=True, known=rule in (POLARITY, READER, WORDS))
        for rule, each in found.items()
        if rule not in named
    ]
    return sorted(lines, key=lambda line: (-line.hits.messages, line.hits.rule))


def _shipped(origin: str) -> bool:
    """Whether a rule is as it came with the program (assistant.rulebook.load names the files)."""
    return all(name.startswith("rules/") for name in origin.split(", "))


def _as_json(names: Sequence[str], total: int, lines: Sequence[Line]) -> dict[str, object]:
    return {
        "accounts": list(names),
        "judged": total,
        "rules": [
            {
                "rule": each.hits.rule,
                "points": each.points,
                "flagged": each.hits.flagged,
                "unflagged": each.hits.unflagged,
                "confirmed": each.hits.confirmed,
                "not_upset": each.hits.wrong,
                "other_tone": each.hits.other,
                "missed": each.hits.missed,
                "last": each.hits.last.isoformat() if each.hits.last else None,
                "note": each.note or None,
            }
            for each in lines
        ],
    }


def _show(lines: Sequence[Line], total: int, *, everything: bool) -> None:
    from rich.text import Text

    from assistant.cli import show

    out = show.console()
    heard = [each for each in lines if each.hits.messages]
    table = show.plain_table()
    table.padding = (0, 1, 0, 0)  # 80 columns hold it all
    table.add_column("Rule", overflow="fold", vertical="bottom")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Last", no_wrap=True)
    for each in lines if everything else heard:
        table.add_row(
            Text(each.hits.rule, style="bold"),
            Text("–" if each.points is None else f"{each.points:+d}"),
            *(Text(str(number or "–")) for number in _numbers(each.hits)),
            Text(_day(each.hits.last)),
        )
    if table.row_count:
        out.print(table)
        out.print()
    for each in heard:
        if each.note:
            out.print(Text(f"{each.hits.rule}: {each.note} ({_told(each.hits)})", style="yellow"))
    out.print(_summary(lines, len(heard), total), markup=False)


def _numbers(hits: RuleHits) -> tuple[int, ...]:
    return hits.flagged, hits.unflagged, hits.confirmed, hits.wrong, hits.other, hits.missed


def _day(when: datetime | None) -> str:
    return f"{when.astimezone():%Y-%m-%d}" if when else "never"


def _told(hits: RuleHits) -> str:
    return (
        f"{hits.flagged} flagged, {hits.wrong} of them not upset; {hits.unflagged} unflagged, "
        f"{hits.missed} of them missed"
    )


def _summary(lines: Sequence[Line], heard: int, total: int) -> str:
    """How many rules were heard, and which of the user's own never were."""
    rules = [each for each in lines if each.points is not None]
    silent = [each for each in rules if not each.hits.messages]
    judged = f"{total} judged message{'s' * (total != 1)}"
    if not total:
        return "no message was judged yet"
    text = f"{heard} rules and voices were heard in {judged}; {len(silent)} rules never were"
    own = [each.hits.rule for each in silent if not each.shipped]
    if total < ENOUGH:
        return f"{text}, which says little before {ENOUGH}."
    if own:
        return f"{text}, of your own: {', '.join(own)}."
    return f"{text} (--all shows them)."
