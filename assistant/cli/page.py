"""Explained messages as one page for a browser: nothing of it comes from elsewhere, nothing in it runs.

Every word that is not written here goes through `_safe`. The Content-Security-Policy forbids
everything but the style sheet below, by its hash, should anything ever slip through.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.clean import clean_lines, clean_text
from assistant.cli import show, spans, telling
from assistant.cli.pagefile import MARK
from assistant.cli.spans import Piece
from assistant.cli.style import STYLE
from assistant.model import Draft, Hit, Message, Outcome, Verdict
from assistant.reading.places import Placed, places
from assistant.tone.flip import Why

if TYPE_CHECKING:
    from assistant.cli.explain import Explained

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def whole(explained: Sequence[Explained]) -> str:
    """The whole page, for these messages in their order."""
    flagged = sum(
        bool(each.outcome.verdict and each.outcome.verdict.dissatisfied) for each in explained
    )
    counted = f"{len(explained)} message{'s' * (len(explained) != 1)}, {flagged} flagged"
    body = [
        f"<header><h1>Why they are judged so</h1><p>{counted}. This file holds what your clients "
        "wrote: delete it when you are done.</p></header>",
        *(_contents(explained) if len(explained) > 1 else ()),
        *(_article(each, number) for number, each in enumerate(explained, 1)),
    ]
    return "".join([
        MARK, '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>assistant explain: {counted}</title><style>{STYLE}</style></head><body>\n",
        "\n".join(body),
        "\n</body></html>\n",
    ])  # fmt: skip


def _safe(text: str) -> str:
    """Anything at all as text in a page, or in an attribute between quotes."""
    return html.escape(clean_lines(text))


def _contents(explained: Sequence[Explained]) -> Iterator[str]:
    """A table of all messages, each with a way to it."""
    yield "<nav><table><tr><th>Verdict</th><th class=n>Score</th><th>Message</th></tr>"
    for number, each in enumerate(explained, 1):
        verdict = each.outcome.verdict
        subject = _safe(clean_text(each.message.subject, 80)) or "(no subject)"
        yield (
            f"<tr><td>{_badge(each.outcome)}</td><td class=n>{verdict.score if verdict else '–'}</td>"
            f'<td><a href="#m{number}">{subject}</a> <small>{_safe(_sender(each.message, 60))}</small></td></tr>'
        )
    yield "</table></nav>"


def _article(each: Explained, number: int) -> str:
    message, outcome, why = each.message, each.outcome, each.why
    verdict = outcome.verdict
    parts = [
        f'<article id="m{number}"><h2>{_subject(message, verdict)} {_badge(outcome)}</h2>',
        _facts(each),
    ]
    if verdict is not None and why is not None:
        parts += ['<p class="margin">', *_safe_lines(telling.margin(verdict, why.flip)), "</p>"]
        parts += [_hits(verdict), _nearly(why)]
    elif outcome.skip is not None:
        parts.append(f'<p class="margin">Not judged: {_safe(outcome.skip.detail)}.</p>')
    parts.append(_words(each))
    if verdict is not None and outcome.draft is not None:
        parts.append(_draft(outcome.draft))
    elif verdict is not None and outcome.skip is not None:
        parts.append(f"<p>No draft: {_safe(outcome.skip.detail)}.</p>")
    return "".join([*parts, "</article>"])


def _safe_lines(lines: Iterable[str]) -> list[str]:
    return [" ".join(_safe(line) for line in lines)]


def _sender(message: Message, longest: int) -> str:
    sender = message.sender
    told = f"{sender.name} <{sender.email}>" if sender else "(nobody)"
    return clean_text(told.strip(), longest)


def _badge(outcome: Outcome) -> str:
    verdict = outcome.verdict
    kind = "none" if verdict is None else "flagged" if verdict.dissatisfied else "fine"
    return f'<span class="badge {kind}">{_safe(show.verdict_word(outcome).plain)}</span>'


def _subject(message: Message, verdict: Verdict | None) -> str:
    if not message.subject.strip():
        return "(no subject)"
    return f"<bdi>{_pieces(spans.pieces(message.subject, spans.placed(verdict, 'subject'), whole=True))}</bdi>"


def _facts(each: Explained) -> str:
    """What stands in the head of a message, and what is doubtful about it."""
    message, outcome = each.message, each.outcome
    verdict = outcome.verdict
    told = [("File", clean_text(each.name, 500)), ("From", _sender(message, 200))]
    if message.via is not None:
        told.append(("Through", message.via.email))
    told.append(("Language", message.language))
    if verdict is not None:
        told.append(("Score", f"{verdict.score} points, flagged at {verdict.threshold}"))
        told += [("About", ", ".join(verdict.cues))] if verdict.cues else []
    told += [("Doubtful", f"{each.code}: {each.detail}") for each in message.defects]
    told += [("Phone", phone.shown) for phone in outcome.phones]
    told += [("Note", note) for note in outcome.notes]
    rows = (f"<dt>{name}</dt><dd><bdi>{_safe(value)}</bdi></dd>" for name, value in told)
    return f"<dl>{''.join(rows)}</dl>"


def _hits(verdict: Verdict) -> str:
    rows = [
        f'<tr><td class="n {_side((hit,))}">{hit.points:+d}</td><td><code>{_safe(hit.rule)}</code></td>'
        f"<td>{_quoted(hit)}{_safe(hit.describe)}<small>{_safe(show.about(hit))}</small></td></tr>"
        for hit in verdict.hits
    ]
    total = f'<tr class="sum"><td class=n>{verdict.score}</td><td colspan=2>the sum</td></tr>'
    head = "<tr><th class=n>Points</th><th>Rule</th><th>Why</th></tr>"
    return f'<h3>Hits</h3><div class="wide"><table class="hits">{head}{"".join(rows)}{total}</table></div>'


def _quoted(hit: Hit) -> str:
    return f"<q>{_safe(clean_text(hit.quote, 200))}</q> " if hit.quote else ""


def _nearly(why: Why) -> str:
    if not why.nearly:
        return ""
    rows = [
        f"<tr><td class=n>{telling.would_add(each)}</td><td><code>{_safe(each.hit.rule)}</code></td>"
        f"<td>{_quoted(each.hit)}{_safe('; '.join(map(telling.reason, each.reasons)))}"
        f"{' <strong>It would have turned the verdict.</strong>' if each in why.flip.by else ''}</td></tr>"
        for each in why.nearly
    ]
    head = "<tr><th class=n>Points</th><th>Rule</th><th>What held it back</th></tr>"
    return f'<h3>Nearly</h3><div class="wide"><table class="nearly">{head}{"".join(rows)}</table></div>'


def _words(each: Explained) -> str:
    """The whole text: the writer's own words with the hits marked, and grey in their places what was left out."""
    message = each.message
    hits = spans.placed(each.outcome.verdict, "body")
    parts: list[str] = []
    at = 0
    found = places(each.raw, message)
    placed = [(each.at, each) for each in found if each.at is not None]
    for place, together in groupby(placed, key=lambda pair: pair[0]):
        parts.append(_stretch(message.own_words, at, place, hits))
        parts += [_left_out(one) for _, one in together]
        at = place
    parts.append(_stretch(message.own_words, at, len(message.own_words), hits))
    elsewhere = [_left_out(each) for each in found if each.at is None]
    if elsewhere:
        parts += ["<p>Left out elsewhere:</p>", *elsewhere]
    return f'<h3>Words</h3><div class="mail" dir="auto">{"".join(parts)}</div>'


def _stretch(text: str, start: int, end: int, hits: Sequence[Hit]) -> str:
    """A part of the own words. A blank end is no paragraph."""
    if not text[start:end].strip():
        return ""
    inside = _pieces(spans.stretch(text, start, end, hits)).strip("\n")
    return f'<div class="own" dir="auto">{inside}</div>'


def _left_out(placed: Placed) -> str:
    reason = _safe(placed.cut.reason)
    text = _safe(placed.cut.text.strip("\n"))
    return f'<div class="cut" dir="auto"><small>left out: {reason}</small>{text}</div>'


def _pieces(pieces: Iterable[Piece]) -> str:
    """Text with its hits marked; after each the rule and its points."""
    written: list[str] = []
    for piece in pieces:
        text = _safe(piece.text)
        if piece.hits:
            title = _safe(", ".join(f"{hit.rule} {hit.points:+d}" for hit in piece.hits))
            kind = _side(piece.rules) if piece.rules else "reader"
            text = f'<mark class="{kind}" title="{title}">{text}</mark>'
        tags = (f"<small>{_safe(hit.rule)} {hit.points:+d}</small>" for hit in piece.ending)
        written += [text, *tags]
    return "".join(written)


def _side(hits: Sequence[Hit]) -> str:
    return "for" if sum(hit.points for hit in hits) > 0 else "against"


def _draft(draft: Draft) -> str:
    text = _safe(show.draft_text(draft))
    return f'<h3>Draft</h3><div class="draft" dir="auto">{text}</div>'
