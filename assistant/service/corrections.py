"""What the user tells by our own keywords: one look at the flags of recent messages in each pass.

Taking our keyword (on Gmail, our label) off means "not upset"; putting one of ours on means "you missed
this"; changing it means "another tone". A false conclusion is worse than a missed one: rules are tuned
by these. So a conclusion needs all of this:

* a *change at one place*: the message was seen one way and now is another, at the same UID of the same
  UIDVALIDITY. A message that was moved or renumbered is only looked at anew;
* flags that were really read: no answer, or one without FLAGS, says nothing. A read-only mailbox, or a
  keyword that the server does not promise to keep (PERMANENTFLAGS), says nothing either;
* exactly one tone's keyword on the message, or none. Two: the user may be in the middle of it;
* for "not upset", a keyword that we set and read back (or that the user has put in its stead), on a
  server that has shown or named one in a later pass: a session's keywords pass away with the session;
* that not all marks are gone at once: that is a server that lost its keywords, or a label renamed. One that
  still names the keyword (PERMANENTFLAGS) has not lost it: Dovecot names what it has ever kept in a mailbox;
* of a mark that is put on several messages of a thread at once, the newest: Gmail's web page puts a label on
  a whole conversation;
* the same again at a second look, with the message's bytes, which must be the message that we judged.

The star and the folder for copies say nothing, even where they are our marks: a star is the user's own,
and a copy may be tidied away. Nothing is written to the server, and nothing is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.errors import ConnectionLost, RefusedByServer, UnreadableMail
from assistant.model import Location, Opened
from assistant.service.judging import Judging
from assistant.service.ports import Clock, Desk, Mailbox
from assistant.service.report import Report
from assistant.service.told import Looked
from assistant.store import SECOND_LOOK, Heard, State, Watched

AT_ONCE = 3
"""So many marks that are all gone at one look were not taken off by hand."""
BREAKS = 3
"""How often a connection may break at a second look before nothing is concluded: a message that breaks each one
would keep all others waiting for ever."""


@dataclass(frozen=True, slots=True)
class Change:
    """A message that shows other keywords than at the last look at the same place."""

    message: Watched
    before: frozenset[str]
    now: frozenset[str]

    @property
    def answers_us(self) -> bool:
        """Whether it is our mark that is gone, or what the user has put in its stead."""
        return bool(self.before & self.message.ours) or self.message.corrected


class Corrections:
    """Notices the corrections in one mailbox."""

    def __init__(
        self, mailbox: Mailbox, state: State, judging: Judging, desk: Desk, clock: Clock
    ) -> None:
        self._mailbox = mailbox
        self._state = state
        self._judging = judging
        self._desk = desk
        self._clock = clock
        self._at = (desk.account, desk.inbox)

    def notice(self, opened: Opened, report: Report) -> Looked:
        """Look at what was judged and marked of late, and remember what the user says of it.

        Returns:
            What was looked at, and what it showed; nothing where nothing was.

        Raises:
            ConnectionLost: whatever was not concluded yet will be by the next pass.
        """
        keywords = self._judging.keywords
        if opened.read_only:
            return {}
        if self._state.looks(*self._at).keywords != keywords:
            self._state.look_anew(*self._at, keywords)
        watched = self._state.watched(*self._at, opened.uidvalidity)
        if not watched:
            return {}
        try:
            flags = self._mailbox.flags_of([each.uid for each in watched])
        except RefusedByServer:  # nothing was read, so nothing is known
            return {}
        kept = frozenset(each for each in keywords if opened.keeps(each))
        new: dict[int, frozenset[str]] = {}
        looked: list[Change] = []
        for each in watched:
            now = self._judging.seen(flags[each.uid]) if each.uid in flags else None
            if now is None or not (each.seen or now) | now <= kept:
                continue
            if each.seen is None:
                new[each.uid] = self._judging.found(flags[each.uid])
            else:
                looked.append(Change(each, each.seen, now))
        self._conclude(looked, opened, new, report)
        if new:
            self._state.looked(*self._at, opened.uidvalidity, new)
        return {each.uid: (each, flags[each.uid]) for each in watched if each.uid in flags}

    def _conclude(
        self,
        looked: list[Change],
        opened: Opened,
        new: dict[int, frozenset[str]],
        report: Report,
    ) -> None:
        """What follows from what was looked at before, and is looked at now.

        Args:
            new: takes what messages are seen with of which nothing is concluded.
        """
        named = opened.permanent_flags & self._judging.keywords
        lost = _lost(each for each in looked if not each.before <= named)
        if lost:
            gone = ", ".join(_keywords(lost))
            report.tell(
                f"{len(lost)} marks ({gone}) are gone all at once: that is not taken for corrections "
                "(`assistant correct` takes them, one by one)"
            )
        new |= {each.message.uid: each.now for each in lost}
        keeps = self._keeps(looked, named)
        told: list[Change] = []
        for each in looked:
            undecided = len(each.now) > 1 or (not each.now and each.answers_us and not keeps)
            if each.before != each.now and each not in lost and not undecided:
                told.append(each)
        beside = _beside(told)
        new |= {each.message.uid: each.now for each in beside}
        for each in told:
            if each not in beside:
                self._hear(each, opened, new, report)

    def _keeps(self, looked: Iterable[Change], named: frozenset[str]) -> bool:
        """Whether the server has ever shown a tone's keyword in two passes: a session's would be gone.

        Args:
            named: those that it names without being asked to keep them: what is set in a pass is set after this.
        """
        if self._state.looks(*self._at).keeps:
            return True
        again = bool(named) or any(each.before & each.now for each in looked)
        if again:
            self._state.keeps(*self._at)
        return again

    def _hear(
        self, change: Change, opened: Opened, new: dict[int, frozenset[str]], report: Report
    ) -> None:
        """Take a change for what the user says, if it is still there at a second look."""
        message = change.message
        place = Location(*self._at, opened.uidvalidity, message.uid)
        try:
            if not self._again(change):
                return
        except ConnectionLost:
            if self._state.trouble(place, SECOND_LOOK) >= BREAKS:
                self._state.gone(place)
                self._state.looked(*self._at, opened.uidvalidity, {message.uid: change.now})
            raise
        if not change.now and not change.answers_us:
            new[message.uid] = change.now  # it was of another life, or another program's
            return
        tone = None
        for keyword in change.now:
            tone = self._judging.tone_of(keyword, message.tone)
        heard = self._state.hear(place, change.now, tone, self._clock())
        report.corrected += heard is Heard.NOTED
        report.taken_back += heard is Heard.TAKEN_BACK

    def _again(self, change: Change) -> bool:
        """Whether a second look, at this message alone, shows the same of the same message.

        A server may put a word about another message into an answer; without a UID it would be taken for this
        one. And one that gave its UIDs out anew without saying so would have us hear of a stranger's message.
        """
        try:
            for fetched in self._mailbox.fetch([change.message.uid]):
                (answer,) = self._judging.read([fetched])
                return (
                    not isinstance(answer, UnreadableMail)
                    and answer.message.identity == change.message.identity
                    and self._judging.seen(fetched.flags) == change.now
                )
        except RefusedByServer:
            pass
        return False


def _lost(looked: Iterable[Change]) -> list[Change]:
    """The marks that are gone by the server's doing: all of them, or all of one keyword, at one look."""
    stood = [each for each in looked if each.before]
    groups = [stood, *([e for e in stood if k in e.before] for k in _keywords(stood))]
    lost: list[Change] = []
    for group in groups:
        if len(group) >= AT_ONCE and not any(each.now for each in group):
            lost += [each for each in group if each not in lost]
    return lost


def _beside(told: Iterable[Change]) -> list[Change]:
    """The messages that got a mark because another of their thread did: a whole conversation was marked.

    Another that had one already, which was changed, or else the newest.
    """
    threads: dict[tuple[int, frozenset[str]], list[Change]] = {}
    for each in told:
        if each.message.thread is not None and each.now:
            threads.setdefault((each.message.thread, each.now), []).append(each)
    beside: list[Change] = []
    for found in threads.values():
        put_on = [each for each in found if not each.before and not each.answers_us]
        beside += put_on if len(put_on) < len(found) else put_on[:-1]  # ascending by UID
    return beside


def _keywords(changes: Iterable[Change]) -> list[str]:
    return sorted({keyword for each in changes for keyword in each.before})
