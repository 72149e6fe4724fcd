"""config.toml -> Config: every mistake at once, with line and key. Secrets are never in the file.

`settings` says what may be in it and reads it; `passwords` asks for a password when it is needed:
a command, the environment, a file that only its owner can read (systemd's LoadCredential makes
one), or the system's keyring.
"""

from assistant.config.passwords import password
from assistant.config.settings import (
    APP,
    Account,
    Config,
    Drafting,
    Judging,
    Settings,
    default_path,
    interpret,
    load,
    read,
    rule_tables,
)

__all__ = [
    "APP",
    "Account",
    "Config",
    "Drafting",
    "Judging",
    "Settings",
    "default_path",
    "interpret",
    "load",
    "password",
    "read",
    "rule_tables",
]
