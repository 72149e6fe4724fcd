"""Messages at which connections break: because of the line, or of the message?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from assistant.errors import ConnectionLost, MailboxError
from assistant.model import Fetched, Location
from assistant.service.judging import BREAKS, BROKE
from assistant.service.ports import Clock
from assistant.store import State, later

SUSPECT = (BROKE, BREAKS)
REST = timedelta(hours=1)
"""How long such a message is left alone at most, after the second time."""
AT_ONCE = 8
"""Messages that the reader is given at once."""


class FewAtOnce:
    """Fetched messages, as many as the reader is given at once: it is kept busy, and other accounts don't wait long.

    What was fetched before the connection broke is given out before that is told: else a server
    that breaks at one message would keep all before it from being judged, for ever.
    """

    def __init__(self, messages: Iterator[Fetched]) -> None:
        self._messages = messages
        self.broken: MailboxError | None = None
        """What ended it before its end."""

    def __iter__(self) -> Iterator[list[Fetched]]:
        few: list[Fetched] = []
        try:
            for each in self._messages:
                few.append(each)
                if len(few) == AT_ONCE:
                    yield few
                    few = []
        except MailboxError as error:
            self.broken = error
        if few:
            yield few


class Suspects:
    """One account's messages at which a connection broke."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def stumble(self, at: Location, error: MailboxError, among_others: bool) -> MailboxError:
        """A fetch ended at this message: what is to be raised.

        It is the message's doing, if it breaks a second time, alone, where others have just come through. Until
        then no message is given up for a bad line; but it is tried only now and then, so that it keeps
        nobody from waiting for mail.

        Args:
            at: UID 0 where it is not known which.
        """
        if not isinstance(error, ConnectionLost) or not at.uid:
            return error
        troubled = self._state.troubled(at.account, at.mailbox, at.uidvalidity)
        breaks = next((e.attempts for e in troubled if e.uid == at.uid and e.reason == BROKE), 0)
        if breaks and among_others:
            self._state.trouble(at, BREAKS)
            told = f"{error.message}; it breaks at message {at.uid} each time, which is left alone"
            return ConnectionLost(told, error.hint)
        now = self._clock()
        until = min(later(now, breaks - 1), now + REST) if breaks else None
        self._state.trouble(at, BROKE, None, until)
        return error
