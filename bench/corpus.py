"""Reads 3,236 messages that strangers wrote, part of them hostile, and counts what goes wrong.

    python -m bench.corpus [--shared ../shared]

Exit code 1 where a message ends in an exception, takes longer than 2 s, would get a draft that
reads back as something else, or where too many mislabelled texts are misread. Without the mail it
says so and ends well.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from assistant import rulebook
from assistant.errors import UnreadableMail
from assistant.model import Draft, Facts, Message, Reading
from assistant.reading.language import detect
from assistant.tone.polarity import polarity
from assistant.triage import Triage
from assistant.worker import Worker, read_here
from bench.charsets import Offender, better_readings, mislabelled
from bench.drafts import NOW, OWNER, faults, replies
from bench.mails import Mail, mails, shown

SLOWEST_SECONDS = 2.0
MOST_MISREAD = 0.1
"""Share of mislabelled texts that may be misread where somebody could read them."""
MOST_LISTED = 10


@dataclass(slots=True)
class Report:
    """What was seen; `failures` is what must not be."""

    seconds: list[tuple[float, str]] = field(default_factory=list)
    """Reading and deciding on the wall clock, with the message's name."""
    cpu_seconds: float = 0.0
    """Reading and deciding all of them."""
    unreadable: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    screened: Counter[str] = field(default_factory=Counter)
    drafts: Counter[str] = field(default_factory=Counter)
    mislabelled: int = 0
    doubtful: int = 0
    """Mislabelled texts whose reading shows signs of being wrong, whoever reads them."""
    offenders: list[Offender] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    folder = parser.parse_args().shared / "corpus"
    if not folder.is_dir():
        print(f"corpus: {folder} is not there; nothing was read (it is not part of the project)")
        return 0
    those = mails(folder)
    triage = Triage(rulebook.load())
    report = Report()
    polarity("warm up")
    detect("load the model", "en")
    read = [(mail, _reading(mail, triage, report)) for mail in shown(those, "reading")]
    memory = _peak("self")
    for mail, message in read:
        if message is not None:
            _draft(mail, message, triage, report)
        _charsets(mail, report)
    worker = _through_worker(those, report)
    _tell(report, those, memory, worker)
    return 1 if report.failures else 0


def _reading(mail: Mail, triage: Triage, report: Report) -> Message | None:
    """From bytes to a decision, with the time that it took."""
    started, cpu_started = time.perf_counter(), time.process_time()
    try:
        reading = triage.attributed(read_here(mail.raw), OWNER)
        _decide(reading, triage, report)
    except UnreadableMail as error:
        report.unreadable[error.message] += 1
        return None
    except Exception as error:  # noqa: BLE001 - every one is what is being looked for
        report.failures.append(f"{mail.name}: {type(error).__name__}: {error}")
        return None
    finally:
        report.seconds.append((time.perf_counter() - started, mail.name))
        report.cpu_seconds += time.process_time() - cpu_started
    report.defects.update({defect.code for defect in reading.message.defects})
    return reading.message


def _decide(reading: Reading, triage: Triage, report: Report) -> None:
    facts = Facts(OWNER, reading.message.date or NOW, frozenset())
    outcome = triage.decide(reading, facts)
    if outcome.verdict is not None:
        report.screened["judged, flagged" if outcome.verdict.dissatisfied else "judged, fine"] += 1
    elif outcome.skip is not None:
        report.screened[outcome.skip.reason] += 1


def _draft(mail: Mail, message: Message, triage: Triage, report: Report) -> None:
    """The holding replies that the message could get, read back by others than our own code."""
    made: list[Draft] = []
    for reply in replies(triage, message):
        if isinstance(reply, Draft):
            made.append(reply)
        else:
            report.drafts[f"refused: {reply.detail}"] += 1
    report.drafts["made"] += len(made)
    report.failures += [f"{mail.name}: draft: {fault}" for fault in faults(message, made)]


def _charsets(mail: Mail, report: Report) -> None:
    for part in mislabelled(mail.raw):
        report.mislabelled += 1
        report.doubtful += part.doubtful
        if better := better_readings(part):
            report.offenders.append(Offender(mail.name, part, better))


def _through_worker(those: Iterable[Mail], report: Report) -> int:
    """The same mail through the real worker; its peak of memory in MB."""
    worker = Worker()
    try:
        for mail in shown(list(those), "through the worker"):
            try:
                worker.read(mail.raw, "en")
            except UnreadableMail as error:
                if error.message.startswith("reading it"):  # it broke, failed or was too slow
                    report.failures.append(f"{mail.name}: worker: {error.message}")
        process = worker._process  # nothing public tells its id
        return _peak(str(process.pid)) if process is not None else 0
    finally:
        worker.close()


def _peak(process: str) -> int:
    """The most memory that a process has used, in MB; 0 where there is no /proc to tell."""
    status = Path("/proc") / process / "status"
    lines = status.read_text("ascii", "replace").splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


def _tell(report: Report, those: list[Mail], memory: int, worker: int) -> None:
    slow, slowest = max(report.seconds)
    if slow > SLOWEST_SECONDS:
        report.failures.append(f"{slowest}: took {slow:.1f} s")
    misread = len(report.offenders)
    if misread > MOST_MISREAD * report.mislabelled:
        report.failures.append(f"{misread} of {report.mislabelled} mislabelled texts are misread")
    size = sum(len(mail.raw) for mail in those) // 1024 // 1024
    print(f"corpus: {len(those)} messages, {size} MB; {len(report.failures)} failures")
    print(
        f"  time       {1000 * report.cpu_seconds / len(those):.1f} s CPU per 1,000; slowest {slow:.2f} s, {slowest}"
    )
    print(f"  memory     {memory} MB at most, with all the mail held; worker {worker} MB")
    print(f"  no mail    {_counts(report.unreadable)}")
    print(f"  defects    {_counts(report.defects)}")
    print(f"  screening  {_counts(report.screened)}")
    print(f"  drafts     {_counts(report.drafts)}")
    print(
        f"  charsets   {report.mislabelled} texts with a wrong label, {report.doubtful} read "
        f"doubtfully, {misread} of them readable"
    )
    for offender in report.offenders[:MOST_LISTED]:
        print(f"             {offender}")
    for failure in report.failures:
        print(f"  FAILED     {failure}")


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common()) or "none"


if __name__ == "__main__":
    sys.exit(main())
