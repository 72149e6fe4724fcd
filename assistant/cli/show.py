"""What people see: tables, verdicts, drafts, progress. Every stranger's word is cleaned first."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.clean import clean_lines, clean_text
from assistant.model import Draft, Hit, Message, Outcome, Verdict
from assistant.service.ports import Judged, Performed, Watcher
from assistant.tone.voices import POLARITY, WORDS

if TYPE_CHECKING:
    from rich.progress import Progress

WIDTH_WITHOUT_TERMINAL = 100
LISTS = (WORDS, POLARITY)
"""Hits whose quote is a list of words, not a place in the text."""
_TONE_STYLES = {
    "concerned": "cyan",
    "disappointed": "blue",
    "frustrated": "yellow",
    "angry": "red",
    "hostile": "bold red",
}


def console() -> Console:
    """Standard output: coloured only on a terminal."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False)


def verdict_word(outcome: Outcome) -> Text:
    """One word for a message: its tone, "fine", or in brackets why it wasn't judged."""
    if outcome.verdict is None:
        return Text(f"({outcome.skip.reason})" if outcome.skip else "", style="dim")
    return tone_word(outcome.verdict)


def tone_word(verdict: Verdict) -> Text:
    """One word for a verdict: its tone, or "fine"."""
    if verdict.tone is None:
        return Text("fine", style="green")
    return Text(verdict.tone.id, style=_TONE_STYLES.get(verdict.tone.id, "bold"))


def score(outcome: Outcome) -> str:
    """Points, threshold and cues, to stand behind the verdict's word; nothing where it wasn't judged."""
    verdict = outcome.verdict
    if verdict is None:
        return ""
    cues = f"; about: {', '.join(verdict.cues)}" if verdict.cues else ""
    return f"  {verdict.score} points, flagged at {verdict.threshold}{cues}"


def deciding_words(verdict: Verdict | None, most: int = 2) -> str:
    """The words behind the hits that weigh most."""
    if verdict is None:
        return ""
    told = [hit for hit in verdict.hits if hit.quote and hit.rule not in LISTS]
    quotes = [clean_text(hit.quote, 60) for hit in told if hit.tone]
    if not quotes and verdict.score < 0:
        quotes = [clean_text(hit.quote, 60) for hit in told]
    return ", ".join(f"“{quote}”" for quote in quotes[:most])


def messages_table(judged: Sequence[Judged]) -> Table:
    """A row for each message: who, what, verdict, score, words."""
    table = plain_table()
    table.add_column("From", max_width=18, no_wrap=True, overflow="ellipsis")
    table.add_column("Subject", max_width=28, no_wrap=True, overflow="ellipsis")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("The words that decided", ratio=1)
    for each in judged:
        verdict = each.outcome.verdict
        table.add_row(
            Text(_sender_name(each.message)),
            Text(clean_text(each.message.subject, 60)),
            verdict_word(each.outcome),
            Text(str(verdict.score) if verdict else "–", style="" if verdict else "dim"),
            Text(deciding_words(verdict)),
        )
    return table


def plain_table() -> Table:
    """A table of columns without lines."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))


def _sender_name(message: Message) -> str:
    if message.sender is None:
        return "(nobody)"
    return clean_text(message.sender.name or message.sender.email, 40)


def hits_table(verdict: Verdict) -> Table:
    """A row for each hit: points, rule, then quote and reason in as many lines as they need."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(ratio=1)
    for hit in verdict.hits:
        why = Text()
        if hit.quote:
            colour = "yellow" if hit.points > 0 else "green"
            why.append(f"“{clean_text(hit.quote, 100)}”  ", style=colour)
        why.append(hit.describe)
        why.append(about(hit), style="dim")
        table.add_row(Text(f"  {hit.points:+d}"), Text(hit.rule), why)
    return table


def about(hit: Hit) -> str:
    """What a hit names beside its points, in brackets; empty where it names nothing."""
    notes = [hit.tone, *hit.cues, "subject" if hit.where == "subject" else ""]
    notes = [note for note in notes if note]
    return f"  [{', '.join(notes)}]" if notes else ""


def draft_text(draft: Draft) -> str:
    """A draft as a person would read it."""
    to = f"{draft.to.name} <{draft.to.email}>" if draft.to.name else draft.to.email
    sender = (
        f"{draft.sender.name} <{draft.sender.email}>" if draft.sender.name else draft.sender.email
    )
    head = f"From: {sender}\nTo: {clean_text(to, 200)}\nSubject: {clean_text(draft.subject, 200)}"
    return f"{head}\n\n{clean_lines(draft.text).rstrip()}"


def framed(text: str, width: int) -> str:
    """Text with a line at its left, wrapped to a width."""
    lines = [
        piece
        for line in text.split("\n")
        for piece in textwrap.wrap(line, max(20, min(width, 88) - 4)) or [""]
    ]
    return "\n".join(f"  │ {line}".rstrip() for line in lines)


def as_json(message: Message, outcome: Outcome) -> dict[str, Any]:
    """A message and its outcome for machines; the field names are part of the interface."""
    verdict, draft = outcome.verdict, outcome.draft
    return {
        "identity": outcome.identity,
        "message_id": message.message_id,
        "from": message.sender.email if message.sender else None,
        "subject": message.subject,
        "skip": {"reason": outcome.skip.reason, "detail": outcome.skip.detail}
        if outcome.skip
        else None,
        "dissatisfied": verdict.dissatisfied if verdict else None,
        "tone": verdict.tone.id if verdict and verdict.tone else None,
        "score": verdict.score if verdict else None,
        "threshold": verdict.threshold if verdict else None,
        "cues": list(verdict.cues) if verdict else [],
        "about": verdict.about or None if verdict else None,
        "hits": [
            {
                "rule": hit.rule,
                "points": hit.points,
                "quote": hit.quote,
                "where": hit.where,
                "span": list(hit.span),
                "tone": hit.tone or None,
                "cues": list(hit.cues),
                "describe": hit.describe,
            }
            for hit in (verdict.hits if verdict else ())
        ],
        "language": message.language,
        "via": message.via.email if message.via else None,
        "notes": list(outcome.notes),
        "phones": [phone.number for phone in outcome.phones],
        "own_words": message.own_words,
        "left_out": [{"reason": cut.reason, "text": cut.text} for cut in message.cuts],
        "defects": [{"code": defect.code, "detail": defect.detail} for defect in message.defects],
        "draft": {
            "message_id": draft.message_id,
            "from": draft.sender.email,
            "to": draft.to.email,
            "subject": draft.subject,
            "text": draft.text,
        }
        if draft
        else None,
    }


class Collector(Watcher):
    """Keeps what a pass did, and moves a progress bar on a terminal."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.messages: list[Judged] = []
        self.effects: list[Performed] = []
        self._progress = progress
        self._task = progress.add_task("judging", total=None) if progress else None

    def started(self, total: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)

    def judged(self, judged: Judged) -> None:
        verdict = judged.outcome.verdict
        if verdict is not None and verdict.dissatisfied:
            self.messages.append(judged)
        self._step()

    def passed_over(self, uid: int) -> None:  # noqa: ARG002 - the Watcher's face
        self._step()

    def performed(self, performed: Performed) -> None:
        self.effects.append(performed)

    def _step(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)


class Everything(Collector):
    """Keeps unflagged messages too: for the demo."""

    def judged(self, judged: Judged) -> None:
        self.messages.append(judged)


@contextlib.contextmanager
def progress() -> Iterator[Progress | None]:
    """A progress bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bars

    bar = bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        yield bar


class Counting:
    """A progress bar that one thing counts up, or none where there is no terminal."""

    def __init__(self, bar: Progress | None, what: str, total: int | None) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=total) if bar else None

    def step(self) -> None:
        """One more is done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)

    def total(self, number: int) -> None:
        """So many there are, as far as is known by now."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=number)


@contextlib.contextmanager
def counting(what: str, total: int | None = None) -> Iterator[Counting]:
    """Counts on stderr what is done, if that is a terminal.

    Args:
        total: how many there are; None where that is not known.
    """
    with progress() as bar:
        yield Counting(bar, what, total)


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """Says on stderr what is under way, if that is a terminal, until it is done."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield
