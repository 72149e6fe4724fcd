"""A message's own words on the terminal, its hits highlighted; what nearly counted; the margin.

Where there are no colours, a hit stands between ``>>`` and ``<<``, the reader's sentence between
``{`` and ``}``. Every piece of a stranger's text is cleaned before it is styled.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.clean import clean_lines, clean_text
from assistant.cli import spans, telling
from assistant.cli.spans import Piece
from assistant.model import Hit, Message, Outcome, Verdict
from assistant.tone.flip import Why
from assistant.tone.nearly import Nearly
from assistant.tone.voices import READER

INDENT = " " * 11
FRAME = "  │ "
WIDEST = 88
LONGEST_SUBJECT = 200
TRIFLE = 20
"""Points that a cap took and that are not worth a line."""
MOST_NEARLY = 6
"""How many that nearly counted are shown."""
_LEGEND = "(>>a hit<<, {what the reader went by})"


def subject(message: Message, outcome: Outcome, plain: bool) -> Text:
    """The subject, with what hits in it highlighted."""
    hits = spans.placed(outcome.verdict, "subject")
    if not hits:
        return Text(clean_text(message.subject, LONGEST_SUBJECT))
    text = re.sub(
        r"\s", " ", message.subject
    )  # of the same length, so that the hits stay in their places
    marked = _marked(spans.stretch(text, 0, min(len(text), LONGEST_SUBJECT), hits), plain)
    return marked.append("…" if len(text) > LONGEST_SUBJECT else "")


def print_margin(out: Console, verdict: Verdict, why: Why) -> None:
    """How far a verdict is from the other one."""
    text = " ".join(telling.margin(verdict, why.flip))
    width = max(20, min(out.width, 100) - len(INDENT))
    lines = textwrap.wrap(text, width, break_on_hyphens=False)
    for number, line in enumerate(lines):
        out.print(Text(INDENT if number else "  Margin   ").append(line), soft_wrap=True)


def print_nearly(out: Console, why: Why) -> None:
    """What nearly counted, what would have turned the verdict first."""
    worth = [each for each in why.nearly if not _trifling(each)]
    if not worth:
        return
    ranked = sorted(worth, key=lambda each: each not in why.flip.by)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for each in ranked[:MOST_NEARLY]:
        text = Text()
        if each.hit.span[0] < each.hit.span[1]:
            text.append(f"“{clean_text(each.hit.quote, 60)}”  ")
        text.append("; ".join(map(telling.reason, each.reasons)))
        table.add_row(Text(f"  {telling.would_add(each)}"), Text(each.hit.rule), text)
    out.print(Text("  Nearly   counted, but for what is said here:"))
    out.print(table, style="dim")
    if len(ranked) > MOST_NEARLY:
        out.print(
            Text(f"{INDENT}and {len(ranked) - MOST_NEARLY} more (--json has them all)", style="dim")
        )


def _trifling(each: Nearly) -> bool:
    """A cap that took next to nothing."""
    return each.reasons[0].code == "cap" and abs(each.hit.points) < TRIFLE


def print_words(out: Console, message: Message, verdict: Verdict, plain: bool) -> None:
    """The writer's own words; of long ones the sentences with hits, and a little around."""
    if not message.own_words.strip():
        return
    hits = spans.placed(verdict, "body")
    marked = _marked(spans.pieces(message.own_words, hits), plain)
    legend = f"    {_LEGEND}" if plain and hits else ""
    out.print(Text(f"  Words{legend}"))
    width = max(20, min(out.width, WIDEST) - len(FRAME))
    for line in marked.split("\n", allow_blank=True):
        for row in line.wrap(out, width) or [Text()]:
            shown = Text(FRAME).append_text(row)
            shown.rstrip()
            out.print(shown, soft_wrap=True)


def _marked(pieces: Iterable[Piece], plain: bool) -> Text:
    """Pieces as one text, styled, or with marks around what hits."""
    marked = Text()
    opened = read = False
    for piece in pieces:
        if piece.left_out:
            words = "1 word" if piece.left_out == 1 else f"{piece.left_out} words"
            marked.append(f"\n[… {words} not shown …]\n", style="dim")
            continue
        # Between marks that touch, nothing is closed only to be opened again.
        if plain and read and not _by_reader(piece):
            marked.append("<<" if opened and not piece.rules else "")
            opened = opened and bool(piece.rules)
            marked.append("}")
        elif plain and opened and not piece.rules:
            marked.append("<<")
            opened = False
        if plain and _by_reader(piece) and not read:
            marked.append("{")
        if plain and piece.rules and not opened:
            marked.append(">>")
        opened, read = bool(piece.rules), _by_reader(piece)
        marked.append(clean_lines(piece.text).expandtabs(4), style="" if plain else _style(piece))
    if plain:
        marked.append("<<" * opened + "}" * read)
    return marked


def _by_reader(piece: Piece) -> bool:
    return any(hit.rule == READER for hit in piece.hits)


def _style(piece: Piece) -> str:
    """The colours of the table: yellow what speaks for an unhappy writer, green what speaks against."""
    styles = ["underline"] if _by_reader(piece) else []
    if piece.rules:
        styles.append(f"bold {_colour(piece.rules)}")
    return " ".join(styles)


def _colour(hits: Iterable[Hit]) -> str:
    return "yellow" if sum(hit.points for hit in hits) > 0 else "green"
