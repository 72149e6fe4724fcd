"""The JSON Schemas by which editors check and complete rule files, config.toml and clients.toml; made from the models that read them.

Taplo, which is behind "Even Better TOML" and most others, promises Draft 4 and reads much of Draft 7. So only
what means the same in both is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from assistant.config.clients import ClientsFile
from assistant.config.ruletables import ACCOUNT_RULE_KEYS
from assistant.config.settings import Settings
from assistant.rulebook import RuleFile

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
_ABOUT = {
    "rules": "A rule file of inbox-assistant. rules/README.md explains every key.",
    "config": "config.toml of inbox-assistant. config.example.toml explains every key, rules/README.md the rules.",
    "clients": "clients.toml of inbox-assistant. clients.example.toml explains every key.",
}
NAMES = tuple(_ABOUT)


def text(name: str) -> str:
    """A schema as it is kept in rules/: that of ``rules`` files, of ``config``.toml or of ``clients``.toml."""
    models: dict[str, type[BaseModel]] = {"rules": RuleFile, "clients": ClientsFile}
    made = _of(models[name]) if name in models else _of_config()
    about = {"$schema": DRAFT, "title": name, "description": _ABOUT[name]}
    return json.dumps({**made, **about}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _of_config() -> Schema:
    """The settings, with the rule tables beside them, and below each account its own."""
    made, rules = _of(Settings), _of(RuleFile)
    account = made["definitions"]["Account"]["properties"]
    account.update({key: rules["properties"][key] for key in ACCOUNT_RULE_KEYS})
    made["properties"] = {**rules["properties"], **made["properties"]}
    made["definitions"] = {**rules["definitions"], **made["definitions"]}
    return made


def _of(model: type[BaseModel]) -> Schema:
    made = _plain(model.model_json_schema())
    made.setdefault("definitions", {})
    return made


def _plain(schema: Mapping[str, Any]) -> Schema:
    """The same in what Draft 4 and Draft 7 have in common; TOML has no null."""
    options = schema.get("anyOf", ())
    there = [each for each in options if each != {"type": "null"}]
    if len(there) < len(options) and len(there) == 1:
        rest = {key: each for key, each in schema.items() if key not in ("anyOf", "default")}
        return _plain({**rest, **there[0]})
    made: Schema = {}
    for key, each in schema.items():
        made.update(_keyword(key, each))
    if "propertyNames" in schema:
        # Names that are known are better completed as properties.
        value = made.pop("additionalProperties", {})
        made["properties"] = dict.fromkeys(schema["propertyNames"]["enum"], value)
        made["additionalProperties"] = False
    if "$ref" in made:  # what stands beside a reference is not read
        return {"$ref": made["$ref"]}
    return made


def _keyword(key: str, value: Any) -> Schema:
    """One keyword, as it is kept."""
    if key in ("properties", "patternProperties"):
        return {key: {name: _plain(each) for name, each in value.items()}}
    if key == "$defs":
        return {"definitions": {name: _plain(each) for name, each in value.items()}}
    if key == "$ref":
        return {key: value.replace("#/$defs/", "#/definitions/")}
    if key == "prefixItems":
        return {"items": [_plain(each) for each in value], "additionalItems": False}
    if key in ("items", "additionalProperties") and isinstance(value, dict):
        return {key: _plain(value)}
    if key == "anyOf":
        return {key: [_plain(each) for each in value]}
    if key == "exclusiveMinimum":
        return {"minimum": value, "not": {"enum": [value]}}
    if key == "const":
        return {"enum": [value]}
    if key == "description":
        return {key: value.replace("``", "").partition("\n")[0]}
    dull = key in ("title", "propertyNames") or (key == "default" and value in ("", [], {}, None))
    return {} if dull or (key == "default" and isinstance(value, dict | list)) else {key: value}
