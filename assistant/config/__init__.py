"""config.toml -> Config: every mistake at once, with line and key. Secrets are never in the file.

`tables`, `calling` and `cases` say what may be in it, `settings` reads it, `clients` what lies beside it, `edit` puts accounts in and out; `passwords` asks for a password when it is needed:
a command, the environment, a file that only its owner can read (systemd's LoadCredential makes
one), or the system's keyring.
"""

from assistant.config.calling import CallingTable
from assistant.config.cases import CasesTable
from assistant.config.clients import ClientsFile, ClientTable, clients_of, read_clients
from assistant.config.passwords import notice_urls, password
from assistant.config.ruletables import account_rule_tables, rule_tables
from assistant.config.settings import (
    APP,
    Config,
    Settings,
    default_path,
    interpret,
    load,
    read,
    signature_of,
)
from assistant.config.tables import TONES, Account, DraftingTable, Judging, expanded

__all__ = [
    "APP",
    "TONES",
    "Account",
    "CallingTable",
    "CasesTable",
    "ClientTable",
    "ClientsFile",
    "Config",
    "DraftingTable",
    "Judging",
    "Settings",
    "account_rule_tables",
    "clients_of",
    "default_path",
    "expanded",
    "interpret",
    "load",
    "notice_urls",
    "password",
    "read",
    "read_clients",
    "rule_tables",
    "signature_of",
]
