"""Serves one connection: a command comes in, its handler does it, the answer goes out."""

from __future__ import annotations

import contextlib

from tests.providers import folders, messages, sign_in
from tests.providers.connection import Gone
from tests.providers.grammar import Arguments, Bad, Command, No, parse, tag_of, verb_of
from tests.providers.idle import idle
from tests.providers.messages import refused_early
from tests.providers.session import Commands, Session, Stage

COMMANDS: Commands = {
    **sign_in.COMMANDS,
    **folders.COMMANDS,
    **messages.COMMANDS,
    "IDLE": (Stage.SIGNED_IN, idle),
}
_NON_SYNCHRONISING = 4_096
"""Bytes of the longest literal that may come unasked with LITERAL- (RFC 7888)."""


class Dispatch:
    """Runs one session until either side ends it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answered = False

    def run(self) -> None:
        connection = self._session.connection
        try:
            self._greet()
            while True:
                self._turn()
        except Gone:
            pass
        finally:
            self._session.leave()
            connection.close()
            connection.release()

    def _greet(self) -> None:
        profile = self._session.profile
        code = f"[CAPABILITY {profile.before}] " if profile.greets else ""
        self._session.say(f"* OK {code}{profile.greeting}")
        self._session.connection.flush()

    def _turn(self) -> None:
        session, connection = self._session, self._session.connection
        self._answered = False
        line = connection.hear(self._literal)
        if self._answered:
            connection.flush()
            return
        words = line.partition(b"\r\n")[0].split()
        if max(map(len, words), default=0) > session.profile.longest_word:
            session.say("* BYE [ALERT] Fatal error: max atom size too small")
            connection.flush()
            raise Gone
        try:
            command = parse(line)
        except Bad:
            session.say(f"{tag_of(line)} {session.profile.unknown}")
            connection.flush()
            return
        self._do(command)

    def _literal(self, line: bytes, size: int, waits: bool) -> bool:
        """Whether an announced literal may come; where not, the answer has been said."""
        session = self._session
        verb = verb_of(line)
        words = session.announced.upper().split()
        unasked = "LITERAL+" in words or ("LITERAL-" in words and size <= _NON_SYNCHRONISING)
        answer = session.faults.take_early(verb)
        if not waits and not unasked:
            answer = answer or session.profile.unknown
        if not answer and verb == "APPEND":
            answer = refused_early(session, line)
        if answer:
            session.say(f"{tag_of(line)} {answer}")
            self._answered = True
        return not answer

    def _do(self, command: Command) -> None:
        session, connection = self._session, self._session.connection
        session.fault = fault = session.faults.take(command.verb)
        if fault.cut == "before":
            raise Gone
        if fault.released is not None:
            fault.released.wait()
        answer = fault.answer or self._answer(command)
        if fault.cut == "after":
            raise Gone
        session.say(f"{command.tag} {answer}")
        connection.flush(fault.every)
        if command.verb == "LOGOUT":
            raise Gone

    def _answer(self, command: Command) -> str:
        """Do a command; what follows its tag."""
        session = self._session
        if command.verb == "LOGOUT":
            session.say("* BYE logging out")
            return "OK LOGOUT completed"
        stage, handler = COMMANDS.get(command.verb, (None, None))
        if stage is None or handler is None or session.stage < stage:
            return session.profile.unknown
        if command.verb in ("LOGIN", "AUTHENTICATE") and session.stage > Stage.GREETED:
            return "BAD Already signed in"
        with self._lock(command.verb):
            try:
                answer = f"OK {handler(session, Arguments(command.items))}"
            except No as refusal:
                answer = f"NO {refusal}"
            except Bad:
                answer = session.profile.unknown
        with self._lock():
            session.update()
        return answer

    def _lock(self, verb: str = "") -> contextlib.AbstractContextManager[object]:
        """The user's lock. IDLE is done without it, or nobody could change anything meanwhile."""
        free = verb == "IDLE" or self._session.stage is Stage.GREETED
        return contextlib.nullcontext() if free else self._session.user.lock
