"""What config.toml may hold, and reading it: every mistake at once, with line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant import tomlfile
from assistant.clean import LOOPBACK, is_plain_address
from assistant.errors import ConfigError, Problem
from assistant.tomlfile import TomlFile

APP = "inbox-assistant"
_HOST = re.compile(r"[^\s/:@]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
"""A name, an IPv4 or an IPv6 address."""
RULE_KEYS = (
    "language",
    "threshold",
    "evidence",
    "voices",
    "negators",
    "negation_before",
    "negation_after",
    "classes",
    "no_reply",
    "form_senders",
    "own_lists",
    "never_screened",
    "rule",
    "behaviour",
    "sign",
    "tone",
    "reply",
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Account(_Table):
    """One ``[[account]]``. Every key is explained in config.example.toml."""

    host: str = Field(min_length=1)
    user: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65_535)
    name: str = ""
    addresses: tuple[str, ...] = Field(default=(), strict=False)
    password_command: tuple[str, ...] = Field(default=(), strict=False)
    password_env: str = ""
    password_file: str = ""
    insecure: bool = False
    ca_file: str = ""
    inbox: str = "INBOX"
    drafts: str = ""
    sent: str = ""
    trash: str = ""
    mark: Literal["keyword", "flagged", "none"] = "keyword"
    signature: str = ""
    region: str = ""

    @field_validator("host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        try:
            # The resolver's own first step; it fails on empty and overlong labels.
            good = bool(_HOST.fullmatch(host) and host.encode("idna"))
        except UnicodeError:
            good = False
        if not good:
            raise ValueError(f"{host!r} is no host name; write it alone, without port or https://")
        return host

    @field_validator("region")
    @classmethod
    def _is_region(cls, region: str) -> str:
        if not re.fullmatch(r"(?:[A-Z]{2})?", region) or region == "UK":
            wanted = (
                "GB" if region.upper() == "UK" else "a country's two capital letters, as DE or US"
            )
            raise ValueError(f"{region!r} is no region; write {wanted}")
        return region

    @model_validator(mode="after")
    def _together(self) -> Account:
        wrong: list[str] = []
        if self.insecure and self.host not in LOOPBACK:
            wrong.append(
                f"insecure = true is for servers on this machine only ({', '.join(LOOPBACK)}); "
                f"remove it: {self.host} is reached with TLS"
            )
        ways = [self.password_command, self.password_env, self.password_file]
        if sum(map(bool, ways)) > 1:
            wrong.append("more than one of password_command, password_env and password_file")
        if not self.own_addresses:
            wrong.append(
                'addresses is required, because user is no address: addresses = ["you@example.com"]'
            )
        wrong += [
            f"{address!r} is no address that mail can be written from"
            for address in self.own_addresses
            if not is_plain_address(address)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that are the user's, the main one first."""
        return self.addresses or ((self.user,) if "@" in self.user else ())

    @property
    def mailbox_address(self) -> str:
        """What names the mailbox for ever: draft ids and the state are tied to it."""
        address = self.user if "@" in self.user else f"{self.user}@{self.host}"
        return address.casefold()


class Drafting(_Table):
    """``[drafting]``."""

    once_per_sender_days: int = Field(default=7, ge=0, le=365)
    max_age_days: int = Field(default=14, ge=1, le=3650)


class Judging(_Table):
    """``[judging]``."""

    flags_per_1000: float = Field(default=10, gt=0, le=500, strict=False)
    reader: Literal["auto", "off"] = "auto"


class Settings(_Table):
    """The whole of config.toml but the rules in it."""

    account: tuple[Account, ...] = Field(default=(), strict=False)
    state: str = ""
    rules_folder: str = ""
    poll_seconds: int = Field(default=60, ge=5, le=86_400)
    drafting: Drafting = Drafting()
    judging: Judging = Judging()
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")


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

    @property
    def state_file(self) -> Path:
        return self.state_folder / "state.sqlite3"


def default_path(environ: Mapping[str, str]) -> Path:
    """Where config.toml is looked for: $ASSISTANT_CONFIG, else the platform's folder."""
    if given := environ.get("ASSISTANT_CONFIG"):
        return Path(given)
    return platformdirs.user_config_path(APP) / "config.toml"


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read config.toml.

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
        return _config(Settings(), None, None, default_path(environ).parent, environ)
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


def rule_tables(file: TomlFile) -> TomlFile | None:
    """The part of config.toml that changes rules, for the rulebook."""
    rules = {key: file.value[key] for key in RULE_KEYS if key in file.value}
    return TomlFile(file.name, rules, file.text) if rules else None


def _config(
    settings: Settings,
    path: Path | None,
    rules: TomlFile | None,
    folder: Path,
    environ: Mapping[str, str],
) -> Config:
    state = (
        Path(settings.state).expanduser() if settings.state else platformdirs.user_state_path(APP)
    )
    own = Path(settings.rules_folder).expanduser() if settings.rules_folder else Path("rules")
    accounts = tuple(_placed(each, folder, environ) for each in settings.account)
    settings = settings.model_copy(update={"account": accounts})
    return Config(settings, path, rules, folder / state, folder / own)


def _placed(account: Account, folder: Path, environ: Mapping[str, str]) -> Account:
    """The account with its files where they are: relative paths start at the config's folder."""
    credentials, wanted = environ.get("CREDENTIALS_DIRECTORY", ""), Path(account.password_file)
    start = Path(credentials) if credentials and wanted.name == account.password_file else folder
    places = {"password_file": start / wanted.expanduser()} if account.password_file else {}
    if account.ca_file:
        places["ca_file"] = folder / Path(account.ca_file).expanduser()
    return account.model_copy(update={key: str(path) for key, path in places.items()})


def _contradictions(file: TomlFile, config: Config) -> list[Problem]:
    """What each key allows and the whole does not."""
    problems: list[Problem] = []
    if config.settings.rules_folder and not config.rules_folder.is_dir():
        problems.append(
            file.problem(("rules_folder",), f"there is no folder {config.rules_folder}")
        )
    seen: set[str] = set()
    for number, account in enumerate(config.settings.account):
        if account.mailbox_address in seen:
            message = f"two accounts for {account.mailbox_address}; one is enough"
            problems.append(file.problem(("account", number, "user"), message))
        seen.add(account.mailbox_address)
    return problems


def _misplaced(file: TomlFile, value: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The value without keys that stand where they don't belong, and a problem for each."""
    problems: list[Problem] = []
    top = {*Settings.model_fields, *RULE_KEYS} - {"account", "drafting"}

    def cleaned(table: Any, where: tomlfile.Path_, own: Container[str]) -> Any:
        if not isinstance(table, dict):
            return table
        for key in table:
            if key == "password" and where[0] == "account":
                problems.append(file.problem((*where, key), _NO_PASSWORDS))
            elif key in top and key not in own:
                problems.append(file.problem((*where, key), _AT_THE_TOP))
        return {k: v for k, v in table.items() if k in own or (k != "password" and k not in top)}

    if "password" in value:
        problems.append(file.problem(("password",), _NO_PASSWORDS))
        value = {k: v for k, v in value.items() if k != "password"}
    accounts = value.get("account")
    if isinstance(accounts, dict):
        problems.append(
            file.problem(("account",), "write [[account]], in two brackets, above each account")
        )
        value = {k: v for k, v in value.items() if k != "account"}
    if isinstance(accounts, list):
        accounts = [
            cleaned(each, ("account", number), Account.model_fields)
            for number, each in enumerate(accounts)
        ]
        value = {**value, "account": accounts}
    if "drafting" in value:
        value = {
            **value,
            "drafting": cleaned(value["drafting"], ("drafting",), Drafting.model_fields),
        }
    return value, problems


_NO_PASSWORDS = (
    "passwords don't belong in this file; use password_command, password_env, password_file "
    "or the keyring"
)
_AT_THE_TOP = "belongs at the top of the file, above the first [table]"
