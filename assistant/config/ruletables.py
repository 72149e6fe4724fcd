"""The tables of config.toml that are rules: for all accounts, and below an account for that one alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.tomlfile import TomlFile

RULE_KEYS = (
    "language",
    "threshold",
    "evidence",
    "attention",
    "voices",
    "negators",
    "negation_before",
    "negation_after",
    "classes",
    "no_reply",
    "not_names",
    "form_senders",
    "own_lists",
    "never_screened",
    "rule",
    "behaviour",
    "sign",
    "tone",
    "reply",
    "test",
)
ACCOUNT_RULE_KEYS = ("rule", "behaviour", "classes", "test")
"""What an account may have of its own. Tables only: a key that was meant for the top of the file would
else be taken for the account's, and nobody would notice."""


def rule_tables(file: TomlFile) -> TomlFile | None:
    """The part of config.toml that changes rules for all accounts, for the rulebook."""
    rules = {key: file.value[key] for key in RULE_KEYS if key in file.value}
    return TomlFile(file.name, rules, file.text) if rules else None


def account_rule_tables(file: TomlFile) -> Mapping[int, TomlFile]:
    """The parts of config.toml that change rules for one account alone, by its number from 0.

    Their language is that of the file.
    """
    language = file.value.get("language")
    accounts = file.value.get("account")
    found: dict[int, TomlFile] = {}
    for number, account in enumerate(accounts if isinstance(accounts, list) else ()):
        if not isinstance(account, dict):
            continue
        tables = {key: account[key] for key in ACCOUNT_RULE_KEYS if key in account}
        if not tables:
            continue
        if isinstance(language, str) and re.fullmatch(r"[a-z]{2,3}", language):
            tables["language"] = language
        found[number] = TomlFile(file.name, tables, file.text, ("account", number))
    return MappingProxyType(found)


def without_rules(account: Any) -> Any:
    """An account's table without those that are rules."""
    if not isinstance(account, dict):
        return account
    return {key: each for key, each in account.items() if key not in ACCOUNT_RULE_KEYS}
