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


def unit_text(config: Config, *, system: bool, only_print: bool) -> str:
    """The unit's text for this installation and this config.

    Raises:
        ServiceError: where something lies in a place that can't stand in a unit, or that it could not see.
    """
    assert config.path is not None  # a service is installed for accounts, so there is a file
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
    return units.system_unit(command, _credentials(config), state)


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    """What says where the state is: the service and `assistant status` at the keyboard must agree on that."""
    return {key: environ[key] for key in ("XDG_STATE_HOME",) if environ.get(key)}


def _credentials(config: Config) -> list[units.Credential]:
    """The secrets that lie beside config.toml: systemd reads them as root, and hands them to the service.

    One that doesn't lie there gets no line: systemd would start nothing, and a LoadCredentialEncrypted= of
    the user's own has to stay the only one of its name.
    """
    assert config.path is not None
    folder = config.path.parent
    for name in config.bare_secrets:
        if not units.is_credential(name):
            raise ServiceError(
                f"{folder / name}: systemd can't hand over a file of this name",
                hint="rename it: letters, digits, dots, hyphens and underscores",
            )
    files = [folder / name for name in config.bare_secrets]
    return [units.Credential(each.name, str(each)) for each in files if _is_there(each)]


def _is_there(file: Path) -> bool:
    with contextlib.suppress(OSError):  # nobody but root may look, perhaps
        return file.is_file()
    return False


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
        elif system and each.sign_in == "password" and not _has_password(each):
            notes.append(f"{each.user}: a system service has no keyring; use password_file")
    if not system:
        return notes
    notes += [*_about_secrets(config, accounts, edit), *_about_closed_places(config, accounts)]
    if not config.settings.state:
        notes.append(
            f'put state = "{units.SYSTEM_STATE}" into {config.path}, so that `assistant status` looks there, too'
        )
    return notes


def _has_password(account: Account) -> bool:
    return bool(account.password_command or account.password_file)


def _secrets(config: Config, accounts: tuple[Account, ...]) -> list[tuple[str, str, str]]:
    """Whose, by which key, and where; for each secret that is a file."""
    listed = [(each.user, "password_file", each.password_file) for each in accounts]
    listed.append(("[notify]", "urls_file", config.settings.notify.urls_file))
    return [each for each in listed if each[2]]


def _about_secrets(config: Config, accounts: tuple[Account, ...], edit: str) -> list[str]:
    """Those that systemd doesn't hand over: the service's own user has to read them, or they are nowhere yet."""
    assert config.path is not None
    notes: list[str] = []
    bare = {config.path.parent / name for name in config.bare_secrets}
    for whose, key, named in _secrets(config, accounts):
        file = Path(named)
        if file in bare and not _is_there(file):
            store = f"/etc/credstore.encrypted/{file.name}"
            notes.append(
                f"{whose}: {key}: there is no {file}. Put it there and install again; or, unless you did so "
                f"before: `systemd-creds encrypt --name={file.name} - {store}`, then `{edit}`: [Service] "
                f"LoadCredentialEncrypted={file.name}:{store}"
            )
        elif file not in bare and units.hidden([named]) is None:
            notes.append(
                f"{whose}: {key}: the user {units.NAME} itself has to be able to read {file}; what is named "
                f"without a path, and lies beside {config.path.name}, systemd reads as root and hands over"
            )
    return notes


def _about_closed_places(config: Config, accounts: tuple[Account, ...]) -> list[str]:
    """Files that the sandbox hides from the service."""
    assert config.path is not None
    files = _secrets(config, accounts)
    if config.settings.rules_folder:
        files.append(("config.toml", "rules_folder", str(config.rules_folder)))
    if config.settings.clients_file:
        files.append(("config.toml", "clients_file", config.settings.clients_file))
    for account in accounts:
        files.append((account.user, "ca_file", account.ca_file))
        files += [(account.user, "password_command", each) for each in account.password_command[:1]]
        files += [
            (account.user, "signature_file", each.signature_file) for each in account.identity
        ]
    return [
        f"{whose}: {key}: the service can't see {file}: home folders and /tmp are closed to it; move it to "
        f"{config.path.parent}"
        for whose, key, file in files
        if units.hidden([file])
    ]
