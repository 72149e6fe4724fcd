"""How often `learn` proposes something on ordinary labelled mail, what it claims, and what that is worth on fresh mail.

    python -m bench.chance [--shared ../shared] [--messages 600] [--draws 40]

Mail is drawn again and again: one of twenty by an unhappy writer (training mail of ../shared/data), the others
content (the same, and everyday office mail), with senders made up. Each proposal is then counted on 1,000 other messages, drawn
likewise from the half that was not learned from. Judged without the reader; part of it is what the rules were fitted on.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.cli import learngather, wiring
from assistant.lab.learning import count, learn
from assistant.lab.proposal import NOTHING, Proposal, Sample
from assistant.lab.separating import phrases_of

FRESH = 1_000
UNHAPPY = 20
"""One of so many."""
ENRON = "public/enron_ordinary.jsonl"


@dataclass(frozen=True, slots=True)
class Pool:
    """Judged messages in English, by the truth of them."""

    unhappy: tuple[Sample, ...]
    content: tuple[Sample, ...]
    points: dict[str, int]
    budget: float

    def halves(self, dice: random.Random) -> tuple[Pool, Pool]:
        """Two without a message in common."""
        sides = [dice.sample(each, len(each)) for each in (self.unhappy, self.content)]
        first, second = (tuple(tuple(side[at::2]) for side in sides) for at in (0, 1))
        return replace(self, unhappy=first[0], content=first[1]), replace(
            self, unhappy=second[0], content=second[1]
        )

    def mail(self, dice: random.Random, number: int) -> list[Sample]:
        """So many messages; a few senders write a third of them."""
        unhappy = min(number // UNHAPPY, len(self.unhappy))
        drawn = dice.sample(self.unhappy, unhappy) + dice.sample(self.content, number - unhappy)
        return [
            replace(each, id=f"{at}", sender=_sender(dice, number)) for at, each in enumerate(drawn)
        ]


def _sender(dice: random.Random, number: int) -> str:
    if dice.random() < 0.3:
        return f"often-{int(dice.paretovariate(1.0)) % (number // 4)}"
    return f"seldom-{dice.randrange(number // 3)}"


def pool(shared: Path) -> Pool:
    """The mail, judged by the shipped rules."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text('[judging]\nreader = "off"\n')
        setup = wiring.read_setup(config)
    files = [*sorted((shared / "data" / "train").glob("en?.jsonl")), shared / "data" / ENRON]
    found = learngather.from_files(setup, files, lambda: None).samples
    english = [each for each in found if each.language == "en"]
    return Pool(
        tuple(each for each in english if each.unhappy),
        tuple(each for each in english if not each.unhappy),
        {rule.id: rule.points for rule in setup.rulebook.rules},
        setup.config.settings.judging.flags_per_1000,
    )


def gain(mail: Sequence[Sample], proposal: Proposal) -> float:
    """What a proposal saves, in wrong flags of 1,000 messages."""
    wanted = {each.text for each in proposal.phrases}
    read = [replace(e, phrases=phrases_of(e.texts) & wanted) if wanted else e for e in mail]
    return 1000 * (count(read, NOTHING).cost - count(read, proposal).cost) / len(read)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--draws", type=int, default=40)
    options = parser.parse_args()
    if not (options.shared / "data").is_dir():
        print(f"chance: {options.shared}/data is not there; it is not part of the project")
        return 0
    whole = pool(options.shared)
    claimed, true = [], []
    for draw in range(options.draws):
        dice = random.Random(draw)
        ours, others = whole.halves(dice)
        learned = learn(ours.mail(dice, options.messages), whole.points, whole.budget)
        if learned.proposal.empty:
            continue
        saved = learned.before.cost - learned.validated.cost
        claimed.append(1000 * saved / options.messages)
        true.append(gain(others.mail(dice, FRESH), learned.proposal))
    print(f"{options.messages} messages, {options.draws} draws: proposed in {len(claimed)}")
    if claimed:
        print(
            f"in wrong flags of 1,000: claimed {statistics.mean(claimed):.1f}, on fresh mail "
            f"{statistics.mean(true):.1f}; worse than nothing there in {sum(each < 0 for each in true)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
