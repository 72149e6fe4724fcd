"""Files that only their owner may read, replaced in one step: whoever looks sees the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def replace(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file anew. Until it is whole, nobody else can read it; its folder is made if need be (0700).

    A link at `path` is replaced, not followed.

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
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
