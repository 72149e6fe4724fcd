"""The texts of the systemd units: one for a user's own manager, a hardened one for a server. Pure.

Sources: systemd.syntax(7) for quoting, systemd.unit(5) for specifiers, systemd.service(5) for
command lines, systemd.exec(5) for the sandbox. What was measured stands in docs/server.md.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAME = "inbox-assistant"
"""Of the unit, of the system service's user, and of its folders below /etc and /var/lib."""
FILE = f"{NAME}.service"
SYSTEM_CONFIG = f"/etc/{NAME}/config.toml"
SYSTEM_STATE = f"/var/lib/{NAME}"
MAKE_USER = (
    "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", SYSTEM_STATE,
    "--shell", "/usr/sbin/nologin", NAME,
)  # fmt: skip
"""Makes the system service's user."""
_MARKER = "# Made by `assistant service install"
_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - names only
"""What the system unit doesn't see: ProtectHome and PrivateTmp."""
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credential:
    """A password that systemd reads as root and shows to the service alone (LoadCredential)."""

    name: str
    path: str


def is_ours(text: str) -> bool:
    """Whether a unit's text was written by this program, and may be written anew by it."""
    return text.startswith(_MARKER)


def is_plain(path: str) -> bool:
    """Whether a path can stand in a unit: UTF-8, and no control characters."""
    return path.isprintable()


def is_program(path: str) -> bool:
    """Whether systemd starts a program of this path; it refuses quotes and backslashes in it."""
    return is_plain(path) and not set(path) & set("\"'\\")


def is_credential(name: str) -> bool:
    """Whether systemd takes a file's name as a credential's."""
    return bool(_CREDENTIAL.fullmatch(name))


def hidden(paths: Sequence[str]) -> str | None:
    """The first of these paths that the system unit could not see; None if it sees them all."""
    for path in paths:
        if any(_within(path, place) for place in _HIDDEN):
            return path
    return None


def _within(path: str, folder: str) -> bool:
    return f"{posixpath.normpath(path)}/".startswith(f"{folder}/")


def quoted(word: str) -> str:
    """One word of a setting, so that systemd reads it as it is.

    A percent sign begins a specifier, quoted or not, and is doubled. Dollar signs are not
    touched: our command lines begin with ``:``, which turns variables off.
    """
    escaped = word.replace("%", "%%")
    if _PLAIN.fullmatch(escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def user_unit(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """The unit for a user's own manager (systemctl --user).

    Args:
        command: the program, by its absolute path, and its arguments.
        environment: what the program must know of the environment that it was installed from.
    """
    variables = [f"Environment={quoted(f'{key}={value}')}" for key, value in environment.items()]
    return "\n".join(
        [
            f"{_MARKER}`, which writes it anew.",
            f"# Changes of your own: systemctl --user edit {NAME}",
            "[Unit]",
            _DESCRIPTION,
            "",
            "[Service]",
            f"ExecStart=:{' '.join(map(quoted, command))}",
            *variables,
            _LIFE,
            "",
            _USER_SANDBOX,
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        ]
    )


def system_unit(command: Sequence[str], credentials: Sequence[Credential], state: str = "") -> str:
    """The hardened unit for a server, run by a user of its own.

    Args:
        command: as :func:`user_unit`.
        state: the state folder that the config names; empty where it names none.
    """
    loaded = [
        # Not a list of words: the path goes on to the end of the line.
        f"LoadCredential={each.name}:{each.path.replace('%', '%%')}"
        for each in credentials
    ]
    elsewhere = state and not _within(state, SYSTEM_STATE)
    return "\n".join(
        [
            f"{_MARKER} --system`, which writes it anew.",
            f"# Changes of your own: systemctl edit {NAME}",
            "[Unit]",
            _DESCRIPTION,
            "Wants=network-online.target",
            "After=network-online.target nss-lookup.target",
            "",
            "[Service]",
            f"ExecStart=:{' '.join(map(quoted, command))}",
            f"User={NAME}",
            f"Group={NAME}",
            "# $STATE_DIRECTORY: where the program keeps its state, unless config.toml says otherwise.",
            f"StateDirectory={NAME}",
            "StateDirectoryMode=0700",
            *([f"ReadWritePaths={quoted(state)}"] if elsewhere else []),
            *(loaded or [_NO_CREDENTIALS]),
            _LIFE,
            "",
            _SYSTEM_SANDBOX,
            "",
            "[Install]",
            "WantedBy=multi-user.target",
            "",
        ]
    )


_DESCRIPTION = (
    "Description=inbox-assistant (labels unhappy mail, lays holding replies in Drafts, never sends)"
)

_NO_CREDENTIALS = f"""\
# password_file = "mail-robin" (a bare name) in config.toml becomes a line like this one; root alone need read the file.
# LoadCredential=mail-robin:{posixpath.dirname(SYSTEM_CONFIG)}/mail-robin"""

_LIFE = """\
Type=notify
SyslogIdentifier=inbox-assistant
NotifyAccess=main
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=60
# Wrong usage, mistakes in config or rules, a damaged state: a restart mends none of these. A full disk (11) and a
# state that somebody else has just locked (7) may pass.
RestartPreventExitStatus=2 3 6
TimeoutStartSec=300
# A stop takes 10 s at most: the message in hand is finished, then the reading process is told.
TimeoutStopSec=20
KillMode=mixed
WatchdogSec=180
# Where memory runs out, the process that reads messages dies first, and is started anew.
OOMPolicy=continue"""

# Seccomp and resource limits only: what needs a mount namespace needs an unprivileged user namespace in a user's
# manager, which Ubuntu 24.04 forbids; there such settings do nothing, or stop the unit from starting.
_USER_SANDBOX = """\
# It passes on to password_command, too. A program that needs more: `systemctl --user edit`, see docs/laptop.md.
UMask=0077
LimitCORE=0
LimitNOFILE=8192
MemoryMax=2G
TasksMax=512
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM"""

_SYSTEM_SANDBOX = """\
# What it may use. A thread for each account, and a process of its own that reads (512 MB of address space at most).
MemoryMax=2G
TasksMax=512
LimitNOFILE=8192
LimitCORE=0

# What it may see and do: nothing but the network, its config, and its state.
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
PrivateIPC=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
KeyringMode=private
MemoryDenyWriteExecute=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM"""
