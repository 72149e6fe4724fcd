"""What the user is told outside the mailbox: that something stopped, that somebody is angry.

A notice says which mailbox, what happened, and how often; never a word that anybody wrote, no client's name or
address, no subject, and not what a server said. Each thing is told once, not at every try.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from assistant.errors import ConfigError, Problem
from assistant.service.report import Reminder

log = logging.getLogger("assistant")

FAILING_FOR = timedelta(minutes=15)
"""Trouble that passes sooner is nobody's business."""
PAUSED_EVERY = 24 * 3600.0
MOST_WAITING = 100
MOST_NAMED = 5
"""Cases in one notice."""
TITLE = "inbox-assistant"
_MAIL = ("mailto:", "mailtos:")


class Notices:
    """Decides what is worth a notice.

    Args:
        send: takes a sentence; None where nobody wants to be told.
        tones: those that are worth one, mildest first.
    """

    def __init__(
        self, send: Callable[[str], None] | None = None, tones: Sequence[str] = ()
    ) -> None:
        self._send = send
        self._tones = tuple(tones)
        self._lock = threading.Lock()
        self._down: set[str] = set()
        self._paused: dict[str, float] = {}

    def stopped(self, name: str, why: str) -> None:
        self._once_down(name, f"{name} is not watched any more: {why}. See `assistant status`.")

    def failing(self, name: str, lasting: timedelta) -> None:
        """Something is wrong and has been for so long."""
        if lasting >= FAILING_FOR:
            minutes = int(lasting.total_seconds() // 60)
            self._once_down(
                name,
                f"{name} has not been reached for {minutes} minutes. See `assistant status`.",
            )

    def well_again(self, name: str) -> None:
        with self._lock:
            told = name in self._down
            self._down.discard(name)
        if told:
            self._tell(f"{name} is watched again.")

    def flagged(self, name: str, tones: Mapping[str, int]) -> None:
        """So many messages of each tone came in one pass."""
        hot = [f"{tones[each]} {each}" for each in reversed(self._tones) if tones.get(each)]
        if hot:
            self._tell(f"{name}: unhappy mail has come ({', '.join(hot)}). Look into your inbox.")

    def due(self, name: str, reminders: Sequence[Reminder]) -> None:
        """Something is due in cases of a mailbox."""
        if reminders:
            told = ", ".join(each.told for each in reminders[:MOST_NAMED])
            more = len(reminders) - MOST_NAMED
            others = f" and {more} more" if more > 0 else ""
            self._tell(f"{name}: due soon: {told}{others}. See `assistant today`.")

    def sign_in_ends(self, name: str, ends: datetime) -> None:
        day = f"{ends.astimezone():%d %B}"
        self._tell(
            f"{name}: its sign-in ends on {day}. Sign in again: `assistant account sign-in`."
        )

    def paused(self, name: str) -> None:
        with self._lock:
            last = self._paused.get(name)
            if last is not None and time.monotonic() - last < PAUSED_EVERY:
                return
            self._paused[name] = time.monotonic()
        self._tell(
            f"{name}: far more unhappy mail than usual; no drafts are laid until it is less. "
            "Unhappy mail is marked all the same."
        )

    def _once_down(self, name: str, text: str) -> None:
        with self._lock:
            if name in self._down:
                return
            self._down.add(name)
        self._tell(text)

    def _tell(self, text: str) -> None:
        if self._send is not None:
            self._send(text)


class Post:
    """Sends notices by Apprise, from a thread of its own: a slow service delays no mailbox.

    Args:
        urls: Apprise's URLs (https://github.com/caronc/apprise/wiki), each with its secrets.

    Raises:
        ConfigError: where Apprise isn't installed, or a URL isn't one of its own.
    """

    def __init__(self, urls: Sequence[str], file: str) -> None:
        try:
            import apprise
        except ImportError as error:
            raise ConfigError(
                [Problem(file, None, "notify", "notices need Apprise, which is not installed")],
                hint="pip install 'inbox-assistant[notify]'",
            ) from error
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold URLs
        mail = [n for n, url in enumerate(urls, 1) if url.lower().startswith(_MAIL)]
        if mail:
            raise ConfigError(
                [Problem(file, None, "notify.urls", f"number {mail[0]} would send mail")],
                hint="this program never sends any, not even to you; take a push service",
            )
        self._post = apprise.Apprise()
        wrong = [number for number, url in enumerate(urls, 1) if not self._post.add(url)]
        if wrong:
            which = ", ".join(map(str, wrong))
            raise ConfigError(
                [Problem(file, None, "notify.urls", f"no URL that Apprise knows: number {which}")],
                hint="they look like ntfys://topic or pover://…; see Apprise's list of services",
            )
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
        self._thread.start()

    def send(self, text: str) -> None:
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            log.warning("a notice was not sent: too many wait already")

    def close(self, seconds: float = 5.0) -> None:
        """Send what waits, for so long at most."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _work(self) -> None:
        while (text := self._waiting.get()) is not None:
            if not self._post.notify(body=text, title=TITLE):
                log.warning("a notice could not be sent; are the URLs in [notify] right?")
