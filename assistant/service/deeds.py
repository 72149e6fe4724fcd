"""What must not be done twice and can't be undone: a draft that is laid, a message that is copied.

Each says how it is looked for and how it is done; `effects` knows the one safe order of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from assistant.model import Draft, FolderStatus, Place
from assistant.service.ports import Mailbox
from assistant.store import Planned


class Deed(Protocol):
    """One such thing, wanted once."""

    unknown: str
    """What the user is told where nobody can say whether it was done."""
    hidden: str
    """What the user is told where it was done and doesn't show."""
    refusals: Mapping[str, str]
    """What the codes of a refusal mean here (RFC 5530)."""

    def status(self) -> FolderStatus:
        """The folder that it goes into, before it is done."""
        ...

    def found(self) -> str | None:
        """None where it is nowhere; else what the user is to know of where it is, mostly nothing."""
        ...

    def arrivals(self, first: int) -> dict[int, bool]:
        """UID -> whether it is this one, of everything in the folder from UID `first` up."""
        ...

    def unwanted(self) -> str:
        """Why it is not to be done any more; empty where it is."""
        ...

    def do(self) -> None: ...


class LayDraft:
    """A holding reply into Drafts.

    Args:
        rebuild: the draft, or why it is no longer wanted.
    """

    unknown = (
        "it can't be told whether this draft was already made; none is made again, "
        "please look for yourself"
    )
    hidden = "the server took the draft but hides it from a search"
    refusals: Mapping[str, str] = MappingProxyType(
        {
            "OVERQUOTA": "the mailbox is over its quota: the draft waits until there is room",
            "TRYCREATE": "the Drafts folder is gone: the draft waits until there is one",
        }
    )

    def __init__(
        self, mailbox: Mailbox, effect: Planned, rebuild: Callable[[], Draft | str]
    ) -> None:
        self._mailbox = mailbox
        self._id = effect.value
        self._withdrawn = effect.withdrawn
        self._rebuild = rebuild
        self._draft: Draft | None = None

    def status(self) -> FolderStatus:
        return self._mailbox.drafts_status()

    def found(self) -> str | None:
        place = self._mailbox.find_draft(self._id)
        if place is None:
            return None
        return "" if place is Place.DRAFTS else f"found in {place}: it is yours now"

    def arrivals(self, first: int) -> dict[int, bool]:
        there = self._mailbox.drafts_from(first)
        return {uid: found == self._id for uid, found in there.items()}

    def unwanted(self) -> str:
        if self._withdrawn:
            return self._withdrawn
        draft = self._rebuild()
        if isinstance(draft, str):
            return draft
        self._draft = draft
        return ""

    def do(self) -> None:
        assert self._draft is not None, "asked for by unwanted()"
        self._mailbox.append_draft(self._draft.raw)


class PutCopy:
    """A copy of an unhappy message into the folder for copies."""

    unknown = (
        "it can't be told whether this message was already copied; it is not copied again, "
        "please look for yourself"
    )
    hidden = "the server took the copy but doesn't show it"
    refusals: Mapping[str, str] = MappingProxyType(
        {"OVERQUOTA": "the mailbox is over its quota: the copy waits until there is room"}
    )

    def __init__(self, mailbox: Mailbox, effect: Planned) -> None:
        self._copies = mailbox.copies
        self._uid = effect.location.uid
        self._withdrawn = effect.withdrawn

    def status(self) -> FolderStatus:
        there = self._copies.status()
        if there is None:
            self._copies.create()
            there = self._copies.status()
        return there or FolderStatus("", 0, 0)

    def found(self) -> str | None:
        return "" if self._copies.find(self._uid) else None

    def arrivals(self, first: int) -> dict[int, bool]:
        return self._copies.arrivals(self._uid, first)

    def unwanted(self) -> str:
        return self._withdrawn

    def do(self) -> None:
        self._copies.put(self._uid)
