"""What config.toml may hold, and reading it: every mistake at once, with line and key."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import platformdirs
from pydantic import BaseModel, Field

from assistant import tomlfile
from assistant.config.calling import CallingTable
from assistant.config.cases import CasesTable
from assistant.config.clients import FILE, ClientTable, read_clients
from assistant.config.ruletables import (
    ACCOUNT_RULE_KEYS,
    RULE_KEYS,
    rule_tables,
    without_rules,
)
from assistant.config.tables import (
    Account,
    DraftingTable,
    FileName,
    IdentityTable,
    Judging,
    NotifyTable,
    Table,
    expanded,
    signature_text,
)
from assistant.errors import ConfigError, Problem
from assistant.tomlfile import TomlFile

APP = "inbox-assistant"
LONGEST_SIGNATURE = 4_096
SAFE_DAYS = 2
"""How many days longer a message is remembered than its age can matter: clocks differ, and days are whole."""

T = TypeVar("T", bound=BaseModel)


def _over(general: T, own: T | None) -> T:
    return general.model_copy(update=own.model_dump(exclude_unset=True)) if own else general


class Settings(Table):
    """The whole of config.toml but the rules in it."""

    ELSEWHERE: ClassVar = RULE_KEYS

    account: tuple[Account, ...] = Field(default=(), strict=False)
    state: FileName = ""
    rules_folder: FileName = ""
    clients_file: FileName = ""
    poll_seconds: int = Field(default=60, ge=5, le=86_400)
    retention_days: int = Field(default=365, ge=0, le=36_500)
    drafting: DraftingTable = DraftingTable()
    calling: CallingTable = CallingTable()
    cases: CasesTable = CasesTable()
    judging: Judging = Judging()
    notify: NotifyTable = NotifyTable()
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")

    def calling_of(self, account: Account | None) -> CallingTable:
        """``[calling]`` with what an account's own table gives laid over it."""
        return _over(self.calling, account.calling if account else None)

    def cases_of(self, account: Account | None) -> CasesTable:
        """``[cases]`` with what an account's own table gives laid over it."""
        return _over(self.cases, account.cases if account else None)

    def drafting_of(self, account: Account | None) -> DraftingTable:
        """``[drafting]`` with what an account's own table gives laid over it."""
        return _over(self.drafting, account.drafting if account else None)

    @property
    def shortest_retention(self) -> int:
        """The least retention_days with which no promise is broken.

        A message that is remembered no longer must be too old for a draft in any account
        (max_age_days), and a sender's last draft too old to stand in the way of another
        (once_per_sender_days).
        """
        tables = (self.drafting, *map(self.drafting_of, self.account))
        longest = max(max(each.max_age_days, each.once_per_sender_days) for each in tables)
        return longest + SAFE_DAYS

    def remembered_since(self, now: datetime) -> datetime | None:
        """The time before which everything is to be erased; None where all is kept for ever.

        The default gives way to max_age_days and once_per_sender_days; a retention_days in the
        file that contradicts them is a mistake, and never gets here.
        """
        if not self.retention_days:
            return None
        return now - timedelta(days=max(self.retention_days, self.shortest_retention))


@dataclass(frozen=True, slots=True)
class Config:
    """The settings, and where they and everything else lie."""

    settings: Settings
    path: Path | None
    """None where there is no file and defaults are used."""
    rules: TomlFile | None
    """The rule tables in config.toml, for the rulebook."""
    state_folder: Path
    rules_folder: Path
    bare_secrets: tuple[str, ...] = ()
    """The names in password_file and urls_file that are bare: of files beside config.toml, or of credentials."""
    clients: tuple[ClientTable, ...] = ()
    """What clients.toml holds."""

    @property
    def state_file(self) -> Path:
        return self.state_folder / "state.sqlite3"


def default_path(environ: Mapping[str, str]) -> Path:
    """Where config.toml is looked for: $ASSISTANT_CONFIG, else the platform's folder."""
    if given := environ.get("ASSISTANT_CONFIG"):
        return Path(given)
    return platformdirs.user_config_path(APP) / "config.toml"


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read config.toml, and clients.toml beside it.

    Args:
        path: the file asked for, which must exist; None for the default one, which may not.

    Raises:
        ConfigError: with every problem in it, those of its rule tables excepted.
    """
    return interpret(read(path, environ), environ)


def interpret(file: TomlFile | None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in a file that was read; the defaults without one.

    Raises:
        ConfigError: as :func:`load`.
    """
    if file is None:
        folder = default_path(environ).parent
        config = _config(Settings(), None, None, folder, environ)
        return replace(config, clients=_clients(config.settings, folder))
    rules = rule_tables(file)
    others = {k: v for k, v in file.value.items() if k not in RULE_KEYS or k == "language"}
    others, problems = _misplaced(file, others)
    settings: Settings | None = None
    try:
        settings = tomlfile.validate(Settings, file, others)
    except ConfigError as error:
        problems += error.problems
    wanted = Path(file.name)
    config = _config(settings or Settings(), wanted, rules, wanted.parent, environ)
    if settings is not None:
        problems += _contradictions(file, config)
    try:
        config = replace(config, clients=_clients(config.settings, wanted.parent))
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems, hint="config.example.toml explains every key")
    return config


def read(path: Path | None, environ: Mapping[str, str] = os.environ) -> TomlFile | None:
    """The file as TOML; None where the platform's own doesn't exist.

    Raises:
        ConfigError: where it can't be read.
    """
    asked_for = path is not None or bool(environ.get("ASSISTANT_CONFIG"))
    wanted = path if path is not None else default_path(environ)
    return tomlfile.load(wanted) if asked_for or wanted.exists() else None


def _config(
    settings: Settings,
    path: Path | None,
    rules: TomlFile | None,
    folder: Path,
    environ: Mapping[str, str],
) -> Config:
    state = _state_folder(settings.state, environ)
    own = expanded(settings.rules_folder) if settings.rules_folder else Path("rules")
    accounts = tuple(_placed(each, folder, environ) for each in settings.account)
    notify = settings.notify
    named = dict.fromkeys((*(each.password_file for each in settings.account), notify.urls_file))
    if notify.urls_file:
        place = _secret_file(notify.urls_file, folder, environ)
        notify = notify.model_copy(update={"urls_file": str(place)})
    settings = settings.model_copy(update={"account": accounts, "notify": notify})
    if settings.clients_file:
        place = folder / expanded(settings.clients_file)
        settings = settings.model_copy(update={"clients_file": str(place)})
    bare = tuple(each for each in named if each and _is_bare(each))
    return Config(settings, path, rules, folder / state, folder / own, bare)


def _clients(settings: Settings, folder: Path) -> tuple[ClientTable, ...]:
    """What is known of clients; nothing without a file, unless it was named.

    Raises:
        ConfigError: with every problem in it.
    """
    if settings.clients_file:
        return read_clients(Path(settings.clients_file))
    return read_clients(folder / FILE) if (folder / FILE).exists() else ()


def _state_folder(named: str, environ: Mapping[str, str]) -> Path:
    """Where state is kept: as config.toml says, else where a service manager made room, else the platform's folder.

    systemd sets $STATE_DIRECTORY for StateDirectory= (systemd.exec(5)), our container image does as well;
    several folders would stand with colons between them, and the first is taken.
    """
    if named:
        return expanded(named)
    given = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(given) if given else platformdirs.user_state_path(APP)


def _secret_file(named: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """Where a file with a secret is: a bare name among systemd's credentials, in a service that has any.

    A service may have some and keep others beside config.toml. Of what is nowhere it is said that no
    credential of this name is there.
    """
    credentials, beside = environ.get("CREDENTIALS_DIRECTORY", ""), folder / expanded(named)
    if not credentials or not _is_bare(named):
        return beside
    given = Path(credentials, named)
    return beside if os.access(beside, os.F_OK) and not os.access(given, os.F_OK) else given


def _is_bare(named: str) -> bool:
    return Path(named).name == named and not named.startswith("~")


def _placed(account: Account, folder: Path, environ: Mapping[str, str]) -> Account:
    """The account with its files where they are: relative paths start at the config's folder."""
    wanted = account.password_file
    places = {"password_file": _secret_file(wanted, folder, environ)} if wanted else {}
    if account.ca_file:
        places["ca_file"] = folder / expanded(account.ca_file)
    update: dict[str, Any] = {key: str(path) for key, path in places.items()}
    update["identity"] = tuple(
        each.model_copy(update={"signature_file": str(folder / expanded(each.signature_file))})
        if each.signature_file
        else each
        for each in account.identity
    )
    return account.model_copy(update=update)


def signature_of(identity: IdentityTable) -> str:
    """What stands below an identity's replies: its own text, or its file's.

    Raises:
        ValueError: where the file can't be read.
    """
    if not identity.signature_file:
        return identity.signature
    path = Path(identity.signature_file)
    try:
        if path.stat().st_size > LONGEST_SIGNATURE:
            raise ValueError(
                f"{path} is longer than {LONGEST_SIGNATURE} bytes: that is no signature"
            )
        return signature_text(path.read_text("utf-8-sig").strip("\n"))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None


def _contradictions(file: TomlFile, config: Config) -> list[Problem]:
    """What each key allows and the whole does not."""
    problems: list[Problem] = []
    if config.settings.rules_folder and (problem := _no_folder(config.rules_folder)):
        problems.append(file.problem(("rules_folder",), problem))
    if problem := config.settings.calling.problem:
        problems.append(file.problem(("calling", "hours"), problem))
    days, shortest = config.settings.retention_days, config.settings.shortest_retention
    if "retention_days" in config.settings.model_fields_set and 0 < days < shortest:
        problems.append(
            file.problem(
                ("retention_days",),
                f"{days} is too short: a message must be remembered for as long as it could get a draft "
                "(max_age_days), and its sender another one (once_per_sender_days); "
                f"write at least {shortest}, or 0 to keep all",
            )
        )
    seen: set[str] = set()
    for number, account in enumerate(config.settings.account):
        if account.mailbox_address in seen:
            message = f"two accounts for {account.mailbox_address}; one is enough"
            problems.append(file.problem(("account", number, "user"), message))
        seen.add(account.mailbox_address)
        if account.calling and (problem := config.settings.calling_of(account).problem):
            problems.append(file.problem(("account", number, "calling"), problem))
        for at, identity in enumerate(account.identity):
            try:
                signature_of(identity)
            except ValueError as error:
                where = ("account", number, "identity", at, "signature_file")
                problems.append(file.problem(where, str(error)))
    return problems


def _no_folder(path: Path) -> str:
    """Why this is no folder to read from; empty if it is one."""
    try:
        return "" if path.is_dir() else f"there is no folder {path}"
    except OSError as error:  # nobody may look there, or a name that is too long
        return f"{path} can't be read: {error.strerror}"


def _misplaced(file: TomlFile, value: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The value without keys that stand where they don't belong, and a problem for each."""
    problems: list[Problem] = []
    top = {*Settings.model_fields, *RULE_KEYS} - {
        "account",
        "drafting",
        "calling",
        "cases",
        "notify",
    }

    def cleaned(table: Any, where: tomlfile.Path_, own: Container[str]) -> Any:
        if not isinstance(table, dict):
            return table
        for key in table:
            if key in _SECRETS and where[0] == "account":
                problems.append(file.problem((*where, key), _SECRETS[key]))
            elif key in top and key not in own:
                problems.append(file.problem((*where, key), _AT_THE_TOP))
        secrets = _SECRETS if where[0] == "account" else {}
        known = {k: v for k, v in table.items() if k in own or k not in top}
        return {k: v for k, v in known.items() if k not in secrets}

    if "password" in value:
        problems.append(file.problem(("password",), _NO_PASSWORDS))
        value = {k: v for k, v in value.items() if k != "password"}
    accounts = value.get("account")
    if "identity" in value:
        problems.append(
            file.problem(
                ("identity",), "write [[account.identity]], below the [[account]] it is for"
            )
        )
        value = {k: v for k, v in value.items() if k != "identity"}
    if isinstance(accounts, dict):
        problems.append(
            file.problem(("account",), "write [[account]], in two brackets, above each account")
        )
        value = {k: v for k, v in value.items() if k != "account"}
    if isinstance(accounts, list):
        own = {*Account.model_fields, *ACCOUNT_RULE_KEYS}
        accounts = [
            without_rules(cleaned(each, ("account", number), own))
            for number, each in enumerate(accounts)
        ]
        value = {**value, "account": accounts}
    tables = (
        ("drafting", DraftingTable),
        ("calling", CallingTable),
        ("cases", CasesTable),
        ("notify", NotifyTable),
    )
    for name, table in tables:
        if name in value:
            value = {**value, name: cleaned(value[name], (name,), table.model_fields)}
    return value, problems


_NO_PASSWORDS = (
    "passwords don't belong in this file; use password_command, password_env, password_file "
    "or the keyring"
)
_NO_TOKENS = (
    "secrets don't belong in this file; `assistant account sign-in` asks for what it needs "
    "and keeps it beside the tokens"
)
_SECRETS = {
    "password": _NO_PASSWORDS,
    "client_secret": _NO_TOKENS,
    "refresh_token": _NO_TOKENS,
    "access_token": _NO_TOKENS,
}
"""Keys that people expect to write into an account, and what is said to them."""
_AT_THE_TOP = "belongs at the top of the file, above the first [table]"
