"""What is remembered between passes: cursors, verdicts, planned effects, threads.

`types` says what is remembered and what the service may ask (`State`), `database` opens the
SQLite file (WAL, synchronous=FULL, the lock), `migrations` says what is in it, `state` keeps the one in the other,
`erase` takes it out again. `corrections` is what the user says against our verdicts, `rulehits` what that says
of the rules; `cases` is what a case needs, `promised` what the user owes by a day. State holds ids, rule names, points and spans; never a word that a client wrote, and
addresses and Message-IDs only as hashes.
"""

from assistant.store.casenames import OLD, Thread
from assistant.store.cases import CaseBook
from assistant.store.corrections import UNHEARD, Remembered, confirmed, correct, find, verdicts
from assistant.store.database import Database, Lock
from assistant.store.erase import Traces, accounts, all_traces, forget, forget_all, traces
from assistant.store.followups import DueDraft, FollowUpStore
from assistant.store.promised import Promised
from assistant.store.rulehits import rule_hits
from assistant.store.state import Store
from assistant.store.summary import tally
from assistant.store.tracks import Tracks
from assistant.store.troubles import SECOND_LOOK, not_judged
from assistant.store.types import (
    Cursor,
    Drafted,
    Heard,
    Known,
    Looks,
    Place,
    Planned,
    RuleHits,
    Said,
    State,
    Tally,
    Trouble,
    Watched,
    Work,
    later,
)

__all__ = [
    "OLD",
    "SECOND_LOOK",
    "UNHEARD",
    "CaseBook",
    "Cursor",
    "Database",
    "Drafted",
    "DueDraft",
    "FollowUpStore",
    "Heard",
    "Known",
    "Lock",
    "Looks",
    "Place",
    "Planned",
    "Promised",
    "Remembered",
    "RuleHits",
    "Said",
    "State",
    "Store",
    "Tally",
    "Thread",
    "Traces",
    "Tracks",
    "Trouble",
    "Watched",
    "Work",
    "accounts",
    "all_traces",
    "confirmed",
    "correct",
    "find",
    "forget",
    "forget_all",
    "later",
    "not_judged",
    "rule_hits",
    "tally",
    "traces",
    "verdicts",
]
