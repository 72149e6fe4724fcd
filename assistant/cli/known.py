"""What the user has said of remembered messages, aloud by corrections and by silence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from assistant.cli import wiring
from assistant.cli.wiring import Setup
from assistant.config import Account
from assistant.store import Database, confirmed, verdicts

SILENCE = timedelta(days=1)
"""What was left as it is for so long counts as agreed to."""


@dataclass(frozen=True, slots=True)
class Known:
    """By identity."""

    corrected: Mapping[str, bool]
    """Whether the writer is dissatisfied, of what the user corrected."""
    stood: frozenset[str] = frozenset()
    """Flagged, and the mark was let stand; none of what was corrected."""

    @property
    def dissatisfied(self) -> Mapping[str, bool]:
        """Of both."""
        return {**dict.fromkeys(self.stood, True), **self.corrected}


def known(setup: Setup, accounts: Iterable[Account]) -> Known:
    """What the state holds of these accounts; nothing where there is no state."""
    if not setup.config.state_file.exists():
        return Known({})
    corrected: dict[str, bool] = {}
    stood: set[str] = set()
    with contextlib.closing(Database.scratch(setup.config.state_file)) as database:
        for account in accounts:
            name = account.mailbox_address
            said = verdicts(database, name)
            corrected |= {identity: each.dissatisfied for identity, each in said.items()}
            stood |= confirmed(database, name, wiring.now() - SILENCE).keys()
    return Known(corrected, frozenset(stood))
