"""What is remembered between passes: cursors, verdicts, planned effects, threads.

`database` opens the SQLite file (WAL, synchronous=FULL, migrations, the lock), `state` is the
face that the service uses. State holds ids, rule names, points and spans; never a word that a
client wrote, and addresses and Message-IDs only as hashes.
"""

from assistant.store.database import Database, Lock
from assistant.store.state import Cursor, Known, Planned, State, Store, Work

__all__ = ["Cursor", "Database", "Known", "Lock", "Planned", "State", "Store", "Work"]
