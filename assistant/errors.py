"""Everything that can go wrong for a reason a person can act on.

::

    AssistantError             1   something is wrong that we did not foresee in detail
    ├── ConfigError            3   config.toml or a rule file; lists every problem at once
    ├── MailboxError           4   the server answered, and the answer stops us
    │   ├── ConnectionLost     4   no answer, or it broke off: worth another try later
    │   ├── CertificateError   4   the server can't prove who it is; no password was sent
    │   ├── RefusedByServer    4   NO or BAD to one command; the connection is still usable
    │   └── LoginRefused       5   wrong password or none: never tried again by itself
    ├── StateError             6   the state file is corrupt, or from a newer version
    │   ├── StateUnavailable  11   it can't be written just now (disk full): worth another try
    │   └── StateLocked        7   another assistant is running on the same state
    ├── ReaderUnavailable      1   the worker that reads messages can't be started: try again later
    ├── UnreadableMail         8   a file or message that is no mail
    ├── ServiceError          10   there is no systemd, or it didn't do what `service` asked for
    └── TooLittleEvidence     12   `learn` has too little to learn from

The number is the program's exit code (click adds 2 for wrong usage, a shell 130 for Ctrl-C).
Errors of libraries are turned into these where the library is called, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass


class AssistantError(Exception):
    """Base of all errors that are shown as a message, without a traceback."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is, what it is, and what to do."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(AssistantError):
    """Mistakes in config.toml or a rule file, all of them."""

    exit_code = 3

    def __init__(self, problems: list[Problem] | tuple[Problem, ...], hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint)


class MailboxError(AssistantError):
    """The mail server can't do what we need."""

    exit_code = 4


class ConnectionLost(MailboxError):
    """The connection could not be made or broke: try again later."""


class CertificateError(MailboxError):
    """TLS could not be trusted. Nothing secret was sent."""


class RefusedByServer(MailboxError):
    """One command got NO or BAD. The RFC 5530 response code, if any, is in ``code``."""

    def __init__(self, message: str, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


class LoginRefused(MailboxError):
    """The server refused the password. Trying again would only lock the account."""

    exit_code = 5


class StateError(AssistantError):
    """The state file can't be used as it is."""

    exit_code = 6


class StateUnavailable(StateError):
    """The state can't be written just now; nothing was written half."""

    exit_code = 11  # not that of a damaged one: the unit for systemd starts again after this one


class StateLocked(StateError):
    """Somebody else holds the state."""

    exit_code = 7


class UnreadableMail(AssistantError):
    """Bytes that can't be read as a message."""

    exit_code = 8


class ReaderUnavailable(AssistantError):
    """No message can be read just now, whichever it is: no message's fault."""


class ServiceError(AssistantError):
    """There is no systemd here, or it didn't do what it was asked to."""

    exit_code = 10


class TooLittleEvidence(AssistantError):
    """There is too little labelled or corrected mail to propose anything."""

    exit_code = 12
