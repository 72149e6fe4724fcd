"""systemctl, asked and told: a user's own manager, or the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.clean import clean_text
from assistant.errors import ServiceError
from assistant.units import FILE, NAME

SECONDS = 330
"""A start may take TimeoutStartSec (units.py); systemctl waits for it."""
_PROPERTIES = (
    "ActiveEnterTimestamp", "ActiveState", "ExecMainStatus", "LoadState", "Result", "StatusText", "SubState",
    "UnitFileState",
)  # fmt: skip
_NO_SYSTEMD = (
    "`assistant run` works under any supervisor (launchd, runit, a terminal), or in a container: "
    "docs/docker.md"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What systemd says of our unit."""

    loaded: bool
    enabled: bool
    active: str
    """``active``, ``reloading``, ``activating``, ``deactivating``, ``inactive`` or ``failed``."""
    restarting: bool
    """It ended, and waits to be started again."""
    since: str
    said: str
    """What the daemon last said of itself (STATUS=)."""
    result: str
    """Why it ended: ``success``, ``exit-code``, ``watchdog``, ``oom-kill``, ..."""
    status: int
    """The exit code, or the number of the signal, of the last run."""

    @property
    def running(self) -> bool:
        return self.active in ("active", "reloading")


@dataclass(frozen=True, slots=True)
class Systemctl:
    """One of the managers, and our unit in it."""

    system: bool
    unit_file: Path

    @classmethod
    def of(cls, system: bool, environ: Mapping[str, str] = os.environ) -> Systemctl:
        """The manager that is wanted, and where an administrator's units for it lie (systemd.unit(5))."""
        if system:
            return cls(True, Path("/etc/systemd/system", FILE))
        given = Path(environ.get("XDG_CONFIG_HOME", ""))
        config = given if given.is_absolute() else Path.home() / ".config"
        return cls(False, config / "systemd" / "user" / FILE)

    @property
    def log_command(self) -> str:
        """How the service's log is read."""
        return f"journalctl {'' if self.system else '--user '}-u {NAME}"

    def require(self) -> None:
        """Be sure that there is a manager to talk to.

        Raises:
            ServiceError: where there is none.
        """
        if shutil.which("systemctl") is None:
            raise ServiceError("there is no systemd on this machine (no systemctl)", _NO_SYSTEMD)
        done = self._ask("is-system-running")
        if done.stdout.strip() == "offline":
            raise ServiceError("systemd is installed, but does not run this machine", _NO_SYSTEMD)
        if not done.stdout.strip():
            raise ServiceError(
                f"systemctl can't reach {'the system' if self.system else 'your user'}'s manager: "
                f"{clean_text(done.stderr, 200)}",
                "" if self.system else "sign in as this user itself, not by su or sudo; on a server, "
                "`assistant service install --system` is what you want",
            )  # fmt: skip

    def run(self, *arguments: str) -> None:
        """Have something done.

        Raises:
            ServiceError: where it was not; with systemctl's own words.
        """
        done = self._ask(*arguments)
        if done.returncode != 0:
            said = clean_text(done.stderr, 300) or f"it ended with {done.returncode}"
            raise ServiceError(
                f"`systemctl {' '.join(arguments)}` failed: {said}",
                hint=f"the log tells more: {self.log_command} -n 20",
            )

    def forget(self) -> None:
        """Have no failure kept in mind of a unit that is gone; where there was none, this does nothing."""
        self._ask("reset-failed", FILE)

    def standing(self) -> Standing:
        """What systemd knows of our unit, installed or not."""
        done = self._ask("show", FILE, f"--property={','.join(_PROPERTIES)}")
        found = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
        status = found.get("ExecMainStatus", "")
        return Standing(
            loaded=found.get("LoadState") == "loaded",
            enabled=found.get("UnitFileState") == "enabled",
            active=found.get("ActiveState", "inactive"),
            restarting=found.get("SubState") == "auto-restart",
            since=found.get("ActiveEnterTimestamp", ""),
            said=clean_text(found.get("StatusText", ""), 200),
            result=found.get("Result", ""),
            status=int(status) if status.isdecimal() else 0,
        )

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["systemctl", *([] if self.system else ["--user"]), "--no-pager", *arguments]
        try:
            return subprocess.run(
                command, capture_output=True, check=False, text=True, errors="replace",
                timeout=SECONDS, env={**os.environ, "LC_ALL": "C"},
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(
                f"`{' '.join(command)}` failed ({type(error).__name__})",
                hint=f"the log may tell more: {self.log_command} -n 20",
            ) from error
