"""How the daemon stands, as `status` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from assistant.clean import clean_text
from assistant.cli import NOT_RUNNING
from assistant.daemon.board import STARTING, WATCHING, Standing
from assistant.daemon.health import EVERY_SECONDS, STALE_SECONDS, Beat, read
from assistant.errors import MailboxError, StateError, StateLocked
from assistant.store import Lock

LATE = timedelta(minutes=20)
"""A last good pass longer ago than this is trouble, whatever else is said."""
_WAITS = {"idle": "the server tells of new mail", "poll": "it is looked for now and then"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What the daemon last said, at a moment."""

    beat: Beat | None
    now: datetime
    running: bool
    """Whether a daemon is alive: one that is gives a sign of it every half minute, and holds its lock."""

    @classmethod
    def read(cls, folder: Path, now: datetime) -> Watched:
        beat = read(folder)
        return cls(beat, now, beat is not None and _recent(beat.written, now) and is_locked(folder))

    def code(self, names: Sequence[str]) -> int:
        """The exit code that monitoring wants."""
        if not self.running:
            return NOT_RUNNING
        return MailboxError.exit_code if any(self._trouble(name) for name in names) else 0

    def show(self, out: Console) -> None:
        """A line about the daemon itself."""
        if self.beat is None:
            out.print(Text("The assistant is not running (`assistant run` starts it).\n"))
        elif not self.running:
            when = f"{self.beat.written.astimezone():%Y-%m-%d %H:%M}"
            text = f"The assistant is not running: its last sign of life is of {when}.\n"
            out.print(Text(text, style="red"))
        else:
            since = f"{self.beat.started.astimezone():%Y-%m-%d %H:%M}"
            out.print(Text(f"Running since {since} (process {self.beat.pid}).\n"))

    def lines(self, name: str) -> list[tuple[str, str, str]]:
        """Label, text and style of each line about an account."""
        if not self.running:
            return []
        found = self._standing(name)
        if found is None:
            return [("Watched", "no: it is not in the config that the daemon runs with", "red")]
        good = f"last good pass {_words(self._ago(found.last_good))} ago" if found.last_good else ""
        if found.state == WATCHING:
            waits = f", {_WAITS[found.waits]}" if found.waits in _WAITS else ""
            return [("Watched", f"yes, {good}{waits}", "red" if self._trouble(name) else "")]
        if found.state == STARTING:
            return [("Watched", "not yet: signing in", "")]
        since = f"since {found.since.astimezone():%Y-%m-%d %H:%M}"
        lines = [
            ("Watched", f"no, {since}{f'; {good}' if good else ''}", "red"),
            ("Because", clean_text(found.error, 300), "red"),
        ]
        if found.hint:
            lines.append(("Hint", clean_text(found.hint, 300), ""))
        if found.next_try is not None:
            lines.append(("Next try", f"{found.next_try.astimezone():%H:%M}", ""))
        return lines

    def as_json(self, name: str) -> dict[str, Any]:
        """The same for machines."""
        found = self._standing(name) if self.running else None
        return {
            "running": self.running,
            "state": found.state if found else None,
            "state_since": found.since.isoformat() if found else None,
            "last_good": found.last_good.isoformat() if found and found.last_good else None,
            "error": found.error if found else "",
            "next_try": found.next_try.isoformat() if found and found.next_try else None,
            "in_trouble": self._trouble(name) if self.running else None,
        }

    def _standing(self, name: str) -> Standing | None:
        accounts = self.beat.accounts if self.beat is not None else ()
        return next((each for each in accounts if each.name == name), None)

    def _trouble(self, name: str) -> bool:
        found = self._standing(name)
        if found is None:
            return True
        late = self._ago(found.last_good or found.since) > LATE
        return late or found.state not in (STARTING, WATCHING)

    def _ago(self, when: datetime) -> timedelta:
        return max(timedelta(0), self.now - when)


def is_locked(folder: Path) -> bool:
    """Whether somebody is at work on a state folder, as far as that can be told.

    What a daemon that was killed has left behind looks alive but for that. To ask is to take the lock for a
    moment, so it is asked only where there is a sign of life.
    """
    try:
        Lock(folder).release()
    except StateLocked:
        return True
    except StateError:  # not ours to write: the sign of life is believed
        return True
    return False


def _recent(written: datetime, now: datetime) -> bool:
    """Neither long ago nor, but for a small correction of the clock, in the future."""
    seconds = (now - written).total_seconds()
    return -EVERY_SECONDS < seconds < STALE_SECONDS


def _words(span: timedelta) -> str:
    """A span in the largest unit that tells enough."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
