"""The model behind tests/test_any_user.py: what has happened in a mailbox, and what may come of it.

It knows what its user and its server did, never how the program works. Of the program's state it reads
what the program itself would go by after a restart: which messages it knows, and how it means to have
dealt with them. Each reason that is given there is held against what has really happened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from assistant.store import Database
from tests.fakes import FakeFolder, Stored
from tests.unlucky import Server, message_id
from tests.workbench import READER

_CLIENT = re.compile(r"<m(\d+)@client\.example>")
_ANSWERS = re.compile(rb"^In-Reply-To: <m(\d+)@client\.example>", re.MULTILINE)
TRACES = ("Drafts", "Sent", "Trash")
ARCHIVE, COPIES = "Archive", "Unhappy"
STAR = "\\flagged"
STALE = timedelta(days=14)
_GONE = "the message is gone"
_NOT_FOUND = "the message was not found again after the server renumbered the mailbox"
_CORRECTED = "you have corrected this message"
_OTHER_TONE = "the message bears another tone's mark already, and keeps that one"
TONES = {"tone-concerned": "concerned", "tone-angry": "angry"}


@dataclass
class Complaint:
    """A client's message."""

    number: int
    thread: int
    sender: int
    raw: bytes
    arrived: datetime
    calm: bool
    answered: bool = False
    """The user answered it, or marked it as answered."""
    away: bool = False
    """It was not in the inbox in a pass."""
    deleted: bool = False
    """It was marked as deleted in a pass."""
    appending: bool = False
    """The APPEND of its draft was cut off, or about to begin."""
    copying: bool = False
    """A copy of it was."""
    identity: str = ""
    meant: set[str] = field(default_factory=set)
    """What the user has ever said of it: by hand, in its place, or at a terminal. ``fine``, or a tone."""
    withdrawn: bool = False
    """The user has corrected what was said of it, so that what waits may be dropped."""
    by_hand: bool = False
    """The user has put one of our marks on it."""

    def __post_init__(self) -> None:
        self.identity = READER.read(self.raw, "en").message.identity


@dataclass
class Known:
    """What the program's state says about a message."""

    skip: str
    effects: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Kind -> state and note of each."""

    def states(self, kind: str) -> set[str]:
        return {state for state, _ in self.effects.get(kind, ())}


def number_of(raw: bytes) -> int:
    """Which client's message this is; 0 for none."""
    found = _CLIENT.fullmatch(message_id(raw))
    return int(found[1]) if found else 0


def answers(raw: bytes) -> int:
    """Which client's message this answers; 0 for none."""
    found = _ANSWERS.search(raw)
    return int(found[1]) if found else 0


@dataclass
class Life:
    """Everything that happened."""

    server: Server
    state: Path
    mark: str
    complaints: dict[int, Complaint] = field(default_factory=dict)
    old: set[int] = field(default_factory=set)
    """Those that lay there when the program first looked: nobody promised to look at them."""
    drafts: Counter[int] = field(default_factory=Counter)
    """How many drafts were ever laid for a message."""
    ids: dict[int, str] = field(default_factory=dict)
    """And under which id."""
    allowed: dict[int, int] = field(default_factory=dict)
    """How many drafts there may be, where more than one: every trace of the first was lost."""
    taken_off: set[int] = field(default_factory=set)
    """Messages whose mark the user has taken off, as far as the program can know."""
    ever_taken_off: set[int] = field(default_factory=set)
    skewed: bool = False
    """The program's clock has ever been wrong."""
    rewound: bool = False
    """The state was lost, or replaced by an older one."""
    latest: datetime | None = None
    """The latest time that the program's clock has shown in a pass."""

    @property
    def inbox(self) -> FakeFolder:
        return self.server.folders["INBOX"]

    def lying(self, name: str) -> dict[int, Stored]:
        """Clients' messages in a folder, by number."""
        box = self.server.folders.get(name)
        there = box.messages.values() if box else ()
        return {number: each for each in there if (number := number_of(each.raw))}

    def shows(self, number: int) -> bool:
        """Whether a message of the inbox shows a mark, of whatever kind is set here."""
        if self.mark == "folder":
            return number in self.lying(COPIES)
        flags = self.lying("INBOX")[number].flags if number in self.lying("INBOX") else set()
        return bool(flags & self.marks)

    @property
    def marks(self) -> set[str]:
        """The flags that the program may set."""
        if self.mark == "folder" or (self.mark == "keyword" and not self.server.keywords):
            return set()
        return {"tone-angry", "look-first"} if self.server.keywords else {STAR}

    def note_what_is_meant(self, number: int, before: set[str], flags: set[str]) -> None:
        """The user has changed the flags of a message where it lies."""
        each, tones = self.complaints.get(number), [TONES[k] for k in sorted(TONES) if k in flags]
        if each is None or before & set(TONES) == flags & set(TONES):
            return
        each.by_hand |= bool(tones)
        if len(tones) < 2:
            each.meant.add(tones[0] if tones else "fine")
            each.withdrawn = True

    def corrections(self) -> dict[str, str]:
        """By identity, what the state says that the user says."""
        if not self.state.exists():
            return {}
        database = Database.open(self.state)
        rows = database.rows(
            "SELECT identity, coalesce(correction.tone, 'fine') FROM correction"
            " JOIN message ON message.id = correction.message"
        )
        database.close()
        return dict(rows)

    # --- the program's state ---

    def known(self) -> dict[str, Known]:
        """By identity, what the state says."""
        if not self.state.exists():
            return {}
        database = Database.open(self.state)
        found = {
            row[0]: Known(row[1] or "")
            for row in database.rows("SELECT identity, skip FROM message")
        }
        effects = database.rows(
            "SELECT identity, kind, state, note FROM effect JOIN message ON message.id = effect.message"
        )
        for identity, kind, state, note in effects:
            found[identity].effects.setdefault(kind, []).append((state, note))
        database.close()
        return found

    # --- before and after a pass ---

    def before_a_pass(self, now: datetime) -> None:
        """Note what the program will see, and where every trace of a draft is gone."""
        self.latest = max(now, self.latest or now)
        known, inbox = self.known(), self.lying("INBOX")
        for number, each in self.complaints.items():
            each.away |= number not in inbox
            each.deleted |= number in inbox and "\\deleted" in inbox[number].flags
            if self.drafts[number] and not self._traced(each, known):
                self.allowed[number] = self.drafts[number] + 1

    def note_what_was_cut_off(self) -> None:
        """After a pass that did not come through: of what is in the middle, nobody can know what came of it."""
        known = self.known()
        for each in self.complaints.values():
            if (found := known.get(each.identity)) is not None:
                each.appending |= "appending" in found.states("draft")
                each.copying |= "appending" in found.states("mark")

    def _traced(self, each: Complaint, known: dict[str, Known]) -> bool:
        """Whether anything tells that a message has had its draft: the state, the draft, or our mark."""
        if self._lies(self.ids[each.number]):
            return True
        remembered = known.get(each.identity)
        if remembered is not None:
            return bool(remembered.states("draft") - {"planned"})
        inbox = self.lying("INBOX")
        return each.number in inbox and "tone-angry" in inbox[each.number].flags

    def _lies(self, draft: str) -> bool:
        return any(
            message_id(each.raw) == draft
            for name in TRACES
            for each in self.server.folders[name].messages.values()
        )

    def after_a_pass(self) -> None:
        """Count the drafts, and hold the promises that hold at any time."""
        self.drafts = Counter(map(answers, self.server.laid))
        self.ids = {answers(raw): message_id(raw) for raw in self.server.laid}
        for number, count in self.drafts.items():
            assert count <= self.allowed.get(number, 1), f"{count} drafts for message {number}"
            assert not self.complaints[number].calm, f"a draft for the calm message {number}"
        heard = self.corrections()
        for each in self.complaints.values():
            if (tone := heard.get(each.identity)) is not None:
                assert tone in each.meant, f"nobody said that message {each.number} is {tone}"
        for number in self.taken_off:
            assert not self.shows(number), f"a mark that was taken off message {number} is back"

    # --- the end ---

    def missed(self) -> Iterator[str]:
        """Each complaint that was not dealt with, and for which there is no good reason."""
        known = self.known()
        for number, lying in self.lying("INBOX").items():
            each = self.complaints[number]
            found = known.get(each.identity)
            if found is None:
                if number not in self.old and not self.skewed:
                    yield f"message {number} was never judged"
            elif not each.calm:
                drafted = [
                    other
                    for other in self.complaints.values()
                    if other is not each
                    and (
                        self.drafts[other.number]
                        or (other.identity in known and known[other.identity].effects.get("draft"))
                    )
                ]
                yield from self._unexplained(each, found, lying, drafted)

    def _unexplained(
        self, each: Complaint, found: Known, lying: Stored, drafted: list[Complaint]
    ) -> Iterator[str]:
        if found.skip == "deleted":
            if not each.deleted:
                yield f"message {each.number} is not deleted"
        elif found.skip == "before-start":
            if each.number not in self.old and not self.skewed:
                yield f"message {each.number} came after the start"
        else:
            yield from self._unmarked(each, found, lying, drafted)
            yield from self._undrafted(each, found, drafted)

    def _unmarked(
        self, each: Complaint, found: Known, lying: Stored, drafted: list[Complaint]
    ) -> Iterator[str]:
        for state, note in found.effects.get("mark", ()):
            if state == "done":
                if not self.shows(each.number) and each.number not in self.ever_taken_off:
                    yield f"message {each.number} shows no mark: {lying.flags}"
            elif "keeps no keywords" in note:
                if self.mark != "keyword" or self.server.keywords:
                    yield f"message {each.number} could be marked"
            elif state == "unknown":
                if not each.copying:
                    yield f"the copy of message {each.number} was never cut off"
            elif not self._excuses(each, note, drafted):
                yield f"the mark of message {each.number} is {state}: {note}"

    def _undrafted(self, each: Complaint, found: Known, drafted: list[Complaint]) -> Iterator[str]:
        drafts = found.effects.get("draft", [])
        if not drafts and not self._explains(each, found.skip, drafted):
            yield f"message {each.number} has no draft, for {found.skip or 'no reason'}"
        for state, note in drafts:
            if state == "done":
                if not self.drafts[each.number]:
                    yield f"the draft of message {each.number} was never laid"
            elif state == "unknown":
                if not each.appending:
                    yield f"the draft of message {each.number} was never cut off"
            elif not self._excuses(each, note, drafted):
                yield f"the draft of message {each.number} is {state}: {note}"

    def _excuses(self, each: Complaint, note: str, drafted: list[Complaint]) -> bool:
        """Whether a note tells the truth about why something was dropped."""
        if note == _GONE:
            return each.away
        if note == _NOT_FOUND:  # a rescan goes back to the first start, however far a request went
            return each.away or each.number in self.old or self.skewed
        if note == _CORRECTED:
            return each.withdrawn
        if note == _OTHER_TONE:
            return each.by_hand
        words = {
            "you have answered it already": "answered",
            "an answer to it lies in Sent": "answered",
            "a holding reply in this conversation waits in Drafts": "draft-waiting",
            "marked as deleted": "deleted",
        }
        reason = words.get(note, "")
        if "days old; a holding reply is for the first" in note:
            reason = "stale"
        if note.startswith("this sender got a holding reply"):
            reason = "sender-drafted"
        return self._explains(each, reason, drafted)

    def _explains(self, each: Complaint, reason: str, drafted: list[Complaint]) -> bool:
        """Whether a reason for no draft is true."""
        match reason:
            case "dealt-with":
                return self.rewound or each.by_hand
            case "answered":
                return each.answered
            case "deleted":
                return each.deleted
            case "draft-waiting":
                return any(other.thread == each.thread for other in drafted)
            case "sender-drafted":
                return any(other.sender == each.sender for other in drafted)
            case "stale":
                return self.latest is not None and self.latest - each.arrived > STALE
            case _:
                return False
