"""How often a writer's own words are found exactly, by us and by others, on tests/mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from assistant.reading.closings import CLOSING
from assistant.reading.mime import mended, read_body
from assistant.reading.parts import parse
from bench import peers, shares
from tests.mailbook import Case, flat

HOLD_OUT = "held"
"""The group of messages that somebody wrote who had not seen the code, and that nobody tunes on."""
FIRST_READING = (
    "`more-` was written by somebody who had not seen the code either, and 60 of its 70 messages were",
    "right at first reading (0.857, 95 % 0.757 to 0.921; commit 4e4c3d6). The code has been corrected by",
    "them since, so their row below tells nothing more.",
)
"""Written down, because it can't be measured again but with the code of that commit."""
DEFINITION = (
    "Own words are what the writer typed in this message, now: without quotes, forwards, signatures,",
    "footers, disclaimers and banners, with greeting, closing formula and the name under it.",
)
_NAME = re.compile(r"[^\d@:/]{1,40}")
_HEADER = (
    "| program | exactly right | 95 % | or but for a closing | words lost | foreign words kept |"
    " no answer | of |",
    "|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one program made of one message; None where it raised or took too long."""

    case: Case
    text: str | None

    @property
    def exact(self) -> bool:
        return self.text is not None and self.case.own_words_are(self.text)

    @property
    def exact_but_closing(self) -> bool:
        """Whether it is right, or only a closing formula and a name at the very end are not."""
        if self.exact or self.text is None:
            return self.exact
        return flat(without_closing(self.text)) == flat(without_closing(self.expected))

    @property
    def loses(self) -> bool:
        return not _in_order(flat(self.expected).split(), flat(self.text or "").split())

    @property
    def keeps_foreign(self) -> bool:
        return not _in_order(flat(self.text or "").split(), flat(self.expected).split())

    @property
    def expected(self) -> str:
        return self.case.own_words or ""


@dataclass(slots=True)
class Score:
    """One program's answers to all messages."""

    program: str
    found: list[Found] = field(default_factory=list)

    @property
    def exact(self) -> int:
        return sum(each.exact for each in self.found)

    def row(self) -> str:
        """The program's line in the table."""
        total = len(self.found)
        counted = (
            sum(each.exact_but_closing for each in self.found),
            sum(each.loses for each in self.found),
            sum(each.keeps_foreign for each in self.found),
        )
        shown = " | ".join(f"{count / max(1, total):.3f}" for count in counted)
        silent = sum(each.text is None for each in self.found)
        return (
            f"| {self.program} | {self.exact / max(1, total):.3f} | "
            f"{shares.interval(self.exact, total)} | {shown} | {silent} | {self.exact} of {total} |"
        )

    def only(self, keep: Callable[[Case], bool]) -> Score:
        """The same program on some of the messages."""
        return Score(self.program, [each for each in self.found if keep(each.case)])


def scores(cases: Iterable[Case]) -> list[Score]:
    """Ours first, then each way of using each peer, then what comes of cutting nothing."""
    those = [case for case in cases if case.own_words is not None]
    tools = {"ours": peers.ours, **peers.tools(), "(nothing cut)": peers.uncut}
    return [_score(program, tool, those) for program, tool in tools.items()]


def tables(scored: Sequence[Score]) -> list[str]:
    """The tables side by side and by group."""
    held_out = [score.only(is_held_out) for score in scored]
    seen = [score.only(lambda case: not is_held_out(case)) for score in scored]
    ours = scored[0]
    groups = sorted({group(each.case) for each in ours.found})
    return [
        f"A hold-out (`{HOLD_OUT}-`), by somebody who had not seen the code; nobody tunes on it:",
        "",
        *_HEADER,
        *(score.row() for score in held_out),
        "",
        "All other messages, which the code was written with or has been corrected by:",
        "",
        *_HEADER,
        *(score.row() for score in seen),
        "",
        *FIRST_READING,
        "",
        "Own words exactly right, ours, by group (the beginning of the file's name):",
        "",
        *shares.HEADER,
        *(_group_row(ours, name) for name in groups),
    ]


def is_held_out(case: Case) -> bool:
    return group(case) == HOLD_OUT


def group(case: Case) -> str:
    """The beginning of a message's name says what is odd about it."""
    return case.name.partition("-")[0]


def without_closing(text: str) -> str:
    """Text without a closing formula and the name under it at its very end."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()]
    for number in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
        if CLOSING.match(lines[number]):
            return "\n".join(lines[:number])
        if not _NAME.fullmatch(lines[number]) or len(lines[number].split()) > 4:
            break
    return text


def _score(program: str, tool: peers.Tool, cases: Iterable[Case]) -> Score:
    return Score(program, [Found(case, _answer(tool, case)) for case in cases])


def _answer(tool: peers.Tool, case: Case) -> str | None:
    try:
        body = read_body(parse(mended(case.raw)))
        with peers.limited():
            return tool(case.raw, body)
    except Exception:  # noqa: BLE001 - other people's programs; counted as no answer
        return None


def _in_order(words: Sequence[str], among: Iterable[str]) -> bool:
    """Whether all these words stand among the others, in order."""
    rest = iter(among)
    return all(word in rest for word in words)


def _group_row(score: Score, name: str) -> str:
    part = score.only(lambda case: group(case) == name)
    return shares.row(name, part.exact, len(part.found))
