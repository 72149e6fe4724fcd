"""The providers behind the face of `tests.servers`: what runs on a real server runs on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server
from assistant.service.ports import Mailbox
from tests.letters import Letter
from tests.providers.grammar import encode_name, quoted
from tests.providers.profile import NEW_KEYWORDS, Keywords, Profile
from tests.providers.server import ProviderServer
from tests.providers.store import Folder, User
from tests.servers import FOLDERS, PASSWORD, Account, Stored, quiet

_numbers = itertools.count(1)


class ProviderAccount:
    """One user's mail at a provider. Only the program speaks IMAP to it; the test's other parts, the
    world and the user, work on the store itself.

    Folders go by the names of `tests.servers`: "Drafts" is Drafts, however it is called there.
    """

    def __init__(self, server: ProviderServer, user: User, inbox: str) -> None:
        self.opened: list[ImapMailbox] = []
        self.user = user
        self.inbox = inbox
        self._server = server

    @property
    def server(self) -> Server:
        return Server("127.0.0.1", self._server.port, self.user.name, PASSWORD, insecure=True)

    def connect(self, tap: Callable[[str], None] = quiet) -> Mailbox:
        mailbox = ImapMailbox(self.server, Names(self.inbox, copies=self.copies), tap)
        self.opened.append(mailbox)
        return mailbox

    @property
    def copies(self) -> str:
        """The folder for copies, as it would be configured there."""
        return f"{self.user.profile.prefix}Unhappy"

    def close(self) -> None:
        """The server goes on; what it was told to do wrong ends here."""
        self._server.faults.clear()
        for each in self.opened:
            each.close()

    def deliver(self, letter: Letter, folder: str = "") -> None:
        self.user.deliver(self.folder(folder), letter.raw, letter.arrived, letter.flags)

    def contents(self, folder: str = "") -> list[Stored]:
        with self.user.lock:
            return [
                Stored(uid, frozenset(flag.lower() for flag in each.flags.names()), each.raw)
                for uid, each in self.folder(folder).messages.items()
            ]

    def remove(self, folder: str, uid: int) -> None:
        self.user.remove(self.folder(folder), uid)

    def renumber(self) -> None:
        self.user.renumber(self.folder(""))

    def folder(self, name: str) -> Folder:
        """A folder by the test's name for it; "": the inbox."""
        found = self.user.role(name.lower()) if name else self.user.folder(self.inbox)
        found = found or self.user.folder(name) or self.user.folder(self.user.profile.prefix + name)
        assert found is not None, f"there is no {name}"
        return found

    def hide(self, uid: int, *, hidden: bool = True) -> None:
        """Let SEARCH list a message of the inbox that FETCH doesn't bring (Exchange)."""
        self.folder("").messages[uid].hidden = hidden


class ProviderStand:
    """A provider's server, and a fresh user of it for each account."""

    def __init__(self, profile: Profile) -> None:
        self.name = profile.name
        self.profile = profile
        self.server = ProviderServer(profile)
        self.accounts: list[Account] = []

    def close(self) -> None:
        self.server.close()

    @property
    def drafts(self) -> bytes:
        """The name of Drafts as a client sends it."""
        box = self.profile.box("drafts")
        assert box is not None
        return quoted(encode_name(box.name)).encode("ascii")

    def account(
        self, *letters: Letter, inbox: str = "INBOX", folders: Sequence[str] = FOLDERS,
        keywords: bool = True, read_only: bool = False, quota: int = 0,
    ) -> ProviderAccount:  # fmt: skip
        name = f"user{next(_numbers)}@studio.example"
        user = self.server.add_user(name, PASSWORD, [each.lower() for each in folders])
        for each in (self.profile.prefix + name for name in folders if name not in FOLDERS):
            if user.folder(each) is None:
                user.create(each)
        if inbox != "INBOX":
            inbox = user.create(self.profile.prefix + inbox).name
        if not keywords:
            user.permanent = tuple(flag for flag in user.permanent if flag != NEW_KEYWORDS)
            if user.keywords is Keywords.KEPT:
                user.keywords = Keywords.DROPPED
        account = ProviderAccount(self.server, user, inbox)
        self.accounts.append(account)
        for each in letters:
            account.deliver(each)
        account.folder("").read_only = read_only
        if quota:
            user.room = quota
        return account
