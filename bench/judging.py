"""What each voice costs on one mail of 113 words, and the memory that the reader takes.

    python -m bench.judging

Measured in one run on mail of our own generating; never a timed test. Rates, on real mail and beside others: bench.rates.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from assistant import encoder, rulebook
from assistant.model import Address, Facts, Identity, Profile
from assistant.tone.polarity import polarity
from assistant.triage import Triage
from assistant.worker import read_here
from bench.processes import memory
from tests.letters import CALM, NOW, letter

PROFILE = Profile("you@studio.example", (Identity(Address("", "you@studio.example")),), 14, 7)
_FILLER = (
    "We went through the pages on Tuesday and the team had a few small notes about the footer. "
    "The photographs arrive next week, and the text for the third page is nearly finished. "
)


def main() -> int:
    """The command."""
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
        before = memory("self")
        reader = encoder.TextReader(rulebook.shipped_folder() / "en")
        reader.opinion("", text, evidence=False)
        print(f"one mail of {len(text.split())} words, judged; the reader takes "
              f"{memory('self') - before:.0f} MB more")  # fmt: skip
        subjects = itertools.cycle(
            ("The footer", "The third page")
        )  # of the last text it still knows
        costs["the reader, where it is asked"] = lambda: reader.opinion(
            next(subjects), text, evidence=False
        )
    for name, work in costs.items():
        work()
        times = []
        for _ in range(60):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        print(f"  {name:<42}{1000 * statistics.median(times):>8.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
