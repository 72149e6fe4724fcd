"""The unit of this installation and this config: its text, and writing it without harm to anybody else's."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import units
from assistant.cli import tell
from assistant.errors import ServiceError

if TYPE_CHECKING:
    from assistant.config import Account, Config


def unit_text(
    config: Config, accounts: tuple[Account, ...], *, system: bool, only_print: bool
) -> str:
    """The unit's text for this installation and this config.

    Raises:
        ServiceError: where something lies in a place that can't stand in a unit, or that it could not see.
    """
    assert config.path is not None  # there are accounts, so there is a file
    # -P: a folder named "assistant" in the working directory is not the program.
    command = (sys.executable, "-P", "-m", "assistant", "--config", str(config.path), "run")
    state = str(config.state_folder) if config.settings.state else ""
    kept = {} if system or state else _kept(os.environ)
    for each in (*command, state, *kept.values()):
        if each and not units.is_plain(each):
            raise ServiceError(
                f"systemd can't be told of {each!r}: control characters, or no UTF-8"
            )
    if not units.is_program(sys.executable):
        raise ServiceError(f"systemd starts no program with quotes in its path: {sys.executable}")
    if not system:
        return units.user_unit(command, kept)
    code = Path(units.__file__).parent  # elsewhere than Python where it was installed with -e
    places = (sys.executable, str(Path(sys.executable).resolve()), str(code), str(config.path))
    _require_visible((*places, state), only_print)
    return units.system_unit(command, _credentials(config, accounts, only_print), state)


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    """What says where the state is: the service and `assistant status` at the keyboard must agree on that."""
    return {key: environ[key] for key in ("XDG_STATE_HOME",) if environ.get(key)}


def _credentials(
    config: Config, accounts: tuple[Account, ...], only_print: bool
) -> list[units.Credential]:
    """The secrets that lie beside config.toml: systemd reads them as root, and hands them to the service."""
    assert config.path is not None
    keys = {each.password_file: "password_file" for each in accounts}
    keys[config.settings.notify.urls_file] = "[notify] urls_file"
    files = {Path(file): key for file, key in keys.items() if file}
    beside = {each: key for each, key in files.items() if each.parent == config.path.parent}
    for each, key in beside.items():
        if not units.is_credential(each.name):
            raise ServiceError(
                f"{each}: systemd can't hand over a file of this name",
                hint="rename it: letters, digits, dots, hyphens and underscores",
            )
        if not only_print and not each.is_file():
            raise ServiceError(f"{each}: there is no such file, and {key} asks for it")
    return [units.Credential(each.name, str(each)) for each in beside]


def _require_visible(paths: tuple[str, ...], only_print: bool) -> None:
    unseen = units.hidden([each for each in paths if each])
    if unseen is None:
        return
    message = f"the system service can't see {unseen}: home folders and /tmp are closed to it"
    hint = "install into /opt, and keep the config in /etc: docs/server.md"
    if not only_print:
        raise ServiceError(message, hint)
    tell(f"warning: {message}; {hint}")


def require_ours(unit_file: Path, force: bool) -> None:
    """Somebody else's unit is left alone."""
    try:
        text = unit_file.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ServiceError(f"{unit_file}: can't be read: {error.strerror}") from error
    if not units.is_ours(text) and not force:
        raise ServiceError(
            f"{unit_file}: was not written by this program", hint="look at it; --force ignores that"
        )


def write(unit_file: Path, text: str) -> bool:
    """Write the unit, whole or not at all; whether that changed anything."""
    with _writing(unit_file):
        if unit_file.is_file() and unit_file.read_bytes() == text.encode():
            return False
        unit_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = unit_file.with_name(f".{unit_file.name}.new")
        fresh.write_text(text, "utf-8")
        fresh.chmod(0o644)
        fresh.replace(unit_file)
    return True


def remove(unit_file: Path) -> None:
    """Take the unit away.

    Raises:
        ServiceError: where that isn't allowed.
    """
    with _writing(unit_file):
        unit_file.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(unit_file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServiceError(f"{unit_file}: can't be written: {error.strerror}") from error


def advice(config: Config, accounts: tuple[Account, ...], *, system: bool) -> list[str]:
    """What works at the keyboard, and not in a service."""
    edit = f"systemctl {'' if system else '--user '}edit {units.NAME}"
    notes: list[str] = []
    for each in accounts:
        if each.password_env:
            notes.append(
                f"{each.user}: the service doesn't see your shell's {each.password_env}; use password_file "
                f"or password_command, or give it to the service by `{edit}`"
            )
        elif system and not (each.password_command or each.password_file):
            notes.append(f"{each.user}: a system service has no keyring; use password_file")
    if system and not config.settings.state:
        notes.append(
            f'put state = "{units.SYSTEM_STATE}" into {config.path}, so that `assistant status` looks there, too'
        )
    return notes
