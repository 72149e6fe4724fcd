"""How fast messages are judged, beside what the same machine does with the parts alone.

    python -m bench.judging [--mails 500]

Ratios measured in one run on mail of our own generating; never a timed test.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

import mailparser
from textblob import TextBlob

from assistant import rulebook
from assistant.model import Address, Facts, Profile
from assistant.reading import read
from assistant.triage import Triage
from assistant.worker import read_here
from tests.letters import CALM, FURIOUS, NOW, letter

PROFILE = Profile("you@studio.example", (Address("", "you@studio.example"),), "", 14, 7)
ROUNDS = 5
_FILLER = (
    "We went through the pages on Tuesday and the team had a few small notes about the footer. "
    "The photographs arrive next week, and the text for the third page is nearly finished. "
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mails", type=int, default=500)
    mails = [
        letter(_FILLER * 4 + (FURIOUS if number % 20 == 0 else CALM), number=number).raw
        for number in range(parser.parse_args().mails)
    ]
    triage = Triage(rulebook.load())
    facts = Facts(PROFILE, NOW, frozenset())
    print(
        f"{len(mails)} mails of {len(mails[0])} bytes, one core, median of {ROUNDS} rounds; "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"textblob {version('textblob')}, mail-parser {version('mail-parser')}"
    )
    whole = _rate(mails, lambda raw: triage.decide(read_here(raw), facts))
    peers = {
        "bytes to verdict (ours, with TextBlob)": whole,
        "reading alone (ours)": _rate(mails, read),
        "mail-parser alone": _rate(mails, mailparser.parse_from_bytes),
        "TextBlob on the whole message": _rate(mails, lambda raw: TextBlob(raw.decode()).sentiment),
    }
    for name, rate in peers.items():
        print(f"  {name:<42}{rate:>8.0f} mails/s{rate / whole:>8.2f} of ours")
    return 0


def _rate(mails: Sequence[bytes], work: Callable[[bytes], object]) -> float:
    work(mails[0])
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for raw in mails:
            work(raw)
        rounds.append(len(mails) / (time.perf_counter() - started))
    return statistics.median(rounds)


if __name__ == "__main__":
    sys.exit(main())
