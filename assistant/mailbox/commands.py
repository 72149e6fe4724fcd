"""IMAP's commands with types: each under a deadline, every error ours, every argument checked.

The one place that knows imapclient's answers. Which folder is selected is remembered here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from imapclient.response_parser import parse_fetch_response

from assistant.errors import MailboxError, RefusedByServer
from assistant.mailbox import session
from assistant.mailbox.folders import Folder
from assistant.mailbox.idle import idle
from assistant.mailbox.session import Server, translated
from assistant.mailbox.wire import DRAFT_FLAGS, argument
from assistant.model import FolderStatus, Opened
from assistant.pause import Pause, Woke

FETCH_SECONDS = 300.0
_OF_FLAGS = frozenset({"FETCH", "HIGHESTMODSEQ", "RECENT", "OK"})
"""What a server tells unasked of nothing but messages' flags, or that it is still there."""


class Commands:
    """A signed-in connection. Not thread-safe: one connection, one thread.

    Every method raises ConnectionLost where no answer came, RefusedByServer for NO and BAD.
    """

    def __init__(self, server: Server, tap: Callable[[str], None]) -> None:
        self._host = server.host
        self._client = session.connect(server, tap)
        self.selected = ""
        """The selected folder; empty where none is."""
        self.opened: Opened | None = None
        """What it was when it was selected."""

    def close(self) -> None:
        session.close(self._client)

    def has(self, capability: str) -> bool:
        return bool(self._client.has_capability(capability))

    def list_folders(self) -> tuple[Folder, ...]:
        with translated(self._host), self._client.command("LIST"):
            listed = self._client.list_folders()
        return tuple(
            Folder(
                str(name),
                frozenset(flag.decode("ascii", "replace").lower() for flag in flags),
                (delimiter or b"").decode("ascii", "replace"),
            )
            for flags, delimiter, name in listed
        )

    def status(self, name: str) -> FolderStatus:
        """A folder that isn't selected.

        Raises:
            MailboxError: where the server leaves out what is needed.
        """
        with translated(self._host), self._client.command("STATUS"):
            status = self._client.folder_status(name, ["UIDVALIDITY", "UIDNEXT"])
        try:
            return FolderStatus(name, int(status[b"UIDVALIDITY"]), int(status[b"UIDNEXT"]))
        except KeyError as error:
            raise MailboxError(f"{name}: the server gives no UIDVALIDITY or UIDNEXT") from error

    def select(self, name: str, *, read_only: bool) -> Opened:
        """SELECT or EXAMINE.

        Raises:
            MailboxError: where the folder doesn't exist or can't be opened.
        """
        self.selected, self.opened = "", None
        try:
            with (
                translated(self._host),
                self._client.command("EXAMINE" if read_only else "SELECT"),
            ):
                answer = self._client.select_folder(name, readonly=read_only)
        except RefusedByServer as error:
            if error.code == "READ-ONLY":
                return self.select(name, read_only=True)
            raise MailboxError(
                f'the folder "{name}" can\'t be opened: {error.message}',
                hint="check its name in config.toml; it is spelt as the server spells it",
            ) from error
        self.selected = name
        told = self._client._imap.untagged_responses
        again = told.get("EXISTS", [])[1:]
        told.clear()
        if again:  # mail came while it was selected, and UIDNEXT may have been told before it
            told["EXISTS"] = again
        with translated(self._host):
            uidnext = answer.get(b"UIDNEXT")
            if uidnext is None:  # Courier leaves it out
                with self._client.command("STATUS"):
                    uidnext = self._client.folder_status(name, ["UIDNEXT"])[b"UIDNEXT"]
            self.opened = Opened(
                uidvalidity=int(answer[b"UIDVALIDITY"]),
                uidnext=int(uidnext),
                messages=int(answer[b"EXISTS"]),
                permanent_flags=_lower(answer.get(b"PERMANENTFLAGS", ())),
                read_only=b"READ-WRITE" not in answer,
                modseq=_modseq(answer.get(b"HIGHESTMODSEQ", 0)),
            )
        return self.opened

    @property
    def told_of_mail(self) -> bool:
        """Whether the server has told, unasked, how many messages the selected folder has now."""
        return "EXISTS" in self._client._imap.untagged_responses

    def told(self) -> bool:
        """Whether the server has told of the selected folder, since it was selected, more than messages' flags."""
        return not self._client._imap.untagged_responses.keys() <= _OF_FLAGS

    def noop(self) -> bool:
        """Let the server tell what is new of the selected folder, and say whether it did; see :meth:`told`.

        Flags that it tells of are forgotten: without UIDs, a later answer would take them for other messages'.
        """
        try:
            with translated(self._host), self._client.command("NOOP"):
                kind, _ = self._client._imap.noop()
        except RefusedByServer:
            return True
        told = kind != "OK" or self.told()
        if not told:
            self._client._imap.untagged_responses.clear()
        return told

    def search(self, *criteria: str) -> list[int]:
        """UIDs in the selected folder, ascending."""
        with translated(self._host), self._client.command("UID SEARCH"):
            return sorted(int(uid) for uid in self._client.search([argument(c) for c in criteria]))

    def fetch(
        self, uids: Sequence[int], *items: str, seconds: float = 60.0, since: int = 0
    ) -> dict[int, Any]:
        """UID -> what was asked for; what is gone is left out.

        Args:
            since: only of messages that have changed since this HIGHESTMODSEQ; 0 for all.
        """
        if not uids:
            return {}
        imap, asked = self._client._imap, f"({' '.join(items)})"
        changed = (f"(CHANGEDSINCE {since})",) if since else ()
        with translated(self._host), self._client.command("UID FETCH", seconds):
            imap.untagged_responses.pop("FETCH", None)  # told before, and not asked for
            kind, data = imap.uid("FETCH", ",".join(map(str, uids)), asked, *changed)
            self._client._checkok("fetch", kind, data)
            return _by_uid(data, frozenset(uids))

    def fetch_each(self, uids: Sequence[int], *items: str) -> dict[int, Any]:
        """A FETCH that one message can't spoil for the others: refused together, one by one.

        Raises:
            RefusedByServer: where every one of several is refused: the fault is the server's.
        """
        try:
            return self.fetch(uids, *items, seconds=FETCH_SECONDS)
        except RefusedByServer:
            found: dict[int, Any] = {}
            for uid in uids:
                with contextlib.suppress(RefusedByServer):
                    found.update(self.fetch([uid], *items, seconds=FETCH_SECONDS))
            if len(uids) > 1 and not found:
                raise
            return found

    def add_label(self, uid: int, label: str) -> None:
        """Set one of Gmail's labels. Only ever added: a plain STORE would replace them all."""
        with translated(self._host), self._client.command("UID STORE"):
            self._client.add_gmail_labels([uid], [argument(label)])

    def add_flag(self, uid: int, flag: str) -> None:
        """Set a flag or keyword in the selected folder."""
        with translated(self._host), self._client.command("UID STORE"):
            self._client.add_flags([uid], [argument(flag)])

    def append_draft(self, name: str, raw: bytes) -> None:
        """Lay a message into Drafts, the one folder that the gate lets it into."""
        self._client.gate.drafts = self._client._normalise_folder(name)
        with translated(self._host), self._client.command("APPEND"):
            self._client.append(name, raw, DRAFT_FLAGS)

    def copy(self, uid: int, name: str) -> None:
        """Copy a message of the selected folder into the one that is configured for copies."""
        self._client.gate.copies = self._client._normalise_folder(name)
        with translated(self._host), self._client.command("UID COPY"):
            self._client.copy([uid], name)

    def create(self, name: str) -> None:
        """Make the folder that is configured for copies."""
        self._client.gate.copies = self._client._normalise_folder(name)
        with translated(self._host), self._client.command("CREATE"):
            self._client.create_folder(name)

    def idle(self, seconds: float, pause: Pause) -> Woke:
        """Wait for news of the selected folder; see :func:`assistant.mailbox.idle.idle`."""
        with translated(self._host):
            return idle(self._client, seconds, pause)

    def sit(self, seconds: float, pause: Pause) -> Woke:
        """Wait without IDLE; a connection that is closed meanwhile ends it."""
        if self._client.has_buffered():
            return Woke.BYTES
        return pause.over(seconds, self._client.socket())


def _lower(flags: Sequence[bytes]) -> frozenset[str]:
    return frozenset(flag.decode("ascii", "replace").lower() for flag in flags)


def _by_uid(data: Sequence[Any], uids: frozenset[int]) -> dict[int, Any]:
    """What was told of these; what came without a UID is another message's, and told unasked (Dovecot does it)."""
    found: dict[int, Any] = {}
    answer: list[Any] = []
    for piece in data:
        answer.append(piece)
        if piece is None or isinstance(
            piece, tuple
        ):  # nothing, or: a literal, and more of this answer follows
            continue
        for item in parse_fetch_response(answer, False, uid_is_key=False).values():
            if (uid := item.get(b"UID")) in uids:
                found.setdefault(uid, {}).update(item)
        answer = []
    return found


def _modseq(told: int) -> int:
    """0 for what is no number of a change (RFC 7162 section 7: 63 bits)."""
    return told if 0 < told < 1 << 63 else 0
