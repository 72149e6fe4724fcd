"""Who wrote messages, and to whom: header lines alone, of many messages in a command."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.mailbox.batches import batches, body
from assistant.mailbox.commands import Commands

_LINES = "BODY.PEEK[HEADER.FIELDS (FROM REPLY-TO TO CC)]"


class People:
    """The names on messages in any folder.

    Args:
        inbox: the inbox's name: it is opened as everybody else opens it, so that it may stay open.
    """

    def __init__(self, server: Commands, inbox: str) -> None:
        self._server = server
        self._inbox = inbox

    def lines(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, bytes]:
        """UID -> header lines; what is gone is left out, and all of it where the folder is another one by now.

        Raises:
            MailboxError: where the folder can't be opened.
        """
        opened = self._server.select(folder, read_only=folder != self._inbox)
        if opened.uidvalidity != uidvalidity:
            return {}
        found: dict[int, bytes] = {}
        for batch in batches(sorted(uids)):
            answer = self._server.fetch_each(batch, _LINES)
            read = {uid: body(answer.get(uid, {})) for uid in batch}
            found.update({uid: raw for uid, raw in read.items() if raw})
        return found
