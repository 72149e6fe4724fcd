"""Reads messages in a process of its own, which can be killed when one of them bites.

Message content is hostile: a crafted mail can make any parser slow or greedy. So bytes are read
(and TextBlob and the small encoder are run) by a spawned worker that is kept warm; the parent's
wall clock is the guarantee, resource limits are extra where the platform has them. It also keeps
their megabytes out of the daemon; the encoder is loaded when a message first needs it.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import math
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.errors import ReaderUnavailable, UnreadableMail

# What reads is imported by the process that reads, when it does: whoever has a process begun waits for none of it.
if TYPE_CHECKING:
    from assistant.encoder import Encoders
    from assistant.model import Message, Opinion, Polarity, Reading
    from assistant.screening import ByHeader

    _Answer = (
        tuple[Literal["read"], Reading]
        | tuple[Literal["mood"], Polarity | None]
        | tuple[Literal["opinion"], Opinion | None]
        | tuple[Literal["unreadable"], str]
    )
    _Question = (
        tuple[Literal["read"], bytes, str, bool]
        | tuple[Literal["mood"], str]
        | tuple[Literal["opinion"], str, str, str, bool]
    )
    _Request = _Question | tuple[Literal["screen"], ByHeader]
    # The screen is for the questions after it, and gets no answer: it is long, and seldom another.

log = logging.getLogger("assistant.worker")

SECONDS_A_MESSAGE = 2.0
"""Wall clock; `make corpus` shows that no message of 3,236 comes near it."""
SECONDS_TO_START = 30.0
MEMORY_BYTES = 512 * 1024 * 1024
"""Address space of the worker, where the platform can limit it; most of it is never touched."""
TRIES = 2
"""How often a message is read whose worker dies; somebody may have killed it."""
FITS_BESIDE = 32_768 if sys.platform == "linux" else 2_048
"""Bytes of a message that may wait in the pipe: both ends writing into full pipes would wait for ever."""
_WARM_UP = b"Subject: warm up\r\n\r\nThe first message must not wait for what loads with it.\r\n"


def read_here(raw: bytes, language: str = "en", screen: ByHeader | None = None) -> Reading:
    """Read a message in this process; with a screen as far as it is to be judged, and TextBlob asked of it.

    Raises:
        UnreadableMail: where the bytes are no mail.
    """
    from assistant.model import Reading
    from assistant.reading.message import read
    from assistant.tone.polarity import mood

    message = read(raw, language, screen)
    return Reading(message, mood(message) if screen and message.whole else None)


class _Reads:
    """One message, for what can read many."""

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> list[Reading | UnreadableMail]:
        raise NotImplementedError

    def read(self, raw: bytes, language: str) -> Reading:
        """Read one message.

        Raises:
            UnreadableMail: where the bytes are no mail, or reading them took too long, too much
                memory, or killed the worker twice. The next message gets a new one.
            ReaderUnavailable: where no worker can be started.
        """
        (answer,) = self.read_all([raw], language)
        if isinstance(answer, UnreadableMail):
            raise answer
        return answer


class Here(_Reads):
    """Reads in this process, behind the same face as :class:`Worker`.

    Args:
        folder: of rules, where encoders are; None where opinions aren't wanted.
    """

    def __init__(self, folder: Path | None = None) -> None:
        from assistant.encoder import Encoders

        self._encoders = Encoders(folder)

    def opinion(self, message: Message, evidence: bool) -> Opinion | None:
        """As :meth:`Worker.opinion`."""
        return self._encoders.opinion(*_asked(message), evidence)

    def mood(self, message: Message) -> Polarity | None:
        """As :meth:`Worker.mood`."""
        from assistant.tone.polarity import mood

        return mood(message)

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> list[Reading | UnreadableMail]:
        """As :meth:`Worker.read_all`."""
        answers: list[Reading | UnreadableMail] = []
        for raw in raws:
            try:
                answers.append(read_here(raw, language, screen))
            except UnreadableMail as error:
                answers.append(error)
        return answers

    def close(self) -> None:
        """Nothing to stop."""


class Worker(_Reads):
    """Reads in a spawned process. Safe to share between threads: one batch at a time.

    Args:
        seconds: how long one message may take.
        folder: of rules, where encoders are; None where opinions aren't wanted.
    """

    def __init__(self, seconds: float = SECONDS_A_MESSAGE, folder: Path | None = None) -> None:
        self._seconds = seconds
        self._folder = folder
        self._asked_before = False
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False
        self._screen: ByHeader | None = None

    def read_all(
        self, raws: Sequence[bytes], language: str, screen: ByHeader | None = None
    ) -> list[Reading | UnreadableMail]:
        """Read messages in their order: for each its reading, or why it can't be read.

        A message that takes too long, too much memory, or kills the worker twice costs no other.

        Args:
            language: the account's.
            screen: mail that its header shows to be no person's is read no further; of all other mail
                TextBlob is asked at once.

        Raises:
            ReaderUnavailable: where no worker can be started.
        """
        answers: list[Reading | UnreadableMail] = []
        deaths = 0
        with self._turn:
            while len(answers) < len(raws):
                before = len(answers)
                self._ask(raws, language, screen, answers)
                deaths = 0 if len(answers) > before else deaths + 1
                if deaths == TRIES:
                    answers.append(UnreadableMail("reading it broke the worker"))
                    deaths = 0
        return answers

    def opinion(self, message: Message, evidence: bool) -> Opinion | None:
        """The encoder's opinion on a message; None where none can be had.

        Then the message is judged without it: that is worse than with it, and better than not at
        all. The first opinion may take longer, for the encoder is loaded with it.

        Raises:
            ReaderUnavailable: where no worker can be started.
        """
        if self._folder is None:
            return None
        with self._turn:
            return self._opinion(("opinion", *_asked(message), evidence))

    def prepare(self, language: str) -> None:
        """Load what the first opinion on a message in a language needs: for whoever has time before it.

        Raises:
            ReaderUnavailable: where no worker can be started.
        """
        from assistant.encoder import languages

        if self._folder is None or language not in languages(self._folder):
            return
        with self._turn:
            if not self._asked_before:
                self._opinion(("opinion", language, "", "", False))

    def _opinion(self, request: _Question) -> Opinion | None:
        seconds = self._seconds if self._asked_before else SECONDS_TO_START
        answer = self._answered(request, seconds)
        self._asked_before = answer is not None and self._pipe is not None
        return answer[1] if answer and answer[0] == "opinion" else None

    def mood(self, message: Message) -> Polarity | None:
        """TextBlob's polarity of a message; None where it has nothing to say, or can't be had.

        Raises:
            ReaderUnavailable: where no worker can be started.
        """
        from assistant.tone.polarity import LONGEST, speaks

        if not speaks(message):
            return None
        with self._turn:
            answer = self._answered(("mood", message.own_words[:LONGEST]), self._seconds)
            return answer[1] if answer and answer[0] == "mood" else None

    def _answered(self, request: _Question, seconds: float) -> _Answer | None:
        """What the worker says to one question about a message that was read; None where it can't, or not in time."""
        pipe = self._warm()
        try:
            pipe.send(request)
            if pipe.poll(seconds):
                answer: _Answer = pipe.recv()
                if answer[0] == "unreadable":
                    log.warning("no %s on a message: %s", request[0], answer[1])
                return answer
            log.warning("no %s on a message within %g s", request[0], seconds)
        except (EOFError, OSError):
            log.warning("no %s on a message: the worker is gone", request[0])
        except BaseException:  # an answer may be on its way that nobody will ask for
            self._stop()
            raise
        self._stop()
        return None

    def _ask(
        self,
        raws: Sequence[bytes],
        language: str,
        screen: ByHeader | None,
        answers: list[Reading | UnreadableMail],
    ) -> None:
        """Add answers until all are there, or the worker is gone: by a message or somebody's hand.

        The next message is sent while the worker is at one, so that neither waits for the other;
        but only if it fits into the pipe beside an answer on its way back.
        """
        pipe = self._warm()
        sent = len(answers)
        try:
            if screen is not None and screen is not self._screen:
                pipe.send(("screen", screen))
                self._screen = screen
            while len(answers) < len(raws):
                while sent < len(raws) and (
                    sent == len(answers)
                    or (sent == len(answers) + 1 and len(raws[sent]) <= FITS_BESIDE)
                ):
                    pipe.send(("read", raws[sent], language, screen is not None))
                    sent += 1
                if not pipe.poll(self._seconds):
                    self._stop()
                    answers.append(
                        UnreadableMail(f"reading it took longer than {self._seconds:g} s")
                    )
                    return
                answer: _Answer = pipe.recv()
                if answer[0] == "read":
                    answers.append(answer[1])
                else:
                    answers.append(UnreadableMail(str(answer[1])))
        except (EOFError, OSError):
            self._stop()
        except BaseException:  # an answer may be on its way that nobody will ask for
            self._stop()
            raise

    def close(self) -> None:
        with self._turn:
            self._stop()

    def _warm(self) -> Connection:
        try:
            if self._pipe is not None and self._process is not None and self._process.is_alive():
                return self._pipe if self._ready else self._greeted()
        except (EOFError, OSError):
            pass
        self._stop()
        try:
            self._launch()
            return self._greeted()
        except (EOFError, OSError) as error:
            self._stop()
            raise ReaderUnavailable(
                "the worker that reads messages can't be started",
                hint="is the machine out of memory or file handles, or was the program replaced?",
            ) from error

    def begin(self) -> None:
        """Start the process, and don't wait for it: it gets ready while the caller does something else."""
        with self._turn, contextlib.suppress(OSError):  # who asks first is told what is wrong
            if self._process is None:
                self._launch()

    def _launch(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with theirs:
            self._pipe = ours
            process = context.Process(
                target=_serve,
                args=(theirs, self._seconds, self._folder),
                daemon=True,
                name="reader",
            )
            process.start()
            self._process = process

    def _greeted(self) -> Connection:
        assert self._pipe is not None
        if not self._pipe.poll(SECONDS_TO_START):
            raise TimeoutError
        self._pipe.recv()
        self._ready = True
        return self._pipe

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        self._screen = None
        self._asked_before = self._ready = False


def _asked(message: Message) -> tuple[str, str, str]:
    """What an encoder is asked about a message: the subject only where it was chosen now."""
    return message.language, "" if message.is_answer else message.subject, message.own_words


def _serve(pipe: Connection, seconds: float, folder: Path | None) -> None:
    """The worker's loop: until the parent goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit("RLIMIT_AS", MEMORY_BYTES)
    from assistant.encoder import Encoders

    gc.disable()  # a tenth of a start is spent looking for garbage where there is none
    there = Encoders(folder)
    screen: ByHeader | None = None
    _answer(("read", _WARM_UP, "en", False), there, None)
    _answer(("mood", _WARM_UP.decode()), there, None)
    gc.freeze()  # nor is what was imported ever garbage
    gc.enable()
    with contextlib.suppress(EOFError, OSError):
        pipe.send("ready")
        while True:
            request: _Request = pipe.recv()
            if request[0] == "screen":
                screen = request[1]
                continue
            # A parent that is stopped or gone can't watch the clock; then the system kills.
            _limit("RLIMIT_CPU", math.ceil(time.process_time() + seconds) + 1)
            pipe.send(_answer(request, there, screen))


def _answer(request: _Question, there: Encoders, screen: ByHeader | None) -> _Answer:
    try:
        if request[0] == "read":
            _, raw, language, screened = request
            return "read", read_here(raw, language, screen if screened else None)
        if request[0] == "mood":
            from assistant.tone.polarity import polarity

            return "mood", polarity(request[1])
        return "opinion", there.opinion(*request[1:])
    except UnreadableMail as error:
        return "unreadable", error.message
    except Exception as error:  # noqa: BLE001 - an edge: one bad message must never stop the others
        return "unreadable", f"reading it failed ({type(error).__name__})"


def _limit(name: str, most: int) -> None:
    """Lower a soft limit of this process, where the platform has it."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock has to do
        return
    with contextlib.suppress(ValueError, OSError, AttributeError):
        kind = getattr(resource, name)
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
