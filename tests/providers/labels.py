"""Gmail's store: one pile of messages, and every folder but Trash and Spam is a label on them.

Measured against imap.gmail.com on 2026-09-16 by the authors of a Go IMAP client (their notes
"Gmail X-GM-EXT-1: observed wire behavior"); Google's own page is
developers.google.com/gmail/imap/imap-extensions. Nothing is known here of how Gmail recognises a
message that is appended twice: it is two messages. Marked (*): what neither says, and is assumed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from tests.providers.store import Folder, Message, User

SYSTEM_LABELS = {
    "inbox": "\\Inbox", "sent": "\\Sent", "drafts": "\\Draft", "important": "\\Important",
    "flagged": "\\Starred", "junk": "\\Spam", "trash": "\\Trash",
}  # fmt: skip
"""The first five were seen; of the last two (*)."""
_APART = ("trash", "junk")
"""What lies here lies nowhere else (*)."""
_serial = itertools.count()


class LabelUser(User):
    """A user whose folders are labels. A message's flags are the same in all of them."""

    def _place(self, folder: Folder, message: Message) -> int:
        # The top 44 bits of X-GM-MSGID are the INTERNALDATE in milliseconds.
        message.number = (int(message.arrived.timestamp()) * 1000 << 20) + next(_serial)
        message.thread = self._thread(message)
        if folder.box.role == "drafts":
            message.flags.add(("\\Draft",))
        uid = self._label(folder, message)
        self._star(message)
        return uid

    def copy(self, source: Folder, uid: int, target: Folder) -> int:
        return self._label(target, source.messages[uid])

    def remove(self, folder: Folder, uid: int) -> None:
        """Expunging takes the label off; in Trash and Spam it is the end (*)."""
        with self.lock:
            message = folder.messages.pop(uid)
            if folder.box.role in (*_APART, "all"):
                self._strip(message)
            self.changed()

    def flag(self, message: Message, change: str, flags: Sequence[str]) -> None:
        super().flag(message, change, flags)
        self._star(message)

    def labels(self, message: Message, selected: Folder) -> list[str]:
        """What X-GM-LABELS says: all labels, without the selected folder's own."""
        return [
            SYSTEM_LABELS.get(folder.box.role, folder.name)
            for folder in self.folders.values()
            if folder is not selected and folder.box.role != "all" and folder.uids_of(message)
        ]

    def relabel(self, message: Message, change: str, labels: Sequence[str], selected: Folder) -> None:  # fmt: skip
        """STORE X-GM-LABELS. A label that isn't there is made; the selected folder's own stays."""
        wanted = [self._by_label(label) for label in labels]
        if change == "":
            given = {id(folder) for folder in wanted}
            self._take_off(message, [f for f in self.folders.values() if id(f) not in given], selected)  # fmt: skip
        if change == "-":
            self._take_off(message, wanted, selected)
        else:
            for folder in wanted:
                self._label(folder, message)
        starred = self.role("flagged")
        if starred is not None:
            has = starred.uids_of(message)
            (message.flags.add if has else message.flags.discard)(("\\Flagged",))

    def _take_off(self, message: Message, folders: Sequence[Folder], selected: Folder) -> None:
        for folder in folders:
            if folder is not selected and folder.box.role != "all":
                for uid in folder.uids_of(message):
                    del folder.messages[uid]

    def _by_label(self, label: str) -> Folder:
        role = next((r for r, each in SYSTEM_LABELS.items() if each.lower() == label.lower()), None)
        found = self.role(role) if role else self.folders.get(label)
        return found or self.create(label)

    def _label(self, folder: Folder, message: Message) -> int:
        if folder.box.role in _APART:
            self._strip(message)
        elif (everything := self.role("all")) and not everything.uids_of(message):
            everything.put(message)
        there = folder.uids_of(message)
        return there[0] if there else folder.put(message)

    def _strip(self, message: Message) -> None:
        for folder in self.folders.values():
            for uid in folder.uids_of(message):
                del folder.messages[uid]

    def _star(self, message: Message) -> None:
        """The star is \\Flagged, and the folder of starred messages holds those that have it."""
        starred = self.role("flagged")
        if starred is None:
            return
        if "\\Flagged" in message.flags:
            self._label(starred, message)
        else:
            for uid in starred.uids_of(message):
                del starred.messages[uid]

    def _thread(self, message: Message) -> int:
        """The thread of the message that this one answers, if the subject agrees as well.

        Google API text, as quoted in n8n#15775: References, In-Reply-To and Subject must match.
        """
        named = set(re.findall(r"<[^<>\s]+>", " ".join(message.values("In-Reply-To") + message.values("References"))))  # fmt: skip
        for folder in self.folders.values():
            for each in folder.messages.values():
                if named.intersection(each.values("Message-ID")) and _topic(each) == _topic(message):  # fmt: skip
                    return each.thread
        return message.number


def _topic(message: Message) -> str:
    return re.sub(r"(?i)^(?:re|aw|sv)\s*:\s*", "", " ".join(message.values("Subject"))).strip()
