"""What the mail of each client left behind, and where a name for them may be found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assistant.cases.history import Trace
from assistant.model import Entry, Location
from assistant.store.database import Database
from assistant.store.moments import as_text, as_time
from assistant.store.types import Place

TONE = "CASE WHEN correction.message IS NULL THEN message.tone ELSE correction.tone END"
JUDGED = "FROM message LEFT JOIN correction ON correction.message = message.id"
"""Mail with what its user said of it; `TONE` is theirs before ours."""


@dataclass(slots=True)
class Tracks:
    """What one person or firm wrote and was written."""

    last: Place
    """Their newest message."""
    told: Place | None = None
    """The newest one to them."""
    traces: list[Trace] = field(default_factory=list)
    """In no order."""


def tracks(
    database: Database, heats: Mapping[str, int], account: str, since: datetime
) -> dict[str, Tracks]:
    """Of everybody who wrote since a time, by their hash.

    Args:
        heats: of the tones, by id.
    """
    came = database.rows(
        f"SELECT party, mailbox, uidvalidity, uid, identity, written, {TONE}, people, warmth"
        f" {JUDGED} WHERE account = ? AND score IS NOT NULL AND party IS NOT NULL AND written >= ?"
        " ORDER BY written, message.id",
        (account, as_text(since)),
    )
    found: dict[str, Tracks] = {}
    for party, mailbox, validity, uid, identity, written, tone, people, warmth in came:
        at, heat = as_time(written), heats.get(tone or "", 0)
        entry = Entry(at, inward=True, heat=heat)
        place = Place(Location(account, mailbox, validity, uid), identity, entry)
        theirs = found.setdefault(party, Tracks(place))
        theirs.last = place
        copied = max(0, len(json.loads(people or "[]")) - 1)
        theirs.traces.append(Trace(at, inward=True, heat=heat, copied=copied, warmth=warmth))
    went = database.rows(
        "SELECT party, mailbox, uidvalidity, uid, identity, written, kind, words FROM sent"
        " WHERE account = ? AND written >= ? ORDER BY written, id",
        (account, as_text(since)),
    )
    for party, mailbox, validity, uid, identity, written, kind, words in went:
        if party in found:
            at = as_time(written)
            entry = Entry(at, inward=False, kind=kind, words=words)
            found[party].told = Place(Location(account, mailbox, validity, uid), identity, entry)
            found[party].traces.append(Trace(at, inward=False, words=words))
    return found
