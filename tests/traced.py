"""The real program under strace: whom it spoke to, what it wrote, what it started."""

from __future__ import annotations

import ipaddress
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEED_STRACE = "ASSISTANT_NEED_STRACE"
_CALLS = (
    # Whom anything is sent to, or awaited from.
    "connect,sendto,sendmsg,sendmmsg,bind,"
    # Whatever makes a file, opens one for writing, or gives it another name.
    "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat,"
    "rename,renameat,renameat2,truncate,memfd_create,"
    # Which programs.
    "execve,execveat"
)
_LINE = re.compile(r"(\w+)\((.*)\) += (-?\d+)(?:<(.*)>)?(?: \w+ \(.*\))?$")
_INET = re.compile(r'sin6?_port=htons\((\d+)\).*?"([0-9a-fA-F.:]+)"')
_UNIX = re.compile(r'sun_path=(@?"[^"]*")')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>")
_WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT")


@dataclass(frozen=True, slots=True)
class Trace:
    """What a program and all that it started did."""

    spoke_to: frozenset[str]
    """``address:port``, ``unix:path``, or the family of anything else, of each that was spoken to."""
    bound_to: frozenset[str]
    """Addresses of its own; port 0 for any."""
    wrote: frozenset[str]
    """Paths that were opened for writing, made, or renamed to."""
    opened: frozenset[str]
    """Paths that were opened at all."""
    started: tuple[str, ...]
    """The arguments of each program, as strace shows them."""


def installed() -> bool:
    return shutil.which("strace") is not None


def strace(folder: Path) -> list[str]:
    """What runs a command and writes down its calls, a file for each process and thread."""
    return [
        "strace", "-ff", "-y", "-s", "4096", "-e", f"trace={_CALLS}", "-o", str(folder / "calls"),
    ]  # fmt: skip


def read(folder: Path) -> Trace:
    """What :func:`strace` wrote down."""
    spoke: set[str] = set()
    bound: set[str] = set()
    wrote: set[str] = set()
    opened: set[str] = set()
    started: list[str] = []
    for name, arguments, result in _calls(folder):
        if name in ("connect", "sendto", "sendmsg", "sendmmsg"):
            spoke |= set(_addresses(arguments))
        elif name == "bind":
            bound |= set(_addresses(arguments))
        elif name in ("execve", "execveat"):
            started.append(arguments)
        elif result >= 0:
            opens = name.startswith("open")
            if opens:
                opened.add(_path(name, arguments))
            if not opens or any(word in arguments for word in _WRITES):
                wrote.add(_path(name, arguments))
    return Trace(
        frozenset(spoke), frozenset(bound), frozenset(wrote), frozenset(opened), tuple(started)
    )


def _calls(folder: Path) -> Iterator[tuple[str, str, int]]:
    """Each call: its name, its arguments, its result."""
    for file in sorted(folder.glob("calls.*")):
        for line in file.read_text("utf-8", "replace").splitlines():
            if found := _LINE.match(line):
                yield found[1], found[2], int(found[3])
            elif "sa_family" in line:  # never finished: the process was killed in it
                yield line.partition("(")[0], line, 0


def _addresses(arguments: str) -> Iterator[str]:
    """Who is named in a call; nobody where the connection says it."""
    for family, rest in re.findall(r"sa_family=(\w+)([^}]*)", arguments):
        inet, unix = _INET.search(rest), _UNIX.search(rest)
        if family in ("AF_INET", "AF_INET6") and inet:
            yield f"{ipaddress.ip_address(inet[2])}:{inet[1]}"
        elif family == "AF_UNIX":
            yield f"unix:{unix[1] if unix else ''}"
        else:
            yield family


def _path(name: str, arguments: str) -> str:
    """The path that a call is about; the new one, where there are two."""
    named = _STRING.findall(arguments)[-1]
    folders = _FOLDER.findall(arguments)
    return str(Path(folders[-1], named)) if folders and name != "memfd_create" else named
