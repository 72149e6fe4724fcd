"""How fast mail is judged, from bytes to verdict, beside others' programs on the same mail.

    python -m bench.rates [--shared ../shared] [--quick]

One core, in this process. The mail is ../shared/corpus/ordinary.tar.gz, or, where that is not there, of
the tests' own making (tests/office.py). Others are fed the same bytes: TextBlob and VADER the whole message as text, mail-parser
the bytes, SpamAssassin (`spamassassin -L -t`, and `spamc` with a `spamd` of our own) the bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import pstats
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import mailparser
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from assistant import encoder, rulebook
from assistant.model import Address, Facts, Identity, Message, Opinion, Outcome, Profile, Reading
from assistant.reading.message import read
from assistant.screening import ByHeader
from assistant.tone.polarity import mood
from assistant.triage import Triage
from assistant.worker import Here, read_here
from bench.mails import ordinary
from bench.report import Section, Table, verdict, versions
from tests.letters import NOW
from tests.office import month

ROUNDS = 5
PER_SECOND = 600
"""Messages a second, without the reader, with TextBlob: the target."""
TIMES_SPAMD = 20
WHOLE = "bytes to verdict, with TextBlob, without the reader"
FACTS = Facts(
    Profile("you@studio.example", (Identity(Address("", "you@studio.example")),), 14, 7),
    NOW,
    frozenset(),
)
_SLOW = 10
"""Messages for a program that starts anew for each."""


def section(shared: Path, *, quick: bool = False) -> Section:
    """Measure it."""
    found = ordinary(shared)
    mails = found or [each.raw for each in month()]
    where = f"{len(mails):,} messages of " + ("ordinary.tar.gz" if found else "tests/office.py")
    mails = mails[:60] if quick else mails
    rounds = 1 if quick else ROUNDS
    ours = _ours(mails, rounds)
    whole = ours[WHOLE]
    others = _others(mails, rounds, quick=quick)
    size = statistics.mean(map(len, mails))
    text = others["TextBlob on the whole message"]
    spamd = others.get("SpamAssassin, spamc to a warm spamd")
    rows = [(name, f"{rate:,.0f}", f"{rate / whole:.2f}") for name, rate in (ours | others).items()]
    notes = [
        f"Target {PER_SECOND} messages a second: {whole:,.0f}, {verdict(whole >= PER_SECOND)}. "
        f"Faster than TextBlob applied to the whole message: {whole / text:.2f} times, {verdict(whole > text)}.",
        f"{TIMES_SPAMD} times faster than spamd per message: {whole / spamd:.0f} times, {verdict(whole >= TIMES_SPAMD * spamd)}."
        if spamd
        else "SpamAssassin is not installed here (`apt-get install spamassassin spamc`).",
    ]
    tables = (
        Table(("what", "messages a second", "of ours"), tuple(rows)),
        _shares(mails),
    )
    return Section(
        "Judging: bytes to verdict",
        "python -m bench.rates",
        f"{where}, {size:,.0f} bytes each, one core, in process, processor time, median of {rounds} rounds; "
        + versions(("textblob", "mail-parser", "vaderSentiment", "onnxruntime"))
        + ".",
        tables,
        tuple(notes),
    )


def _ours(mails: Sequence[bytes], rounds: int) -> dict[str, float]:
    judge = _judging(Triage(rulebook.load()), Here())
    found = {
        WHOLE: _rate(mails, judge, rounds),
        "reading all of each, judging nothing": _rate(mails, read, rounds),
    }
    if encoder.installed():
        judge = _judging(Triage(rulebook.load(), reader=True), Here(rulebook.shipped_folder()))
        found["bytes to verdict, with the reader"] = _rate(mails, judge, rounds)
    return found


def _judging(triage: Triage, here: Here) -> Callable[[bytes], Outcome]:
    """What a pass does with a message's bytes: the header is screened, what is a person's is read and judged."""
    screen = ByHeader(FACTS.profile, triage.rulebook.screening)

    def ask(message: Message, _: bool) -> Opinion | None:
        return here.opinion(message, False)

    def judge(raw: bytes) -> Outcome:
        reading = triage.attributed(read_here(raw, "en", screen), FACTS.profile)
        return triage.decide(reading, FACTS, ask)

    return judge


def _shares(mails: Sequence[bytes]) -> Table:
    """How much of the mail comes how far, and where the time goes."""
    asked = 0

    def ask(_message: Message, _evidence: bool) -> Opinion | None:
        nonlocal asked
        asked += 1
        return None

    triage = Triage(rulebook.load(), reader=True)
    screen = ByHeader(FACTS.profile, triage.rulebook.screening)
    messages = [read(raw, "en", screen) for raw in mails]
    whole = [each for each in messages if each.whole]
    readings = [Reading(each, mood(each) if each.whole else None) for each in messages]
    judged = sum(triage.decide(each, FACTS, ask).verdict is not None for each in readings)
    total = len(mails)
    rows = [
        ("its header is read", f"{total:,}", "100 %"),
        ("its body is read, too: the header shows no machine", *_share(len(whole), total)),
        ("judged", *_share(judged, total)),
        ("left open, so that the reader is asked", *_share(asked, total)),
    ]
    costs = {
        "reading": lambda: [read(raw, "en", screen) for raw in mails],
        "TextBlob": lambda: [mood(each) for each in whole],
        "screening, rules and words": lambda: [triage.decide(each, FACTS) for each in readings],
    }
    for name, work in costs.items():
        work()
        started = time.process_time()
        work()
        took = 1000 * (time.process_time() - started) / total
        rows.append((f"{name}: ms, spread over all messages", f"{took:.2f}", ""))
    return Table(("how far it comes", "messages", "share"), tuple(rows))


def _share(some: int, total: int) -> tuple[str, str]:
    return f"{some:,}", f"{some / total:.0%}"


def _others(mails: Sequence[bytes], rounds: int, *, quick: bool) -> dict[str, float]:
    vader = SentimentIntensityAnalyzer()
    texts = {raw: raw.decode("utf-8", "replace") for raw in mails}
    found = {
        "mail-parser alone": _rate(mails, _parsed, rounds),
        "TextBlob on the whole message": _rate(
            mails, lambda raw: TextBlob(texts[raw]).sentiment, rounds
        ),
        "VADER on the whole message": _rate(
            mails[:300], lambda raw: vader.polarity_scores(texts[raw]), 1
        ),
    }
    if shutil.which("spamassassin") and not quick:
        found["SpamAssassin, `spamassassin -L -t` for each"] = _wall(
            mails[:_SLOW], lambda raw: _fed(["spamassassin", "-L", "-t"], raw)
        )
    if shutil.which("spamd") and shutil.which("spamc") and not quick:
        with _spamd() as port:
            found["SpamAssassin, spamc to a warm spamd"] = _wall(
                mails[:200], lambda raw: _fed(["spamc", "-d", "127.0.0.1", "-p", str(port)], raw)
            )
    return found


def _parsed(raw: bytes) -> object:
    parsed = mailparser.parse_from_bytes(raw)
    return parsed.from_, parsed.subject, parsed.text_plain


def _fed(command: Sequence[str], raw: bytes) -> None:
    subprocess.run(command, input=raw, capture_output=True, check=True)


@contextlib.contextmanager
def _spamd() -> Iterator[int]:
    """A daemon of our own on a free port of loopback, without network tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="spamd-") as folder:
        process = subprocess.Popen(
            [shutil.which("spamd") or "spamd", "-L", "-m", "1", "-i", "127.0.0.1", "-p", str(port), "-x", "-r", f"{folder}/pid", "-H", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _answers(port)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise RuntimeError("spamd did not answer")


def _rate(mails: Sequence[bytes], work: Callable[[bytes], object], rounds: int) -> float:
    """Messages for each second of processor time: the median of rounds, after one that warms up."""
    found = []
    for number in range(rounds + 1):
        started = time.process_time()
        for raw in mails:
            work(raw)
        if number:
            found.append(len(mails) / (time.process_time() - started))
    return statistics.median(found)


def _wall(mails: Sequence[bytes], work: Callable[[bytes], object]) -> float:
    """Messages a second by the wall clock, for another process's work; the first warms up."""
    work(mails[0])
    started = time.perf_counter()
    for raw in mails:
        work(raw)
    return len(mails) / (time.perf_counter() - started)


def profile(mails: Sequence[bytes], lines: int = 25) -> None:
    """Print where the time goes."""
    judge = _judging(Triage(rulebook.load()), Here())
    with cProfile.Profile() as profiler:
        for raw in mails:
            judge(raw)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(lines)


def main() -> int:
    """The command."""
    from bench.report import markdown

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.profile:
        profile(ordinary(options.shared) or [each.raw for each in month()])
        return 0
    print(markdown(section(options.shared, quick=options.quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
