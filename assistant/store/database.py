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
from assistant.store.migrations import MIGRATIONS, NEWEST

Row = tuple[Any, ...]


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
