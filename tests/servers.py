"""The servers that tests run on: a fake, embedded pymap, and a real Dovecot; one face for all.

A `Stand` makes accounts; an `Account` connects the program's mailbox to it, and lets the test
play the other parts: the world that delivers mail, the user with a mail program.
"""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from assistant.demo.server import EmbeddedServer
from assistant.mailbox.imap import ImapMailbox, Names
from assistant.mailbox.session import Server
from assistant.service.ports import Mailbox
from tests.fakes import FakeMailbox
from tests.letters import Letter
from tests.proxy import RecordingProxy

PASSWORD = "secret"
FOLDERS = ("Drafts", "Sent", "Trash")
_numbers = itertools.count(1)


def quiet(_event: str) -> None:
    """A tap that hears nothing."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it lies on the server."""

    uid: int
    flags: frozenset[str]
    raw: bytes


class Account(Protocol):
    """One user's mail, from all sides."""

    inbox: str
    copies: str

    def connect(self, tap: Callable[[str], None] = quiet) -> Mailbox: ...
    def close(self) -> None: ...
    def deliver(self, letter: Letter, folder: str = "") -> None: ...
    def contents(self, folder: str = "") -> list[Stored]: ...
    def remove(self, folder: str, uid: int) -> None: ...
    def renumber(self) -> None: ...


class Stand(Protocol):
    """A server that can make accounts."""

    name: str
    accounts: list[Account]

    def account(
        self, *letters: Letter, inbox: str = "INBOX", folders: Sequence[str] = FOLDERS,
        keywords: bool = True, read_only: bool = False, quota: int = 0,
    ) -> Account: ...  # fmt: skip


# --- the fake ---------------------------------------------------------------------------------


class FakeAccount:
    def __init__(self, mailbox: FakeMailbox) -> None:
        self.mailbox = mailbox
        self.inbox = mailbox.inbox
        self.copies = "Unhappy"

    def connect(self, tap: Callable[[str], None] = quiet) -> Mailbox:
        return self.mailbox

    def close(self) -> None:
        """Nothing is open."""

    def deliver(self, letter: Letter, folder: str = "") -> None:
        self.mailbox.folders[folder or self.inbox].add(letter.raw, letter.arrived, letter.flags)

    def contents(self, folder: str = "") -> list[Stored]:
        box = self.mailbox.folders[folder or self.inbox]
        return [Stored(uid, frozenset(m.flags), m.raw) for uid, m in sorted(box.messages.items())]

    def remove(self, folder: str, uid: int) -> None:
        del self.mailbox.folders[folder].messages[uid]

    def renumber(self) -> None:
        old = self.mailbox.folders[self.inbox]
        new = type(old)(uidnext=7)
        for each in old.messages.values():
            new.add(each.raw, each.arrived, tuple(each.flags))
        self.mailbox.folders[self.inbox] = new


class FakeStand:
    name = "fake"

    def __init__(self) -> None:
        self.accounts: list[Account] = []

    def account(
        self, *letters: Letter, inbox: str = "INBOX", folders: Sequence[str] = FOLDERS,
        keywords: bool = True, read_only: bool = False, quota: int = 0,
    ) -> Account:  # fmt: skip
        mailbox = FakeMailbox(
            inbox=inbox,
            folders=folders,
            keywords=keywords,
            read_only=read_only,
            room=quota or 10**9,
        )
        account = FakeAccount(mailbox)
        self.accounts.append(account)
        for each in letters:
            account.deliver(each)
        return account


# --- real IMAP --------------------------------------------------------------------------------


class ImapAccount:
    """An account on a real server. The program goes through the proxy, the test does not."""

    def __init__(self, user: str, port: int, proxy: RecordingProxy, inbox: str) -> None:
        self.opened: list[ImapMailbox] = []
        self.user = user
        self.proxy = proxy
        self.inbox = inbox
        self.copies = "Unhappy"
        self.port = port

    @property
    def server(self) -> Server:
        return Server("127.0.0.1", self.proxy.port, self.user, PASSWORD, insecure=True)

    def connect(self, tap: Callable[[str], None] = quiet) -> Mailbox:
        mailbox = ImapMailbox(self.server, Names(self.inbox, copies=self.copies), tap)
        self.opened.append(mailbox)
        return mailbox

    def close(self) -> None:
        for each in self.opened:
            each.close()

    def deliver(self, letter: Letter, folder: str = "") -> None:
        with self.client() as imap:
            flags = f"({' '.join(letter.flags)})"
            date = imaplib.Time2Internaldate(letter.arrived)
            _ok(imap.append(_quote(folder or self.inbox), flags, date, letter.raw))

    def deliver_all(self, letters: Sequence[Letter]) -> None:
        """Many at once, over one connection."""
        with self.client() as imap:
            for each in letters:
                date = imaplib.Time2Internaldate(each.arrived)
                _ok(imap.append(_quote(self.inbox), f"({' '.join(each.flags)})", date, each.raw))

    def contents(self, folder: str = "") -> list[Stored]:
        with self.client() as imap:
            _ok(imap.select(_quote(folder or self.inbox), readonly=True))
            if not _ok(imap.uid("SEARCH", "ALL"))[0]:
                return []
            answer = _ok(imap.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])"))
            return [_stored(*each) for each in answer if isinstance(each, tuple)]

    def remove(self, folder: str, uid: int) -> None:
        with self.client() as imap:
            _ok(imap.select(_quote(folder)))
            _ok(imap.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)"))
            _ok(imap.expunge())

    def renumber(self) -> None:
        letters = [
            Letter(each.raw, self._arrived(each.uid), tuple(each.flags - {"\\recent"}))
            for each in self.contents()
        ]
        with self.client() as imap:
            _ok(imap.delete(_quote(self.inbox)))
            _ok(imap.create(_quote(self.inbox)))
        self.deliver_all(letters)

    def _arrived(self, uid: int) -> datetime:
        with self.client() as imap:
            _ok(imap.select(_quote(self.inbox), readonly=True))
            answer = _ok(imap.uid("FETCH", str(uid), "(INTERNALDATE)"))[0]
            found = re.search(rb'INTERNALDATE "([^"]+)"', answer)
            assert found is not None
            return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """The user's own mail program."""
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        try:
            imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            imap.login(self.user, PASSWORD)
            yield imap
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                imap.logout()


class PymapStand:
    name = "pymap"

    def __init__(self, server: EmbeddedServer, proxy: RecordingProxy) -> None:
        self.server = server
        self.proxy = proxy
        self.accounts: list[Account] = []

    def account(
        self, *letters: Letter, inbox: str = "INBOX", folders: Sequence[str] = FOLDERS,
        keywords: bool = True, read_only: bool = False, quota: int = 0,
    ) -> ImapAccount:  # fmt: skip
        user = f"user{next(_numbers)}@studio.example"
        self.server.add_user(
            user, PASSWORD, letters if inbox == "INBOX" else (),
            folders=[*folders, *([] if inbox == "INBOX" else [inbox])],
            keywords=keywords, read_only=read_only,
        )  # fmt: skip
        account = ImapAccount(user, self.server.port, self.proxy, inbox)
        self.accounts.append(account)
        if inbox != "INBOX":
            account.deliver_all(letters)
        return account


class DovecotStand:
    """Dovecot 2.3 without root rights, in a folder of its own, on loopback."""

    name = "dovecot"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts: list[Account] = []
        self.port = _free_port()
        self._users = folder / "users"
        run_as = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "nobody"
        entry = pwd.getpwnam(run_as)
        self._owner = (entry.pw_uid, entry.pw_gid)
        for name in ("mail", "run", "state", "acl", "users"):
            (folder / name).mkdir()
        config = folder / "dovecot.conf"
        config.write_text(_dovecot_conf(folder, self.port, run_as, *self._owner))
        switch: list[str] = []
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, *self._owner)
            switch = [
                "setpriv",
                f"--reuid={entry.pw_uid}",
                f"--regid={entry.pw_gid}",
                "--clear-groups",
            ]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*switch, _dovecot(), "-F", "-c", str(config)], stdout=log, stderr=log
            )
        try:
            self._wait()
        except BaseException:
            self.close()
            raise
        self.proxy = RecordingProxy(self.port)

    @staticmethod
    def installed() -> bool:
        return bool(_dovecot())

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)

    def account(
        self, *letters: Letter, inbox: str = "INBOX", folders: Sequence[str] = FOLDERS,
        keywords: bool = True, read_only: bool = False, quota: int = 0,
    ) -> ImapAccount:  # fmt: skip
        user = f"user{next(_numbers)}"
        home = self.folder / "mail" / user
        extra = f"userdb_quota_rule=*:bytes={quota}" if quota else ""
        # A file for each user: Dovecot notices a change in a file it knows only after a second.
        (self._users / user).write_text(
            f"{user}:{{PLAIN}}{PASSWORD}:{self._owner[0]}:{self._owner[1]}::{home}::{extra}\n"
        )
        account = ImapAccount(user, self.port, self.proxy, inbox)
        self.accounts.append(account)
        with account.client() as imap:
            for name in folders:
                _ok(imap.create(_quote(name)))
            if inbox != "INBOX":
                _ok(imap.create(_quote(inbox)))
        account.deliver_all(letters)
        if read_only or not keywords:
            rights = "lr" if read_only else "lrsipkxte"
            (self.folder / "acl" / user).write_text(f"INBOX owner {rights}\n")
        return account

    def _wait(self) -> None:
        """Until it greets; each try waits for a connection or its refusal, no more."""
        for _ in range(2_000):
            if self._process.poll() is not None:
                raise RuntimeError(f"dovecot ended: {(self.folder / 'log').read_text()[-2000:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                    if sock.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                select_wait(0.01)
        raise RuntimeError("dovecot did not greet")


def select_wait(seconds: float) -> None:
    """A pause between two tries of something that has no event to wait for."""
    import select

    select.select([], [], [], seconds)


def _dovecot() -> str:
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/sbin") or ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def _dovecot_conf(folder: Path, port: int, user: str, uid: int, gid: int) -> str:
    import grp

    group = grp.getgrgid(gid).gr_name
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = assistant-tests
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_plugins = quota acl
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = no
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = no
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = no
  }}
}}
plugin {{
  quota = maildir:User quota
  acl = vfile:{folder}/acl/%u
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_quota imap_acl
}}
passdb {{
  driver = passwd-file
  args = {folder}/users/%u
}}
userdb {{
  driver = passwd-file
  args = {folder}/users/%u
}}
service anvil {{
  chroot =
  # No pause after a wrong password: the tests all come from one address.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  process_limit = 300
}}
"""


def _quote(name: str) -> str:
    return f'"{name}"'


def _ok(answer: tuple[str, list[object]]) -> list[object]:
    kind, data = answer
    assert kind == "OK", data
    return data


def _stored(head: bytes, raw: bytes) -> Stored:
    uid = re.search(rb"UID (\d+)", head)
    flags = re.search(rb"FLAGS \(([^)]*)\)", head)
    assert uid is not None
    assert flags is not None
    names = frozenset(flag.decode("ascii").lower() for flag in flags[1].split())
    return Stored(int(uid[1]), names, raw)
