"""A bench for passes: a clock that tests turn, a state file, and one pass after another over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.errors import UnreadableMail
from assistant.model import Address, Allowed, Identity, Message, Opinion, Polarity, Profile, Reading
from assistant.screening import ByHeader
from assistant.service.ports import Desk, Judged, Mailbox, Performed, Reader, Watcher
from assistant.service.scan import Report, Request, Service
from assistant.service.told import Told
from assistant.store import Database, Store
from assistant.tone.polarity import mood
from assistant.triage import Triage
from assistant.worker import read_here
from tests.builders import rulebook
from tests.letters import NOW
from tests.servers import Account, quiet

ME = "robin@studio.example"
LONG_AGO = Request(since=(NOW - timedelta(days=60)).date())
"""A request that takes older mail too."""


@lru_cache(maxsize=1)
def triage() -> Triage:
    return Triage(rulebook())


HEATS = {each.id: each.heat for each in rulebook().tones}


@dataclass
class Clock:
    """Time stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class OneByOne:
    """A reader of one message at a time."""

    def read(self, raw: bytes, language: str) -> Reading:
        raise NotImplementedError

    def mood(self, message: Message) -> Polarity | None:
        return mood(message)

    def opinion(self, message: Message, evidence: bool) -> Opinion | None:
        """None: these are judged without an encoder."""
        return None

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> list[Reading | UnreadableMail]:
        answers: list[Reading | UnreadableMail] = []
        for raw in raws:
            try:
                answers.append(self.read(raw, language))
            except UnreadableMail as error:
                answers.append(error)
        return answers


class Memory(OneByOne):
    """A reader that reads the same bytes only once."""

    def __init__(self) -> None:
        self._read: dict[bytes, Reading] = {}

    def read(self, raw: bytes, language: str) -> Reading:
        if raw not in self._read:
            self._read[raw] = read_here(raw, language)
        return self._read[raw]


READER = Memory()


def desk(inbox: str = "INBOX", **fields: Any) -> Desk:
    """Robin's mailbox; a sender gets a second draft after 7 days, mail is stale after 14."""
    profile = Profile(ME, (Identity(Address("Robin Hale", ME)),), stale_days=14, sender_days=7)
    return Desk(profile=profile, inbox=inbox, **fields)


class Notes(Watcher):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.verdicts: list[Judged] = []
        self.done: list[Performed] = []
        self.over: list[int] = []

    def judged(self, judged: Judged) -> None:
        self.verdicts.append(judged)

    def performed(self, performed: Performed) -> None:
        self.done.append(performed)

    def passed_over(self, uid: int) -> None:
        self.over.append(uid)


@dataclass
class Bench:
    """One account with its state file. Every pass is a program of its own: it opens and closes all."""

    account: Account
    state: Path
    clock: Clock = field(default_factory=Clock)
    desk: Desk | None = None
    notes: Notes = field(default_factory=Notes)

    def run(
        self,
        request: Request | None = None,
        *,
        mailbox: Mailbox | None = None,
        reader: Reader = READER,
        stopping: Callable[[], bool] = lambda: False,
        tap: Callable[[str], None] = quiet,
    ) -> Report:
        """One pass."""
        self.notes = Notes()
        store = Store(Database.open(self.state, tap))
        ours = mailbox is None
        try:
            mailbox = mailbox or self.account.connect()
            where = self.desk or desk(self.account.inbox)
            service = Service(
                mailbox=mailbox,
                state=store,
                triage=triage(),
                reader=reader,
                desk=where,
                clock=self.clock,
                told=Told(mailbox, store.cases(HEATS), where, lambda _party: Allowed(), self.clock),
                watcher=self.notes,
                stopping=stopping,
            )
            return service.run(request or Request())
        finally:
            store.close()
            if ours and mailbox is not None:
                mailbox.close()  # type: ignore[attr-defined]

    # --- what the user sees ---

    def marked(self) -> list[int]:
        """UIDs with one of our keywords."""
        return [each.uid for each in self.account.contents() if _keywords(each.flags)]

    def drafts(self) -> list[bytes]:
        return [each.raw for each in self.account.contents("Drafts")]

    def everything(self) -> dict[str, Any]:
        """All folders, flags and bytes, without \\Recent, which depends on who looks first."""
        return {
            name: [(e.uid, e.flags - {"\\recent"}, e.raw) for e in self.account.contents(name)]
            for name in (self.account.inbox, "Drafts", "Sent", "Trash")
        }


def _keywords(flags: frozenset[str]) -> bool:
    return any(flag.startswith("tone-") for flag in flags)
