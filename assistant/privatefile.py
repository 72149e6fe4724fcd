"""Files that only their owner may read, replaced in one step: whoever looks sees the old one or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from pathlib import Path


def replace(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file anew. Until it is whole, nobody else can read it; its folder is made if need be (0700).

    A link at `path` is replaced, not followed. A file that was another's is still theirs, and their group's:
    root may set up what a service's user has to read.

    Raises:
        OSError: and the file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            _leave_to_its_owner(path, file.fileno(), mode)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _leave_to_its_owner(path: Path, handle: int, mode: int) -> None:
    """Give a new file the owner and group of the one that it is to replace.

    Raises:
        PermissionError: where that may not be, and somebody could no longer read it.
    """
    if sys.platform == "win32":
        return
    try:
        before = path.lstat()
    except FileNotFoundError:
        return
    now = os.fstat(handle)
    if not stat.S_ISREG(before.st_mode) or (before.st_uid, before.st_gid) == (
        now.st_uid,
        now.st_gid,
    ):
        return
    try:
        os.fchown(handle, before.st_uid, before.st_gid)
    except OSError as error:
        if before.st_uid != now.st_uid or mode & stat.S_IRWXG:
            why = (
                "it would no longer belong to its owner and group; do this as its owner, or as root"
            )
            raise PermissionError(errno.EPERM, why) from error
