"""How time and memory grow with messages, with rules of one's own, and with accounts.

    python -m bench.growth [--quick] [--write]

Writes docs/benchmarks.svg, whose axes are logarithmic: what grows in proportion is a straight line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from assistant import rulebook
from assistant.model import Address, Facts, Identity, Profile
from assistant.triage import Triage
from assistant.worker import Here
from bench.boxes import dovecot, filled, letters
from bench.charts import Chart, svg
from bench.processes import memory, processor_seconds
from bench.programs import configured, daemon, ran
from bench.report import Section, Table, markdown
from tests.letters import NOW
from tests.office import month
from tests.servers import select_wait

MESSAGES = (1_000, 10_000, 100_000)
RULES = (1, 10, 100, 1_000)
ACCOUNTS = (1, 20, 200)
REST_SECONDS = 60.0
SVG = Path(__file__).parents[1] / "docs" / "benchmarks.svg"
Row = dict[str, float]


def section(*, quick: bool = False, write: Path | None = SVG) -> Section:
    """Measure it.

    Args:
        write: where the charts go; None for nowhere. Quick ones go nowhere.
    """
    messages = [by_messages(n) for n in ((100, 1_000) if quick else MESSAGES)]
    rules = [_by_rules(n) for n in ((1, 10) if quick else RULES)]
    accounts = [by_accounts(n, 1.0 if quick else REST_SECONDS) for n in ((1, 5) if quick else ACCOUNTS)]  # fmt: skip
    if write is not None and not quick:
        write.write_text(svg(_charts(messages, rules, accounts)), "utf-8")
    return Section(
        "How it grows",
        "python -m bench.growth",
        "First scans as in \"A first scan of a whole mailbox\", without the reader: the whole command, its own process's "
        "peak and its worker's. Rules of the user's own, each a phrase of three words, beside those that ship: "
        "reading them and judging the first message, then one core, in process. Accounts: the daemon at rest, each "
        "on a connection of its own."
        "\n\n![Six charts with logarithmic axes](benchmarks.svg)",
        (
            _table("messages", messages, ("seconds", "messages a second", "own MB", "worker MB")),
            _table("own rules", rules, ("ready after s", "messages a second", "MB")),
            _table("accounts", accounts, ("watching after s", "MB", "% of a core")),
        ),
        ("In the charts what grows in proportion is a straight line that climbs a decade a decade.",),
    )  # fmt: skip


def _table(name: str, rows: Sequence[Row], columns: tuple[str, ...]) -> Table:
    return Table(
        (name, *columns),
        tuple((f"{row[name]:,.0f}", *(_figure(row[each]) for each in columns)) for row in rows),
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def _charts(
    messages: Sequence[Row], rules: Sequence[Row], accounts: Sequence[Row]
) -> tuple[Chart, ...]:
    def chart(title: str, along: str, rows: Sequence[Row], **lines: str) -> Chart:
        return Chart(
            title,
            along,
            tuple(
                (name, tuple((row[along], row[key]) for row in rows)) for name, key in lines.items()
            ),
        )

    return (
        chart("First scan, seconds", "messages", messages, scan="seconds"),
        chart("First scan, MB", "messages", messages, program="own MB", worker="worker MB"),
        chart("Judging, messages a second", "own rules", rules, rate="messages a second"),
        chart("Rules ready, seconds", "own rules", rules, ready="ready after s"),
        chart("Rules, MB", "own rules", rules, process="MB"),
        chart("Daemon at rest, MB", "accounts", accounts, daemon="MB"),
    )


def by_messages(count: int) -> Row:
    """A first scan, dry, without the reader."""
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="growth-") as folder:
        account = filled(stand, letters(count))
        config = configured(Path(folder), [account], '[judging]\nreader = "off"')
        found = ran(config, "scan", "--dry-run", "--since", "3650d")
    if f"{count} judged" not in found.out:
        raise RuntimeError(f"not all were judged: {found.out[-300:]}")
    return {
        "messages": count,
        "seconds": found.seconds,
        "messages a second": count / found.seconds,
        "own MB": found.own,
        "worker MB": found.worker,
    }


def by_accounts(count: int, seconds: float) -> Row:
    """The daemon at rest, with so many accounts on one server."""
    with dovecot() as stand, tempfile.TemporaryDirectory(prefix="growth-") as folder:
        accounts = [stand.account() for _ in range(count)]
        config = configured(Path(folder), accounts, '[judging]\nreader = "off"')
        started = time.monotonic()
        with daemon(config, count) as pid:
            ready = time.monotonic() - started
            select_wait(min(5.0, seconds))
            before, at = processor_seconds(pid), time.monotonic()
            select_wait(seconds)
            share = (processor_seconds(pid) - before) / (time.monotonic() - at)
            held = memory(pid)
    return {"accounts": count, "watching after s": ready, "MB": held, "% of a core": 100 * share}


def _by_rules(count: int) -> Row:
    """In a process of its own: what one has compiled, the next would find warm."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth", "--rules", str(count)],
        capture_output=True,
        check=True,
        text=True,
    )
    found: Row = json.loads(done.stdout)
    return found


def by_rules(count: int) -> Row:
    """Judging with so many rules of the user's own, here."""
    profile = Profile("you@studio.example", (Identity(Address("", "you@studio.example")),), 14, 7)
    facts, here = Facts(profile, NOW, frozenset()), Here()
    readings = [here.read(each.raw, "en") for each in month()]
    before, started = memory("self"), time.process_time()
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        (Path(folder) / "own.toml").write_text("\n".join(map(_rule, range(count))), "utf-8")
        triage = Triage(rulebook.load(Path(folder)))
    triage.decide(readings[0], facts)
    ready, held = time.process_time() - started, memory("self") - before
    rounds = 3
    started = time.process_time()
    for _ in range(rounds):
        for each in readings:
            triage.decide(each, facts)
    took = time.process_time() - started
    return {
        "own rules": count,
        "ready after s": ready,
        "messages a second": rounds * len(readings) / took,
        "MB": held,
    }


def _rule(number: int) -> str:
    """A rule for a word that no message has, among words that many have."""
    word = "".join(chr(97 + number // 26**place % 26) for place in range(3))
    phrase = f"the {word}ix (is|was) [still] wrong"
    return (
        f'[[rule]]\nid = "my.r{number}"\ndescribe = "names the {word}ix"\npoints = 60\n'
        f'tone = "disappointed"\nphrases = ["{phrase}"]\nmatches = ["The {word}ix is wrong."]\n'
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true", help="docs/benchmarks.svg")
    parser.add_argument("--rules", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rules:
        print(json.dumps(by_rules(options.rules)))
        return 0
    print(markdown(section(quick=options.quick, write=SVG if options.write else None)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
