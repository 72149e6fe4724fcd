"""The real program, run as its users run it: a process of its own, with a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from tests.letters import FURIOUS, NOW, Letter, letter
from tests.servers import PASSWORD, ImapAccount, Stored, select_wait

ADDRESS = "robin@studio.example"
PASSWORD_ENV = "ASSISTANT_TEST_PASSWORD"
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Home:
    """A user's home folder: config.toml and state in their places, and the program to run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_file = folder / "config" / "inbox-assistant" / "config.toml"
        self.state = folder / "state" / "inbox-assistant"
        self.config_file.parent.mkdir(parents=True)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONUNBUFFERED": "1",
            PASSWORD_ENV: PASSWORD,
        }

    def configure(self, *tables: str) -> None:
        """Write config.toml."""
        self.config_file.write_text("\n".join(tables), "utf-8")

    def use(self, *accounts: ImapAccount, **more: object) -> None:
        """A config.toml for these accounts."""
        self.configure(*(account_table(each, **more) for each in accounts))

    def run(
        self, *arguments: str | Path, stdin: bytes = b"", environ: dict[str, str] | None = None
    ) -> Done:
        """Run to the end. Whatever happens, no traceback is shown."""
        done = subprocess.run(
            command(*arguments), input=stdin, capture_output=True, check=False, timeout=SECONDS,
            env={**self.environ, **(environ or {})}, cwd=self.folder,
        )  # fmt: skip
        err = done.stderr.decode()
        assert "Traceback" not in err, err
        assert "Exception ignored" not in err, err
        return Done(done.returncode, done.stdout.decode(), err)

    @contextlib.contextmanager
    def start(
        self, *arguments: str | Path, stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE, under: Sequence[str] = (),
        seconds: float = SECONDS,
    ) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
        """Run until the block ends, or so many seconds at most; what still runs then is killed.

        Args:
            under: a program that runs ours, with its arguments.
            seconds: what still runs after them is killed.
        """
        process = subprocess.Popen(
            [*under, *command(*arguments)], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            env=self.environ, cwd=self.folder,
        )  # fmt: skip
        watchdog = threading.Timer(seconds, process.kill)
        watchdog.start()
        with process:
            try:
                yield process
            finally:
                watchdog.cancel()
                if process.poll() is None:
                    process.kill()

    def until_healthy(self) -> dict[str, Any]:
        """Wait until the daemon has said how its first account stands, and it isn't starting any more."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError):
                first: dict[str, Any] = json.loads((self.state / "health.json").read_text())[
                    "accounts"
                ][0]
                if first["state"] != "starting":
                    return first
            select_wait(0.05)
        raise AssertionError("the daemon never said how it stands")

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the state, byte for byte."""
        return {path.name: path.read_bytes() for path in sorted(self.state.glob("*"))}


def command(*arguments: str | Path) -> list[str]:
    """The program's command line; a resource it forgets to close is an error."""
    return [
        sys.executable, "-W", "error::ResourceWarning", "-m", "assistant", *map(str, arguments),
    ]  # fmt: skip


def account_table(account: ImapAccount, **more: object) -> str:
    """One ``[[account]]`` for an account on a test server."""
    keys: dict[str, object] = {
        "host": "127.0.0.1",
        "port": account.proxy.port,
        "user": account.user,
        "addresses": [ADDRESS],
        "insecure": True,
        "password_env": PASSWORD_ENV,
        **more,
    }
    # A JSON text of these values is a TOML value as well.
    return "\n".join(
        ["[[account]]", *(f"{key} = {json.dumps(each)}" for key, each in keys.items())]
    )


def read_until(stream: IO[bytes] | None, words: str) -> str:
    """Lines up to the one with these words; the process must still be running then."""
    assert stream is not None
    seen = ""
    for line in stream:
        seen += line.decode()
        if words in seen:
            return seen
    raise AssertionError(f"ended without {words!r}: {seen}")


def stop(process: subprocess.Popen[bytes], number: signal.Signals, seconds: float = 10.0) -> int:
    """Send a signal and wait for the end; the exit code."""
    process.send_signal(number)
    process.communicate(timeout=seconds)
    return process.returncode


def fresh(body: str = FURIOUS, *, number: int = 1, hours: float = 1, **more: Any) -> Letter:
    """A letter by today's clock, which the real program goes by."""
    written = datetime.now(UTC) - timedelta(hours=hours)
    return letter(body, number=number, age=NOW - written, **more)


def days_ago(days: int) -> str:
    """A day for --since."""
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def mailbox(
    account: ImapAccount, folders: Sequence[str] = ("INBOX", "Drafts", "Sent", "Trash")
) -> dict[str, list[Stored]]:
    """All that lies on the server, without what every look changes."""
    return {
        name: [
            Stored(each.uid, each.flags - {"\\recent"}, each.raw) for each in account.contents(name)
        ]
        for name in folders
    }
