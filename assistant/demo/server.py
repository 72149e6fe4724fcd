"""pymap, embedded: a real IMAP server on a free loopback port, in a thread of this process.

The only module that imports pymap. pymap's in-memory back end offers neither keywords nor
special-use folders by itself; the small subclasses below add both, and can leave them out or
make the inbox read-only, to show what the assistant does then.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from argparse import Namespace
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import uuid4

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend, Identity
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag, Recent, Wildcard, get_system_flags
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

START_SECONDS = 20.0
T = TypeVar("T")
FOLDERS = MappingProxyType({"Drafts": b"Drafts", "Sent": b"Sent", "Trash": b"Trash"})
_SYSTEM = get_system_flags() - {Recent}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the server keeps it."""

    raw: bytes
    arrived: datetime
    flags: tuple[str, ...] = ()


class _Mailbox(MailboxData):  # type: ignore[misc]
    """A mailbox that says which flags it keeps."""

    keywords = True

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return frozenset(_SYSTEM | {Wildcard}) if self.keywords else frozenset(_SYSTEM)


class _Entry(ListEntry):  # type: ignore[misc]
    """A line of LIST with its special use (RFC 6154)."""

    @property
    def attributes(self) -> Sequence[bytes]:
        special = FOLDERS.get(self.name)
        return [*super().attributes, *([special] if special else [])]


class _Tree(ListTree):  # type: ignore[misc]
    def _iter(self, node: Any, name: str) -> Iterator[_Entry]:
        for each in super()._iter(node, name):
            yield _Entry(each.name, each.exists, each.marked, each.has_children)


class _Mailboxes(MailboxSet):  # type: ignore[misc]
    """One user's folders."""

    async def list_mailboxes(self) -> _Tree:
        tree = _Tree(self.delimiter)
        tree.update("INBOX", *self._set)
        return tree

    async def add_mailbox(self, name: str) -> Any:
        self._set[name] = box = _Mailbox(self._content_cache, self._thread_cache)
        return box.mailbox_id


class EmbeddedServer:
    """An IMAP server for as long as the ``with`` block lasts.

    Args:
        certificate: PEM files of a certificate and its key; then the port speaks TLS.
    """

    def __init__(self, certificate: tuple[str, str] | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self._certificate = certificate
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="imap-server", daemon=True)

    def __enter__(self) -> EmbeddedServer:
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the embedded IMAP server did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_SECONDS)

    def add_user(
        self,
        user: str,
        password: str,
        letters: Iterable[Letter] = (),
        *,
        folders: Iterable[str] = tuple(FOLDERS),
        keywords: bool = True,
        read_only: bool = False,
    ) -> None:
        """Make a mailbox with some mail in it."""
        self._call(
            self._add_user(user, password, tuple(letters), tuple(folders), keywords, read_only)
        )

    def deliver(self, user: str, letter: Letter, folder: str = "INBOX") -> None:
        """Let one more message arrive."""
        self._call(self._deliver(user, letter, folder))

    # --- inside the server's thread ---

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    async def _add_user(
        self, user: str, password: str, letters: tuple[Letter, ...], folders: tuple[str, ...],
        keywords: bool, read_only: bool,
    ) -> None:  # fmt: skip
        identity = Identity(user, self._backend.login, None, frozenset())
        await identity.set(UserMetadata(self._config, user, password=password))
        boxes = _Mailboxes()
        boxes._inbox = inbox = _Mailbox(boxes._content_cache, boxes._thread_cache)
        for folder in folders:
            await boxes.add_mailbox(folder)
        self._config.set_cache[user] = (boxes, FilterSet())
        for letter in letters:
            await self._deliver(user, letter, "INBOX")
        inbox.keywords = keywords
        inbox._readonly = read_only

    async def _deliver(self, user: str, letter: Letter, folder: str) -> None:
        boxes, _filters = self._config.set_cache[user]
        flags = frozenset(Flag(flag.encode("ascii")) for flag in letter.flags)
        box = await boxes.get_mailbox(folder)
        await box.append(AppendMessage(letter.raw, letter.arrived, flags), recent=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for us
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        context = None
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
        arguments = Namespace(
            debug=False, host=[self.host], port="0", cert=None, key=None, tls=False,
            proxy_protocol=None, passlib_cfg=None, demo_data=False, demo_user="nobody",
            demo_password="",
        )  # fmt: skip
        self._backend, self._config = await DictBackend.init(
            arguments, hash_context=Cleartext(), invalid_user_sleep=0.0
        )
        self._config.apply_context()
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            await self._backend.start(stack)
            answer = IMAPServer(self._backend.login, self._config)

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await answer(reader, writer, SocketInfoLocal(writer, unique_id=uuid4().bytes))

            server = await asyncio.start_server(serve, self.host, 0, ssl=context)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stopping.wait()
            server.close()
