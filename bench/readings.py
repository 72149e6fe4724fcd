"""The scorecard's section on reading: own words, cuts, language, screening. Needs no other data."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assistant import rulebook
from assistant.model import Address, Facts, Identity, Profile
from assistant.reading.language import guess
from assistant.reading.message import read
from assistant.screening import not_judged, written_by
from bench import own_words, shares
from tests.builders import NOW
from tests.mailbook import Case, cases

TEXTS = Path("tests/languages.toml")
OWNER = Profile(
    mailbox_address="studio@example.com",
    identities=(
        Identity(Address("Kim Studio", "studio@example.com")),
        Identity(Address("", "support@example.com")),
    ),
    stale_days=14,
    sender_days=7,
)
"""Whose mailbox tests/mail is (tests/mail/README.md)."""
_COST = """
import json, time
from pathlib import Path
import assistant.reading
from assistant.reading.language import detect
def pages(): return int(Path("/proc/self/statm").read_text().split()[1])
before, started = pages(), time.perf_counter()
detect("Where is my new logo, please?", "de")
taken = time.perf_counter() - started
print(json.dumps([1000 * taken, (pages() - before) * 4096 / 2**20]))
"""
"""Run in a process of its own: what the detector adds to a reader that is loaded already."""


def section() -> tuple[list[str], str]:
    """The lines below the section's heading, and the whole in one line."""
    book = list(cases())
    scored = own_words.scores(book)
    milliseconds, megabytes = _cost()
    lines = [
        *own_words.DEFINITION,
        "Compared word by word on `tests/mail`. The peers get what they are made for: the plain text,",
        "decoded and unflowed, or that of the HTML where there is no other (a few say everything in",
        "the HTML and nothing in the plain text; that is ours to find out). Some cut a closing formula by",
        "design, so the column beside allows it and the name under it, in or out, for everybody. *Words",
        "lost* and *foreign words kept* are shares of messages.",
        "",
        *own_words.tables(scored),
        "",
        "What else is read from these messages:",
        "",
        *shares.HEADER,
        *_other_rows("hold-out", [case for case in book if own_words.is_held_out(case)]),
        *_other_rows("others", [case for case in book if not own_words.is_held_out(case)]),
        "",
        "Language of short texts (`tests/languages.toml`, Latin script; *left* means too short to tell, so",
        "that the account's language counts). The detector's thresholds were chosen on this file, so it",
        "flatters.",
        "",
        "| texts | right | wrong | left | of |",
        "|---|---|---|---|---|",
        *_language_rows(),
        "",
        f"Loading the detector and its first answer: {milliseconds:.0f} ms, {megabytes:.0f} MB.",
    ]
    first, *others = (score.only(own_words.is_held_out) for score in scored)
    best = max(others, key=lambda score: score.exact)
    told = (
        f"own words exactly right in the hold-out: ours {first.exact} of {len(first.found)}, "
        f"{best.program} {best.exact}; in the others: ours "
        f"{scored[0].exact - first.exact} of {len(scored[0].found) - len(first.found)}"
    )
    return lines, told


def _other_rows(name: str, book: Sequence[Case]) -> list[str]:
    with_words = [case for case in book if case.own_words is not None]
    with_language = [case for case in book if case.language]
    with_screening = [case for case in book if case.screening is not None]
    screening = rulebook.load().screening
    facts = Facts(OWNER, NOW, frozenset())

    def screened(case: Case) -> bool:
        message = written_by(read(case.raw), OWNER, screening)
        skip = not_judged(message, facts, screening)
        sender = message.sender.email if message.sender else ""
        return (skip.reason if skip else "") == case.screening and case.sender in (None, sender)

    return [
        shares.row(
            f"{name}: all cuts right, with their reasons",
            sum(not case.missing_cuts(read(case.raw)) for case in with_words),
            len(with_words),
        ),
        shares.row(
            f"{name}: language right",
            sum(read(case.raw).language == case.language for case in with_language),
            len(with_language),
        ),
        shares.row(
            f"{name}: screened out or judged, and the sender, as a person would",
            sum(map(screened, with_screening)),
            len(with_screening),
        ),
    ]


def _language_rows() -> list[str]:
    """All Latin-script texts, then each third of them by length."""
    table = tomllib.loads(TEXTS.read_text("utf-8"))["text"]
    texts = [(each["language"], each["text"]) for each in table if _latin(each["text"])]
    texts.sort(key=lambda each: len(each[1]))
    cut, further = len(texts) // 3, 2 * len(texts) // 3
    thirds = (texts[:cut], texts[cut:further], texts[further:])
    ours = [each for each in texts if each[0] != "other"]
    return [
        _language_row("all", texts),
        _language_row("in our ten languages", ours),
        _language_row("in others", [each for each in texts if each[0] == "other"]),
        *(
            _language_row(f"{len(each[0][1])} to {len(each[-1][1])} characters", each)
            for each in thirds
        ),
    ]


def _language_row(name: str, texts: Sequence[tuple[str, str]]) -> str:
    counted: Counter[str] = Counter()
    for language, text in texts:
        found = guess(text)
        counted["left" if found is None else "right" if found == language else "wrong"] += 1
    shown = " | ".join(
        f"{counted[key] / max(1, len(texts)):.3f}" for key in ("right", "wrong", "left")
    )
    return f"| {name} | {shown} | {len(texts)} |"


def _latin(text: str) -> bool:
    """Whether most letters are Latin ones."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return 2 * latin > len(letters)


def _cost() -> tuple[float, float]:
    """Milliseconds and megabytes of the detector, in a process that has loaded all else."""
    run = subprocess.run([sys.executable, "-c", _COST], capture_output=True, text=True, check=True)
    milliseconds, megabytes = json.loads(run.stdout)
    return milliseconds, megabytes
