"""How often each rule was heard, and what the user has said of the messages in which it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from assistant.store.corrections import confirmed, verdicts
from assistant.store.database import Database
from assistant.store.types import RuleHits

SILENCE = timedelta(days=1)
"""For how long a mark must have stood before the user's silence counts as a yes."""


def rule_hits(
    database: Database, accounts: Sequence[str], now: datetime
) -> tuple[int, dict[str, RuleHits]]:
    """How many judged messages of these accounts are remembered; and rule -> hits, of each rule that was heard.

    Rules and voices alike, by the id under which they were recorded: some may not be in the rules any more.
    """
    total, found = 0, dict[str, RuleHits]()
    for account in accounts:
        said, stood = verdicts(database, account), confirmed(database, account, now - SILENCE)
        rows = database.rows(
            "SELECT identity, tone, hits, judged_at FROM message WHERE account = ? AND score IS NOT NULL",
            (account,),
        )
        total += len(rows)
        for identity, tone, hits, judged_at in rows:
            user = said.get(identity)
            one = RuleHits(
                "",
                flagged=int(tone is not None),
                unflagged=int(tone is None),
                confirmed=int(identity in stood),
                wrong=int(user is not None and user.kind == "not upset"),
                other=int(user is not None and user.kind == "other tone"),
                missed=int(user is not None and user.kind == "missed"),
                last=datetime.fromisoformat(judged_at),
            )
            for rule in {hit[0] for hit in json.loads(hits)}:
                found[rule] = _sum(found.get(rule, RuleHits(rule)), one)
    return total, found


def _sum(so_far: RuleHits, one: RuleHits) -> RuleHits:
    times = [each for each in (so_far.last, one.last) if each is not None]
    return replace(
        so_far,
        flagged=so_far.flagged + one.flagged,
        unflagged=so_far.unflagged + one.unflagged,
        confirmed=so_far.confirmed + one.confirmed,
        wrong=so_far.wrong + one.wrong,
        other=so_far.other + one.other,
        missed=so_far.missed + one.missed,
        last=max(times, default=None),
    )
