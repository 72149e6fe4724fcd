"""What is remembered between passes: cursors, verdicts, planned effects, threads.

`types` says what is remembered and what the service may ask (`State`), `database` opens the
SQLite file (WAL, synchronous=FULL, migrations, the lock), `state` keeps the one in the other, `erase`
takes it out again. State holds ids, rule names, points and spans; never a word that a client wrote, and addresses
and Message-IDs only as hashes.
"""

from assistant.store.database import Database, Lock
from assistant.store.erase import Traces, accounts, all_traces, forget, forget_all, traces
from assistant.store.state import Store
from assistant.store.summary import tally
from assistant.store.troubles import not_judged
from assistant.store.types import (
    Cursor,
    Drafted,
    Known,
    Planned,
    State,
    Tally,
    Trouble,
    Work,
    later,
)

__all__ = [
    "Cursor",
    "Database",
    "Drafted",
    "Known",
    "Lock",
    "Planned",
    "State",
    "Store",
    "Tally",
    "Traces",
    "Trouble",
    "Work",
    "accounts",
    "all_traces",
    "forget",
    "forget_all",
    "later",
    "not_judged",
    "tally",
    "traces",
]
