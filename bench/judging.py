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
from pathlib import Path

import mailparser
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from assistant import encoder, rulebook
from assistant.model import Address, Facts, Identity, Profile
from assistant.reading import read
from assistant.tone.polarity import polarity
from assistant.triage import Triage
from assistant.worker import read_here
from tests.letters import CALM, FURIOUS, NOW, letter

PROFILE = Profile("you@studio.example", (Identity(Address("", "you@studio.example")),), 14, 7)
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
    _voices()
    return 0


def _voices() -> None:
    """What each voice costs on one mail of 113 words, and the memory that the reader takes."""
    text = " ".join((_FILLER * 4).split()[:105]) + f" {CALM}"
    reading = read_here(letter(text).raw)
    facts = Facts(PROFILE, NOW, frozenset())
    triage = Triage(rulebook.load(), reader=True)
    vader = SentimentIntensityAnalyzer()
    costs = {
        "rules, words, thread, decision": lambda: triage.decide(reading, facts),
        "TextBlob": lambda: polarity(text),
        "VADER, for comparison": lambda: vader.polarity_scores(text),
    }
    if encoder.installed():
        before = _megabytes()
        reader = encoder.TextReader(rulebook.shipped_folder() / "en")
        reader.opinion("", text, evidence=False)
        print(f"one mail of {len(text.split())} words, judged; the reader takes "
              f"{_megabytes() - before:.0f} MB more")  # fmt: skip
        costs["the reader, where it is asked"] = lambda: reader.opinion("", text, evidence=False)
    for name, work in costs.items():
        work()
        times = []
        for _ in range(60):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        print(f"  {name:<42}{1000 * statistics.median(times):>8.2f} ms")


def _megabytes() -> float:
    """The memory this process holds, where the system tells (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(each for each in status.read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


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
