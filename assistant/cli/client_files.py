"""Files of mail programs on this disk: where Thunderbird keeps its profile, and careful writing."""

from __future__ import annotations

import configparser
import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import ConfigError, Problem

LARGEST = 16 * 1024 * 1024
"""Bytes of a settings file that we are ready to change."""
_FOLDERS = (
    ".thunderbird",
    "snap/thunderbird/common/.thunderbird",
    ".var/app/org.mozilla.Thunderbird/.thunderbird",
    "Library/Thunderbird",
    "AppData/Roaming/Thunderbird",
)
"""Below the home folder: Linux, its snap and Flatpak, macOS, Windows."""
_HELP = "Thunderbird names its profile's folder under Help > Troubleshooting Information"


def wrong(path: Path, message: str, hint: str = "") -> ConfigError:
    """An error about a file."""
    return ConfigError([Problem(str(path), None, "", message)], hint)


def read_text(path: Path) -> str:
    """A file's text, empty where there is none. Bytes that are no UTF-8 come through unharmed.

    Raises:
        ConfigError: where it can't be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise wrong(path, f"can't be read: {error.strerror or error}") from error
    if len(raw) > LARGEST:
        raise wrong(path, "is too large to be a file of settings")
    return raw.decode("utf-8", "surrogateescape")


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, or not at all; owner, permissions and a symbolic link to it stay.

    A new one is for its owner only. A file that holds this text already is left alone, and no
    empty one is made.

    Raises:
        ConfigError: where it can't be written.
    """
    if read_text(path) == text:
        return
    try:
        _replace(path.resolve(), text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise wrong(path, f"can't be written: {error.strerror or error}") from error


def _replace(path: Path, raw: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            before, now = path.stat(), beside.stat()
            if sys.platform != "win32" and (before.st_uid, before.st_gid) != (
                now.st_uid,
                now.st_gid,
            ):
                os.chown(beside, before.st_uid, before.st_gid)
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise


def place(named: str) -> Path:
    """A path as it was typed; ``~`` is the home folder where a shell has left it."""
    with contextlib.suppress(RuntimeError):  # ~ of somebody who isn't there
        return Path(named).expanduser()
    return Path(named)


def profile(named: str, home: Path) -> Path:
    """The folder of a Thunderbird profile: the one that was named, or else the default one of a user.

    Raises:
        ConfigError: where there is none, or more than one it could be.
    """
    if named:
        folder = place(named)
        if not (folder / "prefs.js").is_file():
            raise wrong(folder, "is no Thunderbird profile: there is no prefs.js in it", _HELP)
        return folder
    found = sorted({each for root in _FOLDERS for each in _defaults(home / root)})
    if len(found) == 1:
        return found[0]
    what = "several Thunderbird profiles" if found else "no Thunderbird profile"
    listed = "".join(f"\n  {each}" for each in found)
    problem = f"{what} found; name the folder of yours, after --write or --remove{listed}"
    raise ConfigError([Problem("thunderbird", None, "", problem)], _HELP)


def _defaults(root: Path) -> Iterator[Path]:
    """The profiles that start by themselves, by profiles.ini: of each installation its own.

    Where there is no installation (older than Thunderbird 68): the one marked as default, or the only one.
    """
    ini = root / "profiles.ini"
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(ini))
    except configparser.Error as error:
        raise wrong(
            ini,
            "can't be understood; name the folder of your profile, after --write or --remove",
            _HELP,
        ) from error
    profiles = [parser[name] for name in parser.sections() if name.startswith("Profile")]
    paths = [
        parser[name].get("Default", "") for name in parser.sections() if name.startswith("Install")
    ]
    if not paths:
        marked = [each for each in profiles if each.get("Default") == "1"]
        paths = [
            each.get("Path", "") for each in (marked or (profiles if len(profiles) == 1 else []))
        ]
    for path in paths:
        folder = root / path
        if path and (folder / "prefs.js").is_file():
            yield folder


@contextlib.contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Keep Thunderbird from using a profile while the block runs.

    It holds a lock on a file there (toolkit/profile/nsProfileLock.cpp), and would write its own
    prefs.js over ours as it ends.

    Raises:
        ConfigError: where it is using the profile just now.
    """
    running = wrong(folder, "Thunderbird is using this profile", hint="close it, then try again")
    lock = folder / ("parent.lock" if sys.platform == "win32" else ".parentlock")
    if not lock.exists():  # never started
        yield
        return
    try:
        file = lock.open("r+b")
    except OSError as error:
        if sys.platform == "win32":  # it is opened so that nobody else can
            raise running from None
        raise wrong(lock, f"can't be opened: {error.strerror or error}") from error
    with file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                raise running from None
            except OSError as error:
                message = f"can't be locked, so Thunderbird may be using it: {error.strerror}"
                raise wrong(lock, message) from error
        yield
