"""How fast messages are read, beside mail-parser, and what the hop to the worker costs.

    python -m bench.reading [--rounds 200] [--mails 1000]

Ratios measured in one run on mail of our own generating; never a timed test. CPU time, so that
what else the machine does counts little; wall time for the worker, which is another process.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from importlib.metadata import version

import mailparser

from assistant.reading.message import read
from assistant.service.suspects import AT_ONCE
from assistant.worker import Here, Worker
from tests.letters import CALM, letter

WARM_UP = 5
MILLISECONDS = 1.0
"""Target for a message of 1.6 KB."""
RATIO = 3.0
"""Target for a message of 1.6 KB: ours to mail-parser's."""
HOP_MILLISECONDS = 0.3
"""Target for the worker, beyond the reading itself."""
WORKER_ROUNDS = 5
_LINES = (
    "We went through the pages on Tuesday and the team had a few small notes about the footer.",
    "The photographs arrive next week, and the text for the third page is nearly finished.",
    "Could you move the opening hours up, so that people see them first on a small screen?",
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--mails", type=int, default=1_000)
    options = parser.parse_args()
    print(
        f"reading, CPU time, median of {options.rounds}; {platform.python_implementation()} "
        f"{platform.python_version()}, mail-parser {version('mail-parser')}"
    )
    for name, raw in samples().items():
        ours = _milliseconds(partial(read, raw), options.rounds)
        theirs = _milliseconds(partial(_mail_parser, raw), options.rounds)
        print(
            f"  {name:<14}{len(raw):>7} bytes{ours:>7.2f} ms, mail-parser{theirs:>6.2f} ms, "
            f"{ours / theirs:.1f} times"
        )
    print(f"  targets at 1.6 KB: {MILLISECONDS} ms, {RATIO} times")
    hop = _hop(options.mails)
    print(f"  worker hop    {hop:>6.2f} ms a message beyond reading; target {HOP_MILLISECONDS} ms")
    return 0


def samples() -> dict[str, bytes]:
    """Messages of three kinds and sizes, as clients send them."""
    own = _letter(*_LINES)
    return {
        "plain": letter("\r\n".join((own, *_quoted(8))), headers=_HEADERS).raw,
        "alternative": _alternative(_letter(), _quoted(1)),
        "long": _alternative(own, _quoted(86)),
    }


def _letter(*lines: str) -> str:
    return "\n".join(("Hello Robin,", "", *lines, CALM, "", "Kind regards,", "Cleo"))


_HEADERS = (
    ("Received", "from mail.client.example by mx.studio.example; Mon, 2 Mar 2026 09:00:03 +0000"),
    ("In-Reply-To", "<h.1@studio.example>"),
    ("References", "<h.0@studio.example> <h.1@studio.example>"),
    ("User-Agent", "Mozilla Thunderbird"),
)


def _quoted(lines: int) -> list[str]:
    told = [f"> {_LINES[number % len(_LINES)]}" for number in range(lines)]
    return ["", "On Mon, 2 Mar 2026 at 09:12, Robin Hale <robin@studio.example> wrote:", *told]


def _alternative(own: str, quote: list[str]) -> bytes:
    """What Gmail sends: the same words twice, the quote in a box of its own."""
    message = EmailMessage()
    message["From"] = "Cleo Client <cleo@client.example>"
    message["To"] = "Robin Hale <robin@studio.example>"
    message["Subject"] = "Re: The website"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    message["Message-ID"] = "<m1@client.example>"
    for name, value in _HEADERS:
        message[name] = value
    message.set_content("\n".join((own, *quote)))
    _, attribution, *told = quote
    paragraphs = "".join(f"<div>{line or '<br>'}</div>" for line in own.split("\n"))
    box = "<br>".join(line.removeprefix("> ") for line in told)
    message.add_alternative(
        f'<div dir="ltr">{paragraphs}</div><br><div class="gmail_quote"><div class="gmail_attr">'
        f'{attribution.replace("<", "&lt;")}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0 0 0 0.8ex">{box}</blockquote></div>',
        subtype="html",
    )
    return message.as_bytes()


def _mail_parser(raw: bytes) -> object:
    """What its user asks for."""
    parsed = mailparser.parse_from_bytes(raw)
    return parsed.from_, parsed.subject, parsed.text_plain


def _milliseconds(work: Callable[[], object], rounds: int) -> float:
    """CPU time of one call, the median of many."""
    taken = []
    for number in range(WARM_UP + rounds):
        started = time.process_time()
        work()
        if number >= WARM_UP:
            taken.append(1000 * (time.process_time() - started))
    return statistics.median(taken)


def _hop(mails: int) -> float:
    """Milliseconds that a message costs more through the worker than here: the median of rounds."""
    raw = samples()["plain"]
    here, worker = Here(), Worker()
    try:
        here.read(raw, "en")
        worker.read(raw, "en")
        rounds = [
            _batch(worker, raw, mails) - _batch(here, raw, mails) for _ in range(WORKER_ROUNDS)
        ]
    finally:
        worker.close()
    return statistics.median(rounds)


def _batch(reader: Here | Worker, raw: bytes, mails: int) -> float:
    """Wall time in milliseconds for each of many messages, given as the service gives them."""
    started = time.perf_counter()
    for _ in range(0, mails, AT_ONCE):
        reader.read_all([raw] * AT_ONCE, "en")
    return 1000 * (time.perf_counter() - started) / mails


if __name__ == "__main__":
    sys.exit(main())
