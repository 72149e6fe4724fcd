"""One connection's state: who is signed in, what is selected, what the client was told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum, auto

from tests.providers.connection import Connection
from tests.providers.faults import Fault, Faults
from tests.providers.grammar import Arguments, Bad, No, decode_name
from tests.providers.profile import Profile
from tests.providers.store import Folder, Message, User


class Stage(IntEnum):
    """What must have happened before a command may be given."""

    GREETED = auto()
    SIGNED_IN = auto()
    SELECTED = auto()


class Session:
    """What the commands work on. Its user's lock is held while one runs."""

    def __init__(
        self, profile: Profile, users: Mapping[str, User], faults: Faults, connection: Connection
    ) -> None:
        self.profile = profile
        self.users = users
        self.faults = faults
        self.connection = connection
        self.fault = Fault()
        """The order for the command that is being done."""
        self.read_only = False
        self._user: User | None = None
        self._folder: Folder | None = None
        self._view: list[int] = []
        self._told: dict[int, tuple[str, ...]] = {}

    # --- where it stands ---

    @property
    def stage(self) -> Stage:
        if self._user is None:
            return Stage.GREETED
        return Stage.SIGNED_IN if self._folder is None else Stage.SELECTED

    @property
    def user(self) -> User:
        if self._user is None:
            raise Bad("Not signed in")
        return self._user

    @property
    def folder(self) -> Folder:
        if self._folder is None:
            raise Bad("No mailbox selected")
        return self._folder

    @property
    def announced(self) -> str:
        """Its capabilities as of now."""
        return self.profile.before if self._user is None else self.profile.after

    def require(self, *capabilities: str) -> None:
        """BAD unless one of them is announced."""
        if not set(capabilities) & set(self.announced.upper().split()):
            raise Bad("Unknown command")

    def say(self, text: str | bytes) -> None:
        self.connection.say(text)

    # --- the user ---

    def enter(self, user: User) -> None:
        """
        Raises:
            No: too many connections, in Gmail's words.
        """
        limit = self.profile.connections
        if limit and user.connections >= limit:
            raise No("[ALERT] Too many simultaneous connections. (Failure)")
        self._user = user
        user.watch(self.connection.alarm)

    def leave(self) -> None:
        if self._user is not None:
            self._user.unwatch(self.connection.alarm)

    def mailbox(self, arguments: Arguments, code: str = "NONEXISTENT") -> Folder:
        """The folder that is named next.

        Raises:
            No: with this code where there is none.
        """
        name = decode_name(arguments.text())
        found = self.user.folder(name)
        if found is None or not found.box.selectable:
            raise No(f"[{code}] Mailbox doesn't exist")
        return found

    # --- what is selected ---

    def select(self, folder: Folder, *, read_only: bool) -> None:
        self._folder, self.read_only = folder, read_only
        self._view = list(folder.messages)
        self._told = {uid: m.flags.names() for uid, m in folder.messages.items()}

    def unselect(self) -> None:
        self._folder = None

    @property
    def known(self) -> list[int]:
        """The UIDs that the client knows of, in order."""
        return self._view

    def message(self, uid: int) -> Message | None:
        """None where it was expunged, or is hidden."""
        found = self.folder.messages.get(uid)
        return None if found is None or found.hidden else found

    def number(self, uid: int) -> int:
        """The message's sequence number, as the client counts."""
        return self._view.index(uid) + 1

    def told(self, uid: int) -> None:
        """The client has just been told this message's flags."""
        self._told[uid] = self.folder.messages[uid].flags.names()

    def update(self) -> None:
        """Tell the client what others have changed (RFC 9051 section 5.2).

        All commands that need sequence numbers come as UID commands, so that EXPUNGE may always be
        told (section 7.5.1).
        """
        if self._folder is None:
            return
        there = self._folder.messages
        for uid in [uid for uid in self._view if uid not in there]:
            self.say(f"* {self.number(uid)} EXPUNGE")
            self._view.remove(uid)
            self._told.pop(uid)
        new = [uid for uid in there if uid not in self._told]
        if new:
            self._view += new
            self.say(f"* {len(self._view)} EXISTS")
            self.say("* 0 RECENT")
        for uid, message in there.items():
            flags = message.flags.names()
            if uid in new:
                self._told[uid] = flags
            elif self._told[uid] != flags:
                self._told[uid] = flags
                self.say(f"* {self.number(uid)} FETCH (UID {uid} FLAGS ({' '.join(flags)}))")


Handler = Callable[[Session, Arguments], str]
"""Does a command; returns what follows OK. Raises No or Bad."""
Commands = Mapping[str, tuple[Stage, Handler]]
