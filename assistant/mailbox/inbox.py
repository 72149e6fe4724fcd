"""The inbox: left selected where the server tells what changes in it, its flags read again only where they changed.

SELECT costs some servers time by the size of a mailbox (Dovecot, on a connection that saw mail come in: 60 ms for
100,000 messages), and a thousand flags cost 20 ms; a pass every few minutes needs neither where nothing has changed
(docs/decisions.md, "The inbox stays selected").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from assistant.errors import ConnectionLost, RefusedByServer
from assistant.mailbox.batches import all_flags, batches
from assistant.mailbox.commands import Commands
from assistant.model import Opened

RENEW_SECONDS = 900.0
"""How long a server is believed that it tells of everything."""
MOST_FLAGS = 100
"""Of a message whose flags are remembered; nobody has more."""
MOST_ASKED = 1_000
"""UIDs in one question which of them changed; mostly the answer is none."""


class Inbox:
    """One connection's inbox.

    Args:
        items: what shows how a message is marked.
        tracks: whether the server numbers what changes (CONDSTORE, RFC 7162), and all that `items` name.
        clock: the monotonic one.
    """

    def __init__(
        self, server: Commands, name: str, items: tuple[str, ...], *, tracks: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._server = server
        self._name = name
        self._items = items
        self._tracks = tracks
        self._clock = clock
        self._opened: Opened | None = None
        """As it was when the pass began."""
        self._first: int | None = None
        """Its UIDNEXT when it was first opened since the last wait: from there on a pass may not have looked."""
        self._waited = False
        self._now: Opened | None = None
        """As it was when we last selected it; whoever else selects it hears what we would."""
        self._renew_at = 0.0
        """Until then what is remembered of it is believed."""
        self._tells: bool | None = None
        """Whether the server has ever told of new mail by itself: one that never does may not at all. False for good
        where it kept to itself what a SELECT then showed."""
        self._passes = 0
        self._flags: dict[int, frozenset[str]] = {}
        """Read since it was selected as it is now; but for what changed since."""

    def open(self) -> Opened:
        """What it is now.

        Raises:
            MailboxError: where it doesn't exist or can't be opened.
        """
        self._passes += 1
        self._opened = self._look()
        if self._first is None or self._waited:
            self._first, self._waited = self._opened.uidnext, False
        return self._opened

    def here(self) -> None:
        """Make it the selected folder again, if somebody has selected any since.

        Raises:
            ConnectionLost: it is another mailbox meanwhile.
        """
        if self._now is None or self._server.opened is not self._now:
            self._same(self._select())

    def has_more(self) -> bool:
        """Whether mail has come since it was opened; what came while another folder was selected is told by no push.

        Raises:
            ConnectionLost: it is another mailbox meanwhile.
        """
        now = self._look()
        if self._first is None or now.uidnext > self._first:
            self._first = None
            return True
        self._same(now)
        self._waited = True
        return False

    def flags_of(self, uids: Sequence[int], *, anew: bool = False) -> dict[int, frozenset[str]]:
        """UID -> flags (and a user's labels) in lower case.

        Only of messages of which the server tells them: what is gone, or comes without them, is left out.

        Args:
            anew: for a second look: nothing that was read of these before is believed.
        """
        self.here()
        if anew:
            self._forget(uids)
        # Not in a connection's first pass: where it breaks by that, new mail is judged all the same.
        if self._tracks and self._passes > 1:
            try:
                return self._tracked(uids)
            except RefusedByServer:  # it said it could
                self._tracks = False
        return self._read(uids)

    # --- the selected folder ---

    def _look(self) -> Opened:
        """Selected anew, unless the server is one that tells, and has told of nothing."""
        before, due = self._now, self._clock() >= self._renew_at
        quiet = before is not None and self._quiet()
        if before is not None and quiet and not due:
            return before
        now = self._select()
        if before is not None and quiet and _mail(now) != _mail(before):
            self._tells = False
        return now

    def _quiet(self) -> bool:
        """Whether the server would have told of new mail, and has not."""
        if self._server.opened is not self._now:
            return False
        if self._tells is None and self._server.told_of_mail:
            self._tells = True
        return bool(self._tells) and not self._server.told() and not self._server.noop()

    def _select(self) -> Opened:
        before, now = self._now, self._server.select(self._name, read_only=False)
        due = self._clock() >= self._renew_at
        if due:
            self._renew_at = self._clock() + RENEW_SECONDS
        if due or now != before:  # a message may be gone, of which no number tells
            self._flags = {}
        self._now = now
        return now

    def _same(self, again: Opened) -> None:
        before = self._opened
        if before is not None and again.uidvalidity != before.uidvalidity:
            raise ConnectionLost(f"{self._name} was replaced by another mailbox meanwhile")

    # --- flags ---

    @property
    def _modseq(self) -> int:
        """The number of the last change when it was selected; 0 where the server doesn't say."""
        return self._now.modseq if self._tracks and self._now is not None else 0

    @property
    def _tracking(self) -> tuple[str, ...]:
        """Asked for once, it makes the server tell the number in each SELECT (RFC 7162 section 3.1)."""
        return ("MODSEQ",) if self._tracks and not self._modseq else ()

    def _tracked(self, uids: Sequence[int]) -> dict[int, frozenset[str]]:
        """Of messages that were read before only what has changed since is read; of the others everything."""
        known = [uid for uid in uids if uid in self._flags]
        changed: dict[int, Any] = {}
        for batch in batches(known, MOST_ASKED):
            changed.update(self._server.fetch(batch, *self._items, since=self._modseq))
        found = {uid: self._flags[uid] for uid in known if uid not in changed}
        found |= self._shown(changed)
        found |= self._read([uid for uid in uids if uid not in found], *self._tracking)
        self._forget(uids)
        if self._modseq:
            self._flags |= {uid: each for uid, each in found.items() if len(each) <= MOST_FLAGS}
        return found

    def _forget(self, uids: Sequence[int]) -> None:
        for uid in uids:
            self._flags.pop(uid, None)

    def _read(self, uids: Sequence[int], *more: str) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for batch in batches(uids):
            found |= self._shown(self._server.fetch(batch, *self._items, *more))
        return found

    def _shown(self, answer: dict[int, Any]) -> dict[int, frozenset[str]]:
        """The flags of messages that came with all that was asked for."""
        return {
            uid: all_flags(item)
            for uid, item in answer.items()
            if all(each.encode("ascii") in item for each in self._items)
            and isinstance(item.get(b"FLAGS", ()), tuple)
        }


def _mail(opened: Opened) -> tuple[int, int, int]:
    """What new mail changes, and no flag."""
    return opened.uidvalidity, opened.uidnext, opened.messages
