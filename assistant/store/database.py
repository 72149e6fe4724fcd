"""The SQLite file: opened safely, migrated, locked against a second daemon.

The only module that imports sqlite3. Writes survive a power cut (synchronous=FULL): a planned
effect is on disk before a server hears of it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assistant.errors import StateError, StateLocked, StateUnavailable

Row = tuple[Any, ...]

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE mailbox (
        account TEXT NOT NULL, name TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL,
        last_uid INTEGER NOT NULL,          -- everything up to here has been dealt with
        started TEXT NOT NULL,              -- older mail is judged only on request
        rescan INTEGER NOT NULL DEFAULT 0,  -- UIDVALIDITY changed; known mail is found by identity
        PRIMARY KEY (account, name)
    ) WITHOUT ROWID;
    CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, identity TEXT NOT NULL,
        mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
        judged_at TEXT NOT NULL, rules TEXT NOT NULL,
        skip TEXT,                          -- why not judged, or why no draft
        score INTEGER, threshold INTEGER, tone TEXT,
        hits TEXT NOT NULL,                 -- [[rule, points, subject|body, start, end], ...]
        thread INTEGER, sender TEXT,
        UNIQUE (account, identity)
    );
    CREATE INDEX message_uid ON message (account, mailbox, uidvalidity, uid);
    CREATE INDEX message_thread ON message (account, thread);
    CREATE INDEX message_sender ON message (account, sender);
    CREATE TABLE thread (
        account TEXT NOT NULL, reference TEXT NOT NULL, thread INTEGER NOT NULL,
        PRIMARY KEY (account, reference)
    ) WITHOUT ROWID;
    CREATE INDEX thread_number ON thread (account, thread);
    CREATE TABLE effect (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES message (id),
        kind TEXT NOT NULL CHECK (kind IN ('mark', 'draft')),
        value TEXT NOT NULL,                -- the keyword, or the draft's Message-ID
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (message, kind)
    );
    CREATE INDEX effect_open ON effect (state) WHERE state IN ('planned', 'appending');
    CREATE TABLE trouble (
        account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
        uid INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (account, mailbox, uidvalidity, uid)
    ) WITHOUT ROWID;
    """,
    # The day of arrival, so that a person can find a message that could not be judged.
    "ALTER TABLE trouble ADD COLUMN arrived TEXT;",
    # What a client's next message in the thread is compared with: numbers and hashes.
    """
    ALTER TABLE message ADD COLUMN own TEXT;        -- hash of its Message-ID
    ALTER TABLE message ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE message ADD COLUMN since TEXT;      -- when the first of those in a row was sent
    ALTER TABLE message ADD COLUMN people TEXT;     -- hashes of To and Cc
    ALTER TABLE message ADD COLUMN warmth INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN heat INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX message_own ON message (account, own);
    """,
    # A message may have two marks: its tone's, and "look first". Judged and flagged by day.
    """
    CREATE TABLE effect_of_any_value (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES message (id),
        kind TEXT NOT NULL CHECK (kind IN ('mark', 'draft')),
        value TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (message, kind, value)
    );
    INSERT INTO effect_of_any_value SELECT id, message, kind, value, state, planned_at, attempts,
        retry_at, note, drafts, drafts_uidvalidity, drafts_uidnext, appending_at FROM effect;
    DROP TABLE effect;
    ALTER TABLE effect_of_any_value RENAME TO effect;
    CREATE INDEX effect_open ON effect (state) WHERE state IN ('planned', 'appending');
    CREATE UNIQUE INDEX effect_draft ON effect (message) WHERE kind = 'draft';
    CREATE INDEX effect_planned ON effect (planned_at);
    CREATE INDEX message_judged ON message (account, judged_at);
    """,
    # When a message that could not be read is tried again; NULL: in the next pass.
    "ALTER TABLE trouble ADD COLUMN retry_at TEXT;",
    # What the user says against a verdict, and what tells that they do: the tone keywords that a message was
    # last seen with at its place. NULL: not looked at there.
    """
    ALTER TABLE message ADD COLUMN seen TEXT;       -- in lower case, with spaces between
    CREATE INDEX message_marked ON message (account, mailbox, uidvalidity, uid)
        WHERE seen != '' OR (seen IS NULL AND tone IS NOT NULL);
    ALTER TABLE mailbox ADD COLUMN keywords TEXT NOT NULL DEFAULT '';  -- the keywords that were looked for
    ALTER TABLE mailbox ADD COLUMN keeps INTEGER NOT NULL DEFAULT 0;   -- one was there again in a later pass
    CREATE TABLE correction (
        message INTEGER PRIMARY KEY REFERENCES message (id),
        tone TEXT,                          -- what the user says; NULL: not upset
        at TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('mail', 'terminal'))
    );
    """,
    # Cases: what the user sent, as numbers and hashes, and what they told of a case, in their own words.
    """
    ALTER TABLE message ADD COLUMN written TEXT;    -- when it was sent, as far as that can be believed
    ALTER TABLE message ADD COLUMN party TEXT;      -- hash of the person or firm
    ALTER TABLE message ADD COLUMN root TEXT;       -- hash of the Message-ID that its thread began with
    CREATE INDEX message_flagged ON message (account, thread) WHERE tone IS NOT NULL;
    CREATE TABLE sent (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, identity TEXT NOT NULL,
        mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
        written TEXT NOT NULL, thread INTEGER, party TEXT,
        kind TEXT NOT NULL,                 -- holding, summary, ..: a draft of ours; else empty
        words INTEGER NOT NULL,
        people TEXT NOT NULL,               -- hashes of To and Cc
        UNIQUE (account, identity)
    );
    CREATE INDEX sent_thread ON sent (account, thread);
    CREATE INDEX sent_written ON sent (account, written);
    CREATE INDEX effect_value ON effect (value) WHERE kind = 'draft';
    CREATE TABLE note (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, name TEXT NOT NULL,  -- of the case
        thread INTEGER,
        at TEXT NOT NULL, doing TEXT NOT NULL, words TEXT NOT NULL, owner TEXT NOT NULL, due TEXT,
        number INTEGER NOT NULL
    );
    CREATE INDEX note_name ON note (account, name);
    CREATE TABLE followup (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('summary', 'update', 'checkin', 'parting')),
        value TEXT NOT NULL,                -- the draft's Message-ID
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (account, value)
    );
    CREATE TABLE rung (
        account TEXT NOT NULL, name TEXT NOT NULL, clock TEXT NOT NULL, number INTEGER NOT NULL,
        due TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (account, name, clock, number, due)
    ) WITHOUT ROWID;
    """,
    # By which days a sent message owes its readers something; which words say so, nobody keeps.
    """
    ALTER TABLE sent ADD COLUMN promised TEXT;      -- days, with spaces between; NULL: none
    CREATE INDEX sent_promised ON sent (account) WHERE promised IS NOT NULL;
    """,
    # Less on the disk: nothing twice. A reference's hash is salted with its account, so it needs none beside it;
    # threads are numbered over all accounts. What belongs to a case goes by its thread, whatever its name becomes.
    """
    CREATE TABLE shift AS SELECT account, coalesce(sum(most) OVER (
            ORDER BY account ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS more
        FROM (SELECT account, max(thread) AS most FROM (
            SELECT account, thread FROM thread UNION ALL SELECT account, thread FROM message
            UNION ALL SELECT account, thread FROM sent UNION ALL SELECT account, thread FROM note)
        WHERE thread IS NOT NULL GROUP BY account);
    CREATE TABLE reference (
        reference TEXT PRIMARY KEY, thread INTEGER NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO reference
        SELECT reference, thread + more FROM thread JOIN shift USING (account) ORDER BY reference;
    DROP TABLE thread;
    ALTER TABLE reference RENAME TO thread;
    CREATE INDEX thread_number ON thread (thread);
    DROP INDEX message_own;                         -- found among those of its thread
    DROP INDEX message_sender;
    DROP INDEX message_thread;
    DROP INDEX sent_thread;
    UPDATE message SET
        thread = thread + (SELECT more FROM shift WHERE shift.account = message.account),
        since = CASE WHEN abs(julianday(since) - julianday(written)) * 24 > 1 OR written IS NULL THEN since END,
        root = CASE WHEN root IS NOT own THEN root END,     -- NULL: it began with the message itself
        hits = replace(hits, ',"body",0,0]', ']');
    UPDATE sent SET thread = thread + (SELECT more FROM shift WHERE shift.account = sent.account);
    UPDATE note SET thread = thread + (SELECT more FROM shift WHERE shift.account = note.account);
    DROP TABLE shift;
    CREATE INDEX message_sender ON message (sender);
    CREATE INDEX message_thread ON message (thread);
    CREATE INDEX sent_thread ON sent (thread);
    ALTER TABLE followup ADD COLUMN thread INTEGER;
    ALTER TABLE rung ADD COLUMN thread INTEGER;
    CREATE INDEX rung_thread ON rung (thread, clock, number, due);
    -- What is there was filed under a name: of the last six digits to base 32 of a message's root.
    CREATE TABLE named AS WITH RECURSIVE
        digits(account, thread, root, number, place) AS (
            SELECT DISTINCT account, thread, coalesce(root, own), 0, 17 FROM message
                WHERE thread IS NOT NULL AND written IS NOT NULL
                AND account IN (SELECT account FROM followup UNION SELECT account FROM rung)
            UNION ALL
            SELECT account, thread, root,
                number * 16 + instr('0123456789abcdef', substr(root, place, 1)) - 1, place + 1
                FROM digits WHERE place <= 24),
        letters(account, thread, number, name) AS (
            SELECT account, thread, number, '' FROM digits WHERE place = 25
            UNION ALL
            SELECT account, thread, number / 32,
                name || substr('0123456789abcdefghjkmnpqrstvwxyz', number % 32 + 1, 1)
                FROM letters WHERE length(name) < 6)
        SELECT account, 'c-' || name AS name, min(thread) AS thread FROM letters WHERE length(name) = 6
            GROUP BY account, name;
    CREATE INDEX named_name ON named (account, name);
    UPDATE followup SET thread = (SELECT thread FROM named
        WHERE named.account = followup.account AND named.name = followup.name);
    UPDATE rung SET thread = (SELECT thread FROM named
        WHERE named.account = rung.account AND named.name = rung.name);
    DROP TABLE named;
    DELETE FROM followup WHERE thread IS NULL;      -- the case is gone
    DELETE FROM rung WHERE thread IS NULL;
    """,
)
"""One script a version; `PRAGMA user_version` says how many have run. Never edit one that has shipped."""
NEWEST = len(MIGRATIONS)


def quiet(_event: str) -> None:
    """The tap that nobody listens to."""


class Database:
    """One connection to the state, for one thread.

    Args:
        tap: told ``before COMMIT`` and ``after COMMIT``.

    Raises:
        StateError: where the file is corrupt, from a newer version, or can't be opened.
    """

    def __init__(
        self, connection: sqlite3.Connection, name: str, tap: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._name = name
        self._tap = tap

    @classmethod
    def open(
        cls,
        path: Path,
        tap: Callable[[str], None] = quiet,
        *,
        check: bool = True,
        alone: bool = False,
    ) -> Database:
        """Open the state file, or make one: mode 0600 in a folder of mode 0700.

        Args:
            check: read it through for damage; once in a program's life is enough.
            alone: the caller holds the :class:`Lock`. Who doesn't brings no older state up to date while
                somebody does: that may be an older program, which would be at a loss.

        Raises:
            StateLocked: where the state is older, and somebody else is at work on it.
        """
        with _translated(str(path)):
            make_folder(path.parent)
            # Only where there is none: to close a file drops every lock that this process has on it (POSIX),
            # and without SQLite's own on the file, the next program to close it takes the log away.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            database = cls(connection, str(path), tap)
            try:
                database._prepare(check, None if alone else path.parent)
            except BaseException:
                connection.close()
                raise
        return database

    @classmethod
    def scratch(cls, path: Path | None) -> Database:
        """A copy of the state in memory, for a dry run: what it writes, nobody keeps."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        database = cls(memory, str(path or "a dry run's state"), quiet)
        try:
            with _translated(str(path)):
                if path is not None and path.exists():
                    # Not mode=ro: that leaves a -wal and a -shm file behind, which rw takes away.
                    source = sqlite3.connect(
                        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30
                    )
                    with contextlib.closing(source):
                        source.backup(memory)
                database._migrate()
        except BaseException:
            memory.close()
            raise
        return database

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, values: Row = ()) -> list[Row]:
        with _translated(self._name):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Row = ()) -> Row | None:
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def run(self, sql: str, values: Row = ()) -> int:
        """Execute one statement; the id of the row that was inserted, if any."""
        with _translated(self._name):
            return self._connection.execute(sql, values).lastrowid or 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. On any error, nothing."""
        with _translated(self._name):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._tap("before COMMIT")
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._tap("after COMMIT")

    def empty_log(self) -> bool:
        """Move the write-ahead log into the file and cut it to nothing: it holds pages as they were.

        Returns:
            Whether that could be done; not while somebody else is reading.
        """
        with _translated(self._name):
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def compact(self) -> bool:
        """Write the file anew from what is in it: what was erased is in no corner of it, and takes no room.

        Returns:
            Whether the log, which holds the old file's pages, could be emptied as well.
        """
        with _translated(self._name):
            self._connection.execute("VACUUM")
        return self.empty_log()

    @property
    def slack(self) -> float:
        """The share of the file that is free, 0 to 1."""
        with _translated(self._name):
            free, pages = (
                int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("freelist_count", "page_count")
            )
        return free / max(1, pages)

    def _prepare(self, check: bool, folder: Path | None) -> None:
        self._refuse_newer()  # before anything is changed in it
        self._write_ahead()
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        # What is erased is overwritten with zeros, also where an update leaves a free space behind; it
        # costs nothing that can be measured. And nothing is ever put down outside the state folder.
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute("PRAGMA temp_store = MEMORY")
        if check:
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != ("ok",):
                raise sqlite3.DatabaseError(f"quick_check: {found[0]}")
        if self._migrate(folder):
            # Not everything may have room for that, or somebody reads: the state is whole without it.
            with contextlib.suppress(StateUnavailable):
                self.compact()

    def _write_ahead(self) -> None:
        """Have a log. SQLite lets nobody wait who finds somebody else at the change into it, so we do."""
        for tries_left in reversed(range(100)):
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not tries_left:
                    raise
                self._connection.execute("BEGIN IMMEDIATE")  # waits
                self._connection.execute("ROLLBACK")
            else:
                return

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _refuse_newer(self) -> None:
        version = self._version()
        if version > NEWEST:
            raise StateError(
                f"{self._name}: written by a newer version of the assistant "
                f"(its format is {version}, this version knows {NEWEST})",
                hint="after an upgrade, restart whatever still runs; else install the newer version again; "
                "nothing was changed",
            )

    def _migrate(self, folder: Path | None = None) -> bool:
        """Bring it up to date, all or nothing. Who comes second waits, and finds it done.

        Args:
            folder: whose lock must be free for that; None where the caller holds it, or nobody else can.

        Returns:
            Whether there was an older state.
        """
        self._refuse_newer()
        if self._version() == NEWEST:
            return False
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            with contextlib.ExitStack() as held:
                self._refuse_newer()  # somebody else may have been at it meanwhile
                version = self._version()
                if folder is not None and 0 < version < NEWEST:
                    held.enter_context(_nobody_at_work(folder, version))
                for number, script in enumerate(MIGRATIONS[version:], version + 1):
                    for statement in _statements(script):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {number}")
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return 0 < version < NEWEST


def _statements(script: str) -> Iterator[str]:
    """One by one: executescript() would end the transaction first."""
    text = ""
    for part in script.split(";"):
        text += f"{part};"
        if sqlite3.complete_statement(text):
            yield text
            text = ""


class Lock:
    """Held by the one process that may write to a state folder.

    An exclusive SQLite transaction on a file of its own: the operating system lets go of it
    however the process ends, on every platform.

    Raises:
        StateLocked: where somebody else holds it.
        StateError: where the lock can't be used at all.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        with _translated(str(path)):
            make_folder(folder)
            self._connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                self._connection.close()
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                raise StateLocked(
                    f"another assistant is at work on {folder}",
                    hint="stop it first, or give this one a state folder of its own (state = … in config.toml)",
                ) from error

    def release(self) -> None:
        self._connection.close()

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _nobody_at_work(folder: Path, version: int) -> Lock:
    """The lock on a state that is to be brought up to date.

    Raises:
        StateLocked: where somebody is at work, most likely the program before its upgrade.
    """
    try:
        return Lock(folder)
    except StateLocked as error:
        raise StateLocked(
            f"the state in {folder} is still of an older version (its format is {version}, this version's {NEWEST}), "
            "and an assistant is at work on it",
            hint="restart that assistant, which brings the state up to date, then try again; nothing was changed",
        ) from error


def make_folder(folder: Path) -> None:
    """The state folder, for its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StateUnavailable(
            f"{name}: can't be used: {error}",
            hint="is the disk full, or the folder not writable? Nothing was written half",
        ) from error
    except sqlite3.DatabaseError as error:
        raise StateError(
            f"{name}: is damaged: {error}",
            hint=(
                "move the file away (keep it) and start again: mail that already has a draft is "
                "recognised by the draft, so none is made twice"
            ),
        ) from error
    except OSError as error:  # a disk that is read-only or full, too many open files: it may pass
        raise StateUnavailable(f"{name}: can't be opened: {error.strerror or error}") from error
